/* SPDX-License-Identifier: BSD-2-Clause */
#include "zstd_blocks.h"

#include <stdlib.h>
#include <string.h>

#include "zstd_codes.h"

/* A block is made of chunks. A chunk ends with the first match that ends at least as far from its
 * start, so it may be longer by a match that is not cut. */
#define CHUNK 1024u
#define UNCUT (2 * CHUNK)

/* --- lists ------------------------------------------------------------------------- */

struct zstd_matches zstd_matches_room(size_t before, size_t most)
{
	struct blob memory = blob_room((before + most) * sizeof(struct zstd_match));

	return (struct zstd_matches){ (struct zstd_match *)memory.data + before, 0, memory };
}

struct zstd_matches zstd_matches_earlier(const struct zstd_matches *matches, size_t by)
{
	return (struct zstd_matches){ matches->list - by, 0, matches->memory };
}

static void add(struct zstd_matches *to, size_t distance, size_t literals, size_t length)
{
	to->list[to->count++] = (struct zstd_match){
		(unsigned int)distance,
		(unsigned int)literals,
		(unsigned int)length,
		0,
	};
}

/* Matches, in pieces of which none is too long for a chunk. */
struct pieces {
	const struct zstd_matches *of;
	size_t next;
	struct zstd_match rest; /* of the match before the next one */
	bool has_rest;
};

static struct pieces pieces_of(const struct zstd_matches *matches)
{
	return (struct pieces){ .of = matches };
}

/* returns: whether there is one more piece */
static bool next_piece(struct pieces *p, struct zstd_match *ret)
{
	if (!p->has_rest) {
		if (p->next == p->of->count)
			return false;
		*ret = p->of->list[p->next++];
		if (ret->literals <= CHUNK && ret->length <= UNCUT)
			return true;
		p->rest = *ret;
	}
	*ret = p->rest;
	p->has_rest = true;
	if (p->rest.literals > CHUNK) {
		*ret = (struct zstd_match){ .literals = CHUNK };
		p->rest.literals -= CHUNK;
	} else if (p->rest.length > UNCUT) {
		ret->length = CHUNK;
		p->rest.literals = 0;
		p->rest.length -= CHUNK;
	} else {
		p->has_rest = false;
	}
	return true;
}

/* --- the size of a block ------------------------------------------------------------ */

struct counts {
	uint16_t literal[256];
	uint16_t literals[ZSTD_LITERALS_CODES], length[ZSTD_LENGTH_CODES],
		distance[ZSTD_DISTANCE_CODES];
	uint16_t literal_count, match_count;
	uint32_t extra; /* bits after the codes */
};

/* The sum of several. */
struct sums {
	uint32_t literal[256];
	uint32_t literals[ZSTD_LITERALS_CODES], length[ZSTD_LENGTH_CODES],
		distance[ZSTD_DISTANCE_CODES];
	uint32_t literal_count, match_count, extra;
};

static void count_match(struct counts *c, struct zstd_repeats *repeats,
			const struct zstd_match *match, unsigned int literals)
{
	struct zstd_code literals_code = zstd_literals_code(literals);
	struct zstd_code length_code = zstd_length_code(match->length);
	unsigned int distance = zstd_log2(zstd_use_distance(repeats, match->distance, !literals));

	c->literals[literals_code.number]++;
	c->length[length_code.number]++;
	c->distance[distance]++;
	c->extra += literals_code.bits + length_code.bits + distance;
	c->match_count++;
}

static void count_literals(struct counts *c, const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		c->literal[bytes[i]]++;
	c->literal_count = (uint16_t)(c->literal_count + size);
}

#define ADD_UP(to, from, member) add_up((to)->member, (from)->member, BZB_ARRAY_SIZE((to)->member))

static void add_up(uint32_t *to, const uint16_t *from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		to[i] += from[i];
}

static void add_counts(struct sums *to, const struct counts *from)
{
	ADD_UP(to, from, literal);
	ADD_UP(to, from, literals);
	ADD_UP(to, from, length);
	ADD_UP(to, from, distance);
	to->literal_count += from->literal_count;
	to->match_count += from->match_count;
	to->extra += from->extra;
}

/* n * log2(n) */
struct entropy {
	struct blob memory;
	uint64_t *of;
};

