/* SPDX-License-Identifier: BSD-2-Clause */
/* The device tree for the kernel: stub/efi/efi_device_tree.c, with a firmware that has one table at
 * most */
#include "test.h"

#include "efi/efi_services.h"

static const unsigned char tree[] = "a device tree", other[] = "another device tree";
static unsigned char firmwares[] = "the firmware's";

/* EFI_DT_FIXUP_PROTOCOL: it changes the first byte of a tree. */
static struct {
	bool exists;
	UINTN wants; /* bytes of the buffer */
	EFI_STATUS status;
	unsigned int calls;
} fixup;

static void *table; /* NULL: none */
static bool refuses, has_memory;

static EFI_STATUS EFIAPI fix(struct dt_fixup_protocol *self, void *bytes, UINTN *size, UINT32 what)
{
	const UINTN room = *size;

	(void)self;
	CHECK_EQ(3, what);
	fixup.calls++;
	*size = fixup.wants;
	if (room < fixup.wants)
		return EFI_BUFFER_TOO_SMALL;
	*(unsigned char *)bytes = '!';
	return fixup.status;
}

static struct dt_fixup_protocol protocol = { 0x10000, fix };

static EFI_STATUS EFIAPI locate(EFI_GUID *guid, VOID *registration, VOID **ret)
{
	static const EFI_GUID expected = STUB_DT_FIXUP_GUID;

	CHECK(!memcmp(guid, &expected, sizeof(expected)) && !registration);
	*ret = &protocol;
	return fixup.exists ? EFI_SUCCESS : EFI_NOT_FOUND;
}

static EFI_STATUS EFIAPI install(EFI_GUID *guid, VOID *new)
{
	static const EFI_GUID expected = STUB_DEVICE_TREE_TABLE_GUID;

	CHECK(!memcmp(guid, &expected, sizeof(expected)));
	if (refuses)
		return EFI_OUT_OF_RESOURCES;
	table = new;
	return EFI_SUCCESS;
}

static EFI_BOOT_SERVICES services = {
	.LocateProtocol = locate,
	.InstallConfigurationTable = install,
};
static struct efi efi = { .bs = &services };

/* --- other parts of the stub ------------------------------------------------------ */

void *efi_find_table(const struct efi *firmware, const EFI_GUID *guid)
{
	(void)firmware;
	(void)guid;
	return table;
}

void *efi_keep(struct efi *firmware, EFI_MEMORY_TYPE type, uint64_t size)
{
	(void)firmware;
	CHECK_EQ(EfiACPIReclaimMemory, type);
	return has_memory ? test_alloc(size) : NULL;
}

/* --- tests ------------------------------------------------------------------------ */

static void set_up(void *first)
{
	efi_restore_device_tree(&efi);
	memset(&fixup, 0, sizeof(fixup));
	table = first;
	refuses = false;
	has_memory = true;
}

static void installs(void)
{
	set_up(firmwares);
	CHECK(efi_install_device_tree(&efi, SPAN(tree)));
	CHECK(table != tree);
	CHECK_BYTES(tree, table, sizeof(tree));
	CHECK(efi_install_device_tree(&efi, SPAN(other)));
	CHECK_BYTES(other, table, sizeof(other));
	efi_restore_device_tree(&efi);
	CHECK(table == firmwares);
}

static void restores_nothing(void)
{
	set_up(NULL);
	CHECK(efi_install_device_tree(&efi, SPAN(tree)));
	efi_restore_device_tree(&efi);
	CHECK(!table);
	table = firmwares;
	efi_restore_device_tree(&efi);
	CHECK(table == firmwares);
}

static void leaves_the_kernels(void)
{
	set_up(firmwares);
	CHECK(efi_install_device_tree(&efi, SPAN(tree)));
	table = &fixup;
	efi_restore_device_tree(&efi);
	CHECK(table == &fixup);
}

static void is_completed(void)
{
	for (UINTN more = 0; more < 5000; more += 4096) {
		set_up(firmwares);
		fixup.exists = true;
		fixup.wants = sizeof(tree) + more;
		CHECK(efi_install_device_tree(&efi, SPAN(tree)));
		CHECK_EQ(more ? 2 : 1, fixup.calls);
		CHECK_BYTES("! device tree", table, sizeof(tree));
	}
}

static void check_refused(void)
{
	CHECK(!efi_install_device_tree(&efi, SPAN(tree)));
	CHECK(table == firmwares);
	efi_restore_device_tree(&efi);
	CHECK(table == firmwares);
}

static void is_refused(void)
{
	set_up(firmwares);
	refuses = true;
	check_refused();
	set_up(firmwares);
	has_memory = false;
	check_refused();
	set_up(firmwares);
	fixup.exists = true;
	fixup.status = EFI_INVALID_PARAMETER;
	check_refused();
	fixup.status = EFI_BUFFER_TOO_SMALL;
	check_refused();
}

static const struct test tests[] = {
	{ "a tree is installed, and the firmware's is restored", installs },
	{ "where there was none, none is left", restores_nothing },
	{ "another one of the kernel stays", leaves_the_kernels },
	{ "the firmware completes it, in the room it wants", is_completed },
	{ "nothing changes if the firmware refuses", is_refused },
};

int main(void)
{
	return RUN_TESTS(tests);
}
