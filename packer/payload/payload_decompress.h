/* SPDX-License-Identifier: BSD-2-Clause */
/* Decompressing, by the decoders that stubs are linked with. */
#ifndef PACKER_PAYLOAD_DECOMPRESS_H
#define PACKER_PAYLOAD_DECOMPRESS_H

#include <bzboot/decode.h>

#include "io/blob.h"
#include "io/diag.h"

/* Far more than any kernel has; a stream that states a larger size is broken or hostile. */
#define DECOMPRESSED_MAX ((size_t)1 << 30)

/**
 * decompress_decoder() - the decoder of a codec
 * @codec: any
 *
 * returns: the decoder; NULL if the codec is known by name only
 */
const struct bzb_decoder *decompress_decoder(enum bzb_codec codec);

/**
 * decompress_workspace() - memory that a stub needs beside the decompressed kernel
 * @codec: one that there is a stub for
 * @stream: the compressed kernel, without trailer
 *
 * returns: bytes
 */
size_t decompress_workspace(enum bzb_codec codec, struct bzb_span stream);

/**
 * decompress() - decompress a payload
 * @payload: the stream, the codec, and the decompressed size
 * @ret: the decompressed bytes; untouched on error
 * @why: what went wrong
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADCODEC, a compression that is known by name only
 *	-BZB_ERR_BADDATA, the stream is broken, or something follows it
 *	-BZB_ERR_BADSIZE, the size is not @payload->size, or that is above DECOMPRESSED_MAX
 *	-BZB_ERR_NOSPACE, it needs more memory than any kernel does
 */
int decompress(const struct bzb_payload *payload, struct blob *ret, struct why *why);

/**
 * decompress_mapped() - as decompress(), for a stream in a file that may be mapped
 * @file: all of it; a stream in a mapped file is copied first, because decoders read some bytes
 *	twice
 * @payload: likewise
 * @ret: likewise
 * @why: likewise
 *
 * returns: as decompress()
 */
int decompress_mapped(const struct blob *file, const struct bzb_payload *payload, struct blob *ret,
		      struct why *why);

/**
 * decompress_part() - decompress a part of a stream as a stub does it
 * @codec: one that there is a stub for
 * @stream: the compressed kernel, without trailer
 * @part: of it
 * @to: where to
 * @size: that it must decompress to, bytes
 *
 * returns: 0, or what the decoder returns: see bzboot/decode.h
 */
int decompress_part(enum bzb_codec codec, struct bzb_span stream, struct bzb_span part,
		    unsigned char *to, size_t size);

#endif
