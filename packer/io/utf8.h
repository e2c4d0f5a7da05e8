/* SPDX-License-Identifier: BSD-2-Clause */
/* UTF-8 (RFC 3629), which firmware's texts are converted from. */
#ifndef PACKER_UTF8_H
#define PACKER_UTF8_H

#include <bzboot/bytes.h>

/**
 * utf8_next() - take the first character of a text
 * @text: not empty; the bytes of the character are taken from it, unless there is none
 * @ret: the character; untouched on error
 *
 * returns: whether the text begins with a character
 */
bool utf8_next(struct bzb_span *text, uint32_t *ret);

/**
 * utf8_is_valid() - find out whether a text is UTF-8
 * @text: may be empty
 */
bool utf8_is_valid(struct bzb_span text);

#endif
