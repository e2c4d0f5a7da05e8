/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A unified kernel image: profiles 1 and 2 have command lines of their own. First, each call fails
 * once: nothing is kept, and a variable names a PCR only if all that belongs there was measured.
 * Then, the command line and the initrd for everything that a boot loader may pass. Last, the
 * kernel starts, and reports the variables.
 */
#include "driver.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CALLS_MAX 1000

/* Linux, Documentation/arch/x86/zero-page.rst */
#define EXT_RAMDISK_IMAGE_AT 0x0c0
#define EXT_CMD_LINE_PTR_AT 0x0c8
#define RAMDISK_IMAGE_AT 0x218
#define RAMDISK_SIZE_AT 0x21c
#define CMD_LINE_PTR_AT 0x228

#define FLAGS_AT 0xbf		/* docs/format.md, "The manifest" */
#define INITRD_DECIDED 4

static EFI_GUID loader_interface = {
	0x4a67b082, 0x0a4c, 0x41cf, { 0xb6, 0xc7, 0x44, 0x0b, 0x29, 0xbb, 0x8c, 0x4f }
};

/* --- measuring: by a TPM, and by the protocol of confidential guests -------------- */

enum { TPM, GUEST, BOTH };
#define PCRS 24

static unsigned int measured[BOTH][PCRS], all_measured[BOTH][PCRS];

static EFI_STATUS EFIAPI unsupported(void)
{
	return EFI_UNSUPPORTED;
}

static EFI_STATUS EFIAPI map_pcr(void *self, UINT32 pcr, UINT32 *ret)
{
	(void)self;
	*ret = pcr;
	return call_fails("MapPcrToMrIndex") ? EFI_DEVICE_ERROR : EFI_SUCCESS;
}

