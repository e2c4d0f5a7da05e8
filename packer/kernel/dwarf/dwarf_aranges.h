/* SPDX-License-Identifier: BSD-2-Clause */
/* Which unit of compilation code is from: .debug_aranges. */
#ifndef PACKER_DWARF_ARANGES_H
#define PACKER_DWARF_ARANGES_H

#include "io/blob.h"
#include "io/diag.h"

/* Code of one unit. */
struct dwarf_arange {
	uint64_t start, end; /* addresses; the end is above the start */
	uint32_t unit;	     /* its offset in .debug_info */
};

struct dwarf_aranges {
	struct dwarf_arange *rows; /* by start; they may overlap */
	size_t count, room;
};

/**
 * dwarf_aranges_read() - read all ranges of code
 * @section: .debug_aranges, final: without relocations that are still to be applied
 * @ret: for dwarf_aranges_free(); untouched on error
 * @why: what is not understood, and where it is
 *
 * Empty ranges are left out. Those of sections that the linker has discarded begin at 0.
 *
 * returns: 0, or -1 on error
 */
int dwarf_aranges_read(struct bzb_span section, struct dwarf_aranges *ret, struct why *why);

/**
 * dwarf_aranges_free() - free them
 * @aranges: may be all zero
 */
void dwarf_aranges_free(struct dwarf_aranges *aranges);

#endif
