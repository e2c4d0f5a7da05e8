/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Debug data (DWARF 4 and 5, and of assembly DWARF 2 and 3) of a program whose code has been moved in
 * parts. The data is final: its sections have no relocations that are still to be applied.
 *
 *   dwarf_move.c       the steps
 *   dwarf_bytes.c      reading and writing
 *   dwarf_runs.c       where code has gone
 *   dwarf_abbrev.c     .debug_abbrev
 *   dwarf_info.c       .debug_info: its size does not change
 *   dwarf_expression.c locations
 *   dwarf_lists.c      lists of ranges and of locations, written again
 *   dwarf_line.c       line programs, written again
 *   dwarf_frame.c      .debug_frame
 *   dwarf_aranges.c    .debug_aranges
 */
#ifndef PACKER_DWARF_MOVE_H
#define PACKER_DWARF_MOVE_H

#include "io/blob.h"
#include "io/diag.h"

/* Sections that change. */
enum dwarf_section {
	DWARF_INFO,
	DWARF_ABBREV,
	DWARF_LINE,
	DWARF_ARANGES,
	DWARF_RANGES,
	DWARF_RNGLISTS,
	DWARF_LOC,
	DWARF_LOCLISTS,
	DWARF_FRAME,
	DWARF_SECTION_COUNT,
};

extern const char *const dwarf_section_names[DWARF_SECTION_COUNT];

/* Code that moves as one. What is between runs stays. */
struct dwarf_run {
	uint64_t start, end; /* addresses before */
	uint64_t to;	     /* where the start is now */
	bool is_gone;	     /* padding that is nowhere now */
};

struct dwarf_move {
	const struct dwarf_run *runs; /* ascending */
	size_t run_count;
	struct bzb_span in[DWARF_SECTION_COUNT]; /* empty: there is no such section */
	struct blob out[DWARF_SECTION_COUNT];	 /* for blob_free() */
	size_t cut; /* entries that described code of several runs, and now of the first one */
};

/**
 * dwarf_move() - move what debug data says of code
 * @move: with runs and input; gets the output
 * @why: what is not understood, or contradicts itself
 *
 * returns: 0, or -1 on error, without output
 */
int dwarf_move(struct dwarf_move *move, struct why *why);

#endif
