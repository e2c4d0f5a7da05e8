/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables in the order of addresses. The entries of a unit follow each other: a run. Runs are copied
 * in the order of the places of their units, so nothing is sorted.
 */
#include <bzboot/shuffle.h>

#define INLINE static inline __attribute__((always_inline))

/* --- runs ------------------------------------------------------------------------------- */

/* The first entry of each piece in a table, then the number of entries. kallsyms comes after the
 * ordered tables, then the bytes of its names. */
static uint32_t *runs_of(const struct bzb_shuffle_run *run, uint32_t table)
{
	return run->runs + (size_t)table * (run->piece_count + 1);
}

/* Finds the run of each piece. Entries that are about no byte of the memory belong to pinned
 * bytes. */
struct scan {
	const struct bzb_shuffle_run *run;
	uint32_t *entries, *name_bytes; /* of names only */
	uint32_t piece;			/* of the last entry */
	uint32_t group;			/* whose pinned piece is not behind that */
	uint32_t name_byte;		/* where the name of the next entry begins */
};

static struct scan begin(const struct bzb_shuffle_run *run, uint32_t table)
{
	struct scan scan = { .run = run, .entries = runs_of(run, table) };

	scan.entries[0] = 0;
	if (table == run->shuffle->ordered_count) {
		scan.name_bytes = runs_of(run, table + 1);
		scan.name_bytes[0] = 0;
	}
	return scan;
}

INLINE void enter_next(struct scan *scan, uint32_t entry)
{
	scan->entries[++scan->piece] = entry;
	if (scan->name_bytes)
		scan->name_bytes[scan->piece] = scan->name_byte;
}

static void enter(struct scan *scan, uint32_t piece, uint32_t entry)
{
	while (scan->piece < piece)
		enter_next(scan, entry);
}

/* The pinned bytes of the last entry, or the next ones */
static uint32_t next_pinned(struct scan *scan)
{
	while (scan->run->pinned[scan->group] < scan->piece)
		scan->group++;
	return scan->run->pinned[scan->group];
}

static void end(struct scan *scan, uint32_t count)
{
	enter(scan, scan->run->piece_count, count);
}

/* returns: false if the entries do not ascend */
static bool add_elsewhere(struct scan *scan, uint32_t entry, uint64_t offset)
{
	const struct bzb_shuffle_piece *pieces = scan->run->pieces;

	if (offset >= scan->run->shuffle->memory_size) {
		enter(scan, next_pinned(scan), entry);
		return true;
	}
	if (offset < pieces[scan->piece].start)
		return false;
	while (offset >= pieces[scan->piece + 1].start)
		enter_next(scan, entry);
	return true;
}

/* Bytes of the piece of the last entry: mostly the next one is about them, too. */
struct range {
	uint64_t start, size;
};

static struct range range_of(const struct scan *scan)
{
	const struct bzb_shuffle_piece *piece = &scan->run->pieces[scan->piece];

	return (struct range){ piece->start, piece[1].start - piece->start };
}

INLINE bool add_entry(struct scan *scan, struct range *range, uint32_t entry, uint64_t offset)
{
	if (offset - range->start < range->size)
		return true;
	if (!add_elsewhere(scan, entry, offset))
		return false;
	*range = range_of(scan);
	return true;
}

/* --- ordered tables ----------------------------------------------------------------------- */

INLINE bool scan_keys(struct scan *scan, const struct bzb_shuffle_ordered *table, bool is_absolute)
{
	const struct bzb_shuffle_run *run = scan->run;
	const uint64_t base = run->kernel.address + run->kernel.slide;
	const unsigned char *key = run->kernel.memory + table->offset;
	const uint32_t count = table->count, size = table->entry_size;
	struct range range = range_of(scan);
	uint32_t at = table->offset;

	for (uint32_t i = 0; i < count; i++, key += size, at += size)
		if (!add_entry(scan, &range, i,
			       is_absolute ? bzb_get64(key) - base :
					     (uint32_t)(at + bzb_get32(key))))
			return false;
	return true;
}

