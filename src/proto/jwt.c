#include "proto/jwt.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "proto/base64.h"

enum { SIGNATURE_BYTES = 32, PART_BYTES = JWT_TOKEN_MAX * 3 / 4 };

/* header "." claims "." signature (RFC 7515 §7.1). */
struct parts {
	struct span header;
	struct span claims;
	struct span signature;
	struct span is_signed; /* the first two, with the dot */
};

/* Cuts text off up to a dot, which is thrown away. Returns 0, or -1 without. */
static int
cut_part(struct span *rest, struct span *part_out)
{
	size_t dot = span_find(*rest, '.');

	if (dot == rest->length)
		return -1;
	*part_out = span_from(rest->data, dot);
	*rest = span_from(rest->data + dot + 1, rest->length - dot - 1);
	return 0;
}

static int
split(struct span token, struct parts *parts)
{
	struct span rest = token;

	if (token.length > JWT_TOKEN_MAX ||
	    cut_part(&rest, &parts->header) == -1 ||
	    cut_part(&rest, &parts->claims) == -1)
		return -1;
	parts->signature = rest;
	parts->is_signed =
	    span_from(token.data, token.length - rest.length - 1);
	return 0;
}

static bool
is_ours(const struct parts *parts, struct span secret)
{
	uint8_t wanted[EVP_MAX_MD_SIZE], got[SIGNATURE_BYTES];
	unsigned wanted_length;
	size_t length;

	if (base64url_decode(parts->signature, got, sizeof(got), &length) ==
	        -1 ||
	    length != SIGNATURE_BYTES)
		return false;
	return HMAC(EVP_sha256(), secret.data, (int)secret.length,
	           parts->is_signed.data, parts->is_signed.length, wanted,
	           &wanted_length) != NULL &&
	    CRYPTO_memcmp(wanted, got, SIGNATURE_BYTES) == 0;
}

/* An object, the caller's to release; NULL where the part is none. */
static json_t *
read_object(struct span part)
{
	char text[PART_BYTES];
	size_t length;
	json_t *value;

	if (base64url_decode(part, (uint8_t *)text, sizeof(text), &length) ==
	    -1)
		return NULL;
	/* names that come twice are read in two ways */
	value = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(value))
		return value;
	json_decref(value);
	return NULL;
}

static enum jwt_verdict
judge_header(const json_t *header)
{
	const char *algorithm =
	    json_string_value(json_object_get(header, "alg"));

	if (algorithm == NULL || strcmp(algorithm, "HS256") != 0)
		return JWT_ALGORITHM;
	return json_object_get(header, "crit") != NULL ? JWT_CRITICAL
	                                               : JWT_GOOD;
}

/* "exp" has to be there, "nbf" may (RFC 7519 §4.1.4, §4.1.5). */
static enum jwt_verdict
judge_time(const json_t *claims, double now_s, double leeway_s)
{
	const json_t *expiry = json_object_get(claims, "exp");
	const json_t *begin = json_object_get(claims, "nbf");

	if (expiry == NULL)
		return JWT_NO_EXPIRY;
	if (!json_is_number(expiry) ||
	    (begin != NULL && !json_is_number(begin)))
		return JWT_MALFORMED;
	if (now_s >= json_number_value(expiry) + leeway_s)
		return JWT_EXPIRED;
	if (begin != NULL && now_s < json_number_value(begin) - leeway_s)
		return JWT_NOT_YET;
	return JWT_GOOD;
}

static bool
is_string(const json_t *value, const char *wanted)
{
	return json_is_string(value) &&
	    json_string_length(value) == strlen(wanted) &&
	    strcmp(json_string_value(value), wanted) == 0;
}

/* "aud" is a string or an array of them (RFC 7519 §4.1.3). */
static bool
names_audience(const json_t *audience, const char *wanted)
{
	for (size_t i = 0; i < json_array_size(audience); i++)
		if (is_string(json_array_get(audience, i), wanted))
			return true;
	return is_string(audience, wanted);
}

static enum jwt_verdict
judge_claims(const json_t *claims, const struct jwt_rules *rules, int64_t now_s)
{
	enum jwt_verdict verdict =
	    judge_time(claims, (double)now_s, rules->leeway_s);

	if (verdict != JWT_GOOD)
		return verdict;
	if (rules->audience != NULL &&
	    !names_audience(json_object_get(claims, "aud"), rules->audience))
		return JWT_AUDIENCE;
	if (rules->issuer != NULL &&
	    !is_string(json_object_get(claims, "iss"), rules->issuer))
		return JWT_ISSUER;
	return JWT_GOOD;
}

enum jwt_verdict
jwt_verify(struct span token, const struct jwt_rules *rules, int64_t now_s,
    char subject_out[JWT_SUBJECT_SIZE])
{
	enum jwt_verdict verdict = JWT_MALFORMED;
	json_t *header, *claims;
	const char *subject;
	struct parts parts;

	subject_out[0] = '\0';
	if (split(token, &parts) == -1)
		return JWT_MALFORMED;
	if (!is_ours(&parts, rules->secret))
		return JWT_FORGED;
	header = read_object(parts.header);
	claims = read_object(parts.claims);
	if (header != NULL && claims != NULL) {
		verdict = judge_header(header);
		if (verdict == JWT_GOOD)
			verdict = judge_claims(claims, rules, now_s);
		subject = json_string_value(json_object_get(claims, "sub"));
		/* of two that begin alike, a part would name both */
		if (subject != NULL && strlen(subject) >= JWT_SUBJECT_SIZE)
			verdict = JWT_MALFORMED;
		if (verdict == JWT_GOOD && subject != NULL)
			strcpy(subject_out, subject);
	}
	json_decref(header);
	json_decref(claims);
	return verdict;
}

const char *
jwt_verdict_text(enum jwt_verdict verdict)
{
	static const char *const texts[] = {
	    [JWT_GOOD] = "token is good",
	    [JWT_MALFORMED] = "token is malformed",
	    [JWT_FORGED] = "token has another signature",
	    [JWT_ALGORITHM] = "token names another algorithm than HS256",
	    [JWT_CRITICAL] = "token has critical extensions",
	    [JWT_NO_EXPIRY] = "token never expires",
	    [JWT_EXPIRED] = "token has expired",
	    [JWT_NOT_YET] = "token is not valid yet",
	    [JWT_AUDIENCE] = "token is for another audience",
	    [JWT_ISSUER] = "token is of another issuer",
	};

	return texts[verdict];
}
