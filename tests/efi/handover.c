/* SPDX-License-Identifier: BSD-2-Clause */
/* Enters the image at its handover entry, like boot loaders that load it themselves. */
#include "driver.h"

/* Linux, Documentation/arch/x86/boot.rst and zero-page.rst */
#define CC_BLOB_AT 0x13c
#define EDID_AT 0x140
#define EDID_SIZE 128
#define HEADER_AT 0x1f1		/* begins with setup_sects */
#define HEADER_END_AT 0x201	/* counted from 0x202 */
#define TYPE_OF_LOADER_AT 0x210
#define CMD_LINE_PTR_AT 0x228
#define HANDOVER_OFFSET_AT 0x264
#define ENTRY_64 0x200		/* of the 64-bit entries, after those for 32 bits */
#define SECTOR 512

static void *take(uint64_t size, EFI_PHYSICAL_ADDRESS below)
{
	EFI_PHYSICAL_ADDRESS addr = below;

	if (EFI_ERROR(real_bs->AllocatePages(AllocateMaxAddress, EfiLoaderCode,
					     size / EFI_PAGE_SIZE + 1, &addr)))
		give_up("no memory to load the image");
	return (void *)(uintptr_t)addr;
}

static _Noreturn void hand_over(void *params)
{
	size_t size;
	const unsigned char *image = image_bytes(&size);
	size_t skipped = (image[HEADER_AT] + 1u) * SECTOR;
	unsigned char *at = take(size - skipped, UINT32_MAX);

	memcpy(at, image + skipped, size - skipped);
	at += ENTRY_64 + load(image + HANDOVER_OFFSET_AT, 4);
	asm volatile("jmp *%0"
		     :
		     : "r"(at), "D"(driver_handle), "S"(real_st), "d"(params)
		     : "memory");
	__builtin_unreachable();
}

void run_handover(void)
{
	hand_over(NULL);
}

/* With an invalid EDID, and an invalid confidential computing blob. The sentinel is 0, by which the
 * loader claims that it has cleared them. */
void run_handover_params(void)
{
	static const char cmdline[] = "handed over";
	size_t size;
	const unsigned char *image = image_bytes(&size);
	unsigned char *params = take(EFI_PAGE_SIZE + sizeof(cmdline), UINT32_MAX);
	unsigned char *text = params + EFI_PAGE_SIZE;
	uint32_t address = (uint32_t)(uintptr_t)text;

	memset(params, 0, EFI_PAGE_SIZE);
	memcpy(params + HEADER_AT, image + HEADER_AT, image[HEADER_END_AT] + 0x202u - HEADER_AT);
	memcpy(text, cmdline, sizeof(cmdline));
	memcpy(params + CMD_LINE_PTR_AT, &address, sizeof(address));
	params[TYPE_OF_LOADER_AT] = 0xff;
	memcpy(params + CC_BLOB_AT, "\xef\xbe\xad\xde", 4);
	memset(params + EDID_AT, 0x13, EDID_SIZE);
	hand_over(params);
}
