/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory the test kernel was told of. What returns a text returns a sentence
 * that says what is wrong, or NULL.
 */
#ifndef TESTKERNEL_MEMORY_H
#define TESTKERNEL_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* Reads the e820 map, table and list, and keeps it; the first to be called. */
const char *read_e820(const unsigned char *bp);

/* How many entries that map has; whether one of them is this. */
unsigned int e820_size(void);
bool e820_is(unsigned int index, uint64_t start, uint64_t size, uint64_t type);

/* Says how much RAM there is. */
void report_ram(void);

/* Is a part of this range RAM? */
bool touches_ram(uint64_t start, uint64_t size);

/* Notes that something lies there, and says so. */
void add_place(const char *name, uint64_t start, uint64_t size);

/* Is all that was noted in RAM, and nothing on top of anything else? */
const char *check_places(void);

/* Are the EFI memory map and e820 two descriptions of the same memory? */
const char *check_efi_map(const unsigned char *bp, uint64_t kernel, uint64_t kernel_size);

#endif
