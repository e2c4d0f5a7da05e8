/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fields that move, and moving them: bzboot/relocs.h. RELR words are made by hand after
 * the gABI ("Relocation", SHT_RELR), numbers in ULEB128 after DWARF 5, section 7.6.
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
#define RELD SHDR(2)
#define NAMES 0x400u
#define RELR_AT 0x1000u
#define RELD_AT 0x100000u
enum { P_OFFSET = 0x08, SH_NAME = 0x00, SH_TYPE = 0x04, SH_OFFSET = 0x18, SH_SIZE = 0x20 };

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
	put(file, 0x3c, 2, 4);
	put(file, 0x3e, 2, 3);
}

/* A payload ELF with these tables. The bytes after .reld would continue it. */
static struct bzb_span payload(struct bzb_span relr, struct bzb_span reld)
{
	static const char names[] = "\0.relr\0.reld\0.shstrtab";
	unsigned char *file = test_alloc(FILE_SIZE);

	memset(file, 0, FILE_SIZE);
	put_header(file);
	put_phdr(file + PHDR(0), 1, 0, TEXT_SIZE, TEXT_MEMORY);
	put_phdr(file + PHDR(1), 1, DATA, DATA_SIZE, KERNEL_MEMORY - DATA);
	put_phdr(file + PHDR(2), 4, TEXT_MEMORY, DATA - TEXT_MEMORY, DATA - TEXT_MEMORY);
	put_shdr(file + RELR, 1, 19, RELR_AT, relr.size);
	put_shdr(file + RELD, 7, 0x80627a62, RELD_AT, reld.size);
	put_shdr(file + SHDR(3), 13, 3, NAMES, sizeof(names));
	memcpy(file + NAMES, names, sizeof(names));
	if (relr.size)
		memcpy(file + RELR_AT, relr.data, relr.size);
	if (reld.size)
		memcpy(file + RELD_AT, reld.data, reld.size);
	memset(file + RELD_AT + reld.size, 4, 0x20);
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
	{ "the 63rd word after", 2, { BASE, TOP | 1 }, 2, { 0, 0x1f8 }, true },
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

/* Distances */

static const struct reld_row {
	const char *name;
	size_t size;
	unsigned char bytes[16];
	size_t count;
	struct field fields[3];
	bool shortest; /* bzb_reld_write() writes these bytes, if it is one list */
} reld_rows[] = {
	/* clang-format off */
	{ "0", 3, { 1, 1, 0 }, 1, { { 1, 0 } }, true },
	{ "127", 3, { 2, 1, 0x7f }, 1, { { 2, 127 } }, true },
	{ "128", 4, { 3, 1, 0x80, 0x01 }, 1, { { 3, 128 } }, true },
	{ "129", 4, { 1, 1, 0x81, 0x01 }, 1, { { 1, 129 } }, true },
	{ "12857", 4, { 2, 1, 0xb9, 0x64 }, 1, { { 2, 12857 } }, true },
	{ "the largest number", 12,
	  { 2, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01 }, 1,
	  { { 2, UINT64_MAX } }, true },
	{ "2 to the 63", 12, { 2, 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01 },
	  1, { { 2, TOP } }, true },
	{ "three, by distance", 6, { 2, 3, 0x10, 0x04, 0x81, 0x01 }, 3,
	  { { 2, 0x10 }, { 2, 0x14 }, { 2, 0x95 } }, true },
	{ "two lists", 6, { 1, 1, 0x11, 3, 1, 0x04 }, 2, { { 1, 0x11 }, { 3, 0x04 } }, false },
	{ "two lists of a kind", 6, { 2, 1, 0x10, 2, 1, 0x08 }, 2, { { 2, 0x10 }, { 2, 0x08 } },
	  false },
	{ "an empty list", 2, { 2, 0 }, 0, { { 0, 0 } }, false },
	{ "an empty list before another", 5, { 2, 0, 3, 1, 5 }, 1, { { 3, 5 } }, false },
	{ "numbers longer than necessary", 7, { 0x82, 0, 0x81, 0x80, 0, 0x90, 0 }, 1,
	  { { 2, 0x10 } }, false },
	/* clang-format on */
};

/* The rows whose fields are in the kernel */
static void decodes_distances(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(reld_rows); i++) {
		const struct reld_row *row = &reld_rows[i];
		struct bzb_relocs relocs;

		test_state.subject = row->name;
		if (row->fields[0].offset >= DATA_END)
			continue;
		relocs = found(payload(none, (struct bzb_span){ row->bytes, row->size }));
		check_walk(&relocs, row->fields, row->count);
	}
}

