/* SPDX-License-Identifier: BSD-2-Clause */
#include "decoded.h"

#include <stdlib.h>

#include <Zydis/Zydis.h>

#include "io/array.h"

/* Intel SDM, volume 2, 2.1.5: mod 0 with r/m 5 is a displacement from the next instruction. */
static bool is_rip_relative(const ZydisDecodedInstruction *i)
{
	return i->attributes & ZYDIS_ATTRIB_HAS_MODRM && i->raw.modrm.mod == 0 &&
	       i->raw.modrm.rm == 5 && i->address_width == 64;
}

static bool is_padding(const ZydisDecodedInstruction *i)
{
	return i->mnemonic == ZYDIS_MNEMONIC_NOP || i->mnemonic == ZYDIS_MNEMONIC_INT3;
}

static bool ends(const ZydisDecodedInstruction *i)
{
	switch (i->mnemonic) {
	case ZYDIS_MNEMONIC_JMP:
	case ZYDIS_MNEMONIC_UD0:
	case ZYDIS_MNEMONIC_UD1:
	case ZYDIS_MNEMONIC_UD2:
	case ZYDIS_MNEMONIC_HLT:
		return true;
	default:
		return i->meta.category == ZYDIS_CATEGORY_RET ||
		       i->meta.category == ZYDIS_CATEGORY_SYSRET;
	}
}

static enum decoded_byte byte_of(const ZydisDecodedInstruction *i)
{
	if (is_padding(i))
		return DECODED_PADDING;
	if (ends(i))
		return DECODED_END;
	return i->mnemonic == ZYDIS_MNEMONIC_CALL ? DECODED_CALL : DECODED_NEXT;
}

static void add_operand(struct decoded *decoded, uint32_t at, const ZydisDecodedInstruction *i,
			unsigned int offset, unsigned int bits, bool is_relative)
{
	const unsigned int size = bits / 8;

	if (!size || (!is_relative && size < 4))
		return;
	decoded->operands = array_grow(decoded->operands, decoded->count, &decoded->room,
				       sizeof(decoded->operands[0]));
	decoded->operands[decoded->count++] = (struct decoded_operand){
		.instruction = at,
		.field = at + offset,
		.size = (uint8_t)size,
		.trailing = (uint8_t)(i->length - offset - size),
		.is_relative = is_relative,
	};
}

/* A displacement comes before an immediate value. */
static void add_operands(struct decoded *decoded, uint32_t at, const ZydisDecodedInstruction *i)
{
	add_operand(decoded, at, i, i->raw.disp.offset, i->raw.disp.size, is_rip_relative(i));
	for (unsigned int k = 0; k < 2; k++)
		add_operand(decoded, at, i, i->raw.imm[k].offset, i->raw.imm[k].size,
			    i->raw.imm[k].is_relative);
}

static bool begins_instruction(const struct decoded *decoded, const struct vmlinux_section *section,
			       uint64_t offset)
{
	if (offset - section->offset >= section->size)
		return offset - section->offset == section->size;
	return decoded->bytes[offset] != DECODED_NONE && decoded->bytes[offset] != DECODED_UNKNOWN;
}

/* Notes which operands of a section, from one on, lead to its instructions. */
static void find_near(const struct vmlinux *v, const struct vmlinux_section *section,
		      struct decoded *decoded, size_t first)
{
	for (size_t i = first; i < decoded->count; i++) {
		struct decoded_operand *operand = &decoded->operands[i];

		operand->is_near = operand->is_relative &&
				   begins_instruction(decoded, section, decoded_target(v, operand));
	}
}

static void decode_section(const ZydisDecoder *decoder, const struct vmlinux *v,
			   const struct vmlinux_section *section, struct decoded *decoded)
{
	const uint32_t end = section->offset + section->size;
	const size_t first = decoded->count;
	ZydisDecodedInstruction i;

	for (uint32_t at = section->offset; at < end;) {
		if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(decoder, NULL, v->memory.data + at,
								end - at, &i))) {
			decoded->bytes[at++] = DECODED_UNKNOWN;
			continue;
		}
		decoded->bytes[at] = (unsigned char)byte_of(&i);
		add_operands(decoded, at, &i);
		at += i.length;
	}
	find_near(v, section, decoded, first);
}

static int compare(const void *a, const void *b)
{
	const struct decoded_operand *x = a, *y = b;

	return x->field < y->field ? -1 : x->field > y->field;
}

static struct decoded_operand *find(const struct decoded *decoded, uint32_t field)
{
	const struct decoded_operand key = { .field = field };

	if (!decoded->count)
		return NULL;
	return bsearch(&key, decoded->operands, decoded->count, sizeof(key), compare);
}

const struct decoded_operand *decoded_find(const struct decoded *decoded, uint32_t field)
{
	return find(decoded, field);
}

static void note_relocations(const struct vmlinux_relocs *relocs, struct decoded *decoded)
{
	const struct vmlinux_section *section = relocs->target;

	for (size_t i = 0; i < relocs->count; i++) {
		const uint64_t at = bzb_ld64(relocs->entries[i].r_offset) - section->address;
		struct decoded_operand *operand = find(decoded, (uint32_t)at + section->offset);

		if (operand && bzb_ld32(relocs->entries[i].r_type))
			operand->has_relocation = true;
	}
}

void decoded_make(const struct vmlinux *vmlinux, struct decoded *ret)
{
	struct decoded decoded = { .count = 0 };
	uint32_t last = 0;
	bool sorted = true;
	ZydisDecoder decoder;

	(void)ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	decoded.bytes = array_new(vmlinux->memory.size, 1);
	for (size_t i = 0; i < vmlinux->section_count; i++) {
		const struct vmlinux_section *section = &vmlinux->sections[i];

		if (!section->is_code)
			continue;
		sorted = sorted && section->offset >= last;
		last = section->offset;
		decode_section(&decoder, vmlinux, section, &decoded);
	}
	if (!sorted && decoded.count)
		qsort(decoded.operands, decoded.count, sizeof(decoded.operands[0]), compare);
	for (size_t i = 0; i < vmlinux->reloc_section_count; i++)
		if (vmlinux->relocs[i].target->is_code)
			note_relocations(&vmlinux->relocs[i], &decoded);
	*ret = decoded;
}

void decoded_free(struct decoded *decoded)
{
	free(decoded->bytes);
	free(decoded->operands);
	*decoded = (struct decoded){ .count = 0 };
}

uint64_t decoded_target(const struct vmlinux *vmlinux, const struct decoded_operand *operand)
{
	const unsigned char *field = vmlinux->memory.data + operand->field;
	const uint64_t end = (uint64_t)operand->field + operand->size + operand->trailing;

	switch (operand->size) {
	case 1:
		return end + (uint64_t)(int64_t)(int8_t)field[0];
	case 2:
		return end + (uint64_t)(int64_t)(int16_t)bzb_get16(field);
	default:
		return end + (uint64_t)(int64_t)(int32_t)bzb_get32(field);
	}
}

uint32_t decoded_last(const struct decoded *decoded, uint32_t start, uint32_t end)
{
	for (uint32_t at = end; at > start;) {
		const unsigned char byte = decoded->bytes[--at];

		if (byte != DECODED_NONE && byte != DECODED_PADDING)
			return at;
	}
	return end;
}

uint32_t decoded_end(const struct decoded *decoded, uint32_t at, uint32_t end)
{
	for (at++; at < end && decoded->bytes[at] == DECODED_NONE;)
		at++;
	return at;
}
