/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A position-independent kernel: what its dynamic section (gABI, "Dynamic Section") says, in the form
 * of the relocations of --emit-relocs.
 */
#ifndef PACKER_VMLINUX_DYNAMIC_H
#define PACKER_VMLINUX_DYNAMIC_H

#include "vmlinux_elf.h"

/**
 * vmlinux_dynamic_read() - add relocations for what only the dynamic section shows
 * @vmlinux: has its memory, sections, symbols and relocations; gets the values of fields that are in
 *	DT_RELA or DT_JMPREL only, and relocations
 * @why: what cannot be read, or would have to move
 *
 * The linker makes fields of its own, such as those of .got, and says of them only how to relocate them.
 * And the tables for that have addresses: r_addend, and st_value in .dynsym, which no relocation
 * changes. All these get a relocation, with the symbol that the linker's own for the same field has.
 *
 * returns: 0, also if there is no dynamic section; -1 on error
 */
int vmlinux_dynamic_read(struct vmlinux *vmlinux, struct why *why);

#endif
