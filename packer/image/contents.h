/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The contents of an image besides its kernel: SBAT, a command line, an initrd, and what a unified
 * kernel image has besides. Options give them, or the new image keeps those of the input.
 */
#ifndef PACKER_CONTENTS_H
#define PACKER_CONTENTS_H

#include "input/embedded.h"
#include "io/names.h"
#include "uki_contents.h"

struct contents_options {
	const char *cmdline;	  /* NULL: not given, or in a file */
	const char *cmdline_file; /* NULL: not given, or a text */
	struct names initrds;	  /* files */
	struct names sbats;	  /* files, "@FILE", or texts that begin with "sbat," */
	struct names microcodes;  /* files */
	bool exact_initrd;	  /* no zeros after its last file */
	bool is_uki;		  /* a unified kernel image is wanted, with: */
	struct uki_options uki;
	uint8_t decided, defaults; /* BZB_MANIFEST_*_DECIDED: which of them the options give,
					by kind; an empty one leaves out the input's */
};

struct contents {
	struct blob sbat;      /* without NUL; empty: none */
	struct blob cmdline;   /* likewise */
	struct blob initrd;    /* empty: none */
	struct blob microcode; /* of a unified kernel image: before the initrd; empty: none */
	bool is_uki;
	struct uki uki;		       /* only of a unified kernel image */
	struct embedded_section *kept; /* sections of the input, for one */
	size_t kept_count;
	uint8_t decided;     /* BZB_MANIFEST_*_DECIDED: a boot loader cannot replace them */
	size_t kept_cmdline; /* bytes of the input's; 0: there is none, or another one */
	size_t kept_initrd;  /* likewise */
};

/**
 * contents_options_set_cmdline() - take the argument of an option for the command line
 * @options: changed
 * @argument: a text, or "@FILE"; stays in use
 */
void contents_options_set_cmdline(struct contents_options *options, const char *argument);

/**
 * contents_options_free() - free the lists in the options
 * @options: may be all zeros
 */
void contents_options_free(struct contents_options *options);

/**
 * contents_keep() - keep the contents of the input that no option replaces
 * @contents: all zeros at first
 * @options: the contents that are given
 * @input: the contents of the input; those that are kept are moved out of it
 * @why: what is wrong with the input
 *
 * returns: 0, or -1 on error
 */
int contents_keep(struct contents *contents, const struct contents_options *options,
		  struct embedded *input, struct why *why);

/**
 * contents_keep_sbat() - keep the SBAT of the input
 * @contents: changed
 * @sbat: of the input; empty: none. It is moved out, unless there is an error
 * @why: why shim does not accept it
 *
 * returns: 0, or -1 on error
 */
int contents_keep_sbat(struct contents *contents, struct blob *sbat, struct why *why);

/**
 * contents_add() - add the contents that the options give
 * @contents: after contents_keep() and contents_keep_sbat()
 * @options: the contents that are given
 * @version: the kernel's version text; NULL: only what is given, for an image that has the rest
 * @ret_culprit: the file or the option that is at fault, on error
 * @why: what is wrong with it
 *
 * Components of a given SBAT replace those that are there.
 *
 * returns: 0, or -1 on error
 */
int contents_add(struct contents *contents, const struct contents_options *options,
		 const char *version, const char **ret_culprit, struct why *why);

/**
 * contents_free() - free the contents
 * @contents: becomes empty
 */
void contents_free(struct contents *contents);

#endif
