/* SPDX-License-Identifier: BSD-2-Clause */
#include "reorder.h"

#include <bzboot/wipe.h>

#include "clock.h"
#include "console.h"
#include "kaslr.h"

/* Independent of the seed of addresses: those of a running kernel tell something about it. */
static void draw_seed(struct boot *boot, unsigned char *ret)
{
	for (size_t i = 0; i < BZB_SHUFFLE_SEED_SIZE; i += sizeof(struct seed)) {
		struct seed seed = { 0 };

		kaslr_collect(boot, &seed);
		memcpy(ret + i, &seed, sizeof(seed));
		bzb_wipe(&seed, sizeof(seed));
	}
}

/* Who chooses the seed knows the order, so a boot loader may not where signatures count. */
static void find_seed(struct boot *boot, unsigned char *ret)
{
	const struct options *options = &boot->options;

	if (options->has_seed && !boot->platform->is_secure(boot)) {
		memcpy(ret, options->seed, BZB_SHUFFLE_SEED_SIZE);
		return;
	}
	if (options->seed_given)
		boot_say(boot, options->has_seed ?
				       "bzboot.seed= is left out: Secure Boot is on" :
				       "bzboot.seed= is left out: it is not a number of 1 to 64 "
				       "hexadecimal digits");
	draw_seed(boot, ret);
}

enum stub_error reorder(struct boot *boot)
{
	unsigned char seed[BZB_SHUFFLE_SEED_SIZE];
	int err;

	if (!boot->load.manifest.shuffle_size || boot->options.noshuffle || boot->options.nokaslr)
		return STUB_OK;
	boot_phase(boot, "shuffling the kernel's functions");
	find_seed(boot, seed);
	err = bzb_load_shuffle(&boot->load, &boot->plan, &boot->kernel, boot->memory,
			       boot->entry.slide, seed);
	bzb_wipe(seed, sizeof(seed));
	return err ? boot_fail(boot, STUB_CORRUPT,
			       "the unit table is not of this kernel: pack the kernel again") :
		     STUB_OK;
}
