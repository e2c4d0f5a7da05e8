/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_seeds FOLDER: seeds for fuzzing, into a folder for each target: good images, because changes
 * to bad ones would be refused at once.
 */
#include "test.h"

#include <errno.h>
#include <sys/stat.h>

#include "fuzz.h"
#include "shuffle_model.h"

static const char *folder;

static void fail(const char *path)
{
	fprintf(stderr, "fuzz_seeds: %s: %s\n", path, strerror(errno));
	exit(1);
}

static void seed(const char *target, const char *name, struct bzb_span bytes)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, target);
	if (mkdir(path, 0777) && errno != EEXIST)
		fail(path);
	snprintf(path, sizeof(path), "%s/%s/%s", folder, target, name);
	file = fopen(path, "wb");
	if (!file || fwrite(bytes.data, 1, bytes.size, file) != bytes.size || fclose(file))
		fail(path);
}

/* elf_linux of images.S begins at virtual address 0xffffffff81000000: fields of every list */
static struct bzb_span with_kernel_table(void)
{
	static const uint32_t table[] = {
		0, 0x81000008, 0, 0x81000010, 0, 0x81000018, 0x81002000,
	};
	struct bzb_span elf = IMAGE(elf_linux);
	unsigned char *bytes = test_alloc(elf.size + sizeof(table));

	memcpy(bytes, elf.data, elf.size);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		put(bytes, elf.size + 4 * i, 4, table[i]);
	return (struct bzb_span){ bytes, elf.size + sizeof(table) };
}

static void put_phdr(unsigned char *at, uint64_t distance, uint64_t filesz, uint64_t memsz)
{
	put(at, 0x00, 4, 1);
	put(at, 0x04, 4, 7);
	put(at, 0x08, 8, 0x200000 + distance);
	put(at, 0x10, 8, 0xffffffff81000000 + distance);
	put(at, 0x18, 8, 0x1000000 + distance);
	put(at, 0x20, 8, filesz);
	put(at, 0x28, 8, memsz);
}

static void put_section(unsigned char *at, uint64_t name, uint64_t type, uint64_t offset,
			uint64_t size)
{
	put(at, 0x00, 4, name);
	put(at, 0x04, 4, type);
	put(at, 0x18, 8, offset);
	put(at, 0x20, 8, size);
}

/* A payload ELF with its gap shortened to FUZZ_HEAD bytes: see widen() */
static struct bzb_span narrow_payload(void)
{
	static const char names[] = "\0.relr\0.crel\0.shstrtab";
	static const uint64_t fields[] = { 0x20, 0x25, 0x30, 0x11 };
	const struct bzb_crel_list lists[] = {
		{ BZB_RELOC_32, fields, 2 },
		{ BZB_RELOC_32_INVERSE, fields + 2, 1 },
		{ BZB_RELOC_64, fields + 3, 1 },
	};
	const size_t size = FUZZ_HEAD + 0xc0;
	unsigned char *bytes = test_alloc(size);

	memset(bytes, 0, size);
	memcpy(bytes, IMAGE(elf_linux).data, 0x40);
	put(bytes, 0x18, 8, 0x1000000); /* e_entry */
	put(bytes, 0x28, 8, 0x100);	/* e_shoff */
	put(bytes, 0x38, 2, 2);		/* e_phnum */
	put(bytes, 0x3c, 2, 5);		/* e_shnum */
	put(bytes, 0x3e, 2, 4);		/* e_shstrndx */
	put_phdr(bytes + 0x40, 0, 0x40, 0x60);
	put_phdr(bytes + 0x78, 0x80, 0x40, 0x80);
	put_section(bytes + 0x140, 1, 19, 0x300, 24);
	put_section(bytes + 0x180, 7, 0x40000014, 0x340,
		    bzb_crel_write(0xffffffff81000000, lists, ARRAY_SIZE(lists), bytes + 0x340));
	put(bytes, 0x180 + 0x28, 4, 3); /* sh_link of .crel */
	put_section(bytes + 0x1c0, 0, 2, 0x3a0, 3 * 24);
	put_section(bytes + 0x200, 13, 3, 0x380, sizeof(names));
	put(bytes, 0x300, 8, 0xffffffff81000000);
	put(bytes, 0x308, 8, 3);
	put(bytes, 0x310, 8, 0xffffffff81000080);
	memcpy(bytes + 0x380, names, sizeof(names));
	put(bytes, 0x3a0 + 24 + 6, 2, 1); /* st_shndx of the symbols */
	put(bytes, 0x3a0 + 48 + 6, 2, 0xfff1);
	return (struct bzb_span){ bytes, size };
}

