/* SPDX-License-Identifier: BSD-2-Clause */
#include "dwarf_move.h"

#include <stdlib.h>

#include "dwarf_parts.h"

const char *const dwarf_section_names[DWARF_SECTION_COUNT] = {
	[DWARF_INFO] = ".debug_info",	  [DWARF_ABBREV] = ".debug_abbrev",
	[DWARF_LINE] = ".debug_line",	  [DWARF_ARANGES] = ".debug_aranges",
	[DWARF_RANGES] = ".debug_ranges", [DWARF_RNGLISTS] = ".debug_rnglists",
	[DWARF_LOC] = ".debug_loc",	  [DWARF_LOCLISTS] = ".debug_loclists",
	[DWARF_FRAME] = ".debug_frame",
};

static int move_sections(struct dwarf_move *move, struct dwarf_lines *lines, struct why *why)
{
	if (dwarf_line_move(move, lines, why) || dwarf_info_move(move, lines, why))
		return -1;
	if (move->in[DWARF_FRAME].size && dwarf_frame_move(move, why))
		return -1;
	return move->in[DWARF_ARANGES].size ? dwarf_aranges_move(move, why) : 0;
}

int dwarf_move(struct dwarf_move *move, struct why *why)
{
	struct dwarf_lines lines = { .places = NULL };
	const int error = move_sections(move, &lines, why);

	free(lines.places);
	for (unsigned int i = 0; error && i < DWARF_SECTION_COUNT; i++)
		blob_free(&move->out[i]);
	return error;
}
