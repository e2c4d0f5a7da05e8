/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes a kernel that was shuffled in memory, or is to be shuffled, as the ELF that its linker might
 * have made. */
#ifndef PACKER_SHUFFLED_ELF_H
#define PACKER_SHUFFLED_ELF_H

#include "shuffle_debug.h"

/**
 * shuffled_elf_make() - write the ELF
 * @vmlinux: the kernel; its memory is shuffled
 * @plan: of it
 * @places: of the units of @plan
 * @units: the unit table, for a new section BZB_UNITS_SECTION; empty: there is none. With it, the ELF
 *	has fewer than BZB_SHN_LORESERVE - 1 sections
 * @debug: debug data after the shuffle; NULL: its sections are empty
 *
 * Sections keep their numbers, addresses and names. Symbols and relocations tell of the new places.
 * Other sections of relocations are empty.
 *
 * returns: the file, for blob_free()
 */
struct blob shuffled_elf_make(const struct vmlinux *vmlinux, const struct shuffle_plan *plan,
			      const uint32_t *places, struct bzb_span units,
			      const struct shuffle_debug *debug);

#endif
