/* SPDX-License-Identifier: BSD-2-Clause */
/* All headers of an image, and its kernel, decompressed: the facts for its budget and its map. */
#ifndef PACKER_ANATOMY_H
#define PACKER_ANATOMY_H

#include <jansson.h>

#include <bzboot/bzboot.h>

#include "io/blob.h"

struct anatomy {
	struct bzb_span file;
	unsigned int kinds; /* of it */
	bool has_pe;
	struct bzb_pe pe;

	/* The image with the kernel: the file, or section .linux of a unified kernel image; empty:
	   none */
	struct bzb_span image;
	unsigned int image_kinds;
	bool has_image_pe; /* likewise */
	struct bzb_pe image_pe;
	bool has_bzimage;
	struct bzb_bzimage bzimage;
	bool has_load; /* bzboot made it */
	struct bzb_load load;
	bool has_payload;
	struct bzb_payload payload;

	struct blob kernel; /* the decompressed payload; empty: none */
	bool has_elf;	    /* the kernel, or the file, is an ELF for x86-64 */
	struct bzb_elf elf;
};

/* An image that the kernel is in a section of, made by another program */
static inline bool anatomy_is_wrapped(const struct anatomy *anatomy)
{
	return anatomy->image.size && anatomy->image.data != anatomy->file.data;
}

/**
 * anatomy_read() - read the headers of a file, and decompress its kernel
 * @file: any bytes, private
 * @errors: an array; gets a text for each part that is broken, and missing therefore, if
 *	    info_tree() does not report it
 * @ret: for anatomy_free(); refers to @file
 */
void anatomy_read(struct bzb_span file, json_t *errors, struct anatomy *ret);

/**
 * anatomy_free() - free the kernel
 * @anatomy: read
 */
void anatomy_free(struct anatomy *anatomy);

#endif
