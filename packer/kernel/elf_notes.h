/* SPDX-License-Identifier: BSD-2-Clause */
/* Notes of an ELF (gABI, "Note Section"). */
#ifndef PACKER_ELF_NOTES_H
#define PACKER_ELF_NOTES_H

#include <bzboot/elf.h>

/**
 * elf_note_in() - look for a note
 * @notes: their bytes
 * @owner: the name that defines the type
 * @type: of the note
 * @ret: its descriptor; untouched if there is none
 *
 * returns: whether there is one
 */
bool elf_note_in(struct bzb_span notes, const char *owner, uint32_t type, struct bzb_span *ret);

/**
 * elf_note_find() - look for a note that a program header points to
 * @elf: any
 * @owner: the name that defines the type
 * @type: of the note
 * @ret: its descriptor; untouched if there is none
 *
 * returns: whether there is one
 */
bool elf_note_find(const struct bzb_elf *elf, const char *owner, uint32_t type,
		   struct bzb_span *ret);

#endif
