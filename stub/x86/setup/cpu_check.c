/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks for the 64-bit mode that the stub needs. */
#include "bios_console.h"
#include "setup.h"

#define FLAGS_ID 0x200000u			/* can be changed if the CPU has CPUID */
#define CPUID_EXTENDED 0x80000000u
#define CPUID_EXTENDED_FEATURES 0x80000001u
#define FEATURE_LONG_MODE 0x20000000u		/* EDX */

static bool has_cpuid(void)
{
	uint32_t before, after;

	__asm__ volatile("pushfl\n\t"
			 "popl	%0\n\t"
			 "movl	%0, %1\n\t"
			 "xorl	%2, %1\n\t"
			 "pushl	%1\n\t"
			 "popfl\n\t"
			 "pushfl\n\t"
			 "popl	%1\n\t"
			 "pushl	%0\n\t"
			 "popfl"
			 : "=&r"(before), "=&r"(after)
			 : "i"(FLAGS_ID)
			 : "cc");
	return (before ^ after) & FLAGS_ID;
}

/* Returns EAX, and EDX in *@ret_edx. */
static uint32_t cpuid(uint32_t leaf, uint32_t *ret_edx)
{
	uint32_t ebx, ecx = 0;

	__asm__ volatile("cpuid" : "+a"(leaf), "=b"(ebx), "+c"(ecx), "=d"(*ret_edx));
	return leaf;
}

void check_cpu(void)
{
	uint32_t edx = 0;

	if (has_cpuid() && cpuid(CPUID_EXTENDED, &edx) >= CPUID_EXTENDED_FEATURES)
		cpuid(CPUID_EXTENDED_FEATURES, &edx);
	else
		edx = 0;
	if (!(edx & FEATURE_LONG_MODE))
		fail("this CPU has no 64-bit mode: boot a 32-bit kernel");
}
