/* SPDX-License-Identifier: BSD-2-Clause */
/* DWARF 5, 6.2 */
#include <stdlib.h>

#include "io/array.h"
#include "dwarf_parts.h"

enum {
	DW_LNS_copy = 1,
	DW_LNS_advance_pc,
	DW_LNS_advance_line,
	DW_LNS_set_file,
	DW_LNS_set_column,
	DW_LNS_negate_stmt,
	DW_LNS_set_basic_block,
	DW_LNS_const_add_pc,
	DW_LNS_fixed_advance_pc,
	DW_LNS_set_prologue_end,
	DW_LNS_set_epilogue_begin,
	DW_LNS_set_isa,
	STANDARD_COUNT = DW_LNS_set_isa,
	DW_LNE_end_sequence = 1,
	DW_LNE_set_address,
	DW_LNE_set_discriminator = 4,
};

/* DWARF 5, 6.2.2, without the numbers of operations in instructions of several */
struct row {
	uint64_t address;
	uint64_t line, file, column, isa, discriminator;
	bool is_stmt, basic_block, prologue_end, epilogue_begin;
};

struct program {
	const struct dwarf_move *move;
	struct dwarf_reader r; /* of the old one */
	struct dwarf_writer *w;
	unsigned int line_range, opcode_base;
	int line_base;
	bool default_is_stmt;

	struct row row; /* that the old one has come to */

	bool is_open;	      /* there is a sequence in the new one, */
	struct row last;      /* with this last row, whose address is before the move, */
	struct dwarf_run run; /* and all rows in this run */
};

static struct row first_row(const struct program *p)
{
	return (struct row){ .file = 1, .line = 1, .is_stmt = p->default_is_stmt };
}

/* --- writing -------------------------------------------------------------------------- */

static void put_extended(struct dwarf_writer *w, unsigned int opcode, size_t size)
{
	dwarf_put_u8(w, 0);
	dwarf_put_uleb(w, size + 1);
	dwarf_put_u8(w, opcode);
}

static void put_address(struct dwarf_writer *w, uint64_t address)
{
	put_extended(w, DW_LNE_set_address, DWARF_ADDRESS_SIZE);
	dwarf_put_u64(w, address);
}

static size_t size_of_uleb(uint64_t value)
{
	size_t size = 1;

	for (; value >= 0x80; value >>= 7)
		size++;
	return size;
}

static void put_number(struct dwarf_writer *w, unsigned int opcode, uint64_t value)
{
	dwarf_put_u8(w, opcode);
	dwarf_put_uleb(w, value);
}

/* The difference of a row to the one before it. */
static void put_registers(const struct program *p, const struct row *row)
{
	struct dwarf_writer *w = p->w;

	if (row->file != p->last.file)
		put_number(w, DW_LNS_set_file, row->file);
	if (row->column != p->last.column)
		put_number(w, DW_LNS_set_column, row->column);
	if (row->isa != p->last.isa)
		put_number(w, DW_LNS_set_isa, row->isa);
	if (row->is_stmt != p->last.is_stmt)
		dwarf_put_u8(w, DW_LNS_negate_stmt);
	if (row->discriminator) {
		put_extended(w, DW_LNE_set_discriminator, size_of_uleb(row->discriminator));
		dwarf_put_uleb(w, row->discriminator);
	}
	if (row->basic_block)
		dwarf_put_u8(w, DW_LNS_set_basic_block);
	if (row->prologue_end)
		dwarf_put_u8(w, DW_LNS_set_prologue_end);
	if (row->epilogue_begin)
		dwarf_put_u8(w, DW_LNS_set_epilogue_begin);
}

/* The operation that adds to both, and makes a row; 0 if there is none. */
static unsigned int special(const struct program *p, int64_t lines, uint64_t advance)
{
	uint64_t opcode;

	if (lines < p->line_base || lines >= p->line_base + (int64_t)p->line_range || advance > 255)
		return 0;
	opcode = (uint64_t)(lines - p->line_base) + p->line_range * advance + p->opcode_base;
	return opcode <= 255 ? (unsigned int)opcode : 0;
}

