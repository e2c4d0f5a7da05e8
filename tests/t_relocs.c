/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fields that move, and moving them: bzboot/relocs.h. RELR words are laid by hand after the
 * gABI ("Relocation", SHT_RELR), CREL bytes after its mailing list, numbers after DWARF 5, section
 * 7.6.
 */
#include "test.h"

/* The kernel: two segments with bss, and between them a hole of 0x800 bytes, which is a PT_NOTE */
#define GAP 0x200000u
#define PADDR 0x1000000u
#define BASE 0xffffffff81000000u
#define TEXT_SIZE 0x1000u
#define TEXT_MEMORY 0x1800u
#define DATA 0x2000u			/* from BASE */
#define DATA_SIZE 0x4000u
#define DATA_END (DATA + DATA_SIZE)	/* end of its file bytes */
#define KERNEL_MEMORY 0x7000u
#define FILE_SIZE (GAP + DATA_END)
#define MEMORY_SIZE (GAP + KERNEL_MEMORY)

/* In the gap */
#define PHDR(n) (0x40u + 0x38u * (n))
#define SHDR(n) (0x200u + 0x40u * (n))
#define RELR SHDR(1)
#define CREL SHDR(2)
#define SYMTAB SHDR(3)
#define SHNUM 5u
#define NAMES 0x400u
#define SYMBOLS 0x500u
#define RELR_AT 0x1000u
#define CREL_AT 0x100000u
enum {
	P_OFFSET = 0x08,
	P_MEMSZ = 0x28,
	SH_NAME = 0x00,
	SH_TYPE = 0x04,
	SH_OFFSET = 0x18,
	SH_SIZE = 0x20,
	SH_LINK = 0x28,
};

static void put_phdr(unsigned char *at, uint64_t type, uint64_t distance, uint64_t filesz,
		     uint64_t memsz)
{
	put(at, 0x00, 4, type);
	put(at, 0x04, 4, 7);
	put(at, 0x08, 8, GAP + distance);
	put(at, 0x10, 8, BASE + distance);
	put(at, 0x18, 8, PADDR + distance);
	put(at, 0x20, 8, filesz);
	put(at, 0x28, 8, memsz);
	put(at, 0x30, 8, 0x1000);
}

static void put_shdr(unsigned char *at, uint64_t name, uint64_t type, uint64_t offset,
		     uint64_t size)
{
	put(at, SH_NAME, 4, name);
	put(at, SH_TYPE, 4, type);
	put(at, SH_OFFSET, 8, offset);
	put(at, SH_SIZE, 8, size);
}

/* Bytes that depend on their place, so that a field moved elsewhere is noticed */
static void fill(unsigned char *at, size_t size)
{
	uint32_t state = 0x2545f491;

	while (size--) {
		state = state * 1664525 + 1013904223;
		*at++ = (unsigned char)(state >> 24);
	}
}

static void put_header(unsigned char *file)
{
	memcpy(file, "\177ELF\2\1\1", 7);
	put(file, 0x10, 2, 2);
	put(file, 0x12, 2, 62);
	put(file, 0x14, 4, 1);
	put(file, 0x18, 8, PADDR);
	put(file, 0x20, 8, PHDR(0));
	put(file, 0x28, 8, SHDR(0));
	put(file, 0x34, 2, 0x40);
	put(file, 0x36, 2, 0x38);
	put(file, 0x38, 2, 3);
	put(file, 0x3a, 2, 0x40);
	put(file, 0x3c, 2, SHNUM);
	put(file, 0x3e, 2, SHNUM - 1);
}

/* Symbol 0 is undefined, symbol 1 in section 1 at BASE, symbol 2 absolute. */
static void put_symbols(unsigned char *at)
{
	put(at, 24 + 6, 2, 1);
	put(at, 24 + 8, 8, BASE);
	put(at, 2 * 24 + 6, 2, 0xfff1);
}

/* A payload ELF with these tables. The bytes after .crel are entries, if it is read too far. */
static struct bzb_span payload(struct bzb_span relr, struct bzb_span crel)
{
	static const char names[] = "\0.relr\0.crel\0.shstrtab";
	unsigned char *file = test_alloc(FILE_SIZE);

	memset(file, 0, FILE_SIZE);
	put_header(file);
	put_phdr(file + PHDR(0), 1, 0, TEXT_SIZE, TEXT_MEMORY);
	put_phdr(file + PHDR(1), 1, DATA, DATA_SIZE, KERNEL_MEMORY - DATA);
	put_phdr(file + PHDR(2), 4, TEXT_MEMORY, DATA - TEXT_MEMORY, DATA - TEXT_MEMORY);
	put_shdr(file + RELR, 1, 19, RELR_AT, relr.size);
	put_shdr(file + CREL, 7, 0x40000014, CREL_AT, crel.size);
	put(file, CREL + SH_LINK, 4, 3);
	put_shdr(file + SYMTAB, 0, 2, SYMBOLS, 3 * 24);
	put_shdr(file + SHDR(4), 13, 3, NAMES, sizeof(names));
	memcpy(file + NAMES, names, sizeof(names));
	put_symbols(file + SYMBOLS);
	if (relr.size)
		memcpy(file + RELR_AT, relr.data, relr.size);
	if (crel.size)
		memcpy(file + CREL_AT, crel.data, crel.size);
	memset(file + CREL_AT + crel.size, 4, 0x20);
	fill(file + GAP, DATA_END);
	return (struct bzb_span){ file, FILE_SIZE };
}

static const struct bzb_span none;

/* Little-endian 64-bit words */
static struct bzb_span words(const uint64_t *values, size_t count)
{
	unsigned char *bytes = test_alloc(8 * count);
	size_t i;

	for (i = 0; i < count; i++)
		put(bytes, 8 * i, 8, values[i]);
	return (struct bzb_span){ bytes, 8 * count };
}

#define WORDS(...)                                                             \
	words((const uint64_t[]){ __VA_ARGS__ },                               \
	      ARRAY_SIZE(((const uint64_t[]){ __VA_ARGS__ })))
#define BYTES(...)                                                             \
	exact((struct bzb_span){ (const unsigned char[]){ __VA_ARGS__ },       \
				 sizeof((const unsigned char[]){ __VA_ARGS__ }) })

/* Fields */

struct field {
	enum bzb_reloc_kind kind;
	uint64_t offset;
};

struct fields {
	struct field *list;
	size_t count, room;
};

static int collect(void *context, enum bzb_reloc_kind kind, uint64_t offset)
{
	struct fields *fields = context;

	if (fields->count == fields->room)
		return 1;
	fields->list[fields->count++] = (struct field){ kind, offset };
	return 0;
}

static struct fields room_for(size_t count)
{
	return (struct fields){ test_alloc(count * sizeof(struct field)), 0, count };
}

static void check_fields_seen(const struct fields *seen, const struct field *expected, size_t count)
{
	size_t i;

	CHECK_EQ(count, seen->count);
	for (i = 0; i < count; i++) {
		CHECK_EQ(expected[i].kind, seen->list[i].kind);
		CHECK_EQ(expected[i].offset, seen->list[i].offset);
	}
}

static void check_walk(const struct bzb_relocs *relocs, const struct field *expected, size_t count)
{
	struct fields seen = room_for(count);

	CHECK_RETURN(0, bzb_relocs_walk(relocs, collect, &seen));
	check_fields_seen(&seen, expected, count);
}

static void check_relr(struct bzb_span relr, const struct field *expected, size_t count)
{
	struct fields seen = room_for(count);

	CHECK_RETURN(0, bzb_relr_walk(relr, BASE, collect, &seen));
	check_fields_seen(&seen, expected, count);
}

/* The relocations found in a payload */
static struct bzb_relocs found(struct bzb_span file)
{
	struct bzb_relocs relocs;
	struct bzb_kernel_elf kernel;

	CHECK_OK(bzb_kernel_elf_parse(file, &kernel));
	CHECK_OK(bzb_relocs_find(&kernel, &relocs));
	return relocs;
}

/* RELR: the words, and the fields that they encode */

#define TOP 0x8000000000000000u

