/* SPDX-License-Identifier: BSD-2-Clause */
/* The entry by a boot loader, through the 64-bit or the 32-bit entry. */
#include "x86/addresses.h"
#include "x86/cpu.h"
#include "x86/interrupts.h"
#include "x86/levels.h"
#include "console.h"
#include "loader.h"
#include "params.h"
#include "self.h"

/* From entry.S. @tables_used: the number of our page tables in use; 0: the loader's are in use.
 * @tables: memory for page tables before the memory map has been read, up to the end of .efi. */
_Noreturn void loader_main(struct bzb_boot_params *params, unsigned int tables_used,
			   uint64_t tables[][512]);

#pragma GCC visibility push(hidden)
extern unsigned char page_tables_end[]; /* from stub.lds */
#pragma GCC visibility pop

/* After the data of the BIOS, and before its extended data, even if e820 does not list those. */
#define LOW_MEMORY_START 0x1000u
#define LOW_MEMORY_END 0x9f000u

#define TOO_FAR_APART "the loader's data are too far apart: use memory below 4 GiB"
#define TOO_LARGE "the image is too large for this processor: pack it without the initrd"

/* Maps the image from .text on: the bytes before it may not be in memory. */
static bool map_image(struct paging *paging, const struct boot *boot)
{
	return paging_map(paging, (uintptr_t)boot->image + TEXT_RVA,
			  bzb_ld32(self_manifest()->image_size) - TEXT_RVA);
}

/* Maps the head of a node, to read its size, and then the node. */
static bool map_node(void *context, uint64_t addr)
{
	const struct bzb_setup_data *node = (const void *)(uintptr_t)addr;

	return paging_map(context, addr, sizeof(*node)) &&
	       paging_map(context, addr, sizeof(*node) + (uint64_t)bzb_ld32(node->len));
}

/* Maps the data that boot_params point to, as far as the stub reads them. */
static bool map_params(struct paging *paging, const struct bzb_boot_params *params)
{
	return paging_map(paging, bzb_boot_params_cmdline(params), BZB_CMDLINE_MAX + 1) &&
	       loader_walk_setup_data(params, map_node, paging);
}

static enum stub_error read_cmdline(struct boot *boot)
{
	boot->cmdline = params_cmdline(boot->params);
	if (!boot->cmdline)
		boot->cmdline = packed_cmdline(boot);
	return STUB_OK;
}

static bool no_random(struct boot *boot, struct seed *seed)
{
	(void)boot;
	(void)seed;
	return false;
}

static bool map_range(struct paging *paging, struct bzb_range range)
{
	return !range.size || paging_map(paging, range.addr, range.size);
}

/* Chooses one of the places that Linux would choose from. False if there is none, or if the
 * description of these places cannot be mapped: then the kernel is not moved at random. */
static bool find_random_place(const struct boot *boot, const struct loader_memory *memory,
			      const struct bzb_memory_request *request, uint64_t *ret)
{
	struct loader_memory places = *memory;
	const struct bzb_memory_source source = { loader_next_free, &places };
	struct paging *paging = &boot->loader->paging;

	places.at_random = true;
	return map_range(paging, loader_efi_map(boot->params)) &&
	       map_range(paging, loader_scratch_areas(boot->params)) &&
	       bzb_memory_choose(&source, request, &boot->seed.physical, ret);
}

/*
 * Without random addresses the place is the first one after the image: a loader that
 * honours init_size has reserved that memory, and a crash kernel must stay in the
 * memory that is reserved for it.
 */
static bool find_place(const struct boot *boot, const struct loader_memory *memory,
		       const struct bzb_memory_request *request, uint64_t *ret)
{
	const struct bzb_memory_source source = { loader_next_free, memory };
	struct bzb_memory_request after = *request;

	if (boot->kaslr && !boot->options.fixed_memory &&
	    find_random_place(boot, memory, request, ret))
		return true;
	if (after.lowest < (uintptr_t)boot->image)
		after.lowest = (uintptr_t)boot->image;
	return bzb_memory_choose(&source, &after, NULL, ret) ||
	       bzb_memory_choose(&source, request, NULL, ret);
}

static bool choose_memory(struct boot *boot, const struct bzb_memory_request *request)
{
	struct paging *paging = &boot->loader->paging;
	struct loader_memory memory = {
		.params = boot->params,
		.cmdline = boot->cmdline,
		.image = { (uintptr_t)boot->image, boot->load.manifest.image_size },
		.limit = boot->options.memory_limit,
		.nosoftreserve = boot->options.nosoftreserve,
	};
	uint64_t addr, limit = paging_limit(paging);

	if (memory.limit > limit)
		memory.limit = limit;
	if (!find_place(boot, &memory, request, &addr) || !paging_map(paging, addr, request->size))
		return false;
	boot->memory = (unsigned char *)(uintptr_t)addr;
	return true;
}

/* Finds low memory for the code that changes the number of levels; false if there is none. */
static bool find_low_pages(const struct boot *boot, unsigned char **ret)
{
	const struct loader_memory memory = {
		.params = boot->params,
		.cmdline = "",
		.limit = LOW_MEMORY_END,
	};
	const struct bzb_memory_source source = { loader_next_free, &memory };
	const struct bzb_memory_request request = {
		.size = LEVELS_PAGES * BZB_PAGE_SIZE,
		.alignment = BZB_PAGE_SIZE,
		.lowest = LOW_MEMORY_START,
		.highest = LOW_MEMORY_END - 1,
	};
	uint64_t last = UINT64_MAX, addr;

	if (!bzb_memory_choose(&source, &request, &last, &addr))
		return false;
	*ret = (unsigned char *)(uintptr_t)addr;
	return true;
}