static struct entropy make_entropy(void)
{
	struct entropy e = { .memory = blob_alloc((ZSTD_BLOCK_BYTES + 1) * sizeof(uint64_t)) };

	e.of = (uint64_t *)e.memory.data;
	for (uint32_t n = 1; n <= ZSTD_BLOCK_BYTES; n++)
		e.of[n] = n * zstd_log2_fraction(n);
	return e;
}

/* The bits of @total symbols with these counts, and of a table with @each bits for a symbol. */
static uint64_t cost_of(const struct entropy *entropy, const uint32_t *counts, size_t count,
			uint32_t total, uint64_t each)
{
	uint64_t cost = entropy->of[total];

	for (size_t i = 0; i < count; i++)
		if (counts[i])
			cost += each - entropy->of[counts[i]];
	return cost;
}

#define COST(entropy, sums, member, total, each) \
	cost_of(entropy, (sums)->member, BZB_ARRAY_SIZE((sums)->member), total, each)

/* Bits for a symbol in the description of its codes, and of a block besides; estimates. */
#define LITERAL_TABLE_BITS (5 * ZSTD_BIT / 2)
#define CODE_TABLE_BITS (5 * ZSTD_BIT)
#define BLOCK_BITS (200 * ZSTD_BIT)

static uint64_t block_cost(const struct entropy *entropy, const struct sums *s)
{
	const uint64_t raw = s->literal_count * 8 * ZSTD_BIT;
	uint64_t literals = COST(entropy, s, literal, s->literal_count, LITERAL_TABLE_BITS);

	return BLOCK_BITS + (literals < raw ? literals : raw) + s->extra * ZSTD_BIT +
	       COST(entropy, s, literals, s->match_count, CODE_TABLE_BITS) +
	       COST(entropy, s, length, s->match_count, CODE_TABLE_BITS) +
	       COST(entropy, s, distance, s->match_count, CODE_TABLE_BITS);
}

/* --- the choice ------------------------------------------------------------------- */

struct chunk {
	size_t first, start; /* of its pieces; of its bytes */
	struct counts counts;
	uint64_t cost; /* of the best blocks before it */
	size_t from;   /* the chunk that the last one of them begins with */
	bool is_end;   /* of a block, which is before it */
};

/* One more follows the last one, without bytes. */
struct chunks {
	struct chunk *list;
	size_t count;
	struct blob memory;
};

static size_t size_of(const struct zstd_match *match)
{
	return match->literals + match->length;
}

static struct chunks make_chunks(struct bzb_span bytes, const struct zstd_matches *matches)
{
	struct chunks ret = { .memory =
				      blob_alloc((bytes.size / CHUNK + 2) * sizeof(struct chunk)) };
	struct pieces pieces = pieces_of(matches);
	struct zstd_repeats repeats = { 0 };
	struct zstd_match piece;
	unsigned int literals = 0;
	size_t at = 0;

	ret.list = (struct chunk *)ret.memory.data;
	for (size_t i = 1; next_piece(&pieces, &piece); i++) {
		struct chunk *chunk = &ret.list[ret.count];

		if (!size_of(&piece))
			continue;
		count_literals(&chunk->counts, bytes.data + at, piece.literals);
		literals += piece.literals;
		at += size_of(&piece);
		if (piece.length)
			count_match(&chunk->counts, &repeats, &piece, literals);
		literals = piece.length ? 0 : literals;
		if (at - chunk->start < CHUNK && at < bytes.size)
			continue;
		ret.list[++ret.count] = (struct chunk){ .first = i, .start = at };
		literals = 0;
	}
	return ret;
}

/* The best block that ends before a chunk, of all that begin with an earlier one. */
static void choose_block(const struct entropy *entropy, struct chunk *list, size_t end)
{
	struct sums sums = { 0 };
	struct chunk *chunk = &list[end];

	chunk->cost = UINT64_MAX;
	for (size_t i = end; i-- && chunk->start - list[i].start <= ZSTD_BLOCK_BYTES;) {
		uint64_t cost;

		add_counts(&sums, &list[i].counts);
		cost = list[i].cost + block_cost(entropy, &sums);
		if (cost >= chunk->cost)
			continue;
		chunk->cost = cost;
		chunk->from = i;
	}
}

