/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The code of a kernel that may run before the kernel has page tables of its own. Firmware maps
 * memory as executable only on request.
 */
#ifndef PACKER_CODE_H
#define PACKER_CODE_H

#include <bzboot/elf.h>

#include "io/diag.h"

/* Linux has two: .text, and .init.text, where startup_64() lies since 6.18. */
#define CODE_RANGES_MAX 16

/* Includes ranges that share a page with data, each of which takes a search through all
 * sections. */
#define CODE_RANGES_SEEN_MAX 256

/* Ascending. Each stands for one or more sections of the kernel's and has the name of the first. */
struct code {
	struct bzb_elf_section ranges[CODE_RANGES_MAX];
	unsigned int count; /* 0: the executable segments are the code */
	unsigned int seen;  /* ranges that begin with a page, taken or not */
};

/**
 * code_find() - find the code of a kernel
 * @elf: the kernel
 * @ret: what was found; untouched on error
 * @why: what went wrong
 *
 * Sections of code that follow each other are one range. Code that shares a page with data that the
 * kernel writes to is left out: alternatives, and code that runs only after the kernel is up. So
 * are sections that are both executable and writable, such as Linux's .data.
 *
 * returns: 0, or -1 if the kernel's entry point is not in its code
 */
int code_find(const struct bzb_elf *elf, struct code *ret, struct why *why);

/**
 * code_segment() - the segment that a section of code is in
 * @elf: the kernel
 * @section: of the kernel; its bytes are looked for
 * @ret: the PT_LOAD that has all of them in the file; untouched if there is none
 *
 * returns: whether there is one
 */
bool code_segment(const struct bzb_elf *elf, const struct bzb_elf_section *section,
		  struct bzb_elf_segment *ret);

#endif
