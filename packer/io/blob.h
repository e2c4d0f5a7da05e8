/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes that the struct owns, the counterpart of struct bzb_span. Large ones are in huge pages, if
 * the system has them. */
#ifndef PACKER_BLOB_H
#define PACKER_BLOB_H

#include <stdbool.h>
#include <string.h>

#include <bzboot/bytes.h>

struct blob {
	unsigned char *data;
	size_t size;
	bool mapped; /* from a file, by file_map() */
};

static inline struct bzb_span blob_span(const struct blob *blob)
{
	return (struct bzb_span){ blob->data, blob->size };
}

static inline bool bytes_are_same(struct bzb_span a, struct bzb_span b)
{
	return a.size == b.size && (!a.size || !memcmp(a.data, b.data, a.size));
}

/**
 * blob_alloc() - memory for bytes
 * @size: of them
 *
 * returns: @size zero bytes; ends the program if there is no memory
 */
struct blob blob_alloc(size_t size);

/**
 * blob_room() - memory for bytes that are about to be written
 * @size: of them
 *
 * returns: @size bytes of undefined value; ends the program if there is no memory
 */
struct blob blob_room(size_t size);

/**
 * blob_copy() - copy bytes to a new blob
 * @bytes: copied
 *
 * returns: the copy; ends the program if there is no memory
 */
struct blob blob_copy(struct bzb_span bytes);

/**
 * blob_resize() - make a blob longer or shorter
 * @blob: changed; the value of bytes beyond the old size is undefined
 * @size: the new one; the program ends if there is no memory
 */
void blob_resize(struct blob *blob, size_t size);

/**
 * blob_move() - copy bytes that are not needed in a blob any more
 * @to: gets @size bytes
 * @from: not mapped; the value of these bytes is undefined afterwards, and their memory is given
 *	back as they are copied
 * @offset: of the bytes
 * @size: of them
 */
void blob_move(unsigned char *to, const struct blob *from, size_t offset, size_t size);

/**
 * blob_free() - free the bytes
 * @blob: becomes empty; may be empty already
 */
void blob_free(struct blob *blob);

#endif
