/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Editing an image: sections are replaced, added or removed, and the image is written again. One of
 * bzboot is laid out again around its payload (own_image.h); another unified kernel image, or an
 * addon, keeps its sections and gets new ones (pe_edit.h).
 */
#ifndef PACKER_EDIT_H
#define PACKER_EDIT_H

#include "contents.h"
#include "section_list.h"

struct edit_options {
	struct contents_options contents; /* is_uki does not count, an os-release is not required */
	const char *append;		  /* to the command line; NULL: nothing */
	struct names removals;		  /* of sections */
	int profile;			  /* from 0, or PROFILE_BASE */
};

struct edited {
	struct blob image;
	bool changed;	       /* it is not the same image as before */
	bool pcrsig_dropped;   /* .pcrsig is left out, because it does not sign the new sections */
	struct blob cmdline;   /* the new one, if it changes; empty: it does not */
	bool has_initrd;       /* in the base of the new image */
	uint32_t cmdline_size; /* bytes of a command line that its kernel takes; 0: not known */
};

/**
 * edit_image() - make another image of one
 * @image: without signatures
 * @options: what changes
 * @ret: for edited_free(); untouched on error
 * @ret_culprit: the file or the option that is at fault, on error; NULL: the image
 * @why: what is wrong with it
 *
 * If nothing changes, the new image is the old one, byte for byte.
 *
 * returns: 0, or -1 on error
 */
int edit_image(struct bzb_span image, const struct edit_options *options, struct edited *ret,
	       const char **ret_culprit, struct why *why);

/**
 * edited_free() - free the new image
 * @edited: may be all zero
 */
void edited_free(struct edited *edited);

#endif
