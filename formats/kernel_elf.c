/* SPDX-License-Identifier: BSD-2-Clause */
/* The payload ELF, whose file layout is its memory layout. */
#include <bzboot/kernel_elf.h>

static bool is_loaded(const struct bzb_elf_segment *s)
{
	return s->type == BZB_PT_LOAD && s->memsz;
}

/* Headers in a segment could change while they are in use. */
static bool headers_are_in_gap(const struct bzb_kernel_elf *kernel)
{
	const struct bzb_elf *elf = &kernel->elf;
	struct bzb_span gap = { elf->file.data, (size_t)kernel->gap }, table;

	return !bzb_slice(gap, elf->phoff, bzb_elf_phdrs_size(elf), &table) &&
	       !bzb_slice(gap, elf->shnum ? elf->shoff : 0, bzb_elf_shdrs_size(elf), &table);
}

int bzb_kernel_elf_parse(struct bzb_span file, struct bzb_kernel_elf *ret)
{
	struct bzb_kernel_elf kernel;
	bool first = true;
	int err = bzb_elf_parse_loaded(file, &kernel.elf);

	if (err)
		return err;
	kernel.gap = 0;
	for (unsigned int i = 0; i < kernel.elf.phnum; i++) {
		struct bzb_elf_segment s = bzb_elf_segment(&kernel.elf, i);

		if (!is_loaded(&s))
			continue;
		if (first)
			kernel.gap = s.offset;
		first = false;
		/* The difference may wrap: if s.offset is below the gap, the comparison
		 * fails, because both are in the file. */
		if (s.offset - kernel.gap != s.paddr - kernel.elf.load_address)
			return -BZB_ERR_BADLAYOUT;
	}
	if (!kernel.gap || (kernel.gap - kernel.elf.load_address) % BZB_KERNEL_GAP_UNIT ||
	    !headers_are_in_gap(&kernel))
		return -BZB_ERR_BADLAYOUT;
	if (kernel.elf.memory_size > UINT64_MAX - kernel.gap)
		return -BZB_ERR_BADLAYOUT;
	kernel.memory_size = kernel.gap + kernel.elf.memory_size;
	kernel.entry_offset = kernel.gap + kernel.elf.entry_offset;
	*ret = kernel;
	return 0;
}

void bzb_kernel_elf_clear_bss(const struct bzb_kernel_elf *kernel, void *memory, uint64_t size)
{
	for (unsigned int i = 0; i < kernel->elf.phnum; i++) {
		struct bzb_elf_segment s = bzb_elf_segment(&kernel->elf, i);
		uint64_t start = s.offset + s.filesz, end = s.offset + s.memsz;

		if (end > size)
			end = size;
		if (is_loaded(&s) && start < end)
			memset((unsigned char *)memory + start, 0, (size_t)(end - start));
	}
}
