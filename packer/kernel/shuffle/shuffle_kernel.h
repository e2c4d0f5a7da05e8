/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shuffles the functions of a finished kernel: an ELF comes in, and an ELF goes out, from which the
 * code that packs it cannot tell that another than the linker has arranged it.
 *
 *   vmlinux_elf.c       the ELF: memory, sections, symbols, relocations
 *   vmlinux_implied.c   those that the linker leaves out: of .got, of what loaders read
 *   decoded.c           its instructions
 *   shuffle_cut.c       the text, cut at functions; what stays together, or where it is
 *   shuffle_pieces.c    the result
 *   shuffle_objects.c   which object a piece is from
 *   shuffle_units.c     units and groups, which fit in any order; chains of equal names
 *   linux_*.c           what Linux sorts by address
 *   shuffle_references.c  what relocations say
 *   shuffle_fields.c    the fields that must change
 *   shuffle_calls.c     calls that show themselves, so that the table need not have them
 *   unit_table.c        all that, as the unit table of <bzboot/shuffle.h>, which then shuffles
 *   shuffled_elf.c      the ELF, written again
 *   boot_core.c         a dump of a kernel that ran, of which the names are read
 *   boot_names.c        names and addresses of a kernel that ran
 *   shuffle_layout.c    the places of units by these, instead of by chance
 *   shuffle_verify*.c   the proof, which shares none of the above
 */
#ifndef PACKER_SHUFFLE_KERNEL_H
#define PACKER_SHUFFLE_KERNEL_H

#include "shuffle_cut.h"
#include "shuffle_plan.h"
#include "shuffle_survey.h"
#include "unit_facts.h"

/* The figures of a shuffle, for a message */
struct shuffle_summary {
	struct unit_facts facts;
	size_t moved;	    /* units that are elsewhere */
	uint64_t text_size; /* bytes of .text */
	/* Of shuffle_kernel_as() */
	uint64_t slide;	     /* how far KASLR had moved the kernel */
	struct why no_debug; /* why debug data is left out; empty if it is not */
	size_t cut;	     /* of its entries, whose code has been parted */
};

/**
 * shuffle_kernel() - shuffle a kernel
 * @file: an ELF as of vmlinux_open()
 * @units: that change places
 * @seed: BZB_SHUFFLE_SEED_SIZE bytes; the result depends on nothing else but @file and @units
 * @ret: the shuffled ELF, for blob_free(); untouched on error
 * @summary: set; untouched on error
 * @why: what cannot be shuffled, and where it is
 *
 * returns: 0, or -1 on error
 */
int shuffle_kernel(struct bzb_span file, enum shuffle_units units, const unsigned char *seed,
		   struct blob *ret, struct shuffle_summary *summary, struct why *why);

/* Left by another run of a kernel: one of both. */
struct shuffle_boot {
	struct bzb_span kallsyms; /* what /proc/kallsyms showed */
	struct bzb_span vmcore;	  /* a dump of its memory, of boot_core_kallsyms() */
};

/**
 * shuffle_describe() - describe a kernel, so that its boot loader can shuffle it
 * @file: an ELF as of vmlinux_open()
 * @units: that change places
 * @seed: BZB_SHUFFLE_SEED_SIZE bytes, of one order, to try
 * @ret: the ELF with a section BZB_UNITS_SECTION, for blob_free(); untouched on error
 * @ret_shuffled: the result of shuffling @ret, as of shuffle_kernel(), to be verified; likewise
 * @summary: set, for @ret_shuffled; untouched on error
 * @why: what cannot be shuffled, and where it is
 *
 * No function moves, but the unwinder's tables are in the form that can be shuffled, so @ret may
 * differ from @file there.
 *
 * returns: 0, or -1 on error
 */
int shuffle_describe(struct bzb_span file, enum shuffle_units units, const unsigned char *seed,
		     struct blob *ret, struct blob *ret_shuffled, struct shuffle_summary *summary,
		     struct why *why);

/**
 * shuffle_survey() - find out what a shuffle would move, and why not the rest
 * @file: an ELF as of vmlinux_open()
 * @ret: the figures; untouched on error
 * @why: why it cannot be shuffled
 *
 * returns: 0, or -1 on error
 */
int shuffle_survey(struct bzb_span file, struct shuffle_survey *ret, struct why *why);

/**
 * shuffle_kernel_as() - shuffle a kernel as another run of it was
 * @file: an ELF as of vmlinux_open()
 * @boot: of that run
 * @ret: the shuffled ELF, at the addresses that it is linked to, for blob_free(); untouched on error
 * @summary: set; untouched on error
 * @why: what cannot be shuffled, and where it is
 * @boot_why: what is wrong with @boot, or does not fit @file
 *
 * returns: 0, or -1 on error, with one of the reasons filled in and the other one empty
 */
int shuffle_kernel_as(struct bzb_span file, const struct shuffle_boot *boot, struct blob *ret,
		      struct shuffle_summary *summary, struct why *why, struct why *boot_why);

#endif
