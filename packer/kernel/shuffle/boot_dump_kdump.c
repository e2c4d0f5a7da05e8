/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kdump's own format, which makedumpfile writes by default. Blocks are pages: a header, a
 * second one, two maps with a bit for each page of memory (those that there were, and those that
 * are in the file), and a row for each of the latter: where its bytes are, and how they are
 * compressed.
 */
#include "boot_dump.h"

#include <inttypes.h>
#include <zlib.h>
#include <zstd.h>

/* makedumpfile, diskdump_mod.h: places in struct disk_dump_header */
enum {
	HEADER_BLOCK_SIZE = 428,
	HEADER_SUB_BLOCKS = 432,
	HEADER_MAP_BLOCKS = 436,
	HEADER_SIZE = 464
};

/* In struct kdump_sub_header, behind the first block */
enum { SUB_PHYS_BASE = 0, SUB_SPLIT = 12, SUB_INFO = 32, SUB_INFO_SIZE = 40, SUB_SIZE = 104 };

/* In struct page_desc */
enum { ROW_OFFSET = 0, ROW_BYTES = 8, ROW_FLAGS = 12, ROW_SIZE = 24 };
enum { FLAG_ZLIB = 1, FLAG_LZO = 2, FLAG_SNAPPY = 4, FLAG_ZSTD = 0x20 };

#define INFO_MAX (1u << 20)

/* x86-64 has no other pages; the format has. */
enum { PAGE_SIZE_MIN = 4096, PAGE_SIZE_MAX = 65536 };

/* --- headers -------------------------------------------------------------------------- */

static int say_cut(const struct boot_dump *dump, const char *what)
{
	return explain(dump->why, "its %s are not in the file", what);
}

static int read_sub_header(struct boot_dump *dump)
{
	struct bzb_span sub, info;
	uint64_t size;

	if (bzb_slice(dump->file, dump->kdump.page_size, SUB_SIZE, &sub))
		return say_cut(dump, "headers");
	if (bzb_get32(sub.data + SUB_SPLIT))
		return explain(dump->why, "is one part of a split dump: join them with "
					  "makedumpfile --reassemble");
	dump->phys_base = bzb_get64(sub.data + SUB_PHYS_BASE);
	dump->has_phys_base = true;
	size = bzb_get64(sub.data + SUB_INFO_SIZE);
	if (!size || size > INFO_MAX)
		return 0;
	if (bzb_slice(dump->file, bzb_get64(sub.data + SUB_INFO), size, &info))
		return say_cut(dump, "bytes of VMCOREINFO");
	boot_dump_info(dump, info);
	return 0;
}

static int open_kdump(struct boot_dump *dump)
{
	uint64_t map, map_size, rows;
	struct bzb_span header;

	if (bzb_slice(dump->file, 0, HEADER_SIZE, &header))
		return say_cut(dump, "headers");
	dump->kdump.page_size = bzb_get32(header.data + HEADER_BLOCK_SIZE);
	if (dump->kdump.page_size < PAGE_SIZE_MIN || dump->kdump.page_size > PAGE_SIZE_MAX ||
	    dump->kdump.page_size & (dump->kdump.page_size - 1))
		return explain(dump->why, "its pages have %u bytes", dump->kdump.page_size);
	map = (1 + (uint64_t)bzb_get32(header.data + HEADER_SUB_BLOCKS)) * dump->kdump.page_size;
	map_size = (uint64_t)bzb_get32(header.data + HEADER_MAP_BLOCKS) * dump->kdump.page_size;
	rows = map + map_size;
	if (bzb_slice(dump->file, map + map_size / 2, map_size / 2, &dump->kdump.pages) ||
	    bzb_slice(dump->file, rows, dump->file.size - rows, &dump->kdump.rows))
		return say_cut(dump, "maps of pages");
	return read_sub_header(dump);
}

/* --- pages ---------------------------------------------------------------------------- */

static bool has_page(const struct boot_dump *dump, uint64_t page)
{
	return page / 8 < dump->kdump.pages.size &&
	       dump->kdump.pages.data[page / 8] >> page % 8 & 1;
}

/* The number of the pages in the file that are before this one; counted from the last one */
static uint64_t row_of(struct boot_dump *dump, uint64_t page)
{
	if (page < dump->kdump.page)
		dump->kdump.page = dump->kdump.row = 0;
	while (dump->kdump.page < page) {
		const uint64_t at = dump->kdump.page;

		if (at % 8 == 0 && page - at >= 8) {
			dump->kdump.row +=
				(uint64_t)__builtin_popcount(dump->kdump.pages.data[at / 8]);
			dump->kdump.page += 8;
		} else {
			dump->kdump.row += has_page(dump, at);
			dump->kdump.page++;
		}
	}
	return dump->kdump.row;
}

static int inflate_page(const struct boot_dump *dump, uint32_t flags, struct bzb_span bytes,
			unsigned char *page)
{
	const size_t wanted = dump->kdump.page_size;
	uLongf size = wanted;

	if (flags & (FLAG_LZO | FLAG_SNAPPY))
		return explain(dump->why,
			       "its pages are compressed with %s: write it with makedumpfile -c "
			       "or -E, or give --kallsyms",
			       flags & FLAG_LZO ? "lzo" : "snappy");
	if (flags & FLAG_ZSTD)
		return ZSTD_decompress(page, wanted, bytes.data, bytes.size) == wanted ? 0 : -2;
	if (flags & FLAG_ZLIB)
		return uncompress(page, &size, bytes.data, bytes.size) == Z_OK && size == wanted ?
			       0 :
			       -2;
	if (bytes.size != wanted)
		return -2;
	memcpy(page, bytes.data, wanted);
	return 0;
}

static int read_page(struct boot_dump *dump, uint64_t number, unsigned char *page)
{
	struct bzb_span row, bytes;
	struct blob copy;
	uint32_t size, flags;
	int error;

	if (bzb_slice(dump->kdump.rows, row_of(dump, number) * ROW_SIZE, ROW_SIZE, &row))
		return say_cut(dump, "rows of pages");
	size = bzb_get32(row.data + ROW_BYTES);
	flags = bzb_get32(row.data + ROW_FLAGS);
	if (!size || size > dump->kdump.page_size ||
	    bzb_slice(dump->file, bzb_get64(row.data + ROW_OFFSET), size, &bytes))
		return say_cut(dump, "pages");
	copy = blob_copy(bytes);
	error = inflate_page(dump, flags, blob_span(&copy), page);
	blob_free(&copy);
	return error == -2 ? explain(dump->why, "page 0x%" PRIx64 " is damaged", number) : error;
}

static int read_kdump(struct boot_dump *dump, uint64_t address, unsigned char *to, size_t size)
{
	const uint64_t physical = boot_dump_physical(dump, address);
	const uint64_t number = physical / dump->kdump.page_size;
	unsigned char page[PAGE_SIZE_MAX];

	if (!has_page(dump, number))
		return explain(dump->why, "it does not have the memory at 0x%" PRIx64, address);
	if (read_page(dump, number, page))
		return -1;
	memcpy(to, page + physical % dump->kdump.page_size, size);
	return 0;
}

const struct boot_dump_format boot_dump_kdump = {
	.magic = "KDUMP   ",
	.open = open_kdump,
	.read = read_kdump,
};
