/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record of the files that install has put on the ESP: /var/lib/bzboot/VERSION.json.
 *
 *	{ "version": "6.12.1", "token": "debian", "layout": "uki", "time": 1700000000,
 *	  "files": [ { "path": "EFI/Linux/debian-6.12.1.efi", "kind": "image", "previous": false,
 *		       "sha256": "...", "size": 1 } ],
 *	  "folders": [ "EFI/Linux" ], "current": "...",
 *	  "sources": [ { "path": "/boot/vmlinuz-6.12.1", "kind": "kernel", "sha256": "..." } ],
 *	  "cmdline": "root=/dev/vda1", "inputs": "...",
 *	  "certificate": { "sha256": "...", "subject": "CN=me" } }
 *
 * It is written before the files get their names, with those that go, too, and once more
 * afterwards: whenever a run ends, every file of ours is in it. So a record may have several files
 * of one path, and a file of the record may be gone, or still have the name that another one is to
 * get: the digest tells which one it is. Boot counting renames a file, too (place.h).
 */
#ifndef PACKER_RECORD_H
#define PACKER_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/x509.h>

#include <bzboot/bytes.h>

#include "io/name_list.h"
#include "place.h"

#define RECORD_DIGEST_SIZE 65 /* of a SHA-256 in hexadecimal, with its end */

enum record_kind {
	RECORD_IMAGE,  /* what the firmware or the boot loader starts */
	RECORD_ENTRY,  /* of layout bls, the .conf */
	RECORD_KERNEL, /* a source */
	RECORD_INITRD, /* a source, or, of layout bls, a file */
	RECORD_KIND_COUNT
};

struct record_file {
	char *path; /* relative to the ESP; of a source: absolute, in the system */
	enum record_kind kind;
	bool is_previous;
	char sha256[RECORD_DIGEST_SIZE];
	uint64_t size;
};

struct record_files {
	struct record_file *files;
	size_t count;
};

struct install_record {
	char *version, *token;
	enum install_layout layout;
	int64_t time; /* seconds since 1970 */
	struct record_files files;
	struct name_list folders; /* that install made, relative to the ESP, outer ones first */
	/* The following members are about the image that boot loaders show as the current one, if
	 * that has this digest. If it has another one, a run was interrupted. */
	char current[RECORD_DIGEST_SIZE];
	struct record_files sources; /* in their order */
	char *cmdline;
	char *inputs; /* a digest of all that it was made of, the configuration included */
	char *certificate_sha256;  /* of its signer; NULL: it is not signed */
	char *certificate_subject; /* likewise, as RFC 2253 has it */
};

/**
 * record_digest() - the digest of bytes, as in records
 * @bytes: of a file
 * @ret: the digest
 */
void record_digest(struct bzb_span bytes, char ret[RECORD_DIGEST_SIZE]);

/**
 * record_digest_file() - the digest of a file, as in records
 * @path: of it
 * @ret: the digest
 * @ret_size: of the file; NULL: not wanted
 * @why: it cannot be read
 *
 * returns: 0, or -1 on error
 */
int record_digest_file(const char *path, char ret[RECORD_DIGEST_SIZE], uint64_t *ret_size,
		       struct why *why);

/**
 * record_add() - add a file
 * @files: all zeros at first
 * @file: copied, its path, too
 */
void record_add(struct record_files *files, const struct record_file *file);

/**
 * record_files_free() - free a list
 * @files: becomes empty
 */
void record_files_free(struct record_files *files);

/**
 * record_find() - find a file by its digest
 * @files: searched
 * @sha256: of it
 *
 * returns: the file, or NULL
 */
const struct record_file *record_find(const struct record_files *files, const char *sha256);

/**
 * record_is_spare() - whether a file is only one of the previous image
 * @files: with those of the current one
 * @file: one of them
 */
bool record_is_spare(const struct record_files *files, const struct record_file *file);

/**
 * record_has_current() - whether there is an image that is not the previous one
 * @record: of files that are there
 */
bool record_has_current(const struct install_record *record);

/**
 * record_is_current() - whether the record is about the current image
 * @record: of files that are there
 */
bool record_is_current(const struct install_record *record);

/**
 * record_subject() - the subject of a certificate, as in records
 * @certificate: of a signer
 *
 * returns: as RFC 2253 has it, with what is not ASCII escaped; a text for free()
 */
char *record_subject(const X509 *certificate);

/**
 * record_set_certificate() - note who has signed the image
 * @record: changed
 * @signer: NULL: none
 */
void record_set_certificate(struct install_record *record, const X509 *signer);

/**
 * record_path() - the path of a record
 * @place: only its root is used
 * @version: of the kernel
 *
 * returns: a text for free()
 */
char *record_path(const struct install_place *place, const char *version);

/**
 * record_read() - read a record
 * @place: only its root is used
 * @version: of the kernel
 * @ret: for record_free(); all zeros if there is no record, and on error
 *
 * returns: 1 if there is one, 0 if there is none, -1 after a message
 */
int record_read(const struct install_place *place, const char *version, struct install_record *ret);

/**
 * record_write() - write a record
 * @place: only its root is used; the folder of records is made if it is missing
 * @record: all of it
 *
 * A record that is there and the same stays, also where nothing can be written.
 *
 * returns: 0, or -1 after a message
 */
int record_write(const struct install_place *place, const struct install_record *record);

/**
 * record_delete() - delete a record, and the folder of records if it is the last one
 * @place: only its root is used
 * @version: of the kernel
 *
 * returns: 0, or -1 after a message
 */
int record_delete(const struct install_place *place, const char *version);

/**
 * record_clean() - delete what a run that was killed has left among the records
 * @place: only its root is used
 */
void record_clean(const struct install_place *place);

/**
 * record_free() - free a record
 * @record: becomes all zeros
 */
void record_free(struct install_record *record);

/**
 * record_list() - the versions that have records
 * @place: only its root is used
 * @ret: sorted, for name_list_free(), also on error
 *
 * returns: 0, or -1 after a message
 */
int record_list(const struct install_place *place, struct name_list *ret);

#endif
