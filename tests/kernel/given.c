/* SPDX-License-Identifier: BSD-2-Clause */
#include "../direct/given.h"
#include "boot_params.h"
#include "given.h"
#include "memory.h"

static const struct given *given;

void note_given(const unsigned char *node)
{
	if (load(node + offsetof(struct given, type), 4) == GIVEN_TYPE)
		given = (const struct given *)node;
}

bool was_given(void)
{
	return given;
}

static const char *check_e820_given(void)
{
	if (e820_size() != given->e820_count)
		return "wrong number of e820 entries";
	for (unsigned int i = 0; i < given->e820_count; i++)
		if (!e820_is(i, given->e820[i].start, given->e820[i].size, given->e820[i].type))
			return "an e820 entry differs from the loader's";
	return NULL;
}

const char *check_given(const unsigned char *bp)
{
	if (given->length != sizeof(*given) - offsetof(struct given, sum) ||
	    given->sum != given_sum(given))
		return "the loader's node has changed";
	add_place("image_address", given->image, given->image_size);
	if (load_halves(bp, BP_CMD_LINE_PTR, BP_EXT_CMD_LINE_PTR) != given->cmdline)
		return "the command line is not at the loader's address";
	if (load_halves(bp, BP_RAMDISK_IMAGE, BP_EXT_RAMDISK_IMAGE) != given->initrd ||
	    load_halves(bp, BP_RAMDISK_SIZE, BP_EXT_RAMDISK_SIZE) != given->initrd_size)
		return "the initrd is not at the loader's address";
	return check_e820_given();
}

const char *check_holes(void)
{
	for (unsigned int i = 0; i < given->hole_count; i++)
		for (uint64_t at = given->holes[i]; at < given->holes[i] + HOLE_SIZE; at += 8)
			if (load(memory_at(at), 8) != (~at ^ HOLE_PATTERN))
				return "reserved memory was written to";
	return NULL;
}