static bool find_runs(const struct bzb_shuffle_run *run, uint32_t number)
{
	const struct bzb_shuffle_ordered table = bzb_shuffle_read_ordered(run->shuffle, number);
	struct scan scan = begin(run, number);
	const bool ascends = table.absolute ? scan_keys(&scan, &table, true) :
					      scan_keys(&scan, &table, false);

	end(&scan, table.count);
	return ascends;
}

/* Changes the entries of a piece, which have been copied, from one offset to another. */
static void fix_entries(const struct bzb_shuffle_run *run, const struct bzb_shuffle_ordered *table,
			uint32_t from, uint32_t to, uint32_t count, uint32_t delta)
{
	unsigned char *entry = run->kernel.memory + to;
	const uint32_t moved = from - to;

	for (; count; count--, from += table->entry_size, entry += table->entry_size) {
		if (table->absolute)
			bzb_put64(entry, bzb_get64(entry) + (uint64_t)(int32_t)delta);
		else
			bzb_put32(entry, bzb_get32(entry) + moved + delta);
		for (uint32_t i = 4; i < 4 * table->relative_fields; i += 4) {
			const uint32_t value = bzb_get32(entry + i), target = from + i + value;

			bzb_put32(entry + i,
				  value + moved + bzb_shuffle_delta(&run->index, target));
		}
	}
}

typedef uint32_t keys __attribute__((vector_size(16), aligned(1), may_alias));

/* The usual case: entries that are relative keys, and nothing else */
static void fix_keys(unsigned char *key, uint32_t count, uint32_t delta)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	for (; count >= 4; count -= 4, key += 16)
		*(keys *)key += delta;
#endif
	for (; count; count--, key += 4)
		bzb_put32(key, bzb_get32(key) + delta);
}

/* Room for a copy of a table: each has its own, because all are written at the same time. */
static unsigned char *copy_of(const struct bzb_shuffle_run *run, uint32_t number)
{
	unsigned char *copy = run->copy;

	for (uint32_t i = 0; i < number; i++) {
		const struct bzb_shuffle_ordered table = bzb_shuffle_read_ordered(run->shuffle, i);

		copy += (size_t)table.count * (table.entry_size + table.parallel_size);
	}
	return copy;
}

/* Copies entries from the copy of the table, behind which that of the second one is. */
static void copy_entries(const struct bzb_shuffle_run *run, const struct bzb_shuffle_ordered *table,
			 const unsigned char *copy, uint32_t from, uint32_t to, uint32_t count)
{
	const unsigned char *parallel = copy + table->count * table->entry_size;
	unsigned char *memory = run->kernel.memory;

	memcpy(memory + table->offset + to * table->entry_size, copy + from * table->entry_size,
	       count * table->entry_size);
	if (table->parallel_size)
		memcpy(memory + table->parallel_offset + to * table->parallel_size,
		       parallel + from * table->parallel_size, count * table->parallel_size);
}

/* @to: the first entry that is not written yet; updated. */
static void write_run(const struct bzb_shuffle_run *run, const struct bzb_shuffle_ordered *table,
		      const unsigned char *copy, const uint32_t *entries, uint32_t piece,
		      uint32_t *to)
{
	const uint32_t size = table->entry_size, first = entries[piece];
	const uint32_t count = entries[piece + 1] - first, delta = run->pieces[piece].delta;
	const uint32_t new_offset = table->offset + *to * size;

	if (!count)
		return;
	copy_entries(run, table, copy, first, *to, count);
	if (table->relative_fields == 1 && size == 4)
		fix_keys(run->kernel.memory + new_offset, count, (first - *to) * size + delta);
	else
		fix_entries(run, table, table->offset + first * size, new_offset, count, delta);
	*to += count;
}

