/* SPDX-License-Identifier: BSD-2-Clause */
/* The initrd: the one that the loader offers by LoadFile2, else the files that the command line
 * names, else the one in boot_params, else the packed one. If the packed one is decided and
 * Secure Boot is on, it is the only one. If one is packed, "initrd=" of a packed command line is
 * ignored. A kernel that is an application loads what the loader offers or names, and boot_params
 * have the packed one for it, or none. */
#include "console.h"
#include "efi_services.h"
#include "params.h"

static EFI_GUID load_file_guid = STUB_LOAD_FILE2_GUID, table_guid = STUB_INITRD_MEDIA_GUID;

const struct efi_initrd_path efi_initrd_path = {
	{ { MEDIA_DEVICE_PATH, MEDIA_VENDOR_DP, { sizeof(VENDOR_DEVICE_PATH), 0 } },
	  STUB_INITRD_MEDIA_GUID },
	{ END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, { sizeof(EFI_DEVICE_PATH), 0 } },
};

/* Returns NULL if no loader offers an initrd. */
static EFI_HANDLE find_offer(struct efi *efi, EFI_DEVICE_PATH **ret_rest)
{
	EFI_HANDLE handle;

	*ret_rest = (EFI_DEVICE_PATH *)(uintptr_t)&efi_initrd_path;
	if (EFI_ERROR(efi->bs->LocateDevicePath(&load_file_guid, ret_rest, &handle)))
		return NULL;
	return handle;
}

/* Returns EFI_BUFFER_TOO_SMALL with a size, unless there is no initrd or it fails. */
static EFI_STATUS offered_size(const struct boot *boot, EFI_HANDLE offer, EFI_DEVICE_PATH *rest,
			       EFI_LOAD_FILE_PROTOCOL **ret, UINTN *ret_size)
{
	EFI_STATUS status;

	*ret_size = 0;
	status = boot->efi->bs->HandleProtocol(offer, &load_file_guid, (void **)ret);
	return EFI_ERROR(status) ? status : (*ret)->LoadFile(*ret, rest, FALSE, ret_size, NULL);
}

static bool has_no_initrd(EFI_STATUS status, const UINTN *size)
{
	return status == EFI_NOT_FOUND ||
	       ((!EFI_ERROR(status) || status == EFI_BUFFER_TOO_SMALL) && !*size);
}

static enum stub_error load_offered(struct boot *boot, EFI_HANDLE offer, EFI_DEVICE_PATH *rest,
				    struct bzb_range *ret)
{
	EFI_LOAD_FILE_PROTOCOL *load;
	EFI_PHYSICAL_ADDRESS addr;
	UINTN size, offered;
	EFI_STATUS status = offered_size(boot, offer, rest, &load, &size);

	if (has_no_initrd(status, &size))
		return STUB_OK;
	if (status != EFI_BUFFER_TOO_SMALL)
		return boot_fail(boot, STUB_FIRMWARE,
				 "the loader offers an initrd but does not return its size");
	if (EFI_ERROR(efi_allocate_initrd(boot, size, &addr)))
		return boot_fail(boot, STUB_NO_MEMORY, "no memory for the initrd: add memory");
	offered = size;
	status = load->LoadFile(load, rest, FALSE, &size, (void *)(uintptr_t)addr);
	if (EFI_ERROR(status) || size > offered)
		return boot_fail(boot, STUB_FIRMWARE,
				 "the loader offers an initrd but fails to load it");
	*ret = (struct bzb_range){ addr, size };
	return STUB_OK;
}

static void measure(struct efi *efi, struct bzb_range initrd)
{
	const unsigned char *data = (const unsigned char *)(uintptr_t)initrd.addr;

	efi_measure(efi, STUB_MEASURED_INITRD, (struct bzb_span){ data, initrd.size });
}

/* A kernel without an initrd in boot_params looks for this table, and so does a kernel after a
 * kexec. As in Linux's stub, there is a table only for an initrd that we have loaded. */
