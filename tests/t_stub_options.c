/* SPDX-License-Identifier: BSD-2-Clause */
/* The options that the stub reads from a command line: stub/options.h */
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
	{ "efi_fake_mem=2G@4G:0x10000", false, true },
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

static const struct {
	const char *cmdline;
	bool no5lvl, nosoftreserve;
} firmware_rows[] = {
	{ "quiet no5lvl", true, false },
	{ "no5lvl=1 efi=nosoftreserves", false, false },
	{ "efi=nosoftreserve", false, true },
	{ "efi=debug,nosoftreserve,novamap no5lvl", true, true },
	{ "efi=,nosoftreserve", false, true },
	{ "efi=nochunk,xnosoftreserve efi=", false, false },
	{ "-- no5lvl efi=nosoftreserve", false, false },
};

static void reads_memory_options(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(firmware_rows); i++) {
		struct options options = options_parse(firmware_rows[i].cmdline);

		test_state.subject = firmware_rows[i].cmdline;
		CHECK_EQ(firmware_rows[i].no5lvl, options.no5lvl);
		CHECK_EQ(firmware_rows[i].nosoftreserve, options.nosoftreserve);
	}
}

#define MIB 0x100000ull

static const struct {
	const char *cmdline;
	uint64_t limit;
} limits[] = {
	/* clang-format off */
	{ "mem=512M", 512 * MIB },
	{ "mem=0x20000000", 512 * MIB },
	{ "mem=04000000k", 1024 * MIB },
	{ "mem=2g mem=1G mem=3G", 1024 * MIB },
	{ "memmap=64M", 64 * MIB },
	{ "memmap=64M$1G", UINT64_MAX },
	{ "mem=nopentium", UINT64_MAX },
	{ "mem=0", UINT64_MAX },
	{ "mem=", UINT64_MAX },
	/* clang-format on */
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
	struct bzb_range ranges[3]; /* ends with size 0 */
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
		CHECK_TEXT(paths[n],
			   ((struct bzb_span){ (const unsigned char *)path.at, path.size }));
		n++;
	}
	CHECK_EQ(ARRAY_SIZE(paths), n);
}

static const struct {
	const char *cmdline;
	struct options expected; /* except the options in other tables */
} flags[] = {
	{ "quiet", { .quiet = true } },
	{ "bzboot.debug noinitrd", { .debug = true, .noinitrd = true } },
	{ "efi=debug", { .debug = true } },
	{ "efi=nochunk,nosoftreserve", { .nochunk = true, .nosoftreserve = true } },
	{ "efi=noruntime,novamap,xnochunk,nochunkx,,", { 0 } },
	{ "efi=disable_early_pci_dma", { .stop_dma = true } },
	{ "efi=disable_early_pci_dma efi=no_disable_early_pci_dma", { 0 } },
	{ "quiet=1 xefi=debug efi efi= -- quiet", { 0 } },
};

static void reads_flags(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		const struct options *expected = &flags[i].expected;
		struct options options = options_parse(flags[i].cmdline);

		test_state.subject = flags[i].cmdline;
		CHECK_EQ(expected->quiet, options.quiet);
		CHECK_EQ(expected->debug, options.debug);
		CHECK_EQ(expected->noinitrd, options.noinitrd);
		CHECK_EQ(expected->nochunk, options.nochunk);
		CHECK_EQ(expected->nosoftreserve, options.nosoftreserve);
		CHECK_EQ(expected->stop_dma, options.stop_dma);
	}
}

