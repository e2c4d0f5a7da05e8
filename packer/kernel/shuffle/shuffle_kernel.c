/* SPDX-License-Identifier: BSD-2-Clause */
#include "shuffle_kernel.h"

#include <stdlib.h>

#include "io/array.h"
#include "boot_core.h"
#include "linux_kallsyms.h"
#include "linux_orc.h"
#include "linux_tables.h"
#include "shuffle_calls.h"
#include "shuffle_fields.h"
#include "shuffle_layout.h"
#include "shuffle_units.h"
#include "shuffled_elf.h"
#include "unit_table.h"
#include "vmlinux_implied.h"

/* A kernel on its way. */
struct work {
	struct vmlinux vmlinux;
	struct decoded decoded;
	struct shuffle_pieces pieces;
	struct shuffle_plan plan;
	struct blob table;
	uint32_t *places;
};

static void free_work(struct work *w)
{
	vmlinux_close(&w->vmlinux);
	decoded_free(&w->decoded);
	shuffle_pieces_free(&w->pieces);
	free(w->plan.groups);
	free(w->plan.units);
	free(w->plan.fields);
	free(w->plan.ranges);
	blob_free(&w->table);
	free(w->places);
}

static int open_kernel(struct bzb_span file, struct work *w, struct why *why)
{
	if (vmlinux_open(file, &w->vmlinux, why) || vmlinux_implied_read(&w->vmlinux, why))
		return -1;
	decoded_make(&w->vmlinux, &w->decoded);
	return 0;
}

/* May be called again, for other units. */
static int make_units(struct work *w, enum shuffle_units units, struct why *why)
{
	shuffle_pieces_free(&w->pieces);
	if (shuffle_cut(&w->vmlinux, &w->decoded, units, &w->pieces, why))
		return -1;
	shuffle_units_make(&w->vmlinux, &w->decoded, &w->pieces, &w->plan);
	return w->plan.unit_count ? 0 : explain(why, "none of its functions can be moved");
}

/* Of a kernel that has units. */
static int make_plan(struct work *w, struct why *why)
{
	struct linux_orc_changes changes;

	if (linux_tables_find(&w->vmlinux, &w->plan, why) ||
	    linux_orc_make_canonical(&w->vmlinux, &w->plan, &changes, why) ||
	    linux_kallsyms_plan(&w->vmlinux, &w->plan, why))
		return -1;
	if (shuffle_fields_make(&w->vmlinux, &w->decoded, &w->plan, why))
		return -1;
	shuffle_calls_find(&w->vmlinux, &w->plan);
	return 0;
}

/* Where units are before the shuffle. */
static uint32_t *first_places(const struct shuffle_plan *plan)
{
	uint32_t *places = array_new(plan->unit_count, sizeof(places[0]));

	for (size_t i = 0; i < plan->unit_count; i++)
		places[i] = plan->units[i].offset;
	return places;
}

/* Describes a kernel that has units by a unit table. */
static int make_table(struct work *w, struct why *why)
{
	if (make_plan(w, why) || unit_table_make(&w->plan, w->vmlinux.memory.size, &w->table, why))
		return -1;
	w->places = first_places(&w->plan);
	return 0;
}

static int describe(struct bzb_span file, enum shuffle_units units, struct work *w, struct why *why)
{
	return open_kernel(file, w, why) || make_units(w, units, why) || make_table(w, why) ? -1 :
											      0;
}

static size_t count_moved(const struct shuffle_plan *plan, const uint32_t *places)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->unit_count; i++)
		count += places[i] != plan->units[i].offset;
	return count;
}

static void summarise(const struct work *w, const struct bzb_shuffle *shuffle,
		      struct shuffle_summary *ret)
{
	*ret = (struct shuffle_summary){
		.facts = unit_facts(shuffle),
		.moved = count_moved(&w->plan, w->places),
		.text_size = vmlinux_section(&w->vmlinux, ".text")->size,
	};
}

/* Chooses the places of units, and puts them at the beginning of @scratch. */
typedef int place_units(const struct work *w, const struct bzb_shuffle *shuffle,
			struct blob *scratch, const void *context, struct why *why);

static int place_by_seed(const struct work *w, const struct bzb_shuffle *shuffle,
			 struct blob *scratch, const void *seed, struct why *why)
{
	const int error = bzb_shuffle_draw(shuffle, seed, scratch->data, scratch->size);

	(void)w;
	return error ? explain(why, "it cannot be shuffled: %s", bzb_strerror(error)) : 0;
}

static int place_by_names(const struct work *w, const struct bzb_shuffle *shuffle,
			  struct blob *scratch, const void *names, struct why *why)
{
	(void)shuffle;
	return shuffle_layout_find(&w->vmlinux, &w->plan, names, (uint32_t *)scratch->data, why);
}

/* Runs the code that a boot loader runs. */
static int shuffle_memory(struct work *w, place_units *place, const void *context,
			  struct shuffle_summary *summary, struct why *place_why, struct why *why)
{
	struct bzb_shuffle_kernel kernel = { w->vmlinux.memory.data, w->vmlinux.address, 0 };
	struct bzb_shuffle shuffle;
	struct blob scratch;
	int error;

	error = bzb_shuffle_open(blob_span(&w->table), w->vmlinux.memory.size, &shuffle);
	if (error)
		return explain(why, "its unit table: %s", bzb_strerror(error));
	scratch = blob_room(bzb_shuffle_room(&shuffle));
	error = place(w, &shuffle, &scratch, context, place_why);
	if (!error) {
		memcpy(w->places, scratch.data, w->plan.unit_count * sizeof(w->places[0]));
		error = bzb_shuffle_apply(&shuffle, &kernel, scratch.data, scratch.size);
		if (error)
			explain(error == -BZB_ERR_BADPLACES ? place_why : why,
				"it cannot be shuffled: %s", bzb_strerror(error));
	}
	blob_free(&scratch);
	if (error)
		return -1;
	summarise(w, &shuffle, summary);
	return 0;
}

