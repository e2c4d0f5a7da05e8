/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * "initrd=" on a command line, and a firmware that has files of all names. The input: the
 * properties of the firmware, then the command line.
 */
#include "fuzz.h"

#include "../stub/console.h"
#include "../stub/efi/efi_boot.h"

#define FILES_MAX 256u

struct firmware {
	unsigned char largest_read;	/* bytes that Read() returns at once; */
	unsigned char fails_at;		/* the call of Read() that fails, 0: none */
	unsigned char names[FILES_MAX]; /* the content of each file opened, in this order */
	unsigned int opened, closed, reads;
	unsigned char *memory; /* allocated by the stub */
	size_t memory_size;
	bool explained;
};

static struct firmware firmware;

/* --- files: each consists of a hash of its name ----------------------------------- */

struct file {
	EFI_FILE protocol;
	uint64_t position, size;
	unsigned char first;
};

/* An uncompressed archive begins with '0'. */
static unsigned char byte_of(const struct file *file, uint64_t at)
{
	return (unsigned char)(at ? file->first + at : file->first % 2 ? '0' : 0x1f);
}

static EFI_STATUS EFIAPI set_position(EFI_FILE *self, UINT64 position)
{
	struct file *file = (struct file *)self;

	file->position = position == UINT64_MAX ? file->size : position;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI get_position(EFI_FILE *self, UINT64 *position)
{
	*position = ((struct file *)self)->position;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI read_file(EFI_FILE *self, UINTN *size, void *to)
{
	struct file *file = (struct file *)self;
	UINTN left = file->size - file->position;

	PROMISE(file->position <= file->size && *size);
	if (++firmware.reads == firmware.fails_at)
		return EFI_DEVICE_ERROR;
	if (*size > left)
		*size = left;
	if (*size > firmware.largest_read)
		*size = firmware.largest_read;
	for (UINTN i = 0; i < *size; i++)
		((unsigned char *)to)[i] = byte_of(file, file->position + i);
	file->position += *size;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI close_file(EFI_FILE *self)
{
	firmware.closed++;
	free(self);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI close_root(EFI_FILE *self)
{
	(void)self;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI open_file(EFI_FILE *self, EFI_FILE **ret, CHAR16 *name, UINT64 mode,
				   UINT64 attributes)
{
	unsigned char hash = 0;
	struct file *file;

	(void)self;
	PROMISE(mode == EFI_FILE_MODE_READ && !attributes && *name);
	for (; *name; name++) {
		PROMISE(*name != '/');
		hash = (unsigned char)(hash * 3 + *name);
	}
	if (hash % 16 == 15)
		return EFI_NOT_FOUND;
	file = calloc(1, sizeof(*file));
	PROMISE(file);
	file->protocol.SetPosition = set_position;
	file->protocol.GetPosition = get_position;
	file->protocol.Read = read_file;
	file->protocol.Close = close_file;
	file->first = hash;
	file->size = hash / 4;
	if (firmware.opened < FILES_MAX)
		firmware.names[firmware.opened] = hash;
	firmware.opened++;
	*ret = &file->protocol;
	return EFI_SUCCESS;
}

static EFI_FILE root = { .Open = open_file, .Close = close_root };

static EFI_STATUS EFIAPI open_volume(EFI_FILE_IO_INTERFACE *self, EFI_FILE **ret)
{
	(void)self;
	*ret = &root;
	return EFI_SUCCESS;
}

static EFI_FILE_IO_INTERFACE volume = { .OpenVolume = open_volume };

static EFI_STATUS EFIAPI handle_protocol(EFI_HANDLE handle, EFI_GUID *guid, void **ret)
{
	(void)handle;
	(void)guid;
	*ret = &volume;
	return EFI_SUCCESS;
}

/* --- stand-ins for other parts of the stub ----------------------------------------- */

enum stub_error boot_fail(struct boot *boot, enum stub_error error, const char *what)
{
	(void)boot;
	PROMISE(*what && error);
	firmware.explained = true;
	return error;
}

EFI_STATUS efi_allocate_initrd(struct boot *boot, uint64_t size, EFI_PHYSICAL_ADDRESS *addr)
{
	(void)boot;
	PROMISE(size && !firmware.memory);
	firmware.memory_size = size;
	firmware.memory = malloc(size);
	PROMISE(firmware.memory);
	*addr = (uintptr_t)firmware.memory;
	return EFI_SUCCESS;
}

/* --- the expected initrd ------------------------------------------------------------ */

/* All files, one after the other; uncompressed archives at a multiple of four */
static void check_initrd(struct bzb_range initrd)
{
	const unsigned char *memory = firmware.memory;
	uint64_t at = 0;

	PROMISE(initrd.addr == (uintptr_t)memory && initrd.size <= firmware.memory_size);
	PROMISE(firmware.opened % 2 == 0);
	if (firmware.opened > FILES_MAX)
		return;
	for (unsigned int i = 0; i < firmware.opened / 2; i++) {
		const struct file file = { .first = firmware.names[i],
					   .size = firmware.names[i] / 4 };

		PROMISE(firmware.names[i] == firmware.names[i + firmware.opened / 2]);
		for (; file.size && byte_of(&file, 0) == '0' && at % 4; at++)
			PROMISE(!memory[at]);
		for (uint64_t k = 0; k < file.size; k++)
			PROMISE(memory[at++] == byte_of(&file, k));
	}
	PROMISE(at == initrd.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	EFI_BOOT_SERVICES services = { .HandleProtocol = handle_protocol };
	EFI_LOADED_IMAGE image = { .DeviceHandle = &volume };
	struct efi efi = { .bs = &services, .image = &image };
	struct boot boot = { .efi = &efi };
	struct bzb_range initrd = { 0 };
	char *cmdline;

	if (size < 2)
		return 0;
	cmdline = malloc(size - 1);
	PROMISE(cmdline);
	memcpy(cmdline, data + 2, size - 2);
	cmdline[size - 2] = '\0';
	firmware = (struct firmware){ .largest_read = (unsigned char)(data[0] % 64 + 1),
				      .fails_at = data[1] };
	boot.cmdline = cmdline;
	if (efi_load_named_initrds(&boot, &initrd))
		PROMISE(firmware.explained && !initrd.size);
	else if (initrd.size)
		check_initrd(initrd);
	PROMISE(firmware.opened == firmware.closed);
	free(firmware.memory);
	free(cmdline);
	return 0;
}
