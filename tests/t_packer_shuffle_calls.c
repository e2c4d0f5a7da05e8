/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls that show themselves: packer/kernel/shuffle/shuffle_calls.h. Whatever a kernel is relocated
 * by, its ranges have the same calls, and each of them is a field, or never changes.
 */
#include "test.h"
#include "linux_vmlinux.h"

#include <bzboot/reloc_types.h>

#include "../packer/kernel/shuffle/shuffle_calls.h"

enum { SIZE = 0x8000, UNIT = 0x100, FIRST = 0x200, LAST = 0x4000, DATA = 0x5000 };

static unsigned char memory[SIZE];
static struct vmlinux kernel;
static struct vmlinux_section sections[1];
static struct vmlinux_relocs relocs;
static struct bzb_elf_rela entries[2000];
static struct shuffle_unit units[(LAST - FIRST) / UNIT];
static struct shuffle_field fields[2000];
static struct shuffle_plan plan;

const struct vmlinux_section *vmlinux_section(const struct vmlinux *vmlinux, const char *name)
{
	return strcmp(name, vmlinux->sections[0].name) ? NULL : &vmlinux->sections[0];
}

/* Text to DATA; units of UNIT bytes from FIRST to LAST */
static void make(unsigned char fill)
{
	memset(memory, fill, sizeof(memory));
	kernel = make_vmlinux(memory, sizeof(memory));
	sections[0] = (struct vmlinux_section){
		.name = ".text", .size = DATA, .is_code = true, .in_file = true
	};
	relocs = (struct vmlinux_relocs){ .target = sections, .entries = entries };
	kernel.sections = sections;
	kernel.section_count = 1;
	kernel.relocs = &relocs;
	kernel.reloc_section_count = 1;
	plan = (struct shuffle_plan){ .units = units,
				      .unit_count = ARRAY_SIZE(units),
				      .fields = fields };
	for (uint32_t i = 0; i < ARRAY_SIZE(units); i++)
		units[i] = (struct shuffle_unit){ .offset = FIRST + i * UNIT,
						  .size = UNIT - 16,
						  .gap = 16 };
	add_symbol(&kernel, "in_the_kernel", DATA, 0);
	add_symbol(&kernel, "per_cpu", 0, 0);
	kernel.symbols[1].address = 0;
}

static void add_reloc(uint32_t offset, uint32_t type, uint32_t symbol)
{
	entries[relocs.count++] = (struct bzb_elf_rela){
		.r_offset = bzb_st64(LINK_ADDRESS + offset),
		.r_type = bzb_st32(type),
		.r_sym = bzb_st32(symbol),
	};
}

static void put_call(uint32_t at, unsigned char opcode, uint32_t callee)
{
	memory[at] = opcode;
	put(memory, at + 1, 4, callee - (at + 5));
}

static void add_field(uint32_t offset, uint32_t unit)
{
	fields[plan.field_count++] = (struct shuffle_field){ offset, BZB_SHUFFLE_CODE_0, unit };
}

static void find(void)
{
	shuffle_calls_find(&kernel, &plan);
}

static void check_range(size_t number, uint32_t start, uint32_t end)
{
	CHECK(number < plan.range_count);
	CHECK_EQ(start, plan.ranges[number].offset);
	CHECK_EQ(end, plan.ranges[number].offset + plan.ranges[number].size);
}

static void check_counts(size_t range_count, size_t calls, size_t field_count)
{
	CHECK_EQ(range_count, plan.range_count);
	CHECK_EQ(calls, plan.call_count);
	CHECK_EQ(field_count, plan.field_count);
}

static void done(void)
{
	free(plan.ranges);
}

/* --- tests ---------------------------------------------------------------------------- */

static void calls_are_no_fields_any_more(void)
{
	make(0x90);
	put_call(0x210, 0xe8, 0x300);
	add_field(0x211, SHUFFLE_BY_VALUE);
	put_call(0x310, 0xe9, 0x4f00); /* pinned code */
	add_field(0x311, SHUFFLE_BY_VALUE);
	put_call(0x320, 0xe8, 0x408); /* no multiple of 16 */
	add_field(0x321, SHUFFLE_BY_VALUE);
	put_call(0x330, 0xe8, DATA); /* no code */
	add_field(0x331, SHUFFLE_BY_VALUE);
	find();
	check_counts(1, 2, 2);
	check_range(0, 0, DATA);
	CHECK_EQ(0x321, plan.fields[0].offset);
	CHECK_EQ(0x331, plan.fields[1].offset);
	CHECK_EQ(0, plan.callees.offset);
	CHECK_EQ(DATA, plan.callees.size);
	done();
}

