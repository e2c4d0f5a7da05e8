/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Features of machines that QEMU lacks: a confidential guest's measurements, a
 * boot loader's seed, a variable for memory overwrites, Apple's firmware. The image
 * is started with all of them, and checked when it calls ExitBootServices().
 */
#include "driver.h"

#define INDEX 77		/* the register index that stands for PCR 9 */
#define EARLIER 16		/* bytes of the boot loader's seed */
#define FRESH 32		/* bytes that Linux takes from the firmware */

static const CHAR16 words[] = L"parity one=1";
static const struct start start = { words, sizeof(words), false };
static const struct offer offer = { 5000, EFI_BUFFER_TOO_SMALL, 5000, EFI_SUCCESS };

static EFI_GUID seed_guid = {
	0x1ce1e5bc, 0x7ceb, 0x42f2, { 0x81, 0xe5, 0x8a, 0xad, 0xf1, 0x80, 0xf5, 0x7b }
};
static EFI_GUID log_guid = {
	0xb7799cb0, 0xeca2, 0x4943, { 0x96, 0x67, 0x1f, 0xae, 0x07, 0xb7, 0x47, 0xfa }
};
static EFI_GUID cc_guid = {
	0x96751a3d, 0x72f4, 0x41a6, { 0xa7, 0x94, 0xed, 0x5d, 0x0e, 0x67, 0xae, 0x6b }
};
static EFI_GUID final_guid = {
	0xdd4a4648, 0x2de7, 0x4665, { 0x96, 0x4d, 0x21, 0xd9, 0xef, 0x5f, 0xb4, 0x46 }
};
static EFI_GUID properties_guid = {
	0x91bd12fe, 0xf6c3, 0x44fb, { 0xa5, 0xb7, 0x51, 0x22, 0xab, 0x30, 0x3a, 0xe0 }
};
static EFI_GUID set_os_guid = {
	0xc5c5da95, 0x7d5c, 0x45e6, { 0xb2, 0xf1, 0x3f, 0xd5, 0x2b, 0xb1, 0x00, 0x77 }
};

void check(const char *name, bool ok)
{
	say_line("check=");
	say(name);
	say_word("result", ok ? "ok" : "bad");
	say("\r\n");
}

bool only(const unsigned char *at, unsigned char value, size_t count)
{
	while (count && *at == value)
		at++, count--;
	return !count;
}

bool same_bytes(const void *a, const void *b, size_t count)
{
	const unsigned char *p = a, *q = b;

	while (count && *p == *q)
		p++, q++, count--;
	return !count;
}

uint64_t load(const void *at, unsigned int size)
{
	const unsigned char *bytes = at;
	uint64_t value = 0;

	while (size--)
		value = value << 8 | bytes[size];
	return value;
}

const unsigned char *find_table(const EFI_GUID *guid)
{
	for (UINTN i = 0; i < real_st->NumberOfTableEntries; i++)
		if (same_guid(&real_st->ConfigurationTable[i].VendorGuid, guid))
			return real_st->ConfigurationTable[i].VendorTable;
	return NULL;
}

/* --- a log of two events, by hand (TCG PC Client Platform Firmware Profile, 10) --- */

#define SPEC_COUNT_AT 56	/* number of algorithms */

static unsigned char log_bytes[] = {
	/* clang-format off */
	0, 0, 0, 0, 3, 0, 0, 0,				/* PCR 0, EV_NO_ACTION */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	33, 0, 0, 0,
	'S', 'p', 'e', 'c', ' ', 'I', 'D', ' ', 'E', 'v', 'e', 'n', 't', '0', '3', 0,
	0, 0, 0, 0, 0, 2, 0, 2,
	1, 0, 0, 0, 0x0b, 0, 32, 0,			/* SHA-256 alone */
	0,
#define SECOND 65
	1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0x0b, 0,	/* PCR 1, some event, a digest */
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
	5, 0, 0, 0, 'e', 'v', 'e', 'n', 't',
	/* clang-format on */
};
#define EVENT_SIZE (sizeof(log_bytes) - SECOND)

static struct {
	uint64_t version, count;
	unsigned char event[EVENT_SIZE];
} final_events;

/* --- the measurement protocol --- */

static struct measured {
	uint64_t size;
	unsigned char event[80];
	bool same; /* as the expected data */
} measured[4];
static unsigned int measured_count;

