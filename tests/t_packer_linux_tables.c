/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linux's ordered tables are found by their symbols, in each form that they have had, and sorted if
 * the kernel's build has not: packer/kernel/shuffle/linux_tables.h.
 */
#include "test.h"
#include "linux_vmlinux.h"

#include "../packer/kernel/shuffle/linux_edges.h"
#include "../packer/kernel/shuffle/linux_sections.h"
#include "../packer/kernel/shuffle/linux_tables.h"

/* Offsets in a kernel of 4 KiB */
#define EXTABLE 0x100
#define MCOUNT 0x200
#define IP 0x300
#define ORC 0x380
#define CODE 0x800

static unsigned char memory[0x1000];
static struct vmlinux kernel;
static struct shuffle_plan plan;
static struct why why;

static void start(void)
{
	memset(memory, 0, sizeof(memory));
	kernel = make_vmlinux(memory, sizeof(memory));
	plan.ordered_count = 99;
}

/* A field of 4 bytes that points to @target. */
static void put_relative(size_t offset, size_t target)
{
	put(memory, offset, 4, target - offset);
}

static size_t get_relative(size_t offset)
{
	return (offset + get(memory, offset, 4)) & 0xffffffff;
}

static void add_extable(const uint32_t *instructions, uint32_t count, uint32_t handler)
{
	add_symbol(&kernel, "__start___ex_table", EXTABLE, 0);
	add_symbol(&kernel, "__stop___ex_table", EXTABLE + 12 * count, 0);
	for (uint32_t i = 0; i < count; i++) {
		put_relative(EXTABLE + 12 * i, instructions[i]);
		put_relative(EXTABLE + 12 * i + 4, instructions[i] + 7);
		if (handler)
			put_relative(EXTABLE + 12 * i + 8, handler + i % 2 * 16);
		else
			put(memory, EXTABLE + 12 * i + 8, 4, 0xfff20003 + i); /* -14, type 3 */
	}
}

static void check_extable(const uint32_t *instructions, uint32_t count, uint32_t relative_fields)
{
	const struct bzb_shuffle_ordered *table = &plan.ordered[0];

	if (linux_tables_find(&kernel, &plan, &why))
		FAIL("%s", why.text);
	CHECK_EQ(1, plan.ordered_count);
	CHECK_EQ(EXTABLE, table->offset);
	CHECK_EQ(count, table->count);
	CHECK_EQ(12, table->entry_size);
	CHECK(!table->absolute);
	CHECK_EQ(relative_fields, table->relative_fields);
	CHECK_EQ(0, table->parallel_size);
	for (uint32_t i = 0; i < count; i++) {
		CHECK_EQ(LINK_ADDRESS + instructions[i], linux_ordered_key(&kernel, table, i));
		CHECK_EQ(instructions[i], get_relative(EXTABLE + 12 * i));
		CHECK_EQ(instructions[i] + 7, get_relative(EXTABLE + 12 * i + 4));
	}
}

static void exception_table_of_numbers(void)
{
	static const uint32_t instructions[] = { CODE, CODE + 1, CODE + 0x40 };

	start();
	add_symbol(&kernel, "ex_handler_default", CODE + 0x100, 16);
	add_extable(instructions, 3, 0);
	check_extable(instructions, 3, 2);
}

static void exception_table_of_handlers(void)
{
	static const uint32_t instructions[] = { CODE, CODE + 1, CODE + 0x40 };

	start();
	add_symbol(&kernel, "ex_handler_uaccess", CODE + 0x110, 16);
	add_symbol(&kernel, "ex_handler_default", CODE + 0x100, 16);
	add_extable(instructions, 3, CODE + 0x100);
	check_extable(instructions, 3, 3);
}

static void exception_table_in_part_of_handlers(void)
{
	static const uint32_t instructions[] = { CODE, CODE + 1, CODE + 0x40 };

	start();
	add_symbol(&kernel, "ex_handler_default", CODE + 0x100, 16);
	add_extable(instructions, 3, CODE + 0x100); /* the second has another one */
	CHECK_EQ(-1, linux_tables_find(&kernel, &plan, &why));
}

static void exception_table_out_of_order(void)
{
	static const uint32_t mixed[] = { CODE + 0x40, CODE, CODE + 8, CODE + 1 };
	static const uint32_t sorted[] = { CODE, CODE + 1, CODE + 8, CODE + 0x40 };

	start();
	add_extable(mixed, 4, 0);
	check_extable(sorted, 4, 2);
	CHECK_EQ(0xfff20004, get(memory, EXTABLE + 8, 4));
	CHECK_EQ(0xfff20006, get(memory, EXTABLE + 12 + 8, 4));
	CHECK_EQ(0xfff20003, get(memory, EXTABLE + 36 + 8, 4));
}