static struct bzb_span write_reld(enum bzb_reloc_kind kind, const uint64_t *offsets, size_t count)
{
	size_t size = bzb_reld_write(kind, offsets, count, NULL);
	unsigned char *to = test_alloc(size);

	CHECK(size <= 10 * count + 11);
	CHECK_EQ(size, bzb_reld_write(kind, offsets, count, to));
	return (struct bzb_span){ to, size };
}

static void encodes_distances(void)
{
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(reld_rows); i++) {
		const struct reld_row *row = &reld_rows[i];
		struct bzb_span written;
		uint64_t offsets[3];

		if (!row->shortest)
			continue;
		test_state.subject = row->name;
		for (j = 0; j < row->count; j++)
			offsets[j] = row->fields[j].offset;
		written = write_reld(row->fields[0].kind, offsets, row->count);
		CHECK_EQ(row->size, written.size);
		CHECK_BYTES(row->bytes, written.data, written.size);
	}
	CHECK_EQ(0, bzb_reld_write(BZB_RELOC_32, NULL, 0, NULL));
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
	return payload(WORDS(BASE, 3, BASE + DATA), BYTES(2, 2, 0x80, 2, 4, 3, 1, 0x90, 2));
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
	CHECK_OK(parse(payload(none, BYTES(2, 1, 0))));
	CHECK_OK(parse(CHANGED(good(), { RELR + SH_NAME, 4, 0 })));
	CHECK_OK(parse(CHANGED(good(), { RELD + SH_NAME, 4, 0 })));
}

static void without_tables_nothing_moves(void)
{
	CHECK_ERR(BZB_ERR_NOTFOUND, parse(payload(none, none)));
	CHECK_ERR(BZB_ERR_NOTFOUND,
		  parse(CHANGED(good(), { RELR + SH_NAME, 4, 0 }, { RELD + SH_NAME, 4, 0 })));
	CHECK_ERR(BZB_ERR_NOTFOUND, parse(CHANGED(good(), { 0x3c, 2, 0 })));
}

static void a_list_may_be_empty(void)
{
	CHECK_OK(parse(payload(none, BYTES(2, 0))));
}

/* The last place of each kind in each segment */
static void fields_may_end_with_their_segment(void)
{
	CHECK_OK(parse(payload(WORDS(BASE + TEXT_SIZE - 8), none)));
	CHECK_OK(parse(payload(WORDS(BASE + DATA_END - 8), none)));
	CHECK_OK(parse(payload(none, BYTES(1, 1, 0xf8, 0x1f))));
	CHECK_OK(parse(payload(none, BYTES(2, 1, 0xfc, 0x1f))));
	CHECK_OK(parse(payload(none, BYTES(3, 1, 0xfc, 0x1f))));
	CHECK_OK(parse(payload(none, BYTES(1, 1, 0xf8, 0xbf, 0x01))));
	CHECK_OK(parse(payload(none, BYTES(2, 1, 0xfc, 0xbf, 0x01))));
}

static void tables_may_end_with_the_gap(void)
{
	CHECK_OK(parse(CHANGED(good(), { RELR + SH_OFFSET, 8, GAP - 8 }, { RELR + SH_SIZE, 8, 8 },
			       { GAP - 8, 8, BASE })));
	CHECK_OK(parse(CHANGED(good(), { RELD + SH_OFFSET, 8, GAP - 3 }, { RELD + SH_SIZE, 8, 3 },
			       { GAP - 3, 3, 0x100102 })));
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
	{ "reld_is_progbits", { { RELD + SH_TYPE, 4, 1 } }, BZB_ERR_BADRELOC },
	{ "reld_in_a_segment",
	  { { RELD + SH_OFFSET, 8, GAP }, { RELD + SH_SIZE, 8, 3 }, { GAP, 3, 0x100102 } },
	  BZB_ERR_BADRELOC },
	{ "reld_across_the_end_of_the_gap",
	  { { RELD + SH_OFFSET, 8, GAP - 2 }, { RELD + SH_SIZE, 8, 3 }, { GAP - 2, 3, 0x100102 } },
	  BZB_ERR_BADRELOC },
};

