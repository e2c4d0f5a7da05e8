/* SPDX-License-Identifier: BSD-2-Clause */
/* From an image to a kernel that can be entered: bzboot/load.h, with the zstd decoder; in 32 bits,
 * without libraries, with an uncompressed ELF */
#include "test.h"

#if UINTPTR_MAX > UINT32_MAX
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>
#define DECODER bzb_decoder_zstd
#define DECODER_CODEC BZB_CODEC_ZSTD
#define WITH_ZSTD
#else
#define DECODER bzb_decoder_none
#define DECODER_CODEC BZB_CODEC_NONE
#endif

#define MIB 0x100000ull

/* --- a kernel and an image of it ---------------------------------------------- */

#define GAP 0x200000u
#define TEXT_SIZE 0x1000u
#define DATA_OFFSET 0x3000u		/* a hole of 0x2000 after the text */
#define DATA_FILESZ 0x800u
#define DATA_MEMSZ 0x2000u
#define ELF_SIZE (GAP + DATA_OFFSET + DATA_FILESZ)
#define MEMORY_SIZE (GAP + DATA_OFFSET + DATA_MEMSZ)
#define LOAD_ADDRESS 0x1000000u
#define VIRTUAL_ADDRESS 0xffffffff81000000u
/* In the gap: .relr, .crel, symbols, names, section headers */
#define TABLES 0x1000u

static void put_phdr(unsigned char *at, uint32_t flags, uint64_t offset, uint64_t vaddr,
		     uint64_t filesz, uint64_t memsz)
{
	put(at, 0, 4, 1);
	put(at, 4, 4, flags);
	put(at, 8, 8, GAP + offset);
	put(at, 16, 8, vaddr + offset);
	put(at, 24, 8, LOAD_ADDRESS + offset);
	put(at, 32, 8, filesz);
	put(at, 40, 8, memsz);
	put(at, 48, 8, GAP);
}

static void put_shdr(unsigned char *at, uint32_t name, uint32_t type, uint64_t offset,
		     uint64_t size)
{
	put(at, 0, 4, name);
	put(at, 4, 4, type);
	put(at, 24, 8, offset);
	put(at, 32, 8, size);
}

/* A payload ELF made by hand: text of 0xc3, data of 0xda */
static unsigned char *make_elf(uint64_t vaddr)
{
	unsigned char *elf = test_alloc(ELF_SIZE);

	memset(elf, 0, ELF_SIZE);
	memcpy(elf, "\177ELF\2\1\1", 7);
	put(elf, 0x10, 2, 2);
	put(elf, 0x12, 2, 62);
	put(elf, 0x14, 4, 1);
	put(elf, 0x18, 8, LOAD_ADDRESS + 0x10);
	put(elf, 0x20, 8, 0x40);
	put(elf, 0x34, 2, 64);
	put(elf, 0x36, 2, 56);
	put(elf, 0x38, 2, 2);
	put_phdr(elf + 0x40, 5, 0, vaddr, TEXT_SIZE, TEXT_SIZE);
	put_phdr(elf + 0x78, 6, DATA_OFFSET, vaddr, DATA_FILESZ, DATA_MEMSZ);
	memset(elf + GAP, 0xc3, TEXT_SIZE);
	memset(elf + GAP + DATA_OFFSET, 0xda, DATA_FILESZ);
	return elf;
}

/* The symbols of .crel: 1 moves, 2 is absolute. */
static void put_symbols(unsigned char *at, uint64_t vaddr)
{
	put(at, 24 + 6, 2, 1);
	put(at, 24 + 8, 8, vaddr);
	put(at, 2 * 24 + 6, 2, 0xfff1);
}

/* The same with relocations: a 64-bit field at 0x100, 32-bit ones at 0x10 and, inverse, at 0x20. */
static unsigned char *make_movable_elf(uint64_t vaddr)
{
	static const uint64_t fields[] = { 0x10, 0x20 };
	const struct bzb_crel_list lists[] = {
		{ BZB_RELOC_32, fields, 1 },
		{ BZB_RELOC_32_INVERSE, fields + 1, 1 },
	};
	unsigned char *elf = make_elf(vaddr);
	size_t size = bzb_crel_write(vaddr, lists, ARRAY_SIZE(lists), elf + TABLES + 0x10);

	put(elf, 0x28, 8, TABLES + 0x100);
	put(elf, 0x3a, 2, 64);
	put(elf, 0x3c, 2, 5);
	put(elf, 0x3e, 2, 4);
	put(elf, TABLES, 8, vaddr + 0x100);
	memcpy(elf + TABLES + 0x40, "\0.relr\0.crel\0.shstrtab", 23);
	put_symbols(elf + TABLES + 0x80, vaddr);
	put_shdr(elf + TABLES + 0x140, 1, 19, TABLES, 8);
	put_shdr(elf + TABLES + 0x180, 7, 0x40000014, TABLES + 0x10, size);
	put(elf, TABLES + 0x180 + 0x28, 4, 3);
	put_shdr(elf + TABLES + 0x1c0, 0, 2, TABLES + 0x80, 3 * 24);
	put_shdr(elf + TABLES + 0x200, 13, 3, TABLES + 0x40, 23);
	put(elf, GAP + 0x100, 8, vaddr + 0x234560);
	put(elf, GAP + 0x10, 4, 0x81000800);
	put(elf, GAP + 0x20, 4, 0x7f000fdc);
	return elf;
}

/* A payload, and the places of its parts */
struct packed {
	struct bzb_span stream;
	uint32_t part_start, part_count;
	struct bzb_manifest_part parts[BZB_PARTS_MAX];
};

/* After a flush, the compressor starts a job that does not look back: see t_decoders.c. The
 * checksum of the frame follows the last part. */
#ifdef WITH_ZSTD
#define STREAM_END 4u
#define STEP 1u				/* distance between bytes to damage */

static uint32_t start_of(struct bzb_span stream)
{
	return (uint32_t)ZSTD_frameHeaderSize(stream.data, stream.size);
}

static struct bzb_span compress(const unsigned char *elf, const uint32_t *elf_ends, uint32_t count,
				uint32_t *ret_ends)
{
	size_t room = ZSTD_compressBound(elf_ends[count - 1]);
	ZSTD_outBuffer out = { test_alloc(room), room, 0 };
	ZSTD_inBuffer in = { elf, 0, 0 };
	ZSTD_CCtx *c = ZSTD_createCCtx();

	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
	ZSTD_CCtx_setParameter(c, ZSTD_c_nbWorkers, 1);
	ZSTD_CCtx_setParameter(c, ZSTD_c_overlapLog, 1);
	for (uint32_t i = 0; i < count; i++) {
		in.size = elf_ends[i];
		while (ZSTD_compressStream2(c, &out, &in,
					    i + 1 < count ? ZSTD_e_flush : ZSTD_e_end))
			CHECK(out.pos < out.size);
		ret_ends[i] = (uint32_t)out.pos;
	}
	ZSTD_freeCCtx(c);
	ret_ends[count - 1] -= STREAM_END;
	return exact((struct bzb_span){ out.dst, out.pos });
}
#else
#define STREAM_END 0u
#define STEP 16411u			/* of 2 MiB */

static uint32_t start_of(struct bzb_span stream)
{
	(void)stream;
	return 0;
}

static struct bzb_span compress(const unsigned char *elf, const uint32_t *elf_ends, uint32_t count,
				uint32_t *ret_ends)
{
	memcpy(ret_ends, elf_ends, count * sizeof(*elf_ends));
	return exact((struct bzb_span){ elf, elf_ends[count - 1] });
}
#endif

static struct packed *pack_parts(const unsigned char *elf, const uint32_t *elf_ends, uint32_t count)
{
	struct packed *packed = test_alloc(sizeof(*packed));
	uint32_t ends[BZB_PARTS_MAX], start;

	packed->stream = compress(elf, elf_ends, count, ends);
	packed->part_start = start = start_of(packed->stream);
	packed->part_count = count;
	for (uint32_t i = 0; i < count; i++) {
		struct bzb_span bytes = { packed->stream.data + start, ends[i] - start };

		packed->parts[i] = (struct bzb_manifest_part){
			bzb_st32(bzb_checksum(bytes)),
			bzb_st32(ends[i]),
			bzb_st32(elf_ends[i]),
		};
		start = ends[i];
	}
	return packed;
}

/* In one part */
static struct packed *pack(const unsigned char *elf)
{
	static const uint32_t end = ELF_SIZE;

	return pack_parts(elf, &end, 1);
}

static const struct bzb_manifest of_kernel = {
	.codec = DECODER_CODEC,
	.elf_size = ELF_SIZE,
	.alignment = GAP,
	.gap = GAP,
	.load_address = LOAD_ADDRESS,
	.virtual_address = VIRTUAL_ADDRESS,
	.memory_size = MEMORY_SIZE,
};

static const struct bzb_decoder other_decoder = { .codec = BZB_CODEC_LZ4 };

/* The result of bzb_load_open() for an image with this manifest and this payload */
static struct bzb_load opened(const struct bzb_manifest *manifest, const struct packed *packed)
{
	struct bzb_load load = {
		.image = packed->stream,
		.manifest = *manifest,
		.stream = packed->stream,
	};

	load.manifest.payload_size = (uint32_t)packed->stream.size;
	load.manifest.part_count = packed->part_count;
	load.manifest.part_start = packed->part_start;
	load.manifest.parts = packed->parts;
	return load;
}

static struct bzb_load opened_kernel(void)
{
	return opened(&of_kernel, pack(make_elf(VIRTUAL_ADDRESS)));
}

/* --- opening ------------------------------------------------------------------- */

/* images.S: an image of 0x5000 bytes, its manifest at 0x2000, its payload at 0x3000 */
enum {
	MANIFEST = 0x2000,
	IMAGE_SIZE = MANIFEST + 0x08,
	CODEC = MANIFEST + 0x0c,
	PAYLOAD_OFFSET = MANIFEST + 0x10,
	PAYLOAD_SIZE = MANIFEST + 0x14,
	ELF_SIZE_FIELD = MANIFEST + 0x18,
	CMDLINE_OFFSET = MANIFEST + 0x34,
	CMDLINE_SIZE = MANIFEST + 0x38,
	INITRD_OFFSET = MANIFEST + 0x3c,
	INITRD_SIZE = MANIFEST + 0x40,
	PART_COUNT = MANIFEST + 0xc8,
	PARTS = MANIFEST + 0x100,
};

