/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of a unified kernel image for others than the kernel: boot menus, the firmware's
 * display, the operating system. Options have the spelling and the meaning of ukify's.
 */
#ifndef PACKER_UKI_CONTENTS_H
#define PACKER_UKI_CONTENTS_H

#include <bzboot/machine.h>

#include "io/blob.h"
#include "io/diag.h"
#include "io/names.h"

struct uki_options {
	const char *os_release;	 /* a text, or "@FILE" */
	const char *uname;	 /* a text, or "@FILE"; NULL: the kernel's */
	const char *title;	 /* replaces PRETTY_NAME; NULL: it does not */
	const char *device_tree; /* a file; NULL: none */
	const char *splash;	 /* a file; NULL: none */
	const char *pcrpkey;	 /* a file; NULL: none */
	const char *pcrsig;	 /* a text, or "@FILE"; NULL: none */
	const char *profile;	 /* likewise: it begins the first profile */
	struct names sections;	 /* "NAME:TEXT" or "NAME:@FILE" */
	struct names joined;	 /* files: PE images, each with a profile */
};

struct uki_section {
	char name[9];
	bool is_text;
	struct blob bytes;
};

struct uki {
	/* without NUL; empty: none */
	struct blob os_release, device_tree, uname, splash, pcrpkey, pcrsig, profile, magic;
	struct uki_section *others;
	size_t other_count;
	struct uki_section *joined; /* the sections of other profiles, in their order */
	size_t joined_count;
};

/**
 * uki_is_given() - tell whether an option is given that only a unified kernel image has
 * @options: given
 */
bool uki_is_given(const struct uki_options *options);

/**
 * uki_make() - read what options give
 * @options: given
 * @version: the kernel's version text; its first word is the default of .uname. NULL: only what is
 *	given, for an image that has the rest
 * @ret: for uki_free(); untouched on error
 * @ret_culprit: the file or the option that is at fault, on error
 * @why: what is wrong with it
 *
 * returns: 0, or -1 on error
 */
int uki_make(const struct uki_options *options, const char *version, struct uki *ret,
	     const char **ret_culprit, struct why *why);

/**
 * uki_keep() - keep a section of another unified kernel image
 * @uki: made for a new one; gets the section if no option gives it
 * @options: given
 * @name: of the section
 * @bytes: moved out if they are kept
 */
void uki_keep(struct uki *uki, const struct uki_options *options, const char *name,
	      struct blob *bytes);

/**
 * uki_check_machine() - refuse device trees for a machine whose kernels take none
 * @uki: made
 * @machine: of the image
 * @ret_culprit: the option that is at fault, on error
 * @why: what is wrong with it
 *
 * returns: 0, or -1 on error
 */
int uki_check_machine(const struct uki *uki, enum bzb_machine machine, const char **ret_culprit,
		      struct why *why);

/**
 * uki_with_title() - give an operating system another title in boot menus
 * @os_release: its lines
 * @title: the new PRETTY_NAME
 *
 * returns: the lines, for blob_free()
 */
struct blob uki_with_title(struct bzb_span os_release, const char *title);

/**
 * uki_sbat() - the SBAT that a unified kernel image has of itself
 *
 * returns: two lines, as of ukify's images; static
 */
struct bzb_span uki_sbat(void);

/**
 * uki_free() - free them
 * @uki: becomes empty
 */
void uki_free(struct uki *uki);

#endif
