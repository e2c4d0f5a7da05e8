/* SPDX-License-Identifier: BSD-2-Clause */
/* The test kernel's own page tables. */
#ifndef TESTKERNEL_PAGING_H
#define TESTKERNEL_PAGING_H

/* How many levels of page tables the processor walks: 4 or 5. */
unsigned int paging_levels(void);

/* The bits of the first entry that are no address: from 52 on. */
unsigned int paging_high_bits(void);

/*
 * Maps the first 16 GiB to themselves, for a loader need not have mapped more
 * than the kernel, boot_params and the command line.
 */
void map_memory(void);

#endif
