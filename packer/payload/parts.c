/* SPDX-License-Identifier: BSD-2-Clause */
#include "parts.h"

#include <string.h>

#include <bzboot/checksum.h>

#include "io/blob.h"
#include "matches.h"
#include "payload_decompress.h"
#include "threads.h"

/* Smaller parts cost more than they save. */
#define PART_LEAST ((size_t)512 << 10)

/* --- where to cut --------------------------------------------------------------- */

/*
 * A quick search for matches estimates how long each piece takes to decompress, and how many
 * matches a cut before it would break. The time is counted in literals: measured for zstd and
 * for xz, in instructions, over twelve parts of Debian's 6.12, where no part was off by more than a
 * fifth of its time. (By compressed size alone, text seems to take too long.)
 */
#define PIECE PART_UNIT
#define LITERALS_PER_MATCH 3
#define BYTES_OUT_PER_LITERAL 16

/* The first parts may together take longer than their share by so much of one, if that breaks fewer
 * matches; of two parts of xz, the first one may take less: Debian's kernels begin with code, for
 * which the estimate is too high for zstd, and too low for xz. (With three, 7.3 is larger by
 * 0.15 %.) */
#define TOLERANCE 8			/* an eighth */

struct survey {
	size_t pieces;
	struct blob memory;
	uint64_t *weight; /* of all pieces before one; [pieces]: of all */
	int64_t *broken;  /* by a cut before one */
	size_t at;	  /* so far it was made */
};

/* The time of a match is counted at its end. A cut between its source and itself breaks it. */
static void count_match(void *context, struct match match)
{
	struct survey *survey = context;
	size_t start = survey->at + match.literals;

	survey->at = start + match.length;
	survey->weight[survey->at / PIECE] +=
		LITERALS_PER_MATCH + match.literals +
		(match.literals + match.length) / BYTES_OUT_PER_LITERAL;
	if (!match.length)
		return;
	survey->broken[(start - match.distance) / PIECE + 1]++;
	survey->broken[start / PIECE + 1]--;
}

/* Of each piece by itself: of all that is before it. */
static void add_up(struct survey *survey)
{
	uint64_t weight = 0;
	int64_t broken = 0;

	for (size_t i = 0; i <= survey->pieces; i++) {
		uint64_t piece = survey->weight[i];

		survey->weight[i] = weight;
		weight += piece;
		survey->broken[i] = broken += survey->broken[i];
	}
}

static struct survey make_survey(struct bzb_span bytes)
{
	const size_t pieces = bytes.size / PIECE + 1;
	struct survey survey = {
		.pieces = pieces,
		.memory = blob_alloc(2 * (pieces + 1) * sizeof(uint64_t)),
	};

	survey.weight = (uint64_t *)survey.memory.data;
	survey.broken = (int64_t *)(survey.weight + pieces + 1);
	matches_find(bytes, count_match, &survey);
	add_up(&survey);
	return survey;
}

/* The cost of a cut: first its distance from the ideal place, if that is too large; then the
 * matches that it breaks. */
struct badness {
	uint64_t off;
	int64_t broken;
};

static struct badness judge(const struct survey *survey, size_t cut, uint64_t wanted,
			    uint64_t tolerance)
{
	uint64_t weight = survey->weight[cut / PIECE];
	uint64_t off = weight < wanted		   ? wanted - weight :
		       weight - wanted > tolerance ? weight - wanted :
						     0;

	return (struct badness){ off, survey->broken[cut / PIECE] };
}

static bool is_worse(struct badness a, struct badness b)
{
	return a.off > b.off || (a.off == b.off && a.broken > b.broken);
}

/* The cut with the least cost from @least to @most, a multiple of @unit. Of several, the last one:
 * bytes without matches, like Linux's ORC tables, compress better at the end of a part than at its
 * start. */
