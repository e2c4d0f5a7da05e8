/* SPDX-License-Identifier: BSD-2-Clause */
/* The debug data of a kernel that is shuffled. */
#ifndef PACKER_SHUFFLE_DEBUG_H
#define PACKER_SHUFFLE_DEBUG_H

#include "kernel/dwarf/dwarf_move.h"
#include "shuffle_plan.h"
#include "vmlinux_elf.h"

enum { SHF_COMPRESSED = 0x800 }; /* gABI, "Section Attribute Flags" */

struct shuffle_debug {
	bool is_there; /* it has been moved */
	struct dwarf_move move;
	struct dwarf_run *runs;
	struct blob abbrev; /* of the input: it is read twice */
};

/**
 * shuffle_debug_make() - move debug data
 * @vmlinux: the kernel
 * @plan: of it
 * @places: of the units of @plan
 * @ret: for shuffle_debug_free(), always; without data if the kernel has none
 * @why: what is not understood
 *
 * returns: 0, or -1 on error: then @ret has no data
 */
int shuffle_debug_make(const struct vmlinux *vmlinux, const struct shuffle_plan *plan,
		       const uint32_t *places, struct shuffle_debug *ret, struct why *why);

/**
 * shuffle_debug_free() - free it
 * @debug: may be all zero
 */
void shuffle_debug_free(struct shuffle_debug *debug);

/**
 * shuffle_debug_bytes() - the bytes of a section of debug data, before the shuffle
 * @elf: of the section
 * @section: of debug data
 * @ret: a part of the file; undefined on error
 * @why: that it is compressed, or not in the file
 *
 * returns: 0, or -1 on error
 */
int shuffle_debug_bytes(const struct bzb_elf *elf, const struct bzb_elf_section *section,
			struct bzb_span *ret, struct why *why);

/**
 * shuffle_debug_bytes() - the bytes of a section of debug data, before the shuffle
 * @elf: of the section
 * @section: of debug data
 * @ret: a part of the file; undefined on error
 * @why: that it is compressed, or not in the file
 *
 * returns: 0, or -1 on error
 */
int shuffle_debug_bytes(const struct bzb_elf *elf, const struct bzb_elf_section *section,
			struct bzb_span *ret, struct why *why);

/**
 * shuffle_debug_section() - the bytes of a section of debug data, after the shuffle
 * @debug: as made; NULL: none is wanted
 * @elf: of the section
 * @section: of debug data
 *
 * returns: the bytes; none if there is no data
 */
struct bzb_span shuffle_debug_section(const struct shuffle_debug *debug, const struct bzb_elf *elf,
				      const struct bzb_elf_section *section);

#endif
