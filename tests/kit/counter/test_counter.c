/* The tests of counter, without a daemon. Exits 0 when all is well. */
#include <framed/fake.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(what)                                                            \
	do {                                                                   \
		if (!(what)) {                                                 \
			fprintf(                                               \
			    stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what); \
			exit(1);                                               \
		}                                                              \
	} while (0)

static const struct framed_fake_setting two[] = {
    FRAMED_FAKE_INT("most", 2), FRAMED_FAKE_END};
static const struct framed_fake_setting none[] = {
    FRAMED_FAKE_INT("most", 0), FRAMED_FAKE_END};
static const struct framed_fake_setting early[] = {
    FRAMED_FAKE_INT("quiet_ms", -1), FRAMED_FAKE_END};
static const struct framed_fake_setting misspelt[] = {
    FRAMED_FAKE_INT("moist", 2), FRAMED_FAKE_END};

/* Whether the oldest message that reached the peer is this text. */
static int
peer_got(struct framed_session *session, const char *text)
{
	const struct framed_fake_note *note =
	    framed_fake_take_of(session, FRAMED_FAKE_DELIVERY);

	return note != NULL && strcmp((const char *)note->data, text) == 0;
}

static void
test_counts_and_closes(struct framed_fake *fake)
{
	const struct framed_fake_endpoint endpoint = {.settings = two};
	struct framed_session *session =
	    framed_fake_open(framed_fake_load(fake, &endpoint), NULL);

	framed_fake_text(session, "hello");
	CHECK(peer_got(session, "message 1: 5 bytes"));
	framed_fake_message(session, FRAMED_BINARY, "\1\2", 2);
	CHECK(peer_got(session, "message 2: 2 bytes"));
	CHECK(framed_fake_state(session) == FRAMED_FAKE_CLOSING);
	CHECK(framed_fake_take(fake, FRAMED_FAKE_CLOSE)->code ==
	    FRAMED_CLOSE_POLICY);
	CHECK(framed_fake_settle(fake) == 0);
	CHECK(framed_fake_state(session) == FRAMED_FAKE_CLOSED);
}

static void
test_reminds_who_is_quiet(struct framed_fake *fake)
{
	struct framed_session *session =
	    framed_fake_open(framed_fake_load(fake, NULL), NULL);

	framed_fake_advance(fake, 59999);
	framed_fake_text(session, "");
	CHECK(peer_got(session, "message 1: 0 bytes"));
	framed_fake_advance(fake, 59999);
	CHECK(!peer_got(session, "still there?"));
	framed_fake_advance(fake, 1);
	CHECK(peer_got(session, "still there?"));
}

static void
test_checks_its_settings(struct framed_fake *fake)
{
	struct framed_fake_endpoint endpoint = {.settings = none};

	CHECK(framed_fake_check(fake, &endpoint) == -1);
	CHECK(strcmp(framed_fake_error(fake),
	          "most must be at least 1, not 0") == 0);
	endpoint.settings = early;
	CHECK(framed_fake_check(fake, &endpoint) == -1);
	CHECK(strcmp(framed_fake_error(fake),
	          "quiet_ms must be from 0 to 86400000, not -1") == 0);
	endpoint.settings = misspelt;
	CHECK(framed_fake_check(fake, &endpoint) == -1);
	CHECK(
	    strcmp(framed_fake_error(fake), "unknown setting \"moist\"") == 0);
}

int
main(void)
{
	struct framed_fake *fake = framed_fake_new(framed_module_entry, 0);

	CHECK(fake != NULL);
	test_counts_and_closes(fake);
	test_reminds_who_is_quiet(fake);
	test_checks_its_settings(fake);
	CHECK(framed_fake_fault(fake) == NULL);
	framed_fake_free(&fake);
	return 0;
}
