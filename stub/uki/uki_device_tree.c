/* SPDX-License-Identifier: BSD-2-Clause */
/* The device tree in .dtb, for machines whose kernels take one. */
#include <bzboot/device_tree.h>

#include "console.h"
#include "uki_boot.h"

bool uki_install_tree(struct boot *boot, struct bzb_span section, const char *failure)
{
	struct bzb_span tree;

	if (!bzb_device_tree_parse(section, &tree) && efi_install_device_tree(boot->efi, tree))
		return true;
	boot_say(boot, failure);
	return false;
}

enum stub_error uki_install_device_tree(struct boot *boot)
{
	const struct bzb_span section = uki_section(boot->efi->uki, BZB_UKI_DTB);

	if (section.size)
		uki_install_tree(boot, section,
				 "the device tree in .dtb is ignored: it is invalid, or the "
				 "firmware refuses it");
	return STUB_OK;
}
