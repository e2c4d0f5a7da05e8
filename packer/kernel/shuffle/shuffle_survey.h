/* SPDX-License-Identifier: BSD-2-Clause */
/* A kernel's functions before they are shuffled: what would move, what stays, and why. */
#ifndef PACKER_SHUFFLE_SURVEY_H
#define PACKER_SHUFFLE_SURVEY_H

#include "shuffle_pieces.h"
#include "unit_facts.h"

struct shuffle_share {
	size_t pieces;
	uint64_t size; /* bytes */
};

struct shuffle_survey {
	struct unit_facts facts;
	uint64_t text_size;				   /* bytes of .text */
	struct shuffle_share joined[SHUFFLE_REASON_COUNT]; /* to the piece before */
	struct shuffle_share pinned[SHUFFLE_REASON_COUNT];
};

/**
 * shuffle_survey_count() - count the pieces of a kernel by their reasons
 * @pieces: of the kernel, judged
 * @survey: joined and pinned are set
 */
void shuffle_survey_count(const struct shuffle_pieces *pieces, struct shuffle_survey *survey);

#endif
