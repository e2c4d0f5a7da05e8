/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line in LoadOptions: stub/efi/load_options.h */
#include "test.h"

#include "../stub/efi/load_options.h"

/* UTF-16LE by hand: u"" is native, and this machine is little-endian. */
#define UTF16(literal) ((struct bzb_span){ (const void *)u##literal, sizeof(u##literal) - 2 })
#define BYTES(literal) ((struct bzb_span){ (const void *)literal, sizeof(literal) - 1 })

/* Attributes, the path's length, a description, a device path: a node of 6 bytes and the end */
#define OPTION_HEAD "\x01\0\0\0\x0a\0" "L\0\0\0"
#define OPTION_PATH "\x04\x01\x06\0zz" "\x7f\xff\x04\0"

static const struct {
	const char *name;
	struct bzb_span from;
	size_t skipped;
} options[] = {
	/* clang-format off */
	{ "a boot option", BYTES(OPTION_HEAD OPTION_PATH "q\0"), 20 },
	{ "a boot option without optional data", BYTES(OPTION_HEAD OPTION_PATH), 20 },
	{ "text", UTF16("console=ttyS0"), 0 },
	{ "nothing", { NULL, 0 }, 0 },
	{ "other attributes", BYTES("\x02\0\0\0\x0a\0" "L\0\0\0" OPTION_PATH), 0 },
	{ "a description without end", BYTES("\x01\0\0\0\x0a\0" "L\0m\0n"), 0 },
	{ "a path without end", BYTES(OPTION_HEAD "\x04\x01\x06\0zz"), 0 },
	{ "a node without length", BYTES(OPTION_HEAD "\x04\x01\0\0" OPTION_PATH), 0 },
	{ "a node past the end", BYTES(OPTION_HEAD "\x04\x01\x0c\0zzzz"), 0 },
	{ "a path of another length",
	  BYTES("\x01\0\0\0\x0b\0" "L\0\0\0" OPTION_PATH "q\0"), 0 },
	/* clang-format on */
};

static void finds_the_optional_data(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		struct bzb_span from = exact(options[i].from), data = load_option_data(from);

		test_state.subject = options[i].name;
		CHECK_EQ(options[i].skipped, data.data - from.data);
		CHECK_EQ(from.size - options[i].skipped, data.size);
	}
}

/* Nodes of device paths: a disk, a file on it; a file by its name alone; a network, a URI */
#define END "\x7f\xff\x04\0"
#define DISK "\x04\x01\x06\0zz"
#define FILE_K "\x04\x04\x20\0\\\0E\0F\0I\0\\\0m\0y\0 \0k\0.\0e\0f\0i\0\0\0"
#define FILE_IPXE "\x04\x04\x10\0k\0.\0e\0f\0i\0\0\0"
#define URI "\x03\x18\x17\0http://host/a/k.efi"

static const struct {
	const char *name;
	struct bzb_span path, options, rest;
	bool named;
} starts[] = {
	{ "the UEFI shell, only the name", BYTES(DISK FILE_K END), UTF16("k"), UTF16(""), true },
	{ "the UEFI shell", BYTES(DISK FILE_K END), UTF16("fs0:\\EFI\\x.efi  quiet a=\"b c\""),
	  UTF16("  quiet a=\"b c\""), true },
	{ "the UEFI shell, quoted", BYTES(DISK FILE_K END), UTF16("\"fs0:\\EFI\\my k\" quiet"),
	  UTF16(" quiet"), true },
	{ "the UEFI shell, without options", BYTES(DISK FILE_K END), UTF16(""), UTF16(""), true },
	{ "the path with its volume", BYTES(DISK FILE_K END),
	  UTF16("\"fs0:\\EFI\\my k.efi\" quiet"), UTF16(" quiet"), false },
	{ "the path, other case and slashes", BYTES(DISK FILE_K END),
	  UTF16(" \"/efi/MY K.EFI\" quiet"), UTF16(" quiet"), false },
	{ "the end of the path", BYTES(DISK FILE_K END), UTF16("\".\\my k.efi\""), UTF16(""),
	  false },
	{ "part of a component", BYTES(DISK FILE_K END), UTF16("\"y k.efi\" quiet"),
	  UTF16("\"y k.efi\" quiet"), false },
	{ "a longer path", BYTES(DISK FILE_K END), UTF16("\"\\a\\EFI\\my k.efi\""),
	  UTF16("\"\\a\\EFI\\my k.efi\""), false },
	{ "another path", BYTES(DISK FILE_K END), UTF16("\\EFI\\k.efi quiet"),
	  UTF16("\\EFI\\k.efi quiet"), false },
	{ "iPXE", BYTES(DISK FILE_IPXE END), UTF16("k.efi initrd=i"), UTF16(" initrd=i"), false },
	{ "iPXE, its name alone, with a NUL", BYTES(FILE_IPXE END), UTF16("k.efi\0"), UTF16("\0"),
	  false },
	{ "a longer word", BYTES(FILE_IPXE END), UTF16("k.efi=1"), UTF16("k.efi=1"), false },
	{ "a URI", BYTES(URI END), UTF16("http://host/a/k.efi quiet"), UTF16(" quiet"), false },
	{ "the end of a URI", BYTES(URI END), UTF16("k.efi quiet"), UTF16(" quiet"), false },
	{ "a parameter with the path", BYTES(FILE_IPXE END), UTF16("initrd=\\k.efi"),
	  UTF16("initrd=\\k.efi"), false },
	{ "a path without a name", BYTES(DISK END), UTF16("quiet"), UTF16("quiet"), false },
	{ "a path without end", BYTES(FILE_IPXE), UTF16("k.efi"), UTF16("k.efi"), false },
	{ "no path", { NULL, 0 }, UTF16("quiet"), UTF16("quiet"), false },
	{ "an empty name", BYTES("\x04\x04\x06\0\0\0" END), UTF16(" quiet"), UTF16(" quiet"),
	  false },
	{ "no options", BYTES(FILE_IPXE END), { NULL, 0 }, { NULL, 0 }, false },
};

static void takes_the_name_off(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		struct bzb_span rest;

		test_state.subject = starts[i].name;
		rest = load_options_arguments(exact(starts[i].options), exact(starts[i].path),
					      starts[i].named);
		CHECK_EQ(starts[i].rest.size, rest.size);
		CHECK(!rest.size || !memcmp(starts[i].rest.data, rest.data, rest.size));
	}
}

static const struct test tests[] = {
	{ "a boot option passed as a whole", finds_the_optional_data },
	{ "the image's own name is not part of the command line", takes_the_name_off },
};

int main(void)
{
	return RUN_TESTS(tests);
}
