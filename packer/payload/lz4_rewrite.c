/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lz4_Block_format.md of liblz4: a sequence is literals and a match, the last one only literals. A
 * match has at least 4 bytes, begins at least 12 bytes before the end of the block and ends at
 * least 5 bytes before it.
 *
 * The matches of some KiB are a segment. Each is extended in both directions as far as the bytes
 * are the same; then the cheapest way through the segment is found by dynamic programming.
 */
#include "lz4_rewrite.h"

#include <string.h>

#include "io/blob.h"

#define LEAST 4u
#define LAST_START 12u
/* More literals, or bytes of a match beyond LEAST, follow in bytes of their own. */
#define LIMIT 15u

#define SEGMENT 32768u
/* Longer matches and literals are between segments; literals up to this length may follow one. */
#define LONG 1024u

struct sequence {
	size_t literals, length, distance;
};

/* --- costs -------------------------------------------------------------------------- */

/* In instructions of LZ4_decompress_safe() of liblz4 1.9.4 for x86-64, counted by callgrind. A byte
 * of the block is worth as many as here. */
#define BYTE 100u

/* Bytes for a number beyond LIMIT; each takes 7 instructions. */
static size_t more_bytes(size_t number)
{
	return number < LIMIT ? 0 : (number - LIMIT) / 255 + 1;
}

/* liblz4 copies matches from less than 16 or 8 bytes back by smaller steps. */
#define STEP_DISTANCE 16u

static size_t copy_cost(size_t length, size_t distance)
{
	if (distance >= STEP_DISTANCE)
		return 8 * ((length + 31) / 32);
	return distance >= 8 ? 6 * ((length + 7) / 8) : 15 + 5 * ((length + 7) / 8);
}

static size_t match_cost(size_t length, size_t distance)
{
	const size_t more = more_bytes(length - LEAST);
	const size_t cost = 41 + 3 * BYTE;

	if (more)
		return cost + 5 + more * (BYTE + 7) + copy_cost(length, distance);
	return distance < 8 ? cost + 20 : cost;
}

/* Of one more literal, the last one of @run. */
static size_t literal_cost(size_t run)
{
	if (run < LIMIT)
		return BYTE;
	if (run == LIMIT)
		return 2 * BYTE + 33;
	return BYTE + (run % 32 ? 0 : 8) + ((run - LIMIT) % 255 ? 0 : BYTE + 7);
}

/* --- reading and writing sequences ---------------------------------------------------- */

static size_t read_number(const unsigned char **at, unsigned int first)
{
	size_t number = first;
	unsigned char byte = first < LIMIT ? 0 : 255;

	while (byte == 255) {
		byte = *(*at)++;
		number += byte;
	}
	return number;
}

/* @at: before a sequence that is not at the end */
static struct sequence read_sequence(const unsigned char **at, const unsigned char *end)
{
	const unsigned char token = *(*at)++;
	struct sequence ret = { .literals = read_number(at, token >> 4) };

	*at += ret.literals;
	if (*at == end)
		return ret;
	ret.distance = (size_t)((*at)[0] | (*at)[1] << 8);
	*at += 2;
	ret.length = LEAST + read_number(at, token & LIMIT);
	return ret;
}

struct output {
	const unsigned char *from; /* the first byte that is not written */
	unsigned char *to, *end;
	bool full;
};

static void write_number(struct output *out, size_t number)
{
	if (number < LIMIT)
		return;
	for (number -= LIMIT; number >= 255; number -= 255)
		*out->to++ = 255;
	*out->to++ = (unsigned char)number;
}

/* @s: of length 0 if it is the last one */
static void write_sequence(struct output *out, const struct sequence *s)
{
	const size_t length = s->length ? s->length - LEAST : 0;
	const size_t size = 1 + more_bytes(s->literals) + s->literals +
			    (s->length ? 2 + more_bytes(length) : 0);

	out->full |= size > (size_t)(out->end - out->to);
	if (out->full)
		return;
	*out->to++ = (unsigned char)((s->literals < LIMIT ? s->literals : LIMIT) << 4 |
				     (length < LIMIT ? length : LIMIT));
	write_number(out, s->literals);
	memcpy(out->to, out->from, s->literals);
	out->to += s->literals;
	out->from += s->literals + s->length;
	if (!s->length)
		return;
	*out->to++ = (unsigned char)s->distance;
	*out->to++ = (unsigned char)(s->distance >> 8);
	write_number(out, length);
}

