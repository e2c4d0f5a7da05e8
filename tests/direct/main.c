/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader.h"
#include "../kernel/boot_params.h"

/* The Multiboot Specification 0.6.96, 3.3 "Boot information format" */
enum {
	MBI_FLAGS = 0,
	MBI_CMDLINE = 16,
	MBI_MODULE_COUNT = 20,
	MBI_MODULES = 24,
	MBI_MMAP_LENGTH = 44,
	MBI_MMAP = 48,
	MBI_SIZE = 88,
	MBI_HAS_CMDLINE = 1 << 2,
	MBI_HAS_MODULES = 1 << 3,
	MBI_HAS_MMAP = 1 << 6,
	MODULE_START = 0,
	MODULE_END = 4,
	MODULE_SIZE = 16,
};

#define LINE_MAX 8192
#define SECTOR 512

/* direct.lds */
extern unsigned char loader_start[], loader_end[];

static struct range loader_range(void)
{
	return (struct range){ (uintptr_t)loader_start, (uintptr_t)(loader_end - loader_start) };
}

static struct range module_range(const struct module *module)
{
	return (struct range){ (uintptr_t)module->at, module->size };
}

/* --- Multiboot's information; all of it is copied, because it lies in low memory --- */

static char line[LINE_MAX];
static struct plan plan;

static void read_line(const unsigned char *from)
{
	unsigned int length = 0;

	while (from[length]) {
		if (length == LINE_MAX - 1)
			refuse("the command line is too long", NULL);
		line[length] = (char)from[length];
		length++;
	}
}

static void read_module(const unsigned char *from, struct module *ret)
{
	uint64_t start = load(from + MODULE_START, 4);

	ret->at = memory_at(start);
	ret->size = (uint32_t)(load(from + MODULE_END, 4) - start);
}

static void read_mmap(const unsigned char *at, uint64_t length)
{
	const unsigned char *end = at + length;

	/* Each entry begins with its size, which does not count itself. */
	for (; at < end; at += 4 + load(at, 4))
		e820_add(load(at + 4, 8), load(at + 12, 8), low32(load(at + 20, 4)));
}

static void read_multiboot(const unsigned char *info)
{
	uint64_t wanted = MBI_HAS_CMDLINE | MBI_HAS_MODULES | MBI_HAS_MMAP;
	uint64_t count = load(info + MBI_MODULE_COUNT, 4);
	const unsigned char *modules = memory_at(load(info + MBI_MODULES, 4));

	if ((load(info + MBI_FLAGS, 4) & wanted) != wanted)
		refuse("no command line, no modules or no memory map", NULL);
	if (!count || count > 2)
		refuse("not one or two modules: the image, the initrd", &count);
	read_module(modules, &plan.image);
	if (count == 2)
		read_module(modules + MODULE_SIZE, &plan.initrd);
	read_mmap(memory_at(load(info + MBI_MMAP, 4)), load(info + MBI_MMAP_LENGTH, 4));
	read_line(memory_at(load(info + MBI_CMDLINE, 4)));
}

/* --- places --- */

static void plan_kernel(void)
{
	const unsigned char *file = plan.image.at;
	uint32_t setup = (uint32_t)(file[BP_SETUP_SECTS] + 1) * SECTOR;

	if (plan.image.size < 4096 || load(file + BP_HEADER, 4) != 0x53726448)
		refuse("the first module is not a bzImage", NULL);
	if (plan.image.size <= setup)
		refuse("the bzImage ends with its setup code", NULL);
	if (plan.options.at % SECTOR)
		refuse("not a multiple of 512", &plan.options.at);
	plan.pm = file + setup;
	plan.kernel = (struct range){ plan.options.at, plan.image.size - setup };
}

/* Returns a range with a place that overlaps @range, or NULL. */
static struct range taken[8];
static unsigned int taken_count;

static void take(struct range range)
{
	taken[taken_count++] = range;
}

static const struct range *find_overlap(const struct range *range)
{
	for (unsigned int i = 0; i < taken_count; i++)
		if (ranges_overlap(range, &taken[i]))
			return &taken[i];
	return NULL;
}

