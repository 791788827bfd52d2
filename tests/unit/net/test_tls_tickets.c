/* Session tickets: how long they resume a session. The clock is the test's. */
#include "net/tls_tickets.h"

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/harness.h"
#include "tests/unit/net/certificate.h"

enum { PERIOD_MS = 1000 };

static uint64_t now_ms;
static struct tls_tickets *tickets, *others;
static SSL_CTX *server_ctx, *client_ctx;
static SSL_SESSION *newest; /* that the client was given */

uint64_t __wrap_clock_now_ms(void);

uint64_t
__wrap_clock_now_ms(void)
{
	return now_ms;
}

static void
setup(void)
{
	static const unsigned char id[] = "test";
	char path[] = "/tmp/framed-tickets-XXXXXX";
	int fd = mkstemp(path);

	ck_assert_int_ne(fd, -1);
	close(fd);
	certificate_write(path, "a.example");
	now_ms = 5000;
	tickets = tls_tickets_new(PERIOD_MS);
	others = tls_tickets_new(PERIOD_MS);
	server_ctx = SSL_CTX_new(TLS_server_method());
	client_ctx = SSL_CTX_new(TLS_client_method());
	ck_assert(tickets != NULL && others != NULL && server_ctx != NULL &&
	    client_ctx != NULL);
	ck_assert_int_eq(
	    SSL_CTX_use_certificate_chain_file(server_ctx, path), 1);
	ck_assert_int_eq(
	    SSL_CTX_use_PrivateKey_file(server_ctx, path, SSL_FILETYPE_PEM), 1);
	unlink(path);
	SSL_CTX_set_session_cache_mode(server_ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_session_id_context(server_ctx, id, sizeof(id));
	SSL_CTX_set_session_cache_mode(
	    client_ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	ck_assert_int_eq(tls_tickets_attach(tickets, server_ctx), 0);
}

static void
teardown(void)
{
	SSL_SESSION_free(newest);
	newest = NULL;
	SSL_CTX_free(server_ctx);
	SSL_CTX_free(client_ctx);
	tls_tickets_free(&tickets);
	tls_tickets_free(&tickets);
	tls_tickets_free(&others);
}

/* One connection, of a version, that shows a session. Returns whether the server
 * took it. */
static bool
is_resumed(int version, SSL_SESSION *session)
{
	SSL *server = SSL_new(server_ctx), *client = SSL_new(client_ctx);
	BIO *server_end, *client_end;
	bool result;
	char byte;

	ck_assert_int_eq(BIO_new_bio_pair(&server_end, 0, &client_end, 0), 1);
	SSL_set_bio(server, server_end, server_end);
	SSL_set_bio(client, client_end, client_end);
	SSL_set_max_proto_version(client, version);
	/* a copy, since clients of TLS 1.3 show a ticket but once */
	if (session != NULL) {
		session = SSL_SESSION_dup(session);
		ck_assert_int_eq(SSL_set_session(client, session), 1);
		SSL_SESSION_free(session);
	}
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	for (unsigned i = 0; i < 10; i++) {
		SSL_do_handshake(client);
		SSL_do_handshake(server);
	}
	ck_assert(SSL_is_init_finished(server));
	/* TLS 1.3 gives its tickets behind the handshake */
	ck_assert_int_eq(SSL_write(server, "x", 1), 1);
	ck_assert_int_eq(SSL_read(client, &byte, 1), 1);
	result = SSL_session_reused(server) == 1;
	SSL_SESSION_free(newest);
	newest = SSL_get1_session(client);
	SSL_shutdown(client);
	SSL_shutdown(server);
	SSL_free(server);
	SSL_free(client);
	return result;
}

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

START_TEST(tickets_last_for_the_period_and_the_next)
{
	int version = versions[_i];
	SSL_SESSION *first;

	ck_assert(!is_resumed(version, NULL));
	first = newest;
	ck_assert_ptr_nonnull(first);
	SSL_SESSION_up_ref(first);
	ck_assert(is_resumed(version, first));
	now_ms += PERIOD_MS; /* another key is the newest */
	ck_assert(is_resumed(version, first));
	now_ms += PERIOD_MS; /* and that is the one before */
	ck_assert(!is_resumed(version, first));
	SSL_SESSION_free(first);
}
END_TEST

START_TEST(old_tickets_are_replaced)
{
	int version = versions[_i];

	ck_assert(!is_resumed(version, NULL));
	for (unsigned i = 0; i < 5; i++) {
		now_ms += PERIOD_MS;
		ck_assert(is_resumed(version, newest));
	}
}
END_TEST

START_TEST(a_long_silence_ends_all)
{
	ck_assert(!is_resumed(versions[_i], NULL));
	now_ms += 2 * PERIOD_MS;
	ck_assert(!is_resumed(versions[_i], newest));
}
END_TEST

START_TEST(strangers_tickets_are_worth_nothing)
{
	ck_assert(!is_resumed(versions[_i], NULL));
	ck_assert_int_eq(tls_tickets_attach(others, server_ctx), 0);
	ck_assert(!is_resumed(versions[_i], newest));
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("tls_tickets");
	TCase *tcase = tcase_create("keys");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(
	    tcase, tickets_last_for_the_period_and_the_next, 0, 2);
	tcase_add_loop_test(tcase, old_tickets_are_replaced, 0, 2);
	tcase_add_loop_test(tcase, a_long_silence_ends_all, 0, 2);
	tcase_add_loop_test(tcase, strangers_tickets_are_worth_nothing, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
