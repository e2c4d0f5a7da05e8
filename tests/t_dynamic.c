/* SPDX-License-Identifier: BSD-2-Clause */
/* The relocations of a position-independent kernel: bzboot/dynamic.h */
#include "kernels.h"

static struct bzb_dynamic found(struct bzb_span file)
{
	const struct bzb_elf elf = elf_of(file);
	struct bzb_dynamic dynamic;

	CHECK_OK(bzb_dynamic_find(&elf, &dynamic));
	return dynamic;
}

static int find(struct bzb_span file)
{
	const struct bzb_elf elf = elf_of(file);
	struct bzb_dynamic dynamic;

	return WATCHED(&dynamic, bzb_dynamic_find(&elf, &dynamic));
}

static int walk(struct bzb_span file)
{
	const struct bzb_dynamic dynamic = found(file);
	struct visited visited = { 0 };

	return RETURNED(bzb_dynamic_walk(&dynamic, note_field, &visited));
}

static int write_values(struct bzb_span file)
{
	const struct bzb_dynamic dynamic = found(file);

	return RETURNED(bzb_dynamic_write(&dynamic, test_alloc(MEMORY_END)));
}

static void reads_the_entries(void)
{
	struct bzb_elf elf = elf_of(vmlinux_with_dynamic());
	struct bzb_dynamic_tags tags;

	CHECK_OK(bzb_dynamic_read(&elf, &tags));
	CHECK(tags.has[BZB_DT_RELA] && tags.values[BZB_DT_RELA] == LINKED + RELA_TABLE);
	CHECK(!tags.has[BZB_DT_NULL] && !tags.values[BZB_DT_NULL]);
	elf = elf_of(plain_vmlinux());
	CHECK_ERR(BZB_ERR_NOTFOUND, WATCHED(&tags, bzb_dynamic_read(&elf, &tags)));
}

static void visits_what_moves(void)
{
	struct bzb_dynamic dynamic = found(vmlinux_with_dynamic());
	struct visited visited = { 0 };

	CHECK_OK(bzb_dynamic_walk(&dynamic, note_field, &visited));
	CHECK_EQ(4, visited.count);
	check_visited(&visited, 0, BZB_RELOC_64, RELATIVE);
	check_visited(&visited, 1, BZB_RELOC_64, BY_SYMBOL);
	check_visited(&visited, 2, BZB_RELOC_64, BY_EDGE);
	check_visited(&visited, 3, BZB_RELOC_64, WIDE);
	CHECK_RETURN(77, bzb_dynamic_walk(&dynamic, stop_at_once, NULL));
}

static void writes_all_values(void)
{
	struct bzb_dynamic dynamic = found(vmlinux_with_dynamic());
	unsigned char *memory = test_alloc(MEMORY_END);

	memset(memory, 0xa5, MEMORY_END);
	CHECK_OK(bzb_dynamic_write(&dynamic, memory));
	CHECK(test_only(memory, 0xa5, RELATIVE));
	CHECK_EQ(LINKED + 0x30, get(memory, RELATIVE, 8));
	CHECK_EQ(LINKED + 0x808, get(memory, BY_SYMBOL, 8));
	CHECK_EQ(LINKED + 0x1000, get(memory, BY_EDGE, 8));
	CHECK_EQ(LINKED + 0x900, get(memory, BY_SLOT, 8));
	CHECK_EQ(5, get(memory, BY_WEAK, 8));
	CHECK(test_only(memory + BY_WEAK + 8, 0xa5, MEMORY_END - BY_WEAK - 8));
}

