/* SPDX-License-Identifier: BSD-2-Clause */
/* Symbols, and which of them move: bzboot/symbols.h */
#include "kernels.h"

static const struct row {
	unsigned int number;
	bool defined, weak, absolute, moves;
} rows[] = {
	{ NOTHING, false, false, false, false }, { INSIDE, true, false, false, true },
	{ ABSOLUTE, true, false, true, false },	 { EDGE, true, false, true, true },
	{ WEAK, false, true, false, false },	 { UNDEFINED, false, false, false, false },
};

static struct bzb_span table_of(struct bzb_span file)
{
	return exact((struct bzb_span){ file.data + TEXT_AT + SYMBOLS, SYMBOL_COUNT * 24 });
}

static void knows_which_symbols_move(void)
{
	struct bzb_span file = vmlinux_with_rela(), table = table_of(file);
	const struct bzb_span names = { file.data + TEXT_AT + NAMES, 0x10 };
	struct bzb_elf elf = elf_of(file);
	struct bzb_symbol symbol;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CHECK_OK(bzb_symbol_read(table, rows[i].number, &symbol));
		CHECK_EQ(rows[i].defined, symbol.defined);
		CHECK_EQ(rows[i].weak, symbol.weak);
		CHECK_EQ(rows[i].absolute, symbol.absolute);
		CHECK_EQ(rows[i].moves, bzb_symbol_moves(&elf, &symbol, names));
	}
	CHECK_ERR(BZB_ERR_TRUNCATED,
		  WATCHED(&symbol, bzb_symbol_read(table, SYMBOL_COUNT, &symbol)));
	CHECK_ERR(BZB_ERR_TRUNCATED, WATCHED(&symbol, bzb_symbol_read(table, UINT32_MAX, &symbol)));
}

/* By st_info and st_shndx, of which some are no sections. */
static void knows_symbols_of_sections(void)
{
	const struct {
		uint8_t info;
		uint16_t st_shndx;
		unsigned int section;
	} symbols[] = {
		{ 3, 7, 7 }, { 3, 0xfeff, 0xfeff }, { 3, 0xff00, 0 }, { 3, 0, 0 }, { 2, 7, 0 },
	};
	struct bzb_span table = table_of(vmlinux_with_rela());
	struct bzb_symbol symbol;

	for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
		CHECK_OK(bzb_symbol_read(CHANGED(table, { 4, 1, symbols[i].info },
						 { 6, 2, symbols[i].st_shndx }),
					 0, &symbol));
		CHECK_EQ(symbols[i].section, symbol.section);
	}
}

/* The end of the kernel moves, up to the next page; what is below it or above does not. */
static void addresses_of_the_kernel_move(void)
{
	struct bzb_elf elf = elf_of(plain_vmlinux());

	CHECK(bzb_elf_moves(&elf, LINKED));
	CHECK(bzb_elf_moves(&elf, LINKED + MEMORY_END));
	CHECK(!bzb_elf_moves(&elf, LINKED + MEMORY_END + 1));
	CHECK(!bzb_elf_moves(&elf, LINKED - 1));
	CHECK(!bzb_elf_moves(&elf, 0));
	elf.memory_size--;
	CHECK(bzb_elf_moves(&elf, LINKED + MEMORY_END));
}

/* A name that the table ends in, or that only begins like an edge, is none; one with a star is. */
static void names_of_edges_are_whole(void)
{
	const struct {
		struct bzb_span names;
		bool moves;
	} names[] = {
		{ TEXT("_end\0"), true },	   { TEXT("_end"), false },
		{ TEXT("_ending\0"), false },	   { TEXT("__start_pci_fixups\0"), true },
		{ TEXT("init_per_cpu__a"), true }, { TEXT(""), false },
	};
	const struct bzb_symbol symbol = { .value = LINKED, .defined = true, .absolute = true };
	struct bzb_elf elf = elf_of(plain_vmlinux());

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		CHECK_EQ(names[i].moves, bzb_symbol_moves(&elf, &symbol, exact(names[i].names)));
}

static const struct test tests[] = {
	{ "a symbol moves, unless it is absolute, undefined or outside", knows_which_symbols_move },
	{ "symbols of sections have their numbers", knows_symbols_of_sections },
	{ "an address of the kernel moves, to the end of its last page",
	  addresses_of_the_kernel_move },
	{ "the edges of Linux's sections are known by their names", names_of_edges_are_whole },
};

int main(void)
{
	return RUN_TESTS(tests);
}
