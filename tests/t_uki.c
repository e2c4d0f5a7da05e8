/* SPDX-License-Identifier: BSD-2-Clause */
/* Unified kernel images and their profiles: bzboot/uki.h. */
#include "test.h"

#define SECTIONS_MAX 600u

/* The headers of an image: each section has the size of its place, or is empty if its name begins
 * with '-'. */
struct image {
	unsigned char bytes[0x8000];
	unsigned int sections;
};

static struct bzb_pe parse(struct image *image)
{
	struct bzb_pe pe;

	CHECK_RETURN(0, bzb_pe_parse((struct bzb_span){ image->bytes, sizeof(image->bytes) }, &pe));
	return pe;
}

static struct bzb_pe make(struct image *image, const char *const *names)
{
	static struct bzb_pe_section sections[SECTIONS_MAX];
	struct bzb_pe_image headers = { .directories = 6, .sections = sections };

	memset(image, 0, sizeof(*image));
	memset(sections, 0, sizeof(sections));
	for (; names[headers.count]; headers.count++) {
		const char *name = names[headers.count];

		sections[headers.count].virtual_size = *name == '-' ? 0 : headers.count + 1;
		strcpy(sections[headers.count].name, name + (*name == '-'));
	}
	memcpy(image->bytes, "MZ", 2);
	image->bytes[0x3c] = 0x40;
	CHECK_RETURN(0, bzb_pe_write(image->bytes + 0x40, sizeof(image->bytes) - 0x40, &headers));
	return parse(image);
}

static struct bzb_uki profile(const struct bzb_pe *pe, unsigned int number)
{
	struct bzb_uki uki;

	CHECK_RETURN(0, bzb_uki_find(pe, number, &uki));
	return uki;
}

/* The number of the section header, from 1; 0: there is none. */
static unsigned int place(const struct bzb_uki *uki, enum bzb_uki_name name)
{
	struct bzb_pe_section section = { .virtual_size = 0 };
	int err = RETURNED(bzb_uki_section(uki, name, &section));

	CHECK_EQ(!section.virtual_size, err == -BZB_ERR_NOTFOUND);
	return section.virtual_size;
}

static struct image image;

static void finds_sections_of_an_image_without_profiles(void)
{
	static const char *const names[] = { ".text",	".cmdline", ".linux", ".cmdline",
					     "-.osrel", ".initrds", NULL };
	struct bzb_pe pe = make(&image, names);
	struct bzb_uki uki = profile(&pe, 0);

	CHECK_EQ(0, uki.profiles);
	CHECK_EQ(3, place(&uki, BZB_UKI_LINUX));
	CHECK_EQ(2, place(&uki, BZB_UKI_CMDLINE));
	CHECK_EQ(0, place(&uki, BZB_UKI_OSREL));
	CHECK_EQ(0, place(&uki, BZB_UKI_INITRD));
	CHECK_RETURN(-BZB_ERR_NOTFOUND, bzb_uki_find(&pe, 1, &uki));
}

static void finds_sections_of_profiles(void)
{
	static const char *const names[] = { ".linux",	 ".cmdline", ".initrd",	 ".profile",
					     ".profile", ".cmdline", "-.initrd", NULL };
	struct bzb_pe pe = make(&image, names);
	struct bzb_uki first = profile(&pe, 0), second = profile(&pe, 1);

	CHECK_EQ(2, first.profiles);
	CHECK_EQ(1, place(&first, BZB_UKI_LINUX));
	CHECK_EQ(2, place(&first, BZB_UKI_CMDLINE));
	CHECK_EQ(3, place(&first, BZB_UKI_INITRD));
	CHECK_EQ(4, place(&first, BZB_UKI_PROFILE));
	CHECK_EQ(1, place(&second, BZB_UKI_LINUX));
	CHECK_EQ(6, place(&second, BZB_UKI_CMDLINE));
	CHECK_EQ(0, place(&second, BZB_UKI_INITRD));
	CHECK_EQ(5, place(&second, BZB_UKI_PROFILE));
	CHECK_RETURN(-BZB_ERR_NOTFOUND, bzb_uki_find(&pe, 2, &first));
}

static void refuses_what_is_no_unified_kernel_image(void)
{
	static const char *const plain[] = { ".text", ".cmdline", NULL };
	static const char *const late[] = { ".text", ".profile", ".linux", ".profile", NULL };
	struct bzb_pe pe = make(&image, plain);
	struct bzb_uki uki;

	CHECK_RETURN(-BZB_ERR_BADMAGIC, bzb_uki_find(&pe, 0, &uki));
	pe = make(&image, late);
	CHECK_RETURN(0, bzb_uki_find(&pe, 0, &uki));
	CHECK_RETURN(-BZB_ERR_BADMAGIC, bzb_uki_find(&pe, 1, &uki));
}

static void limits_profiles(void)
{
	static const char *names[BZB_UKI_PROFILES_MAX + 3] = { ".linux" };
	struct bzb_pe pe;
	struct bzb_uki uki;

	for (size_t i = 1; i <= BZB_UKI_PROFILES_MAX; i++)
		names[i] = ".profile";
	pe = make(&image, names);
	CHECK_EQ(BZB_UKI_PROFILES_MAX, profile(&pe, BZB_UKI_PROFILES_MAX - 1).profiles);
	names[BZB_UKI_PROFILES_MAX + 1] = ".profile";
	pe = make(&image, names);
	CHECK_RETURN(-BZB_ERR_TOOLARGE, bzb_uki_find(&pe, 0, &uki));
}

static void names_sections(void)
{
	CHECK(!strcmp(".linux", bzb_uki_section_name(BZB_UKI_LINUX)));
	CHECK(!strcmp(".efifw", bzb_uki_section_name(BZB_UKI_EFIFW)));
	CHECK(bzb_uki_is_measured(BZB_UKI_LINUX) && bzb_uki_is_measured(BZB_UKI_EFIFW));
	CHECK(!bzb_uki_is_measured(BZB_UKI_PCRSIG));
}

static const struct test tests[] = {
	{ "sections of an image without profiles are found",
	  finds_sections_of_an_image_without_profiles },
	{ "a section of a profile replaces that of the base", finds_sections_of_profiles },
	{ "a base without .linux is refused", refuses_what_is_no_unified_kernel_image },
	{ "more than 256 profiles are refused", limits_profiles },
	{ "sections have names; .pcrsig is not measured", names_sections },
};

int main(void)
{
	return RUN_TESTS(tests);
}
