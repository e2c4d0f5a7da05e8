/* SPDX-License-Identifier: BSD-2-Clause */
/* Packing, step by step. */
#ifndef PACKER_PACK_H
#define PACKER_PACK_H

#include <bzboot/zboot.h>

#include "image/contents.h"
#include "kernel/kernel.h"
#include "kernel/shuffle/shuffle_kernel.h"
#include "payload/compress.h"
#include "sign/sign.h"

struct pack_options {
	const char *kernel, *output;
	const char *stub; /* a file; NULL: the one inside bzboot */
	struct kernel_options of_kernel;
	const struct compressor *compressor;
	struct compress_how how;
	enum bzb_zboot_magic zboot_magic;
	bool best;    /* compressor_run_best() */
	bool shuffle; /* the kernel's functions: when packing, by shuffle_seed, or, if that */
	const unsigned char *shuffle_seed; /* is NULL, at boot */
	enum shuffle_units shuffle_units;
	struct contents_options contents;
	struct sign_options sign; /* without key: not to be signed */
};

/**
 * pack_run() - pack a kernel
 * @options: complete, and free of contradictions
 *
 * Errors and warnings are printed.
 *
 * returns: 0, or -1 on error: no image was written
 */
int pack_run(const struct pack_options *options);

/**
 * pack_make() - pack a kernel, and do not write the image
 * @options: as of pack_run(); messages are about the output
 * @ret: the image; untouched on error
 *
 * returns: 0, or -1 on error
 */
int pack_make(const struct pack_options *options, struct blob *ret);

/* Messages of pack_check() */
enum pack_message {
	PACK_WARNING,	 /* the kernel can be packed */
	PACK_RELOCATION, /* a field that no relocation can move correctly */
	PACK_ERROR,	 /* another reason to refuse it */
};

struct pack_listener {
	void (*tell)(void *context, enum pack_message message, const struct why *what);
	void *context;
};

/**
 * pack_check() - pack a kernel, uncompressed, and throw the image away
 * @name: of the kernel
 * @kernel: the bytes of its file, decompressed; copied
 * @listener: gets every reason to refuse it
 * @ret: the fields that move, for relocs_free(); untouched on error
 *
 * These are the steps of pack_run() that depend on the kernel.
 *
 * returns: 0, or -1 on error
 */
int pack_check(const char *name, struct bzb_span kernel, const struct pack_listener *listener,
	       struct relocs *ret);

#endif
