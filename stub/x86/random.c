/* SPDX-License-Identifier: BSD-2-Clause */
#include "random.h"

#include "cpu.h"

/* Numbers that a source is tested with, and how often the next of them may be
 * the same as the one before: never, for 64 bits that are random. */
#define TEST_NUMBERS 8

/* Intel SDM, RDRAND: ten tries in a row do not fail where it works at all. */
#define TRIES 10

static bool has_rdrand(void)
{
	uint32_t regs[4];

	cpu_id(1, regs);
	return regs[2] & 1u << 30;
}

static bool has_rdseed(void)
{
	uint32_t regs[4];

	cpu_id(0, regs);
	if (regs[0] < 7)
		return false;
	cpu_id(7, regs);
	return regs[1] & 1u << 18;
}

static bool rdrand(uint64_t *ret)
{
	bool ok;

	__asm__ volatile("rdrand %0; setc %1" : "=r"(*ret), "=qm"(ok) : : "cc");
	return ok;
}

static bool rdseed(uint64_t *ret)
{
	bool ok;

	__asm__ volatile("rdseed %0; setc %1" : "=r"(*ret), "=qm"(ok) : : "cc");
	return ok;
}

/* The better source first. */
static const struct source {
	bool (*present)(void);
	bool (*read)(uint64_t *ret);
} sources[] = {
	{ has_rdseed, rdseed },
	{ has_rdrand, rdrand },
};

static bool read_number(const struct source *source, uint64_t *ret)
{
	for (int i = 0; i < TRIES; i++)
		if (source->read(ret))
			return true;
	return false;
}

static bool passes_test(const struct source *source)
{
	uint64_t last = 0, number;

	for (int i = 0; i < TEST_NUMBERS; i++) {
		if (!read_number(source, &number) || number == last || !(number + 1))
			return false;
		last = number;
	}
	return true;
}

/* The finaliser of splitmix64: every bit of the input reaches every bit. */
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
	uint64_t time = cpu_time_stamp();

	random_stir(seed, (struct bzb_span){ (const unsigned char *)&time, sizeof(time) });
}

bool random_from_cpu(struct seed *seed)
{
	uint64_t physical, virtual;
	bool found = false;

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]) && !found; i++) {
		const struct source *source = &sources[i];

		if (!source->present() || !passes_test(source) ||
		    !read_number(source, &physical) || !read_number(source, &virtual))
			continue;
		seed->physical ^= physical;
		seed->virtual ^= virtual;
		found = true;
	}
	seed->physical = mix(seed->physical + cpu_time_stamp());
	seed->virtual = mix(seed->virtual ^ cpu_time_stamp() << 17);
	return found;
}