/* All bytes since the last match are literals. */
static void write_match(struct output *out, const unsigned char *at, size_t length, size_t distance)
{
	const struct sequence s = { (size_t)(at - out->from), length, distance };

	write_sequence(out, &s);
}

/* --- a segment ------------------------------------------------------------------------- */

/* A match may be any piece of what is the same, from the last byte that could be in the match
 * before, or from its start. Places are in the block. */
struct match {
	size_t start, end, distance;
	size_t last_start, first_end; /* where it is useful that it starts and ends */
};

/* The cheapest way to the place before a byte */
struct node {
	uint32_t cost, literals;   /* literals after the last match */
	uint32_t length, distance; /* of the match that ends here; of length 0: a literal */
};

struct segment {
	struct bzb_span bytes;
	struct output out;
	size_t start, end; /* in @bytes */
	struct match *matches;
	size_t count;
	struct node *nodes; /* from start to end, and one for each after end */
};

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t most(size_t a, size_t b)
{
	return a > b ? a : b;
}

static void extend(const struct segment *s, struct match *match)
{
	const unsigned char *bytes = s->bytes.data;
	const size_t start = most(s->start, match->distance);

	while (match->start > start &&
	       bytes[match->start - 1] == bytes[match->start - 1 - match->distance])
		match->start--;
	while (match->end < s->end && bytes[match->end] == bytes[match->end - match->distance])
		match->end++;
}

/* In the order of their starts. */
static void extend_all(struct segment *s)
{
	struct match *m = s->matches;

	for (size_t i = 0; i < s->count; i++) {
		extend(s, &m[i]);
		m[i].start = i ? most(m[i].start, m[i - 1].start) : m[i].start;
	}
	for (size_t i = 0; i < s->count; i++) {
		const size_t before = i ? m[i - 1].end : 0;
		const size_t after = i + 1 < s->count ? m[i + 1].start : m[i].end;

		m[i].last_start = least(most(m[i].start, before),
					least(m[i].end - LEAST, s->bytes.size - LAST_START));
		m[i].first_end = least(m[i].end, after);
	}
}

static void try_way(struct node *to, size_t cost, size_t literals, size_t length, size_t distance)
{
	if (cost < to->cost)
		*to = (struct node){ (uint32_t)cost, (uint32_t)literals, (uint32_t)length,
				     (uint32_t)distance };
}

/* Matches that overlap, between bytes that are in none. */
struct group {
	size_t first, next; /* numbers of the first match, and of the one after the last */
	size_t start, end;
};

static void find_group(const struct segment *s, size_t first, struct group *ret)
{
	const struct match *m = s->matches;
	size_t next = first, end = m[first].end;

	while (++next < s->count && m[next].start < end)
		end = most(end, m[next].end);
	*ret = (struct group){ first, next, m[first].start, end };
}

/* @from: at @at */
static void try_match(struct node *from, const struct match *match, size_t at)
{
	for (size_t end = most(at + LEAST, match->first_end); end <= match->end; end++)
		try_way(from + (end - at), from->cost + match_cost(end - at, match->distance), 0,
			end - at, match->distance);
}

/* From @start to @end, by @count matches from @first on. */
static void find_ways(struct segment *s, const struct group *group)
{
	size_t first = group->first;

	for (size_t i = 0; i <= group->end - group->start; i++)
		s->nodes[i].cost = UINT32_MAX;
	s->nodes[0] = (struct node){
		.literals = (uint32_t)(s->bytes.data + group->start - s->out.from),
	};
	for (size_t at = group->start; at < group->end; at++) {
		struct node *node = &s->nodes[at - group->start];

		try_way(node + 1, node->cost + literal_cost(node->literals + 1), node->literals + 1,
			0, 0);
		while (first < group->next && s->matches[first].last_start < at)
			first++;
		for (size_t i = first; i < group->next && s->matches[i].start <= at; i++)
			if (at <= s->matches[i].last_start)
				try_match(node, &s->matches[i], at);
	}
}