static void exception_table_of_handlers_out_of_order(void)
{
	static const uint32_t mixed[] = { CODE + 0x40, CODE };
	static const uint32_t sorted[] = { CODE, CODE + 0x40 };

	start();
	add_symbol(&kernel, "ex_handler_default", CODE + 0x100, 16);
	add_symbol(&kernel, "ex_handler_uaccess", CODE + 0x110, 16);
	add_extable(mixed, 2, CODE + 0x100);
	check_extable(sorted, 2, 3);
	CHECK_EQ(CODE + 0x110, get_relative(EXTABLE + 8));
	CHECK_EQ(CODE + 0x100, get_relative(EXTABLE + 12 + 8));
}

/* As Linux 5.10 leaves it, and with the zeros of weak functions since 6.15 */
static void mcount_is_sorted(void)
{
	static const uint64_t mixed[] = { LINK_ADDRESS + CODE + 8, 0, LINK_ADDRESS + CODE, 0 };
	static const uint64_t sorted[] = { 0, 0, LINK_ADDRESS + CODE, LINK_ADDRESS + CODE + 8 };

	start();
	add_symbol(&kernel, "__start_mcount_loc", MCOUNT, 0);
	add_symbol(&kernel, "__stop_mcount_loc", MCOUNT + sizeof(mixed), 0);
	for (size_t i = 0; i < ARRAY_SIZE(mixed); i++)
		put(memory, MCOUNT + 8 * i, 8, mixed[i]);
	CHECK_EQ(0, linux_tables_find(&kernel, &plan, &why));
	CHECK_EQ(1, plan.ordered_count);
	CHECK(plan.ordered[0].absolute);
	CHECK_EQ(8, plan.ordered[0].entry_size);
	CHECK_EQ(0, plan.ordered[0].relative_fields);
	CHECK_EQ(4, plan.ordered[0].count);
	CHECK_EQ(MCOUNT, plan.ordered[0].offset);
	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
		CHECK_EQ(sorted[i], get(memory, MCOUNT + 8 * i, 8));
}

static void add_orc(size_t first, size_t second, size_t size)
{
	add_symbol(&kernel, "__start_orc_unwind_ip", IP, 0);
	add_symbol(&kernel, "__stop_orc_unwind_ip", IP + 8, 0);
	add_symbol(&kernel, "__start_orc_unwind", ORC, 0);
	add_symbol(&kernel, "__stop_orc_unwind", (uint32_t)(ORC + size), 0);
	put_relative(IP, first);
	put_relative(IP + 4, second);
}

static void orc_has_two_tables(void)
{
	start();
	add_orc(CODE, CODE, 12);
	CHECK_EQ(0, linux_tables_find(&kernel, &plan, &why));
	CHECK_EQ(1, plan.ordered_count);
	CHECK_EQ(IP, plan.ordered[0].offset);
	CHECK_EQ(2, plan.ordered[0].count);
	CHECK_EQ(4, plan.ordered[0].entry_size);
	CHECK_EQ(1, plan.ordered[0].relative_fields);
	CHECK_EQ(ORC, plan.ordered[0].parallel_offset);
	CHECK_EQ(6, plan.ordered[0].parallel_size);
}

static void orc_out_of_order(void)
{
	start();
	add_orc(CODE + 1, CODE, 12);
	CHECK_EQ(-1, linux_tables_find(&kernel, &plan, &why));
}

static void orc_tables_of_different_lengths(void)
{
	start();
	add_orc(CODE, CODE, 18);
	CHECK_EQ(-1, linux_tables_find(&kernel, &plan, &why));
}

static void no_tables(void)
{
	start();
	CHECK_EQ(0, linux_tables_find(&kernel, &plan, &why));
	CHECK_EQ(0, plan.ordered_count);
}

static void an_empty_table(void)
{
	start();
	add_symbol(&kernel, "__start_mcount_loc", MCOUNT, 0);
	add_symbol(&kernel, "__stop_mcount_loc", MCOUNT, 0);
	CHECK_EQ(0, linux_tables_find(&kernel, &plan, &why));
	CHECK_EQ(0, plan.ordered_count);
}

