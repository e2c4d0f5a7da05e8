/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sections of a PE image as a list that can be changed. The base of a unified kernel image ends
 * at the first .profile, and each .profile begins a profile (<bzboot/uki.h>).
 */
#ifndef PACKER_SECTION_LIST_H
#define PACKER_SECTION_LIST_H

#include <stdbool.h>

#include <bzboot/uki.h>

#include "io/diag.h"

/* Of a section that the image does not have yet */
#define LISTED_NEW UINT32_MAX

struct listed {
	char name[9];
	uint32_t index; /* of its header in the image, or LISTED_NEW */
	bool changed;	/* its bytes are not those in the image */
	bool is_text;	/* only if they are changed: a NUL follows them */
	struct bzb_span bytes;
};

struct section_list {
	struct bzb_pe pe;
	struct listed *list;
	unsigned int count, room;
};

/* Indices of a base or a profile */
struct section_range {
	unsigned int start, end;
};

/* Not a profile: the base */
#define PROFILE_BASE (-1)

/**
 * section_list_read() - list the sections of an image
 * @pe: as parsed
 * @ret: for section_list_free(); untouched on error; refers to the file
 * @why: what is wrong with a section
 *
 * The bytes of a section are those that readers of unified kernel images see.
 *
 * returns: 0, or -1 on error
 */
int section_list_read(const struct bzb_pe *pe, struct section_list *ret, struct why *why);

/**
 * section_list_range() - where a profile is in the list
 * @list: as read or changed
 * @profile: from 0, or PROFILE_BASE
 * @ret: untouched on error
 * @why: how many there are
 *
 * returns: 0, or -1 on error
 */
int section_list_range(const struct section_list *list, int profile, struct section_range *ret,
		       struct why *why);

/**
 * section_list_find() - find a section
 * @list: as read or changed
 * @range: where
 * @name: of the section
 *
 * returns: the first one; NULL if there is none
 */
struct listed *section_list_find(const struct section_list *list, struct section_range range,
				 const char *name);

/**
 * section_list_name() - find the name of a section among those of unified kernel images
 * @name: of the section
 *
 * returns: it; BZB_UKI_NAMES for any other
 */
enum bzb_uki_name section_list_name(const char *name);

/**
 * section_list_insert() - one more section
 * @list: changed
 * @at: the index that it gets
 * @section: the new one
 */
void section_list_insert(struct section_list *list, unsigned int at, const struct listed *section);

/**
 * section_list_remove() - one section less
 * @list: changed
 * @at: its index
 */
void section_list_remove(struct section_list *list, unsigned int at);

/**
 * section_list_free() - free the list
 * @list: may be all zero
 */
void section_list_free(struct section_list *list);

#endif
