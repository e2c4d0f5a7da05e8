/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The choice of the command line and the initrd: for each kind of both in the image, with Secure
 * Boot on, off and unreadable, for everything that a boot loader may pass. The image is packed
 * once, with the command line below and an initrd of 'P'; its manifest is changed between starts.
 * One check for each pair of kinds.
 */
#include "driver.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Linux, Documentation/arch/x86/zero-page.rst */
#define EXT_RAMDISK_IMAGE_AT 0x0c0
#define EXT_CMD_LINE_PTR_AT 0x0c8
#define RAMDISK_IMAGE_AT 0x218
#define RAMDISK_SIZE_AT 0x21c
#define CMD_LINE_PTR_AT 0x228

/* docs/format.md, "The manifest" */
#define CMDLINE_AT 0x34		/* offset and size; */
#define INITRD_AT 0x3c		/* likewise */
#define PLACE_SIZE 8
#define FLAGS_AT 0xbf
#define CMDLINE_DECIDED 2
#define INITRD_DECIDED 4

enum kind { ABSENT, DEFAULT, DECIDED, NONE /* decided: without one */, KINDS };
static const char *const kind_names[] = { "absent", "default", "decided", "none" };

/* The first byte of an initrd identifies its source. */
enum { NOWHERE = 0, PACKED_INITRD = 'P', OFFERED = 0x5a, FILE_ONE = 0xa5, FILE_CPIO = '0' };

/* A command line, and its options */
struct line {
	const CHAR16 *options; /* as LoadOptions; NULL: there are none */
	uint32_t size;
	const char *text;
	unsigned char file;
	bool noinitrd;
};

#define LINE(words, file, noinitrd) { L##words, sizeof(L##words), words, file, noinitrd }

static const struct line packed = { NULL, 0, "packed initrd=\\cpio", FILE_CPIO, false };
static const struct line nothing = { NULL, 0, "", NOWHERE, false };
static const struct line words = LINE("loader", NOWHERE, false);
static const struct line file = LINE("loader initrd=\\one", FILE_ONE, false);
static const struct line noinitrd = LINE("loader noinitrd", NOWHERE, true);

/* The situation of a start. */
static const struct world {
	EFI_STATUS secure; /* of reading SecureBoot, which is 1 */
	const struct line *line;
	bool offered; /* an initrd, by LoadFile2 */
} worlds[] = {
	/* clang-format off */
	{ EFI_NOT_FOUND, &nothing, false },
	{ EFI_NOT_FOUND, &words, true },
	{ EFI_NOT_FOUND, &file, false },
	{ EFI_NOT_FOUND, &noinitrd, true },
	{ EFI_SUCCESS, &nothing, false },
	{ EFI_SUCCESS, &nothing, true },
	{ EFI_SUCCESS, &words, false },
	{ EFI_SUCCESS, &file, false },
	{ EFI_SUCCESS, &noinitrd, false },
	{ EFI_DEVICE_ERROR, &file, true },
	/* clang-format on */
};

/* One start. */
static struct {
	enum kind cmdline, initrd;
	struct world world;
} row;

/* --- the image's messages --- */

static char said[512];
static size_t said_size;

static EFI_STATUS EFIAPI output_string(SIMPLE_TEXT_OUTPUT_INTERFACE *self, CHAR16 *text)
{
	(void)self;
	while (*text && said_size < sizeof(said) - 1)
		said[said_size++] = (char)*text++;
	said[said_size] = '\0';
	return EFI_SUCCESS;
}

