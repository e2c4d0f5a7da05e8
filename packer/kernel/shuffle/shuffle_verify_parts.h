/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of shuffle_verify.h. Addresses are virtual, as linked; those without another word are of
 * the original. */
#ifndef PACKER_SHUFFLE_VERIFY_PARTS_H
#define PACKER_SHUFFLE_VERIFY_PARTS_H

#include <stdint.h>

#include "shuffle_verify.h"

struct verify_section {
	struct bzb_elf_section header;
	const char *name;
	struct bzb_span bytes; /* empty if it is not loaded from the file */
};

struct verify_symbol {
	const char *name;
	uint64_t value, size;
	unsigned char type, binding, other;
	uint16_t section; /* as in the file: st_shndx */
};

/* Of --emit-relocs, or of verify_read_implied(). Symbol 0: the addend alone tells the target. */
struct verify_reloc {
	uint64_t at; /* the address of the field */
	uint64_t addend;
	uint32_t type, symbol;
};

struct verify_file {
	struct bzb_elf elf;
	struct verify_section *sections;
	struct verify_symbol *symbols;
	struct verify_reloc *relocs; /* of what is loaded; ascending, then by type */
	size_t symbol_count, reloc_count;
	bool is_dynamic;     /* has a dynamic section */
	struct blob applied; /* the file with what that puts into fields; else empty */
};

/* No symbol of the other file, or no symbol at all. */
#define VERIFY_NONE UINT32_MAX

/* How control leaves the last instruction of a piece. */
enum verify_flow {
	FLOW_UNKNOWN, /* no instruction but padding, or not decoded */
	FLOW_FALLS,   /* to what follows */
	FLOW_ENDS,    /* elsewhere, or it may: a call need not return */
};

/* Bytes of code that move as one: from a symbol that is inside no function to the next one. */
struct verify_piece {
	uint64_t start, end;
	uint64_t size;	   /* up to where its functions reach: symbols; at most end - start */
	uint64_t used;	   /* without the padding behind it, at least size */
	uint64_t distance; /* to its place in the shuffled file, modulo 2^64 */
	unsigned int section;
	uint32_t symbol; /* VERIFY_NONE: before the first one of its section */
	enum verify_flow flow;
	bool is_function; /* by its symbol's type */
	bool is_reached;  /* something else refers to its first byte */
	bool sound;	  /* decoded whole, with each relocation on an operand */
};

/* The address of a piece in the shuffled file */
static inline uint64_t verify_place_of(const struct verify_piece *piece)
{
	return piece->start + piece->distance;
}

/* A range that is compared by value. */
struct verify_table {
	uint64_t start, end;
	bool is_stale; /* its relocations do not describe it: Linux sorts after linking */
};

#define VERIFY_TABLES_MAX 16

/* Instead of a number of bytes: the field of a relocation is not an operand, or was not decoded. */
#define VERIFY_NOT_OPERAND 0xff

struct verify {
	struct verify_file old, new;
	uint32_t *twins;		/* of each old symbol: its number in the new file */
	uint32_t *section_twins;	/* of each old section */
	struct verify_piece *pieces;	/* ascending */
	struct verify_piece **by_place; /* ascending by their place in the shuffled file */
	size_t piece_count;
	uint32_t *labels; /* symbols of code that are neither functions nor edges; ascending */
	size_t label_count;
	unsigned char *behind;	/* of each old relocation: bytes of the instruction behind the
				  field, or VERIFY_NOT_OPERAND */
	unsigned char **begins; /* of each old section of code: whether an instruction begins at a
				   byte */
	struct verify_table tables[VERIFY_TABLES_MAX];
	size_t table_count;
	struct findings *findings;
	struct shuffle_counts *counts;
};

/* A place in words: "schedule+0x12 (0xffffffff81000012)". */
struct verify_place {
	char text[112];
};

/* --- shuffle_verify_file.c --- */

/**
 * verify_read() - read what is in a file
 * @bytes: the file; referred to
 * @ret: all zero before, for verify_free(), also on error
 * @why: what is wrong with it
 *
 * returns: 0, or -1 on error
 */
int verify_read(struct bzb_span bytes, struct verify_file *ret, struct why *why);

/**
 * verify_free() - free what verify_read() has allocated
 */
void verify_free(struct verify_file *file);

/**
 * verify_add_relocs() - add relocations to those of a file
 * @file: gets them
 * @relocs: in any order
 * @count: of them
 */
void verify_add_relocs(struct verify_file *file, const struct verify_reloc *relocs, size_t count);

/**
 * verify_room() - memory for an array
 * @count: of its members
 * @size: of one
 *
 * returns: zeros, for free(); ends the program if there is no memory
 */
void *verify_room(size_t count, size_t size);

/**
 * verify_at() - find loaded bytes by their address
 * @file: that has them
 * @address: of the first one
 * @size: of them
 * @ret: the bytes; untouched on error
 *
 * returns: the number of their section, or -1 if no section holds all of them
 */
int verify_at(const struct verify_file *file, uint64_t address, uint64_t size,
	      struct bzb_span *ret);

/**
 * verify_find() - find a symbol by its name
 * @file: that has it
 * @name: of the first one
 *
 * returns: the symbol, or NULL
 */
const struct verify_symbol *verify_find(const struct verify_file *file, const char *name);

/**
 * verify_is_code() - whether a section consists of instructions
 *
 * One that is written to is data, with a few functions in it: they stay.
 */
bool verify_is_code(const struct verify_section *section);

/* --- shuffle_verify_implied.c --- */

/**
 * verify_apply_dynamic() - make the fields of a file hold what its dynamic section puts there
 * @file: elf is parsed, and then that of the result
 * @why: what is wrong with it
 *
 * returns: 0, also if there is no dynamic section; -1 on error
 */
