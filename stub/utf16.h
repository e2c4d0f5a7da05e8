/* SPDX-License-Identifier: BSD-2-Clause */
/* From what firmware passes as a command line to text. Runs on the host too. */
#ifndef STUB_UTF16_H
#define STUB_UTF16_H

#include <bzboot/bytes.h>

/**
 * load_option_data() - what of LoadOptions is meant for us
 * @options: LoadOptions
 *
 * Some firmware passes the whole boot option (Boot####), with its description
 * and its device path. Only if all that it says of its own lengths is true.
 *
 * returns: the part of @options behind these; else all of @options
 */
struct bzb_span load_option_data(struct bzb_span options);

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
 * and so is text without one ASCII letter: parameters have names, while the
 * halves of a GUID often look like ideographs.
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
