/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A boot loader for tests, started by QEMU as a Multiboot kernel: it enters the
 * 32-bit or the 64-bit entry of a bzImage under conditions that the boot
 * protocol allows and few loaders make. Multiboot's modules are the image and
 * the initrd. Its command line is
 *
 *	OPTION=VALUE... -- COMMAND LINE OF THE KERNEL
 *
 * with the options in options.c. It prints nothing unless it cannot do what they
 * ask for: then it prints the reason on COM1 and ends QEMU with status 7.
 *
 * All of it runs in 32-bit mode without paging, except the last instructions
 * before a 64-bit entry, so it starts on a processor without 64-bit mode.
 */
#ifndef DIRECT_LOADER_H
#define DIRECT_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "given.h"

#define PAGE 4096u
#define FOUR_GIB 0x100000000ull
#define TABLES_SIZE (20 * PAGE)
#define E820_RAM 1
#define E820_RESERVED 2

enum { INITRD_HIGH, INITRD_LOW, INITRD_AFTER }; /* or an address */
enum { MAP_ALL, MAP_1G, MAP_4G };
enum { HOLES_NONE, HOLES_SPLIT, HOLES_OVERLAP };
enum { STYLE_FULL, STYLE_COREBOOT, STYLE_COPY };

struct options {
	uint64_t entry;			      /* 32 or 64 */
	uint64_t at;			      /* of the protected-mode part */
	uint64_t initrd;		      /* INITRD_*, or its address */
	uint64_t params, cmdline, setup_data; /* addresses */
	uint64_t tables;  /* address of the GDT and the page tables; 0: in the loader */
	uint64_t shifted; /* selectors 0x08 and 0x10 instead of 0x10 and 0x18 */
	uint64_t map;	  /* MAP_*: memory that is mapped at the 64-bit entry */
	uint64_t la57;	  /* five levels of page tables */
	uint64_t e820;	  /* add entries up to this number */
	uint64_t holes;	  /* HOLES_*: make some RAM reserved */
	uint64_t junk;	  /* in registers and flags that the protocol leaves undefined */
	uint64_t style;	  /* STYLE_*: how boot_params is made */
	uint64_t sse;	  /* on */
	uint64_t kho;	  /* address of a scratch area, as after a kexec handover; 0: none */
	uint64_t cr4;	  /* more bits to set in CR4 */
	uint64_t nmi;	  /* ticks of the timer from the entry to the interrupt; 0: none */
	uint64_t sev;	  /* like a guest of SEV-ES: hypervisor.S; 64-bit entry only */
	uint64_t cc_blob; /* boot_params' cc_blob_address */
};

struct range {
	uint64_t start, size;
};

/* The files, where QEMU loaded them */
struct module {
	const unsigned char *at;
	uint32_t size;
};

/* Facts from the bzImage's header, and the places chosen */
struct plan {
	struct options options;
	const char *words; /* the kernel's command line */
	struct module image, initrd;
	const unsigned char *pm; /* the protected-mode part, in the module */
	struct range kernel;	 /* its place */
	struct range ramdisk, params, cmdline, setup_data;
	struct range tables; /* size 0 if they are in the loader */
	unsigned int hole_count;
	uint64_t holes[GIVEN_HOLES_MAX];
};

/* --- console.c --- */

/* Prints the error, with a value if @value is not NULL, and ends QEMU. */
_Noreturn void refuse(const char *what, const uint64_t *value);

/* --- options.c --- */

/**
 * options_read() - read the loader's options
 * @line: the loader's command line, which begins with its file's name
 * @ret: set completely
 *
 * returns: the kernel's command line, which follows " -- "
 */
const char *options_read(const char *line, struct options *ret);

/* --- e820.c --- */

extern struct given_range e820[GIVEN_E820_MAX];
extern unsigned int e820_count;

/* Adds an entry in any order. */
void e820_add(uint64_t start, uint64_t size, uint32_t type);

/* True if all of the range is RAM. */
bool e820_is_ram(const struct range *range);

/* The end of RAM: below 4 GiB; of all. */
uint64_t e820_low_end(void);
uint64_t e820_end(void);

/*
 * Makes ranges of HOLE_SIZE reserved and fills them, away from @taken; returns their number. Either
 * RAM is split there, or RAM entries stay and entries at the end of the map override them, as with
 * some BIOSes.
 */
unsigned int e820_make_holes(bool overlap, const struct range *taken, unsigned int count,
			     uint64_t *holes);

/* Splits the largest range of RAM until the map has @count entries. */
void e820_split(unsigned int count);

/* --- params.c --- */

/* Fills in boot_params, which is a page anywhere below 4 GiB. */
void params_write(const struct plan *plan, unsigned char *bp);

/* Bytes that the setup_data list takes; 0 if this style of boot_params has none. */
uint32_t setup_data_size(const struct plan *plan);

/* --- launch.c --- */

/* Copies @size bytes, at once if the target is below 4 GiB, else just before the entry. */
void put(uint64_t to, const void *from, uint32_t size);

/* Enters the image; does not return. */
_Noreturn void launch(const struct plan *plan);

/* --- mem.c --- */

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);

static inline uint64_t page_up(uint64_t value)
{
	return (value + PAGE - 1) & ~(uint64_t)(PAGE - 1);
}

static inline uint64_t range_end(const struct range *range)
{
	return range->start + range->size;
}

static inline bool ranges_overlap(const struct range *a, const struct range *b)
{
	return a->start < range_end(b) && b->start < range_end(a);
}

static inline uint32_t low32(uint64_t value)
{
	return (uint32_t)value;
}

/* An address below 4 GiB */
static inline void *at_address(uint64_t address)
{
	return (void *)(uintptr_t)address;
}

#endif
