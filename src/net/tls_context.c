/* Contexts of OpenSSL, made of files. */
#include "net/tls_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/span.h"
#include "net/tls_tickets.h"

struct tls_context {
	SSL_CTX **list; /* one for each certificate */
	size_t count;
	struct tls_tickets *tickets; /* NULL: none are given */
};

/* Writes what was wrong with a file or setting: OpenSSL's first complaint, which
 * is the cause. */
static void
say_wrong(char error[TLS_ERROR_MAX], const char *what, const char *value)
{
	unsigned long code = ERR_get_error();
	const char *reason = ERR_reason_error_string(code);
	char system[64] = "";

	if (code != 0 && ERR_SYSTEM_ERROR(code))
		reason =
		    strerror_r(ERR_GET_REASON(code), system, sizeof system);
	snprintf(error, TLS_ERROR_MAX, "%s \"%s\": %s", what, value,
	    reason != NULL ? reason : "unusable");
	ERR_clear_error();
}

/* Nobody is at the terminal to be asked for a passphrase. */
static int
no_passphrase(char *out, int size, int is_writing, void *arg)
{
	(void)out;
	(void)size;
	(void)is_writing;
	(void)arg;
	return 0;
}

static void
warn_expired(SSL_CTX *ctx, const char *file)
{
	const X509 *certificate = SSL_CTX_get0_certificate(ctx);

	if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
		log_warnx("certificate has expired file=%s", file);
}

/* Returns 0 or -1. */
static int
load_pair(SSL_CTX *ctx, const char *certificate, const char *key,
    char error[TLS_ERROR_MAX])
{
	SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
	if (SSL_CTX_use_certificate_chain_file(ctx, certificate) != 1)
		say_wrong(error, "certificate", certificate);
	else if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(ctx) != 1)
		say_wrong(error, "key", key);
	else
		return 0;
	return -1;
}

/* What all contexts have in common. Returns 0 or -1. */
static int
set_common(SSL_CTX *ctx)
{
	/* OpenSSL frees its buffers whenever they are empty */
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_options(
	    ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	/* keys of 112 bits at least (SSL_CTX_set_security_level(3)) */
	SSL_CTX_set_security_level(ctx, 2);
	/* the tickets are enough */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 ? 0 : -1;
}

/* What the owner may turn. Returns 0 or -1. */
static int
set_knobs(SSL_CTX *ctx, const struct conf_tls *conf, char error[TLS_ERROR_MAX])
{
	if (conf->min_version == TLS_VERSION_1_3 &&
	    SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1)
		say_wrong(error, "min_version", "TLSv1.3");
	else if (SSL_CTX_set_cipher_list(ctx, conf->ciphers) != 1)
		say_wrong(error, "ciphers", conf->ciphers);
	else if (conf->ciphersuites != NULL &&
	    SSL_CTX_set_ciphersuites(ctx, conf->ciphersuites) != 1)
		say_wrong(error, "ciphersuites", conf->ciphersuites);
	else if (conf->groups != NULL &&
	    SSL_CTX_set1_groups_list(ctx, conf->groups) != 1)
		say_wrong(error, "groups", conf->groups);
	else
		return 0;
	return -1;
}

/* Has clients asked for certificates. Returns 0 or -1. */
static int
set_verify(SSL_CTX *ctx, const struct conf_tls *conf, char error[TLS_ERROR_MAX])
{
	STACK_OF(X509_NAME) * names;

	if (conf->verify_client == TLS_VERIFY_OFF)
		return 0;
	names = SSL_load_client_CA_file(conf->client_ca);
	if (names == NULL ||
	    SSL_CTX_load_verify_file(ctx, conf->client_ca) != 1) {
		say_wrong(error, "client_ca", conf->client_ca);
		sk_X509_NAME_pop_free(names, X509_NAME_free);
		return -1;
	}
	SSL_CTX_set_client_CA_list(ctx, names);
	SSL_CTX_set_verify(ctx,
	    SSL_VERIFY_PEER |
	        (conf->verify_client == TLS_VERIFY_REQUIRED
	                ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT
	                : 0),
	    NULL);
	return 0;
}

/* ALPN: whoever offers protocols without ours is refused, lest it speaks another
 * (RFC 7301 §3.2). */
static int
on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_length,
    const unsigned char *offer, unsigned offer_length, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *chosen;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&chosen, out_length, ours, sizeof(ours) - 1,
	        offer, offer_length) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* Goes over to the certificate of the name that the client wants, if there is
 * one. */
static int
on_server_name(SSL *ssl, int *alert, void *arg)
{
	const struct tls_context *context = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)alert;
	for (size_t i = 0; name != NULL && i < context->count; i++) {
		X509 *certificate = SSL_CTX_get0_certificate(context->list[i]);

		if (X509_check_host(certificate, name, 0, 0, NULL) != 1)
			continue;
		SSL_set_SSL_CTX(ssl, context->list[i]);
		return SSL_TLSEXT_ERR_OK;
	}
	return SSL_TLSEXT_ERR_NOACK;
}

