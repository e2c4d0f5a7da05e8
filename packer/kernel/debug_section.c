/* SPDX-License-Identifier: BSD-2-Clause */
#include "debug_section.h"

#include <string.h>

/* Begin of names: DWARF 5, appendix B, and older versions of it, which binutils wrote compressed as
 * .zdebug_; gdb, "Index Section Format"; before DWARF, stabs. */
static const char *const names[] = { ".debug_", ".zdebug_", ".gdb_index", ".stab" };

bool debug_section_is(const struct bzb_elf *elf, const struct bzb_elf_section *section)
{
	struct bzb_span name;

	if (bzb_elf_section_name(elf, section, &name))
		return false;
	for (size_t i = 0; i < BZB_ARRAY_SIZE(names); i++) {
		const size_t size = strlen(names[i]);

		if (name.size >= size && !memcmp(name.data, names[i], size))
			return true;
	}
	return false;
}
