/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Results that QEMU's firmware does not give. The image is started once for each; when it calls
 * ExitBootServices(), its use of the result is checked.
 */
#include "driver.h"

/* Linux, Documentation/arch/x86/zero-page.rst */
#define EXT_RAMDISK_IMAGE_AT 0x0c0
#define EXT_RAMDISK_SIZE_AT 0x0c4
#define EDID_AT 0x140
#define EDID_SIZE 128
#define EXT_CMD_LINE_PTR_AT 0x0c8
#define SECURE_BOOT_AT 0x1ec
#define RAMDISK_IMAGE_AT 0x218
#define RAMDISK_SIZE_AT 0x21c
#define CMD_LINE_PTR_AT 0x228

static const struct start plain = { NULL, 0, false };

static const EFI_GUID shell_parameters = {
	0x752f3136, 0x4e16, 0x4fdc, { 0xa2, 0x2a, 0xe5, 0xf4, 0x68, 0x12, 0xf4, 0xca }
};
static const EFI_GUID shell_interface = {
	0x47c7b223, 0xc42a, 0x11d2, { 0x8e, 0x57, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b }
};

static EFI_EXIT_BOOT_SERVICES other_exit;
static EFI_GET_VARIABLE other_get_variable;
static EFI_HANDLE_PROTOCOL other_handle_protocol;

/* The current row, and its check of boot_params */
static const char *row_name;
static bool (*row_is_right)(const unsigned char *params);

static EFI_STATUS EFIAPI exit_boot_services(EFI_HANDLE handle, UINTN key)
{
	const unsigned char *params = find_params();

	if (!account.exit_reached)
		check(row_name, params && row_is_right(params));
	return other_exit(handle, key);
}

/* --- Secure Boot --- */

#define NOT_KEPT 6		/* EFI_VARIABLE_BOOTSERVICE_ACCESS, EFI_VARIABLE_RUNTIME_ACCESS */
#define KEPT 7			/* EFI_VARIABLE_NON_VOLATILE too */

struct byte {
	EFI_STATUS status;
	unsigned char value;
	UINT32 attributes;
};

#define MISSING { EFI_NOT_FOUND, 0, 0 }
#define FAILS { EFI_DEVICE_ERROR, 0, 0 }
#define IS(value) { EFI_SUCCESS, value, NOT_KEPT }

enum { UNKNOWN = 1, DISABLED, ENABLED }; /* boot_params.secure_boot */

static const struct secure_row {
	const char *name;
	struct byte on, setup, shim;
	unsigned char secure_boot;
} secure_rows[] = {
	{ "secure_boot_on", IS(1), IS(0), MISSING, ENABLED },
	{ "secure_boot_off", IS(0), IS(0), MISSING, DISABLED },
	{ "secure_boot_none", MISSING, IS(0), MISSING, DISABLED },
	{ "secure_boot_fails", FAILS, IS(0), MISSING, UNKNOWN },
	{ "secure_boot_setup", IS(1), IS(1), MISSING, DISABLED },
	{ "secure_boot_setup_none", IS(1), MISSING, MISSING, ENABLED },
	{ "secure_boot_setup_fails", IS(1), FAILS, MISSING, ENABLED },
	{ "secure_boot_setup_2", IS(1), IS(2), MISSING, ENABLED },
	{ "secure_boot_off_setup_none", IS(0), MISSING, MISSING, DISABLED },
	{ "secure_boot_shim", IS(1), IS(0), IS(1), DISABLED },
	{ "secure_boot_shim_0", IS(1), IS(0), IS(0), ENABLED },
	{ "secure_boot_shim_kept", IS(1), IS(0), { EFI_SUCCESS, 1, KEPT }, ENABLED },
};
static const struct secure_row *secure;

bool is_name(const CHAR16 *name, const CHAR16 *other)
{
	while (*name && *name == *other)
		name++, other++;
	return *name == *other;
}

static const struct byte *planned(const CHAR16 *name)
{
	if (is_name(name, L"SecureBoot"))
		return &secure->on;
	if (is_name(name, L"SetupMode"))
		return &secure->setup;
	return is_name(name, L"MokSBStateRT") ? &secure->shim : NULL;
}

static EFI_STATUS EFIAPI get_variable(CHAR16 *name, EFI_GUID *guid, UINT32 *attributes, UINTN *size,
				      void *to)
{
	const struct byte *answer = planned(name);

	if (!answer)
		return other_get_variable(name, guid, attributes, size, to);
	if (EFI_ERROR(answer->status))
		return answer->status;
	*size = 1;
	*(unsigned char *)to = answer->value;
	if (attributes)
		*attributes = answer->attributes;
	return EFI_SUCCESS;
}

