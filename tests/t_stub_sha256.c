/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256: stub/uki/sha256.h. The results are those of sha256sum. */
#include "test.h"

#include "uki/sha256.h"

static void check_hash(const struct bzb_span *parts, size_t count, const char *expected)
{
	unsigned char result[SHA256_SIZE];
	char text[2 * SHA256_SIZE + 1];
	struct sha256 hash;

	sha256_begin(&hash);
	for (size_t i = 0; i < count; i++)
		sha256_add(&hash, parts[i]);
	sha256_end(&hash, result);
	for (size_t i = 0; i < SHA256_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", result[i]);
	CHECK_TEXT(expected, ((struct bzb_span){ (const unsigned char *)text, strlen(text) }));
}

static void hashes_texts(void)
{
	static const struct {
		const char *text, *hash;
	} rows[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct bzb_span text = { (const unsigned char *)rows[i].text,
					       strlen(rows[i].text) };

		test_state.subject = rows[i].text;
		check_hash(&text, 1, rows[i].hash);
	}
}

/* Sizes around that of a block, in two parts */
static void hashes_every_size(void)
{
	static const struct {
		size_t size;
		const char *hash;
	} rows[] = {
		{ 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318" },
		{ 56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a" },
		{ 63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34" },
		{ 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb" },
		{ 65, "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0" },
		{ 119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb" },
		{ 120, "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c" },
		{ 128, "6836cf13bac400e9105071cd6af47084dfacad4e5e302c94bfed24e013afb73e" },
	};
	unsigned char bytes[200];

	memset(bytes, 'a', sizeof(bytes));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (size_t cut = 0; cut <= rows[i].size; cut++) {
			const struct bzb_span parts[] = { { bytes, cut },
							  { bytes + cut, rows[i].size - cut } };

			check_hash(parts, 2, rows[i].hash);
		}
}

static const struct test tests[] = {
	{ "the examples of the standard", hashes_texts },
	{ "sizes around that of a block, in parts", hashes_every_size },
};

int main(void)
{
	return RUN_TESTS(tests);
}
