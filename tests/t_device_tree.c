/* SPDX-License-Identifier: BSD-2-Clause */
/* Device trees: bzboot/device_tree.h */
#include "test.h"

TEST_PARSER(struct bzb_span, bzb_device_tree_parse)

enum { TOTALSIZE = 4, HEADER = 40, TREE = 64 };

/* @size: in its header, big-endian */
static struct bzb_span tree(size_t bytes, uint32_t size)
{
	unsigned char *made = test_alloc(bytes);

	memset(made, 0x5a, bytes);
	memcpy(made, "\xd0\x0d\xfe\xed", 4);
	for (unsigned int i = 0; i < 4; i++)
		made[TOTALSIZE + i] = (unsigned char)(size >> (24 - 8 * i));
	return (struct bzb_span){ made, bytes };
}

static void is_as_long_as_its_header_says(void)
{
	CHECK_EQ(TREE, parsed(tree(TREE, TREE)).size);
	CHECK_EQ(TREE, parsed(tree(TREE + 100, TREE)).size);
	CHECK_EQ(0x10203, parsed(tree(0x10203, 0x10203)).size);
	CHECK_EQ(HEADER, parsed(unaligned(tree(TREE, HEADER))).size);
}

static void is_in_the_file(void)
{
	CHECK_ERR(BZB_ERR_TRUNCATED, parse(tree(TREE, TREE + 1)));
	CHECK_ERR(BZB_ERR_TRUNCATED, parse(tree(TREE, UINT32_MAX)));
	CHECK_ERR(BZB_ERR_TRUNCATED, parse(prefix(tree(TREE, TREE), HEADER - 1)));
	CHECK_ERR(BZB_ERR_TRUNCATED, parse(TEXT("")));
}

static void has_its_header(void)
{
	CHECK_ERR(BZB_ERR_BADHEADER, parse(tree(TREE, HEADER - 1)));
	CHECK_ERR(BZB_ERR_BADHEADER, parse(tree(TREE, 0)));
}

static void others_are_none(void)
{
	CHECK_ERR(BZB_ERR_BADMAGIC, parse(CHANGED(tree(TREE, TREE), { 0, 1, 0xd1 })));
	CHECK_ERR(BZB_ERR_BADMAGIC, parse(CHANGED(tree(TREE, TREE), { 0, 4, 0xd00dfeed })));
	CHECK_ERR(BZB_ERR_BADMAGIC, parse(TEXT("text")));
}

static const struct test tests[] = {
	{ "a tree is as long as its header says", is_as_long_as_its_header_says },
	{ "it is in the file", is_in_the_file },
	{ "it has its header", has_its_header },
	{ "other bytes are none", others_are_none },
};

int main(void)
{
	return RUN_TESTS(tests);
}