static const struct {
	const char *cmdline;
	bool encrypt;
} encryption_rows[] = {
	{ "quiet", false },
	{ "mem_encrypt=on", true },
	{ "mem_encrypt=off", false },
	{ "mem_encrypt", false },
	{ "mem_encrypt=", false },
	{ "mem_encrypt=on mem_encrypt=off", false },
	{ "mem_encrypt=off mem_encrypt=on", true },
	{ "mem_encrypt=on mem_encrypt=active", true },
	{ "mem_encrypt=on mem_encrypt=onx", true },
	{ "mem_encrypt=x,on", true },
	{ "mem_encrypt=off,on", true },
	{ "mem_encrypt=onx,xon", false },
	{ "xmem_encrypt=on mem_encryptx=on", false },
	{ "-- mem_encrypt=on", false },
	{ "mem_encrypt=on -- mem_encrypt=off", true },
};

/* Linux, drivers/firmware/efi/libstub/efi-stub-helper.c, efi_parse_options() */
static void reads_mem_encrypt(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(encryption_rows); i++) {
		test_state.subject = encryption_rows[i].cmdline;
		CHECK_EQ(encryption_rows[i].encrypt,
			 options_parse(encryption_rows[i].cmdline).encrypt);
	}
}

/* Linux, kernel/smp.c: 0 and 1 both mean only this processor. */
static const struct {
	const char *cmdline;
	bool nosmp;
	uint32_t others_max;
} processors[] = {
	{ "quiet", false, UINT32_MAX },
	{ "nosmp", true, UINT32_MAX },
	{ "nosmp=1 xnosmp nosmpx", false, UINT32_MAX },
	{ "maxcpus=1", false, 0 },
	{ "maxcpus=0", false, 0 },
	{ "maxcpus=8", false, 7 },
	{ "maxcpus=0x10", false, 15 },
	{ "maxcpus=010", false, 7 },
	{ "maxcpus=2,3", false, 1 },
	{ "bzboot.processors=1", false, 0 },
	{ "bzboot.processors=0", false, 0 },
	{ "bzboot.processors=4294967295", false, UINT32_MAX - 1 },
	{ "bzboot.processors=4294967296", false, UINT32_MAX },
	{ "maxcpus=4 bzboot.processors=2", false, 1 },
	{ "maxcpus=4 bzboot.processors=8", false, 3 },
	{ "maxcpus=2 maxcpus=4", false, 1 },
	{ "maxcpus maxcpus= maxcpus=x maxcpus=-1 bzboot.processors", false, UINT32_MAX },
	{ "xmaxcpus=1 -- nosmp maxcpus=1 bzboot.processors=1", false, UINT32_MAX },
};

static void reads_processors(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(processors); i++) {
		struct options options = options_parse(processors[i].cmdline);

		test_state.subject = processors[i].cmdline;
		CHECK_EQ(processors[i].nosmp, options.nosmp);
		CHECK_EQ(processors[i].others_max, options.others_max);
	}
}

#define ZEROS_62 "00000000000000000000000000000000000000000000000000000000000000"

/* A number of at most 64 hexadecimal digits; the last valid one applies. */
static const struct {
	const char *cmdline;
	bool noshuffle, has_seed;
	unsigned char first, before_last, last; /* bytes of the seed; the others are 0 */
} shuffles[] = {
	{ "quiet", false, false, 0, 0, 0 },
	{ "noshuffle", true, false, 0, 0, 0 },
	{ "noshuffle=1 xnoshuffle noshufflex", false, false, 0, 0, 0 },
	{ "bzboot.seed=5", false, true, 0, 0, 5 },
	{ "bzboot.seed=0", false, true, 0, 0, 0 },
	{ "bzboot.seed=1aF", false, true, 0, 1, 0xaf },
	{ "bzboot.seed=0201 noshuffle", true, true, 0, 2, 1 },
	{ "bzboot.seed=a" ZEROS_62 "1", false, true, 0xa0, 0, 1 },
	{ "bzboot.seed=a0" ZEROS_62 "1", false, false, 0, 0, 0 },
	{ "bzboot.seed=00" ZEROS_62 "1", false, false, 0, 0, 0 },
	{ "bzboot.seed bzboot.seed= bzboot.seed=0x5 bzboot.seed=5g bzboot.seed=-1", false, false, 0,
	  0, 0 },
	{ "bzboot.seed=5, xbzboot.seed=5 bzboot.seeds=5 -- bzboot.seed=5 noshuffle", false, false,
	  0, 0, 0 },
	{ "bzboot.seed=300 bzboot.seed=5", false, true, 0, 0, 5 },
	{ "bzboot.seed=5 bzboot.seed=300 bzboot.seed=x", false, true, 0, 3, 0 },
};

