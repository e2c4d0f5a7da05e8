/* SPDX-License-Identifier: BSD-2-Clause */
#include "dwarf_parts.h"

/* The operands of an operation, in their order (DWARF 5, 7.7.1) */
enum operand {
	NONE,
	ADDRESS, /* moved */
	ONE = 2, /* bytes */
	TWO,
	FOUR,
	EIGHT,
	LEB,	    /* of either sign */
	BLOCK1,	    /* 1 byte of size, and as many bytes */
	BLOCK,	    /* an LEB of size, and as many bytes */
	EXPRESSION, /* an LEB of size, and an expression */
};

struct operation {
	bool is_known;
	unsigned char operands[2];
};

/* Operations that refer to .debug_addr are not known. */
static const struct operation operations[256] = {
	[0x03] = { true, { ADDRESS } },		  /* addr */
	[0x06] = { true, { NONE } },		  /* deref */
	[0x08 ... 0x09] = { true, { ONE } },	  /* const1u, const1s */
	[0x0a ... 0x0b] = { true, { TWO } },	  /* const2u, const2s */
	[0x0c ... 0x0d] = { true, { FOUR } },	  /* const4u, const4s */
	[0x0e ... 0x0f] = { true, { EIGHT } },	  /* const8u, const8s */
	[0x10 ... 0x11] = { true, { LEB } },	  /* constu, consts */
	[0x12 ... 0x14] = { true, { NONE } },	  /* dup, drop, over */
	[0x15] = { true, { ONE } },		  /* pick */
	[0x16 ... 0x22] = { true, { NONE } },	  /* swap to plus */
	[0x23] = { true, { LEB } },		  /* plus_uconst */
	[0x24 ... 0x27] = { true, { NONE } },	  /* shl, shr, shra, xor */
	[0x28] = { true, { TWO } },		  /* bra */
	[0x29 ... 0x2e] = { true, { NONE } },	  /* eq to ne */
	[0x2f] = { true, { TWO } },		  /* skip */
	[0x30 ... 0x6f] = { true, { NONE } },	  /* lit0 to reg31 */
	[0x70 ... 0x90] = { true, { LEB } },	  /* breg0 to breg31, regx */
	[0x91] = { true, { LEB } },		  /* fbreg */
	[0x92] = { true, { LEB, LEB } },	  /* bregx */
	[0x93] = { true, { LEB } },		  /* piece */
	[0x94 ... 0x95] = { true, { ONE } },	  /* deref_size, xderef_size */
	[0x96 ... 0x97] = { true, { NONE } },	  /* nop, push_object_address */
	[0x98] = { true, { TWO } },		  /* call2 */
	[0x99 ... 0x9a] = { true, { FOUR } },	  /* call4, call_ref */
	[0x9b ... 0x9c] = { true, { NONE } },	  /* form_tls_address, call_frame_cfa */
	[0x9d] = { true, { LEB, LEB } },	  /* bit_piece */
	[0x9e] = { true, { BLOCK } },		  /* implicit_value */
	[0x9f] = { true, { NONE } },		  /* stack_value */
	[0xa0] = { true, { FOUR, LEB } },	  /* implicit_pointer */
	[0xa3] = { true, { EXPRESSION } },	  /* entry_value */
	[0xa4] = { true, { LEB, BLOCK1 } },	  /* const_type */
	[0xa5] = { true, { LEB, LEB } },	  /* regval_type */
	[0xa6 ... 0xa7] = { true, { ONE, LEB } }, /* deref_type, xderef_type */
	[0xa8 ... 0xa9] = { true, { LEB } },	  /* convert, reinterpret */
	[0xe0] = { true, { NONE } },		  /* GNU_push_tls_address */
	[0xf0] = { true, { NONE } },		  /* GNU_uninit */
	[0xf2] = { true, { FOUR, LEB } },	  /* GNU_implicit_pointer */
	[0xf3] = { true, { EXPRESSION } },	  /* GNU_entry_value */
	[0xf4] = { true, { LEB, BLOCK1 } },	  /* GNU_const_type */
	[0xf5] = { true, { LEB, LEB } },	  /* GNU_regval_type */
	[0xf6] = { true, { ONE, LEB } },	  /* GNU_deref_type */
	[0xf7] = { true, { LEB } },		  /* GNU_convert */
	[0xf9] = { true, { LEB } },		  /* GNU_reinterpret */
	[0xfa] = { true, { FOUR } },		  /* GNU_parameter_ref */
	[0xfd] = { true, { FOUR } },		  /* GNU_variable_value */
};

/* Expressions in expressions; compilers write one in another. */
enum { DEPTH_MAX = 4 };

static int move_expression(const struct dwarf_move *move, unsigned char *bytes, size_t size,
			   unsigned int depth);

/* @writable: the same bytes as those of @r */
static int move_operand(const struct dwarf_move *move, struct dwarf_reader *r,
			unsigned char *writable, enum operand operand, unsigned int depth)
{
	static const unsigned char sizes[] = { [ONE] = 1, [TWO] = 2, [FOUR] = 4, [EIGHT] = 8 };
	uint64_t value;

	switch (operand) {
	case NONE:
		break;
	case ADDRESS:
		value = dwarf_u64(r);
		if (!r->bad)
			bzb_put64(writable + r->at - 8, dwarf_moved(move, value));
		break;
	case ONE:
	case TWO:
	case FOUR:
	case EIGHT:
		dwarf_take(r, sizes[operand]);
		break;
	case LEB:
		dwarf_uleb(r);
		break;
	case BLOCK1:
		dwarf_take(r, dwarf_u8(r));
		break;
	case BLOCK:
	case EXPRESSION:
		value = dwarf_uleb(r);
		if (!dwarf_take(r, value) || operand == BLOCK)
			break;
		return depth == DEPTH_MAX ? -1 :
					    move_expression(move, writable + r->at - value,
							    (size_t)value, depth + 1);
	}
	return 0;
}

static int move_expression(const struct dwarf_move *move, unsigned char *bytes, size_t size,
			   unsigned int depth)
{
	struct dwarf_reader r = { .bytes = { bytes, size } };

	while (!dwarf_at_end(&r)) {
		const struct operation *operation = &operations[dwarf_u8(&r)];

		if (!operation->is_known)
			return -1;
		for (size_t i = 0; i < BZB_ARRAY_SIZE(operation->operands); i++)
			if (move_operand(move, &r, bytes, operation->operands[i], depth))
				return -1;
	}
	return r.bad ? -1 : 0;
}

int dwarf_expression_move(const struct dwarf_move *move, unsigned char *bytes, size_t size)
{
	return move_expression(move, bytes, size, 0);
}
