/* SPDX-License-Identifier: BSD-2-Clause */
/* Payload ELFs, whose file layout is their memory layout: bzboot/kernel_elf.h */
#include "test.h"

/* payload_elf_head of images.S, and the file it is the head of. */
#define PHDR(n) (0x40u + 0x38u * (n))
#define NOTE PHDR(2)
enum {
	E_ENTRY = 0x18,
	P_OFFSET = 0x08,
	P_VADDR = 0x10,
	P_PADDR = 0x18,
	P_FILESZ = 0x20,
	P_MEMSZ = 0x28
};
#define GAP 0x200000u
#define FILE_SIZE 0x201020u
#define MEMORY_SIZE 0x202000u

/* The file with @size bytes, maybe more than the original */
static struct bzb_span payload(struct bzb_span head, size_t size)
{
	unsigned char *file = test_alloc(size);

	memset(file, 0, size);
	memcpy(file, head.data, head.size);
	return (struct bzb_span){ file, size };
}

static int parse(struct bzb_span file)
{
	struct bzb_kernel_elf kernel;

	return WATCHED(&kernel, bzb_kernel_elf_parse(file, &kernel));
}

static void reads_a_payload(void)
{
	struct bzb_span file = payload(IMAGE(payload_elf_head), FILE_SIZE);
	struct bzb_kernel_elf kernel;

	CHECK_OK(bzb_kernel_elf_parse(file, &kernel));
	CHECK_EQ(GAP, kernel.gap);
	CHECK_EQ(MEMORY_SIZE, kernel.memory_size);
	CHECK_EQ(0x201018, kernel.entry_offset);
	CHECK_EQ(0x1000000, kernel.elf.load_address);
	CHECK_EQ(0x2000, kernel.elf.memory_size);
	CHECK_EQ(0x1018, kernel.elf.entry_offset);
	CHECK_OK(parse(unaligned(file)));
}

static void entry_may_be_virtual(void)
{
	struct bzb_span head = CHANGED(IMAGE(payload_elf_head), { E_ENTRY, 8, 0xffffffff81000008 });
	struct bzb_kernel_elf kernel;

	CHECK_OK(bzb_kernel_elf_parse(payload(head, FILE_SIZE), &kernel));
	CHECK_EQ(0x200008, kernel.entry_offset);
}

static struct bzb_span with_gap(uint64_t gap)
{
	struct bzb_span head = CHANGED(IMAGE(payload_elf_head), { PHDR(0) + P_OFFSET, 8, gap },
				       { PHDR(1) + P_OFFSET, 8, gap + 0x1000 },
				       { NOTE + P_OFFSET, 8, gap });

	return payload(head, (size_t)gap + FILE_SIZE - GAP);
}

static void gap_may_be_larger(void)
{
	struct bzb_kernel_elf kernel;

	CHECK_OK(bzb_kernel_elf_parse(with_gap(3 * GAP), &kernel));
	CHECK_EQ(3 * GAP, kernel.gap);
	CHECK_EQ(MEMORY_SIZE + 2 * GAP, kernel.memory_size);
}

static void gap_is_a_multiple_of_2_mib(void)
{
	static const uint64_t gaps[] = {
		0, 0x1000, 0x100000, GAP - 0x1000, GAP + 0x1000, 3 * GAP / 2, 2 * GAP - 1
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(gaps); i++)
		CHECK_ERR(BZB_ERR_BADLAYOUT, parse(with_gap(gaps[i])));
}

/* Congruent, as file offsets and addresses of an ELF must be: here at 17 MiB */
static void gap_agrees_with_the_load_address(void)
{
	const uint64_t load_address = 0x1100000;
	struct bzb_kernel_elf kernel;
	size_t i;

	for (i = 0; i < 4; i++) {
		const uint64_t gap = (i + 1) * GAP / 2;
		struct bzb_span file = with_gap(gap);
		unsigned char *bytes = (unsigned char *)file.data;

		put(bytes, PHDR(0) + P_PADDR, 8, load_address);
		put(bytes, PHDR(1) + P_PADDR, 8, load_address + 0x1000);
		put(bytes, E_ENTRY, 8, load_address);
		if (i % 2) {
			CHECK_ERR(BZB_ERR_BADLAYOUT, parse(file));
		} else {
			CHECK_OK(bzb_kernel_elf_parse(file, &kernel));
			CHECK_EQ(gap, kernel.gap);
		}
	}
}

