/* SPDX-License-Identifier: BSD-2-Clause */
/* screen_info and edid_info from the Graphics Output Protocol (UEFI 2.10, 12.9). */
#include "console.h"
#include "efi_services.h"

typedef EFI_GRAPHICS_OUTPUT_PROTOCOL graphics;
typedef EFI_GRAPHICS_OUTPUT_MODE_INFORMATION mode_info;

#define LIST_SECONDS 10			/* to read the list of VIDEO_LIST */
#define TIMER_SECOND 10000000ull	/* UEFI 2.10, 7.1: units of 100 ns */

static struct bzb_colour colour_of(uint32_t mask)
{
	struct bzb_colour c = { 0, 0 };

	if (!mask)
		return c;
	for (; !(mask & 1); mask >>= 1)
		c.pos++;
	for (; mask; mask >>= 1)
		c.size++;
	return c;
}

/* The masks of a pixel format; false for one without a frame buffer. */
static bool masks_of(const mode_info *mode, EFI_PIXEL_BITMASK *ret)
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

static bool has_frame_buffer(const mode_info *mode)
{
	EFI_PIXEL_BITMASK masks;

	return masks_of(mode, &masks);
}

static unsigned char depth_of(const mode_info *mode)
{
	EFI_PIXEL_BITMASK m = { 0 };

	masks_of(mode, &m);
	return colour_of(m.RedMask | m.GreenMask | m.BlueMask | m.ReservedMask).size;
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

	fb.depth = (uint16_t)(fb.red.size + fb.green.size + fb.blue.size + fb.reserved.size);
	fb.line_length = (uint16_t)(mode->Info->PixelsPerScanLine * fb.depth / 8);
	return fb;
}

/*
 * Where the firmware shows one console on several screens, some of the protocols
 * have no device. The first one that belongs to the console has one. If none
 * belongs to it, the first one is used.
 */
static graphics *find_gop(EFI_BOOT_SERVICES *bs, EFI_HANDLE *ret_handle)
{
	EFI_GUID guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID, console = STUB_CONSOLE_OUT_DEVICE_GUID;
	EFI_HANDLE *handles;
	graphics *gop, *found = NULL;
	void *unused;
	UINTN count;

	if (EFI_ERROR(bs->LocateHandleBuffer(ByProtocol, &guid, NULL, &count, &handles)))
		return NULL;
	for (UINTN i = 0; i < count; i++) {
		bool of_console;

		if (EFI_ERROR(bs->HandleProtocol(handles[i], &guid, (void **)&gop)) || !gop->Mode ||
		    !gop->Mode->Info || !has_frame_buffer(gop->Mode->Info))
			continue;
		of_console = !EFI_ERROR(bs->HandleProtocol(handles[i], &console, &unused));
		if (of_console || !found) {
			found = gop;
			*ret_handle = handles[i];
		}
		if (of_console)
			break;
	}
	bs->FreePool(handles);
	return found;
}

/* Reads a mode; false if there is no such mode, or if it has no frame buffer. */
static bool read_mode(EFI_BOOT_SERVICES *bs, graphics *gop, UINT32 number, mode_info *ret)
{
	mode_info *info;
	UINTN size;

	if (number >= gop->Mode->MaxMode || EFI_ERROR(gop->QueryMode(gop, number, &size, &info)))
		return false;
	*ret = *info;
	bs->FreePool(info);
	return has_frame_buffer(ret);
}

static bool is_wished(const struct video_wish *wish, const mode_info *mode)
{
	static const EFI_GRAPHICS_PIXEL_FORMAT formats[] = {
		[VIDEO_RGB] = PixelRedGreenBlueReserved8BitPerColor,
		[VIDEO_BGR] = PixelBlueGreenRedReserved8BitPerColor,
	};

	return mode->HorizontalResolution == wish->width &&
	       mode->VerticalResolution == wish->height &&
	       (!wish->depth || wish->depth == depth_of(mode)) &&
	       (wish->order == VIDEO_ANY || mode->PixelFormat == formats[wish->order]);
}

/* More pixels, or equally many with more colours. */
static bool is_better(const mode_info *a, const mode_info *b)
{
	uint64_t area_a = (uint64_t)a->HorizontalResolution * a->VerticalResolution;
	uint64_t area_b = (uint64_t)b->HorizontalResolution * b->VerticalResolution;

	return area_a > area_b || (area_a == area_b && depth_of(a) > depth_of(b));
}

