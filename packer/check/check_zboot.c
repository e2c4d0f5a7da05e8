/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The header of an EFI zboot image: Linux, drivers/firmware/efi/libstub/zboot-header.S. Its readers
 * are for arm64, riscv64 and loong64: kexec-tools (kexec/kexec-pe-zboot.c) and u-root, and some
 * that are not in the table of consumers: QEMU -kernel without firmware (hw/core/loader.c), systemctl
 * kexec, Talos.
 */
#include <string.h>

#include <bzboot/bzboot.h>

#include "families.h"
#include "zboot_fields.h"

#define ZBOOT_FIELD(name, value) FIELD_AT(#name, value, offsetof(struct bzb_zboot_header, name))

/* returns: -1 if the file ends inside the header */
static int read_header(const struct checking *checking, struct bzb_zboot_header *ret)
{
	struct bzb_span bytes;

	if (bzb_slice(checking->subject->file, 0, sizeof(*ret), &bytes))
		return -1;
	memcpy(ret, bytes.data, sizeof(*ret));
	return 0;
}

static void check_header(struct checking *checking)
{
	struct bzb_zboot_header h;

	if (read_header(checking, &h))
		found(checking, NOWHERE, "the file ends inside the zboot header");
	else if (bzb_ld32(h.payload_offset) < sizeof(h))
		found(checking, ZBOOT_FIELD(payload_offset, bzb_ld32(h.payload_offset)),
		      "the payload begins inside the zboot header");
}

static void check_range(struct checking *checking)
{
	struct bzb_zboot_header h;
	struct bzb_span payload;

	if (!read_header(checking, &h) &&
	    bzb_slice(checking->subject->file, bzb_ld32(h.payload_offset), bzb_ld32(h.payload_size),
		      &payload))
		found(checking, ZBOOT_FIELD(payload_size, bzb_ld32(h.payload_size)),
		      "the payload goes beyond the file, which has %zu bytes",
		      checking->subject->file.size);
}

static struct bzb_span type_of(const struct bzb_zboot_header *h)
{
	return (struct bzb_span){ (const unsigned char *)h->codec,
				  strnlen(h->codec, sizeof(h->codec)) };
}

static void check_type(struct checking *checking)
{
	struct bzb_zboot_header h;
	enum bzb_codec codec;

	if (!read_header(checking, &h) && bzb_codec_from_name(type_of(&h), &codec))
		found(checking, AT(offsetof(struct bzb_zboot_header, codec)),
		      "the type of the compression is '%.*s', which no reader knows",
		      (int)type_of(&h).size, h.codec);
}

/* ukify takes a version in a setup header instead. */
static bool is_for_ukify(const struct subject *subject)
{
	return (subject->kinds & BZB_IS_BZIMAGE) || zboot_is_for_ukify(&subject->zboot);
}

/* Those that do not know the type. On x86-64 only ukify reads the header. */
static consumer_set refuse_type(const struct subject *subject)
{
	const struct bzb_zboot *zboot = &subject->zboot;
	const bool is_zstd = zboot_type_begins(zboot, "zstd");
	consumer_set set = is_for_ukify(subject) ? 0 : CONSUMER(UKIFY);

	if (!(consumer_machine(subject->machine) & ON_APPLICATIONS))
		return set;
	if (!is_zstd)
		set |= CONSUMER(U_ROOT);
	if (!is_zstd && !zboot_type_begins(zboot, "gzip") && !zboot_type_begins(zboot, "lzma"))
		set |= CONSUMER(KEXEC_LOAD) | CONSUMER(KEXEC_FILE);
	return set;
}

/* The two names that Linux writes since 6.13, which every reader has or will have */
static bool is_common(struct bzb_span type)
{
	return bzb_span_is(type, "gzip") || bzb_span_is(type, "zstd");
}