static void refuses_defects(void)
{
	check_defects(good(), defects, ARRAY_SIZE(defects), parse);
}

/* Bytes of .reld; 04 follows, which would continue most of them */
static const struct {
	const char *name;
	size_t size;
	unsigned char bytes[14];
} bad_relds[] = {
	{ "reld_kind_0", 3, { 0, 1, 0x10 } },
	{ "reld_kind_5", 3, { 5, 1, 0x10 } },
	{ "reld_kind_4g_and_1", 7, { 0x81, 0x80, 0x80, 0x80, 0x10, 1, 0x10 } },
	{ "reld_kind_5_of_nothing", 2, { 5, 0 } },
	{ "reld_kind_without_count", 1, { 2 } },
	{ "reld_count_without_fields", 2, { 2, 1 } },
	{ "reld_fewer_fields_than_count", 3, { 2, 2, 0x10 } },
	{ "reld_count_of_all_there_is",
	  12,
	  { 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0x10 } },
	{ "reld_kind_without_end", 1, { 0x82 } },
	{ "reld_count_without_end", 2, { 2, 0x81 } },
	{ "reld_number_without_end", 3, { 2, 1, 0x90 } },
	{ "reld_number_of_65_bits",
	  12,
	  { 2, 1, 0x90, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02 } },
	{ "reld_number_of_11_bytes",
	  13,
	  { 2, 1, 0x90, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00 } },
	{ "reld_distance_0", 4, { 2, 2, 0x10, 0 } },
	{ "reld_distance_0_in_two_bytes", 5, { 2, 2, 0x10, 0x80, 0 } },
	{ "reld_distance_wraps",
	  13,
	  { 2, 2, 0x10, 0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01 } },
	{ "reld_64_across_an_end", 4, { 1, 1, 0xf9, 0x1f } },
	{ "reld_32_across_an_end", 4, { 2, 1, 0xfd, 0x1f } },
	{ "reld_inverse_across_an_end", 4, { 3, 1, 0xff, 0x1f } },
	{ "reld_64_across_the_last_end", 5, { 1, 1, 0xf9, 0xbf, 0x01 } },
	{ "reld_32_across_the_last_end", 5, { 2, 1, 0xfd, 0xbf, 0x01 } },
	{ "reld_in_bss", 4, { 2, 1, 0x80, 0x20 } },
	{ "reld_deep_in_bss", 4, { 2, 1, 0xf0, 0x20 } },
	{ "reld_in_a_hole", 4, { 2, 1, 0x80, 0x30 } },
	{ "reld_after_the_kernel", 5, { 3, 1, 0x80, 0xe0, 0x01 } },
	{ "reld_4g_above", 7, { 2, 1, 0x80, 0x80, 0x80, 0x80, 0x10 } },
	{ "reld_second_field_in_bss", 5, { 2, 2, 0x10, 0xf0, 0x1f } },
	{ "reld_second_list_in_bss", 7, { 2, 1, 0x10, 3, 1, 0x80, 0x20 } },
};

static void refuses_bad_distances(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad_relds); i++) {
		struct bzb_span reld = { bad_relds[i].bytes, bad_relds[i].size };
		int err = parse(payload(none, reld));

		test_state.subject = bad_relds[i].name;
		if (err != -BZB_ERR_BADRELOC)
			test_fail(__FILE__, __LINE__, "returns %d (%s)", err, bzb_strerror(err));
	}
}

/* No bytes follow these, so that every read past the end is noticed. */
static void refuses_truncated_lists(void)
{
	struct bzb_span whole = BYTES(0x82, 0, 0x82, 0, 0x90, 0x81, 1, 0x84, 0, 3, 1, 0xa0, 2);
	struct bzb_relocs relocs = found(payload(none, whole));
	size_t size;

	for (size = 0; size <= whole.size; size++) {
		bool complete = size == 0 || size == 9 || size == whole.size;

		relocs.reld = exact(prefix(whole, size));
		CHECK_RETURN(complete ? 0 : -BZB_ERR_BADRELOC,
			     bzb_relocs_walk(&relocs, ignore, NULL));
	}
}