/* The cheapest way backwards; its matches replace those of the group. returns: their number */
static size_t keep_way(struct segment *s, const struct group *group)
{
	struct match *kept = &s->matches[group->first];
	size_t count = 0;

	for (size_t at = group->end; at > group->start;) {
		const struct node *node = &s->nodes[at - group->start];

		if (node->length)
			kept[count++] =
				(struct match){ at - node->length, at, node->distance, 0, 0 };
		at -= node->length ? node->length : 1;
	}
	return count;
}

static void write_one(struct segment *s, const struct match *match)
{
	write_match(&s->out, s->bytes.data + match->start, match->end - match->start,
		    match->distance);
}

/* A match is cheaper than its bytes as literals, so one that overlaps no other stays. */
static void write_group(struct segment *s, const struct group *group)
{
	size_t count = 1;

	if (group->next - group->first > 1) {
		find_ways(s, group);
		count = keep_way(s, group);
	}
	while (count)
		write_one(s, &s->matches[group->first + --count]);
}

static void write_segment(struct segment *s)
{
	struct group group;

	extend_all(s);
	for (group.next = 0; group.next < s->count;) {
		find_group(s, group.next, &group);
		write_group(s, &group);
	}
	s->count = 0;
	s->start = s->end;
}

/* --- the block -------------------------------------------------------------------------- */

/* A short match of a short distance makes a longer distance possible. */
static void write_long(struct segment *s, const struct sequence *sequence)
{
	const unsigned char *at = s->bytes.data + s->end;
	size_t distance = sequence->distance, length = sequence->length, first;

	while (distance < STEP_DISTANCE)
		distance += sequence->distance;
	first = distance - sequence->distance;
	if (first) {
		first = most(first, LEAST);
		write_match(&s->out, at, first, sequence->distance);
	}
	write_match(&s->out, at + first, length - first, distance);
	s->end += length;
	s->start = s->end;
}

static void add_sequence(struct segment *s, const struct sequence *sequence)
{
	const size_t start = s->end + sequence->literals, end = start + sequence->length;

	if (sequence->literals > LONG) {
		write_segment(s);
		s->start = s->end = start;
	}
	if (sequence->length > LONG || end - s->start > SEGMENT) {
		s->end = start;
		write_segment(s);
	}
	s->end = start;
	if (sequence->length > LONG) {
		write_long(s, sequence);
		return;
	}
	s->end = end;
	s->matches[s->count++] = (struct match){ start, end, sequence->distance, 0, 0 };
}

/* Of a piece; @literals: after its last match, and in the end of the piece before */
static void add_piece(struct segment *s, struct bzb_span piece, size_t *literals)
{
	const unsigned char *at = piece.data, *end = at + piece.size;

	while (at < end) {
		struct sequence sequence = read_sequence(&at, end);

		sequence.literals += *literals;
		*literals = sequence.length ? 0 : sequence.literals;
		if (sequence.length)
			add_sequence(s, &sequence);
	}
}

/* Every match is in its segment with its last bytes, or of LONG bytes, so there is room for all. */
static void add_all(struct segment *s, const struct bzb_span *pieces, size_t count)
{
	struct sequence last = { 0 };

	for (size_t i = 0; i < count; i++)
		add_piece(s, pieces[i], &last.literals);
	write_segment(s);
	last.literals = (size_t)(s->bytes.data + s->bytes.size - s->out.from);
	write_sequence(&s->out, &last);
}

size_t lz4_rewrite(struct bzb_span bytes, const struct bzb_span *pieces, size_t count,
		   unsigned char *to, size_t room)
{
	struct blob nodes = blob_alloc((SEGMENT + LONG + 1) * sizeof(struct node));
	struct blob matches = blob_alloc(SEGMENT / LEAST * sizeof(struct match));
	struct segment s = {
		.bytes = bytes,
		.out = { bytes.data, to, to + room, false },
		.matches = (struct match *)matches.data,
		.nodes = (struct node *)nodes.data,
	};

	add_all(&s, pieces, count);
	blob_free(&nodes);
	blob_free(&matches);
	return s.out.full ? 0 : (size_t)(s.out.to - to);
}
