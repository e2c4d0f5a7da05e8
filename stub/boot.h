/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One boot. An entry fills in the first half of struct boot and calls
 * stub_main(); the steps fill in the second. They do not ask how they were
 * entered, but for choosing memory and for leaving the firmware.
 */
#ifndef STUB_BOOT_H
#define STUB_BOOT_H

#include <bzboot/bzboot.h>

#include "options.h"
#include "random.h"

/* What went wrong, for whoever started us. The words have been printed. */
enum stub_error {
	STUB_OK,
	STUB_CORRUPT,		/* the image is not as it was packed */
	STUB_NO_MEMORY,
	STUB_FIRMWARE,		/* the firmware refused something we need */
};

struct boot {
	/* filled in by the entry */
	const unsigned char *image;	/* RVA 0; headers may be unmapped */
	struct bzb_span manifest_bytes;	/* in our .data */
	void (*print)(struct boot *boot, const char *text);
	struct efi *efi;		/* NULL if not started by EFI */

	/* found by the steps */
	struct bzb_manifest manifest;
	struct bzb_span stream;		/* the payload, compressed */
	const char *cmdline;		/* for the kernel */
	struct options options;		/* what it says to us */
	bool kaslr;			/* addresses are random */
	struct seed seed;
	unsigned char *memory;		/* load_size() bytes */
	struct bzb_image kernel;	/* the ELF at memory */
	struct bzb_boot_params *params;
};

/**
 * stub_main() - boot the kernel in our image
 * @boot: the first half filled in
 *
 * returns: only if it could not, with the reason; what the steps took has not
 * been given back
 */
enum stub_error stub_main(struct boot *boot);

/**
 * jump_to_kernel() - leave for good
 * @entry: the kernel's entry point
 * @params: for %rdi and %rsi
 */
_Noreturn void jump_to_kernel(uint64_t entry, struct bzb_boot_params *params);

#endif