static int open_file(struct bzb_span file)
{
	struct bzb_load load;

	return WATCHED(&load, bzb_load_open(file, &load));
}

/* The hybrid with a manifest, a command line and an initrd */
static struct bzb_span make_image(void)
{
	unsigned char *file = (void *)(uintptr_t)exact(IMAGE(hybrid)).data;

	memcpy(file + MANIFEST, IMAGE(manifest_zstd).data, IMAGE(manifest_zstd).size);
	put(file, IMAGE_SIZE, 4, 0x5000);
	put(file, CMDLINE_OFFSET, 4, 0x2800);
	put(file, CMDLINE_SIZE, 4, 5);
	put(file, INITRD_OFFSET, 4, 0x2900);
	put(file, INITRD_SIZE, 4, 0x100);
	memcpy(file + 0x2800, "quiet", 6);
	return (struct bzb_span){ file, IMAGE(hybrid).size };
}

static void check_opened(struct bzb_span file)
{
	struct bzb_load load;

	CHECK_OK(bzb_load_open(file, &load));
	CHECK_EQ(0x5000, load.image.size);
	CHECK_EQ(0x3000, load.stream.data - file.data);
	CHECK_EQ(0x1ff0, load.stream.size);
	CHECK_EQ(BZB_CODEC_ZSTD, load.manifest.codec);
	CHECK_TEXT("quiet", bzb_load_cmdline(&load));
	CHECK_EQ(0x2900, bzb_load_initrd(&load).data - file.data);
	CHECK_EQ(0x100, bzb_load_initrd(&load).size);
	CHECK_EQ(1, bzb_load_parts(&load));
}

static void opens_an_image(void)
{
	check_opened(make_image());
	check_opened(unaligned(make_image()));
}

/* Uncompressed, and gzip: no size follows the payload. */
static void opens_payloads_that_say_their_own_size(void)
{
	struct bzb_load load;

	CHECK_OK(bzb_load_open(CHANGED(make_image(), { CODEC, 4, BZB_CODEC_NONE },
				       { 0x3000, 4, 0x464c457f }, { ELF_SIZE_FIELD, 4, 0x1ff0 },
				       { PARTS + 8, 4, 0x1ff0 }),
			       &load));
	CHECK_EQ(0x1ff0, load.stream.size);
	CHECK_OK(bzb_load_open(CHANGED(make_image(), { CODEC, 4, BZB_CODEC_GZIP },
				       { 0x3000, 4, 0x00088b1f }, { 0x4fec, 4, 0x400000 }),
			       &load));
	CHECK_EQ(0x1ff0, load.stream.size);
}

/* A signature follows, or SizeOfImage is larger than the file was. */
static void more_may_follow(void)
{
	unsigned char *file = test_alloc(0x6000);

	memset(file, 0xee, 0x6000);
	memcpy(file, make_image().data, 0x5000);
	check_opened((struct bzb_span){ file, 0x6000 });
}

/* The headers are missing. */
static void opens_by_the_manifest(void)
{
	unsigned char *image = (void *)(uintptr_t)make_image().data;
	struct bzb_span manifest = { image + MANIFEST, IMAGE(manifest_zstd).size };
	struct bzb_load load;

	memset(image, 0, 0x2000);
	CHECK_OK(bzb_load_open_at(manifest, image, &load));
	CHECK_EQ(0x3000, load.stream.data - image);
	CHECK_EQ(0x1ff0, load.stream.size);
	manifest.size--;
	CHECK_ERR(BZB_ERR_TRUNCATED, WATCHED(&load, bzb_load_open_at(manifest, image, &load)));
}

static void refuses_broken_manifests(void)
{
	unsigned char *image = (void *)(uintptr_t)make_image().data;
	struct bzb_span manifest = { image + MANIFEST, IMAGE(manifest_zstd).size };
	struct bzb_load load;

	CHECK_ERR(BZB_ERR_TRUNCATED,
		  WATCHED(&load, bzb_load_open_at(prefix(manifest, 0x10b), image, &load)));
	put(image, 0x4ff0, 4, 0x400001);
	CHECK_ERR(BZB_ERR_BADSIZE, WATCHED(&load, bzb_load_open_at(manifest, image, &load)));
}

/* Without these, it is none of the kernels that bzb_load_open_foreign() opens. */
#define NO_BZIMAGE { 0x202, 4, 0 }
#define NO_ZBOOT { 4, 4, 0 }

static const struct defect broken_images[] = {
	{ "no_mz", { { 0, 1, 'Z' }, NO_BZIMAGE }, BZB_ERR_BADMAGIC },
	{ "neither_pe32_nor_pe32_plus", { { 0x58, 2, 0x107 } }, BZB_ERR_BADVERSION },
	{ "data_called_otherwise",
	  { { 0xf8 + 40, 1, '_' }, NO_BZIMAGE, NO_ZBOOT },
	  BZB_ERR_NOTFOUND },
	{ "data_past_end", { { 0xf8 + 40 + 20, 4, 0x5000 } }, BZB_ERR_TRUNCATED },
	{ "data_too_short", { { 0xf8 + 40 + 16, 4, 0x80 } }, BZB_ERR_TRUNCATED },
	{ "data_without_parts", { { 0xf8 + 40 + 16, 4, 0x10b } }, BZB_ERR_TRUNCATED },
	{ "data_empty", { { 0xf8 + 40 + 16, 4, 0 }, NO_BZIMAGE, NO_ZBOOT }, BZB_ERR_BADMAGIC },
	{ "manifest_version_2", { { MANIFEST + 7, 1, 2 } }, BZB_ERR_BADMAGIC },
	{ "no_parts", { { PART_COUNT, 4, 0 } }, BZB_ERR_BADHEADER },
	{ "part_past_payload", { { PARTS + 4, 4, 0x1ff1 } }, BZB_ERR_BADHEADER },
	{ "image_longer_than_file", { { IMAGE_SIZE, 4, 0x5001 } }, BZB_ERR_TRUNCATED },
	{ "payload_past_end", { { PAYLOAD_OFFSET, 4, 0x300d } }, BZB_ERR_TRUNCATED },
	{ "trailer_past_end", { { PAYLOAD_SIZE, 4, 0x1ffd } }, BZB_ERR_TRUNCATED },
	{ "payload_wraps", { { PAYLOAD_SIZE, 4, 0xffffffff } }, BZB_ERR_TRUNCATED },
	{ "codec_unknown", { { CODEC, 4, 99 } }, BZB_ERR_BADCODEC },
	{ "codec_of_another_payload", { { CODEC, 4, BZB_CODEC_XZ } }, BZB_ERR_BADCODEC },
	{ "payload_of_no_codec", { { 0x3000, 4, 0 } }, BZB_ERR_BADCODEC },
	{ "trailer_says_otherwise", { { 0x4ff0, 4, 0x400001 } }, BZB_ERR_BADSIZE },
	{ "manifest_says_otherwise",
	  { { ELF_SIZE_FIELD, 4, 0x400001 }, { PARTS + 8, 4, 0x400001 } },
	  BZB_ERR_BADSIZE },
	{ "entered_as_an_efi_application", { { MANIFEST + 0xbf, 1, 8 } }, BZB_ERR_BADTYPE },
	{ "elf_larger_than_memory", { { ELF_SIZE_FIELD, 4, 0x600001 } }, BZB_ERR_BADHEADER },
};

static void refuses_broken_images(void)
{
	check_defects(make_image(), broken_images, ARRAY_SIZE(broken_images), open_file);
	CHECK_ERR(BZB_ERR_BADMAGIC, open_file((struct bzb_span){ NULL, 0 }));
}

static void refuses_other_images(void)
{
	CHECK_ERR(BZB_ERR_BADMAGIC, open_file(exact(IMAGE(pe_x86_64))));
	CHECK_ERR(BZB_ERR_BADMAGIC, open_file(exact(TEXT("not a kernel"))));
}

static void every_truncation_of_the_file_is_noticed(void)
{
	check_truncations(make_image(), 2, open_file);
}

/* The image's command line is used only if a NUL follows directly, so no caller must search one. */
static void a_command_line_without_end_is_none(void)
{
	struct bzb_load load;

	CHECK_OK(bzb_load_open(CHANGED(make_image(), { 0x2805, 1, 'x' }), &load));
	CHECK_EQ(0, bzb_load_cmdline(&load).size);
	CHECK_OK(bzb_load_open(CHANGED(make_image(), { CMDLINE_OFFSET, 4, 0x4ffb }), &load));
	CHECK_EQ(0, bzb_load_cmdline(&load).size);
	CHECK_OK(bzb_load_open(CHANGED(make_image(), { CMDLINE_SIZE, 4, 0 }, { INITRD_SIZE, 4, 0 }),
			       &load));
	CHECK_EQ(0, bzb_load_cmdline(&load).size);
	CHECK_EQ(0, bzb_load_initrd(&load).size);
}

/* Values that a parsed manifest never has */
static void returns_nothing_outside_the_image(void)
{
	struct bzb_load load;

	CHECK_OK(bzb_load_open(make_image(), &load));
	load.manifest.cmdline_size = BZB_CMDLINE_MAX + 1;
	CHECK_EQ(0, bzb_load_cmdline(&load).size);
	load.manifest.initrd_offset = 0x4f01;
	CHECK_EQ(0, bzb_load_initrd(&load).size);
}

/* --- planning ------------------------------------------------------------------ */

static struct bzb_load_plan plan_of(struct bzb_manifest manifest)
{
	const struct bzb_load load = { .manifest = manifest };
	struct bzb_load_plan plan;

	CHECK_OK(bzb_load_plan(&load, &DECODER, &plan));
	return plan;
}

