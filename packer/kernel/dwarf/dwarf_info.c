/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DWARF 5, 7.5. Entries keep their size, and so nothing that refers to one changes. A unit whose code
 * was one range, and is several now, gets a list of ranges, in the place of its end.
 */
#include <stdlib.h>

#include "dwarf_parts.h"

/* DWARF 5, 7.5.1, 7.5.4 to 7.5.6; GNU's own */
enum {
	DW_UT_compile = 1,
	DW_UT_partial = 3,

	DW_TAG_subprogram = 0x2e,
	DW_TAG_GNU_call_site = 0x4109,

	DW_AT_location = 0x02,
	DW_AT_stmt_list = 0x10,
	DW_AT_low_pc = 0x11,
	DW_AT_high_pc = 0x12,
	DW_AT_string_length = 0x19,
	DW_AT_return_addr = 0x2a,
	DW_AT_start_scope = 0x2c,
	DW_AT_data_member_location = 0x38,
	DW_AT_frame_base = 0x40,
	DW_AT_identifier_case = 0x42,
	DW_AT_segment = 0x46,
	DW_AT_static_link = 0x48,
	DW_AT_use_location = 0x4a,
	DW_AT_vtable_elem_location = 0x4d,
	DW_AT_ranges = 0x55,
	DW_AT_call_return_pc = 0x7d,
	DW_AT_GNU_locviews = 0x2137,

	DW_FORM_addr = 0x01,
	DW_FORM_block2 = 0x03,
	DW_FORM_block4,
	DW_FORM_data2,
	DW_FORM_data4,
	DW_FORM_data8,
	DW_FORM_string,
	DW_FORM_block,
	DW_FORM_block1,
	DW_FORM_data1,
	DW_FORM_flag,
	DW_FORM_sdata,
	DW_FORM_strp,
	DW_FORM_udata,
	DW_FORM_ref_addr,
	DW_FORM_ref1,
	DW_FORM_ref2,
	DW_FORM_ref4,
	DW_FORM_ref8,
	DW_FORM_ref_udata,
	DW_FORM_sec_offset = 0x17,
	DW_FORM_exprloc,
	DW_FORM_flag_present,
	DW_FORM_strx,
	DW_FORM_data16 = 0x1e,
	DW_FORM_line_strp,
	DW_FORM_ref_sig8,
	DW_FORM_implicit_const,
	DW_FORM_strx1 = 0x25,
	DW_FORM_strx2,
	DW_FORM_strx3,
	DW_FORM_strx4,
};

/* How many bytes a value has, if that does not depend on the value. */
enum { BY_VALUE = 0x20, UNKNOWN = 0 };
static const unsigned char form_sizes[] = {
	[DW_FORM_addr] = 8,
	[DW_FORM_block2] = BY_VALUE,
	[DW_FORM_block4] = BY_VALUE,
	[DW_FORM_data2] = 2,
	[DW_FORM_data4] = 4,
	[DW_FORM_data8] = 8,
	[DW_FORM_string] = BY_VALUE,
	[DW_FORM_block] = BY_VALUE,
	[DW_FORM_block1] = BY_VALUE,
	[DW_FORM_data1] = 1,
	[DW_FORM_flag] = 1,
	[DW_FORM_sdata] = BY_VALUE,
	[DW_FORM_strp] = 4,
	[DW_FORM_udata] = BY_VALUE,
	[DW_FORM_ref_addr] = BY_VALUE,
	[DW_FORM_ref1] = 1,
	[DW_FORM_ref2] = 2,
	[DW_FORM_ref4] = 4,
	[DW_FORM_ref8] = 8,
	[DW_FORM_ref_udata] = BY_VALUE,
	[DW_FORM_sec_offset] = 4,
	[DW_FORM_exprloc] = BY_VALUE,
	[DW_FORM_flag_present] = BY_VALUE,
	[DW_FORM_strx] = BY_VALUE,
	[DW_FORM_data16] = 16,
	[DW_FORM_line_strp] = 4,
	[DW_FORM_ref_sig8] = 8,
	[DW_FORM_implicit_const] = BY_VALUE,
	[DW_FORM_strx1] = 1,
	[DW_FORM_strx2] = 2,
	[DW_FORM_strx3] = 3,
	[DW_FORM_strx4] = 4,
};

