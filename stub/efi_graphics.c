/* SPDX-License-Identifier: BSD-2-Clause */
/* screen_info from the Graphics Output Protocol (UEFI 2.10, 12.9). */
#include "efi_boot.h"

static struct bzb_colour colour_of(uint32_t mask)
{
	struct bzb_colour c = { 0, 0 };

	if (!mask)
		return c;
	for (; !(mask & 1); mask >>= 1)
		c.pos++;
	for (; mask & 1; mask >>= 1)
		c.size++;
	return c;
}

/* The masks of a pixel format; false for one without a frame buffer. */
static bool masks_of(const EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *mode, EFI_PIXEL_BITMASK *ret)
{
	switch (mode->PixelFormat) {
	case PixelRedGreenBlueReserved8BitPerColor:
		*ret = (EFI_PIXEL_BITMASK){ 0xff, 0xff00, 0xff0000, 0xff000000 };
		return true;
	case PixelBlueGreenRedReserved8BitPerColor:
		*ret = (EFI_PIXEL_BITMASK){ 0xff0000, 0xff00, 0xff, 0xff000000 };
		return true;
	case PixelBitMask:
		*ret = mode->PixelInformation;
		return true;
	default:
		return false;
	}
}

static struct bzb_framebuffer framebuffer_of(const EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE *mode,
					     const EFI_PIXEL_BITMASK *masks)
{
	struct bzb_framebuffer fb = {
		.base = mode->FrameBufferBase,
		.width = (uint16_t)mode->Info->HorizontalResolution,
		.height = (uint16_t)mode->Info->VerticalResolution,
		.red = colour_of(masks->RedMask),
		.green = colour_of(masks->GreenMask),
		.blue = colour_of(masks->BlueMask),
		.reserved = colour_of(masks->ReservedMask),
		.type = BZB_VIDEO_TYPE_EFI,
	};

	fb.depth = fb.red.size + fb.green.size + fb.blue.size + fb.reserved.size;
	fb.line_length = (uint16_t)(mode->Info->PixelsPerScanLine * fb.depth / 8);
	return fb;
}

static EFI_GRAPHICS_OUTPUT_PROTOCOL *find_gop(struct efi *efi)
{
	static EFI_GUID guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
	EFI_GRAPHICS_OUTPUT_PROTOCOL *gop;

	/* The console's own comes first: that is the screen somebody watches. */
	if (efi->st->ConsoleOutHandle &&
	    !EFI_ERROR(efi->bs->HandleProtocol(efi->st->ConsoleOutHandle, &guid, (void **)&gop)) &&
	    gop->Mode->Info->PixelFormat != PixelBltOnly)
		return gop;
	if (EFI_ERROR(efi->bs->LocateProtocol(&guid, NULL, (void **)&gop)))
		return NULL;
	return gop;
}

void efi_set_screen(struct boot *boot)
{
	EFI_GRAPHICS_OUTPUT_PROTOCOL *gop = find_gop(boot->efi);
	struct bzb_framebuffer fb;
	EFI_PIXEL_BITMASK masks;

	/* A loader that copied the image's first sector left its header here. */
	boot->params->screen_info = (struct bzb_screen_info){ 0 };
	if (!gop || !gop->Mode || !gop->Mode->Info || !masks_of(gop->Mode->Info, &masks))
		return;
	fb = framebuffer_of(gop->Mode, &masks);
	bzb_boot_params_set_framebuffer(boot->params, &fb);
}
