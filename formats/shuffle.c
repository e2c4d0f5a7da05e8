/* SPDX-License-Identifier: BSD-2-Clause */
/* Moving units, and the fields that say where they are. */
#include <bzboot/shuffle.h>

#define INLINE static inline __attribute__((always_inline))

#define GRANULE ((uint32_t)BZB_SHUFFLE_GRANULE)
#define INT3 0xcc

/* Bytes that a task copies, units that it moves */
#define COPY_SIZE (1u << 18)
#define MOVE_COUNT 256u

/* --- preparing -------------------------------------------------------------------------- */

static void divide_scratch(struct bzb_shuffle_run *run, uint32_t *scratch)
{
	const struct bzb_shuffle *shuffle = run->shuffle;
	const size_t pieces = (size_t)run->piece_count + 1;
	const uint32_t size = shuffle->end - shuffle->start;

	run->places = scratch;
	run->pieces = (struct bzb_shuffle_piece *)(scratch + shuffle->unit_count);
	run->sizes = (uint32_t *)(run->pieces + pieces);
	run->order = run->sizes + shuffle->unit_count;
	run->pinned = run->order + pieces;
	run->runs = run->pinned + shuffle->group_count + 1;
	run->numbers = run->runs + (shuffle->ordered_count + 2) * pieces;
	run->granules = run->numbers + shuffle->names.count;
	run->copy = (unsigned char *)(run->granules + size / GRANULE + 1);
	run->index = (struct bzb_shuffle_index){
		.pieces = run->pieces,
		.granules = run->granules,
		.start = shuffle->start,
		.size = size,
	};
}

/* The units of a group, each at a place in it */
static bool find_units(struct bzb_shuffle_run *run, struct bzb_shuffle_walk *walk, uint32_t piece)
{
	const struct bzb_shuffle_group *group = &walk->group;
	uint32_t start = group->offset;

	for (uint32_t i = 0; i < group->unit_count; i++) {
		const struct bzb_shuffle_unit unit = bzb_shuffle_next_unit(walk);
		const uint32_t place = run->places[group->first_unit + i];
		const uint32_t distance = place - group->offset;

		if (place < group->offset || distance > group->size ||
		    unit.size > group->size - distance || place & ((1u << unit.alignment) - 1))
			return false;
		run->sizes[group->first_unit + i] = unit.size;
		run->pieces[piece + i] = (struct bzb_shuffle_piece){ start, place - start };
		start += unit.size + unit.gap;
	}
	run->pieces[piece + group->unit_count] = (struct bzb_shuffle_piece){ start, 0 };
	return true;
}

/* Pinned bytes, maybe none, come before each group, and after the last one. */
static int find_pieces(struct bzb_shuffle_run *run)
{
	struct bzb_shuffle_walk walk = bzb_shuffle_begin(run->shuffle);
	uint32_t piece = 0, group = 0;

	run->pieces[0] = (struct bzb_shuffle_piece){ 0, 0 };
	while (bzb_shuffle_next_group(&walk)) {
		run->pinned[group++] = piece;
		if (!find_units(run, &walk, piece + 1))
			return -BZB_ERR_BADPLACES;
		piece += walk.group.unit_count + 1;
	}
	run->pinned[group] = piece;
	run->pieces[run->piece_count] = (struct bzb_shuffle_piece){ run->shuffle->memory_size, 0 };
	return 0;
}

enum { DIGITS = BZB_SHUFFLE_COPY_MIN / sizeof(uint32_t), DIGIT_BITS = 12 };
_Static_assert(DIGITS == 1 << DIGIT_BITS, "a digit has that many bits");

/* Sorts the units by a digit of their places. @next: for each value of it */
static void sort_by_digit(const uint32_t *places, const uint32_t *from, uint32_t *to,
			  uint32_t count, unsigned int shift, uint32_t next[DIGITS])
{
	uint32_t sum = 0;

	memset(next, 0, DIGITS * sizeof(*next));
	for (uint32_t i = 0; i < count; i++)
		next[places[i] >> shift & (DIGITS - 1)]++;
	for (unsigned int i = 0; i < DIGITS; i++) {
		const uint32_t n = next[i];

		next[i] = sum;
		sum += n;
	}
	for (uint32_t i = 0; i < count; i++)
		to[next[places[from[i]] >> shift & (DIGITS - 1)]++] = from[i];
}

/* returns: the units in the order of their places, in the room for runs, which has two arrays */
static const uint32_t *sort_units(const struct bzb_shuffle_run *run)
{
	const uint32_t count = run->shuffle->unit_count;
	uint32_t *units = run->runs, *sorted = units + count;

	for (uint32_t i = 0; i < count; i++)
		units[i] = i;
	for (unsigned int shift = 0; (uint64_t)run->shuffle->end >> shift; shift += DIGIT_BITS) {
		uint32_t *last = units;

		sort_by_digit(run->places, units, sorted, count, shift, (uint32_t *)run->copy);
		units = sorted;
		sorted = last;
	}
	return units;
}

