/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * With how many levels of page tables the kernel is entered: five if it knows
 * them, the processor has them and "no5lvl" is not said. It does not change that
 * itself: what it is entered with, it keeps.
 *
 * What changes it has to lie below 4 GiB.
 */
#ifndef STUB_LEVELS_H
#define STUB_LEVELS_H

#include "boot.h"

/* Pages that it takes: a root, which stays in use; code; a stack. */
#define LEVELS_PAGES 3u
#define LEVELS_CODE BZB_PAGE_SIZE	/* offset of the code, one page */

/**
 * levels_are_wrong() - whether the number has to be changed
 * @boot: load and options are used
 *
 * returns: whether to call the rest of this
 */
bool levels_are_wrong(const struct boot *boot);

/**
 * levels_put_code() - put the code where it will run
 * @pages: LEVELS_PAGES pages below 4 GiB
 */
void levels_put_code(unsigned char *pages);

/**
 * levels_switch() - to the other number
 * @boot: guest is used
 * @pages: with the code in them; mapped to where they are, the code executable
 * @root: of tables with that many levels; NULL: make one of the present root, so that what is
 *	mapped below 256 TiB stays so
 *
 * No firmware service is to be called any more.
 */
void levels_switch(const struct boot *boot, unsigned char *pages, const uint64_t *root);

#endif
