/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xz and LZMA alone, by liblzma. Of xz, decode() takes one stream, block by block, and verifies all
 * of it, with its index; decode_part() takes one block and verifies its size. LZMA alone has no
 * check, only its size is verified.
 *
 * liblzma decompresses into a dictionary of its own, and copies from there: the workspace has to
 * hold the dictionary, whose size is in the stream's header.
 */
#include <lzma.h>

#include <bzboot/decode.h>

#include "crc32.h"
#include "workspace.h"

/* For everything but the dictionary. liblzma 5.4 needs 35 KiB for xz, 33 KiB for LZMA alone. */
#define CODERS ((uint64_t)64 << 10)

static void *take_slice(void *workspace, size_t count, size_t size)
{
	return count && size > SIZE_MAX / count ? NULL : workspace_take(workspace, count * size);
}

static void give_back(void *workspace, void *taken)
{
	workspace_give_back(workspace, taken);
}

/* If the size overflows, it is SIZE_MAX: more than the memory of any machine. */
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

/* --- xz: "The .xz File Format", 1.2 ------------------------------------------ */

/* 2.1.1: | magic number | flags | CRC-32 of the flags |
 * 2.1.2: | CRC-32 of the next two | size of the index | flags | "YZ" | */
#define HEADER_FLAGS_AT 6u
#define HEADER_CRC_AT 8u
#define FOOTER_INDEX_SIZE_AT 4u
#define FOOTER_FLAGS_AT 8u
#define FOOTER_MAGIC_AT 10u
#define FLAGS_SIZE 2u

/* | header | block, block ... | index | footer | */
struct xz {
	const struct crc32_tables *tables;
	struct workspace workspace; /* for a block; each one starts with all of it */
	lzma_check check;
	struct bzb_span blocks, records; /* not read yet */
	uint64_t record_count;
};

/* The entry of the index for a block. */
struct record {
	uint64_t unpadded_size, size; /* bytes in the stream, decompressed bytes */
};

/* Takes the first bytes of a span; it is unchanged on error. */
static int take_front(struct bzb_span *from, uint64_t size, struct bzb_span *ret)
{
	if (bzb_slice(*from, 0, size, ret))
		return -BZB_ERR_BADDATA;
	return bzb_slice(*from, size, from->size - size, from);
}

static int take_number(struct bzb_span *from, uint64_t *ret)
{
	struct bzb_span number;
	size_t size = 0;

	if (lzma_vli_decode(ret, NULL, from->data, &size, from->size) != LZMA_OK)
		return -BZB_ERR_BADDATA;
	return take_front(from, size, &number);
}

static bool crc32_is(const struct xz *xz, struct bzb_span bytes, const unsigned char *field)
{
	return crc32_add(xz->tables, 0, bytes.data, bytes.size) == bzb_get32(field);
}

/* | 0 | number of records | records | zeros up to a multiple of 4 | CRC-32 | */
static int open_index(struct xz *xz, struct bzb_span index)
{
	struct bzb_span rest = index, first;

	if (take_front(&rest, index.size - 4, &index) || !crc32_is(xz, index, rest.data) ||
	    take_front(&index, 1, &first) || *first.data || take_number(&index, &xz->record_count))
		return -BZB_ERR_BADDATA;
	xz->records = index;
	return 0;
}

static bool is_header(const struct xz *xz, struct bzb_span header)
{
	const struct bzb_span flags = { header.data + HEADER_FLAGS_AT, FLAGS_SIZE };
	enum bzb_codec codec;

	return !bzb_codec_from_magic(header, &codec) && codec == BZB_CODEC_XZ && !flags.data[0] &&
	       flags.data[1] <= LZMA_CHECK_ID_MAX &&
	       crc32_is(xz, flags, header.data + HEADER_CRC_AT);
}

/* Whether this is a footer, with the same flags as in the header. */
static bool is_footer(const struct xz *xz, struct bzb_span footer, struct bzb_span header)
{
	const struct bzb_span fields = {
		footer.data + FOOTER_INDEX_SIZE_AT,
		FOOTER_MAGIC_AT - FOOTER_INDEX_SIZE_AT,
	};

	return !memcmp(footer.data + FOOTER_MAGIC_AT, "YZ", 2) &&
	       !memcmp(footer.data + FOOTER_FLAGS_AT, header.data + HEADER_FLAGS_AT, FLAGS_SIZE) &&
	       crc32_is(xz, fields, footer.data);
}

