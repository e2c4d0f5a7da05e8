/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names are those of the specifications: "PE Format" without its prefixes (IMAGE_FILE_ and so
 * on), Linux's boot.rst, bzboot's manifest.h.
 */
#include "info_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <bzboot/bzimage.h>
#include <bzboot/manifest.h>
#include <bzboot/pe.h>

/* A flag, or a value; a list ends with a name of NULL */
struct word {
	uint64_t number;
	const char *name;
};

static const struct word pe_machines[] = {
	{ 0x14c, "I386" },     { 0x1c0, "ARM" },	  { 0x1c2, "THUMB" },
	{ 0x1c4, "ARMNT" },    { 0x200, "IA64" },	  { 0x5032, "RISCV32" },
	{ 0x5064, "RISCV64" }, { 0x6232, "LOONGARCH32" }, { 0x6264, "LOONGARCH64" },
	{ 0x8664, "AMD64" },   { 0xaa64, "ARM64" },	  { 0xebc, "EBC" },
	{ 0, NULL },
};

static const struct word pe_characteristics[] = {
	{ 0x1, "RELOCS_STRIPPED" },
	{ 0x2, "EXECUTABLE_IMAGE" },
	{ 0x4, "LINE_NUMS_STRIPPED" },
	{ 0x8, "LOCAL_SYMS_STRIPPED" },
	{ 0x10, "AGGRESSIVE_WS_TRIM" },
	{ 0x20, "LARGE_ADDRESS_AWARE" },
	{ 0x80, "BYTES_REVERSED_LO" },
	{ 0x100, "32BIT_MACHINE" },
	{ 0x200, "DEBUG_STRIPPED" },
	{ 0x400, "REMOVABLE_RUN_FROM_SWAP" },
	{ 0x800, "NET_RUN_FROM_SWAP" },
	{ 0x1000, "SYSTEM" },
	{ 0x2000, "DLL" },
	{ 0x4000, "UP_SYSTEM_ONLY" },
	{ 0x8000, "BYTES_REVERSED_HI" },
	{ 0, NULL },
};

static const struct word pe_subsystems[] = {
	{ 0, "UNKNOWN" },
	{ 1, "NATIVE" },
	{ 2, "WINDOWS_GUI" },
	{ 3, "WINDOWS_CUI" },
	{ 10, "EFI_APPLICATION" },
	{ 11, "EFI_BOOT_SERVICE_DRIVER" },
	{ 12, "EFI_RUNTIME_DRIVER" },
	{ 13, "EFI_ROM" },
	{ 16, "WINDOWS_BOOT_APPLICATION" },
	{ 0, NULL },
};

static const struct word pe_dll_characteristics[] = {
	{ 0x20, "HIGH_ENTROPY_VA" },
	{ 0x40, "DYNAMIC_BASE" },
	{ 0x80, "FORCE_INTEGRITY" },
	{ BZB_PE_NX_COMPAT, "NX_COMPAT" },
	{ 0x200, "NO_ISOLATION" },
	{ 0x400, "NO_SEH" },
	{ 0x800, "NO_BIND" },
	{ 0x1000, "APPCONTAINER" },
	{ 0x2000, "WDM_DRIVER" },
	{ 0x4000, "GUARD_CF" },
	{ 0x8000, "TERMINAL_SERVER_AWARE" },
	{ 0, NULL },
};

static const struct word pe_section_characteristics[] = {
	{ 0x8, "NO_PAD" },
	{ BZB_PE_CNT_CODE, "CODE" },
	{ BZB_PE_CNT_INITIALIZED_DATA, "INITIALIZED_DATA" },
	{ 0x80, "UNINITIALIZED_DATA" },
	{ 0x200, "INFO" },
	{ 0x800, "REMOVE" },
	{ 0x1000, "COMDAT" },
	{ 0x8000, "GPREL" },
	{ 0x1000000, "NRELOC_OVFL" },
	{ BZB_PE_MEM_DISCARDABLE, "DISCARDABLE" },
	{ 0x4000000, "NOT_CACHED" },
	{ 0x8000000, "NOT_PAGED" },
	{ 0x10000000, "SHARED" },
	{ BZB_PE_MEM_EXECUTE, "EXECUTE" },
	{ BZB_PE_MEM_READ, "READ" },
	{ (uint32_t)BZB_PE_MEM_WRITE, "WRITE" },
	{ 0, NULL },
};

static const struct word loadflags[] = {
	{ BZB_LOADED_HIGH, "LOADED_HIGH" },
	{ BZB_KASLR_FLAG, "KASLR_FLAG" },
	{ 0x20, "QUIET_FLAG" },
	{ 0x40, "KEEP_SEGMENTS" },
	{ BZB_CAN_USE_HEAP, "CAN_USE_HEAP" },
	{ 0, NULL },
};

