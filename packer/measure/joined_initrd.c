/* SPDX-License-Identifier: BSD-2-Clause */
#include "joined_initrd.h"

#include <string.h>

#include <bzboot/cpio.h>

#include "io/blob.h"
#include "stub_version.h"
#include "uki_bytes.h"

/* In the order of the parts. */
static const struct {
	enum bzb_uki_name name;
	const char *file; /* in .extra; NULL: the section is an archive itself */
} sources[] = {
	{ BZB_UKI_UCODE, NULL },
	{ BZB_UKI_INITRD, NULL },
	{ BZB_UKI_PCRSIG, "tpm2-pcr-signature.json" },
	{ BZB_UKI_PCRPKEY, "tpm2-pcr-public-key.pem" },
	{ BZB_UKI_OSREL, "os-release" },
	{ BZB_UKI_PROFILE, "profile" },
};

struct parts {
	struct uki_bytes list[BZB_ARRAY_SIZE(sources)];
	struct blob archives[BZB_ARRAY_SIZE(sources)]; /* of those with a file */
	size_t count;
};

static void free_parts(struct parts *parts)
{
	for (size_t i = 0; i < parts->count; i++)
		blob_free(&parts->archives[i]);
}

static struct blob copy(const struct uki_bytes *bytes)
{
	struct blob all = blob_alloc(bytes->file.size + bytes->zeros);

	if (bytes->file.size)
		memcpy(all.data, bytes->file.data, bytes->file.size);
	return all;
}

static int wrap(const struct uki_bytes *bytes, const char *name, struct blob *ret, struct why *why)
{
	static const struct bzb_cpio_folder folder = { ".extra", 0555, 0444 };
	struct blob file = copy(bytes), archive;
	size_t size = 0;

	if (bzb_cpio_write(&folder, name, blob_span(&file), NULL, 0, &size)) {
		blob_free(&file);
		return explain(why, "section for %s is too large for an initrd", name);
	}
	archive = blob_alloc(size);
	bzb_cpio_write(&folder, name, blob_span(&file), archive.data, size, &size);
	blob_free(&file);
	*ret = archive;
	return 0;
}

static int add_part(const struct bzb_uki *uki, size_t source, struct parts *parts, struct why *why)
{
	struct uki_bytes *bytes = &parts->list[parts->count];
	struct blob *archive = &parts->archives[parts->count];
	struct bzb_pe_section section;

	if (bzb_uki_section(uki, sources[source].name, &section))
		return 0;
	if (uki_bytes(&uki->pe, &section, bytes, why))
		return -1;
	if (sources[source].file) {
		if (wrap(bytes, sources[source].file, archive, why))
			return -1;
		*bytes = (struct uki_bytes){ blob_span(archive), 0 };
	}
	parts->count++;
	return 0;
}

static int hash_parts(const struct parts *parts, unsigned int banks, struct digests *ret,
		      struct why *why)
{
	struct hasher *hasher = hasher_start(banks);

	for (size_t i = 0; i < parts->count; i++) {
		const struct uki_bytes *part = &parts->list[i];
		const uint64_t size = part->file.size + part->zeros;

		uki_bytes_hash(part, hasher);
		if (parts->count > 1)
			hasher_zeros(hasher, bzb_align_up(size, 4) - size);
	}
	return hasher_finish(hasher, ret, why);
}

int joined_initrd_hash(const struct bzb_uki *uki, unsigned int version, unsigned int banks,
		       struct digests *ret, struct why *why)
{
	struct parts parts = { 0 };
	int err = 0;

	for (size_t i = 0; i < BZB_ARRAY_SIZE(sources) && !err; i++)
		if (!sources[i].file || stub_gives_section(version, sources[i].name))
			err = add_part(uki, i, &parts, why);
	if (!err && parts.count)
		err = hash_parts(&parts, banks, ret, why);
	free_parts(&parts);
	return err ? -1 : parts.count > 0;
}