/*
 * The same with its program headers after the gap, where they are cleared as bss after the second
 * one's p_memsz.
 */
static struct bzb_span headers_in_bss(void)
{
	struct bzb_span good = narrow_payload();
	unsigned char *bytes = (void *)(uintptr_t)good.data;

	put(bytes, 0x20, 8, 0x200000); /* e_phoff */
	put_phdr(bytes + FUZZ_HEAD, 0, 0x38 + 0x28, 0x80);
	put_phdr(bytes + FUZZ_HEAD + 0x38, 0x80, 0x40, 0x120);
	return good;
}

/* A setup of two sectors, boot protocol 2.15, and an uncompressed ELF */
static struct bzb_span bzimage_of(struct bzb_span elf)
{
	const size_t setup = 0x400;
	unsigned char *bytes = test_alloc(setup + elf.size);

	memset(bytes, 0, setup);
	memcpy(bytes + setup, elf.data, elf.size);
	put(bytes, 0x1f1, 1, 1);
	put(bytes, 0x1fe, 2, 0xaa55);
	put(bytes, 0x200, 2, 0x6aeb);
	memcpy(bytes + 0x202, "HdrS", 4);
	put(bytes, 0x206, 2, 0x20f);
	put(bytes, 0x211, 1, 1);
	put(bytes, 0x230, 4, 0x200000);
	put(bytes, 0x234, 1, 1);
	put(bytes, 0x236, 2, 1);
	put(bytes, 0x24c, 4, elf.size);
	put(bytes, 0x258, 8, 0x1000000);
	put(bytes, 0x260, 4, 0x10000);
	return (struct bzb_span){ bytes, setup + elf.size };
}

/* A payload for the decoder of f_load_foreign.c: zstd's magic number, the ELF as it is, its size */
static struct bzb_span stored(struct bzb_span elf)
{
	unsigned char *bytes = test_alloc(elf.size + 12);

	put(bytes, 0, 8, 0xfd2fb528);
	memcpy(bytes + 8, elf.data, elf.size);
	put(bytes, 8 + elf.size, 4, elf.size);
	return (struct bzb_span){ bytes, elf.size + 12 };
}

/* That payload after a zboot header and a PE header */
static struct bzb_span zboot_of(struct bzb_span payload)
{
	struct bzb_span head = prefix(IMAGE(pe_x86_64), 0x200);
	unsigned char *bytes = test_alloc(head.size + payload.size);

	memcpy(bytes, head.data, head.size);
	memcpy(bytes + head.size, payload.data, payload.size);
	memcpy(bytes + 4, "zelf", 4);
	put(bytes, 0x08, 4, head.size);
	put(bytes, 0x0c, 4, payload.size - 4);
	memcpy(bytes + 0x18, "zstd", 5);
	return (struct bzb_span){ bytes, head.size + payload.size };
}

/* A kernel of 0x40 bytes at the end of the file, the second half zeros; a note begins before the
 * zeros. */
static struct bzb_span note_of_zeros(void)
{
	const size_t size = 0x140;
	unsigned char *bytes = test_alloc(size);

	memset(bytes, 0, size);
	memcpy(bytes, IMAGE(elf_linux).data, 0x40);
	put(bytes, 0x18, 8, 0x1000000); /* e_entry */
	put(bytes, 0x28, 8, 0);		/* no sections */
	put(bytes, 0x38, 2, 2);
	put(bytes, 0x3c, 4, 0);
	put_phdr(bytes + 0x40, 0, 0x40, 0x60);
	put(bytes, 0x40 + 0x08, 8, 0x100);
	put_phdr(bytes + 0x78, 0x18, 0x20, 0x20);
	put(bytes, 0x78, 4, 4); /* PT_NOTE */
	put(bytes, 0x78 + 0x08, 8, 0x118);
	memset(bytes + 0x100, 0xc3, 0x20);
	return (struct bzb_span){ bytes, size };
}

/* A kernel of 0x200 bytes that a boot loader shuffles: four units of a byte. By the size of the file,
 * f_pack.c does without symbols. */
