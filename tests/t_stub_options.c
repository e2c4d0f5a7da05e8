/* SPDX-License-Identifier: BSD-2-Clause */
/* What the stub reads from a command line: stub/options.h */
#include "test.h"

#include "../stub/options.h"

static const struct row {
	const char *cmdline;
	bool nokaslr, fixed_memory;
} rows[] = {
	{ "", false, false },
	{ "nokaslr", true, false },
	{ "console=ttyS0 nokaslr quiet", true, false },
	{ "nokaslr=1", false, false },
	{ "xnokaslr", false, false },
	{ "nokaslrx", false, false },
	{ "mem=512M", false, true },
	{ "  memmap=1M!2G  nokaslr", true, true },
	{ "hugepages=64", false, true },
	{ "iomem=relaxed", false, false },
	{ "mem", false, false },
	{ "init=/bin/sh -- nokaslr mem=1", false, false },
	{ "a=\"b nokaslr c\" mem=1", false, true },
	{ "a=\"never closed nokaslr", false, false },
};

static void reads_words(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct options options = options_parse(rows[i].cmdline);

		test_state.subject = rows[i].cmdline;
		CHECK_EQ(rows[i].nokaslr, options.nokaslr);
		CHECK_EQ(rows[i].fixed_memory, options.fixed_memory);
	}
}

#define MIB 0x100000ull

static const struct {
	const char *cmdline;
	uint64_t limit;
} limits[] = {
	{ "mem=512M", 512 * MIB },
	{ "mem=0x20000000", 512 * MIB },
	{ "mem=04000000k", 1024 * MIB },
	{ "mem=2g mem=1G mem=3G", 1024 * MIB },
	{ "memmap=64M", 64 * MIB },
	{ "memmap=64M$1G", UINT64_MAX },
	{ "mem=nopentium", UINT64_MAX },
	{ "mem=0", UINT64_MAX },
	{ "mem=", UINT64_MAX },
};

static void reads_limits(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		test_state.subject = limits[i].cmdline;
		CHECK_EQ(limits[i].limit, options_parse(limits[i].cmdline).memory_limit);
	}
}

static const struct {
	const char *cmdline;
	unsigned int port, baud;
} consoles[] = {
	{ "console=tty0", 0, 0 },
	{ "console=ttyS0", 0x3f8, 0 },
	{ "console=tty0 console=ttyS1,115200n8", 0x2f8, 115200 },
	{ "console=ttyS9", 0, 0 },
	{ "console=uart8250,io,0x3e8,57600", 0x3e8, 57600 },
	{ "console=uart,io,0x2e8", 0x2e8, 0 },
	{ "console=uart8250,mmio32,0xfe000000", 0, 0 },
	{ "console=hvc0", 0, 0 },
	{ "console=", 0, 0 },
	{ "earlyprintk=vga", 0, 0 },
	{ "earlyprintk=serial", 0x3f8, 0 },
	{ "earlyprintk=serial,ttyS1,9600", 0x2f8, 9600 },
	{ "earlyprintk=serial,0x3e8,38400", 0x3e8, 38400 },
	{ "earlyprintk=ttyS0,115200,keep", 0x3f8, 115200 },
	{ "earlyprintk=serial,99999999", 0, 0 },
};

static void reads_consoles(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(consoles); i++) {
		struct options options = options_parse(consoles[i].cmdline);

		test_state.subject = consoles[i].cmdline;
		CHECK_EQ(consoles[i].port, options.serial_port);
		CHECK_EQ(consoles[i].baud, options.serial_baud);
	}
}

static const struct {
	const char *cmdline;
	struct bzb_range ranges[3];	/* up to a size of 0 */
} reserved[] = {
	{ "", { { 0 } } },
	{ "memmap=64M$16M", { { 16 * MIB, 64 * MIB } } },
	{ "memmap=64M#16M,1M!2G quiet memmap=0x1000$0x9f000",
	  { { 16 * MIB, 64 * MIB }, { 2048 * MIB, MIB }, { 0x9f000, 0x1000 } } },
	{ "memmap=exactmap memmap=640K@0 memmap=64M$1G", { { 1024 * MIB, 64 * MIB } } },
	{ "memmap=64M memmap=$1G memmap=1M$ memmap=0$1M memmap=,,, memmap", { { 0 } } },
	{ "xmemmap=1M$1M -- memmap=1M$1M", { { 0 } } },
};

static void walks_reserved_memory(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++) {
		struct bzb_range range;
		size_t position = 0, n = 0;

		test_state.subject = reserved[i].cmdline;
		while (options_next_reserved(reserved[i].cmdline, &position, &range)) {
			CHECK(n < ARRAY_SIZE(reserved[i].ranges));
			CHECK_EQ(reserved[i].ranges[n].addr, range.addr);
			CHECK_EQ(reserved[i].ranges[n].size, range.size);
			n++;
		}
		CHECK(n == 3 || !reserved[i].ranges[n].size);
	}
}

static void walks_initrds(void)
{
	static const char cmdline[] =
		"initrd=\\a.img quiet initrd= xinitrd=b initrd=c/d,e -- initrd=f";
	static const char *const paths[] = { "\\a.img", "c/d,e" };
	size_t position = 0, n = 0;
	struct text path;

	while (options_next_initrd(cmdline, &position, &path)) {
		CHECK(n < ARRAY_SIZE(paths));
		CHECK_TEXT(paths[n], ((struct bzb_span){ (const unsigned char *)path.at,
							 path.size }));
		n++;
	}
	CHECK_EQ(ARRAY_SIZE(paths), n);
}

static const struct test tests[] = {
	{ "whole words count, quoted ones and those for init do not", reads_words },
	{ "the end of memory is the lowest that is said", reads_limits },
	{ "the serial port and its speed", reads_consoles },
	{ "all that memmap= takes away", walks_reserved_memory },
	{ "all files that initrd= names", walks_initrds },
};

int main(void)
{
	return RUN_TESTS(tests);
}
