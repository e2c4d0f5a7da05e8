/* SPDX-License-Identifier: BSD-2-Clause */
/* Short texts in UTF-16, for variables and events. */
#ifndef STUB_UKI_WORDS_H
#define STUB_UKI_WORDS_H

#include "efi/efi.h"

#include <bzboot/bytes.h>

/* Characters that do not fit are left out. */
struct words {
	CHAR16 text[256]; /* NUL-terminated */
	size_t count;	  /* characters */
};

/**
 * words_add() - append a character
 * @words: changed
 * @c: UTF-16
 */
void words_add(struct words *words, CHAR16 c);

/**
 * words_add_text() - append a text
 * @words: changed
 * @text: ASCII
 */
void words_add_text(struct words *words, const char *text);

/**
 * words_add_number() - append a number
 * @words: changed
 * @number: any
 * @base: 10, or 16 with lower-case letters
 * @width: digits; zeros precede a shorter number
 */
void words_add_number(struct words *words, uint64_t number, unsigned int base, unsigned int width);

/**
 * words_bytes() - get the text as bytes
 * @words: stays in use
 *
 * returns: with the NUL
 */
struct bzb_span words_bytes(const struct words *words);

#endif