static struct bzb_span with_unit_table(void)
{
	static const char names[] = "\0" BZB_UNITS_SECTION "\0.shstrtab";
	enum { KERNEL = 0x100, NAMES = 0x300, HEADERS = 0x340, TABLE = 0x400 };
	const struct bzb_span table = TABLE_OF_UNITS(4, "\2\2\2\2");
	unsigned char *bytes = test_alloc(TABLE + table.size);

	memset(bytes, 0, TABLE);
	memcpy(bytes, IMAGE(elf_linux).data, 0x40);
	put(bytes, 0x18, 8, 0x1000000); /* e_entry */
	put(bytes, 0x28, 8, HEADERS);
	put(bytes, 0x38, 2, 1);
	put(bytes, 0x3a, 2, 0x40);
	put(bytes, 0x3c, 2, 3);
	put(bytes, 0x3e, 2, 2);
	put_phdr(bytes + 0x40, 0, 0x200, 0x200);
	put(bytes, 0x40 + 0x08, 8, KERNEL);
	memset(bytes + KERNEL, 0xc3, 0x200);
	memcpy(bytes + NAMES, names, sizeof(names));
	put_section(bytes + HEADERS + 0x40, 1, BZB_SHT_PROGBITS, TABLE, table.size);
	put_section(bytes + HEADERS + 0x80, sizeof(BZB_UNITS_SECTION) + 1, BZB_SHT_STRTAB, NAMES,
		    sizeof(names));
	memcpy(bytes + TABLE, table.data, table.size);
	return (struct bzb_span){ bytes, TABLE + table.size };
}

#define IMAGE_HEADERS 0x200u
#define IMAGE_TEXT    0x80u
#define IMAGE_SIZE    0x400u /* in memory */

static void put_image_section(unsigned char *at, const char *name, uint32_t address, uint32_t size,
			      uint32_t raw_size)
{
	memcpy(at, name, strlen(name));
	put(at, 8, 4, size);
	put(at, 12, 4, address);
	put(at, 16, 4, raw_size);
	put(at, 20, 4, address);
	put(at, 36, 4, 0xe0000020);
}

/* The smallest Image of a kernel: 0x80 bytes of .text, and .data that is mostly not in the file */
static struct bzb_span image_for(enum bzb_machine machine)
{
	static const char banner[] = "Linux version 6.12.0 (a@b) (c) #1 SMP\n";
	static const uint32_t marks[BZB_MACHINE_COUNT] = { 0, 0x644d5241, 0x05435352, 0x818223cd };
	const size_t size = IMAGE_HEADERS + IMAGE_TEXT + 0x20;
	unsigned char *bytes = test_alloc(size), *pe = bytes + 0x40, *optional = pe + 24;

	memset(bytes, 0, size);
	memcpy(bytes, "MZ", 2);
	put(bytes, 0x10, 8, IMAGE_SIZE);
	put(bytes, 0x38, 4, marks[machine]);
	put(bytes, 0x3c, 4, 0x40);
	memcpy(pe, "PE", 2);
	put(pe, 4, 2, bzb_machine_pe(machine));
	put(pe, 6, 2, 2);
	put(pe, 20, 2, 160);
	put(pe, 22, 2, 0x206);
	put(optional, 0, 2, 0x20b);
	put(optional, 16, 4, IMAGE_HEADERS + 0x40); /* the entry point */
	put(optional, 32, 4, 0x200);		    /* alignments */
	put(optional, 36, 4, 0x200);
	put(optional, 56, 4, IMAGE_SIZE);
	put(optional, 60, 4, IMAGE_HEADERS);
	put(optional, 68, 2, 10);
	put(optional, 108, 4, 6);
	put_image_section(optional + 160, ".text", IMAGE_HEADERS, IMAGE_TEXT, IMAGE_TEXT);
	put_image_section(optional + 200, ".data", IMAGE_HEADERS + IMAGE_TEXT, 0x100, 0x20);
	memcpy(bytes + IMAGE_HEADERS, banner, sizeof(banner));
	memset(bytes + size - 0x20, 0x5a, 0x20);
	return (struct bzb_span){ bytes, size };
}

