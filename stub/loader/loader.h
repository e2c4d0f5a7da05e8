/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot by a boot loader that does not run any more: all information is in
 * boot_params, and there is no firmware to call.
 */
#ifndef STUB_LOADER_H
#define STUB_LOADER_H

#include "x86/guest.h"
#include "x86/paging.h"
#include "boot.h"

struct loader {
	struct paging paging;
	bool console_ready; /* of loader_print() */
};

/* --- loader_console.c --- */

/**
 * loader_print() - print on the VGA text screen and the serial port
 * @boot: the screen is that of params, or a BIOS's text screen if they are NULL; the port is
 *	that of options, or the first one if cmdline is NULL
 * @text: to be printed
 *
 * In a guest without access to ports and devices, nothing is printed.
 */
void loader_print(struct boot *boot, const char *text);

/* --- loader_clock.c --- */

/**
 * loader_ticks_per_ms() - measure the time stamp counter
 * @boot: guest is used
 *
 * returns: ticks in a millisecond; 0 if there is no timer
 */
uint64_t loader_ticks_per_ms(struct boot *boot);

/**
 * loader_stir_clocks() - stir_clocks() of struct platform
 * @boot: guest is used
 * @seed: changed
 */
void loader_stir_clocks(struct boot *boot, struct seed *seed);

/* --- loader_memory.c: tests run it on the host --- */

/* The description of free memory outside EFI. */
struct loader_memory {
	const struct bzb_boot_params *params; /* all that it points to is mapped */
	const char *cmdline;		      /* of the kernel */
	struct bzb_range image;		      /* our own image */
	uint64_t limit;			      /* end of memory */
	bool at_random;			      /* only memory that Linux would choose from; the
						 results of loader_scratch_areas() and
						 loader_efi_map() are mapped */
	bool nosoftreserve;		      /* EFI's specific-purpose memory is RAM */
};

/**
 * loader_next_free() - walk the free memory
 * @context: a struct loader_memory
 * @position: an address, 0 for the first range; moved on
 * @ret: the next range
 *
 * Memory is free if the memory map has it as RAM and nothing else occupies it: no
 * entry of another type, and none of our image, boot_params, the command line, the
 * initrd, EFI's memory map, the nodes of setup_data with the data that they point to,
 * and "memmap=". Adjacent entries of the map are one range. If there is no memory
 * map, free memory is the BIOS's size of the memory above 1 MiB.
 *
 * For a random place, Linux has other rules (arch/x86/boot/compressed/kaslr.c): after a
 * kexec that hands memory over, only the scratch areas are free; after a boot by EFI,
 * only the conventional memory of EFI's map. After a kexec that map has none, so the
 * kernel stays at the address that it was loaded to.
 *
 * returns: false after the last range
 */
bool loader_next_free(const void *context, uint64_t *position, struct bzb_range *ret);

/**
 * loader_scratch_areas() - find the memory for a kernel after a kexec that hands memory over
 * @params: from the loader; setup_data is mapped
 *
 * returns: an array of struct bzb_setup_range; a size of 0 if there is none
 */
struct bzb_range loader_scratch_areas(const struct bzb_boot_params *params);

/**
 * loader_efi_map() - find the memory map of EFI firmware that was left
 * @params: from the loader
 *
 * returns: the range of the descriptors; a size of 0 if there are none
 */
struct bzb_range loader_efi_map(const struct bzb_boot_params *params);

/**
 * loader_walk_setup_data() - visit the nodes of setup_data
 * @params: from the loader
 * @visit: called with the physical address of each node; returns false to stop. It has to map the
 *	node before it reads more than the head
 * @context: for @visit
 *
 * An endless list is cut.
 *
 * returns: false if @visit returned false
 */
bool loader_walk_setup_data(const struct bzb_boot_params *params,
			    bool (*visit)(void *context, uint64_t addr), void *context);

/* --- loader_guest.c: tests run it on the host --- */

/**
 * loader_find_blob() - find the confidential computing blob of a guest of SEV-SNP
 * @params: from the loader; setup_data is mapped
 * @paging: changed: the data to be read are mapped
 *
 * It is in a configuration table of the EFI firmware that was left, else in a node of setup_data.
 *
 * returns: the blob, unchecked and mapped; NULL if there is none
 */
const struct guest_blob *loader_find_blob(const struct bzb_boot_params *params,
					  struct paging *paging);

/**
 * loader_map_blob() - map the data that a blob points to, for the kernel
 * @blob: valid
 * @paging: changed
 *
 * returns: false if there is no table left
 */
bool loader_map_blob(const struct guest_blob *blob, struct paging *paging);

/**
 * loader_is_of_efi() - check whether the firmware is EFI
 * @params: boot_params
 *
 * returns: true if a loader under EFI has made them
 */
bool loader_is_of_efi(const struct bzb_boot_params *params);

#endif
