/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernels made by hand, whose file layout is not their memory layout: text of 0xc3, which is second
 * in the file, and data of 0xda with bss. In the text are a 64-bit field at WIDE, 32-bit ones at
 * HALF and, inverse, at INVERSE. Tables of the linker are in the text or after it.
 */
#ifndef TEST_KERNELS_H
#define TEST_KERNELS_H

#include "test.h"

enum {
	PHDRS = 0x40,
	PHDR = 56,    /* bytes */
	DATA = 0x200, /* file offsets */
	TEXT_AT = 0x1000,
	FILE_END = TEXT_AT + 0x1000,
	TEXT_SIZE = 0x1000,
	DATA_SIZE = 0x100,
	DATA_AT = 0x3000, /* from the load address; a hole of 0x2000 bytes before it */
	MEMORY_END = 0x5000,

	WIDE = 0x100, /* from the load address */
	HALF = 0x10,
	INVERSE = 0x20,
	RELA_TABLE = 0x400,
	SYMBOLS = 0x500,
	NAMES = 0x600,
	DYNAMIC = 0x700,
	RELR_TABLE = 0x800,

	SHDRS = FILE_END, /* file offset of section headers */
	SHDR = 64,
};

#define LOAD_AT 0x1000000ull
#define LINKED 0xffffffff81000000ull

TEST_HELPER void put_segment(unsigned char *elf, unsigned int number, uint32_t type,
			     uint64_t offset, uint64_t at, uint64_t filesz, uint64_t memsz)
{
	unsigned char *phdr = elf + PHDRS + number * PHDR;

	put(phdr, 0, 4, type);
	put(phdr, 4, 4, 7);
	put(phdr, 8, 8, offset);
	put(phdr, 16, 8, LINKED + at);
	put(phdr, 24, 8, LOAD_AT + at);
	put(phdr, 32, 8, filesz);
	put(phdr, 40, 8, memsz);
	put(phdr, 48, 8, 0x1000);
}

/* @room: bytes after FILE_END */
TEST_HELPER unsigned char *make_vmlinux(size_t room)
{
	unsigned char *elf = test_alloc(FILE_END + room);

	memset(elf, 0, FILE_END + room);
	memcpy(elf, "\177ELF\2\1\1", 7);
	put(elf, 0x10, 2, 2);
	put(elf, 0x12, 2, 62);
	put(elf, 0x14, 4, 1);
	put(elf, 0x18, 8, LOAD_AT + 0x40);
	put(elf, 0x20, 8, PHDRS);
	put(elf, 0x34, 2, 64);
	put(elf, 0x36, 2, PHDR);
	put(elf, 0x38, 2, 2);
	put(elf, 0x3a, 2, SHDR);
	put_segment(elf, 0, 1, TEXT_AT, 0, TEXT_SIZE, TEXT_SIZE);
	put_segment(elf, 1, 1, DATA, DATA_AT, DATA_SIZE, MEMORY_END - DATA_AT);
	memset(elf + DATA, 0xda, DATA_SIZE);
	memset(elf + TEXT_AT, 0xc3, TEXT_SIZE);
	put(elf + TEXT_AT, WIDE, 8, LINKED + 0x234560);
	put(elf + TEXT_AT, HALF, 4, 0x81000800);
	put(elf + TEXT_AT, INVERSE, 4, 0x7f000fdc);
	return elf;
}

TEST_HELPER struct bzb_span plain_vmlinux(void)
{
	return (struct bzb_span){ make_vmlinux(0), FILE_END };
}

/* <bzboot/kernel_relocs.h> */
TEST_HELPER struct bzb_span vmlinux_with_table(void)
{
	static const uint32_t table[] = {
		0, 0x81000000 + WIDE, 0, 0x81000000 + INVERSE, 0, 0x81000000 + HALF,
	};
	unsigned char *elf = make_vmlinux(sizeof(table));

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		put(elf, FILE_END + 4 * i, 4, table[i]);
	return (struct bzb_span){ elf, FILE_END + sizeof(table) };
}

/* gABI, "Relocation" */
TEST_HELPER void put_rela(unsigned char *elf, unsigned int number, uint64_t at, uint32_t type,
			  uint32_t symbol, uint64_t addend)
{
	unsigned char *rela = elf + TEXT_AT + RELA_TABLE + 24 * number;

	put(rela, 0, 8, LINKED + at);
	put(rela, 8, 4, type);
	put(rela, 12, 4, symbol);
	put(rela, 16, 8, addend);
}

/* gABI, "Symbol Table" */
TEST_HELPER void put_symbol(unsigned char *elf, unsigned int number, uint32_t name, uint8_t info,
			    uint16_t section, uint64_t value)
{
	unsigned char *symbol = elf + TEXT_AT + SYMBOLS + 24 * number;

	put(symbol, 0, 4, name);
	put(symbol, 4, 1, info);
	put(symbol, 6, 2, section);
	put(symbol, 8, 8, value);
}

