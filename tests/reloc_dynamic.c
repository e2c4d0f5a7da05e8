/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Moves a payload ELF twice: by its sections, with the library, and by its PT_DYNAMIC, as a loader
 * does that knows nothing else (gABI, "Dynamic Section"; <elf.h> instead of our headers). Both must
 * leave the same bytes.
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bzboot/relocs.h>

/* Of any alignment. */
typedef uint64_t field64 __attribute__((aligned(1)));

static void fail(const char *what)
{
	fprintf(stderr, "reloc_dynamic: %s\n", what);
	exit(1);
}

static unsigned char *read_file(const char *path, size_t *ret_size)
{
	static unsigned char bytes[64 << 20];
	FILE *file = fopen(path, "rb");

	if (!file)
		fail("cannot open the file");
	*ret_size = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	return bytes;
}

static unsigned char *copy_of(const unsigned char *bytes, size_t size, size_t memory_size)
{
	unsigned char *copy = calloc(1, memory_size);

	if (!copy)
		fail("out of memory");
	return memcpy(copy, bytes, size);
}

/* --- by PT_DYNAMIC ---------------------------------------------------------------- */

static const Elf64_Phdr *program_header(const unsigned char *elf, uint32_t type, uint64_t address)
{
	const Elf64_Ehdr *header = (const void *)elf;
	const Elf64_Phdr *phdr = (const void *)(elf + header->e_phoff);

	for (unsigned int i = 0; i < header->e_phnum; i++)
		if (phdr[i].p_type == type &&
		    (type != PT_LOAD ||
		     (address >= phdr[i].p_vaddr && address - phdr[i].p_vaddr < phdr[i].p_filesz)))
			return &phdr[i];
	return NULL;
}

static void *at(unsigned char *elf, uint64_t address)
{
	const Elf64_Phdr *load = program_header(elf, PT_LOAD, address);

	if (!load)
		fail("an address that is in no segment");
	return elf + load->p_offset + (address - load->p_vaddr);
}

static void apply_rela(unsigned char *elf, uint64_t table, uint64_t size, uint64_t symbols,
		       uint64_t slide)
{
	const Elf64_Rela *rela = at(elf, table);

	for (size_t i = 0; i < size / sizeof(*rela); i++) {
		const Elf64_Sym *symbol =
			(const Elf64_Sym *)at(elf, symbols) + ELF64_R_SYM(rela[i].r_info);
		uint64_t value = (uint64_t)rela[i].r_addend + slide;

		switch (ELF64_R_TYPE(rela[i].r_info)) {
		case R_X86_64_NONE:
			break;
		case R_X86_64_RELATIVE:
			*(field64 *)at(elf, rela[i].r_offset) = value;
			break;
		case R_X86_64_64:
			*(field64 *)at(elf, rela[i].r_offset) = symbol->st_value + value;
			break;
		default:
			fail("an unexpected type of relocation");
		}
	}
}

static void apply_relr(unsigned char *elf, uint64_t table, uint64_t size, uint64_t slide)
{
	const uint64_t *entry = at(elf, table);
	uint64_t next = 0;

	for (size_t i = 0; i < size / sizeof(*entry); i++) {
		if (!(entry[i] & 1)) {
			*(field64 *)at(elf, entry[i]) += slide;
			next = entry[i] + 8;
			continue;
		}
		for (unsigned int bit = 1; bit < 64; bit++)
			if (entry[i] >> bit & 1)
				*(field64 *)at(elf, next + 8 * (bit - 1)) += slide;
		next += 63 * 8;
	}
}

static void move_by_dynamic(unsigned char *elf, uint64_t slide)
{
	const Elf64_Phdr *dynamic = program_header(elf, PT_DYNAMIC, 0);
	uint64_t values[DT_NUM] = { 0 };

	if (!dynamic)
		fail("no PT_DYNAMIC");
	for (const Elf64_Dyn *d = at(elf, dynamic->p_vaddr); d->d_tag != DT_NULL; d++)
		if (d->d_tag < DT_NUM)
			values[d->d_tag] = d->d_un.d_val;
	if (values[DT_RELASZ])
		apply_rela(elf, values[DT_RELA], values[DT_RELASZ], values[DT_SYMTAB], slide);
	if (values[DT_RELRSZ])
		apply_relr(elf, values[DT_RELR], values[DT_RELRSZ], slide);
}

/* --- by sections ------------------------------------------------------------------- */

static struct bzb_kernel_elf parse(const unsigned char *bytes, size_t size)
{
	struct bzb_kernel_elf kernel;

	if (bzb_kernel_elf_parse((struct bzb_span){ bytes, size }, &kernel))
		fail("not a payload ELF");
	return kernel;
}

static void move_by_sections(unsigned char *memory, size_t size, uint64_t slide)
{
	struct bzb_kernel_elf kernel = parse(memory, size);
	struct bzb_relocs relocs;

	if (bzb_relocs_find(&kernel, &relocs) || bzb_relocs_apply(&relocs, memory, slide))
		fail("its sections do not move it");
}

int main(int argc, char **argv)
{
	size_t size, memory_size;
	unsigned char *file, *one, *other;
	uint64_t slide;

	if (argc != 3)
		fail("usage: reloc_dynamic FILE SLIDE");
	file = read_file(argv[1], &size);
	slide = strtoull(argv[2], NULL, 0);
	memory_size = parse(file, size).memory_size;
	one = copy_of(file, size, memory_size);
	other = copy_of(file, size, memory_size);
	move_by_sections(one, size, slide);
	move_by_dynamic(other, slide);
	if (memcmp(one, other, memory_size))
		fail("sections and PT_DYNAMIC leave different bytes");
	printf("%s\n", memcmp(one, file, size) ? "moved" : "not moved");
	free(one);
	free(other);
	return 0;
}