/* A unit while it is moved. */
struct unit {
	struct dwarf_move *move;
	const struct dwarf_lines *lines;
	struct dwarf_lists *lists;
	unsigned char *info; /* the output, as large as the input */
	struct dwarf_reader r;
	unsigned int version;
	size_t abbrev_field;   /* in the section */
	uint64_t base;	       /* of lists, before */
	uint32_t tag;	       /* of its first entry */
	uint64_t function_end; /* of the last function, before; 0: it has several ranges */
	size_t entries;	       /* that have been read */
	const struct dwarf_abbreviations *abbreviations;
	struct dwarf_writer *abbrev; /* the new section */
	struct why *why;
};

/* The attributes of an entry that count: where they are, in the section; 0: it has none. */
struct entry {
	const struct dwarf_abbreviation *abbreviation;
	const struct dwarf_attribute *high;
	size_t low_at, high_at, locations_at, views_at;
	size_t high_size;
};

static int refuse(const struct unit *u, size_t at, const char *what)
{
	return explain(u->why, ".debug_info: %s at 0x%zx", what, at);
}

/* --- values ----------------------------------------------------------------------------- */

/* Goes on behind a value. @block: the bytes of a block. Returns -1 if the form is not known. */
static int read_value(struct unit *u, unsigned int form, struct bzb_span *block)
{
	struct dwarf_reader *r = &u->r;
	uint64_t size = 0;

	*block = (struct bzb_span){ NULL, 0 };
	if (form >= BZB_ARRAY_SIZE(form_sizes) || form_sizes[form] == UNKNOWN)
		return -1;
	switch (form) {
	case DW_FORM_flag_present:
	case DW_FORM_implicit_const:
		return 0;
	case DW_FORM_sdata:
	case DW_FORM_udata:
	case DW_FORM_ref_udata:
	case DW_FORM_strx:
		dwarf_uleb(r);
		return 0;
	case DW_FORM_ref_addr: /* DWARF 2: of the size of an address */
		dwarf_take(r, u->version == 2 ? 8 : 4);
		return 0;
	case DW_FORM_string:
		while (dwarf_u8(r))
			;
		return 0;
	case DW_FORM_block1:
		size = dwarf_u8(r);
		break;
	case DW_FORM_block2:
		size = dwarf_u16(r);
		break;
	case DW_FORM_block4:
		size = dwarf_u32(r);
		break;
	case DW_FORM_block:
	case DW_FORM_exprloc:
		size = dwarf_uleb(r);
		break;
	default:
		dwarf_take(r, form_sizes[form]);
		return 0;
	}
	block->data = dwarf_take(r, size);
	block->size = (size_t)size;
	return 0;
}

/* Attributes whose value may be a location, or a list of them. */
static bool is_location(unsigned int name)
{
	switch (name) {
	case DW_AT_location:
	case DW_AT_string_length:
	case DW_AT_return_addr:
	case DW_AT_data_member_location:
	case DW_AT_frame_base:
	case DW_AT_segment:
	case DW_AT_static_link:
	case DW_AT_use_location:
	case DW_AT_vtable_elem_location:
		return true;
	default:
		return false;
	}
}

/* Before DWARF 4, a number of 4 bytes may be an offset. */
static bool is_offset(const struct unit *u, unsigned int form)
{
	return form == DW_FORM_sec_offset || (u->version < 4 && form == DW_FORM_data4);
}

/* A return address is the end of a call. In a function, its end is not the next one's start. */
static bool is_end(const struct unit *u, const struct entry *e, unsigned int name, uint64_t address)
{
	return name == DW_AT_call_return_pc ||
	       (name == DW_AT_low_pc && e->abbreviation->tag == DW_TAG_GNU_call_site) ||
	       address == u->function_end;
}