static bool secure_is_right(const unsigned char *params)
{
	return params[SECURE_BOOT_AT] == secure->secure_boot;
}

/* --- initrd= --- */

#define FILES(words) { words, sizeof(words), true }

static const struct initrd_row {
	const char *name;
	struct start start;
	bool archives[2];	   /* true if the first, the second is not compressed */
	unsigned int count, zeros; /* files, and bytes between them */
} initrd_rows[] = {
	{ "initrd_file", FILES(L"initrd=\\one"), { false, false }, 1, 0 },
	{ "initrd_files", FILES(L"initrd=\\one initrd=\\two"), { false, false }, 2, 0 },
	{ "initrd_archive_first", FILES(L"initrd=\\cpio initrd=\\two"), { true, false }, 2, 0 },
	{ "initrd_archive_last", FILES(L"initrd=\\one initrd=\\cpio"), { false, true }, 2, 1 },
};
static const struct initrd_row *initrd;

static bool files_are_right(const unsigned char *at)
{
	for (unsigned int i = 0; i < initrd->count; i++) {
		if (i && !only(at, 0, initrd->zeros))
			return false;
		at += i ? initrd->zeros : 0;
		if (!only(at, initrd->archives[i] ? '0' : 0xa5, FILE_SIZE))
			return false;
		at += FILE_SIZE;
	}
	return true;
}

/* The same in boot_params, in the table, and measured. */
static bool initrd_is_right(const unsigned char *params)
{
	static const EFI_GUID guid = {
		0x5568e427, 0x68fc, 0x4f3d, { 0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68 }
	};
	const unsigned char *table = find_table(&guid);
	uint64_t addr = load(params + RAMDISK_IMAGE_AT, 4) |
			(load(params + EXT_RAMDISK_IMAGE_AT, 4) << 32);
	uint64_t size = load(params + RAMDISK_SIZE_AT, 4) |
			(load(params + EXT_RAMDISK_SIZE_AT, 4) << 32);

	return size == initrd->count * FILE_SIZE + initrd->zeros && measured_initrd.at == addr &&
	       measured_initrd.size == size && table && load(table, 8) == addr &&
	       load(table + 8, 8) == size &&
	       files_are_right((const unsigned char *)(uintptr_t)addr);
}

/* --- the image's own name in LoadOptions --- */

#define OPTIONS(words) { words, sizeof(words), false }

static const struct name_row {
	const char *name;
	struct start start;
	const EFI_GUID *by; /* the shell's protocol on the image; NULL: another loader */
	const char *cmdline;
} name_rows[] = {
	{ "name_shell", OPTIONS(L"fs0:\\k quiet"), &shell_parameters, "quiet" },
	{ "name_shell_1", OPTIONS(L"fs0:\\k quiet"), &shell_interface, "quiet" },
	{ "name_shell_alone", OPTIONS(L"k.efi"), &shell_parameters, "" },
	{ "name_path", OPTIONS(L"\\EFI\\BOOT\\bootx64.efi quiet"), NULL, "quiet" },
	{ "name_alone", OPTIONS(L"BOOTX64.EFI"), NULL, "" },
	{ "name_other", OPTIONS(L"k.efi quiet"), NULL, "k.efi quiet" },
};
static const struct name_row *named;

static void set_shell(EFI_HANDLE handle, bool on)
{
	static void *parameters[8];
	EFI_GUID guid;

	if (!named->by)
		return;
	guid = *named->by;
	if (EFI_ERROR(on ? real_bs->InstallProtocolInterface(&handle, &guid, EFI_NATIVE_INTERFACE,
							     parameters) :
			   real_bs->UninstallProtocolInterface(handle, &guid, parameters)))
		give_up("cannot simulate a shell");
}

static bool cmdline_is_right(const unsigned char *params)
{
	uint64_t at = load(params + CMD_LINE_PTR_AT, 4) |
		      (load(params + EXT_CMD_LINE_PTR_AT, 4) << 32);
	const char *text = (const char *)(uintptr_t)at, *right = named->cmdline;

	if (!at)
		return !*right;
	while (*text && *text == *right)
		text++, right++;
	return *text == *right;
}

/* --- EDID: all bytes equal; screens that are not the console's have other bytes --- */

#define ACTIVE 0xac
#define DISCOVERED 0xd1
#define OTHER 0xee

