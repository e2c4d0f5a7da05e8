/* SPDX-License-Identifier: BSD-2-Clause */
/* A kernel or an image that a command reads. It may be compressed as a whole (vmlinux.gz,
 * Image.gz). */
#ifndef PACKER_INPUT_H
#define PACKER_INPUT_H

#include <bzboot/payload.h>

#include "io/blob.h"
#include "io/diag.h"

struct input {
	struct blob bytes;	 /* decompressed */
	size_t file_size;	 /* of the file, bytes */
	const char *compression; /* a codec's name, static; NULL: the file is not compressed */
};

/**
 * input_decompress() - replace a compressed file by the kernel in it
 * @input: bytes and file_size are set; may change
 * @max_size: of the decompressed file, bytes
 * @why: what went wrong
 *
 * Decompresses once. The input stays as it is if it is not compressed, or if it decompresses to a
 * file that is not an ELF, a PE image or a bzImage.
 *
 * returns: 0, or -1 on error: @input->bytes are as they were
 */
int input_decompress(struct input *input, size_t max_size, struct why *why);

/**
 * input_read() - read a file, and decompress it as input_decompress() does
 * @path: of it
 * @max_size: likewise
 * @ret: for input_free(); untouched on error
 * @why: what went wrong
 *
 * returns: 0, or -1 on error
 */
int input_read(const char *path, size_t max_size, struct input *ret, struct why *why);

/**
 * input_map() - as input_read(), but map a file as file_map() does
 *
 * The first 64 KiB, and the kernel of a file that is compressed as a whole, are private.
 */
int input_map(const char *path, size_t max_size, struct input *ret, struct why *why);

/**
 * input_keep() - make a part of a mapped input private, as file_keep() does
 * @input: of input_map() or input_read()
 * @part: of its bytes
 */
void input_keep(const struct input *input, struct bzb_span part);

/**
 * input_keep_headers() - make the headers of an image in a mapped input private
 * @input: of input_map() or input_read()
 * @image: a part of its bytes; its first 64 KiB become private
 */
void input_keep_headers(const struct input *input, struct bzb_span image);

/**
 * input_free() - free the input
 * @input: may be all zero
 */
void input_free(struct input *input);

#endif
