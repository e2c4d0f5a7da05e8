/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of systemd-stub, in its order. */
#include "console.h"
#include "efi/unified.h"
#include "uki_boot.h"
#include "uki_text.h"
#include "uki_words.h"

#define PROFILE_EVENT 0x13aed6db	/* systemd, tpm2-pcr.h: UKI_PROFILE_EVENT_TAG_ID */

struct bzb_span uki_section(const struct uki *uki, enum bzb_uki_name name)
{
	struct bzb_pe_section section;
	struct bzb_span bytes = { NULL, 0 };

	/* In memory, the image is as in the file. */
	if (!bzb_uki_section(&uki->image, name, &section))
		bzb_slice(uki->image.pe.file, section.virtual_address, section.virtual_size,
			  &bytes);
	return bytes;
}

/* U-Boot's ends with the VirtualSize of the last section, but is in whole pages of memory. */
static uint64_t size_of(const EFI_LOADED_IMAGE *image)
{
	return KERNEL_IS_APPLICATION ? bzb_align_up(image->ImageSize, BZB_PAGE_SIZE) :
				       image->ImageSize;
}

/* The headers are in memory if the firmware has loaded the image. */
static bool find_headers(const struct boot *boot, struct bzb_pe *ret)
{
	const EFI_LOADED_IMAGE *image = boot->efi->image;
	struct bzb_uki unused;

	return image && !bzb_pe_parse((struct bzb_span){ boot->image, size_of(image) }, ret) &&
	       !bzb_uki_find(ret, 0, &unused);
}

static enum stub_error begin(struct boot *boot, const struct bzb_pe *pe)
{
	struct uki *uki = boot->efi->uki;

	uki->tpm = efi_find_tpm(boot->efi);
	uki->guest = efi_find_guest_tpm(boot->efi);
	uki->arguments = uki_arguments(efi_arguments(boot->efi), &uki->profile);
	if (!bzb_uki_find(pe, uki->profile, &uki->image))
		return STUB_OK;
	return boot_fail(boot, STUB_NOT_FOUND,
			 "the image has no such profile: correct the number after @");
}

static enum stub_error measure_profile(struct boot *boot)
{
	struct words number = { .count = 0 };

	if (!boot->efi->uki->profile)
		return STUB_OK;
	words_add_number(&number, boot->efi->uki->profile, 10, 1);
	uki_measure_tagged(boot, UKI_OF_PARAMETERS, PROFILE_EVENT, number.text,
			   words_bytes(&number));
	return STUB_OK;
}

/* The name is hashed in ASCII with its NUL, and logged in UTF-16. */
static void measure_section(struct boot *boot, const char *name, struct bzb_span bytes)
{
	struct words text = { .count = 0 };

	words_add_text(&text, name);
	uki_measure(boot, UKI_OF_IMAGE, text.text,
		    (struct bzb_span){ (const unsigned char *)name, text.count + 1 });
	uki_measure(boot, UKI_OF_IMAGE, text.text, bytes);
}

static enum stub_error measure_sections(struct boot *boot)
{
	for (enum bzb_uki_name name = 0; name < BZB_UKI_NAMES; name++) {
		const struct bzb_span bytes = uki_section(boot->efi->uki, name);

		if (bytes.size && bzb_uki_is_measured(name))
			measure_section(boot, bzb_uki_section_name(name), bytes);
	}
	return STUB_OK;
}

typedef enum stub_error step(struct boot *boot);

static step *const cmdline_steps[] = {
	/* clang-format off */
	measure_profile, measure_sections,
	uki_show_splash, uki_refresh_seed,
	uki_choose_cmdline, uki_load_addons, uki_append_smbios,
	uki_finish_cmdline,
	/* clang-format on */
};

static step *const initrd_steps[] = {
	/* clang-format off */
	uki_set_variables,
#if KERNEL_IS_APPLICATION
	uki_install_device_tree, uki_install_addon_trees,
#endif
	uki_load_initrd, uki_load_companions, uki_take_addons, uki_take_sections,
	uki_tell_pcrs,
	uki_join_initrds,
	/* clang-format on */
};

static enum stub_error run(struct boot *boot, step *const *steps, size_t count)
{
	enum stub_error error = STUB_OK;

	for (size_t i = 0; i < count && !error; i++)
		error = steps[i](boot);
	return error;
}

enum stub_error unified_read_cmdline(struct boot *boot)
{
	enum stub_error error;
	struct bzb_pe pe;

	if (!find_headers(boot, &pe))
		return efi_read_cmdline(boot);
	boot->efi->uki = efi_keep(boot->efi, EfiLoaderData, sizeof(*boot->efi->uki));
	if (!boot->efi->uki)
		return boot_fail(boot, STUB_NO_MEMORY, "no memory for the sections of the image");
	error = begin(boot, &pe);
	return error ? error : run(boot, cmdline_steps, BZB_ARRAY_SIZE(cmdline_steps));
}

enum stub_error unified_set_initrd(struct boot *boot)
{
	if (!boot->efi->uki)
		return efi_set_initrd(boot);
	return run(boot, initrd_steps, BZB_ARRAY_SIZE(initrd_steps));
}
