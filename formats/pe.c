/* SPDX-License-Identifier: BSD-2-Clause */
/* PE32+ headers of EFI applications. */
#include <bzboot/pe.h>

/* The parts of the optional header that differ between PE32 and PE32+. */
struct optional_layout {
	size_t size; /* without the data directories */
	size_t number_of_rva_and_sizes;
};

static const struct optional_layout pe32_layout = { 96, 92 };
static const struct optional_layout pe32plus_layout = { 112, 108 };

static int find_coff(struct bzb_span file, struct bzb_pe_coff_header *ret, uint64_t *ret_end)
{
	struct bzb_span coff;
	uint32_t offset;
	int err;

	if (file.size < 2 || memcmp(file.data, "MZ", 2))
		return -BZB_ERR_BADMAGIC;
	if (file.size < 0x40)
		return -BZB_ERR_TRUNCATED;
	offset = bzb_get32(file.data + BZB_PE_LFANEW);
	err = bzb_slice(file, offset, sizeof(*ret), &coff);
	if (err)
		return err;
	if (memcmp(coff.data, "PE\0\0", 4))
		return -BZB_ERR_BADMAGIC;
	memcpy(ret, coff.data, sizeof(*ret));
	*ret_end = (uint64_t)offset + sizeof(*ret);
	return 0;
}

/* Reads fields of the optional header. Their offsets are the same in PE32 and PE32+,
 * except for the image base. */
static void read_optional(struct bzb_pe *pe, const unsigned char *bytes,
			  const struct optional_layout *layout)
{
	struct bzb_pe_optional_header h;

	memset(&h, 0, sizeof(h));
	memcpy(&h, bytes, layout->size);
	pe->entry = bzb_ld32(h.address_of_entry_point);
	pe->image_base = layout == &pe32plus_layout ? bzb_ld64(h.image_base) :
						      bzb_get32(bytes + 28);
	pe->section_alignment = bzb_ld32(h.section_alignment);
	pe->file_alignment = bzb_ld32(h.file_alignment);
	pe->major_image_version = bzb_ld16(h.major_image_version);
	pe->minor_image_version = bzb_ld16(h.minor_image_version);
	pe->size_of_image = bzb_ld32(h.size_of_image);
	pe->size_of_headers = bzb_ld32(h.size_of_headers);
	pe->checksum = bzb_ld32(h.checksum);
	pe->subsystem = bzb_ld16(h.subsystem);
	pe->dll_characteristics = bzb_ld16(h.dll_characteristics);
}

static void read_directories(struct bzb_pe *pe, const unsigned char *bytes)
{
	struct bzb_pe_data_directory d[BZB_PE_DIR_BASE_RELOCATION + 1];
	size_t known = pe->directories;

	if (known > BZB_ARRAY_SIZE(d))
		known = BZB_ARRAY_SIZE(d);
	memset(d, 0, sizeof(d));
	memcpy(d, bytes, known * sizeof(d[0]));
	pe->certificate_offset = bzb_ld32(d[BZB_PE_DIR_CERTIFICATE].virtual_address);
	pe->certificate_size = bzb_ld32(d[BZB_PE_DIR_CERTIFICATE].size);
	pe->base_relocation_size = bzb_ld32(d[BZB_PE_DIR_BASE_RELOCATION].size);
}

static int parse_optional(struct bzb_pe *pe, uint64_t offset, size_t size)
{
	const struct optional_layout *layout;
	struct bzb_span bytes;
	int err = bzb_slice(pe->file, offset, size, &bytes);

	if (err)
		return err;
	if (size < 2)
		return -BZB_ERR_BADHEADER;
	pe->magic = (uint16_t)(bytes.data[0] | bytes.data[1] << 8);
	if (pe->magic == BZB_PE_MAGIC_PE32PLUS)
		layout = &pe32plus_layout;
	else if (pe->magic == BZB_PE_MAGIC_PE32)
		layout = &pe32_layout;
	else
		return -BZB_ERR_BADVERSION;
	if (size < layout->size)
		return -BZB_ERR_BADHEADER;
	pe->directories = bzb_get32(bytes.data + layout->number_of_rva_and_sizes);
	if (pe->directories > BZB_PE_DIRECTORIES_MAX ||
	    size != layout->size + pe->directories * sizeof(struct bzb_pe_data_directory))
		return -BZB_ERR_BADHEADER;
	read_optional(pe, bytes.data, layout);
	read_directories(pe, bytes.data + layout->size);
	return 0;
}

static int check_sections(const struct bzb_pe *pe)
{
	struct bzb_span bytes;
	int err = bzb_slice(pe->file, pe->section_table,
			    pe->sections * sizeof(struct bzb_pe_section_header), &bytes);

	for (unsigned int i = 0; !err && i < pe->sections; i++) {
		struct bzb_pe_section s = bzb_pe_section(pe, i);

		err = bzb_slice(pe->file, s.raw_size ? s.raw_offset : 0, s.raw_size, &bytes);
	}
	return err;
}

