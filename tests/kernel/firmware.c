/* SPDX-License-Identifier: BSD-2-Clause */
#include "firmware.h"

#include <stdbool.h>

#include "boot_params.h"
#include "console.h"

/* UEFI 2.10, 4.3 EFI_SYSTEM_TABLE and 4.5 EFI_RUNTIME_SERVICES */
enum {
	SYSTAB_RUNTIME = 88,
	SYSTAB_TABLE_COUNT = 104,
	SYSTAB_TABLES = 112,
	TABLE_SIZE = 24,
	TABLE_POINTER = 16,
	RUNTIME_GET_VARIABLE = 72,
};

typedef uint64_t
	__attribute__((ms_abi)) (*get_variable)(const uint16_t *name, const void *guid,
						uint32_t *attributes, uint64_t *size, void *data);

/* 1ce1e5bc-7ceb-42f2-81e5-8aadf180f57b, b7799cb0-eca2-4943-9667-1fae07b747fa,
 * 5568e427-68fc-4f3d-ac74-ca555231cc68, in their order in memory */
static const unsigned char seed_guid[] =
	"\xbc\xe5\xe1\x1c\xeb\x7c\xf2\x42\x81\xe5\x8a\xad\xf1\x80\xf5\x7b";
static const unsigned char log_guid[] =
	"\xb0\x9c\x79\xb7\xa2\xec\x43\x49\x96\x67\x1f\xae\x07\xb7\x47\xfa";
static const unsigned char initrd_guid[] =
	"\x27\xe4\x68\x55\xfc\x68\x3d\x4f\xac\x74\xca\x55\x52\x31\xcc\x68";

/* e20939be-32d4-41be-a150-897f85d49829, 4a67b082-0a4c-41cf-b6c7-440b29bb8c4f */
static const unsigned char overwrite_guid[] =
	"\xbe\x39\x09\xe2\xd4\x32\xbe\x41\xa1\x50\x89\x7f\x85\xd4\x98\x29";
static const unsigned char loader_guid[] =
	"\x82\xb0\x67\x4a\x4c\x0a\xcf\x41\xb6\xc7\x44\x0b\x29\xbb\x8c\x4f";

static bool same(const unsigned char *a, const unsigned char *b, unsigned int size)
{
	while (size && *a == *b)
		a++, b++, size--;
	return !size;
}

/* NULL if there is none. */
static const unsigned char *find_table(const unsigned char *systab, const unsigned char *guid)
{
	const unsigned char *table = memory_at(load(systab + SYSTAB_TABLES, 8));

	for (uint64_t n = load(systab + SYSTAB_TABLE_COUNT, 8); n; n--, table += TABLE_SIZE)
		if (same(table, guid, 16))
			return memory_at(load(table + TABLE_POINTER, 8));
	return NULL;
}

static void report_seed(const unsigned char *seed)
{
	unsigned char any = 0;

	if (!seed)
		return;
	report_number("seed_size", load(seed, 4));
	for (uint64_t i = 0; i < load(seed, 4); i++)
		any |= seed[4 + i];
	verdict("seed", any ? NULL : "only zeros");
}

static void report_tables(const unsigned char *bp, const unsigned char *systab)
{
	const unsigned char *initrd = find_table(systab, initrd_guid);
	const unsigned char *log = find_table(systab, log_guid);

	report_seed(find_table(systab, seed_guid));
	if (log) {
		report_number("event_log_size", load(log, 4));
		report_number("event_log_final", load(log + 4, 4));
		report_number("event_log_version", load(log + 8, 1));
	}
	if (initrd)
		verdict("initrd_table",
			load(initrd, 8) == load_halves(bp, BP_RAMDISK_IMAGE,
						       BP_EXT_RAMDISK_IMAGE) &&
					load(initrd + 8, 8) == load_halves(bp, BP_RAMDISK_SIZE,
									   BP_EXT_RAMDISK_SIZE) ?
				NULL :
				"not the initrd of boot_params");
	else
		report_text("initrd_table", "absent");
}

/* Returns the size of a variable in bytes, 0 if it does not exist. */
static uint64_t read_variable(const unsigned char *systab, const char *name,
			      const unsigned char *guid, uint16_t data[64])
{
	const unsigned char *runtime = memory_at(load(systab + SYSTAB_RUNTIME, 8));
	uint64_t address = load(runtime + RUNTIME_GET_VARIABLE, 8);
	uint64_t size = 64 * sizeof(*data);
	uint16_t wide[64];
	unsigned int n = 0;

	do
		wide[n] = (unsigned char)name[n];
	while (name[n++]);
	return ((get_variable)(uintptr_t)address)(wide, guid, NULL, &size, data) ? 0 : size;
}

/* In ASCII; one byte is a number. */
static void report_variable(const unsigned char *systab, const char *name,
			    const unsigned char *guid)
{
	uint16_t data[64];
	uint64_t size = read_variable(systab, name, guid, data);
	char text[64];
	unsigned int n;

	if (!size)
		return;
	for (n = 0; n < size / 2 && n < 63; n++)
		text[n] = (char)data[n];
	if (size == 1)
		text[n++] = (char)('0' + *(unsigned char *)data);
	text[n] = '\0';
	report_text(name, text);
}

/* The variables of the Boot Loader Interface */
static void report_loader_variables(const unsigned char *systab)
{
	static const char names[][24] = {
		"StubInfo",
		"LoaderTimeInitUSec",
		"LoaderTimeExecUSec",
		"StubProfile",
		"StubDevicePartUUID",
		"StubImageIdentifier",
		"StubPcrKernelImage",
		"StubPcrKernelParameters",
		"StubPcrInitRDSysExts",
		"StubPcrInitRDConfExts",
		"LoaderDevicePartUUID",
		"LoaderImageIdentifier",
		"LoaderFirmwareInfo",
		"LoaderFirmwareType",
	};
	uint16_t data[64];

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		report_variable(systab, names[i], loader_guid);
	if (read_variable(systab, "StubFeatures", loader_guid, data) == 8)
		report_number("StubFeatures", load((const unsigned char *)data, 8));
}

/* PCI Local Bus Specification 3.0, 3.2.2.3.2; of functions 0 of bus 0 */
static uint32_t pci_read(uint32_t device, uint32_t at)
{
	outl(0xcf8, 0x80000000 | device << 11 | at);
	return inl(0xcfc);
}

/* Prints the number of PCI bridges, and of those that allow DMA. */
static void report_bridges(void)
{
	unsigned int bridges = 0, masters = 0;

	for (uint32_t device = 0; device < 32; device++) {
		if (pci_read(device, 8) >> 16 != 0x0604)
			continue;
		bridges++;
		masters += pci_read(device, 4) >> 2 & 1;
	}
	report_number("pci_bridges", bridges);
	report_number("pci_bridge_masters", masters);
}

void report_firmware(const unsigned char *bp)
{
	const unsigned char *systab = memory_at(load_halves(bp, BP_EFI_SYSTAB, BP_EFI_SYSTAB_HI));

	if (load(bp + BP_EFI_LOADER_SIGNATURE, 4) != 0x34364c45) /* "EL64" */
		return;
	report_bridges();
	report_tables(bp, systab);
	report_variable(systab, "MemoryOverwriteRequestControl", overwrite_guid);
	report_loader_variables(systab);
}