/* Groups do not overlap, so in the order of places, too, the units of a group follow each other. */
static int order_pieces(struct bzb_shuffle_run *run)
{
	const uint32_t *units = sort_units(run);

	for (uint32_t group = 0; group < run->shuffle->group_count; group++) {
		uint32_t end = 0;

		run->order[run->pinned[group]] = run->pinned[group];
		for (uint32_t i = run->pinned[group] + 1; i < run->pinned[group + 1]; i++) {
			const uint32_t unit = *units++, piece = unit + group + 1;

			if (run->places[unit] < end)
				return -BZB_ERR_BADPLACES;
			end = run->places[unit] + run->sizes[unit];
			run->order[i] = piece;
		}
	}
	run->order[run->piece_count - 1] = run->piece_count - 1;
	return 0;
}

static void index_granules(struct bzb_shuffle_run *run)
{
	const uint32_t first = run->shuffle->start;

	for (uint32_t piece = 1; piece + 1 < run->piece_count; piece++) {
		const uint32_t start = run->pieces[piece].start - first;
		const uint32_t end = run->pieces[piece + 1].start - first;

		if (start == end)
			continue;
		for (uint32_t i = start / GRANULE; i <= (end - 1) / GRANULE; i++)
			run->granules[i] = piece;
	}
}

int bzb_shuffle_prepare(const struct bzb_shuffle *shuffle, const struct bzb_shuffle_kernel *kernel,
			void *scratch, size_t room, struct bzb_shuffle_run *ret)
{
	int err;

	if (room < shuffle->room)
		return -BZB_ERR_NOSPACE;
	ret->shuffle = shuffle;
	ret->kernel = *kernel;
	ret->piece_count = shuffle->unit_count + shuffle->group_count + 1;
	divide_scratch(ret, scratch);
	err = find_pieces(ret);
	if (!err)
		err = order_pieces(ret);
	if (!err)
		index_granules(ret);
	return err;
}

/* --- fields ----------------------------------------------------------------------------- */

/* The piece that a field is in; fields of a block ascend. */
static const struct bzb_shuffle_piece *find_piece(const struct bzb_shuffle_run *run,
						  uint32_t offset)
{
	const struct bzb_shuffle_piece *piece = run->pieces;

	if (offset >= run->index.start)
		piece = offset - run->index.start < run->index.size ?
				piece + run->granules[(offset - run->index.start) / GRANULE] :
				piece + run->piece_count - 1;
	while (piece->start > offset)
		piece--;
	return piece;
}

static uint32_t piece_of(const struct bzb_shuffle_run *run, uint32_t unit)
{
	uint32_t group = 0;

	while (unit + group + 1 >= run->pinned[group + 1])
		group++;
	return unit + group + 1;
}

/* The offset of what a field refers to */
INLINE uint64_t target_of(struct bzb_shuffle_properties kind, uint64_t base, uint32_t offset,
			  uint64_t value)
{
	const uint64_t target = kind.is_absolute ? value - base :
						   (uint64_t)offset + kind.to_origin + value;

	return kind.width == 8 ? target : (uint32_t)target;
}

/*
 * A field of 4 bytes changes modulo 2^32. The result fits as the old value did: a unit stays in its
 * group, and the kernel in a range of 1 GiB, in which all addresses have the same upper bits and
 * all distances fit.
 */
INLINE void change(unsigned char *field, uint32_t width, uint64_t value, uint32_t delta)
{
	if (width == 8)
		bzb_put64(field, value + (uint64_t)(int32_t)delta);
	else
		bzb_put32(field, (uint32_t)value + delta);
}

INLINE void fix_fields(const struct bzb_shuffle_run *run, const struct bzb_units_block *block,
		       struct bzb_shuffle_properties kind, bool has_targets)
{
	const struct bzb_shuffle_index index = run->index;
	const uint64_t base = run->kernel.address + (kind.is_linked ? 0 : run->kernel.slide);
	const unsigned char *at = run->shuffle->fields.data + bzb_ld32(block->start);
	uint32_t offset = bzb_ld32(block->offset);
	const struct bzb_shuffle_piece *piece = find_piece(run, offset);
	unsigned char *const memory = run->kernel.memory;

	for (uint32_t count = bzb_ld16(block->count); count; count--) {
		unsigned char *field;
		uint64_t value;
		uint32_t delta;

		offset += bzb_shuffle_next_number(&at);
		field = memory + offset;
		value = kind.width == 8 ? bzb_get64(field) : bzb_get32(field);
		if (has_targets) {
			const uint32_t target = bzb_shuffle_next_number(&at);

			delta = target ? run->pieces[piece_of(run, target - 1)].delta : 0;
		} else {
			delta = bzb_shuffle_delta(&index, target_of(kind, base, offset, value));
		}
		if (!kind.is_absolute) {
			while (offset >= piece[1].start)
				piece++;
			delta -= piece->delta;
		}
		if (delta)
			change(field, kind.width, value, delta);
		offset += kind.width;
	}
}

