/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernels of other machines than x86-64: Linux's `Image`, a PE image with the kernel's own EFI stub
 * in it. It is entered as an EFI application, so it is not taken apart: the payload is the Image as
 * firmware has it in memory.
 */
#ifndef PACKER_APPLICATION_H
#define PACKER_APPLICATION_H

#include <bzboot/elf.h>

#include "io/blob.h"
#include "io/diag.h"

/**
 * application_machine() - find out whether a kernel is entered as an EFI application
 * @kernel: an ELF, a PE image, or any other bytes
 * @ret: its machine, not x86-64; untouched if it is none
 *
 * returns: whether it is an ELF or a PE image for a machine whose kernels are applications
 */
bool application_machine(struct bzb_span kernel, enum bzb_machine *ret);

/**
 * application_is_linux() - find out whether a file is Linux's Image, raw
 * @file: any bytes
 *
 * Other EFI applications may be packed, too, but are seldom meant to be.
 *
 * returns: whether it is a PE image for a machine whose kernels are applications, with Linux's mark
 */
bool application_is_linux(struct bzb_span file);

/**
 * application_cmdline_size() - find out how long a command line Linux for a machine takes
 * @machine: any
 *
 * returns: bytes; 0: x86-64, whose kernels say it themselves
 */
uint32_t application_cmdline_size(enum bzb_machine machine);

/* The PE image, by its headers */
struct application {
	struct blob image;     /* the payload, SizeOfImage bytes; empty if that is an ELF */
	uint32_t size;	       /* SizeOfImage */
	uint32_t headers_size; /* SizeOfHeaders */
	uint64_t lowest;       /* the address to put it to, or a higher one; a multiple of 2 MiB */
	bool nx_compat;
	uint16_t image_version; /* MajorImageVersion */
};

/**
 * application_read() - make the payload of such a kernel
 * @input: the kernel, out of any image; may be changed
 * @machine: of application_machine()
 * @ret: the payload, for blob_free(); untouched on error
 * @why: what is wrong with the kernel
 *
 * The payload is the PE image with zeros up to SizeOfImage, without signatures and CheckSum. That
 * of an ELF are its segments by p_paddr. Each byte is where firmware would load it.
 *
 * returns: 0, or -1 on error
 */
int application_read(struct blob *input, enum bzb_machine machine, struct application *ret,
		     struct why *why);

/**
 * application_prepare_elf() - make an ELF the payload that normalise() takes, with its symbols
 * @input: the kernel; its addresses change
 * @machine: of application_machine()
 * @ret: the ELF; refers to @input
 * @ret_application: the PE image that begins with its first segment
 * @why: what is wrong with the kernel
 *
 * returns: 0, or -1 on error
 */
int application_prepare_elf(struct blob *input, enum bzb_machine machine, struct bzb_elf *ret,
			    struct application *ret_application, struct why *why);

#endif
