/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The relocation table of Linux kernels: bzboot/kernel_relocs.h. elf_linux of images.S
 * begins at virtual 0xffffffff81000000 and occupies 0x3000 bytes.
 */
#include "test.h"

/* Little-endian words, each the low half of an address in elf_linux. */
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

static void check_counts(struct bzb_span table, size_t count64, size_t inverse, size_t count32)
{
	struct bzb_elf elf = kernel();
	struct bzb_kernel_relocs relocs;

	CHECK_OK(bzb_kernel_relocs_parse(&elf, table, &relocs));
	CHECK(relocs.table.data == table.data && relocs.table.size == table.size);
	CHECK_EQ(count64, relocs.count64);
	CHECK_EQ(inverse, relocs.count32_inverse);
	CHECK_EQ(count32, relocs.count32);
}

static void counts_the_three_lists(void)
{
	struct bzb_span table = WORDS(0, 0x81000008, 0, 0x81000010, 0x81000014, 0, 0x81000020,
				      0x81000024, 0x81002028);

	check_counts(table, 1, 2, 3);
	check_counts(unaligned(table), 1, 2, 3);
}

static void lists_may_be_empty(void)
{
	check_counts(WORDS(0, 0, 0), 0, 0, 0);
	check_counts(WORDS(0, 0x81000000, 0, 0), 1, 0, 0);
	check_counts(WORDS(0, 0, 0x81000000, 0), 0, 1, 0);
	check_counts(WORDS(0, 0, 0, 0x81000000), 0, 0, 1);
}

/* The per-CPU segment is the second one; its bytes are at 0x81001000 here. */
static void fields_are_counted_from_the_first_segment(void)
{
	check_counts(WORDS(0, 0x81001008, 0, 0, 0x81001010), 1, 0, 1);
	CHECK_ERR(BZB_ERR_BADRELOC, parse(WORDS(0, 0x00000008, 0, 0)));
}

static void fields_may_end_with_the_kernel(void)
{
	check_counts(WORDS(0, 0x81002ff8, 0, 0), 1, 0, 0);
	check_counts(WORDS(0, 0, 0x81002ffc, 0), 0, 1, 0);
	check_counts(WORDS(0, 0, 0, 0x81002ffc), 0, 0, 1);
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
}

static void refuses_other_tables(void)
{
	static const unsigned char thirteen[13];

	CHECK_ERR(BZB_ERR_BADRELOC, parse(WORDS(0)));
	CHECK_ERR(BZB_ERR_BADRELOC, parse(WORDS(0, 0)));
	CHECK_ERR(BZB_ERR_BADRELOC, parse(WORDS(0, 0, 0x81000000)));
	CHECK_ERR(BZB_ERR_BADRELOC, parse(WORDS(0x81000000, 0, 0)));
	CHECK_ERR(BZB_ERR_BADRELOC, parse(WORDS(0, 0, 0, 0)));
	CHECK_ERR(BZB_ERR_BADRELOC, parse(WORDS(0x81000000, 0, 0, 0)));
	CHECK_ERR(BZB_ERR_BADRELOC, parse(WORDS(0, 0x81000000, 0, 0x81000000, 0, 0x81000000, 0)));
	CHECK_ERR(BZB_ERR_BADRELOC, parse(exact(SPAN(thirteen))));
}

static void refuses_odd_sizes(void)
{
	struct bzb_span table = WORDS(0, 0x81000008, 0, 0x81000010, 0, 0x81000020);
	size_t size;

	for (size = 1; size < table.size; size++)
		if (size % 4)
			CHECK_ERR(BZB_ERR_BADRELOC, parse(exact(prefix(table, size))));
}

static void an_empty_table_is_none(void)
{
	CHECK_ERR(BZB_ERR_NOTFOUND, parse(exact((struct bzb_span){ NULL, 0 })));
}

static const struct test tests[] = {
	{ "the three lists are counted", counts_the_three_lists },
	{ "each list may be empty", lists_may_be_empty },
	{ "fields are offsets from the first segment, not the per-CPU one",
	  fields_are_counted_from_the_first_segment },
	{ "a field may end where the kernel ends", fields_may_end_with_the_kernel },
	{ "fields outside the kernel are refused", refuses_fields_outside },
	{ "tables of fewer or more than three lists are refused", refuses_other_tables },
	{ "tables that do not end with an entry are refused", refuses_odd_sizes },
	{ "an empty table is none", an_empty_table_is_none },
};

int main(void)
{
	return RUN_TESTS(tests);
}