struct edid {
	UINT32 size;
	unsigned char *bytes;
};

static unsigned char active_bytes[2 * EDID_SIZE], discovered_bytes[EDID_SIZE],
	other_bytes[EDID_SIZE];

static const struct edid_row {
	const char *name;
	bool has_active, has_discovered;
	struct edid active;
	unsigned char expected;
} edid_rows[] = {
	{ "edid_active", true, true, { EDID_SIZE, active_bytes }, ACTIVE },
	{ "edid_longer", true, true, { 2 * EDID_SIZE, active_bytes }, ACTIVE },
	{ "edid_discovered", false, true, { 0, NULL }, DISCOVERED },
	{ "edid_too_short", true, true, { EDID_SIZE - 1, active_bytes }, 0 },
	{ "edid_nowhere", true, true, { EDID_SIZE, NULL }, 0 },
	{ "edid_none", false, false, { 0, NULL }, 0 },
};
static const struct edid_row *edid;

static EFI_STATUS EFIAPI handle_protocol(EFI_HANDLE handle, EFI_GUID *guid, void **ret)
{
	static const EFI_GUID active_guid = EFI_EDID_ACTIVE_PROTOCOL_GUID;
	static const EFI_GUID discovered_guid = EFI_EDID_DISCOVERED_PROTOCOL_GUID;
	static EFI_GUID console_guid = {
		0xd3b36f2c, 0xd551, 0x11d4, { 0x9a, 0x46, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d }
	};
	static struct edid active, discovered = { EDID_SIZE, discovered_bytes };
	static struct edid other = { EDID_SIZE, other_bytes };
	bool is_active = same_guid(guid, &active_guid);
	void *unused;

	if (!is_active && !same_guid(guid, &discovered_guid))
		return other_handle_protocol(handle, guid, ret);
	active = edid->active;
	*ret = is_active ? &active : &discovered;
	if (EFI_ERROR(real_bs->HandleProtocol(handle, &console_guid, &unused)))
		*ret = &other;
	return (is_active ? edid->has_active : edid->has_discovered) ? EFI_SUCCESS :
								       EFI_UNSUPPORTED;
}

static bool edid_is_right(const unsigned char *params)
{
	return only(params + EDID_AT, edid->expected, EDID_SIZE);
}

/* --- the model of a Mac, by its SMBIOS table --- */

/* SMBIOS 3.6, 5.2.1: a table's entry point, and the second part of it */
#define ENTRY_SIZE 31
#define PART_AT 16
#define PART_SIZE (ENTRY_SIZE - PART_AT)

static const unsigned char entry_template[ENTRY_SIZE] = {
	/* clang-format off */
	'_', 'S', 'M', '_', 0, ENTRY_SIZE, 2, 8, 0, 0, 0, 0, 0, 0, 0, 0,
	'_', 'D', 'M', 'I', '_', 0, 0, 0, 0, 0, 0, 0, 3, 0, 0x28,
	/* clang-format on */
};
#define CHECKSUM_AT 4
#define PART_CHECKSUM_AT 21
#define LENGTH_AT 22
#define ADDRESS_AT 24

/* Type 0, type 1 with a maker and a product, the end; strings end with two zeros. */
static const unsigned char table_template[] = {
	/* clang-format off */
	0, 5, 0, 0, 1, 'x', 0, 0,
	1, 8, 1, 0, 1, 2, 0, 0,
	'A', 'p', 'p', 'l', 'e', 0,
	'M', 'a', 'c', 'B', 'o', 'o', 'k', 'P', 'r', 'o', '1', '1', ',', '3', 0, 0,
	127, 4, 2, 0, 0, 0,
	/* clang-format on */
};
#define SYSTEM_AT 8
#define END_AT 38
#define MODEL_AT 35		/* its last digit */

#define ALL sizeof(table_template)

