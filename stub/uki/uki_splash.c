/* SPDX-License-Identifier: BSD-2-Clause */
/* The splash screen: the bitmap in .splash, in the middle of the screen, as soon as it is measured.
 * A boot does not depend on it. */
#include "bitmap.h"
#include "console.h"
#include "uki_boot.h"

typedef EFI_GRAPHICS_OUTPUT_PROTOCOL graphics;

_Static_assert(sizeof(struct bitmap_pixel) == sizeof(EFI_GRAPHICS_OUTPUT_BLT_PIXEL), "pixel");

/* As in systemd-stub: Apple's firmware has a grey screen. */
static struct bitmap_pixel background_of(const EFI_SYSTEM_TABLE *st)
{
	static const CHAR16 apple[] = L"Apple";
	const bool is_apple = !memcmp(st->FirmwareVendor, apple, sizeof(apple));

	return is_apple ? (struct bitmap_pixel){ 0xc0, 0xc0, 0xc0, 0 } : (struct bitmap_pixel){ 0 };
}

static EFI_STATUS fill(graphics *gop, struct bitmap_pixel colour)
{
	return gop->Blt(gop, (void *)&colour, EfiBltVideoFill, 0, 0, 0, 0,
			gop->Mode->Info->HorizontalResolution, gop->Mode->Info->VerticalResolution,
			0);
}

static EFI_STATUS draw(graphics *gop, const struct bitmap *bitmap, struct bitmap_pixel background,
		       struct bitmap_pixel *row)
{
	const UINTN x = (gop->Mode->Info->HorizontalResolution - bitmap->width) / 2;
	const UINTN top = (gop->Mode->Info->VerticalResolution - bitmap->height) / 2;
	EFI_STATUS status = EFI_SUCCESS;

	for (uint32_t y = 0; !EFI_ERROR(status) && y < bitmap->height; y++) {
		bitmap_row(bitmap, y, background, row);
		status = gop->Blt(gop, (void *)row, EfiBltBufferToVideo, 0, 0, x, top + y,
				  bitmap->width, 1, 0);
	}
	return status;
}

static bool fits(const graphics *gop, const struct bitmap *bitmap)
{
	return gop->Mode && gop->Mode->Info &&
	       bitmap->width <= gop->Mode->Info->HorizontalResolution &&
	       bitmap->height <= gop->Mode->Info->VerticalResolution;
}

static void show(struct efi *efi, const struct bitmap *bitmap)
{
	EFI_GUID guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
	const struct bitmap_pixel background = background_of(efi->st);
	struct bitmap_pixel *row;
	graphics *gop;

	if (EFI_ERROR(efi->bs->LocateProtocol(&guid, NULL, (void **)&gop)) || !fits(gop, bitmap) ||
	    EFI_ERROR(efi->bs->AllocatePool(EfiLoaderData, bitmap->width * sizeof(*row),
					    (void **)&row)))
		return;
	if (!EFI_ERROR(fill(gop, background)))
		draw(gop, bitmap, background, row);
	efi->bs->FreePool(row);
}

enum stub_error uki_show_splash(struct boot *boot)
{
	const struct bzb_span file = uki_section(boot->efi->uki, BZB_UKI_SPLASH);
	struct bitmap bitmap;

	if (!file.size)
		return STUB_OK;
	if (bitmap_parse(file, &bitmap))
		boot_say(boot, "the splash screen is not an uncompressed BMP file: it is ignored");
	else
		show(boot->efi, &bitmap);
	return STUB_OK;
}