static void what_is_no_call_is_in_no_range(void)
{
	make(0x90);
	put_call(0x210, 0xe8, 0x300);
	add_field(0x211, SHUFFLE_BY_VALUE);
	put_call(0x220, 0xe8, 0x400); /* no field */
	put_call(0x230, 0xe8, 0x400); /* a field whose target is not the unit there */
	add_field(0x231, 5);
	put_call(0x240, 0xe8, 0x400);
	add_field(0x241, SHUFFLE_STAYS);
	put_call(0x2fd, 0xe8, 0x400); /* of two units */
	add_field(0x2fe, SHUFFLE_BY_VALUE);
	put_call(0x310, 0xe8, 0x200);
	add_field(0x311, SHUFFLE_BY_VALUE);
	find();
	check_counts(2, 2, 3);
	check_range(0, 0, 0x220);
	check_range(1, 0x2fe, DATA);
	done();
}

static void what_never_changes_does_not_matter(void)
{
	make(0x90);
	put_call(0x210, 0xe8, 0x300);
	add_field(0x211, SHUFFLE_BY_VALUE);
	put_call(0x220, 0xe8, 0x210); /* in the unit */
	put_call(0x10, 0xe8, 0x4000); /* pinned code to pinned code */
	put_call(0x2f8, 0xe8, 0x2e0); /* in the padding behind a unit, to it */
	put_call(0x420, 0xe8, 0x410);
	find();
	check_counts(1, 1, 0);
	check_range(0, 0, DATA);
	done();
}

static void ranges_have_a_size(void)
{
	static unsigned char large[4 * BZB_UNITS_RANGE_SIZE];
	static struct shuffle_field many[sizeof(large) / 0x100];

	make(0x90);
	memset(large, 0x90, sizeof(large));
	kernel.memory = (struct blob){ large, sizeof(large), false };
	sections[0].size = sizeof(large);
	plan.fields = many;
	for (uint32_t at = 0x80; at < sizeof(large); at += 0x100) {
		large[at] = 0xe8;
		put(large, at + 1, 4, 0x200 - (at + 5));
		if (at - FIRST < LAST - FIRST && at < 0x300)
			continue;
		many[plan.field_count++] =
			(struct shuffle_field){ at + 1, BZB_SHUFFLE_CODE_0, SHUFFLE_BY_VALUE };
	}
	find();
	CHECK(plan.range_count >= 3);
	CHECK_EQ(0, plan.field_count);
	for (size_t i = 0; i + 1 < plan.range_count; i++) {
		CHECK_EQ(plan.ranges[i].offset + plan.ranges[i].size, plan.ranges[i + 1].offset);
		CHECK(plan.ranges[i].size >= BZB_UNITS_RANGE_SIZE);
		CHECK(plan.ranges[i].size < BZB_UNITS_RANGE_SIZE + 0x200);
	}
	done();
}

/* Two calls, and 16 bytes between them at 0x218 */
static void make_chance(const unsigned char *bytes)
{
	make(0x90);
	put_call(0x210, 0xe8, 0x300);
	add_field(0x211, SHUFFLE_BY_VALUE);
	put_call(0x300, 0xe8, 0x200);
	add_field(0x301, SHUFFLE_BY_VALUE);
	memcpy(memory + 0x218, bytes, 16);
}

/* @at: of the byte that is in no range, or 0 */
static void check_chance(uint32_t at)
{
	find();
	check_counts(at ? 2 : 1, 2, 0);
	check_range(0, 0, at ? at : DATA);
	if (at)
		check_range(1, at + 1, DATA);
	done();
}

