/* SPDX-License-Identifier: BSD-2-Clause */
#include "pe_image.h"

#include <string.h>

#include <bzboot/probe.h>

#include "input/module_signature.h"
#include "io/fileio.h"
#include "openssl.h"
#include "pe_fault.h"

int pe_image_parse(struct bzb_span file, struct bzb_authenticode *ret, struct why *why)
{
	return bzb_authenticode_parse(file, ret) ? explain_pe_fault(why, file) : 0;
}

/* The headers of real images end before this. */
#define HEADERS_SIZE ((size_t)64 << 10)

int pe_image_parse_mapped(const struct blob *file, struct bzb_authenticode *ret, struct why *why)
{
	struct bzb_authenticode image;

	if (!file->size)
		return explain(why, "is empty");
	file_keep(file, 0, HEADERS_SIZE);
	if (pe_image_parse(blob_span(file), &image, why))
		return -1;
	if (image.pe.size_of_headers > HEADERS_SIZE) {
		file_keep(file, 0, file->size);
		if (pe_image_parse(blob_span(file), &image, why))
			return -1;
	}
	file_keep(file, image.end, image.table.size);
	*ret = image;
	return 0;
}

static bool is_stale(const struct bzb_authenticode *image, struct why *why)
{
	if (image->stale)
		explain(why,
			"warning: its PE header points to certificates at 0x%x, but there are "
			"none (objcopy leaves such a header): it is treated as not signed",
			image->pe.certificate_offset);
	return image->stale;
}

static bool has_gaps(const struct bzb_authenticode *image, struct why *why)
{
	if (!image->tiled)
		explain(why,
			"warning: there are gaps between its sections: firmware and some tools "
			"compute different digests; this is the digest of firmware");
	return !image->tiled;
}

static bool has_module_signature(const struct bzb_authenticode *image, struct why *why)
{
	struct bzb_span bytes, covered = { image->pe.file.data, image->end };

	if (module_signature_find(covered, &bytes))
		return false;
	explain(why,
		"warning: an appended module signature of %zu bytes, at 0x%zx, is part of "
		"what is signed; nothing on x86 reads it",
		bytes.size, (size_t)(bytes.data - image->pe.file.data));
	return true;
}

static bool (*const doubts[])(const struct bzb_authenticode *image, struct why *why) = {
	is_stale,
	has_gaps,
	has_module_signature,
};

bool pe_image_doubt(const struct bzb_authenticode *image, size_t *position, struct why *why)
{
	while (*position < BZB_ARRAY_SIZE(doubts))
		if (doubts[(*position)++](image, why))
			return true;
	return false;
}

int pe_image_certificate(const struct bzb_authenticode *image, size_t *position,
			 struct bzb_certificate *ret, struct why *why)
{
	int err = bzb_authenticode_next(image, position, ret);

	if (err >= 0)
		return err;
	return explain(why, "the entry of the certificate table at 0x%zx %s",
		       image->end + *position,
		       err == -BZB_ERR_BADHEADER ? "is empty" : "goes past its end");
}

static const struct digest digests[DIGEST_COUNT] = {
	{ "sha256", NID_sha256 },
	{ "sha384", NID_sha384 },
	{ "sha512", NID_sha512 },
};

const struct digest *digest_at(size_t index)
{
	return index < DIGEST_COUNT ? &digests[index] : NULL;
}

const struct digest *digest_by_name(const char *name)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(digests); i++)
		if (!strcmp(name, digests[i].name))
			return &digests[i];
	return NULL;
}

const struct digest *digest_by_nid(int nid)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(digests); i++)
		if (nid == digests[i].nid)
			return &digests[i];
	return NULL;
}

struct hashing {
	EVP_MD_CTX *state;
	bool good;
};

static void update(void *context, const void *bytes, size_t size)
{
	struct hashing *hashing = context;

	hashing->good = hashing->good && EVP_DigestUpdate(hashing->state, bytes, size) == 1;
}

int pe_image_digest(const struct bzb_authenticode *image, const struct digest *digest,
		    struct digest_value *ret, struct why *why)
{
	struct hashing hashing = { .state = EVP_MD_CTX_new() };
	const EVP_MD *md = EVP_get_digestbynid(digest->nid);
	struct digest_value value;

	if (!hashing.state)
		diag_no_memory(0);
	hashing.good = EVP_DigestInit_ex(hashing.state, md, NULL) == 1;
	bzb_authenticode_hash(image, update, &hashing);
	hashing.good = hashing.good &&
		       EVP_DigestFinal_ex(hashing.state, value.bytes, &value.size) == 1;
	EVP_MD_CTX_free(hashing.state);
	if (!hashing.good)
		return explain_openssl(why, "cannot compute its %s digest", digest->name);
	*ret = value;
	return 0;
}

int pe_image_digest_once(const struct bzb_authenticode *image, const struct digest *digest,
			 struct digest_values *known, const struct digest_value **ret,
			 struct why *why)
{
	struct digest_value *value = &known->values[digest - digests];

	if (!value->size && pe_image_digest(image, digest, value, why))
		return -1;
	*ret = value;
	return 0;
}

/* Checks all entries, so that a signature is not added to a table that readers refuse. */
static int check_table(const struct bzb_authenticode *image, struct why *why)
{
	struct bzb_certificate certificate;
	size_t position = 0;
	int found;

	if (!image->directory_offset)
		return explain(why,
			       "its PE header has %u data directories, but the one of "
			       "certificates is the fifth: link the image with 16",
			       image->pe.directories);
	do
		found = pe_image_certificate(image, &position, &certificate, why);
	while (found > 0);
	return found;
}

