/* The PROXY protocol: what headers say, what is none, and not a byte beyond. */
#include "proto/proxy.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "tests/unit/harness.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define FOUR      "\xc0\x00\x02\x01\xc6\x33\x64\x02\xc4\xd2\x01\xbb"
#define SIX                                          \
	"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01" \
	"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02" \
	"\xc4\xd2\x01\xbb"
#define ZEROS_36                                                               \
	"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" \
	"\0\0"

/* Each is followed by "GET", of which nothing may be taken. */
static const struct {
	struct span header;
	const char *expected; /* source; NULL: malformed */
} samples[] = {
    {SPAN_LITERAL("PROXY TCP4 192.0.2.1 198.51.100.2 50386 443\r\n"),
        "192.0.2.1 50386"},
    {SPAN_LITERAL("PROXY TCP6 2001:db8::1 2001:db8::2 50386 443\r\n"),
        "2001:db8::1 50386"},
    {SPAN_LITERAL("PROXY TCP6 ffff:f...f:ffff ffff::ffff 1 2\r\n"), NULL},
    {SPAN_LITERAL("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535"
                  "\r\n"),
        "255.255.255.255 65535"},
    {SPAN_LITERAL("PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n"), "0.0.0.0 0"},
    {SPAN_LITERAL("PROXY UNKNOWN\r\n"), "none"},
    {SPAN_LITERAL("PROXY UNKNOWN ffff::1 whatever it is\r\n"), "none"},
    {SPAN_LITERAL("PROXY TCP4 192.0.2.1 198.51.100.2 50386 443\n"), NULL},
    {SPAN_LITERAL("PROXY TCP4 192.0.2.1 198.51.100.2 50386 443\r\r\n"), NULL},
    {SPAN_LITERAL("PROXY TCP4 192.0.2.1 198.51.100.2 50386 65536\r\n"), NULL},
    {SPAN_LITERAL("PROXY TCP4 192.0.2.1 198.51.100.2 0123 443\r\n"), NULL},
    {SPAN_LITERAL("PROXY TCP4 192.0.2.1 198.51.100.2 +12 443\r\n"), NULL},
    {SPAN_LITERAL("PROXY TCP4 192.0.2.1 198.51.100.2  443\r\n"), NULL},
    {SPAN_LITERAL("PROXY TCP4 192.0.2.1 198.51.100.2 1\r\n"), NULL},
    {SPAN_LITERAL("PROXY TCP4 192.0.2.1 198.51.100.2 1 2 3\r\n"), NULL},
    {SPAN_LITERAL("PROXY TCP4 192.0.2.1  198.51.100.2 1 2\r\n"), NULL},
    {SPAN_LITERAL("PROXY TCP4 192.0.2 198.51.100.2 1 2\r\n"), NULL},
    {SPAN_LITERAL("PROXY TCP4 2001:db8::1 198.51.100.2 1 2\r\n"), NULL},
    {SPAN_LITERAL("PROXY TCP6 192.0.2.1 2001:db8::2 1 2\r\n"), NULL},
    {SPAN_LITERAL("PROXY UDP4 192.0.2.1 198.51.100.2 1 2\r\n"), NULL},
    {SPAN_LITERAL("PROXY\r\n"), NULL},
    {SPAN_LITERAL("PROXY \r\n"), NULL},
    {SPAN_LITERAL("proxy TCP4 192.0.2.1 198.51.100.2 1 2\r\n"), NULL},
    {SPAN_LITERAL("GET / HTTP/1.1\r\n"), NULL},
    {SPAN_LITERAL("\x16\x03\x01"), NULL},
    {SPAN_LITERAL("\r\n\r\n\r\n"), NULL},
    {SPAN_LITERAL(SIGNATURE "\x21\x11\0\x0c" FOUR), "192.0.2.1 50386"},
    {SPAN_LITERAL(SIGNATURE "\x21\x12\0\x0c" FOUR), "192.0.2.1 50386"},
    {SPAN_LITERAL(SIGNATURE "\x21\x21\0\x24" SIX), "2001:db8::1 50386"},
    /* further values behind the addresses */
    {SPAN_LITERAL(SIGNATURE "\x21\x11\0\x13" FOUR "\x04\0\x04"
                            "abcd"),
        "192.0.2.1 50386"},
    {SPAN_LITERAL(SIGNATURE "\x21\x31\0\xd8" ZEROS_36 ZEROS_36 ZEROS_36 ZEROS_36
             ZEROS_36 ZEROS_36),
        "unix"},
    /* LOCAL: whatever it says of addresses */
    {SPAN_LITERAL(SIGNATURE "\x20\0\0\0"), "none"},
    {SPAN_LITERAL(SIGNATURE "\x20\x11\0\x0c" FOUR), "none"},
    {SPAN_LITERAL(SIGNATURE "\x21\0\0\x05"
                            "hello"),
        "none"},
    {SPAN_LITERAL(SIGNATURE "\x21\x11\0\x0b" FOUR), NULL}, /* too short */
    {SPAN_LITERAL(SIGNATURE "\x21\x21\0\x0c" FOUR), NULL},
    {SPAN_LITERAL(SIGNATURE "\x21\x31\0\x0c" FOUR), NULL},
    {SPAN_LITERAL(SIGNATURE "\x11\x11\0\x0c" FOUR), NULL}, /* version 1 */
    {SPAN_LITERAL(SIGNATURE "\x22\x11\0\x0c" FOUR), NULL}, /* no command */
    {SPAN_LITERAL(SIGNATURE "\x21\x41\0\x0c" FOUR), NULL}, /* no family */
    {SPAN_LITERAL(SIGNATURE "\x21\x13\0\x0c" FOUR), NULL},
    {SPAN_LITERAL(SIGNATURE "\x21\x11\x10\x0c" FOUR), NULL}, /* too long */
    {SPAN_LITERAL("\r\n\r\n\0\r\nQUIX\n\x21\x11\0\x0c" FOUR), NULL},
};