static size_t choose_cut(const struct survey *survey, size_t least, size_t most, size_t unit,
			 uint64_t wanted, uint64_t tolerance)
{
	struct badness best = judge(survey, least, wanted, tolerance);
	size_t ret = least;

	for (size_t cut = least + unit; cut <= most; cut += unit) {
		struct badness badness = judge(survey, cut, wanted, tolerance);

		if (!is_worse(badness, best)) {
			best = badness;
			ret = cut;
		}
	}
	return ret;
}

/* Cuts where all parts take about as long, and few matches are broken. */
static void cut_by_survey(struct bzb_span bytes, size_t part_least, size_t unit, bool early,
			  struct cuts *cuts)
{
	struct survey survey = make_survey(bytes);
	const uint64_t share = survey.weight[survey.pieces] / cuts->count;
	const uint64_t tolerance = share / TOLERANCE;
	size_t least = 0;

	for (unsigned int i = 1; i < cuts->count; i++) {
		size_t left = bytes.size - (cuts->count - i) * part_least;

		least += part_least;
		least = choose_cut(&survey, least, left - left % unit, unit,
				   share * i - (early ? tolerance : 0), tolerance);
		cuts->end[i - 1] = least;
	}
	blob_free(&survey.memory);
}

/* The only cuts that there are if all parts but the last one have to be of the least size. */
static void cut_evenly(size_t part_least, struct cuts *cuts)
{
	for (unsigned int i = 1; i < cuts->count; i++)
		cuts->end[i - 1] = i * part_least;
}

void parts_cut(struct bzb_span bytes, unsigned int count, size_t unit, bool early, struct cuts *ret)
{
	const size_t part_least = unit < PART_LEAST ? PART_LEAST : unit;
	const size_t most = unit ? bytes.size / part_least : 1;

	if (count > most)
		count = (unsigned int)most;
	if (count <= 1) {
		*ret = cuts_none(bytes);
		return;
	}
	*ret = (struct cuts){ .count = count };
	if (bytes.size - count * part_least < unit)
		cut_evenly(part_least, ret);
	else
		cut_by_survey(bytes, part_least, unit, early && count == 2, ret);
	ret->end[count - 1] = bytes.size;
}

void parts_cut_first(size_t size, size_t unit, struct cuts *cuts)
{
	if (cuts->count == 1 || !size || size % unit || cuts->end[0] < size + PART_LEAST)
		return;
	memmove(&cuts->end[1], &cuts->end[0], cuts->count * sizeof(cuts->end[0]));
	cuts->end[0] = size;
	cuts->count++;
}

/* --- how many ---------------------------------------------------------------------- */

/* Cuts are chosen among the best of each slice of the time. */
#define SLICES 32u
#define CUTS_MOST 4u

/*
 * Estimates for zstd at level 22, from the parts of Debian's 6.12: the size of the stream by the
 * time, the bytes that a cut costs, and those of a match that it breaks. A part costs them because
 * it begins anew.
 */
#define BYTES_PER_TIME(time) ((time) * 9 / 16)
#define BYTES_PER_CUT 1000u
#define BYTES_PER_BROKEN 6u

/* All cuts together may cost so much of the size, by the estimate. A cut of Debian's kernels costs
 * up to eight times as much, and some nothing: with 0.04 % for 6.12 and 7.3, and their cloud
 * kernels, the most is 0.12 %, with 0.06 % 0.35, with 0.3 % 0.65. */
#define BUDGET(size) ((size) * 4 / 10000)

struct candidates {
	unsigned int count;
	struct candidate {
		size_t at;
		uint64_t time, cost; /* time: of all that is before it */
	} list[SLICES];
};

