/* SPDX-License-Identifier: BSD-2-Clause */
/* The headers of PE, and .sbat. */
#include "info_chapters.h"

#include <string.h>

#include <bzboot/pe.h>

#include "input/identify.h"
#include "input/sbat.h"
#include "io/json.h"

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

void info_add_pe(struct info *info)
{
	json_t *object, *certificate;
	struct bzb_pe pe;

	if (bzb_pe_parse(info->file, &pe)) {
		info_fault(info);
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

static void add_sbat_error(struct info *info, const struct why *what)
{
	struct why why;

	explain(&why, ".sbat: %s", what->text);
	info_error(info, &why);
}

/* Under the names of shim's SBAT.md. */
void info_add_sbat(struct info *info)
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
