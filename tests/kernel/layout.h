/* SPDX-License-Identifier: BSD-2-Clause */
/* Constants shared by the linker script, the assembler and the compiler */
#ifndef TESTKERNEL_LAYOUT_H
#define TESTKERNEL_LAYOUT_H

/* The physical load address, and the base of virtual addresses */
#define LINK_ADDRESS 0x1000000
#define VIRTUAL_BASE 0xffffffff80000000

/* The first and the last eight bytes of a segment, plus its number. */
#define SEGMENT_FIRST 0x7a62747366697230
#define SEGMENT_LAST 0x7a6274736c617330

/* A table of words that identify their place: PATTERN_STEP times their index */
#define PATTERN_WORDS 16384
#define PATTERN_STEP 0x9e3779b1

/* In each of two places; large enough to notice if it is not cleared */
#define BSS_SIZE 0x123456

#endif
