/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernels that bzboot did not pack, by the same calls: bzboot/load.h; compressed by zstd, in 32
 * bits not at all */
#include "kernels.h"

#if UINTPTR_MAX > UINT32_MAX
#include <zstd.h>
#define WITH_ZSTD
#endif

#define SETUP 0x400u			/* bytes before PM */
#define INIT_SIZE 0x800000u
#define ALIGNMENT 0x200000u

/* boot.rst */
enum {
	SYSSIZE = 0x1f4,
	HEADER = 0x202,
	VERSION = 0x206,
	KERNEL_ALIGNMENT = 0x230,
	RELOCATABLE = 0x234,
	XLOADFLAGS = 0x236,
	PREF_ADDRESS = 0x258,
	INIT_SIZE_AT = 0x260,
};

/* --- images --- */

static struct bzb_span join(const unsigned char *head, size_t size, struct bzb_span tail)
{
	unsigned char *bytes = test_alloc(size + tail.size);

	memcpy(bytes, head, size);
	memcpy(bytes + size, tail.data, tail.size);
	return (struct bzb_span){ bytes, size + tail.size };
}

/* With the trailer; in 32 bits, not compressed */
static struct bzb_span compressed(struct bzb_span elf)
{
#ifdef WITH_ZSTD
	size_t room = ZSTD_compressBound(elf.size), size;
	unsigned char *bytes = test_alloc(room + 4);

	size = ZSTD_compress(bytes, room, elf.data, elf.size, 3);
	CHECK(!ZSTD_isError(size));
	put(bytes, size, 4, elf.size);
	return (struct bzb_span){ bytes, size + 4 };
#else
	return elf;
#endif
}

static struct bzb_span bzimage_of(struct bzb_span payload)
{
	unsigned char setup[SETUP] = { 0 };

	put(setup, 0x1f1, 1, 1);
	put(setup, SYSSIZE, 4, (payload.size + 15) / 16);
	put(setup, 0x1fe, 2, 0xaa55);
	put(setup, 0x200, 2, 0x6aeb);
	memcpy(setup + HEADER, "HdrS", 4);
	put(setup, VERSION, 2, 0x20f);
	put(setup, 0x211, 1, 1);
	put(setup, KERNEL_ALIGNMENT, 4, ALIGNMENT);
	put(setup, RELOCATABLE, 1, 1);
	put(setup, XLOADFLAGS, 2, 0x3f);
	put(setup, 0x24c, 4, payload.size);
	put(setup, PREF_ADDRESS, 8, LOAD_AT);
	put(setup, INIT_SIZE_AT, 4, INIT_SIZE);
	return join(setup, SETUP, payload);
}

static struct bzb_span linux_bzimage(void)
{
	return bzimage_of(compressed(vmlinux_with_table()));
}

/* Headers of 0x200 bytes, of PE without sections */
static struct bzb_span zboot_of(struct bzb_span payload, const char *codec, uint32_t trailer)
{
	unsigned char head[0x200] = { 0 };

	memcpy(head, "MZ\0\0zimg", 8);
	put(head, 0x08, 4, sizeof(head));
	put(head, 0x0c, 4, payload.size - trailer);
	memcpy(head + 0x18, codec, strlen(codec));
	put(head, 0x3c, 4, 0x40);
	memcpy(head + 0x40, "PE\0\0", 4);
	put(head, 0x44, 2, 0x8664);
	put(head, 0x54, 2, 0x70);
	put(head, 0x58, 2, 0x20b);
	put(head, 0x58 + 32, 4, 0x1000);
	put(head, 0x58 + 36, 4, 0x200);
	put(head, 0x58 + 56, 4, 0x1000);
	put(head, 0x58 + 60, 4, 0x200);
	return join(head, sizeof(head), payload);
}

static struct bzb_span linux_zboot(void)
{
#ifdef WITH_ZSTD
	return zboot_of(compressed(vmlinux_with_table()), "zstd", 4);
#else
	return zboot_of(vmlinux_with_table(), "none", 0);
#endif
}