static int try_plan(struct bzb_manifest manifest, const struct bzb_decoder *decoder)
{
	const struct bzb_load load = { .manifest = manifest };
	struct bzb_load_plan plan;

	return WATCHED(&plan, bzb_load_plan(&load, decoder, &plan));
}

static void plans_for_linux(void)
{
	struct bzb_load_plan plan = plan_of(of_kernel);

	CHECK_EQ(MEMORY_SIZE, plan.kernel_size);
	/* in whole pages of 2 MiB */
	CHECK_EQ(2 * GAP, plan.memory.size);
	CHECK_EQ(GAP, plan.memory.gap);
	CHECK_EQ(GAP, plan.memory.alignment);
	CHECK_EQ(LOAD_ADDRESS - GAP, plan.memory.lowest);
	CHECK_EQ(UINTPTR_MAX > UINT32_MAX ? 0x3fffffffffff : UINTPTR_MAX, plan.memory.highest);
	CHECK(!plan.fixed);
	CHECK(!plan.identity);
	/* the kernel may move by 0x40000000 - 0x1000000 - 0x5000 bytes */
	CHECK_EQ(504, plan.slides);
}

/* The first MiB is never used. */
static void plans_above_the_first_mib(void)
{
	struct bzb_manifest manifest = of_kernel;

	manifest.load_address = GAP;
	CHECK_EQ(MIB, plan_of(manifest).memory.lowest);
	manifest.load_address = GAP + MIB;
	CHECK_EQ(MIB, plan_of(manifest).memory.lowest);
	manifest.load_address = 2 * GAP;
	CHECK_EQ(GAP, plan_of(manifest).memory.lowest);
}

static void plans_for_an_identity_kernel(void)
{
	struct bzb_manifest manifest = of_kernel;
	struct bzb_load_plan plan;

	manifest.virtual_address = manifest.load_address;
	plan = plan_of(manifest);
	CHECK(plan.identity);
	CHECK_EQ(0x7fffffff, plan.memory.highest);
	CHECK_EQ(1, plan.slides);
	CHECK_EQ(0, bzb_load_slide(&plan, UINT64_MAX));
}

static void plans_for_a_fixed_kernel(void)
{
	struct bzb_manifest manifest = of_kernel;
	const struct bzb_range all = { 0, 4096 * MIB };
	struct bzb_load_plan plan;

	manifest.virtual_address = manifest.load_address;
	manifest.flags = BZB_MANIFEST_FIXED;
	plan = plan_of(manifest);
	CHECK(plan.fixed);
	CHECK_EQ(LOAD_ADDRESS - GAP, bzb_memory_places(all, &plan.memory).first);
	CHECK_EQ(1, bzb_memory_places(all, &plan.memory).count);
}

static struct bzb_memory_places places_of(struct bzb_manifest manifest)
{
	const struct bzb_range all = { 0, 4096 * MIB };
	struct bzb_load_plan plan = plan_of(manifest);

	return bzb_memory_places(all, &plan.memory);
}

/* The distance from the load address, here 17 MiB, is aligned, to 2 MiB. */
static void plans_for_a_load_address_that_is_not_aligned(void)
{
	struct bzb_manifest manifest = of_kernel;

	manifest.load_address = 17 * MIB;
	manifest.gap = MIB;
	CHECK_EQ(16 * MIB, places_of(manifest).first);
	CHECK(places_of(manifest).count > 1);
	manifest.gap = 3 * MIB;
	CHECK_EQ(14 * MIB, places_of(manifest).first);
	manifest.alignment = 16 * MIB;
	CHECK_EQ(14 * MIB, places_of(manifest).first);
	manifest.flags = BZB_MANIFEST_FIXED;
	CHECK_EQ(14 * MIB, places_of(manifest).first);
	CHECK_EQ(1, places_of(manifest).count);
	/* a fixed kernel at 1 MiB would need memory below that for its gap */
	manifest.load_address = MIB;
	manifest.gap = MIB;
	CHECK_EQ(0, places_of(manifest).count);
}

/* A chosen address fits in a pointer: (void *)(uintptr_t)addr points to it. */
static void plans_for_addresses_in_pointers(void)
{
	const struct bzb_range high = { 4096 * MIB, 4096 * MIB };
	struct bzb_manifest manifest = of_kernel;
	const bool wide = UINTPTR_MAX > UINT32_MAX;
	struct bzb_load_plan plan = plan_of(manifest);

	CHECK_EQ(wide, bzb_memory_places(high, &plan.memory).count > 0);
	manifest.load_address = manifest.virtual_address = 5000 * MIB;
	manifest.flags = BZB_MANIFEST_FIXED;
	plan = plan_of(manifest);
	CHECK_EQ(wide, bzb_memory_places(high, &plan.memory).count);
}

static void refuses_to_plan(void)
{
	struct bzb_manifest manifest = of_kernel;

	CHECK_ERR(BZB_ERR_BADCODEC, try_plan(manifest, &other_decoder));
	manifest.memory_size = UINT64_MAX;
	CHECK_ERR(BZB_ERR_BADHEADER, try_plan(manifest, &DECODER));
	manifest = of_kernel;
	manifest.load_address = UINT64_MAX - GAP;
	CHECK_ERR(BZB_ERR_BADHEADER, try_plan(manifest, &DECODER));
}

/* A decoder with a workspace of any size */
static size_t asked;

static size_t ask(struct bzb_span stream)
{
	(void)stream;
	return asked;
}

/* The workspace is in the memory between the end of the ELF and the end of the kernel; a larger one
 * begins at the end of the ELF. */
static void plans_the_workspace_in_bss(void)
{
	static const struct bzb_manifest_part part = {
		.elf_end = { { ELF_SIZE & 0xff, ELF_SIZE >> 8 & 0xff, ELF_SIZE >> 16, 0 } }
	};
	static const struct {
		size_t size, at;
	} cases[] = {
		{ 0, MEMORY_SIZE },
		{ 64, MEMORY_SIZE - 64 },
		{ 65, MEMORY_SIZE - 128 },
		{ MEMORY_SIZE - ELF_SIZE, ELF_SIZE },
		{ MEMORY_SIZE - ELF_SIZE + 1, ELF_SIZE },
		{ MEMORY_SIZE + GAP, ELF_SIZE },
	};
	const struct bzb_decoder decoder = { .codec = DECODER_CODEC, .workspace_size = ask };
	struct bzb_load load = { .manifest = of_kernel };

	load.manifest.parts = &part;
	load.manifest.part_count = 1;
	for (size_t i = 0; i < 3 * ARRAY_SIZE(cases); i++) {
		const size_t size = cases[i / 3].size;
		struct bzb_load_plan plan;

		/* The decoder needs so much, the shuffle, or both. */
		asked = i % 3 == 1 ? size / 2 : size;
		load.manifest.shuffle_size = (uint32_t)(i % 3 ? size : size / 2);
		CHECK_OK(bzb_load_plan(&load, &decoder, &plan));
		CHECK_EQ(cases[i / 3].at, plan.workspace);
		CHECK_EQ(i / 3 < 5 ? 2 * GAP : ELF_SIZE + size, plan.memory.size);
	}
}

/* Sizes whose sum with the kernel's wraps: to 0, to a number rounded up to 0, to less than the
 * kernel. The largest that does not wrap can be planned. */
static void refuses_decoders_that_ask_for_too_much(void)
{
	static const uint64_t sizes[] = {
		SIZE_MAX,
		SIZE_MAX - 0x1fffff,
		SIZE_MAX - MEMORY_SIZE + 1,
		SIZE_MAX / 2,
	};
	const struct bzb_decoder greedy = { .codec = DECODER_CODEC, .workspace_size = ask };
	const bool wide = UINTPTR_MAX > UINT32_MAX;
	struct bzb_load load = { .manifest = of_kernel };
	struct bzb_kernel_elf kernel;
	struct bzb_load_plan plan;
	unsigned char memory[64];

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		asked = (size_t)sizes[i];
		CHECK_RETURN(wide ? -BZB_ERR_BADHEADER : 0, try_plan(of_kernel, &greedy));
		CHECK_RETURN(wide ? -BZB_ERR_BADHEADER : -BZB_ERR_NOSPACE,
			     WATCHED(&kernel, bzb_load_kernel(&load, &greedy, memory,
							      sizeof(memory), &kernel)));
		if (!wide) {
			CHECK_OK(bzb_load_plan(&load, &greedy, &plan));
			CHECK_EQ(asked, plan.memory.size);
		}
	}
	if (wide) {
		asked = (size_t)(((uint64_t)1 << 46) - 1 - MEMORY_SIZE);
		CHECK_OK(bzb_load_plan(&load, &greedy, &plan));
		CHECK_EQ(asked, plan.memory.size);
		asked++;
		CHECK_ERR(BZB_ERR_BADHEADER, try_plan(of_kernel, &greedy));
	}
}

/* With the last slide the kernel ends within the 1 GiB, with one more it would not. */
static void slides_stay_in_the_window(void)
{
	static const uint64_t starts[] = {
		0xffffffff80000000,
		0xffffffff81000000,
		0xffffffffbf800000,
		0xffffffffbfe00000,
	};

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		struct bzb_manifest manifest = of_kernel;
		struct bzb_load_plan plan;
		uint64_t last, end;

		manifest.virtual_address = starts[i];
		plan = plan_of(manifest);
		last = bzb_load_slide(&plan, UINT64_MAX);
		end = starts[i] + last + MEMORY_SIZE - GAP;
		CHECK_EQ(0, bzb_load_slide(&plan, 0));
		CHECK_EQ((plan.slides - 1) * GAP, last);
		CHECK(end <= 0xffffffffc0000000);
		CHECK(end + GAP > 0xffffffffc0000000);
	}
}

/* --- places -------------------------------------------------------------------- */

static const struct bzb_memory_request wanted = {
	.size = 54 * MIB,
	.gap = 2 * MIB,
	.alignment = 2 * MIB,
	.lowest = 14 * MIB,
	.highest = UINT64_MAX,
};

