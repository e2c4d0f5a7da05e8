/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Candidates: bytes of a kernel that look like a 32-bit field. Most fields can be
 * recognised by their value, so that a table of fields only has to say which of the
 * candidates are fields: see relocs.h.
 *
 * A candidate begins at a byte if the 32 bits there are the low half of an address
 * of the kernel, and the byte before them is in a set (mostly of opcodes). The next
 * candidate after a field begins at least one byte after the field's end, so that the
 * byte before it is not a byte of the field.
 */
#ifndef BZBOOT_CANDIDATES_H
#define BZBOOT_CANDIDATES_H

#include <bzboot/bytes.h>

/* Bytes of a 32-bit field. */
#define BZB_CANDIDATE_SIZE 4u

/* A set of bytes: n is in it if bit n % 8 of byte n / 8 is set. */
#define BZB_BYTE_SET_SIZE 32u

struct bzb_candidate_rule {
	uint32_t base;		     /* the low half of the kernel's address */
	uint32_t reach;		     /* fields refer to this number of bytes from base */
	const unsigned char *before; /* the set; BZB_BYTE_SET_SIZE */
};

/* The state of a search for candidates. */
struct bzb_candidates {
	struct bzb_span bytes; /* of the kernel, from base */
	uint32_t base, reach;
	size_t at;     /* candidates begin here or later */
	size_t chunk;  /* the offset of the bytes that @hits is for */
	uint64_t hits; /* bytes of the chunk still to be tested; a bit each */
	/* For the highest byte of a candidate: the value to subtract, and the
	 * greatest result, as signed numbers. */
	unsigned char least[16];
	signed char most[16];
	bool is_before[256]; /* the set */
};

/**
 * bzb_candidates_start() - begin a search for candidates
 * @candidates: to be filled in
 * @rule: for them
 * @bytes: the kernel, from base to the end of the search
 * @start: the offset to begin at; at least 1, at most the size of @bytes
 */
void bzb_candidates_start(struct bzb_candidates *candidates, const struct bzb_candidate_rule *rule,
			  struct bzb_span bytes, size_t start);

/**
 * bzb_candidates_next() - find the next candidate, or a later one
 * @candidates: as started
 * @skip: the number of candidates to pass over
 * @ret: its offset; untouched if there is none
 *
 * returns: true if there is one
 */
bool bzb_candidates_next(struct bzb_candidates *candidates, uint64_t skip, size_t *ret);

/**
 * bzb_candidates_take() - note that the last candidate is a field
 * @candidates: continues after it
 * @offset: of the candidate; it may be changed from now on
 */
static inline void bzb_candidates_take(struct bzb_candidates *candidates, size_t offset)
{
	candidates->at = offset + BZB_CANDIDATE_SIZE + 1;
}

#endif
