/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linkers make .got and the dynamic section themselves. They are read here as if relocations of
 * --emit-relocs described them, so all that compares these compares them, too.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>

#include <bzboot/dynamic.h>
#include <bzboot/reloc_types.h>

#include "io/array.h"
#include "shuffle_verify_parts.h"

/* --- fields ---------------------------------------------------------------------- */

/* The bytes of a field are in @bytes, a copy of the file. */
static int write_field(const struct bzb_elf *elf, unsigned char *bytes,
		       const struct bzb_dynamic_field *field)
{
	struct bzb_elf_place place;

	if (!field->written)
		return 0;
	if (bzb_elf_find_load(elf, BZB_ELF_VIRTUAL, elf->virtual_address + field->offset, &place) ||
	    place.segment.filesz < 8 || place.distance > place.segment.filesz - 8)
		return -1;
	bzb_put64(bytes + place.segment.offset + place.distance, field->value);
	return 0;
}

static int write_fields(const struct bzb_dynamic *dynamic, struct bzb_span table,
			unsigned char *bytes)
{
	for (size_t at = 0; at < table.size; at += sizeof(struct bzb_elf_rela)) {
		const void *rela = table.data + at;
		struct bzb_dynamic_field field;

		if (bzb_dynamic_judge(dynamic, rela, &field) ||
		    write_field(&dynamic->elf, bytes, &field))
			return -1;
	}
	return 0;
}

int verify_apply_dynamic(struct verify_file *file, struct why *why)
{
	struct bzb_dynamic dynamic;
	int err = bzb_dynamic_find(&file->elf, &dynamic);

	if (err == -BZB_ERR_NOTFOUND)
		return 0;
	if (err)
		return explain(why, "its dynamic section: %s", bzb_strerror(err));
	file->is_dynamic = true;
	file->applied = blob_copy(file->elf.file);
	if (write_fields(&dynamic, dynamic.rela, file->applied.data) ||
	    write_fields(&dynamic, dynamic.jmprel, file->applied.data))
		return explain(why, "a dynamic relocation is of no field in the file");
	err = bzb_elf_parse(blob_span(&file->applied), &file->elf);
	return err ? explain(why, "%s", bzb_strerror(err)) : 0;
}

/* --- relocations ------------------------------------------------------------------- */

/* Relocations to be added to those of a file */
struct adder {
	const struct verify_file *file;
	struct verify_reloc *relocs;
	size_t count, room;
	struct why *why;
};

static void add(struct adder *adder, uint64_t at, uint32_t symbol, uint64_t addend)
{
	adder->relocs =
		array_grow(adder->relocs, adder->count, &adder->room, sizeof(*adder->relocs));
	adder->relocs[adder->count++] = (struct verify_reloc){
		.at = at,
		.type = BZB_R_X86_64_64,
		.symbol = symbol,
		.addend = addend,
	};
}

/* The relocation of the same field, which is the first of several; NULL if there is none. */
static const struct verify_reloc *find_own(const struct verify_file *file, uint64_t at)
{
	const size_t first = verify_first_reloc(file, at);
	const struct verify_reloc *reloc = &file->relocs[first];

	return first < file->reloc_count && reloc->at == at && reloc->type == BZB_R_X86_64_64 ?
		       reloc :
		       NULL;
}

/* --- .got and .plt ---------------------------------------------------------------- */

static bool is_by_got(uint32_t type)
{
	return type == BZB_R_X86_64_GOTPCREL || type == BZB_R_X86_64_GOTPCRELX ||
	       type == BZB_R_X86_64_REX_GOTPCRELX;
}

/* Makes the relocation one of another type, if that describes the field. */
static bool make(const struct verify_file *file, struct verify_reloc *reloc, uint32_t type,
		 uint64_t addend, const unsigned char *field)
{
	const struct verify_reloc other = { reloc->at, addend, type, reloc->symbol };

	if (!verify_describes(file, &other, field))
		return false;
	*reloc = other;
	return true;
}

/* LLD: jmp *f@GOTPCREL(%rip) has become jmp f; nop. The relocation is one byte too late, on no operand. */
static bool is_jump(const struct verify_file *file, const struct verify_reloc *reloc)
{
	const uint64_t target = file->symbols[reloc->symbol].value + reloc->addend + 4;
	struct bzb_span code;

	return verify_at(file, reloc->at - 2, 6, &code) >= 0 && code.data[0] == 0xe9 &&
	       code.data[5] == 0x90 &&
	       reloc->at + 3 + (uint64_t)(int64_t)(int32_t)bzb_get32(code.data + 1) == target;
}

/*
 * An instruction names a symbol, and may refer to its address in .got, or to code in .plt: then its field
 * says what it leads to.
 */
static void name_target(struct adder *adder, struct verify_reloc *reloc)
{
	const struct verify_file *file = adder->file;
	const bool is_slot = is_by_got(reloc->type);
	struct bzb_span field;
	uint64_t target;

	if ((!is_slot && reloc->type != BZB_R_X86_64_PLT32) ||
	    verify_at(file, reloc->at, 4, &field) < 0 ||
	    make(file, reloc, BZB_R_X86_64_PC32, reloc->addend, field.data) ||
	    (is_slot && make(file, reloc, BZB_R_X86_64_32S, reloc->addend + 4, field.data)) ||
	    (is_slot && is_jump(file, reloc)))
		return;
	target = reloc->at + (uint64_t)(int64_t)(int32_t)bzb_get32(field.data);
	if (is_slot)
		add(adder, target - reloc->addend, reloc->symbol, 0);
	reloc->type = BZB_R_X86_64_PC32;
	reloc->symbol = 0;
	reloc->addend = target;
}

