/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The facts of a kernel's setup header that its ELF lacks, as a note in the payload ELF: so an
 * extracted ELF can be packed into the same image again.
 */
#ifndef PACKER_KERNEL_NOTE_H
#define PACKER_KERNEL_NOTE_H

#include <bzboot/elf.h>

/* ukify looks for the version within 128 bytes. */
#define KERNEL_VERSION_SIZE 128

/* Where a kernel can run, as its input states. The numbers are part of the note in the payload. */
enum kernel_place {
	KERNEL_PLACE_UNKNOWN,	   /* unknown: an ELF has no field for it */
	KERNEL_PLACE_LOAD_ADDRESS, /* relocatable_kernel is 0 */
	KERNEL_PLACE_ANY,	   /* relocatable_kernel is 1 */
};

/* gABI, "Note Section": an Elf64_Nhdr, the name, padded to 4 bytes, and the descriptor. */
struct kernel_note {
	bzb_le32 n_namesz, n_descsz, n_type;
	char name[8];			   /* "bzboot" */
	bzb_le32 alignment;		   /* as in struct kernel */
	bzb_le16 xloadflags;		   /* likewise */
	bzb_le16 setup_types;		   /* setup_type_max without SETUP_INDIRECT; 0: not
					      known */
	char version[KERNEL_VERSION_SIZE]; /* likewise */
	bzb_le32 place;			   /* enum kernel_place; older notes end before it */
};
_Static_assert(sizeof(struct kernel_note) == 32 + KERNEL_VERSION_SIZE, "note");

/**
 * kernel_note_blank() - a note that states nothing yet
 *
 * returns: the note, for the section PAYLOAD_NOTE_SECTION
 */
struct kernel_note kernel_note_blank(void);

/**
 * kernel_note_find() - the note in an ELF
 * @elf: any
 * @ret: the note, its version terminated, what an older one does not have 0; untouched if there is
 *	none
 *
 * returns: whether there is one
 */
bool kernel_note_find(const struct bzb_elf *elf, struct kernel_note *ret);

#endif
