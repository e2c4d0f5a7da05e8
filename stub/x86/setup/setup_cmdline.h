/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's command line, as far as the setup code is concerned. */
#ifndef SETUP_CMDLINE_H
#define SETUP_CMDLINE_H

#include <stdbool.h>

#include "zero_page.h"

/* A copy in our segment, cut off at BZB_CMDLINE_MAX; empty if there is none. */
extern char cmdline[BZB_CMDLINE_MAX + 1];

/**
 * find_word() - the first word that begins in a certain way
 * @text: where to begin; not within a word
 * @start: of the word; "quiet", "edd="
 *
 * returns: the text after @start, the rest of the word first; NULL if there is
 * no such word
 */
const char *find_word(const char *text, const char *start);

/**
 * find_last_word() - the last word that begins in a certain way
 * @text: where to begin
 * @start: of the word
 *
 * returns: as find_word()
 */
const char *find_last_word(const char *text, const char *start);

/**
 * is_word() - compare a word
 * @text: begins with it; ends at a space or at the end
 * @word: to compare with
 *
 * returns: whether they are the same
 */
bool is_word(const char *text, const char *word);

/**
 * has_word() - whether a word is there
 * @text: where to look
 * @word: "quiet"
 *
 * returns: true if @word is one of the words of @text
 */
bool has_word(const char *text, const char *word);

#endif
