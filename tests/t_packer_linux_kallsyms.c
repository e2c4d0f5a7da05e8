/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kallsyms is read in each form that it has had, and an edge in a unit is refused:
 * packer/kernel/shuffle/linux_kallsyms.h.
 */
#include "test.h"
#include "linux_vmlinux.h"

#include "../packer/kernel/shuffle/linux_kallsyms.h"

/* Offsets in a kernel of 64 KiB */
#define COUNT 0x100
#define BASE 0x108
#define OFFSETS 0x200
#define MARKERS 0x1000
#define SEQS 0x1100
#define TOKENS 0x2000
#define INDEX 0x3000
#define NAMES 0x4000
#define CODE 0x8000

#define ABSOLUTE 3	/* symbols of a per-CPU section that is linked to 0 */

/* The letter for the type first, as in the table */
struct symbol {
	uint32_t offset; /* from CODE; of the first ABSOLUTE ones in percpu form: the address */
	const char *name;
};

static const struct symbol few[] = {
	{ 0, "T_stext" },   { 0, "T_text" },	 { 0, "tfirst" },   { 0x10, "tdup" },
	{ 0x20, "tdup" },   { 0x20, "tsecond" }, { 0x20, "Twant" }, { 0x20, "T__sched_text_start" },
	{ 0x30, "Tthird" }, { 0x30, "T_etext" },
};

static unsigned char memory[0x10000];
static struct vmlinux kernel;
static struct shuffle_plan plan;
static struct shuffle_unit units[8];
static struct linux_kallsyms kallsyms;
static struct why why;
static const struct symbol *symbols;
static uint32_t symbol_count;

/* --- making --------------------------------------------------------------------------- */

static uint64_t address_of(uint32_t i, enum bzb_shuffle_names_form form)
{
	return form == BZB_SHUFFLE_NAMES_PERCPU && i < ABSOLUTE ?
		       i * 8 :
		       LINK_ADDRESS + CODE + symbols[i].offset;
}

static void put_address(uint32_t i, enum bzb_shuffle_names_form form)
{
	const uint64_t address = address_of(i, form), base = LINK_ADDRESS + 0x100;
	const size_t at = OFFSETS + 4 * i;

	if (form == BZB_SHUFFLE_NAMES_RELATIVE)
		put(memory, at, 4, address - (LINK_ADDRESS + at));
	else if (form == BZB_SHUFFLE_NAMES_BASE)
		put(memory, at, 4, address - base);
	else
		put(memory, at, 4, i < ABSOLUTE ? address : base - 1 - address);
}

/* Tokens are characters; but 1 is "Ts", which begins a name with its letter, and 2 is "_text". */
static void put_tokens(void)
{
	size_t at = TOKENS;

	for (unsigned int i = 0; i < 256; i++) {
		const char letter[] = { (char)i, 0 };
		const char *token = i == 1 ? "Ts" : i == 2 ? "_text" : letter;

		put(memory, INDEX + 2 * i, 2, at - TOKENS);
		strcpy((char *)memory + at, token);
		at += strlen(token) + 1;
	}
}

/* Replaces "_text" by its token; the length has one byte or, if @wide, two. */
static size_t put_name(size_t at, const char *name, bool wide)
{
	unsigned char bytes[200];
	size_t count = 0;

	while (*name) {
		const bool token = !strncmp(name, "_text", 5);

		bytes[count++] = token ? 2 : (unsigned char)*name;
		name += token ? 5 : 1;
	}
	put(memory, at, 1, wide ? count | 0x80 : count);
	if (wide)
		put(memory, at + 1, 1, count >> 7);
	at += wide ? 2 : 1;
	memcpy(memory + at, bytes, count);
	return at + count;
}

static int compare_seqs(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	const int order = strcmp(symbols[x].name + 1, symbols[y].name + 1);

	return order ? order : x < y ? -1 : 1;
}

static void put_seqs(void)
{
	uint32_t order[600];

	for (uint32_t i = 0; i < symbol_count; i++)
		order[i] = i;
	qsort(order, symbol_count, sizeof(*order), compare_seqs);
	for (uint32_t i = 0; i < symbol_count; i++) {
		put(memory, SEQS + 3 * i, 1, order[i] >> 16);
		put(memory, SEQS + 3 * i + 1, 1, order[i] >> 8);
		put(memory, SEQS + 3 * i + 2, 1, order[i]);
	}
}

