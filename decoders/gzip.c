/* SPDX-License-Identifier: BSD-2-Clause */
/* gzip, by zlib: one member, decompressed in one go, CRC-32 and size verified. */
#include <zlib.h>

#include <bzboot/decode.h>

#include "workspace.h"

/*
 * "32K for windowBits=15 plus about 7 kilobytes for small objects" (zconf.h). The window is for
 * streams that break off: a whole one is decompressed without.
 */
#define WORKSPACE ((size_t)48 << 10)

/* RFC 1952: a member ends with the CRC-32 and the size of what comes out. */
#define MEMBER_TRAILER 8u

static size_t workspace_size(struct bzb_span stream)
{
	(void)stream;
	return WORKSPACE;
}

static voidpf take(voidpf workspace, uInt items, uInt size)
{
	return workspace_take(workspace, (size_t)items * size);
}

static void give_back(voidpf workspace, voidpf taken)
{
	workspace_give_back(workspace, taken);
}

/* zlib compares the size as well, but calls all that does not fit broken data. */
static bool only_size_differs(struct bzb_span stream, const unsigned char *out, size_t size)
{
	struct bzb_span crc;

	return stream.size > MEMBER_TRAILER &&
	       !bzb_slice(stream, stream.size - MEMBER_TRAILER, 4, &crc) &&
	       crc32_z(0, out, size) == bzb_ld32(*(const bzb_le32 *)crc.data);
}

static int result_of(const z_stream *z, int result, struct bzb_span stream, void *to, size_t size)
{
	size_t done = size - z->avail_out;

	if (result == Z_STREAM_END && !z->avail_in)
		return done == size ? 0 : -BZB_ERR_BADSIZE;
	if (result == Z_BUF_ERROR && !z->avail_out && z->avail_in)
		return -BZB_ERR_BADSIZE;
	if (result == Z_DATA_ERROR && only_size_differs(stream, to, done))
		return -BZB_ERR_BADSIZE;
	return -BZB_ERR_BADDATA;
}

static int decode(struct bzb_span stream, void *to, size_t size, void *bytes, size_t bytes_size)
{
	struct workspace workspace = workspace_of(bytes, bytes_size);
	z_stream z = {
		.next_in = (Bytef *)stream.data, .avail_in = (uInt)stream.size,
		.next_out = to, .avail_out = (uInt)size,
		.zalloc = take, .zfree = give_back, .opaque = &workspace,
	};

	if (bytes_size < WORKSPACE)
		return -BZB_ERR_NOSPACE;
	/* uInt; a bzImage has no more either. */
	if (stream.size > UINT32_MAX || size > UINT32_MAX)
		return -BZB_ERR_BADSIZE;
	/* + 16: a gzip header and trailer, nothing else */
	if (inflateInit2(&z, MAX_WBITS + 16) != Z_OK)
		return -BZB_ERR_NOSPACE;
	return result_of(&z, inflate(&z, Z_FINISH), stream, to, size);
}

const struct bzb_decoder bzb_decoder_gzip = { BZB_CODEC_GZIP, workspace_size, decode };
