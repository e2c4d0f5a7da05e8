/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables of our own, for the entries at which the loader's tables are unknown.
 * They map addresses to themselves, on request. Tests run this on the host, except
 * for the functions that load registers.
 *
 * The tables lie in a few pages of the image, the only memory that is free for use
 * before the memory map has been read: a root, a third level and, if the processor
 * has no pages of 1 GiB, a second level for each GiB in use. Four are enough for an
 * image and boot_params in one GiB, and a kernel in the same or in another one.
 */
#ifndef STUB_PAGING_H
#define STUB_PAGING_H

#include <bzboot/env.h>

struct paging {
	uint64_t (*tables)[512]; /* pages; the first is the root */
	unsigned int count;	 /* of tables */
	unsigned int used;
	unsigned int levels; /* 4 or 5 */
	bool gigabyte_pages;
	uint64_t encryption; /* in a guest of SEV, a bit of all entries; else 0 */
};

/**
 * paging_init() - make an empty root
 * @paging: all but used is read
 */
void paging_init(struct paging *paging);

/**
 * paging_map() - map addresses to themselves
 * @paging: changed; earlier mappings stay
 * @addr: of the first byte
 * @size: bytes
 *
 * returns: false if no table is left, which happens on processors without pages of 1 GiB if there
 * are many ranges far from each other; or if the range ends above the lower half of the address
 * space
 */
bool paging_map(struct paging *paging, uint64_t addr, uint64_t size);

/**
 * paging_limit() - compute how much memory can be mapped with the tables that are left
 * @paging: read only
 *
 * returns: an address; paging_map() from 0 to it would succeed
 */
uint64_t paging_limit(const struct paging *paging);

/**
 * paging_make_root() - make a root with one level more or less than the current one
 * @root: a table, written
 * @cr3: of the current root, which is read
 * @five: the current root is of five levels
 * @encryption: as in struct paging; may be set in @cr3 and in entries
 *
 * With one level more, the first entry is the current root. With one level less, the new root is a
 * copy of the table in the first entry.
 */
void paging_make_root(uint64_t *root, uint64_t cr3, bool five, uint64_t encryption);

/**
 * paging_load() - use these tables from now on
 * @paging: maps the code that runs, its data and its stack
 *
 * The processor must be in the mode with paging->levels levels.
 */
void paging_load(const struct paging *paging);

/* The code that runs while paging is off; it may be copied. */
extern const unsigned char paging_switch_code[], paging_switch_code_end[];

/**
 * paging_switch_levels() - use other tables, with the other number of levels, from now on
 * @root: of the tables; they map the running code, its stack, and all three arguments
 * @code: the copy of paging_switch_code
 * @stack: the end of 64 bytes that may be written to
 *
 * The arguments are addresses below 4 GiB; the image may be above. Afterwards interrupts are off
 * and the GDT is that of entry.S.
 */
void paging_switch_levels(uint32_t root, uint32_t code, uint32_t stack);

#endif
