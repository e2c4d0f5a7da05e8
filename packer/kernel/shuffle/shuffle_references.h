/* SPDX-License-Identifier: BSD-2-Clause */
/* The fields of a kernel, as their relocations and their own bytes describe them. */
#ifndef PACKER_SHUFFLE_REFERENCES_H
#define PACKER_SHUFFLE_REFERENCES_H

#include <bzboot/shuffle.h>

#include "decoded.h"

/* A field that says where something is: what its relocation and its bytes say of it. */
struct shuffle_reference {
	uint32_t offset; /* of the field, from the load address */
	enum bzb_shuffle_kind kind;
	uint64_t target; /* offset from the load address; may be outside the memory */
	const struct vmlinux_symbol *symbol;   /* NULL: the target is known by its value */
	const struct decoded_operand *operand; /* NULL: the field is not in code */
};

/**
 * shuffle_target() - where a field points to
 * @vmlinux: the kernel
 * @kind: of the field
 * @offset: of the field, in the memory
 *
 * returns: an offset from the load address, which may be outside the memory
 */
uint64_t shuffle_target(const struct vmlinux *vmlinux, enum bzb_shuffle_kind kind, uint32_t offset);

/**
 * shuffle_reference_read() - read what a relocation says
 * @vmlinux: the kernel
 * @decoded: its code
 * @relocs: a section of relocations
 * @number: of the relocation in it
 * @ret: the result; untouched if there is none
 *
 * returns: 1; 0 if the relocation says nothing about a field, or its field is in no operand; -1 if
 * it is of an unknown type
 */
int shuffle_reference_read(const struct vmlinux *vmlinux, const struct decoded *decoded,
			   const struct vmlinux_relocs *relocs, size_t number,
			   struct shuffle_reference *ret);

/**
 * shuffle_reference_slot() - find the field of .got that code refers to
 * @vmlinux: the kernel
 * @relocs: a section of relocations for code
 * @number: of the relocation in it
 * @ret: its address; untouched if there is none
 *
 * Linkers make many instructions refer to the symbol itself instead.
 *
 * returns: false if the relocation is none for .got, or the instruction refers to the symbol
 */
bool shuffle_reference_slot(const struct vmlinux *vmlinux, const struct vmlinux_relocs *relocs,
			    size_t number, uint64_t *ret);

/**
 * shuffle_reference_by_plt() - whether a call leads elsewhere than its relocation says
 * @vmlinux: the kernel
 * @entry: the relocation
 * @field: its bytes
 *
 * It may lead to .plt, or nowhere, if the function is not there.
 */
bool shuffle_reference_by_plt(const struct vmlinux *vmlinux, const struct bzb_elf_rela *entry,
			      const unsigned char *field);

/**
 * shuffle_relocation_value() - what a relocation adds up to, from its field
 * @type: R_X86_64_*
 * @address: of the field, virtual
 * @field: its bytes
 * @ret: S + A of the psABI; untouched if there is none
 *
 * returns: whether the field of such a type says it
 */
bool shuffle_relocation_value(uint32_t type, uint64_t address, const unsigned char *field,
			      uint64_t *ret);

/**
 * shuffle_code_kind() - the kind of an operand's field
 * @operand: of an instruction; of 4 or 8 bytes
 * @ret: the kind; untouched on error
 *
 * returns: false if there is no such kind
 */
bool shuffle_code_kind(const struct decoded_operand *operand, enum bzb_shuffle_kind *ret);

#endif
