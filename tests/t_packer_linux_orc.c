/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Units get entries of their own in ORC, and lookups find what they found before, in any order of
 * the units: packer/kernel/shuffle/linux_orc.h.
 */
#include "test.h"
#include "linux_vmlinux.h"

#include "../packer/kernel/shuffle/linux_orc.h"
#include "../packer/kernel/shuffle/linux_tables.h"

/* Offsets in a kernel of 4 KiB */
#define IP 0x100
#define ORC 0x200
#define CODE 0x800
#define CODE_SIZE 0x100

enum { FUNCTION_MAX = 8, ENTRY_MAX = 32 };

struct entry {
	uint32_t key;	    /* from CODE */
	unsigned char says; /* six times; 0: nothing to unwind */
};

/* Code, then padding up to the next function. */
struct function {
	uint32_t offset, size; /* from CODE */
	const char *name;
};

static unsigned char memory[0x1000], before[0x1000];
static bool is_code[CODE_SIZE];
static struct vmlinux kernel;
static struct shuffle_plan plan;
static struct shuffle_unit units[FUNCTION_MAX];
static struct shuffle_group groups[2];
static struct linux_orc_changes changes;
static struct why why;

static void start(const struct entry *entries, uint32_t count)
{
	memset(memory, 0, sizeof(memory));
	memset(memory + CODE, 0xcc, CODE_SIZE);
	memset(is_code, 0, sizeof(is_code));
	kernel = make_vmlinux(memory, sizeof(memory));
	plan = (struct shuffle_plan){ .units = units, .groups = groups };
	add_symbol(&kernel, "__start_orc_unwind_ip", IP, 0);
	add_symbol(&kernel, "__stop_orc_unwind_ip", IP + 4 * count, 0);
	add_symbol(&kernel, "__start_orc_unwind", ORC, 0);
	add_symbol(&kernel, "__stop_orc_unwind", ORC + 6 * count, 0);
	for (uint32_t i = 0; i < count; i++) {
		put(memory, IP + 4 * i, 4, CODE + entries[i].key - (IP + 4 * i));
		memset(memory + ORC + 6 * i, entries[i].says, 6);
	}
}

#define START(entries) start(entries, ARRAY_SIZE(entries))

static void add_function(uint32_t offset, uint32_t size, const char *name)
{
	add_symbol(&kernel, name, CODE + offset, size);
	memset(memory + CODE + offset, 0xc3, size);
	memset(is_code + offset, 1, size);
}

/* A group of units that begin at @begins, which end with the group's end. */
static void add_group(const uint32_t *begins, uint32_t count)
{
	groups[plan.group_count++] = (struct shuffle_group){
		.offset = CODE + begins[0],
		.size = begins[count - 1] - begins[0],
		.first_unit = (uint32_t)plan.unit_count,
		.unit_count = count - 1,
	};
	for (uint32_t i = 0; i + 1 < count; i++)
		units[plan.unit_count++] = (struct shuffle_unit){
			.offset = CODE + begins[i],
			.size = begins[i + 1] - begins[i],
		};
}

#define ADD_GROUP(...) \
	add_group((const uint32_t[]){ __VA_ARGS__ }, \
		  sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

static int make_canonical(void)
{
	if (linux_tables_find(&kernel, &plan, &why))
		FAIL("%s", why.text);
	memcpy(before, memory, sizeof(memory));
	return linux_orc_make_canonical(&kernel, &plan, &changes, &why);
}

/* --- lookups, as the kernel has them ---------------------------------------------------- */

static uint32_t count_of(void)
{
	return plan.ordered[0].count;
}

static uint32_t key_of(const unsigned char *in, uint32_t i)
{
	return (uint32_t)get(in, IP + 4 * i, 4) + IP + 4 * i - CODE;
}

/* The last entry that is not behind @offset. */
static unsigned char look_up(const unsigned char *in, uint32_t offset)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < count_of(); i++)
		if (key_of(in, i) <= offset)
			found = i;
	return in[ORC + 6 * found];
}

static bool has_entry(uint32_t offset)
{
	for (uint32_t i = 0; i < count_of(); i++)
		if (key_of(memory, i) == offset)
			return true;
	return false;
}

