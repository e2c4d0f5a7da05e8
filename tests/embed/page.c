/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page IMAGE SEED: what the page of code in docs/embedding.md makes of an image, in a process: its
 * memory takes the place of the machine's. Prints where the kernel would be entered.
 */
#include <bzboot/load.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define RAM ((uint64_t)1 << 32)
#define RAM_SIZE ((uint64_t)1 << 30)
#define FILE_MAX ((size_t)128 << 20)

/* docs/embedding.md */
int boot(struct bzb_span file, const struct bzb_memory *memory, struct bzb_handoff *known,
	 struct bzb_boot_params *params);
uint64_t random_number(void);
_Noreturn void enter_kernel(uint64_t address, struct bzb_boot_params *params);

static uint64_t seed;

uint64_t random_number(void)
{
	return seed = seed * 6364136223846793005u + 1442695040888963407u;
}

_Noreturn void enter_kernel(uint64_t address, struct bzb_boot_params *params)
{
	const unsigned char *code = (const unsigned char *)(uintptr_t)address;

	printf("entry=0x%" PRIx64 "\n", address);
	printf("code=%02x%02x%02x%02x\n", code[0], code[1], code[2], code[3]);
	printf("loadflags=%d\n", params->hdr.loadflags);
	printf("e820_entries=%d\n", params->e820_entries);
	exit(0);
}

int main(int argc, char **argv)
{
	const struct bzb_memory_range ram = { RAM, RAM_SIZE, BZB_E820_RAM };
	const struct bzb_memory memory = { .map = &ram, .map_count = 1 };
	struct bzb_handoff known = { .map = &ram, .map_count = 1 };
	static struct bzb_boot_params params;
	unsigned char *file = malloc(FILE_MAX);
	size_t size;
	FILE *image;
	int err;

	if (argc != 3 || !file || !(image = fopen(argv[1], "rb")))
		return 2;
	seed = strtoull(argv[2], NULL, 0);
	size = fread(file, 1, FILE_MAX, image);
	if (mmap((void *)RAM, RAM_SIZE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0) !=
	    (void *)RAM)
		return 2;
	err = boot((struct bzb_span){ file, size }, &memory, &known, &params);
	printf("refused=%s\n", bzb_strerror(err));
	return 1;
}
