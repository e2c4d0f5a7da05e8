/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel that checks what it gets, reports on COM1, and ends QEMU. It is entered
 * like Linux, runs at any address, and trusts nothing. Every check returns a
 * sentence with the error, or NULL.
 */
#include "boot_params.h"
#include "console.h"
#include "firmware.h"
#include "given.h"
#include "layout.h"
#include "memory.h"
#include "paging.h"

#define LOAD_ALIGNMENT 0x200000
#define CMDLINE_MAX 2048
#define FLAG_INTERRUPT 0x200
#define FLAG_DIRECTION 0x400
#define FLAGS_OF_OTHERS 0x44100	/* trap, nested task, alignment check */
#define DEBUG_EXIT_PORT 0xf4

/* Hidden, so that they are accessed without a table of addresses. */
#pragma GCC visibility push(hidden)
/* testkernel.lds.S */
extern const unsigned char text_first[], text_last[], data_first[], data_last[];
extern const unsigned char percpu_first[], percpu_last[];
extern const unsigned char bss_first[], bss_end[], percpu_bss_first[], kernel_end[];
/* entry.S */
extern const unsigned char data_pattern[];
#pragma GCC visibility pop

static uint64_t address_of(const void *at)
{
	return (uintptr_t)at;
}

static bool all_zero(const unsigned char *at, const unsigned char *end)
{
	while (at < end && !*at)
		at++;
	return at == end;
}

static const char *check_bss(void)
{
	if (!all_zero(bss_first, bss_end))
		return "bss between segments is not all zero";
	return all_zero(percpu_bss_first, kernel_end) ? NULL : "bss at the end is not all zero";
}

static const char *check_flags(uint64_t flags)
{
	if (flags & FLAG_INTERRUPT)
		return "interrupts are on";
	if (flags & FLAG_DIRECTION)
		return "the direction flag is set";
	if (flags & FLAGS_OF_OTHERS)
		return "a flag of the loader's is set";
	return NULL;
}

static const char *check_load(void)
{
	uint64_t here = address_of(text_first);

	return (here - LINK_ADDRESS) % LOAD_ALIGNMENT ?
		       "not a multiple of 2 MiB away from the link address" :
		       NULL;
}

static bool has_pattern(const unsigned char *at)
{
	for (uint32_t i = 0; i < PATTERN_WORDS; i++)
		if (load(at + 4 * i, 4) != (uint32_t)(i * PATTERN_STEP))
			return false;
	return true;
}

static bool has_ends(const unsigned char *first, const unsigned char *last, uint64_t number)
{
	return load(first, 8) == SEGMENT_FIRST + number && load(last, 8) == SEGMENT_LAST + number;
}

static const char *check_segments(void)
{
	if (!has_ends(text_first, text_last, 1))
		return "the text segment is not in its place";
	if (!has_ends(data_first, data_last, 2))
		return "the data segment is not in its place";
	if (!has_ends(percpu_first, percpu_last, 3))
		return "the per-CPU segment is not in its place";
	if (!has_pattern(data_pattern) || !has_pattern(percpu_first + 8))
		return "a segment has wrong bytes in its middle";
	return NULL;
}

static bool is_efi(const unsigned char *bp)
{
	return load(bp + BP_EFI_LOADER_SIGNATURE, 4) == 0x34364c45; /* "EL64" */
}

static const char *check_setup_header(const unsigned char *bp)
{
	if (load(bp + BP_BOOT_FLAG, 2) != 0xaa55)
		return "no boot flag";
	if (load(bp + BP_HEADER, 4) != 0x53726448)
		return "no HdrS";
	if (load(bp + BP_VERSION, 2) < 0x20c)
		return "a boot protocol without 64-bit entry";
	return load(bp + BP_LOADFLAGS, 1) & 1 ? NULL : "not loaded high";
}

static const char *check_header(const unsigned char *bp)
{
	if (address_of(bp) % BP_SIZE)
		return "boot_params is not a page";
	if (load(bp + BP_SENTINEL, 1))
		return "the sentinel is set, so Linux would clear half of boot_params";
	if (!load(bp + BP_TYPE_OF_LOADER, 1))
		return "no type of loader";
	/* coreboot fills in fields of the setup header without its magic number. */
	if (!is_efi(bp) && !load(bp + BP_HEADER, 4))
		return NULL;
	return check_setup_header(bp);
}

static const char *check_cmdline(const unsigned char *bp)
{
	uint64_t address = load_halves(bp, BP_CMD_LINE_PTR, BP_EXT_CMD_LINE_PTR);
	const unsigned char *text = memory_at(address);
	unsigned int length = 0;

	if (!address)
		return "missing";
	while (length < CMDLINE_MAX && text[length])
		length++;
	if (length == CMDLINE_MAX)
		return "not terminated";
	add_place("cmdline_address", address, length + 1);
	report_text("cmdline", (const char *)text);
	return NULL;
}

