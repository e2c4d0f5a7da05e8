/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the parts of dwarf_move(). */
#ifndef PACKER_DWARF_PARTS_H
#define PACKER_DWARF_PARTS_H

#include "dwarf_move.h"

/* DWARF 5, 7.4: the 64-bit format is not read. */
enum { DWARF_ADDRESS_SIZE = 8, DWARF_LENGTH_SIZE = 4 };

/* --- reading -------------------------------------------------------------------------- */

/* A place in bytes. After one read beyond their end, all are zeros. */
struct dwarf_reader {
	struct bzb_span bytes;
	size_t at;
	bool bad;
};

/**
 * dwarf_take() - go on
 * @r: set behind what is read
 * @size: bytes
 *
 * returns: the bytes; NULL if they are not all there
 */
const unsigned char *dwarf_take(struct dwarf_reader *r, uint64_t size);

/**
 * dwarf_u8() and so on - read a number
 * @r: set behind it
 *
 * returns: the number
 */
uint8_t dwarf_u8(struct dwarf_reader *r);
uint16_t dwarf_u16(struct dwarf_reader *r);
uint32_t dwarf_u32(struct dwarf_reader *r);
uint64_t dwarf_u64(struct dwarf_reader *r);
uint64_t dwarf_uleb(struct dwarf_reader *r);
int64_t dwarf_sleb(struct dwarf_reader *r);

/**
 * dwarf_unit() - read the length of a unit
 * @r: set behind the unit
 * @ret: the unit, from behind its length on
 *
 * returns: false if it has the 64-bit format, or is not all there
 */
bool dwarf_unit(struct dwarf_reader *r, struct dwarf_reader *ret);

/**
 * dwarf_at_end() - whether there is nothing more to read
 * @r: any
 *
 * returns: true after the last byte, and after a read beyond it
 */
static inline bool dwarf_at_end(const struct dwarf_reader *r)
{
	return r->bad || r->at >= r->bytes.size;
}

/* --- writing -------------------------------------------------------------------------- */

/* Bytes that become more. */
struct dwarf_writer {
	struct blob blob;
	size_t size;
};

/**
 * dwarf_put() and so on - write bytes, or a number
 * @w: gets them
 */
void dwarf_put(struct dwarf_writer *w, const void *bytes, size_t size);
void dwarf_put_u8(struct dwarf_writer *w, unsigned int value);
void dwarf_put_u16(struct dwarf_writer *w, unsigned int value);
void dwarf_put_u32(struct dwarf_writer *w, uint64_t value);
void dwarf_put_u64(struct dwarf_writer *w, uint64_t value);
void dwarf_put_uleb(struct dwarf_writer *w, uint64_t value);
void dwarf_put_sleb(struct dwarf_writer *w, int64_t value);

/**
 * dwarf_begin_unit() - leave room for the length of a unit
 * @w: gets the room
 *
 * returns: the place of the unit, for dwarf_end_unit()
 */
size_t dwarf_begin_unit(struct dwarf_writer *w);

/**
 * dwarf_end_unit() - write the length of a unit that is complete
 * @w: its end is that of the unit
 * @start: of dwarf_begin_unit()
 */
void dwarf_end_unit(struct dwarf_writer *w, size_t start);

/**
 * dwarf_finish() - give the bytes away
 * @w: empty afterwards
 *
 * returns: the bytes, for blob_free()
 */
struct blob dwarf_finish(struct dwarf_writer *w);

/**
 * dwarf_is_too_large() - whether a section has grown without reason
 * @w: the new section
 * @old: the old one
 *
 * Data that overlaps, or repeats all code, would otherwise have no end.
 *
 * returns: true if it has
 */
static inline bool dwarf_is_too_large(const struct dwarf_writer *w, struct bzb_span old)
{
	return w->size > 16 * old.size + (16u << 20);
}

/* --- where code has gone ---------------------------------------------------------------- */

/**
 * dwarf_run_at() - find the run that has a byte
 * @move: with runs
 * @address: of the byte, before
 *
 * returns: the run; one that stays reaches from the run before it to the one behind
 */
struct dwarf_run dwarf_run_at(const struct dwarf_move *move, uint64_t address);

/**
 * dwarf_moved() - where a byte has gone
 * @move: with runs
 * @address: before
 *
 * returns: its address; as it was, if it is in padding that is gone
 */
uint64_t dwarf_moved(const struct dwarf_move *move, uint64_t address);

/**
 * dwarf_moved_end() - where the end of code has gone
 * @move: with runs
 * @address: behind the last byte, before
 *
 * returns: the address behind that byte now
 */
static inline uint64_t dwarf_moved_end(const struct dwarf_move *move, uint64_t address)
{
	return dwarf_moved(move, address - 1) + 1;
}

/* A part of a range of addresses. */
struct dwarf_part {
	uint64_t start, size; /* where it is now */
	uint64_t run_end;     /* of the run that it is in, now */
};

/**
 * dwarf_next_part() - cut the next part off a range
 * @move: with runs
 * @start: of the range, before; set behind the part
 * @end: of the range
 * @ret: the part; undefined on error
 *
 * returns: false if nothing is left but padding that is gone
 */
bool dwarf_next_part(const struct dwarf_move *move, uint64_t *start, uint64_t end,
		     struct dwarf_part *ret);

/* --- .debug_abbrev -------------------------------------------------------------------- */

struct dwarf_attribute {
	uint16_t name, form;
	uint32_t at; /* of its declaration, in the section */
};

