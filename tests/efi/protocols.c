/* SPDX-License-Identifier: BSD-2-Clause */
/* Protocols that fail on request */
#include "driver.h"

/* --- the initrd: Linux, include/linux/efi.h --- */

static const struct {
	VENDOR_DEVICE_PATH vendor;
	EFI_DEVICE_PATH end;
} __attribute__((packed)) initrd_path = {
	{ { MEDIA_DEVICE_PATH, MEDIA_VENDOR_DP, { sizeof(VENDOR_DEVICE_PATH), 0 } },
	  { 0x5568e427, 0x68fc, 0x4f3d, { 0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68 } } },
	{ END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, { sizeof(EFI_DEVICE_PATH), 0 } },
};

static struct offer offered;

static EFI_STATUS EFIAPI load_file(EFI_LOAD_FILE_PROTOCOL *self, EFI_DEVICE_PATH *path,
				   BOOLEAN policy, UINTN *size, void *to)
{
	UINTN room = *size;

	(void)self;
	(void)path;
	(void)policy;
	if (call_fails("LoadFile"))
		return EFI_DEVICE_ERROR;
	if (!to) {
		*size = offered.told;
		return offered.answer;
	}
	*size = offered.given;
	memset(to, 0x5a, room < offered.given ? room : offered.given);
	return offered.status;
}

static EFI_LOAD_FILE_PROTOCOL load_file2 = { .LoadFile = load_file };

void offer_initrd(const struct offer *offer)
{
	static EFI_GUID paths = DEVICE_PATH_PROTOCOL;
	static EFI_GUID files = {
		0x4006c0c1, 0xfcb3, 0x403e, { 0x99, 0x6d, 0x4a, 0x6c, 0x87, 0x24, 0xe0, 0x6d }
	};
	static EFI_HANDLE handle;
	EFI_STATUS status = EFI_SUCCESS;

	if (offer && !handle)
		status = real_bs->InstallMultipleProtocolInterfaces(&handle, &paths, &initrd_path,
								    &files, &load_file2, NULL);
	if (!offer && handle) {
		status = real_bs->UninstallMultipleProtocolInterfaces(handle, &paths, &initrd_path,
								      &files, &load_file2, NULL);
		handle = NULL;
	}
	if (EFI_ERROR(status))
		give_up("cannot offer an initrd");
	if (offer)
		offered = *offer;
}

/* --- random numbers --- */

static EFI_STATUS random_status;

static EFI_STATUS EFIAPI get_info(EFI_RNG_PROTOCOL *self, UINTN *size,
				  EFI_RNG_ALGORITHM *algorithms)
{
	(void)self;
	(void)size;
	(void)algorithms;
	return EFI_UNSUPPORTED;
}

static EFI_STATUS EFIAPI get_rng(EFI_RNG_PROTOCOL *self, EFI_RNG_ALGORITHM *algorithm, UINTN size,
				 UINT8 *to)
{
	(void)self;
	(void)algorithm;
	if (call_fails("GetRNG"))
		return EFI_NOT_READY;
	memset(to, 0x3c, size);
	return random_status;
}

static EFI_RNG_PROTOCOL rng = { .GetInfo = get_info, .GetRNG = get_rng };

void offer_random(EFI_STATUS status)
{
	static EFI_GUID guid = EFI_RNG_PROTOCOL_GUID;
	static EFI_HANDLE handle;

	random_status = status;
	if (!handle &&
	    EFI_ERROR(real_bs->InstallMultipleProtocolInterfaces(&handle, &guid, &rng, NULL)))
		give_up("cannot offer random numbers");
}

/* --- a volume; one file is open at a time beside the root --- */

static EFI_FILE root, file;
static UINT64 position;
static unsigned char content; /* each byte of the file */

