/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shuffles the functions of a kernel in memory, by the unit table that the packer has made of it.
 *
 * A unit is a run of bytes of code that moves as one: a function, or several. Units change places
 * within their group. The place of a unit is where it is after that. All offsets and places are
 * from the load address, in a kernel as it is linked.
 *
 * The unit table, little-endian, without padding:
 *
 *	0x00	"bzbunits"
 *	0x08	version: 1
 *	0x0c	size of the table
 *	0x10	number of groups G, of units
 *	0x18	number of chains, of units in chains
 *	0x20	number of blocks B, of ordered tables T
 *	0x28	size of the list of units u, of the list of chains c
 *	0x30	kallsyms: form, number of names (0: none), offsets, names, markers, seqs
 *	0x48	kallsyms: base, 8 bytes
 *	0x50	calls: offset and size of the code that they lead to, number of ranges R
 *	0x5c	G groups: offset, size, number of units
 *	+12 G	B blocks: offset of the first field, start in the lists of fields, number of fields
 *		(2 bytes), kind (1), whether targets are in the list (1)
 *	+12 B	T ordered tables, see struct bzb_units_ordered
 *	+28 T	R ranges of calls: offset, size
 *	+ 8 R	list of units, in the order of offsets
 *	+ u	list of chains
 *	+ c	lists of fields, one for each block, in their order
 *
 * A number in a list is an ULEB128 (DWARF 5, 7.6) of at most 32 bits.
 *
 *	unit	:= number: size * 2 + whether a byte follows
 *		   byte, of this and the following units: bits 0 to 4: the binary logarithm of the
 *		   alignment; bit 6: each has a gap; bit 7: sizes are in bytes, otherwise multiples
 *		   of the alignment
 *		   number, if units have a gap: bytes of padding behind it, which are left out
 *	chain	:= number of units, number of the first, then the distance from one to the next
 *	field	:= distance from the end of the field before; 0 for the first one of a block
 *		   in blocks with targets: 0: the target stays; otherwise 1 + number of its unit
 *
 * So most units and most fields take one byte. Fields are in blocks so that several processors can
 * fix them.
 *
 * Most fields of code are of calls and jumps to functions, which the code itself shows: no list has
 * them. See bzb_shuffle_next_call().
 */
#ifndef BZBOOT_SHUFFLE_H
#define BZBOOT_SHUFFLE_H

#include <bzboot/bytes.h>

#define BZB_UNITS_SECTION ".bzboot.units"
#define BZB_UNITS_MAGIC "bzbunits"

enum { BZB_UNITS_VERSION = 1 };

/*
 * A field holds an address ("absolute"), or the distance from an origin to it: the field itself, or
 * the end of an instruction, which is 0, 1, 2 or 4 bytes behind the end of a field of 4 bytes.
 */
enum bzb_shuffle_kind {
	BZB_SHUFFLE_64,	    /* absolute, 8 bytes */
	BZB_SHUFFLE_32,	    /* absolute, 4 bytes, sign-extended */
	BZB_SHUFFLE_LINKED, /* absolute, 8 bytes, as linked: no relocation changes it */
	BZB_SHUFFLE_REL64,  /* from the field, 8 bytes */
	BZB_SHUFFLE_REL32,  /* from the field, 4 bytes */
	BZB_SHUFFLE_CODE_0, /* from the end of the field, 4 bytes */
	BZB_SHUFFLE_CODE_1, /* one byte follows in the instruction */
	BZB_SHUFFLE_CODE_2,
	BZB_SHUFFLE_CODE_4,
	BZB_SHUFFLE_KIND_COUNT,
};

/* The properties of all fields of a kind */
struct bzb_shuffle_properties {
	unsigned char width;	 /* bytes */
	bool is_absolute;	 /* holds an address, */
	bool is_linked;		 /* as linked */
	unsigned char to_origin; /* of a distance: from the first byte of the field to its origin */
};

/**
 * bzb_shuffle_properties() - the properties of a kind of fields
 * @kind: below BZB_SHUFFLE_KIND_COUNT
 *
 * returns: the properties
 */
static inline struct bzb_shuffle_properties bzb_shuffle_properties(enum bzb_shuffle_kind kind)
{
	static const struct bzb_shuffle_properties properties[BZB_SHUFFLE_KIND_COUNT] = {
		[BZB_SHUFFLE_64] = { .width = 8, .is_absolute = true },
		[BZB_SHUFFLE_32] = { .width = 4, .is_absolute = true },
		[BZB_SHUFFLE_LINKED] = { .width = 8, .is_absolute = true, .is_linked = true },
		[BZB_SHUFFLE_REL64] = { .width = 8 },
		[BZB_SHUFFLE_REL32] = { .width = 4 },
		[BZB_SHUFFLE_CODE_0] = { .width = 4, .to_origin = 4 },
		[BZB_SHUFFLE_CODE_1] = { .width = 4, .to_origin = 5 },
		[BZB_SHUFFLE_CODE_2] = { .width = 4, .to_origin = 6 },
		[BZB_SHUFFLE_CODE_4] = { .width = 4, .to_origin = 8 },
	};

	return properties[kind];
}

