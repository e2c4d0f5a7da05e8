/* SPDX-License-Identifier: BSD-2-Clause */
#include "matches.h"

#include <stdbool.h>
#include <string.h>

#include "io/blob.h"

#define TABLE_BITS 18
#define HASHED 6		/* bytes that a match has at least */
#define REPEATED 4		/* likewise, at the distance of the last one */
#define READ 8			/* bytes that are read at once */

/* The longer the run without a match, the fewer places are searched. */
#define PATIENCE 8		/* logarithm of bytes */

/* Where bytes with some hash were seen last, and other bits of their hash: without those, most
 * bytes that are compared would be others, far away in memory. */
struct seen {
	uint32_t at, check;
};

struct search {
	struct bzb_span bytes;
	struct seen *last; /* by hash */
	size_t end;	   /* of the last match */
	size_t distance;   /* of it; 0: there was none */
};

static uint64_t read_at(const struct search *s, size_t at)
{
	return bzb_get64(s->bytes.data + at);
}

/* The upper bits are the index in the table, and those below it the check. */
static uint64_t hash_of(uint64_t value)
{
	return (value << (64 - 8 * HASHED)) * 0x9e3779b97f4a7c15u;
}

static struct seen *seen_of(const struct search *s, uint64_t hash)
{
	return &s->last[hash >> (64 - TABLE_BITS)];
}

static uint32_t check_of(uint64_t hash)
{
	return (uint32_t)(hash >> (32 - TABLE_BITS));
}

/* The table is larger than the nearest cache: ask for an entry that is needed soon. */
static void fetch(const struct search *s, size_t at)
{
	if (at + READ <= s->bytes.size)
		__builtin_prefetch(seen_of(s, hash_of(read_at(s, at))), 1);
}

/* Whether the first @count bytes are the same. */
static bool begin_alike(uint64_t a, uint64_t b, unsigned int count)
{
	return !((a ^ b) << (64 - 8 * count));
}

/* Of the bytes at @a, which comes first, and those at @b. */
static size_t same_bytes(const struct search *s, size_t a, size_t b, size_t most)
{
	size_t count = 0;

	while (count + READ <= most) {
		uint64_t differ = read_at(s, a + count) ^ read_at(s, b + count);

		if (differ)
			return count + (size_t)__builtin_ctzll(differ) / 8;
		count += READ;
	}
	while (count < most && s->bytes.data[a + count] == s->bytes.data[b + count])
		count++;
	return count;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* A match at @at, from as far back as the last one, or from where the same bytes were last. */
static struct match match_at(struct search *s, size_t at)
{
	const size_t most = smaller(s->bytes.size - at, MATCH_LONGEST);
	const uint64_t value = read_at(s, at);
	const uint64_t hash = hash_of(value);
	struct seen *last = seen_of(s, hash);
	const struct seen seen = *last;
	struct match match = { .literals = at - s->end };

	fetch(s, at + READ);
	*last = (struct seen){ (uint32_t)at, check_of(hash) };
	if (s->distance && begin_alike(read_at(s, at - s->distance), value, REPEATED))
		match.distance = s->distance;
	else if (seen.check == check_of(hash) && seen.at < at &&
		 begin_alike(read_at(s, seen.at), value, HASHED))
		match.distance = at - seen.at;
	if (match.distance)
		match.length = same_bytes(s, at - match.distance, at, most);
	return match;
}

/* Bytes before it that are the same too. */
static void extend_back(const struct search *s, struct match *match)
{
	size_t at = s->end + match->literals;

	while (match->literals && at > match->distance && match->length < MATCH_LONGEST &&
	       s->bytes.data[at - 1] == s->bytes.data[at - 1 - match->distance]) {
		match->literals--;
		match->length++;
		at--;
	}
}

void matches_find(struct bzb_span bytes, void (*use)(void *context, struct match match),
		  void *context)
{
	struct blob table = blob_alloc(sizeof(struct seen) << TABLE_BITS);
	struct search s = { .bytes = bytes, .last = (struct seen *)table.data };

	for (size_t at = 0; at + READ <= bytes.size;) {
		struct match match = match_at(&s, at);

		if (match.length) {
			extend_back(&s, &match);
			s.distance = match.distance;
		} else if (match.literals < MATCH_LONGEST) {
			at += 1 + (match.literals >> PATIENCE);
			continue;
		} else {
			match.literals = MATCH_LONGEST;
		}
		use(context, match);
		at = s.end += match.literals + match.length;
	}
	while (s.end < bytes.size) {
		struct match rest = { .literals = smaller(bytes.size - s.end, MATCH_LONGEST) };

		use(context, rest);
		s.end += rest.literals;
	}
	blob_free(&table);
}
