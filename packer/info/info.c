/* SPDX-License-Identifier: BSD-2-Clause */
#include "info.h"

#include <string.h>

#include <bzboot/bzboot.h>

#include "input/embedded.h"
#include "input/identify.h"
#include "input/module_signature.h"
#include "input/sbat.h"
#include "io/fileio.h"
#include "kernel/kept.h"
#include "kernel/relocs_find.h"
#include "payload/payload_decompress.h"
#include "payload/payload_find.h"
#include "io/json.h"
#include "info_uki.h"

struct info {
	const struct blob *bytes; /* of @file, for file_keep() */
	struct bzb_span file;
	unsigned int kinds;
	bool headers; /* see info_tree() */
	json_t *tree, *errors, *skipped;
	bool faulty; /* add_fault() has reported it */
};

static const struct {
	unsigned int kind;
	const char *name;
} kind_names[] = {
	{ BZB_IS_ELF, "ELF" },	   { BZB_IS_PE, "PE" },		{ BZB_IS_BZIMAGE, "bzImage" },
	{ BZB_IS_ZBOOT, "zboot" }, { BZB_IS_BZBOOT, "bzboot" }, { BZB_IS_UKI, "UKI" },
	{ BZB_IS_ADDON, "addon" },
};

static const struct {
	uint32_t type;
	const char *name;
} segment_names[] = {
	{ BZB_PT_LOAD, "LOAD" },
	{ BZB_PT_DYNAMIC, "DYNAMIC" },
	{ BZB_PT_NOTE, "NOTE" },
};

/* The setup header under the names of boot.rst. */
#define NUMBER(field) { #field, offsetof(struct bzb_setup_header, field),                         \
			sizeof(((struct bzb_setup_header *)0)->field), json_number }
#define ADDRESS(field) { #field, offsetof(struct bzb_setup_header, field),                        \
			 sizeof(((struct bzb_setup_header *)0)->field), json_address }

static const struct setup_field {
	const char *name;
	size_t offset, size;
	json_t *(*value)(uint64_t value);
} setup_fields[] = {
	/* clang-format off */
	NUMBER(setup_sects),	  NUMBER(root_flags),	     NUMBER(syssize),
	NUMBER(ram_size),	  NUMBER(vid_mode),	     NUMBER(root_dev),
	NUMBER(boot_flag),	  NUMBER(jump),		     NUMBER(header),
	NUMBER(version),	  ADDRESS(realmode_swtch),   ADDRESS(start_sys_seg),
	NUMBER(kernel_version),	  NUMBER(type_of_loader),    NUMBER(loadflags),
	NUMBER(setup_move_size),  ADDRESS(code32_start),     ADDRESS(ramdisk_image),
	NUMBER(ramdisk_size),	  ADDRESS(bootsect_kludge),  NUMBER(heap_end_ptr),
	NUMBER(ext_loader_ver),	  NUMBER(ext_loader_type),   ADDRESS(cmd_line_ptr),
	ADDRESS(initrd_addr_max), NUMBER(kernel_alignment),  NUMBER(relocatable_kernel),
	NUMBER(min_alignment),	  NUMBER(xloadflags),	     NUMBER(cmdline_size),
	NUMBER(hardware_subarch), ADDRESS(hardware_subarch_data), NUMBER(payload_offset),
	NUMBER(payload_length),	  ADDRESS(setup_data),	     ADDRESS(pref_address),
	NUMBER(init_size),	  NUMBER(handover_offset),   NUMBER(kernel_info_offset),
	/* clang-format on */
};

static void add_error(struct info *info, const struct why *why)
{
	json_add(info->errors, json_string(why->text));
}

/* A parser failed: the fault of the file is reported once, even if several parsers fail. */
static void add_fault(struct info *info)
{
	struct why why;

	if (info->faulty)
		return;
	info->faulty = true;
	explain_identity(&why, info->file, "an ELF, PE, bzImage or zboot file");
	add_error(info, &why);
}

static void add_sbat_error(struct info *info, const struct why *what)
{
	struct why why;

	explain(&why, ".sbat: %s", what->text);
	add_error(info, &why);
}

static void keep(const struct info *info, struct bzb_span bytes)
{
	file_keep(info->bytes, (size_t)(bytes.data - info->file.data), bytes.size);
}

/* Headers and notes at the start of a file, a module signature and tables of ELF at its end. */
#define ENDS_SIZE ((size_t)64 << 10)

/* Sections that are parsed are smaller, and those that are larger are not parsed. */
#define SECTION_SIZE ((size_t)1 << 20)

