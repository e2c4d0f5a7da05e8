/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The signatures of a PE image, each by itself: digest, signer, algorithms.
 * check_certificate_table.c has the programs that were tried, and the meaning of "refuses".
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bzboot/bzboot.h>
#include <openssl/x509.h>

#include "families.h"

/* Those that have shim verify */
#define BY_SHIM (CONSUMER(SHIM) | CONSUMER(GRUB_EFI))

#define RSA_BITS_MIN 2048

static size_t offset_of(const struct checking *checking, size_t index)
{
	return checking->subject->signatures.entries[index].certificate.offset;
}

/*
 * The algorithm of the key, OpenSSL's number. In PKCS #7 it stands by itself or together with the
 * digest.
 */
static int key_algorithm(const struct signature *signature)
{
	int nid = OBJ_obj2nid(signature->info->digest_enc_alg->algorithm), key;

	return OBJ_find_sigid_algs(nid, NULL, &key) && key != NID_undef ? key : nid;
}

/* Whether there is a good signature among the first @count; @by_shim: one that shim takes. */
static bool has_good(const struct checking *checking, size_t count, bool by_shim)
{
	const struct signatures *signatures = &checking->subject->signatures;

	for (size_t i = 0; i < count; i++) {
		const struct signature *signature = &signatures->entries[i].signature;

		if (!signature->fault && key_algorithm(signature) == NID_rsaEncryption &&
		    (!by_shim || signature->algorithm == NID_sha256))
			return true;
	}
	return false;
}

/*
 * Those of a set that refuse an image because of one of its signatures: EDK2 and shim continue with
 * the next one, and need one that is good. Linux reads the first. sbverify, which takes the digests
 * that shim takes, continues if it could read the signature, and ends at the first good one.
 */
static consumer_set refusing(const struct checking *checking, consumer_set set, size_t index)
{
	const struct signatures *signatures = &checking->subject->signatures;
	bool is_readable = signatures->entries[index].signature.fault >= SIGNATURE_OTHER;

	if (has_good(checking, signatures->count, false))
		set &= ~(VERIFIERS & ~BY_SHIM);
	if (has_good(checking, signatures->count, true))
		set &= ~BY_SHIM;
	if (has_good(checking, is_readable ? signatures->count : index, true))
		set &= ~CONSUMER(SBSIGN);
	return index ? set & ~CONSUMER(KEXEC_FILE) : set;
}

static void report_fault(struct checking *checking, enum signature_fault fault)
{
	const struct signatures *signatures = &checking->subject->signatures;

	for (size_t i = 0; i < signatures->count; i++)
		if (signatures->entries[i].signature.fault == fault)
			found_for(checking, refusing(checking, checking->check->breaks, i),
				  AT(offset_of(checking, i)), "signature %zu %s", i + 1,
				  signatures->entries[i].signature.why.text);
}

static void check_revision(struct checking *checking)
{
	report_fault(checking, SIGNATURE_REVISION);
}

/* UEFI 2.10, 32.2.4: WIN_CERTIFICATE_UEFI_GUID with EFI_CERT_TYPE_PKCS7_GUID; its PKCS #7
 * follows. */
#define TYPE_GUID 0x0ef1

static bool is_guid_of_pkcs7(const struct bzb_certificate *certificate)
{
	static const unsigned char guid[] = { 0x9d, 0xd2, 0xaf, 0x4a, 0xdf, 0x68, 0xee, 0x49,
					      0x8a, 0xa9, 0x34, 0x7d, 0x37, 0x56, 0x65, 0xa7 };

	return certificate->type == TYPE_GUID && certificate->content.size > sizeof(guid) &&
	       !memcmp(certificate->content.data, guid, sizeof(guid));
}

