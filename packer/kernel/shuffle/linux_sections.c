/* SPDX-License-Identifier: BSD-2-Clause */
#include "linux_sections.h"

#include <fnmatch.h>

#include <bzboot/bytes.h>

/* Words of the table */
#define NONE "none"
#define BY_NAME "by name"
#define REPLACING "of linking; a later entry replaces an earlier one"
#define BY_ADDRESS "by address; the build sorts it"

#define IN_PLACE(pattern, holds, order, series) \
	{ pattern, LINUX_SECTION_IN_PLACE, holds, order, series }
#define PLACES(pattern, holds, order, series) \
	{ pattern, LINUX_SECTION_PLACES, holds, order, series }
#define ORDERED(pattern, holds, order, series) \
	{ pattern, LINUX_SECTION_ORDERED, holds, order, series }

/* arch/x86/kernel/vmlinux.lds.S, include/asm-generic/vmlinux.lds.h */
static const struct linux_section sections[] = {
	/* clang-format off */
	IN_PLACE(".text", "code", NONE, NULL),
	IN_PLACE(".head.text", "code that runs before paging is set up", NONE, "6.17"),
	IN_PLACE(".init.text", "code of the start", NONE, NULL),
	IN_PLACE(".exit.text", "code of drivers that cannot be removed", NONE, NULL),
	IN_PLACE(".altinstr_aux", "code that runs until alternatives are applied", NONE, NULL),
	IN_PLACE(".altinstr_replacement", "instructions of alternatives", NONE, NULL),
	IN_PLACE(".rodata", "constants, static calls, jump labels, kallsyms", NONE, NULL),
	IN_PLACE(".rodata1", "constants", NONE, NULL),
	IN_PLACE("__init_rodata", "constants", NONE, NULL),
	IN_PLACE(".pci_fixup", "functions of PCI quirks", "of linking", NULL),
	IN_PLACE(".tracedata", "places of CONFIG_PM_TRACE", NONE, NULL),
	IN_PLACE(".printk_index", "formats of messages", NONE, "since 5.15"),
	IN_PLACE("__ksymtab", "exported symbols", BY_NAME, NULL),
	IN_PLACE("__ksymtab_gpl", "exported symbols", BY_NAME, "to 7.0"),
	IN_PLACE("__param", "parameters of modules that are built in", NONE, NULL),
	IN_PLACE("__modver", "versions of modules that are built in", NONE, NULL),
	PLACES("__kcfi_traps", "traps of kCFI", NONE, "since 6.1"),
	PLACES(".kcfi_traps", "traps of kCFI, as clang names them", NONE, "no"),
	ORDERED("__ex_table", "instructions that may fault, and where to go on", BY_ADDRESS, NULL),
	IN_PLACE(".notes", "notes, of which Xen's have addresses", NONE, NULL),
	IN_PLACE(".data", "variables", NONE, NULL),
	IN_PLACE(".data..percpu", "variables of each processor", NONE, NULL),
	IN_PLACE(".data.rel*", "addresses, of a position-independent executable", NONE, "no"),
	IN_PLACE(".got*", "addresses that the linker has made", NONE, "no"),
	IN_PLACE(".rela.*", "relocations of a position-independent executable", NONE, "no"),
	IN_PLACE(".dynsym", "symbols of a position-independent executable", NONE, "no"),
	PLACES("__bug_table", "places of BUG and WARN", NONE, NULL),
	ORDERED(".orc_unwind_ip", "addresses of .orc_unwind", BY_ADDRESS, NULL),
	ORDERED(".orc_unwind", "how to find the caller", BY_ADDRESS, NULL),
	IN_PLACE(".init.data", "variables of the start, initcalls, __mcount_loc", NONE, NULL),
	IN_PLACE(".exit.data", "variables", NONE, NULL),
	IN_PLACE(".x86_cpu_dev.init", "makers of processors", NONE, NULL),
	IN_PLACE(".x86_intel_mid_dev.init", "devices", NONE, NULL),
	IN_PLACE(".iommu_table", "functions that find IOMMUs",
		 "by what they need; the kernel sorts it at boot", "to 5.17"),
	PLACES(".parainstructions", "calls that a hypervisor replaces", NONE, "to 6.7"),
	PLACES(".retpoline_sites", "calls of thunks", NONE, NULL),
	PLACES(".return_sites", "returns by a thunk", NONE, NULL),
	PLACES(".call_sites", "calls that are counted", NONE, "since 6.2"),
	PLACES(".ibt_endbr_seal", "endbr that are not needed", NONE, "since 5.18"),
	PLACES(".cfi_sites", "prefixes of FineIBT", NONE, "since 6.2"),
	PLACES(".altinstructions", "places of alternatives", REPLACING, NULL),
	IN_PLACE(".apicdrivers", "drivers", "of linking; the first that fits counts", NULL),
	PLACES("runtime_*", "operands that are constants once the kernel runs", NONE, "since 6.11"),
	PLACES(".smp_locks", "lock prefixes", NONE, "to 7.2"),
	/* clang-format on */
};

const struct linux_section *linux_section_at(size_t i)
{
	return i < BZB_ARRAY_SIZE(sections) ? &sections[i] : NULL;
}

const struct linux_section *linux_section_find(const char *name)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(sections); i++)
		if (!fnmatch(sections[i].pattern, name, 0))
			return &sections[i];
	return NULL;
}

enum linux_section_kind linux_section_kind(const char *name)
{
	const struct linux_section *section = linux_section_find(name);

	return section ? section->kind : LINUX_SECTION_UNKNOWN;
}

bool linux_section_says_places(const char *name)
{
	const enum linux_section_kind kind = linux_section_kind(name);

	return kind == LINUX_SECTION_PLACES || kind == LINUX_SECTION_ORDERED;
}
