/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Authenticode: the bytes of a PE image that a signature covers, and the table of
 * signatures ("Windows Authenticode Portable Executable Signature Format"; "PE
 * Format", "The Attribute Certificate Table"; UEFI 2.10, 32.2.4).
 *
 *   | headers | section | section | other bytes | certificate table |
 *   |<-------------- covered ----------------->|
 *     without CheckSum and the directory that points to the table
 *
 * This library does not read the contents of a signature: those are PKCS #7.
 */
#ifndef BZBOOT_AUTHENTICODE_H
#define BZBOOT_AUTHENTICODE_H

#include <bzboot/pe.h>

enum {
	/* wRevision, wCertificateType */
	BZB_CERTIFICATE_REVISION_1 = 0x0100,
	BZB_CERTIFICATE_REVISION_2 = 0x0200,
	BZB_CERTIFICATE_PKCS_SIGNED_DATA = 0x0002,

	/* of the table, and of every entry in it */
	BZB_CERTIFICATE_ALIGN = 8,
};

/* WIN_CERTIFICATE */
struct bzb_certificate_header {
	bzb_le32 length;   /* 0x00 bytes, this header included */
	bzb_le16 revision; /* 0x04 */
	bzb_le16 type;	   /* 0x06 */
};
_Static_assert(sizeof(struct bzb_certificate_header) == 8, "WIN_CERTIFICATE");

/* A limit on the time that a walk over the sections takes. */
#define BZB_AUTHENTICODE_SECTIONS_MAX 4096u

struct bzb_authenticode {
	struct bzb_pe pe;
	size_t checksum_offset;	 /* of CheckSum, in the file */
	size_t directory_offset; /* of the directory of certificates; 0
				    if there are too few directories */
	size_t sections_end;	 /* the end of the section that ends last */
	size_t contents_end;	 /* the end of the sections and of the symbols
				    after them: a linker's end of the file */
	size_t end;		 /* of the covered bytes: the start of the
				    table, or the end of the file */
	size_t padding;		 /* zeros after @end that are hashed, too:
				    a table has to be aligned */
	struct bzb_span table;	 /* certificates; empty if not signed */
	bool stale;		 /* the directory does not point to certificates:
				    the image is not signed */
	bool tiled;		 /* headers and sections leave no gap: all
				    ways to compute the digest agree */
};

/**
 * bzb_authenticode_parse() - find the bytes that a signature covers
 * @file: a PE image, whole; PE32+ or PE32, signed or not
 * @ret: the result; untouched on error; refers to @file
 *
 * Firmware hashes section by section; osslsigncode hashes the file as one run of
 * bytes. The digests are equal if @ret->tiled. An image in which the two disagree
 * about the bytes that belong to it is refused.
 *
 * objcopy copies the directory of certificates, but not the certificates. If the
 * table does not end at the end of the file, as it has to, and does not begin with
 * the header of a certificate, the image counts as unsigned and @ret->stale is set.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_OVERLAP, headers, sections and certificates overlap in the file
 *	-BZB_ERR_BADHEADER, SizeOfHeaders does not reach the end of the section
 *	table; the certificate table is not aligned, or something follows it
 *	-BZB_ERR_TOOLARGE, more than BZB_AUTHENTICODE_SECTIONS_MAX sections
 *	-BZB_ERR_TRUNCATED, SizeOfHeaders or the certificate table goes past the
 *	end of @file
 *	any error of bzb_pe_parse()
 */
int bzb_authenticode_parse(struct bzb_span file, struct bzb_authenticode *ret);

/**
 * bzb_authenticode_hash() - visit the bytes that a signature covers
 * @image: as parsed
 * @update: called for each run of bytes
 * @state: the first argument of @update
 *
 * The headers come first, then the sections in the order of their file offsets,
 * then the bytes after the last one.
 */
void bzb_authenticode_hash(const struct bzb_authenticode *image,
			   void (*update)(void *state, const void *bytes, size_t size),
			   void *state);

/* One entry of the table. */
struct bzb_certificate {
	size_t offset; /* in the file */
	uint16_t revision, type;
	struct bzb_span content; /* without the header */
};

/**
 * bzb_authenticode_next() - walk the table of certificates
 * @image: as parsed
 * @position: 0 at first; moved on; on error, the offset of the bad entry
 * @ret: an entry; untouched unless one was found
 *
 * Entries begin at multiples of eight bytes. The last one may be without padding:
 * pesign 0.110 and later write none.
 *
 * returns:
 *	1, @ret is the next entry
 *	0, there are no more
 *	-BZB_ERR_TRUNCATED, an entry goes past the end of the table
 *	-BZB_ERR_BADHEADER, an entry without content
 */
int bzb_authenticode_next(const struct bzb_authenticode *image, size_t *position,
			  struct bzb_certificate *ret);

/**
 * bzb_authenticode_checksum() - compute the value of CheckSum
 * @image: as parsed
 *
 * It covers the whole file with its certificates. Few programs check it; 0 means
 * "none".
 *
 * returns: the sum
 */
uint32_t bzb_authenticode_checksum(const struct bzb_authenticode *image);

#endif
