/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The random seed on the volume, if no systemd-boot has used it: \loader\random-seed, which bootctl
 * makes. A hash of it and of all else that is random gives numbers for the kernel and a new seed,
 * so that none is used twice (systemd's docs/RANDOM_SEEDS.md). It is never created, because the
 * image's volume may be any.
 */
#include <bzboot/wipe.h>

#include "sha256.h"
#include "uki_boot.h"

#define SEED_MIN SHA256_SIZE
#define SEED_MAX (32u << 10)

#define TOKEN_MAX 4096u		/* bytes of LoaderSystemToken, which has 32 */
#define FEATURE_SEED (1u << 6)	/* of LoaderFeatures: the boot loader has used the seed */

struct mixture {
	struct sha256 hash;
	bool is_random; /* it has numbers that are not on the disk */
};

static struct bzb_span bytes_of(const void *data, size_t size)
{
	return (struct bzb_span){ data, size };
}

/* Each input follows its size, so that no two lists of inputs have the same bytes. */
static void mix(struct mixture *mixture, struct bzb_span bytes)
{
	const uint64_t size = bytes.size;

	sha256_add(&mixture->hash, bytes_of(&size, sizeof(size)));
	sha256_add(&mixture->hash, bytes);
}

/* --- the inputs ------------------------------------------------------------------ */

static void mix_table(struct efi *efi, struct mixture *mixture)
{
	const struct linux_seed_table *table = efi_earlier_seed(efi);

	mix(mixture, table ? bytes_of(table->bits, table->size) : bytes_of(NULL, 0));
	mixture->is_random |= table && table->size >= SHA256_SIZE;
}

static void mix_firmware(struct efi *efi, struct mixture *mixture)
{
	EFI_GUID guid = EFI_RNG_PROTOCOL_GUID;
	UINT8 numbers[SHA256_SIZE];
	EFI_RNG_PROTOCOL *rng;
	const bool ok = !EFI_ERROR(efi->bs->LocateProtocol(&guid, NULL, (void **)&rng)) &&
			!EFI_ERROR(rng->GetRNG(rng, NULL, sizeof(numbers), numbers));

	mix(mixture, bytes_of(numbers, ok ? sizeof(numbers) : 0));
	mixture->is_random |= ok;
}

static UINTN read_variable(struct efi *efi, CHAR16 *name, void *to, UINTN size)
{
	EFI_GUID guid = STUB_LOADER_INTERFACE_GUID;

	return EFI_ERROR(efi->st->RuntimeServices->GetVariable(name, &guid, NULL, &size, to)) ?
		       0 :
		       size;
}

/* A secret of the machine: copies of the disk have other numbers. */
static void mix_token(struct efi *efi, struct mixture *mixture)
{
	UINT8 token[TOKEN_MAX];
	const UINTN size = read_variable(efi, L"LoaderSystemToken", token, sizeof(token));

	mix(mixture, bytes_of(token, size));
	mixture->is_random |= size >= SHA256_SIZE;
}

static void mix_clocks(struct efi *efi, struct mixture *mixture)
{
	UINT64 count = 0;
	EFI_TIME now = { 0 };

	efi->bs->GetNextMonotonicCount(&count);
	mix(mixture, bytes_of(&count, sizeof(count)));
	efi->st->RuntimeServices->GetTime(&now, NULL);
	mix(mixture, bytes_of(&now, sizeof(now)));
}

/* --- the results ------------------------------------------------------------------ */

/* With Secure Boot on, the disk may be known to others: it is not enough, even with the token. */
static bool mix_all(struct efi *efi, struct bzb_span file, unsigned char key[SHA256_SIZE])
{
	static const char label[] = "systemd-boot random seed label v1";
	struct mixture mixture = { .is_random = false };

	sha256_begin(&mixture.hash);
	sha256_add(&mixture.hash, bytes_of(label, sizeof(label) - 1));
	mix_table(efi, &mixture);
	mix_firmware(efi, &mixture);
	if (!mixture.is_random && efi_secure_boot_is_on(efi))
		return false;
	mix_token(efi, &mixture);
	mix(&mixture, file);
	mix_clocks(efi, &mixture);
	sha256_end(&mixture.hash, key);
	bzb_wipe(&mixture.hash, sizeof(mixture.hash));
	return mixture.is_random;
}

static void derive(const unsigned char key[SHA256_SIZE], unsigned char number,
		   unsigned char ret[SHA256_SIZE])
{
	struct sha256 hash;

	sha256_begin(&hash);
	sha256_add(&hash, bytes_of(key, SHA256_SIZE));
	sha256_add(&hash, bytes_of(&number, sizeof(number)));
	sha256_end(&hash, ret);
	bzb_wipe(&hash, sizeof(hash));
}

/* The new seed must be on the disk before the numbers are used. */
static bool write_file(EFI_FILE_HANDLE file, const unsigned char *bytes, UINTN size)
{
	UINTN written = size;

	return !EFI_ERROR(file->SetPosition(file, 0)) &&
	       !EFI_ERROR(file->Write(file, &written, (void *)(uintptr_t)bytes)) &&
	       written == size && !EFI_ERROR(file->Flush(file));
}

/* @bytes: of the file, which has @size; changed */
static void use(struct efi *efi, EFI_FILE_HANDLE file, unsigned char *bytes, UINTN size)
{
	unsigned char key[SHA256_SIZE];

	if (mix_all(efi, bytes_of(bytes, size), key)) {
		memset(bytes, 0, size);
		derive(key, 0, bytes);
		if (write_file(file, bytes, size)) {
			derive(key, 1, efi->seed.bits);
			efi->seed.size = SHA256_SIZE;
		}
	}
	bzb_wipe(key, sizeof(key));
	bzb_wipe(bytes, size);
}

static void refresh(struct efi *efi, EFI_FILE_HANDLE file)
{
	UINTN size = SEED_MAX + 1;
	unsigned char *bytes;

	if (EFI_ERROR(efi->bs->AllocatePool(EfiLoaderData, size, (void **)&bytes)))
		return;
	if (!EFI_ERROR(file->Read(file, &size, bytes)) && size >= SEED_MIN && size <= SEED_MAX)
		use(efi, file, bytes, size);
	efi->bs->FreePool(bytes);
}

/* It cannot be opened for writing on a volume that is read-only. */
static void refresh_on(struct efi *efi, EFI_FILE_HANDLE root)
{
	EFI_FILE_HANDLE file;

	if (EFI_ERROR(root->Open(root, &file, L"\\loader\\random-seed",
				 EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE, 0)))
		return;
	refresh(efi, file);
	file->Close(file);
}

enum stub_error uki_refresh_seed(struct boot *boot)
{
	struct efi *efi = boot->efi;
	UINT64 features = 0;
	EFI_FILE_HANDLE root;

	read_variable(efi, L"LoaderFeatures", &features, sizeof(features));
	if (features & FEATURE_SEED)
		return STUB_OK;
	root = efi_open_volume(efi);
	if (!root)
		return STUB_OK;
	refresh_on(efi, root);
	root->Close(root);
	return STUB_OK;
}