/* The mode that the command line asks for; the current one if there is no such mode. */
static UINT32 choose_mode(struct boot *boot, graphics *gop)
{
	const struct video_wish *wish = &boot->options.video;
	UINT32 chosen = gop->Mode->Mode;
	mode_info best = *gop->Mode->Info, info;

	if (wish->choice == VIDEO_MODE)
		return read_mode(boot->efi->bs, gop, wish->mode, &info) ? wish->mode : chosen;
	if (wish->choice == VIDEO_SIZE && is_wished(wish, &best))
		return chosen;
	for (UINT32 i = 0; i < gop->Mode->MaxMode; i++) {
		if (!read_mode(boot->efi->bs, gop, i, &info))
			continue;
		if (wish->choice == VIDEO_SIZE && is_wished(wish, &info))
			return i;
		if (wish->choice == VIDEO_AUTO && is_better(&info, &best)) {
			best = info;
			chosen = i;
		}
	}
	return chosen;
}

/* Waits until a key is pressed, or for LIST_SECONDS. */
static void wait_for_key(struct efi *efi)
{
	SIMPLE_INPUT_INTERFACE *in = efi->st->ConIn;
	EFI_EVENT events[2];
	EFI_INPUT_KEY key;
	UINTN which;

	if (!in || EFI_ERROR(efi->bs->CreateEvent(EVT_TIMER, 0, NULL, NULL, &events[0])))
		return;
	events[1] = in->WaitForKey;
	if (!EFI_ERROR(efi->bs->SetTimer(events[0], TimerRelative, LIST_SECONDS * TIMER_SECOND)) &&
	    !EFI_ERROR(efi->bs->WaitForEvent(2, events, &which)) && which == 1)
		in->ReadKeyStroke(in, &key);
	efi->bs->CloseEvent(events[0]);
}

static void list_modes(struct boot *boot, graphics *gop)
{
	mode_info info;

	for (UINT32 i = 0; i < gop->Mode->MaxMode; i++)
		if (read_mode(boot->efi->bs, gop, i, &info))
			boot_say_numbers(boot, "video=efifb:mode=%, % x %, % bits",
					 (const uint64_t[]){ i, info.HorizontalResolution,
							     info.VerticalResolution,
							     depth_of(&info) });
	boot_say(boot, "press a key, or wait 10 seconds");
	wait_for_key(boot->efi);
}

static void set_mode(struct boot *boot, graphics *gop)
{
	UINT32 mode;

	if (boot->options.video.choice == VIDEO_KEEP)
		return;
	if (boot->options.video.choice == VIDEO_LIST) {
		list_modes(boot, gop);
		return;
	}
	mode = choose_mode(boot, gop);
	if (mode != gop->Mode->Mode && EFI_ERROR(gop->SetMode(gop, mode)))
		boot_say(boot, "the screen does not accept the mode of video=");
}

/* The monitor's EDID, if the firmware has read it. The active one may be an override by the user.
 * Both protocols have the same fields. */
static void set_edid(struct boot *boot, EFI_HANDLE screen)
{
	EFI_GUID active = EFI_EDID_ACTIVE_PROTOCOL_GUID;
	EFI_GUID discovered = EFI_EDID_DISCOVERED_PROTOCOL_GUID;
	EFI_BOOT_SERVICES *bs = boot->efi->bs;
	EFI_EDID_ACTIVE_PROTOCOL *edid;

	if (EFI_ERROR(bs->HandleProtocol(screen, &active, (void **)&edid)) &&
	    EFI_ERROR(bs->HandleProtocol(screen, &discovered, (void **)&edid)))
		return;
	if (edid->Edid && edid->SizeOfEdid >= sizeof(boot->params->edid_info))
		memcpy(boot->params->edid_info, edid->Edid, sizeof(boot->params->edid_info));
}

void efi_set_screen(struct boot *boot)
{
	EFI_HANDLE screen;
	graphics *gop = find_gop(boot->efi->bs, &screen);
	struct bzb_framebuffer fb;
	EFI_PIXEL_BITMASK masks;

	/* A loader that copies the image's first sector leaves its headers here. */
	boot->params->screen_info = (struct bzb_screen_info){ 0 };
	memset(boot->params->edid_info, 0, sizeof(boot->params->edid_info));
	if (!gop)
		return;
	set_mode(boot, gop);
	set_edid(boot, screen);
	if (!masks_of(gop->Mode->Info, &masks))
		return;
	fb = framebuffer_of(gop->Mode, &masks);
	bzb_boot_params_set_framebuffer(boot->params, &fb);
}
