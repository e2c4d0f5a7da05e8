/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of certificates, as a container: its place in the file and its entries. The signatures
 * themselves are in check_signature.c.
 *
 * Where "firmware" refuses, Secure Boot is on. Tried with EDK2 2022.11 and 2025.02 (LoadImage() of
 * OVMF), shim 16.1, sbverify and sbsign 0.9.4, pesign 0.112, osslsigncode 2.9.
 */
#include <stdio.h>

#include <bzboot/bzboot.h>

#include "families.h"
#include "pe_fields.h"

static void check_signed(struct checking *checking)
{
	const struct bzb_authenticode *image = &checking->subject->authenticode;

	if (!image->table.size && !image->stale)
		found(checking, NOWHERE, "is not signed");
}

static void check_directory(struct checking *checking)
{
	unsigned int directories = checking->subject->pe.directories;

	if (directories <= BZB_PE_DIR_CERTIFICATE)
		found_for(checking,
			  (checking->check->breaks & ~CONSUMER(U_BOOT)) |
				  pe_fields_u_boot(checking->subject),
			  FIELD("NumberOfRvaAndSizes", directories),
			  "has %u data directories, but the one of certificates is the fifth",
			  directories);
}

static void check_stale(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;

	if (checking->subject->authenticode.stale)
		found(checking, AT(checking->subject->authenticode.directory_offset),
		      "the PE header points to %u bytes of certificates at 0x%x, but there are "
		      "none",
		      pe->certificate_size, pe->certificate_offset);
}

/* The table, if it is in an invalid place: bzb_authenticode_parse() refuses it. */
static bool has_bad_table(const struct checking *checking)
{
	const struct subject *subject = checking->subject;

	return !(subject->parts & PART_AUTHENTICODE) && subject->pe.certificate_size;
}

static void check_range(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	uint64_t end = (uint64_t)pe->certificate_offset + pe->certificate_size;

	if (has_bad_table(checking) && end > pe->file.size)
		found(checking, AT(pe->certificate_offset),
		      "the certificate table goes %llu bytes past the end of the file",
		      (unsigned long long)(end - pe->file.size));
}

static void check_overlap(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;

	const uint64_t table_end = (uint64_t)pe->certificate_offset + pe->certificate_size;

	if (!has_bad_table(checking))
		return;
	if (pe->certificate_offset < pe->size_of_headers) {
		found(checking, AT(pe->certificate_offset),
		      "the certificate table overlaps the headers");
		return;
	}
	for (unsigned int i = 0; i < pe->sections; i++) {
		struct bzb_pe_section section = bzb_pe_section(pe, i);
		uint64_t end = (uint64_t)section.raw_offset + section.raw_size;

		if (!section.raw_size || pe->certificate_offset >= end ||
		    section.raw_offset >= table_end)
			continue;
		found(checking, AT(pe->certificate_offset),
		      "the certificate table overlaps section %s, which ends at 0x%llx",
		      section.name, (unsigned long long)end);
		return;
	}
}

static void check_alignment(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;

	if (has_bad_table(checking) && pe->certificate_offset % BZB_CERTIFICATE_ALIGN)
		found(checking, AT(pe->certificate_offset),
		      "the certificate table is not at a multiple of %d", BZB_CERTIFICATE_ALIGN);
}

static void check_trailing(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	uint64_t end = (uint64_t)pe->certificate_offset + pe->certificate_size;

	if (has_bad_table(checking) && end < pe->file.size)
		found(checking, AT(end), "%llu bytes follow the certificate table",
		      (unsigned long long)(pe->file.size - end));
}

static void check_padding(struct checking *checking)
{
	const struct bzb_authenticode *image = &checking->subject->authenticode;
	size_t size = image->table.size;

	if (size % BZB_CERTIFICATE_ALIGN)
		found(checking,
		      FIELD_AT("certificate table size", size, image->directory_offset + 4),
		      "the last certificate is not padded to a multiple of %d bytes",
		      BZB_CERTIFICATE_ALIGN);
}

