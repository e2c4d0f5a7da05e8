/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The compressed kernel in a bzImage or a zboot image. Three decompressors are the strictest: that
 * of Linux's own stub (lib/decompress_*.c, lib/xz, lib/zstd), that of Xen for dom0
 * (xen/common/decompress.c), and that of this program.
 */
#define ZSTD_STATIC_LINKING_ONLY
#include <string.h>
#include <zstd.h>

#include <bzboot/bzboot.h>

#include "payload/payload_decompress.h"
#include "families.h"
#include "setup_fields.h"

/* lib/decompress_unzstd.c: ZSTD_WINDOWSIZE_MAX; the limit of zstd(1) without --long */
#define ZSTD_WINDOW_MAX ((uint64_t)128 << 20)

/* RFC 1952, 2.3.1: FLG */
enum { GZIP_FHCRC = 2, GZIP_FNAME = 8 };

/* xz-file-format.txt, 2.1.1.2, 3.1 and 5.3 */
enum { XZ_CHECK_NONE = 0, XZ_CHECK_CRC32 = 1 };
enum { XZ_X86 = 4, XZ_LZMA2 = 0x21 };
#define XZ_CHECK_OFFSET 7u
#define XZ_BLOCK_OFFSET 12u

/* All that a header states, before anything is known about the stream */
static struct bzb_span stated_payload(const struct subject *subject)
{
	if (subject->parts & PART_BZIMAGE)
		return subject->bzimage.payload;
	if (subject->parts & PART_ZBOOT)
		return subject->zboot.stream;
	return (struct bzb_span){ 0 };
}

static size_t offset_in(const struct subject *subject, struct bzb_span bytes)
{
	return (size_t)(bytes.data - subject->file.data);
}

/* Streams of known formats that no kernel's decompressor takes */
static const struct {
	const char *bytes, *text;
} others[] = {
	{ "\x04\x22\x4d\x18",
	  "an LZ4 frame, and not the legacy format that kernels take (lz4 -l)" },
	{ "\x50\x2a\x4d\x18", "a skippable frame of zstd or LZ4" },
	{ "BZ", "of a compression that looks like bzip2" },
	{ "\x1f\x9e", "of an old gzip" },
	{ "", "of no known compression" },
};

static const char *other_text(struct bzb_span payload)
{
	size_t i = 0;

	while (payload.size < strlen(others[i].bytes) ||
	       memcmp(payload.data, others[i].bytes, strlen(others[i].bytes)) != 0)
		i++;
	return others[i].text;
}

/* extract-vmlinux, if it finds nothing in the file */
static consumer_set refused_by_extract(const struct checking *checking)
{
	return checking->subject->has_elf_stream ? 0 : CONSUMER(EXTRACT_VMLINUX);
}

static void check_codec(struct checking *checking)
{
	const struct subject *subject = checking->subject;
	struct bzb_span payload = stated_payload(subject);
	enum bzb_codec codec;

	if (payload.size && bzb_codec_from_magic(payload, &codec))
		found_for(checking, PAYLOAD_READERS | refused_by_extract(checking),
			  AT(offset_in(subject, payload)), "the payload is %s",
			  other_text(payload));
	else if (subject->parts & PART_PAYLOAD && (subject->payload.codec == BZB_CODEC_BZIP2 ||
						   subject->payload.codec == BZB_CODEC_LZO))
		found_for(checking, CONSUMER(BZBOOT), AT(subject->payload_offset),
			  "the payload is compressed by %s",
			  bzb_codec_name(subject->payload.codec));
}

static void check_compressed(struct checking *checking)
{
	if (checking->subject->payload.codec == BZB_CODEC_NONE)
		found_for(checking, refused_by_extract(checking),
			  AT(checking->subject->payload_offset),
			  "the payload is an ELF that is not compressed");
}

static bool is_measured(const struct subject *subject)
{
	return !(subject->parts & PART_CONTENTS) && !subject->stream.error;
}

/* The bytes after the first stream, without the trailer */
static struct bzb_span after_stream(const struct subject *subject)
{
	struct bzb_span rest = { 0 };

