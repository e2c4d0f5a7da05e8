/* SPDX-License-Identifier: BSD-2-Clause */
/* Sections for debuggers, by their names. */
#ifndef PACKER_DEBUG_SECTION_H
#define PACKER_DEBUG_SECTION_H

#include <bzboot/elf.h>

/**
 * debug_section_is() - whether a section has the name of one with debug data
 * @elf: of the section
 * @section: any
 *
 * returns: true if it has
 */
bool debug_section_is(const struct bzb_elf *elf, const struct bzb_elf_section *section);

#endif
