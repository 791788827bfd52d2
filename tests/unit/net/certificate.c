/* Making certificates. */
#include "tests/unit/net/certificate.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#include "tests/unit/harness.h"

enum { DAY_SECONDS = 24 * 60 * 60 };

static void
add_names(X509 *certificate, const char *name)
{
	X509_NAME *subject = X509_get_subject_name(certificate);
	X509_EXTENSION *extension;
	char names[128];

	ck_assert_int_eq(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
	                     (const unsigned char *)name, -1, -1, 0),
	    1);
	ck_assert_int_eq(X509_set_issuer_name(certificate, subject), 1);
	snprintf(names, sizeof(names), "DNS:%s", name);
	extension =
	    X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
	ck_assert_ptr_nonnull(extension);
	ck_assert_int_eq(X509_add_ext(certificate, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

void
certificate_write(const char *path, const char *name)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	FILE *file = fopen(path, "w");

	ck_assert(key != NULL && certificate != NULL && file != NULL);
	X509_set_version(certificate, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 0x1234);
	X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY_SECONDS);
	X509_gmtime_adj(X509_getm_notAfter(certificate), DAY_SECONDS);
	X509_set_pubkey(certificate, key);
	add_names(certificate, name);
	ck_assert_int_gt(X509_sign(certificate, key, EVP_sha256()), 0);
	ck_assert_int_eq(PEM_write_X509(file, certificate), 1);
	ck_assert_int_eq(
	    PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
	ck_assert_int_eq(fclose(file), 0);
	X509_free(certificate);
	EVP_PKEY_free(key);
}
