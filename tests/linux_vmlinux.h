/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernels for tests of packer/kernel/shuffle/linux_*.c: memory, and symbols that are found one by
 * one, so that no test needs a file of ELF.
 */
#ifndef LINUX_VMLINUX_H
#define LINUX_VMLINUX_H

#include "../packer/kernel/shuffle/vmlinux_elf.h"

#define LINK_ADDRESS ((uint64_t)0xffffffff81000000)

const struct vmlinux_symbol *vmlinux_find(const struct vmlinux *vmlinux, const char *name)
{
	const struct vmlinux_symbol *found = NULL;

	for (size_t i = 0; i < vmlinux->symbol_count; i++) {
		const struct vmlinux_symbol *symbol = &vmlinux->symbols[i];

		if (!strcmp(symbol->name, name) && (!found || symbol->address < found->address))
			found = symbol;
	}
	return found;
}

unsigned char *vmlinux_at(const struct vmlinux *vmlinux, uint64_t address, uint64_t size)
{
	const uint64_t offset = address - vmlinux->address;

	if (offset > vmlinux->memory.size || size > vmlinux->memory.size - offset)
		return NULL;
	return vmlinux->memory.data + offset;
}

#ifdef TEST_H

/* A kernel in @memory, with room for as many symbols as tests have. */
TEST_HELPER struct vmlinux make_vmlinux(void *memory, size_t size)
{
	return (struct vmlinux){
		.memory = { memory, size, false },
		.address = LINK_ADDRESS,
		.symbols = test_alloc(100 * sizeof(struct vmlinux_symbol)),
	};
}

TEST_HELPER void add_symbol(struct vmlinux *v, const char *name, uint32_t offset, uint32_t size)
{
	if (v->symbol_count == 100)
		abort();
	v->symbols[v->symbol_count++] = (struct vmlinux_symbol){
		.name = name,
		.address = LINK_ADDRESS + offset,
		.size = size,
		.type = size ? 2 : 0, /* STT_FUNC, STT_NOTYPE */
	};
}

#endif

#endif
