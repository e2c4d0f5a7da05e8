/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_load IMAGE VMLINUZ: the time on this machine from a zstd payload to a kernel that could be
 * entered, moved by KASLR: by the stub's own objects for IMAGE, and by Linux's decompressor for
 * VMLINUZ, the same kernel as packed by a distribution. For comparison, for the stream in IMAGE:
 * the installed libzstd, and memcpy() of as many bytes. All of them run in each of ROUNDS rounds,
 * in memory that has been touched; the least time of each step is printed: "NAME MILLISECONDS". The
 * two kernels must be equal, byte for byte.
 */
#include <zstd.h>

#include "../../tests/readers/reader.h"
#include "bench.h"

#define ROUNDS 15
#define SLIDE 0x12000000u	/* one of the 496 possible on x86 */

enum step {
	OURS_LOAD,
	OURS_MOVE,
	OURS,
	LINUX_DECOMPRESS,
	LINUX_PLACE,
	LINUX_RELOCATE,
	LINUX,
	LIBZSTD,
	MEMCPY,
	STEPS
};

static const char *const names[STEPS] = {
	"bzboot_load",	  "bzboot_move", "bzboot",  "linux_decompress", "linux_place",
	"linux_relocate", "linux",	 "libzstd", "memcpy",
};

static double least[STEPS];

static void took(enum step step, double ms)
{
	if (!least[step] || ms < least[step])
		least[step] = ms;
}

/* --- bzboot --- */

static void run_bzboot(const struct bzb_load *load, unsigned char *memory)
{
	struct bzb_kernel_elf kernel;
	struct bzb_entry entry;
	double start = now_ms(), middle, end;

	check(bzb_load_kernel(load, &bzb_decoder_zstd, memory, ROOM, &kernel));
	middle = now_ms();
	check(bzb_load_move(load, &kernel, memory, load->manifest.load_address - kernel.gap, SLIDE,
			    &entry));
	end = now_ms();
	if (entry.slide != SLIDE)
		fail("the image has no relocations");
	took(OURS_LOAD, middle - start);
	took(OURS_MOVE, end - middle);
	took(OURS, end - start);
}

/* --- Linux: arch/x86/boot/compressed/misc.c, parse_elf() and handle_relocations() --- */

static void place(struct bzb_span elf_file, unsigned char *memory, struct bzb_elf *elf)
{
	check(bzb_elf_parse(elf_file, elf));
	for (unsigned int i = 0; i < elf->phnum; i++) {
		struct bzb_elf_segment s = bzb_elf_segment(elf, i);

		if (s.type == BZB_PT_LOAD)
			memmove(memory + (s.paddr - elf->load_address), elf_file.data + s.offset,
				s.filesz);
	}
}

/* The pointer for an entry of the table, the low half of a virtual address */
static void *field(unsigned char *memory, uint64_t link, int32_t entry)
{
	return memory + ((uint64_t)(int64_t)entry - link);
}

/* From the end of the table: 32 bits, inverse, 64 bits, each list up to a zero. */
static void relocate(const int32_t *entry, unsigned char *memory, uint64_t link)
{
	for (; *entry; entry--)
		*(uint32_t *)field(memory, link, *entry) += SLIDE;
	for (entry--; *entry; entry--)
		*(int32_t *)field(memory, link, *entry) -= (int32_t)SLIDE;
	for (entry--; *entry; entry--)
		*(uint64_t *)field(memory, link, *entry) += SLIDE;
}

static void run_linux(struct bzb_span payload, uint32_t size, unsigned char *out,
		      unsigned char *memory)
{
	struct bzb_elf elf;
	double start = now_ms(), decompressed, placed, end;
	const char *wrong =
		reader_decompress((unsigned char *)payload.data, (long)payload.size, out, size);

	if (wrong)
		fail(wrong);
	decompressed = now_ms();
	place((struct bzb_span){ out, size }, memory, &elf);
	placed = now_ms();
	relocate((const int32_t *)(out + size) - 1, memory, bzb_elf_segment(&elf, 0).vaddr);
	end = now_ms();
	took(LINUX_DECOMPRESS, decompressed - start);
	took(LINUX_PLACE, placed - decompressed);
	took(LINUX_RELOCATE, end - placed);
	took(LINUX, end - start);
}

/* --- lower bounds on one CPU --- */

static void run_libzstd(const struct bzb_load *load, unsigned char *out)
{
	double start = now_ms();

	if (ZSTD_decompress(out, ROOM, load->stream.data, load->stream.size) !=
	    load->manifest.elf_size)
		fail("libzstd does not decompress the payload");
	took(LIBZSTD, now_ms() - start);
}

static void run_memcpy(size_t size, unsigned char *to, const unsigned char *from)
{
	double start = now_ms();

	memcpy(to, from, size);
	__asm__ volatile("" : : "r"(to) : "memory");
	took(MEMCPY, now_ms() - start);
}

/* Both have moved the same kernel by the same slide, so they are equal. */
static void compare(const struct bzb_load *load, const unsigned char *ours,
		    const unsigned char *theirs)
{
	struct bzb_elf elf;

	check(bzb_elf_parse((struct bzb_span){ ours, load->manifest.elf_size }, &elf));
	for (unsigned int i = 0; i < elf.phnum; i++) {
		struct bzb_elf_segment s = bzb_elf_segment(&elf, i);
		uint64_t at = s.paddr - elf.load_address;

		if (s.type == BZB_PT_LOAD &&
		    memcmp(ours + load->manifest.gap + at, theirs + at, s.filesz))
			fail("the two kernels differ");
	}
}

int main(int argc, char **argv)
{
	unsigned char *ours = make_room(), *theirs = make_room(), *out = make_room();
	struct bzb_bzimage vmlinuz;
	struct bzb_payload payload;
	struct bzb_load load;

	if (argc != 3)
		fail("usage: bench_load IMAGE VMLINUZ");
	check(bzb_load_open(read_file(argv[1]), &load));
	check(bzb_bzimage_parse(read_file(argv[2]), &vmlinuz));
	check(bzb_payload_parse(vmlinuz.payload, &payload));
	for (int i = 0; i < ROUNDS; i++) {
		run_bzboot(&load, ours);
		run_linux(vmlinuz.payload, (uint32_t)payload.size, out, theirs);
		if (!i)
			compare(&load, ours, theirs);
		run_libzstd(&load, out);
		run_memcpy(load.manifest.elf_size, out, ours);
	}
	for (int i = 0; i < STEPS; i++)
		printf("%s %.2f\n", names[i], least[i]);
	return 0;
}
