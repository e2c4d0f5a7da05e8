/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decoders: how a loader, the stub too, decompresses the parts of a payload, and
 * anybody a stream as a whole. The library has none; it takes one as a table of
 * functions. Ready-made ones, each on top of a well-kept library, are in
 * decoders/: compile and link those whose libraries you have, or write your own.
 */
#ifndef BZBOOT_DECODE_H
#define BZBOOT_DECODE_H

#include <bzboot/payload.h>

struct bzb_decoder {
	enum bzb_codec codec;

	/**
	 * workspace_size() - memory the decoder needs beside its output
	 * @stream: the compressed payload, without trailer; a broken one gets
	 * a size too
	 *
	 * returns: bytes
	 */
	size_t (*workspace_size)(struct bzb_span stream);

	/**
	 * decode() - decompress a whole stream
	 * @stream: the compressed payload, without trailer
	 * @to: where to; may be used as the decoder's window, so nothing else
	 * may change it meanwhile
	 * @size: that the stream must decompress to, bytes
	 * @workspace: 64-byte aligned
	 * @workspace_size: at least workspace_size(@stream)
	 *
	 * Reads nothing outside @stream, writes nothing outside the two
	 * buffers. The stream's checksum, if it has one, is verified.
	 *
	 * returns:
	 *	0, on success
	 *	-BZB_ERR_BADDATA, not one stream of this codec and nothing else
	 *	(no second one, no skippable frame, no padding),
	 *	or its checksum is wrong
	 *	-BZB_ERR_BADSIZE, it ends before @size bytes, or has more
	 *	-BZB_ERR_NOSPACE, @workspace is too small
	 */
	int (*decode)(struct bzb_span stream, void *to, size_t size,
		      void *workspace, size_t workspace_size);

	/**
	 * decode_part() - decompress a part that needs no other part
	 * @bytes: of the stream
	 * @to: where to; as for decode()
	 * @size: that it must decompress to, bytes
	 * @workspace: of this call alone; 64-byte aligned
	 * @workspace_size: at least workspace_size(stream)
	 *
	 * The parts that the codec has: blocks of a zstd frame that do not refer
	 * to others before them, a block of an xz stream, blocks of an LZ4 frame
	 * without the magic number; for all others the whole stream. The parts
	 * of one stream may be decompressed in any order, also at the same time.
	 * No checksum is verified: the caller knows that @bytes are good.
	 *
	 * returns: as decode()
	 */
	int (*decode_part)(struct bzb_span bytes, void *to, size_t size,
			   void *workspace, size_t workspace_size);
};

extern const struct bzb_decoder bzb_decoder_none;	/* decoders/none.c */
extern const struct bzb_decoder bzb_decoder_gzip;	/* gzip.c: zlib */
extern const struct bzb_decoder bzb_decoder_lzma;	/* lzma.c: liblzma */
extern const struct bzb_decoder bzb_decoder_xz;		/* lzma.c: liblzma */
extern const struct bzb_decoder bzb_decoder_lz4;	/* lz4.c: liblz4 */
extern const struct bzb_decoder bzb_decoder_zstd;	/* zstd.c: libzstd */

/**
 * bzb_stack_overwritten() - called when a decoder has written past its data on the stack
 *
 * Yours, if you link decoders/no_malloc.c, which has the functions of a C library that the decoders'
 * libraries name. Nothing on the stack can be trusted, least of all a return address: print an error
 * and stop.
 */
_Noreturn void bzb_stack_overwritten(void);

#endif
