/* SPDX-License-Identifier: BSD-2-Clause */
/* The kind of a file. */
#ifndef BZBOOT_PROBE_H
#define BZBOOT_PROBE_H

#include <bzboot/bytes.h>

/* A file can be of several kinds: an image of bzboot is a PE image, a zboot image and, for
 * x86-64, a bzImage, and may be a unified kernel image, too. */
enum bzb_kind {
	BZB_IS_ELF = 1,	    /* any ELF: 32-bit, big-endian, another machine */
	BZB_IS_PE = 2,	    /* any PE image */
	BZB_IS_BZIMAGE = 4, /* an x86 setup header */
	BZB_IS_ZBOOT = 8,   /* a zboot header, of any architecture */
	BZB_IS_BZBOOT = 16, /* PE and zboot with bzboot's manifest */
	BZB_IS_UKI = 32,    /* a unified kernel image: a PE image with .linux and .osrel */
	BZB_IS_ADDON = 64,  /* an addon of one: a PE image without .linux, with .cmdline, .dtb,
			       .dtbauto, .initrd or .ucode */
};

/**
 * bzb_probe() - recognise the formats of a file
 * @file: the whole file
 *
 * Only the magic numbers and the names of sections are checked; the parsers check the rest.
 *
 * returns: the kinds, or-ed; 0 for none
 */
unsigned int bzb_probe(struct bzb_span file);

#endif
