/* SPDX-License-Identifier: BSD-2-Clause */
/* The kind of a file. */
#ifndef BZBOOT_PROBE_H
#define BZBOOT_PROBE_H

#include <bzboot/bytes.h>

/* A file can be several at once: ours are all but BZB_IS_ELF. */
enum bzb_kind {
	BZB_IS_ELF = 1,		/* any ELF: 32-bit, big-endian, another machine */
	BZB_IS_PE = 2,		/* any PE image */
	BZB_IS_BZIMAGE = 4,	/* an x86 setup header */
	BZB_IS_ZBOOT = 8,	/* a zboot header, of any architecture */
	BZB_IS_BZBOOT = 16,	/* all of the above and our manifest */
};

/**
 * bzb_probe() - which formats a file has the marks of
 * @file: the whole file
 *
 * Marks only: magic numbers at their places. Whether the rest is in order is
 * what the parsers say.
 *
 * returns: the kinds, or-ed; 0 for none
 */
unsigned int bzb_probe(struct bzb_span file);

#endif