static void keep_pe(const struct info *info)
{
	struct bzb_pe pe;

	if (bzb_pe_parse(info->file, &pe))
		return;
	file_keep(info->bytes, pe.section_table,
		  pe.sections * sizeof(struct bzb_pe_section_header));
	for (unsigned int i = 0; i < pe.sections; i++) {
		struct bzb_pe_section section = bzb_pe_section(&pe, i);

		if (section.raw_size <= SECTION_SIZE)
			file_keep(info->bytes, section.raw_offset, section.raw_size);
	}
}

static void keep_elf(const struct info *info)
{
	struct bzb_elf_section names;
	struct bzb_elf elf;

	if (!info->headers) {
		keep(info, info->file);
		return;
	}
	if (bzb_elf_parse(info->file, &elf))
		return;
	file_keep(info->bytes, elf.phoff, bzb_elf_phdrs_size(&elf));
	file_keep(info->bytes, elf.shoff, bzb_elf_shdrs_size(&elf));
	if (elf.shstrndx < elf.shnum) {
		names = bzb_elf_section(&elf, elf.shstrndx);
		file_keep(info->bytes, names.offset, names.size);
	}
}

/* All that is read more than once: see fileio.h. */
static void keep_parsed(const struct info *info)
{
	file_keep(info->bytes, 0, ENDS_SIZE);
	if (info->file.size > ENDS_SIZE)
		file_keep(info->bytes, info->file.size - ENDS_SIZE, ENDS_SIZE);
	if (info->kinds & BZB_IS_PE)
		keep_pe(info);
	if (info->kinds & BZB_IS_ELF)
		keep_elf(info);
}

static json_t *kinds_array(unsigned int kinds)
{
	json_t *array = json_array();

	for (size_t i = 0; i < BZB_ARRAY_SIZE(kind_names); i++)
		if (kinds & kind_names[i].kind)
			json_add(array, json_string(kind_names[i].name));
	return array;
}

static json_t *pe_sections(const struct bzb_pe *pe)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < pe->sections; i++) {
		struct bzb_pe_section s = bzb_pe_section(pe, i);
		struct bzb_span name = { (const unsigned char *)s.name, strlen(s.name) };
		json_t *section = json_object();

		json_put(section, "name", json_text(name));
		json_put(section, "virtual_address", json_address(s.virtual_address));
		json_put(section, "virtual_size", json_number(s.virtual_size));
		json_put(section, "raw_offset", json_number(s.raw_offset));
		json_put(section, "raw_size", json_number(s.raw_size));
		json_put(section, "characteristics", json_number(s.characteristics));
		json_put(section, "flags",
			 json_sprintf("%s%s%s%s", s.characteristics & BZB_PE_MEM_READ ? "R" : "",
				      s.characteristics & (uint32_t)BZB_PE_MEM_WRITE ? "W" : "",
				      s.characteristics & BZB_PE_MEM_EXECUTE ? "X" : "",
				      s.characteristics & BZB_PE_MEM_DISCARDABLE ? "D" : ""));
		json_add(array, section);
	}
	return array;
}

static void add_pe(struct info *info)
{
	json_t *object, *certificate;
	struct bzb_pe pe;

	if (bzb_pe_parse(info->file, &pe)) {
		add_fault(info);
		return;
	}
	object = json_object();
	json_put(object, "machine", json_number(pe.machine));
	json_put(object, "machine_name", json_string(pe_machine_name(pe.machine)));
	json_put(object, "entry", json_address(pe.entry));
	json_put(object, "image_base", json_address(pe.image_base));
	json_put(object, "section_alignment", json_number(pe.section_alignment));
	json_put(object, "file_alignment", json_number(pe.file_alignment));
	json_put(object, "size_of_image", json_number(pe.size_of_image));
	json_put(object, "size_of_headers", json_number(pe.size_of_headers));
	json_put(object, "subsystem", json_number(pe.subsystem));
	json_put(object, "major_image_version", json_number(pe.major_image_version));
	json_put(object, "minor_image_version", json_number(pe.minor_image_version));
	json_put(object, "checksum", json_number(pe.checksum));
	json_put(object, "characteristics", json_number(pe.characteristics));
	json_put(object, "dll_characteristics", json_number(pe.dll_characteristics));
	certificate = json_object();
	json_put(certificate, "offset", json_number(pe.certificate_offset));
	json_put(certificate, "size", json_number(pe.certificate_size));
	json_put(object, "certificate", certificate);
	json_put(object, "sections", pe_sections(&pe));
	json_put(info->tree, "pe", object);
}

