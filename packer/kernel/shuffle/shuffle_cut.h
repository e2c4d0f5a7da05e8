/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of a kernel, cut at its functions, and judged (shuffle_judge.h). */
#ifndef PACKER_SHUFFLE_CUT_H
#define PACKER_SHUFFLE_CUT_H

#include "shuffle_pieces.h"

/* The units that change places, where nothing else joins functions. */
enum shuffle_units {
	SHUFFLE_FUNCTIONS,
	SHUFFLE_OBJECTS, /* all functions of an object that are neighbours */
};

/**
 * shuffle_cut() - cut the text of a kernel
 * @vmlinux: the kernel
 * @decoded: its code
 * @units: that are wanted: for SHUFFLE_OBJECTS, the object of each piece is found
 * @ret: for shuffle_pieces_free(); untouched on error
 * @why: what is missing
 *
 * returns: 0, or -1 on error
 */
int shuffle_cut(const struct vmlinux *vmlinux, const struct decoded *decoded,
		enum shuffle_units units, struct shuffle_pieces *ret, struct why *why);

#endif