static void name_targets(struct verify_file *file)
{
	struct adder adder = { .file = file };

	for (size_t i = 0; i < file->reloc_count; i++)
		name_target(&adder, &file->relocs[i]);
	verify_add_relocs(file, adder.relocs, adder.count);
	free(adder.relocs);
}

/* --- the dynamic section ----------------------------------------------------------- */

static int add_field(void *context, enum bzb_reloc_kind kind, uint64_t offset)
{
	struct adder *adder = context;
	const struct verify_file *file = adder->file;
	const uint64_t at = file->elf.virtual_address + offset;
	struct bzb_span field;
	const int section = verify_at(file, at, 8, &field);

	(void)kind;
	if (section < 0 || verify_is_code(&file->sections[section]))
		return explain(adder->why, "a dynamic relocation, of 0x%" PRIx64 ", is not of data",
			       at);
	if (!find_own(file, at))
		add(adder, at, 0, bzb_get64(field.data));
	return 0;
}

/* The address of bytes in the file. */
static int address_of(const struct verify_file *file, const void *bytes, uint64_t *ret)
{
	struct bzb_elf_place place;
	const uint64_t offset = (uint64_t)((const unsigned char *)bytes - file->elf.file.data);

	if (bzb_elf_find_load(&file->elf, BZB_ELF_FILE, offset, &place))
		return -1;
	*ret = place.segment.vaddr + place.distance;
	return 0;
}

static int add_addends(struct adder *adder, struct bzb_span table)
{
	for (size_t i = 0; i < table.size / sizeof(struct bzb_elf_rela); i++) {
		const struct bzb_elf_rela *rela = (const struct bzb_elf_rela *)table.data + i;
		const struct verify_reloc *own;
		uint64_t at;

		if (bzb_ld32(rela->r_type) != BZB_R_X86_64_RELATIVE)
			continue;
		if (address_of(adder->file, &rela->r_addend, &at))
			return explain(adder->why, "its dynamic relocations are not loaded");
		own = find_own(adder->file, bzb_ld64(rela->r_offset));
		add(adder, at, own ? own->symbol : 0, own ? own->addend : bzb_ld64(rela->r_addend));
	}
	return 0;
}

static void add_symbols(struct adder *adder, const struct verify_section *section)
{
	const struct bzb_elf_sym *symbols = (const void *)section->bytes.data;

	for (size_t i = 0; i < section->bytes.size / sizeof(*symbols); i++) {
		const uint16_t index = bzb_ld16(symbols[i].st_shndx);

		if (index != BZB_SHN_UNDEF && index < BZB_SHN_LORESERVE)
			add(adder,
			    section->header.addr + i * sizeof(*symbols) +
				    offsetof(struct bzb_elf_sym, st_value),
			    0, bzb_ld64(symbols[i].st_value));
	}
}

/* The functions that these call have no relocations. */
static int check_tags(const struct verify_file *file, struct why *why)
{
	struct bzb_dynamic_tags tags;

	if (bzb_dynamic_read(&file->elf, &tags) ||
	    (!tags.has[BZB_DT_INIT] && !tags.has[BZB_DT_FINI]))
		return 0;
	return explain(why, "its dynamic section has DT_INIT or DT_FINI");
}

static int add_all(struct adder *adder, const struct bzb_dynamic *dynamic)
{
	const struct verify_file *file = adder->file;

	*adder->why = (struct why){ 0 };
	if (bzb_dynamic_walk(dynamic, add_field, adder))
		return *adder->why->text ? -1 :
					   explain(adder->why, "its dynamic relocations: %s",
						   bzb_strerror(-BZB_ERR_BADRELOC));
	for (unsigned int i = 0; i < file->elf.shnum; i++)
		if (file->sections[i].header.type == BZB_SHT_DYNSYM) {
			add_symbols(adder, &file->sections[i]);
			break;
		}
	return add_addends(adder, dynamic->rela) || add_addends(adder, dynamic->jmprel) ||
			       check_tags(file, adder->why) ?
		       -1 :
		       0;
}

/* Without a dynamic section, nothing shows where the tables for a loader are. */
static int check_static(const struct verify_file *file, struct why *why)
{
	if (file->elf.type == BZB_ET_DYN)
		return explain(why, "is position-independent, without a PT_DYNAMIC");
	for (unsigned int i = 0; i < file->elf.shnum; i++) {
		const struct bzb_elf_section *header = &file->sections[i].header;

		if (header->flags & BZB_SHF_ALLOC && header->size &&
		    (header->type == BZB_SHT_RELA || header->type == BZB_SHT_RELR ||
		     header->type == BZB_SHT_DYNSYM || header->type == BZB_SHT_DYNAMIC))
			return explain(why, "%s is for dynamic relocations, without a PT_DYNAMIC",
				       file->sections[i].name);
	}
	return 0;
}

int verify_read_implied(struct verify_file *file, struct why *why)
{
	struct adder adder = { .file = file, .why = why };
	struct bzb_dynamic dynamic;
	int err;

	name_targets(file);
	if (!file->is_dynamic)
		return check_static(file, why);
	err = bzb_dynamic_find(&file->elf, &dynamic);
	if (err)
		return explain(why, "its dynamic section: %s", bzb_strerror(err));
	err = add_all(&adder, &dynamic);
	if (!err)
		verify_add_relocs(file, adder.relocs, adder.count);
	free(adder.relocs);
	return err;
}
