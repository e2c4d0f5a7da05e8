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

/* What has a code: bytes that are literals, then numbers of literals, lengths and distances. */
enum {
	LITERALS = 256,
	LENGTH = LITERALS + ZSTD_LITERALS_CODES,
	DISTANCE = LENGTH + ZSTD_LENGTH_CODES,
	SYMBOLS = DISTANCE + ZSTD_DISTANCE_CODES,
};

/* Those of a chunk that occur in it, ascending; of them, @bytes are literals. */
struct symbols {
	struct symbol {
		uint16_t number, count;
	} *list;
	uint16_t bytes, all;
};

struct counts {
	uint16_t of[SYMBOLS];
	uint32_t literals, matches, extra; /* extra: bits after the codes */
};

static void count_match(struct counts *c, struct zstd_repeats *repeats,
			const struct zstd_match *match, unsigned int literals)
{
	struct zstd_code literals_code = zstd_literals_code(literals);
	struct zstd_code length_code = zstd_length_code(match->length);
	unsigned int distance = zstd_log2(zstd_use_distance(repeats, match->distance, !literals));

	c->of[LITERALS + literals_code.number]++;
	c->of[LENGTH + length_code.number]++;
	c->of[DISTANCE + distance]++;
	c->extra += literals_code.bits + length_code.bits + distance;
	c->matches++;
}

static void count_literals(struct counts *c, const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		c->of[bytes[i]]++;
	c->literals += (uint32_t)size;
}

static struct symbols list_symbols(const struct counts *counts, struct symbol *list)
{
	struct symbols ret = { .list = list };

	for (uint16_t number = 0; number < SYMBOLS; number++) {
		if (!counts->of[number])
			continue;
		list[ret.all++] = (struct symbol){ number, counts->of[number] };
		if (number < LITERALS)
			ret.bytes++;
	}
	return ret;
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

/* Bits for a symbol in the description of its codes; estimates. */
#define LITERAL_TABLE_BITS (5 * ZSTD_BIT / 2)
#define CODE_TABLE_BITS (5 * ZSTD_BIT)

/* Of some symbols: how many there are, and the sum of n * log2(n) over their counts. */
struct codes {
	uint64_t used, saved;
};

/* Chunks that are one block. */
struct sums {
	uint32_t of[SYMBOLS];
	uint32_t literals, matches, extra;
	struct codes bytes, others;
};

static void add_symbols(const struct entropy *entropy, uint32_t *counts, const struct symbol *list,
			size_t size, struct codes *codes)
{
	for (size_t i = 0; i < size; i++) {
		uint32_t *count = &counts[list[i].number];

		codes->used += !*count;
		codes->saved -= entropy->of[*count];
		*count += list[i].count;
		codes->saved += entropy->of[*count];
	}
}

/* Without its price */
static uint64_t block_cost(const struct entropy *entropy, const struct sums *s)
{
	const uint64_t raw = s->literals * 8 * ZSTD_BIT;
	const uint64_t literals =
		entropy->of[s->literals] + s->bytes.used * LITERAL_TABLE_BITS - s->bytes.saved;
	const uint64_t codes =
		3 * entropy->of[s->matches] + s->others.used * CODE_TABLE_BITS - s->others.saved;

	return (literals < raw ? literals : raw) + codes + s->extra * ZSTD_BIT;
}

/* --- the choice ------------------------------------------------------------------- */

struct chunk {
	size_t first, start; /* of its pieces; of its bytes */
	struct symbols symbols;
	uint32_t literals, matches, extra; /* as in counts */
	uint64_t cost;			   /* of the best blocks before it */
	size_t from;			   /* the chunk that the last one of them begins with */
	bool is_end;			   /* of a block, which is before it */
};

/* One more follows the last one, without bytes. */
struct chunks {
	struct chunk *list;
	size_t count;
	struct blob memory, symbols;
};

static size_t size_of(const struct zstd_match *match)
{
	return match->literals + match->length;
}

static struct chunks chunks_room(size_t size)
{
	const size_t most = size / CHUNK + 2;
	struct chunks ret = {
		.memory = blob_alloc(most * sizeof(struct chunk)),
		.symbols = blob_room(most * SYMBOLS * sizeof(struct symbol)),
	};

