/* SPDX-License-Identifier: BSD-2-Clause */
/* screen_info from the Graphics Output Protocol (UEFI 2.10, 12.9). */
#include "efi_boot.h"

struct colour {
	unsigned char size, pos;	/* bits */
};

static struct colour colour_of(uint32_t mask)
{
	struct colour c = { 0, 0 };

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

static void set_colours(struct bzb_screen_info *si, const EFI_PIXEL_BITMASK *masks)
{
	struct colour red = colour_of(masks->RedMask), green = colour_of(masks->GreenMask);
	struct colour blue = colour_of(masks->BlueMask), rsvd = colour_of(masks->ReservedMask);

	si->red_size = red.size, si->red_pos = red.pos;
	si->green_size = green.size, si->green_pos = green.pos;
	si->blue_size = blue.size, si->blue_pos = blue.pos;
	si->rsvd_size = rsvd.size, si->rsvd_pos = rsvd.pos;
	si->lfb_depth = bzb_st16(red.size + green.size + blue.size + rsvd.size);
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
	const EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *mode;
	struct bzb_screen_info *si = &boot->params->screen_info;
	EFI_PIXEL_BITMASK masks;
	uint32_t line;
	uint64_t base;

	if (!gop || !gop->Mode || !gop->Mode->Info || !masks_of(gop->Mode->Info, &masks))
		return;
	mode = gop->Mode->Info;
	base = gop->Mode->FrameBufferBase;
	set_colours(si, &masks);
	line = mode->PixelsPerScanLine * bzb_ld16(si->lfb_depth) / 8;
	si->orig_video_isvga = BZB_VIDEO_TYPE_EFI;
	si->lfb_width = bzb_st16((uint16_t)mode->HorizontalResolution);
	si->lfb_height = bzb_st16((uint16_t)mode->VerticalResolution);
	si->lfb_linelength = bzb_st16((uint16_t)line);
	si->lfb_size = bzb_st32(line * mode->VerticalResolution);
	si->lfb_base = bzb_st32((uint32_t)base);
	si->ext_lfb_base = bzb_st32((uint32_t)(base >> 32));
	if (base >> 32)
		si->capabilities = bzb_st32(BZB_VIDEO_CAPABILITY_64BIT_BASE);
	si->pages = bzb_st16(1);
}
