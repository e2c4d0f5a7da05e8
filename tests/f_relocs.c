/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The steps of a boot loader with a payload: parse, clear bss, find the relocations, apply them.
 * Only the file bytes of segments change, and bss. Applied by pieces, relocations change the same
 * bytes, if no fields overlap.
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

#define BORDERS 3u
#define PIECES 40u

static bool overlap(const struct bzb_relocs *relocs)
{
	static unsigned char scratch[FUZZ_TAIL_MAX / 8 + 1];

	return bzb_relocs_check(relocs, scratch, sizeof(scratch)) != 0;
}

/* The borders are any bytes. returns: the result of splitting the tables */
static int move_pieces(const struct bzb_relocs *relocs, unsigned char *memory)
{
	const uint64_t size = relocs->kernel.elf.memory_size, border = memory[0x100] % 64;
	const uint64_t borders[BORDERS] = { border, border + size / 3, border + size / 2 };
	struct bzb_relocs_piece pieces[PIECES];
	size_t count = 0;
	int err = bzb_relocs_split(relocs, borders, BORDERS, pieces, PIECES, &count);

	for (size_t i = count; i--;)
		PROMISE(!bzb_relocs_apply_piece(relocs, &pieces[i], memory, slide));
	return err;
}

/* By pieces, and then, from the same bytes, as a whole */
static void move(const struct bzb_relocs *relocs, unsigned char *memory)
{
	static unsigned char before[FUZZ_TAIL_MAX], by_pieces[FUZZ_TAIL_MAX];
	unsigned char *kernel = memory + relocs->kernel.gap;
	const size_t size = (size_t)relocs->kernel.elf.memory_size;
	int err, split;

	memcpy(before, kernel, size);
	split = move_pieces(relocs, memory);
	memcpy(by_pieces, kernel, size);
	memcpy(kernel, before, size);
	err = bzb_relocs_apply(relocs, memory, slide);
	PROMISE(!err || err == -BZB_ERR_BADRELOC);
	PROMISE(split == err || split == -BZB_ERR_NOSPACE);
	PROMISE(split || overlap(relocs) || !memcmp(kernel, by_pieces, size));
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
	if (!bzb_relocs_find(&again, &relocs))
		move(&relocs, memory);
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
