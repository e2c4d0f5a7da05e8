/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot_core.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "linux_kallsyms.h"

/* gABI, "ELF Header" and "Note Section" */
enum { ET_CORE = 4, NOTE_HEADER_SIZE = 12, NOTE_ALIGNMENT = 4 };

/* Linux for x86-64: __START_KERNEL_map, the virtual address of phys_base */
#define KERNEL_MAP UINT64_C(0xffffffff80000000)

/* More than the text of any VMCOREINFO: Linux has room for a page. */
#define INFO_MAX (1u << 20)

/* All are looked at for each page of names. A dump has one for each stretch of memory. */
#define PHDRS_MAX (1u << 20)

struct core {
	struct bzb_span file;
	struct blob phdrs;
	size_t phnum;
	uint64_t slide, phys_base;
	bool has_phys_base;
	struct why *why;
};

/* --- the file ------------------------------------------------------------------------- */

static int refuse_others(const struct core *c)
{
	static const struct {
		const char *magic, *advice;
	} others[] = {
		{ "KDUMP   ",
		  "a compressed dump: write it with makedumpfile -E, or give --kallsyms" },
		{ "DISKDUMP",
		  "a compressed dump: write it with makedumpfile -E, or give --kallsyms" },
		{ "makedumpfile", "a flattened dump: make a file of it with makedumpfile -R" },
	};

	for (size_t i = 0; i < BZB_ARRAY_SIZE(others); i++) {
		const size_t size = strlen(others[i].magic);

		if (c->file.size >= size && !memcmp(c->file.data, others[i].magic, size))
			return explain(c->why, "is %s", others[i].advice);
	}
	return explain(c->why, "is no ELF core of x86-64");
}

/* The number of program headers; 0 if it cannot be read. */
static uint64_t count_phdrs(const struct core *c, const struct bzb_elf_ehdr *header)
{
	const unsigned int count = bzb_ld16(header->e_phnum);
	struct bzb_elf_shdr first;
	struct bzb_span bytes;

	if (count != BZB_PN_XNUM)
		return count;
	if (bzb_slice(c->file, bzb_ld64(header->e_shoff), sizeof(first), &bytes))
		return 0;
	memcpy(&first, bytes.data, sizeof(first));
	return bzb_ld32(first.sh_info);
}

static int open_core(struct core *c)
{
	static const unsigned char ident[] = {
		0x7f, 'E', 'L', 'F', BZB_ELFCLASS64, BZB_ELFDATA2LSB
	};
	struct bzb_elf_ehdr header;
	struct bzb_span bytes;
	uint64_t count;

	if (bzb_slice(c->file, 0, sizeof(header), &bytes))
		return refuse_others(c);
	memcpy(&header, bytes.data, sizeof(header));
	if (memcmp(header.e_ident, ident, sizeof(ident)) != 0 ||
	    bzb_ld16(header.e_type) != ET_CORE || bzb_ld16(header.e_machine) != BZB_EM_X86_64)
		return refuse_others(c);
	count = count_phdrs(c, &header);
	if (count > PHDRS_MAX)
		return explain(c->why, "it has %" PRIu64 " program headers, and may have %u", count,
			       PHDRS_MAX);
	if (bzb_ld16(header.e_phentsize) != sizeof(struct bzb_elf_phdr) ||
	    bzb_slice(c->file, bzb_ld64(header.e_phoff), count * sizeof(struct bzb_elf_phdr),
		      &bytes))
		return explain(c->why, "its program headers are not in the file");
	c->phdrs = blob_copy(bytes);
	c->phnum = (size_t)count;
	return 0;
}

static struct bzb_elf_phdr phdr_at(const struct core *c, size_t index)
{
	struct bzb_elf_phdr phdr;

	memcpy(&phdr, c->phdrs.data + index * sizeof(phdr), sizeof(phdr));
	return phdr;
}

/* --- VMCOREINFO ----------------------------------------------------------------------- */

