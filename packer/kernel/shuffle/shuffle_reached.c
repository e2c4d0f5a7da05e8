/* SPDX-License-Identifier: BSD-2-Clause */
#include "shuffle_reached.h"

#include "io/array.h"
#include "linux_edges.h"
#include "linux_places.h"
#include "linux_sections.h"
#include "shuffle_references.h"

/* The references that are being looked for. */
struct marker {
	const struct vmlinux *v;
	const struct decoded *decoded;
	const struct shuffle_range *pieces;
	size_t piece_count;
	const struct vmlinux_section *section;
	unsigned char *reached;
};

/* The number of a piece; -1 if no piece has the byte */
static long piece_at(const struct marker *m, uint64_t offset)
{
	const size_t next = array_first_from(&m->pieces[0].offset, m->piece_count,
					     sizeof(m->pieces[0]), offset + 1);
	const struct shuffle_range *piece = &m->pieces[next ? next - 1 : 0];

	return next && offset - piece->offset < piece->size ? (long)next - 1 : -1;
}

/* @from: the piece that refers to it, or -1 */
static void mark(struct marker *m, long from, uint64_t offset)
{
	if (offset - m->section->offset <= m->section->size &&
	    (from < 0 || from != piece_at(m, offset)))
		m->reached[offset - m->section->offset] = 1;
}

/* The addend may be of a distance from elsewhere, so the symbol itself counts, too. */
static void mark_reference(struct marker *m, const struct shuffle_reference *reference)
{
	const long from = piece_at(m, reference->offset);

	if (reference->symbol && linux_is_edge(reference->symbol->name))
		return;
	mark(m, from, reference->target);
	if (reference->symbol && reference->symbol->is_address)
		mark(m, from, reference->symbol->address - m->v->address);
}

static void mark_relocations(struct marker *m, const struct vmlinux_relocs *relocs,
			     const struct linux_places *places)
{
	struct shuffle_reference reference;

	for (size_t i = 0; i < relocs->count; i++)
		if (shuffle_reference_read(m->v, m->decoded, relocs, i, &reference) > 0 &&
		    !linux_places_have(places, bzb_ld64(relocs->entries[i].r_offset)))
			mark_reference(m, &reference);
}

unsigned char *shuffle_reached(const struct vmlinux *vmlinux, const struct decoded *decoded,
			       const struct shuffle_range *pieces, size_t count,
			       const struct vmlinux_section *section)
{
	const struct linux_places places = linux_places_find(vmlinux);
	struct marker m = { vmlinux, decoded, pieces,
			    count,   section, array_new((size_t)section->size + 1, 1) };

	for (size_t i = 0; i < vmlinux->reloc_section_count; i++) {
		const struct vmlinux_section *target = vmlinux->relocs[i].target;

		if (target->in_file && !linux_section_says_places(target->name))
			mark_relocations(&m, &vmlinux->relocs[i], &places);
	}
	for (size_t i = 0; i < decoded->count; i++) {
		const struct decoded_operand *operand = &decoded->operands[i];

		if (operand->is_relative)
			mark(&m, piece_at(&m, operand->field), decoded_target(vmlinux, operand));
	}
	return m.reached;
}