static void check_entries(struct checking *checking)
{
	const struct signatures *signatures = &checking->subject->signatures;

	if (signatures->complete || !(checking->subject->parts & PART_AUTHENTICODE))
		return;
	if (signatures->count == SIGNATURES_MAX)
		found_for(checking, 0, AT(signatures->end), "%s", signatures->why.text);
	else
		found(checking, AT(signatures->end), "%s", signatures->why.text);
}

/* As many as fit in a line; real images have up to three. */
#define SIZES_MAX 8u

/* The sizes of the entries, with their headers, and commas between */
static void list_sizes(const struct signatures *signatures, char *ret, size_t room)
{
	size_t used = 0;

	*ret = '\0';
	for (size_t i = 0; i < signatures->count && i < SIZES_MAX && used < room; i++)
		used += (size_t)snprintf(ret + used, room - used, "%s%zu", i ? ", " : "",
					 sizeof(struct bzb_certificate_header) +
						 signatures->entries[i].certificate.content.size);
}

static void check_count(struct checking *checking)
{
	const struct signatures *signatures = &checking->subject->signatures;
	char sizes[SIZES_MAX * 24];

	if (signatures->count < 2)
		return;
	list_sizes(signatures, sizes, sizeof(sizes));
	found(checking, AT(checking->subject->authenticode.end),
	      "has %zu signatures, of %s%s bytes", signatures->count, sizes,
	      signatures->count > SIZES_MAX ? ", ..." : "");
}

