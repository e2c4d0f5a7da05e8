/* SPDX-License-Identifier: BSD-2-Clause */
#include "file_pieces.h"

#include <stdio.h>
#include <string.h>

#include "input/module_signature.h"

/* Shorter runs of zeros at the end of something may be a part of it. */
#define PADDING_MIN 16u

static const struct {
	const char *name;
	enum piece_kind kind;
} section_kinds[] = {
	{ ".cmdline", PIECE_CMDLINE },	{ ".bzcmd", PIECE_CMDLINE },
	{ ".initrd", PIECE_INITRD },	{ ".bzinit", PIECE_INITRD },
	{ ".ucode", PIECE_INITRD },	{ ".linux", PIECE_PAYLOAD },
	{ ".payload", PIECE_PAYLOAD },	{ ".reloc", PIECE_RELOCS },
	{ ".osrel", PIECE_SECTIONS },	{ ".uname", PIECE_SECTIONS },
	{ ".splash", PIECE_SECTIONS },	{ ".dtb", PIECE_SECTIONS },
	{ ".dtbauto", PIECE_SECTIONS }, { ".hwids", PIECE_SECTIONS },
	{ ".efifw", PIECE_SECTIONS },	{ ".sbat", PIECE_SECTIONS },
	{ ".pcrsig", PIECE_SECTIONS },	{ ".pcrpkey", PIECE_SECTIONS },
	{ ".profile", PIECE_SECTIONS }, { ".sdmagic", PIECE_SECTIONS },
};

/* @is_stub: there is a kernel, which the code of this image starts */
static enum piece_kind kind_of(const struct bzb_pe_section *section, bool is_stub)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(section_kinds); i++)
		if (!strcmp(section_kinds[i].name, section->name))
			return section_kinds[i].kind;
	if (is_stub)
		return PIECE_STUB;
	if (section->characteristics & BZB_PE_MEM_EXECUTE)
		return PIECE_CODE;
	return section->characteristics & (uint32_t)BZB_PE_MEM_WRITE ? PIECE_DATA : PIECE_RODATA;
}

/* An image in the file: its offset, and what its pieces are called. */
struct painted {
	uint64_t base;
	const char *prefix;
	bool is_stub;
};

static void paint(struct pieces *pieces, const struct painted *painted, uint64_t offset,
		  uint64_t size, enum piece_kind kind, const char *name)
{
	char text[sizeof(((struct piece *)0)->name)];

	snprintf(text, sizeof(text), "%s%s", painted->prefix, name);
	pieces_paint(pieces, painted->base + offset, size, kind, text);
}

static void paint_section(struct pieces *pieces, const struct painted *painted,
			  const struct bzb_pe_section *section)
{
	const uint32_t size = section->virtual_size && section->virtual_size < section->raw_size ?
				      section->virtual_size :
				      section->raw_size;
	char name[sizeof(section->name)];

	/* The bytes of the name are the file's. */
	for (size_t i = 0; i < sizeof(name); i++) {
		const char c = section->name[i];

		name[i] = !c || (c > ' ' && c <= '~') ? c : '?';
	}
	paint(pieces, painted, section->raw_offset, size, kind_of(section, painted->is_stub), name);
	paint(pieces, painted, (uint64_t)section->raw_offset + size, section->raw_size - size,
	      PIECE_PADDING, "padding");
}

/* A file with more sections than bzb_authenticode_parse() takes is not divided by them. */
static void paint_pe(struct pieces *pieces, const struct painted *painted, const struct bzb_pe *pe)
{
	if (pe->sections > BZB_AUTHENTICODE_SECTIONS_MAX)
		return;
	paint(pieces, painted, 0, pe->size_of_headers, PIECE_HEADERS, "headers");
	for (unsigned int i = 0; i < pe->sections; i++) {
		const struct bzb_pe_section section = bzb_pe_section(pe, i);

		paint_section(pieces, painted, &section);
	}
	paint(pieces, painted, pe->certificate_offset, pe->certificate_size, PIECE_CERTIFICATES,
	      "certificates");
}

static void paint_bzimage(struct pieces *pieces, const struct painted *painted,
			  const struct bzb_bzimage *bzimage)
{
	paint(pieces, painted, 0, bzimage->setup_size, PIECE_STUB, "setup");
	paint(pieces, painted, 0, BZB_SETUP_CODE_OFFSET, PIECE_HEADERS, "headers");
}

/* Offset of bytes in the file that they are a part of */
static uint64_t offset_in(struct bzb_span file, struct bzb_span bytes)
{
	return (uint64_t)(bytes.data - file.data);
}

static void paint_payload(struct pieces *pieces, const struct painted *painted,
			  const struct anatomy *anatomy)
{
	const struct bzb_payload *payload = &anatomy->payload;
	const uint64_t start = offset_in(anatomy->image, payload->stream);

	paint(pieces, painted, start, payload->stream.size, PIECE_PAYLOAD, "payload");
	if (payload->codec != BZB_CODEC_NONE && payload->codec != BZB_CODEC_GZIP)
		paint(pieces, painted, start + payload->stream.size, BZB_PAYLOAD_TRAILER_SIZE,
		      PIECE_HEADERS, anatomy->has_elf ? "size of the ELF" : "size of the kernel");
}

