/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sections of a linker's --emit-relocs: relocations that it has already applied. No
 * specification defines their contents after the linker relaxes code, so the bytes of a
 * field confirm what its relocation says of it.
 */
#ifndef BZBOOT_RELA_H
#define BZBOOT_RELA_H

#include <bzboot/relocs.h>

/**
 * bzb_rela_is_emitted() - find out whether a section lists fields that are loaded
 * @elf: as parsed
 * @section: of it
 *
 * returns: true for a SHT_RELA of an ET_EXEC, which is not loaded itself, for a section
 * that is
 */
bool bzb_rela_is_emitted(const struct bzb_elf *elf, const struct bzb_elf_section *section);

/**
 * bzb_rela_walk() - visit every field that moves
 * @elf: as parsed
 * @visit: called for each; it lies in the file bytes of a PT_LOAD
 * @context: for @visit
 *
 * Notes are left out: the kernel's loader reads them before the kernel moves.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOTFOUND, no section is such a one
 *	-BZB_ERR_BADRELOC, an unknown type, a symbol that is not in its table, a field
 *	outside every segment, a 64-bit distance to a symbol that does not move, a slot
 *	of the GOT without a relocation, or sections that share bytes of the file
 *	the return value of @visit, if it was not 0
 */
int bzb_rela_walk(const struct bzb_elf *elf, bzb_reloc_visit *visit, void *context);

#endif
