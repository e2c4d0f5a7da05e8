/* SPDX-License-Identifier: BSD-2-Clause */
/* Decompressing is loading: stub/load.h, with the zstd decoder of the stub */
#include "test.h"

#include <zstd.h>

#include "../stub/load.h"

#define GAP 0x200000u
#define TEXT_SIZE 0x1000u
#define DATA_PADDR 0x1003000u		/* a hole of 0x2000 behind the text */
#define DATA_FILESZ 0x800u
#define DATA_MEMSZ 0x2000u
#define ELF_SIZE (GAP + 0x3000 + DATA_FILESZ)
#define MEMORY_SIZE (GAP + 0x3000 + DATA_MEMSZ)

static void put_phdr(unsigned char *at, uint32_t flags, uint64_t offset, uint64_t paddr,
		     uint64_t filesz, uint64_t memsz)
{
	put(at, 0, 4, 1);
	put(at, 4, 4, flags);
	put(at, 8, 8, offset);
	put(at, 16, 8, 0xffffffff80000000 + paddr);
	put(at, 24, 8, paddr);
	put(at, 32, 8, filesz);
	put(at, 40, 8, memsz);
	put(at, 48, 8, GAP);
}

/* A payload ELF by hand: text of 0xc3, data of 0xda. */
static unsigned char *make_elf(void)
{
	unsigned char *elf = test_alloc(ELF_SIZE);

	memset(elf, 0, ELF_SIZE);
	memcpy(elf, "\177ELF\2\1\1", 7);
	put(elf, 0x10, 2, 2);
	put(elf, 0x12, 2, 62);
	put(elf, 0x14, 4, 1);
	put(elf, 0x18, 8, 0x1000010);
	put(elf, 0x20, 8, 0x40);
	put(elf, 0x34, 2, 64);
	put(elf, 0x36, 2, 56);
	put(elf, 0x38, 2, 2);
	put_phdr(elf + 0x40, 5, GAP, 0x1000000, TEXT_SIZE, TEXT_SIZE);
	put_phdr(elf + 0x78, 6, GAP + 0x3000, DATA_PADDR, DATA_FILESZ, DATA_MEMSZ);
	memset(elf + GAP, 0xc3, TEXT_SIZE);
	memset(elf + GAP + 0x3000, 0xda, DATA_FILESZ);
	return elf;
}

static struct bzb_span compress(const void *data, size_t size)
{
	size_t room = ZSTD_compressBound(size);
	unsigned char *to = test_alloc(room);
	ZSTD_CCtx *c = ZSTD_createCCtx();
	size_t used;

	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
	used = ZSTD_compress2(c, to, room, data, size);
	ZSTD_freeCCtx(c);
	CHECK(!ZSTD_isError(used));
	return exact((struct bzb_span){ to, used });
}

static const struct bzb_manifest manifest = {
	.codec = BZB_CODEC_ZSTD,
	.elf_size = ELF_SIZE,
	.alignment = GAP,
	.gap = GAP,
	.load_address = 0x1000000,
	.memory_size = MEMORY_SIZE,
};

/* Memory that nobody has cleared. */
static unsigned char *dirty_memory(void)
{
	size_t size = load_size(&manifest);
	unsigned char *memory = test_alloc(size + 64);

	memory += 64 - (uintptr_t)memory % 64;
	memset(memory, 0xaf, size);
	return memory;
}

static void segments_arrive(void)
{
	unsigned char *memory = dirty_memory();
	struct bzb_image kernel;

	CHECK_OK(load_kernel(&manifest, compress(make_elf(), ELF_SIZE), memory, &kernel));
	CHECK(test_only(memory + GAP, 0xc3, TEXT_SIZE));
	CHECK(test_only(memory + GAP + 0x3000, 0xda, DATA_FILESZ));
	CHECK_EQ(GAP + 0x10, kernel.entry_offset);
}

static void bss_is_zero_in_dirty_memory(void)
{
	unsigned char *memory = dirty_memory();
	struct bzb_image kernel;

	CHECK_OK(load_kernel(&manifest, compress(make_elf(), ELF_SIZE), memory, &kernel));
	CHECK(test_only(memory + GAP + 0x3000 + DATA_FILESZ, 0, DATA_MEMSZ - DATA_FILESZ));
}

static int load(struct bzb_span stream, const struct bzb_manifest *m)
{
	struct bzb_image kernel;

	return WATCHED(&kernel, load_kernel(m, stream, dirty_memory(), &kernel));
}

/* The window size in the frame header may change without harm. */
static void no_damaged_byte_gets_through(void)
{
	unsigned char *elf = make_elf();
	struct bzb_span good = compress(elf, ELF_SIZE);
	struct test_block *before = test_state.blocks;

	for (size_t i = 0; i < good.size; i++) {
		struct bzb_span bad = CHANGED(good, { i, 1, good.data[i] ^ 0x40u });
		unsigned char *memory = dirty_memory();
		struct bzb_image kernel;

		if (!load_kernel(&manifest, bad, memory, &kernel) &&
		    memcmp(memory, elf, ELF_SIZE))
			FAIL("byte %zu of %zu", i, good.size);
		test_free(before);
	}
}

static void every_truncation_is_noticed(void)
{
	struct bzb_span good = compress(make_elf(), ELF_SIZE);
	struct test_block *before = test_state.blocks;

	for (size_t size = 0; size < good.size; size++) {
		int err = load(exact(prefix(good, size)), &manifest);

		test_free(before);
		if (!err)
			FAIL("%zu of %zu bytes", size, good.size);
	}
}

static void another_size_is_refused(void)
{
	struct bzb_manifest m = manifest;

	m.elf_size = ELF_SIZE - 1;
	CHECK_ERR(BZB_ERR_BADSIZE, load(compress(make_elf(), ELF_SIZE), &m));
	m.elf_size = ELF_SIZE + 1;
	CHECK_ERR(BZB_ERR_BADSIZE, load(compress(make_elf(), ELF_SIZE), &m));
}

static void another_kernel_is_refused(void)
{
	struct bzb_manifest m = manifest;

	m.load_address += GAP;
	CHECK_ERR(BZB_ERR_BADHEADER, load(compress(make_elf(), ELF_SIZE), &m));
	m = manifest;
	m.memory_size += 0x1000;
	CHECK_ERR(BZB_ERR_BADHEADER, load(compress(make_elf(), ELF_SIZE), &m));
}

static const struct test tests[] = {
	{ "segments arrive where p_paddr says", segments_arrive },
	{ "bss is zero in memory that was not", bss_is_zero_in_dirty_memory },
	{ "no damaged byte of the stream gets through", no_damaged_byte_gets_through },
	{ "every truncated stream is noticed", every_truncation_is_noticed },
	{ "a stream of another size than stated is refused", another_size_is_refused },
	{ "a kernel other than the manifest's is refused", another_kernel_is_refused },
};

int main(void)
{
	return RUN_TESTS(tests);
}