/* --- opening --- */

static int open_file(struct bzb_span file)
{
	struct bzb_load load;

	return WATCHED(&load, bzb_load_open_foreign(file, &load));
}

static struct bzb_load opened(struct bzb_span file)
{
	struct bzb_load load;

	CHECK_OK(bzb_load_open(file, &load));
	return load;
}

static void opens_an_elf(void)
{
	struct bzb_load load = opened(vmlinux_with_table());
	const struct bzb_manifest *m = &load.manifest;

	CHECK_EQ(0, open_file(vmlinux_with_table()));
	CHECK_EQ(BZB_CODEC_NONE, m->codec);
	CHECK_EQ(LOAD_AT, m->load_address);
	CHECK_EQ(LINKED, m->virtual_address);
	CHECK_EQ(MEMORY_END, m->memory_size);
	CHECK_EQ(ALIGNMENT, m->alignment);
	CHECK_EQ(0, m->gap);
	CHECK_EQ(0, m->flags);
	CHECK_EQ(1, bzb_load_parts(&load));
	CHECK_EQ(0, bzb_load_cmdline(&load).size);
	CHECK_EQ(0, bzb_load_initrd(&load).size);
	CHECK_EQ(BZB_MANIFEST_FIXED, opened(plain_vmlinux()).manifest.flags);
}

static void opens_a_bzimage(void)
{
	struct bzb_span file = linux_bzimage();
	struct bzb_load load = opened(file);

	CHECK_EQ(LOAD_AT, load.manifest.load_address);
	CHECK_EQ(LINKED, load.manifest.virtual_address);
	CHECK_EQ(INIT_SIZE, load.manifest.memory_size);
	CHECK_EQ(ALIGNMENT, load.manifest.alignment);
	CHECK_EQ(0, load.manifest.flags);
	CHECK_EQ(0x3f, bzb_ld16(load.manifest.setup.xloadflags));
	load = opened(CHANGED(file, { RELOCATABLE, 1, 0 }, { KERNEL_ALIGNMENT, 4, 0x1000000 }));
	CHECK_EQ(BZB_MANIFEST_FIXED, load.manifest.flags);
	CHECK_EQ(0x1000000, load.manifest.alignment);
	CHECK_EQ(ALIGNMENT, opened(CHANGED(file, { KERNEL_ALIGNMENT, 4, 1 })).manifest.alignment);
}

/* syssize is the size of PM in units of 16 bytes; if that is too much, all is the image. */
static void an_image_ends_before_its_signatures(void)
{
	struct bzb_span file = linux_bzimage();

	CHECK_EQ(SETUP + 0x20, opened(CHANGED(file, { SYSSIZE, 4, 2 })).image.size);
	CHECK_EQ(file.size, opened(CHANGED(file, { SYSSIZE, 4, 0xffffffff })).image.size);
}

static void opens_a_zboot_image(void)
{
	struct bzb_load load = opened(linux_zboot());

	CHECK_EQ(LOAD_AT, load.manifest.load_address);
	CHECK_EQ(LINKED, load.manifest.virtual_address);
	CHECK_EQ(0, load.manifest.flags);
	load = opened(zboot_of(plain_vmlinux(), "none", 0));
	CHECK_EQ(MEMORY_END, load.manifest.memory_size);
	CHECK_EQ(BZB_MANIFEST_FIXED, load.manifest.flags);
}

