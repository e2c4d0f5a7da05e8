/* SPDX-License-Identifier: BSD-2-Clause */
#include "zstd_fewer.h"

#include "zstd_codes.h"

/* Longer matches always save more. */
#define SHORT 6u

/* A distance is forgotten after this many others; more, because one of them may be repeated. */
#define SOON 4u

/* How often something is in a block, then the cost of each */
struct table {
	uint32_t literal[256];
	uint32_t literals[ZSTD_LITERALS_CODES], length[ZSTD_LENGTH_CODES];
	uint32_t distance[ZSTD_DISTANCE_CODES];
	uint32_t literal_count, match_count;
};

struct state {
	struct bzb_span bytes;
	struct zstd_matches *blocks;
	struct zstd_repeats repeats;
	int64_t price;
	struct table costs; /* in the block */
	size_t start, at;   /* in @bytes */
	size_t kept;	    /* matches, at the start of the list */
};

/* --- the costs in a block --------------------------------------------------------------- */

static void count_match(struct table *t, struct zstd_repeats *repeats,
			const struct zstd_match *match)
{
	t->literals[zstd_literals_code(match->literals).number]++;
	t->length[zstd_length_code(match->length).number]++;
	t->distance[zstd_log2(zstd_use_distance(repeats, match->distance, !match->literals))]++;
	t->match_count++;
}

static void count_block(struct state *s, size_t first)
{
	const unsigned char *at = s->bytes.data + s->at;
	struct zstd_repeats repeats = s->repeats;
	const struct zstd_match *match = s->blocks->list + first;

	s->costs = (struct table){ 0 };
	for (;; match++) {
		for (unsigned int i = 0; i < match->literals; i++)
			s->costs.literal[at[i]]++;
		s->costs.literal_count += match->literals;
		at += match->literals + match->length;
		if (!match->length)
			return;
		count_match(&s->costs, &repeats, match);
	}
}

/* What is not there would get the longest code. */
static void make_costs(uint32_t *counts, size_t count, uint32_t total)
{
	for (size_t i = 0; i < count && total; i++)
		counts[i] = (uint32_t)(zstd_log2_fraction(total) -
				       zstd_log2_fraction(counts[i] ? counts[i] : 1));
}

#define MAKE_COSTS(table, member, total) \
	make_costs((table)->member, BZB_ARRAY_SIZE((table)->member), total)

static void make_all_costs(struct table *t)
{
	MAKE_COSTS(t, literal, t->literal_count);
	MAKE_COSTS(t, literals, t->match_count);
	MAKE_COSTS(t, length, t->match_count);
	MAKE_COSTS(t, distance, t->match_count);
}

/* --- the choice ------------------------------------------------------------------------- */

static int64_t literals_cost(const struct table *t, unsigned int literals)
{
	const struct zstd_code code = zstd_literals_code(literals);

	return (int64_t)(t->literals[code.number] + code.bits * ZSTD_BIT);
}

static int64_t match_cost(const struct state *s, const struct zstd_match *match)
{
	const struct zstd_code length = zstd_length_code(match->length);
	struct zstd_repeats repeats = s->repeats;
	const unsigned int distance =
		zstd_log2(zstd_use_distance(&repeats, match->distance, !match->literals));

	return literals_cost(&s->costs, match->literals) +
	       (int64_t)(s->costs.length[length.number] + s->costs.distance[distance] +
			 (length.bits + distance) * ZSTD_BIT);
}

/* Of its bytes as literals, before the match @next or the end of the block. */
static int64_t cost_without(const struct state *s, const struct zstd_match *match,
			    const struct zstd_match *next)
{
	const unsigned int literals = match->literals + match->length;
	int64_t cost = 0;

	for (unsigned int i = 0; i < match->length; i++)
		cost += s->costs.literal[s->bytes.data[s->at + match->literals + i]];
	if (next->length)
		cost += literals_cost(&s->costs, literals + next->literals) -
			literals_cost(&s->costs, next->literals);
	return cost;
}

static bool is_repeated_soon(const struct state *s, size_t number)
{
	const struct zstd_match *list = s->blocks->list;
	unsigned int seen = 0;

	for (size_t i = number + 1; i < s->blocks->count && seen < SOON; i++) {
		if (list[i].length && list[i].distance == list[number].distance)
			return true;
		seen += list[i].length != 0;
	}
	return false;
}

/* @match: the one with this number, with the literals from those that were left out before it */
static bool is_worth(const struct state *s, const struct zstd_match *match, size_t number)
{
	if (match->length > SHORT || s->at < s->start)
		return true;
	return cost_without(s, match, &s->blocks->list[number + 1]) - match_cost(s, match) >=
		       s->price ||
	       is_repeated_soon(s, number);
}

static void keep(struct state *s, const struct zstd_match *match)
{
	if (match->length)
		(void)zstd_use_distance(&s->repeats, match->distance, !match->literals);
	s->at += match->literals + match->length;
	s->blocks->list[s->kept++] = *match;
}

/* returns: the number of the match after the block */
static size_t do_block(struct state *s, size_t number)
{
	unsigned int left_out = 0; /* bytes */
	bool is_end = false;

	count_block(s, number);
	make_all_costs(&s->costs);
	for (; !is_end; number++) {
		struct zstd_match match = s->blocks->list[number];

		is_end = !match.length;
		match.literals += left_out;
		left_out = 0;
		if (is_end || is_worth(s, &match, number))
			keep(s, &match);
		else
			left_out = match.literals + match.length;
	}
	return number;
}

void zstd_fewer(struct bzb_span bytes, size_t start, struct zstd_matches *blocks, int64_t price)
{
	struct state s = { .bytes = bytes, .start = start, .blocks = blocks, .price = price };

	for (size_t number = 0; number < blocks->count;)
		number = do_block(&s, number);
	blocks->count = s.kept;
}
