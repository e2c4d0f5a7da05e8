/* SPDX-License-Identifier: BSD-2-Clause */
/* The instructions of a kernel, and their operands that say where something is. */
#ifndef PACKER_DECODED_H
#define PACKER_DECODED_H

#include "vmlinux_elf.h"

/* Of a byte of the memory. */
enum decoded_byte {
	DECODED_NONE = 0, /* no code, or not the first byte of an instruction */
	DECODED_NEXT,	  /* an instruction after which the next one runs */
	DECODED_CALL,	  /* likewise, unless what it calls does not return */
	DECODED_END,	  /* the next one does not run: a jump, a return, ud2 */
	DECODED_PADDING,  /* nop or int3 */
	DECODED_UNKNOWN,  /* no instruction begins here, but one should */
};

/* The bytes of an instruction that are an address, or a distance. */
struct decoded_operand {
	uint32_t instruction; /* offsets from the load address */
	uint32_t field;
	uint8_t size;	  /* bytes: 1, 2, 4, 8 */
	uint8_t trailing; /* bytes of the instruction behind it */
	bool is_relative; /* to the end of the instruction */
	bool is_near; /* likewise, and where it leads is an instruction of its section, or its end */
	bool has_relocation;
};

struct decoded {
	unsigned char *bytes;		  /* enum decoded_byte for each byte of the memory */
	struct decoded_operand *operands; /* ascending by field */
	size_t count, room;
};

/**
 * decoded_make() - decode all sections of code
 * @vmlinux: of the code
 * @ret: for decoded_free()
 */
void decoded_make(const struct vmlinux *vmlinux, struct decoded *ret);

/**
 * decoded_free() - free it
 * @decoded: may be all zero
 */
void decoded_free(struct decoded *decoded);

/**
 * decoded_find() - find the operand in a field
 * @decoded: of it
 * @field: offset from the load address
 *
 * returns: the operand; NULL if no instruction has one there
 */
const struct decoded_operand *decoded_find(const struct decoded *decoded, uint32_t field);

/**
 * decoded_target() - where a relative operand points to
 * @vmlinux: of the code
 * @operand: of it; is_relative
 *
 * returns: offset from the load address, if it is in the memory
 */
uint64_t decoded_target(const struct vmlinux *vmlinux, const struct decoded_operand *operand);

/**
 * decoded_last() - find the last instruction that is no padding
 * @decoded: of the code
 * @start: of the code to look at, offset from the load address
 * @end: likewise; an instruction begins or ends there
 *
 * returns: its offset; @end if all is padding
 */
uint32_t decoded_last(const struct decoded *decoded, uint32_t start, uint32_t end);

/**
 * decoded_end() - the end of an instruction
 * @decoded: of it
 * @at: its offset
 * @end: the end of the code around it
 *
 * returns: the offset of the next instruction
 */
uint32_t decoded_end(const struct decoded *decoded, uint32_t at, uint32_t end);

#endif
