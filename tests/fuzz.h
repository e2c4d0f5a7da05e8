/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz targets, tests/f_*.c: the promises that the headers make about a parser hold for any bytes.
 * libFuzzer passes each input in a block of exactly its size, so AddressSanitizer finds every read
 * beyond it.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <bzboot/bzboot.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A broken promise is a crash; its stack shows which. */
#define PROMISE(cond)                                                          \
	do {                                                                   \
		if (!(cond))                                                   \
			abort();                                               \
	} while (0)

/* Every byte of a span is readable. */
static inline void read_span(struct bzb_span span)
{
	static volatile unsigned char sink;

	for (size_t i = 0; i < span.size; i++)
		sink = span.data[i];
	(void)sink;
}

/* The span is part of the file. */
static inline bool is_part(struct bzb_span file, struct bzb_span part)
{
	return part.data >= file.data && part.size <= file.size &&
	       (size_t)(part.data - file.data) <= file.size - part.size;
}

/* Memory at a chosen address: physical addresses of the code under test are virtual here. */
static inline unsigned char *map_at(uintptr_t address, size_t size)
{
	void *wanted = (void *)address;

	PROMISE(mmap(wanted, size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == wanted);
	return wanted;
}

/*
 * A payload ELF begins with a gap of at least 2 MiB, mostly zeros, which is too much to fuzz. An
 * input is its first FUZZ_HEAD bytes, and the bytes after the gap.
 */
#define FUZZ_HEAD 0x1000u

#define FUZZ_TAIL_MAX 0x10000u

/* A place for a payload ELF, which ends at the end of the block. The zeros of the gap are not
 * written again each time, because that would take most of the time. */
struct room {
	unsigned char *block, *file;
	size_t head, tail; /* bytes of @file in use */
};

/* The file that an input stands for, in @room until the next, with @tail bytes after its gap */
static inline unsigned char *lay_out(struct room *room, const uint8_t *data, size_t size,
				     size_t tail)
{
	if (!room->block)
		room->block = calloc(1, BZB_KERNEL_GAP_UNIT + FUZZ_TAIL_MAX);
	PROMISE(room->block && tail <= FUZZ_TAIL_MAX);
	if (room->file) {
		memset(room->file, 0, room->head);
		memset(room->file + BZB_KERNEL_GAP_UNIT, 0, room->tail);
	}
	room->head = size < FUZZ_HEAD ? size : FUZZ_HEAD;
	room->tail = tail;
	room->file = room->block + FUZZ_TAIL_MAX - tail;
	memcpy(room->file, data, room->head);
	memcpy(room->file + BZB_KERNEL_GAP_UNIT, data + room->head, size - room->head);
	return room->file;
}

static inline struct bzb_span widen(struct room *room, const uint8_t *data, size_t size)
{
	size_t tail = size > FUZZ_HEAD ? size - FUZZ_HEAD : 0;

	return (struct bzb_span){ lay_out(room, data, size, tail), BZB_KERNEL_GAP_UNIT + tail };
}

#endif
