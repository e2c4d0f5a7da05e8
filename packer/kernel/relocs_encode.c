/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables of a payload ELF: 64-bit fields go to .relr, those at odd addresses and 32-bit ones to
 * .reld. Of the 78,000 absolute fields of 32 bits that Debian's 6.12 has, 76,000 are recognised by
 * what they hold, so that .reld takes 35 KB of an image instead of 99 KB.
 */
#include "relocs_find.h"

/* To move a kernel, the stub visits all candidates between the fields of a list; a new list costs a
 * set. */
#define FAR_APART ((uint64_t)64 << 10)

/* A set pays off only for more fields than this. */
#define LIST_LEAST 64u

/* A byte is in the set if more than one in N candidates after it is a field. With fewer fields, the
 * candidates to skip cost more than fields that are named. */
#define CANDIDATES_PER_FIELD 16u

struct encoder {
	const struct relocs *relocs;
	const struct bzb_elf *elf;
	struct bzb_span kernel; /* its bytes, from the load address */
	struct blob named;	/* offsets of the fields that are not candidates, or not worth it */
	size_t named_count;
	struct blob reld;
};

/* Fields that lie close together in one segment */
struct run {
	const uint64_t *offsets;
	size_t count;
	struct bzb_span bytes; /* of the kernel, up to the end of the last one */
	uint64_t start;	       /* of the segment */
};

static void name_field(struct encoder *e, uint64_t offset)
{
	((uint64_t *)e->named.data)[e->named_count++] = offset;
}

/* Which candidates are fields, by the byte before them */
struct tally {
	uint32_t fields[256], others[256];
};

static void count_candidates(const struct run *run, const struct bzb_candidate_rule *rule,
			     struct tally *tally)
{
	struct bzb_candidates c;
	size_t i = 0, at;

	bzb_candidates_start(&c, rule, run->bytes, (size_t)run->offsets[0]);
	while (i < run->count && bzb_candidates_next(&c, 0, &at)) {
		unsigned char before = run->bytes.data[at - 1];

		while (i < run->count && run->offsets[i] < at)
			i++;
		if (i < run->count && run->offsets[i] == at) {
			tally->fields[before]++;
			bzb_candidates_take(&c, at);
		} else {
			tally->others[before]++;
		}
	}
}

static void choose_set(const struct run *run, struct bzb_candidate_rule *rule,
		       unsigned char set[BZB_BYTE_SET_SIZE])
{
	struct tally tally = { 0 };

	for (size_t i = 0; i < BZB_BYTE_SET_SIZE; i++)
		set[i] = 0xff;
	rule->before = set;
	count_candidates(run, rule, &tally);
	for (unsigned int byte = 0; byte < 256; byte++)
		if ((tally.fields[byte] + tally.others[byte]) / CANDIDATES_PER_FIELD >=
		    tally.fields[byte])
			set[byte / 8] &= (unsigned char)~(1u << byte % 8);
}

/* The fields that are candidates, to *ret_offsets; the others have to be named. */
static size_t select_candidates(struct encoder *e, const struct run *run,
				const struct bzb_candidate_rule *rule, uint64_t *ret_offsets)
{
	struct bzb_candidates c;
	size_t count = 0, at;
	bool more;

	bzb_candidates_start(&c, rule, run->bytes, (size_t)run->offsets[0]);
	more = bzb_candidates_next(&c, 0, &at);
	for (size_t i = 0; i < run->count; i++) {
		while (more && at < run->offsets[i])
			more = bzb_candidates_next(&c, 0, &at);
		if (!more || at != run->offsets[i]) {
			name_field(e, run->offsets[i]);
			continue;
		}
		ret_offsets[count++] = at;
		bzb_candidates_take(&c, at);
	}
	return count;
}

static void append_candidates(struct encoder *e, const struct run *run,
			      const struct bzb_candidate_rule *rule, const uint64_t *offsets,
			      size_t count)
{
	size_t end = e->reld.size;

	blob_resize(&e->reld,
		    end + bzb_reld_write_candidates(rule, run->bytes, offsets, count, NULL));
	bzb_reld_write_candidates(rule, run->bytes, offsets, count, e->reld.data + end);
}

/* From base to after the highest address that a field holds, of the kernel's own. */
static uint32_t reach_of(const struct encoder *e, const struct run *run)
{
	uint32_t base = (uint32_t)e->relocs->base, reach = 0;

	for (size_t i = 0; i < run->count; i++) {
		const unsigned char *field = run->bytes.data + run->offsets[i];
		uint32_t distance = bzb_get32(field) - base;

		if (distance < e->elf->memory_size && distance >= reach)
			reach = distance + 1;
	}
	return reach;
}