static void check_type(struct checking *checking)
{
	const struct signatures *signatures = &checking->subject->signatures;

	for (size_t i = 0; i < signatures->count; i++) {
		const struct signature_entry *entry = &signatures->entries[i];
		consumer_set set = refusing(checking, checking->check->breaks, i);

		if (entry->signature.fault != SIGNATURE_TYPE)
			continue;
		if (is_guid_of_pkcs7(&entry->certificate))
			set &= ~(VERIFIERS & ~BY_SHIM);
		found_for(checking, set, AT(offset_of(checking, i)), "signature %zu %s", i + 1,
			  entry->signature.why.text);
	}
}

static void check_pkcs7(struct checking *checking)
{
	report_fault(checking, SIGNATURE_BROKEN);
}

static void check_digest(struct checking *checking)
{
	report_fault(checking, SIGNATURE_OTHER);
}

/* Each calls @check with every signature that can be read. */
static void each_signature(struct checking *checking,
			   void (*check)(struct checking *checking, size_t index,
					 const struct signature *signature))
{
	const struct signatures *signatures = &checking->subject->signatures;

	for (size_t i = 0; i < signatures->count; i++)
		if (signatures->entries[i].signature.signer)
			check(checking, i, &signatures->entries[i].signature);
}

static void find_forged(struct checking *checking, size_t index, const struct signature *signature)
{
	/* PKCS #7 has no parameters for RSA-PSS: OpenSSL does not verify it. */
	if (signature->fault == SIGNATURE_FORGED && key_algorithm(signature) != NID_rsassaPss)
		found_for(checking, refusing(checking, checking->check->breaks, index),
			  AT(offset_of(checking, index)), "signature %zu %s", index + 1,
			  signature->why.text);
}

static void check_forged(struct checking *checking)
{
	each_signature(checking, find_forged);
}

static void check_digest_algorithm(struct checking *checking)
{
	const struct signatures *signatures = &checking->subject->signatures;

	for (size_t i = 0; i < signatures->count; i++) {
		const struct signature *signature = &signatures->entries[i].signature;
		bool is_sha2 = !signature->fault && signature->algorithm != NID_sha256;

		if (is_sha2)
			found_for(checking, refusing(checking, checking->check->breaks, i),
				  AT(offset_of(checking, i)),
				  "signature %zu signs a digest by %s, not by SHA-256", i + 1,
				  OBJ_nid2ln(signature->algorithm));
	}
	report_fault(checking, SIGNATURE_ALGORITHM);
}

static void find_key_algorithm(struct checking *checking, size_t index,
			       const struct signature *signature)
{
	int nid = key_algorithm(signature);
	consumer_set set = VERIFIERS;

	if (nid == NID_rsaEncryption)
		return;
	if (nid == NID_rsassaPss)
		set |= CONSUMER(SBSIGN) | CONSUMER(OSSLSIGNCODE) | CONSUMER(KEXEC_FILE);
	found_for(checking, refusing(checking, set, index), AT(offset_of(checking, index)),
		  "signature %zu is made by %s, not by RSA (PKCS #1 v1.5)", index + 1,
		  OBJ_nid2ln(nid));
}

static void check_key_algorithm(struct checking *checking)
{
	each_signature(checking, find_key_algorithm);
}

static void find_small_key(struct checking *checking, size_t index,
			   const struct signature *signature)
{
	for (int i = 0; i < sk_X509_num(signature->chain); i++) {
		const EVP_PKEY *key = X509_get0_pubkey(sk_X509_value(signature->chain, i));

		if (key && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA &&
		    EVP_PKEY_get_bits(key) < RSA_BITS_MIN) {
			found(checking, AT(offset_of(checking, index)),
			      "signature %zu: the RSA key of the %s has %d bits", index + 1,
			      i ? "issuer" : "signer", EVP_PKEY_get_bits(key));
			return;
		}
	}
}

static void check_key_size(struct checking *checking)
{
	each_signature(checking, find_small_key);
}

/* A name of a certificate; empty if it has none. */
struct common_name {
	char text[128];
};

static struct common_name common_name(const X509_NAME *name)
{
	struct common_name ret = { "" };

