/* SPDX-License-Identifier: BSD-2-Clause */
/* Notes of an ELF (gABI, "Note Section"). */
#ifndef BZBOOT_NOTES_H
#define BZBOOT_NOTES_H

#include <bzboot/elf.h>

/**
 * bzb_note_find_in() - look for a note
 * @notes: their bytes; the padding of the last one may be missing
 * @owner: NUL-terminated: the name that defines the type
 * @type: of the note
 * @ret: the descriptor of the first one; untouched on error
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOTFOUND, there is none before the end, or the first note that goes past it
 */
int bzb_note_find_in(struct bzb_span notes, const char *owner, uint32_t type, struct bzb_span *ret);

/**
 * bzb_note_find() - look for a note that a program header points to
 * @elf: as parsed
 * @owner: as of bzb_note_find_in()
 * @type: of the note
 * @ret: as of bzb_note_find_in()
 *
 * returns: as bzb_note_find_in(), in every PT_NOTE that lies in the file
 */
int bzb_note_find(const struct bzb_elf *elf, const char *owner, uint32_t type,
		  struct bzb_span *ret);

#endif
