/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of the files beside an image: stub/uki/uki_names.h. */
#include "test.h"

#include "uki/uki_names.h"

static const struct uki_names_kind credentials = { ".cred", NULL };
static const struct uki_names_kind sysexts = { ".raw", ".confext.raw" };

static uint16_t *wide(const char *text)
{
	uint16_t *to = test_alloc((strlen(text) + 1) * sizeof(*to));
	size_t i = 0;

	do
		to[i] = (unsigned char)text[i];
	while (text[i++]);
	return to;
}

static void matches_by_the_end(void)
{
	static const struct {
		const char *name;
		bool cred, sysext;
	} rows[] = {
		{ "a.cred", true, false },	   { "A.CRED", true, false },
		{ ".cred", false, false },	   { ".a.cred", false, false },
		{ "a.cred.old", false, false },	   { "acred", false, false },
		{ "cred", false, false },	   { "", false, false },
		{ "a.raw", false, true },	   { "a.sysext.raw", false, true },
		{ "a.confext.raw", false, false }, { "a.ConfExt.Raw", false, false },
		{ "confext.raw", false, true },	   { "caf\xe9.cred", false, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		test_state.subject = rows[i].name;
		CHECK_EQ(rows[i].cred, uki_names_match(wide(rows[i].name), &credentials));
		CHECK_EQ(rows[i].sysext, uki_names_match(wide(rows[i].name), &sysexts));
	}
}

/* In the archive, a name with a slash would be a file of another folder. */
static void matches_nothing_but_names(void)
{
	static const char *const names[] = {
		"../../init.cred", "/init.cred", "a\\b.cred",
		"a\x1b[2J.cred",   "a\n.cred",	 "a\x7f.cred",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		test_state.subject = names[i];
		CHECK(!uki_names_match(wide(names[i]), &credentials));
	}
	CHECK(uki_names_match(wide("a b+(1)~.cred"), &credentials));
}

static void matches_names_that_linux_can_have(void)
{
	char name[300];

	memset(name, 'a', sizeof(name));
	strcpy(name + UKI_NAMES_MAX - 5, ".cred");
	CHECK(uki_names_match(wide(name), &credentials));
	memset(name, 'a', sizeof(name));
	strcpy(name + UKI_NAMES_MAX - 4, ".cred");
	CHECK(!uki_names_match(wide(name), &credentials));
}

static void compares_by_value(void)
{
	static const uint16_t last[] = { 0xfffd, 0 };

	CHECK_EQ(0, uki_names_compare(wide("a"), wide("a")));
	CHECK(uki_names_compare(wide("a"), wide("b")) < 0);
	CHECK(uki_names_compare(wide("B"), wide("a")) < 0);
	CHECK(uki_names_compare(wide("ab"), wide("a")) > 0);
	CHECK(uki_names_compare(wide(""), wide("a")) < 0);
	CHECK(uki_names_compare(last, wide("~")) > 0);
}

/* Appends a node with a name of a file; "|" begins the next node. The last one is the end. */
static struct bzb_span device_path(const char *names)
{
	unsigned char *path = test_alloc(1000);
	size_t size = 0;

	while (*names) {
		const size_t n = strcspn(names, "|");

		put(path, size, 2, 0x404);
		put(path, size + 2, 2, 4 + 2 * n + 2);
		for (size_t i = 0; i < n; i++)
			put(path, size + 4 + 2 * i, 2, (unsigned char)names[i]);
		put(path, size + 4 + 2 * n, 2, 0);
		size += 4 + 2 * n + 2;
		names += n + (names[n] == '|');
	}
	put(path, size, 4, 0x4ff7f);
	return exact((struct bzb_span){ path, size + 4 });
}

static void finds_the_folder(void)
{
	static const struct {
		const char *path, *folder;
	} rows[] = {
		{ "\\EFI\\Linux\\a.efi", "\\EFI\\Linux\\a.efi.extra.d" },
		{ "\\EFI|Linux|a.efi", "\\EFI\\Linux\\a.efi.extra.d" },
		{ "/EFI//Linux\\\\a.efi", "\\EFI\\Linux\\a.efi.extra.d" },
		{ "\\|\\a.efi", "\\a.efi.extra.d" },
		{ "\\a+3.efi", "\\a.efi.extra.d" },
		{ "\\a+3-12.efi", "\\a.efi.extra.d" },
		{ "\\a+3", "\\a.extra.d" },
		{ "\\a+3-.efi", "\\a+3-.efi.extra.d" },
		{ "\\a+.efi", "\\a+.efi.extra.d" },
		{ "\\a+3x.efi", "\\a+3x.efi.extra.d" },
		{ "\\a+3-1x.efi", "\\a+3-1x.efi.extra.d" },
		{ "\\a+b+3.efi", "\\a+b+3.efi.extra.d" },
	};
	uint16_t folder[100];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		test_state.subject = rows[i].path;
		CHECK(uki_names_folder(device_path(rows[i].path), folder, ARRAY_SIZE(folder)));
		CHECK_EQ(0, uki_names_compare(wide(rows[i].folder), folder));
	}
}

static void finds_the_file(void)
{
	static const char *const paths[] = {
		"\\EFI\\Linux\\a+3-1.efi",
		"\\EFI|Linux|a+3-1.efi",
		"/EFI/Linux//|a+3-1.efi",
	};
	uint16_t file[100];

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		test_state.subject = paths[i];
		CHECK(uki_names_image(device_path(paths[i]), file, ARRAY_SIZE(file)));
		CHECK_EQ(0, uki_names_compare(wide("\\EFI\\Linux\\a+3-1.efi"), file));
		CHECK(!uki_names_image(device_path(paths[i]), file, 10));
	}
}

static void refuses_paths_that_do_not_fit(void)
{
	const size_t needed = strlen("\\ab.efi.extra.d") + 1;

	for (size_t space = 1; space <= needed; space++) {
		uint16_t *folder = test_alloc(space * sizeof(*folder));

		CHECK_EQ(space == needed, uki_names_folder(device_path("\\ab.efi"), folder, space));
	}
}

static void refuses_other_paths(void)
{
	static const struct change changes[] = {
		{ 0, 1, 3 },	  /* a messaging node */
		{ 1, 1, 3 },	  /* a vendor's node */
		{ 2, 2, 3 },	  /* shorter than its head */
		{ 2, 2, 0 },	  /* endless */
		{ 2, 2, 0xffff }, /* longer than the path */
	};
	const struct bzb_span path = device_path("\\ab.efi");
	uint16_t folder[100];

	CHECK(uki_names_folder(path, folder, ARRAY_SIZE(folder)));
	CHECK(!uki_names_folder(device_path(""), folder, ARRAY_SIZE(folder)));
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
		CHECK(!uki_names_folder(CHANGED(path, changes[i]), folder, ARRAY_SIZE(folder)));
	for (size_t size = 0; size < path.size - 3; size++)
		CHECK(!uki_names_folder(exact(prefix(path, size)), folder, ARRAY_SIZE(folder)));
}

static const struct test tests[] = {
	{ "the end of a name tells the kind of the file", matches_by_the_end },
	{ "a name has no slash and no control character", matches_nothing_but_names },
	{ "a name has at most 255 characters", matches_names_that_linux_can_have },
	{ "names are compared by value", compares_by_value },
	{ "the folder of an image has its path without the boot counter", finds_the_folder },
	{ "the path of an image has one backslash between its parts", finds_the_file },
	{ "a path that does not fit is refused", refuses_paths_that_do_not_fit },
	{ "an image without such a path has no folder", refuses_other_paths },
};

int main(void)
{
	return RUN_TESTS(tests);
}
