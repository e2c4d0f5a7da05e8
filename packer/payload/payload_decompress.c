/* SPDX-License-Identifier: BSD-2-Clause */
#include "payload_decompress.h"

/*
 * Beside the output: a dictionary, for LZMA. Linux's own decoder takes 128 MiB at most; this allows
 * more, but not without limit.
 */
#define WORKSPACE_MAX ((size_t)1 << 30)
#define WORKSPACE_ALIGN 64u

/* The decoders; other codecs of enum bzb_codec have none. */
static const struct bzb_decoder *const decoders[BZB_CODEC_COUNT] = {
	[BZB_CODEC_NONE] = &bzb_decoder_none, [BZB_CODEC_GZIP] = &bzb_decoder_gzip,
	[BZB_CODEC_LZMA] = &bzb_decoder_lzma, [BZB_CODEC_XZ] = &bzb_decoder_xz,
	[BZB_CODEC_LZ4] = &bzb_decoder_lz4,   [BZB_CODEC_ZSTD] = &bzb_decoder_zstd,
};

const struct bzb_decoder *decompress_decoder(enum bzb_codec codec)
{
	return decoders[codec];
}

size_t decompress_workspace(enum bzb_codec codec, struct bzb_span stream)
{
	return decoders[codec]->workspace_size(stream);
}

/* For a decoder, 64-byte aligned in @to. */
static int make_workspace(const struct bzb_decoder *decoder, struct bzb_span stream,
			  struct blob *to, void **ret, size_t *ret_size)
{
	size_t size = decoder->workspace_size(stream);

	if (size > WORKSPACE_MAX)
		return -BZB_ERR_NOSPACE;
	*to = blob_room(size + WORKSPACE_ALIGN);
	*ret = (void *)(uintptr_t)bzb_align_up((uintptr_t)to->data, WORKSPACE_ALIGN);
	*ret_size = size;
	return 0;
}

static int decode(const struct bzb_decoder *decoder, struct bzb_span stream, struct blob *to)
{
	struct blob memory;
	void *workspace;
	size_t size;
	int err = make_workspace(decoder, stream, &memory, &workspace, &size);

	if (err)
		return err;
	err = decoder->decode(stream, to->data, to->size, workspace, size);
	blob_free(&memory);
	return err;
}

int decompress_part(enum bzb_codec codec, struct bzb_span stream, struct bzb_span part,
		    unsigned char *to, size_t size)
{
	struct blob memory;
	size_t workspace_size;
	void *workspace;
	int err = make_workspace(decoders[codec], stream, &memory, &workspace, &workspace_size);

	if (err)
		return err;
	err = decoders[codec]->decode_part(part, to, size, workspace, workspace_size);
	blob_free(&memory);
	return err;
}

static int explain_error(int err, const struct bzb_payload *payload, struct why *why)
{
	const char *codec = bzb_codec_name(payload->codec);

	if (err == -BZB_ERR_BADSIZE)
		explain(why, "payload: %s (%s, %u bytes stated)", bzb_strerror(err), codec,
			payload->size);
	else if (err == -BZB_ERR_NOSPACE)
		explain(why, "payload: decompressing needs too much memory (%s)", codec);
	else
		explain(why, "payload: %s (%s)", bzb_strerror(err), codec);
	return err;
}

int decompress(const struct bzb_payload *payload, struct blob *ret, struct why *why)
{
	const struct bzb_decoder *decoder = decoders[payload->codec];
	struct blob bytes;
	int err;

	if (!decoder)
		return explain_error(-BZB_ERR_BADCODEC, payload, why);
	if (payload->size > DECOMPRESSED_MAX) {
		explain(why, "payload: %u bytes when decompressed, more than %zu", payload->size,
			DECOMPRESSED_MAX);
		return -BZB_ERR_BADSIZE;
	}
	bytes = blob_room(payload->size);
	err = decode(decoder, payload->stream, &bytes);
	if (err) {
		blob_free(&bytes);
		return explain_error(err, payload, why);
	}
	*ret = bytes;
	return 0;
}

int decompress_mapped(const struct blob *file, const struct bzb_payload *payload, struct blob *ret,
		      struct why *why)
{
	struct bzb_payload private = *payload;
	struct blob copy;
	int err;

	if (!file->mapped)
		return decompress(payload, ret, why);
	copy = blob_copy(payload->stream);
	private.stream = blob_span(&copy);
	err = decompress(&private, ret, why);
	blob_free(&copy);
	return err;
}
