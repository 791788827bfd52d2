/*
 * JSON Web Tokens: as they come, which are forged or malformed; and with the
 * input for header and claims, parted by its first LF and signed, so that these
 * are read.
 */
#undef NDEBUG
#include <assert.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "proto/base64.h"
#include "proto/jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PART_MAX = 2000, NOW = 1700000000 };

static const char secret[] = "0123456789abcdef0123456789abcdef";

/* Appends bytes in base64 for URLs. Returns the length that there is then. */
static size_t
append(char *token, size_t at, struct span bytes)
{
	size_t length = BASE64_LENGTH(bytes.length);

	base64_encode(bytes, token + at);
	for (size_t i = at; i < at + length; i++)
		token[i] = token[i] == '+' ? '-'
		    : token[i] == '/'      ? '_'
		                           : token[i];
	while (length > 0 && token[at + length - 1] == '=')
		length--;
	return at + length;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct jwt_rules rules = {
	    .secret = span_from(secret, sizeof(secret) - 1),
	    .audience = "a",
	};
	struct span header = span_from(data, size), claims;
	char token[2 * BASE64_LENGTH(PART_MAX) + 64];
	uint8_t signature[EVP_MAX_MD_SIZE];
	char subject[JWT_SUBJECT_SIZE];
	enum jwt_verdict verdict;
	unsigned signed_length;
	size_t length;

	verdict = jwt_verify(header, &rules, NOW, subject);
	assert(verdict == JWT_MALFORMED || verdict == JWT_FORGED);
	if (size > PART_MAX)
		return 0;
	claims = span_cut(&header, span_find(header, '\n'));
	length = append(token, 0, header);
	token[length++] = '.';
	length = append(token, length, claims);
	HMAC(EVP_sha256(), secret, sizeof(secret) - 1, (const uint8_t *)token,
	    length, signature, &signed_length);
	token[length++] = '.';
	length = append(token, length, span_from(signature, signed_length));
	verdict = jwt_verify(span_from(token, length), &rules, NOW, subject);
	assert(verdict != JWT_FORGED);
	assert(verdict == JWT_GOOD || subject[0] == '\0');
	assert(jwt_verdict_text(verdict) != NULL);
	return 0;
}
