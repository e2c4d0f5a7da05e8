/* SPDX-License-Identifier: BSD-2-Clause */
/* Signature lists: bzboot/siglist.h */
#include "test.h"

#define X509 "\xa1\x59\xc0\xa5\xe4\x94\xa7\x4a\x87\xb5\xab\x15\x5c\x2b\xf0\x72"
#define SHA256 "\x26\x16\xc4\xc1\x4c\x50\x92\x40\xac\xa9\x41\xf9\x36\x93\x43\x28"
#define OWNER "0123456789abcdef"

/* One certificate; then a list without entries; then two digests, after two bytes more. */
#define LISTS                                                                  \
	X509 "\x30\0\0\0\0\0\0\0\x14\0\0\0" OWNER "cert"                       \
	X509 "\x1c\0\0\0\0\0\0\0\x14\0\0\0"                                    \
	SHA256 "\x42\0\0\0\2\0\0\0\x12\0\0\0hh" OWNER "d1" OWNER "d2"

enum { FIRST = 48, SECOND = 28 };

static int next(struct bzb_siglist_walk *walk, struct bzb_siglist_entry *ret)
{
	return WATCHED(ret, bzb_siglist_next(walk, ret));
}

static void walks_all_entries(void)
{
	struct bzb_siglist_walk walk = { .rest = exact(TEXT(LISTS)) };
	struct bzb_siglist_entry entry;

	CHECK_EQ(1, next(&walk, &entry));
	CHECK(bzb_siglist_is_x509(&entry));
	CHECK_BYTES(OWNER, entry.owner, BZB_GUID_SIZE);
	CHECK_TEXT("cert", entry.data);
	CHECK_EQ(1, next(&walk, &entry));
	CHECK(!bzb_siglist_is_x509(&entry));
	CHECK_BYTES(SHA256, entry.type, BZB_GUID_SIZE);
	CHECK_TEXT("d1", entry.data);
	CHECK_EQ(1, next(&walk, &entry));
	CHECK_TEXT("d2", entry.data);
	CHECK_OK(bzb_siglist_next(&walk, &entry));
}

static int walk_all(struct bzb_span lists)
{
	struct bzb_siglist_walk walk = { .rest = lists };
	struct bzb_siglist_entry entry;
	int more;

	while ((more = next(&walk, &entry)) > 0)
		;
	return more;
}

static void lists_that_are_cut_off_are_refused(void)
{
	const struct bzb_span lists = TEXT(LISTS);

	CHECK_EQ(0, walk_all(prefix(lists, 0)));
	for (size_t size = 1; size < lists.size; size++)
		if (size != FIRST && size != FIRST + SECOND)
			CHECK_EQ(-BZB_ERR_TRUNCATED, walk_all(exact(prefix(lists, size))));
}

static void sizes_that_contradict_each_other_are_refused(void)
{
	static const struct change changes[][2] = {
		{ { 0x10, 4, 0 } },	    { { 0x10, 4, 27 } }, { { 0x10, 4, 47 } },
		{ { 0x14, 4, 21 } },	    { { 0x14, 4, 1 } },	 { { 0x14, 4, UINT32_MAX } },
		{ { 0x18, 4, 0 } },	    { { 0x18, 4, 16 } }, { { 0x18, 4, 21 } },
		{ { 0x18, 4, UINT32_MAX } }
	};

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
		CHECK_EQ(-BZB_ERR_BADHEADER, walk_all(changed(TEXT(LISTS), changes[i])));
}

static void writes_a_list_with_one_certificate(void)
{
	unsigned char to[FIRST];

	CHECK_OK(bzb_siglist_write_x509(TEXT(OWNER).data, TEXT("cert"), to, sizeof(to)));
	CHECK_BYTES(LISTS, to, sizeof(to));
	CHECK_ERR(BZB_ERR_NOSPACE,
		  bzb_siglist_write_x509(TEXT(OWNER).data, TEXT("cert"), to, sizeof(to) - 1));
	CHECK_ERR(BZB_ERR_TOOLARGE,
		  bzb_siglist_write_x509(TEXT(OWNER).data, (struct bzb_span){ to, UINT32_MAX }, to,
					 sizeof(to)));
}

static const struct test tests[] = {
	{ "all entries of all lists are found", walks_all_entries },
	{ "lists that are cut off are refused", lists_that_are_cut_off_are_refused },
	{ "sizes that contradict each other are refused",
	  sizes_that_contradict_each_other_are_refused },
	{ "a list with one certificate is written", writes_a_list_with_one_certificate },
};

int main(void)
{
	return RUN_TESTS(tests);
}