static void fix_block(const struct bzb_shuffle_run *run, uint32_t number)
{
	const struct bzb_units_block *blocks = (const void *)run->shuffle->blocks.data;
	const struct bzb_units_block *block = &blocks[number];
	const struct bzb_shuffle_properties kind =
		bzb_shuffle_properties((enum bzb_shuffle_kind)block->kind);

	/* Loops of their own for the kinds that a kernel has many of */
	if (block->has_targets)
		fix_fields(run, block, kind, true);
	else if (block->kind == BZB_SHUFFLE_64)
		fix_fields(run, block, bzb_shuffle_properties(BZB_SHUFFLE_64), false);
	else if (kind.width == 4 && !kind.is_absolute)
		fix_fields(run, block,
			   (struct bzb_shuffle_properties){
				   .width = 4,
				   .to_origin = kind.to_origin,
			   },
			   false);
	else
		fix_fields(run, block, kind, false);
}

/* --- calls ------------------------------------------------------------------------------ */

enum { CHUNK = 16 };

typedef char chunk __attribute__((vector_size(CHUNK), aligned(1), may_alias));

/* returns: bit i is set if byte i, of at most CHUNK, is 0xe8 or 0xe9 */
INLINE uint32_t find_opcodes(const unsigned char *code, uint32_t size)
{
	uint32_t opcodes = 0;

#ifdef __SSE2__
	if (size == CHUNK)
		return (uint32_t)__builtin_ia32_pmovmskb128((*(const chunk *)code | 1) ==
							    (char)0xe9);
#endif
	for (uint32_t i = 0; i < size; i++)
		opcodes |= (uint32_t)((code[i] | 1) == 0xe9) << i;
	return opcodes;
}

/* A walk through code, in chunks. Offsets: */
struct calls {
	uint32_t ahead;	  /* behind the chunk */
	uint32_t limit;	  /* an opcode before it has room for a distance */
	uint32_t next;	  /* behind the last call */
	uint32_t opcodes; /* of the chunk, those that are left */
};

INLINE struct calls begin_calls(uint32_t start, uint32_t end)
{
	const uint32_t last =
		end - start < BZB_SHUFFLE_CALL_SIZE ? start : end - (BZB_SHUFFLE_CALL_SIZE - 1);

	return (struct calls){ start, last, start, 0 };
}

/* returns: false if no chunk with an opcode is left */
INLINE bool next_chunk(struct calls *calls, const unsigned char *memory)
{
	do {
		const uint32_t start = calls->ahead;

		calls->ahead += CHUNK;
		if (calls->ahead <= calls->limit)
			calls->opcodes = find_opcodes(memory + start, CHUNK);
		else if (start < calls->limit)
			calls->opcodes = find_opcodes(memory + start, calls->limit - start);
		else
			return false;
	} while (!calls->opcodes);
	return true;
}

/* returns: false if there is none */
INLINE bool next_call(struct calls *calls, const struct bzb_shuffle_code *code, uint32_t *call,
		      uint32_t *callee)
{
	while (calls->opcodes || next_chunk(calls, code->memory)) {
		const uint32_t at = calls->ahead - CHUNK + bzb_lowest_bit(calls->opcodes);
		const uint32_t next = at + BZB_SHUFFLE_CALL_SIZE;
		uint32_t target;

		calls->opcodes &= calls->opcodes - 1;
		if (at < calls->next)
			continue;
		target = next + bzb_get32(code->memory + at + 1);
		if (target % 16 || target - code->callee_offset >= code->callee_size)
			continue;
		calls->next = next;
		*call = at;
		*callee = target;
		return true;
	}
	return false;
}

uint32_t bzb_shuffle_next_call(const struct bzb_shuffle_code *code, uint32_t at, uint32_t end)
{
	struct calls calls = begin_calls(at, end);
	uint32_t call, callee;

	return next_call(&calls, code, &call, &callee) ? call : end;
}

static void fix_calls(const struct bzb_shuffle_run *run, uint32_t number)
{
	const struct bzb_units_range *ranges = (const void *)run->shuffle->ranges.data;
	const uint32_t start = bzb_ld32(ranges[number].offset);
	const uint32_t end = start + bzb_ld32(ranges[number].size);
	const struct bzb_shuffle_piece *piece = find_piece(run, start);
	const struct bzb_shuffle_index index = run->index;
	const struct bzb_shuffle_code code = {
		run->kernel.memory,
		run->shuffle->callee_offset,
		run->shuffle->callee_size,
	};
	struct calls calls = begin_calls(start, end);
	uint32_t call, callee;

	while (next_call(&calls, &code, &call, &callee)) {
		unsigned char *field = run->kernel.memory + call + 1;
		uint32_t delta = bzb_shuffle_delta(&index, callee);

		while (call >= piece[1].start)
			piece++;
		delta -= piece->delta;
		if (delta)
			bzb_put32(field, bzb_get32(field) + delta);
	}
}