static EFI_STATUS EFIAPI get_event_log(void *self, UINT32 format, EFI_PHYSICAL_ADDRESS *first,
				       EFI_PHYSICAL_ADDRESS *last, BOOLEAN *cut)
{
	(void)self;
	*first = (uintptr_t)log_bytes;
	*last = (uintptr_t)log_bytes + SECOND;
	*cut = FALSE;
	return format == 2 ? EFI_SUCCESS : EFI_INVALID_PARAMETER;
}

static EFI_STATUS EFIAPI hash_log_extend(void *self, UINT64 flags, EFI_PHYSICAL_ADDRESS data,
					 UINT64 size, const unsigned char *event)
{
	const unsigned char *bytes = (const unsigned char *)(uintptr_t)data;
	struct measured *m = &measured[measured_count % 4];

	(void)self;
	measured_count++;
	m->size = flags ? 0 : size;
	m->same = size == sizeof(words) ? same_bytes(bytes, words, size) : only(bytes, 0x5a, size);
	memcpy(m->event, event, load(event, 4) < 80 ? load(event, 4) : 80);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI map_pcr(void *self, UINT32 pcr, UINT32 *ret)
{
	(void)self;
	*ret = INDEX;
	return pcr == 9 ? EFI_SUCCESS : EFI_INVALID_PARAMETER;
}

/* The firmware calls this, too, before it measures images that it loads. */
static EFI_STATUS EFIAPI get_capability(void *self, void *ret)
{
	(void)self;
	(void)ret;
	return EFI_UNSUPPORTED;
}

static void *cc[] = { (void *)get_capability, (void *)get_event_log, (void *)hash_log_extend,
		      (void *)map_pcr };

/* TCG_PCClientTaggedEvent after the head of 18 bytes, of which 14 are the header */
static bool is_event(const struct measured *m, uint64_t size, uint32_t id, const char *text,
		     size_t text_size)
{
	return m->size == size && m->same && load(m->event, 4) == 26 + text_size &&
	       load(m->event + 4, 4) == 14 && load(m->event + 8, 2) == 1 &&
	       load(m->event + 10, 4) == INDEX && load(m->event + 14, 4) == 6 &&
	       load(m->event + 18, 4) == id && load(m->event + 22, 4) == text_size &&
	       same_bytes(m->event + 26, text, text_size);
}

/* --- Apple --- */

static unsigned int properties_read;
static bool vendor_set, version_set;

static EFI_STATUS EFIAPI get_all(void *self, unsigned char *to, UINT32 *size)
{
	UINT32 room = *size;

	(void)self;
	*size = 300;
	if (room < 300)
		return EFI_BUFFER_TOO_SMALL;
	memset(to, 0x77, 300);
	properties_read++;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_vendor(const char *vendor)
{
	vendor_set = same_bytes(vendor, "Apple Inc.", 11);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_version(const char *version)
{
	version_set = same_bytes(version, "Mac OS X", 8);
	return EFI_SUCCESS;
}

static void *properties[] = { (void *)0x10000, NULL, NULL, NULL, (void *)get_all };
static void *set_os[] = { (void *)2, (void *)set_version, (void *)set_vendor };

/* --- the boot loader's seed, and a variable --- */

static struct {
	uint32_t size;
	unsigned char bits[EARLIER];
} *earlier;
static bool wiped, overwrite_set;

static EFI_FREE_POOL other_free_pool;
static EFI_GET_VARIABLE other_get_variable;
static EFI_SET_VARIABLE other_set_variable;
static EFI_EXIT_BOOT_SERVICES other_exit;

static EFI_STATUS EFIAPI free_pool(void *at)
{
	if (at != earlier)
		return other_free_pool(at);
	wiped = only(earlier->bits, 0, EARLIER);
	return EFI_SUCCESS;
}

static bool is_overwrite(const CHAR16 *name)
{
	static const CHAR16 overwrite[] = L"MemoryOverwriteRequestControl";

	return same_bytes(name, overwrite, sizeof(overwrite));
}

static EFI_STATUS EFIAPI get_variable(CHAR16 *name, EFI_GUID *guid, UINT32 *attributes, UINTN *size,
				      void *to)
{
	if (!is_overwrite(name))
		return other_get_variable(name, guid, attributes, size, to);
	*size = 1;
	return EFI_BUFFER_TOO_SMALL;
}

static EFI_STATUS EFIAPI set_variable(CHAR16 *name, EFI_GUID *guid, UINT32 attributes, UINTN size,
				      void *from)
{
	if (!is_overwrite(name))
		return other_set_variable(name, guid, attributes, size, from);
	overwrite_set = attributes == 7 && size == 1 && *(unsigned char *)from == 1;
	return EFI_SUCCESS;
}

/* --- the state when the image calls ExitBootServices() --- */

static void check_seed(void)
{
	const unsigned char *seed = find_table(&seed_guid);

	check("seed", seed && load(seed, 4) == FRESH + EARLIER && only(seed + 4, 0x3c, FRESH) &&
			      only(seed + 4 + FRESH, 0xe1, EARLIER));
	check("seed_wiped", wiped);
}

static void check_log(const char *name, size_t size, size_t final)
{
	const unsigned char *table = find_table(&log_guid);

	check(name, table && load(table, 4) == size && load(table + 4, 4) == final &&
			    table[8] == 2 && same_bytes(table + 9, log_bytes, size));
}

static void check_measured(void)
{
	static const char options[] = "LOADED_IMAGE::LoadOptions", initrd[] = "Linux initrd";

	check("measured",
	      measured_count == 2 &&
		      is_event(&measured[0], sizeof(words), 0x8f3b22ed, options, sizeof(options)) &&
		      is_event(&measured[1], offer.given, 0x8f3b22ec, initrd, sizeof(initrd)));
}

static EFI_STATUS EFIAPI exit_boot_services(EFI_HANDLE handle, UINTN key)
{
	if (load(log_bytes + SPEC_COUNT_AT, 4) != 1) {
		check_log("event_log_broken", SECOND, 0);
	} else if (!account.exit_reached) {
		check_seed();
		check_log("event_log", sizeof(log_bytes), EVENT_SIZE);
		check_measured();
		check("overwrite", overwrite_set);
		check("apple_properties", properties_read == 1);
		check("apple_set_os", vendor_set && version_set);
	}
	return other_exit(handle, key);
}

static void change_services(EFI_SYSTEM_TABLE *st)
{
	st->FirmwareVendor = L"Apple";
	other_free_pool = st->BootServices->FreePool;
	other_exit = st->BootServices->ExitBootServices;
	other_get_variable = st->RuntimeServices->GetVariable;
	other_set_variable = st->RuntimeServices->SetVariable;
	st->BootServices->FreePool = free_pool;
	st->BootServices->ExitBootServices = exit_boot_services;
	st->RuntimeServices->GetVariable = get_variable;
	st->RuntimeServices->SetVariable = set_variable;
}

static void install_all(void)
{
	EFI_HANDLE handle = NULL;

	if (EFI_ERROR(real_bs->AllocatePool(EfiACPIReclaimMemory, sizeof(*earlier),
					    (void **)&earlier)))
		give_up("no memory for a seed");
	earlier->size = EARLIER;
	memset(earlier->bits, 0xe1, EARLIER);
	final_events.version = 1;
	final_events.count = 1;
	memcpy(final_events.event, log_bytes + SECOND, EVENT_SIZE);
	if (EFI_ERROR(real_bs->InstallConfigurationTable(&seed_guid, earlier)) ||
	    EFI_ERROR(real_bs->InstallConfigurationTable(&final_guid, &final_events)) ||
	    EFI_ERROR(real_bs->InstallMultipleProtocolInterfaces(&handle, &cc_guid, cc,
								 &properties_guid, properties,
								 &set_os_guid, set_os, NULL)))
		give_up("cannot install the tables");
}

void run_parity(void)
{
	const struct plan p = { .change = change_services };

	install_all();
	offer_random(EFI_SUCCESS);
	offer_initrd(&offer);
	image_start(&start, &p);
	check("taken_back", !find_table(&seed_guid) && !find_table(&log_guid) && !account.pools &&
				    !account.pages && !account.events && !account.wrong);
	/* A log whose number of digests exceeds its size */
	memset(log_bytes + SPEC_COUNT_AT, 0xff, 4);
	image_start(&start, &p);
	say_line("end=reached\r\n");
}
