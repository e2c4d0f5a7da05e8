/* SPDX-License-Identifier: BSD-2-Clause */
#include "placement.h"

#include "payload/payload_decompress.h"

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

/*
 * The largest free memory of a PC, with a BIOS or with EFI: from 1 MiB, below which kernels are not
 * loaded, to the I/O APIC, and from 4 GiB to the end of Linux's direct map. A kernel that does not
 * fit there fits on no machine.
 */
static const struct bzb_memory_range ample[] = {
	{ MIB, 0xfec00000 - MIB, BZB_E820_RAM },
	{ 4 * GIB, ((uint64_t)1 << 46) - 4 * GIB, BZB_E820_RAM },
};

static int explain_no_place(const struct bzb_load *load, const struct bzb_load_plan *plan,
			    struct why *why)
{
	const struct bzb_manifest *m = &load->manifest;
	const unsigned long long load_address = m->load_address;

	if (plan->fixed)
		return explain(why,
			       "it runs only at 0x%llx, and no machine has free memory there "
			       "and in the 0x%x bytes before it: link it to another address",
			       load_address, m->gap);
	return explain(why,
		       "it is linked to 0x%llx, and %s ends below 0x%llx: link it to a lower "
		       "address",
		       load_address,
		       plan->identity ? "a kernel that runs at physical addresses" : "a kernel",
		       (unsigned long long)plan->memory.highest + 1);
}

int placement_find(const struct bzb_load *load, struct placement *ret, struct why *why)
{
	const struct bzb_memory memory = {
		.map = ample,
		.map_count = BZB_ARRAY_SIZE(ample),
	};
	const struct bzb_memory_source source = { bzb_memory_next_free, &memory };
	struct bzb_load_plan plan;
	uint64_t address;
	int err = bzb_load_plan(load, decompress_decoder(load->manifest.codec), &plan);

	if (err)
		return explain(why, "cannot plan its memory: %s", bzb_strerror(err));
	if (!bzb_memory_choose(&source, &plan.memory, NULL, &address))
		return explain_no_place(load, &plan, why);
	*ret = (struct placement){ address, bzb_load_slide(&plan, UINT64_MAX) };
	return 0;
}
