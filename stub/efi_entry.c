/* SPDX-License-Identifier: BSD-2-Clause */
/* The PE entry: firmware, shim, a boot manager or a boot loader started us. */
#include "efi_boot.h"
#include "layout.h"

/* From the linker script and entry.S. */
extern const unsigned char blank_manifest[];
extern const struct { uint64_t offset, info, addend; } rela_start[], rela_end[];

#define R_X86_64_RELATIVE 8u

/* Where RVA 0 is. By an instruction, as entry.S does not start there. */
static unsigned char *image_base(void)
{
	uintptr_t text;

	__asm__("leaq entry32(%%rip), %0" : "=r"(text));
	return (unsigned char *)(text - TEXT_RVA);
}

/*
 * Tables of pointers hold link addresses until this has run. The stub is linked
 * at 0, so what has to be added is where RVA 0 is.
 */
static void relocate_self(unsigned char *image)
{
	for (const __typeof__(*rela_start) *r = rela_start; r < rela_end; r++)
		if ((uint32_t)r->info == R_X86_64_RELATIVE)
			*(uint64_t *)(image + r->offset) =
				(uint64_t)(uintptr_t)image + r->addend;
}

static void print(struct boot *boot, const char *text)
{
	SIMPLE_TEXT_OUTPUT_INTERFACE *out = boot->efi->st->ConOut;
	CHAR16 line[64];

	if (!out)
		return;
	while (*text) {
		size_t n = 0;

		while (*text && n < sizeof(line) / sizeof(line[0]) - 1)
			line[n++] = (unsigned char)*text++;
		line[n] = 0;
		out->OutputString(out, line);
	}
}

static EFI_STATUS status_of(enum stub_error error)
{
	static const EFI_STATUS statuses[] = {
		[STUB_OK] = EFI_SUCCESS,
		[STUB_CORRUPT] = EFI_LOAD_ERROR,
		[STUB_NO_MEMORY] = EFI_OUT_OF_RESOURCES,
		[STUB_FIRMWARE] = EFI_DEVICE_ERROR,
	};

	return statuses[error];
}

EFI_STATUS EFIAPI efi_entry(EFI_HANDLE handle, EFI_SYSTEM_TABLE *st)
{
	static EFI_GUID loaded_image_guid = LOADED_IMAGE_PROTOCOL;
	unsigned char *image = image_base();
	struct efi efi = { .handle = handle, .st = st, .bs = st->BootServices };
	struct boot boot = {
		.image = image,
		.manifest_bytes = { blank_manifest, sizeof(struct bzb_manifest_header) },
		.print = print,
		.efi = &efi,
	};
	enum stub_error error;
	EFI_STATUS status;

	relocate_self(image);
	status = efi.bs->HandleProtocol(handle, &loaded_image_guid, (void **)&efi.image);
	if (EFI_ERROR(status))
		return status;
	error = stub_main(&boot);
	efi_release_all(&efi);
	return status_of(error);
}
