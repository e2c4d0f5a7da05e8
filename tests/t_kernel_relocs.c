/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The relocation table of Linux kernels: bzboot/kernel_relocs.h. elf_linux of images.S
 * begins at virtual 0xffffffff81000000 and occupies 0x3000 bytes.
 */
#include "test.h"

/* Little-endian words, each the low half of an address in elf_linux */
static struct bzb_span words(const uint32_t *values, size_t count)
{
	unsigned char *bytes = test_alloc(4 * count);
	size_t i;

	for (i = 0; i < count; i++)
		put(bytes, 4 * i, 4, values[i]);
	return exact((struct bzb_span){ bytes, 4 * count });
}

#define WORDS(...)                                                             \
	words((const uint32_t[]){ __VA_ARGS__ },                               \
	      ARRAY_SIZE(((const uint32_t[]){ __VA_ARGS__ })))

static struct bzb_elf kernel(void)
{
	struct bzb_elf elf;

	CHECK_OK(bzb_elf_parse(IMAGE(elf_linux), &elf));
	return elf;
}

static int parse(struct bzb_span table)
{
	struct bzb_elf elf = kernel();
	struct bzb_kernel_relocs relocs;

	return WATCHED(&relocs, bzb_kernel_relocs_parse(&elf, table, &relocs));
}

/* A list of @count entries, whose zero follows @at words of the table */
static void check_list(struct bzb_span table, struct bzb_span list, size_t at, size_t count)
{
	CHECK_EQ(4 * count, list.size);
	CHECK(list.data == table.data + 4 * (at + 1));
}

static void check_lists3(struct bzb_span table, size_t count64, size_t inverse, size_t count32)
{
	struct bzb_elf elf = kernel();
	struct bzb_kernel_relocs relocs;

	CHECK_OK(bzb_kernel_relocs_parse(&elf, table, &relocs));
	CHECK_EQ(3, relocs.lists);
	check_list(table, relocs.fields64, 0, count64);
	check_list(table, relocs.fields32_inverse, count64 + 1, inverse);
	check_list(table, relocs.fields32, count64 + inverse + 2, count32);
}

static void check_lists2(struct bzb_span table, size_t count64, size_t count32)
{
	struct bzb_elf elf = kernel();
	struct bzb_kernel_relocs relocs;

	CHECK_OK(bzb_kernel_relocs_parse(&elf, table, &relocs));
	CHECK_EQ(2, relocs.lists);
	check_list(table, relocs.fields64, 0, count64);
	CHECK_EQ(0, relocs.fields32_inverse.size);
	check_list(table, relocs.fields32, count64 + 1, count32);
}

static void splits_three_lists(void)
{
	struct bzb_span table = WORDS(0, 0x81000008, 0, 0x81000010, 0x81000014, 0, 0x81000020,
				      0x81000024, 0x81002028);

	check_lists3(table, 1, 2, 3);
	check_lists3(unaligned(table), 1, 2, 3);
}

static void splits_two_lists(void)
{
	struct bzb_span table = WORDS(0, 0x81000008, 0, 0x81000020, 0x81000024, 0x81002028);

	check_lists2(table, 1, 3);
	check_lists2(unaligned(table), 1, 3);
}

static void lists_may_be_empty(void)
{
	check_lists3(WORDS(0, 0, 0), 0, 0, 0);
	check_lists3(WORDS(0, 0x81000000, 0, 0), 1, 0, 0);
	check_lists3(WORDS(0, 0, 0x81000000, 0), 0, 1, 0);
	check_lists3(WORDS(0, 0, 0, 0x81000000), 0, 0, 1);
	check_lists2(WORDS(0, 0), 0, 0);
	check_lists2(WORDS(0, 0x81000000, 0), 1, 0);
	check_lists2(WORDS(0, 0, 0x81000000), 0, 1);
}

/* The per-CPU segment is the second one; its bytes are at 0x81001000 here. */
static void fields_are_counted_from_the_first_segment(void)
{
	check_lists3(WORDS(0, 0x81001008, 0, 0, 0x81001010), 1, 0, 1);
	CHECK_ERR(BZB_ERR_BADRELOC, parse(WORDS(0, 0x00000008, 0, 0)));
}

static void fields_may_end_with_the_kernel(void)
{
	check_lists3(WORDS(0, 0x81002ff8, 0, 0), 1, 0, 0);
	check_lists3(WORDS(0, 0, 0x81002ffc, 0), 0, 1, 0);
	check_lists3(WORDS(0, 0, 0, 0x81002ffc), 0, 0, 1);
	check_lists2(WORDS(0, 0x81002ff8, 0), 1, 0);
	check_lists2(WORDS(0, 0, 0x81002ffc), 0, 1);
}