static void write_ordered(const struct bzb_shuffle_run *run, uint32_t number)
{
	const struct bzb_shuffle_ordered table = bzb_shuffle_read_ordered(run->shuffle, number);
	const uint32_t size = table.count * table.entry_size, *entries = runs_of(run, number);
	unsigned char *copy = copy_of(run, number);
	uint32_t to = 0;

	memcpy(copy, run->kernel.memory + table.offset, size);
	memcpy(copy + size, run->kernel.memory + table.parallel_offset,
	       table.count * table.parallel_size);
	for (uint32_t i = 0; i < run->piece_count; i++)
		write_run(run, &table, copy, entries, run->order[i], &to);
}

/* --- kallsyms ------------------------------------------------------------------------------ */

enum { MARKER_NAMES = 256, SEQ_SIZE = 3 };

#define NOWHERE UINT64_MAX

/* The offset of a symbol; @at: of its entry, @value: in it. base does not slide, and the values do
 * not either. */
INLINE uint64_t symbol_at(const struct bzb_shuffle_names *names, uint64_t base, uint32_t at,
			  uint32_t value)
{
	switch (names->form) {
	case BZB_SHUFFLE_NAMES_PERCPU:
		return value >> 31 ? base + ~value : NOWHERE;
	case BZB_SHUFFLE_NAMES_BASE:
		return base + value;
	default:
		return (uint32_t)(at + value);
	}
}

/* Bytes of a name: its length in one byte, or seven bits of it and one byte more, and the name.
 * returns: 0 if there are not as many bytes */
INLINE uint32_t name_size(const unsigned char *name, uint32_t left)
{
	uint32_t size;

	if (!left)
		return 0;
	size = 1u + name[0];
	if (name[0] & 0x80) {
		if (left < 2)
			return 0;
		size = 2 + (name[0] & 0x7fu) + ((uint32_t)name[1] << 7);
	}
	return size <= left ? size : 0;
}

/* True if a marker says where a name begins, or none is about it. */
static bool is_marked(const struct bzb_shuffle_run *run, uint32_t entry, uint32_t byte)
{
	const unsigned char *markers = run->kernel.memory + run->shuffle->names.markers;

	return entry % MARKER_NAMES || bzb_get32(markers + entry / MARKER_NAMES * 4) == byte;
}

static bool scan_names(struct scan *scan)
{
	const struct bzb_shuffle_names *names = &scan->run->shuffle->names;
	const struct bzb_shuffle_kernel *kernel = &scan->run->kernel;
	const unsigned char *entries = kernel->memory + names->offsets;
	const unsigned char *name = kernel->memory + names->names;
	const uint64_t base = names->base - kernel->address;
	struct range range = range_of(scan);

	for (uint32_t i = 0; i < names->count; i++) {
		const uint64_t offset =
			symbol_at(names, base, names->offsets + 4 * i, bzb_get32(entries + 4 * i));
		const uint32_t left = names->markers - names->names - scan->name_byte;
		const uint32_t size = name_size(name + scan->name_byte, left);

		if (!size || !is_marked(scan->run, i, scan->name_byte) ||
		    !add_entry(scan, &range, i, offset))
			return false;
		scan->name_byte += size;
	}
	return true;
}