/* The ELF of that Image; f_pack.c makes an ELF of it if @more is not 0. */
static struct bzb_span elf_for(enum bzb_machine machine, size_t more)
{
	struct bzb_span image = image_for(machine);
	const size_t size = 0x80 + image.size + more;
	unsigned char *bytes = test_alloc(size);

	memset(bytes, 0, size);
	memcpy(bytes, IMAGE(elf_linux).data, 0x40);
	put(bytes, 0x12, 2, bzb_machine_elf(machine));
	put(bytes, 0x18, 8, 0x1000000 + IMAGE_HEADERS + 0x40); /* e_entry */
	put(bytes, 0x28, 8, 0);				       /* no sections */
	put(bytes, 0x38, 2, 1);
	put(bytes, 0x3c, 4, 0);
	put_phdr(bytes + 0x40, 0, image.size, IMAGE_SIZE);
	put(bytes, 0x40 + 0x08, 8, 0x80);
	memcpy(bytes + 0x80, image.data, image.size);
	return (struct bzb_span){ bytes, size };
}

static struct bzb_span narrow_payload_for(enum bzb_machine machine)
{
	struct bzb_span good = narrow_payload();
	unsigned char *bytes = (void *)(uintptr_t)good.data;

	put(bytes, 0x12, 2, bzb_machine_elf(machine));
	return good;
}

/* A zboot image with that Image, as it is */
static struct bzb_span zboot_for(enum bzb_machine machine)
{
	struct bzb_span image = image_for(machine);
	unsigned char *bytes = test_alloc(2 * image.size);

	memcpy(bytes, image.data, image.size);
	memcpy(bytes + image.size, image.data, image.size);
	memcpy(bytes + 4, "zimg", 4);
	put(bytes, 0x08, 4, image.size);
	put(bytes, 0x0c, 4, image.size);
	memcpy(bytes + 0x18, "none", 5);
	return (struct bzb_span){ bytes, 2 * image.size };
}

static void seed_machines(void)
{
	for (enum bzb_machine i = BZB_MACHINE_ARM64; i < BZB_MACHINE_COUNT; i++) {
		char name[32];

		snprintf(name, sizeof(name), "image-%s", bzb_machine_name(i));
		seed("pack", name, image_for(i));
		seed("info", name, image_for(i));
		snprintf(name, sizeof(name), "elf-%s", bzb_machine_name(i));
		seed("pack", name, elf_for(i, 0));
		seed("load_foreign", name, elf_for(i, 0));
		snprintf(name, sizeof(name), "elf-payload-%s", bzb_machine_name(i));
		seed("pack", name, elf_for(i, 1));
		snprintf(name, sizeof(name), "payload-%s", bzb_machine_name(i));
		seed("relocs", name, narrow_payload_for(i));
	}
	seed("pack", "zboot-arm64", zboot_for(BZB_MACHINE_ARM64));
	seed("info", "zboot-arm64", zboot_for(BZB_MACHINE_ARM64));
}

#define PART 12u

/* Checksum, end, elf_end */
static void put_part(unsigned char *at, uint32_t checksum, uint64_t end, uint64_t elf_end)
{
	put(at, 0, 4, checksum);
	put(at, 4, 4, end);
	put(at, 8, 4, elf_end);
}

static struct bzb_span manifest_with_parts(void)
{
	const size_t size = IMAGE(manifest_zstd).size + PART;
	unsigned char *bytes = test_alloc(size);

	memcpy(bytes, IMAGE(manifest_zstd).data, 0x100);
	put(bytes, 0xc8, 4, 2);
	put_part(bytes + 0x100, 0x01234567, 0x1000, 0x150000);
	put_part(bytes + 0x100 + PART, 0xfedcba98, 0x1fec, 0x400000);
	return (struct bzb_span){ bytes, size };
}

/* As long as that of a stub */
static struct bzb_span blank_manifest(void)
{
	const size_t size = 0x100 + BZB_PARTS_MAX * PART;
	unsigned char *bytes = test_alloc(size);

	memset(bytes, 0, size);
	memcpy(bytes, IMAGE(manifest_zstd).data, IMAGE(manifest_zstd).size);
	return (struct bzb_span){ bytes, size };
}

/* An image with that payload, in parts for the decoder of f_path.c */
static struct bzb_span image_of_payload(void)
{
	struct bzb_span payload = narrow_payload();
	unsigned char *bytes = (void *)(uintptr_t)exact(IMAGE(hybrid)).data;

