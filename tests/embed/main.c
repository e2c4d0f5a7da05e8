/* SPDX-License-Identifier: BSD-2-Clause */
/* From what Multiboot or PVH loaded to a running kernel, by the library. */
#include "embed.h"

_Noreturn void embed_main(uint32_t magic, const unsigned char *info);

/* embed.lds */
extern unsigned char loader_start[], loader_end[];

static const struct bzb_decoder *const decoders[] = {
	&bzb_decoder_zstd, &bzb_decoder_xz, &bzb_decoder_lzma, &bzb_decoder_gzip,
	&bzb_decoder_lz4, &bzb_decoder_none,
};

static struct told told;
static struct bzb_boot_params params __attribute__((aligned(4096)));
static unsigned char params_ext[MAP_MAX * sizeof(struct bzb_e820_entry)];

static const struct bzb_decoder *find_decoder(enum bzb_codec codec)
{
	for (size_t i = 0; i < sizeof(decoders) / sizeof(decoders[0]); i++)
		if (decoders[i]->codec == codec)
			return decoders[i];
	refuse("no decoder for", -BZB_ERR_BADCODEC);
}

static bool begins_with(const char *text, const char *word)
{
	while (*word && *text == *word)
		text++, word++;
	return !*word;
}

/* What follows "-- "; else the command line that is in the image. GRUB leaves the loader's own
 * name out. */
static const char *kernel_cmdline(const struct bzb_load *load)
{
	const struct bzb_span packed = bzb_load_cmdline(load);

	for (const char *at = told.cmdline; *at; at++)
		if ((at == told.cmdline || at[-1] == ' ') && begins_with(at, "-- ") && at[3])
			return at + 3;
	return packed.size ? (const char *)packed.data : "";
}

static bool wants_kaslr(const char *cmdline)
{
	for (; *cmdline; cmdline++)
		if (begins_with(cmdline, "nokaslr"))
			return false;
	return true;
}

/* What follows the image, with its signatures, in the first module. */
static struct bzb_range behind_image(const struct bzb_load *load)
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

/* The second module; else what follows the image; else the one that is in the image. */
static struct bzb_range kernel_initrd(const struct bzb_load *load)
{
	const struct bzb_span packed = bzb_load_initrd(load);
	const struct bzb_range behind = behind_image(load);

	if (told.module_count > 1)
		return told.modules[1];
	if (behind.size)
		return behind;
	return (struct bzb_range){ (uintptr_t)packed.data, packed.size };
}

/* Where the kernel goes; @random: NULL for the first place. */
static uint64_t choose_memory(struct bzb_memory_request request, const uint64_t *random)
{
	const struct bzb_range taken[] = {
		{ (uintptr_t)loader_start, (uintptr_t)(loader_end - loader_start) },
		told.modules[0], told.modules[1],
	};
	const struct bzb_memory memory = {
		.map = told.map, .map_count = told.map_count,
		.taken = taken, .taken_count = sizeof(taken) / sizeof(taken[0]),
	};
	const struct bzb_memory_source free = { bzb_memory_next_free, &memory };
	uint64_t addr;

	if (request.highest > MAPPED - 1)
		request.highest = MAPPED - 1;
	if (!bzb_memory_choose(&free, &request, random, &addr))
		refuse("no room for the kernel", 0);
	return addr;
}

static void make_params(const struct bzb_load *load, const char *cmdline, bool kaslr)
{
	struct bzb_handoff known = {
		.cmdline = (uintptr_t)cmdline,
		.initrd = kernel_initrd(load),
		.rsdp = told.rsdp,
		.map = told.map,
		.ext = params_ext,
		.ext_size = sizeof(params_ext),
		.ext_addr = (uintptr_t)params_ext,
		.kaslr = kaslr,
	};
	int err;

	known.map_count = bzb_memory_sort(told.map, told.map_count);
	err = bzb_load_params(load, &known, &params);
	if (err)
		refuse("boot_params", err);
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

_Noreturn void embed_main(uint32_t magic, const unsigned char *info)
{
	const struct bzb_decoder *decoder;
	struct bzb_load_plan plan;
	struct bzb_image kernel;
	struct bzb_entry entry;
	struct bzb_load load;
	const char *cmdline;
	uint64_t addr, random;
	void *memory;
	bool kaslr;
	int err;

	listen(magic, info);
	machine_prepare();
	err = bzb_load_open((struct bzb_span){ (void *)told.modules[0].addr,
					       told.modules[0].size }, &load);
	if (err)
		refuse("the image", err);
	cmdline = kernel_cmdline(&load);
	kaslr = wants_kaslr(cmdline);
	decoder = find_decoder(load.manifest.codec);
	err = bzb_load_plan(&load, decoder, &plan);
	if (err)
		refuse("the plan", err);
	random = machine_random();
	addr = choose_memory(plan.memory, kaslr ? &random : NULL);
	memory = (void *)addr;
	err = bzb_load_kernel(&load, decoder, memory, plan.memory.size, &kernel);
	if (err)
		refuse("the payload", err);
	err = bzb_load_move(&load, &kernel, memory, addr,
			    kaslr ? bzb_load_slide(&plan, machine_random()) : 0, &entry);
	if (err)
		refuse("the relocations", err);
	make_params(&load, cmdline, kaslr && entry.movable);
	say("magic", magic);
	say("rsdp", told.rsdp);
	say("entry", entry.address);
	say("physical", addr + kernel.gap);
	say("virtual", kernel.virtual_address + entry.slide);
	enter_kernel(entry.address, &params);
}
