/* SPDX-License-Identifier: BSD-2-Clause */
/* The initrd: joined from its parts. */
#include <bzboot/cpio.h>

#include "console.h"
#include "uki_boot.h"

static enum stub_error no_memory(struct boot *boot)
{
	return boot_fail(boot, STUB_NO_MEMORY, "no memory for the initrd: add memory");
}

/* --- its parts ------------------------------------------------------------------- */

enum stub_error uki_load_initrd(struct boot *boot)
{
	struct uki *uki = boot->efi->uki;
	const bool both_own = uki->is_own_cmdline && uki_section(uki, BZB_UKI_INITRD).size;
	struct bzb_range loaded = { 0, 0 };
	enum stub_error error = efi_load_initrd(boot, both_own, &loaded, &uki->is_initrd_wanted);

	uki->initrds[UKI_LOADER] = (struct bzb_span){
		(const unsigned char *)(uintptr_t)loaded.addr,
		(size_t)loaded.size,
	};
	return error;
}

enum stub_error uki_pack(struct boot *boot, enum uki_place place, const char *name,
			 struct bzb_span file)
{
	static const struct bzb_cpio_folder folder = { ".extra", 0555, 0444 };
	unsigned char *to;
	size_t size;

	if (!file.size || bzb_cpio_write(&folder, name, file, NULL, 0, &size))
		return STUB_OK;
	to = efi_keep(boot->efi, EfiLoaderData, size);
	if (!to)
		return no_memory(boot);
	if (!bzb_cpio_write(&folder, name, file, to, size, &size))
		boot->efi->uki->initrds[place] = (struct bzb_span){ to, size };
	return STUB_OK;
}

/* Sections that the operating system gets as files. */
static const struct {
	enum bzb_uki_name section;
	enum uki_place place;
	const char *name;
} files[] = {
	{ BZB_UKI_PCRSIG, UKI_PCRSIG, "tpm2-pcr-signature.json" },
	{ BZB_UKI_PCRPKEY, UKI_PCRPKEY, "tpm2-pcr-public-key.pem" },
	{ BZB_UKI_OSREL, UKI_OSREL, "os-release" },
	{ BZB_UKI_PROFILE, UKI_PROFILE, "profile" },
};

enum stub_error uki_take_sections(struct boot *boot)
{
	struct uki *uki = boot->efi->uki;
	enum stub_error error = STUB_OK;

	uki->initrds[UKI_UCODE] = uki_section(uki, BZB_UKI_UCODE);
	uki->initrds[UKI_INITRD] = uki_section(uki, BZB_UKI_INITRD);
	for (size_t i = 0; i < BZB_ARRAY_SIZE(files) && !error; i++)
		error = uki_pack(boot, files[i].place, files[i].name,
				 uki_section(uki, files[i].section));
	return error;
}

/* --- the whole ------------------------------------------------------------------- */

static uint64_t joined_size(const struct uki *uki)
{
	uint64_t size = 0;

	for (size_t i = 0; i < UKI_PLACES; i++)
		size += bzb_align_up(uki->initrds[i].size, UKI_ALIGNMENT);
	return size;
}

static void copy_parts(const struct uki *uki, unsigned char *to)
{
	for (size_t i = 0; i < UKI_PLACES; i++) {
		const struct bzb_span part = uki->initrds[i];
		const size_t zeros = -part.size % UKI_ALIGNMENT;

		memcpy(to, part.data, part.size);
		memset(to + part.size, 0, zeros);
		to += part.size + zeros;
	}
}

enum stub_error uki_join_initrds(struct boot *boot)
{
	const struct uki *uki = boot->efi->uki;
	const uint64_t size = joined_size(uki);
	EFI_PHYSICAL_ADDRESS addr;

	if (!size || !uki->is_initrd_wanted)
		return STUB_OK;
	if (EFI_ERROR(efi_allocate_initrd(boot, size, &addr)))
		return no_memory(boot);
	copy_parts(uki, (unsigned char *)(uintptr_t)addr);
	efi_use_initrd(boot, (struct bzb_range){ addr, size });
	return STUB_OK;
}