static uint32_t get_seq(const unsigned char *at)
{
	return (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
}

static bool check_seqs(const struct bzb_shuffle_run *run)
{
	const struct bzb_shuffle_names *names = &run->shuffle->names;

	for (uint32_t i = 0; names->seqs && i < names->count; i++)
		if (get_seq(run->kernel.memory + names->seqs + SEQ_SIZE * i) >= names->count)
			return false;
	return true;
}

static bool find_names(const struct bzb_shuffle_run *run)
{
	struct scan scan = begin(run, run->shuffle->ordered_count);
	const bool good = scan_names(&scan);

	end(&scan, run->shuffle->names.count);
	return good && check_seqs(run);
}

/* The state of a walk through the names in their new order: what has been written */
struct written {
	uint32_t entries, bytes;
};

/* Entries of a piece: @from: the first one in @copy, of the entries */
static void write_symbols(const struct bzb_shuffle_run *run, const unsigned char *copy,
			  struct written written, uint32_t from, uint32_t count, uint32_t delta)
{
	const struct bzb_shuffle_names *names = &run->shuffle->names;
	const uint32_t room = names->markers - names->names;
	const uint32_t moved =
		names->form == BZB_SHUFFLE_NAMES_PERCPU ? -delta :
		names->form == BZB_SHUFFLE_NAMES_BASE	? delta :
							  delta + 4 * (from - written.entries);
	unsigned char *memory = run->kernel.memory;

	for (; count; count--, from++, written.entries++) {
		const uint32_t entry = written.entries;

		bzb_put32(memory + names->offsets + 4 * entry, bzb_get32(copy + 4 * from) + moved);
		if (entry % MARKER_NAMES == 0)
			bzb_put32(memory + names->markers + entry / MARKER_NAMES * 4,
				  written.bytes);
		written.bytes +=
			name_size(memory + names->names + written.bytes, room - written.bytes);
		run->numbers[from] = entry;
	}
}

/* The names of a piece are copied as a whole, then their entries written. */
static void write_piece(const struct bzb_shuffle_run *run, const unsigned char *copy,
			uint32_t piece, struct written *written)
{
	const struct bzb_shuffle_names *names = &run->shuffle->names;
	const uint32_t *entries = runs_of(run, run->shuffle->ordered_count),
		       *bytes = runs_of(run, run->shuffle->ordered_count + 1);
	const uint32_t count = entries[piece + 1] - entries[piece];
	const uint32_t size = bytes[piece + 1] - bytes[piece];

	if (!count)
		return;
	memcpy(run->kernel.memory + names->names + written->bytes,
	       copy + 4 * names->count + bytes[piece], size);
	write_symbols(run, copy, *written, entries[piece], count, run->pieces[piece].delta);
	written->entries += count;
	written->bytes += size;
}

/* A number is of a symbol, unless tables overlap and it has been overwritten. */
static void write_seqs(const struct bzb_shuffle_run *run)
{
	const struct bzb_shuffle_names *names = &run->shuffle->names;
	unsigned char *seq = run->kernel.memory + names->seqs;

	for (uint32_t i = 0; names->seqs && i < names->count; i++, seq += SEQ_SIZE) {
		const uint32_t old = get_seq(seq),
			       number = old < names->count ? run->numbers[old] : 0;

		seq[0] = (unsigned char)(number >> 16);
		seq[1] = (unsigned char)(number >> 8);
		seq[2] = (unsigned char)number;
	}
}

static void write_names(const struct bzb_shuffle_run *run)
{
	const struct bzb_shuffle_names *names = &run->shuffle->names;
	const unsigned char *memory = run->kernel.memory;
	unsigned char *copy = copy_of(run, run->shuffle->ordered_count);
	struct written written = { 0 };

	memcpy(copy, memory + names->offsets, 4 * names->count);
	memcpy(copy + 4 * names->count, memory + names->names, names->markers - names->names);
	for (uint32_t i = 0; i < run->piece_count; i++)
		write_piece(run, copy, run->order[i], &written);
	write_seqs(run);
}

/* --- all of them ---------------------------------------------------------------------------- */

int bzb_shuffle_find(const struct bzb_shuffle_run *run, uint32_t table)
{
	const bool is_good = table < run->shuffle->ordered_count ? find_runs(run, table) :
								   find_names(run);

	return is_good ? 0 : -BZB_ERR_BADTABLE;
}

void bzb_shuffle_write(const struct bzb_shuffle_run *run, uint32_t table)
{
	if (table < run->shuffle->ordered_count)
		write_ordered(run, table);
	else
		write_names(run);
}
