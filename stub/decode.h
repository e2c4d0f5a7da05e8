/* SPDX-License-Identifier: BSD-2-Clause */
/* The decoder of a stub: one decode_*.c is linked into each. */
#ifndef STUB_DECODE_H
#define STUB_DECODE_H

#include <bzboot/bzboot.h>

/**
 * decoder_workspace_size() - memory the decoder wants beside its output
 *
 * returns: bytes
 */
size_t decoder_workspace_size(void);

/**
 * decode() - decompress a whole stream
 * @stream: the compressed payload, without trailer
 * @to: where to; also the decoder's window, so nothing else may change it
 * @size: that the stream must decompress to, bytes
 * @workspace: 8-byte aligned
 * @workspace_size: at least decoder_workspace_size()
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADDATA, not a stream of this codec, or its checksum is wrong
 *	-BZB_ERR_BADSIZE, it ends before @size bytes, or has more
 *	-BZB_ERR_NOSPACE, @workspace is too small
 */
int decode(struct bzb_span stream, void *to, size_t size, void *workspace,
	   size_t workspace_size);

#endif
