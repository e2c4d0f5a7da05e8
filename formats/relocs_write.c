/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the tables of relocations. */
#include <bzboot/relocs.h>

#define WORD 8u			/* bytes of a RELR entry, and of a field in it */
#define BITMAP_WORDS 63u	/* fields in one bitmap entry */

static void put64(unsigned char *to, size_t at, uint64_t value)
{
	if (to)
		bzb_put64(to + at, value);
}

/* The bitmap of the fields in @offsets that lie in the BITMAP_WORDS words from
 * @next on; *used counts them. */
static uint64_t relr_bitmap(uint64_t next, const uint64_t *offsets, size_t count, size_t *used)
{
	uint64_t bitmap = 0;

	for (*used = 0; *used < count; ++*used) {
		uint64_t distance = offsets[*used] - next;

		if (distance % WORD || distance / WORD >= BITMAP_WORDS)
			break;
		bitmap |= 1ull << distance / WORD;
	}
	return bitmap;
}

size_t bzb_relr_write(uint64_t base, const uint64_t *offsets, size_t count, void *to)
{
	size_t size = 0;

	for (size_t i = 0; i < count;) {
		uint64_t next = offsets[i] + WORD;

		put64(to, size, base + offsets[i++]);
		size += WORD;
		for (;; next += BITMAP_WORDS * WORD) {
			size_t used;
			uint64_t bitmap = relr_bitmap(next, offsets + i, count - i, &used);

			if (!bitmap)
				break;
			put64(to, size, bitmap << 1 | 1);
			size += WORD;
			i += used;
		}
	}
	return size;
}

static size_t write_uleb(unsigned char *to, size_t at, uint64_t value)
{
	do {
		unsigned char byte = (unsigned char)(value & 0x7f);

		value >>= 7;
		if (to)
			to[at] = (unsigned char)(byte | (value ? 0x80 : 0));
		at++;
	} while (value);
	return at;
}

size_t bzb_reld_write(enum bzb_reloc_kind kind, const uint64_t *offsets, size_t count, void *to)
{
	uint64_t last = 0;
	size_t size;

	if (!count)
		return 0;
	size = write_uleb(to, 0, kind);
	size = write_uleb(to, size, count);
	for (size_t i = 0; i < count; i++) {
		size = write_uleb(to, size, offsets[i] - last);
		last = offsets[i];
	}
	return size;
}

/* Writes the head of a list, up to the first number. */
static size_t write_candidates_head(const struct bzb_candidate_rule *rule, const uint64_t *offsets,
				    size_t count, unsigned char *to)
{
	size_t size = write_uleb(to, 0, BZB_RELD_CANDIDATES);

	size = write_uleb(to, size, count);
	size = write_uleb(to, size, offsets[0]);
	size = write_uleb(to, size, offsets[count - 1] + BZB_CANDIDATE_SIZE - offsets[0]);
	size = write_uleb(to, size, rule->reach);
	if (to)
		memcpy(to + size, rule->before, BZB_BYTE_SET_SIZE);
	return size + BZB_BYTE_SET_SIZE;
}

/* A candidate cannot begin at offset 0, because no byte precedes it. On success @bytes ends after
 * the last field. */
static bool are_inside(const uint64_t *offsets, size_t count, struct bzb_span *bytes)
{
	const uint64_t first = offsets[0], last = offsets[count - 1];

	if (first < 1 || first > last || last > bytes->size ||
	    bytes->size - last < BZB_CANDIDATE_SIZE)
		return false;
	bytes->size = (size_t)last + BZB_CANDIDATE_SIZE;
	return true;
}

size_t bzb_reld_write_candidates(const struct bzb_candidate_rule *rule, struct bzb_span bytes,
				 const uint64_t *offsets, size_t count, void *to)
{
	struct bzb_candidates candidates;
	size_t size;

	if (!count || !are_inside(offsets, count, &bytes))
		return 0;
	bzb_candidates_start(&candidates, rule, bytes, (size_t)offsets[0]);
	size = write_candidates_head(rule, offsets, count, to);
	for (size_t i = 0; i < count; i++) {
		uint64_t skipped = 0;
		size_t at = 0;

		while (bzb_candidates_next(&candidates, 0, &at) && at < offsets[i])
			skipped++;
		if (at != offsets[i])
			return 0;
		bzb_candidates_take(&candidates, at);
		size = write_uleb(to, size, skipped);
	}
	return size;
}
