/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/embed/pvh.c reads a PVH start_info, and refuses junk before using it. */
#include "embed/embed.h"
#include "test.h"

#include <sys/mman.h>

#define ROOM 0x10000u

/* Offsets in the memory below 4 GiB that stands for the machine's */
enum { INFO = 0, MODULES = 0x100, MAP = 0x1000, CMDLINE = 0x8000 };

/* Offsets in hvm_start_info: Xen, include/public/arch-x86/hvm/start_info.h */
enum {
	MAGIC = 0,
	VERSION = 4,
	MODULE_COUNT = 12,
	MODULES_ADDR = 16,
	CMDLINE_ADDR = 24,
	RSDP = 32,
	MAP_ADDR = 40,
	MAP_COUNT = 48,
};

static unsigned char *memory;
static jmp_buf refused;
static const char *refusal;
static struct told told;

_Noreturn void refuse(const char *what, int err)
{
	(void)err;
	refusal = what;
	longjmp(refused, 1);
}

/* QEMU's start_info: a module, a command line, two ranges, the RSDP */
static void make_info(void)
{
	uint64_t base = (uintptr_t)memory;

	memset(memory, 0, ROOM);
	put(memory, MAGIC, 4, 0x336ec578);
	put(memory, VERSION, 4, 1);
	put(memory, MODULE_COUNT, 4, 1);
	put(memory, MODULES_ADDR, 8, base + MODULES);
	put(memory, CMDLINE_ADDR, 8, base + CMDLINE);
	put(memory, RSDP, 8, 0xf59d0);
	put(memory, MAP_ADDR, 8, base + MAP);
	put(memory, MAP_COUNT, 4, 2);
	put(memory, MODULES, 8, 0x1f000000);
	put(memory, MODULES + 8, 8, 0xabcdef);
	put(memory, MODULES + 32, 8, 0x2f000000); /* more, beyond the count */
	put(memory, MODULES + 64, 8, 0x3f000000);
	put(memory, MAP, 8, 0);
	put(memory, MAP + 8, 8, 0x9fc00);
	put(memory, MAP + 16, 4, BZB_E820_RAM);
	put(memory, MAP + 24, 8, 0x123450000);
	put(memory, MAP + 32, 8, 0x100000000);
	put(memory, MAP + 40, 4, BZB_E820_PMEM);
	memcpy(memory + CMDLINE, "-- quiet", 9);
}

/* NULL, or the reason why it is refused */
static const char *read_info(void)
{
	refusal = NULL;
	if (!setjmp(refused))
		pvh_read(memory + INFO, &told);
	return refusal;
}

static void reads_qemus_start_info(void)
{
	make_info();
	CHECK(!read_info());
	CHECK_EQ(1, told.module_count);
	CHECK_EQ(0x1f000000, told.modules[0].addr);
	CHECK_EQ(0xabcdef, told.modules[0].size);
	CHECK_EQ(2, told.map_count);
	CHECK_EQ(0x9fc00, told.map[0].size);
	CHECK_EQ(BZB_E820_RAM, told.map[0].type);
	CHECK_EQ(0x123450000, told.map[1].addr);
	CHECK_EQ(0x100000000, told.map[1].size);
	CHECK_EQ(BZB_E820_PMEM, told.map[1].type);
	CHECK_EQ(0xf59d0, told.rsdp);
	CHECK(!strcmp("-- quiet", told.cmdline));
}

/* The memory belongs to the kernel afterwards. */
static void keeps_nothing_of_it(void)
{
	make_info();
	CHECK(!read_info());
	memset(memory, 0xee, ROOM);
	CHECK(!strcmp("-- quiet", told.cmdline));
}

/* Without a command line, modules and a map, which main.c refuses if it needs them */
static void takes_an_almost_empty_one(void)
{
	make_info();
	memset(memory + MODULE_COUNT, 0, MAP_COUNT + 4 - MODULE_COUNT);
	CHECK(!read_info());
	CHECK(!strcmp("", told.cmdline));
	CHECK_EQ(0, told.module_count + told.map_count + told.rsdp);
}

static void takes_newer_versions(void)
{
	make_info();
	put(memory, VERSION, 4, 2);
	CHECK(!read_info());
	CHECK_EQ(2, told.map_count);
}

static void refuses_junk(void)
{
	static const struct {
		unsigned int offset, width;
		uint64_t value;
		const char *why;
	} junk[] = {
		{ MAGIC, 4, 0x2badb002, "start_info: another magic number" },
		{ MAGIC, 4, 0, "start_info: another magic number" },
		{ VERSION, 4, 0, "start_info: version 0, which has no memory map" },
		{ MODULE_COUNT, 4, 3, "more than two modules" },
		{ MODULE_COUNT, 4, 0xffffffff,
		  "start_info: the list of modules is not below 4 GiB" },
		{ MODULES_ADDR, 8, 0, "start_info: the list of modules is not below 4 GiB" },
		{ MODULES_ADDR, 8, 0xffffffe1,
		  "start_info: the list of modules is not below 4 GiB" },
		{ MODULES_ADDR, 8, -32ull, "start_info: the list of modules is not below 4 GiB" },
		{ MODULES, 8, 0x100000000 - 0xabcdee, "start_info: a module is not below 4 GiB" },
		{ MODULES, 8, 0, "start_info: a module is not below 4 GiB" },
		{ MODULES + 8, 8, 0xe1000001, "start_info: a module is not below 4 GiB" },
		{ MODULES + 8, 8, -1ull, "start_info: a module is not below 4 GiB" },
		{ CMDLINE_ADDR, 8, 0x100000000, "start_info: the command line is not below 4 GiB" },
		{ CMDLINE_ADDR, 8, 0xfffffff0, "start_info: the command line is not below 4 GiB" },
		{ MAP_ADDR, 8, 0, "start_info: the memory map is not below 4 GiB" },
		{ MAP_ADDR, 8, 0x100000000 - 47, "start_info: the memory map is not below 4 GiB" },
		{ MAP_COUNT, 4, MAP_MAX + 1, "the memory map is too long" },
		{ MAP_COUNT, 4, 0xffffffff, "start_info: the memory map is not below 4 GiB" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(junk); i++) {
		const char *why;

		make_info();
		put(memory + junk[i].offset, 0, junk[i].width, junk[i].value);
		why = read_info();
		if (!why || strcmp(junk[i].why, why))
			FAIL("%#" PRIx64 " at %#x: %s", junk[i].value, junk[i].offset,
			     why ? why : "taken");
	}
}

static void refuses_a_command_line_without_end(void)
{
	make_info();
	memset(memory + CMDLINE, 'x', CMDLINE_ROOM);
	CHECK(read_info());
	CHECK(!strcmp("the command line is too long", refusal));
	memory[CMDLINE + CMDLINE_ROOM - 1] = '\0';
	CHECK(!read_info());
	CHECK_EQ(CMDLINE_ROOM - 1, strlen(told.cmdline));
}

static const struct test tests[] = {
	{ "QEMU's start_info is read", reads_qemus_start_info },
	{ "its memory is not needed afterwards", keeps_nothing_of_it },
	{ "an almost empty one is accepted", takes_an_almost_empty_one },
	{ "a newer version is accepted", takes_newer_versions },
	{ "junk is refused, each for its defect", refuses_junk },
	{ "a command line without its NUL is refused", refuses_a_command_line_without_end },
};

int main(void)
{
	memory = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT,
		      -1, 0);
	if (memory == MAP_FAILED)
		return 2;
	return RUN_TESTS(tests);
}
