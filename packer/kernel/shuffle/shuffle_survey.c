/* SPDX-License-Identifier: BSD-2-Clause */
#include "shuffle_survey.h"

#include "shuffle_units.h"

static void count(struct shuffle_share *share, const struct shuffle_piece *piece)
{
	share->pieces++;
	share->size += piece->end - piece->start;
}

/* All pieces of a unit are pinned for one reason; of one that moves, all but the first are joined. */
static void count_unit(const struct shuffle_pieces *pieces, size_t first, size_t end,
		       struct shuffle_survey *survey)
{
	const enum shuffle_reason pinned = shuffle_unit_pinned(pieces, first, end);

	for (size_t i = first; i < end; i++) {
		if (pinned)
			count(&survey->pinned[pinned], &pieces->pieces[i]);
		else if (i > first)
			count(&survey->joined[pieces->pieces[i].joined], &pieces->pieces[i]);
	}
}

void shuffle_survey_count(const struct shuffle_pieces *pieces, struct shuffle_survey *survey)
{
	size_t end;

	memset(survey->joined, 0, sizeof(survey->joined));
	memset(survey->pinned, 0, sizeof(survey->pinned));
	for (size_t i = 0; i < pieces->count; i = end) {
		end = shuffle_unit_end(pieces, i);
		count_unit(pieces, i, end, survey);
	}
}
