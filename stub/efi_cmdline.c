/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: LoadOptions, else the packed one. */
#include "console.h"
#include "efi_boot.h"
#include "utf16.h"

/* What the loader says; empty if it says nothing, or nothing readable. */
static void read_load_options(struct boot *boot, char *to, size_t space)
{
	EFI_LOADED_IMAGE *image = boot->efi->image;
	struct bzb_span options = { image->LoadOptions, image->LoadOptionsSize };
	bool cut = false;

	to[0] = '\0';
	if (options.data && utf16_to_utf8(options, to, space, &cut) && cut)
		boot_say(boot, "the command line was cut to 2047 bytes");
}

/* The packed one; the packer saw to it that it fits. */
static void read_packed(const struct boot *boot, char *to, size_t space)
{
	struct bzb_span image = { boot->image, boot->manifest.image_size };
	struct bzb_span packed;

	if (bzb_slice(image, boot->manifest.cmdline_offset, boot->manifest.cmdline_size,
		      &packed) || packed.size >= space)
		return;
	memcpy(to, packed.data, packed.size);
	to[packed.size] = '\0';
}

enum stub_error efi_read_cmdline(struct boot *boot)
{
	EFI_PHYSICAL_ADDRESS addr;
	char *text;

	if (EFI_ERROR(efi_allocate(boot->efi, AllocateAnyPages, EfiLoaderData,
				   BZB_CMDLINE_MAX + 1, &addr)))
		return boot_fail(boot, STUB_NO_MEMORY, "no memory for the command line");
	text = (char *)(uintptr_t)addr;
	read_load_options(boot, text, BZB_CMDLINE_MAX + 1);
	if (!text[0])
		read_packed(boot, text, BZB_CMDLINE_MAX + 1);
	boot->cmdline = text;
	return STUB_OK;
}