static bool same_text(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

/* --- the expected result --- */

static bool is_final(enum kind kind)
{
	return kind >= DECIDED && row.world.secure != EFI_NOT_FOUND;
}

static bool is_packed(enum kind kind)
{
	return kind == DEFAULT || kind == DECIDED;
}

static const struct line *right_line(void)
{
	if (row.world.line->options && !is_final(row.cmdline))
		return row.world.line;
	return is_packed(row.cmdline) ? &packed : &nothing;
}

static unsigned char right_initrd(const struct line *line)
{
	unsigned char inside = is_packed(row.initrd) ? PACKED_INITRD : NOWHERE;

	if (is_final(row.initrd))
		return inside;
	if (line->noinitrd)
		return NOWHERE;
	if (row.world.offered)
		return OFFERED;
	if (line == &packed && inside)
		return inside;
	return line->file ? line->file : inside;
}

static const char *right_words(const struct line *line)
{
	static const char cmdline_ignored[] =
		"bzboot: Secure Boot: the image's command line counts, the loader's is ignored\r\n";
	static const char initrd_ignored[] =
		"bzboot: Secure Boot: the image's initrd counts, any other is ignored\r\n";
	static const char name_ignored[] =
		"bzboot: the image has an initrd: initrd= of its command line is ignored\r\n";
	static char both[sizeof(cmdline_ignored) + sizeof(initrd_ignored) + sizeof(name_ignored)];
	size_t size = 0;

	if (is_final(row.cmdline) && row.world.line->options) {
		memcpy(both, cmdline_ignored, sizeof(cmdline_ignored));
		size = sizeof(cmdline_ignored) - 1;
	}
	both[size] = '\0';
	if (is_final(row.initrd) && (row.world.offered || line->file || line->noinitrd))
		memcpy(both + size, initrd_ignored, sizeof(initrd_ignored));
	else if (!is_final(row.initrd) && is_packed(row.initrd) && line == &packed &&
		 !row.world.offered)
		memcpy(both + size, name_ignored, sizeof(name_ignored));
	return both;
}

/* --- the result --- */

static uint64_t load_halves(const unsigned char *params, unsigned int low, unsigned int high)
{
	return load(params + low, 4) | load(params + high, 4) << 32;
}

static bool is_cmdline(const unsigned char *params, const struct line *line)
{
	uint64_t at = load_halves(params, CMD_LINE_PTR_AT, EXT_CMD_LINE_PTR_AT);

	return at && same_text((const char *)(uintptr_t)at, line->text);
}

static bool is_initrd(const unsigned char *params, unsigned char from)
{
	uint64_t at = load_halves(params, RAMDISK_IMAGE_AT, EXT_RAMDISK_IMAGE_AT);

	if (!load(params + RAMDISK_SIZE_AT, 4))
		return from == NOWHERE;
	return *(const unsigned char *)(uintptr_t)at == from;
}

/* LoadOptions are always measured, even if ignored; of initrds, only those that were loaded. */
static bool is_measured(unsigned char from)
{
	return measured_options.count == (row.world.line->options != NULL) &&
	       measured_initrd.count == (from != NOWHERE && from != PACKED_INITRD);
}

/* LINUX_EFI_INITRD_MEDIA_GUID: kernels without an initrd in boot_params use this table. */
static EFI_GUID table_guid = {
	0x5568e427, 0x68fc, 0x4f3d, { 0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68 }
};
static uint64_t stale_table[2];

static bool is_table(unsigned char from)
{
	const unsigned char *table = find_table(&table_guid);
	bool stale = table == (const unsigned char *)stale_table;

	if (is_final(row.initrd))
		return !table;
	return table && stale == (from == NOWHERE || from == PACKED_INITRD);
}

static bool is_right(const unsigned char *params)
{
	const struct line *line = right_line();
	const unsigned char from = right_initrd(line);

	return is_cmdline(params, line) && is_initrd(params, from) && is_measured(from) &&
	       is_table(from) && same_text(said, right_words(line));
}

/* --- the starts --- */

static EFI_EXIT_BOOT_SERVICES other_exit;
static EFI_GET_VARIABLE other_get_variable;
static bool row_is_right;

static EFI_STATUS EFIAPI exit_boot_services(EFI_HANDLE handle, UINTN key)
{
	const unsigned char *params = find_params();

	if (!account.exit_reached)
		row_is_right = params && is_right(params);
	said_size = 0;
	return other_exit(handle, key);
}

static EFI_STATUS EFIAPI get_variable(CHAR16 *name, EFI_GUID *guid, UINT32 *attributes, UINTN *size,
				      void *to)
{
	if (is_name(name, L"SetupMode") || is_name(name, L"MokSBStateRT"))
		return EFI_NOT_FOUND;
	if (!is_name(name, L"SecureBoot"))
		return other_get_variable(name, guid, attributes, size, to);
	if (EFI_ERROR(row.world.secure))
		return row.world.secure;
	*size = 1;
	*(unsigned char *)to = 1;
	return EFI_SUCCESS;
}

static void change_services(EFI_SYSTEM_TABLE *st)
{
	static SIMPLE_TEXT_OUTPUT_INTERFACE console;

	other_exit = st->BootServices->ExitBootServices;
	other_get_variable = st->RuntimeServices->GetVariable;
	st->BootServices->ExitBootServices = exit_boot_services;
	st->RuntimeServices->GetVariable = get_variable;
	console = *st->ConOut;
	console.OutputString = output_string;
	st->ConOut = &console;
}

static void start_row(void)
{
	static const struct offer offer = { 8192, EFI_BUFFER_TOO_SMALL, 8192, EFI_SUCCESS };
	const struct plan p = { .change = change_services };
	const struct start start = { row.world.line->options, row.world.line->size, true };

	measured_initrd = measured_options = (struct measuring){ 0 };
	said[said_size = 0] = '\0';
	row_is_right = false;
	if (EFI_ERROR(real_bs->InstallConfigurationTable(&table_guid, stale_table)))
		give_up("cannot install a table");
	offer_initrd(row.world.offered ? &offer : NULL);
	image_start(&start, &p);
	if (row_is_right)
		return;
	say_line("wrong=decided");
	say_hex("secure", row.world.secure);
	say_word("loader", row.world.line->text);
	say_number("offered", row.world.offered);
	say("\r\n");
}

static bool each_world(void)
{
	bool ok = true;

	for (size_t i = 0; i < COUNT(worlds); i++) {
		row.world = worlds[i];
		start_row();
		ok = ok && row_is_right;
	}
	return ok;
}

static void set_kind(unsigned char *manifest, unsigned int place, enum kind kind,
		     unsigned char flag)
{
	if (!is_packed(kind))
		memset(manifest + place, 0, PLACE_SIZE);
	manifest[FLAGS_AT] &= (unsigned char)~flag;
	if (kind >= DECIDED)
		manifest[FLAGS_AT] |= flag;
}

void run_decided(void)
{
	unsigned char *manifest = image_manifest(), places[2 * PLACE_SIZE];

	memcpy(places, manifest + CMDLINE_AT, sizeof(places));
	offer_measuring();
	for (unsigned int i = 0; i < KINDS * KINDS; i++) {
		bool ok;

		row.cmdline = (enum kind)(i / KINDS);
		row.initrd = (enum kind)(i % KINDS);
		memcpy(manifest + CMDLINE_AT, places, sizeof(places));
		set_kind(manifest, CMDLINE_AT, row.cmdline, CMDLINE_DECIDED);
		set_kind(manifest, INITRD_AT, row.initrd, INITRD_DECIDED);
		ok = each_world();
		say_line("kinds=");
		say(kind_names[row.cmdline]);
		say("_");
		say(kind_names[row.initrd]);
		say_word("result", ok ? "ok" : "bad");
		say("\r\n");
	}
	say_line("end=reached\r\n");
}
