/* SPDX-License-Identifier: BSD-2-Clause */
/* The unit table: opening and reading it. */
#include <bzboot/shuffle.h>

#define INLINE static inline __attribute__((always_inline))

#define ALIGNMENTS (BZB_SHUFFLE_ALIGNMENT_MAX_LOG2 + 1)

/* True if bytes of the kernel are in its memory. */
static bool is_inside(uint64_t limit, uint64_t offset, uint64_t size)
{
	return offset <= limit && size <= limit - offset;
}

/* --- header -------------------------------------------------------------------------- */

/* Cuts the next @count entries off the rest of the table. */
static int take(struct bzb_span *rest, uint64_t count, uint32_t entry_size, struct bzb_span *ret)
{
	const uint64_t size = count * entry_size;
	int err = bzb_slice(*rest, 0, size, ret);

	return err ? err : bzb_slice(*rest, size, rest->size - size, rest);
}

static int read_names(const struct bzb_units_header *header, struct bzb_shuffle_names *ret)
{
	const uint32_t form = bzb_ld32(header->names_form);

	if (form > BZB_SHUFFLE_NAMES_RELATIVE)
		return -BZB_ERR_BADUNITS;
	*ret = (struct bzb_shuffle_names){
		.form = (enum bzb_shuffle_names_form)form,
		.count = bzb_ld32(header->name_count),
		.offsets = bzb_ld32(header->name_offsets),
		.names = bzb_ld32(header->names),
		.markers = bzb_ld32(header->name_markers),
		.seqs = bzb_ld32(header->name_seqs),
		.base = bzb_ld64(header->names_base),
	};
	return 0;
}

/* Everything that has a fixed size, and where the lists are */
static int read_header(struct bzb_span table, struct bzb_shuffle *ret)
{
	const struct bzb_units_header *header;
	struct bzb_span rest, head;
	int err;

	if (table.size < sizeof(header->magic) ||
	    memcmp(table.data, BZB_UNITS_MAGIC, sizeof(header->magic)))
		return -BZB_ERR_BADMAGIC;
	err = bzb_slice(table, 0, sizeof(*header), &head);
	if (err)
		return err;
	header = (const void *)head.data;
	if (bzb_ld32(header->version) != BZB_UNITS_VERSION)
		return -BZB_ERR_BADVERSION;
	ret->group_count = bzb_ld32(header->group_count);
	ret->unit_count = bzb_ld32(header->unit_count);
	ret->chain_count = bzb_ld32(header->chain_count);
	ret->chained_count = bzb_ld32(header->chained_count);
	ret->block_count = bzb_ld32(header->block_count);
	ret->ordered_count = bzb_ld32(header->ordered_count);
	ret->range_count = bzb_ld32(header->range_count);
	ret->callee_offset = bzb_ld32(header->callee_offset);
	ret->callee_size = bzb_ld32(header->callee_size);
	if (ret->ordered_count > BZB_SHUFFLE_ORDERED_MAX)
		return -BZB_ERR_TOOLARGE;
	err = bzb_slice(table, 0, bzb_ld32(header->size), &rest);
	if (!err)
		err = take(&rest, 1, sizeof(*header), &head);
	if (!err)
		err = take(&rest, ret->group_count, sizeof(struct bzb_units_group), &ret->groups);
	if (!err)
		err = take(&rest, ret->block_count, sizeof(struct bzb_units_block), &ret->blocks);
	if (!err)
		err = take(&rest, ret->ordered_count, sizeof(struct bzb_units_ordered),
			   &ret->ordered);
	if (!err)
		err = take(&rest, ret->range_count, sizeof(struct bzb_units_range), &ret->ranges);
	if (!err)
		err = take(&rest, bzb_ld32(header->units_size), 1, &ret->units);
	if (!err)
		err = take(&rest, bzb_ld32(header->chains_size), 1, &ret->chains);
	ret->fields = rest;
	return err ? err : read_names(header, &ret->names);
}

/* --- lists --------------------------------------------------------------------------- */

struct number {
	const unsigned char *next; /* behind it; NULL if it does not end, or has too many bits */
	uint32_t value;
};

static struct number read_long_number(const unsigned char *at, const unsigned char *end)
{
	uint32_t value = 0;

