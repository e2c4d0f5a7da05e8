/* SPDX-License-Identifier: BSD-2-Clause */
#include "embed.h"

/* Multiboot Specification 0.6.96, 3.3 "Boot information format" */
enum {
	MB1_MAGIC = 0x2badb002,
	MB1_FLAGS = 0,
	MB1_CMDLINE = 16,
	MB1_MODULE_COUNT = 20,
	MB1_MODULES = 24,
	MB1_MAP_SIZE = 44,
	MB1_MAP = 48,
	MB1_HAS_CMDLINE = 1 << 2,
	MB1_HAS_MODULES = 1 << 3,
	MB1_HAS_MAP = 1 << 6,
	MB1_MODULE_SIZE = 16,
};

/* Multiboot2 Specification 2.0, 3.6 "Boot information format" */
enum {
	MB2_MAGIC = 0x36d76289,
	MB2_TAG_END = 0,
	MB2_TAG_CMDLINE = 1,
	MB2_TAG_MODULE = 3,
	MB2_TAG_MAP = 6,
};

static const unsigned char *pointer(uint32_t addr)
{
	return (const unsigned char *)(uintptr_t)addr;
}

static void add_module(struct told *told, uint32_t start, uint32_t end)
{
	told_module(told, start, end - start);
}

static void read_multiboot1(const unsigned char *info, struct told *told)
{
	uint32_t flags = load32(info + MB1_FLAGS);
	const unsigned char *at, *end;

	if (flags & MB1_HAS_CMDLINE)
		told_cmdline(told, pointer(load32(info + MB1_CMDLINE)));
	if (flags & MB1_HAS_MODULES) {
		at = pointer(load32(info + MB1_MODULES));
		for (uint32_t i = load32(info + MB1_MODULE_COUNT); i; i--, at += MB1_MODULE_SIZE)
			add_module(told, load32(at), load32(at + 4));
	}
	if (flags & MB1_HAS_MAP) {
		at = pointer(load32(info + MB1_MAP));
		end = at + load32(info + MB1_MAP_SIZE);
		/* The size of an entry does not include itself. */
		for (; at < end; at += 4 + load32(at))
			told_range(told, at + 4);
	}
}

static void read_map_tag(const unsigned char *tag, struct told *told)
{
	uint32_t size = load32(tag + 4), entry_size = load32(tag + 8);

	for (uint32_t at = 16; at + entry_size <= size; at += entry_size)
		told_range(told, tag + at);
}

static void read_multiboot2(const unsigned char *info, struct told *told)
{
	const unsigned char *tag;

	for (tag = info + 8; load32(tag) != MB2_TAG_END; tag += bzb_align_up(load32(tag + 4), 8)) {
		switch (load32(tag)) {
		case MB2_TAG_CMDLINE:
			told_cmdline(told, tag + 8);
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
		refuse("loaded neither by Multiboot nor by PVH", 0);
	}
}