enum { BZB_SHUFFLE_ORDERED_MAX = 16 };

/* Linux keeps 1 GiB of addresses for the kernel, see bzb_slide_max(). */
#define BZB_SHUFFLE_MEMORY_MAX (1u << 30)

/* Bytes of scratch for copies, at least: sorting uses them, too. */
enum { BZB_SHUFFLE_COPY_MIN = 16384 };

/* The load address is a multiple of this: of 2 MiB. */
enum { BZB_SHUFFLE_ALIGNMENT_MAX_LOG2 = 21 };

/*
 * A table whose entries ascend by the address that they begin with (the key): of 8 bytes, or
 * relative to the entry. Further relative fields may follow. The entries of a second table may
 * belong to those of the first.
 */
struct bzb_shuffle_ordered {
	uint32_t offset, count;
	uint32_t entry_size;
	bool absolute;		  /* the key is an address of 8 bytes; else fields of 4 bytes, */
	uint32_t relative_fields; /* this many, at 0, 4, 8, each relative to itself */
	uint32_t parallel_offset, parallel_size; /* of an entry; size 0: no second table */
};

/* How an entry of the names' addresses says where its symbol is. */
enum bzb_shuffle_names_form {
	BZB_SHUFFLE_NAMES_PERCPU,   /* 4 bytes: below 0, base - 1 - value; else absolute */
	BZB_SHUFFLE_NAMES_BASE,	    /* 4 bytes without sign, from base */
	BZB_SHUFFLE_NAMES_RELATIVE, /* 4 bytes, from the entry itself */
};

/* kallsyms: names in the order of addresses. Sizes and counts as of Linux's kernel/kallsyms.c. */
struct bzb_shuffle_names {
	enum bzb_shuffle_names_form form;
	uint32_t count;
	uint32_t offsets; /* count entries */
	uint32_t names;	  /* as many names of variable length, which end before the markers */
	uint32_t markers; /* where each 256th name begins, 4 bytes */
	uint32_t seqs;	  /* numbers of symbols by name, 3 bytes, most significant first; 0: none */
	uint64_t base;	  /* virtual address, as linked; not used by BZB_SHUFFLE_NAMES_RELATIVE */
};

/* --- the table, as it is written ---------------------------------------------------- */

struct bzb_units_header {
	unsigned char magic[8];
	bzb_le32 version, size;
	bzb_le32 group_count, unit_count;
	bzb_le32 chain_count, chained_count;
	bzb_le32 block_count, ordered_count;
	bzb_le32 units_size, chains_size;
	bzb_le32 names_form, name_count, name_offsets, names, name_markers, name_seqs;
	bzb_le64 names_base;
	bzb_le32 callee_offset, callee_size, range_count;
};

_Static_assert(sizeof(struct bzb_units_header) == 0x5c, "the groups begin there");

struct bzb_units_group {
	bzb_le32 offset, size, unit_count;
};

enum { BZB_UNITS_BLOCK_MAX = 4096 }; /* fields that the packer puts in a block */

struct bzb_units_block {
	bzb_le32 offset; /* of the first field */
	bzb_le32 start;	 /* from the start of the lists of fields */
	bzb_le16 count;
	unsigned char kind, has_targets;
};

struct bzb_units_ordered {
	bzb_le32 offset, count, entry_size, absolute, relative_fields;
	bzb_le32 parallel_offset, parallel_size;
};

enum {
	BZB_UNITS_ALIGNMENT = 0x1f, /* of the byte in the list of units */
	BZB_UNITS_GAP = 0x40,
	BZB_UNITS_IN_BYTES = 0x80,
};

/* A range of code whose calls are fixed. Ranges ascend. */
struct bzb_units_range {
	bzb_le32 offset, size;
};

enum { BZB_UNITS_RANGE_SIZE = 1 << 17 }; /* bytes that the packer puts in a range, and some more */

/* --- reading it ---------------------------------------------------------------------- */

