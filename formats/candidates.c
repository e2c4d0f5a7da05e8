/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A search for candidates reads all of a kernel's code. So it tests one chunk at a
 * time for bytes that can be the highest byte of a candidate, and reads the bytes
 * before only if there are such bytes.
 */
#include <bzboot/candidates.h>

#define CHUNK 64u		/* its bytes have one bit each in a uint64_t */
#define HIGHEST (BZB_CANDIDATE_SIZE - 1)	/* offset of the highest byte in a field */

/*
 * look_through() returns a bit for each byte that is in the range. Subtracting
 * @least maps the range to the lowest signed numbers, so the bytes above @most are
 * outside it.
 */
#ifdef __SSE2__
typedef unsigned char bytes16 __attribute__((vector_size(16)));
typedef signed char numbers16 __attribute__((vector_size(16)));
typedef char chars16 __attribute__((vector_size(16)));
typedef bytes16 any_bytes16 __attribute__((aligned(1), may_alias));

static inline uint64_t look_past_16(const unsigned char *chunk, bytes16 least, bytes16 most)
{
	bytes16 moved = *(const any_bytes16 *)chunk - least;
	numbers16 past = (numbers16)moved > (numbers16)most;

	return (uint32_t)__builtin_ia32_pmovmskb128((chars16)past);
}

static inline uint64_t look_through(const struct bzb_candidates *c, const unsigned char *chunk)
{
	const bytes16 least = *(const any_bytes16 *)c->least;
	const bytes16 most = *(const any_bytes16 *)c->most;

	return ~(look_past_16(chunk, least, most) | look_past_16(chunk + 16, least, most) << 16 |
		 look_past_16(chunk + 32, least, most) << 32 |
		 look_past_16(chunk + 48, least, most) << 48);
}
#else
static uint64_t look_through(const struct bzb_candidates *c, const unsigned char *chunk)
{
	uint64_t hits = 0;

	for (unsigned int i = 0; i < CHUNK; i++)
		if ((signed char)(unsigned char)(chunk[i] - *c->least) <= *c->most)
			hits |= (uint64_t)1 << i;
	return hits;
}
#endif

/* For the bytes after the last whole chunk. */
static uint64_t __attribute__((noinline)) look_through_rest(const struct bzb_candidates *c,
							    size_t start)
{
	unsigned char chunk[CHUNK] = { 0 };
	size_t size = c->bytes.size - start;

	memcpy(chunk, c->bytes.data + start, size);
	return look_through(c, chunk) & (((uint64_t)1 << size) - 1);
}

/* Sets the range of the highest byte; all bytes if the addresses wrap. */
static void set_range(struct bzb_candidates *c)
{
	uint32_t last = c->base + (c->reach - 1);
	uint32_t least = last < c->base ? 0 : c->base >> 24;
	uint32_t most = last < c->base ? UINT8_MAX : last >> 24;

	memset(c->least, (int)(least + INT8_MAX + 1), sizeof(c->least));
	memset(c->most, (int)(most - least) + INT8_MIN, sizeof(c->most));
}

void bzb_candidates_start(struct bzb_candidates *c, const struct bzb_candidate_rule *rule,
			  struct bzb_span bytes, size_t start)
{
	*c = (struct bzb_candidates){
		.bytes = bytes,
		.base = rule->base,
		.reach = rule->reach,
		.at = start,
		/* The chunk before the first one; it has no hits. */
		.chunk = start + HIGHEST - CHUNK,
	};
	for (unsigned int byte = 0; byte < 256; byte++)
		c->is_before[byte] = rule->before[byte / 8] >> byte % 8 & 1;
	set_range(c);
}

/* Keeps the hits of fields that begin at c->at or later. */
static inline uint64_t not_before(const struct bzb_candidates *c, size_t chunk, uint64_t hits)
{
	size_t first = c->at + HIGHEST;

	if (first <= chunk)
		return hits;
	first -= chunk;
	return first < CHUNK ? hits >> first << first : 0;
}

/* The hits of the next chunk that has any; 0 if there is none. */
static inline uint64_t next_hits(const struct bzb_candidates *c, size_t *chunk)
{
	const struct bzb_span bytes = c->bytes;
	uint64_t hits;

	do {
		*chunk += CHUNK;
		if (*chunk >= bytes.size)
			return 0;
		hits = bytes.size - *chunk >= CHUNK ? look_through(c, bytes.data + *chunk) :
						      look_through_rest(c, *chunk);
	} while (!hits);
	return hits;
}

bool bzb_candidates_next(struct bzb_candidates *c, uint64_t skip, size_t *ret)
{
	const uint32_t base = c->base, reach = c->reach;
	size_t chunk = c->chunk;
	uint64_t hits = not_before(c, chunk, c->hits);
	const unsigned char *field;

	for (;;) {
		while (!hits) {
			hits = next_hits(c, &chunk);
			if (!hits) {
				c->chunk = chunk;
				c->hits = 0;
				return false;
			}
			hits = not_before(c, chunk, hits);
		}
		field = c->bytes.data + chunk + bzb_lowest_bit(hits) - HIGHEST;
		hits &= hits - 1;
		if (bzb_get32(field) - base < reach && c->is_before[field[-1]] && !skip--)
			break;
	}
	c->chunk = chunk;
	c->hits = hits;
	*ret = (size_t)(field - c->bytes.data);
	return true;
}
