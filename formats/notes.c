/* SPDX-License-Identifier: BSD-2-Clause */
/* Notes of an ELF: gABI, "Note Section". */
#include <bzboot/notes.h>

/* Elf64_Nhdr; name and descriptor follow, each padded to 4 bytes. */
struct note_header {
	bzb_le32 n_namesz, n_descsz, n_type;
};

struct note {
	struct bzb_span name, descriptor;
	uint32_t type;
};

/* Cuts @size bytes and their padding off the front of @left. */
static int cut(struct bzb_span *left, uint32_t size, struct bzb_span *ret)
{
	int err = bzb_slice(*left, 0, size, ret);
	uint64_t padded = bzb_align_up(size, 4);

	if (err)
		return err;
	if (padded > left->size)
		padded = left->size;
	return bzb_slice(*left, padded, left->size - padded, left);
}

static bool next_note(struct bzb_span *left, struct note *ret)
{
	struct note_header header;
	struct bzb_span bytes;

	if (cut(left, sizeof(header), &bytes))
		return false;
	memcpy(&header, bytes.data, sizeof(header));
	ret->type = bzb_ld32(header.n_type);
	return !cut(left, bzb_ld32(header.n_namesz), &ret->name) &&
	       !cut(left, bzb_ld32(header.n_descsz), &ret->descriptor);
}

/* The name counts its NUL. */
static bool is_owner(struct bzb_span name, const char *owner)
{
	for (size_t i = 0; i < name.size && name.data[i] == (unsigned char)owner[i]; i++)
		if (!owner[i])
			return i + 1 == name.size;
	return false;
}

int bzb_note_find_in(struct bzb_span notes, const char *owner, uint32_t type, struct bzb_span *ret)
{
	struct note note;

	while (next_note(&notes, &note))
		if (note.type == type && is_owner(note.name, owner)) {
			*ret = note.descriptor;
			return 0;
		}
	return -BZB_ERR_NOTFOUND;
}

int bzb_note_find(const struct bzb_elf *elf, const char *owner, uint32_t type, struct bzb_span *ret)
{
	for (unsigned int i = 0; i < elf->phnum; i++) {
		struct bzb_elf_segment segment = bzb_elf_segment(elf, i);
		struct bzb_span notes;

		if (segment.type == BZB_PT_NOTE &&
		    !bzb_slice(elf->file, segment.offset, segment.filesz, &notes) &&
		    !bzb_note_find_in(notes, owner, type, ret))
			return 0;
	}
	return -BZB_ERR_NOTFOUND;
}