static void choose_ends(struct chunks *chunks)
{
	struct entropy entropy = make_entropy();

	for (size_t end = 1; end <= chunks->count; end++)
		choose_block(&entropy, chunks->list, end);
	for (size_t end = chunks->count; end; end = chunks->list[end].from)
		chunks->list[end].is_end = true;
	blob_free(&entropy.memory);
}

/* The match goes on with the one before. */
static bool continues(const struct zstd_matches *to, const struct zstd_match *match)
{
	const struct zstd_match *last = to->count ? &to->list[to->count - 1] : NULL;

	return last && last->length && last->distance == match->distance;
}

static void add_match(struct zstd_matches *to, const struct zstd_match *match, size_t *literals)
{
	*literals += match->literals;
	if (!match->length)
		return;
	if (!*literals && continues(to, match))
		to->list[to->count - 1].length += match->length;
	else
		add(to, match->distance, *literals, match->length);
	*literals = 0;
}

static void end_block(struct zstd_matches *to, size_t *literals)
{
	add(to, 0, *literals, 0);
	*literals = 0;
}

/* Each end of a block is one more in the list, and may cut a match in two. */
#define ROOM_PER_BLOCK 2

static size_t most_blocks(size_t size, bool choose)
{
	return choose ? size / CHUNK + 1 : size / (ZSTD_BLOCK_BYTES - CHUNK - UNCUT) + 1;
}

size_t zstd_blocks_room(size_t size, bool choose)
{
	return ROOM_PER_BLOCK * most_blocks(size, choose);
}

static void add_ends(struct zstd_matches *to, struct pieces pieces, const struct chunks *chunks)
{
	struct zstd_match piece;
	size_t literals = 0;

	for (size_t i = 0, n = 0; i < chunks->count; i++) {
		for (; n < chunks->list[i + 1].first && next_piece(&pieces, &piece); n++)
			add_match(to, &piece, &literals);
		if (chunks->list[i + 1].is_end)
			end_block(to, &literals);
	}
}

static void choose_blocks(struct zstd_matches *to, struct bzb_span bytes,
			  const struct zstd_matches *matches)
{
	struct chunks chunks = make_chunks(bytes, matches);

	choose_ends(&chunks);
	add_ends(to, pieces_of(matches), &chunks);
	blob_free(&chunks.memory);
}

/* Blocks that are as large as possible. */
static void fill_blocks(struct zstd_matches *to, struct pieces pieces)
{
	struct zstd_match piece;
	size_t literals = 0, size = 0;

	while (next_piece(&pieces, &piece)) {
		if (size + size_of(&piece) > ZSTD_BLOCK_BYTES) {
			end_block(to, &literals);
			size = 0;
		}
		add_match(to, &piece, &literals);
		size += size_of(&piece);
	}
	end_block(to, &literals);
}

void zstd_blocks(struct bzb_span bytes, struct zstd_matches *matches, bool choose)
{
	struct zstd_matches blocks =
		zstd_matches_earlier(matches, zstd_blocks_room(bytes.size, choose));

	if (choose)
		choose_blocks(&blocks, bytes, matches);
	else
		fill_blocks(&blocks, pieces_of(matches));
	*matches = blocks;
}

/* --- as they are written ------------------------------------------------------------ */

/* RFC 8878, 3.1.1.2: Last_Block, a type of two bits, a size. */
#define HEADER_SIZE 3u
enum { TYPE_RLE = 1, TYPE_COMPRESSED = 2 };

size_t zstd_block_read(struct bzb_span blocks, size_t at, struct zstd_block *ret)
{
	struct bzb_span bytes;
	uint32_t value, type;

	if (bzb_slice(blocks, at, HEADER_SIZE, &bytes))
		return 0;
	value = bytes.data[0] | (uint32_t)bytes.data[1] << 8 | (uint32_t)bytes.data[2] << 16;
	type = value >> 1 & 3;
	at += HEADER_SIZE;
	if (bzb_slice(blocks, at, type == TYPE_RLE ? 1 : value >> 3, &bytes))
		return 0;
	*ret = (struct zstd_block){ type == TYPE_COMPRESSED, value & ZSTD_BLOCK_LAST };
	return at + bytes.size;
}
