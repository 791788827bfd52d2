/*
 * JSON Web Tokens (RFC 7519) with a signature of HMAC SHA-256 ("HS256", RFC 7518
 * §3.2). No other algorithm is taken, whatever the token says of itself.
 */
#ifndef FRAMED_PROTO_JWT_H
#define FRAMED_PROTO_JWT_H

#include "base/guard.h"
#include "base/span.h"

enum {
	JWT_TOKEN_MAX = 8192,
	JWT_SECRET_MIN = 32, /* bytes: as many as the hash has */
	JWT_SUBJECT_SIZE = 256
};

/* Whose tokens are good. */
struct jwt_rules {
	struct span secret;
	const char *audience; /* that "aud" has to name; NULL: any */
	const char *issuer;   /* that "iss" has to be; NULL: any */
	uint32_t leeway_s;    /* by how much clocks may differ */
};

enum jwt_verdict {
	JWT_GOOD,
	JWT_MALFORMED,
	JWT_FORGED,    /* the signature is not of our secret */
	JWT_ALGORITHM, /* it was signed so, but claims to be otherwise */
	JWT_CRITICAL,  /* "crit": it wants what we do not know (RFC 7515) */
	JWT_NO_EXPIRY,
	JWT_EXPIRED,
	JWT_NOT_YET, /* "nbf" */
	JWT_AUDIENCE,
	JWT_ISSUER
};

/*
 * Judges a token at a time, in seconds since 1970. The signature comes first:
 * what strangers send is not read. subject_out gets "sub" of a good one, or ""; one
 * that is too long for it is malformed. Comparing takes the same time for every signature.
 */
MUST_CHECK enum jwt_verdict jwt_verify(struct span token,
    const struct jwt_rules *rules, int64_t now_s,
    char subject_out[JWT_SUBJECT_SIZE]);

/* A sentence for the log, such as "token has expired". */
const char *jwt_verdict_text(enum jwt_verdict verdict);

#endif