	if (is_measured(subject))
		(void)bzb_slice(subject->payload.stream, subject->stream.size,
				subject->payload.stream.size - subject->stream.size, &rest);
	return rest;
}

/* Magic numbers of skippable frames: RFC 8878, 3.1.2 */
static bool is_frame(const struct subject *subject, struct bzb_span bytes)
{
	enum bzb_codec codec;

	if (!bzb_codec_from_magic(bytes, &codec) && codec == subject->payload.codec)
		return true;
	return bytes.size >= 4 && subject->payload.codec == BZB_CODEC_ZSTD &&
	       (bzb_get32(bytes.data) & 0xfffffff0) == 0x184d2a50;
}

/* Xen takes the first frame, u-root all of them; both compare the size with the stated one. */
static consumer_set refuse_frames(const struct subject *subject)
{
	return CONSUMER(BZBOOT) |
	       (subject->stream.decompressed == subject->payload.size ? CONSUMER(U_ROOT) :
									CONSUMER(XEN_DOM0));
}

static void check_frames(struct checking *checking)
{
	const struct subject *subject = checking->subject;
	struct bzb_span rest = after_stream(subject);

	if (is_frame(subject, rest))
		found_for(checking, refuse_frames(subject), AT(offset_in(subject, rest)),
			  "a second stream of %s follows the first one",
			  bzb_codec_name(subject->payload.codec));
}

static void check_trailing(struct checking *checking)
{
	const struct subject *subject = checking->subject;
	struct bzb_span rest = after_stream(subject);

	if (rest.size)
		found(checking, AT(offset_in(subject, rest)), "%zu bytes follow the stream",
		      rest.size);
}

static void check_size(struct checking *checking)
{
	const struct subject *subject = checking->subject;
	size_t size = subject->stream.decompressed;

	if (is_measured(subject) && size != subject->payload.size)
		found(checking,
		      FIELD_AT("size", subject->payload.size,
			       subject->payload_offset + subject->payload.stream.size -
				       (subject->payload.codec == BZB_CODEC_GZIP ?
						BZB_PAYLOAD_TRAILER_SIZE :
						0)),
		      "the stream decompresses to %zu bytes, not to the stated size", size);
}

static void check_broken(struct checking *checking)
{
	const struct subject *subject = checking->subject;

	if (!(subject->parts & PART_CONTENTS) && subject->stream.error &&
	    decompress_decoder(subject->payload.codec))
		found_for(checking, PAYLOAD_READERS | refused_by_extract(checking),
			  AT(subject->payload_offset), "%s", subject->payload_fault.text);
}

static bool read_zstd(const struct subject *subject, ZSTD_frameHeader *ret)
{
	const struct bzb_span stream = subject->payload.stream;

	return subject->payload.codec == BZB_CODEC_ZSTD &&
	       !ZSTD_getFrameHeader(ret, stream.data, stream.size);
}

/* zstd(1) needs no window for a frame whose content fits in its buffer. */
static bool in_one_piece(const ZSTD_frameHeader *header)
{
	return header->frameContentSize <= ZSTD_DStreamOutSize();
}

static void check_window(struct checking *checking)
{
	const struct subject *subject = checking->subject;
	ZSTD_frameHeader header;

	if (read_zstd(subject, &header) && header.windowSize > ZSTD_WINDOW_MAX)
		found_for(checking,
			  CONSUMER(XEN_DOM0) |
				  (in_one_piece(&header) ? 0 : CONSUMER(EXTRACT_VMLINUX)),
			  AT(subject->payload_offset),
			  "zstd: a window of %llu MiB, more than 128 MiB", header.windowSize >> 20);
}

static void check_dictionary(struct checking *checking)
{
	const struct subject *subject = checking->subject;
	ZSTD_frameHeader header;

	if (read_zstd(subject, &header) && header.dictID)
		found(checking, AT(subject->payload_offset), "zstd: it needs dictionary %u",
		      header.dictID);
}

static void check_content_size(struct checking *checking)
{
	const struct subject *subject = checking->subject;
	ZSTD_frameHeader header;

	if (read_zstd(subject, &header) && header.frameContentSize == ZSTD_CONTENTSIZE_UNKNOWN)
		found(checking, AT(subject->payload_offset),
		      "zstd: the frame does not state the size of its content");
}