/* The field counts units of four bytes, minus one. */
static uint64_t index_size(struct bzb_span footer)
{
	const unsigned char *field = footer.data + FOOTER_INDEX_SIZE_AT;

	return ((uint64_t)bzb_get32(field) + 1) * 4;
}

/* The footer has the size of the index, which lies before it; the blocks lie before the index. */
static int open_xz(struct xz *xz, struct bzb_span stream)
{
	struct bzb_span header, footer, index;

	if (take_front(&stream, LZMA_STREAM_HEADER_SIZE, &header) ||
	    bzb_slice(stream, stream.size - LZMA_STREAM_HEADER_SIZE, LZMA_STREAM_HEADER_SIZE,
		      &footer) ||
	    !is_header(xz, header) || !is_footer(xz, footer, header))
		return -BZB_ERR_BADDATA;
	stream.size -= LZMA_STREAM_HEADER_SIZE;
	if (bzb_slice(stream, stream.size - index_size(footer), index_size(footer), &index))
		return -BZB_ERR_BADDATA;
	stream.size -= index.size;
	xz->check = header.data[HEADER_FLAGS_AT + 1];
	xz->blocks = stream;
	return open_index(xz, index);
}

/* Takes the next record, and its block with padding. */
static int next_record(struct xz *xz, struct record *ret, struct bzb_span *ret_block)
{
	if (take_number(&xz->records, &ret->unpadded_size) || take_number(&xz->records, &ret->size))
		return -BZB_ERR_BADDATA;
	xz->record_count--;
	return take_front(&xz->blocks, bzb_align_up(ret->unpadded_size, 4), ret_block);
}

/* Whether nothing is left but the padding of the index: up to three zeros. */
static bool is_at_end(const struct xz *xz)
{
	return xz->records.size < 4 && !xz->blocks.size &&
	       !memcmp(xz->records.data, "\0\0\0", xz->records.size);
}

/* The options of filters are allocated. */
static int read_block_header(struct bzb_span bytes, const lzma_allocator *allocator,
			     lzma_block *block)
{
	struct bzb_span header;
	lzma_ret result;

	if (!bytes.size || !bytes.data[0])
		return -BZB_ERR_BADDATA;
	block->header_size = lzma_block_header_size_decode(bytes.data[0]);
	if (bzb_slice(bytes, 0, block->header_size, &header))
		return -BZB_ERR_BADDATA;
	result = lzma_block_header_decode(block, allocator, header.data);
	return result == LZMA_OK ? 0 : error_of(result);
}

/* Returns 0 if the header or its combination of filters is invalid: decompression will fail. */
static uint64_t block_memory(struct bzb_span stream)
{
	/* The options of four filters; those of LZMA2 are the largest. */
	unsigned char bytes[2 * sizeof(lzma_options_lzma) + 4 * WORKSPACE_ALIGN]
		__attribute__((aligned(16)));
	struct workspace workspace = workspace_of(bytes, sizeof(bytes));
	lzma_allocator allocator = { take_slice, give_back, &workspace };
	lzma_filter filters[LZMA_FILTERS_MAX + 1];
	lzma_block block = { .check = LZMA_CHECK_CRC32, .filters = filters };
	struct bzb_span header;
	uint64_t memory;

	if (take_front(&stream, LZMA_STREAM_HEADER_SIZE, &header) ||
	    read_block_header(stream, &allocator, &block))
		return 0;
	memory = lzma_raw_decoder_memusage(filters);
	return memory == UINT64_MAX ? 0 : memory;
}

/* The first block stands for all. */
static size_t xz_workspace_size(struct bzb_span stream)
{
	return with_dictionary(block_memory(stream));
}

/* @bytes: the block with its padding. Checks other than CRC-32 are verified by the library, if
 * it is linked with them. */
