/* SPDX-License-Identifier: BSD-2-Clause */
#include "input.h"

#include <string.h>

#include <bzboot/bzimage.h>
#include <bzboot/probe.h>

#include "io/fileio.h"
#include "stream.h"

/* Up to the magic number of the setup header, the last of the marks by which a kernel is
 * recognised. */
#define MARKS_SIZE (BZB_SETUP_HEADER_OFFSET + sizeof(struct bzb_setup_header))

/* The PE header may be after the bytes decompressed so far. */
static bool may_be_kernel(struct bzb_span start)
{
	return start.size < MARKS_SIZE || !memcmp(start.data, "MZ", 2) || bzb_probe(start);
}

static int explain_error(int err, const char *codec, size_t max_size, struct why *why)
{
	if (err == -BZB_ERR_TOOLARGE)
		return explain(why, "%s: more than %zu bytes when decompressed", codec, max_size);
	if (err == -BZB_ERR_TRUNCATED)
		return explain(why, "%s: the compressed data is truncated", codec);
	return explain(why, "%s: %s", codec, bzb_strerror(err));
}

static void replace(struct input *input, struct blob bytes, const char *codec)
{
	blob_free(&input->bytes);
	input->bytes = bytes;
	input->compression = codec;
}

int input_decompress(struct input *input, size_t max_size, struct why *why)
{
	const struct stream_limits limits = {
		.max_size = max_size,
		.joined = true,
		.wanted = may_be_kernel,
	};
	struct bzb_span stream = blob_span(&input->bytes);
	const struct stream_format *format = stream_format(stream);
	struct blob bytes = { 0 };
	const char *codec;
	size_t size;
	int err;

	if (!format || bzb_probe(stream))
		return 0;
	codec = bzb_codec_name(stream_codec(format));
	/* Decoders read some bytes twice: a mapped file becomes a copy. */
	if (input->bytes.mapped)
		blob_resize(&input->bytes, input->bytes.size);
	stream = blob_span(&input->bytes);
	err = stream_decompress(format, &limits, &stream, &bytes, &size);
	if (err) {
		blob_free(&bytes);
		return err == -BZB_ERR_NOTFOUND ? 0 : explain_error(err, codec, max_size, why);
	}
	blob_resize(&bytes, size);
	if (bzb_probe(blob_span(&bytes)))
		replace(input, bytes, codec);
	else
		blob_free(&bytes);
	return 0;
}

/* @input: its bytes are those of the file */
static int finish(struct input input, size_t max_size, struct input *ret, struct why *why)
{
	input.file_size = input.bytes.size;
	if (input_decompress(&input, max_size, why)) {
		input_free(&input);
		return -1;
	}
	*ret = input;
	return 0;
}

int input_read(const char *path, size_t max_size, struct input *ret, struct why *why)
{
	struct input input = { 0 };

	return file_read(path, &input.bytes, why) ? -1 : finish(input, max_size, ret, why);
}

/* Up to here, the headers of a file, which lead to all other bytes that are parsed. */
#define HEADERS_SIZE ((size_t)64 << 10)

void input_keep(const struct input *input, struct bzb_span part)
{
	file_keep(&input->bytes, (size_t)(part.data - input->bytes.data), part.size);
}

void input_keep_headers(const struct input *input, struct bzb_span image)
{
	input_keep(input, (struct bzb_span){ image.data, HEADERS_SIZE });
}

int input_map(const char *path, size_t max_size, struct input *ret, struct why *why)
{
	struct input input = { 0 };

	if (file_map(path, &input.bytes, why))
		return -1;
	if (!input.bytes.size) {
		input_free(&input);
		return explain(why, "is empty");
	}
	input_keep_headers(&input, blob_span(&input.bytes));
	return finish(input, max_size, ret, why);
}

void input_free(struct input *input)
{
	blob_free(&input->bytes);
}
