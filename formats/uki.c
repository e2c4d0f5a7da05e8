/* SPDX-License-Identifier: BSD-2-Clause */
/* Unified kernel images. */
#include <bzboot/uki.h>

/* As in a section header, with a NUL. */
static const char names[BZB_UKI_NAMES][9] = {
	[BZB_UKI_LINUX] = ".linux",	[BZB_UKI_OSREL] = ".osrel",
	[BZB_UKI_CMDLINE] = ".cmdline", [BZB_UKI_INITRD] = ".initrd",
	[BZB_UKI_UCODE] = ".ucode",	[BZB_UKI_SPLASH] = ".splash",
	[BZB_UKI_DTB] = ".dtb",		[BZB_UKI_UNAME] = ".uname",
	[BZB_UKI_SBAT] = ".sbat",	[BZB_UKI_PCRSIG] = ".pcrsig",
	[BZB_UKI_PCRPKEY] = ".pcrpkey", [BZB_UKI_PROFILE] = ".profile",
	[BZB_UKI_DTBAUTO] = ".dtbauto", [BZB_UKI_HWIDS] = ".hwids",
	[BZB_UKI_EFIFW] = ".efifw",
};

const char *bzb_uki_section_name(enum bzb_uki_name name)
{
	return names[name];
}

bool bzb_uki_is_measured(enum bzb_uki_name name)
{
	return name != BZB_UKI_PCRSIG;
}

/* Returns the index of the first one among the headers from @from to @end - 1, else @end. */
static unsigned int find(const struct bzb_pe *pe, unsigned int from, unsigned int end,
			 enum bzb_uki_name name, struct bzb_pe_section *ret)
{
	for (; from < end; from++) {
		struct bzb_pe_section section = bzb_pe_section(pe, from);

		if (!memcmp(section.name, names[name], sizeof(names[name]))) {
			*ret = section;
			break;
		}
	}
	return from;
}

static unsigned int next_profile(const struct bzb_pe *pe, unsigned int from)
{
	struct bzb_pe_section unused;

	return find(pe, from, pe->sections, BZB_UKI_PROFILE, &unused);
}

int bzb_uki_find(const struct bzb_pe *pe, unsigned int profile, struct bzb_uki *ret)
{
	struct bzb_uki uki = { .pe = *pe, .base_end = next_profile(pe, 0) };
	struct bzb_pe_section unused;
	unsigned int at;

	if (find(pe, 0, pe->sections, BZB_UKI_LINUX, &unused) == pe->sections)
		return -BZB_ERR_BADMAGIC;
	for (at = uki.base_end; at < pe->sections; uki.profiles++) {
		const unsigned int end = next_profile(pe, at + 1);

		if (uki.profiles == profile) {
			uki.start = at;
			uki.end = end;
		}
		at = end;
	}
	if (uki.profiles > BZB_UKI_PROFILES_MAX)
		return -BZB_ERR_TOOLARGE;
	if (profile && profile >= uki.profiles)
		return -BZB_ERR_NOTFOUND;
	if (bzb_uki_section(&uki, BZB_UKI_LINUX, &unused))
		return -BZB_ERR_BADMAGIC;
	*ret = uki;
	return 0;
}

int bzb_uki_section(const struct bzb_uki *uki, enum bzb_uki_name name, struct bzb_pe_section *ret)
{
	struct bzb_pe_section section = { .virtual_size = 0 };

	if (find(&uki->pe, uki->start, uki->end, name, &section) == uki->end)
		find(&uki->pe, 0, uki->base_end, name, &section);
	if (!section.virtual_size)
		return -BZB_ERR_NOTFOUND;
	*ret = section;
	return 0;
}