static const struct smbios_row {
	const char *name;
	uint16_t length; /* of the table, as the entry point gives it */
	enum { NOTHING, ENTRY, TABLE, SUM, PART_SUM } wrong;
	unsigned char at, value; /* a wrong byte in the entry point, or in the table */
	bool hidden_chip;	 /* the expected result */
} smbios_rows[] = {
	{ "smbios_all", ALL, NOTHING, 0, 0, true },
	{ "smbios_no_end", END_AT, NOTHING, 0, 0, true },
	{ "smbios_cut", END_AT - 1, NOTHING, 0, 0, false },
	{ "smbios_empty", 0, NOTHING, 0, 0, false },
	{ "smbios_sum", ALL, SUM, 0, 0, false },
	{ "smbios_part_sum", ALL, PART_SUM, 0, 0, false },
	{ "smbios_anchor", ALL, ENTRY, 1, 'X', false },
	{ "smbios_part_anchor", ALL, ENTRY, PART_AT, 'X', false },
	{ "smbios_end_first", ALL, TABLE, 0, 127, false },
	{ "smbios_no_length", ALL, TABLE, 1, 0, false },
	{ "smbios_long_record", ALL, TABLE, 1, 255, false },
	{ "smbios_short_record", ALL, TABLE, SYSTEM_AT + 1, 5, false },
	{ "smbios_string_9", ALL, TABLE, SYSTEM_AT + 5, 9, false },
	{ "smbios_other_model", ALL, TABLE, MODEL_AT, '4', false },
};
static const struct smbios_row *smbios;
static bool os_set;

static EFI_STATUS EFIAPI set_version(const char *version)
{
	(void)version;
	os_set = true;
	return EFI_SUCCESS;
}

static void offer_set_os(void)
{
	static EFI_GUID guid = {
		0xc5c5da95, 0x7d5c, 0x45e6, { 0xb2, 0xf1, 0x3f, 0xd5, 0x2b, 0xb1, 0x00, 0x77 }
	};
	static void *set_os[] = { (void *)1, (void *)set_version };
	EFI_HANDLE handle = NULL;

	if (EFI_ERROR(real_bs->InstallMultipleProtocolInterfaces(&handle, &guid, set_os, NULL)))
		give_up("cannot simulate a Mac");
}

/* The byte that makes the sum of all bytes 0 */
static void set_checksum(unsigned char *at, size_t size, unsigned char *sum)
{
	for (size_t i = 0; i < size; i++)
		if (at + i != sum)
			*sum = (unsigned char)(*sum - at[i]);
}

static void offer_smbios(void)
{
	static EFI_GUID guid = SMBIOS_TABLE_GUID;
	static unsigned char entry[ENTRY_SIZE], table[sizeof(table_template)];
	uint32_t address = (uint32_t)(uintptr_t)table;

	memcpy(entry, entry_template, sizeof(entry));
	memcpy(table, table_template, sizeof(table));
	memcpy(entry + LENGTH_AT, &smbios->length, sizeof(smbios->length));
	memcpy(entry + ADDRESS_AT, &address, sizeof(address));
	if (smbios->wrong == ENTRY || smbios->wrong == TABLE)
		(smbios->wrong == ENTRY ? entry : table)[smbios->at] = smbios->value;
	set_checksum(entry + PART_AT, PART_SIZE, entry + PART_CHECKSUM_AT);
	entry[PART_CHECKSUM_AT] += smbios->wrong == PART_SUM;
	set_checksum(entry, ENTRY_SIZE, entry + CHECKSUM_AT);
	entry[CHECKSUM_AT] += smbios->wrong == SUM;
	if (EFI_ERROR(real_bs->InstallConfigurationTable(&guid, entry)))
		give_up("cannot install an SMBIOS table");
}

static bool smbios_is_right(const unsigned char *params)
{
	(void)params;
	return os_set == smbios->hidden_chip;
}

/* --- the longest seed --- */

#define FRESH 32		/* bytes requested from the firmware */
#define SEED_MAX 512		/* a longer one is not a seed */
#define SEED_READ 1024		/* bytes that Linux reads, and wipes */

static EFI_SET_VARIABLE other_set_variable;
static EFI_GUID seed_guid = {
	0x1ce1e5bc, 0x7ceb, 0x42f2, { 0x81, 0xe5, 0x8a, 0xad, 0xf1, 0x80, 0xf5, 0x7b }
};
static struct {
	uint32_t size;
	unsigned char bits[SEED_MAX];
} *earlier; /* the boot loader's seed */

