/* SPDX-License-Identifier: BSD-2-Clause */
/* Kinds of memory that QEMU lacks, only in the memory map */
#include "driver.h"

/* UEFI 2.10, 7.2 */
#define UNACCEPTED 15
#define MORE_RELIABLE 0x10000ull
#define SPECIFIC_PURPOSE 0x40000ull
#define HOT_PLUGGABLE 0x100000ull

static const struct start plain = { NULL, 0, false };

/* EDK2, OvmfPkg: the caller of this protocol accepts memory itself. */
struct acceptance {
	EFI_STATUS(EFIAPI *allow)(struct acceptance *self);
};

static EFI_STATUS EFIAPI allow(struct acceptance *self)
{
	(void)self;
	say_line("unaccepted=allowed\r\n");
	return EFI_SUCCESS;
}

static void offer_acceptance(void)
{
	static EFI_GUID guid = {
		0xc5a010fe, 0x38a7, 0x4531, { 0x8a, 0x4a, 0x05, 0x00, 0xd2, 0xfd, 0x16, 0x49 }
	};
	static struct acceptance acceptance = { allow };
	EFI_HANDLE handle = NULL;

	if (EFI_ERROR(real_bs->InstallMultipleProtocolInterfaces(&handle, &guid, &acceptance,
								 NULL)))
		give_up("cannot install the protocol");
}

/* Makes free memory above 4 GiB begin inside a unit. */
static void take_first_page(void)
{
	EFI_PHYSICAL_ADDRESS addr = 1ull << 32;

	if (EFI_ERROR(real_bs->AllocatePages(AllocateAddress, EfiLoaderData, 1, &addr)))
		give_up("no memory at 4 GiB");
}

void run_unaccepted(void)
{
	const struct plan come_back = { .type = UNACCEPTED };
	const struct plan leave = { .leave = true, .type = UNACCEPTED };

	take_first_page();
	offer_acceptance();
	report("unaccepted", image_start(&plain, &come_back));
	image_start(&plain, &leave);
}

static void start_with(uint64_t attribute)
{
	const struct plan leave = { .leave = true, .attribute = attribute };

	image_start(&plain, &leave);
}

void run_special(void)
{
	start_with(SPECIFIC_PURPOSE);
}

void run_reliable(void)
{
	start_with(MORE_RELIABLE);
}

void run_pluggable(void)
{
	start_with(HOT_PLUGGABLE);
}
