/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A unified kernel image with files beside it, on the disk that it came from: each call on the way
 * to them fails once. The image boots without the file, or returns for lack of memory, and keeps
 * nothing.
 */
#include "driver.h"

#define CALLS_MAX 1000
#define OPEN_MAX 8

static EFI_HANDLE_PROTOCOL other_handle_protocol;
static EFI_LOCATE_PROTOCOL other_locate_protocol;
static EFI_EXIT_BOOT_SERVICES other_exit;

/* --- files of the disk ----------------------------------------------------------- */

static struct open {
	EFI_FILE file;
	EFI_FILE_HANDLE real; /* NULL: free */
} opened[OPEN_MAX];

static EFI_FILE_HANDLE real_of(EFI_FILE_HANDLE self)
{
	return ((struct open *)self)->real;
}

static EFI_FILE_HANDLE wrap(EFI_FILE_HANDLE real);

static EFI_STATUS EFIAPI open_file(EFI_FILE_HANDLE self, EFI_FILE_HANDLE *ret, CHAR16 *name,
				   UINT64 mode, UINT64 attributes)
{
	EFI_FILE_HANDLE real;
	EFI_STATUS status;

	if (call_fails("Open"))
		return EFI_DEVICE_ERROR;
	status = real_of(self)->Open(real_of(self), &real, name, mode, attributes);
	if (!EFI_ERROR(status))
		*ret = wrap(real);
	return status;
}

static EFI_STATUS EFIAPI close_file(EFI_FILE_HANDLE self)
{
	EFI_FILE_HANDLE real = real_of(self);

	if (!real) {
		account.wrong++;
		return EFI_INVALID_PARAMETER;
	}
	account.files--;
	((struct open *)self)->real = NULL;
	return real->Close(real);
}

static EFI_STATUS EFIAPI read_file(EFI_FILE_HANDLE self, UINTN *size, void *to)
{
	if (call_fails("Read"))
		return EFI_DEVICE_ERROR;
	return real_of(self)->Read(real_of(self), size, to);
}

static EFI_STATUS EFIAPI write_file(EFI_FILE_HANDLE self, UINTN *size, void *from)
{
	if (call_fails("Write"))
		return EFI_DEVICE_ERROR;
	return real_of(self)->Write(real_of(self), size, from);
}

static EFI_STATUS EFIAPI flush_file(EFI_FILE_HANDLE self)
{
	if (call_fails("Flush"))
		return EFI_DEVICE_ERROR;
	return real_of(self)->Flush(real_of(self));
}

static EFI_STATUS EFIAPI set_position(EFI_FILE_HANDLE self, UINT64 to)
{
	if (call_fails("SetPosition"))
		return EFI_DEVICE_ERROR;
	return real_of(self)->SetPosition(real_of(self), to);
}

static EFI_STATUS EFIAPI get_position(EFI_FILE_HANDLE self, UINT64 *ret)
{
	if (call_fails("GetPosition"))
		return EFI_DEVICE_ERROR;
	return real_of(self)->GetPosition(real_of(self), ret);
}

static EFI_STATUS EFIAPI get_info(EFI_FILE_HANDLE self, EFI_GUID *type, UINTN *size, void *to)
{
	if (call_fails("GetInfo"))
		return EFI_DEVICE_ERROR;
	return real_of(self)->GetInfo(real_of(self), type, size, to);
}

static EFI_FILE_HANDLE wrap(EFI_FILE_HANDLE real)
{
	for (size_t i = 0; i < OPEN_MAX; i++)
		if (!opened[i].real) {
			opened[i] = (struct open){
				.file = { .Open = open_file,
					  .Close = close_file,
					  .Read = read_file,
					  .Write = write_file,
					  .Flush = flush_file,
					  .SetPosition = set_position,
					  .GetPosition = get_position,
					  .GetInfo = get_info },
				.real = real,
			};
			account.files++;
			return &opened[i].file;
		}
	give_up("the image has too many files open");
}

static EFI_FILE_IO_INTERFACE *real_volume;

static EFI_STATUS EFIAPI open_volume(EFI_FILE_IO_INTERFACE *self, EFI_FILE_HANDLE *ret)
{
	EFI_FILE_HANDLE real;
	EFI_STATUS status;

	(void)self;
	if (call_fails("OpenVolume"))
		return EFI_DEVICE_ERROR;
	status = real_volume->OpenVolume(real_volume, &real);
	if (!EFI_ERROR(status))
		*ret = wrap(real);
	return status;
}

static EFI_FILE_IO_INTERFACE volume = { .OpenVolume = open_volume };

static EFI_STATUS EFIAPI handle_protocol(EFI_HANDLE handle, EFI_GUID *guid, void **ret)
{
	static EFI_GUID volumes = SIMPLE_FILE_SYSTEM_PROTOCOL;
	EFI_STATUS status = other_handle_protocol(handle, guid, ret);

	if (!EFI_ERROR(status) && same_guid(guid, &volumes)) {
		real_volume = *ret;
		*ret = &volume;
	}
	return status;
}

/* --- the random seed --------------------------------------------------------------- */

#define SEED_SIZE 40
#define SEED_HASHED 32		/* the rest is cleared */