/* Resumption: by tickets, or not at all. Returns 0 or -1. */
static int
set_resumption(SSL_CTX *ctx, const struct conf_tls *conf,
    const struct tls_context *context)
{
	static const unsigned char id[] = "framed";

	if (context->tickets == NULL) {
		SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
		return SSL_CTX_set_num_tickets(ctx, 0) == 1 ? 0 : -1;
	}
	/* in seconds; what is below one is one */
	SSL_CTX_set_timeout(ctx, (conf->session_timeout_ms + 999) / 1000);
	/* with client certificates OpenSSL insists on it */
	if (SSL_CTX_set_session_id_context(ctx, id, sizeof(id) - 1) != 1)
		return -1;
	return tls_tickets_attach(context->tickets, ctx);
}

/* The context of one certificate, or NULL. */
static SSL_CTX *
make_server(struct tls_context *context, const struct conf_tls *conf,
    const char *files[2], char error[TLS_ERROR_MAX])
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	snprintf(error, TLS_ERROR_MAX, "out of memory");
	if (ctx == NULL || set_common(ctx) == -1 ||
	    set_resumption(ctx, conf, context) == -1 ||
	    load_pair(ctx, files[0], files[1], error) == -1 ||
	    set_knobs(ctx, conf, error) == -1 ||
	    set_verify(ctx, conf, error) == -1) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	if (conf->prefers_server_ciphers)
		SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
	SSL_CTX_set_tlsext_servername_callback(ctx, on_server_name);
	SSL_CTX_set_tlsext_servername_arg(ctx, context);
	warn_expired(ctx, files[0]);
	return ctx;
}

/* The next file of a list, allocated; NULL at its end or without memory. */
static char *
next_file(const char **list)
{
	size_t length = strcspn(*list, "\n");
	const char *begin = *list;

	if (*begin == '\0')
		return NULL;
	*list += length + 1;
	return strndup(begin, length);
}

/* Makes one context after the other. Returns 0 or -1. */
static int
make_all(struct tls_context *context, const struct conf_tls *conf,
    char error[TLS_ERROR_MAX])
{
	const char *certificates = conf->certificates;
	const char *keys = conf->keys != NULL ? conf->keys : certificates;

	while (*certificates != '\0') {
		SSL_CTX **longer = realloc(context->list,
		    (context->count + 1) * sizeof(*context->list));
		char *certificate = next_file(&certificates);
		char *key = next_file(&keys);
		SSL_CTX *ctx = NULL;

		if (longer != NULL)
			context->list = longer;
		if (longer != NULL && certificate != NULL && key != NULL)
			ctx = make_server(context, conf,
			    (const char *[]){certificate, key}, error);
		free(certificate);
		free(key);
		if (ctx == NULL)
			return -1;
		context->list[context->count++] = ctx;
	}
	return 0;
}

struct tls_context *
tls_context_new(const struct conf_tls *conf, char error[TLS_ERROR_MAX])
{
	struct tls_context *context = calloc(1, sizeof(*context));

	snprintf(error, TLS_ERROR_MAX, "out of memory");
	if (context == NULL)
		return NULL;
	if (conf->session_timeout_ms > 0) {
		context->tickets = tls_tickets_new(conf->session_timeout_ms);
		if (context->tickets == NULL)
			goto fail;
	}
	if (make_all(context, conf, error) == 0)
		return context;
fail:
	tls_context_free(&context);
	return NULL;
}

/* Whom we believe. Returns 0 or -1. */
static int
set_trust(SSL_CTX *ctx, enum tls_trust trust, const char *ca_file,
    char error[TLS_ERROR_MAX])
{
	if (trust == TLS_TRUST_ALL)
		return 0;
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	if (ca_file == NULL && SSL_CTX_set_default_verify_paths(ctx) != 1)
		say_wrong(error, "authorities", "of the system");
	else if (ca_file != NULL && SSL_CTX_load_verify_file(ctx, ca_file) != 1)
		say_wrong(error, "authorities", ca_file);
	else
		return 0;
	return -1;
}

struct tls_context *
tls_context_new_client(
    enum tls_trust trust, const char *ca_file, char error[TLS_ERROR_MAX])
{
	static const unsigned char alpn[] = "\x08http/1.1";
	struct tls_context *context = calloc(1, sizeof(*context));
	SSL_CTX *ctx;

	snprintf(error, TLS_ERROR_MAX, "out of memory");
	if (context == NULL)
		return NULL;
	context->list = malloc(sizeof(*context->list));
	ctx = SSL_CTX_new(TLS_client_method());
	if (context->list != NULL && ctx != NULL)
		context->list[context->count++] = ctx;
	/* ALPN answers 0 when it is well */
	if (context->count == 1 && set_common(ctx) == 0 &&
	    SSL_CTX_set_alpn_protos(ctx, alpn, sizeof(alpn) - 1) == 0 &&
	    set_trust(ctx, trust, ca_file, error) == 0)
		return context;
	if (context->count == 0)
		SSL_CTX_free(ctx);
	tls_context_free(&context);
	return NULL;
}

void
tls_context_free(struct tls_context **context)
{
	struct tls_context *c = *context;

	if (c == NULL)
		return;
	for (size_t i = 0; i < c->count; i++)
		SSL_CTX_free(c->list[i]);
	free(c->list);
	tls_tickets_free(&c->tickets);
	free(c);
	*context = NULL;
}

SSL_CTX *
tls_context_get(const struct tls_context *context)
{
	return context->list[0];
}