static EFI_STATUS EFIAPI open_file(EFI_FILE_HANDLE self, EFI_FILE_HANDLE *ret, CHAR16 *name,
				   UINT64 mode, UINT64 attributes)
{
	(void)self;
	(void)mode;
	(void)attributes;
	if (call_fails("Open"))
		return EFI_NOT_FOUND;
	account.files++;
	position = 0;
	content = name[1] == 'c' ? '0' : 0xa5;
	*ret = &file;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI close_file(EFI_FILE_HANDLE self)
{
	(void)self;
	if (account.files)
		account.files--;
	else
		account.wrong++;
	return EFI_SUCCESS;
}

/* Reads at most half a MiB at a time: a short read is not an error. */
static EFI_STATUS EFIAPI read_file(EFI_FILE_HANDLE self, UINTN *size, void *to)
{
	UINT64 left = FILE_SIZE - position;

	(void)self;
	if (call_fails("Read"))
		return EFI_DEVICE_ERROR;
	if (*size > left)
		*size = left;
	if (*size > 1u << 19)
		*size = 1u << 19;
	memset(to, content, *size);
	position += *size;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI get_position(EFI_FILE_HANDLE self, UINT64 *ret)
{
	(void)self;
	if (call_fails("GetPosition"))
		return EFI_DEVICE_ERROR;
	*ret = position;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_position(EFI_FILE_HANDLE self, UINT64 to)
{
	(void)self;
	if (call_fails("SetPosition"))
		return EFI_DEVICE_ERROR;
	position = to == UINT64_MAX ? FILE_SIZE : to;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI get_file_info(EFI_FILE_HANDLE self, EFI_GUID *type, UINTN *size, void *to)
{
	EFI_FILE_INFO info = { .Size = sizeof(info), .FileSize = FILE_SIZE };

	(void)self;
	(void)type;
	if (call_fails("GetInfo"))
		return EFI_DEVICE_ERROR;
	if (*size < sizeof(info)) {
		*size = sizeof(info);
		return EFI_BUFFER_TOO_SMALL;
	}
	*size = sizeof(info);
	memcpy(to, &info, sizeof(info));
	return EFI_SUCCESS;
}

static EFI_FILE root = { .Open = open_file, .Close = close_file };
static EFI_FILE file = {
	.Close = close_file,
	.Read = read_file,
	.GetPosition = get_position,
	.SetPosition = set_position,
	.GetInfo = get_file_info,
};

static EFI_STATUS EFIAPI open_volume(EFI_FILE_IO_INTERFACE *self, EFI_FILE_HANDLE *ret)
{
	(void)self;
	if (call_fails("OpenVolume"))
		return EFI_DEVICE_ERROR;
	account.files++;
	*ret = &root;
	return EFI_SUCCESS;
}

static EFI_FILE_IO_INTERFACE volume = { .OpenVolume = open_volume };

EFI_HANDLE offer_volume(void)
{
	static EFI_GUID guid = SIMPLE_FILE_SYSTEM_PROTOCOL;
	static EFI_HANDLE handle;

	if (!handle &&
	    EFI_ERROR(real_bs->InstallMultipleProtocolInterfaces(&handle, &guid, &volume, NULL)))
		give_up("cannot offer a volume");
	return handle;
}

/* --- measuring --- */

struct measuring measured_initrd, measured_options;

static EFI_STATUS EFIAPI unsupported(void)
{
	return EFI_UNSUPPORTED;
}

/* The numbers of the events are Linux's. */
static EFI_STATUS EFIAPI hash_log_extend(void *self, UINT64 flags, EFI_PHYSICAL_ADDRESS data,
					 UINT64 size, const unsigned char *event)
{
	const uint64_t id = load(event + 18, 4);
	struct measuring *m = id == 0x8f3b22ec ? &measured_initrd :
			      id == 0x8f3b22ed ? &measured_options :
						 NULL;

	(void)self;
	(void)flags;
	if (m)
		*m = (struct measuring){ m->count + 1, data, size };
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI map_pcr(void *self, UINT32 pcr, UINT32 *ret)
{
	(void)self;
	*ret = pcr;
	return EFI_SUCCESS;
}

void offer_measuring(void)
{
	static EFI_GUID guid = {
		0x96751a3d, 0x72f4, 0x41a6, { 0xa7, 0x94, 0xed, 0x5d, 0x0e, 0x67, 0xae, 0x6b }
	};
	static void *cc[] = { (void *)unsupported, (void *)unsupported, (void *)hash_log_extend,
			      (void *)map_pcr };
	EFI_HANDLE handle = NULL;

	if (EFI_ERROR(real_bs->InstallMultipleProtocolInterfaces(&handle, &guid, cc, NULL)))
		give_up("cannot offer measurement protocols");
}