static void put_step(const struct program *p, int64_t lines, uint64_t advance)
{
	const uint64_t constant = (255 - p->opcode_base) / p->line_range;

	if (special(p, lines, advance)) {
		dwarf_put_u8(p->w, special(p, lines, advance));
		return;
	}
	if (advance >= constant && special(p, lines, advance - constant)) {
		dwarf_put_u8(p->w, DW_LNS_const_add_pc);
		dwarf_put_u8(p->w, special(p, lines, advance - constant));
		return;
	}
	if (advance)
		put_number(p->w, DW_LNS_advance_pc, advance);
	if (special(p, lines, 0)) {
		dwarf_put_u8(p->w, special(p, lines, 0));
		return;
	}
	dwarf_put_u8(p->w, DW_LNS_advance_line);
	dwarf_put_sleb(p->w, lines);
	dwarf_put_u8(p->w, DW_LNS_copy);
}

static void end_sequence(struct program *p, uint64_t address)
{
	const uint64_t advance = address - p->last.address;

	if (advance)
		put_number(p->w, DW_LNS_advance_pc, advance);
	put_extended(p->w, DW_LNE_end_sequence, 0);
	p->is_open = false;
}

static void put_row(struct program *p, const struct row *row)
{
	if (!p->is_open) {
		p->is_open = true;
		p->run = dwarf_run_at(p->move, row->address);
		p->last = first_row(p);
		p->last.address = row->address;
		p->last.file = UINT64_MAX; /* is said, because some readers begin with 0 */
		put_address(p->w, dwarf_moved(p->move, row->address));
	}
	put_registers(p, row);
	put_step(p, (int64_t)(row->line - p->last.line), row->address - p->last.address);
	p->last = *row;
}

/* The last row reaches to an address, through all runs before that. */
static void reach(struct program *p, uint64_t address)
{
	while (p->is_open && p->run.end < address) {
		struct row row = p->last;

		row.basic_block = row.prologue_end = row.epilogue_begin = false;
		row.address = p->run.end;
		end_sequence(p, p->run.end);
		do {
			p->run = dwarf_run_at(p->move, row.address);
			if (p->run.is_gone)
				row.address = p->run.end;
		} while (p->run.is_gone && row.address < address);
		if (row.address < address)
			put_row(p, &row);
	}
}

/* Rows in padding that is gone are left out. */
static void add_row(struct program *p)
{
	reach(p, p->row.address);
	if (p->is_open && p->row.address >= p->run.end)
		end_sequence(p, p->run.end);
	if (!dwarf_run_at(p->move, p->row.address).is_gone)
		put_row(p, &p->row);
	p->row.discriminator = 0;
	p->row.basic_block = p->row.prologue_end = p->row.epilogue_begin = false;
}

/* --- reading -------------------------------------------------------------------------- */

static int do_extended(struct program *p)
{
	const uint64_t size = dwarf_uleb(&p->r);
	struct dwarf_reader r = { .bytes = { dwarf_take(&p->r, size), (size_t)size } };
	uint64_t address;

	if (p->r.bad)
		return -1;
	switch (dwarf_u8(&r)) {
	case DW_LNE_end_sequence:
		reach(p, p->row.address);
		if (p->is_open)
			end_sequence(p, p->row.address);
		p->row = first_row(p);
		break;
	case DW_LNE_set_address:
		address = dwarf_u64(&r);
		/* Rows of a sequence ascend. */
		if (p->is_open && address < p->last.address)
			return -1;
		p->row.address = address;
		break;
	case DW_LNE_set_discriminator:
		p->row.discriminator = dwarf_uleb(&r);
		break;
	default:
		return -1;
	}
	return r.bad || r.at != size ? -1 : 0;
}

static int do_standard(struct program *p, unsigned int opcode)
{
	switch (opcode) {
	case DW_LNS_copy:
		add_row(p);
		break;
	case DW_LNS_advance_pc:
		p->row.address += dwarf_uleb(&p->r);
		break;
	case DW_LNS_advance_line:
		p->row.line += (uint64_t)dwarf_sleb(&p->r);
		break;
	case DW_LNS_set_file:
		p->row.file = dwarf_uleb(&p->r);
		break;
	case DW_LNS_set_column:
		p->row.column = dwarf_uleb(&p->r);
		break;
	case DW_LNS_negate_stmt:
		p->row.is_stmt = !p->row.is_stmt;
		break;
	case DW_LNS_set_basic_block:
		p->row.basic_block = true;
		break;
	case DW_LNS_const_add_pc:
		p->row.address += (255 - p->opcode_base) / p->line_range;
		break;
	case DW_LNS_fixed_advance_pc:
		p->row.address += dwarf_u16(&p->r);
		break;
	case DW_LNS_set_prologue_end:
		p->row.prologue_end = true;
		break;
	case DW_LNS_set_epilogue_begin:
		p->row.epilogue_begin = true;
		break;
	case DW_LNS_set_isa:
		p->row.isa = dwarf_uleb(&p->r);
		break;
	default:
		return -1;
	}
	return 0;
}