	for (unsigned int shift = 0; shift < 32 && at < end; shift += 7) {
		uint32_t byte = *at++;

		if (shift == 28 && byte >> 4)
			break;
		value |= (byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return (struct number){ at, value };
	}
	return (struct number){ NULL, 0 };
}

/* The numbers of a list are read by this function once, then by bzb_shuffle_next_number(). */
INLINE struct number read_number(const unsigned char *at, const unsigned char *end)
{
	if (at < end && *at < 0x80)
		return (struct number){ at + 1, *at };
	return read_long_number(at, end);
}

static bool take_number(struct bzb_span *left, uint32_t *ret)
{
	const unsigned char *end = left->data + left->size;
	const struct number number = read_number(left->data, end);

	if (!number.next)
		return false;
	*left = (struct bzb_span){ number.next, (size_t)(end - number.next) };
	*ret = number.value;
	return true;
}

static bool take_byte(struct bzb_span *left, unsigned char *ret)
{
	if (!left->size)
		return false;
	*ret = *left->data++;
	left->size--;
	return true;
}

static struct bzb_shuffle_unit decode_unit(uint32_t number, unsigned char mode)
{
	const unsigned int alignment = mode & BZB_UNITS_ALIGNMENT;

	return (struct bzb_shuffle_unit){
		.size = number >> 1 << (mode & BZB_UNITS_IN_BYTES ? 0 : alignment),
		.alignment = alignment,
	};
}

bool bzb_shuffle_next_group(struct bzb_shuffle_walk *walk)
{
	const struct bzb_units_group *groups = (const void *)walk->shuffle->groups.data;
	const struct bzb_units_group *group;

	if (walk->next_group == walk->shuffle->group_count)
		return false;
	group = &groups[walk->next_group++];
	walk->group.first_unit += walk->group.unit_count;
	walk->group.offset = bzb_ld32(group->offset);
	walk->group.size = bzb_ld32(group->size);
	walk->group.unit_count = bzb_ld32(group->unit_count);
	return true;
}

struct bzb_shuffle_unit bzb_shuffle_next_unit(struct bzb_shuffle_walk *walk)
{
	const uint32_t number = bzb_shuffle_next_number(&walk->units.data);
	struct bzb_shuffle_unit unit;

