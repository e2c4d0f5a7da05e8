/* SPDX-License-Identifier: BSD-2-Clause */
/* Instructions: each is the same in both files, but for operands that say where something is. */
#include <inttypes.h>

#include <Zydis/Zydis.h>

#include "shuffle_verify_parts.h"

/* An operand that is a number: a displacement or an immediate */
struct field {
	unsigned int offset, size; /* bytes */
	bool is_relative;	   /* to the end of the instruction */
};

struct instruction {
	uint64_t at;
	unsigned int length;
	struct field fields[3];
	unsigned int field_count;
	bool is_padding; /* if it is behind a function */
	bool is_nop;
	enum verify_flow flow;
};

/* --- decoding -------------------------------------------------------------------- */

static const ZydisDecoder *decoder(void)
{
	static ZydisDecoder state;
	static bool ready;

	if (!ready)
		ZydisDecoderInit(&state, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	ready = true;
	return &state;
}

static void add_field(struct instruction *instruction, unsigned int offset, unsigned int bits,
		      bool is_relative)
{
	if (bits)
		instruction->fields[instruction->field_count++] =
			(struct field){ offset, bits / 8, is_relative };
}

static enum verify_flow flow_of(const ZydisDecodedInstruction *decoded)
{
	switch (decoded->mnemonic) {
	case ZYDIS_MNEMONIC_UD0:
	case ZYDIS_MNEMONIC_UD1:
	case ZYDIS_MNEMONIC_UD2:
	case ZYDIS_MNEMONIC_HLT:
	case ZYDIS_MNEMONIC_INT3:
	case ZYDIS_MNEMONIC_IRET:
	case ZYDIS_MNEMONIC_IRETD:
	case ZYDIS_MNEMONIC_IRETQ:
	case ZYDIS_MNEMONIC_SYSRET:
	case ZYDIS_MNEMONIC_SYSEXIT:
		return FLOW_ENDS;
	default:
		break;
	}
	switch (decoded->meta.category) {
	case ZYDIS_CATEGORY_CALL:
	case ZYDIS_CATEGORY_RET:
	case ZYDIS_CATEGORY_UNCOND_BR:
		return FLOW_ENDS;
	default:
		return FLOW_FALLS;
	}
}

static bool decode_known(struct bzb_span bytes, ZydisDecodedInstruction *ret)
{
	return ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(decoder(), NULL, bytes.data, bytes.size,
							  ret));
}

/*
 * Instructions of FRED (Intel's specification, 346446), which Zydis 4.0 does not know. Another one
 * of the same form is decoded in place of each.
 */
static bool decode_fred(struct bzb_span bytes, ZydisDecodedInstruction *ret)
{
	unsigned char copy[ZYDIS_MAX_INSTRUCTION_LENGTH] = { 0 };
	size_t size = bytes.size < sizeof(copy) ? bytes.size : sizeof(copy), rex;

	memcpy(copy, bytes.data, size);
	rex = (copy[1] & 0xf0) == 0x40;
	/* ERETS (f2 0f 01 ca), ERETU (f3): UD2 behind two prefixes */
	if ((copy[0] == 0xf2 || copy[0] == 0xf3) && !memcmp(copy + 1, "\x0f\x01\xca", 3))
		memcpy(copy, "\x2e\x2e\x0f\x0b", 4);
	/* LKGS (f2 0f 00 /6): VERR (/4) */
	else if (copy[0] == 0xf2 && !memcmp(copy + 1 + rex, "\x0f\x00", 2) &&
		 (copy[3 + rex] & 0x38) == 0x30)
		copy[3 + rex] ^= 0x30 ^ 0x20;
	else
		return false;
	return decode_known((struct bzb_span){ copy, size }, ret);
}