static const struct relr_row {
	const char *name;
	size_t word_count;
	uint64_t words[4];
	size_t offset_count;
	uint64_t offsets[4];
	bool shortest; /* bzb_relr_write() writes these words */
} relr_rows[] = {
	/* clang-format off */
	{ "one field", 1, { BASE }, 1, { 0 }, true },
	{ "one field further on", 1, { BASE + 8 }, 1, { 8 }, true },
	{ "the next word", 2, { BASE, 3 }, 2, { 0, 8 }, true },
	{ "the 63rd word after it", 2, { BASE, TOP | 1 }, 2, { 0, 0x1f8 }, true },
	{ "the first and the 63rd", 2, { BASE, TOP | 3 }, 3, { 0, 8, 0x1f8 }, true },
	{ "every second word", 2, { BASE + 0x10, 0x55 }, 4, { 0x10, 0x20, 0x30, 0x40 }, true },
	{ "words 3 and 5", 2, { BASE + 0x10, 0x29 }, 3, { 0x10, 0x28, 0x38 }, true },
	{ "the first word of a second bitmap", 3, { BASE, 3, 3 }, 3, { 0, 8, 0x200 }, true },
	{ "the last word of a second bitmap", 3, { BASE, 3, TOP | 1 }, 3, { 0, 8, 0x3f0 }, true },
	{ "a third bitmap", 4, { BASE, 3, 3, 5 }, 4, { 0, 8, 0x200, 0x400 }, true },
	{ "an empty bitmap", 3, { BASE, 1, 3 }, 2, { 0, 0x200 }, false },
	{ "only empty bitmaps", 4, { BASE, 1, 1, 1 }, 1, { 0 }, false },
	{ "two addresses", 2, { BASE, BASE + 0x200 }, 2, { 0, 0x200 }, true },
	{ "an address that a bitmap could encode", 3, { BASE, 3, BASE + 0x208 }, 3, { 0, 8, 0x208 },
	  false },
	{ "a bitmap after the second address", 4, { BASE, 3, BASE + DATA, 5 }, 4,
	  { 0, 8, DATA, DATA + 0x10 }, true },
	{ "even, but not a multiple of 8", 2, { BASE + 2, 5 }, 2, { 2, 0x12 }, true },
	{ "two fields not a word apart", 2, { BASE + 2, BASE + 14 }, 2, { 2, 14 }, true },
	/* clang-format on */
};

static void decodes_relr(void)
{
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(relr_rows); i++) {
		const struct relr_row *row = &relr_rows[i];
		struct bzb_span relr = exact(words(row->words, row->word_count));
		struct field expected[4];
		struct bzb_relocs relocs;

		test_state.subject = row->name;
		for (j = 0; j < row->offset_count; j++)
			expected[j] = (struct field){ BZB_RELOC_64, row->offsets[j] };
		check_relr(relr, expected, row->offset_count);
		check_relr(unaligned(relr), expected, row->offset_count);
		relocs = found(payload(relr, none));
		check_walk(&relocs, expected, row->offset_count);
	}
}

static struct bzb_span write_relr(const uint64_t *offsets, size_t count)
{
	size_t size = bzb_relr_write(BASE, offsets, count, NULL);
	unsigned char *to = test_alloc(size);

	CHECK(size <= 8 * count);
	CHECK_EQ(size, bzb_relr_write(BASE, offsets, count, to));
	return (struct bzb_span){ to, size };
}

static void encodes_relr(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(relr_rows); i++) {
		const struct relr_row *row = &relr_rows[i];
		struct bzb_span expected = words(row->words, row->word_count), written;

		if (!row->shortest)
			continue;
		test_state.subject = row->name;
		written = write_relr(row->offsets, row->offset_count);
		CHECK_EQ(expected.size, written.size);
		CHECK_BYTES(expected.data, written.data, written.size);
	}
}

/* A word for the first field, then one for every 63 more */
static void encodes_runs_of_words(void)
{
	uint64_t offsets[300];
	size_t count;

	for (count = 0; count < ARRAY_SIZE(offsets); count++) {
		size_t bitmaps = count ? (count - 1 + 62) / 63 : 0;
		struct bzb_span relr;
		struct field expected[300];
		size_t i;

		offsets[count] = 0x10 + 8 * count;
		relr = write_relr(offsets, count);
		CHECK_EQ(count ? 8 + 8 * bitmaps : 0, relr.size);
		for (i = 0; i < count; i++)
			expected[i] = (struct field){ BZB_RELOC_64, offsets[i] };
		check_relr(relr, expected, count);
	}
}

/* CREL: the bytes, and the fields that they name */

/* An entry of a field less than 32 bytes, or units, after the one before. */
#define ENTRY(distance, flags) ((distance) << 2 | (flags))

/* An entry of the field at this distance from BASE, less than 0x80000, after one at 0; in other
 * units. */
#define FIRST_OF(distance, bits, flags)                                        \
	0x80 | ((distance) & ((1 << (bits)) - 1)) << (7 - (bits)) | (flags),   \
	0x80 | ((distance) >> (bits) & 0x7f), 0x80 | ((distance) >> (bits) >> 7 & 0x7f)
#define FIRST(distance, flags)                                                 \
	FIRST_OF(distance, 5, flags), 0xa0, 0xe0, 0xff, 0xff, 0xff, 0xff, 0x07
#define FIRST_OF_8(distance, flags)                                            \
	FIRST_OF(distance, 5, flags), 0x84, 0xfc, 0xff, 0xff, 0xff, 0x7f
#define FIRST_WITH_ADDEND(distance, flags)                                     \
	FIRST_OF(distance, 4, flags), 0xc0, 0xc0, 0xff, 0xff, 0xff, 0xff, 0x0f

/* 47 bytes below the one before. */
#define BELOW_47(flags)                                                        \
	0x80 | ENTRY(17, flags), 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x07

#define ROW_BYTES(...) sizeof((unsigned char[]){ __VA_ARGS__ }), { __VA_ARGS__ }

static const struct crel_row {
	const char *name;
	size_t size;
	unsigned char bytes[40];
	size_t count;
	struct field fields[4];
	bool shortest; /* bzb_crel_write() writes it so */
} crel_rows[] = {
	{ "R_X86_64_64", ROW_BYTES(8, FIRST(0x11, 3), 1, 1), 1, { { 1, 0x11 } }, true },
	{ "R_X86_64_32", ROW_BYTES(8, FIRST(0x10, 3), 1, 10), 1, { { 2, 0x10 } }, false },
	{ "R_X86_64_32S", ROW_BYTES(8, FIRST(0x10, 3), 1, 11), 1, { { 2, 0x10 } }, true },
	{ "R_X86_64_PC32, absolute", ROW_BYTES(8, FIRST(0x20, 3), 2, 2), 1, { { 3, 0x20 } }, true },
	{ "R_X86_64_PC32, undefined", ROW_BYTES(8, FIRST(0x20, 2), 2), 1, { { 3, 0x20 } }, false },
	{ "R_X86_64_PC32, moving", ROW_BYTES(8, FIRST(0x20, 3), 1, 2), 0, { { 0, 0 } }, false },
	{ "R_X86_64_64, absolute", ROW_BYTES(8, FIRST(0x20, 3), 2, 1), 0, { { 0, 0 } }, false },
	{ "R_X86_64_32, absolute", ROW_BYTES(8, FIRST(0x20, 3), 2, 10), 0, { { 0, 0 } }, false },
	{ "R_X86_64_32S, absolute", ROW_BYTES(8, FIRST(0x20, 3), 2, 11), 0, { { 0, 0 } }, false },
	{ "R_X86_64_64, undefined", ROW_BYTES(8, FIRST(0x20, 2), 1), 0, { { 0, 0 } }, false },
	{ "R_X86_64_32, undefined", ROW_BYTES(8, FIRST(0x20, 2), 10), 0, { { 0, 0 } }, false },
	{ "R_X86_64_32S, undefined", ROW_BYTES(8, FIRST(0x20, 2), 11), 0, { { 0, 0 } }, false },
	{ "R_X86_64_NONE", ROW_BYTES(8, FIRST(0x20, 0)), 0, { { 0, 0 } }, false },
	{ "R_X86_64_NONE, moving", ROW_BYTES(8, FIRST(0x20, 3), 1, 0), 0, { { 0, 0 } }, false },
	{ "a field outside the kernel that does not move",
	  ROW_BYTES(8, ENTRY(1, 3), 1, 2),
	  0,
	  { { 0, 0 } },
	  false },
	{ "the last field",
	  ROW_BYTES(8, FIRST(DATA_END - 4, 3), 1, 11),
	  1,
	  { { 2, DATA_END - 4 } },
	  true },
	{ "31 further on",
	  ROW_BYTES(16, FIRST(0, 3), 1, 11, ENTRY(31, 0)),
	  2,
	  { { 2, 0 }, { 2, 31 } },
	  true },
	{ "32 further on",
	  ROW_BYTES(16, FIRST(0, 3), 1, 11, 0x80, 1),
	  2,
	  { { 2, 0 }, { 2, 32 } },
	  true },
	{ "33 further on",
	  ROW_BYTES(16, FIRST(0, 3), 1, 11, 0x84, 1),
	  2,
	  { { 2, 0 }, { 2, 33 } },
	  true },
	{ "0xffc further on",
	  ROW_BYTES(16, FIRST(0, 3), 2, 2, 0xf0, 0x7f),
	  2,
	  { { 3, 0 }, { 3, 0xffc } },
	  true },
	{ "0x2000 further on",
	  ROW_BYTES(16, FIRST(0, 3), 1, 1, 0x80, 0x80, 2),
	  2,
	  { { 1, 0 }, { 1, 0x2000 } },
	  true },
	{ "a type and a symbol change",
	  ROW_BYTES(16, FIRST(0x10, 3), 1, 11, ENTRY(4, 3), 1, 0x77),
	  2,
	  { { 2, 0x10 }, { 3, 0x14 } },
	  true },
	{ "a type changes",
	  ROW_BYTES(16, FIRST(0x10, 3), 1, 11, ENTRY(5, 2), 0x76),
	  2,
	  { { 2, 0x10 }, { 1, 0x15 } },
	  true },
	{ "a symbol changes",
	  ROW_BYTES(16, FIRST(0x10, 3), 2, 2, ENTRY(5, 1), 0x7e),
	  2,
	  { { 3, 0x10 }, { 3, 0x15 } },
	  false },
	{ "each kind, from a lower address on",
	  ROW_BYTES(32, FIRST(0x60, 3), 1, 11, BELOW_47(3), 1, 0x77, BELOW_47(3), 0x7f, 0x7f,
		    ENTRY(8, 0)),
	  4,
	  { { 2, 0x60 }, { 3, 0x31 }, { 1, 0x02 }, { 1, 0x0a } },
	  true },
	{ "a type of fields that do not move in between",
	  ROW_BYTES(24, FIRST(0x10, 3), 1, 11, ENTRY(1, 2), 0x77, ENTRY(1, 2), 9),
	  2,
	  { { 2, 0x10 }, { 2, 0x12 } },
	  false },
	{ "numbers longer than they need to be",
	  ROW_BYTES(0x90, 0x80, 0, FIRST(0x10, 3), 0x81, 0, 0x8b, 0x80, 0, 0x80 | ENTRY(1, 3), 0x81,
		    0, 0xff, 0x7f, 0xf7, 0xff, 0x7f),
	  2,
	  { { 2, 0x10 }, { 3, 0x31 } },
	  false },
	{ "negative numbers of ten bytes",
	  ROW_BYTES(16, FIRST(0x10, 3), 2, 2, ENTRY(4, 1), 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		    0xff, 0xff, 0x7f),
	  2,
	  { { 3, 0x10 }, { 3, 0x14 } },
	  false },
	{ "distances in units of 8",
	  ROW_BYTES(19, FIRST_OF_8(1, 3), 1, 1, ENTRY(3, 0)),
	  2,
	  { { 1, 8 }, { 1, 0x20 } },
	  false },
	{ "addends",
	  ROW_BYTES(36, FIRST_WITH_ADDEND(0x13, 7), 1, 11, 0x7f, 4 << 3, 0x80 | 2 << 3 | 4, 1, 0xff,
		    0, 0x80 | 3 << 3, 2),
	  4,
	  { { 2, 0x13 }, { 2, 0x17 }, { 2, 0x29 }, { 2, 0x4c } },
	  false },
	{ "no entries", ROW_BYTES(0), 0, { { 0, 0 } }, false },
};

