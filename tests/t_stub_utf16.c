/* SPDX-License-Identifier: BSD-2-Clause */
/* Text to and from UTF-16: stub/efi/utf16.h, stub/pe/pe_text.h */
#include "test.h"

#include "../stub/efi/utf16.h"
#include "../stub/pe/pe_text.h"

/* UTF-16LE by hand: u"" is native, and this machine is little-endian. */
#define UTF16(literal) ((struct bzb_span){ (const void *)u##literal, sizeof(u##literal) - 2 })
#define BYTES(literal) ((struct bzb_span){ (const void *)literal, sizeof(literal) - 1 })

static const struct row {
	const char *name;
	struct bzb_span from;
	const char *text; /* NULL for junk */
} rows[] = {
	{ "plain text", UTF16("console=ttyS0 quiet"), "console=ttyS0 quiet" },
	{ "text with its NUL", { (const void *)u"quiet", 12 }, "quiet" },
	{ "bytes after the NUL", BYTES("a\0\0\0\x01\x02"), "a" },
	{ "white space around it", UTF16(" \t root=/dev/vda  ro \r\n"), "root=/dev/vda  ro" },
	{ "two bytes of UTF-8", UTF16("n\u00e4h"), "n\xc3\xa4h" },
	{ "three bytes of UTF-8", UTF16("5\u20ac e"), "5\xe2\x82\xac e" },
	{ "a surrogate pair", UTF16("a\U0001f980"), "a\xf0\x9f\xa6\x80" },
	{ "nothing", { NULL, 0 }, "" },
	{ "only white space", UTF16("   "), "" },
	{ "an odd number of bytes", BYTES("a\0b"), NULL },
	{ "a control character", BYTES("a\0\x01\0"), NULL },
	{ "a C1 control character", BYTES("a\0\x85\0"), NULL },
	{ "a lone low surrogate", BYTES("\x00\xdc"), NULL },
	{ "a lone high surrogate",
	  BYTES("\x3e\xd8"
		"a\0"),
	  NULL },
	{ "a high surrogate at the end", BYTES("a\0\x3e\xd8"), NULL },
	{ "a non-character", BYTES("\xff\xff"), NULL },
	{ "a byte order mark", UTF16("\ufeffquiet"), "quiet" },
	{ "ASCII of an even length", BYTES("console=ttyS0 "), NULL },
	{ "ASCII with its NUL", BYTES("console=ttyS0 quiet\0"), NULL },
	{ "ASCII and bytes after its NUL", BYTES("console=ttyS0 quiet\0a\0b\0"), NULL },
	{ "UTF-8 with its NUL", BYTES("n\xc3\xa4h=1\0"), NULL },
	{ "blanks before ASCII", UTF16("  \u6261c"), NULL },
	{ "a GUID, as some firmware passes",
	  BYTES("\x4e\xac\x08\x81\x11\x9f\x59\x4d\x85\x0e\xe2\x1a\x52\x2c\x59\xb2"), NULL },
};

static void converts(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[64];
		bool cut = true;
		bool is_text;

		test_state.subject = rows[i].name;
		memset(text, 'x', sizeof(text));
		is_text = utf16_to_utf8(exact(rows[i].from), text, sizeof(text), &cut);
		CHECK_EQ(rows[i].text != NULL, is_text);
		CHECK(!strcmp(text, rows[i].text ? rows[i].text : ""));
		CHECK(!is_text || !cut);
	}
}

/* Each into six bytes */
static const struct row cuts[] = {
	{ "a word that does not fit", UTF16("abc\u20acd"), "" },
	{ "the last word does not fit", UTF16("abc \u20acd"), "abc" },
	{ "the last word that fits", UTF16("ab cd ef"), "ab cd" },
	{ "half a quoted word", UTF16("a \"b c\""), "a" },
};

