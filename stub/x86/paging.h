/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables of our own, for entries at which nothing is known of the loader's:
 * each address is mapped to itself, as far as it is asked for. Runs on the host
 * too, but for what loads registers.
 *
 * They lie in a few pages of the image, the only memory that is ours before
 * the memory map has been read: root, third level, and where the processor has
 * no pages of 1 GiB a second level for each GiB in use. Four are enough for an
 * image and boot_params in one GiB, and a kernel in the same or in another one.
 */
#ifndef STUB_PAGING_H
#define STUB_PAGING_H

#include <bzboot/env.h>

struct paging {
	uint64_t (*tables)[512];	/* pages; the first is the root */
	unsigned int count;		/* of them */
	unsigned int used;
	unsigned int levels;		/* 4 or 5 */
	bool gigabyte_pages;
	uint64_t encryption;		/* a bit that all entries have, in a guest of SEV; else 0 */
};

/**
 * paging_init() - begin with nothing mapped
 * @paging: all but used is read
 */
void paging_init(struct paging *paging);

/**
 * paging_map() - map addresses to themselves
 * @paging: changed; what was mapped stays so
 * @addr: from where
 * @size: bytes
 *
 * returns: false if there is no table left: too many places far from each other,
 * on a processor without pages of 1 GiB; or if the range ends above the lower half of the addresses
 * that the levels can express
 */
bool paging_map(struct paging *paging, uint64_t addr, uint64_t size);

/**
 * paging_limit() - how far from address 0 the tables reach that are left
 * @paging: what is mapped already stays so
 *
 * returns: an address; paging_map() of all that is below it would not fail
 */
uint64_t paging_limit(const struct paging *paging);

/**
 * paging_make_root() - a root with one level more or less than the present one
 * @root: a table, written
 * @cr3: where the present one is; it is read
 * @five: it is of five levels
 * @encryption: as in struct paging; may be in @cr3 and in entries
 *
 * One level more: all that there is becomes the first entry. One less: the first entry is all.
 */
void paging_make_root(uint64_t *root, uint64_t cr3, bool five, uint64_t encryption);

/**
 * paging_load() - use these tables from now on
 * @paging: maps the code that runs, its data and its stack
 *
 * The processor must have as many levels switched on.
 */
void paging_load(const struct paging *paging);

/* What runs while paging is off; it may be copied. */
extern const unsigned char paging_switch_code[], paging_switch_code_end[];

/**
 * paging_switch_levels() - use these tables, and the other number of levels, from now on
 * @root: of tables with that many, which map where we are and all of this
 * @code: where paging_switch_code is
 * @stack: the end of 64 bytes that may be written to
 *
 * Addresses below 4 GiB, which ours need not be. Interrupts are off and the GDT is ours afterwards.
 */
void paging_switch_levels(uint32_t root, uint32_t code, uint32_t stack);

#endif
