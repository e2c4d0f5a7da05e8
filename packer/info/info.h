/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The facts about a file, as one tree for all output formats. Addresses are hexadecimal strings
 * ("0xffffffff81000000" is not a JSON number that every reader takes); sizes, counts and offsets
 * are numbers.
 */
#ifndef PACKER_INFO_H
#define PACKER_INFO_H

#include <jansson.h>

#include "input/input.h"

/**
 * info_tree() - describe a file
 * @input: all of it; if it is mapped, what is read more than once becomes private
 * @headers: only the facts that are in headers: the payload is not decompressed, and relocations
 *	     are not counted
 *
 * returns: an object. Its "kinds" say what the file is; for each there is a member. For a file that
 * is compressed as a whole, they describe its contents, and "compressed" names the codec. A broken
 * part is missing, and "errors" has the reason. With @headers, "skipped" names the members that are
 * missing therefore: "payload.kinds", "elf", "elf.relocs".
 */
json_t *info_tree(const struct input *input, bool headers);

/**
 * info_print_text() - print a tree for people
 * @tree: an object; its arrays hold either scalars, or objects of scalars with the same members
 */
void info_print_text(const json_t *tree);

#endif
