/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A test program is a table of named functions. Each function tests one behaviour and
 * prints one line of TAP; failures are printed in comment lines above it.
 *
 *	static const struct test tests[] = {
 *		{ "an empty file is refused", refuses_empty_file },
 *	};
 *
 *	int main(void)
 *	{
 *		return RUN_TESTS(tests);
 *	}
 *
 * A failed CHECK ends its test. Bytes for a parser come from exact() or
 * unaligned(), whose blocks end where the bytes end, so that AddressSanitizer
 * finds every read past the end; they are freed when the test ends.
 */
#ifndef TEST_H
#define TEST_H

#include <bzboot/bzboot.h>

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define TEST_HELPER static __attribute__((unused))

struct test {
	const char *name; /* the behaviour */
	void (*run)(void);
};

struct test_block {
	struct test_block *next;
	void *data;
};

static struct {
	unsigned int failures; /* of the running test */
	const char *subject;   /* row of a table, or NULL */
	struct test_block *blocks;
	jmp_buf end;
} test_state;

/*
 * The results of the library's functions: in the file that $TEST_RETURNS names, a line for each
 * result of each function, for tests/returns.t
 */
#define RETURNED(call) test_returned(#call, call)

TEST_HELPER bool test_knows(const char *name, size_t length, int result)
{
	static struct {
		char name[40];
		int result;
	} known[500];
	size_t i = 0;

	while (i < ARRAY_SIZE(known) && *known[i].name &&
	       (known[i].result != result || strncmp(known[i].name, name, length) ||
		known[i].name[length]))
		i++;
	if (i == ARRAY_SIZE(known) || *known[i].name || length >= sizeof(known[i].name))
		return true;
	memcpy(known[i].name, name, length);
	known[i].result = result;
	return false;
}

TEST_HELPER int test_returned(const char *call, int result)
{
	const char *path = getenv("TEST_RETURNS"), *name = call;
	size_t length = strcspn(call, "(");
	FILE *file;

	while (strcspn(name, ".>") < length - (size_t)(name - call))
		name += strcspn(name, ".>") + 1;
	length -= (size_t)(name - call);
	if (!path || !length || test_knows(name, length, result))
		return result;
	file = fopen(path, "a");
	if (!file || fprintf(file, "%.*s %d\n", (int)length, name, result) < 0 || fclose(file))
		abort();
	return result;
}

/* Failing */