static int decode_block(struct bzb_span bytes, lzma_check check, struct workspace workspace,
			void *to, size_t size, lzma_block *ret)
{
	lzma_allocator allocator = { take_slice, give_back, &workspace };
	lzma_filter filters[LZMA_FILTERS_MAX + 1];
	lzma_block block = { .version = 1, .check = check, .filters = filters };
	size_t in, out = 0;
	lzma_ret result;
	int err = read_block_header(bytes, &allocator, &block);

	if (err)
		return err;
	block.ignore_check = check == LZMA_CHECK_CRC32;
	in = block.header_size;
	result = lzma_block_buffer_decode(&block, &allocator, bytes.data, &in, bytes.size, to, &out,
					  size);
	if (result != LZMA_OK)
		return error_of(result);
	if (in != bytes.size)
		return -BZB_ERR_BADDATA;
	if (out != size)
		return -BZB_ERR_BADSIZE;
	block.filters = NULL;
	*ret = block;
	return 0;
}

/* Decodes a block, and verifies its record and its CRC-32. */
static int decode_record(const struct xz *xz, struct bzb_span bytes, const struct record *record,
			 void *to)
{
	const struct bzb_span out = { to, (size_t)record->size };
	lzma_block block;
	int err = decode_block(bytes, xz->check, xz->workspace, to, out.size, &block);

	if (err)
		return err;
	if (lzma_block_unpadded_size(&block) != record->unpadded_size ||
	    (block.ignore_check && !crc32_is(xz, out, block.raw_check)))
		return -BZB_ERR_BADDATA;
	return 0;
}

static int decode_blocks(struct xz *xz, unsigned char *to, size_t size)
{
	struct bzb_span block;
	struct record record;
	int err;

	while (xz->record_count) {
		if (next_record(xz, &record, &block))
			return -BZB_ERR_BADDATA;
		if (record.size > size)
			return -BZB_ERR_BADSIZE;
		err = decode_record(xz, block, &record, to);
		if (err)
			return err;
		to += record.size;
		size -= (size_t)record.size;
	}
	if (!is_at_end(xz))
		return -BZB_ERR_BADDATA;
	return size ? -BZB_ERR_BADSIZE : 0;
}

static int xz_decode(struct bzb_span stream, void *to, size_t size, void *bytes, size_t bytes_size)
{
	struct xz xz = { .workspace = workspace_of(bytes, bytes_size) };
	struct crc32_tables *tables = workspace_take(&xz.workspace, sizeof(*tables));

	if (bytes_size < xz_workspace_size(stream))
		return -BZB_ERR_NOSPACE;
	crc32_make_tables(tables);
	xz.tables = tables;
	if (open_xz(&xz, stream))
		return -BZB_ERR_BADDATA;
	return decode_blocks(&xz, to, size);
}

/* The stream has to use CRC-32: the header of a block does not state its check. */
static int xz_decode_part(struct bzb_span bytes, void *to, size_t size, void *workspace,
			  size_t workspace_size)
{
	lzma_block block;

	return decode_block(bytes, LZMA_CHECK_CRC32, workspace_of(workspace, workspace_size), to,
			    size, &block);
}

const struct bzb_decoder bzb_decoder_xz = {
	.codec = BZB_CODEC_XZ,
	.workspace_size = xz_workspace_size,
	.decode = xz_decode,
	.decode_part = xz_decode_part,
};

/* --- LZMA alone -------------------------------------------------------------- */

/* | lc, lp, pb in a byte | LE32 size of the dictionary | LE64 size, or all ones | */
static size_t lzma_workspace_size(struct bzb_span stream)
{
	struct bzb_span field;

	if (bzb_slice(stream, 1, 4, &field))
		return with_dictionary(0);
	return with_dictionary(bzb_get32(field.data));
}

static int lzma_result_of(const lzma_stream *lzma, lzma_ret result)
{
	if (result == LZMA_STREAM_END) {
		if (lzma->avail_in)
			return -BZB_ERR_BADDATA;
		return lzma->avail_out ? -BZB_ERR_BADSIZE : 0;
	}
	/* It stopped in the middle: without space if there is input, else without input. */
	if (result == LZMA_OK)
		result = lzma->avail_in ? LZMA_BUF_ERROR : LZMA_DATA_ERROR;
	return error_of(result);
}

static int lzma_decode(struct bzb_span stream, void *to, size_t size, void *bytes,
		       size_t bytes_size)
{
	struct workspace workspace = workspace_of(bytes, bytes_size);
	lzma_allocator allocator = { take_slice, give_back, &workspace };
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
	.codec = BZB_CODEC_LZMA,
	.workspace_size = lzma_workspace_size,
	.decode = lzma_decode,
	.decode_part = lzma_decode,
};