static bool decode(struct bzb_span bytes, uint64_t at, struct instruction *ret)
{
	ZydisDecodedInstruction decoded;
	const ZydisDecodedInstructionRaw *raw = &decoded.raw;
	bool is_rip;

	if (!decode_known(bytes, &decoded) && !decode_fred(bytes, &decoded))
		return false;
	is_rip = (decoded.attributes & ZYDIS_ATTRIB_HAS_MODRM) && raw->modrm.mod == 0 &&
		 raw->modrm.rm == 5;
	*ret = (struct instruction){
		.at = at,
		.length = decoded.length,
		.is_nop = decoded.mnemonic == ZYDIS_MNEMONIC_NOP,
		.is_padding = decoded.mnemonic == ZYDIS_MNEMONIC_NOP ||
			      decoded.mnemonic == ZYDIS_MNEMONIC_INT3,
		.flow = flow_of(&decoded),
	};
	add_field(ret, raw->disp.offset, raw->disp.size, is_rip);
	add_field(ret, raw->imm[0].offset, raw->imm[0].size, raw->imm[0].is_relative);
	add_field(ret, raw->imm[1].offset, raw->imm[1].size, raw->imm[1].is_relative);
	return true;
}

static struct bzb_span piece_bytes(const struct verify *verify, const struct verify_piece *piece)
{
	const struct verify_section *section = &verify->old.sections[piece->section];

	return (struct bzb_span){ section->bytes.data + (piece->start - section->header.addr),
				  (size_t)(piece->end - piece->start) };
}

/* The next instruction of a piece. The caller ensures that @at is inside it. */
static bool decode_at(const struct verify_piece *piece, struct bzb_span bytes, uint64_t at,
		      struct instruction *ret)
{
	struct bzb_span rest;

	return !bzb_slice(bytes, at - piece->start, piece->end - at, &rest) &&
	       decode(rest, at, ret);
}

/* Notes how each relocation lies in an instruction. Returns false if one is on no operand. */
static bool note_relocs(struct verify *verify, const struct instruction *instruction, size_t *next)
{
	bool sound = true;

	for (; *next < verify->old.reloc_count; ++*next) {
		const struct verify_reloc *reloc = &verify->old.relocs[*next];
		unsigned int width = verify_width(reloc);
		bool found = false;

		if (reloc->at >= instruction->at + instruction->length)
			break;
		for (unsigned int i = 0; i < instruction->field_count; i++) {
			const struct field *field = &instruction->fields[i];

			if (instruction->at + field->offset != reloc->at || field->size != width)
				continue;
			found = true;
			verify->behind[*next] =
				(unsigned char)(instruction->length - field->offset - field->size);
		}
		sound &= found;
	}
	return sound;
}

static bool is_zero(struct bzb_span bytes, uint64_t from)
{
	for (uint64_t i = from; i < bytes.size; i++)
		if (bytes.data[i])
			return false;
	return true;
}

/* @size: 1, 2, 4 or 8 */
static int64_t get_signed(const unsigned char *field, unsigned int size)
{
	const uint64_t value = bzb_get_number(field, size);
	const uint64_t sign = (uint64_t)1 << (8 * size - 1) % 64;

	return (int64_t)((value ^ sign) - sign);
}

/* The target of a relative operand of an instruction of the original */
static uint64_t target_of(const struct instruction *instruction, const struct field *field,
			  const unsigned char *bytes)
{
	return instruction->at + instruction->length +
	       (uint64_t)get_signed(bytes + field->offset, field->size);
}

static void note_targets(struct verify *verify, const struct instruction *instruction,
			 const unsigned char *bytes)
{
	for (unsigned int i = 0; i < instruction->field_count; i++)
		if (instruction->fields[i].is_relative)
			verify_reach(verify, instruction->at,
				     target_of(instruction, &instruction->fields[i], bytes));
}

