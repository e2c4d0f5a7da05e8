/* SPDX-License-Identifier: BSD-2-Clause */
/* The contents of an image besides its kernel. A new image keeps them. */
#ifndef PACKER_EMBEDDED_H
#define PACKER_EMBEDDED_H

#include <stdbool.h>

#include <bzboot/load.h>
#include <bzboot/manifest.h>
#include <bzboot/pe.h>

#include "io/blob.h"
#include "io/diag.h"

struct embedded_section {
	char name[9];
	struct blob bytes;
};

struct embedded {
	struct blob cmdline;   /* without NUL; empty: none */
	struct blob initrd;    /* empty: none */
	struct blob microcode; /* likewise; it is before the initrd */
	uint8_t decided;       /* BZB_MANIFEST_*_DECIDED: a boot loader cannot replace them */
	bool is_signed;
	struct embedded_section *sections; /* others that a unified kernel image keeps */
	size_t section_count;
	/* The sections that a new image lacks, and those that a new unified kernel image lacks,
	   with commas between; empty: none */
	char left_out[160], left_out_of_uki[160];
};

/**
 * embedded_find() - find the contents of an image besides its kernel
 * @file: any; a kernel that is not in an image has none
 * @ret: for embedded_free(); untouched on error
 * @why: what went wrong
 *
 * Reads the manifest of our own images, and the sections .cmdline, .ucode and .initrd of unified
 * kernel images (the UAPI group's "Unified Kernel Image" specification). Those of unified kernel
 * images are decided: with Secure Boot on, systemd-stub uses them only. If they are missing, those
 * of bzboot's image in .linux are used. If there are profiles, it reads what they share. The
 * command line and the initrd of an image with a manifest of another version are left out.
 *
 * returns: 0, or -1 on error: a part is outside the file, or too large
 */
int embedded_find(struct bzb_span file, struct embedded *ret, struct why *why);

/**
 * embedded_free() - free the contents
 * @embedded: may be all zero
 */
void embedded_free(struct embedded *embedded);

/**
 * embedded_manifest() - read the manifest of one of our images
 * @image: a file
 * @ret: the manifest; untouched on error; refers to @image
 *
 * returns: the results of bzb_manifest_find() and bzb_manifest_parse()
 */
int embedded_manifest(struct bzb_span image, struct bzb_manifest *ret);

/**
 * embedded_open() - open one of our images as its stub does
 * @image: a file
 * @ret: the kernel, which may be one that boot loaders do not open; untouched on error
 *
 * returns: the results of embedded_manifest() and bzb_load_open_at(), or -BZB_ERR_TRUNCATED
 */
int embedded_open(struct bzb_span image, struct bzb_load *ret);

/**
 * embedded_cmdline() - make a command line of a text, as systemd-stub reads its section .cmdline
 * @text: a section .cmdline, or a text file; it ends at a NUL
 *
 * Control characters such as newlines become spaces. Spaces at the end are removed.
 *
 * returns: the command line, for blob_free()
 */
struct blob embedded_cmdline(struct bzb_span text);

#endif
