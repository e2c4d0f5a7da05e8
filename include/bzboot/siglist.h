/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EFI_SIGNATURE_LIST: the values of PK, KEK, db and dbx, the variables of Secure Boot
 * (UEFI 2.10, 32.4.1). A value is any number of lists:
 *
 *   | header | more header | owner, data | owner, data | ... |
 *
 * All entries of a list are of one type and one size, so each certificate usually has
 * a list of its own.
 */
#ifndef BZBOOT_SIGLIST_H
#define BZBOOT_SIGLIST_H

#include <bzboot/bytes.h>

/* EFI_GUID */
enum { BZB_GUID_SIZE = 16 };

struct bzb_siglist_header {
	unsigned char type[BZB_GUID_SIZE]; /* 0x00 SignatureType */
	bzb_le32 size;			   /* 0x10 of the list, this header included */
	bzb_le32 more;			   /* 0x14 bytes between header and entries */
	bzb_le32 entry_size;		   /* 0x18 of each, the owner included */
};
_Static_assert(sizeof(struct bzb_siglist_header) == 28, "EFI_SIGNATURE_LIST");

/* The bytes of a list with one entry, but for its data. */
enum { BZB_SIGLIST_OVERHEAD = sizeof(struct bzb_siglist_header) + BZB_GUID_SIZE };

/* A place in the lists; @rest is set to all of them at first, and the others are zero. */
struct bzb_siglist_walk {
	struct bzb_span rest;	 /* the lists that follow */
	struct bzb_span entries; /* those of the current list that follow */
	const unsigned char *type;
	size_t entry_size;
};

struct bzb_siglist_entry {
	const unsigned char *type;  /* BZB_GUID_SIZE bytes */
	const unsigned char *owner; /* likewise: who added it */
	struct bzb_span data;	    /* a certificate (DER), a digest */
};

/**
 * bzb_siglist_next() - walk all entries of all lists
 * @walk: as described above; moved on; undefined after an error
 * @ret: an entry; untouched unless one was found; refers to the lists
 *
 * returns:
 *	1, @ret is the next entry
 *	0, there are no more
 *	-BZB_ERR_TRUNCATED, a list goes past the end
 *	-BZB_ERR_BADHEADER, the sizes in a header contradict each other
 */
int bzb_siglist_next(struct bzb_siglist_walk *walk, struct bzb_siglist_entry *ret);

/**
 * bzb_siglist_is_x509() - whether an entry is a certificate
 * @entry: of a list
 *
 * returns: false if it is a digest, or of another type
 */
bool bzb_siglist_is_x509(const struct bzb_siglist_entry *entry);

/**
 * bzb_siglist_write_x509() - write a list with one certificate
 * @owner: BZB_GUID_SIZE bytes
 * @certificate: DER
 * @to: gets BZB_SIGLIST_OVERHEAD bytes and the certificate
 * @size: of @to
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOSPACE, @size is too small
 *	-BZB_ERR_TOOLARGE, the sizes of the list do not fit in 32 bits
 */
int bzb_siglist_write_x509(const unsigned char *owner, struct bzb_span certificate,
			   unsigned char *to, size_t size);

#endif