/* The next byte is tried where no instruction is: what follows may refer to other pieces. */
static void decode_piece(struct verify *verify, struct verify_piece *piece)
{
	struct bzb_span bytes = piece_bytes(verify, piece);
	size_t next = verify_first_reloc(&verify->old, piece->start);
	uint64_t at = piece->start, end = piece->start;
	unsigned char *begins = verify->begins[piece->section] +
				(piece->start - verify->old.sections[piece->section].header.addr);
	struct instruction instruction;

	piece->sound = true;
	while (at < piece->end) {
		/* Some assemblers pad with zeros. */
		if (at - piece->start >= piece->size && is_zero(bytes, at - piece->start))
			break;
		if (!decode_at(piece, bytes, at, &instruction)) {
			piece->sound = false;
			at++;
			continue;
		}
		begins[at - piece->start] = 1;
		if (!note_relocs(verify, &instruction, &next))
			piece->sound = false;
		note_targets(verify, &instruction, bytes.data + (at - piece->start));
		at += instruction.length;
		if (!instruction.is_padding)
			end = at;
		if (!instruction.is_nop)
			piece->flow = instruction.flow;
	}
	piece->used = piece->sound ? end - piece->start : piece->end - piece->start;
	if (piece->used < piece->size)
		piece->used = piece->size;
	if (!piece->sound)
		piece->flow = FLOW_UNKNOWN;
}

void verify_decode(struct verify *verify)
{
	verify->behind = verify_room(verify->old.reloc_count, 1);
	memset(verify->behind, VERIFY_NOT_OPERAND, verify->old.reloc_count);
	verify->begins = verify_room(verify->old.elf.shnum, sizeof(*verify->begins));
	for (unsigned int i = 0; i < verify->old.elf.shnum; i++)
		if (verify_is_code(&verify->old.sections[i]))
			verify->begins[i] = verify_room(verify->old.sections[i].bytes.size, 1);
	for (size_t i = 0; i < verify->piece_count; i++)
		decode_piece(verify, &verify->pieces[i]);
}

/* --- comparing ------------------------------------------------------------------- */

/* A field that has a relocation is judged by it (verify_relocs()). */
static bool has_reloc(const struct verify *verify, uint64_t at, const unsigned char *field)
{
	const struct verify_file *old = &verify->old;
	size_t i = verify_first_reloc(old, at);

	for (; i < old->reloc_count && old->relocs[i].at == at; i++)
		if (verify_width(&old->relocs[i]) && verify_describes(old, &old->relocs[i], field))
			return true;
	return false;
}

/* Code that the compiler knows is never reached may go to the end of its function. */
static bool is_own_end(const struct verify_piece *piece, uint64_t target)
{
	return target == piece->start + piece->size;
}

/* Whether an instruction begins at an address of the section of a piece, or it is the section's end */
static bool leads_to_code(const struct verify *verify, const struct verify_piece *from,
			  uint64_t address)
{
	const struct bzb_elf_section *section = &verify->old.sections[from->section].header;
	const struct verify_piece *piece;

	if (address - section->addr >= section->size)
		return address - section->addr == section->size;
	if (verify->begins[from->section][address - section->addr])
		return true;
	piece = verify_piece_at(verify, address);
	return piece && !piece->sound;
}

/*
 * Without a relocation, an operand leads to an instruction of its own section: else it is data that
 * looks like one, and stays as it is, where it is.
 */
static bool compare_target(struct verify *verify, const struct verify_piece *piece,
			   const struct instruction *instruction, const struct field *field,
			   const unsigned char *old, const unsigned char *new)
{
	uint64_t end = instruction->at + instruction->length;
	uint64_t target = target_of(instruction, field, old);
	uint64_t now =
		end + piece->distance + (uint64_t)get_signed(new + field->offset, field->size);

	verify->counts->references++;
	if (now == target + piece->distance && is_own_end(piece, target))
		return true;
	if (!leads_to_code(verify, piece, target)) {
		if (!piece->distance && now == target)
			return true;
		findings_add(verify->findings,
			     "%s has no relocation, and does not lead to an instruction: it may be "
			     "data, and must stay as it is",
			     verify_old_place(verify, instruction->at).text);
		return false;
	}
	if (now == verify_moved(verify, target))
		return true;
	findings_add(verify->findings, "%s refers to %s, and to %s in the shuffled file",
		     verify_old_place(verify, instruction->at).text,
		     verify_old_place(verify, target).text, verify_new_place(verify, now).text);
	return false;
}

