/* SPDX-License-Identifier: BSD-2-Clause */
/* The kinds of a file: bzboot/probe.h */
#include "test.h"

static void check_kinds(unsigned int kinds, struct bzb_span file)
{
	CHECK_EQ(kinds, bzb_probe(exact(file)));
	CHECK_EQ(kinds, bzb_probe(unaligned(file)));
}

static void knows_an_elf_file(void)
{
	struct bzb_span good = IMAGE(elf_linux);

	check_kinds(BZB_IS_ELF, good);
	check_kinds(BZB_IS_ELF, IMAGE(payload_elf_head));
	check_kinds(BZB_IS_ELF, CHANGED(good, { 4, 1, 1 }));	  /* 32-bit */
	check_kinds(BZB_IS_ELF, CHANGED(good, { 5, 1, 2 }));	  /* big-endian */
	check_kinds(BZB_IS_ELF, CHANGED(good, { 0x12, 2, 183 })); /* AArch64 */
}

static void knows_a_pe_image(void)
{
	check_kinds(BZB_IS_PE, IMAGE(pe_x86_64));
	check_kinds(BZB_IS_PE, IMAGE(pe32_i386));
}

/* Names of the first two sections of pe_x86_64, and the kinds that they make it. */
static void knows_unified_kernel_images_and_addons(void)
{
	static const struct {
		const char *first, *second;
		unsigned int kinds;
	} rows[] = {
		{ ".linux", ".osrel", BZB_IS_PE | BZB_IS_UKI },
		{ ".linux", ".cmdline", BZB_IS_PE },
		{ ".osrel", ".uname", BZB_IS_PE },
		{ ".text", ".cmdline", BZB_IS_PE | BZB_IS_ADDON },
		{ ".initrd", ".text", BZB_IS_PE | BZB_IS_ADDON },
		{ ".text", ".ucode", BZB_IS_PE | BZB_IS_ADDON },
		{ ".text", ".dtb", BZB_IS_PE | BZB_IS_ADDON },
		{ ".text", ".dtbauto", BZB_IS_PE | BZB_IS_ADDON },
		{ ".text", ".bzcmd", BZB_IS_PE },
	};
	unsigned char *file = (void *)(uintptr_t)exact(IMAGE(pe_x86_64)).data;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		test_state.subject = rows[i].second;
		memset(file + 0xf8, 0, 8);
		memset(file + 0xf8 + 40, 0, 8);
		memcpy(file + 0xf8, rows[i].first, strlen(rows[i].first));
		memcpy(file + 0xf8 + 40, rows[i].second, strlen(rows[i].second));
		check_kinds(rows[i].kinds, (struct bzb_span){ file, IMAGE(pe_x86_64).size });
	}
}

static void knows_a_bzimage(void)
{
	check_kinds(BZB_IS_BZIMAGE, IMAGE(bzimage_2_15));
}

static void knows_a_zboot_image(void)
{
	check_kinds(BZB_IS_ZBOOT, IMAGE(zboot_zstd));
}

static void knows_an_image_of_ours(void)
{
	check_kinds(BZB_IS_PE | BZB_IS_BZIMAGE | BZB_IS_ZBOOT | BZB_IS_BZBOOT, IMAGE(hybrid));
}

/* Only machines with x86-64 have bzImages. */
static void knows_an_image_of_ours_for_another_machine(void)
{
	check_kinds(BZB_IS_PE | BZB_IS_ZBOOT | BZB_IS_BZBOOT,
		    CHANGED(IMAGE(hybrid), { 0x44, 2, 0xaa64 }, { 0x202, 4, 0 }));
}