static void check_type_known(struct checking *checking)
{
	const struct bzb_span type = checking->subject->zboot.codec_name;
	const consumer_set breaks = refuse_type(checking->subject);

	if (breaks || !is_common(type))
		found_for(checking, breaks, AT(offsetof(struct bzb_zboot_header, codec)),
			  "the type is '%.*s': many readers know only 'gzip' and 'zstd', some one "
			  "of them",
			  (int)type.size, (const char *)type.data);
}

static void check_type_stream(struct checking *checking)
{
	const struct bzb_zboot *zboot = &checking->subject->zboot;
	enum bzb_codec codec;

	if (!bzb_codec_from_magic(zboot->stream, &codec) && codec != zboot->codec)
		found(checking, AT(offsetof(struct bzb_zboot_header, codec)),
		      "the type is '%.*s', but the payload is compressed by %s",
		      (int)zboot->codec_name.size, (const char *)zboot->codec_name.data,
		      bzb_codec_name(codec));
}

/* Both headers of a hybrid describe the payload, and the zboot one leaves the trailer out. */
static void check_same_payload(struct checking *checking)
{
	const struct subject *subject = checking->subject;
	const struct bzb_span zboot = subject->zboot.stream, bzimage = subject->payload.stream;

	if (!(subject->kinds & BZB_IS_BZIMAGE))
		return;
	if (zboot.data == bzimage.data && zboot.size == bzimage.size)
		return;
	found(checking, ZBOOT_FIELD(payload_size, zboot.size),
	      zboot.data == bzimage.data && zboot.size == bzimage.size + BZB_PAYLOAD_TRAILER_SIZE ?
		      "the size includes the 4 bytes after the stream" :
		      "the payload is not the one that the setup header describes");
}

static void check_trailer(struct checking *checking)
{
	const struct bzb_zboot *zboot = &checking->subject->zboot;
	struct bzb_span trailer;

	if (zboot->codec == BZB_CODEC_GZIP || zboot->codec == BZB_CODEC_NONE)
		return;
	if (bzb_slice(checking->subject->file, zboot->payload_offset + zboot->stream.size,
		      BZB_PAYLOAD_TRAILER_SIZE, &trailer))
		found(checking, AT(checking->subject->file.size),
		      "the file ends before the size that follows the payload");
}

static void check_reserved(struct checking *checking)
{
	static const unsigned char zeros[8];
	struct bzb_zboot_header h;

	if (!read_header(checking, &h) && memcmp(h.reserved, zeros, sizeof(zeros)) != 0)
		found(checking, AT(offsetof(struct bzb_zboot_header, reserved)),
		      "the 8 reserved bytes are not zero");
}

static void check_mz(struct checking *checking)
{
	struct bzb_zboot_header h;

	if (!read_header(checking, &h) && (h.mz[2] || h.mz[3]))
		found(checking, AT(2), "no two zeros after \"MZ\"");
}

static void check_linux_magic(struct checking *checking)
{
	struct bzb_zboot_header h;

	if (!read_header(checking, &h) && bzb_ld32(h.linux_magic) != BZB_LINUX_PE_MAGIC)
		found(checking, ZBOOT_FIELD(linux_magic, bzb_ld32(h.linux_magic)),
		      "LINUX_PE_MAGIC (0x%x) is missing", BZB_LINUX_PE_MAGIC);
}

static void check_zelf(struct checking *checking)
{
	if (checking->subject->zboot.magic == BZB_ZBOOT_ZELF)
		found(checking, AT(offsetof(struct bzb_zboot_header, magic)),
		      "the magic number is \"zelf\": the readers of today know \"zimg\"");
}