/* The entries that units take with them, when the units of the first group have another order. */
static unsigned char look_up_moved(const uint32_t *order, uint32_t offset)
{
	uint32_t at = groups[0].offset - CODE;
	unsigned char says = look_up(memory, at ? at - 1 : 0);

	for (uint32_t i = 0; i < groups[0].unit_count; i++) {
		const struct shuffle_unit *unit = &units[order[i]];
		const uint32_t begin = unit->offset - CODE;

		for (uint32_t e = 0; e < count_of(); e++)
			if (key_of(memory, e) - begin < unit->size &&
			    key_of(memory, e) - begin + at <= offset)
				says = memory[ORC + 6 * e];
		at += unit->size;
	}
	return says;
}

static void check_order(const uint32_t *order)
{
	uint32_t at = groups[0].offset - CODE;

	for (uint32_t i = 0; i < groups[0].unit_count; i++) {
		const uint32_t begin = units[order[i]].offset - CODE, size = units[order[i]].size;

		for (uint32_t byte = 0; byte < size; byte++)
			if (is_code[begin + byte])
				CHECK_EQ(look_up(before, begin + byte),
					 look_up_moved(order, at + byte));
		at += size;
	}
}

static void check_orders(uint32_t *order, uint32_t done)
{
	if (done == groups[0].unit_count)
		check_order(order);
	for (uint32_t i = done; i < groups[0].unit_count; i++) {
		const uint32_t first = order[done];

		order[done] = order[i];
		order[i] = first;
		check_orders(order, done + 1);
		order[i] = order[done];
		order[done] = first;
	}
}

static void check(uint32_t missing, uint32_t repeated, uint32_t padding)
{
	uint32_t order[FUNCTION_MAX] = { 0, 1, 2, 3, 4, 5, 6, 7 };

	if (make_canonical())
		FAIL("%s", why.text);
	CHECK_EQ(missing, changes.missing);
	CHECK_EQ(repeated, changes.repeated);
	CHECK_EQ(padding, changes.padding);
	for (uint32_t i = 1; i < count_of(); i++)
		CHECK(key_of(memory, i - 1) <= key_of(memory, i));
	for (uint32_t i = 0; i < CODE_SIZE; i++)
		if (is_code[i])
			CHECK_EQ(look_up(before, i), look_up(memory, i));
	for (size_t i = 0; i < plan.unit_count; i++)
		CHECK(has_entry(units[i].offset - CODE));
	for (size_t i = 0; i < plan.group_count; i++)
		CHECK(has_entry(groups[i].offset + groups[i].size - CODE));
	check_orders(order, 0);
}

static void check_too_few(const char *expected)
{
	CHECK_EQ(-1, make_canonical());
	CHECK(strstr(why.text, expected) != NULL);
	CHECK_BYTES(before, memory, sizeof(memory));
}

/* --- tests ---------------------------------------------------------------------------- */

/* The second function continues what the first says; the third's padding has an entry to spare. */
static const struct entry three[] = {
	{ 0, 1 }, { 0x04, 2 }, { 0x20, 1 }, { 0x28, 0 }, { 0x30, 1 }
};

static void add_three(void)
{
	add_function(0x00, 0x10, "first");
	add_function(0x10, 0x10, "second");
	add_function(0x20, 0x08, "third");
	add_function(0x30, 0x10, "pinned");
}

static void a_unit_gets_an_entry(void)
{
	START(three);
	add_three();
	ADD_GROUP(0, 0x10, 0x20, 0x30);
	check(1, 0, 1);
	CHECK_EQ(2, look_up(memory, 0x10));
	CHECK(!has_entry(0x28));
}

static void nothing_is_missing(void)
{
	START(three);
	add_three();
	ADD_GROUP(0, 0x20, 0x30);
	check(0, 0, 0);
	CHECK_BYTES(before, memory, sizeof(memory));
}

static void entries_that_repeat_go_first(void)
{
	static const struct entry entries[] = { { 0, 1 }, { 0x04, 1 }, { 0x28, 0 }, { 0x30, 1 } };

	START(entries);
	add_three();
	ADD_GROUP(0, 0x20, 0x30);
	check(1, 1, 0);
	CHECK(!has_entry(0x04) && has_entry(0x28));
}

static void entries_that_are_hidden_go_first(void)
{
	static const struct entry entries[] = {
		{ 0, 1 }, { 0x04, 0 }, { 0x04, 2 }, { 0x28, 0 }, { 0x30, 1 }
	};

	START(entries);
	add_three();
	ADD_GROUP(0, 0x20, 0x30);
	check(1, 1, 0);
	CHECK(has_entry(0x04) && has_entry(0x28));
}