static EFI_STATUS count_event(unsigned int which, const unsigned char *event)
{
	const uint64_t pcr = load(event + 10, 4);

	if (pcr >= PCRS || call_fails("HashLogExtendEvent"))
		return EFI_DEVICE_ERROR;
	measured[which][pcr]++;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI extend_tpm(void *self, UINT64 flags, EFI_PHYSICAL_ADDRESS data,
				    UINT64 size, const unsigned char *event)
{
	(void)self;
	(void)flags;
	(void)data;
	(void)size;
	return count_event(TPM, event);
}

static EFI_STATUS EFIAPI extend_guest(void *self, UINT64 flags, EFI_PHYSICAL_ADDRESS data,
				      UINT64 size, const unsigned char *event)
{
	(void)self;
	(void)flags;
	(void)data;
	(void)size;
	return count_event(GUEST, event);
}

static void offer_both(void)
{
	static EFI_GUID tcg2 = {
		0x607f766c, 0x7455, 0x42be, { 0x93, 0x0b, 0xe4, 0xd7, 0x6d, 0xb2, 0x72, 0x0f }
	};
	static EFI_GUID cc = {
		0x96751a3d, 0x72f4, 0x41a6, { 0xa7, 0x94, 0xed, 0x5d, 0x0e, 0x67, 0xae, 0x6b }
	};
	static void *of_tpm[] = { (void *)unsupported, (void *)unsupported, (void *)extend_tpm };
	static void *of_guest[] = { (void *)unsupported, (void *)unsupported, (void *)extend_guest,
				    (void *)map_pcr };
	EFI_HANDLE handle = NULL;

	if (EFI_ERROR(real_bs->InstallMultipleProtocolInterfaces(&handle, &tcg2, of_tpm, &cc,
								 of_guest, NULL)))
		give_up("cannot offer measurement protocols");
}

/* --- the variables that name PCRs --------------------------------------------------- */

static const struct {
	CHAR16 *name;
	unsigned int pcr;
} announcements[] = {
	{ L"StubPcrKernelImage", 11 },
	{ L"StubPcrKernelParameters", 12 },
};

static bool is_announced(size_t which)
{
	UINTN size = 0;

	return real_st->RuntimeServices->GetVariable(announcements[which].name, &loader_interface,
						     NULL, &size, NULL) == EFI_BUFFER_TOO_SMALL;
}

static void forget_announcements(void)
{
	for (size_t i = 0; i < COUNT(announcements); i++)
		real_st->RuntimeServices->SetVariable(announcements[i].name, &loader_interface,
						      EFI_VARIABLE_BOOTSERVICE_ACCESS |
							      EFI_VARIABLE_RUNTIME_ACCESS,
						      0, NULL);
}

/* Everything, or nothing if the protocol was not found */
static bool is_complete(unsigned int which, unsigned int pcr)
{
	return measured[which][pcr] == all_measured[which][pcr] || !measured[which][pcr];
}

static bool are_announcements_true(void)
{
	for (size_t i = 0; i < COUNT(announcements); i++) {
		const unsigned int pcr = announcements[i].pcr;

		if (is_announced(i) && (!is_complete(TPM, pcr) || !is_complete(GUEST, pcr) ||
					(!measured[TPM][pcr] && !measured[GUEST][pcr])))
			return false;
	}
	return true;
}

/* --- each call fails -------------------------------------------------------------- */

static const CHAR16 arguments[] = L"@1 given words";
static const struct start start = { arguments, sizeof(arguments), true };
static const struct offer offer = { 8192 + 5, EFI_BUFFER_TOO_SMALL, 8192 + 5, EFI_SUCCESS };

static EFI_STATUS begin(const struct start *how, const struct plan *p)
{
	memset(measured, 0, sizeof(measured));
	forget_announcements();
	return image_start(how, p);
}

static void each_call(void)
{
	struct plan p = { 0 };
	bool is_true = true;

	do {
		if (++p.fail == CALLS_MAX)
			give_up("the image does not end");
		report("one", begin(&start, &p));
		is_true &= are_announcements_true();
	} while (account.failed);
	check("announcements", is_true);
	check("announced", is_announced(0) && is_announced(1));
}

static void measure_all(void)
{
	begin(&start, &(struct plan){ 0 });
	memcpy(all_measured, measured, sizeof(measured));
	/* Name and bytes of each section; profile and command line; initrd and command line */
	check("measured", all_measured[TPM][11] >= 8 && all_measured[TPM][12] == 2 &&
				  all_measured[TPM][9] == 2 &&
				  all_measured[GUEST][11] == all_measured[TPM][11] &&
				  all_measured[GUEST][12] == 2 && !all_measured[GUEST][9]);
}

/* --- what the loader passes ---------------------------------------------------------- */

#define OWN "packed words initrd=\\one"
#define OF_PROFILE "of profile one initrd=\\one"
#define CUT "\xff first"		/* of profile 2: not UTF-8, not measured, and too long */
#define NONE EFI_NOT_FOUND	/* a status of reading SecureBoot */

/* Of an initrd: LoadFile2, or initrd= that is obeyed, or ignored */
enum source { OFFER, FILE, NO_FILE };

static const struct world {
	const char *name;
	const CHAR16 *options;
	uint32_t size;
	EFI_STATUS secure;	 /* of reading SecureBoot, which is 1 */
	bool decided;		 /* the initrd */
	const char *cmdline;	 /* expected; NULL: the image returns EFI_NOT_FOUND */
	unsigned int parameters; /* events in PCR 12 */
	enum source source;
} worlds[] = {
#define PASSED(words) L##words, sizeof(L##words)
	/* clang-format off */
	{ "nothing", NULL, 0, NONE, false, OWN, 0, OFFER },
	{ "words", PASSED("given"), NONE, false, "given", 1, OFFER },
	{ "trimmed", PASSED("  given  words "), NONE, false, "given  words", 1, OFFER },
	{ "profile", PASSED("@1"), NONE, false, OF_PROFILE, 1, OFFER },
	{ "profile_words", PASSED("@1 given"), NONE, false, "given", 2, OFFER },
	{ "profile_cut", PASSED("@2"), NONE, false, CUT, 1, OFFER },
	{ "profile_0", PASSED("@0 given"), NONE, false, "given", 1, OFFER },
	{ "no_profile", PASSED("@3 given"), NONE, false, NULL, 0, OFFER },
	{ "control", PASSED("@1 given\nwords"), NONE, false, OWN, 0, OFFER },
	{ "secure_words", PASSED("given"), EFI_SUCCESS, false, OWN, 0, OFFER },
	{ "secure_profile", PASSED("@1 given"), EFI_SUCCESS, false, OF_PROFILE, 1, OFFER },
	{ "secure_no_profile", PASSED("@3"), EFI_SUCCESS, false, NULL, 0, OFFER },
	{ "unreadable", PASSED("given"), EFI_DEVICE_ERROR, false, "given", 1, OFFER },
	{ "decided", PASSED("given"), EFI_SUCCESS, true, OWN, 0, OFFER },
	{ "decided_unreadable", PASSED("given"), EFI_DEVICE_ERROR, true, "given", 1, OFFER },
	{ "decided_off", PASSED("given"), NONE, true, "given", 1, OFFER },
	{ "own", NULL, 0, NONE, false, OWN, 0, NO_FILE },
	{ "own_passed", PASSED("packed words initrd=\\one"), NONE, false, OWN, 1, NO_FILE },
	{ "profile_passed", PASSED("@1 of profile one initrd=\\one"), NONE, false, OF_PROFILE, 2,
	  NO_FILE },
	{ "named", PASSED("given initrd=\\one"), NONE, false, "given initrd=\\one", 1, FILE },
	/* clang-format on */
};

static const struct world *world;
static EFI_EXIT_BOOT_SERVICES other_exit;
static EFI_GET_VARIABLE other_get_variable;
static bool is_right;

static const unsigned char *pointer(const unsigned char *params, unsigned int low,
				    unsigned int high)
{
	return (const unsigned char *)(uintptr_t)(load(params + low, 4) | load(params + high, 4)
										  << 32);
}

static bool is_cmdline(const unsigned char *params)
{
	const unsigned char *at = pointer(params, CMD_LINE_PTR_AT, EXT_CMD_LINE_PTR_AT);
	size_t size = 0;

	while (world->cmdline[size])
		size++;
	return at && same_bytes(at, world->cmdline, size + 1);
}

/* The loader's, with zeros up to a multiple of 4; the image's, which is one 'P'; the archives */
static bool is_initrd(const unsigned char *params)
{
	static const struct {
		size_t size;
		unsigned char content;
	} sources[] = {
		[OFFER] = { 8192 + 5, 0x5a }, [FILE] = { FILE_SIZE, 0xa5 }, [NO_FILE] = { 0, 0 }
	};
	const unsigned char *at = pointer(params, RAMDISK_IMAGE_AT, EXT_RAMDISK_IMAGE_AT);
	const bool is_merged = !world->decided || world->secure == NONE;
	const size_t size = is_merged ? sources[world->source].size : 0, zeros = -size % 4;

	return at && load(params + RAMDISK_SIZE_AT, 4) % 4 == 0 &&
	       only(at, sources[world->source].content, size) && only(at + size, 0, zeros) &&
	       same_bytes(at + size + zeros,
			  "P\0\0\0"
			  "070701",
			  10);
}

/* The initrd, and the command line if it is UTF-8 */
static unsigned int inputs(void)
{
	return (unsigned char)world->cmdline[0] == 0xff ? 1 : 2;
}

static EFI_STATUS EFIAPI exit_boot_services(EFI_HANDLE handle, UINTN key)
{
	const unsigned char *params = find_params();

	if (!account.exit_reached)
		is_right = params && world->cmdline && is_cmdline(params) && is_initrd(params) &&
			   measured[TPM][12] == world->parameters && measured[TPM][9] == inputs() &&
			   is_announced(0) && is_announced(1) == (world->parameters > 0);
	return other_exit(handle, key);
}

static EFI_STATUS EFIAPI get_variable(CHAR16 *name, EFI_GUID *guid, UINT32 *attributes, UINTN *size,
				      void *to)
{
	if (is_name(name, L"SetupMode") || is_name(name, L"MokSBStateRT"))
		return EFI_NOT_FOUND;
	if (!is_name(name, L"SecureBoot"))
		return other_get_variable(name, guid, attributes, size, to);
	*size = 1;
	*(unsigned char *)to = 1;
	return world->secure;
}

static void change_services(EFI_SYSTEM_TABLE *st)
{
	other_exit = st->BootServices->ExitBootServices;
	other_get_variable = st->RuntimeServices->GetVariable;
	st->BootServices->ExitBootServices = exit_boot_services;
	st->RuntimeServices->GetVariable = get_variable;
}

static void each_world(void)
{
	const struct plan p = { .change = change_services };
	unsigned char *flags = image_manifest() + FLAGS_AT;

	for (size_t i = 0; i < COUNT(worlds); i++) {
		const struct start how = { worlds[i].options, worlds[i].size, true };
		EFI_STATUS status;

		world = &worlds[i];
		is_right = false;
		*flags = (unsigned char)(world->decided ? *flags | INITRD_DECIDED :
							  *flags & ~INITRD_DECIDED);
		offer_initrd(world->source == OFFER ? &offer : NULL);
		status = begin(&how, &p);
		if (!world->cmdline)
			is_right = status == EFI_NOT_FOUND && !account.exit_reached &&
				   !measured[TPM][11];
		check(world->name, is_right && !account.pages && !account.pools);
	}
}

/* --- a partition of a GPT -------------------------------------------------------------- */

static void offer_partition(void)
{
	static EFI_GUID paths = DEVICE_PATH_PROTOCOL;
	static const struct {
		HARDDRIVE_DEVICE_PATH disk;
		EFI_DEVICE_PATH end;
	} __attribute__((packed)) path = {
		{ { MEDIA_DEVICE_PATH, MEDIA_HARDDRIVE_DP, { sizeof(path.disk), 0 } },
		  1,
		  2048,
		  2048,
		  { 0xEF, 0xBE, 0xAD, 0xDE, 0x34, 0x12, 0x78, 0x56, 0x9A, 0xBC, 0xDE, 0xF0, 0x12,
		    0x34, 0x56, 0x78 },
		  MBR_TYPE_EFI_PARTITION_TABLE_HEADER,
		  SIGNATURE_TYPE_GUID },
		{ END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, { sizeof(path.end), 0 } },
	};
	EFI_HANDLE handle = offer_volume();

	if (EFI_ERROR(real_bs->InstallMultipleProtocolInterfaces(&handle, &paths, &path, NULL)))
		give_up("cannot offer a partition");
}

void run_unified(void)
{
	const struct plan leave = { .leave = true };

	offer_both();
	offer_partition();
	offer_initrd(&offer);
	offer_random(EFI_SUCCESS);
	measure_all();
	each_call();
	each_world();
	offer_initrd(&offer);
	say_line("fault=none\r\n");
	report("last", begin(&start, &leave));
}
