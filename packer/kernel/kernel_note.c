/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel_note.h"

#include <string.h>

#include "payload_sections.h"

#define NAME "bzboot"
#define TYPE 1u
#define DESCRIPTOR offsetof(struct kernel_note, alignment)
#define OLD_SIZE offsetof(struct kernel_note, place)

struct kernel_note kernel_note_blank(void)
{
	return (struct kernel_note){
		.n_namesz = bzb_st32(sizeof(NAME)),
		.n_descsz = bzb_st32(sizeof(struct kernel_note) - DESCRIPTOR),
		.n_type = bzb_st32(TYPE),
		.name = NAME,
	};
}

bool kernel_note_find(const struct bzb_elf *elf, struct kernel_note *ret)
{
	struct bzb_elf_section section;
	struct kernel_note note = { 0 };
	struct bzb_span bytes;

	if (bzb_elf_find_section(elf, PAYLOAD_NOTE_SECTION, &section) ||
	    (section.size != sizeof(note) && section.size != OLD_SIZE) ||
	    bzb_slice(elf->file, section.offset, section.size, &bytes))
		return false;
	memcpy(&note, bytes.data, bytes.size);
	if (bzb_ld32(note.n_type) != TYPE || bzb_ld32(note.n_namesz) != sizeof(NAME) ||
	    memcmp(note.name, NAME, sizeof(NAME)))
		return false;
	note.version[sizeof(note.version) - 1] = 0;
	*ret = note;
	return true;
}