static int check_overlaps(struct bzb_span file)
{
	struct bzb_relocs relocs = found(file);
	size_t size = (size_t)(relocs.kernel.elf.memory_size + 7) / 8;

	return RETURNED(bzb_relocs_check(&relocs, test_alloc(size), size));
}

static void fields_must_not_overlap(void)
{
	CHECK_OK(check_overlaps(good()));
	CHECK_OK(check_overlaps(payload(WORDS(BASE), BYTES(2, 2, 8, 4, 3, 1, 0x10, 1, 1, 0x15))));
	/* a 64-bit field at 0: again; 32 bits in its last byte, inverse 32 bits, 64 more bits */
	CHECK_ERR(BZB_ERR_BADRELOC, check_overlaps(payload(WORDS(BASE), BYTES(1, 1, 0))));
	CHECK_ERR(BZB_ERR_BADRELOC, check_overlaps(payload(WORDS(BASE), BYTES(2, 1, 7))));
	CHECK_ERR(BZB_ERR_BADRELOC, check_overlaps(payload(WORDS(BASE), BYTES(3, 1, 4))));
	CHECK_ERR(BZB_ERR_BADRELOC, check_overlaps(payload(WORDS(BASE, BASE + 6), none)));
	/* 32-bit fields: 64 bits in the last byte; two, a byte apart; the same in two lists */
	CHECK_ERR(BZB_ERR_BADRELOC, check_overlaps(payload(WORDS(BASE + 0x12), BYTES(2, 1, 0xf))));
	CHECK_ERR(BZB_ERR_BADRELOC, check_overlaps(payload(none, BYTES(2, 2, 0, 1))));
	CHECK_ERR(BZB_ERR_BADRELOC, check_overlaps(payload(none, BYTES(2, 1, 0, 2, 1, 3))));
	/* a table that a walk refuses */
	CHECK_ERR(BZB_ERR_BADRELOC, check_overlaps(payload(none, BYTES(2, 1))));
}

static void looking_for_overlaps_takes_room(void)
{
	struct bzb_relocs relocs = found(good());
	size_t size = (size_t)(relocs.kernel.elf.memory_size + 7) / 8;
	void *scratch = test_alloc(size - 1);

	CHECK_ERR(BZB_ERR_NOSPACE, bzb_relocs_check(&relocs, scratch, size - 1));
}

/* Incomplete entries of any size; and a bitmap without an address */
static void refuses_a_table_that_is_not_relr(void)
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
	struct bzb_relocs reld = found(payload(none, BYTES(2, 2, 1, 4, 3, 2, 1, 4)));
	int seen = 0;

	CHECK_RETURN(-77, bzb_relocs_walk(&relr, stop_at_third, &seen));
	CHECK_EQ(3, seen);
	seen = 0;
	CHECK_RETURN(-77, bzb_relr_walk(relr.relr, BASE, stop_at_third, &seen));
	CHECK_EQ(3, seen);
	seen = 0;
	CHECK_RETURN(-77, bzb_relocs_walk(&reld, stop_at_third, &seen));
	CHECK_EQ(3, seen);
}

static const uint64_t slides[] = {
	0,	    0x200000,	 0x3fe00000,	 0x7fe00000,	      0x80000000,
	0xffe00000, 0x100000000, 0x123456789a00, -(uint64_t)0x200000,
};

/* The file in its place, followed by memory that is not cleared */
static unsigned char *in_memory(struct bzb_span file)
{
	unsigned char *memory = test_alloc(MEMORY_SIZE + 1) + 1;

	memcpy(memory, file.data, FILE_SIZE);
	memset(memory + FILE_SIZE, 0xb5, MEMORY_SIZE - FILE_SIZE);
	return memory;
}

static struct bzb_span join(struct bzb_span a, struct bzb_span b)
{
	unsigned char *bytes = test_alloc(a.size + b.size);

	memcpy(bytes, a.data, a.size);
	memcpy(bytes + a.size, b.data, b.size);
	return (struct bzb_span){ bytes, a.size + b.size };
}

/* Candidates */