static void encode_run(struct encoder *e, const struct run *run)
{
	unsigned char set[BZB_BYTE_SET_SIZE];
	struct bzb_candidate_rule rule = {
		.base = (uint32_t)e->relocs->base,
		.reach = reach_of(e, run),
	};
	struct blob offsets;
	size_t count;

	/* A candidate needs a byte before it. */
	if (run->count < LIST_LEAST || run->offsets[0] == run->start) {
		for (size_t i = 0; i < run->count; i++)
			name_field(e, run->offsets[i]);
		return;
	}
	offsets = blob_alloc(run->count * sizeof(uint64_t));
	choose_set(run, &rule, set);
	count = select_candidates(e, run, &rule, (uint64_t *)offsets.data);
	append_candidates(e, run, &rule, (uint64_t *)offsets.data, count);
	blob_free(&offsets);
}

/* The segment of a field. relocs_find.c has checked that there is one. */
static struct bzb_elf_segment segment_of(const struct bzb_elf *elf, uint64_t offset)
{
	struct bzb_elf_place place = { 0 };

	(void)bzb_elf_find_load(elf, BZB_ELF_PHYSICAL, elf->load_address + offset, &place);
	return place.segment;
}

static struct run next_run(const struct encoder *e, const uint64_t *offsets, size_t count)
{
	struct bzb_elf_segment segment = segment_of(e->elf, offsets[0]);
	struct run run = {
		.offsets = offsets,
		.count = 1,
		.start = segment.paddr - e->elf->load_address,
	};
	const uint64_t end = run.start + segment.filesz;

	while (run.count < count && offsets[run.count] < end &&
	       offsets[run.count] - offsets[run.count - 1] < FAR_APART)
		run.count++;
	run.bytes = (struct bzb_span){ e->kernel.data,
				       (size_t)offsets[run.count - 1] + BZB_CANDIDATE_SIZE };
	return run;
}

static void append_distances(struct encoder *e, enum bzb_reloc_kind kind, const uint64_t *offsets,
			     size_t count)
{
	size_t end = e->reld.size;

	blob_resize(&e->reld, end + bzb_reld_write(kind, offsets, count, NULL));
	bzb_reld_write(kind, offsets, count, e->reld.data + end);
}

/* RELR has no way to name an odd address: those come last in @all. */
static size_t even_first(const struct reloc_list *list, uint64_t base, uint64_t *all)
{
	size_t even = 0, odd;

	for (size_t i = 0; i < list->count; i++)
		if ((base + list->offsets[i]) % 2 == 0)
			all[even++] = list->offsets[i];
	odd = even;
	for (size_t i = 0; i < list->count; i++)
		if ((base + list->offsets[i]) % 2)
			all[odd++] = list->offsets[i];
	return even;
}

/* Lists of candidates come first. */
static void encode_absolute(struct encoder *e, const struct reloc_list *list)
{
	e->named = blob_alloc(list->count * sizeof(uint64_t));
	for (size_t at = 0; at < list->count;) {
		struct run run = next_run(e, list->offsets + at, list->count - at);

		encode_run(e, &run);
		at += run.count;
	}
	append_distances(e, BZB_RELOC_32, (uint64_t *)e->named.data, e->named_count);
	blob_free(&e->named);
}

void relocs_encode(const struct relocs *relocs, const struct bzb_elf *elf, struct bzb_span kernel,
		   struct blob *ret_relr, struct blob *ret_reld)
{
	const struct reloc_list *wide = &relocs->lists[BZB_RELOC_64],
				*inverse = &relocs->lists[BZB_RELOC_32_INVERSE];
	struct encoder e = {
		.relocs = relocs, .elf = elf, .kernel = kernel, .reld = blob_alloc(0)
	};
	struct blob fields = blob_alloc(wide->count * sizeof(uint64_t));
	uint64_t *offsets = (uint64_t *)fields.data;
	size_t even = even_first(wide, relocs->base, offsets);

	*ret_relr = blob_alloc(bzb_relr_write(relocs->base, offsets, even, NULL));
	bzb_relr_write(relocs->base, offsets, even, ret_relr->data);
	encode_absolute(&e, &relocs->lists[BZB_RELOC_32]);
	append_distances(&e, BZB_RELOC_32_INVERSE, inverse->offsets, inverse->count);
	append_distances(&e, BZB_RELOC_64, offsets + even, wide->count - even);
	blob_free(&fields);
	*ret_reld = e.reld;
}