static struct candidates find_candidates(const struct survey *survey, size_t size, size_t unit,
					 size_t part_least)
{
	const uint64_t slice = survey->weight[survey->pieces] / SLICES;
	struct candidates ret = { 0 };
	size_t most = size - part_least, last = 0;

	most -= most % unit;
	for (unsigned int i = 1; i < SLICES; i++) {
		size_t at = choose_cut(survey, part_least, most, unit, slice * i, slice - 1);

		if (at <= last)
			continue;
		last = at;
		ret.list[ret.count++] = (struct candidate){
			.at = at,
			.time = survey->weight[at / PIECE],
			.cost = BYTES_PER_CUT +
				BYTES_PER_BROKEN * (uint64_t)survey->broken[at / PIECE],
		};
	}
	return ret;
}

/* Some of the candidates, ascending. */
struct choice {
	unsigned int count, cuts[CUTS_MOST];
	uint64_t cost, time; /* time: the sum of what machines with 2, 4 and 8 processors take */
};

static void sort_descending(uint64_t *values, unsigned int count)
{
	for (unsigned int i = 1; i < count; i++)
		for (unsigned int n = i; n && values[n - 1] < values[n]; n--) {
			uint64_t value = values[n];

			values[n] = values[n - 1];
			values[n - 1] = value;
		}
}

/* Each processor takes the largest part that is left. */
static uint64_t time_on(unsigned int processors, const uint64_t *parts, unsigned int count)
{
	uint64_t busy[8] = { 0 }, longest = 0;

	for (unsigned int i = 0; i < count; i++) {
		unsigned int first = 0;

		for (unsigned int p = 1; p < processors; p++)
			if (busy[p] < busy[first])
				first = p;
		busy[first] += parts[i];
		if (busy[first] > longest)
			longest = busy[first];
	}
	return longest;
}

static uint64_t time_of(const struct candidates *from, const struct choice *choice, uint64_t all)
{
	uint64_t parts[CUTS_MOST + 1], before = 0;

	for (unsigned int i = 0; i < choice->count; i++) {
		uint64_t time = from->list[choice->cuts[i]].time;

		parts[i] = time - before;
		before = time;
	}
	parts[choice->count] = all - before;
	sort_descending(parts, choice->count + 1);
	return time_on(2, parts, choice->count + 1) + time_on(4, parts, choice->count + 1) +
	       time_on(8, parts, choice->count + 1);
}

/* Goes on to the next choice in a fixed order: more cuts, or the last one later. */
static bool next_choice(struct choice *choice, const struct candidates *from)
{
	unsigned int next = choice->count ? choice->cuts[choice->count - 1] + 1 : 0;

	if (choice->count < CUTS_MOST && next < from->count) {
		choice->cuts[choice->count++] = next;
		return true;
	}
	while (choice->count && choice->cuts[choice->count - 1] + 1 == from->count)
		choice->count--;
	if (!choice->count)
		return false;
	choice->cuts[choice->count - 1]++;
	return true;
}

static uint64_t cost_of(const struct candidates *from, const struct choice *choice)
{
	uint64_t cost = 0;

	for (unsigned int i = 0; i < choice->count; i++)
		cost += from->list[choice->cuts[i]].cost;
	return cost;
}

static bool are_apart(const struct candidates *from, const struct choice *choice, size_t least)
{
	for (unsigned int i = 1; i < choice->count; i++)
		if (from->list[choice->cuts[i]].at - from->list[choice->cuts[i - 1]].at < least)
			return false;
	return true;
}

static struct choice choose_cuts(const struct candidates *from, uint64_t all, size_t part_least)
{
	struct choice choice = { 0 }, best = { 0 };

	best.time = time_of(from, &best, all);
	while (next_choice(&choice, from)) {
		if (cost_of(from, &choice) > BUDGET(BYTES_PER_TIME(all)) ||
		    !are_apart(from, &choice, part_least))
			continue;
		choice.time = time_of(from, &choice, all);
		if (choice.time < best.time)
			best = choice;
	}
	return best;
}

