/* SPDX-License-Identifier: BSD-2-Clause */
/* The object files that a kernel is linked from: which pieces of its text are of one. */
#ifndef PACKER_SHUFFLE_OBJECTS_H
#define PACKER_SHUFFLE_OBJECTS_H

#include "shuffle_pieces.h"

/**
 * shuffle_objects_find() - find the object of each piece
 * @vmlinux: the kernel
 * @pieces: of its text; each gets the number of its object, and more of them may become C
 * @why: that nothing tells of objects, or what is wrong with that
 *
 * .debug_aranges has the code of each unit of compilation; if some of it is C, all of it is. For code
 * that is not there, local functions tell, whose file .symtab names; so the object of some pieces is
 * not known.
 *
 * returns: 0, or -1 on error
 */
int shuffle_objects_find(const struct vmlinux *vmlinux, struct shuffle_pieces *pieces,
			 struct why *why);

#endif