static void reads_shuffles(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(shuffles); i++) {
		const struct options options = options_parse(shuffles[i].cmdline);
		const unsigned char expected[BZB_SHUFFLE_SEED_SIZE] = {
			[0] = shuffles[i].first,
			[30] = shuffles[i].before_last,
			[31] = shuffles[i].last,
		};

		test_state.subject = shuffles[i].cmdline;
		CHECK_EQ(shuffles[i].noshuffle, options.noshuffle);
		CHECK_EQ(shuffles[i].has_seed, options.has_seed);
		CHECK_BYTES(expected, options.seed, sizeof(expected));
	}
}

/* Linux, Documentation/fb/efifb.rst */
static const struct {
	const char *cmdline;
	struct video_wish wish;
} videos[] = {
	{ "video=efifb:auto", { .choice = VIDEO_AUTO } },
	{ "video=efifb:list", { .choice = VIDEO_LIST } },
	{ "video=efifb:mode=12", { .choice = VIDEO_MODE, .mode = 12 } },
	{ "video=efifb:1024x768", { .choice = VIDEO_SIZE, .width = 1024, .height = 768 } },
	{ "video=efifb:1024x768-32",
	  { .choice = VIDEO_SIZE, .width = 1024, .height = 768, .depth = 32 } },
	{ "video=efifb:800x600-bgr,",
	  { .choice = VIDEO_SIZE, .width = 800, .height = 600, .order = VIDEO_BGR } },
	{ "video=efifb:nowc,800x600-rgb",
	  { .choice = VIDEO_SIZE, .width = 800, .height = 600, .order = VIDEO_RGB } },
	{ "video=efifb:auto,mode=3", { .choice = VIDEO_MODE, .mode = 3 } },
	{ "video=efifb:list video=efifb:auto", { .choice = VIDEO_AUTO } },
	{ "video=efifb:", { 0 } },
	{ "video=efifb:mode=,mode=x,mode=3x,autox,1024,1024x,x768,8x6-,8x6-rgbx", { 0 } },
	{ "video=efifb:mode=4294967296", { 0 } },
	{ "video=HDMI-1:1024x768 video=1024x768", { 0 } },
};

static void reads_video(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(videos); i++) {
		const struct video_wish *expected = &videos[i].wish;
		struct video_wish wish = options_parse(videos[i].cmdline).video;

		test_state.subject = videos[i].cmdline;
		CHECK_EQ(expected->choice, wish.choice);
		CHECK_EQ(expected->mode, wish.mode);
		CHECK_EQ(expected->width, wish.width);
		CHECK_EQ(expected->height, wish.height);
		CHECK_EQ(expected->depth, wish.depth);
		CHECK_EQ(expected->order, wish.order);
	}
}

static const struct test tests[] = {
	{ "options for the stub alone", reads_flags },
	{ "the number of processors", reads_processors },
	{ "noshuffle, bzboot.seed=", reads_shuffles },
	{ "the mode of the screen", reads_video },
	{ "whole words count, quoted ones and those for init do not", reads_words },
	{ "no5lvl, efi=nosoftreserve", reads_memory_options },
	{ "mem_encrypt=", reads_mem_encrypt },
	{ "the end of memory is the lowest given", reads_limits },
	{ "the serial port and its speed", reads_consoles },
	{ "all memory that memmap= removes", walks_reserved_memory },
	{ "all files that initrd= names", walks_initrds },
};

int main(void)
{
	return RUN_TESTS(tests);
}
