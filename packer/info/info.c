/* SPDX-License-Identifier: BSD-2-Clause */
#include "info.h"

#include <bzboot/probe.h>

#include "input/identify.h"
#include "input/module_signature.h"
#include "io/json.h"
#include "info_chapters.h"

static const struct {
	unsigned int kind;
	const char *name;
} kind_names[] = {
	{ BZB_IS_ELF, "ELF" },	   { BZB_IS_PE, "PE" },		{ BZB_IS_BZIMAGE, "bzImage" },
	{ BZB_IS_ZBOOT, "zboot" }, { BZB_IS_BZBOOT, "bzboot" }, { BZB_IS_UKI, "UKI" },
	{ BZB_IS_ADDON, "addon" },
};

void info_error(struct info *info, const struct why *why)
{
	json_add(info->errors, json_string(why->text));
}

void info_fault(struct info *info)
{
	struct why why;

	if (info->faulty)
		return;
	info->faulty = true;
	explain_identity(&why, info->file, "an ELF, PE, bzImage or zboot file");
	info_error(info, &why);
}

void info_skip(struct info *info, const char *member)
{
	json_add(info->skipped, json_string(member));
}

json_t *info_kinds(unsigned int kinds)
{
	json_t *array = json_array();

	for (size_t i = 0; i < BZB_ARRAY_SIZE(kind_names); i++)
		if (kinds & kind_names[i].kind)
			json_add(array, json_string(kind_names[i].name));
	return array;
}

static void add_module_signature(struct info *info)
{
	struct bzb_span bytes;
	json_t *object;

	if (module_signature_find(info->file, &bytes))
		return;
	object = json_object();
	json_put(object, "offset", json_number((uint64_t)(bytes.data - info->file.data)));
	json_put(object, "size", json_number(bytes.size));
	json_put(info->tree, "module_signature", object);
}

/* All other facts are those of the decompressed contents. */
static void add_compression(struct info *info, const struct input *input)
{
	json_t *object = json_object();

	json_put(object, "codec", json_string(input->compression));
	json_put(object, "size", json_number(input->file_size));
	json_put(info->tree, "compressed", object);
}

/* The parts of the report, in this order: the payload needs the results of the headers. */
static const struct {
	unsigned int kinds; /* any of them */
	void (*add)(struct info *info);
} chapters[] = {
	/* clang-format off */
	{ BZB_IS_PE, info_add_pe },
	{ BZB_IS_PE, info_add_sbat },
	{ BZB_IS_UKI | BZB_IS_ADDON, info_add_profiles },
	{ BZB_IS_BZIMAGE, info_add_bzimage },
	{ BZB_IS_ZBOOT, info_add_zboot },
	{ BZB_IS_BZBOOT, info_add_manifest },
	{ BZB_IS_BZIMAGE | BZB_IS_ZBOOT, info_add_payload },
	{ BZB_IS_ELF, info_add_file_elf },
	/* clang-format on */
};

json_t *info_tree(const struct input *input, bool headers)
{
	const struct bzb_span file = blob_span(&input->bytes);
	struct info info = {
		.bytes = &input->bytes,
		.file = file,
		.kinds = bzb_probe(file),
		.headers = headers,
		.tree = json_object(),
		.errors = json_array(),
		.skipped = json_array(),
	};

	info_keep(&info);
	json_put(info.tree, "kinds", info_kinds(info.kinds));
	json_put(info.tree, "size", json_number(file.size));
	if (input->compression)
		add_compression(&info, input);
	for (size_t i = 0; i < BZB_ARRAY_SIZE(chapters); i++)
		if (info.kinds & chapters[i].kinds)
			chapters[i].add(&info);
	add_module_signature(&info);
	if (!info.kinds)
		info_fault(&info);
	if (headers)
		json_put(info.tree, "skipped", info.skipped);
	else
		json_decref(info.skipped);
	json_put(info.tree, "errors", info.errors);
	return info.tree;
}
