/*
 * A module that notes each callback as a line of text, and then does what the
 * test wants. Included before <check.h>, which makes a macro of "fail".
 */
#ifndef FRAMED_TESTS_UNIT_FAKE_NOTED_H
#define FRAMED_TESTS_UNIT_FAKE_NOTED_H

#include <framed/fake.h>

/* The struct it shows: with all callbacks, until a test takes some away. */
extern struct framed_module noted;

/* What each test begins and ends with. */
void noted_setup(void);
void noted_teardown(void);

/* Set by noted_begin(): the host, and worker 0 of an endpoint. */
extern struct framed_fake *fake;
extern struct framed_worker *worker;

void noted_begin(const struct framed_fake_endpoint *endpoint);

/* noted_begin() without an endpoint of its own, then a session. */
struct framed_session *noted_open(void);

/* The entry, for framed_fake_new(). */
const struct framed_module *noted_entry(const struct framed_host *host);

/* Runs once, at the end of the next callback that has a session. */
extern void (*noted_act)(struct framed_session *session);

/* What on_upgrade, and load and worker_start, return; and say with -1. */
extern enum framed_upgrade noted_verdict;
extern int noted_rc;
extern const char *noted_error;

/* Fails the test unless these lines are what was noted since the last time. */
void noted_expect(const char *lines);

#endif