/* Each mark of the hybrid is removed in turn; the manifest alone is not a kind. */
static void ours_are_all_of_it(void)
{
	struct bzb_span good = IMAGE(hybrid);

	check_kinds(BZB_IS_PE | BZB_IS_BZIMAGE | BZB_IS_ZBOOT, CHANGED(good, { 0x2000, 1, 'B' }));
	check_kinds(BZB_IS_PE | BZB_IS_BZIMAGE | BZB_IS_ZBOOT, CHANGED(good, { 0x2007, 1, 1 }));
	check_kinds(BZB_IS_PE | BZB_IS_BZIMAGE, CHANGED(good, { 4, 4, 0 }));
	check_kinds(BZB_IS_PE | BZB_IS_ZBOOT, CHANGED(good, { 0x202, 4, 0 }));
	check_kinds(BZB_IS_BZIMAGE | BZB_IS_ZBOOT, CHANGED(good, { 0x40, 4, 0 }));
	check_kinds(BZB_IS_PE | BZB_IS_BZIMAGE | BZB_IS_ZBOOT,
		    CHANGED(good, { 0xf8 + 40, 1, '_' })); /* .data by another name */
	check_kinds(BZB_IS_BZIMAGE, CHANGED(good, { 0, 2, 0 }));
}

static void a_manifest_elsewhere_is_not_ours(void)
{
	unsigned char *file = (void *)(uintptr_t)exact(IMAGE(hybrid)).data;

	memcpy(file + 0x1000, file + 0x2000, 8);
	memset(file + 0x2000, 0, 8);
	check_kinds(BZB_IS_PE | BZB_IS_BZIMAGE | BZB_IS_ZBOOT,
		    (struct bzb_span){ file, IMAGE(hybrid).size });
}

static void knows_nothing_else(void)
{
	static const struct bzb_span others[] = {
		{ NULL, 0 },
		TEXT("\x7f"),
		TEXT("\x7f"
		     "EL"),
		TEXT("MZ"),
		TEXT("MZ\0\0zim"),
		TEXT("\x1f\x8b\x08\0"),
		TEXT("\x28\xb5\x2f\xfd"),
		TEXT("#!/bin/sh\n"),
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(others); i++)
		check_kinds(0, others[i]);
}

static void believes_no_offset(void)
{
	check_kinds(0, CHANGED(IMAGE(pe_x86_64), { 0x3c, 4, 0xffffffff }));
	check_kinds(0, CHANGED(IMAGE(pe_x86_64), { 0x3c, 4, 0x3dd }));
	check_kinds(0, CHANGED(IMAGE(pe_x86_64), { 0x3c, 4, 0 }));
}

/* Marks vanish one after the other as a file gets shorter. */
static void truncated_files_have_fewer_marks(void)
{
	const struct bzb_span images[] = {
		IMAGE(elf_linux),    IMAGE(pe_x86_64),	IMAGE(pe32_i386),
		IMAGE(bzimage_2_15), IMAGE(zboot_zstd), prefix(IMAGE(hybrid), 0x2010),
	};
	struct test_block *before = test_state.blocks;
	size_t i, size;

	for (i = 0; i < ARRAY_SIZE(images); i++) {
		unsigned int last = 0;

		for (size = 0; size <= images[i].size; size++) {
			unsigned int kinds = bzb_probe(exact(prefix(images[i], size)));

			test_free(before);
			CHECK_EQ(last, kinds & last);
			last = kinds;
		}
	}
}

static const struct test tests[] = {
	{ "an ELF file of any kind is recognised", knows_an_elf_file },
	{ "a PE image is recognised", knows_a_pe_image },
	{ "unified kernel images and addons are recognised",
	  knows_unified_kernel_images_and_addons },
	{ "a bzImage is recognised", knows_a_bzimage },
	{ "a zboot image is recognised", knows_a_zboot_image },
	{ "an image of ours has all kinds but ELF", knows_an_image_of_ours },
	{ "an image of ours for another machine is no bzImage",
	  knows_an_image_of_ours_for_another_machine },
	{ "an image without one of the marks is not ours", ours_are_all_of_it },
	{ "a manifest counts only at the start of .data", a_manifest_elsewhere_is_not_ours },
	{ "other files have no kind", knows_nothing_else },
	{ "offsets past the end are not followed", believes_no_offset },
	{ "truncated files have no marks that whole ones lack", truncated_files_have_fewer_marks },
};

int main(void)
{
	return RUN_TESTS(tests);
}
