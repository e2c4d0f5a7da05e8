/* SPDX-License-Identifier: BSD-2-Clause */
/* From the modules of Multiboot or PVH to a running kernel, by the code in docs/embedding.md */
#include "boot.h"
#include "embed.h"

_Noreturn void embed_main(uint32_t magic, const unsigned char *info);

/* embed.lds */
extern unsigned char loader_start[], loader_end[];

static struct told told;
static struct bzb_boot_params params __attribute__((aligned(4096)));
static unsigned char params_ext[MAP_MAX * sizeof(struct bzb_e820_entry)];

static bool begins_with(const char *text, const char *word)
{
	while (*word && *text == *word)
		text++, word++;
	return !*word;
}

/* The text after "-- "; NULL if there is none. GRUB leaves out the loader's own name. */
static const char *kernel_cmdline(void)
{
	for (const char *at = told.cmdline; *at; at++)
		if ((at == told.cmdline || at[-1] == ' ') && begins_with(at, "-- ") && at[3])
			return at + 3;
	return NULL;
}

/* The bytes of the first module after the image and its signatures */
static struct bzb_range after_image(const struct bzb_load *load)
{
	const struct bzb_range module = told.modules[0];
	const struct bzb_span file = { (void *)module.addr, module.size };
	uint64_t end = load->image.size;
	struct bzb_span table;
	struct bzb_pe pe;

	if (!bzb_pe_parse(file, &pe) && pe.certificate_size &&
	    !bzb_slice(file, pe.certificate_offset, pe.certificate_size, &table))
		end = (uint64_t)pe.certificate_offset + pe.certificate_size;
	return (struct bzb_range){ module.addr + end, module.size - end };
}

/* The second module, or the bytes after the image */
static struct bzb_range kernel_initrd(const struct bzb_load *load)
{
	return told.module_count > 1 ? told.modules[1] : after_image(load);
}

uint64_t random_number(void)
{
	return machine_random();
}

static struct bzb_handoff what_is_known(const struct bzb_load *load)
{
	return (struct bzb_handoff){
		.cmdline = (uintptr_t)kernel_cmdline(),
		.initrd = kernel_initrd(load),
		.rsdp = told.rsdp,
		.map = told.map,
		.map_count = bzb_memory_sort(told.map, told.map_count),
		.ext = params_ext,
		.ext_size = sizeof(params_ext),
		.ext_addr = (uintptr_t)params_ext,
	};
}

static void listen(uint32_t magic, const unsigned char *info)
{
	if (magic == PVH_MAGIC)
		pvh_read(info, &told);
	else
		multiboot_read(magic, info, &told);
	if (!told.map_count || !told.module_count)
		refuse("no memory map, or no image", 0);
}

static struct bzb_span image_file(void)
{
	return (struct bzb_span){ (void *)told.modules[0].addr, told.modules[0].size };
}

/* Opened again, because an initrd may follow it. */
static struct bzb_load open_image(void)
{
	struct bzb_load load;
	int err = bzb_load_open(image_file(), &load);

	if (err)
		refuse("the image", err);
	return load;
}

static void say_where(uint32_t magic, const struct boot *boot)
{
	say("magic", magic);
	say("rsdp", told.rsdp);
	say("entry", boot->entry.address);
	say("physical", boot->address + boot->kernel.gap);
	say("virtual", boot->kernel.elf.virtual_address + boot->entry.slide);
}

_Noreturn void embed_main(uint32_t magic, const unsigned char *info)
{
	struct bzb_range taken[1 + MODULES_MAX] = {
		{ (uintptr_t)loader_start, (uintptr_t)(loader_end - loader_start) },
	};
	struct bzb_memory memory = { .map = told.map, .taken = taken };
	struct boot boot = { .memory = &memory, .params = &params };
	struct bzb_load load;
	int err;

	listen(magic, info);
	machine_prepare();
	load = open_image();
	boot.file = image_file();
	boot.known = what_is_known(&load);
	memory.map_count = boot.known.map_count;
	memcpy(taken + 1, told.modules, sizeof(told.modules));
	memory.taken_count = 1 + MODULES_MAX;
	err = load_kernel(&boot);
	if (err == -BZB_ERR_NOSPACE)
		refuse("no room for the kernel", 0);
	if (err)
		refuse("the kernel", err);
	say_where(magic, &boot);
	enter_kernel(boot.entry.address, boot.params);
}
