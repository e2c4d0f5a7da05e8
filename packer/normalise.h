/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any kernel ELF -> the payload ELF of <bzboot/image.h>.
 *
 *   0           ELF header, program headers
 *   0x1000      .relr, .reld: what moves, if anything does; see <bzboot/relocs.h>
 *               section headers, section names   likewise
 *   gap         the segments, as they will lie in memory
 *
 * Segments stay as they are, at their addresses, but for 64-bit fields whose value RELA kept
 * elsewhere; other sections and symbols are dropped.
 */
#ifndef PACKER_NORMALISE_H
#define PACKER_NORMALISE_H

#include "blob.h"
#include "relocs.h"

/**
 * normalise() - make the payload ELF of a kernel
 * @file: an ELF, perhaps with its relocation table behind it; a payload ELF comes back unchanged
 * @ret: the payload ELF; untouched on error
 * @why: what went wrong; of what cannot be moved, the first finding and how many more there are
 *
 * returns: 0, or -1 on error
 */
int normalise(struct bzb_span file, struct blob *ret, struct why *why);

#endif
