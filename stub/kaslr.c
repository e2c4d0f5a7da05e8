/* SPDX-License-Identifier: BSD-2-Clause */
#include "console.h"
#include "efi_boot.h"
#include "kaslr.h"

void kaslr_decide(struct boot *boot)
{
	bool found;

	if (boot->options.nokaslr)
		return;
	found = efi_random(boot, &boot->seed);
	found |= random_from_cpu(&boot->seed);
	if (!found)
		boot_say(boot, "no source of random numbers: KASLR is off");
	boot->kaslr = found;
}

bool kaslr_is_identity(const struct bzb_manifest *manifest)
{
	return manifest->virtual_address == manifest->load_address;
}

/* How far above its link address the kernel will run. */
static uint64_t choose_slide(const struct boot *boot)
{
	const struct bzb_image *kernel = &boot->kernel;
	uint64_t alignment = boot->manifest.alignment;
	uint64_t places;

	if (kaslr_is_identity(&boot->manifest))
		return (uint64_t)(uintptr_t)boot->memory + kernel->gap - kernel->elf.load_address;
	if (!boot->kaslr)
		return 0;
	places = bzb_slide_max(kernel->virtual_address, kernel->elf.memory_size) / alignment + 1;
	return random_below(boot->seed.virtual, places) * alignment;
}

enum stub_error kaslr_move(struct boot *boot)
{
	struct bzb_relocs relocs;
	uint64_t slide;
	int err = bzb_relocs_parse(&boot->kernel, &relocs);

	if (err == -BZB_ERR_NOTFOUND) {
		boot->kaslr = false;
		return STUB_OK;
	}
	if (err)
		return boot_fail(boot, STUB_CORRUPT,
				 "the relocations are corrupt: install the image again");
	slide = choose_slide(boot);
	if (slide)
		bzb_relocs_apply(&boot->kernel, &relocs, boot->memory, slide);
	return STUB_OK;
}
