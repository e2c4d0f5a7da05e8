/* SPDX-License-Identifier: BSD-2-Clause */
#include "random.h"

#include "arch.h"

/* A source is tested with that many numbers. Two in a row must differ: 64 random bits
 * practically never repeat. */
#define TEST_NUMBERS 8

/* Intel SDM, RDRAND: ten tries in a row fail only if the source does not work. */
#define TRIES 10

static bool read_number(const struct arch_random_source *source, uint64_t *ret)
{
	for (int i = 0; i < TRIES; i++)
		if (source->read(ret))
			return true;
	return false;
}

static bool passes_test(const struct arch_random_source *source)
{
	uint64_t last = 0, number;

	for (int i = 0; i < TEST_NUMBERS; i++) {
		if (!read_number(source, &number) || number == last || !(number + 1))
			return false;
		last = number;
	}
	return true;
}

/* The finaliser of splitmix64: each bit of the input affects every bit of the output. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

void random_stir(struct seed *seed, struct bzb_span bytes)
{
	while (bytes.size) {
		size_t size = bytes.size < sizeof(uint64_t) ? bytes.size : sizeof(uint64_t);
		uint64_t word = 0;

		memcpy(&word, bytes.data, size);
		seed->physical = mix(seed->physical ^ word);
		seed->virtual = mix(seed->virtual + word);
		bytes.data += size;
		bytes.size -= size;
	}
}

void random_stir_time(struct seed *seed)
{
	uint64_t time = arch_time_stamp();

	random_stir(seed, (struct bzb_span){ (const unsigned char *)&time, sizeof(time) });
}

bool random_from_cpu(struct seed *seed)
{
	uint64_t physical, virtual;
	bool found = false;

	for (const struct arch_random_source *source = arch_random_sources;
	     source->present && !found; source++) {
		if (!source->present() || !passes_test(source) || !read_number(source, &physical) ||
		    !read_number(source, &virtual))
			continue;
		seed->physical ^= physical;
		seed->virtual ^= virtual;
		found = true;
	}
	seed->physical = mix(seed->physical + arch_time_stamp());
	seed->virtual = mix(seed->virtual ^ arch_time_stamp() << 17);
	return found;
}
