/* SPDX-License-Identifier: BSD-2-Clause */
/* The machines that kernels are made for, and their numbers in ELF and PE files. */
#ifndef BZBOOT_MACHINE_H
#define BZBOOT_MACHINE_H

#include <bzboot/bytes.h>

enum bzb_machine {
	BZB_MACHINE_X86_64,
	BZB_MACHINE_ARM64,
	BZB_MACHINE_RISCV64,
	BZB_MACHINE_LOONG64,
	BZB_MACHINE_COUNT
};

/* gABI, e_machine. 32-bit and 64-bit RISC-V and LoongArch share a number. */
enum {
	BZB_EM_386 = 3, /* x86 in 32 bits; no kernel of it is packed */
	BZB_EM_X86_64 = 62,
	BZB_EM_AARCH64 = 183,
	BZB_EM_RISCV = 243,
	BZB_EM_LOONGARCH = 258,
};

/* PE Format, "Machine Types" */
enum {
	BZB_PE_MACHINE_RISCV64 = 0x5064,
	BZB_PE_MACHINE_LOONGARCH64 = 0x6264,
	BZB_PE_MACHINE_X86_64 = 0x8664,
	BZB_PE_MACHINE_ARM64 = 0xaa64,
};

/* The machine that this code is compiled for, as e_machine and as Machine of PE; others load
 * kernels of x86-64. */
#if defined(__aarch64__)
#define BZB_EM_NATIVE BZB_EM_AARCH64
#define BZB_PE_MACHINE_NATIVE BZB_PE_MACHINE_ARM64
#elif defined(__riscv)
#define BZB_EM_NATIVE BZB_EM_RISCV
#define BZB_PE_MACHINE_NATIVE BZB_PE_MACHINE_RISCV64
#elif defined(__loongarch__)
#define BZB_EM_NATIVE BZB_EM_LOONGARCH
#define BZB_PE_MACHINE_NATIVE BZB_PE_MACHINE_LOONGARCH64
#else
#define BZB_EM_NATIVE BZB_EM_X86_64
#define BZB_PE_MACHINE_NATIVE BZB_PE_MACHINE_X86_64
#endif

/* False in a loader for x86-64, which has no code for others then. Compiled with BZB_ALL_MACHINES,
 * as for the program bzboot, the library takes kernels of all machines. */
#if defined(BZB_ALL_MACHINES) || defined(__aarch64__) || defined(__riscv) || defined(__loongarch__)
#define BZB_HAS_OTHER_MACHINES 1
#else
#define BZB_HAS_OTHER_MACHINES 0
#endif

/**
 * bzb_machine_name() - the name of a machine, that of Debian's architecture but for "x86-64"
 * @machine: which
 *
 * returns: text; static
 */
const char *bzb_machine_name(enum bzb_machine machine);

/**
 * bzb_machine_elf() - the number of a machine in ELF files
 * @machine: which
 *
 * returns: BZB_EM_*
 */
uint16_t bzb_machine_elf(enum bzb_machine machine);

/**
 * bzb_machine_pe() - the number of a machine in PE files
 * @machine: which
 *
 * returns: BZB_PE_MACHINE_*
 */
uint16_t bzb_machine_pe(enum bzb_machine machine);

/* The offset of the mark of Linux's Image: 4 bytes, little-endian */
#define BZB_IMAGE_MARK_AT 0x38u

/**
 * bzb_machine_image_mark() - the mark of Linux's Image for a machine
 * @machine: which
 *
 * returns: the mark; 0 for x86-64, which has no Image
 */
uint32_t bzb_machine_image_mark(enum bzb_machine machine);

/**
 * bzb_machine_of_elf() - find a machine by its number in ELF files
 * @number: e_machine, of a 64-bit file
 * @ret: the machine; untouched on error
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADMACHINE, none of these
 */
int bzb_machine_of_elf(uint16_t number, enum bzb_machine *ret);

/**
 * bzb_machine_of_pe() - find a machine by its number in PE files
 * @number: the field Machine
 * @ret: the machine; untouched on error
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADMACHINE, none of these
 */
int bzb_machine_of_pe(uint16_t number, enum bzb_machine *ret);

#endif
