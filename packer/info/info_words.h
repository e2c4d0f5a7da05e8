/* SPDX-License-Identifier: BSD-2-Clause */
/* Words for the numbers of headers: flags, enumerations, versions. */
#ifndef PACKER_INFO_WORDS_H
#define PACKER_INFO_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes for the words of any field, with a NUL */
#define INFO_WORDS_SIZE 512

/**
 * info_words() - say a number of the report in words
 * @object: the name of the object that has it, or of the array of such objects: "bzimage"
 * @member: its name there: "xloadflags"
 * @value: the number
 * @ret: the words, with commas between flags; unknown bits and values are hexadecimal. Untouched
 *	for a member that is a plain number
 *
 * returns: true if the member has words
 */
bool info_words(const char *object, const char *member, uint64_t value, char ret[INFO_WORDS_SIZE]);

#endif
