/* Files of tokens and secrets, and who may come in with what. */
#include "core/auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/conf/text_file.h"
#include "tests/unit/harness.h"
#include "tests/unit/proto/alloc_fail.h"
#include "tests/unit/proto/head_sample.h"

#define TEXT(literal) ((char *)(uintptr_t)(literal))
#define SECRET        "0123456789abcdef0123456789abcdef"

enum { EXPIRY = 1700000000, LARGE = (1 << 20) + 1 };

/* {"alg":"HS256"} and {"exp":1700000000,"sub":"bob"}, signed with SECRET. */
static const char bobs[] = "eyJhbGciOiJIUzI1NiJ9."
                           "eyJleHAiOjE3MDAwMDAwMDAsInN1YiI6ImJvYiJ9."
                           "6bRQXPhczUjmucO5apIYPliBQXjMQ8R166Vqsb1Iv5E";

/* For tokens of a file, for JSON Web Tokens, and one that asks for none. */
static struct conf_endpoint endpoints[] = {
    {.file = TEXT("a.conf"),
        .line = 4,
        .auth = {.type = AUTH_TOKEN_FILE,
            .file = TEXT("tokens"),
            .places = TEXT("bearer\n")}},
    {.file = TEXT("a.conf"),
        .line = 9,
        .auth = {.type = AUTH_JWT,
            .file = TEXT("secret"),
            .places = TEXT("bearer\n"),
            .leeway_ms = 1999}},
    {.file = TEXT("a.conf"), .line = 12},
};
enum { LISTED, SIGNED, OPEN };

/* Whose files are read. */
static const struct conf conf = {.file = TEXT("a.conf"),
    .endpoints = endpoints,
    .endpoint_count = ARRAY_LENGTH(endpoints)};
static struct auth_set set;
static char user[AUTH_USER_SIZE];
static const char *why;

static void
write_bytes(const char *name, const char *bytes, size_t length)
{
	text_file_write_bytes(name, bytes, length);
	ck_assert_int_eq(chmod(name, 0600), 0);
}

static void
write_text(const char *name, const char *text)
{
	write_bytes(name, text, strlen(text));
}

static void
setup(void)
{
	text_file_enter();
	write_text("tokens", "# who may\n\nfirst alice\nsecond\n");
	write_text("secret", SECRET "\n");
}

static void
teardown(void)
{
	auth_set_release(&set);
	text_file_leave();
}

/* Reads the files. What was complained is the caller's to free. */
static char *
load(void)
{
	struct conf_report report = {.count = 0};
	char *said;
	size_t length;
	int result;

	report.stream = open_memstream(&said, &length);
	ck_assert_ptr_nonnull(report.stream);
	result = auth_set_init(&set, &conf, &report);
	ck_assert_int_eq(fclose(report.stream), 0);
	ck_assert_int_eq(result, report.count == 0 ? 0 : -1);
	return said;
}

static void
assert_complaint(const char *wanted)
{
	char *said = load();

	ck_assert_str_eq(said, wanted);
	free(said);
}

static enum auth_verdict
check_at(size_t endpoint, const char *token, int64_t now_s)
{
	struct head_sample sample;
	char head[1024];

	snprintf(head, sizeof(head),
	    "GET / HTTP/1.1\r\nHost: h\r\n%s%s\r\n\r\n",
	    token[0] == '\0' ? "X:" : "Authorization: Bearer ", token);
	why = "";
	return auth_check(&set, endpoint, head_sample_request(&sample, head),
	    now_s, user, &why);
}

static enum auth_verdict
check(size_t endpoint, const char *token)
{
	return check_at(endpoint, token, EXPIRY - 1);
}

static const struct {
	const char *text;
	const char *token;
	const char *user;
} lines[] = {
    {"t alice\n", "t", "alice"},
    {"t alice", "t", "alice"},
    {"t\talice\r\n", "t", "alice"},
    {"t \t alice \n", "t", "alice"},
    {"t Alice of  Wonderland\t\r\n", "t", "Alice of  Wonderland"},
    {"t\n", "t", ""},
    {"t", "t", ""},
    {"t \r\n", "t", ""},
    {"\n#t\n\r\n\nt\n", "t", ""},
    {"a#b alice\n", "a#b", "alice"},
    {"a:b alice\n", "a:b", "alice"},
    {"a alice\nt bob\nb carol\n", "t", "bob"},
};

START_TEST(line_is_a_token_and_a_name)
{
	write_text("tokens", lines[_i].text);
	assert_complaint("");
	ck_assert_int_eq(check(LISTED, lines[_i].token), AUTH_GOOD);
	ck_assert_str_eq(user, lines[_i].user);
}
END_TEST

/* The digest of the last begins with the three bytes of that of "first". */
static const char *const strangers[] = {"firs", "firstt", "First", "alice",
    "first alice", "#", "# who may", "who", "third", "x8334714"};

START_TEST(other_tokens_are_wrong)
{
	assert_complaint("");
	ck_assert_int_eq(check(LISTED, strangers[_i]), AUTH_WRONG);
	ck_assert_str_eq(user, "");
	ck_assert_str_eq(why, "token is not listed");
}
END_TEST

START_TEST(none_is_missing)
{
	assert_complaint("");
	ck_assert_int_eq(check(LISTED, ""), AUTH_MISSING);
	ck_assert_str_eq(why, "no token");
	ck_assert_int_eq(check(SIGNED, ""), AUTH_MISSING);
	ck_assert_str_eq(why, "no token");
	ck_assert_str_eq(user, "");
}
END_TEST

