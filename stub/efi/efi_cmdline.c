/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: the loader's, from LoadOptions or boot_params, else the packed one. If the
 * packed one is decided and Secure Boot is on, it is the only one. A kernel that is an application
 * reads LoadOptions itself, whatever their size. */
#include "console.h"
#include "efi_services.h"
#include "load_options.h"
#include "params.h"
#include "utf16.h"

/* The UEFI shell installs these on a program's handle: the second one before UEFI Shell 2.0. */
static bool is_from_shell(const struct efi *efi)
{
	static EFI_GUID guids[] = { STUB_SHELL_PARAMETERS_GUID, STUB_SHELL_INTERFACE_GUID };
	void *unused;

	for (size_t i = 0; i < BZB_ARRAY_SIZE(guids); i++)
		if (!EFI_ERROR(efi->bs->HandleProtocol(efi->handle, &guids[i], &unused)))
			return true;
	return false;
}

struct bzb_span efi_arguments(const struct efi *efi)
{
	struct bzb_span path = { (const void *)efi->image->FilePath, 0 };
	const struct bzb_span options = {
		efi->image->LoadOptions,
		efi->image->LoadOptions ? efi->image->LoadOptionsSize : 0,
	};

	if (path.data)
		path.size = STUB_DEVICE_PATH_MAX;
	return load_options_arguments(load_option_data(options), path, is_from_shell(efi));
}

/* The bytes for @options as UTF-8; with boot_params, Linux has a limit. */
static size_t text_space(struct bzb_span options)
{
	return KERNEL_IS_APPLICATION ? options.size / 2 * 3 + 1 : BZB_CMDLINE_MAX + 1;
}

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
	/* All of it, as in Linux, even if it is not a command line. */
	if (!KERNEL_IS_APPLICATION)
		efi_measure(boot->efi, STUB_MEASURED_LOAD_OPTIONS, options);
	options = efi_arguments(boot->efi);
	if (EFI_ERROR(efi_allocate(boot->efi, AllocateAnyPages, EfiLoaderData, text_space(options),
				   &addr)))
		return boot_fail(boot, STUB_NO_MEMORY, "no memory for the command line");
	text = (char *)(uintptr_t)addr;
	if (!utf16_to_utf8(options, text, text_space(options), &cut))
		return STUB_OK;
	if (cut)
		boot_say(boot,
			 "the command line is longer than 2047 bytes and was cut: shorten it");
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
		boot_say(boot,
			 "Secure Boot: the image's command line counts, the loader's is ignored");
		given = NULL;
	}
	boot->cmdline = given ? given : packed_cmdline(boot);
	return error;
}
