/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any ELF: the packer finds the fields that move, or findings; decoding its lists gives the same
 * fields; and the ELF that it makes of one without findings can be moved. Kernels for other machines
 * move by themselves.
 */
#include "fuzz.h"

#include "../packer/kernel/alignment.h"
#include "../packer/kernel/normalise.h"
#include "../packer/kernel/relocs_find.h"

/* The packer accepts more memory, but inputs here have only a few KiB. */
#define MEMORY_MAX (8 * BZB_KERNEL_GAP_UNIT)

struct walk {
	const struct relocs *relocs;
	size_t seen[BZB_RELOC_KIND_COUNT];
};

static bool is_in(const struct reloc_list *list, uint64_t offset)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->offsets[i] == offset)
			return true;
	return false;
}

static int check_field(void *context, enum bzb_reloc_kind kind, uint64_t offset)
{
	struct walk *walk = context;

	PROMISE(is_in(&walk->relocs->lists[kind], offset));
	walk->seen[kind]++;
	return 0;
}

static void check_tables(struct bzb_span payload, const struct relocs *relocs)
{
	struct walk walk = { .relocs = relocs };
	struct bzb_relocs tables;
	struct bzb_kernel_elf kernel;
	struct blob scratch;

	PROMISE(!bzb_kernel_elf_parse(payload, &kernel));
	if (!relocs_count(relocs)) {
		PROMISE(bzb_relocs_find(&kernel, &tables) == -BZB_ERR_NOTFOUND);
		return;
	}
	PROMISE(!bzb_relocs_find(&kernel, &tables));
	PROMISE(!bzb_relocs_walk(&tables, check_field, &walk));
	scratch = blob_alloc(kernel.elf.memory_size / 8 + 1);
	PROMISE(!bzb_relocs_check(&tables, scratch.data, scratch.size));
	blob_free(&scratch);
	for (int kind = 0; kind < BZB_RELOC_KIND_COUNT; kind++)
		PROMISE(walk.seen[kind] == relocs->lists[kind].count);
}

static void check_payload(const struct bzb_elf *elf, const struct relocs *relocs)
{
	struct blob copy = blob_copy(elf->file), payload;
	struct findings findings = { 0 };
	struct bzb_elf of_copy;
	struct why why;
	int err;

	PROMISE(!bzb_elf_parse(blob_span(&copy), &of_copy));
	err = normalise(&of_copy, &copy, (struct bzb_span){ 0 }, KEEP_BUILD_ID, &findings, &payload,
			&why);
	blob_free(&copy);
	if (err) {
		PROMISE(*why.text);
		return;
	}
	check_tables(blob_span(&payload), relocs);
	blob_free(&payload);
}

static void check_kernel(const struct bzb_elf *elf)
{
	struct findings findings = { 0 };
	struct relocs relocs = { 0 };
	uint32_t alignment;
	struct why why;

	if (alignment_of_kernel(elf, &alignment, &why) || alignment > MEMORY_MAX)
		return;
	if (bzb_elf_is_x86_64(elf))
		relocs_find(elf, &findings, &relocs);
	if (findings.count)
		PROMISE(*findings.first.text);
	else if (elf->memory_size <= MEMORY_MAX)
		check_payload(elf, &relocs);
	relocs_free(&relocs);
}

/* The input itself, and the payload ELF that it stands for */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct room room;
	struct bzb_elf elf;

	if (!bzb_elf_parse((struct bzb_span){ data, size }, &elf) ||
	    !bzb_elf_parse(widen(&room, data, size), &elf))
		check_kernel(&elf);
	return 0;
}
