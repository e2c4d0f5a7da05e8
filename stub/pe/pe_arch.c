/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of arch.h that is the same on all machines whose kernel is an application: there are
 * neither confidential guests nor a number of page table levels to change. */
#include "boot.h"

/* pe_stub.lds; hidden, so that the compiler computes the address from that of the code. */
#pragma GCC visibility push(hidden)
extern const unsigned char text_start[];
#pragma GCC visibility pop

/* The canary of the libraries that the distribution compiles with a stack protector. */
extern uintptr_t __stack_chk_guard;
uintptr_t __stack_chk_guard = 0x5a5b5c5d5e5f6061;

unsigned char *arch_image(void)
{
	return (unsigned char *)(uintptr_t)text_start - BZB_PAGE_SIZE;
}

bool arch_is_virtual(void)
{
	return false;
}

/* No other processor runs code of ours. */
bool arch_is_boot_processor(void)
{
	return true;
}

struct guest arch_guest(void)
{
	return (struct guest){ 0 };
}

bool arch_admit_guest(struct boot *boot, const struct guest_blob *blob)
{
	(void)boot;
	(void)blob;
	return true;
}

/* The kernel is started by efi_finish_and_leave(), which fails if it returns. */
_Noreturn void arch_jump(uint64_t entry, struct bzb_boot_params *params)
{
	(void)entry;
	(void)params;
	arch_halt();
}