/* Codes count from 1 on. */
struct dwarf_abbreviation {
	uint32_t tag;
	bool has_children;
	size_t first, count; /* in the list of attributes */
};

struct dwarf_abbreviations {
	uint64_t offset, end; /* in the section */
	struct dwarf_abbreviation *rows;
	size_t count, room;
	struct dwarf_attribute *attributes;
	size_t attribute_count, attribute_room;
	bool is_read;
};

/**
 * dwarf_abbrev_read() - read a table of abbreviations
 * @section: .debug_abbrev
 * @offset: of the table
 * @ret: for dwarf_abbrev_free(); may have another table before
 * @why: what is not understood
 *
 * returns: 0, or -1 on error
 */
int dwarf_abbrev_read(struct bzb_span section, uint64_t offset, struct dwarf_abbreviations *ret,
		      struct why *why);

/**
 * dwarf_abbrev_free() - free it
 * @abbreviations: may be all zero
 */
void dwarf_abbrev_free(struct dwarf_abbreviations *abbreviations);

/**
 * dwarf_abbrev_find() - find an abbreviation
 * @abbreviations: as read
 * @code: of it
 *
 * returns: NULL if there is none
 */
const struct dwarf_abbreviation *dwarf_abbrev_find(const struct dwarf_abbreviations *abbreviations,
						   uint64_t code);

/* --- the parts ------------------------------------------------------------------------ */

/* The lists of a section that have been written again, by their old offsets. */
struct dwarf_memo {
	struct dwarf_memo_row {
		uint64_t base;
		uint32_t old, list, views;
		bool is_used, has_views;
	} *rows;
	size_t count, size; /* size: a power of two */
};

/* The new sections of lists, while they are written. */
struct dwarf_lists {
	struct dwarf_move *move;
	struct dwarf_writer writers[DWARF_SECTION_COUNT];
	size_t units[DWARF_SECTION_COUNT]; /* of the unit that is open, + 1; 0: none */
	struct dwarf_memo memos[DWARF_SECTION_COUNT];
	struct why *why;
};

/* A list as it is referred to. */
struct dwarf_list {
	unsigned int version; /* of the unit */
	uint64_t base;	      /* of the unit, before */
	bool is_locations;
	uint64_t offset;
	bool has_views;
	uint64_t views;
};

/**
 * dwarf_lists_move() - write a list again
 * @lists: gets it, once
 * @list: as it was
 * @ret: the offset of the new one
 * @ret_views: the offset of its views, if it has them
 *
 * returns: 0, or -1 on error, with a reason
 */
int dwarf_lists_move(struct dwarf_lists *lists, const struct dwarf_list *list, uint32_t *ret,
		     uint32_t *ret_views);

/**
 * dwarf_lists_range() - write a list of ranges for code that was one range
 * @lists: gets it
 * @version: of the unit
 * @start: of the code, before
 * @end: likewise
 * @ret: the offset of the list
 *
 * returns: 0, or -1 on error, with a reason
 */
int dwarf_lists_range(struct dwarf_lists *lists, unsigned int version, uint64_t start, uint64_t end,
		      uint32_t *ret);

/**
 * dwarf_lists_end_unit() - the unit that lists were written for is complete
 * @lists: with its lists
 */
void dwarf_lists_end_unit(struct dwarf_lists *lists);

/**
 * dwarf_lists_finish() - give the sections to lists->move
 * @lists: complete
 *
 * returns: 0, or -1 on error, with a reason
 */
int dwarf_lists_finish(struct dwarf_lists *lists);

/**
 * dwarf_lists_free() - free what is left
 * @lists: may be all zero
 */
void dwarf_lists_free(struct dwarf_lists *lists);

/* Where line programs have gone. */
struct dwarf_lines {
	struct dwarf_line_place {
		uint32_t old, new;
	} *places;
	size_t count, room;
};

/**
 * dwarf_line_move() - write all line programs again
 * @move: gets the section
 * @ret: where each has gone; its places for free()
 * @why: what is not understood
 *
 * A sequence ends where its run of code ends, and another one begins.
 *
 * returns: 0, or -1 on error
 */
int dwarf_line_move(struct dwarf_move *move, struct dwarf_lines *ret, struct why *why);

/**
 * dwarf_line_find() - find a line program
 * @lines: of dwarf_line_move()
 * @old: its offset before
 * @ret: its offset now; untouched on error
 *
 * returns: 0, or -1 if none began there
 */
int dwarf_line_find(const struct dwarf_lines *lines, uint64_t old, uint32_t *ret);

/**
 * dwarf_expression_move() - move the addresses in an expression
 * @move: with runs
 * @bytes: the expression, changed
 * @size: bytes
 *
 * returns: 0, or -1 if it has an operation that is not known
 */
int dwarf_expression_move(const struct dwarf_move *move, unsigned char *bytes, size_t size);

/**
 * dwarf_info_move() - move .debug_info, and write its abbreviations and lists
 * @move: gets these sections
 * @lines: where line programs have gone
 * @why: what is not understood
 *
 * returns: 0, or -1 on error
 */
int dwarf_info_move(struct dwarf_move *move, const struct dwarf_lines *lines, struct why *why);

/**
 * dwarf_frame_move() - move .debug_frame
 * dwarf_aranges_move() - write .debug_aranges again
 * @move: gets the section
 * @why: what is not understood
 *
 * returns: 0, or -1 on error
 */
int dwarf_frame_move(struct dwarf_move *move, struct why *why);
int dwarf_aranges_move(struct dwarf_move *move, struct why *why);

#endif
