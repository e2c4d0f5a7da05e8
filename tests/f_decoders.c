/* SPDX-License-Identifier: BSD-2-Clause */
/* The first byte gives the codec and the size of the output; the rest is the stream, which is also
 * decompressed as a part, without its header. */
#include "fuzz.h"

#define ZSTD_STATIC_LINKING_ONLY
#include <lzma.h>
#include <zstd.h>

#include <bzboot/decode.h>

#define OUT_UNIT 512u
#define WORKSPACE_MAX ((size_t)16 << 20)

static const struct bzb_decoder *const decoders[] = {
	&bzb_decoder_zstd, &bzb_decoder_xz,  &bzb_decoder_lzma,
	&bzb_decoder_gzip, &bzb_decoder_lz4, &bzb_decoder_none,
};

#define DECODERS (sizeof(decoders) / sizeof(decoders[0]))

static bool is_promised(int result)
{
	return result == 0 || result == -BZB_ERR_BADDATA || result == -BZB_ERR_BADSIZE ||
	       result == -BZB_ERR_NOSPACE;
}

/* The bytes before the first part */
static size_t header_size(enum bzb_codec codec, struct bzb_span stream)
{
	size_t size;

	switch (codec) {
	case BZB_CODEC_ZSTD:
		size = ZSTD_frameHeaderSize(stream.data, stream.size);
		return ZSTD_isError(size) ? 0 : size;
	case BZB_CODEC_XZ:
		return LZMA_STREAM_HEADER_SIZE;
	case BZB_CODEC_LZ4:
		return sizeof(bzb_le32);
	default:
		return 0;
	}
}

static struct bzb_span part_of(enum bzb_codec codec, struct bzb_span stream)
{
	size_t start = header_size(codec, stream);

	if (start > stream.size)
		start = stream.size;
	return (struct bzb_span){ stream.data + start, stream.size - start };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static _Alignas(64) unsigned char workspace[WORKSPACE_MAX];
	const struct bzb_decoder *decoder;
	struct bzb_span stream;
	size_t wanted, out_size;
	unsigned char *out;

	if (!size)
		return 0;
	decoder = decoders[data[0] % DECODERS];
	out_size = data[0] / DECODERS * OUT_UNIT;
	stream = (struct bzb_span){ data + 1, size - 1 };
	wanted = decoder->workspace_size(stream);
	if (wanted > WORKSPACE_MAX)
		return 0;
	out = malloc(out_size);
	PROMISE(out || !out_size);
	PROMISE(is_promised(decoder->decode(stream, out, out_size, workspace, wanted)));
	PROMISE(is_promised(decoder->decode_part(part_of(decoder->codec, stream), out, out_size,
						 workspace, wanted)));
	if (wanted)
		PROMISE(decoder->decode(stream, out, out_size, workspace, wanted - 1) ==
			-BZB_ERR_NOSPACE);
	free(out);
	return 0;
}
