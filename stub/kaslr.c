/* SPDX-License-Identifier: BSD-2-Clause */
#include "console.h"
#include "kaslr.h"

enum stub_error kaslr_decide(struct boot *boot)
{
	bool found;

	if (boot->options.nokaslr)
		return STUB_OK;
	found = boot->platform->random(boot, &boot->seed);
	found |= random_from_cpu(&boot->seed);
	if (!found)
		boot_say(boot, "no source of random numbers: KASLR is off");
	boot->kaslr = found;
	return STUB_OK;
}

enum stub_error kaslr_move(struct boot *boot)
{
	uint64_t slide = boot->kaslr ? bzb_load_slide(&boot->plan, boot->seed.virtual) : 0;

	if (bzb_load_move(&boot->load, &boot->kernel, boot->memory, (uintptr_t)boot->memory,
			  slide, &boot->entry))
		return boot_fail(boot, STUB_CORRUPT,
				 "the relocations are corrupt: install the image again");
	if (!boot->entry.movable)
		boot->kaslr = false;
	return STUB_OK;
}