static void set_directory(unsigned char *file, const struct bzb_authenticode *image, size_t offset,
			  size_t size)
{
	struct bzb_pe_data_directory directory = {
		.virtual_address = bzb_st32((uint32_t)offset),
		.size = bzb_st32((uint32_t)size),
	};

	memcpy(file + image->directory_offset, &directory, sizeof(directory));
}

static void set_checksum(struct blob *file, const struct bzb_authenticode *image, bool none)
{
	struct bzb_authenticode changed = *image;
	bzb_le32 checksum = { 0 };

	changed.pe.file = blob_span(file);
	if (!none)
		checksum = bzb_st32(bzb_authenticode_checksum(&changed));
	memcpy(file->data + image->checksum_offset, &checksum, sizeof(checksum));
}

void pe_image_update_checksum(struct blob *file)
{
	struct bzb_authenticode image;

	if (!bzb_authenticode_parse(blob_span(file), &image))
		set_checksum(file, &image, !image.pe.checksum);
}

static bool is_ours(struct bzb_span file)
{
	return bzb_probe(file) & BZB_IS_BZBOOT;
}

/*
 * bzboot's images have room for signatures. With a larger table, loaders that copy the whole file
 * into SizeOfImage or init_size bytes would write beyond them.
 */
static int check_room(const struct bzb_authenticode *image, uint64_t size, struct why *why)
{
	if (size > INT32_MAX)
		return explain(
			why, "has no room for the signature: the image would be larger than 2 GiB");
	if (is_ours(image->pe.file) && size > image->pe.size_of_image)
		return explain(why,
			       "has no room for the signature: the image would have %llu "
			       "bytes, but SizeOfImage is %u",
			       (unsigned long long)size, image->pe.size_of_image);
	return 0;
}

int pe_image_add_certificate(struct blob *file, struct bzb_span pkcs7, struct why *why)
{
	struct bzb_certificate_header header = {
		.length = bzb_st32((uint32_t)(sizeof(header) + pkcs7.size)),
		.revision = bzb_st16(BZB_CERTIFICATE_REVISION_2),
		.type = bzb_st16(BZB_CERTIFICATE_PKCS_SIGNED_DATA),
	};
	struct bzb_authenticode image;
	size_t old_size = file->size;
	uint64_t at = bzb_align_up(old_size, BZB_CERTIFICATE_ALIGN);
	uint64_t size = bzb_align_up(at + sizeof(header) + pkcs7.size, BZB_CERTIFICATE_ALIGN);

	if (pe_image_parse(blob_span(file), &image, why) || check_table(&image, why) ||
	    check_room(&image, size, why))
		return -1;
	blob_resize(file, size);
	memset(file->data + old_size, 0, size - old_size);
	memcpy(file->data + at, &header, sizeof(header));
	memcpy(file->data + at + sizeof(header), pkcs7.data, pkcs7.size);
	if (image.table.size)
		at = image.end;
	set_directory(file->data, &image, at, size - at);
	set_checksum(file, &image, !image.pe.checksum);
	return 0;
}

/* The size without the padding of up to seven zeros that a signer added. */
static size_t unpadded_size(const struct bzb_authenticode *image)
{
	size_t size = image->contents_end;

	if (size > image->end || image->end - size >= BZB_CERTIFICATE_ALIGN)
		return image->end;
	while (size < image->end)
		if (image->pe.file.data[size++])
			return image->end;
	return image->contents_end;
}

int pe_image_remove_certificates(struct blob *file, struct why *why)
{
	struct bzb_authenticode image;
	bool ours = is_ours(blob_span(file));

	if (pe_image_parse(blob_span(file), &image, why))
		return -1;
	if (!image.table.size && !image.stale)
		return explain(why, "is not signed");
	if (image.table.size)
		blob_resize(file, unpadded_size(&image));
	set_directory(file->data, &image, 0, 0);
	set_checksum(file, &image, ours || !image.pe.checksum);
	return 0;
}

/* The entries that stay, with zeros up to the next one. */
static int copy_wanted(const struct bzb_authenticode *image, pe_image_unwanted *unwanted,
		       const void *context, struct blob *ret, struct why *why)
{
	struct blob table = blob_alloc(bzb_align_up(image->table.size, BZB_CERTIFICATE_ALIGN));
	struct bzb_certificate certificate;
	size_t position = 0, used = 0, length;
	int found;

	while ((found = pe_image_certificate(image, &position, &certificate, why)) > 0) {
		if (unwanted(&certificate, context))
			continue;
		length = sizeof(struct bzb_certificate_header) + certificate.content.size;
		memcpy(table.data + used, image->pe.file.data + certificate.offset, length);
		used += bzb_align_up(length, BZB_CERTIFICATE_ALIGN);
	}
	if (found) {
		blob_free(&table);
		return -1;
	}
	table.size = used;
	*ret = table;
	return 0;
}

int pe_image_remove_some(struct blob *file, pe_image_unwanted *unwanted, const void *context,
			 struct why *why)
{
	struct bzb_authenticode image;
	struct blob table;

	if (pe_image_parse(blob_span(file), &image, why))
		return -1;
	if (!image.table.size)
		return explain(why, "is not signed");
	if (copy_wanted(&image, unwanted, context, &table, why))
		return -1;
	if (table.size == bzb_align_up(image.table.size, BZB_CERTIFICATE_ALIGN)) {
		blob_free(&table);
		return explain(why, "has no signature of this certificate: 'bzboot verify' lists "
				    "the signers");
	}
	if (!table.size) {
		blob_free(&table);
		return pe_image_remove_certificates(file, why);
	}
	memcpy(file->data + image.end, table.data, table.size);
	blob_resize(file, image.end + table.size);
	set_directory(file->data, &image, image.end, table.size);
	set_checksum(file, &image, !image.pe.checksum);
	blob_free(&table);
	return 0;
}