static void knows_the_types_of_each_machine(void)
{
	for (size_t i = 0; i < TEST_MACHINES; i++) {
		const struct test_machine *machine = &test_machines[i];
		const struct bzb_dynamic dynamic = found(vmlinux_for(machine));
		unsigned char *memory = test_alloc(MEMORY_END);
		struct visited visited = { 0 };

		CHECK_OK(bzb_dynamic_write(&dynamic, memory));
		CHECK_EQ(LINKED + 0x30, get(memory, RELATIVE, 8));
		CHECK_EQ(LINKED + 0x808, get(memory, BY_SYMBOL, 8));
		CHECK_EQ(LINKED + 0x1000, get(memory, BY_EDGE, 8));
		CHECK_EQ(LINKED + 0x900 + (machine->adds ? 7 : 0), get(memory, BY_SLOT, 8));
		CHECK_EQ(5, get(memory, BY_WEAK, 8));
		CHECK_OK(bzb_dynamic_walk(&dynamic, note_field, &visited));
		CHECK_EQ(4, visited.count);
	}
}

/* Those of x86-64, in a kernel for another machine */
static void refuses_types_of_another_machine(void)
{
	for (size_t i = 1; i < TEST_MACHINES; i++)
		CHECK_ERR(BZB_ERR_BADRELOC, walk(CHANGED(vmlinux_with_dynamic(),
							 { 0x12, 2, test_machines[i].number })));
}

enum {
	FIRST_DYN = TEXT_AT + DYNAMIC, /* its value is 8 bytes later */
	FIRST_RELA = TEXT_AT + RELA_TABLE,
	DATA_PHDR = PHDRS + PHDR,
	DYNAMIC_PHDR = PHDRS + 2 * PHDR,
};

static const struct defect tables[] = {
	{ "no PT_DYNAMIC", { { DYNAMIC_PHDR, 4, 4 } }, BZB_ERR_NOTFOUND },
	{ "PT_DYNAMIC past the end", { { DYNAMIC_PHDR + 8, 8, FILE_END } }, BZB_ERR_NOTFOUND },
	{ "two distances to p_paddr", { { DATA_PHDR + 16, 8, 0 } }, BZB_ERR_BADLAYOUT },
	{ "RELA in no segment", { { FIRST_DYN + 8, 8, 0 } }, BZB_ERR_BADRELOC },
	{ "RELA past its segment", { { FIRST_DYN + 24, 8, 0x10000 * 24 } }, BZB_ERR_BADRELOC },
	{ "half an entry", { { FIRST_DYN + 24, 8, 25 } }, BZB_ERR_BADRELOC },
	{ "half a JMPREL", { { FIRST_DYN + 3 * 16 + 8, 8, 23 } }, BZB_ERR_BADRELOC },
	{ "JMPREL in bss", { { FIRST_DYN + 2 * 16 + 8, 8, LINKED + 0x4000 } }, BZB_ERR_BADRELOC },
	{ "symbols in no segment", { { FIRST_DYN + 4 * 16 + 8, 8, 8 } }, BZB_ERR_BADRELOC },
	{ "names in no segment", { { FIRST_DYN + 5 * 16 + 8, 8, 8 } }, BZB_ERR_BADRELOC },
	{ "REL", { { FIRST_DYN + 7 * 16, 8, 18 } }, BZB_ERR_BADRELOC },
	{ "RELR in no segment", { { FIRST_DYN + 7 * 16 + 8, 8, 8 } }, BZB_ERR_BADRELOC },
};

static void refuses_invalid_tables(void)
{
	check_defects(vmlinux_with_dynamic(), tables, ARRAY_SIZE(tables), find);
}

static const struct defect entries[] = {
	{ "an unknown type", { { FIRST_RELA + 8, 4, 37 } }, BZB_ERR_BADRELOC },
	{ "a field before the kernel", { { FIRST_RELA, 8, LINKED - 1 } }, BZB_ERR_BADRELOC },
	{ "a field that ends after it",
	  { { FIRST_RELA, 8, LINKED + MEMORY_END - 7 } },
	  BZB_ERR_BADRELOC },
	{ "a symbol past the table", { { FIRST_RELA + 24 + 12, 4, 0x10000 } }, BZB_ERR_BADRELOC },
	{ "an undefined symbol", { { FIRST_RELA + 24 + 12, 4, UNDEFINED } }, BZB_ERR_BADRELOC },
};

