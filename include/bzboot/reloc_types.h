/* SPDX-License-Identifier: BSD-2-Clause */
/* The types of relocations: the psABI of each machine has numbers of its own. */
#ifndef BZBOOT_RELOC_TYPES_H
#define BZBOOT_RELOC_TYPES_H

#include <bzboot/machine.h>

/* x86-64 psABI, "Relocation Types" */
enum {
	BZB_R_X86_64_NONE = 0,
	BZB_R_X86_64_64 = 1,
	BZB_R_X86_64_PC32 = 2,
	BZB_R_X86_64_PLT32 = 4,
	BZB_R_X86_64_GLOB_DAT = 6,
	BZB_R_X86_64_JUMP_SLOT = 7,
	BZB_R_X86_64_RELATIVE = 8,
	BZB_R_X86_64_GOTPCREL = 9,
	BZB_R_X86_64_32 = 10,
	BZB_R_X86_64_32S = 11,
	BZB_R_X86_64_PC64 = 24,
	BZB_R_X86_64_GOTPC32 = 26,
	BZB_R_X86_64_GOTPCRELX = 41,
	BZB_R_X86_64_REX_GOTPCRELX = 42,
};

/* ELF for the Arm 64-bit Architecture, "Relocation" */
enum {
	BZB_R_AARCH64_NONE = 0,
	BZB_R_AARCH64_WITHDRAWN = 256, /* the same as NONE */
	BZB_R_AARCH64_ABS64 = 257,
	BZB_R_AARCH64_GLOB_DAT = 1025,
	BZB_R_AARCH64_JUMP_SLOT = 1026,
	BZB_R_AARCH64_RELATIVE = 1027,
};

/* RISC-V ABIs Specification, "Relocations" */
enum {
	BZB_R_RISCV_NONE = 0,
	BZB_R_RISCV_64 = 2,
	BZB_R_RISCV_RELATIVE = 3,
	BZB_R_RISCV_JUMP_SLOT = 5,
};

/* ELF for the LoongArch Architecture, "Relocation Types" */
enum {
	BZB_R_LARCH_NONE = 0,
	BZB_R_LARCH_64 = 2,
	BZB_R_LARCH_RELATIVE = 3,
	BZB_R_LARCH_JUMP_SLOT = 5,
};

/* The value that a relocation of PT_DYNAMIC puts into its 64-bit field: S is the value of its
 * symbol, A the addend, B the distance from the link address. */
enum bzb_formula {
	BZB_FORMULA_UNKNOWN,	   /* none of these */
	BZB_FORMULA_NONE,	   /* nothing */
	BZB_FORMULA_RELATIVE,	   /* B + A */
	BZB_FORMULA_SYMBOL,	   /* S */
	BZB_FORMULA_SYMBOL_ADDEND, /* S + A */
	BZB_FORMULA_COUNT
};

/**
 * bzb_formula_of() - find the formula of a type
 * @machine: of the kernel
 * @type: of a relocation of PT_DYNAMIC
 *
 * returns: the formula; BZB_FORMULA_UNKNOWN for any other type
 */
enum bzb_formula bzb_formula_of(enum bzb_machine machine, uint64_t type);

#endif
