/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The steps of a boot loader with a payload: parse, clear bss, find the relocations, apply them.
 * Only the file bytes of segments change, and bss.
 */
#include "fuzz.h"

static const uint64_t slide = 0x123456789a00000;

/* True if the byte must not have changed. */
static bool is_fixed(const struct bzb_elf *elf, uint64_t from, uint64_t to)
{
	for (unsigned int i = 0; i < elf->phnum; i++) {
		struct bzb_elf_segment s = bzb_elf_segment(elf, i);

		if (s.type == BZB_PT_LOAD && from < s.offset + s.memsz && s.offset < to)
			return false;
	}
	return true;
}

static void check_changes(const struct bzb_kernel_elf *kernel, struct bzb_span file,
			  const unsigned char *memory)
{
	PROMISE(!memcmp(file.data, memory, kernel->gap));
	for (size_t i = kernel->gap; i < file.size; i++)
		if (file.data[i] != memory[i])
			PROMISE(!is_fixed(&kernel->elf, i, i + 1));
}

/* Memory that is not cleared, with the file at its start */
static void load(const struct bzb_kernel_elf *kernel, struct bzb_span file, unsigned char *memory)
{
	struct bzb_kernel_elf again;
	struct bzb_relocs relocs;

	memset(memory + file.size, 0xb5, kernel->memory_size - file.size);
	PROMISE(!bzb_kernel_elf_parse((struct bzb_span){ memory, file.size }, &again));
	PROMISE(again.memory_size == kernel->memory_size);
	bzb_kernel_elf_clear_bss(&again, memory, again.memory_size);
	if (!bzb_relocs_find(&again, &relocs)) {
		int err = bzb_relocs_apply(&relocs, memory, slide);

		PROMISE(!err || err == -BZB_ERR_BADRELOC);
	}
	check_changes(kernel, file, memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct room file_room, memory_room;
	struct bzb_span file = widen(&file_room, data, size);
	struct bzb_kernel_elf kernel;

	if (!bzb_kernel_elf_parse(file, &kernel) && kernel.gap == BZB_KERNEL_GAP_UNIT &&
	    kernel.memory_size <= kernel.gap + FUZZ_TAIL_MAX && file.size <= kernel.memory_size)
		load(&kernel, file,
		     lay_out(&memory_room, data, size, kernel.memory_size - kernel.gap));
	return 0;
}
