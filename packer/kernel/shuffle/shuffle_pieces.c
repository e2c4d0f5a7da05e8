/* SPDX-License-Identifier: BSD-2-Clause */
#include "shuffle_pieces.h"

#include <stdlib.h>

#include "io/array.h"

const char *const shuffle_reason_words[SHUFFLE_REASON_COUNT] = {
	[SHUFFLE_FREE] = "free",
	[SHUFFLE_ASSEMBLY] = "assembly beside assembly",
	[SHUFFLE_NOT_ALIGNED] = "no alignment of a function",
	[SHUFFLE_FALLS] = "the code before runs into it",
	[SHUFFLE_UNREACHED] = "nothing refers to it",
	[SHUFFLE_SHORT_JUMP] = "a jump of one byte between them",
	[SHUFFLE_FIXED_JUMP] = "a jump of one byte to or from text that stays",
	[SHUFFLE_UNDECODED] = "instructions that are not known",
	[SHUFFLE_STRAY] = "an operand that leads to no instruction",
	[SHUFFLE_FIELD] = "a relocation that is in no operand",
	[SHUFFLE_RETURNED] = "entered by a return",
	[SHUFFLE_ENTRY] = "the entry point",
	[SHUFFLE_EDGE] = "at an edge of the text",
	[SHUFFLE_PAGE] = "pages of its own",
	[SHUFFLE_TIGHT] = "no room for its alignment elsewhere",
	[SHUFFLE_NAMES] = "the order of equal names",
	[SHUFFLE_OBJECT] = "of the same object",
};

void shuffle_pieces_free(struct shuffle_pieces *pieces)
{
	free(pieces->pieces);
	*pieces = (struct shuffle_pieces){ .count = 0 };
}

long shuffle_pieces_find(const struct shuffle_pieces *pieces, uint64_t offset)
{
	size_t next;

	if (!pieces->count)
		return -1;
	next = array_first_from(&pieces->pieces[0].start, pieces->count, sizeof(pieces->pieces[0]),
				offset + 1);
	return next && offset < pieces->pieces[next - 1].end ? (long)next - 1 : -1;
}

void shuffle_pin(struct shuffle_piece *piece, enum shuffle_reason reason)
{
	if (!piece->pinned)
		piece->pinned = reason;
}

bool shuffle_begins_page(const struct vmlinux_section *text, uint32_t at)
{
	return at % BZB_PAGE_SIZE == 0 && at > text->offset;
}

uint32_t shuffle_padding(const struct decoded *decoded, uint32_t start, uint32_t at)
{
	const uint32_t last = decoded_last(decoded, start, at);

	return last == at ? at - start : at - decoded_end(decoded, last, at);
}