	ret.list = (struct chunk *)ret.memory.data;
	ret.list->symbols.list = (struct symbol *)ret.symbols.data;
	return ret;
}

/* Ends the last chunk; the next one begins with the piece @first. */
static void add_chunk(struct chunks *chunks, struct counts *counts, size_t first, size_t at)
{
	struct chunk *chunk = &chunks->list[chunks->count++];

	chunk->symbols = list_symbols(counts, chunk->symbols.list);
	chunk->literals = counts->literals;
	chunk->matches = counts->matches;
	chunk->extra = counts->extra;
	chunk[1] = (struct chunk){
		.first = first,
		.start = at,
		.symbols.list = chunk->symbols.list + chunk->symbols.all,
	};
	*counts = (struct counts){ 0 };
}

static struct chunks make_chunks(struct bzb_span bytes, const struct zstd_matches *matches)
{
	struct chunks ret = chunks_room(bytes.size);
	struct pieces pieces = pieces_of(matches);
	struct zstd_repeats repeats = { 0 };
	struct counts counts = { 0 };
	struct zstd_match piece;
	unsigned int literals = 0;
	size_t at = 0;

	for (size_t i = 1; next_piece(&pieces, &piece); i++) {
		if (!size_of(&piece))
			continue;
		count_literals(&counts, bytes.data + at, piece.literals);
		literals += piece.literals;
		at += size_of(&piece);
		if (piece.length)
			count_match(&counts, &repeats, &piece, literals);
		literals = piece.length ? 0 : literals;
		if (at - ret.list[ret.count].start < CHUNK && at < bytes.size)
			continue;
		add_chunk(&ret, &counts, i, at);
		literals = 0;
	}
	return ret;
}

static void add_to_block(const struct entropy *entropy, struct sums *to, const struct chunk *chunk)
{
	const struct symbols *s = &chunk->symbols;

	add_symbols(entropy, to->of, s->list, s->bytes, &to->bytes);
	add_symbols(entropy, to->of, s->list + s->bytes, s->all - s->bytes, &to->others);
	to->literals += chunk->literals;
	to->matches += chunk->matches;
	to->extra += chunk->extra;
}

/* The best block that ends before a chunk, of all that begin with an earlier one. */
static void choose_block(const struct entropy *entropy, uint64_t price, struct chunk *list,
			 size_t end)
{
	struct sums sums = { 0 };
	struct chunk *chunk = &list[end];

	chunk->cost = UINT64_MAX;
	for (size_t i = end; i-- && chunk->start - list[i].start <= ZSTD_BLOCK_BYTES;) {
		uint64_t cost;

		add_to_block(entropy, &sums, &list[i]);
		cost = list[i].cost + price + block_cost(entropy, &sums);
		if (cost >= chunk->cost)
			continue;
		chunk->cost = cost;
		chunk->from = i;
	}
}

static void choose_ends(struct chunks *chunks, uint64_t price)
{
	struct entropy entropy = make_entropy();

	for (size_t end = 1; end <= chunks->count; end++)
		choose_block(&entropy, price, chunks->list, end);
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
			  const struct zstd_matches *matches, uint64_t price)
{
	struct chunks chunks = make_chunks(bytes, matches);

	choose_ends(&chunks, price);
	add_ends(to, pieces_of(matches), &chunks);
	blob_free(&chunks.memory);
	blob_free(&chunks.symbols);
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

void zstd_blocks(struct bzb_span bytes, struct zstd_matches *matches,
		 const struct zstd_prices *prices)
{
	struct zstd_matches blocks =
		zstd_matches_earlier(matches, zstd_blocks_room(bytes.size, prices != NULL));

	if (prices)
		choose_blocks(&blocks, bytes, matches, prices->block);
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
