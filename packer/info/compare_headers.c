/* SPDX-License-Identifier: BSD-2-Clause */
#include "compare_headers.h"

#include <string.h>

#include <bzboot/bzimage.h>
#include <bzboot/pe.h>
#include <bzboot/probe.h>
#include <bzboot/zboot.h>

#include "io/blob.h"
#include "io/json.h"
#include "info_chapters.h"

#define COFF(name, field) { name, offsetof(struct bzb_pe_coff_header, field),                     \
			    sizeof(((struct bzb_pe_coff_header *)0)->field) }
#define OPTIONAL(name) { #name, sizeof(struct bzb_pe_coff_header) +                               \
				offsetof(struct bzb_pe_optional_header, name),                    \
			 sizeof(((struct bzb_pe_optional_header *)0)->name) }

/* Those that info_tree() does not have; from the signature "PE" on */
static const struct field {
	const char *name;
	size_t offset, size;
} fields[] = {
	/* clang-format off */
	COFF("time_date_stamp", time_date_stamp),
	COFF("pointer_to_symbol_table", pointer_to_symbol_table),
	COFF("number_of_symbols", number_of_symbols),
	COFF("size_of_optional_header", size_of_optional_header),
	OPTIONAL(major_linker_version), OPTIONAL(minor_linker_version),
	OPTIONAL(size_of_code), OPTIONAL(size_of_initialized_data),
	OPTIONAL(size_of_uninitialized_data), OPTIONAL(base_of_code),
	OPTIONAL(major_os_version), OPTIONAL(minor_os_version),
	OPTIONAL(major_subsystem_version), OPTIONAL(minor_subsystem_version),
	OPTIONAL(win32_version_value), OPTIONAL(size_of_stack_reserve),
	OPTIONAL(size_of_stack_commit), OPTIONAL(size_of_heap_reserve),
	OPTIONAL(size_of_heap_commit), OPTIONAL(loader_flags),
	OPTIONAL(number_of_rva_and_sizes),
	/* clang-format on */
};

/* "Optional Header Data Directories". That of certificates is in the tree. */
static const char *const directories[BZB_PE_DIRECTORIES_MAX] = {
	"export", "import",	  "resource",	 "exception", NULL,	     "base_relocation",
	"debug",  "architecture", "global_ptr",	 "tls",	      "load_config", "bound_import",
	"iat",	  "delay_import", "clr_runtime", "reserved",
};

#define HEADERS_SIZE (sizeof(struct bzb_pe_coff_header) + sizeof(struct bzb_pe_optional_header))

/* The headers of a PE32+ image */
struct headers {
	struct bzb_pe pe;
	struct bzb_span bytes; /* COFF, optional header and directories */
};

static bool find_headers(struct bzb_span file, struct headers *ret)
{
	if (bzb_pe_parse(file, &ret->pe) || ret->pe.magic != BZB_PE_MAGIC_PE32PLUS)
		return false;
	return !bzb_slice(file, bzb_get32(file.data + BZB_PE_LFANEW),
			  HEADERS_SIZE + ret->pe.directories * sizeof(struct bzb_pe_data_directory),
			  &ret->bytes);
}

static void compare_fields(struct differences *differences, const char *prefix,
			   const struct headers *a, const struct headers *b)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(fields); i++) {
		const uint64_t value_a = bzb_get_number(a->bytes.data + fields[i].offset,
							fields[i].size),
			       value_b = bzb_get_number(b->bytes.data + fields[i].offset,
							fields[i].size);

		if (value_a != value_b)
			differences_add(differences,
					json_sprintf("%spe.%s", prefix, fields[i].name),
					json_number(value_a), json_number(value_b));
	}
}

/* returns: NULL if there are fewer */
static const unsigned char *directory_at(const struct headers *headers, unsigned int index)
{
	if (index >= headers->pe.directories)
		return NULL;
	return headers->bytes.data + HEADERS_SIZE + index * sizeof(struct bzb_pe_data_directory);
}

static json_t *directory_object(const unsigned char *directory)
{
	json_t *object;

	if (!directory)
		return NULL;
	object = json_object();
	json_put(object, "virtual_address", json_address(bzb_get32(directory)));
	json_put(object, "size", json_number(bzb_get32(directory + 4)));
	return object;
}

