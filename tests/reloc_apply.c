/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reloc_apply PAYLOAD SLIDE: move a kernel with the format library, like the stub does with a
 * decompressed payload, and print its memory, from its first segment on, on standard output.
 */
#include <bzboot/bzboot.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what)
{
	fprintf(stderr, "reloc_apply: %s\n", what);
	exit(1);
}

static void check(int err)
{
	if (err)
		fail(bzb_strerror(err));
}

static struct bzb_span read_all(const char *path)
{
	FILE *file = fopen(path, "rb");
	unsigned char *bytes;
	long size = -1;

	if (!file || fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0)
		fail("cannot read the payload");
	rewind(file);
	bytes = malloc((size_t)size + 1);
	if (!bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size)
		fail("cannot read the payload");
	fclose(file);
	return (struct bzb_span){ bytes, (size_t)size };
}

/* As on the target, the file is at the start of memory that is not cleared. */
static unsigned char *load(struct bzb_span file, uint64_t memory_size)
{
	unsigned char *memory = malloc(memory_size);

	if (!memory)
		fail("out of memory");
	memcpy(memory, file.data, file.size);
	memset(memory + file.size, 0xb5, memory_size - file.size);
	return memory;
}

static int count_field(void *counts, enum bzb_reloc_kind kind, uint64_t offset)
{
	(void)offset;
	((size_t *)counts)[kind]++;
	return 0;
}

int main(int argc, char **argv)
{
	size_t counts[BZB_RELOC_KIND_COUNT] = { 0 };
	struct bzb_relocs relocs;
	struct bzb_kernel_elf kernel;
	unsigned char *memory;
	struct bzb_span file;
	size_t size;

	if (argc != 3)
		fail("usage: reloc_apply PAYLOAD SLIDE");
	file = read_all(argv[1]);
	check(bzb_kernel_elf_parse(file, &kernel));
	memory = load(file, kernel.memory_size);
	free((void *)(uintptr_t)file.data);
	check(bzb_kernel_elf_parse((struct bzb_span){ memory, file.size }, &kernel));
	bzb_kernel_elf_clear_bss(&kernel, memory, kernel.memory_size);
	check(bzb_relocs_find(&kernel, &relocs));
	check(bzb_relocs_walk(&relocs, count_field, counts));
	check(bzb_relocs_apply(&relocs, memory, strtoull(argv[2], NULL, 0)));
	fprintf(stderr, "%zu %zu %zu\n", counts[BZB_RELOC_32], counts[BZB_RELOC_32_INVERSE],
		counts[BZB_RELOC_64]);
	size = kernel.memory_size - kernel.gap;
	if (fwrite(memory + kernel.gap, 1, size, stdout) != size || fflush(stdout))
		fail("cannot write");
	free(memory);
	return 0;
}
