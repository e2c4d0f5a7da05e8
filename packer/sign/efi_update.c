/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi_update.h"

#include <string.h>
#include <time.h>

#include <openssl/pkcs7.h>

#include <bzboot/authenticode.h>
#include <bzboot/siglist.h>

#include "io/guid.h"
#include "keys.h"
#include "openssl.h"

/* EFI_GLOBAL_VARIABLE, and EFI_IMAGE_SECURITY_DATABASE_GUID */
#define GLOBAL "8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define DATABASE "d719b2cb-3d3a-4596-a3bc-dad00e67656f"

const struct efi_variable efi_keys[EFI_KEY_COUNT] = {
	[EFI_KEY_DB] = { "db", DATABASE },
	[EFI_KEY_KEK] = { "KEK", GLOBAL },
	[EFI_KEY_PK] = { "PK", GLOBAL },
};

const struct efi_variable efi_setup_mode = { "SetupMode", GLOBAL };
const struct efi_variable efi_secure_boot = { "SecureBoot", GLOBAL };
const struct efi_variable efi_dbx = { "dbx", DATABASE };

/* EFI_TIME, in GMT. The members after @second have to be 0. */
struct efi_time {
	bzb_le16 year;
	unsigned char month, day, hour, minute, second, zeros[9];
};
_Static_assert(sizeof(struct efi_time) == 16, "EFI_TIME");

/* EFI_VARIABLE_AUTHENTICATION_2, and WIN_CERTIFICATE_UEFI_GUID in it; PKCS #7 follows. */
struct header {
	struct efi_time time;
	struct bzb_certificate_header certificate;
	struct guid type;
};
_Static_assert(sizeof(struct header) == 40, "EFI_VARIABLE_AUTHENTICATION_2");

#define TYPE_GUID 0x0ef1
/* EFI_CERT_TYPE_PKCS7_GUID */
#define TYPE_PKCS7 "4aafd29d-68df-49ee-8aa9-347d375665a7"

static int make_time(int64_t time, struct efi_time *ret, struct why *why)
{
	const time_t seconds = (time_t)time;
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || tm.tm_year < 0 || tm.tm_year > 8099)
		return explain(why, "cannot sign: the clock is wrong");
	*ret = (struct efi_time){
		.year = bzb_st16((uint16_t)(1900 + tm.tm_year)),
		.month = (unsigned char)(tm.tm_mon + 1),
		.day = (unsigned char)tm.tm_mday,
		.hour = (unsigned char)tm.tm_hour,
		.minute = (unsigned char)tm.tm_min,
		.second = (unsigned char)tm.tm_sec,
	};
	return 0;
}

/* The signed bytes: name (UTF-16, without the NUL), vendor, attributes, time and value. */
static BIO *signed_bytes(const struct efi_variable *variable, const struct efi_time *time,
			 struct bzb_span value)
{
	const bzb_le32 attributes = bzb_st32(EFI_UPDATE_ATTRIBUTES);
	BIO *bytes = BIO_new(BIO_s_mem());
	struct guid guid;
	bool good = bytes;

	guid_parse(variable->guid, &guid);
	for (const char *c = variable->name; *c && good; c++)
		good = BIO_write(bytes, (const char[]){ *c, 0 }, 2) == 2;
	if (!good || BIO_write(bytes, &guid, sizeof(guid)) <= 0 ||
	    BIO_write(bytes, &attributes, sizeof(attributes)) <= 0 ||
	    BIO_write(bytes, time, sizeof(*time)) <= 0 ||
	    (value.size && BIO_write(bytes, value.data, (int)value.size) <= 0))
		diag_no_memory(value.size);
	return bytes;
}

/* Only SignedData, without the ContentInfo around it, as UEFI says, and without attributes. */
static int sign_detached(BIO *bytes, EVP_PKEY *key, X509 *certificate, struct blob *ret,
			 struct why *why)
{
	const int flags = PKCS7_BINARY | PKCS7_DETACHED | PKCS7_NOATTR | PKCS7_NOSMIMECAP;
	char query[KEY_QUERY_SIZE];
	unsigned char *der = NULL;
	PKCS7 *pkcs7;
	int size = -1;

	if (keys_query(key, query, why))
		return -1;
	pkcs7 = PKCS7_sign_ex(NULL, NULL, NULL, NULL, flags | PKCS7_PARTIAL, NULL, query);
	if (pkcs7 && PKCS7_sign_add_signer(pkcs7, certificate, key, EVP_sha256(), flags) &&
	    PKCS7_final(pkcs7, bytes, flags))
		size = i2d_PKCS7_SIGNED(pkcs7->d.sign, &der);
	PKCS7_free(pkcs7);
	if (size <= 0)
		return explain_openssl(why, "cannot sign with this key");
	*ret = blob_copy((struct bzb_span){ der, (size_t)size });
	OPENSSL_free(der);
	return 0;
}

int efi_update_sign(const struct efi_variable *variable, struct bzb_span value, int64_t time,
		    EVP_PKEY *key, X509 *certificate, struct blob *ret, struct why *why)
{
	struct header header = { 0 };
	struct blob signature, update;
	BIO *bytes;
	int err;

	if (make_time(time, &header.time, why))
		return -1;
	bytes = signed_bytes(variable, &header.time, value);
	err = sign_detached(bytes, key, certificate, &signature, why);
	BIO_free(bytes);
	if (err)
		return -1;
	header.certificate.length =
		bzb_st32((uint32_t)(sizeof(header) - sizeof(header.time) + signature.size));
	header.certificate.revision = bzb_st16(BZB_CERTIFICATE_REVISION_2);
	header.certificate.type = bzb_st16(TYPE_GUID);
	guid_parse(TYPE_PKCS7, &header.type);
	update = blob_alloc(sizeof(header) + signature.size + value.size);
	memcpy(update.data, &header, sizeof(header));
	memcpy(update.data + sizeof(header), signature.data, signature.size);
	if (value.size)
		memcpy(update.data + sizeof(header) + signature.size, value.data, value.size);
	blob_free(&signature);
	*ret = update;
	return 0;
}