static void decodes_crel(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(crel_rows); i++) {
		const struct crel_row *row = &crel_rows[i];
		struct bzb_relocs relocs;

		test_state.subject = row->name;
		relocs = found(payload(none, (struct bzb_span){ row->bytes, row->size }));
		check_walk(&relocs, row->fields, row->count);
	}
}

static struct bzb_span write_crel(uint64_t base, const struct bzb_crel_list *lists, size_t count)
{
	size_t size = bzb_crel_write(base, lists, count, NULL), fields = 0;
	unsigned char *to = test_alloc(size);

	for (size_t i = 0; i < count; i++)
		fields += lists[i].count;
	CHECK(size <= 12 * fields + 4 * count + 10);
	CHECK_EQ(size, bzb_crel_write(base, lists, count, to));
	return (struct bzb_span){ to, size };
}

/* A list for each kind of field. */
static struct bzb_span write_fields(const struct field *fields, size_t count)
{
	uint64_t *offsets = test_alloc(count * sizeof(*offsets));
	struct bzb_crel_list lists[8];
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		offsets[i] = fields[i].offset;
		if (!i || fields[i].kind != fields[i - 1].kind)
			lists[used++] = (struct bzb_crel_list){ fields[i].kind, offsets + i, 0 };
		lists[used - 1].count++;
	}
	return write_crel(BASE, lists, used);
}

static void check_written(const unsigned char *expected, size_t size, struct bzb_span written)
{
	CHECK_EQ(size, written.size);
	CHECK_BYTES(expected, written.data, size);
}

static void encodes_crel(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(crel_rows); i++) {
		const struct crel_row *row = &crel_rows[i];

		test_state.subject = row->name;
		if (row->shortest)
			check_written(row->bytes, row->size, write_fields(row->fields, row->count));
	}
}

/* At the ends of the address space; lists without fields say nothing, and no list changes
 * nothing. */
static void encodes_any_address(void)
{
	static const unsigned char expected[] = {
		16, ENTRY(0, 3), 1, 11, 0xfc, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x07,
	};
	static const uint64_t ends[] = { 0, UINT64_MAX };
	const struct bzb_crel_list lists[] = {
		{ BZB_RELOC_64, NULL, 0 },
		{ BZB_RELOC_32, ends, 1 },
		{ BZB_RELOC_32_INVERSE, NULL, 0 },
		{ BZB_RELOC_32, ends + 1, 1 },
	};

	check_written(expected, sizeof(expected), write_crel(0, lists, ARRAY_SIZE(lists)));
	check_written(expected, sizeof(expected),
		      write_crel(0, &(struct bzb_crel_list){ BZB_RELOC_32, ends, 2 }, 1));
	CHECK_EQ(0, bzb_crel_write(BASE, lists, 1, NULL));
	CHECK_EQ(0, bzb_crel_write(BASE, NULL, 0, NULL));
}

/* The count takes one byte for 15 fields, two for 2047. */
static void encodes_runs_of_fields(void)
{
	const size_t most = TEXT_SIZE / 4;
	uint64_t *offsets = test_alloc(most * sizeof(*offsets));

	for (size_t count = 1; count <= most; count += count < 20 ? 1 : 67) {
		const struct bzb_crel_list list = { BZB_RELOC_32, offsets, count };
		struct fields expected = room_for(count);
		struct bzb_relocs relocs;
		struct bzb_span crel;

		for (size_t i = 0; i < count; i++) {
			offsets[i] = 4 * i;
			collect(&expected, BZB_RELOC_32, offsets[i]);
		}
		crel = write_crel(BASE, &list, 1);
		CHECK_EQ(count + (count < 16 ? 12u : 13u), crel.size);
		relocs = found(payload(none, crel));
		check_walk(&relocs, expected.list, count);
	}
}

static void writes_symbols(void)
{
	static const unsigned char expected[3 * 24] = {
		[24] = 1, [24 + 6] = 0x34, 0x12, 0, 0, 0, 0x81, 0xff, 0xff, 0xff, 0xff,
		[48] = 8, [48 + 6] = 0xf1, 0xff,
	};
	struct bzb_elf_sym symbols[3];

	memset(symbols, 0xa5, sizeof(symbols));
	bzb_symbols_write(BASE, 0x1234, symbols);
	CHECK_BYTES(expected, (const unsigned char *)symbols, sizeof(expected));
	CHECK_TEXT("kernel", ((struct bzb_span){ (const unsigned char *)BZB_SYMBOL_NAMES + 1, 6 }));
	CHECK_BYTES("\0absolute", BZB_SYMBOL_NAMES + 7, sizeof("\0absolute"));
}

/* Finding, and walking */

static int ignore(void *context, enum bzb_reloc_kind kind, uint64_t offset)
{
	(void)context, (void)kind, (void)offset;
	return 0;
}

static int parse(struct bzb_span file)
{
	struct bzb_relocs relocs;
	struct bzb_kernel_elf kernel;
	int err = bzb_kernel_elf_parse(file, &kernel);

	if (!err)
		err = WATCHED(&relocs, bzb_relocs_find(&kernel, &relocs));
	return err ? err : bzb_relocs_walk(&relocs, ignore, NULL);
}

/* 64-bit fields at 0, 8 and DATA; 32-bit ones at 0x100 and 0x104; an inverse one at 0x110. */
static struct bzb_span good(void)
{
	return payload(WORDS(BASE, 3, BASE + DATA),
		       BYTES(24, FIRST(0x100, 3), 1, 11, ENTRY(4, 0), ENTRY(12, 3), 1, 0x77));
}

static void check_good(struct bzb_span file)
{
	static const struct field expected[] = {
		{ 2, 0x100 }, { 2, 0x104 }, { 3, 0x110 }, { 1, 0 }, { 1, 8 }, { 1, DATA },
	};
	struct bzb_relocs relocs = found(file);

	CHECK_EQ(BASE, relocs.base);
	check_walk(&relocs, expected, ARRAY_SIZE(expected));
}

static void reads_both_tables(void)
{
	check_good(good());
	check_good(unaligned(good()));
}

