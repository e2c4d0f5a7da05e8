/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts of command lines. Tests run this on the host. */
#ifndef STUB_UKI_TEXT_H
#define STUB_UKI_TEXT_H

#include <bzboot/bytes.h>

/**
 * uki_has_control() - look for control characters, which no command line has
 * @options: UTF-16LE up to a NUL or the end
 *
 * returns: true if a character is 0x1f or less: firmware has passed something else
 */
bool uki_has_control(struct bzb_span options);

/**
 * uki_take_profile() - take the profile from the arguments
 * @options: UTF-16LE up to a NUL or the end; changed if they begin with "@", digits, and a blank
 *	or the end: those, and one blank, are removed
 *
 * A number above UINT32_MAX is no profile.
 *
 * returns: the number; 0 if there is none
 */
uint32_t uki_take_profile(struct bzb_span *options);

/**
 * uki_clean() - make a text part of a command line
 * @text: in memory that can be written; control characters become blanks
 * @size: bytes of it; a NUL ends it, too
 *
 * returns: the text without blanks at either end
 */
struct bzb_span uki_clean(unsigned char *text, size_t size);

#endif