	if (number & 1)
		walk->mode = *walk->units.data++;
	unit = decode_unit(number, walk->mode);
	if (walk->mode & BZB_UNITS_GAP)
		unit.gap = bzb_shuffle_next_number(&walk->units.data);
	return unit;
}

struct bzb_shuffle_ordered bzb_shuffle_read_ordered(const struct bzb_shuffle *shuffle,
						    uint32_t number)
{
	const struct bzb_units_ordered *tables = (const void *)shuffle->ordered.data;
	const struct bzb_units_ordered *table = &tables[number];

	return (struct bzb_shuffle_ordered){
		.offset = bzb_ld32(table->offset),
		.count = bzb_ld32(table->count),
		.entry_size = bzb_ld32(table->entry_size),
		.absolute = bzb_ld32(table->absolute),
		.relative_fields = bzb_ld32(table->relative_fields),
		.parallel_offset = bzb_ld32(table->parallel_offset),
		.parallel_size = bzb_ld32(table->parallel_size),
	};
}

/* --- groups and units ------------------------------------------------------------------ */

/* Sizes of the units of a group by the binary logarithm of their alignment */
struct sizes {
	uint64_t total;		      /* as they follow each other in the kernel */
	uint64_t aligned[ALIGNMENTS]; /* rounded up */
	uint32_t padding[ALIGNMENTS]; /* the least that one of them is rounded up by */
	bool any[ALIGNMENTS];
};

static bool add_unit(struct sizes *sizes, struct bzb_shuffle_unit unit)
{
	uint64_t size;
	uint32_t padding;

	if (!unit.size || unit.alignment >= ALIGNMENTS)
		return false;
	size = bzb_align_up(unit.size, 1u << unit.alignment);
	padding = (uint32_t)(size - unit.size);
	sizes->total += (uint64_t)unit.size + unit.gap;
	sizes->aligned[unit.alignment] += size;
	if (!sizes->any[unit.alignment] || padding < sizes->padding[unit.alignment])
		sizes->padding[unit.alignment] = padding;
	sizes->any[unit.alignment] = true;
	return true;
}

/* The end of the units, if the last one is the one that needs the least padding: no order needs
 * more room, but for the padding between units of different alignments. */
static uint64_t last_end(const struct sizes *sizes, uint64_t offset)
{
	uint64_t end = offset, padding = 0;

	for (unsigned int i = ALIGNMENTS; i--;) {
		if (!sizes->any[i])
			continue;
		end = bzb_align_up(end, 1u << i) + sizes->aligned[i];
		padding = sizes->padding[i];
	}
	return end - padding;
}

/* @left: the rest of the list of units. */
static bool check_units(const struct bzb_shuffle_group *group, struct bzb_span *left,
			unsigned char *mode, uint64_t *size)
{
	struct sizes sizes = { 0 };
	struct bzb_shuffle_unit unit;
	uint32_t number = 0;

	for (uint32_t i = 0; i < group->unit_count; i++) {
		if (!take_number(left, &number) || ((number & 1) && !take_byte(left, mode)))
			return false;
		unit = decode_unit(number, *mode);
		if ((*mode & BZB_UNITS_GAP && !take_number(left, &unit.gap)) ||
		    !add_unit(&sizes, unit))
			return false;
	}
	*size = sizes.total;
	return sizes.total <= group->size &&
	       last_end(&sizes, group->offset) - group->offset <= group->size;
}

static bool check_groups(struct bzb_shuffle *shuffle)
{
	struct bzb_shuffle_walk walk = bzb_shuffle_begin(shuffle);
	struct bzb_span left = shuffle->units;
	uint64_t above = 0, units = 0, size;
	unsigned char mode = 0;

	while (bzb_shuffle_next_group(&walk)) {
		const struct bzb_shuffle_group *group = &walk.group;

		if (!is_inside(shuffle->memory_size, group->offset, group->size) ||
		    group->offset < above || !group->unit_count ||
		    group->unit_count > shuffle->unit_count - units ||
		    !check_units(group, &left, &mode, &size))
			return false;
		if (!units)
			shuffle->start = group->offset;
		shuffle->end = group->offset + (uint32_t)size;
		above = (uint64_t)group->offset + group->size;
		units += group->unit_count;
	}
	return units == shuffle->unit_count && !left.size;
}

static bool check_chains(const struct bzb_shuffle *shuffle)
{
	struct bzb_span left = shuffle->chains;
	uint64_t units = 0;

	for (uint32_t i = 0; i < shuffle->chain_count; i++) {
		uint32_t count = 0, distance = 0;
		uint64_t unit = 0;

		if (!take_number(&left, &count) || !count)
			return false;
		units += count;
		for (uint32_t n = 0; n < count; n++) {
			if (!take_number(&left, &distance) || (n && !distance))
				return false;
			unit += distance;
			if (unit >= shuffle->unit_count)
				return false;
		}
	}
	return units == shuffle->chained_count && !left.size;
}

/* --- fields ---------------------------------------------------------------------------- */

/* Reads the fields of a block, of which the first is at its offset; @ret: the end of the last one.
 * The rest of the list stays in registers. */
INLINE bool read_fields(struct bzb_span *left, uint32_t count, uint32_t width, uint32_t targets,
			uint64_t *ret)
{
	const unsigned char *at = left->data, *const end = at + left->size;
	uint64_t offset = *ret + (uint64_t)count * width;

	if (at == end || *at)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		const struct number distance = read_number(at, end);
		struct number target = { distance.next, 0 };

		if (!distance.next)
			return false;
		if (targets)
			target = read_number(distance.next, end);
		if (!target.next || (targets && target.value >= targets))
			return false;
		at = target.next;
		offset += distance.value;
	}
	*left = (struct bzb_span){ at, (size_t)(end - at) };
	*ret = offset;
	return true;
}

/* Ascending fields are in memory if the last one is. */
static bool check_block(const struct bzb_shuffle *shuffle, const struct bzb_units_block *block,
			struct bzb_span *left)
{
	const uint32_t count = bzb_ld16(block->count);
	uint64_t end = bzb_ld32(block->offset);
	uint32_t width;
	bool good;

	if (block->kind >= BZB_SHUFFLE_KIND_COUNT || !count || block->has_targets > 1 ||
	    bzb_ld32(block->start) != (size_t)(left->data - shuffle->fields.data))
		return false;
	width = bzb_shuffle_properties((enum bzb_shuffle_kind)block->kind).width;
	if (block->has_targets)
		good = read_fields(left, count, width, shuffle->unit_count + 1, &end);
	else
		good = read_fields(left, count, width, 0, &end);
	return good && end <= shuffle->memory_size;
}

