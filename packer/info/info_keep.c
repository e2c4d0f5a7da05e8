/* SPDX-License-Identifier: BSD-2-Clause */
#include "info_chapters.h"

#include <bzboot/pe.h>
#include <bzboot/probe.h>

#include "io/fileio.h"

static void keep(const struct info *info, struct bzb_span bytes)
{
	file_keep(info->bytes, (size_t)(bytes.data - info->file.data), bytes.size);
}

/* Headers and notes at the start of a file, a module signature and tables of ELF at its end. */
#define ENDS_SIZE ((size_t)64 << 10)

/* Sections that are parsed are smaller, and those that are larger are not parsed. */
#define SECTION_SIZE ((size_t)1 << 20)

static void keep_pe(const struct info *info)
{
	struct bzb_pe pe;

	if (bzb_pe_parse(info->file, &pe))
		return;
	file_keep(info->bytes, pe.section_table,
		  pe.sections * sizeof(struct bzb_pe_section_header));
	for (unsigned int i = 0; i < pe.sections; i++) {
		struct bzb_pe_section section = bzb_pe_section(&pe, i);

		if (section.raw_size <= SECTION_SIZE)
			file_keep(info->bytes, section.raw_offset, section.raw_size);
	}
}

static void keep_elf(const struct info *info)
{
	struct bzb_elf_section names;
	struct bzb_elf elf;

	if (!info->headers) {
		keep(info, info->file);
		return;
	}
	if (bzb_elf_parse(info->file, &elf))
		return;
	file_keep(info->bytes, elf.phoff, bzb_elf_phdrs_size(&elf));
	file_keep(info->bytes, elf.shoff, bzb_elf_shdrs_size(&elf));
	if (elf.shstrndx < elf.shnum) {
		names = bzb_elf_section(&elf, elf.shstrndx);
		file_keep(info->bytes, names.offset, names.size);
	}
}

void info_keep(const struct info *info)
{
	file_keep(info->bytes, 0, ENDS_SIZE);
	if (info->file.size > ENDS_SIZE)
		file_keep(info->bytes, info->file.size - ENDS_SIZE, ENDS_SIZE);
	if (info->kinds & BZB_IS_PE)
		keep_pe(info);
	if (info->kinds & BZB_IS_ELF)
		keep_elf(info);
}