	memcpy(bytes + 0x2000, IMAGE(manifest_zstd).data, IMAGE(manifest_zstd).size);
	memset(bytes + 0x3004, 0, IMAGE(hybrid).size - 0x3004);
	memcpy(bytes + 0x3008, payload.data, payload.size);
	put(bytes, 0x3008 + payload.size, 4, BZB_KERNEL_GAP_UNIT + 0xc0);
	put(bytes, 0x2008, 4, IMAGE(hybrid).size);
	put(bytes, 0x2014, 4, 8 + payload.size);
	put(bytes, 0x2018, 4, BZB_KERNEL_GAP_UNIT + 0xc0);  /* elf_size */
	put(bytes, 0x2028, 8, BZB_KERNEL_GAP_UNIT + 0x100); /* memory_size */
	put(bytes, 0x2034, 4, 0x2800);			    /* command line, initrd */
	put(bytes, 0x203c, 4, 0x2900);
	put(bytes, 0x2040, 4, 0x100);
	put(bytes, 0x20c0, 8, 0xffffffff81000000); /* virtual_address */
	put(bytes, 0x20c8, 4, 2);		   /* parts: number, start */
	put(bytes, 0x20cc, 4, 8);
	put_part(bytes + 0x2100, 0, 8 + FUZZ_HEAD, BZB_KERNEL_GAP_UNIT);
	put_part(bytes + 0x2100 + PART, 0, 8 + payload.size, BZB_KERNEL_GAP_UNIT + 0xc0);
	return (struct bzb_span){ bytes, IMAGE(hybrid).size };
}

/* The room for the result, then LoadOptions: text, a whole boot option, a path. */
static void seed_utf16(void)
{
	static const unsigned char option[] = {
		/* clang-format off */
		0xff, 1, 0, 0, 0, 0x0a, 0, 'L', 0, 0, 0,
		4, 1, 6, 0, 0, 0, 0x7f, 0xff, 4, 0, 'r', 0, 'o', 0,
		/* clang-format on */
	};

	seed("utf16", "text", TEXT("\x40q\0u\0i\0e\0t\0 \0\"\0a\0 \0b\0\"\0"));
	seed("utf16", "surrogates",
	     TEXT("\x20"
		  "a\0\x3e\xd8\x80\xdd\xac\x20"));
	seed("utf16", "option", SPAN(option));
	seed("utf16", "path", TEXT("\x20/EFI/n\xc3\xa4h/5\xe2\x82\xac \xf0\x9f\xa6\x80"));
}

/* Of 2 x 1 pixels: with a palette, and with masks */
static void seed_bitmap(void)
{
	static const unsigned char colours[] = {
		/* clang-format off */
		'B', 'M', 66, 0, 0, 0, 0, 0, 0, 0, 62, 0, 0, 0,
		40, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,
		1, 2, 3, 0, 4, 5, 6, 0, 0x80, 0, 0, 0,
		/* clang-format on */
	};
	static const unsigned char masks[] = {
		/* clang-format off */
		'B', 'M', 78, 0, 0, 0, 0, 0, 0, 0, 70, 0, 0, 0,
		56, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 32, 0,
		3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0xff, 0, 0, 0xff, 0, 0, 0xff, 0, 0, 0, 0, 0, 0, 0xff,
		1, 2, 3, 4, 5, 6, 7, 8,
		/* clang-format on */
	};

	seed("bitmap", "colours", SPAN(colours));
	seed("bitmap", "masks", SPAN(masks));
}

static void seed_siglist(void)
{
	seed("siglist", "two",
	     TEXT("typetypetypetype\x30\0\0\0\0\0\0\0\x14\0\0\0ownerownerownerodata"
		  "typetypetypetype\x42\0\0\0\2\0\0\0\x12\0\0\0hhownerownerownerod1"
		  "ownerownerownerod2"));
}

static void seed_options(void)
{
	seed("options", "words", TEXT("nokaslr no5lvl quiet noinitrd bzboot.debug -- quiet"));
	seed("options", "memory", TEXT("mem=64M memmap=1G$0x10000000,4K#2G,1M!3G memmap=512M"));
	seed("options", "console", TEXT("console=ttyS0,115200n8 earlyprintk=serial,0x3f8,9600"));
	seed("options", "efi", TEXT("efi=nochunk,debug video=efifb:1024x768-32 mem_encrypt=on"));
	seed("options", "files", TEXT("initrd=/a initrd=\"\\b c\" initrd= root=/dev/vda"));
}

