/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sections of Linux that may say where code is. In most, each relocation tells all; entries of some
 * have an order as well, which moves with the code. docs/shuffle.md has the table.
 */
#ifndef PACKER_LINUX_SECTIONS_H
#define PACKER_LINUX_SECTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum linux_section_kind {
	LINUX_SECTION_UNKNOWN,	/* it may have an order that is not in the table */
	LINUX_SECTION_IN_PLACE, /* its entries stay, and their fields follow what they point to */
	LINUX_SECTION_PLACES,	/* likewise, and a field only says where an instruction is */
	LINUX_SECTION_ORDERED,	/* a table of linux_tables.h */
};

struct linux_section {
	const char *pattern; /* of fnmatch(3), for its name */
	enum linux_section_kind kind;
	const char *holds;
	const char *order;  /* how it depends on addresses, and which program makes it */
	const char *series; /* of Linux, if it is not in all of them */
};

/**
 * linux_section_find() - what is known of a section
 * @name: of it
 *
 * returns: a row of the table; NULL if there is none
 */
const struct linux_section *linux_section_find(const char *name);

/**
 * linux_section_kind() - what to do with the fields of a section that hold addresses of moved code
 * @name: of the section
 */
enum linux_section_kind linux_section_kind(const char *name);

/**
 * linux_section_says_places() - whether a section only says where instructions are
 * @name: of the section
 *
 * returns: true for LINUX_SECTION_PLACES and LINUX_SECTION_ORDERED
 */
bool linux_section_says_places(const char *name);

/**
 * linux_section_at() - go through the table
 * @i: from 0 on
 *
 * returns: a row; NULL behind the last one
 */
const struct linux_section *linux_section_at(size_t i);

#endif