/* An open unit table. Its members are for the functions below, but for the counts. */
struct bzb_shuffle {
	uint32_t group_count, unit_count, chain_count, chained_count, block_count, ordered_count;
	uint32_t range_count, callee_offset, callee_size;
	uint32_t memory_size;
	uint32_t start, end;  /* of the first unit; of the last one */
	uint64_t tables_size; /* of copies of all tables */
	struct bzb_span groups, blocks, ordered, ranges, units, chains, fields;
	struct bzb_shuffle_names names;
	size_t room;
};

/* A range of code in which units change places. */
struct bzb_shuffle_group {
	uint32_t offset, size;
	uint32_t first_unit, unit_count; /* units, with gaps, tile the group from its start */
};

/**
 * bzb_shuffle_open() - read a unit table
 * @table: the bytes, which must outlive @ret and stay as they are
 * @memory_size: bytes of the kernel, from its load address
 * @ret: the table; untouched on error
 *
 * Everything that does not depend on the bytes of the kernel is checked: each unit, table and field
 * is within @memory_size; groups ascend; units fit in their groups, in whatever order.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADMAGIC, this is no unit table
 *	-BZB_ERR_BADVERSION, one of another version
 *	-BZB_ERR_TRUNCATED, @table ends before its lists
 *	-BZB_ERR_TOOLARGE, @memory_size is larger than BZB_SHUFFLE_MEMORY_MAX, or there are more
 *	than BZB_SHUFFLE_ORDERED_MAX tables
 *	-BZB_ERR_BADUNITS, a list that contradicts another one, or leaves the memory
 */
int bzb_shuffle_open(struct bzb_span table, uint64_t memory_size, struct bzb_shuffle *ret);

/**
 * bzb_shuffle_room() - the memory that shuffling needs
 * @shuffle: as opened
 *
 * returns: bytes of @scratch for the functions below: a copy of the code from the first group to the
 * last one, or of all tables; a sixteenth of the code; 4 for each name of kallsyms; some more for
 * each unit
 */
static inline size_t bzb_shuffle_room(const struct bzb_shuffle *shuffle)
{
	return shuffle->room;
}

/* A walk through the groups and their units. */
struct bzb_shuffle_walk {
	const struct bzb_shuffle *shuffle;
	struct bzb_shuffle_group group;
	uint32_t next_group;
	struct bzb_span units; /* the rest of the list */
	unsigned char mode;    /* the last byte in it */
};

struct bzb_shuffle_unit {
	uint32_t size;
	uint32_t gap;		/* bytes of padding behind it; nothing refers to them */
	unsigned int alignment; /* its binary logarithm */
};

/**
 * bzb_shuffle_begin() - begin a walk
 * @shuffle: as opened, outlives the result
 *
 * returns: a walk before the first group
 */
static inline struct bzb_shuffle_walk bzb_shuffle_begin(const struct bzb_shuffle *shuffle)
{
	return (struct bzb_shuffle_walk){ .shuffle = shuffle, .units = shuffle->units };
}

/**
 * bzb_shuffle_next_group() - go to the next group
 * @walk: all units of the group before have been read; its group is set
 *
 * returns: true; false after the last group
 */
bool bzb_shuffle_next_group(struct bzb_shuffle_walk *walk);

/**
 * bzb_shuffle_next_unit() - read the next unit
 * @walk: in a group that has another unit
 *
 * returns: the unit
 */
struct bzb_shuffle_unit bzb_shuffle_next_unit(struct bzb_shuffle_walk *walk);

/**
 * bzb_shuffle_read_ordered() - read the description of an ordered table
 * @shuffle: as opened
 * @number: below shuffle->ordered_count
 *
 * returns: the description
 */
struct bzb_shuffle_ordered bzb_shuffle_read_ordered(const struct bzb_shuffle *shuffle,
						    uint32_t number);

/**
 * bzb_shuffle_next_number() - read a number of a list
 * @at: in a list of an open table; set behind the number
 *
 * returns: the number
 */
static inline uint32_t bzb_shuffle_next_number(const unsigned char **at)
{
	uint32_t value = *(*at)++;

	if (value & 0x80) {
		unsigned int shift = 7;
		uint32_t byte;

		value &= 0x7f;
		do {
			byte = *(*at)++;
			value |= (byte & 0x7f) << shift;
			shift += 7;
		} while (byte & 0x80);
	}
	return value;
}

/* Code in which calls are looked for. */
struct bzb_shuffle_code {
	const unsigned char *memory;
	uint32_t callee_offset, callee_size; /* the code that calls lead to */
};

enum { BZB_SHUFFLE_CALL_SIZE = 5 };