/* Words of four bytes as in code: an opcode, then the low half of an address or another value */
static void put_candidate(struct bzb_span file, size_t offset, unsigned char before, uint64_t value)
{
	unsigned char *kernel = (unsigned char *)(uintptr_t)file.data + GAP;

	put(kernel, offset - 1, 1, before);
	put(kernel, offset, 4, value);
}

/* A payload whose only candidates are: 0x100 and 0x105 (which share no byte, but one is before the
 * other), 0x10a (not an address), 0x10f (another opcode), 0x114, 0x13d, which crosses chunks of 64
 * bytes, and the last one that fits in the text. */
static struct bzb_span with_candidates(struct bzb_span reld)
{
	struct bzb_span file = payload(none, reld);

	memset((unsigned char *)(uintptr_t)file.data + GAP, 0x90, TEXT_SIZE);
	put_candidate(file, 0x100, 0xc7, 0x81000000);
	put_candidate(file, 0x105, 0xc7, 0x81006fff);
	put_candidate(file, 0x10a, 0xc7, 0x81007000);
	put_candidate(file, 0x10f, 0xc8, 0x81000010);
	put_candidate(file, 0x114, 0xbf, 0x81000020);
	put_candidate(file, 0x13d, 0xc7, 0x81000030);
	put_candidate(file, TEXT_SIZE - 4, 0xc7, 0x81000040);
	return file;
}

static const unsigned char opcodes[BZB_BYTE_SET_SIZE] = { [0xbf / 8] = 0x80, [0xc7 / 8] = 0x80 };

static const struct bzb_candidate_rule rule = { (uint32_t)BASE, KERNEL_MEMORY, opcodes };

static struct bzb_span kernel_of(struct bzb_span file)
{
	return (struct bzb_span){ file.data + GAP, TEXT_SIZE };
}

static void finds_candidates(void)
{
	static const size_t expected[] = { 0x100, 0x105, 0x114, 0x13d, TEXT_SIZE - 4 };
	struct bzb_span kernel = kernel_of(with_candidates(none));
	struct bzb_candidates c;
	size_t start, end, at, i;

	for (start = 1; start < TEXT_SIZE; start += start < 0x140 ? 1 : 0x101)
		for (end = TEXT_SIZE; end >= 0x100; end -= end > 0x144 ? 0x101 : 1) {
			bzb_candidates_start(&c, &rule,
					     exact((struct bzb_span){ kernel.data, end }),
					     start < end ? start : end);
			for (i = 0; i < ARRAY_SIZE(expected); i++) {
				if (expected[i] < start || expected[i] + 4 > end)
					continue;
				CHECK(bzb_candidates_next(&c, 0, &at));
				CHECK_EQ(expected[i], at);
			}
			CHECK(!bzb_candidates_next(&c, 0, &at));
			CHECK(!bzb_candidates_next(&c, 0, &at));
		}
	bzb_candidates_start(&c, &rule, kernel, 1);
	CHECK(bzb_candidates_next(&c, 2, &at));
	CHECK_EQ(0x114, at);
	CHECK(!bzb_candidates_next(&c, 2, &at));
}

/* A range of addresses that wraps to zero: any value of the highest byte is possible. */
static void a_range_may_wrap(void)
{
	static const unsigned char set[BZB_BYTE_SET_SIZE] = { [0xc7 / 8] = 0x80 };
	const struct bzb_candidate_rule wrapping = { 0xfffff000, 0x2000, set };
	static const uint32_t values[] = { 0xfffff000, 0xfff, 0x1000, 0xffffefff };
	unsigned char *kernel = test_alloc(0x100);
	struct bzb_span bytes = { kernel, 0x100 };
	struct bzb_candidates c;
	size_t at;

	memset(kernel, 0x90, 0x100);
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		kernel[0x10 * (i + 1) - 1] = 0xc7;
		put(kernel, 0x10 * (i + 1), 4, values[i]);
	}
	bzb_candidates_start(&c, &wrapping, bytes, 1);
	CHECK(bzb_candidates_next(&c, 0, &at));
	CHECK_EQ(0x10, at);
	CHECK(bzb_candidates_next(&c, 0, &at));
	CHECK_EQ(0x20, at);
	CHECK(!bzb_candidates_next(&c, 0, &at));
}

