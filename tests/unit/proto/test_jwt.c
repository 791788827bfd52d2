/* JSON Web Tokens: what is good, and each way to be wrong. */
#include "proto/jwt.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base64.h"
#include "tests/unit/harness.h"
#include "tests/unit/proto/alloc_fail.h"

enum { NOW = 1700000000 };

#define SECRET "0123456789abcdef0123456789abcdef"

static const struct jwt_rules rules = {
    .secret = SPAN_LITERAL(SECRET),
    .audience = "chat",
    .issuer = "https://id.example.org",
    .leeway_s = 10,
};

/* Appends bytes in base64 for URLs. */
static void
append(char *token, const void *bytes, size_t length)
{
	char *end = token + strlen(token);

	base64_encode(span_from(bytes, length), end);
	end[BASE64_LENGTH(length)] = '\0';
	for (; *end != '\0'; end++)
		*end = *end == '+' ? '-' : *end == '/' ? '_' : *end;
	while (end[-1] == '=')
		*--end = '\0';
}

static void
make(char *token, const char *secret, const char *header, const char *claims)
{
	uint8_t signature[EVP_MAX_MD_SIZE];
	unsigned length;

	token[0] = '\0';
	append(token, header, strlen(header));
	strcat(token, ".");
	append(token, claims, strlen(claims));
	HMAC(EVP_sha256(), secret, (int)strlen(secret), (const uint8_t *)token,
	    strlen(token), signature, &length);
	strcat(token, ".");
	append(token, signature, length);
}

#define HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define GOOD                                                     \
	"\"exp\":1700000100,\"iss\":\"https://id.example.org\"," \
	"\"aud\":\"chat\""

static const struct {
	const char *header;
	const char *claims;
	enum jwt_verdict verdict;
} samples[] = {
    {HEADER, "{" GOOD ",\"sub\":\"alice\"}", JWT_GOOD},
    {HEADER, "{" GOOD ",\"nbf\":1699999999}", JWT_GOOD},
    {HEADER,
        "{\"exp\":1700000000.5,\"iss\":\"https://id.example.org\","
        "\"aud\":[\"mail\",\"chat\"]}",
        JWT_GOOD},
    /* clocks may differ by ten seconds */
    {HEADER,
        "{\"exp\":1699999991,\"iss\":\"https://id.example.org\","
        "\"aud\":\"chat\",\"nbf\":1700000010}",
        JWT_GOOD},
    {HEADER,
        "{\"exp\":1699999990,\"iss\":\"https://id.example.org\","
        "\"aud\":\"chat\"}",
        JWT_EXPIRED},
    {HEADER, "{" GOOD ",\"nbf\":1700000011}", JWT_NOT_YET},
    {HEADER, "{\"iss\":\"https://id.example.org\",\"aud\":\"chat\"}",
        JWT_NO_EXPIRY},
    {HEADER, "{\"exp\":\"1700000100\"}", JWT_MALFORMED},
    {HEADER, "{\"exp\":null}", JWT_MALFORMED},
    {HEADER, "{" GOOD ",\"nbf\":\"now\"}", JWT_MALFORMED},
    {HEADER, "{\"exp\":1700000100,\"iss\":\"https://id.example.org\"}",
        JWT_AUDIENCE},
    {HEADER,
        "{\"exp\":1700000100,\"iss\":\"https://id.example.org\","
        "\"aud\":[\"mail\"]}",
        JWT_AUDIENCE},
    {HEADER,
        "{\"exp\":1700000100,\"iss\":\"https://id.example.org\","
        "\"aud\":{\"chat\":1}}",
        JWT_AUDIENCE},
    {HEADER,
        "{\"exp\":1700000100,\"aud\":\"chat\\u0000x\","
        "\"iss\":\"https://id.example.org\"}",
        JWT_MALFORMED},
    {HEADER, "{\"exp\":1700000100,\"aud\":\"chat\",\"iss\":\"x\"}", JWT_ISSUER},
    {HEADER, "{" GOOD ",\"exp\":1}", JWT_MALFORMED},
    {HEADER, "[1]", JWT_MALFORMED},
    {HEADER, "", JWT_MALFORMED},
    {HEADER, "{" GOOD "} x", JWT_MALFORMED},
    {"{\"alg\":\"none\"}", "{" GOOD "}", JWT_ALGORITHM},
    {"{\"alg\":\"RS256\"}", "{" GOOD "}", JWT_ALGORITHM},
    {"{\"alg\":\"hs256\"}", "{" GOOD "}", JWT_ALGORITHM},
    {"{\"alg\":[\"HS256\"]}", "{" GOOD "}", JWT_ALGORITHM},
    {"{}", "{" GOOD "}", JWT_ALGORITHM},
    {"{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}", "{" GOOD "}",
        JWT_CRITICAL},
    {"{\"alg\":\"none\",\"alg\":\"HS256\"}", "{" GOOD "}", JWT_MALFORMED},
    {"x", "{" GOOD "}", JWT_MALFORMED},
};

static enum jwt_verdict
verify(const char *token, char subject[JWT_SUBJECT_SIZE])
{
	return jwt_verify(span_from_string(token), &rules, NOW, subject);
}

START_TEST(each_claim_is_judged)
{
	char token[1024], subject[JWT_SUBJECT_SIZE];
	enum jwt_verdict verdict;

	make(token, SECRET, samples[_i].header, samples[_i].claims);
	verdict = verify(token, subject);
	ck_assert_msg(verdict == samples[_i].verdict, "%s: %s",
	    samples[_i].claims, jwt_verdict_text(verdict));
	ck_assert_str_eq(subject, _i == 0 ? "alice" : "");
}
END_TEST

