/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Count the places for a block in free memory, and choose one of them at random.
 *
 * There is no list of free memory. A walk finds the next range of RAM, from an
 * address on, that nothing else occupies. So nothing has to be sorted or stored, but
 * all descriptions of memory are read again for each range.
 */
#ifndef BZBOOT_MEMORY_H
#define BZBOOT_MEMORY_H

#include <bzboot/boot_params.h>

struct bzb_range {
	uint64_t addr, size; /* bytes */
};

/* Memory: | gap | kernel |, with the decoder's workspace, from start on. */
struct bzb_memory_request {
	uint64_t size;	    /* bytes, all of it */
	uint64_t gap;	    /* bytes before the aligned address, which may
			       be after the end */
	uint64_t alignment; /* of start + gap; a power of two */
	uint64_t lowest;    /* of start; may be raised */
	uint64_t highest;   /* of the last byte; may be lowered */
};

/* Places: first, first + alignment, ... */
struct bzb_memory_places {
	uint64_t first, count;
};

/**
 * bzb_memory_places() - find all places in a range of free memory
 * @range: the range
 * @request: for the memory
 *
 * returns: the places; a count of 0 if it does not fit
 */
struct bzb_memory_places bzb_memory_places(struct bzb_range range,
					   const struct bzb_memory_request *request);

/* Free memory, one range after another. */
struct bzb_memory_source {
	/* Sets @ret to the next range; @position is 0 for the first and is
	 * moved on. False after the last one. */
	bool (*next)(const void *context, uint64_t *position, struct bzb_range *ret);
	const void *context;
};

/**
 * bzb_memory_choose() - choose a place in free memory
 * @source: the free memory
 * @request: for the memory
 * @random: 64 random bits, for the choice; NULL for the first place
 * @ret: the place; untouched if there is none
 *
 * returns: false if it fits nowhere
 */
bool bzb_memory_choose(const struct bzb_memory_source *source,
		       const struct bzb_memory_request *request, const uint64_t *random,
		       uint64_t *ret);

/* Free memory, as most loaders describe it. */
struct bzb_memory {
	const struct bzb_memory_range *map; /* in any order; may overlap */
	size_t map_count;
	const struct bzb_range *taken; /* in use, and RAM in the map */
	size_t taken_count;
};

/**
 * bzb_memory_next_free() - find the next free range of a memory map
 * @context: a struct bzb_memory. Its @taken has at least the image, the loader with
 *	its page tables, boot_params, the command line and the initrd
 * @position: an address, 0 for the first range; moved on
 * @ret: the next range; untouched if there is none
 *
 * Memory is free if the map has it as RAM, and neither an entry of another type nor
 * a taken range covers it. For struct bzb_memory_source.
 *
 * returns: false after the last range
 */
bool bzb_memory_next_free(const void *context, uint64_t *position, struct bzb_range *ret);

/* --- free memory, from other descriptions --- */

/* The ranges of one kind, seen from an address. */
struct bzb_memory_view {
	uint64_t at;
	uint64_t covered_to; /* the end of the range at @at; @at if there is none */
	uint64_t next;	     /* the start of the next range; UINT64_MAX: none */
};

/**
 * bzb_memory_look() - add a range to a view
 * @view: changed
 * @range: in any order, may overlap others; cut at the end of the address space
 */
void bzb_memory_look(struct bzb_memory_view *view, struct bzb_range range);

/* Both call bzb_memory_look() for all ranges of their kind. */
struct bzb_memory_map {
	void (*ram)(const void *context, struct bzb_memory_view *view);
	void (*claims)(const void *context, struct bzb_memory_view *view);
	const void *context;
};

/**
 * bzb_memory_map_next_free() - find the next range of RAM without claims
 * @map: the memory
 * @position: an address, 0 for the first range; moved on
 * @ret: the next range; untouched if there is none
 *
 * Adjacent ranges of RAM are one range.
 *
 * returns: false after the last range
 */
bool bzb_memory_map_next_free(const struct bzb_memory_map *map, uint64_t *position,
			      struct bzb_range *ret);

/**
 * bzb_random_below() - make a random number below a limit
 * @random: 64 random bits
 * @count: the limit, at least 1
 *
 * returns: 0 to @count - 1: the high half of the product of both
 */
uint64_t bzb_random_below(uint64_t random, uint64_t count);

#endif
