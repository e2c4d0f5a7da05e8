/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The firmware's table for a guest of SEV-SNP, on a processor without SEV-SNP
 */
#include "driver.h"

#define PAGE 4096u

static const struct start plain = { NULL, 0, false };
static const struct plan leave = { .leave = true };

/* Linux, arch/x86/include/asm/sev.h: cc_blob_sev_info */
static const struct {
	uint32_t magic, version;
	uint64_t secrets;
	uint32_t secrets_size, reserved;
	uint64_t cpuid;
	uint32_t cpuid_size, reserved2;
} sound = { 0x45444d41, 1, 0x800000, PAGE, 0, 0x801000, PAGE, 0 };

void run_blob(void)
{
	static EFI_GUID guid = {
		0x067b1f5f, 0xcf26, 0x44c5, { 0x85, 0x54, 0x93, 0xd7, 0x77, 0x91, 0x2d, 0x42 }
	};
	EFI_PHYSICAL_ADDRESS addr = UINT32_MAX;

	if (EFI_ERROR(real_bs->AllocatePages(AllocateMaxAddress, EfiACPIReclaimMemory, 1, &addr)))
		give_up("no memory for the blob");
	memcpy((void *)(uintptr_t)addr, &sound, sizeof(sound));
	if (EFI_ERROR(real_bs->InstallConfigurationTable(&guid, (void *)(uintptr_t)addr)))
		give_up("cannot install the blob");
	image_start(&plain, &leave);
}
