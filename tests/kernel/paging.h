/* SPDX-License-Identifier: BSD-2-Clause */
/* The test kernel's own page tables. */
#ifndef TESTKERNEL_PAGING_H
#define TESTKERNEL_PAGING_H

/* The number of levels of page tables in use: 4 or 5 */
unsigned int paging_levels(void);

/* The bits of the first entry that are not an address: from 52 on */
unsigned int paging_high_bits(void);

/*
 * Maps the first 16 GiB to themselves, because a loader need only have mapped the
 * kernel, boot_params and the command line.
 */
void map_memory(void);

#endif
