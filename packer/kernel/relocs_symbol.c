/* SPDX-License-Identifier: BSD-2-Clause */
/* Which symbols move with a kernel. */
#include <string.h>

#include "relocs_find.h"

/*
 * The names that Linux's own tool takes for addresses although they are absolute (S_REL in
 * arch/x86/tools/relocs.c, 5.10 to 7.3 together). A name that ends in * stands for all that begin
 * like it.
 */
static const char *const edges[] = {
	/* clang-format off */
	"_end",
	"__alt_instructions", "__alt_instructions_end",
	"__apicdrivers", "__apicdrivers_end",
	"__end_builtin_fw", "__end_pci_*",
	"__end_rodata", "__end_rodata_aligned", "__end_rodata_hpage_align",
	"__init_begin", "__init_end",
	"__initramfs_start",
	"__iommu_table", "__iommu_table_end",
	"__parainstructions", "__parainstructions_end",
	"__per_cpu_load", "init_per_cpu__*",
	"__smp_locks", "__smp_locks_end",
	"__start___bug_table", "__stop___bug_table",
	"__start___kcrctab", "__stop___kcrctab",
	"__start___kcrctab_gpl", "__stop___kcrctab_gpl",
	"__start___kcrctab_gpl_future", "__stop___kcrctab_gpl_future",
	"__start___kcrctab_unused", "__stop___kcrctab_unused",
	"__start___kcrctab_unused_gpl", "__stop___kcrctab_unused_gpl",
	"__start___ksymtab", "__stop___ksymtab",
	"__start___ksymtab_gpl", "__stop___ksymtab_gpl",
	"__start___ksymtab_gpl_future", "__stop___ksymtab_gpl_future",
	"__start___ksymtab_unused", "__stop___ksymtab_unused",
	"__start___ksymtab_unused_gpl", "__stop___ksymtab_unused_gpl",
	"__start___modver", "__stop___modver",
	"__start___param", "__stop___param",
	"__start_builtin_fw", "__start_pci_*",
	"__start_notes", "__stop_notes",
	"__tracedata_start", "__tracedata_end",
	"__vvar_page",
	"__x86_cpu_dev_start", "__x86_cpu_dev_end",
	"jiffies", "jiffies_64",
	/* clang-format on */
};

static bool matches(const char *name, const char *pattern)
{
	size_t length = strlen(pattern);

	if (pattern[length - 1] == '*')
		return !strncmp(name, pattern, length - 1);
	return !strcmp(name, pattern);
}

static bool is_edge(const char *name)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(edges); i++)
		if (matches(name, edges[i]))
			return true;
	return false;
}

/* A symbol that is not defined is 0 in a linked file, and stays so. */
bool relocs_symbol_moves(const struct reloc_input *input, const struct symbol *symbol)
{
	return symbol->defined && relocs_moves(input, symbol->value) &&
	       (!symbol->absolute || is_edge(symbol->name));
}
