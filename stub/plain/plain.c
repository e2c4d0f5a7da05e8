/* SPDX-License-Identifier: BSD-2-Clause */
/* A stub that is not for unified kernel images. */
#include "efi/unified.h"

enum stub_error unified_read_cmdline(struct boot *boot)
{
	return efi_read_cmdline(boot);
}

enum stub_error unified_set_initrd(struct boot *boot)
{
	return efi_set_initrd(boot);
}