static const struct row {
	const char *name;
	struct bzb_range range; /* free */
	uint64_t first, count;	/* places in it */
} rows[] = {
	{ "a range that is just one place", { 14 * MIB, 54 * MIB }, 14 * MIB, 1 },
	{ "a range around the preferred place", { MIB, 900 * MIB }, 14 * MIB, 417 },
	{ "a byte too small", { 14 * MIB, 54 * MIB - 1 }, 0, 0 },
	{ "a byte short of two places", { 14 * MIB, 56 * MIB - 1 }, 14 * MIB, 1 },
	{ "two places", { 14 * MIB, 56 * MIB }, 14 * MIB, 2 },
	{ "a range that starts above it, unaligned", { 101 * MIB, 100 * MIB }, 102 * MIB, 23 },
	{ "room for all but the alignment", { 101 * MIB, 54 * MIB }, 0, 0 },
	{ "a range above 4 GiB", { 4096 * MIB + 4096, 60 * MIB }, 4098 * MIB, 3 },
	{ "a range that ends below the lowest place", { 0, 14 * MIB }, 0, 0 },
	{ "large enough, but not above the lowest place", { 0, 60 * MIB }, 0, 0 },
	{ "a range that ends at the end of all addresses",
	  { UINT64_MAX - 64 * MIB + 1, 64 * MIB },
	  UINT64_MAX - 64 * MIB + 1,
	  6 },
	{ "a range that wraps", { UINT64_MAX - MIB, 64 * MIB }, 0, 0 },
	{ "an empty range", { 14 * MIB, 0 }, 0, 0 },
};

static void counts_places(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct bzb_memory_places places = bzb_memory_places(rows[i].range, &wanted);

		test_state.subject = rows[i].name;
		CHECK_EQ(rows[i].first, places.first);
		CHECK_EQ(rows[i].count, places.count);
	}
}

static void aligns_the_kernel_not_the_gap(void)
{
	static const struct bzb_memory_request coarse = {
		.size = 54 * MIB,
		.gap = 2 * MIB,
		.alignment = 16 * MIB,
		.lowest = 14 * MIB,
		.highest = UINT64_MAX,
	};
	struct bzb_memory_places places =
		bzb_memory_places((struct bzb_range){ 15 * MIB, 900 * MIB }, &coarse);

	CHECK_EQ(30 * MIB, places.first);
	CHECK_EQ(0, (places.first + coarse.gap) % coarse.alignment);
}

static void stays_below_the_highest_byte(void)
{
	static const struct bzb_range free = { 0, 4096 * MIB };
	struct bzb_memory_request low = wanted;

	low.highest = 100 * MIB - 1;
	CHECK_EQ(17, bzb_memory_places(free, &low).count);
	low.highest = 68 * MIB - 1;
	CHECK_EQ(1, bzb_memory_places(free, &low).count);
	low.highest = 68 * MIB - 2;
	CHECK_EQ(0, bzb_memory_places(free, &low).count);
	low.lowest = UINT64_MAX - 1;
	CHECK_EQ(0, bzb_memory_places(free, &low).count);
}

/* Each alone is valid; their sum is too large, and must not wrap. */
static void has_no_place_for_too_large_a_gap(void)
{
	static const struct bzb_range free = { 0, UINT64_MAX };
	struct bzb_memory_request large = wanted;

	large.highest = UINT64_MAX;
	large.gap = UINT64_MAX - large.lowest;
	CHECK_EQ(0, bzb_memory_places(free, &large).count);
	large.gap = (uint64_t)1 << 63;
	large.alignment = (uint64_t)1 << 63;
	CHECK_EQ(0, bzb_memory_places(free, &large).count);
}

/* 1, 0 and 23 places */
static const struct bzb_memory_range three[] = {
	{ 14 * MIB, 54 * MIB, BZB_E820_RAM },
	{ 80 * MIB, MIB, BZB_E820_RAM },
	{ 101 * MIB, 100 * MIB, BZB_E820_RAM },
};
static const struct bzb_memory three_free = { .map = three, .map_count = 3 };
static const struct bzb_memory_source source = { bzb_memory_next_free, &three_free };

static void chooses_the_first(void)
{
	uint64_t addr = 0;

	CHECK(bzb_memory_choose(&source, &wanted, NULL, &addr));
	CHECK_EQ(14 * MIB, addr);
}

static void chooses_among_all(void)
{
	/* The first number, the last, and those on both sides of a 24th */
	static const struct {
		uint64_t random, addr;
	} numbers[] = {
		{ 0, 14 * MIB },
		{ UINT64_MAX / 24, 14 * MIB },
		{ UINT64_MAX / 24 + 1, 102 * MIB },
		{ UINT64_MAX, 102 * MIB + 22 * 2 * MIB },
	};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		uint64_t addr = 0;

		CHECK(bzb_memory_choose(&source, &wanted, &numbers[i].random, &addr));
		CHECK_EQ(numbers[i].addr, addr);
	}
}

static void chooses_nothing_where_nothing_fits(void)
{
	struct bzb_memory_request large = wanted;
	uint64_t random = UINT64_MAX, addr = 1;

	large.size = 101 * MIB;
	CHECK(!bzb_memory_choose(&source, &large, &random, &addr));
	CHECK_EQ(1, addr);
}

/* The high half of a product, computed digit by digit as an independent check */
static void random_numbers_are_below(void)
{
	static const uint64_t randoms[] = {
		0,
		1,
		0x80000000,
		0xffffffff,
		0x100000000,
		0x123456789abcdef0,
		0x8000000000000000,
		0xfffffffeffffffff,
		UINT64_MAX,
	};
	static const uint64_t counts[] = { 1, 2, 24, 0xffffffff, 0x100000001, UINT64_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(randoms); i++)
		for (size_t j = 0; j < ARRAY_SIZE(counts); j++) {
			uint64_t sum = 0, carry, left = counts[j];

			for (int bit = 0; bit < 64; bit++, left >>= 1) {
				carry = left & 1 && sum + randoms[i] < sum;
				sum += left & 1 ? randoms[i] : 0;
				sum = sum >> 1 | carry << 63;
			}
			CHECK_EQ(sum, bzb_random_below(randoms[i], counts[j]));
			CHECK(sum < counts[j]);
		}
}

#define RANGES_MAX 8

static void check_free(const struct bzb_memory *memory, const struct bzb_range *expected)
{
	uint64_t position = 0;
	struct bzb_range range;

	while (bzb_memory_next_free(memory, &position, &range)) {
		CHECK_EQ(expected->addr, range.addr);
		CHECK_EQ(expected->size, range.size);
		expected++;
	}
	CHECK_EQ(0, expected->size);
	CHECK(!bzb_memory_next_free(memory, &position, &range));
}

#define CHECK_FREE(memory, ...)                                                \
	check_free(memory, (const struct bzb_range[RANGES_MAX]){ __VA_ARGS__ })

static void ram_of_the_map_is_free(void)
{
	static const struct bzb_memory_range map[] = {
		{ 4096 * MIB, 1024 * MIB, BZB_E820_RAM }, { 0, 0x9fc00, BZB_E820_RAM },
		{ 0xf0000, 0x10000, BZB_E820_RESERVED },  { MIB, 99 * MIB, BZB_E820_RAM },
		{ 100 * MIB, MIB, BZB_E820_RAM },	  { 101 * MIB, MIB, BZB_E820_ACPI },
		{ 60 * MIB, 0, BZB_E820_RESERVED },
	};
	const struct bzb_memory memory = { .map = map, .map_count = ARRAY_SIZE(map) };

	CHECK_FREE(&memory, { 0, 0x9fc00 }, { MIB, 100 * MIB }, { 4096 * MIB, 1024 * MIB });
	CHECK_FREE((&(struct bzb_memory){ 0 }), { 0, 0 });
}

static void taken_memory_is_not_free(void)
{
	static const struct bzb_memory_range map[] = {
		{ MIB, 99 * MIB, BZB_E820_RAM },
		{ 90 * MIB, MIB, BZB_E820_NVS },
	};
	static const struct bzb_range taken[] = {
		{ 20 * MIB, 5 * MIB }, { MIB, MIB }, { 24 * MIB, 10 * MIB }, { 98 * MIB, 64 * MIB },
		{ 500 * MIB, MIB },    { 0, 4096 },  { 50 * MIB, 0 },
	};
	const struct bzb_memory memory = {
		.map = map,
		.map_count = ARRAY_SIZE(map),
		.taken = taken,
		.taken_count = ARRAY_SIZE(taken),
	};

	CHECK_FREE(&memory, { 2 * MIB, 18 * MIB }, { 34 * MIB, 56 * MIB }, { 91 * MIB, 7 * MIB });
}

static void nothing_is_free_if_all_is_taken(void)
{
	static const struct bzb_memory_range map[] = {
		{ MIB, UINT64_MAX - MIB, BZB_E820_RAM },
		{ 5 * MIB, UINT64_MAX, BZB_E820_RESERVED },
	};
	static const struct bzb_range taken[] = { { 0, 5 * MIB } };
	const struct bzb_memory memory = { map, 2, taken, 1 };

	CHECK_FREE(&memory, { 0, 0 });
}

/* --- loading ------------------------------------------------------------------- */

static struct bzb_load_plan planned(const struct bzb_load *load)
{
	struct bzb_load_plan plan;

	CHECK_OK(bzb_load_plan(load, &DECODER, &plan));
	return plan;
}

static size_t size_planned(const struct bzb_load *load)
{
	return (size_t)planned(load).memory.size;
}

static size_t plan_size(void)
{
	return (size_t)plan_of(of_kernel).memory.size;
}

static unsigned char *aligned_memory(size_t size)
{
	unsigned char *memory = test_alloc(size + 64);

	return memory + 64 - (uintptr_t)memory % 64;
}

/* Memory that is not cleared */
static unsigned char *dirty_memory(void)
{
	unsigned char *memory = aligned_memory(plan_size());

	memset(memory, 0xaf, plan_size());
	return memory;
}

static int load_to(unsigned char *memory, const struct bzb_load *load, struct bzb_kernel_elf *ret)
{
	return RETURNED(bzb_load_kernel(load, &DECODER, memory, plan_size(), ret));
}

