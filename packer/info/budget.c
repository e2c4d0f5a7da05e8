/* SPDX-License-Identifier: BSD-2-Clause */
#include "budget.h"

#include "io/json.h"
#include "measure/events.h"
#include "measure/measure_report.h"
#include "measure/registers.h"
#include "sign/pe_image.h"
#include "boot_memory.h"
#include "estimates.h"
#include "file_pieces.h"
#include "shares.h"

#define BANKS (1u << BANK_SHA256)

/* Numbers of processors for which the time is estimated */
static const unsigned int processors[] = { 1, 2, 4, 8 };

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
	struct boot_memory memory = boot_memory(anatomy);
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

/* The parts that are loaded. returns: their number */
static size_t part_sizes(const struct anatomy *anatomy, uint32_t ret[BZB_PARTS_MAX])
{
	const struct bzb_manifest *m = &anatomy->load.manifest;
	uint32_t start = m->part_start, count;

	if (!anatomy->has_load) {
		ret[0] = 1;
		return 1;
	}
	count = bzb_load_parts(&anatomy->load);
	for (uint32_t i = 0; i < count; i++) {
		const uint32_t end = bzb_ld32(m->parts[i].end);

		ret[i] = end - start;
		start = end;
	}
	return count;
}

static json_t *cost_object(unsigned int count, const struct cost *cost, uint64_t path)
{
	json_t *object = json_object();

	json_put(object, "processors", json_number(count));
	json_put(object, "instructions", json_number(cost->instructions / 10000 * path));
	if (cost->microseconds)
		json_put(object, "microseconds", json_number(cost->microseconds * path / 10000));
	return object;
}

/* More processors than there are parts have nothing to do. */
static json_t *costs(const struct cost *cost, uint32_t *sizes, size_t count)
{
	json_t *array = json_array();
	uint64_t last = UINT64_MAX;

	for (size_t i = 0; i < BZB_ARRAY_SIZE(processors); i++) {
		const uint64_t path = estimate_path(sizes, count, processors[i]);

		if (path < last)
			json_add(array, cost_object(processors[i], cost, path));
		last = path;
	}
	return array;
}

static uint64_t loaded_size(const struct anatomy *anatomy)
{
	const struct bzb_manifest *m = &anatomy->load.manifest;

	return anatomy->has_load ? m->elf_size - m->symbols_size : anatomy->payload.size;
}

/* Other stubs than those of bzboot and of Linux for x86 have not been measured. */
static void add_decompression(const struct budget *budget)
{
	const struct anatomy *anatomy = budget->anatomy;
	uint32_t sizes[BZB_PARTS_MAX];
	struct cost cost = { 0 };
	size_t count;
	json_t *object;

	if (!anatomy->has_payload)
		return;
	count = part_sizes(anatomy, sizes);
	object = json_object();
	json_put(object, "codec", json_string(bzb_codec_name(anatomy->payload.codec)));
	json_put(object, "compressed_size", json_number(anatomy->payload.stream.size));
	json_put(object, "size", json_number(anatomy->payload.size));
	json_put(object, "parts", json_number(count));
	if (anatomy->has_bzimage)
		cost = estimate_boot(anatomy->has_load ? MAKER_BZBOOT : MAKER_LINUX,
				     anatomy->payload.codec, loaded_size(anatomy));
	if (cost.instructions)
		json_put(object, "estimates", costs(&cost, sizes, count));
	json_put(budget->tree, "decompression", object);
}

/* --- measured boot -------------------------------------------------------------------- */

/* returns: 0, or -1 on error */
static int add_phases(const struct budget *budget, const struct events *events, struct why *why)
{
	json_t *array = json_array();
	struct digests first, value;
	const char *path;
	int err = register_pcr(events, PCR_SECTIONS, BANKS, &first, why);

	for (size_t i = 0; !err && (path = register_usual_phase(i)); i++) {
		json_t *object;

		value = first;
		err = register_phases(path, BANKS, &value, why);
		if (err)
			break;
		object = json_object();
		json_put(object, "phase", json_string(path));
		json_put(object, "sha256",
			 report_hex(value.bytes[BANK_SHA256], bank_at(BANK_SHA256)->size));
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
	for (size_t i = 0; i < events->count; i++)
		if (events->list[i].pcr == PCR_PROGRAMS)
			json_put(budget->tree, "pcr_4_event",
				 report_hex(events->list[i].digests.bytes[BANK_SHA256],
					    bank_at(BANK_SHA256)->size));
	return events->is_uki && !events->has_machine_sections ? add_phases(budget, events, why) :
								 0;
}

static void add_measurements(const struct budget *budget)
{
	const struct anatomy *anatomy = budget->anatomy;
	const struct event_options options = {
		.banks = BANKS,
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
	struct pieces pieces = file_pieces(anatomy);
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
