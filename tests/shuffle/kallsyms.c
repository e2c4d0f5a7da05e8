// SPDX-License-Identifier: BSD-2-Clause
/*
 * For the guest of tests/boot_all_shuffle.t: hold /proc/kallsyms (standard input) against the
 * symbols of the kernel's ELF file, as nm prints them:
 *
 *	kallsyms SYMBOLS </proc/kallsyms
 *
 * Prints how far the kernel has moved, whether addresses ascend, the first name that has another
 * address than in the file, and the number and a sum of all types and names, which does not depend
 * on their order.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KERNEL_MAP 0xffffffff80000000u /* below it: variables of each processor */
#define MOST	   400000

struct symbol {
	uint64_t address;
	char type;
	char name[200];
};

/* read_symbol: from a line without the name of a module; false at the end of these */
static int read_symbol(FILE *file, struct symbol *symbol)
{
	char line[300];

	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx %c %199s", &symbol->address, &symbol->type, symbol->name) ==
		    3)
			return !strchr(line, '[');
	}
	return 0;
}

/* hash: FNV-1a */
static uint64_t hash(uint64_t start, const char *text)
{
	uint64_t value = 0xcbf29ce484222325u ^ start;

	for (; *text; text++)
		value = (value ^ (unsigned char)*text) * 0x100000001b3u;
	return value;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t known[MOST]; /* hashes of address and name */
static size_t known_count;
static uint64_t text; /* the address of _text in the file */

static int read_known(const char *path)
{
	FILE *file = fopen(path, "r");
	struct symbol symbol;

	if (!file)
		return 0;
	while (known_count < MOST && read_symbol(file, &symbol)) {
		known[known_count++] = hash(symbol.address, symbol.name);
		if (!strcmp(symbol.name, "_text"))
			text = symbol.address;
	}
	fclose(file);
	qsort(known, known_count, sizeof(*known), compare);
	return text != 0;
}

static int is_known(const struct symbol *symbol, uint64_t slide)
{
	uint64_t address = symbol->address - (symbol->address >= KERNEL_MAP ? slide : 0);
	uint64_t key = hash(address, symbol->name);

	return bsearch(&key, known, known_count, sizeof(*known), compare) != NULL;
}

/* find_slide: by _text, or its other name */
static int find_slide(uint64_t *slide)
{
	struct symbol symbol;

	while (read_symbol(stdin, &symbol)) {
		if (!strcmp(symbol.name, "_text") || !strcmp(symbol.name, "_stext")) {
			*slide = symbol.address - text;
			return 1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct symbol symbol, odd = { 0 };
	uint64_t slide, last = 0, sum = 0;
	size_t count = 0;
	int ascend = 1;

	if (argc != 2 || !read_known(argv[1]) || !find_slide(&slide))
		return 1;
	rewind(stdin);
	while (read_symbol(stdin, &symbol)) {
		count++;
		sum += hash((uint64_t)symbol.type, symbol.name);
		if (!odd.address && !is_known(&symbol, slide))
			odd = symbol;
		if (symbol.address < KERNEL_MAP)
			continue;
		ascend &= symbol.address >= last;
		last = symbol.address;
	}
	printf("BZBOOT slide=%lx\n", slide);
	printf("BZBOOT kallsyms=%zu %016lx\n", count, sum);
	printf("BZBOOT kallsyms_order=%s\n", ascend ? "ascending" : "none");
	if (odd.address)
		printf("BZBOOT kallsyms_addresses=%s is at %lx\n", odd.name, odd.address - slide);
	else
		printf("BZBOOT kallsyms_addresses=of the file\n");
	return 0;
}
