/* SPDX-License-Identifier: BSD-2-Clause */
#include "info_compare.h"

#include <string.h>

#include <bzboot/probe.h>
#include <bzboot/uki.h>

#include "input/uki_parts.h"
#include "io/json.h"
#include "measure/measure_report.h"
#include "measure/registers.h"
#include "payload/payload_decompress.h"
#include "payload/payload_find.h"
#include "compare_bytes.h"
#include "compare_headers.h"
#include "compare_trees.h"
#include "info.h"

/* --- a file to compare ----------------------------------------------------------------- */

struct info_side info_side_make(const char *path, struct blob bytes)
{
	struct info_side side = {
		.path = path,
		.input = { .bytes = bytes, .file_size = bytes.size },
		.digest = differences_digest(blob_span(&bytes)),
		.size = json_number(bytes.size),
	};
	struct why why;
	const bool broken = input_decompress(&side.input, DECOMPRESSED_MAX, &why);

	side.tree = info_tree(&side.input, false);
	if (broken)
		json_add(json_object_get(side.tree, "errors"), json_string(why.text));
	return side;
}

void info_side_free(struct info_side *side)
{
	json_decref(side->digest);
	json_decref(side->size);
	json_decref(side->tree);
	input_free(&side->input);
}

/* --- contents -------------------------------------------------------------------------- */

/* An image, or one in a section of another */
struct image {
	struct bzb_span file;
	json_t *tree;	/* of info_tree() */
	json_t *errors; /* of the side */
};

static bool find_payload(const struct image *image, struct bzb_payload *ret)
{
	const unsigned int kinds = bzb_probe(image->file) & (BZB_IS_BZIMAGE | BZB_IS_ZBOOT);
	struct why why;

	/* Without the member, the tree has an error about it. */
	return json_object_get(image->tree, "payload") &&
	       !payload_find(image->file, kinds, ret, &why);
}

static struct place stream_place(const struct image *image, const struct bzb_payload *payload)
{
	return (struct place){ payload->stream, (size_t)(payload->stream.data - image->file.data) };
}

/* Streams that differ may decompress to the same kernel. */
static void compare_kernels(struct differences *differences, const char *prefix,
			    const struct bzb_payload *a, const struct bzb_payload *b)
{
	struct blob inside_a = { 0 }, inside_b = { 0 };
	json_t *name = differences_name(prefix, "payload.contents");
	struct place place_a, place_b;
	struct why why;

	if (decompress(a, &inside_a, &why) || decompress(b, &inside_b, &why)) {
		json_decref(name);
	} else {
		place_a = (struct place){ .bytes = blob_span(&inside_a) };
		place_b = (struct place){ .bytes = blob_span(&inside_b) };
		if (differences_add_bytes(differences, json_incref(name), &place_a, &place_b))
			compare_bytes(differences, prefix, place_a.bytes, place_b.bytes);
		else
			differences_add_same(differences, json_incref(name),
					     differences_digest(place_a.bytes));
		json_decref(name);
	}
	blob_free(&inside_a);
	blob_free(&inside_b);
}

static void compare_payloads(struct differences *differences, const char *prefix,
			     const struct image *a, const struct image *b)
{
	json_t *name = differences_name(prefix, "payload.stream");
	struct bzb_payload payload_a, payload_b;
	struct place place_a, place_b;

	if (!find_payload(a, &payload_a) || !find_payload(b, &payload_b)) {
		json_decref(name);
		return;
	}
	place_a = stream_place(a, &payload_a);
	place_b = stream_place(b, &payload_b);
	if (differences_add_bytes(differences, json_incref(name), &place_a, &place_b))
		compare_kernels(differences, prefix, &payload_a, &payload_b);
	else
		differences_add_same(differences, json_incref(name),
				     differences_digest(place_a.bytes));
	json_decref(name);
}

/* --- digests --------------------------------------------------------------------------- */

/* The digest of Authenticode is that of PCR 4's event. */
static json_t *authenticode(const struct events *events)
{
	const struct digests *digests = events_find(events, PCR_PROGRAMS);

	return digests ? report_digest(digests, BANK_SHA256) : NULL;
}

/* Without a value that is for some machines only */
static json_t *sections_pcr(const struct events *events)
{
	struct digests value;
	struct why why;

	if (!events->is_uki || events->has_machine_sections ||
	    register_pcr(events, PCR_SECTIONS, BANKS_SHA256, &value, &why))
		return NULL;
	return report_digest(&value, BANK_SHA256);
}

/* Both digests may fail for one reason. */
static void add_error(json_t *errors, const struct why *why)
{
	const json_t *error;
	size_t i;

	json_array_foreach(errors, i, error)
		if (!strcmp(json_string_value(error), why->text))
			return;
	json_add(errors, json_string(why->text));
}

static bool has_profile(struct bzb_span file, unsigned int profile)
{
	struct bzb_uki uki;
	struct bzb_pe pe;

	return bzb_pe_parse(file, &pe) || bzb_uki_find(&pe, profile, &uki) != -BZB_ERR_NOTFOUND;
}

