/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A linker makes some addresses itself, and leaves no relocations of them in the sections of
 * --emit-relocs: those in .got, and in the tables that position-independent kernels have for loaders
 * (gABI, "Dynamic Section").
 */
#ifndef PACKER_VMLINUX_IMPLIED_H
#define PACKER_VMLINUX_IMPLIED_H

#include "vmlinux_elf.h"

/**
 * vmlinux_implied_read() - add relocations for what code and the dynamic section imply
 * @vmlinux: has its memory, sections, symbols and relocations; gets is_dynamic, the values of fields that
 *	are in DT_RELA or DT_JMPREL only, and relocations
 * @why: what cannot be read, or would have to move
 *
 * These get a relocation:
 *
 *   a field of .got that code refers to    with the symbol that the code names
 *   another field that a loader relocates  with symbol 0: it is known by its value
 *   the r_addend for a field               with the symbol of the field's relocation, or 0
 *   an st_value in .dynsym                 with the symbol of that name and address, or 0
 *
 * The last two stay as they are linked when a kernel is relocated: is_linked is set.
 *
 * returns: 0, or -1 on error
 */
int vmlinux_implied_read(struct vmlinux *vmlinux, struct why *why);

#endif
