/* SPDX-License-Identifier: BSD-2-Clause */
#include "subject.h"

#include <bzboot/bzboot.h>

#include "input/embedded.h"
#include "input/stream.h"
#include "kernel/application.h"
#include "payload/payload_decompress.h"
#include "payload/payload_find.h"

/* Whether a signature is trusted depends on the machine. */
static const struct trust no_trust;

static void parse_pe(struct subject *s)
{
	struct bzb_pe pe;

	if (bzb_pe_parse(s->file, &pe))
		return;
	s->machine = pe.machine;
	s->is_linux_image = application_is_linux(s->file);
	if (pe.sections > PE_SECTIONS_MAX)
		return;
	s->pe = pe;
	s->parts |= PART_PE;
	if (bzb_authenticode_parse(s->file, &s->authenticode))
		return;
	s->parts |= PART_AUTHENTICODE;
	signatures_read(&s->authenticode, &no_trust, &s->signatures);
}

static void parse_bzimage(struct subject *s)
{
	if (!s->machine)
		s->machine = BZB_PE_MACHINE_X86_64;
	if (!bzb_bzimage_parse(s->file, &s->bzimage))
		s->parts |= PART_BZIMAGE;
}

static void parse_zboot(struct subject *s)
{
	if (!bzb_zboot_parse(s->file, &s->zboot))
		s->parts |= PART_ZBOOT;
}

static void parse_elf(struct subject *s, struct bzb_span file)
{
	enum bzb_machine machine;
	struct bzb_elf elf;

	if (bzb_elf_parse(file, &elf) || bzb_elf_machine(&elf, &machine) ||
	    machine != BZB_MACHINE_X86_64)
		return;
	s->elf = elf;
	s->parts |= PART_ELF;
	if (!s->machine)
		s->machine = BZB_PE_MACHINE_X86_64;
}

/* i386, which bzboot does not pack for */
#define PE_MACHINE_I386 0x14c

static void parse_file_elf(struct subject *s)
{
	enum bzb_machine machine;
	struct bzb_span field;

	if (!bzb_slice(s->file, offsetof(struct bzb_elf_ehdr, e_machine), 2, &field)) {
		if (!bzb_machine_of_elf(bzb_get16(field.data), &machine))
			s->machine = bzb_machine_pe(machine);
		else if (bzb_get16(field.data) == BZB_EM_386)
			s->machine = PE_MACHINE_I386;
	}
	parse_elf(s, s->file);
}

static bool is_any(struct bzb_span start)
{
	(void)start;
	return true;
}

static void measure_stream(struct subject *s)
{
	const struct stream_limits limits = { .max_size = DECOMPRESSED_MAX, .wanted = is_any };
	const struct stream_format *format = stream_format(s->payload.stream);
	struct bzb_span stream = s->payload.stream;
	struct blob room = { 0 };

	s->stream.error = -BZB_ERR_BADCODEC;
	if (format)
		s->stream.error =
			stream_decompress(format, &limits, &stream, &room, &s->stream.decompressed);
	s->stream.size = stream.size;
	blob_free(&room);
}

static void parse_payload(struct subject *s)
{
	unsigned int kinds = (s->parts & PART_BZIMAGE ? BZB_IS_BZIMAGE : 0) |
			     (s->parts & PART_ZBOOT ? BZB_IS_ZBOOT : 0);

	if (!kinds || payload_find(s->file, kinds, &s->payload, &s->payload_fault))
		return;
	s->parts |= PART_PAYLOAD;
	s->payload_offset = (size_t)(s->payload.stream.data - s->file.data);
	if (decompress(&s->payload, &s->contents, &s->payload_fault)) {
		measure_stream(s);
		return;
	}
	s->parts |= PART_CONTENTS;
	parse_elf(s, blob_span(&s->contents));
}

static void find_elf_stream(struct subject *s)
{
	s->has_elf_stream = elf_stream_find(s->file, &s->elf_stream);
}

static void parse_policies(struct subject *s)
{
	if (s->parts & PART_PE)
		uki_policies_read(&s->pe, &s->policies);
}

static void parse_manifest(struct subject *s)
{
	if (!embedded_manifest(s->file, &s->manifest))
		s->parts |= PART_OWN;
}

/* In this order: the payload needs the headers. */
static const struct {
	unsigned int kinds; /* any of them */
	void (*parse)(struct subject *s);
} parsers[] = {
	{ BZB_IS_PE, parse_pe },
	{ BZB_IS_UKI, parse_policies },
	{ BZB_IS_BZIMAGE, parse_bzimage },
	{ BZB_IS_ZBOOT, parse_zboot },
	{ BZB_IS_BZIMAGE | BZB_IS_ZBOOT, parse_payload },
	{ BZB_IS_BZIMAGE | BZB_IS_ZBOOT, find_elf_stream },
	{ BZB_IS_BZBOOT, parse_manifest },
	{ BZB_IS_ELF, parse_file_elf },
};

void subject_parse(struct input *input, struct subject *ret)
{
	struct subject s = { .input = *input };

	s.file = blob_span(&s.input.bytes);
	s.kinds = bzb_probe(s.file);
	for (size_t i = 0; i < BZB_ARRAY_SIZE(parsers); i++)
		if (s.kinds & parsers[i].kinds)
			parsers[i].parse(&s);
	*ret = s;
	*input = (struct input){ 0 };
}

int subject_read(const char *path, struct subject *ret, struct why *why)
{
	struct input input;

	if (input_read(path, DECOMPRESSED_MAX, &input, why))
		return -1;
	subject_parse(&input, ret);
	ret->path = path;
	return 0;
}

void subject_free(struct subject *subject)
{
	signatures_free(&subject->signatures);
	uki_policies_free(&subject->policies);
	blob_free(&subject->contents);
	input_free(&subject->input);
}
