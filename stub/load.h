/* SPDX-License-Identifier: BSD-2-Clause */
/* From the compressed payload to a kernel in memory. Runs on the host too. */
#ifndef STUB_LOAD_H
#define STUB_LOAD_H

#include <bzboot/bzboot.h>

/**
 * load_size() - memory that load_kernel() wants
 * @manifest: of the image
 *
 * returns: bytes: the kernel with its gap and, behind it, the decoder's
 * workspace, which is free again when the kernel runs
 */
uint64_t load_size(const struct bzb_manifest *manifest);

/**
 * load_kernel() - decompress the kernel to where it runs
 * @manifest: of the image
 * @stream: the compressed payload
 * @memory: load_size() bytes, 64-byte aligned, of any content
 * @ret: the kernel at @memory; untouched on error
 *
 * Decompressing is loading: the segments end up where they belong, @memory plus
 * the gap standing for the load address. The stream's checksum, its size and
 * the ELF are checked; what the segments have beyond their file bytes is zero.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADDATA, -BZB_ERR_BADSIZE, the stream is corrupt
 *	-BZB_ERR_BADHEADER, the ELF is not the one the manifest describes
 *	what bzb_image_parse() returns
 */
int load_kernel(const struct bzb_manifest *manifest, struct bzb_span stream,
		unsigned char *memory, struct bzb_image *ret);

#endif
