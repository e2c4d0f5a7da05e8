/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hostile KIND FILE: a file of a few MiB, with which a tool takes forever if it does work that
 * grows with the file for each of many items.
 */
#include "test.h"

#include <errno.h>

#define MIB ((size_t)1 << 20)
#define LARGEST (64 * MIB)

static unsigned char *bytes; /* zeros, LARGEST of them */
static size_t end;	     /* of what is written to the file */

/* --- an ELF: headers, tables in the gap, a kernel; section headers and their bytes ------------ */

#define GAP (8 * MIB)
#define KERNEL_SIZE (2 * MIB)
#define SECTIONS (GAP + KERNEL_SIZE)
#define LOAD_ADDRESS 0x1000000u
#define VIRTUAL_ADDRESS 0xffffffff81000000u

enum {
	PROGBITS = 1,
	SYMTAB = 2,
	STRTAB = 3,
	RELA = 4,
	CREL = 0x40000014,
	WRITE = 1,
	ALLOC = 2,
	EXECUTE = 4,
};

struct section {
	uint32_t name, type;
	uint64_t flags, addr, offset, size;
	uint32_t link, info;
};

static const struct section text = {
	.name = 1,
	.type = PROGBITS,
	.flags = ALLOC | EXECUTE,
	.addr = VIRTUAL_ADDRESS,
	.offset = GAP,
	.size = 16,
};

static void put_load(unsigned int number, uint64_t distance, uint64_t size)
{
	const struct bzb_elf_segment load = {
		BZB_PT_LOAD,
		BZB_PF_R | BZB_PF_W | BZB_PF_X,
		GAP + distance,
		VIRTUAL_ADDRESS + distance,
		LOAD_ADDRESS + distance,
		size,
		size,
		8,
	};

	bzb_elf_write_phdr((struct bzb_elf_phdr *)(bytes + 64) + number, &load);
}

static void put_section(unsigned int number, struct section section)
{
	const struct bzb_elf_section s = {
		.name = section.name,
		.type = section.type,
		.flags = section.flags,
		.addr = section.addr,
		.offset = section.offset,
		.size = section.size,
		.link = section.link,
		.info = section.info,
		.addralign = 1,
	};

	bzb_elf_write_shdr((struct bzb_elf_shdr *)(bytes + SECTIONS) + number, &s);
}

/* The last section contains the names. */
static void put_header(unsigned int loads, unsigned int sections)
{
	const struct bzb_elf elf = {
		.type = BZB_ET_EXEC,
		.entry = LOAD_ADDRESS,
		.phoff = 64,
		.phnum = loads,
		.shoff = SECTIONS,
		.shnum = 0,
		.shstrndx = BZB_SHN_XINDEX,
	};

	bzb_elf_write_ehdr((struct bzb_elf_ehdr *)bytes, &elf, BZB_MACHINE_X86_64);
	put_section(0, (struct section){ .size = sections, .link = sections - 1 });
}

/* One segment; returns the offset of the first section's bytes. */
static size_t begin_elf(unsigned int sections)
{
	put_header(1, sections);
	put_load(0, 0, KERNEL_SIZE);
	memset(bytes + GAP, 0x90, KERNEL_SIZE);
	return SECTIONS + sections * sizeof(struct bzb_elf_shdr);
}

static size_t put_names(unsigned int number, size_t at, size_t length)
{
	memset(bytes + at + 1, 'n', length);
	put_section(number, (struct section){ .type = STRTAB, .offset = at, .size = length + 2 });
	return at + length + 2;
}

/* Sections of relocations for a section, all with one name of 8 MiB. */
static void names(void)
{
	const unsigned int count = 60000;

	end = begin_elf(count);
	put_section(1, text);
	for (unsigned int i = 2; i + 1 < count; i++)
		put_section(i, (struct section){ .name = 1, .type = RELA, .link = 2, .info = 1 });
	end = put_names(count - 1, end, 8 * MIB);
}