/* returns: the value; NULL if the file has none */
static json_t *predict(const struct image *image, unsigned int pcr, unsigned int profile,
		       json_t *(*value)(const struct events *events))
{
	const struct event_options options = { .banks = BANKS_SHA256,
					       .pcrs = 1u << pcr,
					       .profile = profile };
	struct events events = { 0 };
	struct why why;
	json_t *result;

	if (!(bzb_probe(image->file) & BZB_IS_PE) || !has_profile(image->file, profile))
		return NULL;
	if (events_predict(image->file, &options, &events, &why)) {
		add_error(image->errors, &why);
		return NULL;
	}
	result = value(&events);
	events_free(&events);
	return result;
}

/* Takes all of its arguments. returns: false if neither file has such a digest */
static bool compare_digest(struct differences *differences, json_t *name, json_t *a, json_t *b)
{
	const bool there = a || b;

	if (a && b && json_equal(a, b)) {
		differences_add_same(differences, name, a);
		json_decref(b);
	} else if (there) {
		differences_add(differences, name, a, b);
	} else {
		json_decref(name);
	}
	return there;
}

static void compare_digests(struct differences *differences, const char *prefix,
			    const struct image *a, const struct image *b)
{
	bool more = true;

	compare_digest(differences, differences_name(prefix, "authenticode"),
		       predict(a, PCR_PROGRAMS, 0, authenticode),
		       predict(b, PCR_PROGRAMS, 0, authenticode));
	for (unsigned int i = 0; more && i < BZB_UKI_PROFILES_MAX; i++)
		more = compare_digest(differences, json_sprintf("%spcr11[%u]", prefix, i),
				      predict(a, PCR_SECTIONS, i, sections_pcr),
				      predict(b, PCR_SECTIONS, i, sections_pcr));
}

/* --- all of it ------------------------------------------------------------------------- */

static void compare_images(struct differences *differences, const char *prefix,
			   const struct image *a, const struct image *b)
{
	compare_trees(differences, prefix, a->tree, b->tree);
	compare_headers(differences, prefix, a->file, b->file);
	compare_bytes(differences, prefix, a->file, b->file);
	compare_payloads(differences, prefix, a, b);
	compare_digests(differences, prefix, a, b);
}

/* returns: the kernel of a unified kernel image, whose tree is to be freed; or no bytes */
static struct image inner_image(const struct image *outer)
{
	struct image image = { .errors = outer->errors };
	struct input input = { 0 };
	struct uki_part part;
	struct bzb_pe pe;

	if (!(bzb_probe(outer->file) & BZB_IS_UKI) || bzb_pe_parse(outer->file, &pe) ||
	    !uki_part_find(&pe, BZB_UKI_LINUX, &part) || !bzb_probe(part.bytes))
		return image;
	image.file = part.bytes;
	input.bytes =
		(struct blob){ .data = (unsigned char *)image.file.data, .size = image.file.size };
	input.file_size = image.file.size;
	image.tree = info_tree(&input, false);
	return image;
}

/* A unified kernel image has a kernel with headers of its own in .linux. */
static void compare_inner(struct differences *differences, const struct image *a,
			  const struct image *b)
{
	struct image inner_a = inner_image(a), inner_b = inner_image(b);

	if (inner_a.tree && inner_b.tree && !bytes_are_same(inner_a.file, inner_b.file))
		compare_images(differences, "linux.", &inner_a, &inner_b);
	json_decref(inner_a.tree);
	json_decref(inner_b.tree);
}

/* Of files that are compressed as a whole; or bytes that no part has, as in an ELF between its
 * sections */
static void compare_rest(struct differences *differences, struct bzb_span a, struct bzb_span b,
			 bool found)
{
	const struct place place_a = { .bytes = a }, place_b = { .bytes = b };

	if (bytes_are_same(a, b))
		differences_add_same(differences, json_string("contents"), differences_digest(a));
	else if (!found)
		differences_add_bytes(differences, json_string("contents"), &place_a, &place_b);
}

static struct image side_image(const struct info_side *side)
{
	return (struct image){ blob_span(&side->input.bytes), side->tree,
			       json_object_get(side->tree, "errors") };
}

static void compare_sides(struct differences *differences, const struct info_side *a,
			  const struct info_side *b)
{
	const struct image image_a = side_image(a), image_b = side_image(b);
	size_t count;

	differences_add(differences, json_string("sha256"), json_incref(a->digest),
			json_incref(b->digest));
	count = json_array_size(differences->list);
	compare_images(differences, "", &image_a, &image_b);
	compare_inner(differences, &image_a, &image_b);
	compare_rest(differences, image_a.file, image_b.file,
		     json_array_size(differences->list) > count);
}

static json_t *side_object(const struct info_side *side)
{
	const struct bzb_span path = { (const unsigned char *)side->path, strlen(side->path) };
	json_t *object = json_object();

	json_put(object, "file", json_text(path));
	json_put(object, "size", json_incref(side->size));
	json_put(object, "sha256", json_incref(side->digest));
	json_put(object, "errors", json_incref(json_object_get(side->tree, "errors")));
	return object;
}

json_t *info_compare(const struct info_side *a, const struct info_side *b)
{
	struct differences differences = { .list = json_array(), .same = json_array() };
	json_t *comparison = json_object();

	if (json_is_null(a->digest) || !json_equal(a->digest, b->digest))
		compare_sides(&differences, a, b);
	json_put(comparison, "a", side_object(a));
	json_put(comparison, "b", side_object(b));
	json_put(comparison, "differences", differences.list);
	json_put(comparison, "same", differences.same);
	return comparison;
}
