/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page IMAGE SEED [CMDLINE]: run the page of code in docs/embedding.md in a process. Its memory
 * stands for that of a machine with 10 GiB, of which the first 4 are mapped. Prints the address at
 * which the kernel would be entered, and the facts that it would get.
 */
#include "boot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define RAM ((uint64_t)1 << 30)
#define RAM_SIZE ((uint64_t)1 << 30)
#define FILE_MAX ((size_t)128 << 20)

static const struct bzb_memory_range ram[] = {
	{ RAM, RAM_SIZE, BZB_E820_RAM },
	{ (uint64_t)4 << 30, (uint64_t)6 << 30, BZB_E820_RAM },
};

static uint64_t seed;

uint64_t random_number(void)
{
	return seed = seed * 6364136223846793005u + 1442695040888963407u;
}

static void print(const struct boot *boot)
{
	const struct bzb_setup_header *told = &boot->params->hdr;
	const unsigned char *code = (const unsigned char *)(uintptr_t)boot->entry.address;

	printf("entry=0x%" PRIx64 "\n", boot->entry.address);
	printf("slide=0x%" PRIx64 "\n", boot->entry.slide);
	printf("code=%02x%02x%02x%02x\n", code[0], code[1], code[2], code[3]);
	printf("kaslr=%d\n", !!(told->loadflags & BZB_KASLR_FLAG));
	printf("initrd_size=%" PRIu32 "\n", bzb_ld32(told->ramdisk_size));
	printf("cmdline=%s\n", boot->known.cmdline ? (char *)boot->known.cmdline : "");
	printf("e820_entries=%d\n", boot->params->e820_entries);
}

static bool map_ram(void)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
	void *start = (void *)RAM;

	return mmap(start, RAM_SIZE, PROT_READ | PROT_WRITE, flags, -1, 0) == start;
}

int main(int argc, char **argv)
{
	const struct bzb_memory memory = { .map = ram, .map_count = 2 };
	static struct bzb_boot_params params;
	struct boot boot = {
		.memory = &memory,
		.known = { .map = ram, .map_count = 2 },
		.params = &params,
	};
	unsigned char *file = malloc(FILE_MAX);
	FILE *image;
	int err;

	if (argc < 3 || !file || !(image = fopen(argv[1], "rb")) || !map_ram())
		return 2;
	seed = strtoull(argv[2], NULL, 0);
	boot.file = (struct bzb_span){ file, fread(file, 1, FILE_MAX, image) };
	boot.known.cmdline = (uintptr_t)argv[3];
	err = load_kernel(&boot);
	if (err)
		printf("refused=%s\n", bzb_strerror(err));
	else
		print(&boot);
	return !!err;
}