/**
 * bzb_shuffle_next_call() - find the next call
 * @code: the code
 * @at: offset where to begin
 * @end: the end of the range
 *
 * A call is a byte 0xe8 or 0xe9, the instructions call and jmp, and a distance of 4 bytes that leads
 * from its end to a multiple of 16 in the code that calls lead to: to a function, mostly. This may
 * be so by chance, too, in the middle of an instruction. The packer has looked at each one that this
 * function finds, and leaves those out of ranges that are no calls; as it does with bytes that might
 * become one when the kernel is relocated.
 *
 * returns: the offset of the byte; @end if there is none whose distance ends before @end
 */
uint32_t bzb_shuffle_next_call(const struct bzb_shuffle_code *code, uint32_t at, uint32_t end);

/*
 * --- shuffling ------------------------------------------------------------------------
 *
 * All functions below are given one block of memory, @scratch: it is written to, aligned for
 * uint32_t, and has bzb_shuffle_room() bytes. From bzb_shuffle_draw() on it begins with the place
 * of each unit, a uint32_t. What is in it gives the layout away, as does the seed: a boot loader
 * clears both when the kernel is shuffled, and the stack that was in use. No call needs more than
 * 1 KiB of stack.
 */

enum { BZB_SHUFFLE_SEED_SIZE = 32 };

/**
 * bzb_shuffle_read_seed() - read a seed that a person gives
 * @text: 1 to 64 hexadecimal digits, those of a number: "1" is zeros with a last byte of 1
 * @seed: BZB_SHUFFLE_SEED_SIZE bytes; untouched on error
 *
 * returns: false if @text is something else
 */
bool bzb_shuffle_read_seed(struct bzb_span text, unsigned char *seed);

/**
 * bzb_shuffle_draw() - choose the places of units
 * @shuffle: as opened
 * @seed: BZB_SHUFFLE_SEED_SIZE bytes; the places depend on nothing else but the table
 * @scratch: begins with the place of each unit afterwards, a uint32_t; undefined on error
 * @room: bytes of @scratch: bzb_shuffle_room()
 *
 * In each group, units of larger alignment come first. Those of one alignment are permuted
 * (Fisher-Yates, from the end), each order being as likely as any other; then the units of a chain
 * change places among themselves until they are in their old order. The numbers are those of
 * ChaCha20 with the seed as key, nonce 0, blocks from 0 on.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOSPACE, @room is too small
 *	-BZB_ERR_BADUNITS, a unit is in two chains, or has a larger alignment than a unit before it
 *	in its chain and group
 */
int bzb_shuffle_draw(const struct bzb_shuffle *shuffle, const unsigned char *seed, void *scratch,
		     size_t room);

/* A kernel in memory, complete and relocated. */
struct bzb_shuffle_kernel {
	unsigned char *memory; /* as many bytes as the table was opened for; written to */
	uint64_t address;      /* virtual, of the first byte, as linked */
	uint64_t slide;	       /* added to that, and to all addresses in @memory */
};

/**
 * bzb_shuffle_apply() - move the units, on this processor
 * @shuffle: as opened
 * @kernel: that the table was made for
 * @scratch: begins with the place of each unit: those of bzb_shuffle_draw(), or others
 * @room: bytes of @scratch: bzb_shuffle_room()
 *
 * Bytes of a group that no unit covers become 0xcc, the instruction int3.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOSPACE, @room is too small
 *	-BZB_ERR_BADPLACES, places that overlap, leave their group, or are not aligned
 *	-BZB_ERR_BADTABLE, an ordered table or kallsyms whose entries do not ascend, or whose
 *	names are not as many as they should be
 *
 * On error, nothing has been changed.
 */
int bzb_shuffle_apply(const struct bzb_shuffle *shuffle, const struct bzb_shuffle_kernel *kernel,
		      void *scratch, size_t room);

/*
 * --- the same on several processors ---------------------------------------------------
 *
 * One of them calls bzb_shuffle_prepare(). Then each step is divided into tasks: they may be done
 * in any order, and at the same time, each exactly once. A step begins when all tasks of the steps
 * before have ended. Before the end of BZB_SHUFFLE_FIND, nothing of the kernel has been changed.
 *
 *	for (step = 0; step < BZB_SHUFFLE_STEPS; step++)
 *		for (task = 0; task < bzb_shuffle_tasks(&run, step); task++)
 *			err = bzb_shuffle_do(&run, step, task);
 */
enum bzb_shuffle_step {
	BZB_SHUFFLE_FIND, /* a task for each table: check it, and find the entries of each unit */
	BZB_SHUFFLE_CALL, /* a task for each range of calls, to fix them */
	BZB_SHUFFLE_FIX,  /* first a task for each table, then one for each block of fields */
	BZB_SHUFFLE_COPY, /* the code, to scratch, in parts */
	BZB_SHUFFLE_MOVE, /* the units, from there to their places, some in each task */
	BZB_SHUFFLE_STEPS,
};