/* The value in a line "NAME=VALUE". */
static bool read_value(const char *text, const char *name, int base, uint64_t *ret)
{
	const size_t size = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		char *end;

		line += *line == '\n';
		if (strncmp(line, name, size) != 0 || line[size] != '=')
			continue;
		*ret = base == 16 ? strtoull(line + size + 1, &end, base) :
				    (uint64_t)strtoll(line + size + 1, &end, base);
		return end != line + size + 1 && (*end == '\n' || !*end);
	}
	return false;
}

/* Returns 1 if this is it. */
static int read_info(struct core *c, struct bzb_span bytes)
{
	struct blob text = blob_room(bytes.size + 1);
	bool found;

	memcpy(text.data, bytes.data, bytes.size);
	text.data[bytes.size] = 0;
	found = read_value((const char *)text.data, "KERNELOFFSET", 16, &c->slide);
	c->has_phys_base =
		read_value((const char *)text.data, "NUMBER(phys_base)", 10, &c->phys_base);
	blob_free(&text);
	return found;
}

static int read_notes(struct core *c, struct bzb_span notes)
{
	static const char name[] = "VMCOREINFO";

	while (notes.size >= NOTE_HEADER_SIZE) {
		const uint64_t name_size = bzb_get32(notes.data);
		const uint64_t size = bzb_get32(notes.data + 4);
		const uint64_t at = NOTE_HEADER_SIZE + bzb_align_up(name_size, NOTE_ALIGNMENT);
		const uint64_t end = at + bzb_align_up(size, NOTE_ALIGNMENT);

		if (end > notes.size)
			return 0;
		if (name_size == sizeof(name) && size && size <= INFO_MAX &&
		    !memcmp(notes.data + NOTE_HEADER_SIZE, name, sizeof(name)) &&
		    read_info(c, (struct bzb_span){ notes.data + at, (size_t)size }))
			return 1;
		notes = (struct bzb_span){ notes.data + end, notes.size - (size_t)end };
	}
	return 0;
}

static int find_info(struct core *c)
{
	for (size_t i = 0; i < c->phnum; i++) {
		const struct bzb_elf_phdr phdr = phdr_at(c, i);
		struct bzb_span bytes;
		struct blob notes;
		int found;

		if (bzb_ld32(phdr.p_type) != BZB_PT_NOTE ||
		    bzb_slice(c->file, bzb_ld64(phdr.p_offset), bzb_ld64(phdr.p_filesz), &bytes) ||
		    !bytes.size)
			continue;
		notes = blob_copy(bytes);
		found = read_notes(c, blob_span(&notes));
		blob_free(&notes);
		if (found)
			return 0;
	}
	return explain(c->why, "it has no note VMCOREINFO with KERNELOFFSET: give --kallsyms");
}

/* --- memory --------------------------------------------------------------------------- */

/* The bytes at an address that one segment has, up to the end of the page or of what is wanted. */
static bool find_bytes(const struct core *c, uint64_t address, size_t size, struct bzb_span *ret)
{
	const uint64_t physical = address - KERNEL_MAP + c->phys_base;

	for (size_t i = 0; i < c->phnum; i++) {
		const struct bzb_elf_phdr phdr = phdr_at(c, i);
		const uint64_t in_file = bzb_ld64(phdr.p_filesz);
		uint64_t distance = address - bzb_ld64(phdr.p_vaddr);

		if (bzb_ld32(phdr.p_type) != BZB_PT_LOAD)
			continue;
		if (distance >= in_file && c->has_phys_base)
			distance = physical - bzb_ld64(phdr.p_paddr);
		if (distance < in_file && size <= in_file - distance &&
		    distance <= UINT64_MAX - bzb_ld64(phdr.p_offset) &&
		    !bzb_slice(c->file, bzb_ld64(phdr.p_offset) + distance, size, ret))
			return true;
	}
	return false;
}

