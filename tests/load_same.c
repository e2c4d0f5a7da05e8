/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * load_same ONE OTHER SLIDE [SEED]: load and move the kernels in two files with the library, as a boot
 * loader does. Both must leave the same bytes in memory. One may end later, with bytes that are not
 * the kernel's. Prints the distance by which they moved, and the bytes of each. With a SEED, in
 * hexadecimal digits, the functions of ONE are then put in its order, and OTHER has that already.
 */
#include <bzboot/bzboot.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *file, const char *what)
{
	fprintf(stderr, "load_same: %s: %s\n", file, what);
	exit(1);
}

static struct bzb_span read_all(const char *path)
{
	FILE *file = fopen(path, "rb");
	unsigned char *bytes;
	long size = -1;

	if (!file || fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0)
		fail(path, "cannot be read");
	rewind(file);
	bytes = malloc((size_t)size + 1);
	if (!bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size)
		fail(path, "cannot be read");
	fclose(file);
	return (struct bzb_span){ bytes, (size_t)size };
}

static const struct bzb_decoder *find_decoder(enum bzb_codec codec)
{
	static const struct bzb_decoder *const decoders[] = {
		&bzb_decoder_zstd, &bzb_decoder_xz,  &bzb_decoder_lzma,
		&bzb_decoder_gzip, &bzb_decoder_lz4, &bzb_decoder_none,
	};

	for (size_t i = 0; i < BZB_ARRAY_SIZE(decoders); i++)
		if (decoders[i]->codec == codec)
			return decoders[i];
	return NULL;
}

struct loaded {
	void *file, *memory;
	unsigned char *kernel; /* from the load address on */
	uint64_t size, slide;
	bool movable;
};

/* A number of at most 16 digits */
static const unsigned char *read_seed(const char *digits)
{
	static unsigned char seed[BZB_SHUFFLE_SEED_SIZE];
	uint64_t number = strtoull(digits, NULL, 16);

	for (size_t i = sizeof(seed); number; number >>= 8)
		seed[--i] = (unsigned char)number;
	return seed;
}

/* In memory that is not cleared; both physically and virtually moved by @slide; shuffled if there is
 * a seed */
static struct loaded load(const char *path, uint64_t slide, const char *seed)
{
	const struct bzb_decoder *decoder;
	struct bzb_kernel_elf kernel;
	struct bzb_load_plan plan;
	struct bzb_entry entry;
	struct bzb_span file = read_all(path);
	struct bzb_load load;
	unsigned char *memory;
	int err;

	if ((err = bzb_load_open(file, &load)))
		fail(path, bzb_strerror(err));
	decoder = find_decoder(load.manifest.codec);
	if (!decoder || (err = bzb_load_plan(&load, decoder, &plan)))
		fail(path, "cannot be planned");
	memory = aligned_alloc(64, (size_t)bzb_align_up(plan.memory.size, 64));
	if (!memory)
		fail(path, "out of memory");
	memset(memory, 0xb5, (size_t)plan.memory.size);
	if ((err = bzb_load_kernel(&load, decoder, memory, (size_t)plan.memory.size, &kernel)) ||
	    (err = bzb_load_move(&load, &kernel, memory,
				 load.manifest.load_address - kernel.gap + (plan.fixed ? 0 : slide),
				 slide, &entry)) ||
	    (seed &&
	     (err = bzb_load_shuffle(&load, &plan, &kernel, memory, entry.slide, read_seed(seed)))))
		fail(path, bzb_strerror(err));
	return (struct loaded){
		(void *)(uintptr_t)file.data,	 memory,      memory + kernel.gap,
		kernel.memory_size - kernel.gap, entry.slide, entry.movable,
	};
}

static void unload(struct loaded *loaded)
{
	free(loaded->file);
	free(loaded->memory);
}

static uint64_t first_difference(const struct loaded *one, const struct loaded *other)
{
	uint64_t at = 0;

	while (at < one->size && at < other->size && one->kernel[at] == other->kernel[at])
		at++;
	return at;
}

int main(int argc, char **argv)
{
	struct loaded one, other;
	uint64_t slide, same;

	if (argc != 4 && argc != 5) {
		fprintf(stderr, "usage: load_same ONE OTHER SLIDE [SEED]\n");
		return 1;
	}
	slide = strtoull(argv[3], NULL, 0);
	one = load(argv[1], slide, argv[4]);
	other = load(argv[2], slide, NULL);
	same = first_difference(&one, &other);
	if (same < one.size && same < other.size) {
		fprintf(stderr, "load_same: %s: byte 0x%" PRIx64 " differs\n", argv[2], same);
		return 1;
	}
	if (one.movable != other.movable || one.slide != other.slide)
		fail(argv[2], "moves by another distance");
	printf("%s by 0x%" PRIx64 ", 0x%" PRIx64 " and 0x%" PRIx64 " bytes\n",
	       one.movable ? "moved" : "not moved", one.slide, one.size, other.size);
	unload(&one);
	unload(&other);
	return 0;
}
