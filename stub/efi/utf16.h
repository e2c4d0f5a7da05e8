/* SPDX-License-Identifier: BSD-2-Clause */
/* Between UTF-16, which firmware has, and UTF-8. Runs on the host too. */
#ifndef STUB_UTF16_H
#define STUB_UTF16_H

#include <bzboot/bytes.h>

/**
 * utf16_to_utf8() - a command line from LoadOptions
 * @from: LoadOptions: UTF-16LE up to a NUL or the end, or anything at all
 * @to: the text, always NUL-terminated, without white space at either end
 * @space: bytes at @to, at least 1
 * @ret_cut: whether it was longer than @to; set on success. Then what is left
 * are the words that fit: half a parameter may mean something else
 *
 * Some firmware passes binary data there. What is no text - an odd size,
 * control characters, half surrogate pairs, non-characters - is ignored whole,
 * and so is text that does not begin with an ASCII character, or has no ASCII
 * letter: parameters have names, while two bytes of a GUID, or of text that is
 * not UTF-16, look like an ideograph. A byte order mark is skipped.
 *
 * returns: true if it was text, maybe none; else false, and @to is empty
 */
bool utf16_to_utf8(struct bzb_span from, char *to, size_t space, bool *ret_cut);

/**
 * utf8_to_utf16() - a file name for firmware
 * @from: UTF-8 without a NUL (RFC 3629)
 * @to: UTF-16 in the machine's byte order, NUL-terminated
 * @space: units at @to
 *
 * returns: false if it is no UTF-8, or too long
 */
bool utf8_to_utf16(struct bzb_span from, uint16_t *to, size_t space);

#endif
