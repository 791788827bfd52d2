/* The table of close reasons: nothing in it that the wire or the log forbids. */
#include "core/close_reason.h"

#include <ctype.h>
#include <string.h>

#include "proto/closecode.h"
#include "proto/utf8.h"
#include "tests/unit/harness.h"

/* A close code that may be sent, a status, "no Close came", or 0: told when the
 * session ends. */
START_TEST(code_is_0_or_one_that_exists)
{
	uint16_t code = close_reason_info((enum close_reason)_i)->code;

	ck_assert_msg(code == 0 || code == CLOSECODE_ABNORMAL ||
	        (code >= 400 && code < 600) || closecode_is_valid(code),
	    "code %u", code);
}
END_TEST

START_TEST(word_is_one_word_and_no_other_reason_has_it)
{
	const char *word = close_reason_info((enum close_reason)_i)->word;

	ck_assert_uint_gt(strlen(word), 0);
	for (const char *c = word; *c != '\0'; c++)
		ck_assert_msg(islower(*c) || *c == '-', "\"%s\"", word);
	for (int i = CLOSE_REASON_NONE + 1; i < _i; i++)
		ck_assert_str_ne(
		    close_reason_info((enum close_reason)i)->word, word);
}
END_TEST

START_TEST(sentence_fits_into_a_close_frame)
{
	struct span sentence = span_from_string(
	    close_reason_info((enum close_reason)_i)->sentence);

	ck_assert_uint_eq(utf8_cut(sentence, CLOSE_TEXT_MAX), sentence.length);
}
END_TEST

START_TEST(everyone_who_ends_sessions_has_a_name)
{
	static const struct {
		enum framed_by by;
		const char *name;
	} names[] = {
	    {FRAMED_BY_PEER, "peer"},
	    {FRAMED_BY_LOCAL, "local"},
	    {FRAMED_BY_TIMEOUT, "timeout"},
	    {FRAMED_BY_PROTOCOL, "protocol"},
	    {FRAMED_BY_LIMIT, "limit"},
	    {FRAMED_BY_TRANSPORT, "transport"},
	    {FRAMED_BY_MODULE, "module"},
	    {FRAMED_BY_SHUTDOWN, "shutdown"},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		ck_assert_str_eq(framed_by_name(names[i].by), names[i].name);
}
END_TEST

/* What modules and operators see is not changed by accident. */
START_TEST(reasons_say_who_and_how)
{
	const struct close_reason_info *timeout =
	    close_reason_info(CLOSE_PING_TIMEOUT);
	const struct close_reason_info *full =
	    close_reason_info(CLOSE_QUEUE_FULL);

	ck_assert_uint_eq(timeout->code, 1011);
	ck_assert_int_eq(timeout->by, FRAMED_BY_TIMEOUT);
	ck_assert_str_eq(timeout->sentence, "Ping timeout");
	ck_assert_uint_eq(full->code, 1013);
	ck_assert_int_eq(full->by, FRAMED_BY_LIMIT);
	ck_assert_int_eq(full->level, LOG_LEVEL_WARN);
	ck_assert_str_eq(full->word, "queue-full");
	ck_assert_uint_eq(close_reason_info(CLOSE_SHUTDOWN)->code, 1001);
	ck_assert_uint_eq(close_reason_info(CLOSE_LOST)->code, 1006);
	ck_assert_str_eq(close_reason_info(CLOSE_MODULE_FAILED)->sentence, "");
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("close_reason");
	TCase *tcase = tcase_create("table");

	tcase_add_loop_test(tcase, code_is_0_or_one_that_exists,
	    CLOSE_REASON_NONE + 1, CLOSE_REASON_COUNT);
	tcase_add_loop_test(tcase, word_is_one_word_and_no_other_reason_has_it,
	    CLOSE_REASON_NONE + 1, CLOSE_REASON_COUNT);
	tcase_add_loop_test(tcase, sentence_fits_into_a_close_frame,
	    CLOSE_REASON_NONE + 1, CLOSE_REASON_COUNT);
	tcase_add_test(tcase, everyone_who_ends_sessions_has_a_name);
	tcase_add_test(tcase, reasons_say_who_and_how);
	suite_add_tcase(suite, tcase);
	return suite;
}
