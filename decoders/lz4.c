/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LZ4, by liblz4: the legacy frame of "lz4 -l", the one that Linux supports,
 *
 *   | magic | LE32 size, block | LE32 size, block ... |
 *
 * where every block but the last one decompresses to 8 MiB. It has no checksum: damage that does
 * not change the structure or the size is not detected.
 */
#include <lz4.h>

#include <bzboot/decode.h>

#define MAGIC_SIZE 4u
#define BLOCK ((size_t)8 << 20)

static size_t workspace_size(struct bzb_span stream)
{
	(void)stream;
	return 0;
}

/* Reads a number and moves *at past it. */
static int read_number(struct bzb_span stream, size_t *at, uint32_t *ret)
{
	struct bzb_span field;

	if (bzb_slice(stream, *at, 4, &field))
		return -BZB_ERR_BADDATA;
	*at += 4;
	*ret = bzb_get32(field.data);
	return 0;
}

/* returns: the number of decompressed bytes, or an error */
static int decode_block(struct bzb_span block, unsigned char *to, size_t left)
{
	size_t room = left < BLOCK ? left : BLOCK;
	int size;

	/* An invalid size may be padding with zeros, or the magic number of another frame. */
	if (!block.size || block.size > LZ4_COMPRESSBOUND(BLOCK))
		return -BZB_ERR_BADDATA;
	size = LZ4_decompress_safe((const char *)block.data, (char *)to, (int)block.size,
				   (int)room);
	if (size > 0)
		return size;
	if (!size)
		return -BZB_ERR_BADDATA;
	/* For liblz4 a block that is larger than the space is the same as a corrupt one. */
	return room < BLOCK ? -BZB_ERR_BADSIZE : -BZB_ERR_BADDATA;
}

/* @bytes: all blocks after the magic number, or some of them. */
static int decode_part(struct bzb_span bytes, void *to, size_t size, void *workspace,
		       size_t workspace_size)
{
	unsigned char *out = to;
	size_t at = 0, done = 0;

	(void)workspace;
	(void)workspace_size;
	while (at < bytes.size) {
		struct bzb_span block;
		uint32_t number;
		int block_size;

		if (read_number(bytes, &at, &number) || bzb_slice(bytes, at, number, &block))
			return -BZB_ERR_BADDATA;
		at += number;
		block_size = decode_block(block, out + done, size - done);
		if (block_size < 0)
			return block_size;
		done += (size_t)block_size;
	}
	return done == size ? 0 : -BZB_ERR_BADSIZE;
}

static int decode(struct bzb_span stream, void *to, size_t size, void *workspace,
		  size_t workspace_size)
{
	enum bzb_codec codec;

	if (bzb_codec_from_magic(stream, &codec) || codec != BZB_CODEC_LZ4 ||
	    bzb_slice(stream, MAGIC_SIZE, stream.size - MAGIC_SIZE, &stream))
		return -BZB_ERR_BADDATA;
	return decode_part(stream, to, size, workspace, workspace_size);
}

const struct bzb_decoder bzb_decoder_lz4 = {
	.codec = BZB_CODEC_LZ4,
	.workspace_size = workspace_size,
	.decode = decode,
	.decode_part = decode_part,
};
