/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sections of an image besides those of its stub and its payload. A plain image has few, with
 * names that no reader of unified kernel images looks for; a unified kernel image has those of the
 * UAPI group's "Unified Kernel Image" specification.
 */
#ifndef PACKER_SECTIONS_H
#define PACKER_SECTIONS_H

#include "contents.h"

/* The use of a section by the stub, at boot */
enum section_use {
	SECTION_FOR_OTHERS,
	SECTION_CMDLINE,
	SECTION_INITRD, /* several are one, with zeros between; they follow each other */
};

struct section {
	char name[9];
	enum section_use use;
	bool is_text; /* a NUL follows it */
	bool before_payload;
	bool in_profile; /* of a profile that is not the first one of the image */
	struct bzb_span bytes;
};

/* With .text, .data and .linux, all that the headers of a unified kernel image have room for if the
 * version text is as long as Debian's: layout.h. */
#define SECTIONS_MAX 21

/* The names of the section of the payload */
#define SECTION_PAYLOAD_PLAIN ".payload"
#define SECTION_PAYLOAD_UKI   ".linux"

struct sections {
	bool uki; /* the payload is .linux */
	unsigned int count;
	struct section list[SECTIONS_MAX]; /* in the order of the file */
};

/**
 * sections_add() - add a section
 * @to: changed, unless there is an error
 * @section: becomes the last one
 * @why: there is no room for it
 *
 * returns: 0, or -1 on error
 */
int sections_add(struct sections *to, const struct section *section, struct why *why);

/**
 * sections_of() - the sections that an image with some contents has
 * @contents: of the image
 * @ret: untouched on error; refers to @contents
 * @why: which ones are too many
 *
 * returns: 0, or -1 on error
 */
int sections_of(const struct contents *contents, struct sections *ret, struct why *why);

/**
 * sections_describe() - the properties of a section that an image of bzboot has
 * @uki: whether it is a unified kernel image
 * @section: its name is set; use, is_text and before_payload become those of the name
 *
 * returns: whether the name is one of those in sections_of() that do not come from an option for
 * any section; if not, @section is unchanged
 */
bool sections_describe(bool uki, struct section *section);

/**
 * sections_is_stub() - tell whether a section is one of the stub of an image of bzboot
 * @name: of the section
 */
bool sections_is_stub(const char *name);

/**
 * sections_rank() - where a section is in the order of an image of bzboot
 * @uki: whether it is a unified kernel image
 * @name: of the section
 *
 * returns: a number that is higher for later ones; equal for all names that come from an option
 */
unsigned int sections_rank(bool uki, const char *name);

#endif