static void make(const struct symbol *of, uint32_t count, enum bzb_shuffle_names_form form,
		 bool seqs)
{
	size_t at = NAMES;

	memset(memory, 0, sizeof(memory));
	kernel = make_vmlinux(memory, sizeof(memory));
	plan = (struct shuffle_plan){ .units = units };
	symbols = of;
	symbol_count = count;
	put(memory, COUNT, 4, count);
	put(memory, BASE, 8, LINK_ADDRESS + 0x100);
	put_tokens();
	for (uint32_t i = 0; i < count; i++) {
		put_address(i, form);
		if (i % 256 == 0)
			put(memory, MARKERS + i / 256 * 4, 4, at - NAMES);
		at = put_name(at, of[i].name, i % 5 == 4 || strlen(of[i].name) > 127);
	}
	put_seqs();
	add_symbol(&kernel, "kallsyms_num_syms", COUNT, 0);
	add_symbol(&kernel, "kallsyms_offsets", OFFSETS, 0);
	add_symbol(&kernel, "kallsyms_names", NAMES, 0);
	add_symbol(&kernel, "kallsyms_markers", MARKERS, 0);
	add_symbol(&kernel, "kallsyms_token_table", TOKENS, 0);
	add_symbol(&kernel, "kallsyms_token_index", INDEX, 0);
	add_symbol(&kernel, "_stext", CODE, 0);
	if (form != BZB_SHUFFLE_NAMES_RELATIVE)
		add_symbol(&kernel, "kallsyms_relative_base", BASE, 0);
	if (seqs)
		add_symbol(&kernel, "kallsyms_seqs_of_names", SEQS, 0);
}

static void add_unit(uint32_t offset)
{
	units[plan.unit_count++] = (struct shuffle_unit){ .offset = CODE + offset, .size = 0x10 };
}

/* --- checks --------------------------------------------------------------------------- */

static void check_symbol(uint32_t i, const char *name, uint64_t address)
{
	char found[200];
	const char letter = linux_kallsyms_name(&kallsyms, i, found, sizeof(found));

	if (letter != name[0] || strcmp(found, name + 1) != 0)
		FAIL("name %u is %c %s, not %s", i, letter, found, name);
	CHECK_EQ(address, linux_kallsyms_address(&kallsyms, i));
}

static void open_names(void)
{
	if (linux_kallsyms_open(&kernel, &kallsyms, &why))
		FAIL("%s", why.text);
}

static void check_form(enum bzb_shuffle_names_form form, bool seqs)
{
	static const struct symbol all[] = {
		{ 0, "Afixed_percpu_data" },
		{ 8, "Acpu_debug_store" },
		{ 16, "Airq_stack" },
		{ 0, "T_stext" },
		{ 8, "tafter" },
	};
	const uint32_t skip = form == BZB_SHUFFLE_NAMES_PERCPU ? 0 : ABSOLUTE;

	make(all + skip, ARRAY_SIZE(all) - skip, form, seqs);
	open_names();
	CHECK_EQ(form, kallsyms.names.form);
	CHECK_EQ(symbol_count, kallsyms.names.count);
	CHECK_EQ(OFFSETS, kallsyms.names.offsets);
	CHECK_EQ(NAMES, kallsyms.names.names);
	CHECK_EQ(MARKERS, kallsyms.names.markers);
	CHECK_EQ(seqs ? SEQS : 0, kallsyms.names.seqs);
	for (uint32_t i = 0; i < symbol_count; i++)
		check_symbol(i, symbols[i].name, address_of(i, form));
	linux_kallsyms_close(&kallsyms);
}

/* --- tests ---------------------------------------------------------------------------- */

static void form_of_5_10(void)
{
	check_form(BZB_SHUFFLE_NAMES_PERCPU, false);
}

static void form_of_6_2(void)
{
	check_form(BZB_SHUFFLE_NAMES_PERCPU, true);
}

static void form_of_6_15(void)
{
	check_form(BZB_SHUFFLE_NAMES_BASE, true);
}

static void form_of_7_0(void)
{
	check_form(BZB_SHUFFLE_NAMES_RELATIVE, true);
}

static void long_names(void)
{
	static char name[150];
	const struct symbol all[] = { { 0, "T_stext" }, { 8, name } };
	char cut[8];

	memset(name, 'x', sizeof(name) - 1);
	make(all, 2, BZB_SHUFFLE_NAMES_BASE, true);
	open_names();
	check_symbol(1, name, LINK_ADDRESS + CODE + 8);
	CHECK_EQ('x', (unsigned char)linux_kallsyms_name(&kallsyms, 1, cut, sizeof(cut)));
	CHECK(!strcmp(cut, "xxxxxxx"));
	linux_kallsyms_close(&kallsyms);
}

