/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of Secure Boot (UEFI 2.10, 3.3 and 32.3), as the kernel expects it. */
#include "efi_boot.h"

struct byte_variable {
	EFI_STATUS status;
	UINT32 attributes;
	UINT8 value;
};

static struct byte_variable read_byte(const struct efi *efi, CHAR16 *name, EFI_GUID guid)
{
	struct byte_variable v = { .value = 0 };
	UINTN size = sizeof(v.value);

	v.status =
		efi->st->RuntimeServices->GetVariable(name, &guid, &v.attributes, &size, &v.value);
	return v;
}

static enum bzb_secure_boot secure_boot(const struct efi *efi)
{
	static const EFI_GUID global = EFI_GLOBAL_VARIABLE, shim = STUB_SHIM_LOCK_GUID;
	struct byte_variable on = read_byte(efi, L"SecureBoot", global), setup, insecure;

	if (on.status == EFI_NOT_FOUND)
		return BZB_SECURE_BOOT_DISABLED;
	if (EFI_ERROR(on.status))
		return BZB_SECURE_BOOT_UNKNOWN;
	/* As in Linux: if the variable cannot be read, this is not setup mode. */
	setup = read_byte(efi, L"SetupMode", global);
	if (!on.value || setup.value == 1)
		return BZB_SECURE_BOOT_DISABLED;
	/* The owner may have turned off verification in shim. The variable counts only if it is
	 * volatile, because only shim can make it so. */
	insecure = read_byte(efi, L"MokSBStateRT", shim);
	if (!EFI_ERROR(insecure.status) && !(insecure.attributes & EFI_VARIABLE_NON_VOLATILE) &&
	    insecure.value == 1)
		return BZB_SECURE_BOOT_DISABLED;
	return BZB_SECURE_BOOT_ENABLED;
}

bool efi_secure_boot_is_on(const struct efi *efi)
{
	static const EFI_GUID global = EFI_GLOBAL_VARIABLE;
	const struct byte_variable on = read_byte(efi, L"SecureBoot", global);

	return !EFI_ERROR(on.status) && on.value == 1;
}

bool efi_is_secure(const struct boot *boot)
{
	return secure_boot(boot->efi) != BZB_SECURE_BOOT_DISABLED;
}

bool efi_is_decided(const struct boot *boot, unsigned int flag)
{
	return boot->load.manifest.flags & flag && efi_is_secure(boot);
}

void efi_set_secure_boot(struct boot *boot)
{
	if (boot->params->secure_boot == BZB_SECURE_BOOT_UNSET)
		boot->params->secure_boot = (unsigned char)secure_boot(boot->efi);
}