static const struct word xloadflags[] = {
	{ BZB_XLF_KERNEL_64, "KERNEL_64" },
	{ BZB_XLF_CAN_BE_LOADED_ABOVE_4G, "CAN_BE_LOADED_ABOVE_4G" },
	{ BZB_XLF_EFI_HANDOVER_32, "EFI_HANDOVER_32" },
	{ BZB_XLF_EFI_HANDOVER_64, "EFI_HANDOVER_64" },
	{ BZB_XLF_EFI_KEXEC, "EFI_KEXEC" },
	{ BZB_XLF_5LEVEL, "5LEVEL" },
	{ BZB_XLF_5LEVEL_ENABLED, "5LEVEL_ENABLED" },
	{ BZB_XLF_MEM_ENCRYPTION, "MEM_ENCRYPTION" },
	{ 0, NULL },
};

static const struct word subarchs[] = {
	{ 0, "PC" },	    { 1, "LGUEST" }, { 2, "XEN" },
	{ 3, "INTEL_MID" }, { 4, "CE4100" }, { 0, NULL },
};

static const struct word video_modes[] = {
	{ 0xffff, "NORMAL" },
	{ 0xfffe, "EXTENDED" },
	{ 0xfffd, "ASK" },
	{ 0, NULL },
};

static const struct word manifest_flags[] = {
	{ BZB_MANIFEST_FIXED, "FIXED" },
	{ BZB_MANIFEST_CMDLINE_DECIDED, "CMDLINE_DECIDED" },
	{ BZB_MANIFEST_INITRD_DECIDED, "INITRD_DECIDED" },
	{ BZB_MANIFEST_APPLICATION, "APPLICATION" },
	{ 0, NULL },
};

static void say_hex(const struct word *words, uint64_t value, char ret[INFO_WORDS_SIZE])
{
	(void)words;
	snprintf(ret, INFO_WORDS_SIZE, "0x%" PRIx64, value);
}

static void say_value(const struct word *words, uint64_t value, char ret[INFO_WORDS_SIZE])
{
	for (; words->name; words++) {
		if (words->number == value) {
			snprintf(ret, INFO_WORDS_SIZE, "%s", words->name);
			return;
		}
	}
	say_hex(NULL, value, ret);
}

static void say_flags(const struct word *words, uint64_t value, char ret[INFO_WORDS_SIZE])
{
	size_t used = 0;

	if (!value)
		used = (size_t)snprintf(ret, INFO_WORDS_SIZE, "none");
	for (; words->name; words++) {
		if (!(value & words->number))
			continue;
		used += (size_t)snprintf(ret + used, INFO_WORDS_SIZE - used, "%s%s",
					 used ? ", " : "", words->name);
		value &= ~words->number;
	}
	if (value)
		snprintf(ret + used, INFO_WORDS_SIZE - used, "%s0x%" PRIx64, used ? ", " : "",
			 value);
}

/* The setup header's version */
static void say_version(const struct word *words, uint64_t value, char ret[INFO_WORDS_SIZE])
{
	(void)words;
	snprintf(ret, INFO_WORDS_SIZE, "%" PRIu64 ".%02" PRIu64, value >> 8, value & 0xff);
}

/* The setup header's "HdrS" */
static void say_letters(const struct word *words, uint64_t value, char ret[INFO_WORDS_SIZE])
{
	const char letters[] = { (char)value, (char)(value >> 8), (char)(value >> 16),
				 (char)(value >> 24), '\0' };

	(void)words;
	for (size_t i = 0; i < sizeof(letters) - 1; i++) {
		if (letters[i] < ' ' || letters[i] > '~') {
			say_hex(NULL, value, ret);
			return;
		}
	}
	snprintf(ret, INFO_WORDS_SIZE, "%s", letters);
}

static const struct field {
	const char *object, *member;
	void (*say)(const struct word *words, uint64_t value, char ret[INFO_WORDS_SIZE]);
	const struct word *words;
} fields[] = {
	/* clang-format off */
	{ "pe", "machine", say_value, pe_machines },
	{ "pe", "subsystem", say_value, pe_subsystems },
	{ "pe", "checksum", say_hex, NULL },
	{ "pe", "time_date_stamp", say_hex, NULL },
	{ "pe", "characteristics", say_flags, pe_characteristics },
	{ "pe", "dll_characteristics", say_flags, pe_dll_characteristics },
	{ "sections", "characteristics", say_flags, pe_section_characteristics },
	{ "bzimage", "setup_type_max", say_hex, NULL },
	{ "bzimage", "vid_mode", say_value, video_modes },
	{ "bzimage", "boot_flag", say_hex, NULL },
	{ "bzimage", "jump", say_hex, NULL },
	{ "bzimage", "header", say_letters, NULL },
	{ "bzimage", "version", say_version, NULL },
	{ "bzimage", "loadflags", say_flags, loadflags },
	{ "bzimage", "xloadflags", say_flags, xloadflags },
	{ "bzimage", "hardware_subarch", say_value, subarchs },
	{ "manifest", "flags", say_flags, manifest_flags },
	/* clang-format on */
};

bool info_words(const char *object, const char *member, uint64_t value, char ret[INFO_WORDS_SIZE])
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(fields); i++) {
		if (!strcmp(fields[i].object, object) && !strcmp(fields[i].member, member)) {
			fields[i].say(fields[i].words, value, ret);
			return true;
		}
	}
	return false;
}