static bool check_fields(const struct bzb_shuffle *shuffle)
{
	const struct bzb_units_block *blocks = (const void *)shuffle->blocks.data;
	struct bzb_span left = shuffle->fields;

	for (uint32_t i = 0; i < shuffle->block_count; i++)
		if (!check_block(shuffle, &blocks[i], &left))
			return false;
	return !left.size;
}

/* Several processors fix calls: no byte is in two ranges. */
static bool check_ranges(const struct bzb_shuffle *shuffle)
{
	const struct bzb_units_range *ranges = (const void *)shuffle->ranges.data;
	uint64_t above = 0;

	for (uint32_t i = 0; i < shuffle->range_count; i++) {
		const uint32_t offset = bzb_ld32(ranges[i].offset), size = bzb_ld32(ranges[i].size);

		if (offset < above || !is_inside(shuffle->memory_size, offset, size))
			return false;
		above = (uint64_t)offset + size;
	}
	return is_inside(shuffle->memory_size, shuffle->callee_offset, shuffle->callee_size);
}

/* --- tables ---------------------------------------------------------------------------- */

static bool check_ordered(struct bzb_shuffle *shuffle, struct bzb_shuffle_ordered table)
{
	const uint64_t size = (uint64_t)table.count * table.entry_size;
	const uint64_t parallel = (uint64_t)table.count * table.parallel_size;

	if (table.absolute ? table.entry_size < 8 || table.relative_fields :
			     !table.relative_fields || table.relative_fields > table.entry_size / 4)
		return false;
	if (!is_inside(shuffle->memory_size, table.offset, size) ||
	    !is_inside(shuffle->memory_size, table.parallel_offset, parallel))
		return false;
	shuffle->tables_size += size + parallel;
	return true;
}

static bool check_names(struct bzb_shuffle *shuffle)
{
	const struct bzb_shuffle_names *names = &shuffle->names;
	const uint64_t count = names->count, limit = shuffle->memory_size;

	if (!is_inside(limit, names->offsets, count * 4) || names->names > names->markers ||
	    !is_inside(limit, names->markers, (count + 255) / 256 * 4) ||
	    !is_inside(limit, names->seqs, names->seqs ? count * 3 : 0))
		return false;
	shuffle->tables_size += count * 4 + names->markers - names->names;
	return true;
}

static bool check_tables(struct bzb_shuffle *shuffle)
{
	for (uint32_t i = 0; i < shuffle->ordered_count; i++)
		if (!check_ordered(shuffle, bzb_shuffle_read_ordered(shuffle, i)))
			return false;
	return check_names(shuffle);
}

/* --- */

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Bytes that bzb_shuffle_draw() and bzb_shuffle_prepare() divide among their arrays */
static uint64_t room_of(const struct bzb_shuffle *shuffle)
{
	const uint64_t units = shuffle->unit_count, groups = shuffle->group_count;
	const uint64_t code = (uint64_t)shuffle->end - shuffle->start;
	const uint64_t draw = 5 * units + shuffle->chained_count + shuffle->chain_count;
	const uint64_t pieces = units + groups + 1;
	const uint64_t run = (5 + shuffle->ordered_count) * (pieces + 1) + 2 * units + groups + 1 +
			     shuffle->names.count + code / BZB_SHUFFLE_GRANULE + 1;
	const uint64_t copies = larger(code, shuffle->tables_size);

	return larger(4 * draw, 4 * run + larger(copies, BZB_SHUFFLE_COPY_MIN));
}

int bzb_shuffle_open(struct bzb_span table, uint64_t memory_size, struct bzb_shuffle *ret)
{
	struct bzb_shuffle shuffle = { 0 };
	uint64_t room;
	int err;

	if (memory_size > BZB_SHUFFLE_MEMORY_MAX)
		return -BZB_ERR_TOOLARGE;
	err = read_header(table, &shuffle);
	if (err)
		return err;
	shuffle.memory_size = (uint32_t)memory_size;
	if (!check_groups(&shuffle) || !check_chains(&shuffle) || !check_fields(&shuffle) ||
	    !check_ranges(&shuffle) || !check_tables(&shuffle))
		return -BZB_ERR_BADUNITS;
	room = room_of(&shuffle);
	if (room > SIZE_MAX)
		return -BZB_ERR_TOOLARGE;
	shuffle.room = (size_t)room;
	*ret = shuffle;
	return 0;
}
