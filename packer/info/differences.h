/* SPDX-License-Identifier: BSD-2-Clause */
/* A list of what differs between two files, and rows of both that are compared by their names. */
#ifndef PACKER_DIFFERENCES_H
#define PACKER_DIFFERENCES_H

#include <stdbool.h>

#include <jansson.h>

#include <bzboot/bytes.h>

struct differences {
	json_t *list; /* of objects: name, a, b, perhaps first_difference */
	json_t *same; /* of objects: name, value */
};

/* Bytes of a file, and their place in it; data is NULL if the file does not have them */
struct place {
	struct bzb_span bytes;
	size_t offset;
};

/**
 * differences_name() - the full name of a member
 * @prefix: with its dot, or empty
 * @name: after it
 *
 * returns: a string; ends the program if there is no memory
 */
json_t *differences_name(const char *prefix, const char *name);

/**
 * differences_add() - add a difference
 * @differences: get it
 * @name: a string; taken
 * @a: of the first file; taken; NULL: it has none
 * @b: of the second one; likewise
 */
void differences_add(struct differences *differences, json_t *name, json_t *a, json_t *b);

/**
 * differences_add_same() - note what is the same in different files
 * @differences: get it
 * @name: a string; taken
 * @value: of both; taken
 */
void differences_add_same(struct differences *differences, json_t *name, json_t *value);

/**
 * differences_first() - find the first byte that differs
 * @a: bytes
 * @b: other ones
 *
 * returns: its index; the smaller size if there is none
 */
size_t differences_first(struct bzb_span a, struct bzb_span b);

/**
 * differences_add_contents() - add bytes that differ
 * @differences: get them
 * @name: a string; taken
 * @a: of the first file
 * @b: of the second one
 * @first: the index of the first byte that differs, if both files have them
 *
 * The values are sizes and digests.
 */
void differences_add_contents(struct differences *differences, json_t *name, const struct place *a,
			      const struct place *b, size_t first);

/**
 * differences_add_bytes() - compare bytes, and add a difference if they differ
 * @differences: get it
 * @name: a string; taken
 * @a: of the first file
 * @b: of the second one
 *
 * returns: true if they differ
 */
bool differences_add_bytes(struct differences *differences, json_t *name, const struct place *a,
			   const struct place *b);

/**
 * differences_digest() - SHA-256 of bytes
 * @bytes: of a file
 *
 * returns: a string, hexadecimal; null if OpenSSL cannot compute it
 */
json_t *differences_digest(struct bzb_span bytes);

/* Rows by their labels, as "sections[.text]". Of rows with one label, the second one is
 * "sections[.text#2]", and so on. */
struct labels {
	json_t *rows, *counts;
};

/**
 * labels_start() - start with no rows
 *
 * returns: for labels_free()
 */
struct labels labels_start(void);

/**
 * labels_put() - add a row
 * @labels: get it
 * @array: the name of the table
 * @key: the name of the row in it
 * @row: taken
 */
void labels_put(struct labels *labels, const char *array, const char *key, json_t *row);

/**
 * labels_put_nth() - add a row that has no name
 * @labels: get it
 * @array: the name of the table
 * @index: of the row
 * @row: taken
 */
void labels_put_nth(struct labels *labels, const char *array, size_t index, json_t *row);

/**
 * labels_free() - free the rows
 * @labels: started
 */
void labels_free(struct labels *labels);

#endif
