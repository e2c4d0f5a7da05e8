/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: the loader's, in LoadOptions or boot_params, else the packed one; with Secure
 * Boot only the packed one, if that is decided. */
#include "console.h"
#include "efi_services.h"
#include "params.h"
#include "utf16.h"

/* @ret: untouched if there is no text. */
static enum stub_error read_load_options(struct boot *boot, const char **ret)
{
	EFI_LOADED_IMAGE *image = boot->efi->image;
	struct bzb_span options = { image->LoadOptions, image->LoadOptionsSize };
	EFI_PHYSICAL_ADDRESS addr;
	bool cut = false;
	char *text;

	if (!options.data || !options.size)
		return STUB_OK;
	/* All of it, as Linux does, whether or not it is any good. */
	efi_measure(boot->efi, STUB_MEASURED_LOAD_OPTIONS, options);
	options = load_option_data(options);
	if (EFI_ERROR(efi_allocate(boot->efi, AllocateAnyPages, EfiLoaderData,
				   BZB_CMDLINE_MAX + 1, &addr)))
		return boot_fail(boot, STUB_NO_MEMORY, "no memory for the command line");
	text = (char *)(uintptr_t)addr;
	if (!utf16_to_utf8(options, text, BZB_CMDLINE_MAX + 1, &cut))
		return STUB_OK;
	if (cut)
		boot_say(boot, "the command line is longer than 2047 bytes and was cut: shorten it");
	if (text[0])
		*ret = text;
	return STUB_OK;
}

enum stub_error efi_read_cmdline(struct boot *boot)
{
	enum stub_error error = STUB_OK;
	const char *given = NULL;

	if (boot->params)
		given = params_cmdline(boot->params);
	else
		error = read_load_options(boot, &given);
	if (given && efi_is_decided(boot, BZB_MANIFEST_CMDLINE_DECIDED)) {
		boot_say(boot, "Secure Boot: the image's command line counts, the loader's is ignored");
		given = NULL;
	}
	boot->cmdline = given ? given : packed_cmdline(boot);
	return error;
}
