/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel inside */
#include <bzboot/bzboot.h>

#include "families.h"

const struct check kernel_checks[] = {
	{
		.name = "kernel-relocation",
		.severity = SEVERITY_ERROR,
		.breaks = CONSUMER(BZBOOT),
		.why = "A field of the kernel moves with its address, but no relocation can move it "
		       "correctly: the kernel would boot only without KASLR, or crash in rare places. "
		       "The finding has the type, the symbol and the address.",
	},
	{
		.name = "kernel-pack",
		.severity = SEVERITY_ERROR,
		.breaks = CONSUMER(BZBOOT),
		.why = "'bzboot pack' refuses the kernel with this message.",
	},
	{
		.name = "kernel-oddity",
		.severity = SEVERITY_WARNING,
		.why = "'bzboot pack' takes the kernel, with this warning.",
	},
	{ 0 },
};
