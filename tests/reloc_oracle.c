/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reloc_oracle VMLINUX SLIDE LISTS: move a kernel and print its memory on standard output.
 *
 * Shares no code with the programs that it is compared with: it reads ELF by the C library's
 * <elf.h>, and the relocation table that the kernel's build appends to the ELF from its end, like
 * the kernel's own decompressor (Linux, arch/x86/boot/compressed/misc.c, handle_relocations()):
 *
 *	0, 64-bit fields..., 0, inverse 32-bit fields..., 0, 32-bit fields...	LISTS: 3
 *	0, 64-bit fields..., 0, 32-bit fields...				LISTS: 2
 *
 * Each entry is the low half of a virtual address. Trusts its input, which a control must check.
 */
#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what)
{
	fprintf(stderr, "reloc_oracle: %s\n", what);
	exit(1);
}

static unsigned char *read_all(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "rb");
	unsigned char *bytes;
	long size = -1;

	if (!file || fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0)
		fail("cannot read the kernel");
	rewind(file);
	bytes = malloc((size_t)size + 1);
	if (!bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size)
		fail("cannot read the kernel");
	fclose(file);
	*ret_size = (size_t)size;
	return bytes;
}

struct kernel {
	unsigned char *memory; /* from the lowest physical address */
	uint64_t size;
	uint64_t virtual; /* address of its first byte */
};

static struct kernel load(const unsigned char *file)
{
	const Elf64_Ehdr *ehdr = (const void *)file;
	const Elf64_Phdr *phdr = (const void *)(file + ehdr->e_phoff);
	uint64_t lowest = UINT64_MAX, highest = 0;
	struct kernel kernel = { 0 };

	for (int i = 0; i < ehdr->e_phnum; i++) {
		if (phdr[i].p_type != PT_LOAD)
			continue;
		if (phdr[i].p_paddr < lowest) {
			lowest = phdr[i].p_paddr;
			kernel.virtual = phdr[i].p_vaddr;
		}
		if (phdr[i].p_paddr + phdr[i].p_memsz > highest)
			highest = phdr[i].p_paddr + phdr[i].p_memsz;
	}
	kernel.size = highest - lowest;
	kernel.memory = calloc(1, kernel.size);
	if (!kernel.memory)
		fail("out of memory");
	for (int i = 0; i < ehdr->e_phnum; i++)
		if (phdr[i].p_type == PT_LOAD)
			memcpy(kernel.memory + (phdr[i].p_paddr - lowest), file + phdr[i].p_offset,
			       phdr[i].p_filesz);
	return kernel;
}

static void add64(unsigned char *field, uint64_t slide)
{
	uint64_t value;

	memcpy(&value, field, sizeof(value));
	value += slide;
	memcpy(field, &value, sizeof(value));
}

static void add32(unsigned char *field, uint64_t slide)
{
	uint32_t value;

	memcpy(&value, field, sizeof(value));
	value += (uint32_t)slide;
	memcpy(field, &value, sizeof(value));
}

static void subtract32(unsigned char *field, uint64_t slide)
{
	add32(field, -slide);
}

/* Applies the list that ends at @end; returns the address of its zero. */
static const unsigned char *apply(const struct kernel *kernel, const unsigned char *end,
				  void (*change)(unsigned char *, uint64_t), uint64_t slide,
				  unsigned long *ret_count)
{
	int32_t entry;

	for (*ret_count = 0;; ++*ret_count) {
		end -= sizeof(entry);
		memcpy(&entry, end, sizeof(entry));
		if (!entry)
			return end;
		change(kernel->memory + ((uint64_t)(int64_t)entry - kernel->virtual), slide);
	}
}

static void move(const struct kernel *kernel, const unsigned char *end, uint64_t slide, int lists)
{
	unsigned long count32, inverse = 0, count64;

	end = apply(kernel, end, add32, slide, &count32);
	if (lists == 3)
		end = apply(kernel, end, subtract32, slide, &inverse);
	apply(kernel, end, add64, slide, &count64);
	fprintf(stderr, "%lu %lu %lu\n", count32, inverse, count64);
}

int main(int argc, char **argv)
{
	struct kernel kernel;
	unsigned char *file;
	size_t size;

	if (argc != 4)
		fail("usage: reloc_oracle VMLINUX SLIDE LISTS");
	file = read_all(argv[1], &size);
	kernel = load(file);
	move(&kernel, file + size, strtoull(argv[2], NULL, 0), atoi(argv[3]));
	if (fwrite(kernel.memory, 1, kernel.size, stdout) != kernel.size || fflush(stdout))
		fail("cannot write");
	free(kernel.memory);
	free(file);
	return 0;
}
