/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Authenticode: which bytes of a PE image a signature covers, and the table in
 * which signatures lie ("Windows Authenticode Portable Executable Signature
 * Format"; "PE Format", "The Attribute Certificate Table"; UEFI 2.10, 32.2.4).
 *
 *   | headers | section | section | other bytes | certificate table |
 *   |<-------------- covered ----------------->|
 *     without CheckSum and the directory that points to the table
 *
 * The contents of a signature, and its signer, are a matter of PKCS #7 and not of
 * this library.
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
	bzb_le32 length;		/* 0x00 with this header */
	bzb_le16 revision;		/* 0x04 */
	bzb_le16 type;			/* 0x06 */
};
_Static_assert(sizeof(struct bzb_certificate_header) == 8, "WIN_CERTIFICATE");

/* More would take the walk over the sections too long. */
#define BZB_AUTHENTICODE_SECTIONS_MAX 4096u

struct bzb_authenticode {
	struct bzb_pe pe;
	size_t checksum_offset;		/* of CheckSum, in the file */
	size_t directory_offset;	/* of the directory of certificates; 0
					   if there are too few directories */
	size_t sections_end;		/* of that section which ends last */
	size_t contents_end;		/* of those, or of the symbols after
					   them: where a linker ends the file */
	size_t end;			/* of what is covered: the table, or the
					   end of the file */
	size_t padding;			/* zeros that count as covered after
					   it: a table has to be aligned */
	struct bzb_span table;		/* certificates; empty if not signed */
	bool stale;			/* the directory leads to no certificate:
					   the image is not signed */
	bool tiled;			/* headers and sections leave no gap: all
					   ways to compute the digest agree */
};

/**
 * bzb_authenticode_parse() - find what a signature covers
 * @file: a PE image, whole; PE32+ or PE32, signed or not
 * @ret: what was found; untouched on error; refers to @file
 *
 * Firmware adds up sections; osslsigncode takes the file as a row of bytes. For
 * @ret->tiled that is the same. Whatever makes them differ in what they take
 * for part of the image is refused here.
 *
 * objcopy copies the directory of certificates, but not the certificates. If the
 * table that the directory describes does not end the file as it has to, and there
 * is no header of a certificate where it begins, the image counts as unsigned, and
 * @ret->stale says so.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_OVERLAP, headers, sections and certificates overlap in the file
 *	-BZB_ERR_BADHEADER, SizeOfHeaders does not reach the end of the section
 *	table; the certificate table is not aligned, or something follows it
 *	-BZB_ERR_TOOLARGE, more than BZB_AUTHENTICODE_SECTIONS_MAX sections
 *	-BZB_ERR_TRUNCATED, SizeOfHeaders or the certificate table goes past the
 *	end
 *	what bzb_pe_parse() returns
 */
int bzb_authenticode_parse(struct bzb_span file, struct bzb_authenticode *ret);

/**
 * bzb_authenticode_hash() - go over the bytes that a signature covers
 * @image: as parsed
 * @update: called for one run of bytes after the other
 * @state: its first argument, of no other use here
 *
 * Section by section, in the order in which they lie in the file; then what is
 * after them.
 */
void bzb_authenticode_hash(const struct bzb_authenticode *image,
			   void (*update)(void *state, const void *bytes,
					  size_t size),
			   void *state);

/* One entry of the table. */
struct bzb_certificate {
	size_t offset;			/* in the file */
	uint16_t revision, type;
	struct bzb_span content;	/* without the header */
};

/**
 * bzb_authenticode_next() - walk the table of certificates
 * @image: as parsed
 * @position: 0 at first; moves on; where the trouble is, on error
 * @ret: an entry; untouched unless one was found
 *
 * Entries begin at multiples of eight bytes. The last one may end the table
 * without being rounded up: pesign 0.110 and later write it like that.
 *
 * returns:
 *	1, @ret is the next entry
 *	0, there are no more
 *	-BZB_ERR_TRUNCATED, an entry goes past the end of the table
 *	-BZB_ERR_BADHEADER, an entry without content
 */
int bzb_authenticode_next(const struct bzb_authenticode *image,
			  size_t *position, struct bzb_certificate *ret);

/**
 * bzb_authenticode_checksum() - what belongs into CheckSum
 * @image: as parsed
 *
 * That of the file, whole, with its certificates. Few look at it; 0 stands for
 * "none".
 *
 * returns: the sum
 */
uint32_t bzb_authenticode_checksum(const struct bzb_authenticode *image);

#endif
