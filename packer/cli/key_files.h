/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of a folder of keys for Secure Boot:
 *
 *	PK KEK db	.key .crt .cer .esl .auth: the private key and its certificate (PEM), the
 *			certificate (DER), the variable's value, a signed update of the variable
 *	db-old		.key .crt .cer: between rotate and retire
 *	noPK.auth	deletes PK
 *	owner.guid	of the entries in the values
 */
#ifndef PACKER_KEY_FILES_H
#define PACKER_KEY_FILES_H

#include "io/blob.h"
#include "io/folder.h"
#include "sign/keys.h"

/* Six names before the dot times six endings */
enum { KEY_FILES_MAX = 36 };

/* Files to be written */
struct key_files {
	struct folder_file files[KEY_FILES_MAX];
	struct blob bytes[KEY_FILES_MAX];
	char names[KEY_FILES_MAX][16];
	size_t count;
};

/**
 * key_files_add() - one more file
 * @files: all zeros at first
 * @stem: the name before its ending
 * @ending: with the dot
 * @bytes: becomes the property of @files
 */
void key_files_add(struct key_files *files, const char *stem, const char *ending,
		   struct blob bytes);

/**
 * key_files_keep() - add the files that a folder has, and @files do not
 * @files: likewise
 * @folder: of keys; files of other names are not added
 * @except: a stem whose files are left out; NULL: none
 *
 * returns: 0, or -1, after a message
 */
int key_files_keep(struct key_files *files, const char *folder, const char *except);

/**
 * key_files_folder() - as functions of folders want them
 * @files: must stay
 */
struct folder key_files_folder(const struct key_files *files);

/**
 * key_files_free() - forget the files
 * @files: may be all zeros
 */
void key_files_free(struct key_files *files);

/**
 * key_file_path() - the path of a file
 * @folder: of keys
 * @stem: as of key_files_add()
 * @ending: likewise
 *
 * returns: it, in a buffer of this function; a long one is cut off
 */
const char *key_file_path(const char *folder, const char *stem, const char *ending);

/**
 * key_file_read() - read a file
 * @folder: of keys
 * @stem: as of key_files_add()
 * @ending: likewise
 * @ret: its bytes; untouched on error
 *
 * returns: 0, or -1, after a message
 */
int key_file_read(const char *folder, const char *stem, const char *ending, struct blob *ret);

/**
 * key_file_certificate() - read the certificate of a key
 * @folder: of keys
 * @stem: as of key_files_add()
 * @ret: for X509_free(); untouched on error
 *
 * returns: 0, or -1, after a message
 */
int key_file_certificate(const char *folder, const char *stem, X509 **ret);

#endif
