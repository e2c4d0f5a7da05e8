/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any kernel ELF -> the payload ELF of <bzboot/image.h>.
 *
 *   0           ELF header, program headers
 *   0x1000      the kernel's relocation table    section .kernel_relocs, if there is one
 *               section headers, section names   likewise
 *   gap         the segments, as they will lie in memory
 *
 * Segments stay as they are, at their addresses; sections and symbols are dropped.
 */
#ifndef PACKER_NORMALISE_H
#define PACKER_NORMALISE_H

#include <bzboot/relocs.h>

#include "blob.h"
#include "diag.h"

#define KERNEL_RELOCS_SECTION ".kernel_relocs"

/**
 * kernel_relocs_find() - find the relocation table of a kernel
 * @elf: as parsed from the whole file
 * @ret: the table, from behind the ELF, where kernel builds put it, or from the section in which
 *	normalise() keeps it; all zero if there is none; untouched on error
 * @why: what went wrong
 *
 * returns: 0, or -1 if something else lies behind the ELF, or the table makes no sense
 */
int kernel_relocs_find(const struct bzb_elf *elf, struct bzb_kernel_relocs *ret, struct why *why);

/**
 * normalise() - make the payload ELF of a kernel
 * @file: an ELF, perhaps with its relocation table behind it; a payload ELF comes back unchanged
 * @ret: the payload ELF; untouched on error
 * @why: what went wrong
 *
 * returns: 0, or -1 on error
 */
int normalise(struct bzb_span file, struct blob *ret, struct why *why);

#endif
