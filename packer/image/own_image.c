/* SPDX-License-Identifier: BSD-2-Clause */
#include "own_image.h"

#include <stdio.h>
#include <string.h>

#include <bzboot/bzimage.h>
#include <bzboot/zboot.h>

#include "input/embedded.h"
#include "payload/payload_decompress.h"
#include "assemble.h"
#include "self_check.h"

/* An image, and its headers as parsed */
struct parsed {
	struct bzb_span image;
	struct bzb_pe pe;
	enum bzb_machine machine;
	bool is_application;
	struct bzb_bzimage bzimage; /* not of an application */
	struct bzb_zboot zboot;
	struct bzb_manifest manifest;
	struct bzb_pe_section text, data;

	struct stub stub;
	struct kernel kernel; /* without its ELF, but with its size */
	struct parts parts;
};

static int broken(struct why *why, const char *what, int err)
{
	return explain(why, "%s: %s", what, bzb_strerror(err));
}

static int parse_headers(struct parsed *p, struct why *why)
{
	int err;

	if ((err = bzb_pe_parse(p->image, &p->pe)) ||
	    (err = bzb_pe_find_section(&p->pe, ".text", &p->text)) ||
	    (err = bzb_pe_find_section(&p->pe, ".data", &p->data)))
		return broken(why, "PE headers", err);
	if ((err = bzb_machine_of_pe(p->pe.machine, &p->machine)))
		return broken(why, "PE headers", err);
	if ((err = bzb_zboot_parse(p->image, &p->zboot)))
		return broken(why, "zboot header", err);
	if ((err = embedded_manifest(p->image, &p->manifest)))
		return broken(why, "manifest", err);
	p->is_application = p->manifest.flags & BZB_MANIFEST_APPLICATION;
	if (!p->is_application && (err = bzb_bzimage_parse(p->image, &p->bzimage)))
		return broken(why, "setup header", err);
	return 0;
}

static int take_bytes(const struct parsed *p, uint64_t from, uint64_t to, struct bzb_span *ret,
		      struct why *why)
{
	return from <= to && !bzb_slice(p->image, from, to - from, ret) ?
		       0 :
		       explain(why, "its stub is not where bzboot puts it");
}

static int take_setup_code(struct parsed *p, struct why *why)
{
	const struct bzb_setup_header *setup = &p->bzimage.header;
	const uint32_t handover = bzb_ld32(setup->handover_offset);
	const uint32_t pe_offset = p->zboot.pe_offset;
	const uint32_t version = bzb_ld16(setup->kernel_version) + 0x200u;
	const uint32_t setup_end = pe_offset > BZB_SETUP_CODE_OFFSET ? pe_offset : version;

	p->stub.text_offset = p->bzimage.setup_size;
	p->stub.info.xloadflags = bzb_ld16(setup->xloadflags);
	p->stub.info.handover_entry = handover ? handover + BZB_ENTRY64_OFFSET : 0;
	p->stub.info.kernel_info_offset = bzb_ld32(setup->kernel_info_offset);
	return take_bytes(p, BZB_SETUP_CODE_OFFSET, setup_end, &p->stub.setup_code, why);
}

/* Its padding is part of it: it is padded to the same size again. */
static int take_stub(struct parsed *p, struct why *why)
{
	p->stub = (struct stub){
		.machine = p->machine,
		.text_offset = p->text.raw_offset,
		.data_offset = p->data.raw_offset,
		.entry = p->pe.entry,
		.info = {
			.codec = p->manifest.codec,
			.flags = BZB_MANIFEST_CMDLINE_DECIDED | BZB_MANIFEST_INITRD_DECIDED,
		},
	};
	if ((!p->is_application && take_setup_code(p, why)) ||
	    take_bytes(p, p->stub.text_offset, p->data.raw_offset, &p->stub.text, why) ||
	    take_bytes(p, p->data.raw_offset, (uint64_t)p->data.raw_offset + p->data.raw_size,
		       &p->stub.data, why))
		return -1;
	return 0;
}

static int take_kernel(struct parsed *p, struct why *why)
{
	const struct bzb_manifest *m = &p->manifest;
	const struct bzb_span version = p->bzimage.kernel_version;

	if (version.size >= sizeof(p->kernel.version))
		return explain(why, "its version text has %zu characters, more than %d",
			       version.size, KERNEL_VERSION_SIZE - 1);
	p->kernel = (struct kernel){
		.machine = p->machine,
		.is_application = p->is_application,
		.elf = { .size = m->elf_size },
		.alignment = m->alignment,
		.setup_type_max = p->bzimage.setup_type_max,
		.load_address = m->load_address,
		.virtual_address = m->virtual_address,
		.gap = m->gap,
		.memory_size = m->memory_size,
		.loaded_size = m->elf_size - m->symbols_size,
		.shuffle_size = m->shuffle_size,
		.fixed = m->flags & BZB_MANIFEST_FIXED,
		.nx_compat = p->pe.dll_characteristics & BZB_PE_NX_COMPAT,
		.image_version = p->pe.major_image_version,
	};
	if (version.size)
		memcpy(p->kernel.version, version.data, version.size);
	p->parts.count = m->part_count;
	p->parts.start = m->part_start;
	memcpy(p->parts.table, m->parts, m->part_count * sizeof(*m->parts));
	return 0;
}