/* Relocations that refer to a section with a name of 8 MiB. */
static void section_symbols(void)
{
	const unsigned int count = 300000;
	size_t at = begin_elf(5);

	put_section(1, text);
	put(bytes, at + 4, 1, 3); /* STT_SECTION, of section 1 */
	put(bytes, at + 6, 2, 1);
	put(bytes, at + 8, 8, VIRTUAL_ADDRESS);
	put_section(2, (struct section){ .type = SYMTAB, .offset = at, .size = 24, .link = 4 });
	at += 24;
	put_section(3,
		    (struct section){
			    .type = RELA, .offset = at, .size = 24 * count, .link = 2, .info = 1 });
	for (unsigned int i = 0; i < count; i++) {
		put(bytes, at + 24 * i, 8, VIRTUAL_ADDRESS);
		put(bytes, at + 24 * i + 8, 4, 2); /* R_X86_64_PC32 */
	}
	end = put_names(4, at + 24 * count, 8 * MIB);
}

/* Sections of relocations that share the same bytes. */
static void relocations(void)
{
	const unsigned int count = 60000, entries = 300000;
	size_t at = begin_elf(count);

	put_section(1, text);
	put_section(2, (struct section){ .type = SYMTAB, .offset = at, .size = 24, .link = 2 });
	at += 24;
	for (unsigned int i = 3; i + 1 < count; i++)
		put_section(i, (struct section){ .name = 1,
						 .type = RELA,
						 .offset = at,
						 .size = 24 * entries,
						 .link = 2,
						 .info = 1 });
	end = put_names(count - 1, at + 24 * entries, 4);
}

/* Code that shares its pages with the last section, which is writable. */
static void code(void)
{
	const unsigned int count = 240000;
	struct section section = text;

	end = begin_elf(count);
	section.addr += 0x1000;
	section.offset += 0x1000;
	for (unsigned int i = 1; i + 1 < count; i++) {
		section.flags = ALLOC | (i + 2 == count ? WRITE : i % 2 ? EXECUTE : 0);
		put_section(i, section);
	}
	end = put_names(count - 1, end, 4);
}

/* Lists of one field, of two kinds in turn: one in the first segment, the other in the last. */
static size_t write_lists(unsigned int loads, size_t at, size_t count)
{
	const uint64_t first = 0, last = 16 * (loads - 1);
	struct bzb_crel_list *lists = test_alloc(count * sizeof(*lists));

	for (size_t i = 0; i < count; i++)
		lists[i] = (struct bzb_crel_list){
			i % 2 ? BZB_RELOC_32 : BZB_RELOC_32_INVERSE,
			i % 2 ? &last : &first,
			1,
		};
	return bzb_crel_write(VIRTUAL_ADDRESS, lists, count, bytes + at);
}

static void put_lists(unsigned int loads, size_t at, size_t count)
{
	static const unsigned char names[] = "\0.crel";
	const size_t size = write_lists(loads, at, count), symbols = at + size;
	const size_t names_at = symbols + BZB_SYMBOL_COUNT * sizeof(struct bzb_elf_sym);

	put_header(loads, 4);
	for (unsigned int i = 0; i < loads; i++)
		put_load(i, i * 16, 16);
	bzb_symbols_write(VIRTUAL_ADDRESS, 1, (struct bzb_elf_sym *)(bytes + symbols));
	put_section(1, (struct section){
			       .name = 1, .type = CREL, .offset = at, .size = size, .link = 2 });
	put_section(2, (struct section){
			       .type = SYMTAB, .offset = symbols, .size = names_at - symbols });
	memcpy(bytes + names_at, names, sizeof(names));
	put_section(3,
		    (struct section){ .type = STRTAB, .offset = names_at, .size = sizeof(names) });
	/* The section headers of a payload are in the gap. */
	memcpy(bytes + GAP - 0x1000, bytes + SECTIONS, 4 * sizeof(struct bzb_elf_shdr));
	put(bytes, 0x28, 8, GAP - 0x1000);
	end = GAP + loads * 16;
}

static void segments(void)
{
	put_lists(60000, 4 * MIB, 20000);
}