static void either_table_may_be_missing(void)
{
	CHECK_OK(parse(payload(WORDS(BASE), none)));
	CHECK_OK(parse(payload(none, BYTES(8, FIRST(0, 3), 1, 11))));
	CHECK_OK(parse(CHANGED(good(), { RELR + SH_NAME, 4, 0 })));
	CHECK_OK(parse(CHANGED(good(), { CREL + SH_NAME, 4, 0 })));
}

static void a_missing_table_is_reported(void)
{
	CHECK_ERR(BZB_ERR_NOTFOUND, parse(payload(none, none)));
	CHECK_ERR(BZB_ERR_NOTFOUND,
		  parse(CHANGED(good(), { RELR + SH_NAME, 4, 0 }, { CREL + SH_NAME, 4, 0 })));
	CHECK_ERR(BZB_ERR_NOTFOUND, parse(CHANGED(good(), { 0x3c, 2, 0 })));
}

/* The last place of each kind in each segment. */
static void fields_may_end_with_their_segment(void)
{
	static const uint32_t ends[] = { TEXT_SIZE, DATA_END };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		CHECK_OK(parse(payload(WORDS(BASE + ends[i] - 8), none)));
		CHECK_OK(parse(payload(none, BYTES(8, FIRST(ends[i] - 8, 3), 1, 1))));
		CHECK_OK(parse(payload(none, BYTES(8, FIRST(ends[i] - 4, 3), 1, 11))));
		CHECK_OK(parse(payload(none, BYTES(8, FIRST(ends[i] - 4, 3), 2, 2))));
	}
}

static void tables_may_end_with_the_gap(void)
{
	CHECK_OK(parse(CHANGED(good(), { RELR + SH_OFFSET, 8, GAP - 8 }, { RELR + SH_SIZE, 8, 8 },
			       { GAP - 8, 8, BASE })));
	CHECK_OK(parse(CHANGED(good(), { CREL + SH_OFFSET, 8, GAP - 1 },
			       { CREL + SH_SIZE, 8, 1 })));
	CHECK_OK(parse(CHANGED(good(), { SYMTAB + SH_OFFSET, 8, GAP - 72 }, { GAP - 42, 2, 1 },
			       { GAP - 18, 2, 0xfff1 })));
}

/* As in a payload that keeps the kernel's own symbols */
static void symbols_may_be_dynamic(void)
{
	CHECK_OK(parse(CHANGED(good(), { SYMTAB + SH_TYPE, 4, 11 })));
}

static const struct defect defects[] = {
	{ "relr_bitmap_first", { { RELR_AT, 8, 3 } }, BZB_ERR_BADRELOC },
	{ "relr_size_23", { { RELR + SH_SIZE, 8, 23 } }, BZB_ERR_BADRELOC },
	{ "relr_size_4", { { RELR + SH_SIZE, 8, 4 } }, BZB_ERR_BADRELOC },
	{ "relr_field_below", { { RELR_AT, 8, BASE - 8 } }, BZB_ERR_BADRELOC },
	{ "relr_field_at_0", { { RELR_AT, 8, 0 } }, BZB_ERR_BADRELOC },
	{ "relr_field_at_its_physical_address", { { RELR_AT, 8, PADDR } }, BZB_ERR_BADRELOC },
	{ "relr_field_4g_above", { { RELR_AT, 8, BASE + 0x100000000 } }, BZB_ERR_BADRELOC },
	{ "relr_field_in_bss", { { RELR_AT + 8, 8, BASE + TEXT_SIZE } }, BZB_ERR_BADRELOC },
	{ "relr_field_deep_in_bss",
	  { { RELR_AT + 8, 8, BASE + TEXT_SIZE + 0x100 } },
	  BZB_ERR_BADRELOC },
	{ "relr_field_in_a_hole", { { RELR_AT + 8, 8, BASE + TEXT_MEMORY } }, BZB_ERR_BADRELOC },
	{ "relr_field_in_the_last_bss",
	  { { RELR_AT + 16, 8, BASE + DATA_END } },
	  BZB_ERR_BADRELOC },
	{ "relr_field_after_the_kernel",
	  { { RELR_AT + 16, 8, BASE + KERNEL_MEMORY } },
	  BZB_ERR_BADRELOC },
	{ "relr_field_across_an_end",
	  { { RELR_AT + 8, 8, BASE + TEXT_SIZE - 6 } },
	  BZB_ERR_BADRELOC },
	{ "relr_field_across_the_last_end",
	  { { RELR_AT + 16, 8, BASE + DATA_END - 2 } },
	  BZB_ERR_BADRELOC },
	{ "relr_bitmap_runs_into_bss",
	  { { RELR_AT, 8, BASE + TEXT_SIZE - 0x10 }, { RELR_AT + 8, 8, 7 } },
	  BZB_ERR_BADRELOC },
	{ "relr_bitmap_runs_past_the_file",
	  { { RELR_AT, 8, BASE + DATA },
	    { RELR_AT + 8, 8, 3 },
	    { RELR_AT + 16, 8, TOP | 1 },
	    { RELR_AT + 24, 8, BASE + DATA_END },
	    { RELR + SH_SIZE, 8, 32 } },
	  BZB_ERR_BADRELOC },
	{ "relr_field_twice", { { RELR_AT + 16, 8, BASE } }, BZB_ERR_BADRELOC },
	{ "relr_field_of_a_bitmap_twice", { { RELR_AT + 16, 8, BASE + 8 } }, BZB_ERR_BADRELOC },
	{ "relr_addresses_descend",
	  { { RELR_AT, 8, BASE + DATA }, { RELR_AT + 16, 8, BASE } },
	  BZB_ERR_BADRELOC },
	{ "relr_is_rela", { { RELR + SH_TYPE, 4, 4 } }, BZB_ERR_BADRELOC },
	{ "relr_is_nobits", { { RELR + SH_TYPE, 4, 8 } }, BZB_ERR_BADRELOC },
	{ "relr_in_a_segment",
	  { { RELR + SH_OFFSET, 8, GAP }, { RELR + SH_SIZE, 8, 8 }, { GAP, 8, BASE + 0x100 } },
	  BZB_ERR_BADRELOC },
	{ "relr_across_the_end_of_the_gap",
	  { { RELR + SH_OFFSET, 8, GAP - 8 },
	    { RELR + SH_SIZE, 8, 16 },
	    { GAP - 8, 8, BASE + 0x100 },
	    { GAP, 8, 3 } },
	  BZB_ERR_BADRELOC },
	{ "crel_is_progbits", { { CREL + SH_TYPE, 4, 1 } }, BZB_ERR_BADRELOC },
	{ "crel_is_rela", { { CREL + SH_TYPE, 4, 4 } }, BZB_ERR_BADRELOC },
	{ "crel_is_relr", { { CREL + SH_TYPE, 4, 19 } }, BZB_ERR_BADRELOC },
	{ "crel_in_a_segment",
	  { { CREL + SH_OFFSET, 8, GAP }, { CREL + SH_SIZE, 8, 1 }, { GAP, 1, 0 } },
	  BZB_ERR_BADRELOC },
	{ "crel_across_the_end_of_the_gap",
	  { { CREL + SH_OFFSET, 8, GAP - 1 }, { CREL + SH_SIZE, 8, 2 }, { GAP - 1, 2, 0x80 } },
	  BZB_ERR_BADRELOC },
	{ "crel_without_symbols", { { CREL + SH_LINK, 4, 0 } }, BZB_ERR_BADRELOC },
	{ "crel_with_names_for_symbols", { { CREL + SH_LINK, 4, 4 } }, BZB_ERR_BADRELOC },
	{ "crel_with_symbols_after_the_sections",
	  { { CREL + SH_LINK, 4, SHNUM } },
	  BZB_ERR_BADRELOC },
	{ "crel_with_symbols_4g_on", { { CREL + SH_LINK, 4, UINT32_MAX } }, BZB_ERR_BADRELOC },
	{ "symbols_are_names", { { SYMTAB + SH_TYPE, 4, 3 } }, BZB_ERR_BADRELOC },
	{ "symbols_in_a_segment", { { SYMTAB + SH_OFFSET, 8, GAP } }, BZB_ERR_BADRELOC },
	{ "symbols_across_the_end_of_the_gap",
	  { { SYMTAB + SH_OFFSET, 8, GAP - 71 } },
	  BZB_ERR_BADRELOC },
	{ "symbols_too_few", { { SYMTAB + SH_SIZE, 8, 48 } }, BZB_ERR_BADRELOC },
	{ "symbols_one_byte_short", { { SYMTAB + SH_SIZE, 8, 71 } }, BZB_ERR_BADRELOC },
};

static void refuses_defects(void)
{
	check_defects(good(), defects, ARRAY_SIZE(defects), parse);
}

