/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory. Large pieces are in huge pages if the system has them: compressors search in tables of
 * 100 MiB and more, where most accesses to a small page miss the processor's buffer of addresses.
 */
#ifndef PACKER_ALLOC_H
#define PACKER_ALLOC_H

#include <stddef.h>

/**
 * alloc_start() - give large pieces back to the system as soon as they are free
 *
 * Without it, glibc keeps pieces of up to 32 MiB, for each thread by itself.
 */
void alloc_start(void);

/**
 * alloc_bytes() - memory whose bytes are undefined
 * @size: bytes
 *
 * returns: the memory, for free(); NULL if there is none
 */
void *alloc_bytes(size_t size);

/**
 * alloc_zeros() - memory of zeros
 * @size: bytes
 *
 * returns: as alloc_bytes()
 */
void *alloc_zeros(size_t size);

/**
 * alloc_resize() - make memory longer or shorter
 * @memory: of these functions; free if the result is not NULL
 * @size: the new one; bytes beyond the old one are undefined
 *
 * returns: as alloc_bytes()
 */
void *alloc_resize(void *memory, size_t size);

/**
 * alloc_piece() - how many bytes are best given back at once
 * @memory: the first one
 *
 * returns: up to the end of the huge page that they are in
 */
size_t alloc_piece(const void *memory);

/**
 * alloc_give_back() - give the pages of some bytes back to the system
 * @memory: the first one, in memory of these functions, which stays allocated
 * @size: bytes, whose value is undefined afterwards
 */
void alloc_give_back(void *memory, size_t size);

#endif