/* After the segments: the section of the symbols begins there, and is not loaded. */
static void symbols_may_be_missing(void)
{
	struct bzb_span head = CHANGED(IMAGE(payload_elf_head), { 0x28, 8, 0x1000 },
				       { 0x3a, 2, 0x40 }, { 0x3c, 2, 2 });
	struct bzb_span file = payload(head, MEMORY_SIZE + 0x1000);
	unsigned char *section = (unsigned char *)file.data + 0x1040;

	put(section, 0x04, 4, 2);
	put(section, 0x18, 8, FILE_SIZE);
	put(section, 0x20, 8, MEMORY_SIZE + 0x1000 - FILE_SIZE);
	CHECK_OK(parse(file));
	CHECK_OK(parse(exact(prefix(file, FILE_SIZE))));
	CHECK_ERR(BZB_ERR_TRUNCATED, parse(exact(prefix(file, FILE_SIZE - 1))));
	CHECK_ERR(BZB_ERR_TRUNCATED, parse(exact(prefix(file, FILE_SIZE + 1))));
	put(section, 0x08, 8, 2);
	CHECK_ERR(BZB_ERR_TRUNCATED, parse(exact(prefix(file, FILE_SIZE))));
}

static void a_segment_of_no_size_may_be_anywhere(void)
{
	struct bzb_span head = CHANGED(IMAGE(payload_elf_head), { NOTE, 4, 1 },
				       { NOTE + P_OFFSET, 8, 0x40 }, { NOTE + P_FILESZ, 8, 0 },
				       { NOTE + P_MEMSZ, 8, 0 });

	CHECK_OK(parse(payload(head, FILE_SIZE)));
}

static const struct defect defects[] = {
	{ "payload_segment_before_its_place",
	  { { PHDR(1) + P_OFFSET, 8, GAP + 0xff0 } },
	  BZB_ERR_BADLAYOUT },
	{ "payload_segment_after_its_place",
	  { { PHDR(1) + P_PADDR, 8, 0x1000ff0 } },
	  BZB_ERR_BADLAYOUT },
	{ "payload_segment_in_the_gap", { { PHDR(1) + P_OFFSET, 8, 0x1000 } }, BZB_ERR_BADLAYOUT },
	{ "payload_first_segment_elsewhere",
	  { { PHDR(0) + P_OFFSET, 8, GAP - 0x200 } },
	  BZB_ERR_BADLAYOUT },
	{ "payload_segment_4g_away",
	  { { PHDR(1) + P_PADDR, 8, 0x101001000 }, { E_ENTRY, 8, 0x1000000 } },
	  BZB_ERR_BADLAYOUT },
	{ "payload_memory_wraps",
	  { { E_ENTRY, 8, 8 },
	    { PHDR(0) + P_PADDR, 8, 0 },
	    { PHDR(1) + P_VADDR, 8, 0x1000 },
	    { PHDR(1) + P_PADDR, 8, 0x1000 },
	    { PHDR(1) + P_MEMSZ, 8, -(uint64_t)0x2000 } },
	  BZB_ERR_BADLAYOUT },
	{ "payload_section_headers_after_the_gap",
	  { { 0x28, 8, GAP }, { 0x3a, 2, 0x40 }, { 0x3c, 2, 1 } },
	  BZB_ERR_BADLAYOUT },
	{ "payload_not_an_elf", { { 0, 4, 0 } }, BZB_ERR_BADMAGIC },
	{ "payload_for_another_machine", { { 0x12, 2, 22 } }, BZB_ERR_BADMACHINE },
	{ "payload_entry_in_the_gap", { { E_ENTRY, 8, 0xe00000 } }, BZB_ERR_BADENTRY },
	{ "payload_segments_overlap", { { PHDR(0) + P_MEMSZ, 8, 0x1001 } }, BZB_ERR_OVERLAP },
};

static void refuses_other_layouts(void)
{
	check_defects(payload(IMAGE(payload_elf_head), FILE_SIZE), defects, ARRAY_SIZE(defects),
		      parse);
}

/*
 * Program headers in a segment or its bss would change while they are processed: here the bss of
 * the first segment begins after the lowest byte of p_memsz of the second.
 */
static void headers_lie_in_the_gap(void)
{
	const size_t table = GAP + 0x30 - 0x38 - 0x29;
	struct bzb_span file = payload(IMAGE(payload_elf_head), FILE_SIZE);
	unsigned char *bytes = (void *)(uintptr_t)file.data;

	put(bytes, 0x20, 8, GAP + 0x400);
	put(bytes, 0x38, 2, 2);
	memcpy(bytes + GAP + 0x400, bytes + PHDR(0), 2 * 0x38);
	CHECK_ERR(BZB_ERR_BADLAYOUT, parse(file));
	put(bytes, 0x20, 8, table);
	memmove(bytes + table, bytes + PHDR(0), 2 * 0x38);
	put(bytes, table + 0x38 + P_MEMSZ, 8, 0x1008);
	CHECK_ERR(BZB_ERR_BADLAYOUT, parse(file));
}