static void check_xz_check(struct checking *checking)
{
	const struct subject *subject = checking->subject;
	struct bzb_span flag;

	if (subject->payload.codec != BZB_CODEC_XZ ||
	    bzb_slice(subject->payload.stream, XZ_CHECK_OFFSET, 1, &flag))
		return;
	if (*flag.data != XZ_CHECK_NONE && *flag.data != XZ_CHECK_CRC32)
		found(checking,
		      FIELD_AT("check", *flag.data, subject->payload_offset + XZ_CHECK_OFFSET),
		      "xz: a checksum other than CRC32");
}

/* xz-file-format.txt, 1.2 */
static uint64_t cut_number(struct bzb_span *from)
{
	struct bzb_span byte;
	uint64_t value = 0;

	for (unsigned int shift = 0; shift < 63 && !bzb_slice(*from, 0, 1, &byte); shift += 7) {
		*from = (struct bzb_span){ from->data + 1, from->size - 1 };
		value |= (uint64_t)(*byte.data & 0x7f) << shift;
		if (!(*byte.data & 0x80))
			break;
	}
	return value;
}

/* The list of filters of the first block; returns: their number, 0 if there is no block */
static unsigned int find_filters(struct bzb_span stream, struct bzb_span *ret)
{
	struct bzb_span header;
	unsigned char flags;

	if (bzb_slice(stream, XZ_BLOCK_OFFSET, 2, &header) || !header.data[0] ||
	    bzb_slice(stream, XZ_BLOCK_OFFSET, ((size_t)header.data[0] + 1) * 4, &header))
		return 0;
	flags = header.data[1];
	if (bzb_slice(header, 2, header.size - 2, ret))
		return 0;
	if (flags & 0x40)
		(void)cut_number(ret);
	if (flags & 0x80)
		(void)cut_number(ret);
	return (flags & 3u) + 1;
}

static void check_xz_filters(struct checking *checking)
{
	const struct subject *subject = checking->subject;
	struct bzb_span filters;
	unsigned int count;

	if (subject->payload.codec != BZB_CODEC_XZ)
		return;
	count = find_filters(subject->payload.stream, &filters);
	for (unsigned int i = 0; i < count; i++) {
		uint64_t id = cut_number(&filters), size = cut_number(&filters);

		if ((id != XZ_LZMA2 || i + 1 != count) && (id != XZ_X86 || i || size)) {
			found(checking,
			      FIELD_AT("filter", id, subject->payload_offset + XZ_BLOCK_OFFSET),
			      "xz: a filter other than x86 without offset, then LZMA2");
			return;
		}
		(void)bzb_slice(filters, size, filters.size - size, &filters);
	}
}

static void check_gzip_flags(struct checking *checking)
{
	const struct subject *subject = checking->subject;
	const struct bzb_span stream = subject->payload.stream;
	unsigned char flags;

	if (subject->payload.codec != BZB_CODEC_GZIP || stream.size < 10)
		return;
	flags = stream.data[3];
	if (flags & ~GZIP_FNAME)
		found_for(checking, flags & GZIP_FHCRC ? CONSUMER(XEN_DOM0) : 0,
			  FIELD_AT("FLG", flags, subject->payload_offset + 3),
			  "gzip: a header with more than a file name");
}

static void check_decoy(struct checking *checking)
{
	const struct subject *subject = checking->subject;
	const struct elf_stream *stream = &subject->elf_stream;

	if (subject->has_elf_stream && stream->offset != subject->payload_offset)
		found(checking, AT(stream->offset),
		      "another ELF, compressed by %s, is found before the payload",
		      bzb_codec_name(stream->codec));
}

static void check_image(struct checking *checking)
{
	const struct subject *subject = checking->subject;

	if (!(subject->kinds & BZB_IS_BZIMAGE) && refused_by_extract(checking))
		found(checking, AT(subject->payload_offset), "the payload is not an ELF");
}

