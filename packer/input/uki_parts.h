/* SPDX-License-Identifier: BSD-2-Clause */
/* The sections of a unified kernel image or an addon, one by one. */
#ifndef PACKER_UKI_PARTS_H
#define PACKER_UKI_PARTS_H

#include <stdbool.h>

#include <bzboot/uki.h>

/* Sets of names */
#define UKI_NAME(name) (1u << (name))
#define UKI_NAMES_ALL (UKI_NAME(BZB_UKI_NAMES) - 1)

/* Sections that readers take for text */
#define UKI_TEXTS                                                                                 \
	(UKI_NAME(BZB_UKI_OSREL) | UKI_NAME(BZB_UKI_CMDLINE) | UKI_NAME(BZB_UKI_UNAME) |           \
	 UKI_NAME(BZB_UKI_PCRSIG) | UKI_NAME(BZB_UKI_PCRPKEY) | UKI_NAME(BZB_UKI_PROFILE))

struct uki_part {
	enum bzb_uki_name name;
	struct bzb_pe_section section;
	struct bzb_span bytes; /* in the file, no more than VirtualSize */
	int profile;	       /* -1: the base */
	uint64_t header;       /* the offset of its header in the file */
};

/* Where a walk is. At first: the headers, a set of names, and profile -1 */
struct uki_walk {
	const struct bzb_pe *pe;
	unsigned int names;
	unsigned int next; /* section header */
	int profile;
};

#define UKI_WALK(headers, set) ((struct uki_walk){ .pe = (headers), .names = (set), .profile = -1 })

/**
 * uki_walk_next() - the next section
 * @walk: moves on
 * @ret: the section; untouched at the end
 *
 * returns: whether there is one
 */
bool uki_walk_next(struct uki_walk *walk, struct uki_part *ret);

/**
 * uki_part_find() - find the first section of a name
 * @pe: as parsed
 * @name: of it
 * @ret: the section, in any profile; untouched if there is none
 *
 * returns: whether there is one
 */
bool uki_part_find(const struct bzb_pe *pe, enum bzb_uki_name name, struct uki_part *ret);

struct uki_label {
	char text[32];
};

/**
 * uki_label() - a section in words
 * @part: the section
 *
 * returns: ".cmdline", or ".cmdline of profile 1"
 */
struct uki_label uki_label(const struct uki_part *part);

/**
 * uki_text() - the text of a section
 * @part: the section
 *
 * returns: its bytes before the first NUL
 */
struct bzb_span uki_text(const struct uki_part *part);

#endif
