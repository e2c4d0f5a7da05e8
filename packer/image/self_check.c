/* SPDX-License-Identifier: BSD-2-Clause */
#include "self_check.h"

#include <string.h>

#include <bzboot/probe.h>

#include "input/embedded.h"
#include "input/pe_section.h"
#include "kernel/placement.h"
#include "payload/payload_find.h"

struct subject {
	struct bzb_span image;
	const struct ingredients *ingredients;
	const struct layout *layout;
};

static int broken(struct why *why, const char *what)
{
	return explain(why, "internal error: the new image is broken (%s)", what);
}

/* Whether @bytes are exactly where @extent says. */
static bool lies_at(const struct subject *s, struct bzb_span bytes, struct extent extent)
{
	return bytes.data == s->image.data + extent.offset && bytes.size == extent.size;
}

static int check_kinds(const struct subject *s, struct why *why)
{
	unsigned int kinds = BZB_IS_PE | BZB_IS_ZBOOT | BZB_IS_BZBOOT;

	if (s->ingredients->sections->uki)
		kinds |= BZB_IS_UKI;
	if (!s->ingredients->kernel->is_application)
		kinds |= BZB_IS_BZIMAGE;
	if (bzb_probe(s->image) != kinds)
		return broken(why, "formats");
	return 0;
}

static int check_zboot(const struct subject *s, struct why *why)
{
	struct bzb_zboot zboot;

	if (bzb_zboot_parse(s->image, &zboot) || zboot.magic != s->ingredients->zboot_magic ||
	    zboot.codec != s->ingredients->codec || !lies_at(s, zboot.stream, s->layout->stream))
		return broken(why, "zboot header");
	return 0;
}

static int check_pe(const struct subject *s, struct why *why)
{
	uint32_t end = s->layout->size_of_headers;
	struct bzb_pe pe;

	if (bzb_pe_parse(s->image, &pe) || pe.entry != s->ingredients->stub->entry ||
	    pe.machine != bzb_machine_pe(s->ingredients->stub->machine))
		return broken(why, "PE headers");
	for (unsigned int i = 0; i < pe.sections; i++) {
		struct bzb_pe_section section = bzb_pe_section(&pe, i);

		if (section.virtual_address != end || section.raw_offset != end ||
		    bzb_align_up(section.virtual_size, BZB_PAGE_SIZE) > section.raw_size)
			return broken(why, "PE sections");
		end += section.raw_size;
	}
	if (end != s->image.size || end > pe.size_of_image)
		return broken(why, "PE sections");
	return 0;
}

static int check_manifest(const struct subject *s, struct why *why)
{
	static const struct bzb_setup_header none;
	const bool is_application = s->ingredients->kernel->is_application;
	const void *setup = is_application ? (const void *)&none :
					     s->image.data + BZB_SETUP_HEADER_OFFSET;
	const int flags = s->ingredients->decided | (is_application ? BZB_MANIFEST_APPLICATION : 0);
	struct bzb_manifest manifest;
	struct bzb_span data;

	if (bzb_slice(s->image, s->layout->data.offset, s->layout->data.size, &data) ||
	    bzb_manifest_parse(data, &manifest) || manifest.image_size != s->image.size ||
	    (manifest.flags & ~BZB_MANIFEST_FIXED) != flags ||
	    memcmp(&manifest.setup, setup, sizeof(manifest.setup)))
		return broken(why, "manifest");
	return 0;
}

static int check_bzimage(const struct subject *s, struct why *why)
{
	struct bzb_bzimage bzimage;

	if (s->ingredients->kernel->is_application)
		return 0;
	if (bzb_bzimage_parse(s->image, &bzimage) || bzimage.setup_size != s->layout->setup_size ||
	    !bzb_span_is(bzimage.kernel_version, s->ingredients->kernel->version))
		return broken(why, "setup header");
	return 0;
}

/* Finds the payload as Xen and kexec do, by the setup header alone, or, without one, by the zboot
 * header. That this stream decompresses to the kernel was proven when it was made: compress.c. */
static int check_payload(const struct subject *s, struct why *why)
{
	const struct bzb_span stream = s->ingredients->stream;
	struct bzb_payload payload;
	struct why unused;

	if (payload_find(s->image, bzb_probe(s->image), &payload, &unused) ||
	    !lies_at(s, payload.stream, s->layout->stream) ||
	    payload.codec != s->ingredients->codec ||
	    payload.size != s->ingredients->kernel->elf.size ||
	    !bytes_are_same(payload.stream, stream))
		return broken(why, "payload");
	return 0;
}

