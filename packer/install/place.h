/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where an installed kernel is: the EFI system partition (ESP), and the names on it.
 *
 *	layout uki	EFI/Linux/TOKEN-VERSION[+LEFT[-DONE]].efi, and TOKEN-VERSION~previous.efi
 *	layout bls	loader/entries/TOKEN-VERSION[+LEFT[-DONE]].conf, and
 *			TOKEN-VERSION~previous.conf; the files that they name, in TOKEN/VERSION/
 *
 * systemd-boot counts boots: it renames a file with +LEFT to one with +(LEFT-1)-(DONE+1), and takes
 * the numbers away after a good boot. "~" sorts below everything else.
 */
#ifndef PACKER_PLACE_H
#define PACKER_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "io/diag.h"

enum install_layout { LAYOUT_UKI, LAYOUT_BLS, LAYOUT_NONE, LAYOUT_COUNT };

struct install_place {
	char *root;	    /* what paths of the system begin with: empty for this system */
	char *esp;	    /* the folder where the ESP is mounted, with the root */
	char *token;	    /* what names begin with */
	unsigned int tries; /* 0: boots are not counted */
};

/* Values of options; NULL: by default */
struct install_wishes {
	const char *root, *esp, *token, *tries;
};

/**
 * install_layout_name() - the name of a layout
 * @layout: below LAYOUT_COUNT
 *
 * returns: static
 */
const char *install_layout_name(enum install_layout layout);

/**
 * install_layout_by_name() - find a layout
 * @name: of it
 * @ret: the layout; untouched on error
 *
 * returns: 0, or -1 if there is none of this name
 */
int install_layout_by_name(const char *name, enum install_layout *ret);

/**
 * install_root() - what paths of a system begin with
 * @root: its root folder; NULL: /
 *
 * returns: a text for free(): without slashes at its end
 */
char *install_root(const char *root);

/**
 * install_place_find() - find the ESP and the token
 * @wishes: what is given
 * @ret: for install_place_free(), also on error
 *
 * Without a wish, the ESP is the first of /efi, /boot/efi and /boot that is one: mounted, or, below
 * a root, with EFI/ or loader/ in it. The token is in /etc/kernel/entry-token, else it is that of
 * /etc/machine-id, else ID of os-release(5). Tries are in /etc/kernel/tries.
 *
 * returns: 0, or -1 after a message
 */
int install_place_find(const struct install_wishes *wishes, struct install_place *ret);

/**
 * install_place_free() - free the texts
 * @place: may be all zeros
 */
void install_place_free(struct install_place *place);

/**
 * install_machine_id() - the ID of the machine
 * @place: only its root is used
 *
 * returns: a text for free(); NULL if it has none yet
 */
char *install_machine_id(const struct install_place *place);

/**
 * install_usual_esp() - where the ESP is usually mounted
 * @index: from 0 up
 *
 * returns: a path in the system; NULL after the last one
 */
const char *install_usual_esp(size_t index);

/**
 * install_path() - the path of a file of the system
 * @place: only its root is used
 * @path: absolute, in that system
 *
 * returns: a text for free()
 */
char *install_path(const struct install_place *place, const char *path);

/**
 * install_esp_path() - the path of a file on the ESP
 * @place: found
 * @path: relative to the ESP, as in a record
 *
 * returns: a text for free()
 */
char *install_esp_path(const struct install_place *place, const char *path);

/**
 * install_version_check() - whether a text can be the version of a kernel, and so a part of names
 * @version: the text
 * @why: why not
 *
 * returns: 0, or -1
 */
int install_version_check(const char *version, struct why *why);

/**
 * install_token_check() - whether a text can be the entry token
 * @token: the text
 * @why: why not
 *
 * returns: 0, or -1
 */
int install_token_check(const char *token, struct why *why);

/* The most boots that are counted */
#define INSTALL_TRIES_MAX 99

/**
 * install_is_running() - whether a version is that of the kernel that runs
 * @place: only its root is used: no kernel of a system in a folder runs
 * @version: of the kernel
 */
bool install_is_running(const struct install_place *place, const char *version);

/* The folder of a layout whose files boot loaders show, relative to the ESP, and how they end */
struct install_menu {
	const char *folder, *ending;
};

/**
 * install_menu() - where a layout has those files
 * @layout: not LAYOUT_NONE
 *
 * returns: static
 */
const struct install_menu *install_menu(enum install_layout layout);

/* A name in such a folder */
struct install_name {
	bool is_previous;
	bool is_counted;	 /* it has: */
	unsigned int left, done; /* boots */
};

/**
 * install_name_parse() - whether a name is that of a version
 * @place: found
 * @layout: not LAYOUT_NONE
 * @version: of the kernel
 * @name: of a file, without folder
 * @ret: what the name says; untouched if it is another one's
 *
 * returns: true if it is
 */
bool install_name_parse(const struct install_place *place, enum install_layout layout,
			const char *version, const char *name, struct install_name *ret);

/**
 * install_name_path() - the path of a file that install makes
 * @place: found
 * @layout: not LAYOUT_NONE
 * @version: of the kernel
 * @is_previous: the one before
 *
 * returns: relative to the ESP; a text for free()
 */
char *install_name_path(const struct install_place *place, enum install_layout layout,
			const char *version, bool is_previous);

#endif
