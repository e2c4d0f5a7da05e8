/* SPDX-License-Identifier: BSD-2-Clause */
#include "shuffle_calls.h"

#include <stdlib.h>

#include <bzboot/reloc_types.h>

#include "io/array.h"

enum { CALL = BZB_SHUFFLE_CALL_SIZE };

struct finder {
	const struct vmlinux *v;
	struct shuffle_plan *plan;
	struct bzb_shuffle_code code;
	uint32_t *slid; /* offsets of fields that change when the kernel is relocated; ascending */
	size_t slid_count, slid_room;
	/* offsets of bytes that may become a call then */
	uint32_t *chances;
	size_t chance_count, chance_room;
	bool *is_call; /* of each field */
};

/* --- what relocating changes ---------------------------------------------------------- */

#define SLIDE_STEP (UINT32_C(1) << BZB_SHUFFLE_ALIGNMENT_MAX_LOG2)

/* Code around a field of 4 bytes: all calls that have a byte of the field, and all fields that share
 * a call with it. It begins at a multiple of 16, so that callees are multiples of it from there, too. */
struct window {
	uint32_t start;
	uint32_t field; /* offset from the start */
	unsigned char bytes[48];
};

static struct window window_at(const struct finder *f, uint32_t field)
{
	const uint32_t start = (field < 8 ? 0 : field - 8) & ~UINT32_C(15);
	const size_t left = f->v->memory.size - start;
	struct window window = { .start = start, .field = field - start };

	memcpy(window.bytes, f->code.memory + start,
	       left < sizeof(window.bytes) ? left : sizeof(window.bytes));
	return window;
}

static bool is_call_in(const struct finder *f, const struct window *window, uint32_t at)
{
	const struct bzb_shuffle_code code = {
		window->bytes,
		f->code.callee_offset - window->start,
		f->code.callee_size,
	};

	return bzb_shuffle_next_call(&code, at, at + CALL) == at;
}

/* True if a byte may be 0xe8 or 0xe9. Relocating changes the upper 11 bits of the field. */
static bool may_be_opcode(const struct window *window, uint32_t at)
{
	if (at == window->field + 2)
		return (window->bytes[at] & 0x1e) == 0x08;
	return at == window->field + 3 || (window->bytes[at] | 1) == 0xe9;
}

/* Another field in the 5 bytes from @at on, from the start of the window: no more than one has room
 * there. Returns the field itself if there is none. */
static uint32_t other_field(const struct finder *f, const struct window *window, uint32_t at)
{
	const uint32_t first = window->start + at;
	size_t i = array_first_from(f->slid, f->slid_count, sizeof(f->slid[0]),
				    first < 3 ? 0 : first - 3);

	for (; i < f->slid_count && f->slid[i] < first + CALL; i++)
		if (f->slid[i] - window->start != window->field)
			return f->slid[i] - window->start;
	return window->field;
}

static void slide_field(struct window *slid, const struct window *window, uint32_t field,
			uint32_t slide)
{
	bzb_put32(slid->bytes + field, bzb_get32(window->bytes + field) + slide);
}

/* True if there is a call when the fields have slid, each in any direction, and the other one perhaps
 * not: some relocations of fields that slide are for addresses that do not. */
static bool is_call_slid(const struct finder *f, const struct window *window, uint32_t at,
			 uint32_t slide)
{
	const uint32_t slides[] = { slide, -slide, 0 };
	const uint32_t other = other_field(f, window, at);
	struct window slid = *window;
	bool found = false;

	for (size_t i = 0; !found && i < BZB_ARRAY_SIZE(slides); i++) {
		slide_field(&slid, window, other, slides[i]);
		for (size_t k = 0; !found && k < 2; k++) {
			slide_field(&slid, window, window->field, slides[k]);
			if (at == window->field + 3) /* whatever it becomes */
				slid.bytes[at] = 0xe8;
			found = is_call_in(f, &slid, at);
		}
	}
	return found;
}

/* True if there is a call when the kernel is relocated by any distance that is possible. */
static bool may_be_call(const struct finder *f, const struct window *window, uint32_t at)
{
	bool found = false;

	for (uint32_t slide = 0; !found && slide < BZB_SHUFFLE_MEMORY_MAX; slide += SLIDE_STEP)
		found = is_call_slid(f, window, at, slide);
	return found;
}

static void add_chances(struct finder *f, uint32_t field)
{
	const struct window window = window_at(f, field);

	for (uint32_t at = window.field < CALL ? 0 : window.field - (CALL - 1);
	     at < window.field + 4; at++) {
		if (!may_be_opcode(&window, at) || !may_be_call(f, &window, at))
			continue;
		f->chances = array_grow(f->chances, f->chance_count, &f->chance_room,
					sizeof(f->chances[0]));
		f->chances[f->chance_count++] = window.start + at;
	}
}

/* Relocating changes no distance within the kernel; it may change everything else. */
static bool may_change(const struct finder *f, const struct bzb_elf_rela *entry)
{
	const uint32_t type = bzb_ld32(entry->r_type);
	const struct vmlinux_symbol *symbol = &f->v->symbols[bzb_ld32(entry->r_sym)];

	if (type != BZB_R_X86_64_PC32 && type != BZB_R_X86_64_PLT32)
		return type != 0;
	return symbol->address - f->v->address > f->v->memory.size;
}

