/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xz and LZMA alone, by liblzma. xz: one stream, its check verified, as far as the library was
 * linked with it. LZMA alone has none; the size is verified.
 *
 * liblzma decompresses into a dictionary of its own, and copies from there: the workspace is as
 * large as the dictionary that the stream's header asks for.
 */
#include <lzma.h>

#include <bzboot/decode.h>

#include "workspace.h"

/* For all but the dictionary. liblzma 5.4 takes 37 KiB for xz, 33 KiB for LZMA alone. */
#define CODERS ((uint64_t)64 << 10)

static void *take(void *workspace, size_t count, size_t size)
{
	return count && size > SIZE_MAX / count ? NULL : workspace_take(workspace, count * size);
}

static void give_back(void *workspace, void *taken)
{
	workspace_give_back(workspace, taken);
}

/* What cannot be had is more than anybody has. */
static size_t with_dictionary(uint64_t dictionary)
{
	return dictionary > SIZE_MAX - CODERS ? SIZE_MAX : (size_t)(dictionary + CODERS);
}

static int error_of(lzma_ret result)
{
	switch (result) {
	case LZMA_MEM_ERROR:
		return -BZB_ERR_NOSPACE;
	case LZMA_BUF_ERROR:
		return -BZB_ERR_BADSIZE;
	default:
		return -BZB_ERR_BADDATA;
	}
}

/* --- xz ---------------------------------------------------------------------- */

/* 0 for a header that is broken: there will be nothing to decompress. */
static uint64_t block_memory(struct bzb_span stream)
{
	/* Options of four filters, of which those of LZMA2 are the largest. */
	unsigned char bytes[2 * sizeof(lzma_options_lzma) + 4 * WORKSPACE_ALIGN]
		__attribute__((aligned(16)));
	struct workspace workspace = workspace_of(bytes, sizeof(bytes));
	lzma_allocator allocator = { take, give_back, &workspace };
	lzma_filter filters[LZMA_FILTERS_MAX + 1];
	lzma_block block = { .check = LZMA_CHECK_CRC32, .filters = filters };
	struct bzb_span header;

	if (bzb_slice(stream, LZMA_STREAM_HEADER_SIZE, 1, &header) || !header.data[0])
		return 0;
	block.header_size = lzma_block_header_size_decode(header.data[0]);
	if (bzb_slice(stream, LZMA_STREAM_HEADER_SIZE, block.header_size, &header) ||
	    lzma_block_header_decode(&block, &allocator, header.data) != LZMA_OK)
		return 0;
	return lzma_raw_decoder_memusage(filters);
}

/* The first block speaks for all. */
static size_t xz_workspace_size(struct bzb_span stream)
{
	return with_dictionary(block_memory(stream));
}

static int xz_decode(struct bzb_span stream, void *to, size_t size, void *bytes,
		     size_t bytes_size)
{
	struct workspace workspace = workspace_of(bytes, bytes_size);
	lzma_allocator allocator = { take, give_back, &workspace };
	uint64_t memory_max = UINT64_MAX;
	size_t in = 0, out = 0;
	lzma_ret result;

	if (bytes_size < xz_workspace_size(stream))
		return -BZB_ERR_NOSPACE;
	result = lzma_stream_buffer_decode(&memory_max, 0, &allocator, stream.data, &in,
					   stream.size, to, &out, size);
	if (result != LZMA_OK)
		return error_of(result);
	if (in != stream.size)
		return -BZB_ERR_BADDATA;
	return out == size ? 0 : -BZB_ERR_BADSIZE;
}

const struct bzb_decoder bzb_decoder_xz = { BZB_CODEC_XZ, xz_workspace_size, xz_decode };

/* --- LZMA alone -------------------------------------------------------------- */

/* | lc, lp, pb in a byte | LE32 size of the dictionary | LE64 size, or all ones | */
static size_t lzma_workspace_size(struct bzb_span stream)
{
	struct bzb_span field;

	if (bzb_slice(stream, 1, 4, &field))
		return with_dictionary(0);
	return with_dictionary(bzb_ld32(*(const bzb_le32 *)field.data));
}

static int lzma_result_of(const lzma_stream *lzma, lzma_ret result)
{
	if (result == LZMA_STREAM_END) {
		if (lzma->avail_in)
			return -BZB_ERR_BADDATA;
		return lzma->avail_out ? -BZB_ERR_BADSIZE : 0;
	}
	/* Stopped in the middle: for lack of room, or of input? */
	if (result == LZMA_OK)
		result = lzma->avail_in ? LZMA_BUF_ERROR : LZMA_DATA_ERROR;
	return error_of(result);
}

static int lzma_decode(struct bzb_span stream, void *to, size_t size, void *bytes,
		       size_t bytes_size)
{
	struct workspace workspace = workspace_of(bytes, bytes_size);
	lzma_allocator allocator = { take, give_back, &workspace };
	lzma_stream lzma = LZMA_STREAM_INIT;
	lzma_ret result;

	if (bytes_size < lzma_workspace_size(stream))
		return -BZB_ERR_NOSPACE;
	lzma.allocator = &allocator;
	lzma.next_in = stream.data;
	lzma.avail_in = stream.size;
	lzma.next_out = to;
	lzma.avail_out = size;
	result = lzma_alone_decoder(&lzma, UINT64_MAX);
	if (result == LZMA_OK)
		result = lzma_code(&lzma, LZMA_FINISH);
	return lzma_result_of(&lzma, result);
}

const struct bzb_decoder bzb_decoder_lzma = {
	BZB_CODEC_LZMA, lzma_workspace_size, lzma_decode,
};