/* At 0x100; inside it at 0x103; directly after it at 0x104; after one more byte at 0x105 */
static void nothing_begins_in_a_field(void)
{
	static const unsigned char code[] = {
		0xc7, 0, 0, 0xc7, 0x81, 0, 0, 0x81, 0x81, 0x81,
	};
	static const unsigned char set[BZB_BYTE_SET_SIZE] = {
		[0] = 1,
		[0x81 / 8] = 2,
		[0xc7 / 8] = 0x80,
	};
	const struct bzb_candidate_rule wide = { (uint32_t)BASE, 0x1000000, set };
	static const uint64_t all[] = { 0x100, 0x103, 0x104, 0x105 };
	unsigned char *kernel = test_alloc(0x200);
	struct bzb_span bytes = { kernel, 0x200 };
	struct bzb_candidates c;
	size_t at, i;

	memset(kernel, 0x90, 0x200);
	memcpy(kernel + 0xff, code, sizeof(code));
	bzb_candidates_start(&c, &wide, bytes, 1);
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		CHECK(bzb_candidates_next(&c, 0, &at));
		CHECK_EQ(all[i], at);
	}
	CHECK(!bzb_candidates_next(&c, 0, &at));
	bzb_candidates_start(&c, &wide, bytes, 1);
	CHECK(bzb_candidates_next(&c, 0, &at));
	bzb_candidates_take(&c, at);
	CHECK(bzb_candidates_next(&c, 0, &at));
	CHECK_EQ(0x105, at);
}

/* All but 0x105; the same whether the others are known or not */
static const uint64_t taken[] = { 0x100, 0x114, 0x13d, TEXT_SIZE - 4 };

static struct bzb_span write_taken(void)
{
	struct bzb_span kernel = kernel_of(with_candidates(none));
	size_t size = bzb_reld_write_candidates(&rule, kernel, taken, ARRAY_SIZE(taken), NULL);
	unsigned char *to = test_alloc(size);

	CHECK_EQ(size, bzb_reld_write_candidates(&rule, kernel, taken, ARRAY_SIZE(taken), to));
	return (struct bzb_span){ to, size };
}

static void lists_of_candidates_are_written_and_read(void)
{
	static const struct field expected[] = {
		{ 2, 0x100 },
		{ 2, 0x114 },
		{ 2, 0x13d },
		{ 2, TEXT_SIZE - 4 },
	};
	struct bzb_span reld = write_taken();
	struct bzb_relocs relocs = found(with_candidates(reld));

	CHECK_EQ(4, reld.data[0]);
	CHECK_EQ(ARRAY_SIZE(taken), reld.data[1]);
	CHECK_BYTES(((const unsigned char[]){ 0, 1, 0, 0 }), reld.data + reld.size - 4, 4);
	check_walk(&relocs, expected, ARRAY_SIZE(expected));
}

/* A list with a place that is not a candidate is not written. */
static void writes_only_candidates(void)
{
	static const uint64_t bad[][2] = { { 0x100, 0x10a }, { 0x10f, 0x114 }, { 0x100, 0x5000 } };
	struct bzb_span kernel = kernel_of(with_candidates(none));
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK_EQ(0, bzb_reld_write_candidates(&rule, kernel, bad[i], 2, NULL));
	CHECK_EQ(0, bzb_reld_write_candidates(&rule, kernel, bad[0], 0, NULL));
}

/* Offsets whose end wraps, that descend, or that have no byte before them, in memory of exactly the
 * kernel's size */
static void writes_only_possible_offsets(void)
{
	static const uint64_t bad[][2] = {
		{ UINT64_MAX, UINT64_MAX },
		{ UINT64_MAX - 1, UINT64_MAX - 1 },
		{ UINT64_MAX - 3, UINT64_MAX - 2 },
		{ 0x100, UINT64_MAX },
		{ 0x200, 0x100 },
		{ UINT64_MAX, 0x100 },
		{ 0, 0x100 },
		{ 0x100, 0x1fd },
		{ 0x100, 0x200 },
	};
	unsigned char *bytes = test_alloc(0x200);
	const struct bzb_span kernel = { bytes, 0x200 };

	for (size_t i = 0; i < 0x200; i += 4)
		put(bytes, i, 4, BASE);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK_EQ(0, bzb_reld_write_candidates(&rule, kernel, bad[i], 2, NULL));
}