static int move_offset(struct unit *u, struct entry *e, unsigned int name, size_t at)
{
	const uint32_t old = bzb_get32(u->info + at);
	uint32_t new, views;

	switch (name) {
	case DW_AT_stmt_list:
		if (dwarf_line_find(u->lines, old, &new))
			return refuse(u, at, "a line program that is not there is named");
		break;
	case DW_AT_ranges:
	case DW_AT_start_scope:
		if (dwarf_lists_move(u->lists,
				     &(struct dwarf_list){ .version = u->version,
							   .base = u->base,
							   .offset = old },
				     &new, &views))
			return -1;
		break;
	case DW_AT_GNU_locviews:
		e->views_at = at;
		return 0;
	default:
		if (!is_location(name))
			return u->version < 4 ? 0 :
						refuse(u, at, "an offset that is not understood");
		if (u->version < 4)
			return refuse(u, at, "a list of locations of DWARF 2 or 3");
		if (e->locations_at)
			return refuse(u, at, "a second list of locations");
		e->locations_at = at;
		return 0;
	}
	bzb_put32(u->info + at, new);
	return 0;
}

/* The list of locations of an entry, with the views in front of it. */
static int move_locations(struct unit *u, const struct entry *e)
{
	struct dwarf_list list = { .version = u->version, .base = u->base, .is_locations = true };
	uint32_t new, views;

	if (!e->locations_at)
		return e->views_at ? refuse(u, e->views_at, "views of no list") : 0;
	list.offset = bzb_get32(u->info + e->locations_at);
	list.has_views = e->views_at;
	if (list.has_views)
		list.views = bzb_get32(u->info + e->views_at);
	if (dwarf_lists_move(u->lists, &list, &new, &views))
		return -1;
	bzb_put32(u->info + e->locations_at, new);
	if (list.has_views)
		bzb_put32(u->info + e->views_at, views);
	return 0;
}

static int move_value(struct unit *u, struct entry *e, const struct dwarf_attribute *attribute)
{
	const size_t at = u->r.at;
	struct bzb_span block;
	uint64_t address;

	if (read_value(u, attribute->form, &block))
		return refuse(u, at, "a value of a form that is not understood");
	if (u->r.bad)
		return refuse(u, at, "an entry that does not end");
	if (attribute->name == DW_AT_high_pc) {
		e->high = attribute;
		e->high_at = at;
		e->high_size = u->r.at - at;
		return 0;
	}
	if (attribute->form == DW_FORM_addr) {
		if (attribute->name == DW_AT_low_pc)
			e->low_at = at;
		address = bzb_get64(u->info + at);
		bzb_put64(u->info + at, is_end(u, e, attribute->name, address) ?
						dwarf_moved_end(u->move, address) :
						dwarf_moved(u->move, address));
		return 0;
	}
	if (is_offset(u, attribute->form))
		return move_offset(u, e, attribute->name, at);
	/* Which of them are expressions is not always known, and DWARF 2 has other operands. */
	if (block.data && u->version < 4)
		return refuse(u, at, "a block of DWARF 2 or 3");
	if (attribute->form == DW_FORM_exprloc &&
	    dwarf_expression_move(u->move, u->info + u->r.at - block.size, block.size))
		return refuse(u, at, "an expression that is not understood");
	return 0;
}

/* --- ranges of entries ------------------------------------------------------------------ */

static bool is_fixed(unsigned int form)
{
	return form == DW_FORM_addr || form == DW_FORM_data1 || form == DW_FORM_data2 ||
	       form == DW_FORM_data4 || form == DW_FORM_data8;
}

static uint64_t get_number(const unsigned char *at, unsigned int form, size_t size)
{
	struct dwarf_reader r = { .bytes = { at, size } };
	uint64_t value = 0;

	if (form == DW_FORM_udata)
		return dwarf_uleb(&r);
	for (size_t i = 0; i < size; i++)
		value |= (uint64_t)at[i] << 8 * i;
	return value;
}

/* The number is not larger than the old one. An LEB may have more bytes than it needs. */
static void put_number(unsigned char *at, unsigned int form, size_t size, uint64_t value)
{
	const unsigned int bits = form == DW_FORM_udata ? 7 : 8;

	for (size_t i = 0; i < size; i++, value >>= bits) {
		at[i] = (unsigned char)(value & ((1u << bits) - 1));
		if (bits == 7 && i + 1 < size)
			at[i] |= 0x80;
	}
}

