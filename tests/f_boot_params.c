/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A memory map that is sorted, handed over and read again, and boot_params of any content,
 * sanitised. The input: the number of ranges, the ranges, the beginning of the page; its other
 * bytes repeat the last one.
 */
#include "fuzz.h"

#define RANGES_MAX 160u

/* A range of the input: little-endian size in pages, type, distance to the one before it. */
#define RANGE_BYTES 4u

static void check_sanitized(const struct bzb_boot_params *before)
{
	struct bzb_boot_params once = *before, twice;

	bzb_boot_params_sanitize(&once);
	twice = once;
	bzb_boot_params_sanitize(&twice);
	PROMISE(!memcmp(&once, &twice, sizeof(once)));
	PROMISE(!bzb_ld32(once.cc_blob_address) && !once.sentinel);
	PROMISE(!memcmp(&once.hdr, &before->hdr, sizeof(once.hdr)));
	PROMISE(!memcmp(&once.screen_info, &before->screen_info, sizeof(once.screen_info)));
	PROMISE(!memcmp(&once.efi_info, &before->efi_info, sizeof(once.efi_info)));
	PROMISE(!memcmp(once.e820_table, before->e820_table, sizeof(once.e820_table)));
	PROMISE(once.e820_entries == before->e820_entries);
	if (!before->sentinel) {
		twice = *before;
		twice.cc_blob_address = bzb_st32(0);
		PROMISE(!memcmp(&once, &twice, sizeof(once)));
	}
}

static void check_fields(const struct bzb_boot_params *params)
{
	struct bzb_memory_range initrd = bzb_boot_params_initrd(params);
	struct bzb_boot_params again = *params;

	bzb_boot_params_set_cmdline(&again, bzb_boot_params_cmdline(params));
	bzb_boot_params_set_initrd(&again, initrd.addr, initrd.size);
	PROMISE(!memcmp(&again, params, sizeof(again)));
	bzb_boot_params_init(&again, &params->hdr);
	PROMISE(!bzb_boot_params_cmdline(&again) && !bzb_boot_params_initrd(&again).size);
	PROMISE(!again.sentinel && !bzb_ld64(again.hdr.setup_data));
}

static uint64_t total_size(const struct bzb_memory_range *ranges, size_t count)
{
	uint64_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += ranges[i].size;
	return total;
}

/* The ranges of a map that was handed over */
static struct bzb_memory_range read_back(const struct bzb_boot_params *params,
					 const struct bzb_setup_data *ext, size_t i)
{
	const struct bzb_e820_entry *more = (const void *)(ext + 1);

	return bzb_memory_range_of(i < BZB_E820_MAX ? &params->e820_table[i] :
						      &more[i - BZB_E820_MAX]);
}

static void check_map(struct bzb_boot_params *params, const struct bzb_memory_range *ranges,
		      size_t count)
{
	size_t size = bzb_boot_params_e820_ext_size(count);
	struct bzb_setup_data *ext = malloc(size);
	const uint64_t addr = 0x123456789abc, next = bzb_ld64(params->hdr.setup_data);

	PROMISE(ext || !size);
	if (size)
		PROMISE(bzb_boot_params_set_e820(params, ranges, count, ext, size - 1, addr) ==
			-BZB_ERR_NOSPACE);
	PROMISE(!bzb_boot_params_set_e820(params, ranges, count, ext, size, addr));
	PROMISE(params->e820_entries == (size ? BZB_E820_MAX : count));
	PROMISE(bzb_ld64(params->hdr.setup_data) == (size ? addr : next));
	if (size)
		PROMISE(bzb_ld64(ext->next) == next && bzb_ld32(ext->type) == BZB_SETUP_E820_EXT &&
			bzb_ld32(ext->len) == size - sizeof(*ext));
	for (size_t i = 0; i < count; i++) {
		struct bzb_memory_range range = read_back(params, ext, i);

		PROMISE(range.addr == ranges[i].addr && range.size == ranges[i].size &&
			range.type == ranges[i].type);
	}
	free(ext);
}

static bool is_covered(const struct bzb_memory_range *range, const struct bzb_memory_range *ranges,
		       size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (range->addr >= ranges[i].addr && range->size <= ranges[i].size &&
		    range->addr - ranges[i].addr <= ranges[i].size - range->size)
			return range->type == ranges[i].type;
	return false;
}

/* No byte of memory is lost, or changes its type; none is added. */
static void check_kept(const struct bzb_memory_range *before, size_t before_count,
		       const struct bzb_memory_range *ranges, size_t count)
{
	PROMISE(count <= before_count);
	PROMISE(total_size(ranges, count) == total_size(before, before_count));
	for (size_t i = 0; i < before_count; i++)
		PROMISE(!before[i].size || is_covered(&before[i], ranges, count));
}

static void check_sorted(struct bzb_memory_range *ranges, size_t count)
{
	struct bzb_memory_range again[RANGES_MAX];

	for (size_t i = 0; i < count; i++) {
		PROMISE(ranges[i].size);
		if (i)
			PROMISE(ranges[i - 1].addr + ranges[i - 1].size <
				ranges[i].addr + (ranges[i - 1].type != ranges[i].type));
	}
	memcpy(again, ranges, count * sizeof(*again));
	PROMISE(bzb_memory_sort(again, count) == count);
	PROMISE(!memcmp(again, ranges, count * sizeof(*again)));
}

/* Ranges that do not overlap, in an order given by the input */
static size_t read_ranges(struct bzb_span *input, struct bzb_memory_range *ranges)
{
	size_t count = input->size ? input->data[0] % (RANGES_MAX + 1) : 0;
	uint64_t end = 0;

	if (count * RANGE_BYTES >= input->size)
		return 0;
	memset(ranges, 0, count * sizeof(*ranges));
	for (size_t i = 0; i < count; i++) {
		const unsigned char *from = input->data + 1 + i * RANGE_BYTES;
		size_t at = (size_t)from[3] * 7 % (i + 1);

		ranges[i] = ranges[at];
		ranges[at].addr = end + (from[3] & 1u) * 0x1000;
		ranges[at].size = (from[0] | (uint64_t)from[1] << 8) << 12;
		ranges[at].type = from[2] % 4;
		end = ranges[at].addr + ranges[at].size;
	}
	input->data += 1 + count * RANGE_BYTES;
	input->size -= 1 + count * RANGE_BYTES;
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bzb_span input = { data, size };
	struct bzb_memory_range ranges[RANGES_MAX], before[RANGES_MAX];
	size_t count = read_ranges(&input, ranges), kept;
	struct bzb_boot_params params;

	if (!input.size)
		return 0;
	if (input.size > sizeof(params))
		input.size = sizeof(params);
	memset(&params, input.data[input.size - 1], sizeof(params));
	memcpy(&params, input.data, input.size);
	check_sanitized(&params);
	check_fields(&params);
	memcpy(before, ranges, count * sizeof(*before));
	kept = bzb_memory_sort(ranges, count);
	check_kept(before, count, ranges, kept);
	check_sorted(ranges, kept);
	check_map(&params, ranges, kept);
	return 0;
}