/* Copies memory of the kernel, page by page: pages that follow each other may be in two segments. */
static int read_memory(const struct core *c, uint64_t address, unsigned char *to, size_t size)
{
	while (size) {
		const size_t rest = BZB_PAGE_SIZE - address % BZB_PAGE_SIZE;
		const size_t part = rest < size ? rest : size;
		struct bzb_span bytes;

		if (!find_bytes(c, address + c->slide, part, &bytes))
			return explain(c->why, "it does not have the memory at 0x%" PRIx64,
				       address + c->slide);
		memcpy(to, bytes.data, part);
		to += part;
		address += part;
		size -= part;
	}
	return 0;
}

/* --- kallsyms ------------------------------------------------------------------------- */

/* The tables that depend on the order of functions; the others are those of the original. */
static int read_tables(const struct core *c, const struct linux_kallsyms *k, struct vmlinux *ran)
{
	const struct {
		uint32_t offset;
		size_t size;
	} tables[] = {
		{ k->names.offsets, k->names.count * (size_t)4 },
		{ k->names.names, k->places[k->names.count] },
		{ k->names.markers, (k->names.count + (size_t)255) / 256 * 4 },
		{ k->names.seqs, k->names.seqs ? k->names.count * (size_t)3 : 0 },
	};
	const struct vmlinux_symbol *count = vmlinux_find(ran, "kallsyms_num_syms");
	unsigned char bytes[4];

	if (read_memory(c, count->address, bytes, sizeof(bytes)))
		return -1;
	if (bzb_get32(bytes) != k->names.count)
		return explain(c->why,
			       "kallsyms has %u names, and %u in this kernel: it is of another one",
			       bzb_get32(bytes), k->names.count);
	for (size_t i = 0; i < BZB_ARRAY_SIZE(tables); i++)
		if (read_memory(c, ran->address + tables[i].offset,
				ran->memory.data + tables[i].offset, tables[i].size))
			return -1;
	return 0;
}

static struct blob write_text(const struct linux_kallsyms *k)
{
	struct blob text = { .data = NULL };
	char name[512];
	size_t size = 0;

	for (uint32_t i = 0; i < k->names.count; i++) {
		const char letter = linux_kallsyms_name(k, i, name, sizeof(name));

		if (text.size - size < sizeof(name) + 32)
			blob_resize(&text, 2 * text.size + sizeof(name) + 32);
		size += (size_t)snprintf((char *)text.data + size, text.size - size,
					 "%016" PRIx64 " %c %s\n", linux_kallsyms_address(k, i),
					 letter ? letter : '?', name);
	}
	blob_resize(&text, size);
	return text;
}

/* @ran: a copy of the kernel, whose memory becomes that of the dump where the names are. */
static int read_kallsyms(const struct core *c, struct vmlinux *ran, struct blob *text)
{
	struct linux_kallsyms k;
	struct why why;
	int error;

	if (linux_kallsyms_open(ran, &k, &why) || !k.names.count)
		return explain(c->why,
			       "this kernel has no kallsyms that can be read: give --kallsyms");
	error = read_tables(c, &k, ran);
	linux_kallsyms_close(&k);
	if (error)
		return -1;
	if (linux_kallsyms_open(ran, &k, &why))
		return explain(c->why, "what it has for kallsyms of this kernel: %.180s", why.text);
	*text = write_text(&k);
	linux_kallsyms_close(&k);
	return 0;
}

int boot_core_kallsyms(struct bzb_span core, const struct vmlinux *vmlinux, struct blob *text,
		       uint64_t *slide, struct why *why)
{
	struct core c = { .file = core, .why = why };
	struct vmlinux ran = *vmlinux;
	int error = open_core(&c) || find_info(&c);

	if (!error) {
		ran.memory = blob_copy(blob_span(&vmlinux->memory));
		error = read_kallsyms(&c, &ran, text);
		blob_free(&ran.memory);
	}
	blob_free(&c.phdrs);
	if (error)
		return -1;
	*slide = c.slide;
	return 0;
}
