/* What is known of a TLS connection, as text. */
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "net/tls_stream_parts.h"

static size_t
copy(const char *text, char out[TLS_FACT_MAX])
{
	out[0] = '\0';
	if (text == NULL)
		return 0;
	snprintf(out, TLS_FACT_MAX, "%s", text);
	return strlen(out);
}

/* A distinguished name (RFC 2253). */
static size_t
write_name(const X509_NAME *name, char out[TLS_FACT_MAX])
{
	BIO *bio = BIO_new(BIO_s_mem());
	int length = 0;

	if (bio != NULL &&
	    X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) > 0)
		length = BIO_read(bio, out, TLS_FACT_MAX - 1);
	BIO_free(bio);
	out[length > 0 ? length : 0] = '\0';
	return strlen(out);
}

static size_t
write_hex(struct span bytes, char out[TLS_FACT_MAX])
{
	size_t length = 0;

	out[0] = '\0';
	for (size_t i = 0; i < bytes.length && length + 3 <= TLS_FACT_MAX; i++)
		length += (size_t)snprintf(
		    out + length, TLS_FACT_MAX - length, "%02x", bytes.data[i]);
	return length;
}

static size_t
write_fingerprint(const X509 *certificate, char out[TLS_FACT_MAX])
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned length = 0;

	if (X509_digest(certificate, EVP_sha256(), digest, &length) != 1)
		length = 0;
	return write_hex(span_from(digest, length), out);
}

static size_t
write_serial(const X509 *certificate, char out[TLS_FACT_MAX])
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);

	return write_hex(span_from(ASN1_STRING_get0_data(serial),
	                     (size_t)ASN1_STRING_length(serial)),
	    out);
}

/* Of the peer's certificate, if it has one that was verified. */
static size_t
write_of_certificate(const SSL *ssl, enum tls_fact fact, char out[TLS_FACT_MAX])
{
	const X509 *certificate = SSL_get0_peer_certificate(ssl);

	out[0] = '\0';
	if (certificate == NULL || SSL_get_verify_result(ssl) != X509_V_OK)
		return 0;
	switch (fact) {
	case TLS_FACT_SUBJECT:
		return write_name(X509_get_subject_name(certificate), out);
	case TLS_FACT_ISSUER:
		return write_name(X509_get_issuer_name(certificate), out);
	case TLS_FACT_SERIAL:
		return write_serial(certificate, out);
	case TLS_FACT_FINGERPRINT:
		return write_fingerprint(certificate, out);
	case TLS_FACT_PROTOCOL:
	case TLS_FACT_CIPHER:
	case TLS_FACT_SERVER_NAME:
	case TLS_FACT_RESUMED:
		break;
	}
	return 0;
}

size_t
tls_stream_fact(
    const struct tls_stream *stream, enum tls_fact fact, char out[TLS_FACT_MAX])
{
	const SSL *ssl = stream->ssl;

	switch (fact) {
	case TLS_FACT_PROTOCOL:
		return copy(SSL_get_version(ssl), out);
	case TLS_FACT_CIPHER:
		return copy(SSL_get_cipher_name(ssl), out);
	case TLS_FACT_SERVER_NAME:
		return copy(
		    SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name), out);
	case TLS_FACT_RESUMED:
		return copy(SSL_session_reused(ssl) ? "1" : NULL, out);
	case TLS_FACT_SUBJECT:
	case TLS_FACT_ISSUER:
	case TLS_FACT_SERIAL:
	case TLS_FACT_FINGERPRINT:
		break;
	}
	return write_of_certificate(ssl, fact, out);
}
