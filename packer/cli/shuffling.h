/* SPDX-License-Identifier: BSD-2-Clause */
/* Shuffling for commands: with messages, and proved before anything is written. */
#ifndef PACKER_SHUFFLING_H
#define PACKER_SHUFFLING_H

#include "io/blob.h"
#include "io/diag.h"
#include "kernel/shuffle/shuffle_kernel.h"
#include "kernel/shuffle/shuffle_verify.h"
#include "command_options.h"

/* The files of messages. */
struct shuffling_names {
	const char *original, *shuffled;
};

/* The words of shuffling_take_units() */
extern const struct option_value value_units;

/**
 * shuffling_take_units() - read the units that change places
 * @command: of the option
 * @name: of the option, without dashes
 * @argument: one of value_units
 * @ret: untouched on error
 *
 * returns: 0, or an exit status after a message
 */
int shuffling_take_units(const char *command, const char *name, const char *argument,
			 enum shuffle_units *ret);

/**
 * shuffling_read_seed() - read a seed
 * @text: as of bzb_shuffle_read_seed()
 * @seed: BZB_SHUFFLE_SEED_SIZE bytes; untouched on error
 * @why: that it is none
 *
 * returns: 0, or -1 on error
 */
int shuffling_read_seed(const char *text, unsigned char *seed, struct why *why);

/**
 * shuffling_draw_seed() - make a random seed
 * @seed: BZB_SHUFFLE_SEED_SIZE bytes
 * @why: that the system has no random numbers
 *
 * returns: 0, or -1 on error
 */
int shuffling_draw_seed(unsigned char *seed, struct why *why);

/**
 * shuffling_keep() - keep the parts of a file that are read more than once
 * @file: as of file_map(), of a kernel: another program may change it
 */
void shuffling_keep(const struct blob *file);

/**
 * shuffling_compare() - verify a shuffled kernel
 * @names: of the files
 * @original: the kernel
 * @shuffled: the other one
 * @counts: set
 *
 * returns: 0, or -1 after messages
 */
int shuffling_compare(const struct shuffling_names *names, struct bzb_span original,
		      struct bzb_span shuffled, struct shuffle_counts *counts);

/**
 * shuffling_refuse() - say that a shuffled kernel that is not the same one is not written
 * @file: of it
 * @seed: BZB_SHUFFLE_SEED_SIZE bytes, of a fault of bzboot; NULL: its order came from elsewhere
 *
 * returns: -1
 */
int shuffling_refuse(const char *file, const unsigned char *seed);

/**
 * shuffling_run() - shuffle a kernel, and verify it
 * @names: of the files
 * @original: the kernel
 * @units: that change places
 * @seed: BZB_SHUFFLE_SEED_SIZE bytes
 * @ret: the shuffled kernel, for blob_free(); untouched on error
 * @summary: set; untouched on error
 *
 * returns: 0, or -1 after messages
 */
int shuffling_run(const struct shuffling_names *names, struct bzb_span original,
		  enum shuffle_units units, const unsigned char *seed, struct blob *ret,
		  struct shuffle_summary *summary);

/**
 * shuffling_describe() - describe a kernel for the stub, which shuffles it
 * @names: of the files
 * @original: the kernel
 * @units: that change places
 * @ret: the kernel with its unit table, for blob_free(); untouched on error
 * @summary: set; untouched on error
 *
 * One order is tried and verified.
 *
 * returns: 0, or -1 after messages
 */
int shuffling_describe(const struct shuffling_names *names, struct bzb_span original,
		       enum shuffle_units units, struct blob *ret, struct shuffle_summary *summary);

/**
 * shuffling_print() - print the figures of a shuffle
 * @file: the file of the message
 * @summary: of the shuffle
 * @seed: BZB_SHUFFLE_SEED_SIZE bytes, which are printed; NULL: it is drawn at each boot
 */
void shuffling_print(const char *file, const struct shuffle_summary *summary,
		     const unsigned char *seed);

/**
 * shuffling_print_survey() - print what a shuffle would move, and why not the rest, on standard output
 * @name: of the file
 * @survey: of shuffle_survey()
 */
void shuffling_print_survey(const char *name, const struct shuffle_survey *survey);

#endif
