/* SPDX-License-Identifier: BSD-2-Clause */
/* A byte says which codec and how much should come out; the rest is the stream. */
#include "fuzz.h"

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
	if (decoder->decode_segment)
		PROMISE(is_promised(decoder->decode_segment(stream, 0, out, out_size, workspace,
							    wanted)));
	if (wanted)
		PROMISE(decoder->decode(stream, out, out_size, workspace, wanted - 1) ==
			-BZB_ERR_NOSPACE);
	free(out);
	return 0;
}
