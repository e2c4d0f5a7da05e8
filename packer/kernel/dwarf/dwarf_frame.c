/* SPDX-License-Identifier: BSD-2-Clause */
/* DWARF 5, 6.4.1 */
#include "dwarf_parts.h"

#define CIE_ID 0xffffffffu

enum { DW_CFA_set_loc = 1 };

/* The operands of an instruction: bytes; a number (L), of either sign; a block (B). Others: unknown. */
static const char *const instructions[64] = {
	[0x00] = "",  [0x02] = "1",  [0x03] = "2",  [0x04] = "4",  [0x05] = "LL", [0x06] = "L",
	[0x07] = "L", [0x08] = "L",  [0x09] = "LL", [0x0a] = "",   [0x0b] = "",	  [0x0c] = "LL",
	[0x0d] = "L", [0x0e] = "L",  [0x0f] = "B",  [0x10] = "LB", [0x11] = "LL", [0x12] = "LL",
	[0x13] = "L", [0x14] = "LL", [0x15] = "LL", [0x16] = "LB", [0x2e] = "L",  [0x2f] = "LL",
};

/* Returns false if a program has instructions that are not known, or addresses. */
static bool check_program(struct dwarf_reader *r)
{
	while (!dwarf_at_end(r)) {
		const unsigned int opcode = dwarf_u8(r);
		const char *operands = instructions[opcode & 0x3f];

		if (opcode >> 6)
			operands = opcode >> 6 == 2 ? "L" : "";
		if (!operands)
			return false;
		for (; *operands; operands++) {
			const uint64_t number = *operands >= 'A' ? dwarf_uleb(r) : 0;

			if (*operands == 'B')
				dwarf_take(r, number);
			else if (*operands != 'L')
				dwarf_take(r, (uint64_t)(*operands - '0'));
		}
	}
	return !r->bad;
}

/* Only the plain kind, without augmentation. */
static bool check_common(struct dwarf_reader *r)
{
	const unsigned int version = dwarf_u8(r);

	if (dwarf_u8(r))
		return false;
	if (version == 4 && (dwarf_u8(r) != DWARF_ADDRESS_SIZE || dwarf_u8(r)))
		return false;
	dwarf_uleb(r);
	dwarf_uleb(r);
	dwarf_uleb(r);
	return (version == 1 || version == 3 || version == 4) && check_program(r);
}

/* @field: the address, in the output; the size follows. */
static void move_function(struct dwarf_move *move, unsigned char *field)
{
	const uint64_t start = bzb_get64(field), end = start + bzb_get64(field + 8);
	uint64_t next = start;
	struct dwarf_part part, more;

	if (start >= end || !dwarf_next_part(move, &next, end, &part)) {
		bzb_put64(field, dwarf_moved(move, start));
		return;
	}
	bzb_put64(field, part.start);
	bzb_put64(field + 8, part.size);
	move->cut += dwarf_next_part(move, &next, end, &more);
}

int dwarf_frame_move(struct dwarf_move *move, struct why *why)
{
	struct blob section = blob_copy(move->in[DWARF_FRAME]);
	struct dwarf_reader r = { .bytes = blob_span(&section) }, entry;

	while (!dwarf_at_end(&r)) {
		const size_t at = r.at;
		bool good = dwarf_unit(&r, &entry);

		if (good && dwarf_u32(&entry) == CIE_ID) {
			good = check_common(&entry);
		} else if (good) {
			const unsigned char *field = dwarf_take(&entry, 16);

			good = field && check_program(&entry);
			if (good)
				move_function(move, section.data + (field - section.data));
		}
		if (good)
			continue;
		blob_free(&section);
		return explain(why, ".debug_frame: the entry at 0x%zx is not understood", at);
	}
	move->out[DWARF_FRAME] = section;
	return 0;
}
