/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_estimates IMAGE...: the time on this machine from the payload of each image to a kernel
 * that could be entered, moved by KASLR, by the stub's own objects: for each "CODEC SIZE
 * MILLISECONDS", of the decompressed size and the CPU time. All images are loaded in each of ROUNDS
 * rounds, in memory that has been touched; the least time of each is printed.
 */
#include "bench.h"

#define ROUNDS 9
#define IMAGES_MAX 16

static const struct bzb_decoder *const decoders[] = {
	&bzb_decoder_none, &bzb_decoder_gzip, &bzb_decoder_lzma,
	&bzb_decoder_xz,   &bzb_decoder_lz4,  &bzb_decoder_zstd,
};

static const struct bzb_decoder *decoder_of(enum bzb_codec codec)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(decoders); i++)
		if (decoders[i]->codec == codec)
			return decoders[i];
	fail("no decoder");
	return NULL;
}

static double run(const struct bzb_load *load, unsigned char *memory)
{
	const double start = now_ms();
	struct bzb_kernel_elf kernel;
	struct bzb_entry entry;

	check(bzb_load_kernel(load, decoder_of(load->manifest.codec), memory, ROOM, &kernel));
	check(bzb_load_move(load, &kernel, memory, load->manifest.load_address - kernel.gap,
			    load->manifest.alignment, &entry));
	return now_ms() - start;
}

int main(int argc, char **argv)
{
	unsigned char *memory = make_room();
	struct bzb_load loads[IMAGES_MAX];
	double least[IMAGES_MAX] = { 0 };

	if (argc < 2 || argc > IMAGES_MAX + 1)
		fail("usage: bench_estimates IMAGE...");
	for (int i = 0; i + 1 < argc; i++)
		check(bzb_load_open(read_file(argv[i + 1]), &loads[i]));
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i + 1 < argc; i++) {
			const double ms = run(&loads[i], memory);

			if (!least[i] || ms < least[i])
				least[i] = ms;
		}
	}
	for (int i = 0; i + 1 < argc; i++)
		printf("%s\t%u\t%.1f\n", bzb_codec_name(loads[i].manifest.codec),
		       loads[i].manifest.elf_size, least[i]);
	return 0;
}
