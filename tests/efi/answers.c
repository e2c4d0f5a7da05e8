/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answers that QEMU's firmware does not give. The image is started once for each, and what it made
 * of them is looked at when it asks to leave.
 */
#include "driver.h"

/* Linux, Documentation/arch/x86/zero-page.rst */
#define SECURE_BOOT_AT 0x1ec

static const struct start plain = { NULL, 0, false };

static EFI_EXIT_BOOT_SERVICES other_exit;
static EFI_GET_VARIABLE other_get_variable;

/* What is to be seen in boot_params. */
static const char *row_name;
static bool (*row_is_right)(const unsigned char *params);

static EFI_STATUS EFIAPI exit_boot_services(EFI_HANDLE handle, UINTN key)
{
	const unsigned char *params = find_params();

	if (!account.exit_reached)
		check(row_name, params && row_is_right(params));
	return other_exit(handle, key);
}

/* --- Secure Boot --- */

#define NOT_KEPT 6		/* EFI_VARIABLE_BOOTSERVICE_ACCESS, EFI_VARIABLE_RUNTIME_ACCESS */
#define KEPT 7			/* EFI_VARIABLE_NON_VOLATILE too */

struct byte {
	EFI_STATUS status;
	unsigned char value;
	UINT32 attributes;
};

#define MISSING { EFI_NOT_FOUND, 0, 0 }
#define FAILS { EFI_DEVICE_ERROR, 0, 0 }
#define IS(value) { EFI_SUCCESS, value, NOT_KEPT }

enum { UNKNOWN = 1, DISABLED, ENABLED };	/* boot_params.secure_boot */

static const struct secure_row {
	const char *name;
	struct byte on, setup, shim;
	unsigned char secure_boot;
} secure_rows[] = {
	{ "secure_boot_on", IS(1), IS(0), MISSING, ENABLED },
	{ "secure_boot_off", IS(0), IS(0), MISSING, DISABLED },
	{ "secure_boot_none", MISSING, IS(0), MISSING, DISABLED },
	{ "secure_boot_fails", FAILS, IS(0), MISSING, UNKNOWN },
	{ "secure_boot_setup", IS(1), IS(1), MISSING, DISABLED },
	{ "secure_boot_setup_none", IS(1), MISSING, MISSING, ENABLED },
	{ "secure_boot_setup_fails", IS(1), FAILS, MISSING, ENABLED },
	{ "secure_boot_setup_2", IS(1), IS(2), MISSING, ENABLED },
	{ "secure_boot_off_setup_none", IS(0), MISSING, MISSING, DISABLED },
	{ "secure_boot_shim", IS(1), IS(0), IS(1), DISABLED },
	{ "secure_boot_shim_0", IS(1), IS(0), IS(0), ENABLED },
	{ "secure_boot_shim_kept", IS(1), IS(0), { EFI_SUCCESS, 1, KEPT }, ENABLED },
};
static const struct secure_row *secure;

static bool is_name(const CHAR16 *name, const CHAR16 *other)
{
	while (*name && *name == *other)
		name++, other++;
	return *name == *other;
}

static const struct byte *planned(const CHAR16 *name)
{
	if (is_name(name, L"SecureBoot"))
		return &secure->on;
	if (is_name(name, L"SetupMode"))
		return &secure->setup;
	return is_name(name, L"MokSBStateRT") ? &secure->shim : NULL;
}

static EFI_STATUS EFIAPI get_variable(CHAR16 *name, EFI_GUID *guid, UINT32 *attributes,
				      UINTN *size, void *to)
{
	const struct byte *answer = planned(name);

	if (!answer)
		return other_get_variable(name, guid, attributes, size, to);
	if (EFI_ERROR(answer->status))
		return answer->status;
	*size = 1;
	*(unsigned char *)to = answer->value;
	if (attributes)
		*attributes = answer->attributes;
	return EFI_SUCCESS;
}

static bool secure_is_right(const unsigned char *params)
{
	return params[SECURE_BOOT_AT] == secure->secure_boot;
}

/* --- the starts --- */

static void change_services(EFI_SYSTEM_TABLE *st)
{
	other_exit = st->BootServices->ExitBootServices;
	other_get_variable = st->RuntimeServices->GetVariable;
	st->BootServices->ExitBootServices = exit_boot_services;
	if (secure)
		st->RuntimeServices->GetVariable = get_variable;
}

static void start_row(const char *name, bool (*is_right)(const unsigned char *params))
{
	const struct plan p = { .change = change_services };

	row_name = name;
	row_is_right = is_right;
	image_start(&plain, &p);
}

static void each_secure(void)
{
	for (size_t i = 0; i < sizeof(secure_rows) / sizeof(secure_rows[0]); i++) {
		secure = &secure_rows[i];
		start_row(secure->name, secure_is_right);
	}
	secure = NULL;
}

void run_answers(void)
{
	each_secure();
	say_line("end=reached\r\n");
}