/* The code runs in low memory, because code that turns paging off has to be below 4 GiB. */
static bool switch_levels(const struct boot *boot, const uint64_t *root)
{
	unsigned char *low;

	if (!find_low_pages(boot, &low) ||
	    !paging_map(&boot->loader->paging, (uintptr_t)low, LEVELS_PAGES * BZB_PAGE_SIZE))
		return false;
	levels_put_code(low);
	levels_switch(boot, low, root);
	return true;
}

/* Without EFI there is no Secure Boot; a loader under EFI may say nothing about it. */
static bool is_secure(const struct boot *boot)
{
	return loader_is_of_efi(boot->params) &&
	       boot->params->secure_boot != BZB_SECURE_BOOT_DISABLED;
}

static enum stub_error finish(struct boot *boot)
{
	bzb_boot_params_set_cmdline(boot->params, (uintptr_t)boot->cmdline);
	if (!bzb_boot_params_initrd(boot->params).size)
		params_set_packed_initrd(boot);
	bzb_boot_params_set_kaslr(boot->params, boot->kaslr);
	if (levels_are_wrong(boot) && !switch_levels(boot, NULL))
		boot_say(boot, "no low memory is free: page tables keep their levels");
	interrupts_forget();
	return STUB_OK;
}

static const struct platform loader_platform = {
	.print = loader_print,
	.read_cmdline = read_cmdline,
	.random = no_random,
	.is_secure = is_secure,
	.stir_clocks = loader_stir_clocks,
	.ticks_per_ms = loader_ticks_per_ms,
	.choose_memory = choose_memory,
	.finish = finish,
};

/*
 * Starts to use our own page tables, which map the image. A kernel that does not
 * support five levels would read the tables as four, so the number is changed to
 * four. Returns NULL or an error.
 */
static const char *start_paging(struct boot *boot)
{
	struct paging *paging = &boot->loader->paging;
	bool leave = paging->levels == 5 &&
		     !(bzb_ld16(self_manifest()->setup.xloadflags) & BZB_XLF_5LEVEL_ENABLED);

	if (leave)
		paging->levels = 4;
	paging_init(paging);
	if (!map_image(paging, boot))
		return TOO_LARGE;
	if (leave && !switch_levels(boot, paging->tables[0]))
		return "this kernel does not support five-level paging, and no low memory is free";
	paging_load(paging);
	return NULL;
}

/* Maps boot_params and all that they point to. boot->params stays NULL until they are mapped, so
 * that no other code reads them. Returns NULL or an error. */
static const char *map_all(struct boot *boot)
{
	struct paging *paging = &boot->loader->paging;
	struct bzb_boot_params *params = boot->params;

	boot->params = NULL;
	if (!map_image(paging, boot))
		return TOO_LARGE;
	if (!paging_map(paging, (uintptr_t)params, sizeof(*params)))
		return TOO_FAR_APART;
	boot->params = params;
	bzb_boot_params_sanitize(params);
	return map_params(paging, params) ? NULL : TOO_FAR_APART;
}

/* Only a guest of SEV-SNP has a blob. */
static bool admit(struct boot *boot)
{
	struct paging *paging = &boot->loader->paging;
	const struct guest_blob *blob = NULL;

	if (guest_is_snp(&boot->guest))
		blob = loader_find_blob(boot->params, paging);
	if (!arch_admit_guest(boot, blob))
		return false;
	if (!boot->cc_blob || loader_map_blob(blob, paging))
		return true;
	boot_say(boot, TOO_FAR_APART);
	return false;
}

static void start(struct boot *boot, bool have_tables)
{
	const char *fault = have_tables ? NULL : start_paging(boot);

	if (!fault)
		fault = map_all(boot);
	if (fault)
		boot_say(boot, fault);
	else if (admit(boot))
		stub_main(boot);
}

/* The state that entry.S has set up. The image may lie at any multiple of 512; if it is not on a
 * page boundary, one page is lost. */
static struct paging our_paging(unsigned int tables_used, uint64_t tables[][512],
				uint64_t encryption)
{
	return (struct paging){
		.tables = tables,
		.count = (unsigned int)(((uintptr_t)page_tables_end - (uintptr_t)tables) /
					BZB_PAGE_SIZE),
		.used = tables_used,
		.levels = cpu_uses_five_levels() ? 5 : 4,
		.gigabyte_pages = cpu_has_gigabyte_pages(),
		.encryption = encryption,
	};
}

_Noreturn void loader_main(struct bzb_boot_params *params, unsigned int tables_used,
			   uint64_t tables[][512])
{
	struct interrupts interrupts;
	struct loader loader = { 0 };
	struct boot boot = {
		.platform = &loader_platform,
		.loader = &loader,
		.image = arch_image(),
		.params = params,
	};

	self_relocate();
	interrupts_prepare(&interrupts);
	boot.guest = arch_guest();
	loader.paging = our_paging(tables_used, tables, boot.guest.encryption);
	start(&boot, tables_used);
	arch_halt();
}
