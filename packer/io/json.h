/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON values, and how they become parts of a tree. */
#ifndef PACKER_JSON_H
#define PACKER_JSON_H

#include <jansson.h>

#include <bzboot/bytes.h>

/* A size, a count, an offset or a bit field. */
json_t *json_number(uint64_t value);

/* An address, in memory or relative to something in memory. */
json_t *json_address(uint64_t value);

/* A text from a file. Bytes that are not printable ASCII become '?'. */
json_t *json_text(struct bzb_span text);

/* A name or a message. One that is not UTF-8 becomes as json_text() has it. */
json_t *json_name(const char *name);

/* Adds a member; the object owns @value. */
void json_put(json_t *object, const char *name, json_t *value);

/* Adds an element; the array owns @value. */
void json_add(json_t *array, json_t *value);

/* Prints a value to standard output, on lines for people. Errors of writing are left to the end of
 * the program. */
void json_print(const json_t *json);

#endif
