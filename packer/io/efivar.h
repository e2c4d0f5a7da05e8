/* SPDX-License-Identifier: BSD-2-Clause */
/* The firmware's variables, by efivarfs. */
#ifndef PACKER_EFIVAR_H
#define PACKER_EFIVAR_H

#include "blob.h"
#include "diag.h"

/* Where Linux distributions mount efivarfs */
#define EFIVAR_FOLDER "/sys/firmware/efi/efivars"

/**
 * efivar_read() - read a variable
 * @folder: where efivarfs is mounted
 * @name: of the variable
 * @guid: of its vendor, as text
 * @ret: its value, without attributes; empty if there is no such variable; untouched on error
 * @why: what went wrong
 *
 * returns: 0, or -1 on error
 */
int efivar_read(const char *folder, const char *name, const char *guid, struct blob *ret,
		struct why *why);

/**
 * efivar_write() - set a variable
 * @folder: as of efivar_read()
 * @name: likewise
 * @guid: likewise
 * @attributes: of the variable
 * @value: what the firmware gets
 * @why: what went wrong
 *
 * returns: 0, or -1 on error
 */
int efivar_write(const char *folder, const char *name, const char *guid, uint32_t attributes,
		 struct bzb_span value, struct why *why);

#endif