static const char rest[] = "GET";

static void
describe(const struct proxy_source *source, char text[64])
{
	char ip[INET6_ADDRSTRLEN];

	switch (source->family) {
	case PROXY_NONE:
		strcpy(text, "none");
		return;
	case PROXY_UNIX:
		strcpy(text, "unix");
		return;
	}
	inet_ntop(source->family == PROXY_IPV4 ? AF_INET : AF_INET6, source->ip,
	    ip, sizeof(ip));
	snprintf(text, 64, "%s %u", ip, source->port);
}

/* Reads the sample and what follows, in steps of so many bytes. */
static void
check_in_steps(int sample, size_t step)
{
	static uint8_t bytes[512];
	struct span header = samples[sample].header;
	size_t total = header.length + strlen(rest), at = 0;
	struct proxy_reader reader = {0};
	enum parse parse = PARSE_MORE;
	struct proxy_source source;
	struct proto_error error;
	char text[64] = "";

	memcpy(bytes, header.data, header.length);
	memcpy(bytes + header.length, rest, strlen(rest));
	while (parse == PARSE_MORE && at < total) {
		struct span in = span_from(
		    bytes + at, at + step < total ? step : total - at);
		size_t given = in.length;

		parse = proxy_read(&reader, &in, &source, &error);
		at += given - in.length;
		if (parse == PARSE_MORE)
			ck_assert_uint_eq(in.length, 0);
	}
	if (samples[sample].expected == NULL) {
		ck_assert_int_eq(parse, PARSE_BAD);
		ck_assert_int_eq(error.code, 0);
		return;
	}
	ck_assert_int_eq(parse, PARSE_DONE);
	ck_assert_uint_eq(at, header.length);
	describe(&source, text);
	ck_assert_str_eq(text, samples[sample].expected);
}

START_TEST(every_step_gives_the_same)
{
	for (size_t step = 1; step < samples[_i].header.length + 5; step++)
		check_in_steps(_i, step);
}
END_TEST

START_TEST(line_has_107_bytes_at_most)
{
	char line[PROXY_LINE_MAX + 8];

	for (int extra = 0; extra < 2; extra++) {
		int length = PROXY_LINE_MAX + extra;
		struct proxy_reader reader = {0};
		struct proxy_source source;
		struct proto_error error;
		struct span in = span_from(line, (size_t)length);

		memset(line, 'x', sizeof(line));
		memcpy(line, "PROXY UNKNOWN ", 14);
		memcpy(line + length - 2, "\r\n", 2);
		ck_assert_int_eq(proxy_read(&reader, &in, &source, &error),
		    extra == 0 ? PARSE_DONE : PARSE_BAD);
	}
}
END_TEST

/* A wrong first byte is enough. */
START_TEST(wrong_bytes_are_told_at_once)
{
	struct proxy_reader reader = {0};
	struct proxy_source source;
	struct proto_error error;
	struct span in = SPAN_LITERAL("G");

	ck_assert_int_eq(proxy_read(&reader, &in, &source, &error), PARSE_BAD);
	ck_assert_str_eq(error.text, "proxy header is missing");
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("proxy");
	TCase *tcase = tcase_create("proxy");

	tcase_add_loop_test(
	    tcase, every_step_gives_the_same, 0, ARRAY_LENGTH(samples));
	tcase_add_test(tcase, line_has_107_bytes_at_most);
	tcase_add_test(tcase, wrong_bytes_are_told_at_once);
	suite_add_tcase(suite, tcase);
	return suite;
}