/* The first entry of a unit: a list of ranges in the place of the end. */
static int put_ranges(struct unit *u, const struct entry *e, uint64_t start, uint64_t end)
{
	const struct dwarf_abbreviations *a = u->abbreviations;
	const struct bzb_span old = u->move->in[DWARF_ABBREV];
	struct dwarf_reader declaration = { .bytes = old, .at = e->high->at };
	struct dwarf_writer *w = u->abbrev;
	uint32_t list;

	if (dwarf_is_too_large(w, old))
		return refuse(u, u->abbrev_field, "more abbreviations than there can be,");
	dwarf_uleb(&declaration);
	dwarf_uleb(&declaration);
	bzb_put32(u->info + u->abbrev_field, (uint32_t)w->size);
	dwarf_put(w, old.data + a->offset, e->high->at - (size_t)a->offset);
	dwarf_put_uleb(w, DW_AT_ranges);
	dwarf_put_uleb(w, u->version < 4 ? DW_FORM_data4 : DW_FORM_sec_offset);
	if (e->high_size == 8) { /* C and assembly are case-sensitive, 0 */
		dwarf_put_uleb(w, DW_AT_identifier_case);
		dwarf_put_uleb(w, DW_FORM_data4);
	}
	dwarf_put(w, old.data + declaration.at, (size_t)a->end - declaration.at);
	memset(u->info + e->high_at, 0, e->high_size);
	if (dwarf_lists_range(u->lists, u->version, start, end, &list))
		return -1;
	bzb_put32(u->info + e->high_at, list);
	bzb_put64(u->info + e->low_at, 0); /* the base of lists */
	return 0;
}

/* The end of an entry, which may be an address or a size. */
static int move_high(struct unit *u, const struct entry *e)
{
	const unsigned int form = e->high->form;
	const bool is_address = form == DW_FORM_addr;
	unsigned char *const at = u->info + e->high_at;
	struct dwarf_part part, more;
	uint64_t start, end, next;

	if (!e->low_at || (!is_fixed(form) && form != DW_FORM_udata))
		return refuse(u, e->high_at, "an end that is not understood");
	start = next = bzb_get64(u->move->in[DWARF_INFO].data + e->low_at);
	end = get_number(at, form, e->high_size) + (is_address ? 0 : start);
	if (e->abbreviation->tag == DW_TAG_subprogram)
		u->function_end = end;
	if (start == end || !dwarf_next_part(u->move, &next, end, &part))
		part = (struct dwarf_part){ dwarf_moved(u->move, start), 0, 0 };
	else if (dwarf_next_part(u->move, &next, end, &more)) {
		if (u->entries == 1 && is_fixed(form) && e->high_size >= 4)
			return put_ranges(u, e, start, end);
		u->move->cut++;
	}
	bzb_put64(u->info + e->low_at, part.start);
	put_number(at, form, e->high_size, is_address ? part.start + part.size : part.size);
	return 0;
}

/* --- entries ---------------------------------------------------------------------------- */

/* The base of the unit's lists is that of its first entry. */
static void find_base(struct unit *u, const struct entry *e)
{
	const struct dwarf_reader start = u->r;
	const struct dwarf_attribute *attributes =
		u->abbreviations->attributes + e->abbreviation->first;
	struct bzb_span block;

	for (size_t i = 0; i < e->abbreviation->count; i++) {
		const size_t at = u->r.at;

		if (read_value(u, attributes[i].form, &block) || u->r.bad)
			break;
		if (attributes[i].name == DW_AT_low_pc && attributes[i].form == DW_FORM_addr)
			u->base = bzb_get64(u->info + at);
	}
	u->r = start;
}

static int move_entry(struct unit *u, const struct dwarf_abbreviation *abbreviation)
{
	struct entry e = { .abbreviation = abbreviation };

	if (u->entries++ == 0) {
		u->tag = abbreviation->tag;
		find_base(u, &e);
	} else if (abbreviation->tag == u->tag) {
		return refuse(u, u->r.at, "a unit in a unit");
	}
	if (abbreviation->tag == DW_TAG_subprogram)
		u->function_end = 0;
	for (size_t i = 0; i < abbreviation->count; i++)
		if (move_value(u, &e, &u->abbreviations->attributes[abbreviation->first + i]))
			return -1;
	if (move_locations(u, &e))
		return -1;
	return e.high ? move_high(u, &e) : 0;
}

