/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts of command lines. Tests run this on the host. */
#ifndef STUB_UKI_TEXT_H
#define STUB_UKI_TEXT_H

#include <bzboot/bytes.h>

/**
 * uki_arguments() - divide the arguments of the image into profile and command line
 * @options: UTF-16LE up to a NUL or the end, or any other bytes
 * @ret_profile: the number after '@' of the first word, if that has nothing but digits up to
 *	UINT32_MAX; else 0
 *
 * A control character shows that they are not arguments: firmware passes other data, too. One blank
 * after the profile is removed with it.
 *
 * returns: the command line without a NUL; empty if @options are not arguments
 */
struct bzb_span uki_arguments(struct bzb_span options, uint32_t *ret_profile);

/**
 * uki_clean() - make a text part of a command line
 * @text: in memory that can be written; control characters become blanks
 * @size: bytes of it; a NUL ends it, too
 *
 * returns: the text without blanks at either end
 */
struct bzb_span uki_clean(unsigned char *text, size_t size);

/**
 * uki_cut() - find the place to cut a command line that is too long
 * @text: as uki_clean() leaves it, in UTF-8 or not
 * @size: the size limit, in bytes
 *
 * returns: the bytes up to the end of a word, outside quotes; all of @text if it is within the
 * limit
 */
size_t uki_cut(struct bzb_span text, size_t size);

#endif