/* --- moving ----------------------------------------------------------------------------- */

static void copy_code(const struct bzb_shuffle_run *run, uint32_t from)
{
	const uint32_t left = run->index.size - from;

	memcpy(run->copy + from, run->kernel.memory + run->index.start + from,
	       left < COPY_SIZE ? left : COPY_SIZE);
}

/* Moves units of a group, from their @first to their @end in the new order. What is before one of
 * them, or behind the last one, is filled. */
static void move_units(const struct bzb_shuffle_run *run, uint32_t number, uint32_t first,
		       uint32_t end)
{
	const struct bzb_units_group *groups = (const void *)run->shuffle->groups.data;
	const struct bzb_units_group *group = &groups[number];
	const uint32_t *pieces = run->order + run->pinned[number] + 1; /* of the group */
	unsigned char *memory = run->kernel.memory;
	uint32_t at = bzb_ld32(group->offset);

	for (uint32_t i = first ? first - 1 : 0; i < end; i++) {
		const uint32_t unit = pieces[i] - number - 1, place = run->places[unit];

		if (i >= first) {
			memset(memory + at, INT3, place - at);
			memcpy(memory + place,
			       run->copy + (run->pieces[pieces[i]].start - run->index.start),
			       run->sizes[unit]);
		}
		at = place + run->sizes[unit];
	}
	if (end == bzb_ld32(group->unit_count))
		memset(memory + at, INT3, bzb_ld32(group->offset) + bzb_ld32(group->size) - at);
}

/* Pieces from @first on, in the new order */
static void move_pieces(const struct bzb_shuffle_run *run, uint32_t first)
{
	const uint32_t end = first + MOVE_COUNT;

	for (uint32_t group = 0; group < run->shuffle->group_count; group++) {
		const uint32_t from = run->pinned[group] + 1, to = run->pinned[group + 1];

		if (first < to && from < end)
			move_units(run, group, first > from ? first - from : 0,
				   (end < to ? end : to) - from);
	}
}

/* --- steps and tasks -------------------------------------------------------------------- */

uint32_t bzb_shuffle_tasks(const struct bzb_shuffle_run *run, enum bzb_shuffle_step step)
{
	const uint32_t tables = run->shuffle->ordered_count + 1;

	switch (step) {
	case BZB_SHUFFLE_FIND:
		return tables;
	case BZB_SHUFFLE_CALL:
		return run->shuffle->range_count;
	case BZB_SHUFFLE_FIX:
		return tables + run->shuffle->block_count;
	case BZB_SHUFFLE_COPY:
		return (run->index.size + COPY_SIZE - 1) / COPY_SIZE;
	case BZB_SHUFFLE_MOVE:
		return (run->piece_count + MOVE_COUNT - 1) / MOVE_COUNT;
	case BZB_SHUFFLE_STEPS:
		break;
	}
	return 0;
}

int bzb_shuffle_do(const struct bzb_shuffle_run *run, enum bzb_shuffle_step step, uint32_t task)
{
	const uint32_t tables = run->shuffle->ordered_count + 1;

	switch (step) {
	case BZB_SHUFFLE_FIND:
		return bzb_shuffle_find(run, task);
	case BZB_SHUFFLE_CALL:
		fix_calls(run, task);
		break;
	case BZB_SHUFFLE_FIX:
		if (task < tables)
			bzb_shuffle_write(run, task);
		else
			fix_block(run, task - tables);
		break;
	case BZB_SHUFFLE_COPY:
		copy_code(run, task * COPY_SIZE);
		break;
	case BZB_SHUFFLE_MOVE:
		move_pieces(run, task * MOVE_COUNT);
		break;
	case BZB_SHUFFLE_STEPS:
		break;
	}
	return 0;
}

int bzb_shuffle_apply(const struct bzb_shuffle *shuffle, const struct bzb_shuffle_kernel *kernel,
		      void *scratch, size_t room)
{
	struct bzb_shuffle_run run;
	int err = bzb_shuffle_prepare(shuffle, kernel, scratch, room, &run);

	for (enum bzb_shuffle_step step = 0; step < BZB_SHUFFLE_STEPS; step++) {
		const uint32_t tasks = err ? 0 : bzb_shuffle_tasks(&run, step);

		for (uint32_t task = 0; task < tasks && !err; task++)
			err = bzb_shuffle_do(&run, step, task);
	}
	return err;
}