/* A unit, or the bytes before, between or after groups. */
struct bzb_shuffle_piece {
	uint32_t start; /* its offset; it ends where the next one starts */
	uint32_t delta; /* from its old place to its new one, modulo 2^32 */
};

enum { BZB_SHUFFLE_GRANULE = 64 }; /* bytes */

/* Finds pieces by offsets from the first unit to the end of the last one. */
struct bzb_shuffle_index {
	const struct bzb_shuffle_piece *pieces;
	const uint32_t *granules; /* of each: the last piece that starts in or before it */
	uint32_t start, size;
};

/* A shuffle that has begun. Its members are for the functions below. It may be copied. */
struct bzb_shuffle_run {
	const struct bzb_shuffle *shuffle;
	struct bzb_shuffle_kernel kernel;
	struct bzb_shuffle_index index;
	uint32_t piece_count;
	const uint32_t *places;		  /* of units */
	struct bzb_shuffle_piece *pieces; /* in the order of offsets; then the end of the memory */
	uint32_t *sizes;		  /* of units, without the gap behind each */
	uint32_t *order;		  /* pieces in the order of their new places */
	uint32_t *pinned;		  /* pieces before each group, and the last one */
	uint32_t *granules;
	uint32_t *runs;	   /* first entry of each piece in each ordered table and in kallsyms, */
			   /* then its first byte in the names */
	uint32_t *numbers; /* of names of kallsyms, after the shuffle */
	unsigned char *copy;
};

/**
 * bzb_shuffle_prepare() - check the places, change nothing
 * @shuffle: as opened; outlives @ret
 * @kernel: that the table was made for
 * @scratch: as of bzb_shuffle_apply(); outlives @ret
 * @room: bytes of @scratch: bzb_shuffle_room()
 * @ret: for the functions below; undefined on error
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOSPACE, @room is too small
 *	-BZB_ERR_BADPLACES, places that overlap, leave their group, or are not aligned
 */
int bzb_shuffle_prepare(const struct bzb_shuffle *shuffle, const struct bzb_shuffle_kernel *kernel,
			void *scratch, size_t room, struct bzb_shuffle_run *ret);

/**
 * bzb_shuffle_tasks() - count the tasks of a step
 * @run: as prepared
 * @step: the step, below BZB_SHUFFLE_STEPS
 *
 * returns: the number of tasks
 */
uint32_t bzb_shuffle_tasks(const struct bzb_shuffle_run *run, enum bzb_shuffle_step step);

/**
 * bzb_shuffle_do() - do a task
 * @run: as prepared
 * @step: the step
 * @task: the number of the task, below bzb_shuffle_tasks()
 *
 * returns:
 *	0, on success: always of the steps behind BZB_SHUFFLE_FIND
 *	-BZB_ERR_BADTABLE, an ordered table or kallsyms whose entries do not ascend, or whose
 *	names are not as many as they should be
 */
int bzb_shuffle_do(const struct bzb_shuffle_run *run, enum bzb_shuffle_step step, uint32_t task);

/**
 * bzb_shuffle_delta() - how far an address moves
 * @index: of a run that is prepared
 * @offset: of the address; any
 *
 * returns: the distance to where the byte is after the shuffle, modulo 2^32
 */
static inline uint32_t bzb_shuffle_delta(const struct bzb_shuffle_index *index, uint64_t offset)
{
	const uint64_t distance = offset - index->start;
	const struct bzb_shuffle_piece *piece;

	if (distance >= index->size)
		return 0;
	piece = &index->pieces[index->granules[(uint32_t)distance / BZB_SHUFFLE_GRANULE]];
	while (piece->start > (uint32_t)offset)
		piece--;
	return piece->delta;
}

/**
 * bzb_shuffle_find() - do a task of BZB_SHUFFLE_FIND
 * @run: as prepared
 * @table: number of an ordered table; shuffle->ordered_count: kallsyms
 *
 * returns: as bzb_shuffle_do()
 */
int bzb_shuffle_find(const struct bzb_shuffle_run *run, uint32_t table);

/**
 * bzb_shuffle_write() - write a table in its new order: a task of BZB_SHUFFLE_FIX
 * @run: as prepared
 * @table: as of bzb_shuffle_find()
 *
 * The runs of entries of units are copied in the order of places. Entries of other addresses stay.
 */
void bzb_shuffle_write(const struct bzb_shuffle_run *run, uint32_t table);

#endif
