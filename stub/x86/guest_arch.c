/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of arch.h for confidential guests. */
#include "boot.h"
#include "console.h"
#include "cpu.h"
#include "guest.h"

struct guest arch_guest(void)
{
	const struct guest_processor processor = { cpu_id, cpu_read_msr };

	return guest_examine(&processor);
}

bool arch_admit_guest(struct boot *boot, const struct guest_blob *blob)
{
	uint64_t features = guest_unknown_features(&boot->guest);
	const char *fault;

	if (features) {
		uint64_t bit = (uint64_t)__builtin_ctzll(features);

		boot_say_numbers(boot,
				 "unknown SEV-SNP feature, bit % of SEV_STATUS: "
				 "start the guest without it",
				 &bit);
		return false;
	}
	fault = guest_choose_blob(&boot->guest, blob, (uintptr_t)blob, &boot->cc_blob);
	if (fault)
		boot_say(boot, fault);
	return !fault;
}
