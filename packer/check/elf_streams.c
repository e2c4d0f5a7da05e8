/* SPDX-License-Identifier: BSD-2-Clause */
#include "elf_streams.h"

#include <string.h>

#include <bzboot/bzboot.h>

#include "input/stream.h"

/* The script tries these in this order, each at all places where its magic number is. It knows two
 * more, which no kernel uses by default: bzip2 and LZO. */
static const enum bzb_codec tried[] = { BZB_CODEC_GZIP, BZB_CODEC_XZ, BZB_CODEC_LZMA, BZB_CODEC_LZ4,
					BZB_CODEC_ZSTD };

static size_t turn_of(enum bzb_codec codec)
{
	size_t turn = 0;

	while (turn < BZB_ARRAY_SIZE(tried) && tried[turn] != codec)
		turn++;
	return turn;
}

/* The script's magic number of LZMA has one more byte than ours, and LZ4's is the legacy one. */
static bool is_tried(struct bzb_span bytes, const struct stream_format *format)
{
	return (stream_codec(format) != BZB_CODEC_LZMA || (bytes.size > 3 && !bytes.data[3])) &&
	       (stream_codec(format) != BZB_CODEC_LZ4 || !stream_has_end(format));
}

static bool may_be_elf(struct bzb_span start)
{
	size_t size = start.size < 4 ? start.size : 4;

	return !size || !memcmp(start.data, "\177ELF", size);
}

/* The programs that the script runs write what they have before they see that the rest is broken,
 * but not less than this. */
#define WRITTEN_FIRST ((size_t)128 << 10)

/* A bound for files that consist of magic numbers; a large initrd has some dozens by chance. */
#define TRIES_MAX 10000u

/* Only the start is decompressed: a broken end does not matter to the script. */
static bool is_elf(struct bzb_span bytes, const struct stream_format *format, struct blob *room)
{
	const struct stream_limits limits = { .max_size = WRITTEN_FIRST, .wanted = may_be_elf };
	size_t size = 0;
	int err = stream_decompress(format, &limits, &bytes, room, &size);

	return err == -BZB_ERR_TOOLARGE || (!err && size >= sizeof(struct bzb_elf_ehdr));
}

bool elf_stream_find(struct bzb_span file, struct elf_stream *ret)
{
	size_t turn = BZB_ARRAY_SIZE(tried);
	struct blob room = { 0 };
	unsigned int tries = 0;

	for (size_t at = 0; (at = stream_search(file, at)) < file.size; at++) {
		struct bzb_span bytes = { file.data + at, file.size - at };
		const struct stream_format *format = stream_format(bytes);

		if (!format || !is_tried(bytes, format) || turn_of(stream_codec(format)) >= turn)
			continue;
		if (tries++ == TRIES_MAX)
			break;
		if (!is_elf(bytes, format, &room))
			continue;
		turn = turn_of(stream_codec(format));
		*ret = (struct elf_stream){ at, stream_codec(format) };
	}
	blob_free(&room);
	return turn < BZB_ARRAY_SIZE(tried);
}
