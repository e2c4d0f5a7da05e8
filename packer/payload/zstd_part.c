/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libzstd finds the matches of a part. The first ones become others, which replace the distances
 * that may be repeated; then the matches are divided into blocks, some are left out, and libzstd
 * writes the blocks.
 */
#include "zstd_part.h"

#include <string.h>

#include "zstd_blocks.h"
#include "zstd_fewer.h"

_Static_assert(sizeof(struct zstd_match) == sizeof(ZSTD_Sequence) &&
		       offsetof(struct zstd_match, distance) == offsetof(ZSTD_Sequence, offset) &&
		       offsetof(struct zstd_match, literals) ==
			       offsetof(ZSTD_Sequence, litLength) &&
		       offsetof(struct zstd_match, length) == offsetof(ZSTD_Sequence, matchLength),
	       "struct zstd_match");

#define LEAST 3			/* bytes of a match */
#define SEARCHED_LEAST 16	/* bytes; libzstd 1.5.7 fails for one or two */
#define REPEATED 3		/* distances */

/* ZSTD_c_useBlockSplitter, or since 1.5.7 ZSTD_c_splitAfterSequences */
#define NO_SPLITS ZSTD_c_experimentalParam13

/* After so many starts, no match repeats the distances. */
#define STARTS 4

/* --- room --------------------------------------------------------------------------- */

/* Before the matches that libzstd found, for those of a start, and for literals at the end. */
#define START_ROOM (REPEATED + 1)

/* Every start makes the list longer, and so does the last one, which is none. */
static size_t room_before(size_t size, bool choose)
{
	return (STARTS + 2) * (START_ROOM + zstd_blocks_room(size, choose));
}

/* --- the matches that libzstd finds -------------------------------------------------- */

size_t zstd_find_matches(ZSTD_CCtx *cctx, struct bzb_span bytes, bool choose,
			 struct zstd_matches *ret)
{
	const size_t most = ZSTD_sequenceBound(bytes.size);
	struct zstd_matches found = zstd_matches_room(room_before(bytes.size, choose), most);
	size_t count = ZSTD_CCtx_setParameter(cctx, NO_SPLITS, ZSTD_ps_disable);

	if (!ZSTD_isError(count) && bytes.size < SEARCHED_LEAST)
		count = 0;
	else if (!ZSTD_isError(count))
		count = ZSTD_generateSequences(cctx, (ZSTD_Sequence *)found.list, most, bytes.data,
					       bytes.size);
	if (ZSTD_isError(count)) {
		blob_free(&found.memory);
		return count;
	}
	found.count = count;
	*ret = found;
	return 0;
}

/* --- the first three distances --------------------------------------------------------- */

/* Of a part that consists of one pattern, the matches at these distances are found. */
static const size_t near[] = { 2, 3, 5, 6, 7, 12, 16, 24 };

#define TABLE_BITS 16

struct start {
	struct bzb_span bytes;
	uint32_t *seen;		  /* one beyond the place of bytes with some hash */
	struct zstd_match *found; /* REPEATED of them */
	unsigned int count;
	size_t end; /* of the last one; 0: none */
};

static size_t hash_at(const unsigned char *at)
{
	uint32_t value = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16;

	return value * 2654435761u >> (32 - TABLE_BITS);
}

static bool is_new(const struct start *s, size_t distance)
{
	for (unsigned int i = 0; i < s->count; i++)
		if (s->found[i].distance == distance)
			return false;
	return distance != 1 && distance != 4 && distance != 8;
}

static bool matches(const struct start *s, size_t at, size_t distance)
{
	const unsigned char *bytes = s->bytes.data + at;

	return distance && distance <= at && is_new(s, distance) &&
	       !memcmp(bytes, bytes - distance, LEAST);
}

/* returns: the distance of a match at @at; 0 if there is none */
static size_t distance_at(struct start *s, size_t at)
{
	uint32_t *seen = &s->seen[hash_at(s->bytes.data + at)];
	size_t last = *seen ? at + 1 - *seen : 0;

	*seen = (uint32_t)at + 1;
	for (size_t i = 0; i < BZB_ARRAY_SIZE(near); i++)
		if (matches(s, at, near[i]))
			return near[i];
	return matches(s, at, last) ? last : 0;
}

static size_t length_of(const struct start *s, size_t at, size_t distance)
{
	size_t end = at + LEAST;

	while (end < s->bytes.size && s->bytes.data[end] == s->bytes.data[end - distance])
		end++;
	return end - at;
}

/* Finds REPEATED matches at different distances from @from on; if there are not as many, none is
 * used. */
static void find_start(struct start *s, size_t from)
{
	struct blob table = blob_alloc(sizeof(uint32_t) << TABLE_BITS);

	s->seen = (uint32_t *)table.data;
	for (size_t at = from; at + LEAST <= s->bytes.size && s->count < REPEATED;) {
		size_t distance = distance_at(s, at);
		size_t length = distance ? length_of(s, at, distance) : 1;

		if (distance) {
			s->found[s->count++] = (struct zstd_match){
				(unsigned int)distance,
				(unsigned int)(at - s->end),
				(unsigned int)length,
				0,
			};
			s->end = at + length;
		}
		at += length;
	}
	if (s->count < REPEATED)
		s->count = 0, s->end = 0;
	blob_free(&table);
}

/* --- the matches of the part --------------------------------------------------------- */

/* The rest of a match from @from on, if the match and its literals begin at @at. */
static struct zstd_match rest_of(struct zstd_match match, size_t at, size_t from)
{
	size_t start = at + match.literals, cut;

