/* SPDX-License-Identifier: BSD-2-Clause */
#include "budget.h"

#include "io/json.h"
#include "measure/events.h"
#include "measure/measure_report.h"
#include "measure/registers.h"
#include "sign/pe_image.h"
#include "boot_memory.h"
#include "decompression.h"
#include "file_pieces.h"
#include "shares.h"

struct budget {
	const struct anatomy *anatomy;
	json_t *tree, *errors;
};

static void add_error(const struct budget *budget, const struct why *why)
{
	json_add(budget->errors, json_string(why->text));
}

/* --- the firmware --------------------------------------------------------------------- */

static void count_bytes(void *state, const void *bytes, size_t size)
{
	(void)bytes;
	*(uint64_t *)state += size;
}

/* The firmware reads the whole file, and hashes it for Secure Boot and for each bank of a TPM. */
static void add_firmware(const struct budget *budget)
{
	const struct anatomy *anatomy = budget->anatomy;
	struct bzb_authenticode image;
	json_t *object;
	uint64_t hashed = 0;
	struct why why;

	if (!anatomy->has_pe)
		return;
	object = json_object();
	json_put(object, "read", json_number(anatomy->file.size));
	if (pe_image_parse(anatomy->file, &image, &why)) {
		add_error(budget, &why);
	} else {
		bzb_authenticode_hash(&image, count_bytes, &hashed);
		json_put(object, "hashed", json_number(hashed));
	}
	json_put(budget->tree, "firmware", object);
}

/* --- memory --------------------------------------------------------------------------- */

static json_t *piece_object(const struct piece *piece)
{
	json_t *object = json_object();

	json_put(object, "name", json_string(piece->name));
	json_put(object, "kind", json_string(piece_kind_name(piece->kind)));
	json_put(object, "size", json_number(piece->size));
	return object;
}

static json_t *efi_object(const struct boot_memory *memory)
{
	json_t *object = json_object(), *array = json_array();

	for (size_t i = 0; i < memory->efi.count; i++)
		json_add(array, piece_object(&memory->efi.list[i]));
	json_put(object, "pieces", array);
	if (memory->is_efi_known)
		json_put(object, "peak", json_number(pieces_size(&memory->efi)));
	return object;
}

static json_t *loader_object(const struct boot_memory *memory)
{
	json_t *object = json_object();

	json_put(object, "real_mode", json_number(memory->real_mode));
	json_put(object, "set_aside", json_number(memory->set_aside));
	json_put(object, "peak", json_number(memory->real_mode + memory->set_aside));
	if (memory->least)
		json_put(object, "least", json_number(memory->least));
	return object;
}

static void add_memory(const struct budget *budget)
{
	const struct anatomy *anatomy = budget->anatomy;
	struct boot_memory memory = boot_memory_compute(anatomy);
	json_t *object = json_object();

	if (memory.efi.count)
		json_put(object, "efi", efi_object(&memory));
	if (memory.set_aside)
		json_put(object, "loader", loader_object(&memory));
	if (json_object_size(object))
		json_put(budget->tree, "memory", object);
	else
		json_decref(object);
	boot_memory_free(&memory);
}

/* --- time ----------------------------------------------------------------------------- */

static void add_decompression(const struct budget *budget)
{
	if (budget->anatomy->has_payload)
		json_put(budget->tree, "decompression", decompression_object(budget->anatomy));
}

/* --- measured boot -------------------------------------------------------------------- */

/* returns: 0, or -1 on error */
static int add_phases(const struct budget *budget, const struct events *events, struct why *why)
{
	json_t *array = json_array();
	struct digests first, value;
	const char *path;
	int err = register_pcr(events, PCR_SECTIONS, BANKS_SHA256, &first, why);

	for (size_t i = 0; !err && (path = register_usual_phase(i)); i++) {
		json_t *object;

		value = first;
		err = register_phases(path, BANKS_SHA256, &value, why);
		if (err)
			break;
		object = json_object();
		json_put(object, "phase", json_string(path));
		json_put(object, "sha256", report_digest(&value, BANK_SHA256));
		json_add(array, object);
	}
	if (err)
		json_decref(array);
	else
		json_put(budget->tree, "pcr_11", array);
	return err;
}

