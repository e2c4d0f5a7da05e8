/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SBAT: the components of an image and their generations, by which shim revokes images. It is
 * a text in the section ".sbat", of lines
 *
 *	COMPONENT,GENERATION,VENDOR,PACKAGE,VERSION,URL
 *
 * the first of which describes SBAT itself: "sbat,1,...". Source: shim's SBAT.md, and the parser in
 * its csv.c and sbat.c: lines end in LF or CR LF, empty lines do not count, and a seventh field is
 * ignored.
 */
#ifndef PACKER_SBAT_H
#define PACKER_SBAT_H

#include "io/blob.h"
#include "io/diag.h"

/* Far more than any image has, and few enough lines to compare all pairs. */
#define SBAT_SIZE_MAX 0x10000u

#define SBAT_FIELDS 6

/* In the order of the text. */
enum { SBAT_COMPONENT, SBAT_GENERATION, SBAT_VENDOR, SBAT_PACKAGE, SBAT_VERSION, SBAT_URL };

/* Fields are not terminated. */
struct sbat_line {
	unsigned int number;	 /* from 1 */
	unsigned int generation; /* the field as a number; 0: it is none */
	struct bzb_span text;	 /* all of it, without its end */
	struct bzb_span fields[SBAT_FIELDS];
};

/* The first fault of a line. */
enum sbat_fault {
	SBAT_FAULT_FIELD = 1,  /* one is missing */
	SBAT_FAULT_GENERATION, /* not a number from 1 to 65535 */
	SBAT_FAULT_CHARACTER,  /* not a printable ASCII character; shim does not mind */
};

/**
 * sbat_next() - the next line that is not empty
 * @text: without padding
 * @position: 0 at first; moves on
 * @ret: the line, as far as it can be read; untouched at the end; number must be 0 at first and
 *	stay
 * @why: what is wrong with the line
 *
 * returns: 1 if there is one, 0 at the end, minus an enum sbat_fault on error
 */
int sbat_next(struct bzb_span text, size_t *position, struct sbat_line *ret, struct why *why);

/**
 * sbat_check() - check whether shim accepts a text
 * @text: without padding
 * @why: what is wrong, and in which line
 *
 * returns: 0, or -1 on error
 */
int sbat_check(struct bzb_span text, struct why *why);

/**
 * sbat_merge() - put lines into a text
 * @to: a text, or empty; changed. Lines of @from replace those about the same component
 * @from: a text; its first line is the first one
 *
 * Both have been checked.
 */
void sbat_merge(struct blob *to, struct bzb_span from);

/**
 * sbat_find() - the text in an image
 * @file: of any kind
 * @ret: the text, without the NULs after it; untouched if there is none
 *
 * returns: whether it is a PE image with a section ".sbat" that is not empty
 */
bool sbat_find(struct bzb_span file, struct bzb_span *ret);

#endif