static int move_entries(struct unit *u)
{
	while (!dwarf_at_end(&u->r)) {
		const size_t at = u->r.at;
		const uint64_t code = dwarf_uleb(&u->r);
		const struct dwarf_abbreviation *abbreviation;

		if (!code)
			continue;
		abbreviation = dwarf_abbrev_find(u->abbreviations, code);
		if (!abbreviation)
			return refuse(u, at, "an entry without abbreviation");
		if (move_entry(u, abbreviation))
			return -1;
	}
	return u->r.bad ? refuse(u, u->r.at, "an entry that does not end") : 0;
}

/* --- units ------------------------------------------------------------------------------ */

/* @r: of the section, at the unit; @ret_abbrev: where its abbreviations are */
static int read_header(struct unit *u, struct dwarf_reader *r, uint64_t *ret_abbrev)
{
	const size_t at = r->at;
	const uint32_t size = dwarf_u32(r);
	unsigned int type = DW_UT_compile, address_size;

	if (size >= 0xfffffff0 || !dwarf_take(r, size))
		return refuse(u, at, "a unit that does not end, or of 64 bits,");
	u->r = (struct dwarf_reader){ .bytes = { r->bytes.data, r->at }, .at = at + 4 };
	u->version = dwarf_u16(&u->r);
	if (u->version < 2 || u->version > 5)
		return refuse(u, at, "a unit of another version");
	if (u->version == 5) {
		type = dwarf_u8(&u->r);
		address_size = dwarf_u8(&u->r);
		u->abbrev_field = u->r.at;
		*ret_abbrev = dwarf_u32(&u->r);
	} else {
		u->abbrev_field = u->r.at;
		*ret_abbrev = dwarf_u32(&u->r);
		address_size = dwarf_u8(&u->r);
	}
	if (u->r.bad || address_size != DWARF_ADDRESS_SIZE ||
	    (type != DW_UT_compile && type != DW_UT_partial))
		return refuse(u, at, "a unit of another kind");
	return 0;
}

static int move_units(struct unit *u, struct dwarf_abbreviations *abbreviations)
{
	const struct bzb_span section = { u->info, u->move->in[DWARF_INFO].size };
	struct dwarf_reader r = { .bytes = section };
	uint64_t abbrev = 0;

	while (!dwarf_at_end(&r)) {
		u->base = u->entries = u->function_end = 0;
		if (read_header(u, &r, &abbrev))
			return -1;
		if ((!abbreviations->is_read || abbreviations->offset != abbrev) &&
		    dwarf_abbrev_read(u->move->in[DWARF_ABBREV], abbrev, abbreviations, u->why))
			return -1;
		if (move_entries(u))
			return -1;
		dwarf_lists_end_unit(u->lists);
	}
	return 0;
}

int dwarf_info_move(struct dwarf_move *move, const struct dwarf_lines *lines, struct why *why)
{
	struct blob info = blob_copy(move->in[DWARF_INFO]);
	struct dwarf_lists lists = { .move = move, .why = why };
	struct dwarf_abbreviations abbreviations = { .rows = NULL };
	struct dwarf_writer abbrev = { .size = 0 };
	struct unit unit = { .move = move,
			     .lines = lines,
			     .lists = &lists,
			     .info = info.data,
			     .abbreviations = &abbreviations,
			     .abbrev = &abbrev,
			     .why = why };
	int error;

	dwarf_put(&abbrev, move->in[DWARF_ABBREV].data, move->in[DWARF_ABBREV].size);
	error = move_units(&unit, &abbreviations);
	if (!error)
		error = dwarf_lists_finish(&lists);
	if (error) {
		blob_free(&info);
		blob_free(&abbrev.blob);
	} else {
		move->out[DWARF_INFO] = info;
		move->out[DWARF_ABBREV] = dwarf_finish(&abbrev);
	}
	dwarf_lists_free(&lists);
	dwarf_abbrev_free(&abbreviations);
	return error;
}