/* The manifest has the sizes without padding. */
static void paint_contents(struct pieces *pieces, const struct painted *painted,
			   const struct anatomy *anatomy)
{
	static const struct {
		const char *name;
		enum piece_kind kind;
	} rows[] = { { ".bzcmd", PIECE_CMDLINE }, { ".bzinit", PIECE_INITRD } };
	const struct bzb_manifest *m = &anatomy->load.manifest;
	const uint32_t sizes[] = { m->cmdline_size, m->initrd_size };

	for (size_t i = 0; i < BZB_ARRAY_SIZE(rows); i++) {
		struct bzb_pe_section section;

		if (bzb_pe_find_section(&anatomy->image_pe, rows[i].name, &section))
			continue;
		paint(pieces, painted, section.raw_offset, section.raw_size, PIECE_PADDING,
		      "padding");
		paint(pieces, painted, section.raw_offset, sizes[i], rows[i].kind, rows[i].name);
	}
}

static void paint_image(struct pieces *pieces, const struct anatomy *anatomy)
{
	const bool is_wrapped = anatomy_is_wrapped(anatomy);
	const struct painted painted = {
		.base = offset_in(anatomy->file, anatomy->image),
		.prefix = is_wrapped ? "kernel: " : "",
		.is_stub = true,
	};

	if (anatomy->has_bzimage)
		paint(pieces, &painted, 0, anatomy->image.size, PIECE_STUB, "protected mode");
	if (anatomy->has_image_pe)
		paint_pe(pieces, &painted, &anatomy->image_pe);
	if (anatomy->has_bzimage)
		paint_bzimage(pieces, &painted, &anatomy->bzimage);
	if (anatomy->has_payload)
		paint_payload(pieces, &painted, anatomy);
	if (anatomy->has_load && anatomy->has_image_pe)
		paint_contents(pieces, &painted, anatomy);
}

/* Of the file; those of an image in it are painted with that image. */
static void paint_signature(struct pieces *pieces, const struct anatomy *anatomy)
{
	struct bzb_span bytes;

	if (!module_signature_find(anatomy->file, &bytes))
		pieces_paint(pieces, offset_in(anatomy->file, bytes), bytes.size,
			     PIECE_CERTIFICATES, "module signature");
}

/* The bytes of a piece without the zeros at its end */
static uint64_t without_zeros(const unsigned char *data, uint64_t size)
{
	while (size && !data[size - 1])
		size--;
	return size;
}

static bool may_end_in_padding(enum piece_kind kind)
{
	return kind == PIECE_HEADERS || kind == PIECE_STUB || kind == PIECE_SECTIONS ||
	       kind == PIECE_UNKNOWN;
}

static struct pieces trim(struct pieces pieces, struct bzb_span file)
{
	struct pieces trimmed = { 0 };

	for (size_t i = 0; i < pieces.count; i++) {
		const struct piece *piece = &pieces.list[i];
		uint64_t size = piece->size;

		if (may_end_in_padding(piece->kind))
			size = without_zeros(file.data + piece->offset, piece->size);
		if (size && piece->size - size < PADDING_MIN)
			size = piece->size;
		pieces_add(&trimmed, size, piece->kind, piece->name);
		pieces_add(&trimmed, piece->size - size, PIECE_PADDING, "padding");
	}
	pieces_free(&pieces);
	return trimmed;
}

/* Bytes beside the stream, in a section of the payload, are padding or not known. */
static void forget_rest_of_payload(struct pieces *pieces, uint64_t stream)
{
	for (size_t i = 0; i < pieces->count; i++) {
		struct piece *piece = &pieces->list[i];

		if (piece->kind == PIECE_PAYLOAD && piece->offset != stream)
			piece->kind = PIECE_UNKNOWN;
	}
}

struct pieces file_pieces_make(const struct anatomy *anatomy)
{
	const struct painted whole = { .prefix = "", .is_stub = anatomy->image.size };
	struct pieces pieces = pieces_start(anatomy->file.size, PIECE_UNKNOWN, "unknown"), elf;

	if (anatomy->has_elf && !anatomy->image.size) {
		elf = elf_pieces_make(&anatomy->elf, anatomy->file);
		pieces_free(&pieces);
		pieces = elf;
	}
	if (anatomy->has_pe && (anatomy_is_wrapped(anatomy) || !anatomy->image.size))
		paint_pe(&pieces, &whole, &anatomy->pe);
	if (anatomy->image.size)
		paint_image(&pieces, anatomy);
	if (anatomy->has_payload)
		forget_rest_of_payload(&pieces, offset_in(anatomy->file, anatomy->payload.stream));
	paint_signature(&pieces, anatomy);
	return trim(pieces, anatomy->file);
}
