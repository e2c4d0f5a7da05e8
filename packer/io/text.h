/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts that are made of others. */
#ifndef PACKER_TEXT_H
#define PACKER_TEXT_H

/**
 * text_make() - make a text
 * @format: as of printf
 *
 * returns: the text, for free(); ends the program if there is no memory
 */
char *text_make(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