/* Terminators at the end of an object, which the next function's entry hides, stay hidden. */
static void hidden_entries_move(void)
{
	static const struct entry entries[] = { { 0, 1 },    { 0x10, 0 }, { 0x10, 3 }, { 0x20, 0 },
						{ 0x20, 2 }, { 0x28, 0 }, { 0x30, 1 } };

	START(entries);
	add_three();
	ADD_GROUP(0, 0x10, 0x20, 0x30);
	check(0, 0, 0);
}

static void code_behind_a_group(void)
{
	static const struct entry entries[] = { { 0, 1 }, { 0x10, 2 }, { 0x18, 0 }, { 0x20, 1 } };

	START(entries);
	add_function(0x00, 0x10, "first");
	add_function(0x10, 0x08, "second");
	add_function(0x20, 0x08, "third");
	add_function(0x28, 0x08, "pinned");
	ADD_GROUP(0, 0x10, 0x20, 0x28);
	check(1, 0, 1);
	CHECK_EQ(1, look_up(memory, 0x28));
}

static void groups_side_by_side(void)
{
	static const struct entry entries[] = {
		{ 0, 1 }, { 0x08, 0 }, { 0x10, 1 }, { 0x18, 0 }, { 0x30, 2 }
	};

	START(entries);
	add_function(0x00, 0x08, "first");
	add_function(0x10, 0x08, "second");
	add_function(0x20, 0x10, "third");
	add_function(0x30, 0x10, "pinned");
	ADD_GROUP(0, 0x10, 0x20);
	ADD_GROUP(0x20, 0x30);
	check(1, 0, 1);
	CHECK_EQ(0, look_up(memory, 0x20));
}

/* Without an entry that is not behind an address, the kernel takes the first one. */
static void code_before_all_entries(void)
{
	static const struct entry entries[] = { { 0x08, 1 }, { 0x18, 0 }, { 0x20, 3 } };

	START(entries);
	add_function(0x00, 0x10, "first");
	add_function(0x10, 0x08, "second");
	add_function(0x20, 0x10, "pinned");
	ADD_GROUP(0, 0x20);
	check(1, 1, 0);
}

/* Code without ORC follows padding without an entry of its own: the padding's entry is its. */
static void code_without_orc(void)
{
	static const struct entry entries[] = { { 0, 1 }, { 0x08, 0 }, { 0x10, 0 }, { 0x28, 1 } };

	START(entries);
	add_function(0x00, 0x08, "first");
	add_function(0x10, 0x10, "assembly");
	add_function(0x20, 0x08, "second");
	add_function(0x28, 0x08, "pinned");
	ADD_GROUP(0, 0x20, 0x28);
	check(1, 1, 0);
	CHECK_EQ(0, look_up(memory, 0x10));
}

/* As above, but its own entry has gone: the padding's is needed. */
static void code_without_orc_or_entry(void)
{
	static const struct entry entries[] = { { 0, 1 }, { 0x08, 0 }, { 0x10, 0 }, { 0x30, 1 } };

	START(entries);
	add_function(0x00, 0x08, "first");
	add_function(0x10, 0x10, "assembly");
	add_function(0x20, 0x08, "second");
	add_function(0x28, 0x08, "third");
	ADD_GROUP(0, 0x20, 0x28, 0x30);
	check_too_few("2 new entries for its units, and only 1 can go");
}

/* An entry in padding that is left out also says of the unit behind it, which has none of its own. */
static void an_entry_in_a_gap(void)
{
	static const struct entry entries[] = { { 0, 1 }, { 0x10, 0 }, { 0x30, 1 } };

	START(entries);
	add_function(0x00, 0x08, "first");
	add_function(0x20, 0x08, "second");
	add_function(0x30, 0x08, "pinned");
	ADD_GROUP(0, 0x20, 0x30);
	units[0].size = units[0].gap = 0x10;
	check(1, 1, 0);
	CHECK_EQ(0, look_up(memory, 0x20));
}

/* The entry for a unit's first byte stays, also if that is padding. */
static void a_unit_of_padding(void)
{
	static const struct entry entries[] = { { 0, 1 }, { 0x10, 0 }, { 0x20, 1 }, { 0x30, 1 } };

	START(entries);
	add_function(0x00, 0x10, "first");
	add_function(0x20, 0x08, "second");
	add_function(0x28, 0x08, "third");
	ADD_GROUP(0, 0x10, 0x20, 0x28, 0x30);
	check_too_few("1 new entries for its units, and only 0 can go");
}