static void plan_names(void)
{
	if (linux_kallsyms_plan(&kernel, &plan, &why))
		FAIL("%s", why.text);
	open_names();
}

static void names_are_described(void)
{
	make(few, ARRAY_SIZE(few), BZB_SHUFFLE_NAMES_BASE, true);
	add_unit(0x10); /* 0x20, where an edge is, is behind it */
	plan_names();
	CHECK_EQ(BZB_SHUFFLE_NAMES_BASE, plan.names.form);
	CHECK_EQ(symbol_count, plan.names.count);
	CHECK_EQ(OFFSETS, plan.names.offsets);
	linux_kallsyms_close(&kallsyms);
}

/* They are those of .symtab that are not where kallsyms says: absolute, or missing. */
static void edges_in_units(void)
{
	static const struct {
		const char *name;
		uint32_t unit, gap;
	} cases[] = {
		{ "where a unit begins", 0x20, 0 },
		{ "in a unit", 0x18, 0 },
		{ "in the padding behind a unit", 0x10, 0x10 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		test_state.subject = cases[i].name;
		make(few, ARRAY_SIZE(few), BZB_SHUFFLE_NAMES_BASE, true);
		add_unit(cases[i].unit);
		units[0].gap = cases[i].gap;
		CHECK_EQ(-1, linux_kallsyms_plan(&kernel, &plan, &why));
		CHECK(strstr(why.text, "kallsyms has __sched_text_start at 0xffffffff81008020"));
		CHECK_EQ(0, plan.names.count);
	}
	test_state.subject = NULL;
}

static void no_kallsyms(void)
{
	make(few, ARRAY_SIZE(few), BZB_SHUFFLE_NAMES_BASE, true);
	kernel.symbol_count = 0;
	plan_names();
	CHECK_EQ(0, plan.names.count);
}

static void damaged(void)
{
	static const struct {
		const char *name;
		size_t offset;
		unsigned int width;
		uint64_t value;
	} cases[] = {
		{ "no names", COUNT, 4, 0 },
		{ "a count past the end", COUNT, 4, 0x10000 },
		{ "a count of one more", COUNT, 4, ARRAY_SIZE(few) + 1 },
		{ "a name without bytes", NAMES, 1, 0 },
		{ "a name past the end", NAMES, 2, 0xffff },
		{ "a marker elsewhere", MARKERS, 4, 1 },
		{ "an address below the one before it", OFFSETS + 4, 4, 0 },
		{ "all addresses elsewhere", BASE, 8, LINK_ADDRESS },
		{ "a number that repeats", SEQS + 2, 1, 1 },
		{ "a number too large", SEQS, 1, 1 },
		{ "a token outside", INDEX, 2, 0xffff },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		test_state.subject = cases[i].name;
		make(few, ARRAY_SIZE(few), BZB_SHUFFLE_NAMES_BASE, true);
		if (cases[i].offset == INDEX)
			kernel.symbols[4].address = LINK_ADDRESS + 0xff00; /* token_table */
		put(memory, cases[i].offset, cases[i].width, cases[i].value);
		CHECK_EQ(-1, linux_kallsyms_open(&kernel, &kallsyms, &why));
	}
	test_state.subject = NULL;
}

static void symbols_missing(void)
{
	for (size_t i = 1; i < 7; i++) {
		make(few, ARRAY_SIZE(few), BZB_SHUFFLE_NAMES_BASE, true);
		test_state.subject = kernel.symbols[i].name;
		kernel.symbols[i].name = "";
		CHECK_EQ(-1, linux_kallsyms_open(&kernel, &kallsyms, &why));
	}
	make(few, ARRAY_SIZE(few), BZB_SHUFFLE_NAMES_BASE, true);
	add_symbol(&kernel, "kallsyms_addresses", OFFSETS, 0);
	CHECK_EQ(-1, linux_kallsyms_open(&kernel, &kallsyms, &why));
	test_state.subject = NULL;
}

static const struct test tests[] = {
	{ "kallsyms of Linux 5.10", form_of_5_10 },
	{ "kallsyms since Linux 6.2", form_of_6_2 },
	{ "kallsyms since Linux 6.15", form_of_6_15 },
	{ "kallsyms since Linux 7.0", form_of_7_0 },
	{ "names of more than 127 bytes", long_names },
	{ "names are described", names_are_described },
	{ "an edge in a unit is refused", edges_in_units },
	{ "a kernel without kallsyms", no_kallsyms },
	{ "damaged names are refused", damaged },
	{ "missing symbols are refused", symbols_missing },
};

int main(void)
{
	return RUN_TESTS(tests);
}
