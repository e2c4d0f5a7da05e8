/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_relocs ELF: how long the library takes to check and to apply the relocations of a payload
 * ELF, on the host, in memory that is warm. Prints the median of RUNS in milliseconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <bzboot/relocs.h>

#define RUNS 31

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static unsigned char *read_file(const char *path, size_t room, size_t *ret_size)
{
	unsigned char *bytes = calloc(room, 1);
	FILE *f = fopen(path, "rb");

	if (!bytes || !f)
		exit(1);
	*ret_size = fread(bytes, 1, room, f);
	fclose(f);
	return bytes;
}

int main(int argc, char **argv)
{
	double check[RUNS], apply[RUNS];
	struct bzb_relocs relocs;
	struct bzb_image image;
	unsigned char *memory;
	size_t size;

	if (argc != 2)
		return 2;
	memory = read_file(argv[1], (size_t)256 << 20, &size);
	if (bzb_image_parse((struct bzb_span){ memory, size }, &image))
		return 1;
	for (int i = 0; i < RUNS; i++) {
		double start = now_ms(), middle;

		if (bzb_relocs_parse(&image, &relocs))
			return 1;
		middle = now_ms();
		bzb_relocs_apply(&image, &relocs, memory, BZB_IMAGE_GAP_UNIT);
		apply[i] = now_ms() - middle;
		check[i] = middle - start;
	}
	qsort(check, RUNS, sizeof(check[0]), compare);
	qsort(apply, RUNS, sizeof(apply[0]), compare);
	printf("%.2f %.2f\n", check[RUNS / 2], apply[RUNS / 2]);
	return 0;
}
