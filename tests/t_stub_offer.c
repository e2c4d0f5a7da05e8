/* SPDX-License-Identifier: BSD-2-Clause */
/* The initrd offered by LoadFile2: stub/pe/offer.c, with a firmware that has one handle at most */
#include "test.h"

#include "../stub/pe/offer.h"

const struct efi_initrd_path efi_initrd_path;

static unsigned char initrd[100];

/* The firmware's handle with an offer */
static struct {
	bool exists, refuses;
	void *protocol, *path;
} handle;

static EFI_LOAD_FILE_PROTOCOL loaders;

static EFI_STATUS EFIAPI locate(EFI_GUID *guid, EFI_DEVICE_PATH **path, EFI_HANDLE *ret)
{
	(void)guid;
	CHECK(*path == (const void *)&efi_initrd_path);
	*ret = &handle;
	return handle.exists ? EFI_SUCCESS : EFI_NOT_FOUND;
}

static EFI_STATUS EFIAPI get_protocol(EFI_HANDLE of, EFI_GUID *guid, VOID **ret)
{
	(void)guid;
	CHECK(of == &handle);
	*ret = handle.protocol;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI replace(EFI_HANDLE of, EFI_GUID *guid, VOID *old, VOID *new)
{
	(void)guid;
	CHECK(of == &handle && handle.exists && handle.protocol == old);
	if (handle.refuses)
		return EFI_ACCESS_DENIED;
	handle.protocol = new;
	return EFI_SUCCESS;
}

/* The arguments of a variadic function are where those of this one are. */
static EFI_STATUS EFIAPI install(EFI_HANDLE *of, EFI_GUID *path_guid, void *path,
				 EFI_GUID *load_guid, void *protocol, void *end)
{
	(void)path_guid;
	(void)load_guid;
	CHECK(!*of && !handle.exists && !end);
	if (handle.refuses)
		return EFI_OUT_OF_RESOURCES;
	handle.path = path;
	handle.protocol = protocol;
	handle.exists = true;
	*of = &handle;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI uninstall(EFI_HANDLE of, EFI_GUID *path_guid, void *path,
				   EFI_GUID *load_guid, void *protocol, void *end)
{
	(void)path_guid;
	(void)load_guid;
	CHECK(of == &handle && handle.exists && !end);
	CHECK(path == handle.path && protocol == handle.protocol);
	handle.exists = false;
	return EFI_SUCCESS;
}

static EFI_BOOT_SERVICES services = {
	.LocateDevicePath = locate,
	.HandleProtocol = get_protocol,
	.ReinstallProtocolInterface = replace,
	.InstallMultipleProtocolInterfaces = (void *)install,
	.UninstallMultipleProtocolInterfaces = (void *)uninstall,
};
static struct efi efi = { .bs = &services };

static const struct bzb_range none = { 0, 0 };

static struct bzb_range whole(void)
{
	return (struct bzb_range){ (uintptr_t)initrd, sizeof(initrd) };
}

/* --- the kernel ----------------------------------------------------------- */

static EFI_STATUS load(UINTN *size, void *to)
{
	EFI_LOAD_FILE_PROTOCOL *protocol = handle.protocol;
	EFI_DEVICE_PATH end = { 0 };

	return protocol->LoadFile(protocol, &end, FALSE, size, to);
}

static void check_load(void)
{
	unsigned char loaded[sizeof(initrd)];
	UINTN size = 0;

	CHECK(load(&size, NULL) == EFI_BUFFER_TOO_SMALL);
	CHECK_EQ(sizeof(initrd), size);
	size = sizeof(initrd) - 1;
	CHECK(load(&size, loaded) == EFI_BUFFER_TOO_SMALL);
	CHECK_EQ(sizeof(initrd), size);
	CHECK(load(&size, loaded) == EFI_SUCCESS);
	CHECK_EQ(sizeof(initrd), size);
	CHECK_BYTES(initrd, loaded, size);
}

static void set_up(bool offered)
{
	for (size_t i = 0; i < sizeof(initrd); i++)
		initrd[i] = (unsigned char)i;
	handle.exists = offered;
	handle.protocol = &loaders;
	handle.refuses = false;
}

static void offers(void)
{
	set_up(false);
	CHECK(offer_initrd(&efi, whole()));
	CHECK(handle.path == &efi_initrd_path);
	check_load();
	withdraw_initrd(&efi);
	CHECK(!handle.exists);
}

static void replaces(void)
{
	set_up(true);
	CHECK(offer_initrd(&efi, whole()));
	check_load();
	withdraw_initrd(&efi);
	CHECK(handle.exists && handle.protocol == &loaders);
}

static void hides(void)
{
	UINTN size = 0;

	set_up(true);
	CHECK(offer_initrd(&efi, none));
	CHECK(load(&size, NULL) == EFI_NOT_FOUND);
	withdraw_initrd(&efi);
	CHECK(handle.protocol == &loaders);
}

static void refuses(void)
{
	for (int offered = 0; offered < 2; offered++) {
		set_up(offered);
		handle.refuses = true;
		CHECK(!offer_initrd(&efi, whole()));
		handle.refuses = false;
		withdraw_initrd(&efi);
		CHECK(handle.exists == offered && handle.protocol == &loaders);
	}
}

static const struct test tests[] = {
	{ "an initrd is offered, and withdrawn", offers },
	{ "it replaces a loader's, which is then put back", replaces },
	{ "without one, a loader's is hidden", hides },
	{ "nothing changes if the firmware refuses", refuses },
};

int main(void)
{
	return RUN_TESTS(tests);
}