void parts_cut_cheaply(struct bzb_span bytes, size_t unit, struct cuts *ret)
{
	const size_t part_least = unit < PART_LEAST ? PART_LEAST : unit;
	struct survey survey;
	struct candidates from;
	struct choice choice;

	*ret = cuts_none(bytes);
	if (bytes.size < 2 * part_least)
		return;
	survey = make_survey(bytes);
	from = find_candidates(&survey, bytes.size, unit, part_least);
	choice = choose_cuts(&from, survey.weight[survey.pieces], part_least);
	blob_free(&survey.memory);
	for (unsigned int i = 0; i < choice.count; i++)
		ret->end[i] = from.list[choice.cuts[i]].at;
	ret->end[choice.count] = bytes.size;
	ret->count = choice.count + 1;
}

/* --- how long they take ------------------------------------------------------------ */

void parts_times(struct bzb_span bytes, const struct cuts *cuts, uint32_t ret[BZB_PARTS_MAX])
{
	struct survey survey = make_survey(bytes);
	uint64_t before = 0;

	for (unsigned int i = 0; i < cuts->count; i++) {
		const bool is_last = i + 1 == cuts->count;
		const uint64_t until =
			survey.weight[is_last ? survey.pieces : cuts->end[i] / PIECE];

		ret[i] = (uint32_t)(until - before);
		before = until;
	}
	blob_free(&survey.memory);
}

/* --- whether they are independent ------------------------------------------------ */

/* All parts, which several threads decompress. */
struct trials {
	enum bzb_codec codec;
	const struct false_start *start; /* NULL: none */
	struct bzb_span stream, bytes;
	struct parts *parts;
	unsigned int failed;
};

/* Empty if they are not in @bytes: no codec decompresses an empty stream. */
static struct bzb_span range(struct bzb_span bytes, size_t start, size_t end)
{
	struct bzb_span part = { bytes.data, 0 };

	(void)bzb_slice(bytes, start, end - start, &part);
	return part;
}

/* Decompresses @coded, and compares what comes after the first @skipped bytes. In memory of its
 * own: the parts before it in the ELF are not there. */
static bool decompresses(const struct trials *t, struct bzb_span coded, size_t skipped,
			 struct bzb_span part)
{
	struct blob out = blob_room(skipped + part.size);
	bool does = !decompress_part(t->codec, t->stream, coded, out.data, out.size) &&
		    !memcmp(out.data + skipped, part.data, part.size);

	blob_free(&out);
	return does;
}

static bool decompresses_after_start(const struct trials *t, struct bzb_span coded,
				     struct bzb_span part)
{
	const struct bzb_span start = t->start->coded;
	struct blob both = blob_room(start.size + coded.size);
	bool does;

	memcpy(both.data, start.data, start.size);
	memcpy(both.data + start.size, coded.data, coded.size);
	does = decompresses(t, blob_span(&both), t->start->size, part);
	blob_free(&both);
	return does;
}

static void try_part(void *context, unsigned int number)
{
	struct trials *t = context;
	struct bzb_manifest_part *s = &t->parts->table[number];
	size_t start = number ? bzb_ld32(s[-1].end) : t->parts->start;
	size_t elf_start = number ? bzb_ld32(s[-1].elf_end) : 0;
	struct bzb_span coded = range(t->stream, start, bzb_ld32(s->end));
	struct bzb_span part = range(t->bytes, elf_start, bzb_ld32(s->elf_end));

	s->checksum = bzb_st32(bzb_checksum(coded));
	if (number && t->start ? !decompresses_after_start(t, coded, part) :
				 !decompresses(t, coded, 0, part))
		__atomic_fetch_add(&t->failed, 1, __ATOMIC_RELAXED);
}

int parts_try(enum bzb_codec codec, const struct false_start *start, struct bzb_span stream,
	      struct bzb_span bytes, unsigned int threads, struct parts *parts)
{
	struct trials trials = { codec, start, stream, bytes, parts, 0 };

	threads_run(threads, parts->count, try_part, &trials);
	return trials.failed ? -1 : 0;
}
