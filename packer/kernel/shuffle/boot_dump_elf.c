/* SPDX-License-Identifier: BSD-2-Clause */
/* ELF cores: /proc/vmcore, makedumpfile -E, QEMU's dump-guest-memory */
#include "boot_dump.h"

#include <inttypes.h>

/* gABI, "ELF Header" and "Note Section" */
enum { ET_CORE = 4, NOTE_HEADER_SIZE = 12, NOTE_ALIGNMENT = 4 };

/* More than the text of any VMCOREINFO: Linux has room for a page. */
#define INFO_MAX (1u << 20)

/* All are looked at for each page of names. A dump has one for each stretch of memory. */
#define PHDRS_MAX (1u << 20)

/* The number of program headers; 0 if it cannot be read. */
static uint64_t count_phdrs(const struct boot_dump *dump, const struct bzb_elf_ehdr *header)
{
	const unsigned int count = bzb_ld16(header->e_phnum);
	struct bzb_elf_shdr first;
	struct bzb_span bytes;

	if (count != BZB_PN_XNUM)
		return count;
	if (bzb_slice(dump->file, bzb_ld64(header->e_shoff), sizeof(first), &bytes))
		return 0;
	memcpy(&first, bytes.data, sizeof(first));
	return bzb_ld32(first.sh_info);
}

static int read_headers(struct boot_dump *dump)
{
	static const unsigned char ident[] = {
		0x7f, 'E', 'L', 'F', BZB_ELFCLASS64, BZB_ELFDATA2LSB
	};
	struct bzb_elf_ehdr header;
	struct bzb_span bytes;
	uint64_t count;

	if (bzb_slice(dump->file, 0, sizeof(header), &bytes))
		return explain(dump->why, "is no ELF core of x86-64");
	memcpy(&header, bytes.data, sizeof(header));
	if (memcmp(header.e_ident, ident, sizeof(ident)) != 0 ||
	    bzb_ld16(header.e_type) != ET_CORE || bzb_ld16(header.e_machine) != BZB_EM_X86_64)
		return explain(dump->why, "is no ELF core of x86-64");
	count = count_phdrs(dump, &header);
	if (count > PHDRS_MAX)
		return explain(dump->why, "it has %" PRIu64 " program headers, and may have %u",
			       count, PHDRS_MAX);
	if (bzb_ld16(header.e_phentsize) != sizeof(struct bzb_elf_phdr) ||
	    bzb_slice(dump->file, bzb_ld64(header.e_phoff), count * sizeof(struct bzb_elf_phdr),
		      &bytes))
		return explain(dump->why, "its program headers are not in the file");
	dump->phdrs = blob_copy(bytes);
	dump->phnum = (size_t)count;
	return 0;
}

static struct bzb_elf_phdr phdr_at(const struct boot_dump *dump, size_t index)
{
	struct bzb_elf_phdr phdr;

	memcpy(&phdr, dump->phdrs.data + index * sizeof(phdr), sizeof(phdr));
	return phdr;
}

/* --- VMCOREINFO ----------------------------------------------------------------------- */

/* Returns whether VMCOREINFO is among them. */
static bool read_notes(struct boot_dump *dump, struct bzb_span notes)
{
	static const char name[] = "VMCOREINFO";

	while (notes.size >= NOTE_HEADER_SIZE) {
		const uint64_t name_size = bzb_get32(notes.data);
		const uint64_t size = bzb_get32(notes.data + 4);
		const uint64_t at = NOTE_HEADER_SIZE + bzb_align_up(name_size, NOTE_ALIGNMENT);
		const uint64_t end = at + bzb_align_up(size, NOTE_ALIGNMENT);

		if (end > notes.size)
			return false;
		if (name_size == sizeof(name) && size && size <= INFO_MAX &&
		    !memcmp(notes.data + NOTE_HEADER_SIZE, name, sizeof(name)) &&
		    boot_dump_info(dump, (struct bzb_span){ notes.data + at, (size_t)size }))
			return true;
		notes = (struct bzb_span){ notes.data + end, notes.size - (size_t)end };
	}
	return false;
}

static void find_info(struct boot_dump *dump)
{
	for (size_t i = 0; i < dump->phnum; i++) {
		const struct bzb_elf_phdr phdr = phdr_at(dump, i);
		struct bzb_span bytes;
		struct blob notes;
		bool found;

		if (bzb_ld32(phdr.p_type) != BZB_PT_NOTE ||
		    bzb_slice(dump->file, bzb_ld64(phdr.p_offset), bzb_ld64(phdr.p_filesz),
			      &bytes) ||
		    !bytes.size)
			continue;
		notes = blob_copy(bytes);
		found = read_notes(dump, blob_span(&notes));
		blob_free(&notes);
		if (found)
			return;
	}
}

static int open_elf(struct boot_dump *dump)
{
	if (read_headers(dump))
		return -1;
	find_info(dump);
	return 0;
}

/* --- memory --------------------------------------------------------------------------- */

/* The bytes at an address that one segment has, up to the end of the page or of what is wanted. */
static bool find_bytes(const struct boot_dump *dump, uint64_t address, size_t size,
		       struct bzb_span *ret)
{
	const uint64_t physical = boot_dump_physical(dump, address);

	for (size_t i = 0; i < dump->phnum; i++) {
		const struct bzb_elf_phdr phdr = phdr_at(dump, i);
		const uint64_t in_file = bzb_ld64(phdr.p_filesz);
		uint64_t distance = address - bzb_ld64(phdr.p_vaddr);

		if (bzb_ld32(phdr.p_type) != BZB_PT_LOAD)
			continue;
		if (distance >= in_file && dump->has_phys_base)
			distance = physical - bzb_ld64(phdr.p_paddr);
		if (distance < in_file && size <= in_file - distance &&
		    distance <= UINT64_MAX - bzb_ld64(phdr.p_offset) &&
		    !bzb_slice(dump->file, bzb_ld64(phdr.p_offset) + distance, size, ret))
			return true;
	}
	return false;
}

static int read_elf(struct boot_dump *dump, uint64_t address, unsigned char *to, size_t size)
{
	struct bzb_span bytes;

	if (!find_bytes(dump, address, size, &bytes))
		return explain(dump->why, "it does not have the memory at 0x%" PRIx64, address);
	memcpy(to, bytes.data, size);
	return 0;
}

const struct boot_dump_format boot_dump_elf = {
	.magic = "\x7f"
		 "ELF",
	.open = open_elf,
	.read = read_elf,
};
