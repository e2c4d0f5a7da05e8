/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gzip (RFC 1952): one member, whose size is verified and, in decode(), also its CRC-32. zlib's
 * inflateBack() decompresses the contents; it is half the size of inflate().
 */
#include <zlib.h>

#include <bzboot/decode.h>

#include "crc32.h"
#include "workspace.h"

/* RFC 1952, 2.3: | magic, method | flags | time, XFL, OS | optional fields | deflate | trailer | */
#define FLAGS_AT 3u
#define HEADER 10u
#define FLAG_HCRC 0x02u
#define FLAG_EXTRA 0x04u
#define FLAG_NAME 0x08u
#define FLAG_COMMENT 0x10u
#define FLAGS_RESERVED 0xe0u

struct trailer {
	bzb_le32 crc32, size; /* of the decompressed bytes; size is modulo 2^32 */
};

/* inflateBack() needs "about 7 kilobytes" (zconf.h), and a window, which it reuses. */
struct memory {
	struct crc32_tables tables;
	unsigned char window[1u << MAX_WBITS];
	unsigned char zlib[8u << 10];
};

struct output {
	const struct crc32_tables *tables; /* NULL: do not compute the CRC-32 */
	unsigned char *to;
	size_t size, done;
	uint32_t crc32;
	bool full; /* there were more than size bytes */
};

static size_t workspace_size(struct bzb_span stream)
{
	(void)stream;
	return sizeof(struct memory);
}

static voidpf take_slice(voidpf workspace, uInt items, uInt size)
{
	if (items && size > SIZE_MAX / items)
		return NULL;
	return workspace_take(workspace, (size_t)items * size);
}

static void give_back(voidpf workspace, voidpf taken)
{
	workspace_give_back(workspace, taken);
}

/* Moves *at past a text and its NUL. */
static int skip_text(struct bzb_span stream, size_t *at)
{
	struct bzb_span byte;

	do {
		if (bzb_slice(stream, (*at)++, 1, &byte))
			return -BZB_ERR_BADDATA;
	} while (*byte.data);
	return 0;
}

static int skip_extra(struct bzb_span stream, size_t *at)
{
	struct bzb_span field;

	if (bzb_slice(stream, *at, 2, &field))
		return -BZB_ERR_BADDATA;
	*at += 2u + bzb_get16(field.data);
	return 0;
}

/* Verifies the field at *at: the low half of the CRC-32 of the header before it. */
static int check_header(const struct crc32_tables *tables, struct bzb_span stream, size_t *at)
{
	struct bzb_span field;

	if (bzb_slice(stream, *at, 2, &field) ||
	    bzb_get16(field.data) != (crc32_add(tables, 0, stream.data, *at) & 0xffff))
		return -BZB_ERR_BADDATA;
	*at += 2;
	return 0;
}

/* Finds the bytes between header and trailer. */
static int find_deflate(const struct crc32_tables *tables, struct bzb_span stream,
			struct bzb_span *ret)
{
	size_t at = HEADER;
	enum bzb_codec codec;
	unsigned char flags;

	if (stream.size < HEADER || bzb_codec_from_magic(stream, &codec) || codec != BZB_CODEC_GZIP)
		return -BZB_ERR_BADDATA;
	flags = stream.data[FLAGS_AT];
	if (flags & FLAGS_RESERVED || (flags & FLAG_EXTRA && skip_extra(stream, &at)) ||
	    (flags & FLAG_NAME && skip_text(stream, &at)) ||
	    (flags & FLAG_COMMENT && skip_text(stream, &at)) ||
	    (flags & FLAG_HCRC && check_header(tables, stream, &at)))
		return -BZB_ERR_BADDATA;
	if (at > stream.size || stream.size - at < sizeof(struct trailer))
		return -BZB_ERR_BADDATA;
	return bzb_slice(stream, at, stream.size - at - sizeof(struct trailer), ret);
}

/* inflateBack() has all of its input from the start. */
static unsigned int no_more(void *unused, z_const unsigned char **ret)
{
	(void)unused;
	*ret = NULL;
	return 0;
}

static int write_window(void *context, unsigned char *window, unsigned int size)
{
	struct output *output = context;

	if (size > output->size - output->done) {
		output->full = true;
		return -1;
	}
	memcpy(output->to + output->done, window, size);
	if (output->tables)
		output->crc32 = crc32_add(output->tables, output->crc32, window, size);
	output->done += size;
	return 0;
}

static int inflate_to(struct output *output, struct bzb_span deflate, struct memory *memory)
{
	struct workspace workspace = workspace_of(memory->zlib, sizeof(memory->zlib));
	z_stream z = {
		.next_in = (Bytef *)deflate.data,
		.avail_in = (uInt)deflate.size,
		.zalloc = take_slice,
		.zfree = give_back,
		.opaque = &workspace,
	};
	int result;

	if (inflateBackInit(&z, MAX_WBITS, memory->window) != Z_OK)
		return -BZB_ERR_NOSPACE;
	result = inflateBack(&z, no_more, NULL, write_window, output);
	if (output->full)
		return -BZB_ERR_BADSIZE;
	return result == Z_STREAM_END && !z.avail_in ? 0 : -BZB_ERR_BADDATA;
}

static int check_size(const struct output *output, const struct trailer *trailer)
{
	if (output->done != output->size || bzb_ld32(trailer->size) != (uint32_t)output->size)
		return -BZB_ERR_BADSIZE;
	return 0;
}

/* Decodes a member, whose header needs memory->tables; *ret is its trailer. */
static int decode_member(struct bzb_span stream, struct memory *memory, struct output *output,
			 const struct trailer **ret)
{
	struct bzb_span deflate;
	int err;

	/* The limit of uInt, and of a bzImage. */
	if (stream.size > UINT32_MAX)
		return -BZB_ERR_BADSIZE;
	err = find_deflate(&memory->tables, stream, &deflate);
	if (!err)
		err = inflate_to(output, deflate, memory);
	if (err)
		return err;
	*ret = (const void *)(deflate.data + deflate.size);
	return check_size(output, *ret);
}

static int decode(struct bzb_span stream, void *to, size_t size, void *bytes, size_t bytes_size)
{
	struct memory *memory = bytes;
	struct output output = { .tables = &memory->tables, .to = to, .size = size };
	const struct trailer *trailer;
	int err;

	if (bytes_size < sizeof(*memory))
		return -BZB_ERR_NOSPACE;
	crc32_make_tables(&memory->tables);
	err = decode_member(stream, memory, &output, &trailer);
	if (err)
		return err;
	return bzb_ld32(trailer->crc32) == output.crc32 ? 0 : -BZB_ERR_BADDATA;
}

static int decode_part(struct bzb_span bytes, void *to, size_t size, void *workspace,
		       size_t workspace_size)
{
	struct memory *memory = workspace;
	struct output output = { .to = to, .size = size };
	const struct trailer *trailer;

	if (workspace_size < sizeof(*memory))
		return -BZB_ERR_NOSPACE;
	crc32_make_tables(&memory->tables);
	return decode_member(bytes, memory, &output, &trailer);
}

const struct bzb_decoder bzb_decoder_gzip = {
	.codec = BZB_CODEC_GZIP,
	.workspace_size = workspace_size,
	.decode = decode,
	.decode_part = decode_part,
};
