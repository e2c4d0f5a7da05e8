/* SPDX-License-Identifier: BSD-2-Clause */
#include "shuffle_references.h"

#include <bzboot/reloc_types.h>

uint64_t shuffle_target(const struct vmlinux *vmlinux, enum bzb_shuffle_kind kind, uint32_t offset)
{
	const struct bzb_shuffle_properties properties = bzb_shuffle_properties(kind);
	const unsigned char *field = vmlinux->memory.data + offset;
	const uint64_t value = properties.width == 8 ? bzb_get64(field) :
						       (uint64_t)(int64_t)(int32_t)bzb_get32(field);

	return properties.is_absolute ? value - vmlinux->address :
					offset + properties.to_origin + value;
}

bool shuffle_code_kind(const struct decoded_operand *operand, enum bzb_shuffle_kind *ret)
{
	if (!operand->is_relative) {
		*ret = operand->size == 8 ? BZB_SHUFFLE_64 : BZB_SHUFFLE_32;
		return true;
	}
	for (unsigned int i = BZB_SHUFFLE_CODE_0; i < BZB_SHUFFLE_KIND_COUNT; i++) {
		const enum bzb_shuffle_kind kind = (enum bzb_shuffle_kind)i;

		if (bzb_shuffle_properties(kind).to_origin == 4 + operand->trailing) {
			*ret = kind;
			return true;
		}
	}
	return false;
}

/* AMD64 psABI, table 4.9. Of fields in code, the instruction tells the kind. */
static const struct form {
	uint32_t type;
	enum bzb_shuffle_kind kind; /* of a field in data */
	bool is_wide, is_signed, is_distance;
} forms[] = {
	{ BZB_R_X86_64_64, BZB_SHUFFLE_64, true, false, false },
	{ BZB_R_X86_64_32, BZB_SHUFFLE_32, false, false, false },
	{ BZB_R_X86_64_32S, BZB_SHUFFLE_32, false, true, false },
	{ BZB_R_X86_64_PC64, BZB_SHUFFLE_REL64, true, false, true },
	{ BZB_R_X86_64_PC32, BZB_SHUFFLE_REL32, false, true, true },
	{ BZB_R_X86_64_PLT32, BZB_SHUFFLE_REL32, false, true, true },
	{ BZB_R_X86_64_GOTPC32, BZB_SHUFFLE_REL32, false, true, true },
};

/* The symbol is the one whose address the linker has put into .got. */
static bool is_by_got(uint32_t type)
{
	return type == BZB_R_X86_64_GOTPCREL || type == BZB_R_X86_64_GOTPCRELX ||
	       type == BZB_R_X86_64_REX_GOTPCRELX;
}

static const struct form *form_of(uint32_t type)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(forms); i++)
		if (forms[i].type == type)
			return &forms[i];
	return NULL;
}

bool shuffle_relocation_value(uint32_t type, uint64_t address, const unsigned char *field,
			      uint64_t *ret)
{
	const struct form *form = form_of(type);
	uint64_t value;

	if (!form)
		return false;
	value = form->is_wide ? bzb_get64(field) : bzb_get32(field);
	if (form->is_signed)
		value = (uint64_t)(int64_t)(int32_t)value;
	*ret = form->is_distance ? value + address : value;
	return true;
}

/* LLD: jmp *f@GOTPCREL(%rip) has become jmp f; nop, whose field is one byte before the relocation's. */
static bool is_jump(const unsigned char *field, uint64_t at, uint64_t address)
{
	return field[-2] == 0xe9 && field[3] == 0x90 &&
	       at + 3 + (uint64_t)(int64_t)(int32_t)bzb_get32(field - 1) == address;
}

bool shuffle_reference_slot(const struct vmlinux *vmlinux, const struct vmlinux_relocs *relocs,
			    size_t number, uint64_t *ret)
{
	const struct bzb_elf_rela *entry = &relocs->entries[number];
	const uint64_t at = bzb_ld64(entry->r_offset), addend = bzb_ld64(entry->r_addend);
	const uint32_t offset = relocs->target->offset + (uint32_t)(at - relocs->target->address);
	const unsigned char *field = vmlinux->memory.data + offset;
	uint64_t address, value;

	if (!is_by_got(bzb_ld32(entry->r_type)))
		return false;
	address = vmlinux->symbols[bzb_ld32(entry->r_sym)].address + addend + 4;
	value = (uint64_t)(int64_t)(int32_t)bzb_get32(field);
	if (at + 4 + value == address || value == address ||
	    (offset >= 2 && is_jump(field, at, address)))
		return false;
	*ret = at + value - addend;
	return true;
}

bool shuffle_reference_by_plt(const struct vmlinux *vmlinux, const struct bzb_elf_rela *entry,
			      const unsigned char *field)
{
	const uint32_t type = bzb_ld32(entry->r_type);
	uint64_t value;

	return type == BZB_R_X86_64_PLT32 &&
	       shuffle_relocation_value(type, bzb_ld64(entry->r_offset), field, &value) &&
	       value !=
		       vmlinux->symbols[bzb_ld32(entry->r_sym)].address + bzb_ld64(entry->r_addend);
}

static bool is_by_value(const struct vmlinux *v, const struct vmlinux_relocs *relocs, size_t number,
			const unsigned char *field)
{
	const struct bzb_elf_rela *entry = &relocs->entries[number];
	const struct vmlinux_symbol *symbol = &v->symbols[bzb_ld32(entry->r_sym)];
	uint64_t slot;

	return symbol->type == BZB_STT_SECTION || !symbol->number ||
	       shuffle_reference_by_plt(v, entry, field) ||
	       shuffle_reference_slot(v, relocs, number, &slot);
}

int shuffle_reference_read(const struct vmlinux *vmlinux, const struct decoded *decoded,
			   const struct vmlinux_relocs *relocs, size_t number,
			   struct shuffle_reference *ret)
{
	const struct bzb_elf_rela *entry = &relocs->entries[number];
	const uint32_t type = bzb_ld32(entry->r_type);
	const uint32_t offset = (uint32_t)(bzb_ld64(entry->r_offset) - relocs->target->address) +
				relocs->target->offset;
	const struct form *form = form_of(type);
	const struct decoded_operand *operand = NULL;
	enum bzb_shuffle_kind kind;

	if (!type)
		return 0;
	if (relocs->target->is_code) {
		operand = decoded_find(decoded, offset);
		if (!operand || (operand->is_relative && operand->size < 4))
			return 0;
		if ((!form && !is_by_got(type)) || !shuffle_code_kind(operand, &kind))
			return -1;
	} else {
		if (!form)
			return -1;
		kind = relocs->is_linked ? BZB_SHUFFLE_LINKED : form->kind;
	}
	*ret = (struct shuffle_reference){
		.offset = offset,
		.kind = kind,
		.target = shuffle_target(vmlinux, kind, offset),
		.symbol = is_by_value(vmlinux, relocs, number, vmlinux->memory.data + offset) ?
				  NULL :
				  &vmlinux->symbols[bzb_ld32(entry->r_sym)],
		.operand = operand,
	};
	return 1;
}
