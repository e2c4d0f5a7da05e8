/* SPDX-License-Identifier: BSD-2-Clause */
/* The payload ELF, whose file layout is its memory layout. */
#include <bzboot/image.h>

static bool is_loaded(const struct bzb_elf_segment *s)
{
	return s->type == BZB_PT_LOAD && s->memsz;
}

/* Headers in a segment would change while they are worked through. */
static bool headers_are_in_gap(const struct bzb_image *image)
{
	const struct bzb_elf *elf = &image->elf;
	struct bzb_span gap = { elf->file.data, (size_t)image->gap }, table;

	return !bzb_slice(gap, elf->phoff, bzb_elf_phdrs_size(elf), &table) &&
	       !bzb_slice(gap, elf->shnum ? elf->shoff : 0, bzb_elf_shdrs_size(elf), &table);
}

int bzb_image_parse(struct bzb_span file, struct bzb_image *ret)
{
	struct bzb_image image;
	bool first = true;
	int err = bzb_elf_parse(file, &image.elf);

	if (err)
		return err;
	image.gap = 0;
	image.virtual_address = 0;
	for (unsigned int i = 0; i < image.elf.phnum; i++) {
		struct bzb_elf_segment s = bzb_elf_segment(&image.elf, i);

		if (!is_loaded(&s))
			continue;
		if (first) {
			image.gap = s.offset;
			image.virtual_address = s.vaddr;
		}
		first = false;
		/* The offset of s is not below that of the first: both are in
		 * the file, and a segment elsewhere fails the comparison. */
		if (s.offset - image.gap != s.paddr - image.elf.load_address)
			return -BZB_ERR_BADLAYOUT;
	}
	if (!image.gap ||
	    (image.gap - image.elf.load_address) % BZB_IMAGE_GAP_UNIT ||
	    !headers_are_in_gap(&image))
		return -BZB_ERR_BADLAYOUT;
	if (image.elf.memory_size > UINT64_MAX - image.gap)
		return -BZB_ERR_BADLAYOUT;
	image.memory_size = image.gap + image.elf.memory_size;
	if (file.size > image.memory_size)
		return -BZB_ERR_BADLAYOUT;
	image.entry_offset = image.gap + image.elf.entry_offset;
	*ret = image;
	return 0;
}

void bzb_image_clear_bss(const struct bzb_image *image, void *memory,
			 uint64_t size)
{
	for (unsigned int i = 0; i < image->elf.phnum; i++) {
		struct bzb_elf_segment s = bzb_elf_segment(&image->elf, i);
		uint64_t start = s.offset + s.filesz, end = s.offset + s.memsz;

		if (end > size)
			end = size;
		if (is_loaded(&s) && start < end)
			memset((unsigned char *)memory + start, 0,
			       (size_t)(end - start));
	}
}
