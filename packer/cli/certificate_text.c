/* SPDX-License-Identifier: BSD-2-Clause */
#include "certificate_text.h"

#include <stdio.h>
#include <time.h>

#include "io/diag.h"

/* A name comes from the file: OpenSSL escapes what is not printable. */
void certificate_print_name(const char *label, const X509 *certificate)
{
	BIO *out = BIO_new(BIO_s_mem());
	char *text;
	long size;

	if (!out)
		diag_no_memory(0);
	if (X509_NAME_print_ex(out, X509_get_subject_name(certificate), 0,
			       XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB) < 0 ||
	    (size = BIO_get_mem_data(out, &text)) < 0)
		printf("  %-9s unreadable\n", label);
	else
		printf("  %-9s %.*s\n", label, (int)size, text);
	BIO_free(out);
}

void certificate_print_key(const X509 *certificate, const char *digest)
{
	const EVP_PKEY *key = X509_get0_pubkey(certificate);

	if (key)
		printf("  %-9s %s, %d bits%s%s\n", "key", EVP_PKEY_get0_type_name(key),
		       EVP_PKEY_get_bits(key), digest ? ", " : "", digest ? digest : "");
}

void certificate_print_time(const char *label, const ASN1_TIME *time)
{
	char text[32] = "none";
	struct tm tm;

	if (time && (!ASN1_TIME_to_tm(time, &tm) ||
		     !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm)))
		snprintf(text, sizeof(text), "unreadable");
	printf("  %-9s %s\n", label, text);
}