static const struct defect broken_bzimages[] = {
	{ "no header", { { HEADER, 1, 'h' } }, BZB_ERR_BADMAGIC },
	{ "protocol 2.11", { { VERSION, 2, 0x20b } }, BZB_ERR_BADVERSION },
	{ "for 32 bits", { { XLOADFLAGS, 2, 0x3e } }, BZB_ERR_BADMACHINE },
	{ "no alignment", { { KERNEL_ALIGNMENT, 4, 0 } }, BZB_ERR_BADHEADER },
	{ "another alignment", { { KERNEL_ALIGNMENT, 4, 0x300000 } }, BZB_ERR_BADHEADER },
	{ "no memory", { { INIT_SIZE_AT, 4, 0 } }, BZB_ERR_BADHEADER },
	{ "no payload", { { 0x24c, 4, 0 } }, BZB_ERR_BADCODEC },
	{ "a payload past the end", { { 0x248, 4, 0x10000 } }, BZB_ERR_TRUNCATED },
};

static const struct defect broken_zboots[] = {
	{ "for another machine", { { 0x44, 2, 0xaa64 } }, BZB_ERR_BADMACHINE },
	{ "no PE", { { 0x40, 1, 0 } }, BZB_ERR_BADMAGIC },
	{ "a payload past the end", { { 0x0c, 4, 0x10000 } }, BZB_ERR_TRUNCATED },
	{ "another codec", { { 0x18, 1, 'Z' } }, BZB_ERR_BADCODEC },
	{ "no stream", { { 0x200, 1, 0 } }, BZB_ERR_BADCODEC },
};

static void refuses_broken_files(void)
{
	check_defects(linux_bzimage(), broken_bzimages, ARRAY_SIZE(broken_bzimages), open_file);
	check_defects(linux_zboot(), broken_zboots, ARRAY_SIZE(broken_zboots), open_file);
	CHECK_ERR(BZB_ERR_BADMAGIC, open_file((struct bzb_span){ NULL, 0 }));
	CHECK_ERR(BZB_ERR_BADMACHINE, open_file(CHANGED(plain_vmlinux(), { 0x12, 2, 22 })));
#ifdef WITH_ZSTD
	CHECK_ERR(BZB_ERR_BADSIZE, open_file((struct bzb_span){ NULL, (size_t)UINT32_MAX + 1 }));
#endif
}

/* An image of another version of bzboot is not opened as a bzImage: fields of its kernel would be
 * missed. */
static void refuses_other_versions_of_our_images(void)
{
	struct bzb_load load;

	CHECK_ERR(BZB_ERR_BADMAGIC,
		  WATCHED(&load, bzb_load_open(CHANGED(IMAGE(hybrid), { 0x2007, 1, 2 }), &load)));
}

/* --- planning, loading, moving --- */

static const struct bzb_decoder *decoder_of(const struct bzb_load *load)
{
#ifdef WITH_ZSTD
	if (load->manifest.codec == BZB_CODEC_ZSTD)
		return &bzb_decoder_zstd;
#endif
	CHECK_EQ(BZB_CODEC_NONE, load->manifest.codec);
	return &bzb_decoder_none;
}

static struct bzb_load_plan planned(const struct bzb_load *load)
{
	struct bzb_load_plan plan;

	CHECK_OK(bzb_load_plan(load, decoder_of(load), &plan));
	return plan;
}

static void plans_for_an_elf(void)
{
	struct bzb_load load = opened(vmlinux_with_table());
	struct bzb_load_plan plan = planned(&load);

	CHECK_EQ(ALIGNMENT, plan.memory.size);
	CHECK_EQ(MEMORY_END, plan.workspace);
	CHECK_EQ(0, plan.memory.gap);
	CHECK_EQ(LOAD_AT, plan.memory.lowest);
	CHECK_EQ(MEMORY_END, plan.kernel_size);
	CHECK(!plan.fixed && !plan.identity);
	CHECK_EQ(504, plan.slides);
	load = opened(plain_vmlinux());
	plan = planned(&load);
	CHECK(plan.fixed);
	CHECK_EQ(LOAD_AT + ALIGNMENT - 1, plan.memory.highest);
}