/* Bytes of .crel; entries of one byte follow. */
static const struct {
	const char *name;
	size_t size;
	unsigned char bytes[32];
} bad_crels[] = {
	{ "header_without_end", ROW_BYTES(0x88) },
	{ "header_of_65_bits",
	  ROW_BYTES(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02) },
	{ "header_of_11_bytes",
	  ROW_BYTES(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00) },
	{ "fewer_entries_than_count", ROW_BYTES(16, FIRST(0x10, 3), 1, 11) },
	{ "count_of_all_there_can_be", ROW_BYTES(0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
						 0xff, 0x01, FIRST(0x10, 3), 1, 11) },
	{ "bytes_left_over", ROW_BYTES(8, FIRST(0x10, 3), 1, 11, ENTRY(4, 0)) },
	{ "bytes_after_no_entries", ROW_BYTES(0, ENTRY(4, 0)) },
	{ "distance_without_end", ROW_BYTES(16, FIRST(0x10, 3), 1, 11, 0x90) },
	{ "distance_of_65_bits", ROW_BYTES(8, 0x80 | ENTRY(0, 0), 0x80, 0x80, 0x80, 0x80, 0x80,
					   0x80, 0x80, 0x80, 0x80, 0x02) },
	{ "symbol_without_end", ROW_BYTES(8, FIRST(0x10, 1), 0x81) },
	{ "type_without_end", ROW_BYTES(8, FIRST(0x10, 3), 1, 0x8b) },
	{ "addend_without_end", ROW_BYTES(12, FIRST_WITH_ADDEND(0x10, 7), 1, 11, 0x81) },
	{ "addend_of_65_bits", ROW_BYTES(12, FIRST_WITH_ADDEND(0x10, 7), 1, 11, 0x80, 0x80, 0x80,
					 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01) },
	{ "symbol_after_the_last", ROW_BYTES(8, FIRST(0x10, 3), 3, 11) },
	{ "symbol_minus_1", ROW_BYTES(8, FIRST(0x10, 3), 0x7f, 11) },
	{ "symbol_4g_and_1", ROW_BYTES(8, FIRST(0x10, 3), 0x81, 0x80, 0x80, 0x80, 0x10, 11) },
	{ "symbol_whose_offset_wraps",
	  ROW_BYTES(8, FIRST(0x10, 3), 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20, 11) },
	{ "type_3", ROW_BYTES(8, FIRST(0x10, 3), 1, 3) },
	{ "type_12", ROW_BYTES(8, FIRST(0x10, 3), 1, 12) },
	{ "type_minus_1", ROW_BYTES(8, FIRST(0x10, 3), 1, 0x7f) },
	{ "type_257", ROW_BYTES(8, FIRST(0x10, 3), 1, 0x81, 2) },
	{ "type_4g_and_1", ROW_BYTES(8, FIRST(0x10, 3), 1, 0x81, 0x80, 0x80, 0x80, 0x10) },
	{ "same_field_twice", ROW_BYTES(16, FIRST(0x10, 3), 1, 11, ENTRY(0, 0)) },
	{ "32_before_the_end_of_32", ROW_BYTES(16, FIRST(0x10, 3), 1, 11, ENTRY(3, 0)) },
	{ "inverse_before_the_end_of_inverse", ROW_BYTES(16, FIRST(0x10, 3), 2, 2, ENTRY(3, 0)) },
	{ "64_before_the_end_of_64", ROW_BYTES(16, FIRST(0x10, 3), 1, 1, ENTRY(7, 0)) },
	{ "32_before_the_end_of_32_in_a_run", ROW_BYTES(40, FIRST(DATA, 3), 1, 11, ENTRY(3, 0),
							ENTRY(8, 0), ENTRY(8, 0), ENTRY(8, 0)) },
	{ "64_before_the_end_of_64_in_a_run",
	  ROW_BYTES(40, FIRST(DATA, 3), 1, 1, ENTRY(7, 0), ENTRY(8, 0), ENTRY(8, 0), ENTRY(8, 0)) },
	{ "fields_descend", ROW_BYTES(16, FIRST(0x40, 3), 1, 11, BELOW_47(0)) },
	{ "64_across_an_end", ROW_BYTES(8, FIRST(TEXT_SIZE - 7, 3), 1, 1) },
	{ "32_across_an_end", ROW_BYTES(8, FIRST(TEXT_SIZE - 3, 3), 1, 11) },
	{ "inverse_across_an_end", ROW_BYTES(8, FIRST(TEXT_SIZE - 1, 3), 2, 2) },
	{ "64_across_the_last_end", ROW_BYTES(8, FIRST(DATA_END - 7, 3), 1, 1) },
	{ "32_across_the_last_end", ROW_BYTES(8, FIRST(DATA_END - 3, 3), 1, 11) },
	{ "in_bss", ROW_BYTES(8, FIRST(TEXT_SIZE, 3), 1, 11) },
	{ "deep_in_bss", ROW_BYTES(8, FIRST(TEXT_SIZE + 0x70, 3), 1, 11) },
	{ "in_the_last_bss", ROW_BYTES(8, FIRST(DATA_END, 3), 1, 11) },
	{ "in_a_hole", ROW_BYTES(8, FIRST(TEXT_MEMORY, 3), 1, 11) },
	{ "after_the_kernel", ROW_BYTES(8, FIRST(KERNEL_MEMORY, 3), 2, 2) },
	{ "at_0", ROW_BYTES(8, ENTRY(0, 3), 1, 11) },
	{ "below_the_kernel", ROW_BYTES(16, FIRST(0x20, 3), 1, 11, BELOW_47(2), 0x7f) },
	{ "4g_above", ROW_BYTES(8, 0x80 | ENTRY(0, 3), 0x80, 0x80, 0xa0, 0xe0, 0x80, 0x80, 0x80,
				0x80, 0x01, 1, 11) },
	{ "second_field_in_bss", ROW_BYTES(16, FIRST(0x20, 3), 1, 11, 0x80, 0x7f) },
	{ "second_type_in_bss", ROW_BYTES(16, FIRST(0x20, 3), 1, 11, 0x82, 0x7f, 0x76) },
};

static void refuses_bad_crels(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_crels); i++) {
		struct bzb_span crel = { bad_crels[i].bytes, bad_crels[i].size };
		int err = parse(payload(none, crel));

		test_state.subject = bad_crels[i].name;
		if (err != -BZB_ERR_BADRELOC)
			test_fail(__FILE__, __LINE__, "returns %d (%s)", err, bzb_strerror(err));
	}
}

/* Programs of the host read ELF files for all machines, loaders none of these. */
#ifdef BZB_ALL_MACHINES
#define MACHINE(number) { 0x12, 2, number }

/* Symbol 0 is undefined, 1 moves, 2 is absolute. */
static const struct {
	const char *name;
	uint16_t machine;
	size_t size;
	unsigned char bytes[20];
	size_t count;
} foreign_crels[] = {
	{ "R_AARCH64_RELATIVE", 183, ROW_BYTES(8, FIRST(0x10, 2), 0x83, 0x08), 1 },
	{ "R_AARCH64_ABS64", 183, ROW_BYTES(8, FIRST(0x10, 3), 1, 0x81, 0x02), 1 },
	{ "R_AARCH64_ABS64, absolute", 183, ROW_BYTES(8, FIRST(0x10, 3), 2, 0x81, 0x02), 0 },
	{ "R_AARCH64_JUMP_SLOT", 183, ROW_BYTES(8, FIRST(0x10, 3), 1, 0x82, 0x08), 1 },
	{ "R_AARCH64_NONE", 183, ROW_BYTES(8, FIRST(0x10, 3), 1, 0x80, 0x02), 0 },
	{ "R_RISCV_RELATIVE", 243, ROW_BYTES(8, FIRST(0x10, 2), 3), 1 },
	{ "R_RISCV_64", 243, ROW_BYTES(8, FIRST(0x10, 3), 1, 2), 1 },
	{ "R_RISCV_64, undefined", 243, ROW_BYTES(8, FIRST(0x10, 2), 2), 0 },
	{ "R_LARCH_RELATIVE, twice", 258, ROW_BYTES(16, FIRST(0x10, 2), 3, ENTRY(8, 0)), 2 },
	{ "R_LARCH_JUMP_SLOT", 258, ROW_BYTES(8, FIRST(0x10, 3), 1, 5), 1 },
};

static void decodes_crel_of_other_machines(void)
{
	const struct field fields[] = { { 1, 0x10 }, { 1, 0x18 } };

	for (size_t i = 0; i < ARRAY_SIZE(foreign_crels); i++) {
		const struct bzb_span crel = { foreign_crels[i].bytes, foreign_crels[i].size };
		struct bzb_relocs relocs;

		test_state.subject = foreign_crels[i].name;
		relocs = found(CHANGED(payload(none, crel), MACHINE(foreign_crels[i].machine)));
		check_walk(&relocs, fields, foreign_crels[i].count);
	}
}

/* R_X86_64_64, and R_X86_64_32S */
static void refuses_crel_of_another_machine(void)
{
	const struct bzb_span wide = payload(none, BYTES(8, FIRST(0x10, 3), 1, 1));
	const struct bzb_span half = payload(none, BYTES(8, FIRST(0x10, 3), 1, 11));

	CHECK_ERR(BZB_ERR_BADRELOC, parse(CHANGED(wide, MACHINE(183))));
	CHECK_ERR(BZB_ERR_BADRELOC, parse(CHANGED(half, MACHINE(243))));
	CHECK_ERR(BZB_ERR_BADRELOC, parse(CHANGED(half, MACHINE(258))));
}
#endif