static int do_operation(struct program *p)
{
	const unsigned int opcode = dwarf_u8(&p->r);

	if (!opcode)
		return do_extended(p);
	if (opcode < p->opcode_base)
		return do_standard(p, opcode);
	p->row.address += (opcode - p->opcode_base) / p->line_range;
	p->row.line += (uint64_t)p->line_base + (opcode - p->opcode_base) % p->line_range;
	add_row(p);
	return 0;
}

/* Rows ascend. */
static int run_program(struct program *p)
{
	p->row = first_row(p);
	while (!dwarf_at_end(&p->r)) {
		if (do_operation(p) || (p->is_open && p->row.address < p->last.address) ||
		    dwarf_is_too_large(p->w, p->move->in[DWARF_LINE]))
			return -1;
	}
	return p->r.bad || p->is_open ? -1 : 0;
}

/* --- units ---------------------------------------------------------------------------- */

/* The header, up to the program; only its length changes. */
static int read_header(struct program *p, struct dwarf_reader *unit)
{
	static const unsigned char operands[STANDARD_COUNT] = {
		0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1
	};
	const unsigned int version = dwarf_u16(unit);
	uint32_t size;

	if (version < 2 || version > 5 ||
	    (version == 5 && (dwarf_u8(unit) != DWARF_ADDRESS_SIZE || dwarf_u8(unit))))
		return -1;
	size = dwarf_u32(unit);
	p->r = *unit;
	dwarf_take(&p->r, size);
	if (dwarf_u8(unit) != 1) /* smallest instruction */
		return -1;
	if (version >= 4 && dwarf_u8(unit) != 1) /* operations in an instruction */
		return -1;
	p->default_is_stmt = dwarf_u8(unit);
	p->line_base = (int8_t)dwarf_u8(unit);
	p->line_range = dwarf_u8(unit);
	p->opcode_base = dwarf_u8(unit);
	for (unsigned int i = 1; i < p->opcode_base; i++)
		if (dwarf_u8(unit) != (i <= STANDARD_COUNT ? operands[i - 1] : UINT8_MAX))
			return -1;
	return unit->bad || p->r.bad || !p->line_range || p->opcode_base <= STANDARD_COUNT ? -1 : 0;
}

static int move_unit(const struct dwarf_move *move, struct dwarf_reader *unit,
		     struct dwarf_writer *w)
{
	struct program p = { .move = move, .w = w };
	size_t start;

	if (read_header(&p, unit))
		return -1;
	start = dwarf_begin_unit(w);
	dwarf_put(w, p.r.bytes.data, p.r.at);
	if (run_program(&p))
		return -1;
	dwarf_end_unit(w, start);
	return 0;
}

static void add_place(struct dwarf_lines *lines, size_t old, size_t new)
{
	lines->places =
		array_grow(lines->places, lines->count, &lines->room, sizeof(lines->places[0]));
	lines->places[lines->count++] = (struct dwarf_line_place){ (uint32_t)old, (uint32_t)new };
}

int dwarf_line_move(struct dwarf_move *move, struct dwarf_lines *ret, struct why *why)
{
	struct dwarf_reader r = { .bytes = move->in[DWARF_LINE] }, unit;
	struct dwarf_writer w = { .size = 0 };

	while (!dwarf_at_end(&r)) {
		const size_t old = r.at;

		add_place(ret, old, w.size);
		if (!dwarf_unit(&r, &unit) || move_unit(move, &unit, &w) || w.size > UINT32_MAX) {
			blob_free(&w.blob);
			return explain(why, ".debug_line: the program at 0x%zx is not understood",
				       old);
		}
	}
	if (w.size)
		move->out[DWARF_LINE] = dwarf_finish(&w);
	return 0;
}

int dwarf_line_find(const struct dwarf_lines *lines, uint64_t old, uint32_t *ret)
{
	const size_t i = lines->count ? array_first_from(&lines->places[0].old, lines->count,
							 sizeof(lines->places[0]), old) :
					0;

	if (i == lines->count || lines->places[i].old != old)
		return -1;
	*ret = lines->places[i].new;
	return 0;
}