/* Leaves room for the kernel's init_size. */
static uint64_t lowest_free(uint64_t size)
{
	struct range range = { page_up(plan.kernel.start + load(plan.image.at + BP_INIT_SIZE, 4)),
			       size };
	const struct range *other;

	while ((other = find_overlap(&range)))
		range.start = page_up(range_end(other));
	return range.start;
}

static uint64_t highest_free(uint64_t size)
{
	uint64_t limit = load(plan.image.at + BP_INITRD_ADDR_MAX, 4) + 1;
	uint64_t end = e820_low_end();

	return ((end < limit ? end : limit) - size) & ~(uint64_t)(PAGE - 1);
}

static uint64_t initrd_address(void)
{
	switch (plan.options.initrd) {
	case INITRD_HIGH:
		return highest_free(plan.initrd.size);
	case INITRD_LOW:
		return lowest_free(plan.initrd.size);
	case INITRD_AFTER:
		return page_up(range_end(&plan.kernel));
	default:
		return plan.options.initrd;
	}
}

/* The initrd's new place may overlap its old one. */
static void check_place(const struct range *range)
{
	struct range loader = loader_range(), image = module_range(&plan.image);
	struct range initrd = module_range(&plan.initrd);

	if (!e820_is_ram(range))
		refuse("is not RAM", &range->start);
	if (ranges_overlap(range, &loader) || ranges_overlap(range, &image) ||
	    (range != &plan.ramdisk && ranges_overlap(range, &initrd)))
		refuse("the loader itself is there", &range->start);
}

static void check_places(void)
{
	const struct range *all[] = { &plan.kernel,  &plan.ramdisk,    &plan.params,
				      &plan.cmdline, &plan.setup_data, &plan.tables };
	unsigned int count = sizeof(all) / sizeof(all[0]);

	for (unsigned int i = 0; i < count; i++) {
		if (!all[i]->size)
			continue;
		check_place(all[i]);
		for (unsigned int j = 0; j < i; j++)
			if (all[j]->size && ranges_overlap(all[i], all[j]))
				refuse("two ranges overlap", &all[i]->start);
	}
}

static uint32_t length_of(const char *text)
{
	uint32_t length = 0;

	while (text[length])
		length++;
	return length;
}

/* Entries that overlap others are at the end. */
static void plan_e820(void)
{
	uint64_t how = plan.options.holes;

	if (how == HOLES_SPLIT)
		plan.hole_count = e820_make_holes(false, taken, taken_count, plan.holes);
	e820_split(low32(plan.options.e820));
	if (how == HOLES_OVERLAP)
		plan.hole_count = e820_make_holes(true, taken, taken_count, plan.holes);
}

static void plan_places(void)
{
	const struct options *options = &plan.options;

	plan_kernel();
	plan.params = (struct range){ options->params, BP_SIZE };
	plan.cmdline = (struct range){ options->cmdline, length_of(plan.words) + 1 };
	if (options->tables)
		plan.tables = (struct range){ options->tables, TABLES_SIZE };
	take(loader_range());
	take(module_range(&plan.image));
	take(plan.kernel);
	take(plan.params);
	take(plan.cmdline);
	take(plan.tables);
	if (plan.initrd.size)
		plan.ramdisk = (struct range){ initrd_address(), plan.initrd.size };
	take(plan.ramdisk);
	plan_e820();
	plan.setup_data = (struct range){ options->setup_data, setup_data_size(&plan) };
	check_places();
}

static void put_everything(void)
{
	static unsigned char params[BP_SIZE];

	params_write(&plan, params);
	/* The image first: the initrd may overwrite the module. */
	put(plan.kernel.start, plan.pm, low32(plan.kernel.size));
	put(plan.ramdisk.start, plan.initrd.at, plan.initrd.size);
	put(plan.params.start, params, sizeof(params));
	put(plan.cmdline.start, plan.words, low32(plan.cmdline.size));
}

/* Called by entry.S. */
_Noreturn void direct_main(const unsigned char *info);

_Noreturn void direct_main(const unsigned char *info)
{
	read_multiboot(info);
	plan.words = options_read(line, &plan.options);
	plan_places();
	put_everything();
	launch(&plan);
}