/* Each row: bytes at 0x218, and a field of 4 bytes at 0x220 that changes when the kernel moves */
static void what_may_become_a_call_is_in_no_range(void)
{
	static const struct {
		const char *what;
		unsigned char bytes[16];
		uint32_t at, type, symbol;
	} rows[] = {
		{ "the distance changes",
		  { [6] = 0xe8, [7] = 0xed, [10] = 0x20, [11] = 0x81 },
		  0x21e,
		  BZB_R_X86_64_32S,
		  0 },
		{ "the byte changes",
		  { [8] = 0xff, [9] = 0xff, [10] = 0x48, [11] = 0x93, [12] = 0x01 },
		  0x222,
		  BZB_R_X86_64_32S,
		  0 },
		{ "of 8 bytes",
		  { [6] = 0xe8, [7] = 0xed, [10] = 0x20, [11] = 0x81 },
		  0x21e,
		  BZB_R_X86_64_64,
		  0 },
		{ "subtracted",
		  { [6] = 0xe8, [7] = 0xed, [10] = 0x20, [11] = 0x81 },
		  0x21e,
		  BZB_R_X86_64_PC32,
		  1 },
		{ "its upper byte becomes the call",
		  { [11] = 0x12, [12] = 0x08 },
		  0x223,
		  BZB_R_X86_64_PC32,
		  1 },
		{ "not relocated",
		  { [6] = 0xe8, [7] = 0xed, [10] = 0x20, [11] = 0x81 },
		  0,
		  BZB_R_X86_64_PC32,
		  0 },
		{ "never code",
		  { [6] = 0xe8, [7] = 0xed, [10] = 0x21, [11] = 0x81 },
		  0,
		  BZB_R_X86_64_32S,
		  0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		test_state.subject = rows[i].what;
		make_chance(rows[i].bytes);
		add_reloc(0x220, rows[i].type, rows[i].symbol);
		check_chance(rows[i].at);
	}
	test_state.subject = NULL;
}

/* Each row: bytes at 0x218; both fields, at 0x220 and 0x224, change. */
static void adjacent_fields_change_together(void)
{
	static const struct {
		unsigned char bytes[16];
		uint32_t at;
	} rows[] = {
		/* 0x09480000 becomes 0x09e80000, and 0x00600001 becomes 0x01000001 */
		{ { [10] = 0x48, [11] = 0x09, [12] = 0x01, [14] = 0x60 }, 0x222 },
		/* The upper byte of the one is the call, and the other one becomes 8. */
		{ { [11] = 0x81, [12] = 0x08, [14] = 0x60 }, 0x223 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		make_chance(rows[i].bytes);
		add_reloc(0x220, BZB_R_X86_64_32S, 0);
		add_reloc(0x224, BZB_R_X86_64_32S, 0);
		check_chance(rows[i].at);
	}
}

/* --- code at random ------------------------------------------------------------------- */

static uint32_t random_state;

static uint32_t next_random(uint32_t limit)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % limit;
}

static void put_address(uint32_t at)
{
	put(memory, at, 4, 0x81000000 + next_random(SIZE) + (next_random(4) << 21));
	add_reloc(at, BZB_R_X86_64_32S, 0);
}

/* Bytes that are calls, and parts of small distances, more often than others */
static void make_random(void)
{
	static const unsigned char likely[] = { 0xe8, 0xe9, 0, 0, 0xff, 0x10, 0x0b, 0x20, 0x3b };

	make(0x90);
	for (uint32_t i = 0; i < DATA; i++)
		memory[i] = next_random(4) ? likely[next_random(ARRAY_SIZE(likely))] :
					     (unsigned char)next_random(256);
	for (uint32_t at = 16 + next_random(30); at + 16 < DATA; at += 12 + next_random(60)) {
		const uint32_t callee = next_random(DATA) & ~15u;

		if (next_random(2)) {
			put_call(at, next_random(2) ? 0xe8 : 0xe9, callee);
			add_field(at + 1, next_random(9) ? SHUFFLE_BY_VALUE : next_random(9));
		} else {
			put_address(at);
			if (next_random(2))
				put_address(at + 4);
		}
	}
}

/* The calls in all ranges; ends with 0 */
static size_t calls_of(const unsigned char *bytes, uint32_t *ret)
{
	const struct bzb_shuffle_code code = { bytes, plan.callees.offset, plan.callees.size };
	size_t count = 0;

	for (size_t i = 0; i < plan.range_count; i++) {
		const uint32_t end = plan.ranges[i].offset + plan.ranges[i].size;

		for (uint32_t at = plan.ranges[i].offset;
		     (at = bzb_shuffle_next_call(&code, at, end)) != end; at += 5)
			ret[count++] = at;
	}
	return count;
}

static void relocating_changes_no_call(void)
{
	static uint32_t wanted[DATA], found[DATA];
	static unsigned char slid[SIZE];

	for (random_state = 1; random_state < 20; random_state++) {
		const uint32_t seed = random_state;
		size_t count;

		make_random();
		find();
		CHECK(plan.call_count > 20);
		count = calls_of(memory, wanted);
		for (uint32_t slide = 0; slide < 1u << 30; slide += 1u << 21) {
			memcpy(slid, memory, sizeof(slid));
			for (size_t i = 0; i < relocs.count; i++) {
				const size_t at =
					(size_t)(bzb_ld64(entries[i].r_offset) - LINK_ADDRESS);

				put(slid, at, 4, get(slid, at, 4) + slide);
			}
			CHECK_EQ(count, calls_of(slid, found));
			CHECK(!memcmp(wanted, found, count * sizeof(*found)));
		}
		done();
		random_state = seed;
	}
}

static const struct test tests[] = {
	{ "calls are no fields any more", calls_are_no_fields_any_more },
	{ "what is no call is in no range", what_is_no_call_is_in_no_range },
	{ "what never changes does not matter", what_never_changes_does_not_matter },
	{ "ranges have a size", ranges_have_a_size },
	{ "what may become a call is in no range", what_may_become_a_call_is_in_no_range },
	{ "adjacent fields change together", adjacent_fields_change_together },
	{ "relocating changes no call", relocating_changes_no_call },
};

int main(void)
{
	return RUN_TESTS(tests);
}
