/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: the loader's, in LoadOptions or boot_params, else the packed one. */
#include "console.h"
#include "efi_services.h"
#include "params.h"
#include "utf16.h"

/* UEFI 2.10, 3.1.3 EFI_LOAD_OPTION: attributes and the length of the path; then a
 * description, a device path and what is meant for us. */
#define LOAD_OPTION_HEAD 6
#define LOAD_OPTION_ATTRIBUTES 0x1f09u	/* active, hidden, category */

static uint16_t unit_at(struct bzb_span bytes, size_t at)
{
	return (uint16_t)(bytes.data[at] | bytes.data[at + 1] << 8);
}

/* Where the NUL behind a description is; 0 if there is none. */
static size_t description_end(struct bzb_span option)
{
	size_t at = LOAD_OPTION_HEAD;

	while (option.size - at >= 2 && unit_at(option, at))
		at += 2;
	return option.size - at >= 2 ? at : 0;
}

/*
 * Some of Dell's firmware passes the whole boot option: then what is at its end.
 * What it says of its own lengths has to be true before that is believed.
 */
static struct bzb_span optional_data(struct bzb_span options)
{
	size_t path, end;

	if (options.size < LOAD_OPTION_HEAD || unit_at(options, 2) ||
	    unit_at(options, 0) & ~LOAD_OPTION_ATTRIBUTES)
		return options;
	path = description_end(options) + 2;
	end = path + unit_at(options, 4);
	if (path < LOAD_OPTION_HEAD || end > options.size || end - path < sizeof(EFI_DEVICE_PATH) ||
	    options.data[end - 4] != END_DEVICE_PATH_TYPE || unit_at(options, end - 2) != 4)
		return options;
	return (struct bzb_span){ options.data + end, options.size - end };
}

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
	efi_measure(boot->efi, EFI_MEASURED_LOAD_OPTIONS, options);
	options = optional_data(options);
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
