/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Describes a kernel before its functions are shuffled: which bytes move, which fields say
 * where they are, and which tables are in their order. unit_table.c writes it as the unit table of
 * <bzboot/shuffle.h>, which knows nothing of Linux.
 *
 * Offsets are from the load address, in the kernel as it is linked.
 */
#ifndef PACKER_SHUFFLE_PLAN_H
#define PACKER_SHUFFLE_PLAN_H

#include <bzboot/shuffle.h>

/* A range of code in which units change places. Groups ascend and do not overlap. */
struct shuffle_group {
	uint32_t offset, size;
	uint32_t first_unit, unit_count;
};

/* Bytes that move as one. Units ascend, and those of a group tile it from its start, with gaps. */
struct shuffle_unit {
	uint32_t offset, size; /* with the padding that is kept behind it */
	uint32_t gap;	       /* bytes of padding that is left out */
	uint32_t alignment;    /* a power of two: of its place */
	uint32_t chain;	       /* units of a number other than 0 keep their order */
};

/* The unit of a field's target, when the value alone would find another. */
enum {
	SHUFFLE_BY_VALUE = 0xffffffff,
	SHUFFLE_STAYS = 0xfffffffe,
};

struct shuffle_field {
	uint32_t offset;
	enum bzb_shuffle_kind kind;
	uint32_t unit; /* of its target, or one of the two above */
};

struct shuffle_range {
	uint32_t offset, size;
};

struct shuffle_plan {
	struct shuffle_group *groups;
	size_t group_count, group_room;
	struct shuffle_unit *units;
	size_t unit_count, unit_room;
	struct shuffle_field *fields; /* ascending when finished */
	size_t field_count, field_room;
	struct shuffle_range *ranges; /* of code whose calls are no fields; ascending */
	size_t range_count, range_room;
	struct shuffle_range callees; /* the code that calls lead to */
	size_t call_count;
	struct bzb_shuffle_ordered ordered[BZB_SHUFFLE_ORDERED_MAX];
	size_t ordered_count;
	struct bzb_shuffle_names names; /* kallsyms; count 0: none */
};

#endif
