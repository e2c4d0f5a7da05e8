/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader.h"

#define HOLE_FIRST 0x2001000ull		/* not on a boundary of large pages */
#define HOLE_DISTANCE 0x8000000ull

struct given_range e820[GIVEN_E820_MAX];
unsigned int e820_count;

static uint64_t end_of(const struct given_range *entry)
{
	return entry->start + entry->size;
}

/* Makes room for @count entries after the one at @index. */
static void open_gap(unsigned int index, unsigned int count)
{
	if (e820_count + count > GIVEN_E820_MAX)
		refuse("too many e820 entries", NULL);
	memmove(&e820[index + 1 + count], &e820[index + 1],
		(e820_count - index - 1) * sizeof(e820[0]));
	e820_count += count;
}

void e820_add(uint64_t start, uint64_t size, uint32_t type)
{
	unsigned int i = e820_count;

	if (e820_count == GIVEN_E820_MAX)
		refuse("too many e820 entries", NULL);
	for (; i && e820[i - 1].start > start; i--)
		e820[i] = e820[i - 1];
	e820[i] = (struct given_range){ start, size, type };
	e820_count++;
}

/* Entries ascend, and may be adjacent. */
bool e820_is_ram(const struct range *range)
{
	uint64_t from = range->start;

	for (unsigned int i = 0; i < e820_count && from < range_end(range); i++)
		if (e820[i].type == E820_RAM && e820[i].start <= from && from < end_of(&e820[i]))
			from = end_of(&e820[i]);
	return from >= range_end(range);
}

static uint64_t ram_end_below(uint64_t limit)
{
	uint64_t end = 0;

	for (unsigned int i = 0; i < e820_count; i++)
		if (e820[i].type == E820_RAM && end_of(&e820[i]) <= limit)
			end = end_of(&e820[i]);
	return end;
}

uint64_t e820_low_end(void)
{
	return ram_end_below(FOUR_GIB);
}

uint64_t e820_end(void)
{
	return ram_end_below(~0ull);
}

static bool is_free(const struct range *range, const struct range *taken, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		if (ranges_overlap(range, &taken[i]))
			return false;
	return true;
}

static void reserve(struct given_range *entry, const struct range *range)
{
	uint64_t end = end_of(entry);
	unsigned int index = (unsigned int)(entry - e820);

	open_gap(index, 2);
	entry[0].size = range->start - entry[0].start;
	entry[1] = (struct given_range){ range->start, range->size, E820_RESERVED };
	entry[2] = (struct given_range){ range_end(range), end - range_end(range), E820_RAM };
}

static void fill_hole(const struct range *hole)
{
	uint64_t *at = at_address(hole->start);

	for (uint32_t i = 0; i < HOLE_SIZE; i += 8)
		*at++ = ~(hole->start + i) ^ HOLE_PATTERN;
}

static struct given_range *ram_around(const struct range *range)
{
	for (unsigned int i = 0; i < e820_count; i++)
		if (e820[i].type == E820_RAM && e820[i].start <= range->start &&
		    range_end(range) <= end_of(&e820[i]))
			return &e820[i];
	return NULL;
}

static bool make_hole(const struct range *hole, bool overlap)
{
	struct given_range *entry = ram_around(hole);

	if (overlap) {
		if (!e820_is_ram(hole) || e820_count == GIVEN_E820_MAX)
			return false;
		e820[e820_count++] = (struct given_range){ hole->start, hole->size, E820_RESERVED };
	} else {
		if (!entry || entry->start == hole->start || end_of(entry) == range_end(hole))
			return false;
		reserve(entry, hole);
	}
	fill_hole(hole);
	return true;
}

unsigned int e820_make_holes(bool overlap, const struct range *taken, unsigned int count,
			     uint64_t *holes)
{
	unsigned int made = 0;

	for (uint64_t start = HOLE_FIRST; made < GIVEN_HOLES_MAX && start < e820_low_end();
	     start += HOLE_DISTANCE) {
		struct range hole = { start, HOLE_SIZE };

		if (is_free(&hole, taken, count) && make_hole(&hole, overlap))
			holes[made++] = start;
	}
	return made;
}

static struct given_range *largest_ram(void)
{
	struct given_range *largest = NULL;

	for (unsigned int i = 0; i < e820_count; i++)
		if (e820[i].type == E820_RAM && (!largest || e820[i].size > largest->size))
			largest = &e820[i];
	return largest;
}

void e820_split(unsigned int count)
{
	struct given_range *entry = largest_ram();
	struct given_range whole = *entry;
	uint64_t piece;

	if (count <= e820_count)
		return;
	count -= e820_count;
	/* In pages, because 32-bit mode has no division of 64-bit numbers. */
	piece = (uint64_t)((uint32_t)(whole.size / PAGE) / (count + 1)) * PAGE;
	open_gap((unsigned int)(entry - e820), count);
	for (unsigned int i = 0; i <= count; i++)
		entry[i] = (struct given_range){ whole.start + i * piece, piece, E820_RAM };
	entry[count].size = end_of(&whole) - entry[count].start;
}