static void check_elf(struct checking *checking)
{
	const struct subject *subject = checking->subject;
	struct bzb_span magic;

	if (bzb_slice(blob_span(&subject->contents), 0, 4, &magic) ||
	    memcmp(magic.data, "\177ELF", 4) != 0)
		found_for(checking, PAYLOAD_READERS | refused_by_extract(checking),
			  AT(subject->payload_offset),
			  "the payload decompresses to something other than an ELF");
}

#define IN_IMAGE (BZB_IS_BZIMAGE | BZB_IS_ZBOOT)

const struct check payload_checks[] = {
	{
		.name = "payload-codec",
		.severity = SEVERITY_ERROR,
		.kinds = IN_IMAGE,
		.breaks = PAYLOAD_READERS | CONSUMER(EXTRACT_VMLINUX),
		.run = check_codec,
		.why = "The payload begins with the magic number of none of the compressions that "
		       "kernels use (boot.rst, \"payload_offset\"). Xen, u-root and tools that "
		       "extract the kernel refuse it. bzip2 and LZO are known to them, but not to "
		       "bzboot.",
	},
	{
		.name = "payload-not-compressed",
		.severity = SEVERITY_NOTE,
		.kinds = IN_IMAGE,
		.parts = PART_PAYLOAD,
		.breaks = CONSUMER(EXTRACT_VMLINUX),
		.run = check_compressed,
		.why = "extract-vmlinux looks for compressed streams, and for an ELF at the start "
		       "of the file only, so it does not find this kernel.",
	},
	{
		.name = "payload-frames",
		.severity = SEVERITY_ERROR,
		.kinds = IN_IMAGE,
		.parts = PART_PAYLOAD,
		.breaks = PAYLOAD_READERS,
		.run = check_frames,
		.why = "Linux's own decompressors and Xen's read the first frame, member or stream "
		       "and then stop, some without a word, so the end of the kernel is missing. "
		       "The programs of the compressions (zstd -T, pigz, cat) make such files, and "
		       "read them. (lib/decompress_unzstd.c, xen/common/decompress.c)",
	},
	{
		.name = "payload-trailing",
		.severity = SEVERITY_ERROR,
		.kinds = IN_IMAGE,
		.parts = PART_PAYLOAD,
		.after = "payload-frames",
		.breaks = CONSUMER(U_ROOT) | CONSUMER(BZBOOT),
		.run = check_trailing,
		.why = "The payload is one stream and then the decompressed size, 4 bytes, which "
		       "gzip has at its end anyway. Readers that decompress all of it, as u-root, "
		       "QEMU's and kexec-tools' for zboot do, fail on bytes between the two.",
	},
	{
		.name = "payload-size",
		.severity = SEVERITY_ERROR,
		.kinds = IN_IMAGE,
		.parts = PART_PAYLOAD,
		.after = "payload-frames",
		.breaks = PAYLOAD_READERS,
		.run = check_size,
		.why = "The last 4 bytes of the payload are the decompressed size, little-endian. "
		       "Xen allocates that much, and u-root compares it with the result. (Linux, "
		       "scripts/Makefile.lib, size_append; xen/arch/x86/bzimage.c, "
		       "output_length())",
	},
	{
		.name = "payload-dictionary",
		.severity = SEVERITY_ERROR,
		.kinds = IN_IMAGE,
		.parts = PART_PAYLOAD,
		.breaks = PAYLOAD_READERS | CONSUMER(EXTRACT_VMLINUX),
		.run = check_dictionary,
		.why = "The zstd stream was made with a dictionary that is not in the image, so "
		       "nothing can decompress it. (RFC 8878, 3.1.1.1.3)",
	},
	{
		.name = "payload-broken",
		.severity = SEVERITY_ERROR,
		.kinds = IN_IMAGE,
		.parts = PART_PAYLOAD,
		.after = "payload-dictionary",
		.breaks = PAYLOAD_READERS | CONSUMER(EXTRACT_VMLINUX),
		.run = check_broken,
		.why = "The compressed kernel does not decompress: the file is damaged or "
		       "truncated. Whatever starts the image, the kernel does not boot. "
		       "extract-vmlinux takes what comes before the fault.",
	},
	{
		.name = "payload-content-size",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_ZBOOT,
		.parts = PART_PAYLOAD,
		.run = check_content_size,
		.why = "The zstd frame of a zboot image does not state its decompressed size, "
		       "because a pipe made it, as in Linux's build. systemctl kexec of some "
		       "versions of systemd needs it (systemd issue 42786); others read the 4 "
		       "bytes after the stream.",
	},
	{
		.name = "payload-window",
		.severity = SEVERITY_WARNING,
		.kinds = IN_IMAGE,
		.parts = PART_PAYLOAD,
		.breaks = CONSUMER(EXTRACT_VMLINUX) | CONSUMER(XEN_DOM0),
		.run = check_window,
		.why = "Decompressors that work in pieces refuse a zstd window above 128 MiB: "
		       "zstd(1) without --long, and with it extract-vmlinux, Xen, and Linux for an "
		       "initrd. Linux's stub decompresses a kernel in one piece, which needs no "
		       "window. (lib/decompress_unzstd.c)",
	},
	{
		.name = "payload-xz-check",
		.severity = SEVERITY_WARNING,
		.kinds = IN_IMAGE,
		.parts = PART_PAYLOAD,
		.breaks = CONSUMER(XEN_DOM0),
		.run = check_xz_check,
		.why = "Linux's and Xen's decompressors of xz verify CRC32 and no other checksum, "
		       "and refuse the stream; xz(1) uses CRC64 unless --check=crc32 is given. "
		       "(lib/xz, xz_dec_stream.c; Linux, scripts/xz_wrap.sh)",
	},
	{
		.name = "payload-xz-filters",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_BZIMAGE,
		.parts = PART_PAYLOAD,
		.breaks = CONSUMER(XEN_DOM0),
		.run = check_xz_filters,
		.why = "Linux on x86 and Xen have LZMA2 and the x86 filter without a start offset, "
		       "and refuse a stream with others (xz --x86 --lzma2). "
		       "(lib/decompress_unxz.c; lib/xz, xz_dec_bcj.c)",
	},
	{
		.name = "payload-gzip-flags",
		.severity = SEVERITY_WARNING,
		.kinds = IN_IMAGE,
		.parts = PART_PAYLOAD,
		.breaks = CONSUMER(XEN_DOM0),
		.run = check_gzip_flags,
		.why = "Linux's stub skips a file name in the header of gzip and nothing else, and "
		       "takes a comment or an extra field for compressed data. Xen reads those, "
		       "but no header checksum (FHCRC). (lib/decompress_inflate.c; RFC 1952, "
		       "2.3.1)",
	},
	{
		.name = "payload-decoy",
		.severity = SEVERITY_WARNING,
		.kinds = IN_IMAGE,
		.parts = PART_PAYLOAD,
		.breaks = CONSUMER(EXTRACT_VMLINUX),
		.run = check_decoy,
		.why = "extract-vmlinux and tools like it look through the file for magic numbers, "
		       "gzip first, then xz, LZMA, LZ4 and zstd, and take the first ELF that comes "
		       "out. Here that is not the kernel.",
	},
	{
		.name = "payload-elf",
		.severity = SEVERITY_ERROR,
		.kinds = BZB_IS_BZIMAGE,
		.parts = PART_CONTENTS,
		.breaks = PAYLOAD_READERS | CONSUMER(EXTRACT_VMLINUX),
		.run = check_elf,
		.why = "The payload of an x86 kernel is an ELF (boot.rst, \"payload_offset\": "
		       "\"currently always\"). Xen, u-root and tools that extract it refuse "
		       "anything else.",
	},
	{
		.name = "payload-image",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_ZBOOT,
		.parts = PART_CONTENTS,
		.breaks = CONSUMER(EXTRACT_VMLINUX),
		.run = check_image,
		.why = "The payload of a zboot image is what its architecture calls a kernel "
		       "image, on arm64, riscv64 and loong64 a PE image and not an ELF. "
		       "extract-vmlinux is for ELFs and finds none; 'bzboot extract' takes any.",
	},
	{ 0 },
};