START_TEST(any_other_signature_is_forged)
{
	char token[1024], subject[JWT_SUBJECT_SIZE];
	size_t length;

	make(token, "another secret, of 32 bytes, too", HEADER, "{" GOOD "}");
	ck_assert_int_eq(verify(token, subject), JWT_FORGED);
	make(token, SECRET, HEADER, "{" GOOD "}");
	length = strlen(token);
	for (size_t i = 0; i < length; i++) {
		char before = token[i];

		token[i] = before == 'A' ? 'B' : 'A';
		ck_assert_msg(verify(token, subject) != JWT_GOOD, "at %zu", i);
		token[i] = before;
	}
	/* nor is one that was cut, or padded */
	for (size_t cut = 0; cut < length; cut++)
		ck_assert_int_ne(
		    jwt_verify(span_from(token, cut), &rules, NOW, subject),
		    JWT_GOOD);
	strcat(token, "=");
	ck_assert_int_eq(verify(token, subject), JWT_FORGED);
}
END_TEST

START_TEST(without_wishes_any_audience_will_do)
{
	const struct jwt_rules any = {.secret = SPAN_LITERAL(SECRET)};
	char token[1024], subject[JWT_SUBJECT_SIZE];

	make(token, SECRET, HEADER, "{\"exp\":1700000001}");
	ck_assert_int_eq(
	    jwt_verify(span_from_string(token), &any, NOW, subject), JWT_GOOD);
}
END_TEST

/* Cut, it would be another's. */
START_TEST(a_subject_is_never_cut)
{
	char token[1024], subject[JWT_SUBJECT_SIZE], claims[512];

	for (int length = 255; length <= 256; length++) {
		snprintf(claims, sizeof(claims), "{" GOOD ",\"sub\":\"%0*d\"}",
		    length, 0);
		make(token, SECRET, HEADER, claims);
		ck_assert_int_eq(verify(token, subject),
		    length == 255 ? JWT_GOOD : JWT_MALFORMED);
		ck_assert_uint_eq(strlen(subject), length == 255 ? 255 : 0);
	}
}
END_TEST

START_TEST(what_is_too_long_is_not_read)
{
	static char token[JWT_TOKEN_MAX + 2];
	char subject[JWT_SUBJECT_SIZE];

	memset(token, 'A', JWT_TOKEN_MAX + 1);
	token[10] = token[20] = '.';
	ck_assert_int_eq(verify(token, subject), JWT_MALFORMED);
}
END_TEST

static void *
crypto_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(size);
}

static void *
crypto_realloc(void *old, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return realloc(old, size);
}

static void
crypto_free(void *old, const char *file, int line)
{
	(void)file;
	(void)line;
	free(old);
}

/* Lack of memory makes no token better than it is. */
START_TEST(without_memory_no_other_token_is_good)
{
	bool is_good = samples[_i].verdict == JWT_GOOD;
	char token[1024], subject[JWT_SUBJECT_SIZE];
	enum jwt_verdict verdict;
	size_t count;

	make(token, SECRET, samples[_i].header, samples[_i].claims);
	/* what the libraries make once is made before */
	ck_assert_int_eq(verify(token, subject), samples[_i].verdict);
	alloc_fail_start(0);
	verdict = verify(token, subject);
	count = alloc_fail_stop();
	ck_assert_int_eq(verdict, samples[_i].verdict);
	/* both libraries are seen */
	ck_assert_uint_gt(count, 4);
	for (size_t n = 1; n <= count; n++) {
		alloc_fail_start(n);
		verdict = verify(token, subject);
		alloc_fail_stop();
		ck_assert_msg(
		    is_good || verdict != JWT_GOOD, "allocation %zu", n);
		ck_assert_str_eq(
		    subject, verdict == JWT_GOOD && _i == 0 ? "alice" : "");
	}
}
END_TEST

START_TEST(without_memory_no_signature_is_ours)
{
	char token[1024], subject[JWT_SUBJECT_SIZE];
	enum jwt_verdict verdict;
	size_t count;

	make(token, "another secret, of 32 bytes, too", HEADER, "{" GOOD "}");
	/* what the library makes once is made before */
	verdict = verify(token, subject);
	ck_assert_int_eq(verdict, JWT_FORGED);
	alloc_fail_start(0);
	verdict = verify(token, subject);
	count = alloc_fail_stop();
	ck_assert_int_eq(verdict, JWT_FORGED);
	ck_assert_uint_gt(count, 0);
	for (size_t n = 1; n <= count; n++) {
		alloc_fail_start(n);
		verdict = verify(token, subject);
		alloc_fail_stop();
		ck_assert_msg(verdict == JWT_FORGED, "allocation %zu", n);
	}
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("jwt");
	TCase *tcase = tcase_create("tokens");

	/* the libraries allocate where alloc_fail.c sees it */
	json_set_alloc_funcs(malloc, free);
	if (CRYPTO_set_mem_functions(
	        crypto_malloc, crypto_realloc, crypto_free) != 1)
		abort();
	tcase_add_loop_test(
	    tcase, each_claim_is_judged, 0, (int)ARRAY_LENGTH(samples));
	tcase_add_test(tcase, any_other_signature_is_forged);
	tcase_add_test(tcase, without_wishes_any_audience_will_do);
	tcase_add_test(tcase, a_subject_is_never_cut);
	tcase_add_test(tcase, what_is_too_long_is_not_read);
	tcase_add_loop_test(tcase, without_memory_no_other_token_is_good, 0,
	    (int)ARRAY_LENGTH(samples));
	tcase_add_test(tcase, without_memory_no_signature_is_ours);
	suite_add_tcase(suite, tcase);
	return suite;
}
