/* SPDX-License-Identifier: BSD-2-Clause */
#include "embed.h"

/* Multiboot Specification 0.6.96, 3.3 "Boot information format" */
enum {
	MB1_MAGIC = 0x2badb002,
	MB1_FLAGS = 0, MB1_CMDLINE = 16, MB1_MODULE_COUNT = 20, MB1_MODULES = 24,
	MB1_MAP_SIZE = 44, MB1_MAP = 48,
	MB1_HAS_CMDLINE = 1 << 2, MB1_HAS_MODULES = 1 << 3, MB1_HAS_MAP = 1 << 6,
	MB1_MODULE_SIZE = 16,
};

/* Multiboot2 Specification 2.0, 3.6 "Boot information format" */
enum {
	MB2_MAGIC = 0x36d76289,
	MB2_TAG_END = 0, MB2_TAG_CMDLINE = 1, MB2_TAG_MODULE = 3, MB2_TAG_MAP = 6,
};

static char cmdline[BZB_CMDLINE_MAX + 256];

static uint32_t load32(const unsigned char *at)
{
	bzb_le32 v;

	memcpy(&v, at, sizeof(v));
	return bzb_ld32(v);
}

static uint64_t load64(const unsigned char *at)
{
	return load32(at) | (uint64_t)load32(at + 4) << 32;
}

static const unsigned char *pointer(uint32_t addr)
{
	return (const unsigned char *)(uintptr_t)addr;
}

static void set_cmdline(struct told *told, const unsigned char *text)
{
	size_t size = 0;

	while (text[size])
		if (++size == sizeof(cmdline))
			refuse("the command line is too long", 0);
	memcpy(cmdline, text, size + 1);
	told->cmdline = cmdline;
}

static void add_module(struct told *told, uint32_t start, uint32_t end)
{
	if (told->module_count == MODULES_MAX)
		refuse("more than two modules", 0);
	told->modules[told->module_count++] = (struct bzb_range){ start, end - start };
}

/* The numbers of the types are e820's. */
static void add_range(struct told *told, const unsigned char *entry)
{
	if (told->map_count == MAP_MAX)
		refuse("the memory map is too long", 0);
	told->map[told->map_count++] = (struct bzb_memory_range){
		load64(entry), load64(entry + 8), load32(entry + 16),
	};
}

static void read_multiboot1(const unsigned char *info, struct told *told)
{
	uint32_t flags = load32(info + MB1_FLAGS);
	const unsigned char *at, *end;

	if (flags & MB1_HAS_CMDLINE)
		set_cmdline(told, pointer(load32(info + MB1_CMDLINE)));
	if (flags & MB1_HAS_MODULES) {
		at = pointer(load32(info + MB1_MODULES));
		for (uint32_t i = load32(info + MB1_MODULE_COUNT); i; i--, at += MB1_MODULE_SIZE)
			add_module(told, load32(at), load32(at + 4));
	}
	if (flags & MB1_HAS_MAP) {
		at = pointer(load32(info + MB1_MAP));
		end = at + load32(info + MB1_MAP_SIZE);
		/* The size of an entry does not count itself. */
		for (; at < end; at += 4 + load32(at))
			add_range(told, at + 4);
	}
}

static void read_map_tag(const unsigned char *tag, struct told *told)
{
	uint32_t size = load32(tag + 4), entry_size = load32(tag + 8);

	for (uint32_t at = 16; at + entry_size <= size; at += entry_size)
		add_range(told, tag + at);
}

static void read_multiboot2(const unsigned char *info, struct told *told)
{
	const unsigned char *tag;

	for (tag = info + 8; load32(tag) != MB2_TAG_END;
	     tag += bzb_align_up(load32(tag + 4), 8)) {
		switch (load32(tag)) {
		case MB2_TAG_CMDLINE:
			set_cmdline(told, tag + 8);
			break;
		case MB2_TAG_MODULE:
			add_module(told, load32(tag + 8), load32(tag + 12));
			break;
		case MB2_TAG_MAP:
			read_map_tag(tag, told);
			break;
		}
	}
}

void multiboot_read(uint32_t magic, const unsigned char *info, struct told *ret)
{
	*ret = (struct told){ .cmdline = "" };
	switch (magic) {
	case MB1_MAGIC:
		read_multiboot1(info, ret);
		break;
	case MB2_MAGIC:
		read_multiboot2(info, ret);
		break;
	default:
		refuse("not loaded by Multiboot", 0);
	}
	if (!ret->map_count || !ret->module_count)
		refuse("no memory map, or no image", 0);
}
