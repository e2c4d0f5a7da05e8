/* SPDX-License-Identifier: BSD-2-Clause */
/* RDSEED and RDRAND. */
#include "arch.h"

#include "cpu.h"

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

const struct arch_random_source arch_random_sources[] = {
	{ has_rdseed, rdseed },
	{ has_rdrand, rdrand },
	{ NULL, NULL },
};