/* A moved field may still be a candidate or not; none is moved twice. */
static void candidates_move_once(void)
{
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(slides); i++) {
		struct bzb_span file = with_candidates(write_taken());
		unsigned char *memory = in_memory(file), *expected = in_memory(file);
		struct bzb_relocs relocs = found((struct bzb_span){ memory, FILE_SIZE });

		for (j = 0; j < ARRAY_SIZE(taken); j++)
			put(expected, (size_t)(GAP + taken[j]), 4,
			    get(expected, (size_t)(GAP + taken[j]), 4) + slides[i]);
		CHECK_OK(bzb_relocs_apply(&relocs, memory, slides[i]));
		CHECK_BYTES(expected, memory, MEMORY_SIZE);
	}
}

/* A list with other numbers at its start: count, first, span, reach at bytes 1, 2, 4 and 6 */
static void refuses_bad_candidates(void)
{
	static const struct {
		const char *name;
		size_t size;
		unsigned char head[16];
	} bad[] = {
		{ "candidates_without_first", 2, { 4, 1 } },
		{ "candidates_without_set", 6, { 4, 1, 1, 0x10, 0x10, 0 } },
		{ "candidates_one_too_many", 9, { 4, 5, 0x80, 2, 0xff, 0x1d, 0x80, 0xe0, 1 } },
		{ "candidates_from_0", 8, { 4, 0, 0, 0x80, 0x20, 0x80, 0xe0, 1 } },
		{ "candidates_past_their_segment",
		  9,
		  { 4, 1, 0x80, 2, 0x81, 0x1e, 0x80, 0xe0, 1 } },
		{ "candidates_in_a_hole", 9, { 4, 1, 0x80, 0x30, 0x10, 0x80, 0xe0, 1, 0 } },
		{ "candidates_that_reach_4g",
		  11,
		  { 4, 1, 0x80, 2, 0x80, 0x1e, 0x80, 0x80, 0x80, 0x80, 0x10 } },
		{ "candidates_span_4g",
		  11,
		  { 4, 1, 0x80, 2, 0x80, 0x80, 0x80, 0x80, 0x10, 0x80, 1 } },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		unsigned char *reld = test_alloc(bad[i].size + BZB_BYTE_SET_SIZE + 5);
		struct bzb_span list = { reld, bad[i].size };

		memcpy(reld, bad[i].head, bad[i].size);
		memcpy(reld + bad[i].size, opcodes, BZB_BYTE_SET_SIZE);
		memset(reld + bad[i].size + BZB_BYTE_SET_SIZE, 0, 5);
		test_state.subject = bad[i].name;
		if (i > 1)
			list.size += BZB_BYTE_SET_SIZE + 5;
		CHECK_ERR(BZB_ERR_BADRELOC, parse(with_candidates(list)));
	}
}

/* They come first, and do not overlap. */
static void refuses_lists_of_candidates_out_of_order(void)
{
	struct bzb_span list = write_taken(), distances = BYTES(2, 1, 0x10);

	CHECK_OK(parse(with_candidates(join(list, distances))));
	CHECK_ERR(BZB_ERR_BADRELOC, parse(with_candidates(join(distances, list))));
	CHECK_ERR(BZB_ERR_BADRELOC, parse(with_candidates(join(list, list))));
}

static void refuses_truncated_candidates(void)
{
	struct bzb_span whole = write_taken();
	size_t size;

	for (size = 1; size < whole.size; size++) {
		struct bzb_relocs relocs = found(with_candidates(whole));

		relocs.reld = exact(prefix(whole, size));
		CHECK_RETURN(-BZB_ERR_BADRELOC, bzb_relocs_walk(&relocs, ignore, NULL));
	}
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

/* The first field is moved, the second lies after the kernel. */
static void corrupt_tables_move_only_their_fields(void)
{
	const struct field first = { 2, 0x10 };
	struct bzb_span file = payload(none, BYTES(2, 2, 0x10, 0x80, 0x80, 0x80, 0x80, 1));
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
				       BYTES(1, 2, 0x11, 0xe6, 0x1f, 2, 4, 0x20, 5, 6, 0xd7, 0x3f,
					     3, 2, 0x33, 0xd3, 0x3f));
	size_t i;

	for (i = 0; i < ARRAY_SIZE(slides); i++)
		check_apply(file, fields, ARRAY_SIZE(fields), slides[i]);
}