const struct check zboot_checks[] = {
	{
		.name = "zboot-header",
		.severity = SEVERITY_ERROR,
		.kinds = BZB_IS_ZBOOT,
		.run = check_header,
		.why = "The file begins like an EFI zboot image, but the header of 64 bytes is not "
		       "valid, so no loader can find the payload without running the image. Under "
		       "EFI it may still start. (Linux, "
		       "drivers/firmware/efi/libstub/zboot-header.S)",
	},
	{
		.name = "zboot-range",
		.severity = SEVERITY_ERROR,
		.kinds = BZB_IS_ZBOOT,
		.after = "zboot-header",
		.run = check_range,
		.why = "Payload offset and size describe the compressed kernel in the file. QEMU, "
		       "kexec-tools, systemd and u-root refuse a payload beyond the end, and the "
		       "file is likely truncated.",
	},
	{
		.name = "zboot-type",
		.severity = SEVERITY_ERROR,
		.kinds = BZB_IS_ZBOOT,
		.after = "zboot-header",
		.run = check_type,
		.why = "The type at 0x18 names the compression, with zeros after it. Readers "
		       "compare it with the names that Linux's build has used: gzip, zstd, zstd22, "
		       "xzkern, lzma, lz4, lzo. (Linux, Makefile.zboot)",
	},
	{
		.name = "zboot-type-known",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_ZBOOT,
		.parts = PART_ZBOOT,
		.breaks = CONSUMER(UKIFY) | CONSUMER(KEXEC_LOAD) | CONSUMER(KEXEC_FILE) |
			  CONSUMER(U_ROOT),
		.run = check_type_known,
		.why = "Every reader has its own list: QEMU gzip and, since 11, zstd; unzboot "
		       "zstd22, too; kexec-tools gzip, lzma and, since 2.0.31, what begins with "
		       "zstd; u-root what begins with zstd; systemd nearly all; ukify gzip, lz4, lzma and what begins with zstd. ukify fails "
		       "with another one (NotImplementedError) unless --uname is given or the "
		       "version is in a setup header. (src/ukify/ukify.py, get_zboot_kernel(); "
		       "hw/core/loader.c)",
	},
	{
		.name = "zboot-type-stream",
		.severity = SEVERITY_ERROR,
		.kinds = BZB_IS_ZBOOT,
		.parts = PART_ZBOOT,
		.run = check_type_stream,
		.why = "Readers choose the decompressor by the type, not by the stream, so they "
		       "fail on this payload.",
	},
	{
		.name = "zboot-payload",
		.severity = SEVERITY_ERROR,
		.kinds = BZB_IS_ZBOOT,
		.parts = PART_ZBOOT | PART_PAYLOAD,
		.run = check_same_payload,
		.why = "The payload_length of a setup header includes the 4 bytes after the "
		       "stream, the size in a zboot header does not. QEMU and kexec-tools "
		       "decompress all the bytes that the zboot header states, and fail on 4 more; "
		       "the other way round, Xen and u-root miss the size.",
	},
	{
		.name = "zboot-trailer",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_ZBOOT,
		.parts = PART_ZBOOT,
		.run = check_trailer,
		.why = "Linux's build appends the decompressed size to the stream, and the code in "
		       "the image reads it there. Readers that are not the image itself do without "
		       "it.",
	},
	{
		.name = "zboot-reserved",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_ZBOOT,
		.run = check_reserved,
		.why = "Bytes 0x10 to 0x17 are reserved, and zero in every image that Linux "
		       "builds. No reader uses them yet.",
	},
	{
		.name = "zboot-mz",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_ZBOOT,
		.run = check_mz,
		.why = "u-root compares the first four bytes with \"MZ\", zero, zero, and does not "
		       "take the file for a zboot image otherwise. (pkg/boot/pe)",
	},
	{
		.name = "zboot-linux-magic",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_ZBOOT,
		.run = check_linux_magic,
		.why = "QEMU takes a file for a zboot image only if 0x818223cd is at 0x38. Linux "
		       "writes it since 6.2. (hw/core/loader.c, unpack_efi_zboot_image(); "
		       "include/linux/pe.h)",
	},
	{
		.name = "zboot-zelf",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_ZBOOT,
		.parts = PART_ZBOOT,
		.run = check_zelf,
		.why = "Development trees of Linux mark a zboot image whose payload is an ELF as "
		       "\"zelf\". QEMU, kexec-tools, systemd, iPXE and u-root know only \"zimg\", "
		       "so they do not unpack it.",
	},
	{ 0 },
};