/* Shuffles a kernel that is described. */
static int make_shuffled(struct work *w, const unsigned char *seed, struct blob *ret,
			 struct shuffle_summary *summary, struct why *why)
{
	const struct bzb_span none = { NULL, 0 };

	if (shuffle_memory(w, place_by_seed, seed, summary, why, why))
		return -1;
	*ret = shuffled_elf_make(&w->vmlinux, &w->plan, w->places, none, NULL);
	return 0;
}

int shuffle_kernel(struct bzb_span file, enum shuffle_units units, const unsigned char *seed,
		   struct blob *ret, struct shuffle_summary *summary, struct why *why)
{
	struct work w = { .places = NULL };
	int error = describe(file, units, &w, why);

	if (!error)
		error = make_shuffled(&w, seed, ret, summary, why);
	free_work(&w);
	return error ? -1 : 0;
}

int shuffle_describe(struct bzb_span file, enum shuffle_units units, const unsigned char *seed,
		     struct blob *ret, struct blob *ret_shuffled, struct shuffle_summary *summary,
		     struct why *why)
{
	struct work w = { .places = NULL };
	struct blob described = { 0 };
	int error = describe(file, units, &w, why);

	if (!error && w.vmlinux.elf.shnum + 1 >= BZB_SHN_LORESERVE)
		error = explain(why, "it has %u sections, too many for one more",
				w.vmlinux.elf.shnum);
	if (!error) {
		described =
			shuffled_elf_make(&w.vmlinux, &w.plan, w.places, blob_span(&w.table), NULL);
		error = make_shuffled(&w, seed, ret_shuffled, summary, why);
	}
	free_work(&w);
	if (error) {
		blob_free(&described);
		return -1;
	}
	*ret = described;
	return 0;
}

int shuffle_survey(struct bzb_span file, struct shuffle_survey *ret, struct why *why)
{
	struct work w = { .places = NULL };
	struct bzb_shuffle shuffle;
	int error = describe(file, SHUFFLE_FUNCTIONS, &w, why);

	if (!error && bzb_shuffle_open(blob_span(&w.table), w.vmlinux.memory.size, &shuffle))
		error = explain(why, "its unit table cannot be read");
	if (!error) {
		ret->facts = unit_facts(&shuffle);
		ret->text_size = vmlinux_section(&w.vmlinux, ".text")->size;
		shuffle_survey_count(&w.pieces, ret);
	}
	free_work(&w);
	return error ? -1 : 0;
}

/* --- the order of a kernel that ran ----------------------------------------------------- */

/* Debug data that is not understood is left out. */
static void make_elf(const struct work *w, struct blob *ret, struct shuffle_summary *summary)
{
	const struct bzb_span no_units = { NULL, 0 };
	struct shuffle_debug debug;

	summary->no_debug = (struct why){ .text = "" };
	shuffle_debug_make(&w->vmlinux, &w->plan, w->places, &debug, &summary->no_debug);
	summary->cut = debug.move.cut;
	*ret = shuffled_elf_make(&w->vmlinux, &w->plan, w->places, no_units, &debug);
	shuffle_debug_free(&debug);
}

static int read_names(const struct shuffle_boot *boot, const struct vmlinux *v,
		      struct boot_names *names, struct why *why)
{
	struct blob text;
	uint64_t slide;
	int error;

	if (!boot->vmcore.size)
		return boot_names_read(boot->kallsyms, v, names, why);
	if (boot_core_kallsyms(boot->vmcore, v, &text, &slide, why))
		return -1;
	error = boot_names_read(blob_span(&text), v, names, why);
	blob_free(&text);
	if (!error)
		names->slide = slide;
	return error;
}

/*
 * The kernel does not say which units it has. Places of functions may fit objects, too, but not the
 * padding between functions: so objects come first.
 */
static int find_units(struct work *w, const struct boot_names *names, struct why *why)
{
	struct why ignored;
	uint32_t *places;
	int error;

	if (make_units(w, SHUFFLE_OBJECTS, &ignored))
		return make_units(w, SHUFFLE_FUNCTIONS, why);
	places = array_new(w->plan.unit_count, sizeof(places[0]));
	error = shuffle_layout_find(&w->vmlinux, &w->plan, names, places, &ignored);
	free(places);
	return error ? make_units(w, SHUFFLE_FUNCTIONS, why) : 0;
}

static int shuffle_as(struct work *w, const struct shuffle_boot *boot, struct blob *ret,
		      struct shuffle_summary *summary, struct why *why, struct why *boot_why)
{
	struct boot_names names;
	int error;

	if (read_names(boot, &w->vmlinux, &names, boot_why))
		return -1;
	error = find_units(w, &names, why) || make_table(w, why) ||
		shuffle_memory(w, place_by_names, &names, summary, boot_why, why);
	if (!error) {
		summary->slide = names.slide;
		make_elf(w, ret, summary);
	}
	boot_names_free(&names);
	return error ? -1 : 0;
}

int shuffle_kernel_as(struct bzb_span file, const struct shuffle_boot *boot, struct blob *ret,
		      struct shuffle_summary *summary, struct why *why, struct why *boot_why)
{
	struct work w = { .places = NULL };
	int error;

	*why = *boot_why = (struct why){ .text = "" };
	error = open_kernel(file, &w, why);
	if (!error)
		error = shuffle_as(&w, boot, ret, summary, why, boot_why);
	free_work(&w);
	return error ? -1 : 0;
}
