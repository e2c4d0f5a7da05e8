/* SPDX-License-Identifier: BSD-2-Clause */
/* Symbols: which of them move with a kernel. */
#include <bzboot/symbols.h>

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

/* Reads only the bytes that the pattern has. */
static bool matches(struct bzb_span names, uint32_t offset, const char *pattern)
{
	struct bzb_span byte;

	for (size_t i = 0; pattern[i] != '*'; i++) {
		if (bzb_slice(names, (uint64_t)offset + i, 1, &byte) ||
		    *byte.data != (unsigned char)pattern[i])
			return false;
		if (!pattern[i])
			return true;
	}
	return true;
}

static bool is_edge(struct bzb_span names, uint32_t offset)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(edges); i++)
		if (matches(names, offset, edges[i]))
			return true;
	return false;
}

int bzb_symbol_read(struct bzb_span table, uint32_t number, struct bzb_symbol *ret)
{
	struct bzb_elf_sym symbol;
	struct bzb_span bytes;
	uint16_t section;
	bool is_section;
	int err = bzb_slice(table, (uint64_t)number * sizeof(symbol), sizeof(symbol), &bytes);

	if (err)
		return err;
	memcpy(&symbol, bytes.data, sizeof(symbol));
	section = bzb_ld16(symbol.st_shndx);
	is_section = (symbol.st_info & 15) == BZB_STT_SECTION && section < BZB_SHN_LORESERVE;
	*ret = (struct bzb_symbol){
		.name = bzb_ld32(symbol.st_name),
		.value = bzb_ld64(symbol.st_value),
		.defined = section != BZB_SHN_UNDEF,
		.weak = symbol.st_info >> 4 == BZB_STB_WEAK,
		.absolute = section == BZB_SHN_ABS,
		.section = is_section ? section : 0,
	};
	return 0;
}

bool bzb_symbol_moves(const struct bzb_elf *elf, const struct bzb_symbol *symbol,
		      struct bzb_span names)
{
	return symbol->defined && bzb_elf_moves(elf, symbol->value) &&
	       (!symbol->absolute || is_edge(names, symbol->name));
}
