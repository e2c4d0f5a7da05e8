/* SPDX-License-Identifier: BSD-2-Clause */
#include "alloc.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bzboot/bytes.h>

/* Of x86-64; where they have another size, the advice is only of less use. */
#define HUGE_PAGE ((size_t)2 << 20)

/* From here on, an allocation has a huge page of its own wherever it begins. */
#define HUGE_FROM (2 * HUGE_PAGE)

void alloc_start(void)
{
#ifdef M_MMAP_THRESHOLD
	(void)mallopt(M_MMAP_THRESHOLD, (int)HUGE_FROM);
#endif
}

/* A hint: a system without huge pages refuses it, and the memory is the same. */
static void *use_huge_pages(void *memory, size_t size)
{
	uintptr_t start = (uintptr_t)bzb_align_up((uintptr_t)memory, HUGE_PAGE);
	uintptr_t end = (uintptr_t)memory + size;

	if (memory && size >= HUGE_FROM)
		(void)madvise((void *)start, end - start, MADV_HUGEPAGE);
	return memory;
}

/* malloc(0) may return NULL, which would look like a failure. */
static size_t at_least_one(size_t size)
{
	return size ? size : 1;
}

void *alloc_bytes(size_t size)
{
	return use_huge_pages(malloc(at_least_one(size)), size);
}

void *alloc_zeros(size_t size)
{
	return use_huge_pages(calloc(at_least_one(size), 1), size);
}

void *alloc_resize(void *memory, size_t size)
{
	return use_huge_pages(realloc(memory, at_least_one(size)), size);
}

size_t alloc_piece(const void *memory)
{
	return HUGE_PAGE - ((uintptr_t)memory & (HUGE_PAGE - 1));
}

/* Pages that have other bytes, too, stay. */
void alloc_give_back(void *memory, size_t size)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t start = (uintptr_t)bzb_align_up((uintptr_t)memory, page);
	uintptr_t end = ((uintptr_t)memory + size) & ~(page - 1);

	if (start < end)
		(void)madvise((void *)start, end - start, MADV_DONTNEED);
}