static bool read_seed(unsigned char *to)
{
	EFI_FILE_HANDLE root, file;
	UINTN size = SEED_SIZE;
	bool ok;

	if (EFI_ERROR(real_volume->OpenVolume(real_volume, &root)) ||
	    EFI_ERROR(root->Open(root, &file, L"\\loader\\random-seed", EFI_FILE_MODE_READ, 0)))
		return false;
	ok = !EFI_ERROR(file->Read(file, &size, to)) && size == SEED_SIZE;
	file->Close(file);
	root->Close(root);
	return ok;
}

/* Whether another start leaves another seed */
static bool is_seed_refreshed(const struct start *how, const struct plan *p)
{
	unsigned char before[SEED_SIZE], after[SEED_SIZE];
	const bool ok = read_seed(before);

	image_start(how, p);
	return ok && read_seed(after) && !same_bytes(before, after, SEED_HASHED) &&
	       !only(after, '0', SEED_HASHED) &&
	       only(after + SEED_HASHED, 0, SEED_SIZE - SEED_HASHED);
}

/* --- addons; they count as files ------------------------------------------------- */

/* A firmware that refuses an image may leave it: UEFI 2.10, 7.4.1, EFI_SECURITY_VIOLATION. */
static EFI_STATUS EFIAPI load_image(BOOLEAN policy, EFI_HANDLE parent, EFI_DEVICE_PATH *path,
				    void *bytes, UINTN size, EFI_HANDLE *ret)
{
	const bool fails = call_fails("LoadImage");
	EFI_STATUS status = real_bs->LoadImage(policy, parent, path, bytes, size, ret);

	if (EFI_ERROR(status))
		return status;
	account.files++;
	return fails ? EFI_SECURITY_VIOLATION : EFI_SUCCESS;
}

static EFI_STATUS EFIAPI unload_image(EFI_HANDLE handle)
{
	account.files--;
	return real_bs->UnloadImage(handle);
}

/* --- the screen --------------------------------------------------------------------- */

static EFI_GUID screens = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
static EFI_GRAPHICS_OUTPUT_PROTOCOL screen, *real_screen;

static EFI_STATUS EFIAPI blt(EFI_GRAPHICS_OUTPUT_PROTOCOL *self, EFI_GRAPHICS_OUTPUT_BLT_PIXEL *at,
			     EFI_GRAPHICS_OUTPUT_BLT_OPERATION what, UINTN from_x, UINTN from_y,
			     UINTN to_x, UINTN to_y, UINTN width, UINTN height, UINTN delta)
{
	(void)self;
	if (call_fails("Blt"))
		return EFI_DEVICE_ERROR;
	return real_screen->Blt(real_screen, at, what, from_x, from_y, to_x, to_y, width, height,
				delta);
}

static EFI_STATUS EFIAPI locate_protocol(EFI_GUID *guid, void *registration, void **ret)
{
	EFI_STATUS status = other_locate_protocol(guid, registration, ret);

	if (EFI_ERROR(status) || !same_guid(guid, &screens))
		return status;
	real_screen = *ret;
	screen = *real_screen;
	screen.Blt = blt;
	*ret = &screen;
	return status;
}

/* The picture: two pixels, red over blue, in the middle of the screen; black around it */
static bool is_shown(void)
{
	EFI_GRAPHICS_OUTPUT_BLT_PIXEL at[4];
	UINTN x = (real_screen->Mode->Info->HorizontalResolution - 1) / 2;
	UINTN y = (real_screen->Mode->Info->VerticalResolution - 2) / 2;

	if (EFI_ERROR(real_screen->Blt(real_screen, at, EfiBltVideoToBltBuffer, x, y - 1, 0, 0, 1,
				       4, 0)))
		return false;
	return !at[0].Red && at[1].Red == 0xff && !at[1].Blue && at[2].Blue == 0xff && !at[2].Red &&
	       !at[3].Blue;
}

/* A message would move the picture. */
static bool shown;

static EFI_STATUS EFIAPI exit_boot_services(EFI_HANDLE handle, UINTN key)
{
	if (!account.exit_reached)
		shown = real_screen && is_shown();
	return other_exit(handle, key);
}

/* --- each call fails ----------------------------------------------------------------- */

static void change_services(EFI_SYSTEM_TABLE *st)
{
	EFI_BOOT_SERVICES *bs = st->BootServices;

	other_handle_protocol = bs->HandleProtocol;
	other_locate_protocol = bs->LocateProtocol;
	other_exit = bs->ExitBootServices;
	bs->HandleProtocol = handle_protocol;
	bs->LocateProtocol = locate_protocol;
	bs->LoadImage = load_image;
	bs->UnloadImage = unload_image;
	bs->ExitBootServices = exit_boot_services;
}

static const struct start start = { NULL, 0, false };

static void each_call(void)
{
	struct plan p = { .change = change_services };

	do {
		if (++p.fail == CALLS_MAX)
			give_up("the image does not end");
		report("one", image_start(&start, &p));
	} while (account.failed);
}

void run_companions(void)
{
	const struct plan leave = { .change = change_services, .leave = true };

	offer_random(EFI_SUCCESS);
	each_call();
	check("splash", shown);
	check("seed", is_seed_refreshed(&start, &(struct plan){ .change = change_services }));
	say_line("fault=none\r\n");
	report("last", image_start(&start, &leave));
}
