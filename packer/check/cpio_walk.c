/* SPDX-License-Identifier: BSD-2-Clause */
#include "cpio_walk.h"

#include <string.h>

#define ALIGNMENT 4u

/* The header: a magic number, then 13 numbers of eight hexadecimal digits */
#define MAGIC_SIZE 6u
#define DIGITS 8u
#define HEADER_SIZE (MAGIC_SIZE + 13 * DIGITS)

/* Indexes of numbers */
enum { FILE_SIZE = 6, NAME_SIZE = 11 };

bool cpio_is_archive(struct bzb_span bytes)
{
	return bytes.size >= MAGIC_SIZE && (!memcmp(bytes.data, "070701", MAGIC_SIZE) ||
					    !memcmp(bytes.data, "070702", MAGIC_SIZE));
}

static bool read_number(const unsigned char *header, unsigned int index, uint64_t *ret)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const unsigned char *from = header + MAGIC_SIZE + (size_t)index * DIGITS;
	uint64_t number = 0;

	for (unsigned int i = 0; i < DIGITS; i++) {
		const char *digit = from[i] ? strchr(digits, from[i]) : NULL;

		if (!digit)
			return false;
		number = number << 4 | ((uint64_t)(digit - digits) & 15);
	}
	*ret = number;
	return true;
}

int cpio_walk_next(struct bzb_span bytes, uint64_t *position, struct cpio_record *ret)
{
	uint64_t name_size, size, at = *position + HEADER_SIZE;
	struct bzb_span header, name, data;

	if (bzb_slice(bytes, *position, HEADER_SIZE, &header) || !cpio_is_archive(header) ||
	    !read_number(header.data, NAME_SIZE, &name_size) ||
	    !read_number(header.data, FILE_SIZE, &size))
		return -1;
	if (!name_size || bzb_slice(bytes, at, name_size, &name) || name.data[name_size - 1])
		return -1;
	name.size--;
	at = bzb_align_up(at + name_size, ALIGNMENT);
	if (bzb_span_is(name, "TRAILER!!!")) {
		*position = at < bytes.size ? at : bytes.size;
		return 0;
	}
	if (bzb_slice(bytes, at, size, &data))
		return -1;
	*position = bzb_align_up(at + size, ALIGNMENT);
	*ret = (struct cpio_record){ name, data };
	return 1;
}
