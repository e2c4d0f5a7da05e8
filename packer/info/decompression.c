/* SPDX-License-Identifier: BSD-2-Clause */
#include "decompression.h"

#include "io/json.h"
#include "kernel/kernel.h"
#include "payload/compress.h"
#include "estimates.h"

static const unsigned int processors[] = ESTIMATE_PROCESSORS;

/* The parts that are loaded, in units of the work */
struct work {
	size_t count;
	uint32_t parts[BZB_PARTS_MAX];
};

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
static json_t *costs(const struct cost *cost, struct work *work)
{
	json_t *array = json_array();
	uint64_t last = UINT64_MAX;

	for (size_t i = 0; i < BZB_ARRAY_SIZE(processors); i++) {
		const uint64_t path = estimate_path(work->parts, work->count, processors[i]);

		if (path < last)
			json_add(array, cost_object(processors[i], cost, path));
		last = path;
	}
	return array;
}

/* --- as the image is packed ------------------------------------------------------------ */

/* The work is in proportion to the bytes in the stream. */
static struct work own_work(const struct anatomy *anatomy)
{
	const struct bzb_manifest *m = &anatomy->load.manifest;
	struct work work = { 1, { 1 } };
	uint32_t start = m->part_start;

	if (!anatomy->has_load)
		return work;
	work.count = bzb_load_parts(&anatomy->load);
	for (size_t i = 0; i < work.count; i++) {
		const uint32_t end = bzb_ld32(m->parts[i].end);

		work.parts[i] = end - start;
		start = end;
	}
	return work;
}

static uint64_t loaded_size(const struct anatomy *anatomy)
{
	const struct bzb_manifest *m = &anatomy->load.manifest;

	return anatomy->has_load ? m->elf_size - m->symbols_size : anatomy->payload.size;
}

/* Other stubs than those of bzboot and of Linux for x86 have not been measured. */
static struct cost own_cost(const struct anatomy *anatomy)
{
	if (!anatomy->has_bzimage)
		return (struct cost){ 0 };
	return estimate_boot(anatomy->has_load ? MAKER_BZBOOT : MAKER_LINUX, anatomy->payload.codec,
			     loaded_size(anatomy));
}

/* --- as bzboot pack would pack it ------------------------------------------------------- */

/* With one part, there is nothing to estimate. */
static struct work packed_work(const struct compressor *compressor, const struct kernel *kernel)
{
	const struct compress_how how = { .gap = kernel->gap, .loaded = kernel->loaded_size };
	const struct bzb_span elf = blob_span(&kernel->elf);
	const struct cuts cuts = compressor_cut(compressor, elf, &how);
	struct work work = { cuts.count, { 1 } };

	if (cuts.count > 1)
		parts_times(elf, &cuts, work.parts);
	return work;
}

static json_t *packed_object(const struct compressor *compressor, const struct kernel *kernel)
{
	const struct cost cost =
		estimate_boot(MAKER_BZBOOT, compressor->codec, kernel->loaded_size);
	struct work work = packed_work(compressor, kernel);
	json_t *object = json_object();

	json_put(object, "codec", json_string(bzb_codec_name(compressor->codec)));
	json_put(object, "parts", json_number(work.count));
	json_put(object, "estimates", costs(&cost, &work));
	return object;
}

/* An image of bzboot has its own codec already. */
static json_t *packed_array(const struct anatomy *anatomy, const struct kernel *kernel)
{
	const struct compressor *compressor;
	json_t *array = json_array();

	for (size_t i = 0; (compressor = compressor_at(i)); i++)
		if (!anatomy->has_load || compressor->codec != anatomy->payload.codec)
			json_add(array, packed_object(compressor, kernel));
	return array;
}

/* A kernel that bzboot does not pack, which bzboot check explains, has no other costs. */
static void add_packed(json_t *object, const struct anatomy *anatomy)
{
	const struct kernel_options options = { 0 };
	struct findings findings = { 0 };
	struct kernel kernel;
	struct blob elf;
	struct why why;

	if (!anatomy->has_bzimage || !anatomy->has_elf)
		return;
	elf = blob_copy(blob_span(&anatomy->kernel));
	if (kernel_load(&elf, &options, &findings, &kernel, &why))
		return;
	json_put(object, "packed", packed_array(anatomy, &kernel));
	kernel_free(&kernel);
}

json_t *decompression_object(const struct anatomy *anatomy)
{
	const struct cost cost = own_cost(anatomy);
	struct work work = own_work(anatomy);
	json_t *object = json_object();

	json_put(object, "codec", json_string(bzb_codec_name(anatomy->payload.codec)));
	json_put(object, "compressed_size", json_number(anatomy->payload.stream.size));
	json_put(object, "size", json_number(anatomy->payload.size));
	json_put(object, "parts", json_number(work.count));
	if (cost.instructions)
		json_put(object, "estimates", costs(&cost, &work));
	add_packed(object, anatomy);
	return object;
}