	X509_NAME_get_text_by_NID(name, NID_commonName, ret.text, sizeof(ret.text));
	return ret;
}

/* The time that counts as now; the environment has it where output must not depend on the day. */
static time_t now(void)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	char *end;
	long long seconds;

	if (!epoch || !isdigit((unsigned char)*epoch))
		return time(NULL);
	errno = 0;
	seconds = strtoll(epoch, &end, 10);
	return errno || *end ? time(NULL) : (time_t)seconds;
}

static void find_expired(struct checking *checking, size_t index, const struct signature *signature)
{
	/* A time stamp is an attribute that is not signed. */
	bool is_stamped = sk_X509_ATTRIBUTE_num(signature->info->unauth_attr) > 0;
	time_t time = now();

	for (int i = 0; i < sk_X509_num(signature->chain); i++) {
		const X509 *certificate = sk_X509_value(signature->chain, i);
		struct tm end;

		if (X509_cmp_time(X509_get0_notAfter(certificate), &time) >= 0 ||
		    !ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end))
			continue;
		found_for(checking, is_stamped ? 0 : checking->check->breaks,
			  AT(offset_of(checking, index)),
			  "signature %zu: the certificate of \"%s\" ended on %04d-%02d-%02d",
			  index + 1, common_name(X509_get_subject_name(certificate)).text,
			  end.tm_year + 1900, end.tm_mon + 1, end.tm_mday);
		return;
	}
}

static void check_expired(struct checking *checking)
{
	each_signature(checking, find_expired);
}

/*
 * Microsoft's authorities, by the names of their certificates: one for boot loaders of others, and
 * one for Windows. "Windows Secure Boot certificate expiration and CA updates" has the dates.
 */
static const struct authority {
	const char *name;
	const char *other; /* that came in its place, or that it took the place of */
	bool is_old;
} authorities[] = {
	{ "Microsoft Corporation UEFI CA 2011", "Microsoft UEFI CA 2023", true },
	{ "Microsoft UEFI CA 2023", "Microsoft Corporation UEFI CA 2011", false },
	{ "Microsoft Windows Production PCA 2011", "Windows UEFI CA 2023", true },
	{ "Windows UEFI CA 2023", "Microsoft Windows Production PCA 2011", false },
};

/* The authority at the end of a signature's chain; NULL if it is none of Microsoft's. */
static const struct authority *authority_of(const struct signature *signature)
{
	int count = sk_X509_num(signature->chain);

	for (int i = 0; i < count; i++) {
		X509_NAME *issuer = X509_get_issuer_name(sk_X509_value(signature->chain, i));
		struct common_name name = common_name(issuer);

		for (size_t j = 0; j < BZB_ARRAY_SIZE(authorities); j++)
			if (!strcmp(name.text, authorities[j].name))
				return &authorities[j];
	}
	return NULL;
}

static bool is_signed_by(const struct checking *checking, const char *name)
{
	const struct signatures *signatures = &checking->subject->signatures;

	for (size_t i = 0; i < signatures->count; i++) {
		const struct authority *authority = authority_of(&signatures->entries[i].signature);

		if (authority && !strcmp(authority->name, name))
			return true;
	}
	return false;
}

static void find_authority(struct checking *checking, size_t index,
			   const struct signature *signature)
{
	const struct authority *authority = authority_of(signature);

	if (authority && !is_signed_by(checking, authority->other))
		found(checking, AT(offset_of(checking, index)),
		      "signature %zu needs \"%s\" in db: a machine that has only \"%s\" refuses it",
		      index + 1, authority->name, authority->other);
}

static void check_authority(struct checking *checking)
{
	each_signature(checking, find_authority);
}

