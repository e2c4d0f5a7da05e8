/* SPDX-License-Identifier: BSD-2-Clause */
#include "anatomy.h"

#include "input/embedded.h"
#include "input/uki_parts.h"
#include "io/json.h"
#include "payload/payload_decompress.h"
#include "payload/payload_find.h"

/* The kernel of an image that several programs make: the file itself or its section .linux */
static void find_image(struct anatomy *anatomy)
{
	const unsigned int wanted = BZB_IS_BZIMAGE | BZB_IS_ZBOOT;
	struct uki_part part;

	if (anatomy->kinds & wanted) {
		anatomy->image = anatomy->file;
		anatomy->image_kinds = anatomy->kinds;
		return;
	}
	if (!anatomy->has_pe || !uki_part_find(&anatomy->pe, BZB_UKI_LINUX, &part))
		return;
	anatomy->image = part.bytes;
	anatomy->image_kinds = bzb_probe(part.bytes);
}

static void find_payload(struct anatomy *anatomy, json_t *errors)
{
	const unsigned int kinds = anatomy->image_kinds & (BZB_IS_BZIMAGE | BZB_IS_ZBOOT);
	struct why why;

	if (!kinds)
		return;
	anatomy->has_image_pe = !bzb_pe_parse(anatomy->image, &anatomy->image_pe);
	anatomy->has_bzimage = !bzb_bzimage_parse(anatomy->image, &anatomy->bzimage);
	anatomy->has_load = !embedded_open(anatomy->image, &anatomy->load);
	if (!payload_find(anatomy->image, kinds, &anatomy->payload, &why))
		anatomy->has_payload = true;
	else if (anatomy_is_wrapped(anatomy))
		json_add(errors, json_string(why.text));
}

static void read_kernel(struct anatomy *anatomy, json_t *errors)
{
	struct bzb_span kernel = anatomy->file;
	struct why why;

	if (anatomy->has_payload) {
		if (decompress(&anatomy->payload, &anatomy->kernel, &why)) {
			json_add(errors, json_string(why.text));
			return;
		}
		kernel = blob_span(&anatomy->kernel);
	}
	anatomy->has_elf = !bzb_elf_parse(kernel, &anatomy->elf);
}

void anatomy_read(struct bzb_span file, json_t *errors, struct anatomy *ret)
{
	*ret = (struct anatomy){ .file = file, .kinds = bzb_probe(file) };
	ret->has_pe = !bzb_pe_parse(file, &ret->pe);
	find_image(ret);
	find_payload(ret, errors);
	read_kernel(ret, errors);
}

void anatomy_free(struct anatomy *anatomy)
{
	blob_free(&anatomy->kernel);
	*anatomy = (struct anatomy){ 0 };
}
