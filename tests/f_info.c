/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An image of any kind: either info reports an error in its payload, or extract gets as many bytes
 * of it as info prints. An image with another byte differs from it, and a copy does not. The pieces
 * of its budget add up to the file.
 */
#include "fuzz.h"

#include "../packer/payload/payload_decompress.h"
#include "../packer/info/budget.h"
#include "../packer/info/file_pieces.h"
#include "../packer/info/info.h"
#include "../packer/info/info_compare.h"
#include "../packer/info/map.h"
#include "../packer/input/pe_section.h"
#include "../packer/payload/payload_find.h"
#include "../packer/payload/scan.h"

/* The limit for a decompressed stream of the input */
#define DECOMPRESSED_SIZE ((size_t)1 << 20)

static bool is_small(struct bzb_span file, unsigned int kinds)
{
	struct bzb_payload payload;
	struct why why;

	return payload_find(file, kinds, &payload, &why) ||
	       (payload.size <= DECOMPRESSED_SIZE &&
		decompress_workspace(payload.codec, payload.stream) <= DECOMPRESSED_SIZE);
}

/* Unpacks a payload like extract. */
static bool extract(struct bzb_span file, unsigned int kinds, size_t *ret_size)
{
	struct bzb_payload payload;
	struct blob kernel;
	struct why why;

	if (payload_find(file, kinds, &payload, &why) || decompress(&payload, &kernel, &why)) {
		PROMISE(*why.text);
		return false;
	}
	*ret_size = kernel.size;
	blob_free(&kernel);
	return true;
}

static void check_payload(struct bzb_span file, unsigned int kinds, const json_t *tree)
{
	const json_t *payload = json_object_get(tree, "payload");
	size_t size;

	if (!extract(file, kinds, &size))
		PROMISE(json_array_size(json_object_get(tree, "errors")));
	else if (payload)
		PROMISE((size_t)json_integer_value(json_object_get(payload, "size")) == size);
}

static void check_scan(struct bzb_span file)
{
	struct scan_hit hit;

	if (scan_find(file, DECOMPRESSED_SIZE, &hit))
		return;
	PROMISE(is_part(file, hit.stream) && hit.kernel.size <= DECOMPRESSED_SIZE);
	PROMISE(bzb_probe(blob_span(&hit.kernel)) & (BZB_IS_ELF | BZB_IS_PE));
	blob_free(&hit.kernel);
}

static struct input copy_of(struct bzb_span file)
{
	struct input copy = { .bytes = blob_alloc(file.size), .file_size = file.size };

	if (file.size)
		memcpy(copy.bytes.data, file.data, file.size);
	return copy;
}

/* A file that is a compressed kernel as a whole */
static void check_compressed(struct bzb_span file)
{
	struct input input = copy_of(file);
	struct why why = { "" };

	if (input_decompress(&input, DECOMPRESSED_SIZE, &why))
		PROMISE(*why.text && !input.compression);
	if (input.compression)
		PROMISE(bzb_probe(blob_span(&input.bytes)) &&
			input.bytes.size <= DECOMPRESSED_SIZE);
	else
		PROMISE(input.bytes.size == file.size);
	input_free(&input);
}

static size_t count_differences(const struct info_side *a, const struct info_side *b)
{
	json_t *comparison = info_compare(a, b);
	const size_t count = json_array_size(json_object_get(comparison, "differences"));

	json_decref(comparison);
	return count;
}

/* Kernels in .linux have no limit of their own here. */
static bool is_comparable(struct bzb_span file)
{
	const unsigned int kinds = bzb_probe(file),
			   unpacked = kinds & (BZB_IS_BZIMAGE | BZB_IS_ZBOOT);

	return kinds && !(kinds & BZB_IS_UKI) && (!unpacked || is_small(file, unpacked));
}

/* The last byte says which one is changed. */
static void check_compare(struct bzb_span file)
{
	struct blob changed = blob_copy(file);
	struct info_side a, b, c;

	changed.data[changed.data[file.size - 1] * file.size / 256] ^= 1;
	if (!is_comparable(file) || !is_comparable(blob_span(&changed))) {
		blob_free(&changed);
		return;
	}
	a = info_side_make("a", blob_copy(file));
	b = info_side_make("b", blob_copy(file));
	c = info_side_make("c", changed);
	PROMISE(!count_differences(&a, &b));
	/* The digest is one of them. */
	PROMISE(count_differences(&a, &c) > 1);
	info_side_free(&a);
	info_side_free(&b);
	info_side_free(&c);
}

/* A kernel in a unified kernel image of another program */
static bool is_inner_small(struct bzb_span file)
{
	struct bzb_span inner;
	unsigned int kinds;

	if (pe_section_find(file, ".linux", &inner))
		return true;
	kinds = bzb_probe(inner) & (BZB_IS_BZIMAGE | BZB_IS_ZBOOT);
	return !kinds || is_small(inner, kinds);
}

static void check_map(const struct anatomy *anatomy)
{
	struct map map = map_make(anatomy);
	struct blob svg = map_svg(&map, "file");

	PROMISE(pieces_size(&map.file.pieces) == anatomy->file.size);
	PROMISE(map.file.pieces.count <= MAP_PIECES_MAX &&
		map.memory.pieces.count <= MAP_PIECES_MAX);
	blob_free(&svg);
	map_free(&map);
}

static void check_budget(struct bzb_span file)
{
	json_t *errors = json_array();
	struct anatomy anatomy;
	struct pieces pieces;

	anatomy_read(file, errors, &anatomy);
	json_decref(budget_tree(&anatomy, errors));
	pieces = file_pieces_make(&anatomy);
	PROMISE(pieces_size(&pieces) == file.size);
	pieces_free(&pieces);
	check_map(&anatomy);
	anatomy_free(&anatomy);
	json_decref(errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bzb_span file = { data, size };
	unsigned int kinds = bzb_probe(file), unpacked = kinds & (BZB_IS_BZIMAGE | BZB_IS_ZBOOT);
	struct input input;
	json_t *tree;

	check_compressed(file);
	if (unpacked && !is_small(file, unpacked))
		return 0;
	input = copy_of(file);
	json_decref(info_tree(&input, true));
	tree = info_tree(&input, false);
	PROMISE(json_array_size(json_object_get(tree, "errors")) || kinds);
	if (unpacked)
		check_payload(file, unpacked, tree);
	json_decref(tree);
	if (is_inner_small(file))
		check_budget(blob_span(&input.bytes));
	input_free(&input);
	check_scan(file);
	if (size)
		check_compare(file);
	return 0;
}