/* Returns false if there is a finding. */
static bool compare_instruction(struct verify *verify, const struct verify_piece *piece,
				const struct instruction *instruction, const unsigned char *old,
				const unsigned char *new)
{
	unsigned char expected[ZYDIS_MAX_INSTRUCTION_LENGTH];

	memcpy(expected, old, instruction->length);
	for (unsigned int i = 0; i < instruction->field_count; i++) {
		const struct field *field = &instruction->fields[i];
		uint64_t at = instruction->at + field->offset;

		if (!has_reloc(verify, at, old + field->offset)) {
			if (!field->is_relative)
				continue;
			if (!compare_target(verify, piece, instruction, field, old, new))
				return false;
		}
		memcpy(expected + field->offset, new + field->offset, field->size);
	}
	if (!memcmp(expected, new, instruction->length))
		return true;
	if (instruction->at == piece->start)
		findings_add(verify->findings,
			     "%s: at 0x%" PRIx64 ", where it has gone, is other code",
			     verify_old_place(verify, piece->start).text, verify_place_of(piece));
	else
		findings_add(verify->findings, "%s: the instruction is not the same",
			     verify_old_place(verify, instruction->at).text);
	return false;
}

/* The bytes of a piece where they are now, up to the end of its code */
static bool find_moved(const struct verify *verify, const struct verify_piece *piece,
		       struct bzb_span *ret)
{
	const struct verify_section *section =
		&verify->new.sections[verify->section_twins[piece->section]];
	uint64_t place = verify_place_of(piece);

	return place >= section->header.addr &&
	       !bzb_slice(section->bytes, place - section->header.addr, piece->used, ret);
}

static void compare_sound(struct verify *verify, const struct verify_piece *piece)
{
	struct bzb_span old = piece_bytes(verify, piece), new;
	struct instruction instruction;
	uint64_t at = piece->start;

	if (!find_moved(verify, piece, &new)) {
		findings_add(verify->findings, "%s has moved out of its section, to 0x%" PRIx64,
			     verify_old_place(verify, at).text, verify_place_of(piece));
		return;
	}
	/*
	 * The same bytes are the same instructions, so those of the shuffled file need not be
	 * decoded: no operand changes the length of an instruction.
	 */
	while (at < piece->start + piece->used && decode_at(piece, old, at, &instruction)) {
		size_t offset = (size_t)(at - piece->start);
		struct bzb_span there;

		if (bzb_slice(new, offset, instruction.length, &there))
			break;
		verify->counts->instructions++;
		if (!compare_instruction(verify, piece, &instruction, old.data + offset,
					 there.data))
			return;
		at += instruction.length;
	}
}

static void check_unsound(struct verify *verify, const struct verify_piece *piece)
{
	if (piece->distance)
		findings_add(verify->findings,
			     "%s has moved, but a relocation in it is on no operand, or it has "
			     "bytes that are no instruction",
			     verify_old_place(verify, piece->start).text);
	else
		verify_bytes(verify, piece->section, piece->start, piece->end);
}

static void check_flow(struct verify *verify, const struct verify_piece *piece)
{
	bool is_last = piece + 1 == verify->pieces + verify->piece_count;

	if (piece->flow == FLOW_FALLS && !is_last && piece[1].start == piece->end &&
	    piece[1].section == piece->section && piece[1].distance != piece->distance)
		findings_add(verify->findings, "%s runs into %s, which is no longer behind it",
			     verify_old_place(verify, piece->start).text,
			     verify_old_place(verify, piece->end).text);
}

void verify_code(struct verify *verify)
{
	for (size_t i = 0; i < verify->piece_count; i++) {
		const struct verify_piece *piece = &verify->pieces[i];

		if (piece->sound)
			compare_sound(verify, piece);
		else
			check_unsound(verify, piece);
		check_flow(verify, piece);
	}
}
