/* SPDX-License-Identifier: BSD-2-Clause */
/* A file that is checked: every part of it parsed once, as far as the parsers take it. */
#ifndef PACKER_SUBJECT_H
#define PACKER_SUBJECT_H

#include <stdbool.h>

#include <bzboot/authenticode.h>
#include <bzboot/bzimage.h>
#include <bzboot/elf.h>
#include <bzboot/manifest.h>
#include <bzboot/uki.h>
#include <bzboot/zboot.h>

#include "input/input.h"
#include "sign/verify.h"
#include "elf_streams.h"
#include "uki_policies.h"

/* Windows loads no PE image with more ("PE Format"), and checks take each section with each
 * other. */
#define PE_SECTIONS_MAX 96u

/* The parts that could be parsed */
enum part {
	PART_PE = 1,	       /* .pe */
	PART_AUTHENTICODE = 2, /* .authenticode */
	PART_BZIMAGE = 4,      /* .bzimage */
	PART_ZBOOT = 8,	       /* .zboot */
	PART_PAYLOAD = 16,     /* .payload: of the bzImage or the zboot image */
	PART_CONTENTS = 32,    /* .contents: what the payload decompresses to */
	PART_ELF = 64,	       /* .elf: the file itself or the contents; for x86-64 */
	PART_OWN = 128,	       /* .manifest: an image of bzboot */
};

/* The first stream in a payload that is not exactly one stream of the stated size */
struct subject_stream {
	int error;		   /* it does not decompress: of stream_decompress() */
	size_t size, decompressed; /* without error: bytes */
};

struct subject {
	const char *path; /* as given; NULL: none */
	bool is_inner;	  /* it is the kernel in an image that is checked */
	struct input input;
	struct bzb_span file;
	unsigned int kinds;  /* of the file: enum bzb_kind */
	unsigned int parts;  /* enum part */
	bool is_linux_image; /* a PE image for another machine than x86-64 with Linux's marks */
	uint16_t machine;    /* of PE headers, else of what the other formats imply; 0: not known */
	struct bzb_pe pe;
	struct bzb_authenticode authenticode;
	struct signatures signatures; /* of .authenticode */
	struct uki_policies policies; /* of a unified kernel image */
	struct bzb_bzimage bzimage;
	struct bzb_zboot zboot;
	bool has_elf_stream;
	struct elf_stream elf_stream; /* of a bzImage or a zboot image: extract-vmlinux finds it */
	struct bzb_payload payload;
	size_t payload_offset;	      /* of the stream in the file */
	struct subject_stream stream; /* without PART_CONTENTS */
	struct blob contents;
	struct bzb_elf elf;
	struct bzb_manifest manifest;
	struct why
		payload_fault; /* why there is no PART_PAYLOAD or no PART_CONTENTS; may be empty */
};

/**
 * subject_read() - read a file and parse it
 * @path: of it
 * @ret: for subject_free(); untouched on error
 * @why: the file cannot be read
 *
 * returns: 0, or -1 on error; a file of no known kind is none
 */
int subject_read(const char *path, struct subject *ret, struct why *why);

/**
 * subject_parse() - parse a file that was read
 * @input: of input_read(); taken over
 * @ret: for subject_free()
 */
void subject_parse(struct input *input, struct subject *ret);

/**
 * subject_free() - free it
 * @subject: of subject_read() or subject_parse()
 */
void subject_free(struct subject *subject);

#endif