static void segments_arrive(void)
{
	struct bzb_load load = opened_kernel();
	unsigned char *memory = dirty_memory();
	struct bzb_kernel_elf kernel;

	CHECK_OK(load_to(memory, &load, &kernel));
	CHECK(test_only(memory + GAP, 0xc3, TEXT_SIZE));
	CHECK(test_only(memory + GAP + DATA_OFFSET, 0xda, DATA_FILESZ));
	CHECK_EQ(GAP + 0x10, kernel.entry_offset);
}

static void bss_is_zero_in_dirty_memory(void)
{
	struct bzb_load load = opened_kernel();
	unsigned char *memory = dirty_memory();
	struct bzb_kernel_elf kernel;

	CHECK_OK(load_to(memory, &load, &kernel));
	CHECK(test_only(memory + GAP + DATA_OFFSET + DATA_FILESZ, 0, DATA_MEMSZ - DATA_FILESZ));
}

static int try_load(struct bzb_load load)
{
	struct bzb_kernel_elf kernel;

	return WATCHED(&kernel, load_to(dirty_memory(), &load, &kernel));
}

/* The bytes before and after the part are ignored. */
static void no_damaged_byte_gets_through(void)
{
	struct bzb_load load = opened_kernel();
	struct bzb_span good = load.stream;
	struct test_block *before = test_state.blocks;

	for (size_t i = load.manifest.part_start; i < good.size - STREAM_END; i += STEP) {
		int err;

		load.stream = CHANGED(good, { i, 1, good.data[i] ^ 1u << i % 8 });
		err = try_load(load);
		test_free(before);
		if (err != -BZB_ERR_BADDATA)
			FAIL("byte %zu of %zu: %d", i, good.size, err);
	}
}

static void every_truncation_is_noticed(void)
{
	struct bzb_load load = opened_kernel();
	struct bzb_span good = load.stream;
	struct test_block *before = test_state.blocks;

	for (size_t size = 0; size < good.size - STREAM_END; size += STEP) {
		int err;

		load.stream = exact(prefix(good, size));
		err = try_load(load);
		test_free(before);
		if (err != -BZB_ERR_BADDATA)
			FAIL("%zu of %zu bytes: %d", size, good.size, err);
	}
}

/* The checksum is right, but the decompressed size is wrong. */
static void another_size_is_refused(void)
{
	struct packed *packed = pack(make_elf(VIRTUAL_ADDRESS));
	struct bzb_manifest manifest = of_kernel;

	manifest.elf_size = ELF_SIZE - 1;
	packed->parts[0].elf_end = bzb_st32(ELF_SIZE - 1);
	CHECK_ERR(BZB_ERR_BADSIZE, try_load(opened(&manifest, packed)));
	manifest.elf_size = ELF_SIZE + 1;
	packed->parts[0].elf_end = bzb_st32(ELF_SIZE + 1);
	CHECK_ERR(BZB_ERR_BADSIZE, try_load(opened(&manifest, packed)));
}

static void another_kernel_is_refused(void)
{
	struct packed *packed = pack(make_elf(VIRTUAL_ADDRESS));
	struct bzb_manifest manifest = of_kernel;

	manifest.load_address += GAP;
	CHECK_ERR(BZB_ERR_BADHEADER, try_load(opened(&manifest, packed)));
	manifest = of_kernel;
	manifest.memory_size -= 0x1000;
	CHECK_ERR(BZB_ERR_BADHEADER, try_load(opened(&manifest, packed)));
	manifest = of_kernel;
	manifest.virtual_address += GAP;
	CHECK_ERR(BZB_ERR_BADHEADER, try_load(opened(&manifest, packed)));
	manifest = of_kernel;
	manifest.gap += GAP;
	CHECK_ERR(BZB_ERR_BADHEADER, try_load(opened(&manifest, packed)));
}

static void refuses_an_elf_that_is_not_a_kernel(void)
{
	unsigned char *elf = make_elf(VIRTUAL_ADDRESS);

	put(elf, 0x12, 2, 22);
	CHECK_ERR(BZB_ERR_BADMACHINE, try_load(opened(&of_kernel, pack(elf))));
}

/* Nothing is written to memory that is too small, nor by another codec's decoder. */
static void too_little_memory_is_refused(void)
{
	struct bzb_load load = opened_kernel();
	struct bzb_kernel_elf kernel;
	unsigned char none[64];

	memset(none, 0xaf, sizeof(none));
	CHECK_ERR(BZB_ERR_NOSPACE, WATCHED(&kernel, bzb_load_kernel(&load, &DECODER, none,
								    plan_size() - 1, &kernel)));
	CHECK_ERR(BZB_ERR_NOSPACE,
		  WATCHED(&kernel, bzb_load_kernel(&load, &DECODER, none, 0, &kernel)));
	CHECK_ERR(BZB_ERR_BADCODEC, WATCHED(&kernel, bzb_load_kernel(&load, &other_decoder, none,
								     plan_size(), &kernel)));
	/* The same size in 32 bits, but larger in 64 */
	load.manifest.memory_size += 4096 * MIB;
	CHECK_ERR(BZB_ERR_NOSPACE,
		  WATCHED(&kernel, bzb_load_kernel(&load, &DECODER, none, plan_size(), &kernel)));
	CHECK(test_only(none, 0xaf, sizeof(none)));
}

/* --- part by part ------------------------------------------------------------ */

/* The first part ends in the gap, the second in the text. */
static const uint32_t three_ends[] = { 0x180000, GAP + 0x800, ELF_SIZE };

static struct bzb_load opened_in_three(const unsigned char *elf)
{
	return opened(&of_kernel, pack_parts(elf, three_ends, 3));
}

static int load_part(const struct bzb_load *load, uint32_t number, unsigned char *memory)
{
	size_t size = DECODER.workspace_size(load->stream);

	return RETURNED(bzb_load_part(load, &DECODER, number, memory, aligned_memory(size), size));
}

static uint32_t start_in_elf(uint32_t number)
{
	return number ? three_ends[number - 1] : 0;
}

/* Faults that a checksum does not find: a wrong size, and too little memory */
static void a_part_of_another_size_is_refused(void)
{
	struct packed *packed = pack(make_elf(VIRTUAL_ADDRESS));
	struct bzb_load load = opened(&of_kernel, packed);
	struct bzb_manifest_part wrong = packed->parts[0];
	unsigned char *memory = dirty_memory();

#ifdef WITH_ZSTD
	CHECK_ERR(BZB_ERR_NOSPACE,
		  RETURNED(bzb_load_part(&load, &DECODER, 0, memory, aligned_memory(64), 64)));
#endif
	wrong.elf_end = bzb_st32(ELF_SIZE - 1);
	load.manifest.parts = &wrong;
	CHECK_ERR(BZB_ERR_BADSIZE, load_part(&load, 0, memory));
}

/* All parts are good, but together they are another kernel, or not a kernel. */
static void another_kernel_of_parts_is_refused(void)
{
	struct bzb_load load = opened_kernel();
	struct bzb_load_plan plan = planned(&load);
	unsigned char *memory = dirty_memory();
	struct bzb_kernel_elf kernel;

	CHECK_OK(load_part(&load, 0, memory));
	load.manifest.load_address += GAP;
	CHECK_ERR(BZB_ERR_BADHEADER,
		  WATCHED(&kernel, bzb_load_finish(&load, &plan, memory, &kernel)));
	put(memory, 0, 1, 0);
	CHECK_ERR(BZB_ERR_BADMAGIC,
		  WATCHED(&kernel, bzb_load_finish(&load, &plan, memory, &kernel)));
}

static void parts_load_in_any_order(void)
{
	unsigned char *elf = make_elf(VIRTUAL_ADDRESS), *memory = dirty_memory();
	struct bzb_load load = opened_in_three(elf);
	struct bzb_load_plan plan = planned(&load);
	struct bzb_kernel_elf kernel;

	CHECK_EQ(3, bzb_load_parts(&load));
	for (uint32_t i = 3; i--;) {
		CHECK_OK(load_part(&load, i, memory));
		CHECK(test_only(memory, 0xaf, start_in_elf(i)));
		CHECK_BYTES(elf + start_in_elf(i), memory + start_in_elf(i),
			    ELF_SIZE - start_in_elf(i));
	}
	CHECK(test_only(memory + ELF_SIZE, 0xaf, MEMORY_SIZE - ELF_SIZE));
	bzb_load_clear(&load, &plan, memory);
	CHECK_OK(bzb_load_finish(&load, &plan, memory, &kernel));
	CHECK_EQ(GAP + 0x10, kernel.entry_offset);
	CHECK(test_only(memory + GAP + DATA_OFFSET + DATA_FILESZ, 0, DATA_MEMSZ - DATA_FILESZ));
}

static void parts_load_in_turn(void)
{
	unsigned char *elf = make_elf(VIRTUAL_ADDRESS), *memory = dirty_memory();
	struct bzb_load load = opened_in_three(elf);
	struct bzb_kernel_elf kernel;

	CHECK_OK(load_to(memory, &load, &kernel));
	CHECK_BYTES(elf, memory, ELF_SIZE);
	CHECK(test_only(memory + GAP + DATA_OFFSET + DATA_FILESZ, 0, DATA_MEMSZ - DATA_FILESZ));
}

/* The damaged part is not decompressed; the other parts are loaded. */
static void damage_is_found_by_its_part(void)
{
	unsigned char *elf = make_elf(VIRTUAL_ADDRESS);
	struct bzb_load load = opened_in_three(elf);
	struct bzb_span good = load.stream;

	for (uint32_t damaged = 0; damaged < 3; damaged++) {
		size_t at = bzb_ld32(load.manifest.parts[damaged].end) - 1;
		unsigned char *memory = dirty_memory();

		load.stream = CHANGED(good, { at, 1, good.data[at] ^ 0x40u });
		for (uint32_t i = 0; i < 3; i++) {
			uint32_t start = start_in_elf(i), size = three_ends[i] - start;

			if (i == damaged) {
				CHECK_ERR(BZB_ERR_BADDATA, load_part(&load, i, memory));
				CHECK(test_only(memory + start, 0xaf, size));
			} else {
				CHECK_OK(load_part(&load, i, memory));
				CHECK_BYTES(elf + start, memory + start, size);
			}
		}
		CHECK_ERR(BZB_ERR_BADDATA, try_load(load));
	}
}

