/* SPDX-License-Identifier: BSD-2-Clause */
#include "program.h"

#include <bzboot/notes.h>

static const struct mark {
	const char *owner;
	uint32_t type;
	const char *name;
} marks[] = {
	/* glibc, csu/abi-note.S */
	{ "GNU", 1, "the note NT_GNU_ABI_TAG, which names the system a program is for" },
	/* bionic, libc/arch-common/bionic/crtbrand.S */
	{ "Android", 1, "the note of a program for Android" },
	/* Go, cmd/link/internal/ld/elf.go */
	{ "Go", 4, "the build ID of a Go program" },
};

static bool has_virtual_addresses(const struct bzb_elf *elf)
{
	for (unsigned int i = 0; i < elf->phnum; i++) {
		struct bzb_elf_segment load = bzb_elf_segment(elf, i);

		if (load.type == BZB_PT_LOAD && load.memsz && load.vaddr != load.paddr)
			return true;
	}
	return false;
}

const char *program_mark(const struct bzb_elf *elf)
{
	struct bzb_span descriptor;

	for (size_t i = 0; i < BZB_ARRAY_SIZE(marks); i++)
		if (!bzb_note_find(elf, marks[i].owner, marks[i].type, &descriptor))
			return has_virtual_addresses(elf) ? NULL : marks[i].name;
	return NULL;
}
