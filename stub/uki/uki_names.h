/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of the files beside an image, in UTF-16 of the machine's byte order. Tests run this on the
 * host. */
#ifndef STUB_UKI_NAMES_H
#define STUB_UKI_NAMES_H

#include <bzboot/bytes.h>

/* The longest name of a file in Linux */
#define UKI_NAMES_MAX 255u

/* Files that belong together, by the ends of their names */
struct uki_names_kind {
	const char *suffix; /* lower-case ASCII */
	const char *except; /* likewise; NULL: there is none */
};

/**
 * uki_names_match() - check whether a file is of a kind
 * @name: NUL-terminated
 * @kind: upper and lower case are equal, as on the volumes
 *
 * returns: false also if @name begins with a dot, is longer than UKI_NAMES_MAX, or has anything
 *	but printable ASCII without slashes
 */
bool uki_names_match(const uint16_t *name, const struct uki_names_kind *kind);

/**
 * uki_names_compare() - compare two names by their UTF-16 values
 * @a: NUL-terminated
 * @b: NUL-terminated
 *
 * returns: below 0, 0, or above 0, as memcmp() does
 */
int uki_names_compare(const uint16_t *a, const uint16_t *b);

/**
 * uki_names_length() - count the units of a text
 * @text: NUL-terminated
 *
 * returns: without the NUL
 */
size_t uki_names_length(const uint16_t *text);

/**
 * uki_names_image() - get the path of an image's file
 * @path: its device path, up to the end node or further
 * @to: the path, NUL-terminated, with backslashes; undefined on error
 * @space: units at @to
 *
 * returns: false if @path is not that of a file, or longer
 */
bool uki_names_image(struct bzb_span path, uint16_t *to, size_t space);

/**
 * uki_names_folder() - get the folder of the files beside an image
 * @path: the device path of the image's file, up to its end node or further
 * @to: the path of the folder, NUL-terminated; undefined on error
 * @space: units at @to
 *
 * That is the path of the image with ".extra.d", but without the boot counter of
 * systemd's automatic boot assessment: "\a+3-1.efi" has "\a.efi.extra.d".
 *
 * returns: false if the image has no such path, or a longer one
 */
bool uki_names_folder(struct bzb_span path, uint16_t *to, size_t space);

#endif
