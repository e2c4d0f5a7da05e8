/* SPDX-License-Identifier: BSD-2-Clause */
/* Files on the volume that our image was started from; initrd= on the command line. */
#include "console.h"
#include "efi_boot.h"
#include "utf16.h"

/* UEFI 2.10, 13.5, EFI_FILE_PROTOCOL.SetPosition(): the end of the file */
#define END_OF_FILE UINT64_MAX

/* The limits of one read. Some firmware cannot read more than CHUNK (the same as in Linux), and
 * some cannot read that; CHUNK_MIN is the least. */
#define CHUNK ((uint64_t)1 << 20)
#define CHUNK_MIN ((uint64_t)4 << 10)

/* Linux reads an uncompressed archive only at a multiple of this, a compressed one at any offset;
 * it skips zeros between them. */
#define ALIGNMENT 4
#define ARCHIVE '0'		/* the first byte of an uncompressed archive */

#define PATH_MAX 256		/* UTF-16 units with the NUL */

EFI_FILE_HANDLE efi_open_volume(struct efi *efi)
{
	static EFI_GUID guid = SIMPLE_FILE_SYSTEM_PROTOCOL;
	EFI_FILE_IO_INTERFACE *volume;
	EFI_FILE_HANDLE root;

	if (!efi->image || !efi->image->DeviceHandle ||
	    EFI_ERROR(efi->bs->HandleProtocol(efi->image->DeviceHandle, &guid, (void **)&volume)) ||
	    EFI_ERROR(volume->OpenVolume(volume, &root)))
		return NULL;
	return root;
}

static EFI_FILE_HANDLE open_file(EFI_FILE_HANDLE root, const struct text *path)
{
	CHAR16 name[PATH_MAX];
	EFI_FILE_HANDLE file;

	if (!utf8_to_utf16((struct bzb_span){ (const unsigned char *)path->at, path->size }, name,
			   PATH_MAX))
		return NULL;
	for (CHAR16 *c = name; *c; c++)
		if (*c == '/')
			*c = '\\';
	if (EFI_ERROR(root->Open(root, &file, name, EFI_FILE_MODE_READ, 0)))
		return NULL;
	return file;
}

static bool file_size(EFI_FILE_HANDLE file, uint64_t *ret)
{
	return !EFI_ERROR(file->SetPosition(file, END_OF_FILE)) &&
	       !EFI_ERROR(file->GetPosition(file, ret)) && *ret < END_OF_FILE / 2 &&
	       !EFI_ERROR(file->SetPosition(file, 0));
}

/* @chunk: bytes for the first read. */
static bool read_all(EFI_FILE_HANDLE file, unsigned char *to, uint64_t size, uint64_t chunk)
{
	uint64_t done = 0;

	while (done < size) {
		UINTN count = size - done < chunk ? size - done : chunk;

		if (!EFI_ERROR(file->Read(file, &count, to + done))) {
			if (!count || count > size - done)
				return false;
			done += count;
			continue;
		}
		/* The position after a failed read is undefined. */
		chunk = (chunk < CHUNK ? chunk : CHUNK) / 2;
		if (chunk < CHUNK_MIN || EFI_ERROR(file->SetPosition(file, done)))
			return false;
	}
	return true;
}

bool efi_read_file(const struct boot *boot, EFI_FILE_HANDLE file, unsigned char *to, uint64_t size)
{
	return read_all(file, to, size, boot->options.nochunk ? UINT64_MAX : CHUNK);
}

/* Files in sequence. */
struct joined {
	unsigned char *at;   /* NULL: only the size is computed */
	uint64_t size, room; /* bytes */
};

/* Inserts zeros before the last file if it is an archive at an offset at which Linux cannot read
 * it. Without them the bytes are those that Linux's own stub measures. */
static void align_archive(struct joined *joined, uint64_t bytes)
{
	unsigned char *file = joined->at + joined->size;
	uint64_t zeros = -joined->size % ALIGNMENT;

	if (!zeros || !bytes || *file != ARCHIVE)
		return;
	memmove(file + zeros, file, bytes);
	memset(file, 0, zeros);
	joined->size += zeros;
}

static bool add_bytes(const struct boot *boot, EFI_FILE_HANDLE file, struct joined *joined)
{
	uint64_t bytes;

	if (!file_size(file, &bytes) ||
	    bytes > joined->room - bzb_align_up(joined->size, ALIGNMENT))
		return false;
	if (!joined->at) {
		joined->size += bzb_align_up(bytes, ALIGNMENT);
		return true;
	}
	if (!efi_read_file(boot, file, joined->at + joined->size, bytes))
		return false;
	align_archive(joined, bytes);
	joined->size += bytes;
	return true;
}

static bool add_files(const struct boot *boot, EFI_FILE_HANDLE root, struct joined *joined)
{
	size_t position = 0;
	struct text path;
	bool ok = true;

	while (ok && options_next_initrd(boot->cmdline, &position, &path)) {
		EFI_FILE_HANDLE file = open_file(root, &path);

		if (!file)
			return false;
		ok = add_bytes(boot, file, joined);
		file->Close(file);
	}
	return ok;
}

static enum stub_error load_files(struct boot *boot, EFI_FILE_HANDLE root, struct bzb_range *ret)
{
	struct joined counted = { .room = END_OF_FILE / 2 }, joined = { 0 };
	EFI_PHYSICAL_ADDRESS addr;

	if (!add_files(boot, root, &counted))
		return boot_fail(boot, STUB_FIRMWARE,
				 "no such file: correct initrd= on the command line");
	if (!counted.size)
		return STUB_OK;
	if (EFI_ERROR(efi_allocate_initrd(boot, counted.size, &addr)))
		return boot_fail(boot, STUB_NO_MEMORY, "no memory for the initrd: add memory");
	joined.at = (unsigned char *)(uintptr_t)addr;
	joined.room = counted.size;
	if (!add_files(boot, root, &joined))
		return boot_fail(boot, STUB_FIRMWARE, "the initrd cannot be read: check the disk");
	*ret = (struct bzb_range){ addr, joined.size };
	return STUB_OK;
}

enum stub_error efi_load_named_initrds(struct boot *boot, struct bzb_range *ret)
{
	size_t position = 0;
	EFI_FILE_HANDLE root;
	enum stub_error error;
	struct text path;

	if (!options_next_initrd(boot->cmdline, &position, &path))
		return STUB_OK;
	root = efi_open_volume(boot->efi);
	if (!root)
		return STUB_OK;
	error = load_files(boot, root, ret);
	root->Close(root);
	return error;
}
