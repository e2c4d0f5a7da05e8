/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The entries by EFI: the PE entry, for firmware, shim and boot managers; the
 * handover entry, for a boot loader that has made boot_params.
 */
#include "efi_services.h"
#include "self.h"
#include "unified.h"

static void print_on(SIMPLE_TEXT_OUTPUT_INTERFACE *out, const char *text)
{
	CHAR16 line[64];

	if (!out)
		return;
	while (*text) {
		size_t n = 0;

		while (*text && n < BZB_ARRAY_SIZE(line) - 1)
			line[n++] = (unsigned char)*text++;
		line[n] = 0;
		out->OutputString(out, line);
	}
}

static void print(struct boot *boot, const char *text)
{
	print_on(boot->efi->st->ConOut, text);
}

static const struct platform efi_platform = {
	.print = print,
	.read_cmdline = unified_read_cmdline,
	.random = efi_random,
	.is_secure = efi_is_secure,
	.stir_clocks = efi_stir_clocks,
	.choose_memory = efi_choose_memory,
	.ticks_per_ms = efi_ticks_per_ms,
	.share_work = KERNEL_IS_APPLICATION ? NULL : efi_share_work,
	.finish = efi_finish_and_leave,
};

static EFI_STATUS status_of(enum stub_error error)
{
	static const EFI_STATUS statuses[] = {
		[STUB_OK] = EFI_SUCCESS,
		[STUB_CORRUPT] = EFI_LOAD_ERROR,
		[STUB_NO_MEMORY] = EFI_OUT_OF_RESOURCES,
		[STUB_FIRMWARE] = EFI_DEVICE_ERROR,
		[STUB_UNSUPPORTED] = EFI_UNSUPPORTED,
		[STUB_NOT_FOUND] = EFI_NOT_FOUND,
	};

	return statuses[error];
}

/* The firmware's data for a guest are used only if the processor says that this is one. */
static bool admit(struct boot *boot)
{
	static const EFI_GUID blob_guid = STUB_CC_BLOB_GUID;

	boot->guest = arch_guest();
	return arch_admit_guest(boot, efi_find_table(boot->efi, &blob_guid));
}

/* @image: NULL if there is @params. Returns only if the boot failed. */
static EFI_STATUS boot_by_efi(EFI_HANDLE handle, EFI_SYSTEM_TABLE *st, EFI_LOADED_IMAGE *image,
			      struct bzb_boot_params *params)
{
	struct efi efi = {
		.handle = handle,
		.st = st,
		.bs = st->BootServices,
		.image = image,
	};
	struct boot boot = {
		.platform = &efi_platform,
		.efi = &efi,
		.image = arch_image(),
		.params = params,
	};
	enum stub_error error;

	if (!admit(&boot))
		return status_of(STUB_UNSUPPORTED);
	efi_watch(&boot);
	efi_find_attributes(&efi);
	error = stub_main(&boot);
	efi_stop_watching(&efi);
	efi_stop_watchdog(&efi);
	efi_take_back(&efi);
	if (!KERNEL_IS_APPLICATION)
		efi_release_processors(&efi);
	efi_release_all(&efi);
#if KERNEL_IS_APPLICATION
	if (error == STUB_RETURNED)
		return efi.returned;
#endif
	return status_of(error);
}

/* Called by entry.S. */
EFI_STATUS EFIAPI efi_entry(EFI_HANDLE handle, EFI_SYSTEM_TABLE *st);

EFI_STATUS EFIAPI efi_entry(EFI_HANDLE handle, EFI_SYSTEM_TABLE *st)
{
	EFI_GUID loaded_image_guid = LOADED_IMAGE_PROTOCOL;
	EFI_LOADED_IMAGE *image;
	EFI_STATUS status;

	self_relocate();
	status = st->BootServices->HandleProtocol(handle, &loaded_image_guid, (void **)&image);
	if (!EFI_ERROR(status))
		return boot_by_efi(handle, st, image, NULL);
	print_on(st->ConOut, "bzboot: the firmware does not describe the loaded image: "
			     "update it\r\n");
	return status;
}

#if !KERNEL_IS_APPLICATION
static EFI_STATUS boot_with(EFI_HANDLE handle, EFI_SYSTEM_TABLE *st, struct bzb_boot_params *params)
{
	self_relocate();
	bzb_boot_params_sanitize(params);
	return boot_by_efi(handle, st, NULL, params);
}

/* Called by entry.S. */
void efi_handover(EFI_HANDLE handle, EFI_SYSTEM_TABLE *st, struct bzb_boot_params *params);

/* boot.rst, "EFI Handover Protocol"; from entry.S. @handle is that of the loader. If @params is
 * NULL, this is the same as the PE entry, since Linux 6.15. */
void efi_handover(EFI_HANDLE handle, EFI_SYSTEM_TABLE *st, struct bzb_boot_params *params)
{
	EFI_STATUS status = params ? boot_with(handle, st, params) : efi_entry(handle, st);

	/* There is no way back into the loader. */
	st->BootServices->Exit(handle, status, 0, NULL);
}
#endif