/* The bytes of a section as they went into a plain image, whose sections are whole pages. */
static struct bzb_span plain_bytes(const struct parsed *p, const struct section *section,
				   struct bzb_span bytes)
{
	const struct bzb_manifest *m = &p->manifest;

	if (section->use == SECTION_CMDLINE && m->cmdline_size <= bytes.size)
		bytes.size = m->cmdline_size;
	else if (section->use == SECTION_INITRD && m->initrd_size <= bytes.size)
		bytes.size = m->initrd_size;
	else
		while (bytes.size && !bytes.data[bytes.size - 1])
			bytes.size--;
	return bytes;
}

/* A text of whole pages has one more for its NUL. */
static bool has_nul(const struct parsed *p, const struct listed *listed)
{
	const struct bzb_pe_section section = bzb_pe_section(&p->pe, listed->index);

	return section.raw_size > bzb_align_up(section.virtual_size, BZB_PAGE_SIZE);
}

static int take_section(const struct parsed *p, const struct listed *listed, bool in_profile,
			struct sections *to, struct why *why)
{
	struct section section = { .bytes = listed->bytes };

	memcpy(section.name, listed->name, sizeof(section.name));
	(void)sections_describe(to->uki, &section);
	if (in_profile)
		section.use = SECTION_FOR_OTHERS;
	if (listed->changed)
		section.is_text = listed->is_text;
	else if (to->uki)
		section.is_text = has_nul(p, listed);
	else
		section.bytes = plain_bytes(p, &section, section.bytes);
	return sections_add(to, &section, why);
}

static int take_sections(const struct parsed *p, const struct section_list *list,
			 struct sections *ret, struct why *why)
{
	struct sections sections = { 0 };
	bool before_payload = true, in_profile = false;

	for (unsigned int i = 0; i < list->count; i++)
		sections.uki |= !strcmp(list->list[i].name, SECTION_PAYLOAD_UKI);
	for (unsigned int i = 0; i < list->count; i++) {
		const struct listed *listed = &list->list[i];

		in_profile |= !strcmp(listed->name, ".profile");
		if (!strcmp(listed->name,
			    sections.uki ? SECTION_PAYLOAD_UKI : SECTION_PAYLOAD_PLAIN)) {
			before_payload = false;
		} else if (!sections_is_stub(listed->name)) {
			if (take_section(p, listed, in_profile, &sections, why))
				return -1;
			sections.list[sections.count - 1].before_payload = before_payload;
		}
	}
	*ret = sections;
	return 0;
}

/* The new image, and what it is made of, for checks. */
static int lay_out(const struct parsed *p, const struct sections *sections, uint8_t decided,
		   struct blob *ret, struct why *why)
{
	const struct ingredients ingredients = {
		.stub = &p->stub,
		.kernel = &p->kernel,
		.codec = p->manifest.codec,
		.zboot_magic = p->zboot.magic,
		.stream = p->zboot.stream,
		.parts = &p->parts,
		.sections = sections,
		.decided = decided,
	};
	struct layout layout;
	struct blob image;

	if (layout_plan(&ingredients, &layout, why) || assemble(&ingredients, &layout, &image, why))
		return -1;
	if (self_check(blob_span(&image), &ingredients, &layout, why)) {
		blob_free(&image);
		return -1;
	}
	*ret = image;
	return 0;
}

static uint8_t decided_flags(const struct parsed *p)
{
	return p->manifest.flags & (BZB_MANIFEST_CMDLINE_DECIDED | BZB_MANIFEST_INITRD_DECIDED);
}

/* Whether the same sections give the same image. */
static int check_same(const struct parsed *p, struct why *why)
{
	struct sections sections;
	struct section_list list;
	struct blob again = { 0 };
	struct why reason;
	bool same;

	if (section_list_read(&p->pe, &list, why))
		return -1;
	same = !take_sections(p, &list, &sections, &reason) &&
	       !lay_out(p, &sections, decided_flags(p), &again, &reason) &&
	       bytes_are_same(blob_span(&again), p->image);
	section_list_free(&list);
	blob_free(&again);
	return same ? 0 : explain(why, "not as this version of bzboot writes it: pack it again");
}

/* Loads the image as a boot loader does. */
static int check_loading(const struct parsed *p, const struct blob *image, struct why *why)
{
	const struct bzb_payload payload = {
		.codec = p->manifest.codec,
		.stream = p->zboot.stream,
		.size = p->manifest.elf_size,
	};
	struct blob elf;
	int err;

	if (decompress(&payload, &elf, why))
		return -1;
	err = self_check_loading(blob_span(image), &elf, why);
	blob_free(&elf);
	return err;
}

static int parse(struct bzb_span image, struct parsed *ret, struct why *why)
{
	*ret = (struct parsed){ .image = image };
	if (parse_headers(ret, why) || take_stub(ret, why) || take_kernel(ret, why))
		return -1;
	return check_same(ret, why);
}

int own_image_change(struct bzb_span image, const struct own_image_change *change, struct blob *ret,
		     struct why *why)
{
	struct parsed parsed;
	struct sections sections;
	struct blob changed;
	uint8_t decided;

	if (parse(image, &parsed, why) || take_sections(&parsed, change->list, &sections, why))
		return -1;
	decided = (decided_flags(&parsed) & (uint8_t)~change->undecided) | change->decided;
	if (lay_out(&parsed, &sections, decided, &changed, why))
		return -1;
	if (check_loading(&parsed, &changed, why)) {
		blob_free(&changed);
		return -1;
	}
	*ret = changed;
	return 0;
}
