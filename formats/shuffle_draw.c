/* SPDX-License-Identifier: BSD-2-Clause */
/* Places of units by chance. */
#include <bzboot/chacha.h>
#include <bzboot/shuffle.h>
#include <bzboot/wipe.h>

/* --- random numbers --------------------------------------------------------------------- */

struct numbers {
	const unsigned char *seed;
	uint32_t block; /* number of the next one */
	uint32_t words[BZB_CHACHA20_WORDS], used;
};

static uint32_t next_word(struct numbers *numbers)
{
	static const unsigned char nonce[BZB_CHACHA20_NONCE_SIZE];

	if (numbers->used == BZB_CHACHA20_WORDS) {
		bzb_chacha20_block(numbers->seed, numbers->block++, nonce, numbers->words);
		numbers->used = 0;
	}
	return numbers->words[numbers->used++];
}

/*
 * A number from 0 to @limit - 1: the high half of a product. Of the low halves, 2^32 mod @limit are
 * one too many: Lemire, "Fast random integer generation in an interval", 2019.
 */
static uint32_t below(struct numbers *numbers, uint32_t limit)
{
	uint64_t product = (uint64_t)next_word(numbers) * limit;

	if ((uint32_t)product < limit) {
		const uint32_t surplus = -limit % limit;

		while ((uint32_t)product < surplus)
			product = (uint64_t)next_word(numbers) * limit;
	}
	return (uint32_t)(product >> 32);
}

/* --- chains --------------------------------------------------------------------------- */

#define NO_CHAIN 0u

/* Arrays in the scratch of the caller */
struct draw {
	struct numbers numbers;
	uint32_t *places;
	uint32_t *sizes, *alignments, *chain_of; /* of each unit; chains count from 1 on */
	uint32_t *chained;			 /* units of all chains */
	uint32_t *next;				 /* of each chain, in the array above */
	uint32_t *list;				 /* units of one alignment in a group */
};

static int read_chains(const struct bzb_shuffle *shuffle, struct draw *draw)
{
	const unsigned char *at = shuffle->chains.data;
	uint32_t n = 0;

	for (uint32_t chain = 0; chain < shuffle->chain_count; chain++) {
		uint32_t count = bzb_shuffle_next_number(&at), unit = 0;

		draw->next[chain] = n;
		for (; count; count--) {
			unit += bzb_shuffle_next_number(&at);
			if (draw->chain_of[unit] != NO_CHAIN)
				return -BZB_ERR_BADUNITS;
			draw->chain_of[unit] = chain + 1;
			draw->chained[n++] = unit;
		}
	}
	return 0;
}

/* --- drawing ---------------------------------------------------------------------------- */

static void permute(struct numbers *numbers, uint32_t *list, uint32_t count)
{
	for (uint32_t i = count; i-- > 1;) {
		const uint32_t j = below(numbers, i + 1), unit = list[i];

		list[i] = list[j];
		list[j] = unit;
	}
}

/* Gives the positions of a chain's units to the units in their old order. It is an error if the
 * next unit is not one of the list, because the two differ in their alignment. */
static int keep_chains(struct draw *draw, const struct bzb_shuffle_group *group,
		       unsigned int alignment, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const uint32_t chain = draw->chain_of[draw->list[i]];
		uint32_t unit;

		if (chain == NO_CHAIN)
			continue;
		unit = draw->chained[draw->next[chain - 1]++];
		if (unit - group->first_unit >= group->unit_count ||
		    draw->alignments[unit] != alignment)
			return -BZB_ERR_BADUNITS;
		draw->list[i] = unit;
	}
	return 0;
}

/* @at: the end of the units before, and then of these. */
static int place_units(struct draw *draw, const struct bzb_shuffle_group *group,
		       unsigned int alignment, uint32_t *at)
{
	uint32_t count = 0;
	int err;

	for (uint32_t i = 0; i < group->unit_count; i++)
		if (draw->alignments[group->first_unit + i] == alignment)
			draw->list[count++] = group->first_unit + i;
	permute(&draw->numbers, draw->list, count);
	err = keep_chains(draw, group, alignment, count);
	for (uint32_t i = 0; !err && i < count; i++) {
		const uint32_t unit = draw->list[i];

		*at = (uint32_t)bzb_align_up(*at, 1u << alignment);
		draw->places[unit] = *at;
		*at += draw->sizes[unit];
	}
	return err;
}

static int place_group(struct draw *draw, struct bzb_shuffle_walk *walk)
{
	const struct bzb_shuffle_group *group = &walk->group;
	uint32_t alignments = 0, at = group->offset; /* a bit for each alignment */
	int err = 0;

	for (uint32_t i = 0; i < group->unit_count; i++) {
		const struct bzb_shuffle_unit unit = bzb_shuffle_next_unit(walk);

		draw->sizes[group->first_unit + i] = unit.size;
		draw->alignments[group->first_unit + i] = unit.alignment;
		alignments |= 1u << unit.alignment;
	}
	for (unsigned int i = BZB_SHUFFLE_ALIGNMENT_MAX_LOG2 + 1; !err && i--;)
		if (alignments & 1u << i)
			err = place_units(draw, group, i, &at);
	return err;
}

static unsigned int digit_of(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10u : 16;
}

bool bzb_shuffle_read_seed(struct bzb_span text, unsigned char *seed)
{
	unsigned char read[BZB_SHUFFLE_SEED_SIZE] = { 0 };

	if (!text.size || text.size > 2 * sizeof(read))
		return false;
	for (size_t i = 0; i < text.size; i++) {
		const unsigned int digit = digit_of(text.data[text.size - 1 - i]);

		if (digit >= 16)
			return false;
		read[sizeof(read) - 1 - i / 2] |= (unsigned char)(digit << (i % 2 ? 4 : 0));
	}
	memcpy(seed, read, sizeof(read));
	return true;
}

int bzb_shuffle_draw(const struct bzb_shuffle *shuffle, const unsigned char *seed, void *scratch,
		     size_t room)
{
	const size_t units = shuffle->unit_count;
	struct bzb_shuffle_walk walk = bzb_shuffle_begin(shuffle);
	struct draw draw = { .numbers = { .seed = seed, .used = BZB_CHACHA20_WORDS } };
	int err;

	if (room < shuffle->room)
		return -BZB_ERR_NOSPACE;
	draw.places = scratch;
	draw.sizes = draw.places + units;
	draw.alignments = draw.sizes + units;
	draw.chain_of = draw.alignments + units;
	draw.list = draw.chain_of + units;
	draw.chained = draw.list + units;
	draw.next = draw.chained + shuffle->chained_count;
	memset(draw.chain_of, 0, units * sizeof(*draw.chain_of));
	err = read_chains(shuffle, &draw);
	while (!err && bzb_shuffle_next_group(&walk))
		err = place_group(&draw, &walk);
	bzb_wipe(&draw.numbers, sizeof(draw.numbers));
	return err;
}
