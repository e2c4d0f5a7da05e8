/* SPDX-License-Identifier: BSD-2-Clause */
/* A kernel in an ELF whose file layout is not its memory layout. */
#include <bzboot/notes.h>
#include <bzboot/vmlinux.h>

/* The virtual memory that Linux reserves for its image (KERNEL_IMAGE_SIZE). */
#define ALIGNMENT_MAX ((uint64_t)1 << 30)

static bool is_loaded(const struct bzb_elf_segment *s)
{
	return s->type == BZB_PT_LOAD && s->memsz;
}

/* --- images ------------------------------------------------------------------------ */

bool bzb_vmlinux_is_image(const struct bzb_elf *elf)
{
	struct bzb_elf_place place;
	enum bzb_machine machine;
	struct bzb_span mark;

	return !bzb_elf_is_x86_64(elf) && !bzb_elf_machine(elf, &machine) &&
	       !bzb_elf_find_load(elf, BZB_ELF_PHYSICAL, elf->load_address, &place) &&
	       place.segment.filesz >= BZB_IMAGE_MARK_AT + 4 &&
	       !bzb_slice(elf->file, place.segment.offset + BZB_IMAGE_MARK_AT, 4, &mark) &&
	       bzb_get32(mark.data) == bzb_machine_image_mark(machine);
}

/* --- parsing ---------------------------------------------------------------------- */

/* The largest alignment that p_vaddr and p_paddr share, if it is less than p_align. */
static uint64_t alignment_of(const struct bzb_elf_segment *s)
{
	uint64_t difference = s->vaddr - s->paddr;
	uint64_t common = difference & -difference;

	return common && common < s->align ? common : s->align;
}

static int find_alignment(const struct bzb_elf *elf, uint32_t *ret)
{
	uint64_t largest = BZB_KERNEL_GAP_UNIT;

	for (unsigned int i = 0; i < elf->phnum; i++) {
		struct bzb_elf_segment s = bzb_elf_segment(elf, i);

		if (!is_loaded(&s))
			continue;
		if (s.align & (s.align - 1) || alignment_of(&s) > ALIGNMENT_MAX)
			return -BZB_ERR_BADSEGMENT;
		if (alignment_of(&s) > largest)
			largest = alignment_of(&s);
	}
	*ret = (uint32_t)largest;
	return 0;
}

static int find_sections(struct bzb_vmlinux *vmlinux)
{
	return bzb_relocs_find_in_file(&vmlinux->elf, &vmlinux->relocs);
}

/* Files are padded with zeros. A table of nothing but zeros lists no field. */
static int find_table(struct bzb_vmlinux *vmlinux)
{
	const struct bzb_elf *elf = &vmlinux->elf;
	struct bzb_span rest;
	size_t zeros = 0;

	if (!bzb_elf_is_x86_64(elf) ||
	    bzb_slice(elf->file, elf->end, elf->file.size - elf->end, &rest))
		return -BZB_ERR_NOTFOUND;
	while (zeros < rest.size && !rest.data[zeros])
		zeros++;
	if (zeros == rest.size)
		return -BZB_ERR_NOTFOUND;
	return bzb_kernel_relocs_parse(elf, rest, &vmlinux->table);
}

static int find_rela(struct bzb_vmlinux *vmlinux)
{
	const struct bzb_elf *elf = &vmlinux->elf;

	for (unsigned int i = 0; i < elf->shnum; i++) {
		struct bzb_elf_section section = bzb_elf_section(elf, i);

		if (bzb_rela_is_emitted(elf, &section))
			return 0;
	}
	return -BZB_ERR_NOTFOUND;
}

static int find_dynamic(struct bzb_vmlinux *vmlinux)
{
	return bzb_dynamic_find(&vmlinux->elf, &vmlinux->dynamic);
}

static const struct {
	enum bzb_vmlinux_source source;
	int (*find)(struct bzb_vmlinux *vmlinux); /* -BZB_ERR_NOTFOUND: it has none */
} sources[] = {
	{ BZB_VMLINUX_SECTIONS, find_sections },
	{ BZB_VMLINUX_TABLE, find_table },
	{ BZB_VMLINUX_RELA, find_rela },
	{ BZB_VMLINUX_DYNAMIC, find_dynamic },
};

static int find_source(struct bzb_vmlinux *vmlinux)
{
	int err = -BZB_ERR_NOTFOUND;

	if (bzb_vmlinux_is_image(&vmlinux->elf))
		return 0;
	for (size_t i = 0; i < BZB_ARRAY_SIZE(sources) && err == -BZB_ERR_NOTFOUND; i++) {
		err = sources[i].find(vmlinux);
		if (!err)
			vmlinux->source = sources[i].source;
	}
	return err == -BZB_ERR_NOTFOUND ? 0 : err;
}

