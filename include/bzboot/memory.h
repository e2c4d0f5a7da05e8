/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All places for a block in free memory, and one of them at random.
 *
 * There is no list of free memory. The memory is walked: from an address on, the
 * next range that is RAM and that nothing else lies in. So nothing has to be
 * sorted or stored, at the price of looking at everything again for each range.
 */
#ifndef BZBOOT_MEMORY_H
#define BZBOOT_MEMORY_H

#include <bzboot/boot_params.h>

struct bzb_range {
	uint64_t addr, size;	/* bytes */
};

/* Memory: | gap | kernel | decoder's workspace |, from start on. */
struct bzb_memory_request {
	uint64_t size;		/* bytes, all of it */
	uint64_t gap;		/* bytes before the address that is to be
				   aligned, which may be after the end */
	uint64_t alignment;	/* of start + gap; a power of two */
	uint64_t lowest;	/* of start; may be raised */
	uint64_t highest;	/* of the last byte; may be lowered */
};

/* Places: first, first + alignment, ... */
struct bzb_memory_places {
	uint64_t first, count;
};

/**
 * bzb_memory_places() - all the places in a range of free memory
 * @range: the range
 * @request: what is wanted
 *
 * returns: the places; a count of 0 if it does not fit
 */
struct bzb_memory_places
bzb_memory_places(struct bzb_range range,
		  const struct bzb_memory_request *request);

/* Free memory, one range after another. */
struct bzb_memory_source {
	/* Sets @ret to the next range; @position is 0 for the first and is
	 * moved on. False after the last one. */
	bool (*next)(const void *context, uint64_t *position,
		     struct bzb_range *ret);
	const void *context;
};

/**
 * bzb_memory_choose() - one of all the places in free memory
 * @source: the free memory
 * @request: what is wanted
 * @random: 64 random bits that say which; NULL for the first
 * @ret: the place; untouched if there is none
 *
 * returns: false if it fits nowhere
 */
bool bzb_memory_choose(const struct bzb_memory_source *source,
		       const struct bzb_memory_request *request,
		       const uint64_t *random, uint64_t *ret);

/* Free memory, as most loaders have it. */
struct bzb_memory {
	const struct bzb_memory_range *map;	/* in any order; may overlap */
	size_t map_count;
	const struct bzb_range *taken;		/* though the map says RAM */
	size_t taken_count;
};

/**
 * bzb_memory_next_free() - for struct bzb_memory_source: what is free of a map
 * @context: a struct bzb_memory. Taken are at least the image, the loader with
 *	its page tables, boot_params, the command line and the initrd
 * @position: an address, 0 for the first range; moved on
 * @ret: the next range; untouched if there is none
 *
 * Free is what the map calls RAM and neither an entry of another type covers
 * nor anybody has taken.
 *
 * returns: false after the last range
 */
bool bzb_memory_next_free(const void *context, uint64_t *position,
			  struct bzb_range *ret);

/* --- free memory, from other descriptions --- */

/* Memory seen from an address. */
struct bzb_memory_view {
	uint64_t at;
	uint64_t covered_to;	/* where what covers it ends; at, if nothing does */
	uint64_t next;		/* where the next range begins; UINT64_MAX: none */
};

/**
 * bzb_memory_look() - look at a range
 * @view: from where; takes it into account
 * @range: in any order, may overlap others; one that does not fit the address
 *	space ends with it
 */
void bzb_memory_look(struct bzb_memory_view *view, struct bzb_range range);

/* Both look at all ranges of their kind, by bzb_memory_look(). */
struct bzb_memory_map {
	void (*ram)(const void *context, struct bzb_memory_view *view);
	void (*claims)(const void *context, struct bzb_memory_view *view);
	const void *context;
};

/**
 * bzb_memory_map_next_free() - the next range of RAM without claims
 * @map: what there is
 * @position: an address, 0 for the first range; moved on
 * @ret: the next range; untouched if there is none
 *
 * RAM that touches is one range.
 *
 * returns: false after the last range
 */
bool bzb_memory_map_next_free(const struct bzb_memory_map *map,
			      uint64_t *position, struct bzb_range *ret);

/**
 * bzb_random_below() - a number out of a range
 * @random: 64 random bits
 * @count: of the range, at least 1
 *
 * returns: 0 to @count - 1: the high half of the product of both
 */
uint64_t bzb_random_below(uint64_t random, uint64_t count);

#endif
