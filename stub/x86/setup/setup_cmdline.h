/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's command line, in the setup code. */
#ifndef SETUP_CMDLINE_H
#define SETUP_CMDLINE_H

#include <stdbool.h>

#include "zero_page.h"

/* A copy in our segment, cut off at BZB_CMDLINE_MAX; empty if there is none. */
extern char cmdline[BZB_CMDLINE_MAX + 1];

/**
 * find_word() - find the first word with a prefix
 * @text: to be searched; must not begin within a word
 * @start: the prefix; "quiet", "edd="
 *
 * returns: the text after the prefix, which begins with the rest of the word; NULL
 * if there is no such word
 */
const char *find_word(const char *text, const char *start);

/**
 * find_last_word() - find the last word with a prefix
 * @text: to be searched; must not begin within a word
 * @start: the prefix
 *
 * returns: as find_word()
 */
const char *find_last_word(const char *text, const char *start);

/**
 * is_word() - compare a word
 * @text: begins with the word, which ends at a space or at the end
 * @word: to compare with
 *
 * returns: true if they are equal
 */
bool is_word(const char *text, const char *word);

/**
 * has_word() - search for a word
 * @text: to be searched
 * @word: "quiet"
 *
 * returns: true if @word is one of the words of @text
 */
bool has_word(const char *text, const char *word);

#endif
