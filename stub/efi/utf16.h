/* SPDX-License-Identifier: BSD-2-Clause */
/* Conversion between UTF-16, the encoding of firmware, and UTF-8. Tests run this on the host. */
#ifndef STUB_UTF16_H
#define STUB_UTF16_H

#include <bzboot/bytes.h>

/**
 * utf16_to_utf8() - convert LoadOptions to a command line
 * @from: LoadOptions: UTF-16LE up to a NUL or the end, or any other bytes
 * @to: the text, always NUL-terminated, without white space at either end
 * @space: bytes at @to, at least 1
 * @ret_cut: whether the text was longer than @to; set on success. If so, @to has the
 *	words that fit: half a parameter may have another meaning
 *
 * Some firmware passes binary data there. Data that are not text - an odd size,
 * control characters, half surrogate pairs, non-characters - are ignored as a whole,
 * and so is text that does not begin with an ASCII character or has no ASCII
 * letter: parameters have names, while two bytes of a GUID, or of text that is
 * not UTF-16, look like an ideograph. A byte order mark is skipped.
 *
 * returns: true if it was text, also if empty; else false, and @to is empty
 */
bool utf16_to_utf8(struct bzb_span from, char *to, size_t space, bool *ret_cut);

/**
 * utf8_to_utf16() - convert a file name for firmware
 * @from: UTF-8 without a NUL (RFC 3629)
 * @to: UTF-16 in the machine's byte order, NUL-terminated
 * @space: units at @to
 *
 * returns: false if @from is not UTF-8, or is too long
 */
bool utf8_to_utf16(struct bzb_span from, uint16_t *to, size_t space);

#endif