int bzb_vmlinux_parse(struct bzb_span file, struct bzb_vmlinux *ret)
{
	struct bzb_vmlinux vmlinux = { .source = BZB_VMLINUX_NONE };
	int err;

	if ((err = bzb_elf_parse(file, &vmlinux.elf)) ||
	    (err = find_alignment(&vmlinux.elf, &vmlinux.alignment)) ||
	    (err = find_source(&vmlinux)))
		return err;
	*ret = vmlinux;
	return 0;
}

/* --- fixed kernels ---------------------------------------------------------------- */

/* Xen, include/public/elfnote.h */
#define XEN_PHYS32_RELOC 19u

/* Linux, init/version-timestamp.c; its format string has no digit there. */
#define BANNER "Linux version "

static bool has_banner(struct bzb_span bytes)
{
	const size_t size = sizeof(BANNER) - 1;

	for (size_t at = 0; bytes.size > size && at < bytes.size - size; at++)
		if (bytes.data[at] == BANNER[0] && !memcmp(bytes.data + at, BANNER, size) &&
		    bytes.data[at + size] >= '0' && bytes.data[at + size] <= '9')
			return true;
	return false;
}

/* Linux runs at any physical address (phys_base). Segments that share bytes of the file are not
 * searched for longer than the file is long. */
static bool finds_itself(const struct bzb_elf *elf)
{
	size_t left = elf->file.size;
	struct bzb_span note;

	if (!bzb_note_find(elf, "Xen", XEN_PHYS32_RELOC, &note))
		return true;
	for (unsigned int i = 0; i < elf->phnum; i++) {
		struct bzb_elf_segment s = bzb_elf_segment(elf, i);
		struct bzb_span bytes;

		if (s.type != BZB_PT_LOAD || bzb_slice(elf->file, s.offset, s.filesz, &bytes) ||
		    bytes.size > left)
			continue;
		if (has_banner(bytes))
			return true;
		left -= bytes.size;
	}
	return false;
}

bool bzb_vmlinux_is_fixed(const struct bzb_vmlinux *vmlinux)
{
	const struct bzb_elf *elf = &vmlinux->elf;

	if (vmlinux->source != BZB_VMLINUX_NONE || elf->type == BZB_ET_DYN ||
	    bzb_vmlinux_is_image(elf))
		return false;
	return elf->virtual_address == elf->load_address || !finds_itself(elf);
}

/* --- loading ---------------------------------------------------------------------- */

/* Segments ascend, and do not overlap in memory. */
int bzb_vmlinux_load(const struct bzb_vmlinux *vmlinux, void *memory)
{
	const struct bzb_elf *elf = &vmlinux->elf;
	unsigned char *to = memory;
	uint64_t end = 0;

	for (unsigned int i = 0; i < elf->phnum; i++) {
		struct bzb_elf_segment s = bzb_elf_segment(elf, i);
		uint64_t start = s.paddr - elf->load_address;

		if (!is_loaded(&s))
			continue;
		memset(to + end, 0, (size_t)(start - end));
		memcpy(to + start, elf->file.data + s.offset, (size_t)s.filesz);
		end = start + s.filesz;
	}
	memset(to + end, 0, (size_t)(elf->memory_size - end));
	return vmlinux->source == BZB_VMLINUX_DYNAMIC ?
		       bzb_dynamic_write(&vmlinux->dynamic, memory) :
		       0;
}

/* --- moving ----------------------------------------------------------------------- */

int bzb_vmlinux_walk(const struct bzb_vmlinux *vmlinux, bzb_reloc_visit *visit, void *context)
{
	switch (vmlinux->source) {
	case BZB_VMLINUX_NONE:
		break;
	case BZB_VMLINUX_SECTIONS:
		return bzb_relocs_walk(&vmlinux->relocs, visit, context);
	case BZB_VMLINUX_TABLE:
		return bzb_kernel_relocs_walk(&vmlinux->table, vmlinux->elf.virtual_address, visit,
					      context);
	case BZB_VMLINUX_RELA:
		return bzb_rela_walk(&vmlinux->elf, visit, context);
	case BZB_VMLINUX_DYNAMIC:
		return bzb_dynamic_walk(&vmlinux->dynamic, visit, context);
	}
	return 0;
}

int bzb_vmlinux_move(const struct bzb_vmlinux *vmlinux, void *memory, uint64_t slide)
{
	struct bzb_mover mover = { memory, slide };

	if (vmlinux->source == BZB_VMLINUX_NONE)
		return -BZB_ERR_NOTFOUND;
	return slide ? bzb_vmlinux_walk(vmlinux, bzb_reloc_move, &mover) : 0;
}
