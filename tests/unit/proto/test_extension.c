/* Lists of extensions: what is read out of them, and what is no such list. */
#include "proto/extension.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/harness.h"
#include "tests/unit/proto/head_sample.h"

enum { TEXT_MAX = 128 };

/* An element, and what is in it: the name, then name(value) of parameters. */
static const struct {
	const char *element;
	const char *expected; /* NULL: malformed */
} samples[] = {
    {"foo", "foo"},
    {"foo;bar", "foo bar"},
    {"foo; bar; baz=2", "foo bar baz(2)"},
    {"foo ;\tbar = 10 ; baz", "foo bar(10) baz"},
    {"foo; bar=\"10\"", "foo bar(10)"},
    {"foo; bar = \"10\" ; baz", "foo bar(10) baz"},
    {"foo; bar=\"\\1\\0\"", "foo bar(10)"},
    {"foo; bar; bar=1", "foo bar bar(1)"},
    {"x-!#$%&'*+.^_`|~; A=~", "x-!#$%&'*+.^_`|~ A(~)"},
    {"", NULL},
    {";foo", NULL},
    {"\"foo\"", NULL},
    {"foo bar", NULL},
    {"foo;", NULL},
    {"foo; ", NULL},
    {"foo;;bar", NULL},
    {"foo; =1", NULL},
    {"foo=1", NULL},
    {"foo, bar", NULL},
    {"foo; bar=", NULL},
    {"foo; bar=;baz", NULL},
    {"foo; bar==1", NULL},
    {"foo; bar=1 2", NULL},
    {"foo; bar=1=2", NULL},
    {"foo; bar=\"\"", NULL},
    {"foo; bar=\"1", NULL},
    {"foo; bar=\"1\\", NULL},
    {"foo; bar=\"1\\\"", NULL},
    {"foo; bar=\"1\"2", NULL},
    {"foo; bar=1\"2\"", NULL},
    {"foo; bar=\"1 2\"", NULL},
    {"foo; bar=\"1\\ 2\"", NULL},
    {"foo; bar=\"1,2\"", NULL},
    {"foo; bar=\"1\\\"2\"", NULL},
    {"foo; bar=\"1\\\\2\"", NULL},
    {"foo; bar=\"1;2\"", NULL},
    {"foo; b(r=1", NULL},
    {"f\xc3\xb6o", NULL},
};

/* Writes what was read as the samples have it. */
static size_t
describe_param(const struct extension_param *param, char *text)
{
	uint8_t value[TEXT_MAX];
	size_t length = extension_param_value(param, value, sizeof(value));
	const char *name = (const char *)param->name.data;

	if (!param->has_value)
		return (size_t)sprintf(
		    text, " %.*s", (int)param->name.length, name);
	return (size_t)sprintf(text, " %.*s(%.*s)", (int)param->name.length,
	    name, (int)length, (const char *)value);
}

/* Returns false when the element is malformed. */
static bool
describe(struct span element, char text[TEXT_MAX])
{
	struct extension extension;
	struct extension_param param;
	enum extension_step step;

	if (extension_init(&extension, element) == -1)
		return false;
	text += sprintf(text, "%.*s", (int)extension.name.length,
	    (const char *)extension.name.data);
	while ((step = extension_next(&extension, &param)) == EXTENSION_PARAM)
		text += describe_param(&param, text);
	return step == EXTENSION_END;
}

START_TEST(reads_names_and_parameters)
{
	size_t length = strlen(samples[_i].element);
	/* of its own size, so that sanitizers see its end */
	uint8_t *exact = malloc(length > 0 ? length : 1);
	char text[TEXT_MAX];
	bool is_read;

	ck_assert_ptr_nonnull(exact);
	memcpy(exact, samples[_i].element, length);
	is_read = describe(span_from(exact, length), text);
	free(exact);

	ck_assert_msg(is_read == (samples[_i].expected != NULL), "%s",
	    samples[_i].element);
	if (is_read)
		ck_assert_str_eq(text, samples[_i].expected);
}
END_TEST

START_TEST(tells_the_length_of_a_value_that_was_cut)
{
	struct extension_param param = {.value = SPAN_LITERAL("\\a\\bcd")};
	uint8_t value[3] = {'-', '-', '-'};

	ck_assert_uint_eq(extension_param_value(&param, value, 2), 4);
	ck_assert_mem_eq(value, "ab-", 3);
}
END_TEST

static bool
is_valid_list(const char *lines)
{
	struct head_sample sample;
	char head[1024];

	snprintf(
	    head, sizeof(head), "GET / HTTP/1.1\r\nHost: h\r\n%s\r\n", lines);
	return extension_list_is_valid(head_sample_request(&sample, head));
}

START_TEST(judges_all_lines_of_the_header)
{
	static const char name[] = "Sec-WebSocket-Extensions";

	ck_assert_str_eq(extension_header, name);
	ck_assert(is_valid_list(""));
	ck_assert(is_valid_list("Sec-WebSocket-Extensions:\r\n"));
	ck_assert(is_valid_list("Sec-WebSocket-Extensions: a, b;c=\"d\"\r\n"
	                        "sec-websocket-extensions: ,, e ,\r\n"));
	ck_assert(!is_valid_list("Sec-WebSocket-Extensions: a, b;\r\n"));
	ck_assert(!is_valid_list("Sec-WebSocket-Extensions: a\r\n"
	                         "Sec-WebSocket-Extensions: b c\r\n"));
	ck_assert(!is_valid_list("Sec-WebSocket-Extensions: a;b=\", c\r\n"));
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("extension");
	TCase *tcase = tcase_create("extension");

	tcase_add_loop_test(
	    tcase, reads_names_and_parameters, 0, ARRAY_LENGTH(samples));
	tcase_add_test(tcase, tells_the_length_of_a_value_that_was_cut);
	tcase_add_test(tcase, judges_all_lines_of_the_header);
	suite_add_tcase(suite, tcase);
	return suite;
}