	if (at >= from)
		return match;
	if (start >= from) {
		match.literals = (unsigned int)(start - from);
		return match;
	}
	cut = from - start < match.length ? from - start : match.length;
	match.literals = 0;
	match.length -= (unsigned int)cut;
	return match;
}

/* If nothing replaced the distances, no match may repeat them: those become literals. */
static struct zstd_match without_repeats(struct zstd_match match, bool replaced)
{
	const bool repeats = match.distance == 1 || match.distance == 4 || match.distance == 8;

	if ((repeats && !replaced) || match.length < LEAST)
		return (struct zstd_match){ .literals = match.literals + match.length };
	return match;
}

/* @end: of the matches that replace the distances, which are after @from */
static void begin_anew(struct bzb_span bytes, struct zstd_matches *matches, size_t from,
		       size_t *end)
{
	struct zstd_matches anew = zstd_matches_earlier(matches, START_ROOM);
	struct start start = { .bytes = bytes, .found = anew.list };
	size_t at = 0;

	find_start(&start, from);
	*end = start.end;
	anew.count = start.count;
	for (size_t i = 0; i < matches->count; i++) {
		const struct zstd_match *match = &matches->list[i];

		anew.list[anew.count] =
			without_repeats(rest_of(*match, at, start.end), start.count);
		at += match->literals + match->length;
		if (at > start.end)
			anew.count++;
	}
	/* libzstd finds none in a few bytes, and does not list their literals. */
	if (at < start.end)
		at = start.end;
	anew.list[anew.count++] =
		(struct zstd_match){ .literals = (unsigned int)(bytes.size - at) };
	*matches = anew;
}

/* --- the blocks -------------------------------------------------------------------- */

static size_t set_sequences(ZSTD_CCtx *cctx)
{
	static const struct {
		ZSTD_cParameter parameter;
		int value;
	} settings[] = {
		{ ZSTD_c_contentSizeFlag, 0 },
		{ ZSTD_c_checksumFlag, 0 },
		/* No matches are looked for: the least memory. */
		{ ZSTD_c_hashLog, ZSTD_HASHLOG_MIN },
		{ ZSTD_c_chainLog, ZSTD_CHAINLOG_MIN },
		{ ZSTD_c_blockDelimiters, ZSTD_sf_explicitBlockDelimiters },
#ifdef ZSTD_c_searchForExternalRepcodes /* since 1.5.5; before, always */
		{ ZSTD_c_searchForExternalRepcodes, ZSTD_ps_enable },
#endif
	};
	size_t result = ZSTD_CCtx_reset(cctx, ZSTD_reset_session_only);

	for (size_t i = 0; i < BZB_ARRAY_SIZE(settings) && !ZSTD_isError(result); i++)
		result = ZSTD_CCtx_setParameter(cctx, settings[i].parameter, settings[i].value);
	return result;
}

/* Removes the header of the frame. */
static void keep_blocks(struct blob *frame, size_t size)
{
	size_t header = ZSTD_frameHeaderSize(frame->data, size);

	memmove(frame->data, frame->data + header, size - header);
	blob_resize(frame, size - header);
}

static size_t write_blocks(ZSTD_CCtx *cctx, struct bzb_span bytes,
			   const struct zstd_matches *blocks, struct blob *ret)
{
	/* Each block may be as large as its bytes, and has a header of three. */
	struct blob frame = blob_room(ZSTD_compressBound(bytes.size) + blocks->count * 3);
	size_t size = set_sequences(cctx);

	if (!ZSTD_isError(size))
		size = ZSTD_compressSequences(cctx, frame.data, frame.size,
					      (const ZSTD_Sequence *)blocks->list, blocks->count,
					      bytes.data, bytes.size);
	if (ZSTD_isError(size)) {
		blob_free(&frame);
		return size;
	}
	keep_blocks(&frame, size);
	*ret = frame;
	return 0;
}

/* --- the part ---------------------------------------------------------------------- */

/* A block that libzstd did not compress, for it would not be smaller, replaces no distances.
 *
 * returns: where to look for other matches, which do; 0 if those up to @end are in blocks that are
 * compressed
 */
static size_t find_other_start(const struct zstd_matches *blocks, struct bzb_span written,
			       size_t end)
{
	size_t at = 0, start = 0, coded = 0, other = 0;
	struct zstd_block block;
	bool has_match = false;

	for (size_t i = 0; i < blocks->count && (other || start < end); i++) {
		at += blocks->list[i].literals + blocks->list[i].length;
		if (blocks->list[i].length) {
			has_match = true;
			continue;
		}
		coded = zstd_block_read(written, coded, &block);
		if (!coded || (other && block.is_compressed))
			break;
		if (other || (has_match && !block.is_compressed))
			other = at;
		start = at;
		has_match = false;
	}
	return other;
}

size_t zstd_write_part(ZSTD_CCtx *cctx, struct bzb_span bytes, struct zstd_matches *matches,
		       const struct zstd_prices *prices, struct blob *ret)
{
	size_t from = 0, end, result;

	for (unsigned int i = 0;; i++) {
		begin_anew(bytes, matches, from, &end);
		zstd_blocks(bytes, matches, prices);
		if (prices)
			zstd_fewer(bytes, end, matches, prices->match);
		result = write_blocks(cctx, bytes, matches, ret);
		from = result ? 0 : find_other_start(matches, blob_span(ret), end);
		if (!from)
			return result;
		blob_free(ret);
		if (i == STARTS)
			from = bytes.size;
	}
}
