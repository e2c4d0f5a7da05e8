/* SPDX-License-Identifier: BSD-2-Clause */
/* Compressed ELFs in a file, as Linux's scripts/extract-vmlinux looks for them. */
#ifndef PACKER_ELF_STREAMS_H
#define PACKER_ELF_STREAMS_H

#include <bzboot/payload.h>

struct elf_stream {
	size_t offset; /* in the file */
	enum bzb_codec codec;
};

/**
 * elf_stream_find() - the compressed ELF that the script finds first
 * @file: any bytes
 * @ret: it; untouched if there is none
 *
 * returns: whether there is one
 */
bool elf_stream_find(struct bzb_span file, struct elf_stream *ret);

#endif
