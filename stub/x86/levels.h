/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The number of levels of page tables that the kernel is entered with: five if the
 * kernel supports them, the processor has them and there is no "no5lvl". The kernel
 * does not change that number itself.
 *
 * The code that changes it has to lie below 4 GiB.
 */
#ifndef STUB_LEVELS_H
#define STUB_LEVELS_H

#include "boot.h"

/* Pages for the change: a root, which stays in use; code; a stack. */
#define LEVELS_PAGES 3u
#define LEVELS_CODE BZB_PAGE_SIZE	/* offset of the code, one page */

/**
 * levels_are_wrong() - check whether the number of levels has to be changed
 * @boot: load and options are used
 *
 * returns: true if it has to be changed
 */
bool levels_are_wrong(const struct boot *boot);

/**
 * levels_put_code() - copy the code to the place where it will run
 * @pages: LEVELS_PAGES pages below 4 GiB
 */
void levels_put_code(unsigned char *pages);

/**
 * levels_switch() - change the number of levels
 * @boot: guest is used
 * @pages: from levels_put_code(); mapped to their physical addresses, the code executable
 * @root: of tables with the new number of levels; NULL: make one from the current root, with the
 *	same mappings below 256 TiB
 *
 * Firmware services must not be called any more.
 */
void levels_switch(const struct boot *boot, unsigned char *pages, const uint64_t *root);

#endif
