/* SPDX-License-Identifier: BSD-2-Clause */
#include "fuzz.h"

static void check_segments(const struct bzb_elf *elf)
{
	for (unsigned int i = 0; i < elf->phnum; i++) {
		struct bzb_elf_segment s = bzb_elf_segment(elf, i);
		struct bzb_span bytes;

		if (s.type != BZB_PT_LOAD || !s.memsz)
			continue;
		PROMISE(!bzb_slice(elf->file, s.offset, s.filesz, &bytes));
		PROMISE(s.filesz <= s.memsz);
		PROMISE(s.paddr >= elf->load_address);
		PROMISE(s.paddr - elf->load_address <= elf->memory_size - s.memsz);
		PROMISE(s.offset + s.filesz <= elf->end);
	}
}

static void check_sections(const struct bzb_elf *elf)
{
	struct bzb_elf_section found;

	for (unsigned int i = 0; i < elf->shnum; i++) {
		struct bzb_elf_section s = bzb_elf_section(elf, i);
		struct bzb_span name, bytes;

		if (s.type != BZB_SHT_NOBITS && s.type != BZB_SHT_NULL) {
			PROMISE(!bzb_slice(elf->file, s.offset, s.size, &bytes));
			PROMISE(s.offset + s.size <= elf->end);
		}
		if (bzb_elf_section_name(elf, &s, &name))
			continue;
		PROMISE(is_part(elf->file, name));
		read_span(name);
	}
	bzb_elf_find_section(elf, ".text", &found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bzb_span file = { data, size };
	struct bzb_elf elf;

	bzb_probe(file);
	if (bzb_elf_parse(file, &elf))
		return 0;
	PROMISE(elf.end <= size);
	PROMISE(elf.memory_size > 0);
	PROMISE(elf.entry_offset < elf.memory_size);
	check_segments(&elf);
	check_sections(&elf);
	return 0;
}
