/* SPDX-License-Identifier: BSD-2-Clause */
#include "uki_words.h"

#define DIGITS_MAX 20		/* of 2^64, in base 10 */

void words_add(struct words *words, CHAR16 c)
{
	if (words->count < BZB_ARRAY_SIZE(words->text) - 1)
		words->text[words->count++] = c;
	words->text[words->count] = 0;
}

void words_add_text(struct words *words, const char *text)
{
	while (*text)
		words_add(words, (unsigned char)*text++);
}

void words_add_number(struct words *words, uint64_t number, unsigned int base, unsigned int width)
{
	char digits[DIGITS_MAX];
	unsigned int count = 0;

	do
		digits[count++] = "0123456789abcdef"[number % base];
	while ((number /= base) || (count < width && count < DIGITS_MAX));
	while (count)
		words_add(words, (unsigned char)digits[--count]);
}

struct bzb_span words_bytes(const struct words *words)
{
	return (struct bzb_span){
		(const unsigned char *)words->text,
		(words->count + 1) * sizeof(words->text[0]),
	};
}