/* The place of the first gap between headers and sections, in the order of their file offsets */
static size_t gap_of(const struct bzb_pe *pe)
{
	uint64_t end = pe->size_of_headers;

	for (bool moved = true; moved;) {
		moved = false;
		for (unsigned int i = 0; i < pe->sections; i++) {
			struct bzb_pe_section section = bzb_pe_section(pe, i);

			if (section.raw_size && section.raw_offset == end) {
				end += section.raw_size;
				moved = true;
			}
		}
	}
	return end;
}

static void check_readings(struct checking *checking)
{
	const struct bzb_authenticode *image = &checking->subject->authenticode;

	if (!image->tiled)
		found(checking, AT(gap_of(&image->pe)),
		      "there is a gap between sections: not all programs compute the same digest");
}

const struct check signature_checks[] = {
	{
		.name = "signature-revision",
		.severity = SEVERITY_ERROR,
		.parts = PART_AUTHENTICODE,
		.breaks = CONSUMER(KEXEC_FILE) | CONSUMER(SBSIGN) | CONSUMER(OSSLSIGNCODE),
		.run = check_revision,
		.why = "Revision 2.0 (0x200) of WIN_CERTIFICATE is the only one for PKCS #7. EDK2 "
		       "and shim do not look at the field. Linux's kexec_file_load() (\"Signature "
		       "is not revision 2.0\"), sbverify and osslsigncode take the image as not "
		       "signed.",
	},
	{
		.name = "signature-type",
		.severity = SEVERITY_ERROR,
		.parts = PART_AUTHENTICODE,
		.breaks = VERIFIERS | CONSUMER(KEXEC_FILE) | CONSUMER(SBSIGN) |
			  CONSUMER(OSSLSIGNCODE),
		.run = check_type,
		.why = "Only entries of type 2, PKCS #7 signed data, are signatures of a PE image. "
		       "Firmware and shim go on to the next entry; if there is no other, the image "
		       "counts as not signed. EDK2 alone also reads type 0x0ef1 with the GUID of "
		       "PKCS #7 (UEFI 2.10, 32.2.4), shim does not.",
	},
	{
		.name = "signature-not-pkcs7",
		.severity = SEVERITY_ERROR,
		.parts = PART_AUTHENTICODE,
		.breaks = VERIFIERS | CONSUMER(KEXEC_FILE) | CONSUMER(SBSIGN) |
			  CONSUMER(OSSLSIGNCODE),
		.run = check_pkcs7,
		.why = "The entry is not an Authenticode signature: not PKCS #7 signed data whose "
		       "content is the digest of a PE image (SpcIndirectDataContent), with exactly "
		       "one signer and the signer's certificate. A detached signature of 'openssl "
		       "cms', or a file that was damaged, looks so. No verifier takes it.",
	},
	{
		.name = "signature-digest",
		.severity = SEVERITY_ERROR,
		.parts = PART_AUTHENTICODE,
		.breaks = VERIFIERS | CONSUMER(KEXEC_FILE) | CONSUMER(SBSIGN) |
			  CONSUMER(OSSLSIGNCODE),
		.run = check_digest,
		.why = "The digest that was signed is not the digest of this image: the file was "
		       "changed after it was signed (a section that objcopy added, a command line "
		       "that was patched), the signature was copied from another file, or the "
		       "signer hashed other bytes than firmware does, as osslsigncode does if "
		       "there are gaps. With Secure Boot on, firmware, shim and GRUB refuse the "
		       "image, kexec -s returns EKEYREJECTED.",
	},
	{
		.name = "signature-forged",
		.severity = SEVERITY_ERROR,
		.parts = PART_AUTHENTICODE,
		.breaks = VERIFIERS | CONSUMER(KEXEC_FILE) | CONSUMER(SBSIGN) |
			  CONSUMER(OSSLSIGNCODE),
		.run = check_forged,
		.why = "The signature was not made by the key of the signer's certificate, or not "
		       "of these attributes: key and certificate do not belong together, or bytes "
		       "of the signature changed. All verifiers refuse it.",
	},
	{
		.name = "signature-digest-algorithm",
		.severity = SEVERITY_WARNING,
		.parts = PART_AUTHENTICODE,
		.breaks = BY_SHIM | CONSUMER(SBSIGN),
		.run = check_digest_algorithm,
		.why = "SHA-256 is the digest that all verifiers compute. shim (generate_hash(), "
		       "AuthenticodeVerify()) and sbverify compute no other one, so GRUB under "
		       "shim refuses the image as well. EDK2 takes SHA-384 and SHA-512, and SHA-1 "
		       "unless it is built without it (DISABLE_SHA1_DEPRECATED_INTERFACES), as "
		       "firmware of new machines is. bzboot does not accept SHA-1.",
	},
	{
		.name = "signature-key-algorithm",
		.severity = SEVERITY_ERROR,
		.parts = PART_AUTHENTICODE,
		.breaks = VERIFIERS | CONSUMER(KEXEC_FILE) | CONSUMER(SBSIGN) |
			  CONSUMER(OSSLSIGNCODE),
		.run = check_key_algorithm,
		.why = "Firmware verifies RSA with PKCS #1 v1.5 (UEFI 2.10, 32.2.4). EDK2 and shim "
		       "are built with an OpenSSL that has no elliptic curves, and PKCS #7 has no "
		       "place for the parameters of RSA-PSS: both refuse the image, with the right "
		       "certificate in db. sbverify, osslsigncode and Linux take ECDSA, but not "
		       "RSA-PSS.",
	},
	{
		.name = "signature-key-size",
		.severity = SEVERITY_WARNING,
		.parts = PART_AUTHENTICODE,
		.run = check_key_size,
		.why = "RSA keys of less than 2048 bits are too weak to protect a machine: "
		       "Windows' hardware requirements and UEFI's examples ask for 2048. EDK2, "
		       "shim and the signing tools still verify 1024 and even 768 bits; firmware "
		       "with another OpenSSL policy does not.",
	},
	{
		.name = "signature-expired",
		.severity = SEVERITY_NOTE,
		.parts = PART_AUTHENTICODE,
		.breaks = CONSUMER(OSSLSIGNCODE),
		.run = check_expired,
		.why = "The certificate of the signer, or of its issuer, is no longer valid. "
		       "Firmware, shim and sbverify ignore dates, because a machine may have no "
		       "clock: the image starts. 'osslsigncode verify' refuses it, unless a time "
		       "stamp says that it was signed before. Some services sign only with valid "
		       "certificates, so the next image may need another one in db. The "
		       "environment variable SOURCE_DATE_EPOCH sets the date.",
	},
	{
		.name = "signature-microsoft-ca",
		.severity = SEVERITY_NOTE,
		.parts = PART_AUTHENTICODE,
		.run = check_authority,
		.why = "Microsoft's certificates of 2011 ended in 2026 (that for boot loaders of "
		       "others on 2026-06-27), and those of 2023 took their places. Firmware "
		       "ignores the dates, but needs the right one in db: older machines have only "
		       "those of 2011 until an update adds the others, new ones may have only "
		       "those of 2023. An image with a signature by only one of the two does not "
		       "start on all machines; since 2025-10-20 Microsoft returns one signature by "
		       "each.",
	},
	{
		.name = "signature-digests-differ",
		.severity = SEVERITY_WARNING,
		.parts = PART_AUTHENTICODE,
		.breaks = CONSUMER(OSSLSIGNCODE),
		.run = check_readings,
		.why = "Authenticode hashes the headers, then the sections in the order of their "
		       "offsets, then the bytes from the sum of their sizes on. Firmware, shim, "
		       "Linux, sbsign, pesign and bzboot do so; osslsigncode hashes the file from "
		       "its start to its end. The results are equal only if headers and sections "
		       "leave no gap. With gaps, firmware refuses what osslsigncode signs, and "
		       "osslsigncode what the others sign; some bytes are hashed twice, and "
		       "others, in which anything can be hidden, never.",
	},
	{ 0 },
};