/* No byte follows these. */
static void check_truncated(struct bzb_span whole)
{
	struct bzb_relocs relocs = found(payload(none, whole));

	CHECK_OK(bzb_relocs_walk(&relocs, ignore, NULL));
	for (size_t size = 1; size < whole.size; size++) {
		relocs.crel = exact(prefix(whole, size));
		CHECK_RETURN(-BZB_ERR_BADRELOC, bzb_relocs_walk(&relocs, ignore, NULL));
	}
}

static void refuses_truncated_tables(void)
{
	check_truncated(BYTES(64, FIRST(DATA, 3), 1, 11, ENTRY(4, 0), 0x80, 1, 0x80, 1, 0x80, 1,
			      ENTRY(4, 0), ENTRY(4, 0), 0x80, 1));
	check_truncated(BYTES(0xa4, 0, FIRST_WITH_ADDEND(0x10, 7), 0x81, 0, 0x8b, 0, 0xff, 0,
			      0x80 | 2 << 3 | 4, 0x81, 0, 0x7f, 4 << 3, 4 << 3 | 3, 0x81, 0, 0xf7,
			      0x7f));
}

static int check_overlaps(const struct bzb_relocs *relocs)
{
	size_t size = (size_t)(relocs->kernel.elf.memory_size + 7) / 8;

	return RETURNED(bzb_relocs_check(relocs, test_alloc(size), size));
}

static uint64_t width_of(enum bzb_reloc_kind kind)
{
	return kind == BZB_RELOC_64 ? 8 : 4;
}

/* Two fields, of two kinds in .crel, or the first of them in .relr. */
static void check_pair(struct bzb_relocs relocs, struct field a, struct field b)
{
	const bool overlap = a.offset < b.offset + width_of(b.kind) &&
			     b.offset < a.offset + width_of(a.kind);
	const int expected = overlap ? -BZB_ERR_BADRELOC : 0;

	relocs.relr = none;
	if (a.kind != b.kind) {
		relocs.crel = write_fields((struct field[]){ a, b }, 2);
		CHECK_RETURN(expected, check_overlaps(&relocs));
	}
	if (a.kind == BZB_RELOC_64 && a.offset % 2 == 0) {
		relocs.relr = write_relr(&a.offset, 1);
		relocs.crel = write_fields(&b, 1);
		CHECK_RETURN(expected, check_overlaps(&relocs));
	}
}

static void fields_must_not_overlap(void)
{
	const struct bzb_relocs relocs = found(good());

	CHECK_OK(check_overlaps(&relocs));
	for (int i = 0; i < 8 * 17 * 9; i++) {
		struct test_block *before = test_state.blocks;
		const struct field a = { 1 + i % 3, 0x100 + (uint64_t)i / 9 % 8 };
		const struct field b = { 1 + i / 3 % 3, a.offset + (uint64_t)i / 72 - 8 };

		check_pair(relocs, a, b);
		test_free(before);
	}
}

/* Tables without a field more than once for each type and symbol, and in .relr. */
static void no_table_may_overlap_itself(void)
{
	struct bzb_relocs relocs = found(payload(WORDS(BASE, BASE + 6), none));

	CHECK_ERR(BZB_ERR_BADRELOC, check_overlaps(&relocs));
	relocs = found(payload(none, BYTES(16, FIRST(0x10, 3), 1, 11, ENTRY(2, 2), 0x7f)));
	CHECK_ERR(BZB_ERR_BADRELOC, check_overlaps(&relocs));
	relocs = found(payload(none, BYTES(16, FIRST(0x10, 3), 1, 11, ENTRY(0, 2), 0)));
	CHECK_ERR(BZB_ERR_BADRELOC, check_overlaps(&relocs));
	/* what a walk refuses */
	relocs = found(payload(none, BYTES(8)));
	CHECK_ERR(BZB_ERR_BADRELOC, check_overlaps(&relocs));
}

static void looking_for_overlaps_takes_room(void)
{
	struct bzb_relocs relocs = found(good());
	size_t size = (size_t)(relocs.kernel.elf.memory_size + 7) / 8;
	void *scratch = test_alloc(size - 1);

	CHECK_ERR(BZB_ERR_NOSPACE, bzb_relocs_check(&relocs, scratch, size - 1));
}

/* In the last bytes of memory, whose bits are in the last byte of the room. */
static void the_last_bytes_have_bits(void)
{
	struct bzb_relocs relocs = found(CHANGED(payload(WORDS(BASE + DATA_END - 8), none),
						 { PHDR(1) + P_MEMSZ, 8, DATA_SIZE }));

	CHECK_OK(check_overlaps(&relocs));
	relocs.crel = BYTES(8, FIRST(DATA_END - 11, 3), 1, 11);
	relocs.symbols = found(good()).symbols;
	CHECK_ERR(BZB_ERR_BADRELOC, check_overlaps(&relocs));
}

/* Not whole entries, of any number of bytes; and a bitmap without an address. */
static void an_invalid_relr_is_refused(void)
{
	struct fields seen = room_for(3);

	for (size_t size = 0; size <= 24; size++) {
		struct bzb_span relr =
			exact(prefix(exact(words((uint64_t[]){ BASE, 3, 3 }, 3)), size));

		CHECK_RETURN(size % 8 ? -BZB_ERR_BADRELOC : 0,
			     bzb_relr_walk(relr, BASE, collect, &seen));
		CHECK_EQ(size % 8 ? 0 : size / 8, seen.count);
		seen.count = 0;
	}
	CHECK_ERR(BZB_ERR_BADRELOC, bzb_relr_walk(WORDS(3, BASE), BASE, collect, &seen));
	CHECK_EQ(0, seen.count);
}

static int stop_at_third(void *context, enum bzb_reloc_kind kind, uint64_t offset)
{
	(void)kind, (void)offset;
	return ++*(int *)context == 3 ? -77 : 0;
}

static void a_walk_can_be_stopped(void)
{
	struct bzb_relocs relr = found(payload(WORDS(BASE, TOP | 7, 3), none));
	struct bzb_relocs crel = found(payload(none, BYTES(32, FIRST(1, 3), 1, 11, ENTRY(4, 0),
							   ENTRY(4, 0), ENTRY(4, 0))));
	int seen = 0;

	CHECK_RETURN(-77, bzb_relocs_walk(&relr, stop_at_third, &seen));
	CHECK_EQ(3, seen);
	seen = 0;
	CHECK_RETURN(-77, bzb_relr_walk(relr.relr, BASE, stop_at_third, &seen));
	CHECK_EQ(3, seen);
	seen = 0;
	CHECK_RETURN(-77, bzb_relocs_walk(&crel, stop_at_third, &seen));
	CHECK_EQ(3, seen);
}

static const uint64_t slides[] = {
	0,	    0x200000,	 0x3fe00000,	 0x7fe00000,	      0x80000000,
	0xffe00000, 0x100000000, 0x123456789a00, -(uint64_t)0x200000,
};

/* The file where it belongs, and after it memory that is not clear. */
static unsigned char *in_memory(struct bzb_span file)
{
	unsigned char *memory = test_alloc(MEMORY_SIZE + 1) + 1;

	memcpy(memory, file.data, FILE_SIZE);
	memset(memory + FILE_SIZE, 0xb5, MEMORY_SIZE - FILE_SIZE);
	return memory;
}

/* Moving */

static void move_by_hand(unsigned char *memory, const struct field *field, uint64_t slide)
{
	size_t at = (size_t)(GAP + field->offset);

	switch (field->kind) {
	case BZB_RELOC_64:
		put(memory, at, 8, get(memory, at, 8) + slide);
		break;
	case BZB_RELOC_32:
		put(memory, at, 4, get(memory, at, 4) + slide);
		break;
	default:
		put(memory, at, 4, get(memory, at, 4) - slide);
	}
}

/* Only the fields, and no other byte */
static void check_apply(struct bzb_span file, const struct field *fields, size_t count,
			uint64_t slide)
{
	struct test_block *before = test_state.blocks;
	unsigned char *expected = in_memory(file), *memory = in_memory(file);
	struct bzb_relocs relocs = found((struct bzb_span){ memory, FILE_SIZE });
	size_t i;

	CHECK_EQ(MEMORY_SIZE, relocs.kernel.memory_size);
	for (i = 0; i < count; i++)
		move_by_hand(expected, &fields[i], slide);
	CHECK_OK(bzb_relocs_apply(&relocs, memory, slide));
	CHECK_BYTES(expected, memory, MEMORY_SIZE);
	CHECK_OK(bzb_relocs_apply(&relocs, memory, -slide));
	CHECK_BYTES(file.data, memory, FILE_SIZE);
	test_free(before);
}

