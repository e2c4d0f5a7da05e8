/* SPDX-License-Identifier: BSD-2-Clause */
/* The x86/HVM direct boot ABI, PVH: Xen, docs/misc/pvh.pandoc. */
#include "embed.h"

/* Xen, include/public/arch-x86/hvm/start_info.h: hvm_start_info, the structures that it points to,
 * and the offsets of their fields */
enum {
	INFO_MAGIC = 0,
	INFO_VERSION = 4,
	INFO_MODULE_COUNT = 12,
	INFO_MODULES = 16,
	INFO_CMDLINE = 24,
	INFO_RSDP = 32,
	INFO_MAP = 40,
	INFO_MAP_COUNT = 48,
	MODULE_ADDR = 0,
	MODULE_SIZE = 8,
	MODULE_ENTRY_SIZE = 32,
	MAP_ENTRY_SIZE = 24,
};

/* The bytes at an address of the start_info, if it is mapped */
static const unsigned char *at_address(uint64_t addr, uint64_t size, const char *otherwise)
{
	if (!addr || addr > MAPPED || size > MAPPED - addr)
		refuse(otherwise, 0);
	return (const unsigned char *)(uintptr_t)addr;
}

static void read_modules(const unsigned char *info, struct told *told)
{
	uint64_t size = (uint64_t)load32(info + INFO_MODULE_COUNT) * MODULE_ENTRY_SIZE;
	const unsigned char *list;

	if (!size)
		return;
	list = at_address(load64(info + INFO_MODULES), size,
			  "start_info: the list of modules is not below 4 GiB");
	for (uint64_t at = 0; at < size; at += MODULE_ENTRY_SIZE) {
		uint64_t addr = load64(list + at + MODULE_ADDR);
		uint64_t module_size = load64(list + at + MODULE_SIZE);

		at_address(addr, module_size, "start_info: a module is not below 4 GiB");
		told_module(told, addr, module_size);
	}
}

static void read_map(const unsigned char *info, struct told *told)
{
	uint64_t size = (uint64_t)load32(info + INFO_MAP_COUNT) * MAP_ENTRY_SIZE;
	const unsigned char *map;

	if (!size)
		return;
	map = at_address(load64(info + INFO_MAP), size,
			 "start_info: the memory map is not below 4 GiB");
	for (uint64_t at = 0; at < size; at += MAP_ENTRY_SIZE)
		told_range(told, map + at);
}

void pvh_read(const unsigned char *info, struct told *ret)
{
	uint64_t cmdline;

	*ret = (struct told){ .cmdline = "" };
	if (load32(info + INFO_MAGIC) != PVH_MAGIC)
		refuse("start_info: another magic number", 0);
	if (!load32(info + INFO_VERSION))
		refuse("start_info: version 0, which has no memory map", 0);
	cmdline = load64(info + INFO_CMDLINE);
	if (cmdline)
		told_cmdline(ret, at_address(cmdline, CMDLINE_ROOM,
					     "start_info: the command line is not below 4 GiB"));
	read_modules(info, ret);
	read_map(info, ret);
	ret->rsdp = load64(info + INFO_RSDP);
}