static void cuts_between_words(void)
{
	char text[6];
	bool cut;

	for (size_t i = 0; i < ARRAY_SIZE(cuts); i++) {
		test_state.subject = cuts[i].name;
		cut = false;
		CHECK(utf16_to_utf8(exact(cuts[i].from), text, sizeof(text), &cut));
		CHECK(cut);
		CHECK(!strcmp(text, cuts[i].text));
	}
	CHECK(utf16_to_utf8(UTF16("abcde"), text, sizeof(text), &cut));
	CHECK(!cut);
	CHECK(!strcmp(text, "abcde"));
}

static void junk_is_not_text_however_long(void)
{
	char text[6] = "x";
	bool cut;

	CHECK(!utf16_to_utf8(UTF16("\u20ac\u20ac\u20ac"), text, sizeof(text), &cut));
	CHECK(!*text);
}

static void blanks_that_do_not_fit_are_not_missed(void)
{
	char text[6];
	bool cut = true;

	CHECK(utf16_to_utf8(UTF16("abcde   "), text, sizeof(text), &cut));
	CHECK(!cut);
	CHECK(!strcmp(text, "abcde"));
}

static const struct {
	const char *from;
	uint16_t to[8]; /* without the NUL; none: refused */
} names[] = {
	{ "a.img", { 'a', '.', 'i', 'm', 'g' } },
	{ "\xc3\xa9\xe2\x82\xac", { 0xe9, 0x20ac } },
	{ "\xf0\x9f\x90\xa7", { 0xd83d, 0xdc27 } },
	{ "abcde", { 'a', 'b', 'c', 'd', 'e' } },
	{ "abcdefg", { 0 } },	       /* too long */
	{ "\xc0\xaf", { 0 } },	       /* longer than necessary */
	{ "\xed\xa0\xbd", { 0 } },     /* half a pair */
	{ "\xf4\x90\x80\x80", { 0 } }, /* beyond Unicode */
	{ "\x80", { 0 } },	       /* without the first byte */
	{ "\xe2\x82", { 0 } },	       /* without the last byte */
	{ "\xe2\x82x", { 0 } },
};

static void turns_names_into_utf16(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct bzb_span from = exact((struct bzb_span){
			(const unsigned char *)names[i].from, strlen(names[i].from) });
		uint16_t to[8];

		test_state.subject = names[i].from;
		CHECK_EQ(names[i].to[0] != 0, utf8_to_utf16(from, to, 8));
		for (size_t k = 0; names[i].to[k]; k++)
			CHECK_EQ(names[i].to[k], to[k]);
	}
}

static const struct {
	const char *from;
	uint16_t to[6]; /* with the NUL */
	bool is_broken;
} lines[] = {
	{ "", { 0 }, false },
	{ "a\xc3\xa9\xe2\x82\xac", { 'a', 0xe9, 0x20ac }, false },
	{ "\xf0\x9f\x90\xa7z", { 0xd83d, 0xdc27, 'z' }, false },
	{ "a\xff"
	  "b",
	  { 'a', 0xfffd, 'b' },
	  true },
	{ "\xe2\x82x", { 0xfffd, 0xfffd, 'x' }, true },
	{ "x\xf0\x9f\x90", { 'x', 0xfffd, 0xfffd, 0xfffd }, true },
};

static void converts_what_is_text(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct bzb_span from = exact((struct bzb_span){
			(const unsigned char *)lines[i].from, strlen(lines[i].from) });
		uint16_t to[8];
		bool is_broken;
		size_t count;

		test_state.subject = lines[i].from;
		count = text_to_utf16(from, to, &is_broken);
		CHECK(count <= from.size + 1 && !to[count - 1]);
		CHECK_BYTES(lines[i].to, to, count * sizeof(to[0]));
		CHECK_EQ(lines[i].is_broken, is_broken);
	}
}

static const struct test tests[] = {
	{ "text is converted, junk is ignored", converts },
	{ "too long text is truncated between words", cuts_between_words },
	{ "junk is not text, however long it is", junk_is_not_text_however_long },
	{ "trailing blanks do not count as truncated", blanks_that_do_not_fit_are_not_missed },
	{ "names of files, and invalid ones", turns_names_into_utf16 },
	{ "a line that is UTF-8 in part", converts_what_is_text },
};

int main(void)
{
	return RUN_TESTS(tests);
}
