/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A dump of a kernel's memory: its VMCOREINFO, and the bytes at an address. Each format is a row of
 * its own (boot_dump.c): how to open it, and how to find a page.
 */
#ifndef PACKER_BOOT_DUMP_H
#define PACKER_BOOT_DUMP_H

#include "vmlinux_elf.h"

struct boot_dump;

struct boot_dump_format {
	const char *magic;

	/*
	 * Reads the headers: index, and what boot_dump_info() takes from VMCOREINFO. Returns 0, or
	 * -1 with a reason.
	 */
	int (*open)(struct boot_dump *dump);

	/*
	 * Copies bytes of one page at a virtual address, without KASLR's share taken off. Returns
	 * 0, or -1 with a reason.
	 */
	int (*read)(struct boot_dump *dump, uint64_t address, unsigned char *to, size_t size);
};

extern const struct boot_dump_format boot_dump_elf, boot_dump_kdump;

struct boot_dump {
	struct bzb_span file; /* may change while it is read: bytes are read once, or copied */
	const struct boot_dump_format *format;
	uint64_t slide, phys_base;
	bool has_slide, has_phys_base;
	struct why *why;

	struct blob phdrs; /* of an ELF core */
	size_t phnum;

	struct { /* of kdump's own format */
		uint32_t page_size;
		struct bzb_span pages; /* a bit for each that is there */
		struct bzb_span rows;  /* of those */
		uint64_t page, row;    /* the last one that was looked for */
	} kdump;
};

/**
 * boot_dump_open() - read the headers of a dump, and where the kernel was
 * @dump: with file and why; for boot_dump_close() in any case
 *
 * returns: 0, or -1 with a reason
 */
int boot_dump_open(struct boot_dump *dump);

/**
 * boot_dump_close() - free what it has
 * @dump: may be one that could not be opened
 */
void boot_dump_close(struct boot_dump *dump);

/**
 * boot_dump_info() - for formats: read the text of VMCOREINFO
 * @dump: gets slide and phys_base
 * @text: lines "NAME=VALUE"
 *
 * returns: whether this is it
 */
bool boot_dump_info(struct boot_dump *dump, struct bzb_span text);

/**
 * boot_dump_physical() - for formats: where the kernel's image is in memory
 * @dump: with phys_base
 * @address: virtual
 *
 * returns: the physical address
 */
uint64_t boot_dump_physical(const struct boot_dump *dump, uint64_t address);

/**
 * boot_dump_read() - copy memory of the kernel
 * @dump: is open
 * @address: virtual, as the kernel is linked
 * @to: @size bytes
 * @size: may be more than a page
 *
 * returns: 0, or -1 with a reason
 */
int boot_dump_read(struct boot_dump *dump, uint64_t address, unsigned char *to, size_t size);

#endif