static uint32_t crc32_of_byte(uint32_t byte)
{
	for (unsigned int bit = 0; bit < 8; bit++)
		byte = byte >> 1 ^ (byte & 1 ? 0xedb88320 : 0);
	return byte;
}

/* CRC-32 of gzip and zip */
static uint32_t crc32(const unsigned char *at, uint64_t size)
{
	static uint32_t table[256];
	uint32_t crc = ~0u;

	for (uint32_t byte = 0; byte < 256; byte++)
		table[byte] = crc32_of_byte(byte);
	while (size--)
		crc = crc >> 8 ^ table[(crc ^ *at++) & 0xff];
	return ~crc;
}

static void report_initrd(const unsigned char *bp)
{
	uint64_t address = load_halves(bp, BP_RAMDISK_IMAGE, BP_EXT_RAMDISK_IMAGE);
	uint64_t size = load_halves(bp, BP_RAMDISK_SIZE, BP_EXT_RAMDISK_SIZE);

	report_number("initrd_size", size);
	if (!size)
		return;
	add_place("initrd_address", address, size);
	report_hex("initrd_crc32", crc32(memory_at(address), size));
}

static const char *check_system_table(const unsigned char *bp)
{
	const unsigned char *systab = memory_at(load_halves(bp, BP_EFI_SYSTAB, BP_EFI_SYSTAB_HI));

	if (!systab || load(systab, 8) != 0x5453595320494249) /* "IBI SYST" */
		return "not a system table";
	/* UEFI 2.10, 7.4.6: ExitBootServices() clears the field */
	return load(systab + 0x60, 8) ? "boot services have not ended" : NULL;
}

/* This GUID marks a kernel that accepts memory: LINUX_EFI_UNACCEPTED_MEM_TABLE_GUID,
 * d5d1de3c-105c-44f9-9ea9-bcef98120031. */
static const unsigned char unaccepted_guid[16] __attribute__((aligned(4))) = {
	0x3c, 0xde, 0xd1, 0xd5, 0x5c, 0x10, 0xf9, 0x44,
	0x9e, 0xa9, 0xbc, 0xef, 0x98, 0x12, 0x00, 0x31,
};

static bool same_bytes(const unsigned char *a, const unsigned char *b, unsigned int size)
{
	while (size && *a++ == *b++)
		size--;
	return !size;
}

/* UEFI 2.10, 4.3 and 4.6 */
static const unsigned char *find_unaccepted(const unsigned char *systab)
{
	const unsigned char *entry = memory_at(load(systab + 0x70, 8));

	for (uint64_t count = load(systab + 0x68, 8); count; count--, entry += 24)
		if (same_bytes(entry, unaccepted_guid, sizeof(unaccepted_guid)))
			return memory_at(load(entry + 16, 8));
	return NULL;
}

/* u32 version, u32 unit, u64 base, u64 size of the bitmap, the bitmap */
static void report_unaccepted(const unsigned char *systab)
{
	const unsigned char *table = find_unaccepted(systab);
	uint64_t units = 0;

	if (!table)
		return;
	for (uint64_t i = 0; i < 8 * load(table + 16, 8); i++)
		units += table[24 + i / 8] >> i % 8 & 1;
	report_number("unaccepted_version", load(table, 4));
	report_hex("unaccepted_base", load(table + 8, 8));
	report_number("unaccepted_mib", units * load(table + 4, 4) >> 20);
}

static void check_efi(const unsigned char *bp)
{
	if (!is_efi(bp)) {
		report_text("efi", "absent");
		return;
	}
	verdict("efi", check_system_table(bp));
	report_unaccepted(memory_at(load_halves(bp, BP_EFI_SYSTAB, BP_EFI_SYSTAB_HI)));
	add_place("efi_map_address", load_halves(bp, BP_EFI_MEMMAP, BP_EFI_MEMMAP_HI),
		  load(bp + BP_EFI_MEMMAP_SIZE, 4));
	verdict("efi_map",
		check_efi_map(bp, address_of(text_first), (uint64_t)(kernel_end - text_first)));
}

