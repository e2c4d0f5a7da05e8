/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unified kernel images: PE images with sections for a kernel and all that is booted with it (UAPI
 * group, "Unified Kernel Image"). An image can have profiles: section headers before the first
 * .profile are the base, each .profile begins a profile, and a section of a profile replaces that
 * of the base.
 */
#ifndef BZBOOT_UKI_H
#define BZBOOT_UKI_H

#include <bzboot/pe.h>

/* In the order in which they are measured, which is that of systemd's uki.h. */
enum bzb_uki_name {
	BZB_UKI_LINUX,
	BZB_UKI_OSREL,
	BZB_UKI_CMDLINE,
	BZB_UKI_INITRD,
	BZB_UKI_UCODE,
	BZB_UKI_SPLASH,
	BZB_UKI_DTB,
	BZB_UKI_UNAME,
	BZB_UKI_SBAT,
	BZB_UKI_PCRSIG,
	BZB_UKI_PCRPKEY,
	BZB_UKI_PROFILE,
	BZB_UKI_DTBAUTO,
	BZB_UKI_HWIDS,
	BZB_UKI_EFIFW,
	BZB_UKI_NAMES
};

/* The profiles of an image */
#define BZB_UKI_PROFILES_MAX 256u

/* One profile of an image, as chosen */
struct bzb_uki {
	struct bzb_pe pe;
	unsigned int profiles;	 /* .profile sections; 0: the base is the only profile */
	unsigned int base_end;	 /* section headers of the base: 0 to base_end - 1 */
	unsigned int start, end; /* those of the profile; equal if it is the base */
};

/**
 * bzb_uki_section_name() - get the name of a section
 * @name: of the section
 *
 * returns: with its dot; static
 */
const char *bzb_uki_section_name(enum bzb_uki_name name);

/**
 * bzb_uki_is_measured() - check whether a section is measured into PCR 11
 * @name: of the section
 *
 * returns: false for .pcrsig, which signs the result
 */
bool bzb_uki_is_measured(enum bzb_uki_name name);

/**
 * bzb_uki_find() - find a profile of a unified kernel image
 * @pe: as parsed
 * @profile: 0 is the first one, or the base if there are none
 * @ret: the profile; untouched on error; refers to @pe->file
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADMAGIC, not a unified kernel image: neither the profile nor the base has .linux
 *	-BZB_ERR_NOTFOUND, the image has no such profile
 *	-BZB_ERR_TOOLARGE, more profiles than BZB_UKI_PROFILES_MAX
 */
int bzb_uki_find(const struct bzb_pe *pe, unsigned int profile, struct bzb_uki *ret);

/**
 * bzb_uki_section() - find a section of the profile, else of the base
 * @uki: as found
 * @name: of the section
 * @ret: the first one of that name; untouched on error
 *
 * An empty section of a profile removes that of the base.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOTFOUND, there is none, or it is empty
 */
int bzb_uki_section(const struct bzb_uki *uki, enum bzb_uki_name name, struct bzb_pe_section *ret);

#endif
