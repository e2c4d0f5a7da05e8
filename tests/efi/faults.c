/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every call that the image makes fails once; in another series of starts, that call
 * and all later ones fail; then come the false results. ExitBootServices() always
 * fails, so the image must return: with an error, and with nothing kept. In the last
 * start, the firmware's map grows, and ExitBootServices() succeeds.
 */
#include "driver.h"

#define CALLS_MAX 1000		/* more mean an endless loop */
#define MIB ((uint64_t)1 << 20)

static const CHAR16 words[] = L"fault one=1";
static const CHAR16 files[] = L"fault initrd=\\one initrd=\\two";

static const struct start plain = { words, sizeof(words), false };
static const struct start by_files = { files, sizeof(files), true };

static const struct offer good = { 8192 + 5, EFI_BUFFER_TOO_SMALL, 8192 + 5, EFI_SUCCESS };

/* Starts the image until it makes fewer calls than the number of the one that must fail. */
static void each_call(const char *name, const struct start *start, bool for_good)
{
	struct plan p = { .for_good = for_good };

	do {
		if (++p.fail == CALLS_MAX)
			give_up("the image does not end");
		report(name, image_start(start, &p));
	} while (account.failed);
	say_line("calls_of=");
	say(name);
	say_number("count", account.calls);
	say("\r\n");
}

/* --- an initrd that differs from its description --- */

static const struct {
	const char *name;
	struct offer offer;
} lies[] = {
	{ "initrd_empty", { 0, EFI_BUFFER_TOO_SMALL, 0, EFI_SUCCESS } },
	{ "initrd_empty_success", { 0, EFI_SUCCESS, 0, EFI_SUCCESS } },
	{ "initrd_none", { 0, EFI_NOT_FOUND, 0, EFI_NOT_FOUND } },
	{ "initrd_no_size", { 4096, EFI_SUCCESS, 4096, EFI_SUCCESS } },
	{ "initrd_question_fails", { 4096, EFI_DEVICE_ERROR, 4096, EFI_SUCCESS } },
	{ "initrd_half_way", { 8192, EFI_BUFFER_TOO_SMALL, 4096, EFI_DEVICE_ERROR } },
	{ "initrd_aborted", { 8192, EFI_BUFFER_TOO_SMALL, 0, EFI_ABORTED } },
	{ "initrd_grows", { 4096, EFI_BUFFER_TOO_SMALL, 8192, EFI_BUFFER_TOO_SMALL } },
	{ "initrd_too_long", { 4096, EFI_BUFFER_TOO_SMALL, 8192, EFI_SUCCESS } },
	{ "initrd_shorter", { 8192, EFI_BUFFER_TOO_SMALL, 100, EFI_SUCCESS } },
	{ "initrd_huge", { UINT64_MAX / 4, EFI_BUFFER_TOO_SMALL, 4096, EFI_SUCCESS } },
	{ "initrd_all_bits", { UINT64_MAX, EFI_BUFFER_TOO_SMALL, 4096, EFI_SUCCESS } },
};

static void each_lie(void)
{
	const struct plan none = { 0 };

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		offer_initrd(&lies[i].offer);
		report(lies[i].name, image_start(&plain, &none));
	}
	offer_initrd(NULL);
}

/* --- LoadOptions that are not a command line --- */

static CHAR16 longest[8192];

static const unsigned char odd[] = { 'a', 0, 'b' };
static const CHAR16 halves[] = { 0xd800, 0xd800, 0xdc00, 'x', 0xdfff };
/* A boot option as firmware stores it: attributes, a length, a title, a device path */
static const unsigned char boot_option[] = {
	1, 0, 0, 0, 4, 0, 'L', 0, 'i', 0, 0, 0, 0x7f, 0xff, 4, 0, 0xff, 0xff, 0xff,
};

static const struct {
	const char *name;
	struct start start;
} junk[] = {
	{ "options_none", { NULL, 0, false } },
	{ "options_size_only", { NULL, 100, false } },
	{ "options_empty", { words, 0, false } },
	{ "options_one_byte", { odd, 1, false } },
	{ "options_odd", { odd, sizeof(odd), false } },
	{ "options_halves", { halves, sizeof(halves), false } },
	{ "options_boot_option", { boot_option, sizeof(boot_option), false } },
	{ "options_endless", { longest, sizeof(longest), false } },
};

static void each_junk(void)
{
	const struct plan none = { 0 };

	for (size_t i = 0; i < sizeof(longest) / sizeof(longest[0]); i++)
		longest[i] = 'a';
	for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++)
		report(junk[i].name, image_start(&junk[i].start, &none));
}

/* --- features that a firmware may lack --- */

static const EFI_GUID gop = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID, random = EFI_RNG_PROTOCOL_GUID;

static const struct {
	const char *name;
	struct plan plan;
} lacks[] = {
	{ "no_screen", { .hidden = &gop } },
	{ "no_random", { .hidden = &random } },
	{ "no_memory", { .largest = MIB } },
	{ "no_page", { .largest = 1 } },
};

static void each_lack(void)
{
	for (size_t i = 0; i < sizeof(lacks) / sizeof(lacks[0]); i++)
		report(lacks[i].name, image_start(&plain, &lacks[i].plan));
	offer_random(EFI_DEVICE_ERROR);
	report("random_fails", image_start(&plain, &(struct plan){ 0 }));
}

/* --- a memory map of invalid sizes --- */

#define DESCRIPTOR 48		/* as in EDK2 */

static const struct {
	const char *name;
	struct map_lie lie;
} map_lies[] = {
	{ "map_sizing_unset", { 0, DESCRIPTOR, 0 } },
	{ "map_sizing_short", { 39, DESCRIPTOR, 0 } },
	{ "map_sizing_huge", { UINT64_MAX / 32 + 1, DESCRIPTOR, 0 } },
	{ "map_odd", { DESCRIPTOR, DESCRIPTOR, 47 } },
	{ "map_reading_zero", { DESCRIPTOR, 0, 0 } },
	{ "map_reading_short", { DESCRIPTOR, 39, 0 } },
	{ "map_reading_huge", { DESCRIPTOR, UINT64_MAX / 2, 0 } },
	{ "map_too_long", { DESCRIPTOR, DESCRIPTOR, UINT64_MAX / 4 } },
};

static void each_map_lie(void)
{
	for (size_t i = 0; i < sizeof(map_lies) / sizeof(map_lies[0]); i++) {
		const struct plan p = { .lie = &map_lies[i].lie };

		report(map_lies[i].name, image_start(&plain, &p));
	}
}

void run_faults(void)
{
	/* More entries than any stub reserves room for */
	const struct plan leave = { .leave = true, .growth = 80 };

	offer_random(EFI_SUCCESS);
	offer_initrd(&good);
	each_call("one", &plain, false);
	each_call("all", &plain, true);
	each_lie();
	each_call("one_of_files", &by_files, false);
	each_call("all_of_files", &by_files, true);
	each_junk();
	each_lack();
	each_map_lie();
	offer_initrd(&good);
	say_line("fault=none\r\n");
	report("map_grows", image_start(&plain, &leave));
}