static void a_wrong_checksum_is_found(void)
{
	struct packed *packed = pack_parts(make_elf(VIRTUAL_ADDRESS), three_ends, 3);
	struct bzb_load load = opened(&of_kernel, packed);
	unsigned char *memory = dirty_memory();

	for (unsigned int byte = 0; byte < 4; byte++) {
		packed->parts[1].checksum.b[byte] ^= 0x10;
		CHECK_ERR(BZB_ERR_BADDATA, load_part(&load, 1, memory));
		packed->parts[1].checksum.b[byte] ^= 0x10;
		CHECK_OK(load_part(&load, 1, memory));
	}
}

static void there_are_no_more_parts(void)
{
	struct bzb_load in_three = opened_in_three(make_elf(VIRTUAL_ADDRESS)),
			one = opened_kernel();
	unsigned char *memory = dirty_memory();

	CHECK_EQ(1, bzb_load_parts(&one));
	CHECK_ERR(BZB_ERR_NOTFOUND, load_part(&in_three, 3, memory));
	CHECK_ERR(BZB_ERR_NOTFOUND, load_part(&in_three, UINT32_MAX, memory));
	CHECK_ERR(BZB_ERR_NOTFOUND, load_part(&one, 1, memory));
	CHECK(test_only(memory, 0xaf, plan_size()));
}

/* --- symbols ------------------------------------------------------------------- */

/* After the ELF of make_movable_elf(), beyond its memory: a section that is not loaded */
#define SYMBOLS_SIZE 0x300000u
#define WITH_SYMBOLS (ELF_SIZE + SYMBOLS_SIZE)

static unsigned char *make_elf_with_symbols(void)
{
	unsigned char *elf = test_alloc(WITH_SYMBOLS);

	memcpy(elf, make_movable_elf(VIRTUAL_ADDRESS), ELF_SIZE);
	memset(elf + ELF_SIZE, 0x5a, SYMBOLS_SIZE);
	put(elf, 0x3c, 2, 6);
	put_shdr(elf + TABLES + 0x240, 0, 2, ELF_SIZE, SYMBOLS_SIZE);
	return elf;
}

static struct bzb_load opened_with_symbols(const uint32_t *elf_ends, uint32_t count)
{
	struct bzb_manifest manifest = of_kernel;

	manifest.elf_size = WITH_SYMBOLS;
	manifest.symbols_size = SYMBOLS_SIZE;
	return opened(&manifest, pack_parts(make_elf_with_symbols(), elf_ends, count));
}

static void check_loaded(const struct bzb_load *load, unsigned char *memory, size_t size)
{
	struct bzb_kernel_elf kernel;
	struct bzb_relocs relocs;

	memset(memory, 0xaf, size);
	CHECK_OK(RETURNED(bzb_load_kernel(load, &DECODER, memory, size, &kernel)));
	CHECK_EQ(GAP + 0x10, kernel.entry_offset);
	CHECK_OK(bzb_relocs_find(&kernel, &relocs));
	CHECK(test_only(memory + GAP + DATA_OFFSET, 0xda, DATA_FILESZ));
	CHECK(test_only(memory + GAP + DATA_OFFSET + DATA_FILESZ, 0, DATA_MEMSZ - DATA_FILESZ));
}

static void symbols_are_not_loaded(void)
{
	static const uint32_t ends[] = { GAP, ELF_SIZE, WITH_SYMBOLS };
	struct bzb_load load = opened_with_symbols(ends, 3);
	unsigned char *memory = dirty_memory();

	CHECK_EQ(2, bzb_load_parts(&load));
	CHECK_ERR(BZB_ERR_NOTFOUND, load_part(&load, 2, memory));
	CHECK(test_only(memory, 0xaf, plan_size()));
	check_loaded(&load, memory, plan_size());
}

/* As of a codec without parts, or of LZ4, whose parts end at multiples of 8 MiB */
static void symbols_in_a_part_of_the_kernel_are_cleared(void)
{
	static const uint32_t ends[] = { GAP, ELF_SIZE + 0x100, WITH_SYMBOLS };
	static const uint32_t whole[] = { WITH_SYMBOLS };
	struct bzb_load load = opened_with_symbols(ends, 3);

	CHECK_EQ(2, bzb_load_parts(&load));
	check_loaded(&load, dirty_memory(), plan_size());
	load = opened_with_symbols(whole, 1);
	CHECK_EQ(1, bzb_load_parts(&load));
	check_loaded(&load, aligned_memory(size_planned(&load)), size_planned(&load));
}

/* The workspace is after the symbols that are decompressed. */
static void symbols_that_are_decompressed_need_memory(void)
{
	static const uint32_t whole[] = { WITH_SYMBOLS };
	struct bzb_load load = opened_with_symbols(whole, 1);
	struct bzb_load_plan plan;
	struct bzb_kernel_elf kernel;

	CHECK_OK(bzb_load_plan(&load, &DECODER, &plan));
	CHECK_EQ((WITH_SYMBOLS + 63) & ~63u, plan.workspace);
	CHECK_EQ(MEMORY_SIZE, plan.kernel_size);
	CHECK_ERR(BZB_ERR_NOSPACE, WATCHED(&kernel, bzb_load_kernel(&load, &DECODER, dirty_memory(),
								    plan_size(), &kernel)));
}

/* --- moving -------------------------------------------------------------------- */

/* A kernel in memory, and the fields of make_movable_elf() */
struct loaded {
	struct bzb_load load;
	unsigned char *memory;
	struct bzb_kernel_elf kernel;
};

static struct loaded load_elf(struct bzb_manifest manifest, const unsigned char *elf)
{
	struct loaded l = { .load = opened(&manifest, pack(elf)) };

	l.memory = dirty_memory();
	CHECK_OK(load_to(l.memory, &l.load, &l.kernel));
	return l;
}

static int move(struct loaded *l, uint64_t address, uint64_t slide, struct bzb_entry *ret)
{
	return WATCHED(ret, bzb_load_move(&l->load, &l->kernel, l->memory, address, slide, ret));
}

static void check_moved(const struct loaded *l, uint64_t slide)
{
	CHECK_EQ(l->kernel.elf.virtual_address + 0x234560 + slide, get(l->memory + GAP, 0x100, 8));
	CHECK_EQ((uint32_t)(0x81000800 + slide), get(l->memory + GAP, 0x10, 4));
	CHECK_EQ((uint32_t)(0x7f000fdc - slide), get(l->memory + GAP, 0x20, 4));
}

static void moves_a_kernel(void)
{
	struct loaded l = load_elf(of_kernel, make_movable_elf(VIRTUAL_ADDRESS));
	struct bzb_entry entry;

	CHECK_OK(move(&l, 0x3fe00000, 0x2000000, &entry));
	check_moved(&l, 0x2000000);
	CHECK_EQ(0x40000010, entry.address);
	CHECK_EQ(0x2000000, entry.slide);
	CHECK(entry.movable);
}

static void leaves_a_kernel_where_it_is_linked(void)
{
	struct loaded l = load_elf(of_kernel, make_movable_elf(VIRTUAL_ADDRESS));
	struct bzb_entry entry;

	CHECK_OK(move(&l, LOAD_ADDRESS - GAP, 0, &entry));
	check_moved(&l, 0);
	CHECK_EQ(LOAD_ADDRESS + 0x10, entry.address);
	CHECK(entry.movable);
}

/* Without relocations it runs anywhere in physical memory, but at its link address. */
static void a_kernel_without_relocations_does_not_slide(void)
{
	struct loaded l = load_elf(of_kernel, make_elf(VIRTUAL_ADDRESS));
	struct bzb_entry entry;

	CHECK_OK(move(&l, 0x3fe00000, 0x2000000, &entry));
	CHECK(test_only(l.memory + GAP, 0xc3, TEXT_SIZE));
	CHECK_EQ(0x40000010, entry.address);
	CHECK_EQ(0, entry.slide);
	CHECK(!entry.movable);
}

static void an_identity_kernel_slides_along(void)
{
	struct bzb_manifest manifest = of_kernel;
	struct bzb_entry entry;
	struct loaded l;

	manifest.virtual_address = LOAD_ADDRESS;
	l = load_elf(manifest, make_movable_elf(LOAD_ADDRESS));
	CHECK_ERR(BZB_ERR_BADSEGMENT, move(&l, 0x7fe00000, 0, &entry));
	CHECK_OK(move(&l, 0x3fe00000, 0, &entry));
	check_moved(&l, 0x40000000 - LOAD_ADDRESS);
	CHECK_EQ(0x40000000 - LOAD_ADDRESS, entry.slide);
}

static void a_fixed_kernel_has_one_place(void)
{
	struct bzb_manifest manifest = of_kernel;
	struct bzb_entry entry;
	struct loaded l;

	manifest.virtual_address = LOAD_ADDRESS;
	manifest.flags = BZB_MANIFEST_FIXED;
	l = load_elf(manifest, make_elf(LOAD_ADDRESS));
	CHECK_ERR(BZB_ERR_BADSEGMENT, move(&l, LOAD_ADDRESS, 0, &entry));
	CHECK_OK(move(&l, LOAD_ADDRESS - GAP, 0, &entry));
	CHECK_EQ(LOAD_ADDRESS + 0x10, entry.address);
}

/* Other kernels are limited to 2 GiB by 32-bit fields that move. */
static void a_fixed_kernel_may_be_above_2_gib(void)
{
	enum { P_PADDR = 0x18 };
	const uint64_t load_address = 5000 * MIB;
	struct bzb_manifest manifest = of_kernel;
	struct bzb_entry entry;
	unsigned char *elf;
	struct loaded l;

	manifest.load_address = manifest.virtual_address = load_address;
	manifest.flags = BZB_MANIFEST_FIXED;
	elf = make_elf(load_address);
	put(elf, 0x18, 8, load_address + 0x10);
	put(elf, 0x40 + P_PADDR, 8, load_address);
	put(elf, 0x78 + P_PADDR, 8, load_address + DATA_OFFSET);
	l = load_elf(manifest, elf);
	CHECK_OK(move(&l, load_address - GAP, 0, &entry));
	CHECK_EQ(load_address + 0x10, entry.address);
}