const struct check certificate_table_checks[] = {
	{
		.name = "signature-missing",
		.severity = SEVERITY_NOTE,
		.parts = PART_AUTHENTICODE,
		.run = check_signed,
		.why = "With Secure Boot on, firmware and shim start only signed images, and "
		       "unsigned ones whose digest is in db or MokList; kexec -s does the same "
		       "under lockdown. Without Secure Boot, a signature is not needed: the "
		       "finding breaks none of them. 'bzboot sign' adds a signature, 'bzboot hash' "
		       "prints the digest.",
	},
	{
		.name = "signature-no-directory",
		.severity = SEVERITY_ERROR,
		.parts = PART_PE,
		.breaks = CONSUMER(SHIM) | SIGNERS | CONSUMER(U_BOOT),
		.run = check_directory,
		.why = "The fifth data directory of the PE header says where the certificates are. "
		       "Without it, the image has no place for a signature: sbsign and "
		       "osslsigncode do not sign it, pesign crashes, and shim, which needs six "
		       "directories (read_header()), starts no such image. U-Boot's bootefi takes "
		       "what follows for the sixth. Firmware starts it, if Secure Boot is off. Link "
		       "the image with 16 directories.",
	},
	{
		.name = "signature-stale-directory",
		.severity = SEVERITY_WARNING,
		.parts = PART_AUTHENTICODE,
		.breaks = CONSUMER(SHIM),
		.run = check_stale,
		.why = "The PE header points to a certificate table that is not there, as objcopy "
		       "leaves it of a signed image: it copies the directory, but not the table. "
		       "shim refuses it always, even with Secure Boot off (\"Malformed security "
		       "header\", \"Malformed binary after Attribute Certificate Table\"). "
		       "Firmware with Secure Boot on refuses it, even if its digest is in db; it "
		       "is not signed. sbsign, pesign and osslsigncode sign it correctly. 'bzboot "
		       "unsign' removes the directory.",
	},
	{
		.name = "signature-table-range",
		.severity = SEVERITY_ERROR,
		.parts = PART_PE,
		.breaks = VERIFIERS | CONSUMER(KEXEC_FILE) | CONSUMER(PESIGN) |
			  CONSUMER(OSSLSIGNCODE),
		.run = check_range,
		.why = "The file was truncated after it was signed, or its directory of "
		       "certificates is wrong. Firmware and shim refuse the image before they look "
		       "at a signature, Linux's verify_pefile() too; pesign crashes, osslsigncode "
		       "does not find the signature. sbverify takes it.",
	},
	{
		.name = "signature-table-overlap",
		.severity = SEVERITY_ERROR,
		.parts = PART_PE,
		.breaks = VERIFIERS | CONSUMER(KEXEC_FILE) | SIGNERS,
		.run = check_overlap,
		.why = "The certificates are not part of the digest, sections are. If they share "
		       "bytes, programs that hash section by section (firmware, shim, sbverify, "
		       "pesign) and those that hash up to the table (osslsigncode) cannot agree, "
		       "and no signature can be good: EDK2 returns Access Denied, shim Invalid "
		       "Parameter.",
	},
	{
		.name = "signature-table-alignment",
		.severity = SEVERITY_WARNING,
		.parts = PART_PE,
		.breaks = CONSUMER(PESIGN) | CONSUMER(SBSIGN),
		.run = check_alignment,
		.why = "The PE specification puts the certificate table at a multiple of eight "
		       "bytes: signers pad the image with zeros up to it, which are hashed, too. "
		       "Firmware, shim and the tools verify an image without the padding if the "
		       "signer did not hash it either. But sbsign and pesign add a second "
		       "signature whose digest is wrong, and 'bzboot sign' and 'bzboot verify' "
		       "refuse the table.",
	},
	{
		.name = "signature-trailing-bytes",
		.severity = SEVERITY_ERROR,
		.parts = PART_PE,
		.breaks = VERIFIERS | CONSUMER(KEXEC_FILE) | SIGNERS,
		.run = check_trailing,
		.why = "The certificate table has to end the file. Bytes after it are covered by "
		       "no signature, although firmware, shim, Linux, sbverify and pesign count "
		       "the rest of the file from its end: they compute another digest, and refuse "
		       "the signature. sbsign and pesign add a second signature that is not good "
		       "either. A module signature of Linux's sign-file, a padded download, or an "
		       "initrd that was appended are the usual reasons; 'truncate' removes them.",
	},
	{
		.name = "signature-padding",
		.severity = SEVERITY_ERROR,
		.parts = PART_AUTHENTICODE,
		.breaks = (VERIFIERS & ~CONSUMER(SHIM)) | CONSUMER(OSSLSIGNCODE),
		.run = check_padding,
		.why = "Each entry of the certificate table takes a multiple of eight bytes, and "
		       "the size in the directory includes the padding of the last. EDK2 goes from "
		       "entry to entry and has to arrive at the end of the table exactly "
		       "(DxeImageVerificationHandler()), else the table is corrupt and the answer "
		       "Access Denied, although the signature is good. osslsigncode calls it "
		       "corrupt, too; shim, sbverify and pesign do not care.",
	},
	{
		.name = "signature-entry",
		.severity = SEVERITY_ERROR,
		.parts = PART_AUTHENTICODE,
		.breaks = VERIFIERS | CONSUMER(OSSLSIGNCODE),
		.run = check_entries,
		.why = "The length of an entry of the certificate table (dwLength of "
		       "WIN_CERTIFICATE) is invalid, or zeros follow the last entry. EDK2 and shim "
		       "walk the whole table, and refuse the image even if a good signature comes "
		       "first; osslsigncode calls the table corrupt. sbverify and pesign use the "
		       "entries before.",
	},
	{
		.name = "signature-count",
		.severity = SEVERITY_NOTE,
		.parts = PART_AUTHENTICODE,
		.breaks = CONSUMER(OSSLSIGNCODE),
		.run = check_count,
		.why = "Firmware and shim start an image if they trust one of its signatures, in "
		       "any order, so shim is signed by both of Microsoft's certificate "
		       "authorities. osslsigncode 2.9 calls a table with more than one entry "
		       "corrupt. Linux's kexec_file_load() reads the first one only, and a few "
		       "boards refuse an image with two signatures (shim-review #547 and #825).",
	},
	{ 0 },
};
