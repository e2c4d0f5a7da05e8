/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts in the tables of SMBIOS: stub/uki/smbios.h. */
#include "test.h"

#include "uki/smbios.h"

#define HEAD(type, size) type size "\0\0"
#define END HEAD("\x7f", "\x04") "\0\0"

/* A record with fields and two texts, one without texts, one of OEM Strings, and another one */
#define TABLE                                                                  \
	HEAD("\1", "\6") "xy"                                                  \
	"name=no\0other\0\0"                                                   \
	HEAD("\2", "\5") "x"                                                   \
	"\0\0"                                                                 \
	HEAD("\x0b", "\5") "\3"                                                \
	"other\0name=the text\0name=second\0\0"                                \
	HEAD("\x0b", "\5") "\1"                                                \
	"late=yes\0\0" END

static void finds_a_text(void)
{
	CHECK_TEXT("the text", smbios_find_text(exact(TEXT(TABLE)), "name="));
	CHECK_TEXT("other", smbios_find_text(exact(TEXT(TABLE)), ""));
	CHECK_TEXT("", smbios_find_text(exact(TEXT(TABLE)), "name=second"));
}

static void finds_nothing_else(void)
{
	CHECK_EQ(0, smbios_find_text(exact(TEXT(TABLE)), "name=no").size);
	CHECK_EQ(0, smbios_find_text(exact(TEXT(TABLE)), "late=").size);
	CHECK_EQ(0, smbios_find_text(exact(TEXT(TABLE)), "other longer").size);
	CHECK_EQ(0, smbios_find_text(exact(TEXT(END TABLE)), "name=").size);
	CHECK_EQ(0, smbios_find_text(exact(TEXT(HEAD("\x0b", "\5") "\0\0\0" TABLE)), "name=").size);
	CHECK_EQ(0, smbios_find_text((struct bzb_span){ NULL, 0 }, "name=").size);
}

static void refuses_a_record_shorter_than_its_head(void)
{
	CHECK_EQ(0, smbios_find_text(exact(TEXT(HEAD("\1", "\3") "\0\0" TABLE)), "name=").size);
	CHECK_EQ(0, smbios_find_text(exact(TEXT(HEAD("\1", "\0") "\0\0" TABLE)), "name=").size);
}

/* A record counts if it ends in the table. AddressSanitizer finds what is read beyond. */
static void ends_where_the_table_ends(void)
{
	const struct bzb_span table = TEXT(TABLE);
	const struct bzb_span last = smbios_find_text(table, "name=second");
	const size_t end = (size_t)(last.data - table.data) + 2;

	CHECK(last.data != NULL);
	for (size_t size = 0; size < table.size; size++)
		CHECK_EQ(size < end ? 0 : strlen("the text"),
			 smbios_find_text(exact(prefix(table, size)), "name=").size);
}

static const struct test tests[] = {
	{ "a text is found by its prefix", finds_a_text },
	{ "only the first record of OEM strings counts", finds_nothing_else },
	{ "a record shorter than its head ends the table", refuses_a_record_shorter_than_its_head },
	{ "nothing is read after the end of the table", ends_where_the_table_ends },
};

int main(void)
{
	return RUN_TESTS(tests);
}