/* The first field has moved, the second lies after the kernel. */
static void corrupt_tables_move_no_byte_beyond_their_fields(void)
{
	const struct field first = { 2, 0x10 };
	struct bzb_span file = payload(none, BYTES(16, FIRST(0x10, 3), 1, 11, 0x80, 0x80, 0x80, 1));
	unsigned char *expected = in_memory(file), *memory = in_memory(file);
	struct bzb_relocs relocs = found((struct bzb_span){ memory, FILE_SIZE });

	move_by_hand(expected, &first, 0x200000);
	CHECK_ERR(BZB_ERR_BADRELOC, bzb_relocs_apply(&relocs, memory, 0x200000));
	CHECK_BYTES(expected, memory, MEMORY_SIZE);
}

static void moves_each_kind(void)
{
	static const struct field fields[] = {
		/* clang-format off */
		{ 1, 0 }, { 1, 8 }, { 1, 0x200 }, { 1, DATA_END - 8 },
		{ 1, 0x11 }, { 1, TEXT_SIZE - 9 },
		{ 2, 0x20 }, { 2, 0x25 }, { 2, 0x2b }, { 2, DATA + 2 },
		{ 3, 0x33 }, { 3, DATA + 6 },
		/* clang-format on */
	};
	struct bzb_span file = payload(WORDS(BASE, 3, 3, BASE + DATA_END - 8),
				       write_fields(fields + 4, ARRAY_SIZE(fields) - 4));
	size_t i;

	for (i = 0; i < ARRAY_SIZE(slides); i++)
		check_apply(file, fields, ARRAY_SIZE(fields), slides[i]);
}

/* 32-bit fields: the address that sign extension makes of them (psABI) moves by the slide. */
static void moves_by_value(void)
{
	struct bzb_span file =
		CHANGED(payload(WORDS(BASE),
				BYTES(16, FIRST(0x10, 3), 1, 11, ENTRY(16, 3), 1, 0x77)),
			{ GAP, 8, 0xffffffff81000123 }, { GAP + 0x10, 4, 0x81000456 },
			{ GAP + 0x20, 4, 0x7f000789 });
	unsigned char *memory = in_memory(file);
	struct bzb_relocs relocs = found((struct bzb_span){ memory, FILE_SIZE });

	CHECK_OK(bzb_relocs_apply(&relocs, memory, 0x3e000000));
	CHECK_EQ(0xffffffffbf000123, get(memory, GAP, 8));
	CHECK_EQ(0xbf000456, get(memory, GAP + 0x10, 4));
	CHECK_EQ(0x41000789, get(memory, GAP + 0x20, 4));
}

/* Ranges: the pieces of the tables move the same bytes */

#define BORDERS_MAX 63u

struct pieces {
	struct bzb_relocs_piece *list;
	size_t count;
};

static int split(const struct bzb_relocs *relocs, const uint64_t *borders, uint32_t count,
		 size_t room, struct pieces *ret)
{
	struct pieces made = { test_alloc((room + 1) * sizeof(*made.list)), 0 };
	int err = WATCHED(&made.count,
			  bzb_relocs_split(relocs, borders, count, made.list, room, &made.count));

	*ret = made;
	return err;
}

static int apply_piece(const struct bzb_relocs *relocs, const struct bzb_relocs_piece *piece,
		       unsigned char *memory, uint64_t slide)
{
	return RETURNED(bzb_relocs_apply_piece(relocs, piece, memory, slide));
}

/* A kernel that has been moved as a whole, and one to move by pieces */
struct twins {
	struct bzb_span file;
	unsigned char *expected, *memory;
	struct bzb_relocs relocs;
	uint64_t slide;
	int err; /* of moving it as a whole */
};

static struct twins make_twins(struct bzb_span file, uint64_t slide)
{
	struct twins t = { file, in_memory(file), in_memory(file), .slide = slide };
	struct bzb_relocs whole = found((struct bzb_span){ t.expected, FILE_SIZE });

	t.relocs = found((struct bzb_span){ t.memory, FILE_SIZE });
	t.err = bzb_relocs_apply(&whole, t.expected, slide);
	return t;
}

/* A piece changes no byte outside its range; a field may cross a border that has an odd range. */
static void check_piece(const struct twins *t, const struct bzb_relocs_piece *piece,
			const uint64_t *borders, uint32_t count)
{
	const uint32_t n = piece->range / 2;
	const uint64_t start = n ? borders[n - 1] : 0;
	const uint64_t from = piece->range % 2 && borders[n] - start > 7 ? borders[n] - 7 : start;
	const uint64_t to = piece->range % 2 ? borders[n] + 7 : n < count ? borders[n] : DATA_END;
	unsigned char before[KERNEL_MEMORY], *kernel = t->memory + GAP;

	CHECK(piece->range <= 2 * count);
	memcpy(before, kernel, sizeof(before));
	CHECK_EQ(0, apply_piece(&t->relocs, piece, t->memory, t->slide));
	for (uint64_t i = 0; i < sizeof(before); i++)
		CHECK((i >= from && i < to) || before[i] == kernel[i]);
}

/* The last pieces first; afterwards the kernel is as it was. */
static void check_split(const struct twins *t, const uint64_t *borders, uint32_t count, size_t room)
{
	struct test_block *blocks = test_state.blocks;
	unsigned char *kernel = t->memory + GAP;
	struct pieces pieces;

	CHECK_RETURN(t->err, split(&t->relocs, borders, count, room, &pieces));
	if (!t->err) {
		CHECK_BYTES(t->file.data + GAP, kernel, DATA_END);
		for (size_t i = pieces.count; i--;)
			check_piece(t, &pieces.list[i], borders, count);
		CHECK_BYTES(t->expected + GAP, kernel, KERNEL_MEMORY);
		memcpy(kernel, t->file.data + GAP, DATA_END);
	}
	test_free(blocks);
}

/* Random sets: written, parsed, walked, applied */

static uint32_t random_state;

/* Marsaglia, "Xorshift RNGs" */
static uint32_t random_below(uint32_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % limit;
}

/* In the order of a walk */
enum { WIDE_ODD, HALF, INVERSE, WIDE_EVEN, LISTS };

struct set {
	uint64_t *offsets[LISTS];
	size_t count[LISTS];
	struct fields all; /* in the order of a walk */
};

static const enum bzb_reloc_kind kind_of_list[LISTS] = {
	BZB_RELOC_64,
	BZB_RELOC_32,
	BZB_RELOC_32_INVERSE,
	BZB_RELOC_64,
};

/* Fields that do not overlap, up to @step bytes apart, in the file bytes of both segments */
static struct set random_set(uint32_t step)
{
	struct set set = { .all = room_for(DATA_END / 4) };
	uint64_t at = random_below(step);
	int list;

	for (list = 0; list < LISTS; list++)
		set.offsets[list] = test_alloc(DATA_END / 4 * sizeof(uint64_t));
	while (at <= DATA_END - 8) {
		if (at > TEXT_SIZE - 8 && at < DATA)
			at = DATA;
		list = (int)random_below(LISTS + 4); /* most are aligned words */
		if (list >= LISTS || (list == WIDE_EVEN && at % 2) ||
		    (list == WIDE_ODD && at % 2 == 0)) {
			list = WIDE_EVEN;
			at = (at + 7) / 8 * 8;
		}
		if (at > DATA_END - 8 || (at > TEXT_SIZE - 8 && at < DATA))
			continue;
		set.offsets[list][set.count[list]++] = at;
		at += (kind_of_list[list] == BZB_RELOC_64 ? 8 : 4) + random_below(step);
	}
	for (list = 0; list < LISTS; list++)
		for (size_t i = 0; i < set.count[list]; i++)
			CHECK_EQ(0, collect(&set.all, kind_of_list[list], set.offsets[list][i]));
	return set;
}

/* Of parts of any size, whose tables need no more room than those of bzboot */
static void check_random_borders(struct bzb_span file)
{
	static const uint32_t counts[] = { 0, 1, 2, 3, 7, BORDERS_MAX };

	const struct twins twins = make_twins(file, slides[random_below(ARRAY_SIZE(slides))]);

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		uint64_t borders[BORDERS_MAX], at = 0;

		for (uint32_t n = 0; n < counts[i]; n++)
			borders[n] = at += random_below(2 * DATA_END / counts[i]);
		check_split(&twins, borders, counts[i], BZB_RELOCS_PIECES(counts[i]));
	}
}

static void check_round_trip(uint32_t step)
{
	struct set set = random_set(step);
	struct bzb_crel_list lists[WIDE_EVEN];
	struct bzb_span relr, file;
	struct bzb_relocs relocs;
	int list;

	relr = write_relr(set.offsets[WIDE_EVEN], set.count[WIDE_EVEN]);
	for (list = WIDE_ODD; list < WIDE_EVEN; list++)
		lists[list] = (struct bzb_crel_list){
			kind_of_list[list],
			set.offsets[list],
			set.count[list],
		};
	file = payload(relr, write_crel(BASE, lists, ARRAY_SIZE(lists)));
	relocs = found(file);
	check_walk(&relocs, set.all.list, set.all.count);
	check_apply(file, set.all.list, set.all.count, slides[random_below(ARRAY_SIZE(slides))]);
	check_random_borders(file);
}