static void refuses_invalid_places(void)
{
	static const struct {
		uint64_t address, slide;
	} bad[] = {
		{ LOAD_ADDRESS + 0x1000, 0 }, /* not aligned */
		{ UINT64_MAX - GAP + 1, 0 },  /* the gap wraps */
		{ LOAD_ADDRESS, 0x1000 },
		{ LOAD_ADDRESS, (uint64_t)504 * GAP }, /* one place too far */
		{ LOAD_ADDRESS, -(uint64_t)GAP },
	};
	struct loaded l = load_elf(of_kernel, make_movable_elf(VIRTUAL_ADDRESS));
	struct bzb_entry entry;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK_ERR(BZB_ERR_BADSEGMENT, move(&l, bad[i].address, bad[i].slide, &entry));
	check_moved(&l, 0);
	CHECK_OK(move(&l, LOAD_ADDRESS, (uint64_t)503 * GAP, &entry));
	/* the gap does not wrap, the kernel does */
	l.load.manifest.alignment = 0x1000;
	CHECK_ERR(BZB_ERR_BADSEGMENT, move(&l, UINT64_MAX - GAP - 0xfff, 0, &entry));
}

static void moves_by_what_is_aligned(void)
{
	struct loaded l = load_elf(of_kernel, make_movable_elf(VIRTUAL_ADDRESS));
	struct bzb_entry entry;

	l.load.manifest.load_address += MIB;
	CHECK_ERR(BZB_ERR_BADSEGMENT, move(&l, LOAD_ADDRESS + GAP, 0, &entry));
	CHECK_OK(move(&l, LOAD_ADDRESS + GAP + MIB, 0, &entry));
}

/* A field after the file bytes, a table that ends too early, and an invalid table */
static void corrupt_relocations_are_refused(void)
{
	static const struct change bad[] = {
		{ TABLES, 8, VIRTUAL_ADDRESS + DATA_OFFSET + DATA_FILESZ },
		{ TABLES + 0x10, 1, 24 },      /* the count of .crel */
		{ TABLES + 0x140 + 32, 8, 7 }, /* the size of .relr */
	};
	struct bzb_entry entry;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		unsigned char *elf = make_movable_elf(VIRTUAL_ADDRESS);
		struct loaded l;

		put(elf, bad[i].offset, bad[i].width, bad[i].value);
		l = load_elf(of_kernel, elf);
		CHECK_ERR(BZB_ERR_BADRELOC, WATCHED(&entry, move(&l, LOAD_ADDRESS, GAP, &entry)));
	}
}

/* --- moving parts by themselves ------------------------------------------------- */

/* The first part is the gap; a border is in the 64-bit field, and one before the inverse one. */
static const uint32_t movable_ends[] = { GAP, GAP + 0x20, GAP + 0x104, ELF_SIZE };

static struct loaded load_parts(const struct bzb_manifest *manifest, const unsigned char *elf)
{
	struct loaded l = {
		.load = opened(manifest, pack_parts(elf, movable_ends, ARRAY_SIZE(movable_ends))),
	};

	l.memory = dirty_memory();
	CHECK_OK(load_to(l.memory, &l.load, &l.kernel));
	return l;
}

static int split(const struct loaded *l, uint64_t slide, struct bzb_load_moves *moves)
{
	return RETURNED(bzb_load_split(&l->load, l->memory, 0x3fe00000, slide, moves));
}

static int move_part(const struct loaded *l, uint32_t number, const struct bzb_load_moves *moves)
{
	return RETURNED(bzb_load_move_part(moves, number, l->memory));
}

static int move_rest(const struct loaded *l, const struct bzb_load_moves *moves,
		     struct bzb_entry *ret)
{
	return WATCHED(ret,
		       bzb_load_move_rest(&l->load, &l->kernel, moves, l->memory, 0x3fe00000, ret));
}

/* The last part first */
static void parts_move_by_themselves(void)
{
	const uint64_t slide = 0x2000000;
	struct loaded l = load_parts(&of_kernel, make_movable_elf(VIRTUAL_ADDRESS));
	struct bzb_load_moves *moves = test_alloc(sizeof(*moves));
	struct bzb_entry entry;

	CHECK_OK(split(&l, slide, moves));
	check_moved(&l, 0);
	for (uint32_t i = ARRAY_SIZE(movable_ends); --i > 1;)
		CHECK_OK(move_part(&l, i, moves));
	CHECK_EQ((uint32_t)(0x7f000fdc - slide), get(l.memory + GAP, 0x20, 4));
	CHECK_EQ(0x81000800, get(l.memory + GAP, 0x10, 4));
	CHECK_EQ(VIRTUAL_ADDRESS + 0x234560, get(l.memory + GAP, 0x100, 8));
	CHECK_OK(move_part(&l, 1, moves));
	CHECK_OK(move_part(&l, 0, moves));
	CHECK_OK(move_rest(&l, moves, &entry));
	check_moved(&l, slide);
	CHECK_EQ(0x40000010, entry.address);
	CHECK_EQ(slide, entry.slide);
	CHECK(entry.movable);
}

/* The first part is all that is there. */
static void the_first_part_is_enough_to_split(void)
{
	struct loaded l = load_parts(&of_kernel, make_movable_elf(VIRTUAL_ADDRESS));
	struct bzb_load_moves *moves = test_alloc(sizeof(*moves));

	memset(l.memory + GAP, 0xaf, ELF_SIZE - GAP);
	CHECK_OK(split(&l, 0x2000000, moves));
	CHECK_EQ(3, moves->count);
	CHECK(test_only(l.memory + GAP, 0xaf, ELF_SIZE - GAP));
}

static void an_identity_kernel_moves_by_parts(void)
{
	struct bzb_manifest manifest = of_kernel;
	struct bzb_load_moves *moves = test_alloc(sizeof(*moves));
	struct loaded l;

	manifest.virtual_address = LOAD_ADDRESS;
	l = load_parts(&manifest, make_movable_elf(LOAD_ADDRESS));
	CHECK_OK(split(&l, 0, moves));
	CHECK_EQ(0x40000000 - LOAD_ADDRESS, moves->slide);
}

/* bzb_load_move() does it, or reports the error. */
static void some_kernels_do_not_move_by_parts(void)
{
	struct loaded l = load_parts(&of_kernel, make_movable_elf(VIRTUAL_ADDRESS));
	struct bzb_load_moves *moves = test_alloc(sizeof(*moves));

	CHECK_ERR(BZB_ERR_NOTFOUND, split(&l, 0, moves));
	CHECK_ERR(BZB_ERR_BADSEGMENT, split(&l, 0x1000, moves));
	put(l.memory, TABLES, 8, VIRTUAL_ADDRESS + DATA_OFFSET + DATA_FILESZ);
	CHECK_ERR(BZB_ERR_BADRELOC, split(&l, GAP, moves));
	put(l.memory, 0, 1, 0);
	CHECK_ERR(BZB_ERR_BADMAGIC, split(&l, GAP, moves));
	l = load_parts(&of_kernel, make_elf(VIRTUAL_ADDRESS));
	CHECK_ERR(BZB_ERR_NOTFOUND, split(&l, GAP, moves));
	l.load.manifest.memory_size++;
	CHECK_ERR(BZB_ERR_BADHEADER, split(&l, GAP, moves));
	/* The first part ends in the gap. */
	l.load = opened_in_three(make_movable_elf(VIRTUAL_ADDRESS));
	CHECK_OK(load_to(l.memory, &l.load, &l.kernel));
	CHECK_ERR(BZB_ERR_NOTFOUND, split(&l, GAP, moves));
}

/* More fields in turn before and after a border than there is space for pieces */
static void too_many_pieces_are_refused(void)
{
	static const uint64_t fields[] = { 0x10, 0x20 };
	static const enum bzb_reloc_kind kinds[] = { BZB_RELOC_32, BZB_RELOC_32_INVERSE };
	struct bzb_load_moves *moves = test_alloc(sizeof(*moves));
	struct bzb_crel_list lists[BZB_ARRAY_SIZE(moves->pieces) + 1];
	unsigned char *elf = make_movable_elf(VIRTUAL_ADDRESS);
	struct loaded l;
	size_t size;

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		lists[i] = (struct bzb_crel_list){ kinds[i % 2], fields + i % 2, 1 };
	size = bzb_crel_write(VIRTUAL_ADDRESS, lists, ARRAY_SIZE(lists), elf + TABLES + 0x1000);
	put_shdr(elf + TABLES + 0x180, 7, 0x40000014, TABLES + 0x1000, size);
	put(elf, TABLES + 0x180 + 0x28, 4, 3);
	l = load_parts(&of_kernel, elf);
	CHECK_ERR(BZB_ERR_NOSPACE, split(&l, GAP, moves));
}

static void tables_that_change_are_refused(void)
{
	struct loaded l = load_parts(&of_kernel, make_movable_elf(VIRTUAL_ADDRESS));
	struct bzb_load_moves *moves = test_alloc(sizeof(*moves));
	struct bzb_entry entry;

	CHECK_OK(split(&l, GAP, moves));
	put(l.memory, TABLES + 0x10, 1, 0x80);
	memset(l.memory + TABLES + 0x11, 0x80, 20);
	CHECK_ERR(BZB_ERR_BADRELOC, move_part(&l, 1, moves));
	for (size_t i = 0; i < moves->count; i++)
		moves->pieces[i].range = 1;
	CHECK_ERR(BZB_ERR_BADRELOC, WATCHED(&entry, move_rest(&l, moves, &entry)));
}

/* --- boot_params --------------------------------------------------------------- */