/* The ELF is decompressed to memory between the kernel and the workspace. */
static void plans_for_a_bzimage(void)
{
	struct bzb_load load = opened(linux_bzimage());
	struct bzb_load_plan plan = planned(&load);
	uint64_t elf = load.manifest.codec == BZB_CODEC_NONE ? 0 : load.manifest.elf_size;

	CHECK_EQ(INIT_SIZE, plan.kernel_size);
	CHECK_EQ(bzb_align_up(INIT_SIZE + elf, 64), plan.workspace);
	CHECK(plan.memory.size >= plan.workspace + decoder_of(&load)->workspace_size(load.stream));
	CHECK_EQ(LOAD_AT, plan.memory.lowest);
	load.manifest.memory_size = ((uint64_t)1 << 46) - elf;
	CHECK_ERR(BZB_ERR_BADHEADER,
		  WATCHED(&plan, bzb_load_plan(&load, decoder_of(&load), &plan)));
}

/* A kernel in memory that is not cleared */
struct loaded {
	struct bzb_load load;
	struct bzb_load_plan plan;
	unsigned char *memory;
	struct bzb_kernel_elf kernel;
};

static int try_load(struct bzb_span file, struct loaded *ret)
{
	struct loaded l = { .load = opened(file) };
	size_t size;
	int err;

	l.plan = planned(&l.load);
	size = (size_t)l.plan.memory.size;
	l.memory = test_alloc(size + 64);
	l.memory += 64 - (uintptr_t)l.memory % 64;
	memset(l.memory, 0xa5, size);
	err = WATCHED(&l.kernel,
		      bzb_load_kernel(&l.load, decoder_of(&l.load), l.memory, size, &l.kernel));
	*ret = l;
	return err;
}

/* At 2 MiB above its load address, higher by @slide than linked */
static void check_booted(struct bzb_span file, uint64_t slide)
{
	struct bzb_entry entry;
	struct loaded l;

	CHECK_RETURN(0, try_load(file, &l));
	CHECK_OK(bzb_load_move(&l.load, &l.kernel, l.memory, LOAD_AT + ALIGNMENT, slide, &entry));
	CHECK(entry.movable);
	CHECK_EQ(slide, entry.slide);
	CHECK_EQ(LOAD_AT + ALIGNMENT + 0x40, entry.address);
	check_fields_at(l.memory, slide);
	CHECK(test_only(l.memory + TEXT_SIZE, 0, DATA_AT - TEXT_SIZE));
	CHECK(test_only(l.memory + DATA_AT, 0xda, DATA_SIZE));
	CHECK(test_only(l.memory + DATA_AT + DATA_SIZE, 0, MEMORY_END - DATA_AT - DATA_SIZE));
}

static void loads_and_moves_every_kind(void)
{
	check_booted(vmlinux_with_table(), 0);
	check_booted(vmlinux_with_table(), 0x2000000);
	check_booted(vmlinux_with_rela(), 0x2000000);
	check_booted(linux_bzimage(), 0);
	check_booted(linux_bzimage(), 0x2000000);
	check_booted(unaligned(linux_bzimage()), 0x2000000);
	check_booted(linux_zboot(), 0x2000000);
}

/* A kernel that runs at its physical address moves with it. */
static void moves_an_identity_kernel(void)
{
	struct bzb_span file = CHANGED(vmlinux_with_dynamic(), { PHDRS + 24, 8, LINKED },
				       { PHDRS + PHDR + 24, 8, LINKED + DATA_AT },
				       { 0x18, 8, LINKED + 0x40 });
	struct bzb_load load = opened(file);

	CHECK(planned(&load).identity);
}

