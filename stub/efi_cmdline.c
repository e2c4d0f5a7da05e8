/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: the loader's, in LoadOptions or boot_params, else the packed one. */
#include "console.h"
#include "efi_boot.h"
#include "params.h"
#include "utf16.h"

static enum stub_error read_load_options(struct boot *boot)
{
	EFI_LOADED_IMAGE *image = boot->efi->image;
	struct bzb_span options = { image->LoadOptions, image->LoadOptionsSize };
	EFI_PHYSICAL_ADDRESS addr;
	bool cut = false;
	char *text;

	if (!options.data)
		return STUB_OK;
	if (EFI_ERROR(efi_allocate(boot->efi, AllocateAnyPages, EfiLoaderData,
				   BZB_CMDLINE_MAX + 1, &addr)))
		return boot_fail(boot, STUB_NO_MEMORY, "no memory for the command line");
	text = (char *)(uintptr_t)addr;
	if (!utf16_to_utf8(options, text, BZB_CMDLINE_MAX + 1, &cut) || !text[0])
		return STUB_OK;
	if (cut)
		boot_say(boot, "the command line was cut to 2047 bytes");
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
