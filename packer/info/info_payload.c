/* SPDX-License-Identifier: BSD-2-Clause */
/* The payload, the header of zboot that leads to it, and the ELF inside. */
#include "info_chapters.h"

#include <bzboot/probe.h>
#include <bzboot/zboot.h>

#include "input/identify.h"
#include "io/json.h"
#include "payload/payload_decompress.h"
#include "payload/payload_find.h"

void info_add_zboot(struct info *info)
{
	struct bzb_zboot zboot;
	json_t *object;

	if (bzb_zboot_parse(info->file, &zboot)) {
		info_fault(info);
		return;
	}
	object = json_object();
	json_put(object, "magic", json_string(bzb_zboot_magic_name(zboot.magic)));
	json_put(object, "codec", json_text(zboot.codec_name));
	json_put(object, "payload_offset", json_number(zboot.payload_offset));
	json_put(object, "payload_size", json_number(zboot.stream.size));
	json_put(object, "pe_offset", json_number(zboot.pe_offset));
	json_put(info->tree, "zboot", object);
}

/* Which of the headers that lead to the payload turned out to be in order. */
static unsigned int sound_headers(const struct info *info)
{
	return (json_object_get(info->tree, "bzimage") ? BZB_IS_BZIMAGE : 0) |
	       (json_object_get(info->tree, "zboot") ? BZB_IS_ZBOOT : 0);
}

static void add_payload_elf(struct info *info, struct bzb_span file)
{
	struct bzb_elf elf;
	struct why why;

	if (!bzb_elf_parse(file, &elf)) {
		info_add_elf(info, &elf);
		return;
	}
	explain(&why, "payload: is %s", identify(file).text);
	info_error(info, &why);
}

/* Adds what the payload decompresses to. */
static void add_contents(struct info *info, const struct bzb_payload *payload, json_t *object)
{
	unsigned int kinds;
	struct blob inside;
	struct why why;

	if (decompress_mapped(info->bytes, payload, &inside, &why)) {
		info_error(info, &why);
		return;
	}
	kinds = bzb_probe(blob_span(&inside));
	json_put(object, "kinds", info_kinds(kinds));
	if (kinds & BZB_IS_ELF)
		add_payload_elf(info, blob_span(&inside));
	blob_free(&inside);
}

void info_add_payload(struct info *info)
{
	unsigned int kinds = sound_headers(info);
	struct bzb_payload payload;
	struct why why;
	json_t *object;

	if (!kinds)
		return;
	if (payload_find(info->file, kinds, &payload, &why)) {
		info_error(info, &why);
		return;
	}
	object = json_object();
	json_put(info->tree, "payload", object);
	json_put(object, "codec", json_string(bzb_codec_name(payload.codec)));
	json_put(object, "offset", json_number((uint64_t)(payload.stream.data - info->file.data)));
	json_put(object, "compressed_size", json_number(payload.stream.size));
	json_put(object, "size", json_number(payload.size));
	if (info->headers) {
		info_skip(info, "payload.kinds");
		info_skip(info, "elf");
	} else {
		add_contents(info, &payload, object);
	}
}
