/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reloc_elf ELF ADDRESS: load a program with the library, as a boot loader does, and print the
 * bytes of its first segment as they are at ADDRESS, to which its load address moves. Without
 * ADDRESS it stays where it is linked. The first slot of the GOT is cleared: some linkers put the
 * address of PT_DYNAMIC there, as it is linked, which is no field.
 */
#include <bzboot/bzboot.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(int err)
{
	if (err) {
		fprintf(stderr, "reloc_elf: %s\n", bzb_strerror(err));
		exit(1);
	}
}

static struct bzb_span read_all(const char *path)
{
	static unsigned char bytes[32 << 20];
	FILE *file = fopen(path, "rb");
	size_t size = file ? fread(bytes, 1, sizeof(bytes), file) : 0;

	if (!size || size == sizeof(bytes)) {
		fprintf(stderr, "reloc_elf: %s cannot be read\n", path);
		exit(1);
	}
	fclose(file);
	return (struct bzb_span){ bytes, size };
}

static void clear_first_slot(const struct bzb_elf *elf, unsigned char *memory)
{
	struct bzb_elf_section got;

	if (!bzb_elf_find_section(elf, ".got", &got))
		memset(memory + (got.addr - elf->virtual_address), 0, 8);
}

int main(int argc, char **argv)
{
	struct bzb_kernel_elf kernel;
	struct bzb_load_plan plan;
	struct bzb_entry entry;
	struct bzb_load load;
	unsigned char *memory;
	uint64_t address;
	size_t size;

	if (argc < 2)
		return 1;
	check(bzb_load_open(read_all(argv[1]), &load));
	address = argc > 2 ? strtoull(argv[2], NULL, 0) : load.manifest.load_address;
	check(bzb_load_plan(&load, &bzb_decoder_none, &plan));
	memory = aligned_alloc(64, plan.memory.size);
	if (!memory)
		return 1;
	memset(memory, 0xb5, plan.memory.size);
	check(bzb_load_kernel(&load, &bzb_decoder_none, memory, plan.memory.size, &kernel));
	check(bzb_load_move(&load, &kernel, memory, address, 0, &entry));
	clear_first_slot(&kernel.elf, memory);
	size = bzb_elf_segment(&kernel.elf, 0).memsz;
	if (fwrite(memory, 1, size, stdout) != size || fflush(stdout))
		return 1;
	free(memory);
	return 0;
}