static void compare_directories(struct differences *differences, const char *prefix,
				const struct headers *a, const struct headers *b)
{
	for (unsigned int i = 0; i < BZB_PE_DIRECTORIES_MAX; i++) {
		const unsigned char *left = directory_at(a, i), *right = directory_at(b, i);

		if (!directories[i] || left == right ||
		    (left && right && !memcmp(left, right, sizeof(struct bzb_pe_data_directory))))
			continue;
		differences_add(differences,
				json_sprintf("%spe.directories[%s]", prefix, directories[i]),
				directory_object(left), directory_object(right));
	}
}

/* Fields that have been compared become zeros. */
static void erase(struct blob *headers, uint64_t offset, uint64_t size)
{
	if (offset >= headers->size)
		return;
	if (size > headers->size - offset)
		size = headers->size - offset;
	memset(headers->data + offset, 0, size);
}

/* The fields of a section header that struct bzb_pe_section has */
static void erase_section(struct blob *headers, uint64_t at)
{
	const size_t rest = offsetof(struct bzb_pe_section_header, pointer_to_relocations),
		     flags = offsetof(struct bzb_pe_section_header, characteristics);

	erase(headers, at, rest);
	erase(headers, at + flags, sizeof(bzb_le32));
}

static void erase_setup_header(struct blob *headers, struct bzb_span file)
{
	struct bzb_bzimage bzimage;

	if (!bzb_bzimage_parse(file, &bzimage))
		erase(headers, BZB_SETUP_HEADER_OFFSET, sizeof(struct bzb_setup_header));
}

static void erase_zboot(struct blob *headers, struct bzb_span file)
{
	struct bzb_zboot zboot;

	if (!bzb_zboot_parse(file, &zboot))
		erase(headers, offsetof(struct bzb_zboot_header, magic),
		      offsetof(struct bzb_zboot_header, linux_magic) -
			      offsetof(struct bzb_zboot_header, magic));
}

static struct place all_headers(const struct headers *headers)
{
	const struct bzb_pe *pe = &headers->pe;
	struct place place = { .bytes = pe->file };

	if (place.bytes.size > pe->size_of_headers)
		place.bytes.size = pe->size_of_headers;
	return place;
}

/* returns: a copy without all that has been compared, for blob_free() */
static struct blob other_bytes(const struct headers *headers)
{
	const struct bzb_pe *pe = &headers->pe;
	struct blob copy = blob_copy(all_headers(headers).bytes);

	erase(&copy, BZB_PE_LFANEW, sizeof(bzb_le32));
	erase(&copy, (uint64_t)(headers->bytes.data - pe->file.data), headers->bytes.size);
	for (unsigned int i = 0; i < pe->sections; i++)
		erase_section(&copy, pe->section_table + i * sizeof(struct bzb_pe_section_header));
	erase_setup_header(&copy, pe->file);
	erase_zboot(&copy, pe->file);
	return copy;
}

static void compare_others(struct differences *differences, const char *prefix,
			   const struct headers *a, const struct headers *b)
{
	const struct place place_a = all_headers(a), place_b = all_headers(b);
	struct blob copy_a = other_bytes(a), copy_b = other_bytes(b);
	const size_t first = differences_first(blob_span(&copy_a), blob_span(&copy_b));

	if (first < copy_a.size && first < copy_b.size)
		differences_add_contents(differences,
					 differences_name(prefix, "pe.headers.contents"), &place_a,
					 &place_b, first);
	blob_free(&copy_a);
	blob_free(&copy_b);
}

void compare_headers(struct differences *differences, const char *prefix, struct bzb_span a,
		     struct bzb_span b)
{
	struct headers headers_a, headers_b;

	if (!find_headers(a, &headers_a) || !find_headers(b, &headers_b))
		return;
	compare_fields(differences, prefix, &headers_a, &headers_b);
	compare_directories(differences, prefix, &headers_a, &headers_b);
	compare_others(differences, prefix, &headers_a, &headers_b);
}
