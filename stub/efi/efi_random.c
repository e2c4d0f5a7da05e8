/* SPDX-License-Identifier: BSD-2-Clause */
/* Random numbers from the firmware: UEFI 2.10, 37.5, EFI_RNG_PROTOCOL. */
#include <bzboot/wipe.h>

#include "efi_services.h"

#define FRESH_SIZE 32u	/* bytes of new numbers: the state of the kernel's own generator */

/* The limit for an existing seed, as in Linux: anything longer is not a seed. */
#define FOUND_MAX 512u

#define SEED_MAX 1024u	/* bytes that the kernel reads and wipes */

#define STUB_REVISION_2_00 (2u << 16)	/* UEFI 2.10, 4.2 */

static EFI_GUID seed_guid = STUB_RANDOM_SEED_TABLE_GUID;
#define VARIABLE L"RandomSeed"

static EFI_RNG_PROTOCOL *find_rng(struct efi *efi)
{
	EFI_GUID guid = EFI_RNG_PROTOCOL_GUID;
	EFI_RNG_PROTOCOL *rng;

	return EFI_ERROR(efi->bs->LocateProtocol(&guid, NULL, (void **)&rng)) ? NULL : rng;
}

/* Old firmware of AMI, on machines of Dell, hangs if the kernel is not at its usual address
 * (https://bugzilla.kernel.org/show_bug.cgi?id=218173). */
static bool wants_fixed_memory(const EFI_SYSTEM_TABLE *st)
{
	static const CHAR16 ami[] = L"American Megatrends";

	return st->Hdr.Revision <= STUB_REVISION_2_00 &&
	       !memcmp(st->FirmwareVendor, ami, sizeof(ami));
}

bool efi_random(struct boot *boot, struct seed *seed)
{
	EFI_RNG_PROTOCOL *rng = find_rng(boot->efi);

	boot->options.fixed_memory |= wants_fixed_memory(boot->efi->st);
	return rng && !EFI_ERROR(rng->GetRNG(rng, NULL, sizeof(*seed), (UINT8 *)seed));
}

#define CLOCK_READINGS 64

/* Stirs in the time of day, and the duration of Stall(1). */
void efi_stir_clocks(struct boot *boot, struct seed *seed)
{
	EFI_TIME now = { 0 };

	boot->efi->st->RuntimeServices->GetTime(&now, NULL);
	random_stir(seed, (struct bzb_span){ (const unsigned char *)&now, sizeof(now) });
	for (int i = 0; i < CLOCK_READINGS; i++) {
		boot->efi->bs->Stall(1);
		random_stir_time(seed);
	}
}

/* Reads raw numbers, which are best for a generator that mixes them again, else those of the
 * firmware's default algorithm. */
static UINTN read_fresh(struct efi *efi, UINT8 *to)
{
	EFI_GUID raw = EFI_RNG_ALGORITHM_RAW;
	EFI_RNG_PROTOCOL *rng = find_rng(efi);

	return rng && (!EFI_ERROR(rng->GetRNG(rng, &raw, FRESH_SIZE, to)) ||
		       !EFI_ERROR(rng->GetRNG(rng, NULL, FRESH_SIZE, to))) ?
		       FRESH_SIZE :
		       0;
}

/* The variable is deleted, so that later readers do not find the seed of this kernel. */
static UINTN read_variable(struct efi *efi, UINT8 *to)
{
	EFI_RUNTIME_SERVICES *rt = efi->st->RuntimeServices;
	UINTN size = FOUND_MAX;

	if (!EFI_ERROR(rt->GetVariable(VARIABLE, &seed_guid, NULL, &size, to)) &&
	    size <= FOUND_MAX && !EFI_ERROR(rt->SetVariable(VARIABLE, &seed_guid, 0, 0, NULL)))
		return size;
	memset(to, 0, FOUND_MAX);
	return 0;
}

static void wipe(struct efi *efi, struct linux_seed_table *table)
{
	bzb_wipe(table->bits, table->size);
	efi->bs->FreePool(table);
}

/* Appends an earlier seed, cut to SEED_MAX in total. */
static void append(struct linux_seed_table *table, const struct linux_seed_table *earlier)
{
	UINT32 room = SEED_MAX - table->size;
	UINT32 size = earlier->size < room ? earlier->size : room;

	memcpy(table->bits + table->size, earlier->bits, size);
	table->size += size;
}

static void append_more(struct efi *efi, struct linux_seed_table *table)
{
	memcpy(table->bits + table->size, efi->seed.bits, efi->seed.size);
	table->size += efi->seed.size;
	bzb_wipe(&efi->seed, sizeof(efi->seed));
}

struct linux_seed_table *efi_earlier_seed(const struct efi *efi)
{
	struct linux_seed_table *earlier = efi_find_table(efi, &seed_guid);

	return earlier && earlier->size <= FOUND_MAX ? earlier : NULL;
}

void efi_install_seed(struct boot *boot)
{
	struct efi *efi = boot->efi;
	struct linux_seed_table *earlier = efi_earlier_seed(efi), *table;

	table = efi_keep(efi, EfiACPIReclaimMemory, sizeof(*table) + SEED_MAX);
	if (!table)
		return;
	table->size = (UINT32)read_fresh(efi, table->bits);
	table->size += (UINT32)read_variable(efi, table->bits + table->size);
	append_more(efi, table);
	if (!table->size)
		return;
	if (earlier)
		append(table, earlier);
	if (efi_install_table(efi, &seed_guid, table) && earlier)
		wipe(efi, earlier);
}
