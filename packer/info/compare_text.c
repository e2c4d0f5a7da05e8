/* SPDX-License-Identifier: BSD-2-Clause */
/* The comparison of info_compare() as text: a line for each difference. */
#include "info_compare.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "info_words.h"

/* The members of an object that fit in a line; objects with more are headers. */
#define ROW_MAX 8

/* Digits of a digest that tell contents apart, in a line that people read; JSON has all of them */
#define DIGEST_DIGITS 16

/* "pe.sections[.text].characteristics": the object is "sections", the member "characteristics" */
struct field {
	char object[32];
	const char *member;
};

static struct field field_of(const char *name)
{
	const size_t length = strlen(name);
	const char *end = strrchr(name, '.'), *bracket = strchr(name, '['), *start;
	struct field field = { .object = "", .member = end ? end + 1 : name };

	/* A whole row, whose label may have dots, too */
	if (length && name[length - 1] == ']') {
		field.member = "";
		end = name + length;
	}
	if (!end)
		return field;
	if (bracket && bracket < end && end[-1] == ']')
		end = bracket;
	for (start = end; start > name && start[-1] != '.';)
		start--;
	snprintf(field.object, sizeof(field.object), "%.*s", (int)(end - start), start);
	return field;
}

static void print_scalar(const char *object, const char *member, const json_t *value)
{
	const json_int_t number = json_integer_value(value);
	char words[INFO_WORDS_SIZE];

	if (!json_is_integer(value))
		fputs(json_string_value(value), stdout);
	else if (number >= 0 && info_words(object, member, (uint64_t)number, words))
		fputs(words, stdout);
	else
		printf("%" JSON_INTEGER_FORMAT, number);
}

static bool is_scalar(const json_t *value)
{
	return json_is_integer(value) || json_is_string(value);
}

/* Sizes and digests of contents, rows of tables; headers are only mentioned. */
static void print_row(const char *object, const json_t *row)
{
	const char *digest = json_string_value(json_object_get(row, "sha256")), *member,
		   *separator = "";
	json_t *value;

	if (digest) {
		printf("%" JSON_INTEGER_FORMAT " bytes, sha256 %.*s...",
		       json_integer_value(json_object_get(row, "size")), DIGEST_DIGITS, digest);
		return;
	}
	if (json_object_size(row) > ROW_MAX) {
		fputs("present", stdout);
		return;
	}
	json_object_foreach((json_t *)row, member, value) {
		if (!is_scalar(value))
			continue;
		printf("%s%s ", separator, member);
		print_scalar(object, member, value);
		separator = ", ";
	}
}

static void print_value(const struct field *field, const json_t *value)
{
	json_t *element;
	size_t i;

	if (is_scalar(value))
		print_scalar(field->object, field->member, value);
	else if (json_is_object(value))
		print_row(field->object, value);
	else if (!json_array_size(value))
		fputs("none", stdout);
	json_array_foreach(value, i, element) {
		fputs(i ? ", " : "", stdout);
		print_scalar(field->object, field->member, element);
	}
}

static void print_first(const json_t *offsets)
{
	const json_int_t a = json_integer_value(json_object_get(offsets, "a")),
			 b = json_integer_value(json_object_get(offsets, "b"));

	if (!offsets)
		return;
	printf("; first difference at 0x%" PRIx64, (uint64_t)a);
	if (a != b)
		printf(" -> 0x%" PRIx64, (uint64_t)b);
}

static void print_difference(const json_t *difference)
{
	const char *name = json_string_value(json_object_get(difference, "name"));
	const struct field field = field_of(name);

	printf("%s: ", name);
	print_value(&field, json_object_get(difference, "a"));
	fputs(" -> ", stdout);
	print_value(&field, json_object_get(difference, "b"));
	print_first(json_object_get(difference, "first_difference"));
	putchar('\n');
}

/* Reasons why the same value matters in different files */
static const struct {
	const char *name, *text;
} reasons[] = {
	{ "authenticode", "the digest is the same: it leaves out the bytes that differ" },
	{ "contents", "the decompressed files are the same" },
	{ "payload.contents", "the kernel is the same, compressed in another way" },
	{ "payload.stream", "the compressed kernel is the same" },
	{ "pcr11", "the value is the same" },
};

/* The name without the prefix of an inner image, and without an index */
static bool is_about(const char *full, const char *name)
{
	const size_t length = strlen(name);

	full += strncmp(full, "linux.", 6) ? 0 : 6;
	return !strncmp(full, name, length) && (!full[length] || full[length] == '[');
}

static void print_same(const json_t *same)
{
	const char *name = json_string_value(json_object_get(same, "name"));

	for (size_t i = 0; i < BZB_ARRAY_SIZE(reasons); i++)
		if (is_about(name, reasons[i].name))
			printf("%s: %s: %s\n", name, reasons[i].text,
			       json_string_value(json_object_get(same, "value")));
}

void info_print_differences(const json_t *comparison)
{
	const json_t *list = json_object_get(comparison, "differences");
	json_t *value;
	size_t i;

	if (!json_array_size(list))
		puts("the files are the same");
	json_array_foreach(list, i, value)
		print_difference(value);
	json_array_foreach(json_object_get(comparison, "same"), i, value)
		print_same(value);
}
