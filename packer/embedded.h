/* SPDX-License-Identifier: BSD-2-Clause */
/* The contents of an image beside its kernel, which a new image of that kernel would lose. */
#ifndef PACKER_EMBEDDED_H
#define PACKER_EMBEDDED_H

#include <stdbool.h>

#include <bzboot/manifest.h>
#include <bzboot/pe.h>

#include "blob.h"
#include "diag.h"

struct embedded {
	struct blob cmdline;		/* without NUL; empty: none */
	struct blob initrd;		/* empty: none */
	uint8_t decided;		/* BZB_MANIFEST_*_DECIDED: not for a boot loader to replace */
	bool is_signed;
	char left_out[128];		/* sections of a unified kernel image that only systemd-stub
					   reads, with commas between; empty: none */
};

/**
 * embedded_find() - find what an image holds besides its kernel
 * @file: any; of a kernel that is not in an image nothing is found
 * @ret: for embedded_free(); untouched on error
 * @why: what went wrong
 *
 * Reads the manifest of our own images, and the sections .cmdline, .ucode and .initrd of other PE images
 * (the UAPI group's "Unified Kernel Image" specification). The latter are decided: with Secure Boot
 * on, systemd-stub takes no others.
 *
 * returns: 0, or -1 on error: something is outside the file
 */
int embedded_find(struct bzb_span file, struct embedded *ret, struct why *why);

/**
 * embedded_free() - give the memory back
 * @embedded: may be all zero
 */
void embedded_free(struct embedded *embedded);

/**
 * embedded_manifest() - read the manifest of one of our images
 * @image: a file
 * @ret: the manifest; untouched on error; refers to @image
 *
 * returns: what bzb_pe_parse(), bzb_pe_find_section(), bzb_slice() and bzb_manifest_parse() return
 */
int embedded_manifest(struct bzb_span image, struct bzb_manifest *ret);

#endif