static void ends_that_are_no_ends(void)
{
	static const struct {
		uint32_t start, stop;
	} cases[] = { { MCOUNT, MCOUNT + 4 }, { MCOUNT, MCOUNT - 8 }, { 0xff8, 0x1008 } };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		start();
		add_symbol(&kernel, "__start_mcount_loc", cases[i].start, 0);
		add_symbol(&kernel, "__stop_mcount_loc", cases[i].stop, 0);
		CHECK_EQ(-1, linux_tables_find(&kernel, &plan, &why));
	}
}

static void a_section_without_symbols(void)
{
	struct vmlinux_section section = { .name = "__ex_table", .offset = EXTABLE, .size = 36 };
	static const uint32_t instructions[] = { CODE, CODE + 1, CODE + 0x40 };

	start();
	kernel.sections = &section;
	kernel.section_count = 1;
	CHECK_EQ(-1, linux_tables_find(&kernel, &plan, &why));
	CHECK(strstr(why.text, "__ex_table") != NULL);
	add_extable(instructions, 3, 0);
	CHECK_EQ(0, linux_tables_find(&kernel, &plan, &why));
}

static void edges(void)
{
	CHECK(linux_is_edge("_text"));
	CHECK(linux_is_edge("_etext"));
	CHECK(linux_is_edge("__sched_text_start"));
	CHECK(linux_is_edge("__static_call_text_end"));
	CHECK(linux_is_edge("__indirect_thunk_start"));
	CHECK(!linux_is_edge("_text_"));
	CHECK(!linux_is_edge("schedule"));
	CHECK(!linux_is_edge("__text_start_"));
	CHECK(linux_is_returned_to("arch_rethook_trampoline"));
	CHECK(!linux_is_returned_to("__pfx_ret_from_fork"));
	CHECK(linux_is_fixed_behind("__entry_text_start"));
	CHECK(!linux_is_fixed_behind("__sched_text_start"));
	CHECK(linux_is_prefix("__cfi_schedule") && !linux_is_prefix("schedule"));
	CHECK(linux_is_hash("__cfi_schedule") && !linux_is_hash("__pfx_schedule"));
	CHECK(linux_is_prefix("__pi___cfi_sme_enable") && !linux_is_prefix("__pi_sme_enable"));
	CHECK(linux_is_cold("schedule.cold") && linux_is_cold("schedule.cold.1"));
	CHECK(linux_is_cold("schedule.constprop.0.cold") && !linux_is_cold("cold"));
	CHECK(!linux_is_cold("foo.coldplug"));
}

static void sections(void)
{
	CHECK_EQ(LINUX_SECTION_ORDERED, linux_section_kind("__ex_table"));
	CHECK_EQ(LINUX_SECTION_ORDERED, linux_section_kind(".orc_unwind_ip"));
	CHECK_EQ(LINUX_SECTION_PLACES, linux_section_kind("__bug_table"));
	CHECK_EQ(LINUX_SECTION_PLACES, linux_section_kind("runtime_ptr_USER_PTR_MAX"));
	CHECK_EQ(LINUX_SECTION_IN_PLACE, linux_section_kind(".data"));
	CHECK(linux_section_says_places("__ex_table") && linux_section_says_places("__bug_table"));
	CHECK(!linux_section_says_places(".data") && !linux_section_says_places(".data.new"));
	CHECK_EQ(LINUX_SECTION_UNKNOWN, linux_section_kind(".data.new_table"));
	CHECK_EQ(LINUX_SECTION_UNKNOWN, linux_section_kind(""));
	for (size_t i = 0; linux_section_at(i); i++)
		CHECK(linux_section_at(i)->kind != LINUX_SECTION_UNKNOWN);
}

static const struct test tests[] = {
	{ "an exception table since Linux 5.16", exception_table_of_numbers },
	{ "an exception table of Linux 5.10", exception_table_of_handlers },
	{ "an exception table of both is refused", exception_table_in_part_of_handlers },
	{ "an exception table is sorted", exception_table_out_of_order },
	{ "an exception table of Linux 5.10 is sorted", exception_table_of_handlers_out_of_order },
	{ "__mcount_loc is sorted, zeros first", mcount_is_sorted },
	{ "ORC is two tables", orc_has_two_tables },
	{ "ORC out of order is refused", orc_out_of_order },
	{ "ORC of two lengths is refused", orc_tables_of_different_lengths },
	{ "a kernel without tables", no_tables },
	{ "an empty table is left out", an_empty_table },
	{ "bad ends of a table are refused", ends_that_are_no_ends },
	{ "a table without symbols is refused", a_section_without_symbols },
	{ "names that are edges", edges },
	{ "sections are known or not", sections },
};

int main(void)
{
	return RUN_TESTS(tests);
}
