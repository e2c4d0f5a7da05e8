/* SPDX-License-Identifier: BSD-2-Clause */
/* What the linker script, the assembler and the compiler must agree on. */
#ifndef RELOC_FIELDS_H
#define RELOC_FIELDS_H

/* Words that fields point to; each says its number. */
#define TARGETS 64
#define TARGET_MARK 0x7a62746172670000

/* What lies between fields that are not aligned. */
#define CANARY 0x5a

/* Records of a 64-bit and a 32-bit field, in a kernel that has many. */
#define MANY 250000

/* Addresses that are not the kernel's, so that they do not move: before it and after. */
#define CONSTANT_LOW 0x1000
#define CONSTANT_HIGH 0x30000000

/* How far outside the kernel pointers of its own may point: still its own. */
#define FAR_BEHIND 0x100000
#define FAR_BEFORE 0x100

#endif