static void random_sets_survive(void)
{
	static const uint32_t steps[] = { 1, 2, 9, 17, 100, 700, 5000 };
	size_t i;

	random_state = 0x9e3779b9;
	for (i = 0; i < 8 * ARRAY_SIZE(steps); i++) {
		struct test_block *before = test_state.blocks;

		check_round_trip(steps[i % ARRAY_SIZE(steps)]);
		test_free(before);
	}
}

/* Borders */

/* With a border, and two and three, at each byte of these fields */
static void check_borders(const struct twins *twins, uint64_t from, uint64_t to)
{
	for (uint64_t border = from; border < to; border++) {
		const uint64_t borders[] = { border, border + 3 + border % 9, DATA };

		for (uint32_t count = 1; count <= ARRAY_SIZE(borders); count++)
			check_split(twins, borders, count, 1000);
	}
}

static void borders_may_be_anywhere(void)
{
	const uint64_t slide = 0x123456789a00000;

	for (size_t i = 0; i < ARRAY_SIZE(crel_rows) + ARRAY_SIZE(relr_rows); i++) {
		struct test_block *before = test_state.blocks;
		const bool is_crel = i < ARRAY_SIZE(crel_rows);
		const struct crel_row *crel = &crel_rows[is_crel ? i : 0];
		const struct relr_row *relr = &relr_rows[is_crel ? 0 : i - ARRAY_SIZE(crel_rows)];
		struct twins twins;

		test_state.subject = is_crel ? crel->name : relr->name;
		if (is_crel && !crel->size)
			continue;
		twins = make_twins(is_crel ? payload(none,
						     (struct bzb_span){ crel->bytes, crel->size }) :
					     payload(words(relr->words, relr->word_count), none),
				   slide);
		check_borders(&twins, 0, 0x60);
		check_borders(&twins, 0x1f0, 0x210);
		test_free(before);
	}
}

static void bad_tables_are_not_split(void)
{
	const uint64_t borders[] = { 0x20, 0x100, DATA };
	struct pieces pieces;

	for (size_t i = 0; i < ARRAY_SIZE(bad_crels); i++) {
		struct bzb_relocs relocs = found(good());

		relocs.crel = (struct bzb_span){ bad_crels[i].bytes, bad_crels[i].size };
		test_state.subject = bad_crels[i].name;
		CHECK_ERR(BZB_ERR_BADRELOC,
			  split(&relocs, borders, ARRAY_SIZE(borders), 100, &pieces));
	}
	for (size_t i = 0; i < ARRAY_SIZE(defects); i++) {
		struct bzb_span file = changed(good(), defects[i].changes);
		struct bzb_kernel_elf kernel;
		struct bzb_relocs relocs;

		test_state.subject = defects[i].name;
		if (!bzb_kernel_elf_parse(file, &kernel) && !bzb_relocs_find(&kernel, &relocs))
			CHECK_ERR(BZB_ERR_BADRELOC,
				  split(&relocs, borders, ARRAY_SIZE(borders), 100, &pieces));
	}
}

/* The tables are not those that were split. */
static void changed_tables_move_no_byte_beyond_fields(void)
{
	const uint64_t borders[] = { 0x104 };
	unsigned char *memory = in_memory(good());
	struct bzb_relocs relocs = found((struct bzb_span){ memory, FILE_SIZE });
	struct pieces pieces;
	size_t refused = 0;

	CHECK_OK(split(&relocs, borders, 1, 100, &pieces));
	put(memory, RELR_AT + 16, 8, BASE + DATA_END);
	put(memory, CREL_AT + 13, 1, 0x12); /* type 0x3e */
	for (size_t i = 0; i < pieces.count; i++)
		if (apply_piece(&relocs, &pieces.list[i], memory, 0x200000) == -BZB_ERR_BADRELOC)
			refused++;
	CHECK_EQ(2, refused);
	CHECK_BYTES(good().data + GAP + DATA, memory + GAP + DATA, DATA_SIZE);
}

/* Fields in turn before and after a border: each is a piece. */
static void pieces_take_room(void)
{
	const uint64_t borders[] = { 0x800 };
	const struct field fields[] = {
		{ 2, 0x10 }, { 3, 0x900 }, { 2, 0x20 }, { 3, 0x910 }, { 2, 0x30 },
	};
	struct bzb_span file =
		payload(WORDS(BASE + 0x40, BASE + DATA), write_fields(fields, ARRAY_SIZE(fields)));
	struct bzb_relocs relocs = found(file);
	struct pieces pieces;
	struct twins twins;

	for (size_t room = 0; room < 7; room++)
		CHECK_ERR(BZB_ERR_NOSPACE, split(&relocs, borders, 1, room, &pieces));
	CHECK_OK(split(&relocs, borders, 1, 7, &pieces));
	CHECK_EQ(7, pieces.count);
	twins = make_twins(file, 0x200000);
	check_split(&twins, borders, 1, 7);
}

/* The largest slide */

static void knows_how_far_a_kernel_may_move(void)
{
	static const struct {
		uint64_t address, size, max;
	} rows[] = {
		{ 0xffffffff81000000, 0x1000000, 0x3e000000 },
		{ 0xffffffff81000000, 0x3effffff, 1 },
		{ 0xffffffff81000000, 0x3f000000, 0 },
		{ 0xffffffff81000000, 0x3f000001, 0 },
		{ 0xffffffff81000000, 0x80000000, 0 },
		{ 0xffffffff81000000, UINT64_MAX, 0 },
		{ 0xffffffff80000000, 0x40000000, 0 },
		{ 0xffffffff80000000, 0x3fffffff, 1 },
		{ 0xffffffffbfe00000, 0x200000, 0 },
		{ 0xffffffffbfe00000, 0x100000, 0x100000 },
		{ 0xffffffffc0000000, 0x200000, 0x3fe00000 },
		{ 0x1000000, 0x200000, 0x3ee00000 },
		{ 0, 0x200000, 0x3fe00000 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		CHECK_EQ(rows[i].max, bzb_slide_max(rows[i].address, rows[i].size));
}

static const struct test tests[] = {
	{ "RELR words are decoded as in the gABI", decodes_relr },
	{ "fields are written as the shortest RELR", encodes_relr },
	{ "runs of words take a bitmap for each 63", encodes_runs_of_words },
	{ "CREL entries name the fields and kinds that they should", decodes_crel },
#ifdef BZB_ALL_MACHINES
	{ "CREL has the types of its machine", decodes_crel_of_other_machines },
	{ "CREL has no types of another machine", refuses_crel_of_another_machine },
#endif
	{ "fields are written as the shortest CREL", encodes_crel },
	{ "fields at any address, and none, are written", encodes_any_address },
	{ "runs of fields take a byte each", encodes_runs_of_fields },
	{ "the symbols are an undefined, a moving and an absolute one", writes_symbols },
	{ "both tables of a payload are read", reads_both_tables },
	{ "either table may be missing", either_table_may_be_missing },
	{ "a kernel without tables cannot be moved", a_missing_table_is_reported },
	{ "fields may end where the file bytes of their segment do",
	  fields_may_end_with_their_segment },
	{ "tables may end where the gap does", tables_may_end_with_the_gap },
	{ "symbols of .crel may be dynamic ones", symbols_may_be_dynamic },
	{ "defective tables are refused", refuses_defects },
	{ "defective CREL tables are refused", refuses_bad_crels },
	{ "every truncated CREL table is refused", refuses_truncated_tables },
	{ "fields must not overlap", fields_must_not_overlap },
	{ "no table may overlap itself", no_table_may_overlap_itself },
	{ "the last bytes of memory have their bits", the_last_bytes_have_bits },
	{ "looking for overlaps takes room", looking_for_overlaps_takes_room },
	{ "an invalid RELR table is not walked", an_invalid_relr_is_refused },
	{ "a walk ends when its visitor says so", a_walk_can_be_stopped },
	{ "fields move and nothing else does, near and far, there and back", moves_each_kind },
	{ "corrupt tables move no byte beyond their fields",
	  corrupt_tables_move_no_byte_beyond_their_fields },
	{ "fields move to the value they should have", moves_by_value },
	{ "random sets are written, read and applied", random_sets_survive },
	{ "each byte may be a border of ranges", borders_may_be_anywhere },
	{ "defective tables are not split", bad_tables_are_not_split },
	{ "tables that change after they were split move nothing but fields",
	  changed_tables_move_no_byte_beyond_fields },
	{ "pieces take room", pieces_take_room },
	{ "a kernel may slide to the end of its window", knows_how_far_a_kernel_may_move },
};

int main(void)
{
	return RUN_TESTS(tests);
}