/* Physical addresses are virtual ones, as of any program that needs no page tables. */
static void loads_programs_for_other_machines(void)
{
	const uint64_t at = (uint64_t)8 << 30;

	for (size_t i = 0; i < TEST_MACHINES; i++) {
		const bool is_native = test_machines[i].number == 62;
		struct bzb_span file = CHANGED(vmlinux_for(&test_machines[i]),
					       { PHDRS + 24, 8, LINKED },
					       { PHDRS + PHDR + 24, 8, LINKED + DATA_AT },
					       { 0x18, 8, LINKED + 0x40 });
		struct bzb_entry entry;
		struct loaded l;

		CHECK_RETURN(0, try_load(file, &l));
		CHECK_EQ(is_native ? INT32_MAX : ((uint64_t)1 << 46) - 1, l.plan.memory.highest);
		if (is_native)
			continue;
		CHECK_OK(bzb_load_move(&l.load, &l.kernel, l.memory, at, 0, &entry));
		CHECK_EQ(at + 0x40, entry.address);
		CHECK_EQ(at + 0x30, get(l.memory, RELATIVE, 8));
		CHECK_EQ(at + 0x234560, get(l.memory, WIDE, 8));
		CHECK_ERR(BZB_ERR_BADTYPE,
			  open_file(CHANGED(file, { TEXT_AT + 0x38, 4, test_machines[i].magic })));
	}
}

static void a_kernel_without_relocations_does_not_slide(void)
{
	struct bzb_entry entry;
	struct loaded l;

	CHECK_RETURN(0, try_load(plain_vmlinux(), &l));
	CHECK_OK(bzb_load_move(&l.load, &l.kernel, l.memory, LOAD_AT, 0x200000, &entry));
	CHECK(!entry.movable);
	CHECK_EQ(0, entry.slide);
	check_fields_at(l.memory, 0);
	CHECK_ERR(BZB_ERR_BADSEGMENT,
		  WATCHED(&entry, bzb_load_move(&l.load, &l.kernel, l.memory, LOAD_AT + ALIGNMENT,
						0, &entry)));
}

static void refuses_another_kernel_than_the_header_says(void)
{
	struct bzb_span file = linux_bzimage();
	struct loaded l;

	CHECK_RETURN(-BZB_ERR_BADHEADER,
		     try_load(CHANGED(file, { PREF_ADDRESS, 8, LOAD_AT + ALIGNMENT }), &l));
	CHECK_RETURN(-BZB_ERR_BADHEADER,
		     try_load(CHANGED(file, { INIT_SIZE_AT, 4, MEMORY_END - 1 }), &l));
	CHECK_RETURN(0, try_load(CHANGED(file, { INIT_SIZE_AT, 4, MEMORY_END }), &l));
	CHECK_RETURN(0, try_load(bzimage_of(compressed(plain_vmlinux())), &l));
	CHECK_RETURN(-BZB_ERR_BADHEADER,
		     try_load(bzimage_of(compressed(CHANGED(plain_vmlinux(),
							    { PHDRS + 16, 8, LINKED + 1 }))),
			      &l));
	CHECK_RETURN(-BZB_ERR_BADHEADER,
		     try_load(bzimage_of(compressed(CHANGED(plain_vmlinux(),
							    { PHDRS + 24, 8, LOAD_AT - 0x1000 },
							    { 0x18, 8, LOAD_AT - 0x1000 }))),
			      &l));
#ifdef WITH_ZSTD
	CHECK_RETURN(-BZB_ERR_BADMAGIC,
		     try_load(bzimage_of(compressed((struct bzb_span){
				      memset(test_alloc(0x1000), 0, 0x1000), 0x1000 })),
			      &l));
#endif
}

/* Errors in what the tables say of single fields are found when they are used. */
static void refuses_corrupt_relocations(void)
{
	struct bzb_entry entry;
	struct loaded l;

	CHECK_RETURN(0, try_load(CHANGED(vmlinux_with_rela(), { TEXT_AT + RELA_TABLE + 8, 4, 99 }),
				 &l));
	CHECK_ERR(BZB_ERR_BADRELOC, WATCHED(&entry, bzb_load_move(&l.load, &l.kernel, l.memory,
								  LOAD_AT, 0x200000, &entry)));
	CHECK_RETURN(-BZB_ERR_BADRELOC,
		     try_load(CHANGED(vmlinux_with_dynamic(), { TEXT_AT + RELA_TABLE + 8, 4, 99 }),
			      &l));
}

