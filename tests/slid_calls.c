/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * slid_calls VMLINUX STEP: relocates a kernel as a boot loader does, by each STEPth distance that is
 * possible, and says whether its unit table still has the same calls.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bzboot/bzboot.h>
#include <bzboot/reloc_types.h>

#include "../packer/io/array.h"
#include "../packer/io/fileio.h"
#include "../packer/kernel/shuffle/shuffle_kernel.h"
#include "../packer/kernel/shuffle/vmlinux_elf.h"

static struct vmlinux kernel;
static struct bzb_shuffle shuffle;

static void fail(const char *text)
{
	fprintf(stderr, "slid_calls: %s\n", text);
	exit(1);
}

static struct bzb_span units_of(const struct bzb_elf *elf)
{
	for (unsigned int i = 0; i < elf->shnum; i++) {
		const struct bzb_elf_section section = bzb_elf_section(elf, i);
		struct bzb_span name, bytes;

		if (!bzb_elf_section_name(elf, &section, &name) &&
		    !strcmp((const char *)name.data, BZB_UNITS_SECTION) &&
		    !bzb_slice(elf->file, section.offset, section.size, &bytes))
			return bytes;
	}
	fail("it has no unit table");
	abort();
}

/* All fields of code that are relocated: each address, and each distance to a symbol that stays. */
static void relocate(unsigned char *memory, const struct vmlinux_relocs *relocs, uint64_t slide)
{
	for (size_t i = 0; i < relocs->count; i++) {
		const struct bzb_elf_rela *entry = &relocs->entries[i];
		const struct vmlinux_symbol *symbol = &kernel.symbols[bzb_ld32(entry->r_sym)];
		unsigned char *field = memory + (bzb_ld64(entry->r_offset) - kernel.address);

		switch (bzb_ld32(entry->r_type)) {
		case BZB_R_X86_64_64:
			bzb_put64(field, bzb_get64(field) + slide);
			break;
		case BZB_R_X86_64_32:
		case BZB_R_X86_64_32S:
			bzb_put32(field, bzb_get32(field) + (uint32_t)slide);
			break;
		case BZB_R_X86_64_PC32:
			if (symbol->address < kernel.memory.size)
				bzb_put32(field, bzb_get32(field) - (uint32_t)slide);
		}
	}
}

/* returns: the number of calls; @ret: their offsets, or NULL */
static size_t find_calls(const unsigned char *memory, uint32_t *ret)
{
	const struct bzb_units_range *ranges = (const void *)shuffle.ranges.data;
	const struct bzb_shuffle_code code = { memory, shuffle.callee_offset, shuffle.callee_size };
	size_t count = 0;

	for (uint32_t i = 0; i < shuffle.range_count; i++) {
		const uint32_t start = bzb_ld32(ranges[i].offset);
		const uint32_t end = start + bzb_ld32(ranges[i].size);

		for (uint32_t at = start; (at = bzb_shuffle_next_call(&code, at, end)) != end;
		     at += BZB_SHUFFLE_CALL_SIZE)
			ret[count++] = at;
	}
	return count;
}

static void check_slide(const uint32_t *calls, size_t count, uint64_t slide)
{
	uint32_t *found = array_new(kernel.memory.size / BZB_SHUFFLE_CALL_SIZE + 1, sizeof(*found));
	struct blob slid = blob_copy(blob_span(&kernel.memory));

	for (size_t i = 0; i < kernel.reloc_section_count; i++)
		if (kernel.relocs[i].target->is_code)
			relocate(slid.data, &kernel.relocs[i], slide);
	if (find_calls(slid.data, found) != count || memcmp(calls, found, count * sizeof(*found)))
		printf("slide %#llx: other calls\n", (unsigned long long)slide);
	blob_free(&slid);
	free(found);
}

int main(int argc, char **argv)
{
	static const unsigned char seed[BZB_SHUFFLE_SEED_SIZE];
	const uint64_t alignment = 1u << BZB_SHUFFLE_ALIGNMENT_MAX_LOG2;
	const uint64_t step = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;
	struct shuffle_summary summary;
	struct blob file, described, shuffled;
	uint32_t *calls;
	size_t count;
	struct why why;

	if (!step)
		fail("usage: slid_calls VMLINUX STEP");
	if (file_read(argv[1], &file, &why) ||
	    shuffle_describe(blob_span(&file), SHUFFLE_FUNCTIONS, seed, &described, &shuffled,
			     &summary, &why) ||
	    vmlinux_open(blob_span(&described), &kernel, &why))
		fail(why.text);
	if (bzb_shuffle_open(units_of(&kernel.elf), kernel.memory.size, &shuffle))
		fail("its unit table is wrong");
	calls = array_new(kernel.memory.size / BZB_SHUFFLE_CALL_SIZE + 1, sizeof(*calls));
	count = find_calls(kernel.memory.data, calls);
	printf("%zu calls\n", count);
	for (uint64_t slide = 0; slide < BZB_SHUFFLE_MEMORY_MAX; slide += step * alignment)
		check_slide(calls, count, slide);
	free(calls);
	vmlinux_close(&kernel);
	blob_free(&shuffled);
	blob_free(&described);
	blob_free(&file);
	return 0;
}