/* The kind of firmware, then the command line. */
static void seed_initrd(void)
{
	seed("initrd", "two",
	     TEXT("\x3f\x00"
		  "initrd=/a initrd=\\EFI\\b root=/dev/vda"));
	seed("initrd", "slow",
	     TEXT("\x02\x03"
		  "initrd=/n\xc3\xa4h initrd=c initrd=d initrd=e"));
}

/* Ranges, then the beginning of a page: see f_boot_params.c. */
static void seed_boot_params(void)
{
	unsigned char page[1 + 3 * 4 + 0x300] = { 3, 1, 0, 1, 0, 2, 0, 1, 1, 3, 0, 2, 0 };

	seed("boot_params", "clean", SPAN(page));
	memset(page + 13 + 0x1ef, 0xff, 2);
	memcpy(page + 13 + 0x202, "HdrS", 4);
	page[sizeof(page) - 1] = 0xa5;
	seed("boot_params", "sentinel", SPAN(page));
}

/* Records: see f_stub_memory.c. RAM is at 1 MiB, 1 GiB of it. */
static void seed_stub_memory(void)
{
	seed("stub_memory", "plain",
	     TEXT("\0\1\0\x14\1\0\x1e\1"
		  "\1\7\0\x16\1\0\x14"
		  "\3\2\0\x14\3\0\x14"
		  "\2\2\0\x10"));
	seed("stub_memory", "memmap",
	     TEXT("\0\1\0\x14\1\0\x1e\1"
		  "\5\x0d"
		  "memmap=4M$64M"
		  "\4\5\0\x1b"));
	seed("stub_memory", "efi",
	     TEXT("\7\3\x0f"
		  "\0\1\0\x14\1\0\x0c\0\0\0"
		  "\0\1\0\x18\1\0\x10\0\0\1"
		  "\1\1\0\x1a\1\0\x10\0\0\4"
		  "\0\0"));
	seed("stub_memory", "nodes",
	     TEXT("\0\1\0\x14\1\0\x1e\1"
		  "\x08\0\2\3\1\0\x20\1\0\x1e\1\1\0\x19\1\0\x14\2"
		  "\x08\1\1\0\x18\1\0\x14\0\0\0\0\0\0\x10"
		  "\x08\2\1\0\x1a\1\0\x14\3\0\x18\1\0\x12\x20"));
	seed("stub_memory", "bios", TEXT("\6\0\4\x0a\0\4"));
}

/* A manifest of two parts, the decoder's workspace, random numbers, a map: see f_load.c. */
static struct bzb_span plan_input(uint64_t load_address, uint64_t virtual_address, uint8_t flags)
{
	static const unsigned char map[] = {
		20 << 2,     1, 0, 0, 4, 20 << 2 | 2, 32, 0, 8, 0,
		16 << 2 | 1, 0, 8, 1, 0, 30 << 2,     4,  0, 4, 0,
	};
	struct bzb_span manifest = manifest_with_parts();
	const size_t size = manifest.size + 16 + sizeof(map);
	unsigned char *bytes = test_alloc(size);

	memset(bytes, 0, size);
	memcpy(bytes, manifest.data, manifest.size);
	put(bytes, 0x20, 8, load_address);
	bytes[0xbf] = flags;
	put(bytes, 0xc0, 8, virtual_address);
	put(bytes, manifest.size, 8, 0x20000);
	put(bytes, manifest.size + 8, 8, 0x123456789abcdef);
	memcpy(bytes + manifest.size + 16, map, sizeof(map));
	return (struct bzb_span){ bytes, size };
}

static void seed_load(void)
{
	seed("load", "linux", plan_input(0x1000000, 0xffffffff81000000, 0));
	seed("load", "identity", plan_input(0x1000000, 0x1000000, 0));
	seed("load", "fixed", plan_input(0x1000000, 0x1000000, BZB_MANIFEST_FIXED));
}

/* pe_x86_64 of images.S, not signed, as a unified kernel image of .linux, .osrel and .cmdline */
static struct bzb_span unified(void)
{
	struct bzb_span image = IMAGE(pe_x86_64);
	unsigned char *bytes = test_alloc(image.size);