static void lists(void)
{
	put_lists(BZB_ELF_PHDRS_MAX, MIB, 700000);
}

/* --- files that are scanned for streams ------------------------------------------------------- */

static void repeat(struct bzb_span unit, size_t size)
{
	for (end = 0; end + unit.size <= size; end += unit.size)
		memcpy(bytes + end, unit.data, unit.size);
}

static void magics_gzip(void)
{
	repeat(TEXT("\x1f\x8b\x08\0"), 4 * MIB);
}

static void magics_xz(void)
{
	repeat(TEXT("\xfd"
		    "7zXZ\0"),
	       4 * MIB);
}

static void magics_lzma(void)
{
	repeat(TEXT("\x5d\0\0\1"), 4 * MIB);
}

static void magics_zstd(void)
{
	repeat(TEXT("\x28\xb5\x2f\xfd"), 4 * MIB);
}

/* RFC 1952: a file name follows, up to a zero byte, which never comes. */
static void endless_names(void)
{
	repeat(TEXT("\x1f\x8b\x08\x08"), 4 * MIB);
}

/* RFC 8878: the same byte 128 KiB long, 4,000 times, after the first bytes of a PE image; then an
 * invalid block. */
static void bombs(void)
{
	static const unsigned char head[] = {
		0x28, 0xb5, 0x2f, 0xfd, 0, 0x58, 0x10, 0, 0, 'M', 'Z'
	};

	while (end < 8 * MIB) {
		memcpy(bytes + end, head, sizeof(head));
		end += sizeof(head);
		for (unsigned int i = 0; i < 4000; i++, end += 4)
			put(bytes, end, 4, 1 << 1 | 0x20000 << 3);
		put(bytes, end, 3, 7);
		end += 3;
	}
}

/* --- a PE image with the largest number of sections, the last one first ----------------------- */

#define PE_SECTIONS BZB_AUTHENTICODE_SECTIONS_MAX
#define PE_HEADERS (256 * (size_t)1024)

static void pe_sections(void)
{
	struct bzb_pe_section *sections = test_alloc(PE_SECTIONS * sizeof(*sections));
	struct bzb_pe_image image = {
		.directories = BZB_PE_DIRECTORIES,
		.size_of_headers = PE_HEADERS,
		.size_of_image = PE_HEADERS + PE_SECTIONS * 16,
		.sections = sections,
		.count = PE_SECTIONS,
	};

	end = image.size_of_image;
	for (uint32_t i = 0; i < PE_SECTIONS; i++)
		sections[i] = (struct bzb_pe_section){
			.raw_offset = (uint32_t)end - 16 * (i + 1),
			.raw_size = 16,
		};
	memcpy(bytes, "MZ", 2);
	put(bytes, 0x3c, 4, 0x40);
	if (bzb_pe_write(bytes + 0x40, PE_HEADERS - 0x40, &image))
		abort();
}

/* ---------------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	void (*make)(void);
} kinds[] = {
	{ "names", names },
	{ "section-symbols", section_symbols },
	{ "relocations", relocations },
	{ "code", code },
	{ "segments", segments },
	{ "lists", lists },
	{ "magics-gzip", magics_gzip },
	{ "magics-xz", magics_xz },
	{ "magics-lzma", magics_lzma },
	{ "magics-zstd", magics_zstd },
	{ "endless-names", endless_names },
	{ "bombs", bombs },
	{ "pe-sections", pe_sections },
};

static int make(const char *kind, const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		FILE *file;

		if (strcmp(kinds[i].name, kind))
			continue;
		kinds[i].make();
		file = fopen(path, "wb");
		if (!file || fwrite(bytes, 1, end, file) != end || fclose(file)) {
			fprintf(stderr, "hostile: %s: %s\n", path, strerror(errno));
			return 1;
		}
		return 0;
	}
	fprintf(stderr, "hostile: no such kind: %s\n", kind);
	return 2;
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: hostile KIND FILE\n");
		return 2;
	}
	bytes = calloc(LARGEST, 1);
	if (!bytes)
		abort();
	return make(argv[1], argv[2]);
}
