/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: the loader's, in LoadOptions or boot_params, else the packed one. */
#include "console.h"
#include "efi_services.h"
#include "params.h"
#include "utf16.h"

static enum stub_error read_load_options(struct boot *boot)
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
		boot->cmdline = text;
	return STUB_OK;
}

enum stub_error efi_read_cmdline(struct boot *boot)
{
	enum stub_error error = STUB_OK;

	if (boot->params)
		boot->cmdline = params_cmdline(boot->params);
	else
		error = read_load_options(boot);
	if (!boot->cmdline)
		boot->cmdline = packed_cmdline(boot);
	return error;
}