static void too_few_entries(void)
{
	static const struct entry entries[] = { { 0, 1 }, { 0x30, 1 } };

	START(entries);
	add_three();
	ADD_GROUP(0, 0x10, 0x20, 0x30);
	check_too_few("2 new entries for its units, and only 0 can go");
}

static void padding_that_is_none(void)
{
	static const struct {
		const char *name;
		uint32_t offset, width, bytes; /* at CODE */
		unsigned char says;
		const char *symbol;
		uint32_t at; /* of the symbol */
	} cases[] = {
		{ "code", 0x2f, 1, 0xc3, 0, NULL, 0 },
		{ "a nop that does not end", 0x2e, 2, 0x1f0f, 0, NULL, 0 },
		{ "a label", 0x28, 1, 0xcc, 0, "label", 0x2c },
		{ "nops of a function", 0x28, 1, 0xcc, 0, "third", 0x20 },
		{ "an entry that can be unwound", 0x28, 1, 0xcc, 3, NULL, 0 },
		{ "before code that is returned to", 0x28, 1, 0xcc, 0, "ret_from_fork_asm", 0x30 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		test_state.subject = cases[i].name;
		START(three);
		add_three();
		ADD_GROUP(0, 0x10, 0x20, 0x30);
		put(memory, CODE + cases[i].offset, cases[i].width, cases[i].bytes);
		memset(memory + ORC + 6 * 3, cases[i].says, 6);
		if (cases[i].symbol)
			add_symbol(&kernel, cases[i].symbol, CODE + cases[i].at,
				   cases[i].at == 0x20 ? 0x10 : 0);
		check_too_few("1 new entries for its units, and only 0 can go");
	}
	test_state.subject = NULL;
}

/* The forms in which assemblers pad. */
static void nops_are_padding(void)
{
	static const char *const nops[] = {
		"\x90\x90\x90\x90\x90\x90\x90\x90", "\x66\x90\x66\x90\x0f\x1f\x40\x00",
		"\x0f\x1f\x00\x0f\x1f\x44\x00\x00", "\x0f\x1f\x80\x00\x00\x00\x00\x90",
		"\x0f\x1f\x84\x00\x00\x00\x00\x00", "\xcc\x66\x66\x66\x2e\x90\xcc\xcc",
	};

	for (size_t i = 0; i < ARRAY_SIZE(nops); i++) {
		START(three);
		add_three();
		ADD_GROUP(0, 0x10, 0x20, 0x30);
		memcpy(memory + CODE + 0x28, nops[i], 8);
		check(1, 0, 1);
	}
}

static void no_orc(void)
{
	START(three);
	kernel.symbol_count = 0;
	add_three();
	ADD_GROUP(0, 0x10, 0x20, 0x30);
	CHECK_EQ(0, make_canonical());
	CHECK_EQ(0, changes.missing);
}

static void entries_outside_the_kernel(void)
{
	START(three);
	add_three();
	ADD_GROUP(0, 0x10, 0x20, 0x30);
	put(memory, IP + 4 * 4, 4, 0x10000);
	check_too_few("outside the kernel");
}

static const struct test tests[] = {
	{ "a unit gets an entry for its first byte", a_unit_gets_an_entry },
	{ "nothing changes if nothing is missing", nothing_is_missing },
	{ "entries that repeat go first", entries_that_repeat_go_first },
	{ "entries that are hidden go first", entries_that_are_hidden_go_first },
	{ "entries that are hidden move", hidden_entries_move },
	{ "code behind a group gets an entry", code_behind_a_group },
	{ "groups side by side", groups_side_by_side },
	{ "code before all entries", code_before_all_entries },
	{ "code without ORC keeps the entry before it", code_without_orc },
	{ "code without ORC keeps the entry of padding", code_without_orc_or_entry },
	{ "a unit of padding keeps its entry", a_unit_of_padding },
	{ "an entry in padding that is left out", an_entry_in_a_gap },
	{ "too few entries are counted", too_few_entries },
	{ "what is no padding keeps its entry", padding_that_is_none },
	{ "nops are padding", nops_are_padding },
	{ "a kernel without ORC", no_orc },
	{ "entries outside the kernel are refused", entries_outside_the_kernel },
};

int main(void)
{
	return RUN_TESTS(tests);
}