int verify_apply_dynamic(struct verify_file *file, struct why *why);

/**
 * verify_read_implied() - add a relocation for each address that the linker has made
 * @file: has sections, symbols and relocations
 * @why: what is wrong with it
 *
 * These are fields of .got that code refers to, other fields that a loader relocates, and addresses in
 * the tables that a loader reads. The relocations of code by .got, and by .plt, become those of what they
 * lead to.
 *
 * returns: 0, or -1 on error
 */
int verify_read_implied(struct verify_file *file, struct why *why);

/* --- shuffle_verify_symbols.c --- */

/**
 * verify_symbols() - compare the symbols, and find out where functions have gone
 * @verify: gets twins and pieces
 *
 * returns: false if the symbols are not the same, so that nothing else can be compared
 */
bool verify_symbols(struct verify *verify);

/**
 * verify_is_of_code() - whether a symbol is one of code, with a place in its section or at its end
 */
bool verify_is_of_code(const struct verify *verify, const struct verify_symbol *symbol);

/**
 * verify_piece_at() - find the piece that an address is in
 *
 * returns: the piece, or NULL if it is not in code
 */
struct verify_piece *verify_piece_at(const struct verify *verify, uint64_t address);

/**
 * verify_moved() - where an address has gone, by value
 *
 * returns: the address in the shuffled file
 */
uint64_t verify_moved(const struct verify *verify, uint64_t address);

/**
 * verify_may_be() - whether an address may have gone to another one
 * @address: of the original
 * @now: of the shuffled file
 *
 * The end of a function may be the start of another one. A label there tells which one is meant.
 *
 * returns: true if verify_moved() or a label says so
 */
bool verify_may_be(const struct verify *verify, uint64_t address, uint64_t now);

/**
 * verify_is_edge() - whether a name is that of an edge of code, which stays: "_etext"
 */
bool verify_is_edge(const char *name);

/**
 * verify_old_place() - an address of the original in words
 */
struct verify_place verify_old_place(const struct verify *verify, uint64_t address);

/**
 * verify_new_place() - an address of the shuffled file in words
 */
struct verify_place verify_new_place(const struct verify *verify, uint64_t address);

/* --- shuffle_verify_layout.c --- */

/**
 * verify_layout() - judge where functions have gone: alignment, groups, overlaps
 * @verify: its pieces are decoded
 */
void verify_layout(struct verify *verify);

/**
 * verify_is_padding() - whether bytes are of the instructions and fillings that assemblers and
 * linkers pad with
 */
bool verify_is_padding(struct bzb_span bytes);

/* --- shuffle_verify_code.c --- */

/**
 * verify_decode() - decode the pieces
 * @verify: gets used, flow and sound of its pieces, behind and begins
 */
void verify_decode(struct verify *verify);

/**
 * verify_code() - compare the pieces, instruction by instruction
 */
void verify_code(struct verify *verify);

/* --- shuffle_verify_relocs.c --- */

/**
 * verify_width() - the size of a relocation's field
 *
 * returns: bytes; 0 if the type is NONE or unknown
 */
unsigned int verify_width(const struct verify_reloc *reloc);

/**
 * verify_is_distance() - whether a relocation's field holds a distance from itself, by its type
 */
bool verify_is_distance(const struct verify_reloc *reloc);

/**
 * verify_describes() - whether a relocation says what its field holds
 * @file: that has it
 * @reloc: of it
 * @field: its bytes
 */
bool verify_describes(const struct verify_file *file, const struct verify_reloc *reloc,
		      const unsigned char *field);

/**
 * verify_target() - the address that a relocation of the original leads to
 * @verify: that has decoded it, if it is in code
 * @number: of the relocation
 * @field: its bytes
 */
uint64_t verify_target(const struct verify *verify, size_t number, const unsigned char *field);

/**
 * verify_first_reloc() - the first relocation of a file at or after an address
 *
 * returns: its number; reloc_count if there is none
 */
size_t verify_first_reloc(const struct verify_file *file, uint64_t address);

/**
 * verify_relocs() - compare the relocations
 */
void verify_relocs(struct verify *verify);

/* --- shuffle_verify_reached.c --- */

/**
 * verify_reach() - note that something refers to an address
 * @verify: gets is_reached of the piece that begins there, unless it is that which refers to it
 * @from: where the reference is
 * @address: what it refers to
 */
void verify_reach(struct verify *verify, uint64_t from, uint64_t address);

/**
 * verify_find_reached() - note what relocations refer to
 * @verify: gets is_reached of its pieces; code that data refers to by a distance, perhaps from
 *	elsewhere, is a finding, if anything has moved
 *
 * Tables that say where instructions are, such as those that may fault, do not count.
 */
void verify_find_reached(struct verify *verify);

/* --- shuffle_verify_data.c --- */

/**
 * verify_bytes() - compare bytes, except in fields that have a relocation which describes them
 * @verify: both files
 * @section: of the original; the code of a section is not moved
 * @start: the first byte
 * @end: after the last one
 *
 * returns: true if they are the same; otherwise there is a finding
 */
bool verify_bytes(struct verify *verify, unsigned int section, uint64_t start, uint64_t end);

/**
 * verify_data() - compare the sections that are no code
 */
void verify_data(struct verify *verify);

/* --- shuffle_verify_tables.c, shuffle_verify_kallsyms.c --- */

/* Find the tables, in verify->tables, before anything else is compared. */
void verify_find_tables(struct verify *verify);
void verify_find_kallsyms(struct verify *verify);

/* Compare them. */
void verify_tables(struct verify *verify);
void verify_kallsyms(struct verify *verify);

#endif
