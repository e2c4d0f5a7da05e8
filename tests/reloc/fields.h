/* SPDX-License-Identifier: BSD-2-Clause */
/* Constants shared by the linker script, the assembler and the compiler */
#ifndef RELOC_FIELDS_H
#define RELOC_FIELDS_H

/* Words that fields point to; each contains its number. */
#define TARGETS 64
#define TARGET_MARK 0x7a62746172670000

/* The byte between unaligned fields */
#define CANARY 0x5a

/* Records of a 64-bit and a 32-bit field, in a kernel with many */
#define MANY 250000

/* Addresses before and after the kernel, which do not move */
#define CONSTANT_LOW 0x1000
#define CONSTANT_HIGH 0x30000000

/* The distance outside the kernel at which pointers still move with it */
#define FAR_AFTER 0x100000
#define FAR_BEFORE 0x100

#endif