static void refuses_invalid_entries(void)
{
	const struct bzb_span file = vmlinux_with_dynamic();

	check_defects(file, entries, ARRAY_SIZE(entries), walk);
	check_defects(file, entries, ARRAY_SIZE(entries), write_values);
	CHECK_ERR(BZB_ERR_BADRELOC, walk(CHANGED(file, { TEXT_AT + RELR_TABLE, 8, 8 })));
}

static const struct row {
	const char *name;
	struct change changes[2]; /* of entry @number */
	unsigned int number;
	struct bzb_dynamic_field field;
	enum bzb_rela_finding finding;
} rows[] = {
	{ "relative", { { 0 } }, 0, { RELATIVE, LINKED + 0x30, true, true }, BZB_RELA_FINE },
	{ "absolute", { { 0 } }, 1, { BY_SYMBOL, LINKED + 0x808, true, true }, BZB_RELA_FINE },
	{ "weak", { { 0 } }, 3, { BY_WEAK, 5, false, true }, BZB_RELA_FINE },
	{ "outside",
	  { { FIRST_RELA, 8, 0 } },
	  0,
	  { 0 - LINKED, LINKED + 0x30, true, true },
	  BZB_RELA_FINE },
	{ "none", { { 0 } }, 4, { 0, 0, false, false }, BZB_RELA_FINE },
	{ "unknown", { { FIRST_RELA + 8, 4, 37 } }, 0, { 0 }, BZB_RELA_UNKNOWN_TYPE },
	{ "no symbol", { { FIRST_RELA + 24 + 12, 4, 65536 } }, 1, { 0 }, BZB_RELA_NO_SYMBOL },
	{ "undefined", { { FIRST_RELA + 24 + 12, 4, UNDEFINED } }, 1, { 0 }, BZB_RELA_UNDEFINED },
};

static void judges_each_entry(void)
{
	for (const struct row *row = rows; row < rows + ARRAY_SIZE(rows); row++) {
		struct bzb_dynamic dynamic = found(changed(vmlinux_with_dynamic(), row->changes));
		struct bzb_dynamic_field field = { 0 };
		struct bzb_elf_rela rela;

		test_state.subject = row->name;
		memcpy(&rela, dynamic.elf.file.data + FIRST_RELA + 24 * row->number, sizeof(rela));
		CHECK_EQ(row->finding, bzb_dynamic_judge(&dynamic, &rela, &field));
		CHECK_EQ(row->field.offset, field.offset);
		CHECK_EQ(row->field.value, field.value);
		CHECK_EQ(row->field.moves, field.moves);
		CHECK_EQ(row->field.written, field.written);
	}
}

static void tables_may_be_missing(void)
{
	struct bzb_span file = CHANGED(vmlinux_with_dynamic(), { FIRST_DYN, 8, 0 });
	struct bzb_dynamic dynamic = found(file);
	struct visited visited = { 0 };

	CHECK_OK(bzb_dynamic_walk(&dynamic, note_field, &visited));
	CHECK_EQ(0, visited.count);
	CHECK_OK(bzb_dynamic_write(&dynamic, NULL));
}

static const struct test tests[] = {
	{ "the entries are read, if there is a PT_DYNAMIC", reads_the_entries },
	{ "fields that move are visited, of all tables", visits_what_moves },
	{ "values are written to all fields with addends", writes_all_values },
	{ "each machine has its own types", knows_the_types_of_each_machine },
	{ "types of another machine are refused", refuses_types_of_another_machine },
	{ "invalid tables are refused", refuses_invalid_tables },
	{ "invalid entries are refused", refuses_invalid_entries },
	{ "each entry is judged, with the finding", judges_each_entry },
	{ "a kernel may have no tables", tables_may_be_missing },
};

int main(void)
{
	return RUN_TESTS(tests);
}