/* The section at an address, if it has this name. */
static bool section_at(const struct subject *s, const struct section *section, uint32_t address,
		       struct bzb_span *ret)
{
	struct bzb_pe pe;

	if (bzb_pe_parse(s->image, &pe))
		return false;
	for (unsigned int i = 0; i < pe.sections; i++) {
		const struct bzb_pe_section header = bzb_pe_section(&pe, i);

		if (header.virtual_address == address)
			return !strcmp(header.name, section->name) &&
			       !pe_section_bytes(s->image, &header, ret);
	}
	return false;
}

/* Of the bytes of each section, only their place is known by now. */
static int check_sections(const struct subject *s, struct why *why)
{
	const struct sections *sections = s->ingredients->sections;

	for (unsigned int i = 0; i < sections->count; i++) {
		const struct section *section = &sections->list[i];
		struct bzb_span bytes;

		if (!section_at(s, section, s->layout->contents[i].offset, &bytes) ||
		    (sections->uki ? bytes.size != section->bytes.size :
				     bytes.size < section->bytes.size))
			return broken(why, section->name);
	}
	return 0;
}

/* If two fields overlapped, their common bytes would move twice. */
static int check_relocs(const struct bzb_kernel_elf *kernel)
{
	struct bzb_relocs relocs;
	struct blob scratch;
	int err = bzb_relocs_find(kernel, &relocs);

	if (err)
		return err == -BZB_ERR_NOTFOUND ? 0 : err;
	scratch = blob_alloc(bzb_align_up(kernel->elf.memory_size, 8) / 8);
	err = bzb_relocs_check(&relocs, scratch.data, scratch.size);
	blob_free(&scratch);
	return err;
}

/* Takes the steps of a boot loader with the library, after the payload is decompressed and its
 * memory cleared: @kernel ends with the ELF. */
static int move_kernel(const struct bzb_load *load, const struct placement *place,
		       struct blob *kernel)
{
	const struct bzb_load_plan cleared = { .workspace = load->manifest.memory_size };
	struct bzb_kernel_elf elf;
	struct bzb_entry entry;
	int err = bzb_load_finish(load, &cleared, kernel->data, &elf);

	if (!err)
		err = check_relocs(&elf);
	if (!err)
		err = bzb_load_move(load, &elf, kernel->data, place->address, place->slide, &entry);
	return err;
}

/* @payload: as decompressed */
static int check_application(const struct bzb_load *load, const struct placement *place,
			     struct bzb_span payload)
{
	const struct bzb_manifest *m = &load->manifest;
	const size_t loaded = m->elf_size - m->symbols_size;
	struct blob memory = blob_alloc((size_t)m->memory_size);
	struct bzb_pe image, application;
	int err = -BZB_ERR_BADHEADER;

	if (!place->slide && payload.size == m->elf_size && loaded <= memory.size) {
		memcpy(memory.data, payload.data, loaded);
		err = bzb_pe_parse(load->image, &image);
	}
	if (!err)
		err = bzb_load_application(m, blob_span(&memory), image.machine, &application);
	blob_free(&memory);
	return err;
}

int self_check_loading(struct bzb_span image, struct blob *elf, struct why *why)
{
	struct placement place;
	struct bzb_load load;
	bool is_application;
	int err = embedded_open(image, &load);

	is_application = !err && (load.manifest.flags & BZB_MANIFEST_APPLICATION);
	if (!err && !is_application)
		err = bzb_load_open(image, &load);
	if (err)
		return broken(why, bzb_strerror(err));
	if (placement_find(&load, &place, why))
		return -1;
	err = is_application ? check_application(&load, &place, blob_span(elf)) :
			       move_kernel(&load, &place, elf);
	return err ? broken(why, bzb_strerror(err)) : 0;
}

static int (*const checks[])(const struct subject *s, struct why *why) = {
	/* clang-format off */
	check_kinds, check_zboot, check_pe, check_manifest, check_bzimage, check_payload,
	check_sections,
	/* clang-format on */
};

int self_check(struct bzb_span image, const struct ingredients *ingredients,
	       const struct layout *layout, struct why *why)
{
	const struct subject subject = { image, ingredients, layout };

	for (size_t i = 0; i < BZB_ARRAY_SIZE(checks); i++)
		if (checks[i](&subject, why))
			return -1;
	return 0;
}
