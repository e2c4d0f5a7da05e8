/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A unit table and a kernel, in blocks of exactly their sizes. Whatever they are, nothing outside is
 * read or written; a shuffle that is refused has changed nothing; old places change nothing but
 * bytes that no unit covers.
 */
#include "fuzz.h"

/* An input begins with a way to choose places, and the size of the table. */
enum { DRAWN, OLD, OTHER, WAYS };
enum { TABLE = 3 };

#define ROOM_MAX ((size_t)1 << 24)

static const uint64_t address = 0xffffffff81000000;

static void *copy_of(const void *bytes, size_t size)
{
	void *copy = malloc(size + !size);

	PROMISE(copy);
	return memcpy(copy, bytes, size);
}

static void choose_old(const struct bzb_shuffle *shuffle, uint32_t *places)
{
	struct bzb_shuffle_walk walk = bzb_shuffle_begin(shuffle);

	while (bzb_shuffle_next_group(&walk)) {
		uint32_t at = walk.group.offset;

		for (uint32_t i = 0; i < walk.group.unit_count; i++) {
			const struct bzb_shuffle_unit unit = bzb_shuffle_next_unit(&walk);

			places[walk.group.first_unit + i] = at;
			at += unit.size + unit.gap;
		}
	}
}

/* Units are drawn; then the places of two change by bytes of the kernel. */
static void choose(const struct bzb_shuffle *shuffle, unsigned int way, struct bzb_span kernel,
		   uint32_t *places)
{
	static const unsigned char seed[BZB_SHUFFLE_SEED_SIZE];

	choose_old(shuffle, places);
	if (way != OLD && bzb_shuffle_draw(shuffle, seed, places, shuffle->room))
		choose_old(shuffle, places);
	if (way == OTHER && shuffle->unit_count && kernel.size >= 8) {
		places[bzb_get32(kernel.data) % shuffle->unit_count] = bzb_get32(kernel.data + 4);
		places[bzb_get32(kernel.data + 4) % shuffle->unit_count] += kernel.data[0];
	}
}

static void check_old(struct bzb_span before, const unsigned char *memory)
{
	for (size_t i = 0; i < before.size; i++)
		PROMISE(memory[i] == before.data[i] || memory[i] == 0xcc);
}

static void shuffle_kernel(const struct bzb_shuffle *shuffle, unsigned int way,
			   struct bzb_span before)
{
	const struct bzb_shuffle_kernel kernel = {
		.memory = copy_of(before.data, before.size),
		.address = address,
		.slide = way == OTHER ? 0x200000 : 0,
	};
	uint32_t *places = malloc(shuffle->room); /* with room behind them */
	struct bzb_shuffle_run run;
	int err;

	PROMISE(places);
	choose(shuffle, way, before, places);
	err = bzb_shuffle_prepare(shuffle, &kernel, places, shuffle->room, &run);
	PROMISE(!err || err == -BZB_ERR_BADPLACES);
	for (uint32_t i = 0; !err && i < bzb_shuffle_tasks(&run, BZB_SHUFFLE_FIND); i++)
		err = bzb_shuffle_do(&run, BZB_SHUFFLE_FIND, i);
	PROMISE(!err || err == -BZB_ERR_BADPLACES || err == -BZB_ERR_BADTABLE);
	PROMISE(!memcmp(kernel.memory, before.data, before.size));
	if (!err) {
		PROMISE(!bzb_shuffle_apply(shuffle, &kernel, places, shuffle->room));
		if (way == OLD)
			check_old(before, kernel.memory);
	}
	free(places);
	free(kernel.memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bzb_span rest = { data, size }, bytes, kernel;
	struct bzb_shuffle shuffle;
	unsigned char *table;

	if (size < TABLE || bzb_slice(rest, TABLE, bzb_get16(data + 1), &bytes))
		return 0;
	(void)bzb_slice(rest, TABLE + bytes.size, size - TABLE - bytes.size, &kernel);
	table = copy_of(bytes.data, bytes.size);
	bytes.data = table;
	if (!bzb_shuffle_open(bytes, kernel.size, &shuffle) && shuffle.room <= ROOM_MAX)
		shuffle_kernel(&shuffle, data[0] % WAYS, kernel);
	free(table);
	return 0;
}