	memcpy(bytes, image.data, image.size);
	memset(bytes + 0x58 + 0x90, 0, 8);
	memcpy(bytes + 0xf8, ".linux\0", 8);
	memcpy(bytes + 0xf8 + 40, ".osrel\0", 8);
	memcpy(bytes + 0xf8 + 80, ".cmdline", 8);
	memset(bytes + 0xf8 + 120, 0, 0x200 - 0xf8 - 120);
	return (struct bzb_span){ bytes, image.size };
}

/* Its length, the unit table, the kernel: see f_shuffle.c */
static struct bzb_span shuffle_input(enum bzb_shuffle_names_form form)
{
	const struct model_shape shape = { 1 + form, 4, 20, 12, 12, form, true };
	const struct model *model = model_make(&shape);
	const struct model_layout layout = model_identity(model);
	uint32_t order[MODEL_UNITS];
	const struct bzb_span table = model_table(model, &layout, 4, order);
	unsigned char *bytes = test_alloc(3 + table.size + model->data);

	put(bytes, 0, 1, form); /* a way to choose places */
	put(bytes, 1, 2, table.size);
	memcpy(bytes + 3, table.data, table.size);
	memcpy(bytes + 3 + table.size, model_link(model, &layout, 0), model->data);
	return (struct bzb_span){ bytes, 3 + table.size + model->data };
}

static void seed_shuffle(void)
{
	seed("shuffle", "percpu", shuffle_input(BZB_SHUFFLE_NAMES_PERCPU));
	seed("shuffle", "base", shuffle_input(BZB_SHUFFLE_NAMES_BASE));
	seed("shuffle", "relative", shuffle_input(BZB_SHUFFLE_NAMES_RELATIVE));
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 1;
	folder = argv[1];
	seed("elf", "linux", IMAGE(elf_linux));
	seed("elf", "payload", narrow_payload());
	seed("pe", "pe32plus", IMAGE(pe_x86_64));
	seed("pe", "pe32", IMAGE(pe32_i386));
	seed("pe", "hybrid", IMAGE(hybrid));
	seed("bzimage", "2.15", IMAGE(bzimage_2_15));
	seed("bzimage", "hybrid", IMAGE(hybrid));
	seed("zboot", "zstd", IMAGE(zboot_zstd));
	seed("zboot", "hybrid", IMAGE(hybrid));
	seed("manifest", "filled", IMAGE(manifest_zstd));
	seed("manifest", "parts", manifest_with_parts());
	seed("manifest", "blank", blank_manifest());
	seed("kernel_relocs", "linux", with_kernel_table());
	seed("relocs", "payload", narrow_payload());
	seed("relocs", "headers-in-bss", headers_in_bss());
	seed("path", "image", image_of_payload());
	seed("edit", "unified", unified());
	seed("authenticode", "pe32plus", IMAGE(pe_x86_64));
	seed("authenticode", "pe32", IMAGE(pe32_i386));
	seed("load_foreign", "table", with_kernel_table());
	seed("load_foreign", "bzimage", bzimage_of(stored(with_kernel_table())));
	seed("load_foreign", "stored", bzimage_of(IMAGE(elf_linux)));
	seed("load_foreign", "zboot", zboot_of(stored(IMAGE(elf_linux))));
	seed("packer_relocs", "payload", narrow_payload());
	seed("packer_relocs", "linux", with_kernel_table());
	seed("pack", "linux", IMAGE(elf_linux));
	seed("pack", "table", with_kernel_table());
	seed("pack", "note-of-zeros", note_of_zeros());
	seed("pack", "units", with_unit_table());
	seed("pack", "bzimage", bzimage_of(IMAGE(elf_linux)));
	seed("info", "elf-in-bzimage", bzimage_of(IMAGE(elf_linux)));
	seed("info", "linux", IMAGE(elf_linux));
	seed("info", "hybrid", IMAGE(hybrid));
	seed("info", "zboot", IMAGE(zboot_zstd));
	seed("info", "bzimage", IMAGE(bzimage_2_15));
	seed("info", "image", image_of_payload());
	seed_machines();
	seed_utf16();
	seed_bitmap();
	seed_options();
	seed_siglist();
	seed_initrd();
	seed_boot_params();
	seed_stub_memory();
	seed_load();
	seed_shuffle();
	test_free(NULL);
	return 0;
}
