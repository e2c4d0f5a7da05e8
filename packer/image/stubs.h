/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stubs: the code before a payload. A stub is an ELF file (ET_DYN, linked at 0) whose
 * addresses are those of the image: address == RVA == file offset. It has these PT_LOADs:
 *
 *   R    16-bit setup code, from BZB_SETUP_CODE_OFFSET up; only for x86-64
 *   R X  .text; it starts on a page, and the protected-mode part of a bzImage with it
 *   R W  .data; it starts on the next page, with a blank manifest, and has no bss
 *
 * and its entry point is the one of the EFI application.
 */
#ifndef PACKER_STUBS_H
#define PACKER_STUBS_H

#include <bzboot/machine.h>
#include <bzboot/manifest.h>

#include "io/diag.h"

struct stub {
	enum bzb_machine machine;
	struct bzb_span setup_code;	   /* empty for other machines than x86-64 */
	uint32_t text_offset, data_offset; /* file offsets in the image */
	struct bzb_span text, data;
	uint32_t entry; /* RVA */
	struct bzb_stub_info info;
};

/* Bits of the kind of a stub */
enum {
	STUB_PLAIN = 0,
	STUB_UKI = 1,	  /* for unified kernel images */
	STUB_SHUFFLE = 2, /* it shuffles the kernel's functions; for x86-64 only */
	STUB_KINDS = 4,
};

/**
 * stub_has_machine() - whether this program has stubs for a machine
 * @machine: which
 */
bool stub_has_machine(enum bzb_machine machine);

/**
 * stub_embedded() - a stub that is part of this program
 * @machine: the machine of the stub
 * @codec: the codec of the stub
 * @kind: of the bits above
 * @ret: the ELF file; untouched on error
 * @why: that there is none
 *
 * returns: 0, or -1 on error
 */
int stub_embedded(enum bzb_machine machine, enum bzb_codec codec, unsigned int kind,
		  struct bzb_span *ret, struct why *why);

/**
 * stub_parse() - read a stub
 * @file: the ELF file
 * @ret: its parts; untouched on error; refers to @file
 * @why: what went wrong
 *
 * returns: 0, or -1 on error
 */
int stub_parse(struct bzb_span file, struct stub *ret, struct why *why);

#endif
