/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A quick search for matches, from which the packer estimates how bytes will be compressed. It
 * depends on no library, so that cuts of the ELF are the same with every release of them.
 */
#ifndef PACKER_MATCHES_H
#define PACKER_MATCHES_H

#include <bzboot/bytes.h>

/* Bytes as they are, then a copy of earlier ones. */
struct match {
	size_t literals; /* bytes as they are, from the end of the last match on */
	size_t length;	 /* of the copy; 0: there is none */
	size_t distance; /* from it back to what is copied */
};

/* Neither a match nor literals in a row are longer. */
#define MATCH_LONGEST ((size_t)128 << 10)

/**
 * matches_find() - find the matches in bytes
 * @bytes: no more than 4 GiB
 * @use: is called for each, in order; together they are all of the bytes
 * @context: for it
 */
void matches_find(struct bzb_span bytes, void (*use)(void *context, struct match match),
		  void *context);

#endif
