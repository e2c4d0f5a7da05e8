/* SPDX-License-Identifier: BSD-2-Clause */
#include "linux_edges.h"

#include <fnmatch.h>
#include <stddef.h>
#include <string.h>

#include <bzboot/bytes.h>

/* arch/x86/kernel/vmlinux.lds.S, include/asm-generic/vmlinux.lds.h */
static const char *const edges[] = {
	"_text",
	"_stext",
	"_etext",
	"__pi__text",
	"_sinittext",
	"_einittext",
	"__inittext_end",
	"__*_text_start",
	"__*_text_end",
	"__indirect_thunk_start", /* before Linux 6.9 */
	"__indirect_thunk_end",
};

/*
 * Edges with text behind them that stays: it runs before the kernel has moved, or its addresses are
 * compared, or it is patched as a whole.
 */
static const char *const fixed_behind[] = {
	"__entry_text_start",
	"__entry_text_end",
	"__irqentry_text_start",
	"__irqentry_text_end",
	"__softirqentry_text_start",
	"__softirqentry_text_end",
	"__static_call_text_start",
	"__static_call_text_end",
	"__indirect_thunk_start",
	"__indirect_thunk_end",
	"_etext",
};

/* Their addresses are put on stacks. */
static const char *const returned_to[] = {
	"ret_from_fork",	   /* by copy_thread() */
	"ret_from_fork_asm",	   /* since Linux 6.5 */
	"return_to_handler",	   /* by the function graph tracer */
	"kretprobe_trampoline",	   /* to Linux 5.14 */
	"__kretprobe_trampoline",  /* to 5.18 */
	"arch_rethook_trampoline", /* since then */
};

/* A part of a function, by gcc (which may number it) and clang. */
static const char *const cold[] = { "*.cold", "*.cold.*" };

static bool is_one_of(const char *name, const char *const *patterns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!fnmatch(patterns[i], name, 0))
			return true;
	return false;
}

bool linux_is_edge(const char *name)
{
	return name[0] == '_' && is_one_of(name, edges, BZB_ARRAY_SIZE(edges));
}

bool linux_is_label(const char *name)
{
	return !strncmp(name, ".L", 2);
}

bool linux_is_returned_to(const char *name)
{
	return is_one_of(name, returned_to, BZB_ARRAY_SIZE(returned_to));
}

bool linux_is_fixed_behind(const char *name)
{
	return name[0] == '_' && is_one_of(name, fixed_behind, BZB_ARRAY_SIZE(fixed_behind));
}

/* Since Linux 6.17, all names of code that runs at physical addresses begin with __pi_. */
static const char *without_pi(const char *name)
{
	return strncmp(name, "__pi_", 5) != 0 ? name : name + 5;
}

bool linux_is_hash(const char *name)
{
	return !strncmp(without_pi(name), "__cfi_", 6);
}

bool linux_is_prefix(const char *name)
{
	return linux_is_hash(name) || !strncmp(without_pi(name), "__pfx_", 6);
}

bool linux_is_cold(const char *name)
{
	return is_one_of(name, cold, BZB_ARRAY_SIZE(cold));
}
