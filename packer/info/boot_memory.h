/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory that an image takes until its kernel runs. */
#ifndef PACKER_BOOT_MEMORY_H
#define PACKER_BOOT_MEMORY_H

#include "anatomy.h"
#include "pieces.h"

/* Names of pieces of memory that are the kernel's begin with it. */
#define KERNEL_PREFIX "kernel: "

struct boot_memory {
	/* Under EFI: what is allocated at the same time, on one processor. Not an order of
	   addresses: the firmware chooses them. */
	struct pieces efi;
	bool is_efi_known; /* there is nothing else: the sum is the peak */

	/* By boot loaders without EFI */
	uint64_t real_mode; /* bytes of the setup, in low memory; 0: none */
	uint64_t set_aside; /* init_size; 0: none */

	uint64_t least; /* RAM must reach this far from address 0 for the kernel to start at its
			   place; kernel and initrd need more; 0: not known */
};

/**
 * boot_memory_compute() - compute it
 * @anatomy: of an image
 *
 * An initrd that a boot loader brings is not counted.
 *
 * returns: for boot_memory_free()
 */
struct boot_memory boot_memory_compute(const struct anatomy *anatomy);

/**
 * boot_memory_free() - free the pieces
 * @memory: as computed
 */
void boot_memory_free(struct boot_memory *memory);

#endif