/* Numbers of symbols */
enum { NOTHING, INSIDE, ABSOLUTE, EDGE, WEAK, UNDEFINED, SYMBOL_COUNT };

TEST_HELPER void put_symbols(unsigned char *elf)
{
	static const char names[] = "\0__init_end";

	memset(elf + TEXT_AT + SYMBOLS, 0, SYMBOL_COUNT * 24);
	put_symbol(elf, INSIDE, 0, 0x10, 1, LINKED + 0x800);
	put_symbol(elf, ABSOLUTE, 0, 0x10, 0xfff1, LINKED + 0x900);
	put_symbol(elf, EDGE, 1, 0x10, 0xfff1, LINKED + 0x1000);
	put_symbol(elf, WEAK, 0, 0x20, 0, 0);
	put_symbol(elf, UNDEFINED, 0, 0x10, 0, 0);
	memcpy(elf + TEXT_AT + NAMES, names, sizeof(names));
}

TEST_HELPER void put_dyn(unsigned char *elf, unsigned int number, uint64_t tag, uint64_t value)
{
	put(elf + TEXT_AT + DYNAMIC, 16 * number, 8, tag);
	put(elf + TEXT_AT + DYNAMIC, 16 * number + 8, 8, value);
}

/* The types of relocations that a machine's linkers put into PT_DYNAMIC */
struct test_machine {
	uint16_t number; /* e_machine */
	uint16_t none, relative, absolute, slot;
	bool adds;	/* an addend also to a slot */
	uint32_t magic; /* 0x38 bytes after the start of Linux */
};

static const struct test_machine test_machines[] __attribute__((unused)) = {
	{ 62, 0, 8, 1, 7, false, 0 },
	{ 183, 256, 1027, 257, 1026, true, 0x644d5241 },
	{ 243, 0, 3, 2, 5, false, 0x05435352 },
	{ 258, 0, 3, 2, 5, false, 0x818223cd },
};

/* 32-bit units are loaders for x86-64, which take no other kernels. */
#ifdef BZB_ALL_MACHINES
#define TEST_MACHINES ARRAY_SIZE(test_machines)
#else
#define TEST_MACHINES 1u
#endif

/* Where vmlinux_with_dynamic() has its fields with addends */
enum { RELATIVE = 0x128, BY_SYMBOL = 0x130, BY_EDGE = 0x138, BY_SLOT = 0x140, BY_WEAK = 0x148 };

/* A position-independent kernel: WIDE by DT_RELR, the others by DT_RELA and DT_JMPREL */
TEST_HELPER struct bzb_span vmlinux_with_dynamic(void)
{
	unsigned char *elf = make_vmlinux(0);

	put(elf, 0x10, 2, 3);
	put(elf, 0x38, 2, 3);
	put_segment(elf, 2, 2, TEXT_AT + DYNAMIC, DYNAMIC, 9 * 16, 9 * 16);
	put_symbols(elf);
	put_rela(elf, 0, RELATIVE, 8, 0, LINKED + 0x30);
	put_rela(elf, 1, BY_SYMBOL, 1, INSIDE, 8);
	put_rela(elf, 2, BY_EDGE, 6, EDGE, 0);
	put_rela(elf, 3, BY_WEAK, 1, WEAK, 5);
	put_rela(elf, 4, 0, 0, 0, 0);
	put_rela(elf, 5, BY_SLOT, 7, ABSOLUTE, 0);
	put_dyn(elf, 0, 7, LINKED + RELA_TABLE);
	put_dyn(elf, 1, 8, 5 * 24);
	put_dyn(elf, 2, 23, LINKED + RELA_TABLE + 5 * 24);
	put_dyn(elf, 3, 2, 24);
	put_dyn(elf, 4, 6, LINKED + SYMBOLS);
	put_dyn(elf, 5, 5, LINKED + NAMES);
	put_dyn(elf, 6, 10, 32);
	put_dyn(elf, 7, 36, LINKED + RELR_TABLE);
	put_dyn(elf, 8, 35, 8);
	put(elf + TEXT_AT, RELR_TABLE, 8, LINKED + WIDE);
	return (struct bzb_span){ elf, FILE_END };
}

/* The same for another machine, with an addend of 7 to its slot */
TEST_HELPER struct bzb_span vmlinux_for(const struct test_machine *machine)
{
	const struct bzb_span file = vmlinux_with_dynamic();
	unsigned char *elf = (unsigned char *)(uintptr_t)file.data;

	put(elf, 0x12, 2, machine->number);
	put_rela(elf, 0, RELATIVE, machine->relative, 0, LINKED + 0x30);
	put_rela(elf, 1, BY_SYMBOL, machine->absolute, INSIDE, 8);
	put_rela(elf, 2, BY_EDGE, machine->absolute, EDGE, 0);
	put_rela(elf, 3, BY_WEAK, machine->absolute, WEAK, 5);
	put_rela(elf, 4, 0, machine->none, 0, 0);
	put_rela(elf, 5, BY_SLOT, machine->slot, ABSOLUTE, 7);
	return file;
}