/* 32-bit fields: their values, sign-extended by the psABI, move by the slide. */
static void moves_by_value(void)
{
	struct bzb_span file = CHANGED(payload(WORDS(BASE), BYTES(2, 1, 0x10, 3, 1, 0x20)),
				       { GAP, 8, 0xffffffff81000123 },
				       { GAP + 0x10, 4, 0x81000456 },
				       { GAP + 0x20, 4, 0x7f000789 });
	unsigned char *memory = in_memory(file);
	struct bzb_relocs relocs = found((struct bzb_span){ memory, FILE_SIZE });

	CHECK_OK(bzb_relocs_apply(&relocs, memory, 0x3e000000));
	CHECK_EQ(0xffffffffbf000123, get(memory, GAP, 8));
	CHECK_EQ(0xbf000456, get(memory, GAP + 0x10, 4));
	CHECK_EQ(0x41000789, get(memory, GAP + 0x20, 4));
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

static void check_round_trip(uint32_t step)
{
	struct set set = random_set(step);
	struct bzb_span relr, reld = exact(none), file;
	struct bzb_relocs relocs;
	int list;

	relr = write_relr(set.offsets[WIDE_EVEN], set.count[WIDE_EVEN]);
	for (list = WIDE_ODD; list < WIDE_EVEN; list++)
		reld = join(reld,
			    write_reld(kind_of_list[list], set.offsets[list], set.count[list]));
	file = payload(relr, reld);
	relocs = found(file);
	check_walk(&relocs, set.all.list, set.all.count);
	check_apply(file, set.all.list, set.all.count, slides[random_below(ARRAY_SIZE(slides))]);
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
	{ "a run of words needs a bitmap for each 63", encodes_runs_of_words },
	{ "lists of distances are decoded", decodes_distances },
	{ "lists are written with the shortest numbers", encodes_distances },
	{ "both tables of a payload are read", reads_both_tables },
	{ "either table may be missing", either_table_may_be_missing },
	{ "a kernel without tables cannot be moved", without_tables_nothing_moves },
	{ "a list may be empty", a_list_may_be_empty },
	{ "fields may end where the file bytes of their segment do",
	  fields_may_end_with_their_segment },
	{ "tables may end where the gap does", tables_may_end_with_the_gap },
	{ "defective tables are refused", refuses_defects },
	{ "defective lists of distances are refused", refuses_bad_distances },
	{ "every truncated list of distances is refused", refuses_truncated_lists },
	{ "fields must not overlap", fields_must_not_overlap },
	{ "the check for overlaps needs room", looking_for_overlaps_takes_room },
	{ "a table that is not RELR is refused", refuses_a_table_that_is_not_relr },
	{ "a walk ends when its visitor returns an error", a_walk_can_be_stopped },
	{ "candidates are found, wherever one begins and ends", finds_candidates },
	{ "the addresses of candidates may wrap", a_range_may_wrap },
	{ "no candidate begins in a field, or directly after it", nothing_begins_in_a_field },
	{ "lists of candidates are written and read", lists_of_candidates_are_written_and_read },
	{ "a field that is not a candidate is not written as one", writes_only_candidates },
	{ "an offset that no candidate can have is not written", writes_only_possible_offsets },
	{ "candidates are moved, once, near and far", candidates_move_once },
	{ "defective lists of candidates are refused", refuses_bad_candidates },
	{ "lists of candidates out of order are refused",
	  refuses_lists_of_candidates_out_of_order },
	{ "every truncated list of candidates is refused", refuses_truncated_candidates },
	{ "only fields move, near and far, there and back", moves_each_kind },
	{ "corrupt tables move no byte beyond their fields",
	  corrupt_tables_move_only_their_fields },
	{ "fields move to the value they should have", moves_by_value },
	{ "random sets are written, read and applied", random_sets_survive },
	{ "a kernel may slide to the end of its window", knows_how_far_a_kernel_may_move },
};

int main(void)
{
	return RUN_TESTS(tests);
}
