/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decoders: they decompress a whole stream or, in the stub and in boot loaders, the
 * parts of a payload. The library contains none; the caller passes one as a table of
 * functions. Decoders that use the usual libraries are in decoders/: compile and
 * link those whose libraries you have, or write your own.
 */
#ifndef BZBOOT_DECODE_H
#define BZBOOT_DECODE_H

#include <bzboot/payload.h>

struct bzb_decoder {
	enum bzb_codec codec;

	/**
	 * workspace_size() - get the memory that the decoder needs beside its output
	 * @stream: the compressed payload, without trailer; may be corrupt: there
	 * is a size for it, too
	 *
	 * returns: bytes
	 */
	size_t (*workspace_size)(struct bzb_span stream);

	/**
	 * decode() - decompress a whole stream
	 * @stream: the compressed payload, without trailer
	 * @to: the output; may be the decoder's window, so nothing else may change
	 * it in the meantime
	 * @size: of @to: the stream must decompress to exactly that; bytes
	 * @workspace: 64-byte aligned
	 * @workspace_size: at least workspace_size(@stream)
	 *
	 * Reads nothing outside @stream, writes nothing outside the two
	 * buffers. The stream's checksum, if it has one, is verified.
	 *
	 * returns:
	 *	0, on success
	 *	-BZB_ERR_BADDATA, @stream is not exactly one stream of this codec
	 *	(a second one, a skippable frame and padding are invalid), or its
	 *	checksum is wrong
	 *	-BZB_ERR_BADSIZE, it decompresses to less or to more than @size
	 *	-BZB_ERR_NOSPACE, @workspace is too small
	 */
	int (*decode)(struct bzb_span stream, void *to, size_t size, void *workspace,
		      size_t workspace_size);

	/**
	 * decode_part() - decompress a part, independently of the other parts
	 * @bytes: the part of the stream
	 * @to: the output; as for decode()
	 * @size: of @to: the part must decompress to exactly that; bytes
	 * @workspace: of this call alone; 64-byte aligned
	 * @workspace_size: at least workspace_size(stream)
	 *
	 * A part is: for zstd, blocks of a frame that do not refer to blocks
	 * before them; for xz, a block of a stream; for LZ4, blocks of a frame
	 * without the magic number; for the others, the whole stream. The parts
	 * of a stream may be decompressed in any order and at the same time. No
	 * checksum is verified: the caller has verified @bytes.
	 *
	 * returns: as decode()
	 */
	int (*decode_part)(struct bzb_span bytes, void *to, size_t size, void *workspace,
			   size_t workspace_size);
};

extern const struct bzb_decoder bzb_decoder_none; /* decoders/none.c */
extern const struct bzb_decoder bzb_decoder_gzip; /* gzip.c: zlib */
extern const struct bzb_decoder bzb_decoder_lzma; /* lzma.c: liblzma */
extern const struct bzb_decoder bzb_decoder_xz;	  /* lzma.c: liblzma */
extern const struct bzb_decoder bzb_decoder_lz4;  /* lz4.c: liblz4 */
extern const struct bzb_decoder bzb_decoder_zstd; /* zstd.c: libzstd */

/**
 * bzb_stack_overwritten() - called when a decoder has written past its data on the stack
 *
 * A program that links decoders/no_malloc.c, the stand-ins for functions of a C library that the
 * decoders' libraries call, must define it. The stack and its return addresses are invalid: print
 * an error and stop.
 */
_Noreturn void bzb_stack_overwritten(void);

#endif