TEST_HELPER void put_section(unsigned char *elf, unsigned int number, uint32_t type, uint64_t flags,
			     uint64_t at, uint64_t size, uint32_t link, uint32_t info)
{
	unsigned char *shdr = elf + SHDRS + number * SHDR;

	put(shdr, 4, 4, type);
	put(shdr, 8, 8, flags);
	put(shdr, 16, 8, LINKED + at);
	put(shdr, 24, 8, TEXT_AT + at);
	put(shdr, 32, 8, size);
	put(shdr, 40, 4, link);
	put(shdr, 44, 4, info);
}

enum { SECTION_COUNT = 7, GOT = 0x900, RELAXED = 0x200 };

/* Of --emit-relocs: WIDE, HALF and INVERSE, and what does not move */
TEST_HELPER struct bzb_span vmlinux_with_rela(void)
{
	const size_t size = FILE_END + SECTION_COUNT * SHDR;
	unsigned char *elf = make_vmlinux(SECTION_COUNT * SHDR);

	put(elf, 0x28, 8, SHDRS);
	put(elf, 0x3c, 2, SECTION_COUNT);
	put(elf, 0x3e, 2, 6);
	put_symbols(elf);
	put_section(elf, 1, 1, 2, 0, TEXT_SIZE, 0, 0);
	put_section(elf, 2, 2, 0, SYMBOLS, SYMBOL_COUNT * 24, 3, 0);
	put_section(elf, 3, 3, 0, NAMES, 0x20, 0, 0);
	put_section(elf, 4, 4, 0, RELA_TABLE, 8 * 24, 2, 1);
	put_section(elf, 5, 1, 2, GOT, 32, 0, 0);
	put_section(elf, 6, 3, 0, NAMES, 0x20, 0, 0);
	memcpy(elf + TEXT_AT + NAMES + 0x10, ".got.plt", 9);
	put(elf + SHDRS + 5 * SHDR, 0, 4, 0x10);
	put(elf + TEXT_AT, GOT, 8, LINKED);
	put(elf + TEXT_AT, GOT + 24, 8, 0x1234);
	put_rela(elf, 0, WIDE, 1, INSIDE, 0);
	put_rela(elf, 1, HALF, 11, EDGE, 0);
	put_rela(elf, 2, INVERSE, 2, ABSOLUTE, 0);
	put_rela(elf, 3, 0x30, 4, INSIDE, 0);
	put_rela(elf, 4, 0x38, 10, ABSOLUTE, 0);
	put_rela(elf, 5, 0x40, 24, INSIDE, 0);
	put_rela(elf, 6, RELAXED, 41, UNDEFINED, 0);
	put_rela(elf, 7, 0, 0, 0, 0);
	return (struct bzb_span){ elf, size };
}

/* The fields of the kernel, in memory */
TEST_HELPER void check_fields_at(const unsigned char *memory, uint64_t slide)
{
	CHECK_EQ(LINKED + 0x234560 + slide, get(memory, WIDE, 8));
	CHECK_EQ((uint32_t)(0x81000800 + slide), get(memory, HALF, 4));
	CHECK_EQ((uint32_t)(0x7f000fdc - slide), get(memory, INVERSE, 4));
}

TEST_HELPER struct bzb_elf elf_of(struct bzb_span file)
{
	struct bzb_elf elf;

	CHECK_OK(bzb_elf_parse(file, &elf));
	return elf;
}

/* Fields in the order in which they are visited */
struct visited {
	size_t count;
	struct {
		enum bzb_reloc_kind kind;
		uint64_t offset;
	} fields[8];
};

TEST_HELPER int note_field(void *context, enum bzb_reloc_kind kind, uint64_t offset)
{
	struct visited *visited = context;

	if (visited->count == ARRAY_SIZE(visited->fields))
		return 1;
	visited->fields[visited->count].kind = kind;
	visited->fields[visited->count++].offset = offset;
	return 0;
}

TEST_HELPER int stop_at_once(void *context, enum bzb_reloc_kind kind, uint64_t offset)
{
	(void)context;
	(void)kind;
	(void)offset;
	return 77;
}

TEST_HELPER void check_visited(const struct visited *visited, size_t number,
			       enum bzb_reloc_kind kind, uint64_t offset)
{
	CHECK(number < visited->count);
	CHECK_EQ(kind, visited->fields[number].kind);
	CHECK_EQ(offset, visited->fields[number].offset);
}

#endif
