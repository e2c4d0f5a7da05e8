/* SPDX-License-Identifier: BSD-2-Clause */
/* EFI_SIGNATURE_LIST: UEFI 2.10, 32.4.1. */
#include <bzboot/siglist.h>

/* EFI_CERT_X509_GUID, a5c059a1-94e4-4aa7-87b5-ab155c2bf072 */
static const unsigned char x509[BZB_GUID_SIZE] = {
	0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a,
	0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72,
};

/* Moves on to the next list, which may have no entries. */
static int next_list(struct bzb_siglist_walk *walk)
{
	const struct bzb_span rest = walk->rest;
	struct bzb_siglist_header header;
	struct bzb_span list;
	uint32_t size, more;
	int err = bzb_slice(rest, 0, sizeof(header), &list);

	if (err)
		return err;
	memcpy(&header, list.data, sizeof(header));
	size = bzb_ld32(header.size);
	more = bzb_ld32(header.more);
	walk->type = rest.data;
	walk->entry_size = bzb_ld32(header.entry_size);
	if (size < sizeof(header) || more > size - sizeof(header) ||
	    walk->entry_size <= BZB_GUID_SIZE ||
	    (size - (uint32_t)sizeof(header) - more) % (uint32_t)walk->entry_size)
		return -BZB_ERR_BADHEADER;
	err = bzb_slice(rest, 0, size, &list);
	if (err)
		return err;
	more += (uint32_t)sizeof(header);
	bzb_slice(list, more, size - more, &walk->entries);
	return bzb_slice(rest, size, rest.size - size, &walk->rest);
}

int bzb_siglist_next(struct bzb_siglist_walk *walk, struct bzb_siglist_entry *ret)
{
	struct bzb_span entry;
	int err;

	while (!walk->entries.size) {
		if (!walk->rest.size)
			return 0;
		err = next_list(walk);
		if (err)
			return err;
	}
	err = bzb_slice(walk->entries, 0, walk->entry_size, &entry);
	if (err)
		return err;
	bzb_slice(walk->entries, entry.size, walk->entries.size - entry.size, &walk->entries);
	ret->type = walk->type;
	ret->owner = entry.data;
	bzb_slice(entry, BZB_GUID_SIZE, entry.size - BZB_GUID_SIZE, &ret->data);
	return 1;
}

bool bzb_siglist_is_x509(const struct bzb_siglist_entry *entry)
{
	return !memcmp(entry->type, x509, sizeof(x509));
}

int bzb_siglist_write_x509(const unsigned char *owner, struct bzb_span certificate,
			   unsigned char *to, size_t size)
{
	struct bzb_siglist_header header = { .more = bzb_st32(0) };

	if (certificate.size > UINT32_MAX - BZB_SIGLIST_OVERHEAD)
		return -BZB_ERR_TOOLARGE;
	if (size < certificate.size + BZB_SIGLIST_OVERHEAD)
		return -BZB_ERR_NOSPACE;
	memcpy(header.type, x509, sizeof(x509));
	header.size = bzb_st32((uint32_t)certificate.size + BZB_SIGLIST_OVERHEAD);
	header.entry_size = bzb_st32((uint32_t)certificate.size + BZB_GUID_SIZE);
	memcpy(to, &header, sizeof(header));
	memcpy(to + sizeof(header), owner, BZB_GUID_SIZE);
	memcpy(to + BZB_SIGLIST_OVERHEAD, certificate.data, certificate.size);
	return 0;
}