static const char *check_acpi(const unsigned char *bp)
{
	const unsigned char *rsdp = memory_at(load(bp + BP_ACPI_RSDP_ADDR, 8));
	unsigned char sum = 0;

	report_hex("rsdp", address_of(rsdp));
	if (!rsdp && !is_efi(bp)) /* a kernel then searches the BIOS's memory */
		return NULL;
	if (!rsdp || load(rsdp, 8) != 0x2052545020445352) /* "RSD PTR " */
		return "no RSDP";
	for (unsigned int i = 0; i < 20; i++) /* its size in ACPI 1.0 */
		sum = (unsigned char)(sum + rsdp[i]);
	return sum ? "the RSDP has a wrong checksum" : NULL;
}

static const char *check_frame_buffer(const unsigned char *bp)
{
	uint64_t width = load(bp + BP_LFB_WIDTH, 2), height = load(bp + BP_LFB_HEIGHT, 2);
	uint64_t depth = load(bp + BP_LFB_DEPTH, 2), line = load(bp + BP_LFB_LINE_LENGTH, 2);
	uint64_t base = load_halves(bp, BP_LFB_BASE, BP_EXT_LFB_BASE);

	report_number("screen_width", width);
	report_number("screen_height", height);
	report_number("screen_depth", depth);
	if (width < 640 || height < 480 || depth != 32)
		return "not a screen";
	if (line < width * depth / 8)
		return "lines overlap";
	if (load(bp + BP_LFB_SIZE, 4) < line * height)
		return "the screen does not fit in the frame buffer";
	if (!base || touches_ram(base, line * height))
		return "the frame buffer is in RAM";
	if (load(bp + BP_EXT_LFB_BASE, 4) && !(load(bp + BP_CAPABILITIES, 4) & 2))
		return "a frame buffer above 4 GiB without the capability";
	if (load(bp + BP_RED_SIZE, 1) != 8 || load(bp + BP_GREEN_SIZE, 1) != 8 ||
	    load(bp + BP_BLUE_SIZE, 1) != 8)
		return "colours without 8 bits";
	return NULL;
}

static void check_screen(const unsigned char *bp)
{
	if (load(bp + BP_VIDEO_IS_VGA, 1) == 0x70) /* an EFI frame buffer */
		verdict("screen", check_frame_buffer(bp));
	else
		report_text("screen", "absent");
}

/* 128 bytes from the monitor */
static void report_edid(const unsigned char *bp)
{
	unsigned char any = 0;

	for (unsigned int i = 0; i < 128; i++)
		any |= bp[BP_EDID + i];
	report_text("edid", any ? "there" : "absent");
}

static void check_direct(const unsigned char *bp)
{
	if (!was_given())
		return;
	verdict("given", check_given(bp));
	verdict("holes", check_holes());
}

static uint64_t read_cr4(void)
{
	uint64_t cr4;

	asm volatile("movq %%cr4, %0" : "=r"(cr4));
	return cr4;
}

/* Called by entry.S. */
void kernel_main(uint64_t rdi, uint64_t rsi, uint64_t flags);

void kernel_main(uint64_t rdi, uint64_t rsi, uint64_t flags)
{
	const char *bss = check_bss(); /* before anything is written to it */
	const unsigned char *bp = memory_at(rsi);

	report_start();
	verdict("bss", bss);
	verdict("segments", check_segments());
	report_hex("text_crc32", crc32(text_first, (uint64_t)(text_last - text_first)));
	verdict("registers", rdi == rsi ? NULL : "%rdi and %rsi differ");
	verdict("flags", check_flags(flags));
	report_hex("cr4", read_cr4());
	verdict("header", check_header(bp));
	report_hex("type_of_loader", load(bp + BP_TYPE_OF_LOADER, 1));
	report_hex("loadflags", load(bp + BP_LOADFLAGS, 1));
	report_hex("cc_blob", load(bp + BP_CC_BLOB_ADDRESS, 4));
	report_text("mem_encryption", load(bp + BP_XLOADFLAGS, 2) & 0x80 ? "on" : "off");
	report_number("secure_boot", load(bp + BP_SECURE_BOOT, 1));

	add_place("load_address", address_of(text_first), (uint64_t)(kernel_end - text_first));
	verdict("load", check_load());
	add_place("boot_params", rsi, BP_SIZE);
	verdict("command_line", check_cmdline(bp));
	report_number("levels", paging_levels());
	report_hex("entry_high_bits", paging_high_bits());
	report_firmware(bp);
	map_memory();
	verdict("e820", read_e820(bp));
	report_ram();
	report_initrd(bp);
	check_efi(bp);
	check_direct(bp);
	verdict("places", check_places());
	verdict("acpi", check_acpi(bp));
	check_screen(bp);
	report_edid(bp);

	report_number("failures", failures());
	/* QEMU's exit status is twice this and one. */
	outb(DEBUG_EXIT_PORT, failures() ? 2 : 1);
}
