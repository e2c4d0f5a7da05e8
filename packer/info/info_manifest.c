/* SPDX-License-Identifier: BSD-2-Clause */
#include "info_chapters.h"

#include <bzboot/error.h>
#include <bzboot/manifest.h>

#include "input/embedded.h"
#include "io/json.h"

/* NULL: there is none, and a boot loader may bring one. */
static const char *kind_name(const struct bzb_manifest *m, uint8_t flag, uint32_t offset)
{
	if (m->flags & flag)
		return "decided";
	return offset ? "default" : NULL;
}

static void set_kind(json_t *object, const char *name, const char *kind)
{
	if (kind)
		json_put(object, name, json_string(kind));
}

/* An application has no address that it is linked to. */
static void put_addresses(json_t *object, const struct bzb_manifest *m)
{
	if (m->flags & BZB_MANIFEST_APPLICATION) {
		json_put(object, "lowest_address", json_address(m->load_address - m->gap));
		return;
	}
	json_put(object, "load_address", json_address(m->load_address));
	json_put(object, "virtual_address", json_address(m->virtual_address));
}

void info_add_manifest(struct info *info)
{
	struct bzb_manifest m;
	struct bzb_span cmdline;
	struct why why;
	json_t *object;
	int err = embedded_manifest(info->file, &m);

	if (err) {
		explain(&why, "manifest: %s", bzb_strerror(err));
		info_error(info, &why);
		return;
	}
	object = json_object();
	json_put(object, "image_size", json_number(m.image_size));
	json_put(object, "codec", json_string(bzb_codec_name(m.codec)));
	json_put(object, "payload_offset", json_number(m.payload_offset));
	json_put(object, "payload_size", json_number(m.payload_size));
	json_put(object, "elf_size", json_number(m.elf_size));
	json_put(object, "symbols_size", json_number(m.symbols_size));
	json_put(object, "alignment", json_number(m.alignment));
	put_addresses(object, &m);
	json_put(object, "memory_size", json_number(m.memory_size));
	json_put(object, "gap", json_number(m.gap));
	json_put(object, "flags", json_number(m.flags));
	json_put(object, "parts", json_number(m.part_count));
	json_put(object, "cmdline_offset", json_number(m.cmdline_offset));
	json_put(object, "cmdline_size", json_number(m.cmdline_size));
	if (m.cmdline_offset && !bzb_slice(info->file, m.cmdline_offset, m.cmdline_size, &cmdline))
		json_put(object, "cmdline", json_text(cmdline));
	set_kind(object, "cmdline_kind",
		 kind_name(&m, BZB_MANIFEST_CMDLINE_DECIDED, m.cmdline_offset));
	json_put(object, "initrd_offset", json_number(m.initrd_offset));
	json_put(object, "initrd_size", json_number(m.initrd_size));
	set_kind(object, "initrd_kind",
		 kind_name(&m, BZB_MANIFEST_INITRD_DECIDED, m.initrd_offset));
	json_put(info->tree, "manifest", object);
}
