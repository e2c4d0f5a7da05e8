/* SPDX-License-Identifier: BSD-2-Clause */
#include "banks.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sign/openssl.h"

static const struct bank table[BANK_COUNT] = {
	[BANK_SHA1] = { "sha1", 20, 0x0004 },
	[BANK_SHA256] = { "sha256", 32, 0x000b },
	[BANK_SHA384] = { "sha384", 48, 0x000c },
	[BANK_SHA512] = { "sha512", 64, 0x000d },
};

const struct bank *bank_at(unsigned int index)
{
	return &table[index];
}

unsigned int bank_by_name(const char *name)
{
	unsigned int i = 0;

	while (i < BANK_COUNT && strcmp(table[i].name, name) != 0)
		i++;
	return i;
}

struct hasher {
	EVP_MD_CTX *states[BANK_COUNT]; /* NULL: the bank is not chosen */
	const char *broken;		/* the algorithm that failed, or NULL */
};

static void start_bank(struct hasher *hasher, unsigned int bank)
{
	hasher->states[bank] = EVP_MD_CTX_new();
	if (!hasher->states[bank])
		diag_no_memory(0);
	if (EVP_DigestInit_ex(hasher->states[bank], EVP_get_digestbyname(table[bank].name), NULL) !=
	    1)
		hasher->broken = table[bank].name;
}

struct hasher *hasher_start(unsigned int banks)
{
	struct hasher *hasher = calloc(1, sizeof(*hasher));

	if (!hasher)
		diag_no_memory(sizeof(*hasher));
	for (unsigned int i = 0; i < BANK_COUNT; i++)
		if (banks & 1u << i)
			start_bank(hasher, i);
	return hasher;
}

void hasher_update(void *hasher, const void *bytes, size_t size)
{
	struct hasher *all = hasher;

	for (unsigned int i = 0; i < BANK_COUNT && !all->broken; i++)
		if (all->states[i] && EVP_DigestUpdate(all->states[i], bytes, size) != 1)
			all->broken = table[i].name;
}

void hasher_zeros(struct hasher *hasher, uint64_t size)
{
	static const unsigned char zeros[0x10000];

	while (size && !hasher->broken) {
		const size_t piece = size < sizeof(zeros) ? (size_t)size : sizeof(zeros);

		hasher_update(hasher, zeros, piece);
		size -= piece;
	}
}

int hasher_finish(struct hasher *hasher, struct digests *ret, struct why *why)
{
	struct digests digests = { 0 };
	const char *broken;

	for (unsigned int i = 0; i < BANK_COUNT; i++) {
		if (hasher->states[i] && !hasher->broken &&
		    EVP_DigestFinal_ex(hasher->states[i], digests.bytes[i], NULL) != 1)
			hasher->broken = table[i].name;
		EVP_MD_CTX_free(hasher->states[i]);
	}
	broken = hasher->broken;
	free(hasher);
	if (broken)
		return explain_openssl(why, "cannot compute a %s digest", broken);
	*ret = digests;
	return 0;
}

int banks_hash(unsigned int banks, struct bzb_span bytes, struct digests *ret, struct why *why)
{
	struct hasher *hasher = hasher_start(banks);

	hasher_update(hasher, bytes.data, bytes.size);
	return hasher_finish(hasher, ret, why);
}

/* The new value is the digest of the old one and the event's digest. */
static int extend_bank(unsigned int bank, struct digests *pcr, const struct digests *event,
		       struct why *why)
{
	struct hasher *hasher = hasher_start(1u << bank);
	struct digests value;

	hasher_update(hasher, pcr->bytes[bank], table[bank].size);
	hasher_update(hasher, event->bytes[bank], table[bank].size);
	if (hasher_finish(hasher, &value, why))
		return -1;
	memcpy(pcr->bytes[bank], value.bytes[bank], table[bank].size);
	return 0;
}

int banks_extend(unsigned int banks, struct digests *pcr, const struct digests *event,
		 struct why *why)
{
	struct digests value = *pcr;

	for (unsigned int i = 0; i < BANK_COUNT; i++)
		if (banks & 1u << i && extend_bank(i, &value, event, why))
			return -1;
	*pcr = value;
	return 0;
}
