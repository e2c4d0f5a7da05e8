/* SPDX-License-Identifier: BSD-2-Clause */
/* Notes of an ELF: bzboot/notes.h */
#include "kernels.h"

/* Two notes: "Ab", type 5, with 3 bytes, and "Xen", type 19, with 5 bytes, not padded. */
#define NOTES                                                                  \
	"\3\0\0\0\3\0\0\0\5\0\0\0Ab\0\0one\0"                                  \
	"\4\0\0\0\5\0\0\0\x13\0\0\0Xen\0other"

static int find_in(struct bzb_span notes, const char *owner, uint32_t type)
{
	struct bzb_span found;

	return WATCHED(&found, bzb_note_find_in(notes, owner, type, &found));
}

static void finds_notes_by_owner_and_type(void)
{
	const struct bzb_span notes = exact(TEXT(NOTES));
	struct bzb_span found;

	CHECK_OK(bzb_note_find_in(notes, "Ab", 5, &found));
	CHECK_TEXT("one", found);
	CHECK_OK(bzb_note_find_in(notes, "Xen", 19, &found));
	CHECK_TEXT("other", found);
	CHECK_ERR(BZB_ERR_NOTFOUND, find_in(notes, "Xen", 5));
	CHECK_ERR(BZB_ERR_NOTFOUND, find_in(notes, "A", 5));
	CHECK_ERR(BZB_ERR_NOTFOUND, find_in(notes, "Abc", 5));
	CHECK_ERR(BZB_ERR_NOTFOUND, find_in(notes, "", 5));
}

/* A name counts its NUL. */
static void notes_past_the_end_are_not_found(void)
{
	const struct bzb_span notes = TEXT(NOTES);

	for (size_t size = 0; size < notes.size; size++)
		CHECK_ERR(BZB_ERR_NOTFOUND,
			  find_in(exact((struct bzb_span){ notes.data, size }), "Xen", 19));
	CHECK_ERR(BZB_ERR_NOTFOUND, find_in(CHANGED(notes, { 0, 4, UINT32_MAX }), "Ab", 5));
	CHECK_ERR(BZB_ERR_NOTFOUND, find_in(CHANGED(notes, { 4, 4, UINT32_MAX }), "Ab", 5));
	CHECK_ERR(BZB_ERR_NOTFOUND, find_in(CHANGED(notes, { 0, 4, 2 }), "Ab", 5));
	CHECK_ERR(BZB_ERR_NOTFOUND, find_in(CHANGED(notes, { 0, 4, 4 }), "Ab", 5));
}

static void finds_notes_of_program_headers(void)
{
	unsigned char *bytes = make_vmlinux(0);
	struct bzb_elf elf;
	struct bzb_span found;

	put(bytes, 0x38, 2, 4);
	put_segment(bytes, 2, 4, FILE_END, 0x200, 8, 8);
	put_segment(bytes, 3, 4, TEXT_AT + 0x200, 0x200, sizeof(NOTES) - 1, 0x100);
	memcpy(bytes + TEXT_AT + 0x200, NOTES, sizeof(NOTES) - 1);
	elf = elf_of((struct bzb_span){ bytes, FILE_END });
	CHECK_OK(bzb_note_find(&elf, "Xen", 19, &found));
	CHECK_TEXT("other", found);
	CHECK_ERR(BZB_ERR_NOTFOUND, WATCHED(&found, bzb_note_find(&elf, "Xen", 18, &found)));
}

static const struct test tests[] = {
	{ "notes are found by owner and type", finds_notes_by_owner_and_type },
	{ "notes that go past the end are not found", notes_past_the_end_are_not_found },
	{ "notes that program headers point to are found", finds_notes_of_program_headers },
};

int main(void)
{
	return RUN_TESTS(tests);
}