START_TEST(each_endpoint_has_its_own)
{
	assert_complaint("");
	ck_assert_int_eq(check(LISTED, "first"), AUTH_GOOD);
	ck_assert_str_eq(user, "alice");
	ck_assert_int_eq(check(SIGNED, bobs), AUTH_GOOD);
	ck_assert_str_eq(user, "bob");
	ck_assert_int_eq(check(LISTED, bobs), AUTH_WRONG);
	ck_assert_int_eq(check(SIGNED, "first"), AUTH_WRONG);
	/* who is not asked is nobody, whatever is shown */
	ck_assert_int_eq(check(OPEN, ""), AUTH_GOOD);
	ck_assert_int_eq(check(OPEN, bobs), AUTH_GOOD);
	ck_assert_str_eq(user, "");
}
END_TEST

START_TEST(leeway_is_in_whole_seconds)
{
	assert_complaint("");
	ck_assert_int_eq(check_at(SIGNED, bobs, EXPIRY), AUTH_GOOD);
	ck_assert_int_eq(check_at(SIGNED, bobs, EXPIRY + 1), AUTH_WRONG);
	ck_assert_str_eq(why, "token has expired");
	ck_assert_str_eq(user, "");
}
END_TEST

START_TEST(one_end_of_line_is_no_part_of_a_secret)
{
	static const struct {
		const char *secret;
		enum auth_verdict verdict;
	} secrets[] = {
	    {SECRET, AUTH_GOOD},
	    {SECRET "\n", AUTH_GOOD},
	    {SECRET "\n\n", AUTH_WRONG},
	    {SECRET " ", AUTH_WRONG},
	    {" " SECRET, AUTH_WRONG},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(secrets); i++) {
		write_text("secret", secrets[i].secret);
		assert_complaint("");
		ck_assert_msg(
		    check(SIGNED, bobs) == secrets[i].verdict, "secret %zu", i);
		auth_set_release(&set);
	}
}
END_TEST

START_TEST(secret_may_be_any_bytes)
{
	char secret[JWT_SECRET_MIN] = {0};

	write_bytes("secret", secret, sizeof(secret));
	assert_complaint("");
	ck_assert_int_eq(check(SIGNED, bobs), AUTH_WRONG);
	ck_assert_str_eq(why, "token has another signature");
}
END_TEST

START_TEST(what_is_wrong_with_files_is_told_with_the_line)
{
	static char large[LARGE];

	write_text("tokens", "# nobody\n\n");
	write_text("secret", "0123456789abcdef0123456789abcde\n");
	assert_complaint("framed: a.conf:4: auth: file \"tokens\": no tokens\n"
	                 "framed: a.conf:9: auth: file \"secret\": a secret "
	                 "has 32 bytes at least\n");
	auth_set_release(&set);
	snprintf(large, sizeof(large), "t\nu %0256d\n", 0);
	write_text("tokens", large);
	write_text("secret", SECRET);
	assert_complaint("framed: a.conf:4: auth: file \"tokens\": a name has "
	                 "at most 255 bytes\n");
	auth_set_release(&set);
	memset(large, 't', sizeof(large));
	write_bytes("tokens", large, sizeof(large));
	ck_assert_int_eq(remove("secret"), 0);
	assert_complaint(
	    "framed: a.conf:4: auth: file \"tokens\": File too large\n"
	    "framed: a.conf:9: auth: file \"secret\": No such file or "
	    "directory\n");
}
END_TEST

/* The n-th allocation fails, or none. Returns how many there were. */
static size_t
load_without(size_t n, struct conf_report *report, int *result_out)
{
	report->count = 0;
	alloc_fail_start(n);
	*result_out = auth_set_init(&set, &conf, report);
	return alloc_fail_stop();
}

START_TEST(without_memory_files_are_refused)
{
	struct conf_report report = {.stream = fopen("/dev/null", "w")};
	size_t count;
	int result;

	ck_assert_ptr_nonnull(report.stream);
	count = load_without(0, &report, &result);
	ck_assert_int_eq(result, 0);
	/* the set; two texts; twice a longer list, and a name; the secret */
	ck_assert_uint_eq(count, 7);
	for (size_t n = 1; n <= count; n++) {
		auth_set_release(&set);
		load_without(n, &report, &result);
		ck_assert_msg(result == -1, "allocation %zu", n);
		ck_assert_uint_eq(report.count, 1);
	}
	ck_assert_int_eq(fclose(report.stream), 0);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("auth");
	TCase *tcase = tcase_create("auth");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(
	    tcase, line_is_a_token_and_a_name, 0, (int)ARRAY_LENGTH(lines));
	tcase_add_loop_test(
	    tcase, other_tokens_are_wrong, 0, (int)ARRAY_LENGTH(strangers));
	tcase_add_test(tcase, none_is_missing);
	tcase_add_test(tcase, each_endpoint_has_its_own);
	tcase_add_test(tcase, leeway_is_in_whole_seconds);
	tcase_add_test(tcase, one_end_of_line_is_no_part_of_a_secret);
	tcase_add_test(tcase, secret_may_be_any_bytes);
	tcase_add_test(tcase, what_is_wrong_with_files_is_told_with_the_line);
	tcase_add_test(tcase, without_memory_files_are_refused);
	suite_add_tcase(suite, tcase);
	return suite;
}
