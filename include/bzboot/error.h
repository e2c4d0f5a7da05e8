/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Error codes. A function that can fail returns 0 (or a count) on success and one of
 * these, negated, on error. The library never prints: bzb_strerror() has a phrase for
 * each.
 */
#ifndef BZBOOT_ERROR_H
#define BZBOOT_ERROR_H

enum bzb_error {
	/* The input is not of the format that the function reads. */
	BZB_ERR_BADMAGIC = 1, /* the magic number of the format is missing */
	BZB_ERR_TRUNCATED,    /* it ends before something it refers to */
	BZB_ERR_BADVERSION,   /* a version that is too old or unknown */

	/* ELF */
	BZB_ERR_BADCLASS,   /* an ELF file, but not a 64-bit one */
	BZB_ERR_BADENDIAN,  /* an ELF file, but not a little-endian one */
	BZB_ERR_BADMACHINE, /* made for another machine than the code that reads it */
	BZB_ERR_BADTYPE,    /* neither ET_EXEC nor ET_DYN */
	BZB_ERR_NOSEGMENT,  /* no PT_LOAD that occupies memory */
	BZB_ERR_BADSEGMENT, /* invalid sizes or addresses */
	BZB_ERR_OVERLAP,    /* segments overlap or are not ascending */
	BZB_ERR_BADENTRY,   /* the entry point is in no segment */
	BZB_ERR_BADLAYOUT,  /* the file layout is not the memory layout */
	BZB_ERR_BADRELOC,   /* a corrupt relocation, or one outside the kernel */
	BZB_ERR_BADLISTS,   /* neither two nor three zero-separated lists */

	/* PE, setup header, zboot header, manifest */
	BZB_ERR_BADHEADER, /* a field has an invalid value */
	BZB_ERR_NOTFOUND,  /* no such section, segment or field */

	/* payload */
	BZB_ERR_BADCODEC, /* an unknown compression */
	BZB_ERR_BADDATA,  /* compressed data that does not decompress */
	BZB_ERR_BADSIZE,  /* the decompressed size differs from the stated size */

	/* unit table */
	BZB_ERR_BADUNITS,  /* lists that contradict each other, or leave the memory */
	BZB_ERR_BADPLACES, /* units would overlap, or leave their group */
	BZB_ERR_BADTABLE,  /* the kernel's tables are not as the unit table says */

	/* the caller's memory */
	BZB_ERR_NOSPACE, /* the buffer given is too small */

	/* the limits of this library */
	BZB_ERR_TOOLARGE, /* a table or a name larger than in any kernel */

	BZB_ERR_COUNT
};

/**
 * bzb_strerror() - describe an error code
 * @err: returned by a function of this library; the sign does not matter
 *
 * returns: a phrase without capital or full stop, never NULL; static
 */
const char *bzb_strerror(int err);

#endif
