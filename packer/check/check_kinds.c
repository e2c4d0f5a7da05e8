/* SPDX-License-Identifier: BSD-2-Clause */
/* The kind of the file */
#include <string.h>

#include <bzboot/bzboot.h>

#include "input/identify.h"
#include "families.h"

static void check_known_kind(struct checking *checking)
{
	if (!checking->subject->kinds)
		found(checking, NOWHERE, "is %s: neither an ELF nor a PE, bzImage or zboot image",
		      identify(checking->subject->file).text);
}

static void check_compressed_file(struct checking *checking)
{
	const char *codec = checking->subject->input.compression;
	consumer_set breaks = checking->check->breaks;

	/* Xen decompresses its dom0 kernel by gzip, but takes only an ELF then
	 * (xen/arch/x86/bzimage.c), on arm64 an Image (xen/arch/arm/kernel.c). */
	if (codec && !strcmp(codec, "gzip") &&
	    ((checking->subject->kinds & BZB_IS_ELF) || checking->subject->is_linux_image))
		breaks &= ~CONSUMER(XEN_DOM0);
	if (codec)
		found_for(checking, breaks, NOWHERE,
			  "the file is compressed by %s: all other findings are about its contents",
			  codec);
}

const struct check kind_checks[] = {
	{
		.name = "unknown-kind",
		.severity = SEVERITY_ERROR,
		.breaks = ALL_CONSUMERS & ~(CONSUMER(KERNEL_INSTALL) | CONSUMER(BZBOOT)),
		.run = check_known_kind,
		.why = "The file has none of the marks of a boot image: \"MZ\" at its start, "
		       "\"HdrS\" at 0x202, \"zimg\" at 4, or an ELF's. It may be truncated, or a "
		       "wrapper of another kind.",
	},
	{
		.name = "wrong-kind",
		.severity = SEVERITY_NOTE,
		.why = "The consumer reads files of another kind. A PE image alone starts under "
		       "EFI only; boot loaders on a BIOS, kexec and hypervisors need a bzImage, "
		       "and some take an ELF. This is a finding only for consumers that --for "
		       "names.",
	},
	{
		.name = "compressed-file",
		.severity = SEVERITY_WARNING,
		.breaks = (ALL_CONSUMERS &
			   ~(CONSUMER(GRUB_EFI) | CONSUMER(GRUB_BIOS) | CONSUMER(KEXEC_LOAD) |
			     CONSUMER(EXTRACT_VMLINUX) | CONSUMER(UKIFY) |
			     CONSUMER(KERNEL_INSTALL) | CONSUMER(BZBOOT))),
		.run = check_compressed_file,
		.why = "The file is compressed as a whole, as vmlinux.gz and Image.gz are. GRUB, "
		       "kexec-tools and a few others decompress such a file, Xen an ELF by gzip; "
		       "firmware does not.",
	},
	{ 0 },
};
