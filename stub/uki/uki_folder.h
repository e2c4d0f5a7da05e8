/* SPDX-License-Identifier: BSD-2-Clause */
/* Folders on the volume that the image was loaded from. */
#ifndef STUB_UKI_FOLDER_H
#define STUB_UKI_FOLDER_H

#include "uki_boot.h"
#include "uki_names.h"

#define UKI_PATH_MAX 512u	/* UTF-16 units, with the NUL */

/* The path of the image, or of the folder beside it */
struct uki_path {
	CHAR16 text[UKI_PATH_MAX]; /* empty: the image was not loaded from a file */
};

/* A file in a folder, in memory that stays until the boot has failed */
struct uki_file {
	struct uki_file *next; /* NULL: the last one */
	uint64_t size;	       /* bytes */
	CHAR16 name[UKI_NAMES_MAX + 1];
};

/**
 * uki_folder_image() - get the path of the image's file
 * @efi: the firmware
 * @ret: its path
 */
void uki_folder_image(const struct efi *efi, struct uki_path *ret);

/**
 * uki_folder_beside() - get the folder of the files beside the image
 * @efi: the firmware
 * @ret: its path
 */
void uki_folder_beside(const struct efi *efi, struct uki_path *ret);

/**
 * uki_folder_open() - open a folder
 * @root: of the volume
 * @path: of the folder
 *
 * returns: the folder, for the caller to close; NULL if there is none
 */
EFI_FILE_HANDLE uki_folder_open(EFI_FILE_HANDLE root, const CHAR16 *path);

/**
 * uki_folder_list() - list the files of a kind
 * @boot: the firmware
 * @folder: open, and not read yet
 * @kind: of the files
 * @ret: the first one by name; NULL if there is none, or if the folder cannot be read, which a
 *	message says
 *
 * returns: STUB_OK, or STUB_NO_MEMORY
 */
enum stub_error uki_folder_list(struct boot *boot, EFI_FILE_HANDLE folder,
				const struct uki_names_kind *kind, struct uki_file **ret);

/**
 * uki_say_ignored() - print that a file is ignored
 * @boot: has the console
 * @file: of a folder
 * @why: the reason: "it cannot be read"
 */
void uki_say_ignored(struct boot *boot, const struct uki_file *file, const char *why);

#endif
