/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory map that the test kernel gets. Functions that return a text return a
 * sentence with the error, or NULL.
 */
#ifndef TESTKERNEL_MEMORY_H
#define TESTKERNEL_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* Reads the e820 map, table and list, and keeps it; must be called first. */
const char *read_e820(const unsigned char *bp);

/* The number of entries in that map; true if one of them is this. */
unsigned int e820_size(void);
bool e820_is(unsigned int index, uint64_t start, uint64_t size, uint64_t type);

/* Prints the size of RAM. */
void report_ram(void);

/* True if a part of this range is RAM. */
bool touches_ram(uint64_t start, uint64_t size);

/* Records that something is at this place, and prints it. */
void add_place(const char *name, uint64_t start, uint64_t size);

/* Checks that everything recorded is in RAM, and nothing overlaps. */
const char *check_places(void);

/* Checks that the EFI memory map and e820 describe the same memory. */
const char *check_efi_map(const unsigned char *bp, uint64_t kernel, uint64_t kernel_size);

#endif