int bzb_pe_parse(struct bzb_span file, struct bzb_pe *ret)
{
	struct bzb_pe_coff_header coff;
	struct bzb_pe pe = { .file = file };
	uint64_t offset;
	size_t optional_size;
	int err;

	err = find_coff(file, &coff, &offset);
	if (err)
		return err;
	pe.machine = bzb_ld16(coff.machine);
	pe.characteristics = bzb_ld16(coff.characteristics);
	pe.sections = bzb_ld16(coff.number_of_sections);
	optional_size = bzb_ld16(coff.size_of_optional_header);
	err = parse_optional(&pe, offset, optional_size);
	if (err)
		return err;
	pe.section_table = (size_t)offset + optional_size;
	err = check_sections(&pe);
	if (err)
		return err;
	*ret = pe;
	return 0;
}

struct bzb_pe_section bzb_pe_section(const struct bzb_pe *pe, unsigned int index)
{
	struct bzb_pe_section_header h;
	struct bzb_pe_section s;

	memcpy(&h, pe->file.data + pe->section_table + index * sizeof(h), sizeof(h));
	s = (struct bzb_pe_section){
		.virtual_address = bzb_ld32(h.virtual_address),
		.virtual_size = bzb_ld32(h.virtual_size),
		.raw_offset = bzb_ld32(h.pointer_to_raw_data),
		.raw_size = bzb_ld32(h.size_of_raw_data),
		.characteristics = bzb_ld32(h.characteristics),
	};
	memcpy(s.name, h.name, sizeof(h.name));
	return s;
}

int bzb_pe_find_section(const struct bzb_pe *pe, const char *name, struct bzb_pe_section *ret)
{
	char wanted[9] = "";

	for (size_t i = 0; name[i]; i++) {
		if (i == sizeof(wanted) - 1)
			return -BZB_ERR_NOTFOUND;
		wanted[i] = name[i];
	}
	for (unsigned int i = 0; i < pe->sections; i++) {
		struct bzb_pe_section s = bzb_pe_section(pe, i);

		if (!memcmp(s.name, wanted, sizeof(wanted))) {
			*ret = s;
			return 0;
		}
	}
	return -BZB_ERR_NOTFOUND;
}

/* Bytes of all sections that have a flag. */
static uint32_t sum_sections(const struct bzb_pe_image *image, uint32_t flag)
{
	uint32_t sum = 0;

	for (unsigned int i = 0; i < image->count; i++)
		if (image->sections[i].characteristics & flag)
			sum += image->sections[i].raw_size;
	return sum;
}

static uint32_t base_of_code(const struct bzb_pe_image *image)
{
	for (unsigned int i = 0; i < image->count; i++)
		if (image->sections[i].characteristics & BZB_PE_CNT_CODE)
			return image->sections[i].virtual_address;
	return 0;
}

static struct bzb_pe_coff_header coff_header(const struct bzb_pe_image *image)
{
	return (struct bzb_pe_coff_header){
		.signature = { 'P', 'E' },
		.machine = bzb_st16(bzb_machine_pe(image->machine)),
		.number_of_sections = bzb_st16((uint16_t)image->count),
		/* systemd-stub and edk2 require exactly this sum */
		.size_of_optional_header =
			bzb_st16((uint16_t)(sizeof(struct bzb_pe_optional_header) +
					    image->directories *
						    sizeof(struct bzb_pe_data_directory))),
		/* never RELOCS_STRIPPED: edk2 and shim would require ImageBase */
		.characteristics = bzb_st16(BZB_PE_EXECUTABLE_IMAGE | BZB_PE_LARGE_ADDRESS_AWARE),
	};
}

static struct bzb_pe_optional_header optional_header(const struct bzb_pe_image *image)
{
	return (struct bzb_pe_optional_header){
		.magic = bzb_st16(BZB_PE_MAGIC_PE32PLUS),
		.size_of_code = bzb_st32(sum_sections(image, BZB_PE_CNT_CODE)),
		.size_of_initialized_data =
			bzb_st32(sum_sections(image, BZB_PE_CNT_INITIALIZED_DATA)),
		.address_of_entry_point = bzb_st32(image->entry),
		.base_of_code = bzb_st32(base_of_code(image)),
		.section_alignment = bzb_st32(0x1000),
		.file_alignment = bzb_st32(0x200),
		.major_image_version = bzb_st16(image->major_image_version),
		.size_of_image = bzb_st32(image->size_of_image),
		.size_of_headers = bzb_st32(image->size_of_headers),
		.subsystem = bzb_st16(BZB_PE_SUBSYSTEM_EFI_APPLICATION),
		.dll_characteristics = bzb_st16(image->dll_characteristics),
		/* all zero, but signers read index 4, and shim requires 6 */
		.number_of_rva_and_sizes = bzb_st32(image->directories),
	};
}