__attribute__((format(printf, 3, 4))) TEST_HELPER void test_fail(const char *file, int line,
								 const char *format, ...)
{
	va_list args;

	test_state.failures++;
	printf("# %s:%d: ", file, line);
	if (test_state.subject)
		printf("%s: ", test_state.subject);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

#define FAIL(...)                                                              \
	do {                                                                   \
		test_fail(__FILE__, __LINE__, __VA_ARGS__);                    \
		longjmp(test_state.end, 1);                                    \
	} while (0)

#define CHECK(cond)                                                            \
	do {                                                                   \
		if (!(cond))                                                   \
			FAIL("false: %s", #cond);                              \
	} while (0)

#define CHECK_EQ(expected, actual)                                             \
	do {                                                                   \
		uint64_t expected_ = (uint64_t)(expected);                     \
		uint64_t actual_ = (uint64_t)(actual);                         \
		if (expected_ != actual_)                                      \
			FAIL("%s is %#" PRIx64 ", not %#" PRIx64, #actual,     \
			     actual_, expected_);                              \
	} while (0)

#define CHECK_RETURN(expected, call)                                           \
	do {                                                                   \
		int expected_ = (expected), actual_ = RETURNED(call);          \
		if (actual_ != expected_)                                      \
			FAIL("%s is %d (%s), not %d (%s)", #call, actual_,     \
			     bzb_strerror(actual_), expected_,                 \
			     bzb_strerror(expected_));                         \
	} while (0)

#define CHECK_OK(call) CHECK_RETURN(0, call)
#define CHECK_ERR(code, call) CHECK_RETURN(-(code), call)

#define CHECK_TEXT(expected, span)                                             \
	do {                                                                   \
		struct bzb_span span_ = (span);                                \
		if (span_.size != strlen(expected) ||                          \
		    memcmp(span_.data, expected, span_.size) != 0)             \
			FAIL("%s is \"%.*s\", not \"%s\"", #span,              \
			     (int)span_.size, (const char *)span_.data,        \
			     expected);                                        \
	} while (0)

#define CHECK_BYTES(expected, actual, size)                                    \
	do {                                                                   \
		size_t at_ = test_difference(expected, actual, size);          \
		if (at_ != (size))                                             \
			FAIL("%s at %#zx is %#x, not %#x", #actual, at_,       \
			     ((const unsigned char *)(actual))[at_],           \
			     ((const unsigned char *)(expected))[at_]);        \
	} while (0)

/* The offset at which two blocks differ; size if they do not */
TEST_HELPER size_t test_difference(const void *a, const void *b, size_t size)
{
	const unsigned char *x = a, *y = b;
	size_t i = 0;

	while (i < size && x[i] == y[i])
		i++;
	return i;
}

/* Bytes */

TEST_HELPER void *test_alloc(size_t size)
{
	struct test_block *block = malloc(sizeof(*block));
	void *data = malloc(size);

	if (!block || !data)
		abort();
	*block = (struct test_block){ test_state.blocks, data };
	test_state.blocks = block;
	return data;
}

/* Frees all blocks newer than @until. */
TEST_HELPER void test_free(struct test_block *until)
{
	struct test_block *block;

	while ((block = test_state.blocks) != until) {
		test_state.blocks = block->next;
		free(block->data);
		free(block);
	}
}

/* An image of images.S */
#define IMAGE(name)                                                            \
	({                                                                     \
		extern const unsigned char name[], name##_end[];               \
		(struct bzb_span){ name, (size_t)(name##_end - name) };        \
	})

#define SPAN(array) ((struct bzb_span){ (const void *)(array), sizeof(array) })
#define TEXT(literal) ((struct bzb_span){ (const void *)("" literal), sizeof(literal) - 1 })

TEST_HELPER struct bzb_span prefix(struct bzb_span span, size_t size)
{
	return (struct bzb_span){ span.data, size };
}

TEST_HELPER struct bzb_span exact(struct bzb_span span)
{
	unsigned char *copy = test_alloc(span.size);

	if (span.size)
		memcpy(copy, span.data, span.size);
	return (struct bzb_span){ copy, span.size };
}

TEST_HELPER struct bzb_span unaligned(struct bzb_span span)
{
	unsigned char *copy = test_alloc(span.size + 1);

	if (span.size)
		memcpy(copy + 1, span.data, span.size);
	return (struct bzb_span){ copy + 1, span.size };
}

/* Little-endian, deliberately without the functions of bzboot/bytes.h */
TEST_HELPER uint64_t get(const void *bytes, size_t offset, unsigned int width)
{
	const unsigned char *at = (const unsigned char *)bytes + offset;
	uint64_t value = 0;

	while (width--)
		value = value << 8 | at[width];
	return value;
}

TEST_HELPER void put(void *bytes, size_t offset, unsigned int width, uint64_t value)
{
	unsigned char *at = (unsigned char *)bytes + offset;

	for (; width; width--, value >>= 8)
		*at++ = (unsigned char)value;
}

/* Some bytes of an image, little-endian: to change or to expect */
struct change {
	size_t offset;
	unsigned int width; /* 0 ends a list of changes */
	uint64_t value;
};

/* Changes that spoil a good image, and the error that a parser must return then */
struct defect {
	const char *name;
	struct change changes[6]; /* at most 5, then the end */
	enum bzb_error error;
};

TEST_HELPER struct bzb_span changed(struct bzb_span good, const struct change *changes)
{
	struct bzb_span copy = exact(good);

	for (; changes->width; changes++)
		put((void *)(uintptr_t)copy.data, changes->offset, changes->width, changes->value);
	return copy;
}

/* changed(good, { offset, width, value }, ...) */
#define CHANGED(good, ...) changed(good, (const struct change[]){ __VA_ARGS__, { 0, 0, 0 } })

/* Checks fields that were written; offsets count from @base bytes before @bytes. */
TEST_HELPER void check_fields(const void *bytes, size_t base, const struct change *fields,
			      size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		uint64_t value = get(bytes, fields[i].offset - base, fields[i].width);

		if (value != fields[i].value)
			FAIL("field %#zx is %#" PRIx64 ", not %#" PRIx64, fields[i].offset, value,
			     fields[i].value);
	}
}

/* Parsers */

/*
 * Calls a parser that writes to *ret. If it fails, *ret must be as before, in
 * every byte.
 */
#define WATCHED(ret, call)                                                     \
	({                                                                     \
		memset(ret, 0xa5, sizeof(*(ret)));                             \
		int err_ = RETURNED(call);                                     \
		if (err_ < 0)                                                  \
			CHECK(test_only(ret, 0xa5, sizeof(*(ret))));           \
		err_;                                                          \
	})

/* parse(): the code of a parser; parsed(): what it reads from a valid file. */
#define TEST_PARSER(type, parser)                                              \
	static int parse(struct bzb_span file)                                 \
	{                                                                      \
		type ret;                                                      \
                                                                               \
		return WATCHED(&ret, parser(file, &ret));                      \
	}                                                                      \
                                                                               \
	static type parsed(struct bzb_span file)                               \
	{                                                                      \
		type ret;                                                      \
                                                                               \
		CHECK_OK(parser(file, &ret));                                  \
		return ret;                                                    \
	}

TEST_HELPER bool test_only(const void *bytes, unsigned char value, size_t size)
{
	const unsigned char *at = bytes;

	while (size && *at == value)
		at++, size--;
	return size == 0;
}

typedef int test_parser(struct bzb_span file);

/* Every row is tried, at an aligned and at an unaligned address. */
TEST_HELPER void check_defects(struct bzb_span good, const struct defect *defects, size_t count,
			       test_parser *parse)
{
	size_t i;

	for (i = 0; i < count; i++) {
		struct bzb_span bad = changed(good, defects[i].changes);
		int aligned = 0, shifted = 0;

		test_state.subject = defects[i].name;
		aligned = parse(bad);
		shifted = parse(unaligned(bad));
		if (aligned != -(int)defects[i].error)
			test_fail(__FILE__, __LINE__, "returns %d (%s), not %d (%s)", aligned,
				  bzb_strerror(aligned), -(int)defects[i].error,
				  bzb_strerror((int)defects[i].error));
		if (shifted != aligned)
			test_fail(__FILE__, __LINE__, "returns %d if unaligned, otherwise %d",
				  shifted, aligned);
	}
	test_state.subject = NULL;
}

/*
 * Passes every beginning of a good image to a parser. A beginning of less than
 * @marks bytes may lack the magic numbers.
 */
TEST_HELPER void check_truncations(struct bzb_span good, size_t marks, test_parser *parse)
{
	struct test_block *before = test_state.blocks;
	size_t size;

	for (size = 0; size < good.size; size++) {
		int err = parse(exact(prefix(good, size)));

		test_free(before);
		if (err != -BZB_ERR_TRUNCATED && !(size < marks && err == -BZB_ERR_BADMAGIC))
			FAIL("%#zx of %#zx bytes: %d (%s)", size, good.size, err,
			     bzb_strerror(err));
	}
}

/* Running */

TEST_HELPER bool test_passes(const struct test *test)
{
	test_state.failures = 0;
	test_state.subject = NULL;
	if (!setjmp(test_state.end))
		test->run();
	test_free(NULL);
	return test_state.failures == 0;
}

TEST_HELPER int run_tests(const struct test *tests, size_t count)
{
	size_t i, failed = 0;

	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	for (i = 0; i < count; i++) {
		bool passed = test_passes(&tests[i]);

		failed += !passed;
		printf("%s %zu - %s\n", passed ? "ok" : "not ok", i + 1, tests[i].name);
	}
	printf("1..%zu\n", count);
	return failed ? 1 : 0;
}

#define RUN_TESTS(tests) run_tests(tests, ARRAY_SIZE(tests))

#endif