static EFI_STATUS EFIAPI get_seed(CHAR16 *name, EFI_GUID *guid, UINT32 *attributes, UINTN *size,
				  void *to)
{
	if (!is_name(name, L"RandomSeed"))
		return other_get_variable(name, guid, attributes, size, to);
	if (*size < SEED_MAX)
		return EFI_BUFFER_TOO_SMALL;
	*size = SEED_MAX;
	memset(to, 0x77, SEED_MAX);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_seed(CHAR16 *name, EFI_GUID *guid, UINT32 attributes, UINTN size,
				  void *from)
{
	return is_name(name, L"RandomSeed") ?
		       EFI_SUCCESS :
		       other_set_variable(name, guid, attributes, size, from);
}

static void offer_seed(void)
{
	if (EFI_ERROR(real_bs->AllocatePool(EfiACPIReclaimMemory, sizeof(*earlier),
					    (void **)&earlier)) ||
	    EFI_ERROR(real_bs->InstallConfigurationTable(&seed_guid, earlier)))
		give_up("cannot install a seed");
	earlier->size = SEED_MAX;
	memset(earlier->bits, 0xe1, SEED_MAX);
	offer_random(EFI_SUCCESS);
}

static bool seed_is_right(const unsigned char *params)
{
	const unsigned char *seed = find_table(&seed_guid);

	(void)params;
	return seed && load(seed, 4) == SEED_READ && only(seed + 4, 0x3c, FRESH) &&
	       only(seed + 4 + FRESH, 0x77, SEED_MAX) &&
	       only(seed + 4 + FRESH + SEED_MAX, 0xe1, SEED_READ - FRESH - SEED_MAX) &&
	       only(earlier->bits, 0, SEED_MAX);
}

/* --- the starts --- */

static void change_services(EFI_SYSTEM_TABLE *st)
{
	other_exit = st->BootServices->ExitBootServices;
	other_get_variable = st->RuntimeServices->GetVariable;
	st->BootServices->ExitBootServices = exit_boot_services;
	other_handle_protocol = st->BootServices->HandleProtocol;
	if (smbios)
		st->FirmwareVendor = L"Apple";
	if (secure)
		st->RuntimeServices->GetVariable = get_variable;
	if (earlier) {
		other_set_variable = st->RuntimeServices->SetVariable;
		st->RuntimeServices->GetVariable = get_seed;
		st->RuntimeServices->SetVariable = set_seed;
	}
	if (edid)
		st->BootServices->HandleProtocol = handle_protocol;
	if (named)
		set_shell(image_handle, true);
}

static void start_row(const char *name, bool (*is_right)(const unsigned char *params),
		      const struct start *start)
{
	static const EFI_GUID smbios_guid = {
		0x03583ff6, 0xcb36, 0x4940, { 0x94, 0x7e, 0xb9, 0xb3, 0x9f, 0x4a, 0xfa, 0xf7 }
	};
	const struct plan p = {
		.change = change_services,
		.hidden = smbios ? &smbios_guid : NULL,
	};

	row_name = name;
	row_is_right = is_right;
	image_start(start, &p);
}

static void each_secure(void)
{
	for (size_t i = 0; i < sizeof(secure_rows) / sizeof(secure_rows[0]); i++) {
		secure = &secure_rows[i];
		start_row(secure->name, secure_is_right, &plain);
	}
	secure = NULL;
}

static void each_edid(void)
{
	memset(active_bytes, ACTIVE, sizeof(active_bytes));
	memset(discovered_bytes, DISCOVERED, sizeof(discovered_bytes));
	memset(other_bytes, OTHER, sizeof(other_bytes));
	for (size_t i = 0; i < sizeof(edid_rows) / sizeof(edid_rows[0]); i++) {
		edid = &edid_rows[i];
		start_row(edid->name, edid_is_right, &plain);
	}
	edid = NULL;
}

static void each_smbios(void)
{
	offer_set_os();
	for (size_t i = 0; i < sizeof(smbios_rows) / sizeof(smbios_rows[0]); i++) {
		smbios = &smbios_rows[i];
		offer_smbios();
		os_set = false;
		start_row(smbios->name, smbios_is_right, &plain);
	}
	smbios = NULL;
}

static void each_initrd(void)
{
	offer_measuring();
	for (size_t i = 0; i < sizeof(initrd_rows) / sizeof(initrd_rows[0]); i++) {
		initrd = &initrd_rows[i];
		measured_initrd = (struct measuring){ 0 };
		start_row(initrd->name, initrd_is_right, &initrd->start);
	}
}

static void each_name(void)
{
	for (size_t i = 0; i < sizeof(name_rows) / sizeof(name_rows[0]); i++) {
		named = &name_rows[i];
		start_row(named->name, cmdline_is_right, &named->start);
		set_shell(image_handle, false);
	}
	named = NULL;
}

void run_answers(void)
{
	each_name();
	each_secure();
	each_edid();
	each_smbios();
	each_initrd();
	offer_seed();
	start_row("seed_largest", seed_is_right, &plain);
	say_line("end=reached\r\n");
}