static struct bzb_pe_section_header section_header(const struct bzb_pe_section *s)
{
	struct bzb_pe_section_header h = {
		.virtual_size = bzb_st32(s->virtual_size),
		.virtual_address = bzb_st32(s->virtual_address),
		.size_of_raw_data = bzb_st32(s->raw_size),
		.pointer_to_raw_data = bzb_st32(s->raw_offset),
		.characteristics = bzb_st32(s->characteristics),
	};

	memcpy(h.name, s->name, sizeof(h.name));
	return h;
}

static bool have_room(const struct bzb_pe_image *image, size_t space)
{
	return image->directories <= BZB_PE_DIRECTORIES_MAX && image->count <= UINT16_MAX &&
	       bzb_pe_headers_size(image->directories, image->count) <= space;
}

int bzb_pe_write(void *to, size_t space, const struct bzb_pe_image *image)
{
	const size_t directories = image->directories * sizeof(struct bzb_pe_data_directory);
	struct bzb_pe_optional_header optional;
	struct bzb_pe_coff_header coff;
	unsigned char *at = to;

	if (!have_room(image, space))
		return -BZB_ERR_NOSPACE;
	coff = coff_header(image);
	optional = optional_header(image);
	memcpy(at, &coff, sizeof(coff));
	at += sizeof(coff);
	memcpy(at, &optional, sizeof(optional));
	at += sizeof(optional);
	memset(at, 0, directories);
	at += directories;
	for (unsigned int i = 0; i < image->count; i++) {
		struct bzb_pe_section_header h = section_header(&image->sections[i]);

		memcpy(at, &h, sizeof(h));
		at += sizeof(h);
	}
	return 0;
}

/* Whether there are only zeros after the old table, where the new one is longer. */
static bool can_grow(const struct bzb_pe *pe, unsigned int count)
{
	const size_t size = sizeof(struct bzb_pe_section_header);
	size_t at = pe->section_table + pe->sections * size;
	const size_t end = pe->section_table + count * size;

	if (count > UINT16_MAX || end > pe->size_of_headers)
		return false;
	for (; at < end; at++)
		if (pe->file.data[at])
			return false;
	return true;
}

static uint32_t initialized(const struct bzb_pe_section *section)
{
	return section->characteristics & BZB_PE_CNT_INITIALIZED_DATA ? section->raw_size : 0;
}

static void change_fields(unsigned char *at, const struct bzb_pe *pe,
			  const struct bzb_pe_change *change)
{
	struct bzb_pe_optional_header optional;
	struct bzb_pe_coff_header coff;
	uint32_t symbols, size;

	memcpy(&coff, at, sizeof(coff));
	memcpy(&optional, at + sizeof(coff), offsetof(struct bzb_pe_optional_header, checksum));
	symbols = bzb_ld32(coff.pointer_to_symbol_table);
	size = bzb_ld32(optional.size_of_initialized_data);
	for (unsigned int i = 0; i < pe->sections; i++) {
		const struct bzb_pe_section section = bzb_pe_section(pe, i);

		size -= initialized(&section);
	}
	for (unsigned int i = 0; i < change->count; i++)
		size += initialized(&change->sections[i]);
	if (symbols && symbols >= change->trailer_from)
		symbols += change->trailer_to - change->trailer_from;
	coff.number_of_sections = bzb_st16((uint16_t)change->count);
	coff.pointer_to_symbol_table = bzb_st32(symbols);
	optional.size_of_initialized_data = bzb_st32(size);
	optional.size_of_image = bzb_st32(change->size_of_image);
	memcpy(at, &coff, sizeof(coff));
	memcpy(at + sizeof(coff), &optional, offsetof(struct bzb_pe_optional_header, checksum));
}

int bzb_pe_change(void *headers, const struct bzb_pe *pe, const struct bzb_pe_change *change)
{
	const size_t size = sizeof(struct bzb_pe_section_header);
	unsigned char *table = (unsigned char *)headers + pe->section_table;

	if (!can_grow(pe, change->count))
		return -BZB_ERR_NOSPACE;
	change_fields((unsigned char *)headers + bzb_get32(pe->file.data + BZB_PE_LFANEW), pe,
		      change);
	memset(table, 0, pe->sections * size);
	for (unsigned int i = 0; i < change->count; i++) {
		const struct bzb_pe_section_header h = section_header(&change->sections[i]);

		memcpy(table + i * size, &h, size);
	}
	return 0;
}