static const struct bzb_framebuffer screen = {
	.base = 0x1fd000000,
	.width = 1024,
	.height = 768,
	.depth = 32,
	.line_length = 4096,
	.red = { 8, 16 },
	.green = { 8, 8 },
	.blue = { 8, 0 },
	.reserved = { 8, 24 },
	.type = BZB_VIDEO_TYPE_EFI,
};

static const struct change params_fields[] = {
	/* clang-format off */
	{ 0x00f, 1, 0x70 }, { 0x012, 2, 1024 }, { 0x014, 2, 768 }, { 0x016, 2, 32 },
	{ 0x018, 4, 0xfd000000 }, { 0x01c, 4, 768 * 4096 }, { 0x024, 2, 4096 },
	{ 0x026, 2, 0x1008 }, { 0x028, 2, 0x0808 }, { 0x02a, 2, 0x0008 }, { 0x02c, 2, 0x1808 },
	{ 0x036, 4, 3 }, { 0x03a, 4, 1 },
	{ 0x070, 8, 0xf0123 },			/* RSDP */
	{ 0x0c0, 4, 1 }, { 0x0c4, 4, 0 }, { 0x0c8, 4, 0 },
	{ 0x1e8, 1, 2 }, { 0x1ef, 1, 0 },
	{ 0x1f1, 1, 7 },			/* of the manifest's setup header */
	{ 0x210, 1, 0xff }, { 0x211, 1, 2 },	/* KASLR_FLAG */
	{ 0x218, 4, 0x23456000 }, { 0x21c, 4, 0x789 }, { 0x228, 4, 0x90000 },
	{ 0x236, 2, 0x3b },
	{ 0x2d0, 8, 0 }, { 0x2d8, 8, 0x9f000 }, { 0x2e0, 4, 1 },
	{ 0x2e4, 8, 0x100000 }, { 0x2ec, 8, 0x7f00000 }, { 0x2f4, 4, 1 },
	/* clang-format on */
};

static struct bzb_handoff known(void)
{
	static const struct bzb_memory_range map[] = {
		{ 0, 0x9f000, BZB_E820_RAM },
		{ 0x100000, 0x7f00000, BZB_E820_RAM },
	};

	return (struct bzb_handoff){
		.cmdline = 0x90000,
		.initrd = { 0x123456000, 0x789 },
		.rsdp = 0xf0123,
		.framebuffer = &screen,
		.map = map,
		.map_count = 2,
		.kaslr = true,
	};
}

static void params_have_all_that_is_known(void)
{
	struct bzb_handoff all = known();
	struct bzb_boot_params bp;
	struct bzb_load load;

	CHECK_OK(bzb_load_open(make_image(), &load));
	memset(&bp, 0xa5, sizeof(bp));
	CHECK_OK(bzb_load_params(&load, &all, &bp));
	check_fields(&bp, 0, params_fields, ARRAY_SIZE(params_fields));

	all = (struct bzb_handoff){ .loader_type = 0x70 };
	CHECK_OK(bzb_load_params(&load, &all, &bp));
	CHECK(test_only(&bp, 0, 0x1f1));
	CHECK_EQ(0x70, bp.hdr.type_of_loader);
	CHECK_EQ(0, bp.hdr.loadflags);
}

/* VESA's size is in units of 64 KiB, and its base may be low. */
static void params_know_both_screens(void)
{
	struct bzb_framebuffer vesa = screen;
	struct bzb_boot_params bp;

	vesa.type = BZB_VIDEO_TYPE_VLFB;
	vesa.base = 0xe0000000;
	vesa.height = 600;
	vesa.line_length = 3200;
	memset(&bp, 0xa5, sizeof(bp));
	bzb_boot_params_set_framebuffer(&bp, &vesa);
	CHECK_EQ(0x23, get(&bp, 0x0f, 1));
	CHECK_EQ(30, get(&bp, 0x1c, 4));
	CHECK_EQ(0, get(&bp, 0x36, 4));
	CHECK_EQ(0, get(&bp, 0x3a, 4));
}

static void a_long_map_wants_room(void)
{
	struct bzb_memory_range *map = test_alloc(200 * sizeof(*map));
	struct bzb_handoff all = { .map = map, .map_count = 200, .ext_addr = 0x5000 };
	struct bzb_boot_params bp;
	struct bzb_load load;

	for (size_t i = 0; i < 200; i++)
		map[i] = (struct bzb_memory_range){ i * 0x10000, 0x1000, BZB_E820_RAM };
	CHECK_OK(bzb_load_open(make_image(), &load));
	CHECK_ERR(BZB_ERR_NOSPACE, WATCHED(&bp, bzb_load_params(&load, &all, &bp)));
	all.ext_size = bzb_boot_params_e820_ext_size(200);
	all.ext = test_alloc(all.ext_size);
	CHECK_OK(bzb_load_params(&load, &all, &bp));
	CHECK_EQ(128, bp.e820_entries);
	CHECK_EQ(0x5000, bzb_ld64(bp.hdr.setup_data));
}

static const struct test tests[] = {
	{ "an image is opened", opens_an_image },
	{ "payloads may contain their own size", opens_payloads_that_say_their_own_size },
	{ "bytes after an image do not matter", more_may_follow },
	{ "an image is opened without its headers", opens_by_the_manifest },
	{ "a broken image is refused without its headers, too", refuses_broken_manifests },
	{ "broken images are refused, each for its defect", refuses_broken_images },
	{ "images of other programs are refused", refuses_other_images },
	{ "every truncated image is refused", every_truncation_of_the_file_is_noticed },
	{ "a command line without its NUL counts as none", a_command_line_without_end_is_none },
	{ "bytes outside the image are never returned", returns_nothing_outside_the_image },
	{ "the plan for a Linux kernel", plans_for_linux },
	{ "no plan uses memory below 1 MiB", plans_above_the_first_mib },
	{ "the plan for a kernel that runs at its physical address", plans_for_an_identity_kernel },
	{ "the plan for a fixed kernel", plans_for_a_fixed_kernel },
	{ "the plan for a load address that is not aligned",
	  plans_for_a_load_address_that_is_not_aligned },
	{ "no plan uses addresses that do not fit in a pointer", plans_for_addresses_in_pointers },
	{ "an invalid manifest or decoder is refused", refuses_to_plan },
	{ "the decoder works where the kernel's bss will be", plans_the_workspace_in_bss },
	{ "a decoder that asks for too much memory is refused",
	  refuses_decoders_that_ask_for_too_much },
	{ "no slide leaves the kernel's window", slides_stay_in_the_window },
	{ "all places of a range are counted", counts_places },
	{ "the kernel is aligned, not the gap before it", aligns_the_kernel_not_the_gap },
	{ "no place reaches above the highest byte", stays_below_the_highest_byte },
	{ "there is no place for too large a gap", has_no_place_for_too_large_a_gap },
	{ "without a random number, it is the first place", chooses_the_first },
	{ "with a random number, it is any place of any range", chooses_among_all },
	{ "no place is chosen if none fits", chooses_nothing_where_nothing_fits },
	{ "random numbers are below their limit", random_numbers_are_below },
	{ "RAM in the map is free", ram_of_the_map_is_free },
	{ "taken memory is not free", taken_memory_is_not_free },
	{ "nothing is free if all is taken", nothing_is_free_if_all_is_taken },
	{ "segments are loaded to p_paddr", segments_arrive },
	{ "bss is cleared", bss_is_zero_in_dirty_memory },
	{ "every damaged byte of a part is found", no_damaged_byte_gets_through },
	{ "every truncated stream is refused", every_truncation_is_noticed },
	{ "a stream of another size than stated is refused", another_size_is_refused },
	{ "a kernel other than the manifest's is refused", another_kernel_is_refused },
	{ "an ELF that is not a kernel is refused", refuses_an_elf_that_is_not_a_kernel },
	{ "too little memory, another decoder: refused", too_little_memory_is_refused },
	{ "three parts are loaded, the last one first", parts_load_in_any_order },
	{ "a part of another size is refused, and too little memory for it",
	  a_part_of_another_size_is_refused },
	{ "parts of another kernel are refused", another_kernel_of_parts_is_refused },
	{ "a kernel of three parts is loaded", parts_load_in_turn },
	{ "damage is found in its part, and in no other part", damage_is_found_by_its_part },
	{ "any wrong byte of a checksum is found", a_wrong_checksum_is_found },
	{ "a part beyond the last one is refused", there_are_no_more_parts },
	{ "symbols in a part of their own are not loaded", symbols_are_not_loaded },
	{ "bss is zero where symbols were decompressed to",
	  symbols_in_a_part_of_the_kernel_are_cleared },
	{ "symbols that are decompressed need memory", symbols_that_are_decompressed_need_memory },
	{ "a kernel is moved", moves_a_kernel },
	{ "a kernel may stay at its link address", leaves_a_kernel_where_it_is_linked },
	{ "a kernel without relocations does not slide",
	  a_kernel_without_relocations_does_not_slide },
	{ "a kernel that runs at its physical address slides with it",
	  an_identity_kernel_slides_along },
	{ "a fixed kernel has one place", a_fixed_kernel_has_one_place },
	{ "a fixed kernel may be above 2 GiB", a_fixed_kernel_may_be_above_2_gib },
	{ "invalid places are refused", refuses_invalid_places },
	{ "parts move by themselves, with the same result", parts_move_by_themselves },
	{ "the first part is enough to sort the fields by parts",
	  the_first_part_is_enough_to_split },
	{ "an identity kernel moves by parts", an_identity_kernel_moves_by_parts },
	{ "some kernels do not move by parts", some_kernels_do_not_move_by_parts },
	{ "fields in too many pieces are refused", too_many_pieces_are_refused },
	{ "tables that change before a part moves are refused", tables_that_change_are_refused },
	{ "an unaligned load address moves by aligned distances", moves_by_what_is_aligned },
	{ "corrupt relocations are refused", corrupt_relocations_are_refused },
	{ "boot_params have all that is known", params_have_all_that_is_known },
	{ "boot_params describe EFI's and VESA's screens", params_know_both_screens },
	{ "a long memory map needs room", a_long_map_wants_room },
};

int main(void)
{
	return RUN_TESTS(tests);
}
