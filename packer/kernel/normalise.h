/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any kernel ELF -> the payload ELF of <bzboot/kernel_elf.h>.
 *
 *   0           ELF header, program headers
 *   0x1000      .relr, .crel: which fields move, if any; see <bzboot/relocs.h>
 *               symbols of .crel, the note, section headers, section names
 *   gap         the segments, as they will lie in memory
 *               debug data and symbols, if they are kept
 *
 * Segments keep their addresses and their bytes, with two exceptions: 64-bit fields get the value
 * that RELA keeps in its table, and zeros at the end of the last segment become bss. Of sections
 * and symbols, those of kept.h are kept.
 */
#ifndef PACKER_NORMALISE_H
#define PACKER_NORMALISE_H

#include "io/blob.h"
#include "kept.h"
#include "relocs_find.h"

/**
 * normalise() - make the payload ELF of a kernel
 * @kernel: its relocation table may follow it in the file. A payload ELF with the same note
 *	comes back unchanged
 * @file: the bytes that @kernel is of; the value of those that are copied is undefined afterwards,
 *	and their memory is given back on the way, because kernels are large
 * @note: the contents of the section PAYLOAD_NOTE_SECTION; may be empty
 * @keep: what the payload keeps for debuggers; the kernel must have it
 * @findings: gets each field that cannot be moved correctly
 * @ret: the payload ELF; untouched on error
 * @why: what went wrong; for findings, the first one and how many more there are
 *
 * returns: 0, or -1 on error
 */
int normalise(const struct bzb_elf *kernel, const struct blob *file, struct bzb_span note,
	      enum keep keep, struct findings *findings, struct blob *ret, struct why *why);

#endif
