/* SPDX-License-Identifier: BSD-2-Clause */
#include "kaslr.h"
#include "console.h"

/* Weak, but better than fixed addresses: Linux's own stub keeps KASLR on without a source, too. */
static void stir_clocks(struct boot *boot, struct seed *seed)
{
	const unsigned char *params = (const unsigned char *)boot->params;

	if (params)
		random_stir(seed, (struct bzb_span){ params, sizeof(*boot->params) });
	boot->platform->stir_clocks(boot, seed);
}

bool kaslr_collect(struct boot *boot, struct seed *seed)
{
	bool found = boot->platform->random(boot, seed);

	found |= random_from_cpu(seed);
	if (!found)
		stir_clocks(boot, seed);
	return found;
}

enum stub_error kaslr_decide(struct boot *boot)
{
	if (boot->options.nokaslr)
		return STUB_OK;
	if (!kaslr_collect(boot, &boot->seed))
		boot_say(boot, "KASLR is weak: neither processor nor firmware has random numbers");
	boot->kaslr = true;
	return STUB_OK;
}

uint64_t kaslr_slide(const struct boot *boot)
{
	return boot->kaslr ? bzb_load_slide(&boot->plan, boot->seed.virtual) : 0;
}

/* All of the kernel, or what the processors that decompressed it have left. */
static int move(struct boot *boot)
{
	const uintptr_t address = (uintptr_t)boot->memory;

	return boot->moves ? bzb_load_move_rest(&boot->load, &boot->kernel, boot->moves,
						boot->memory, address, &boot->entry) :
			     bzb_load_move(&boot->load, &boot->kernel, boot->memory, address,
					   kaslr_slide(boot), &boot->entry);
}

enum stub_error kaslr_move(struct boot *boot)
{
	if (move(boot))
		return boot_fail(boot, STUB_CORRUPT,
				 "the relocations are corrupt: install the image again");
	if (!boot->entry.movable)
		boot->kaslr = false;
	if (boot->options.debug)
		boot_say_numbers(boot, "the kernel moved by % bytes", &boot->entry.slide);
	return STUB_OK;
}