static void install_table(struct efi *efi, struct bzb_range initrd)
{
	struct linux_initrd_table *table = efi_keep(efi, EfiLoaderData, sizeof(*table));

	if (!table)
		return;
	*table = (struct linux_initrd_table){ initrd.addr, initrd.size };
	efi_install_table(efi, &table_guid, table);
}

static bool is_other_wanted(const struct boot *boot, EFI_HANDLE offer)
{
	size_t position = 0;
	struct text path;

	return offer || boot->options.noinitrd || bzb_boot_params_initrd(boot->params).size ||
	       options_next_initrd(boot->cmdline, &position, &path);
}

/* A kernel without an initrd in boot_params would use the one that an earlier stub may have left in
 * a table. */
static void forget_others(struct boot *boot, EFI_HANDLE offer)
{
	if (is_other_wanted(boot, offer))
		boot_say(boot, "Secure Boot: the image's initrd counts, any other is ignored");
	boot->efi->bs->InstallConfigurationTable(&table_guid, NULL);
	bzb_boot_params_set_initrd(boot->params, 0, 0);
}

/* A packed command line and a packed initrd belong together: the files that the command line names
 * were on the machine that it was copied from. */
static enum stub_error load_named(struct boot *boot, bool both_packed, struct bzb_range *ret)
{
	size_t position = 0;
	struct text path;

	if (!both_packed)
		return efi_load_named_initrds(boot, ret);
	if (options_next_initrd(boot->cmdline, &position, &path))
		boot_say(boot, "the image has an initrd: initrd= of its command line is ignored");
	return STUB_OK;
}

enum stub_error efi_load_initrd(struct boot *boot, bool both_packed, struct bzb_range *ret,
				bool *ret_own)
{
	EFI_DEVICE_PATH *rest;
	EFI_HANDLE offer = find_offer(boot->efi, &rest);

	*ret_own = true;
	if (efi_is_decided(boot, BZB_MANIFEST_INITRD_DECIDED)) {
		forget_others(boot, offer);
		return STUB_OK;
	}
	if (boot->options.noinitrd) {
		*ret_own = false;
		return STUB_OK;
	}
	return offer ? load_offered(boot, offer, rest, ret) : load_named(boot, both_packed, ret);
}

void efi_use_initrd(struct boot *boot, struct bzb_range initrd)
{
	bzb_boot_params_set_initrd(boot->params, initrd.addr, initrd.size);
	if (KERNEL_IS_APPLICATION)
		return;
	measure(boot->efi, initrd);
	install_table(boot->efi, initrd);
}

/* The kernel is to report an offer that fails. */
static bool is_empty(const struct boot *boot, EFI_HANDLE offer, EFI_DEVICE_PATH *rest)
{
	EFI_LOAD_FILE_PROTOCOL *load;
	UINTN size;
	EFI_STATUS status = offered_size(boot, offer, rest, &load, &size);

	return has_no_initrd(status, &size);
}

/* A kernel that is an application loads the initrd that the loader offers or names. */
static bool is_loaded_by_kernel(const struct boot *boot, bool both_packed)
{
	EFI_DEVICE_PATH *rest;
	EFI_HANDLE offer = find_offer(boot->efi, &rest);
	size_t position = 0;
	struct text path;

	if (efi_is_decided(boot, BZB_MANIFEST_INITRD_DECIDED))
		return false;
	if (boot->options.noinitrd)
		return true;
	if (offer)
		return !is_empty(boot, offer, rest);
	return !both_packed && options_next_initrd(boot->cmdline, &position, &path);
}

enum stub_error efi_set_initrd(struct boot *boot)
{
	const bool both_packed = boot->cmdline == packed_cmdline(boot) &&
				 bzb_load_initrd(&boot->load).size;
	struct bzb_range loaded = { 0, 0 };
	bool own;
	enum stub_error error;

	if (KERNEL_IS_APPLICATION && is_loaded_by_kernel(boot, both_packed))
		return STUB_OK;
	error = efi_load_initrd(boot, both_packed, &loaded, &own);
	if (error)
		return error;
	if (loaded.size)
		efi_use_initrd(boot, loaded);
	else if (own && !bzb_boot_params_initrd(boot->params).size)
		params_set_packed_initrd(boot);
	return STUB_OK;
}