/* Under the names of shim's SBAT.md. */
static void add_sbat(struct info *info)
{
	static const char *const names[SBAT_FIELDS] = {
		[SBAT_COMPONENT] = "component_name", [SBAT_GENERATION] = "component_generation",
		[SBAT_VENDOR] = "vendor_name",	     [SBAT_PACKAGE] = "vendor_package_name",
		[SBAT_VERSION] = "vendor_version",   [SBAT_URL] = "vendor_url",
	};
	struct sbat_line line = { 0 };
	struct bzb_span text;
	size_t position = 0;
	json_t *array;
	struct why why;

	if (!sbat_find(info->file, &text))
		return;
	if (sbat_check(text, &why)) {
		add_sbat_error(info, &why);
		return;
	}
	array = json_array();
	while (sbat_next(text, &position, &line, &why) > 0) {
		json_t *object = json_object();

		for (size_t i = 0; i < SBAT_FIELDS; i++)
			json_put(object, names[i],
				 i == SBAT_GENERATION ? json_number(line.generation) :
							json_text(line.fields[i]));
		json_add(array, object);
	}
	json_put(info->tree, "sbat", array);
}

static void add_profiles(struct info *info)
{
	struct bzb_pe pe;

	if (!bzb_pe_parse(info->file, &pe))
		json_put(info->tree, "profiles", info_profiles(&pe));
}

/* Little-endian, of up to eight bytes. */
static uint64_t load_number(const unsigned char *bytes, size_t size)
{
	uint64_t value = 0;

	for (size_t i = size; i-- > 0;)
		value = value << 8 | bytes[i];
	return value;
}

static void add_bzimage(struct info *info)
{
	struct bzb_bzimage bzimage;
	json_t *object;

	if (bzb_bzimage_parse(info->file, &bzimage)) {
		add_fault(info);
		return;
	}
	object = json_object();
	json_put(object, "version_string", json_text(bzimage.kernel_version));
	json_put(object, "protocol",
		 json_sprintf("%u.%02u", bzimage.version >> 8, bzimage.version & 0xffu));
	json_put(object, "setup_size", json_number(bzimage.setup_size));
	json_put(object, "setup_type_max", json_number(bzimage.setup_type_max));
	for (size_t i = 0; i < BZB_ARRAY_SIZE(setup_fields); i++) {
		const struct setup_field *field = &setup_fields[i];
		const unsigned char *bytes = (const unsigned char *)&bzimage.header + field->offset;

		json_put(object, field->name, field->value(load_number(bytes, field->size)));
	}
	json_put(info->tree, "bzimage", object);
}

static void add_zboot(struct info *info)
{
	struct bzb_zboot zboot;
	json_t *object;

	if (bzb_zboot_parse(info->file, &zboot)) {
		add_fault(info);
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

static void add_manifest(struct info *info)
{
	struct bzb_manifest m;
	struct bzb_span cmdline;
	struct why why;
	json_t *object;
	int err = embedded_manifest(info->file, &m);

	if (err) {
		explain(&why, "manifest: %s", bzb_strerror(err));
		add_error(info, &why);
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
	json_put(object, "load_address", json_address(m.load_address));
	json_put(object, "memory_size", json_number(m.memory_size));
	json_put(object, "gap", json_number(m.gap));
	json_put(object, "flags", json_number(m.flags));
	json_put(object, "virtual_address", json_address(m.virtual_address));
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

static json_t *segment_type(uint32_t type)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(segment_names); i++)
		if (segment_names[i].type == type)
			return json_string(segment_names[i].name);
	return json_sprintf("0x%x", type);
}

static json_t *elf_segments(const struct bzb_elf *elf)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < elf->phnum; i++) {
		struct bzb_elf_segment s = bzb_elf_segment(elf, i);
		json_t *segment = json_object();

		json_put(segment, "type", segment_type(s.type));
		json_put(segment, "flags",
			 json_sprintf("%s%s%s", s.flags & BZB_PF_R ? "R" : "",
				      s.flags & BZB_PF_W ? "W" : "",
				      s.flags & BZB_PF_X ? "X" : ""));
		json_put(segment, "offset", json_number(s.offset));
		json_put(segment, "vaddr", json_address(s.vaddr));
		json_put(segment, "paddr", json_address(s.paddr));
		json_put(segment, "filesz", json_number(s.filesz));
		json_put(segment, "memsz", json_number(s.memsz));
		json_put(segment, "align", json_number(s.align));
		json_add(array, segment);
	}
	return array;
}

/* The fields that move, and the reasons for which the packer would refuse the kernel. */
static void add_relocs(const struct bzb_elf *elf, json_t *object)
{
	struct findings findings = { 0 };
	struct relocs relocs;
	json_t *counts = json_object();

	relocs_find(elf, &findings, &relocs);
	json_put(counts, "count64", json_number(relocs.lists[BZB_RELOC_64].count));
	json_put(counts, "count32", json_number(relocs.lists[BZB_RELOC_32].count));
	json_put(counts, "count32_inverse", json_number(relocs.lists[BZB_RELOC_32_INVERSE].count));
	json_put(counts, "findings", json_number(findings.count));
	json_put(object, "relocs", counts);
	relocs_free(&relocs);
}

