/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef READERS_READER_H
#define READERS_READER_H

#include <stdint.h>

/**
 * reader_decompress() - decompress a payload as Linux's own x86 stub does
 * @payload: with its trailer
 * @size: of it
 * @out: where to
 * @out_size: the trailer's value
 *
 * returns: NULL, or what is wrong
 */
const char *reader_decompress(unsigned char *payload, long size, unsigned char *out,
			      long out_size);

#endif
