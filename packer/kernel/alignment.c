/* SPDX-License-Identifier: BSD-2-Clause */
#include "alignment.h"

#include <inttypes.h>

/* The virtual memory that Linux reserves for its image (KERNEL_IMAGE_SIZE). */
#define ALIGNMENT_MAX ((uint64_t)1 << 30)

uint64_t alignment_of_segment(const struct bzb_elf_segment *load)
{
	uint64_t difference = load->vaddr - load->paddr;
	uint64_t common = difference & -difference;

	return common && common < load->align ? common : load->align;
}

int alignment_of_kernel(const struct bzb_elf *elf, uint32_t *ret, struct why *why)
{
	uint64_t largest = 1;

	for (unsigned int i = 0; i < elf->phnum; i++) {
		struct bzb_elf_segment load = bzb_elf_segment(elf, i);

		if (load.type != BZB_PT_LOAD || !load.memsz)
			continue;
		if (load.align & (load.align - 1))
			return explain(why,
				       "ELF: p_align 0x%" PRIx64 " is not a power of two "
				       "(program header %u)",
				       load.align, i);
		if (alignment_of_segment(&load) > ALIGNMENT_MAX)
			return explain(why,
				       "ELF: p_align 0x%" PRIx64 " is more than 1 GiB "
				       "(program header %u)",
				       load.align, i);
		if (alignment_of_segment(&load) > largest)
			largest = alignment_of_segment(&load);
	}
	*ret = (uint32_t)largest;
	return 0;
}
