/* SPDX-License-Identifier: BSD-2-Clause */
/* What the linker script, the assembler and the compiler must agree on. */
#ifndef TESTKERNEL_LAYOUT_H
#define TESTKERNEL_LAYOUT_H

/* Where the kernel is linked to be: physical, and the base of the virtual. */
#define LINK_ADDRESS 0x1000000
#define VIRTUAL_BASE 0xffffffff80000000

/* The first and the last eight bytes of a segment, plus its number. */
#define SEGMENT_FIRST 0x7a62747366697230
#define SEGMENT_LAST 0x7a6274736c617330

/* A table whose words tell their place: PATTERN_STEP times their number. */
#define PATTERN_WORDS 16384
#define PATTERN_STEP 0x9e3779b1

/* So much, in each of two places, that there is something to forget to clear. */
#define BSS_SIZE 0x123456

#endif
