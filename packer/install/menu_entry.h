/* SPDX-License-Identifier: BSD-2-Clause */
/* Entries of boot menus: the files of the Boot Loader Specification, Type #1. */
#ifndef PACKER_MENU_ENTRY_H
#define PACKER_MENU_ENTRY_H

#include "io/blob.h"
#include "place.h"
#include "record.h"

struct menu_entry {
	const char *version, *cmdline;
	const char *os_release;		  /* the path of the file; NULL: there is none */
	const char *title;		  /* NULL: PRETTY_NAME of os-release */
	const struct record_files *files; /* the kernel, then the initrds, relative to the ESP */
};

/**
 * menu_entry_next_file() - the next file that an entry names
 * @rest: the text, which is cut up; moves on
 * @ret_is_kernel: of the line "linux", not of "initrd"
 *
 * returns: its path, relative to the ESP, in the text; NULL after the last one
 */
const char *menu_entry_next_file(char **rest, bool *ret_is_kernel);

/**
 * menu_entry_make() - make an entry
 * @place: found; if its token is the machine's ID, the entry names the machine
 * @entry: what it says
 * @ret: the text
 *
 * returns: 0, or -1 after a message
 */
int menu_entry_make(const struct install_place *place, const struct menu_entry *entry,
		    struct blob *ret);

#endif
