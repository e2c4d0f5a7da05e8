/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Candidates: places of a kernel that look like a 32-bit field that moves. Most
 * of those fields can be recognised by what they hold, so all that has to be
 * kept of them is which of the candidates they are: see relocs.h.
 *
 * At a byte begins a candidate if the 32 bits there are the low half of an
 * address of the kernel, and the byte before them is one of a set (of
 * opcodes, mostly). After a field the next byte is nothing's, or what is in
 * front of the next candidate.
 */
#ifndef BZBOOT_CANDIDATES_H
#define BZBOOT_CANDIDATES_H

#include <bzboot/bytes.h>

/* Bytes of a 32-bit field. */
#define BZB_CANDIDATE_SIZE 4u

/* A set of bytes: n is in it if bit n % 8 of byte n / 8 is set. */
#define BZB_BYTE_SET_SIZE 32u

struct bzb_candidate_rule {
	uint32_t base;			/* address of the kernel, the low half */
	uint32_t reach;			/* bytes from there that fields refer to */
	const unsigned char *before;	/* the set; BZB_BYTE_SET_SIZE */
};

/* The state of a search for candidates. */
struct bzb_candidates {
	struct bzb_span bytes;		/* of the kernel, from base */
	uint32_t base, reach;
	size_t at;			/* none begins before that */
	size_t chunk;			/* whose highest bytes were looked at */
	uint64_t hits;			/* those that are left */
	/* Of the highest bytes of candidates: what to take off, and what then
	 * is the most, as signed numbers. */
	unsigned char least[16];
	signed char most[16];
	bool is_before[256];		/* the set */
};

/**
 * bzb_candidates_start() - look for candidates from some place on
 * @candidates: to be filled in
 * @rule: for them
 * @bytes: the kernel, from base to where to end
 * @start: where to begin; at least 1, at most the size of @bytes
 */
void bzb_candidates_start(struct bzb_candidates *candidates,
			  const struct bzb_candidate_rule *rule,
			  struct bzb_span bytes, size_t start);

/**
 * bzb_candidates_next() - the next candidate, or one after it
 * @candidates: as started
 * @skip: the number of candidates to pass over
 * @ret: its offset; untouched if there is none
 *
 * returns: true if there is one
 */
bool bzb_candidates_next(struct bzb_candidates *candidates, uint64_t skip,
			 size_t *ret);

/**
 * bzb_candidates_take() - the last candidate is a field
 * @candidates: goes on after it
 * @offset: of the candidate; it may be changed from now on
 */
static inline void bzb_candidates_take(struct bzb_candidates *candidates,
				       size_t offset)
{
	candidates->at = offset + BZB_CANDIDATE_SIZE + 1;
}

#endif