static int add_pcrs(const struct budget *budget, const struct events *events, struct why *why)
{
	const struct digests *digests = events_find(events, PCR_PROGRAMS);

	if (digests)
		json_put(budget->tree, "pcr_4_event", report_digest(digests, BANK_SHA256));
	return events->is_uki && !events->has_machine_sections ? add_phases(budget, events, why) :
								 0;
}

static void add_measurements(const struct budget *budget)
{
	const struct anatomy *anatomy = budget->anatomy;
	const struct event_options options = {
		.banks = BANKS_SHA256,
		.pcrs = 1u << PCR_PROGRAMS | 1u << PCR_SECTIONS,
	};
	struct events events;
	struct why why;

	/* add_firmware() reports an image that cannot be hashed. */
	if (!json_object_get(json_object_get(budget->tree, "firmware"), "hashed"))
		return;
	if (events_predict(anatomy->file, &options, &events, &why)) {
		add_error(budget, &why);
		return;
	}
	if (add_pcrs(budget, &events, &why))
		add_error(budget, &why);
	events_free(&events);
}

/* --- size ----------------------------------------------------------------------------- */

static json_t *file_array(const struct pieces *pieces)
{
	json_t *array = json_array();

	for (size_t i = 0; i < pieces->count; i++) {
		json_t *object = piece_object(&pieces->list[i]);

		json_put(object, "offset", json_number(pieces->list[i].offset));
		json_add(array, object);
	}
	return array;
}

static json_t *totals_array(const struct pieces *pieces)
{
	uint64_t sizes[PIECE_KINDS] = { 0 };
	json_t *array = json_array();

	for (size_t i = 0; i < pieces->count; i++)
		sizes[pieces->list[i].kind] += pieces->list[i].size;
	for (enum piece_kind kind = 0; kind < PIECE_KINDS; kind++) {
		json_t *object;

		if (!sizes[kind])
			continue;
		object = json_object();
		json_put(object, "kind", json_string(piece_kind_name(kind)));
		json_put(object, "size", json_number(sizes[kind]));
		json_add(array, object);
	}
	return array;
}

static json_t *payload_array(const struct shares *shares)
{
	json_t *array = json_array();

	for (enum piece_kind kind = 0; kind < PIECE_KINDS; kind++) {
		const struct share *share = &shares->kinds[kind];
		json_t *object;

		if (!share->size)
			continue;
		object = json_object();
		json_put(object, "kind", json_string(piece_kind_name(kind)));
		json_put(object, "size", json_number(share->size));
		json_put(object, shares->is_exact ? "compressed_size" : "estimated_size",
			 json_number(share->compressed));
		json_add(array, object);
	}
	return array;
}

static void add_size(const struct budget *budget)
{
	const struct anatomy *anatomy = budget->anatomy;
	struct pieces pieces = file_pieces_make(anatomy);
	struct shares shares;

	json_put(budget->tree, "sizes", totals_array(&pieces));
	if (anatomy->has_payload && anatomy->has_elf) {
		shares = shares_estimate(anatomy);
		json_put(budget->tree, "payload", payload_array(&shares));
	}
	json_put(budget->tree, "file", file_array(&pieces));
	pieces_free(&pieces);
}

/* The PCRs need the digest of the firmware. */
static void (*const chapters[])(const struct budget *budget) = {
	add_firmware, add_memory, add_decompression, add_measurements, add_size,
};

json_t *budget_tree(const struct anatomy *anatomy, json_t *errors)
{
	const struct budget budget = { anatomy, json_object(), errors };

	for (size_t i = 0; i < BZB_ARRAY_SIZE(chapters); i++)
		chapters[i](&budget);
	return budget.tree;
}
