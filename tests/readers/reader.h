/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef READERS_READER_H
#define READERS_READER_H

#include <stdint.h>

/**
 * reader_decompress() - decompress a payload like Linux's own x86 stub
 * @payload: with the size after the stream
 * @size: size of @payload
 * @out: buffer for the output
 * @out_size: the size that follows the stream
 *
 * returns: NULL, or the error
 */
const char *reader_decompress(unsigned char *payload, long size, unsigned char *out, long out_size);

#endif