#ifdef WITH_ZSTD
static void refuses_corrupt_payloads(void)
{
	struct bzb_span file = linux_bzimage();
	struct loaded l;

	CHECK_RETURN(-BZB_ERR_BADDATA, try_load(CHANGED(file, { SETUP + 5, 4, 0 }), &l));
	CHECK_RETURN(-BZB_ERR_BADSIZE, try_load(CHANGED(file, { file.size - 4, 4, 0x1000 }), &l));
}
#endif

/* In steps, as for several processors */
static void loads_in_steps(void)
{
	struct bzb_load load = opened(linux_bzimage());
	struct bzb_load_plan plan = planned(&load);
	unsigned char *memory = test_alloc((size_t)plan.memory.size + 64);
	const struct bzb_decoder *decoder = decoder_of(&load);
	struct bzb_kernel_elf kernel;

	memory += 64 - (uintptr_t)memory % 64;
	memset(memory, 0xa5, (size_t)plan.memory.size);
	CHECK_ERR(BZB_ERR_NOTFOUND, bzb_load_part(&load, decoder, 1, memory, memory, 0));
	CHECK_OK(bzb_load_part(&load, decoder, 0, memory, memory + plan.workspace,
			       decoder->workspace_size(load.stream)));
	bzb_load_clear(&load, &plan, memory);
	CHECK(test_only(memory, 0xa5, INIT_SIZE));
	CHECK_OK(bzb_load_finish(&load, &plan, memory, &kernel));
	check_fields_at(memory, 0);
}

/* boot_params have a header that a kernel accepts, also of a bare ELF. */
static void params_have_a_setup_header(void)
{
	const struct bzb_handoff none = { 0 };
	struct bzb_boot_params params;
	struct bzb_load load = opened(vmlinux_with_table());

	CHECK_OK(bzb_load_params(&load, &none, &params));
	CHECK(!memcmp(params.hdr.header, "HdrS", 4));
	CHECK_EQ(0x20f, bzb_ld16(params.hdr.version));
	CHECK_EQ(1, params.hdr.loadflags);
	CHECK_EQ(LOAD_AT, bzb_ld64(params.hdr.pref_address));
	load = opened(linux_bzimage());
	CHECK_OK(bzb_load_params(&load, &none, &params));
	CHECK_EQ(INIT_SIZE, bzb_ld32(params.hdr.init_size));
}

static const struct test tests[] = {
	{ "an ELF is opened", opens_an_elf },
	{ "a bzImage is opened", opens_a_bzimage },
	{ "a bzImage ends before its signatures", an_image_ends_before_its_signatures },
	{ "a zboot image is opened", opens_a_zboot_image },
	{ "broken files are refused, each for its defect", refuses_broken_files },
	{ "an image of another version of bzboot is refused",
	  refuses_other_versions_of_our_images },
	{ "the plan for an ELF", plans_for_an_elf },
	{ "the plan for a bzImage has memory for its ELF", plans_for_a_bzimage },
	{ "every kind is loaded and moved", loads_and_moves_every_kind },
	{ "a kernel may run at its physical address", moves_an_identity_kernel },
	{ "a program for another machine is loaded, Linux is not",
	  loads_programs_for_other_machines },
	{ "a kernel without relocations does not slide",
	  a_kernel_without_relocations_does_not_slide },
	{ "a kernel other than the header's is refused",
	  refuses_another_kernel_than_the_header_says },
	{ "corrupt relocations are refused", refuses_corrupt_relocations },
#ifdef WITH_ZSTD
	{ "corrupt payloads are refused", refuses_corrupt_payloads },
#endif
	{ "a kernel is loaded in steps", loads_in_steps },
	{ "boot_params have a setup header", params_have_a_setup_header },
};

int main(void)
{
	return RUN_TESTS(tests);
}