static void refuses_fields_outside(void)
{
	CHECK_ERR(BZB_ERR_BADRELOC, parse(WORDS(0, 0x81002ff9, 0, 0)));
	CHECK_ERR(BZB_ERR_BADRELOC, parse(WORDS(0, 0, 0x81002ffd, 0)));
	CHECK_ERR(BZB_ERR_BADRELOC, parse(WORDS(0, 0, 0, 0x81002ffd)));
	CHECK_ERR(BZB_ERR_BADRELOC, parse(WORDS(0, 0, 0, 0x81003000)));
	CHECK_ERR(BZB_ERR_BADRELOC, parse(WORDS(0, 0x80fffff8, 0, 0)));
	CHECK_ERR(BZB_ERR_BADRELOC, parse(WORDS(0, 0, 0, 0x80ffffff)));
	CHECK_ERR(BZB_ERR_BADRELOC, parse(WORDS(0, 0, 0, 1)));
	CHECK_ERR(BZB_ERR_BADRELOC, parse(WORDS(0, 0, 0, 0xffffffff)));
	CHECK_ERR(BZB_ERR_BADRELOC, parse(WORDS(0, 0, 0, 0x81000000, 0xffffffff, 0x81000008)));
	/* the same field is inside as a 32-bit one, but not as a 64-bit one */
	CHECK_ERR(BZB_ERR_BADRELOC, parse(WORDS(0, 0x81002ffc, 0)));
	CHECK_ERR(BZB_ERR_BADRELOC, parse(WORDS(0, 0, 0x81002ffd)));
}

/* elf_linux with an empty first segment, and with one of six bytes */
static void fields_are_counted_from_a_segment_with_bytes(void)
{
	struct bzb_span file =
		CHANGED(IMAGE(elf_linux), { 0x40, 4, 1 }, { 0x60, 8, 0 }, { 0x68, 8, 0 });
	struct bzb_kernel_relocs relocs;
	struct bzb_elf elf;

	CHECK_OK(bzb_elf_parse(file, &elf));
	CHECK_OK(bzb_kernel_relocs_parse(&elf, WORDS(0, 0x81000008, 0), &relocs));
	elf.memory_size = 6;
	CHECK_OK(bzb_kernel_relocs_parse(&elf, WORDS(0, 0, 0x81000002), &relocs));
	CHECK_ERR(BZB_ERR_BADRELOC,
		  WATCHED(&relocs,
			  bzb_kernel_relocs_parse(&elf, WORDS(0, 0x81000000, 0), &relocs)));
}

static void refuses_other_tables(void)
{
	static const unsigned char thirteen[13];

	CHECK_ERR(BZB_ERR_BADLISTS, parse(WORDS(0)));
	CHECK_ERR(BZB_ERR_BADLISTS, parse(WORDS(0, 0x81000000)));
	CHECK_ERR(BZB_ERR_BADLISTS, parse(WORDS(0x81000000, 0)));
	CHECK_ERR(BZB_ERR_BADLISTS, parse(WORDS(0x81000000, 0, 0x81000000)));
	CHECK_ERR(BZB_ERR_BADLISTS, parse(WORDS(0x81000000, 0, 0)));
	CHECK_ERR(BZB_ERR_BADLISTS, parse(WORDS(0, 0, 0, 0)));
	CHECK_ERR(BZB_ERR_BADLISTS, parse(WORDS(0x81000000, 0, 0, 0)));
	CHECK_ERR(BZB_ERR_BADLISTS, parse(WORDS(0, 0x81000000, 0, 0x81000000, 0, 0x81000000, 0)));
	CHECK_ERR(BZB_ERR_BADLISTS, parse(exact(SPAN(thirteen))));
}

static void refuses_odd_sizes(void)
{
	struct bzb_span table = WORDS(0, 0x81000008, 0, 0x81000010, 0, 0x81000020);
	size_t size;

	for (size = 1; size < table.size; size++)
		if (size % 4)
			CHECK_ERR(BZB_ERR_BADLISTS, parse(exact(prefix(table, size))));
}

static void an_empty_table_is_none(void)
{
	CHECK_ERR(BZB_ERR_NOTFOUND, parse(exact((struct bzb_span){ NULL, 0 })));
}

static const struct test tests[] = {
	{ "a table of three lists, to Linux 6.14", splits_three_lists },
	{ "a table of two lists, since Linux 6.15", splits_two_lists },
	{ "each list may be empty", lists_may_be_empty },
	{ "fields are offsets from the first segment, not the per-CPU one",
	  fields_are_counted_from_the_first_segment },
	{ "fields are offsets from the first segment that is not empty",
	  fields_are_counted_from_a_segment_with_bytes },
	{ "a field may end where the kernel ends", fields_may_end_with_the_kernel },
	{ "fields outside the kernel are refused", refuses_fields_outside },
	{ "tables of fewer than two or more than three lists are refused", refuses_other_tables },
	{ "tables that do not end with an entry are refused", refuses_odd_sizes },
	{ "an empty table counts as none", an_empty_table_is_none },
};

int main(void)
{
	return RUN_TESTS(tests);
}
