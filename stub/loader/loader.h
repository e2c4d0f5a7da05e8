/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Started by a boot loader that is gone: all there is of the world is in
 * boot_params, and the machine is ours.
 */
#ifndef STUB_LOADER_H
#define STUB_LOADER_H

#include "x86/guest.h"
#include "x86/paging.h"
#include "boot.h"

struct loader {
	struct paging paging;
	bool console_ready;		/* of loader_print() */
};

/* --- loader_console.c --- */

/**
 * loader_print() - text for the VGA text screen and the serial port
 * @boot: params say whether there is a screen, and if they are NULL a BIOS's text screen is taken;
 *	options say which port, and if cmdline is NULL it is the first one
 * @text: what
 *
 * In a guest that cannot reach either by itself it is lost.
 */
void loader_print(struct boot *boot, const char *text);

/* --- loader_clock.c --- */

/**
 * loader_ticks_per_ms() - measure the time stamp counter
 * @boot: guest is used
 *
 * returns: by how much it grows in a millisecond; 0 if there is no timer to tell
 */
uint64_t loader_ticks_per_ms(struct boot *boot);

/**
 * loader_stir_clocks() - stir_clocks() of struct platform
 * @boot: guest is used
 * @seed: changed
 */
void loader_stir_clocks(struct boot *boot, struct seed *seed);

/* --- loader_memory.c: runs on the host too --- */

/* What is free outside EFI, and what is not though the memory map says RAM. */
struct loader_memory {
	const struct bzb_boot_params *params;	/* all that it points to is mapped */
	const char *cmdline;			/* of the kernel */
	struct bzb_range image;		/* we ourselves */
	uint64_t limit;				/* end of memory */
	bool at_random;				/* only where Linux would move a kernel to; what
						   loader_scratch_areas() and loader_efi_map()
						   return is mapped */
	bool nosoftreserve;			/* EFI's memory for a purpose is like any other */
};

/**
 * loader_next_free() - walk the free memory
 * @context: a struct loader_memory
 * @position: an address, 0 for the first range; moved on
 * @ret: the next range
 *
 * Free is what the memory map calls RAM and nothing else claims: neither an
 * entry of another type, nor ourselves, boot_params, the command line, the
 * initrd, EFI's memory map, a node of setup_data and what it points to, or
 * "memmap=". Neighbours in the map are one range. With no memory map at all it
 * is what the BIOS said of memory above 1 MiB.
 *
 * At random, Linux looks elsewhere (arch/x86/boot/compressed/kaslr.c): after a
 * kexec that hands memory over, at the scratch areas alone; if EFI was there,
 * at what its map calls conventional. After a kexec that map has nothing of the
 * kind, so the kernel stays where it was loaded.
 *
 * returns: false after the last range
 */
bool loader_next_free(const void *context, uint64_t *position, struct bzb_range *ret);

/**
 * loader_scratch_areas() - where a kernel may be after a kexec that hands memory over
 * @params: from the loader; setup_data is mapped
 *
 * returns: an array of struct bzb_setup_range; a size of 0 if there is none
 */
struct bzb_range loader_scratch_areas(const struct bzb_boot_params *params);

/**
 * loader_efi_map() - the memory map of an EFI firmware that is gone
 * @params: from the loader
 *
 * returns: where the descriptors are; a size of 0 if there are none
 */
struct bzb_range loader_efi_map(const struct bzb_boot_params *params);

/**
 * loader_walk_setup_data() - visit the nodes of setup_data
 * @params: from the loader
 * @visit: gets each node and its physical address; returns false to stop. To
 * look at more than the head it has to see to it that the node is mapped
 * @context: for @visit
 *
 * A list without end is cut.
 *
 * returns: false if @visit did
 */
bool loader_walk_setup_data(const struct bzb_boot_params *params,
			    bool (*visit)(void *context, uint64_t addr), void *context);

/* --- loader_guest.c: runs on the host too --- */

/**
 * loader_find_blob() - what a guest of SEV-SNP has for its kernel
 * @params: from the loader; setup_data is mapped
 * @paging: what has to be looked at is mapped
 *
 * A configuration table of the EFI firmware that is gone, else a node of setup_data.
 *
 * returns: where it should be, mapped; NULL if there is none
 */
const struct guest_blob *loader_find_blob(const struct bzb_boot_params *params,
					  struct paging *paging);

/**
 * loader_map_blob() - map for the kernel what a blob points to
 * @blob: sound
 * @paging: changed
 *
 * returns: false if there is no table left
 */
bool loader_map_blob(const struct guest_blob *blob, struct paging *paging);

#endif