/* Sizes: each byte of the headers, some between, each byte of the last segment */
static void refuses_truncated_files(void)
{
	struct bzb_span good = payload(IMAGE(payload_elf_head), FILE_SIZE);
	struct test_block *before = test_state.blocks;
	size_t size = 0;

	while (size < FILE_SIZE) {
		int err = parse(exact(prefix(good, size)));

		test_free(before);
		CHECK(err == -BZB_ERR_TRUNCATED || (size < 4 && err == -BZB_ERR_BADMAGIC));
		size += size < 0x100 || size > FILE_SIZE - 0x20 ? 1 : 0x7ff0;
	}
}

/* For a payload in other memory, of which nothing is accessible */
static unsigned char *dirty_memory(struct bzb_kernel_elf *ret)
{
	struct bzb_span file = payload(IMAGE(payload_elf_head), FILE_SIZE);
	unsigned char *memory = test_alloc(MEMORY_SIZE);

	CHECK_OK(bzb_kernel_elf_parse(file, ret));
	memset(memory, 0xff, MEMORY_SIZE);
	return memory;
}

static void clears_what_the_file_does_not_fill(void)
{
	struct bzb_kernel_elf kernel;
	unsigned char *memory = dirty_memory(&kernel);

	bzb_kernel_elf_clear_bss(&kernel, memory, kernel.memory_size);
	CHECK(test_only(memory + 0x200030, 0, 0x50));
	CHECK(test_only(memory + 0x201020, 0, 0xfe0));
}

static void clears_nothing_else(void)
{
	struct bzb_kernel_elf kernel;
	unsigned char *memory = dirty_memory(&kernel);

	bzb_kernel_elf_clear_bss(&kernel, memory, kernel.memory_size);
	CHECK(test_only(memory, 0xff, 0x200030));
	CHECK(test_only(memory + 0x201000, 0xff, 0x20));
}

/* The bss of both segments begins lower: at 0x200030 and at 0x201020. */
static void clears_no_further_than_told(void)
{
	struct bzb_kernel_elf kernel;
	unsigned char *memory = dirty_memory(&kernel);

	bzb_kernel_elf_clear_bss(&kernel, memory, 0x200020);
	CHECK(test_only(memory, 0xff, MEMORY_SIZE));
	bzb_kernel_elf_clear_bss(&kernel, memory, 0x201040);
	CHECK(test_only(memory + 0x200030, 0, 0x50));
	CHECK(test_only(memory + 0x201020, 0, 0x20));
	CHECK(test_only(memory + 0x201040, 0xff, MEMORY_SIZE - 0x201040));
}

/* As on the target, the headers are in the memory that is written to. */
static void clears_the_memory_it_was_parsed_from(void)
{
	unsigned char *memory =
		(void *)(uintptr_t)payload(IMAGE(payload_elf_head), MEMORY_SIZE).data;
	struct bzb_kernel_elf kernel;

	memset(memory + 0x200000, 0xff, 0x2000);
	CHECK_OK(bzb_kernel_elf_parse((struct bzb_span){ memory, FILE_SIZE }, &kernel));
	bzb_kernel_elf_clear_bss(&kernel, memory, kernel.memory_size);
	CHECK_BYTES(IMAGE(payload_elf_head).data, memory, 0x120);
	CHECK(test_only(memory + 0x200000, 0xff, 0x30));
	CHECK(test_only(memory + 0x200030, 0, 0x50));
	CHECK(test_only(memory + 0x201000, 0xff, 0x20));
	CHECK(test_only(memory + 0x201020, 0, 0xfe0));
}

static const struct test tests[] = {
	{ "a payload ELF is read, with its gap", reads_a_payload },
	{ "an entry point may be virtual", entry_may_be_virtual },
	{ "the gap may be any multiple of 2 MiB", gap_may_be_larger },
	{ "other gaps are refused", gap_is_a_multiple_of_2_mib },
	{ "a kernel that is not at a multiple of 2 MiB has a gap to match",
	  gap_agrees_with_the_load_address },
	{ "symbols after the segments may be missing", symbols_may_be_missing },
	{ "an empty segment may be anywhere", a_segment_of_no_size_may_be_anywhere },
	{ "files that are not laid out as memory are refused", refuses_other_layouts },
	{ "program headers outside the gap are refused", headers_lie_in_the_gap },
	{ "truncated files are refused", refuses_truncated_files },
	{ "bss is cleared", clears_what_the_file_does_not_fill },
	{ "segments and gap are not changed", clears_nothing_else },
	{ "bss is cleared up to the given end", clears_no_further_than_told },
	{ "bss is cleared in the memory that holds the headers",
	  clears_the_memory_it_was_parsed_from },
};

int main(void)
{
	return RUN_TESTS(tests);
}