/* The tables of a payload ELF. */
static void add_tables(const struct bzb_elf *elf, json_t *object)
{
	static const char *const names[] = { BZB_RELR_SECTION, BZB_CREL_SECTION };
	json_t *sizes = json_object();

	for (size_t i = 0; i < BZB_ARRAY_SIZE(names); i++) {
		struct bzb_elf_section section;

		if (!bzb_elf_find_section(elf, names[i], &section))
			json_put(sizes, names[i] + 1, json_number(section.size));
	}
	json_put(object, "tables", sizes);
}

/* Bytes for debuggers. */
static void add_debugging(const struct bzb_elf *elf, json_t *object)
{
	struct kept_sizes sizes = kept_sizes(elf);

	json_put(object, "symbols_size", json_number(sizes.symbols));
	json_put(object, "debug_data_size", json_number(sizes.debug_data));
}

static void skip(struct info *info, const char *member)
{
	json_add(info->skipped, json_string(member));
}

static void add_elf(struct info *info, const struct bzb_elf *elf)
{
	struct bzb_kernel_elf kernel;
	json_t *object = json_object();

	json_put(object, "type", json_string(elf->type == BZB_ET_EXEC ? "EXEC" : "DYN"));
	json_put(object, "entry", json_address(elf->entry));
	json_put(object, "load_address", json_address(elf->load_address));
	json_put(object, "memory_size", json_number(elf->memory_size));
	if (!bzb_kernel_elf_parse(elf->file, &kernel)) {
		json_put(object, "gap", json_number(kernel.gap));
		add_tables(elf, object);
	}
	add_debugging(elf, object);
	if (info->headers)
		skip(info, "elf.relocs");
	else
		add_relocs(elf, object);
	json_put(object, "segments", elf_segments(elf));
	json_put(info->tree, "elf", object);
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
		add_elf(info, &elf);
		return;
	}
	explain(&why, "payload: is %s", identify(file).text);
	add_error(info, &why);
}

/* Adds what the payload decompresses to. */
static void add_contents(struct info *info, const struct bzb_payload *payload, json_t *object)
{
	unsigned int kinds;
	struct blob inside;
	struct why why;

	if (decompress_mapped(info->bytes, payload, &inside, &why)) {
		add_error(info, &why);
		return;
	}
	kinds = bzb_probe(blob_span(&inside));
	json_put(object, "kinds", kinds_array(kinds));
	if (kinds & BZB_IS_ELF)
		add_payload_elf(info, blob_span(&inside));
	blob_free(&inside);
}

static void add_payload(struct info *info)
{
	unsigned int kinds = sound_headers(info);
	struct bzb_payload payload;
	struct why why;
	json_t *object;

	if (!kinds)
		return;
	if (payload_find(info->file, kinds, &payload, &why)) {
		add_error(info, &why);
		return;
	}
	object = json_object();
	json_put(info->tree, "payload", object);
	json_put(object, "codec", json_string(bzb_codec_name(payload.codec)));
	json_put(object, "offset", json_number((uint64_t)(payload.stream.data - info->file.data)));
	json_put(object, "compressed_size", json_number(payload.stream.size));
	json_put(object, "size", json_number(payload.size));
	if (info->headers) {
		skip(info, "payload.kinds");
		skip(info, "elf");
	} else {
		add_contents(info, &payload, object);
	}
}

static void add_file_elf(struct info *info)
{
	struct bzb_elf elf;

	if (bzb_elf_parse(info->file, &elf))
		add_fault(info);
	else
		add_elf(info, &elf);
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
	{ BZB_IS_PE, add_pe },
	{ BZB_IS_PE, add_sbat },
	{ BZB_IS_UKI | BZB_IS_ADDON, add_profiles },
	{ BZB_IS_BZIMAGE, add_bzimage },
	{ BZB_IS_ZBOOT, add_zboot },
	{ BZB_IS_BZBOOT, add_manifest },
	{ BZB_IS_BZIMAGE | BZB_IS_ZBOOT, add_payload },
	{ BZB_IS_ELF, add_file_elf },
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

	keep_parsed(&info);
	json_put(info.tree, "kinds", kinds_array(info.kinds));
	json_put(info.tree, "size", json_number(file.size));
	if (input->compression)
		add_compression(&info, input);
	for (size_t i = 0; i < BZB_ARRAY_SIZE(chapters); i++)
		if (info.kinds & chapters[i].kinds)
			chapters[i].add(&info);
	add_module_signature(&info);
	if (!info.kinds)
		add_fault(&info);
	if (headers)
		json_put(info.tree, "skipped", info.skipped);
	else
		json_decref(info.skipped);
	json_put(info.tree, "errors", info.errors);
	return info.tree;
}
