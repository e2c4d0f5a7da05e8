/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines of a certificate that verify and keys print: "  LABEL     VALUE" */
#ifndef PACKER_CERTIFICATE_TEXT_H
#define PACKER_CERTIFICATE_TEXT_H

#include <openssl/x509.h>

/**
 * certificate_print_name() - the subject
 * @label: before it
 * @certificate: OpenSSL escapes what is not printable in it
 */
void certificate_print_name(const char *label, const X509 *certificate);

/**
 * certificate_print_key() - the public key
 * @certificate: nothing is printed if OpenSSL cannot read it
 * @digest: that it signs; NULL: not printed
 */
void certificate_print_key(const X509 *certificate, const char *digest);

/**
 * certificate_print_time() - a time
 * @label: before it
 * @time: NULL: "none"
 */
void certificate_print_time(const char *label, const ASN1_TIME *time);

#endif
