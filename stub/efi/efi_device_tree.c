/* SPDX-License-Identifier: BSD-2-Clause */
/* The device tree for the kernel: a configuration table. No stub for x86-64 links this. */
#include "efi_services.h"

static EFI_GUID guid = STUB_DEVICE_TREE_TABLE_GUID;
static void *ours, *earlier; /* the tables; NULL: there is none */

/* @size: at least that of the tree */
static void *copy_tree(struct efi *efi, struct bzb_span tree, uint64_t size)
{
	void *copy = efi_keep(efi, EfiACPIReclaimMemory, size);

	if (copy)
		memcpy(copy, tree.data, tree.size);
	return copy;
}

/* @copy: of the tree; replaced if the firmware needs more room */
static bool fix_up(struct efi *efi, struct bzb_span tree, void **copy)
{
	static EFI_GUID fixup_guid = STUB_DT_FIXUP_GUID;
	const UINT32 what = STUB_DT_APPLY_FIXUPS | STUB_DT_RESERVE_MEMORY;
	struct dt_fixup_protocol *firmware;
	UINTN size = tree.size;
	EFI_STATUS status;

	if (EFI_ERROR(efi->bs->LocateProtocol(&fixup_guid, NULL, (void **)&firmware)))
		return true;
	status = firmware->fixup(firmware, *copy, &size, what);
	if (status == EFI_BUFFER_TOO_SMALL && size > tree.size) {
		*copy = copy_tree(efi, tree, size);
		if (!*copy)
			return false;
		status = firmware->fixup(firmware, *copy, &size, what);
	}
	return !EFI_ERROR(status);
}

bool efi_install_device_tree(struct efi *efi, struct bzb_span tree)
{
	void *before = efi_find_table(efi, &guid), *copy = copy_tree(efi, tree, tree.size);

	if (!copy || !fix_up(efi, tree, &copy) ||
	    EFI_ERROR(efi->bs->InstallConfigurationTable(&guid, copy)))
		return false;
	if (!ours)
		earlier = before;
	ours = copy;
	return true;
}

void efi_restore_device_tree(struct efi *efi)
{
	if (ours && efi_find_table(efi, &guid) == ours)
		efi->bs->InstallConfigurationTable(&guid, earlier);
	ours = NULL;
}
