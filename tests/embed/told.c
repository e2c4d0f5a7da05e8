/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies of the loader's facts, because the originals are overwritten once memory is used */
#include "embed.h"

static char cmdline[CMDLINE_ROOM];

uint32_t load32(const unsigned char *at)
{
	bzb_le32 v;

	memcpy(&v, at, sizeof(v));
	return bzb_ld32(v);
}

uint64_t load64(const unsigned char *at)
{
	return load32(at) | (uint64_t)load32(at + 4) << 32;
}

void told_cmdline(struct told *told, const unsigned char *text)
{
	size_t size = 0;

	while (text[size])
		if (++size == sizeof(cmdline))
			refuse("the command line is too long", 0);
	memcpy(cmdline, text, size + 1);
	told->cmdline = cmdline;
}

void told_module(struct told *told, uint64_t addr, uint64_t size)
{
	if (told->module_count == MODULES_MAX)
		refuse("more than two modules", 0);
	told->modules[told->module_count++] = (struct bzb_range){ addr, size };
}

void told_range(struct told *told, const unsigned char *entry)
{
	if (told->map_count == MAP_MAX)
		refuse("the memory map is too long", 0);
	told->map[told->map_count++] = (struct bzb_memory_range){
		load64(entry),
		load64(entry + 8),
		load32(entry + 16),
	};
}