static int compare(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void add_slid(struct finder *f, uint32_t field)
{
	f->slid = array_grow(f->slid, f->slid_count, &f->slid_room, sizeof(f->slid[0]));
	f->slid[f->slid_count++] = field;
}

static void find_chances(struct finder *f)
{
	for (size_t i = 0; i < f->v->reloc_section_count; i++) {
		const struct vmlinux_relocs *relocs = &f->v->relocs[i];

		if (!relocs->target->is_code)
			continue;
		for (size_t k = 0; k < relocs->count; k++)
			if (may_change(f, &relocs->entries[k]))
				add_slid(f, (uint32_t)(bzb_ld64(relocs->entries[k].r_offset) -
						       f->v->address));
	}
	if (f->slid_count)
		qsort(f->slid, f->slid_count, sizeof(f->slid[0]), compare);
	for (size_t i = 0; i < f->slid_count; i++)
		if (!i || f->slid[i] != f->slid[i - 1])
			add_chances(f, f->slid[i]);
	if (f->chance_count)
		qsort(f->chances, f->chance_count, sizeof(f->chances[0]), compare);
}

/* --- calls ---------------------------------------------------------------------------- */

/* The unit that a byte moves with, or -1: those in the padding behind a unit move with it. */
static long unit_of(const struct shuffle_plan *plan, uint32_t offset)
{
	const size_t i = array_first_from(&plan->units[0].offset, plan->unit_count,
					  sizeof(plan->units[0]), (uint64_t)offset + 1);
	const struct shuffle_unit *unit = &plan->units[i ? i - 1 : 0];

	return offset - unit->offset < unit->size + unit->gap ? unit - plan->units : -1;
}

/* A call that is to be fixed: a field that is found by its value, in one unit */
static bool take_field(struct finder *f, uint32_t call)
{
	const struct shuffle_plan *plan = f->plan;
	const size_t i = array_first_from(&plan->fields[0].offset, plan->field_count,
					  sizeof(plan->fields[0]), (uint64_t)call + 1);
	const struct shuffle_field *field = &plan->fields[i];

	if (i == plan->field_count || field->offset != call + 1 ||
	    field->kind != BZB_SHUFFLE_CODE_0 || field->unit != SHUFFLE_BY_VALUE ||
	    unit_of(plan, call) != unit_of(plan, call + CALL - 1))
		return false;
	f->is_call[i] = true;
	return true;
}

/* Both ends of it move as one: whatever it is, it does not change. */
static bool never_changes(const struct finder *f, uint32_t call)
{
	const uint32_t callee = call + CALL + bzb_get32(f->code.memory + call + 1);

	return unit_of(f->plan, call) == unit_of(f->plan, callee);
}

static void add_range(struct shuffle_plan *plan, uint32_t start, uint32_t end)
{
	plan->ranges = array_grow(plan->ranges, plan->range_count, &plan->range_room,
				  sizeof(plan->ranges[0]));
	plan->ranges[plan->range_count++] = (struct shuffle_range){ start, end - start };
}

/* The next byte from @at on that must be in no range; @end if there is none before. @calls: counts
 * calls up to there, or until the range is long enough, where *@at is then. */
static uint32_t next_cut(struct finder *f, uint32_t start, uint32_t *at, uint32_t end,
			 size_t *calls)
{
	for (;;) {
		const uint32_t call = bzb_shuffle_next_call(&f->code, *at, end);
		const size_t i =
			array_first_from(f->chances, f->chance_count, sizeof(f->chances[0]), *at);
		const uint32_t chance = i < f->chance_count && f->chances[i] < end ? f->chances[i] :
										     end;

		if (chance <= call)
			return chance;
		if (take_field(f, call))
			++*calls;
		else if (!never_changes(f, call))
			return call;
		*at = call + CALL;
		if (*at - start >= BZB_UNITS_RANGE_SIZE)
			return *at;
	}
}

static void find_ranges(struct finder *f, const struct vmlinux_section *section)
{
	const uint32_t end = section->offset + section->size;
	uint32_t start = section->offset;

	while (start < end) {
		size_t calls = 0;
		uint32_t at = start;
		const uint32_t cut = next_cut(f, start, &at, end, &calls);

		if (calls)
			add_range(f->plan, start, cut);
		f->plan->call_count += calls;
		start = cut == at && at > start ? at : cut + 1;
	}
}

static int compare_ranges(const void *a, const void *b)
{
	const struct shuffle_range *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static void drop_calls(struct finder *f)
{
	struct shuffle_plan *plan = f->plan;
	size_t count = 0;

	for (size_t i = 0; i < plan->field_count; i++)
		if (!f->is_call[i])
			plan->fields[count++] = plan->fields[i];
	plan->field_count = count;
}

void shuffle_calls_find(const struct vmlinux *vmlinux, struct shuffle_plan *plan)
{
	const struct vmlinux_section *text = vmlinux_section(vmlinux, ".text");
	struct finder f = {
		.v = vmlinux,
		.plan = plan,
		.code = { vmlinux->memory.data, text->offset, text->size },
		.is_call = array_new(plan->field_count, sizeof(bool)),
	};

	plan->callees = (struct shuffle_range){ text->offset, text->size };
	find_chances(&f);
	for (size_t i = 0; i < vmlinux->section_count; i++)
		if (vmlinux->sections[i].is_code && vmlinux->sections[i].in_file)
			find_ranges(&f, &vmlinux->sections[i]);
	if (plan->range_count)
		qsort(plan->ranges, plan->range_count, sizeof(plan->ranges[0]), compare_ranges);
	drop_calls(&f);
	free(f.slid);
	free(f.chances);
	free(f.is_call);
}
