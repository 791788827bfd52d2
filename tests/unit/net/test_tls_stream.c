/*
 * TLS between two buffers: both ends of a connection in one thread, each with a
 * port of its own, on a socket pair.
 */
#include "net/tls_stream.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/tls_stream_parts.h"
#include "tests/unit/harness.h"
#include "tests/unit/net/certificate.h"

enum { BUFFER_BYTES = 512 << 10, MESSAGE_BYTES = 200000 };

/* One end. */
struct end {
	struct tls_port port;
	struct tls_stream *stream;
	int fd;
	uint8_t *buffer;
};

static char folder[] = "/tmp/framed-tls-XXXXXX";
static char first[64], second[64];
static struct tls_context *server_context, *client_context;
static struct end server, client;
static uint8_t message[MESSAGE_BYTES];

static void
end_open(struct end *end, int fd)
{
	end->fd = fd;
	end->port = (struct tls_port){0};
	end->buffer = malloc(BUFFER_BYTES);
	ck_assert_ptr_nonnull(end->buffer);
}

static void
end_close(struct end *end)
{
	tls_stream_free(&end->stream);
	tls_stream_free(&end->stream);
	tls_port_release(&end->port);
	free(end->buffer);
	close(end->fd);
}

static struct conf_tls
two_certificates(void)
{
	static char files[160], ciphers[] = "HIGH";

	snprintf(files, sizeof(files), "%s\n%s\n", first, second);
	return (struct conf_tls){.certificates = files,
	    .ciphers = ciphers,
	    .session_timeout_ms = 1000};
}

/* Connects, wanting a name, and trusting what signed the first certificate. */
static void
begin(const char *name, enum tls_trust trust, const char *ca)
{
	char error[TLS_ERROR_MAX];

	client_context = tls_context_new_client(trust, ca, error);
	ck_assert_msg(client_context != NULL, "%s", error);
	client.stream = tls_stream_new_client(
	    client_context, &client.port, span_from_string(name));
	server.stream = tls_stream_new(server_context, &server.port);
	ck_assert_ptr_nonnull(client.stream);
	ck_assert_ptr_nonnull(server.stream);
	ck_assert_int_eq(tls_stream_state(server.stream), TLS_MORE);
}

static void
setup(void)
{
	struct conf_tls conf;
	char error[TLS_ERROR_MAX];
	int fds[2];

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(first, sizeof(first), "%s/first", folder);
	snprintf(second, sizeof(second), "%s/second", folder);
	certificate_write(first, "a.example");
	certificate_write(second, "b.example");
	conf = two_certificates();
	server_context = tls_context_new(&conf, error);
	ck_assert_msg(server_context != NULL, "%s", error);
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	end_open(&server, fds[0]);
	end_open(&client, fds[1]);
	for (size_t i = 0; i < MESSAGE_BYTES; i++)
		message[i] = (uint8_t)(i * 7 + i / 251);
}

static void
teardown(void)
{
	end_close(&server);
	end_close(&client);
	tls_context_free(&server_context);
	tls_context_free(&client_context);
	unlink(first);
	unlink(second);
	rmdir(folder);
	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
}

/* What there is to receive; at most size bytes. */
static struct bytes
receive(struct end *end, size_t size)
{
	uint8_t *place = end->buffer + TLS_HEADROOM;
	ssize_t got = recv(end->fd, place, size, 0);

	return (struct bytes){place, got > 0 ? (size_t)got : 0};
}

/* One end's part of the handshake. What follows it is deciphered. */
static struct bytes
step(struct end *end, size_t size)
{
	struct bytes in = receive(end, size);
	struct span rest = span_from(in.data, in.length);

	if (tls_stream_state(end->stream) == TLS_MORE) {
		tls_stream_handshake(end->stream, &rest);
		bytes_advance(&in, in.length - rest.length);
	}
	if (tls_stream_state(end->stream) == TLS_MORE)
		in.length = 0;
	else
		tls_stream_decrypt(end->stream, end->buffer, &in);
	ck_assert_int_eq(tls_stream_flush(end->stream, end->fd), 0);
	return in;
}

/* Both parts, with so many bytes a receive, until nobody has to go on. */
static void
shake_hands(size_t size)
{
	for (unsigned i = 0; i < 20000 / size + 8; i++) {
		ck_assert_uint_eq(step(&client, size).length, 0);
		ck_assert_uint_eq(step(&server, size).length, 0);
	}
}

static void
open_both(void)
{
	begin("a.example", TLS_TRUST_SYSTEM, first);
	shake_hands(16384);
	ck_assert_int_eq(tls_stream_state(client.stream), TLS_DONE);
	ck_assert_int_eq(tls_stream_state(server.stream), TLS_DONE);
}

static void
send_all(struct end *end, const void *bytes, size_t length)
{
	struct iovec part = {(void *)(uintptr_t)bytes, length};

	ck_assert_int_eq(
	    tls_stream_send(end->stream, end->fd, &part, 1), (ssize_t)length);
}

START_TEST(handshake_is_the_same_for_every_cut)
{
	static const size_t sizes[] = {1, 2, 5, 333, 65536};

	begin("a.example", TLS_TRUST_SYSTEM, first);
	shake_hands(sizes[_i]);
	ck_assert_int_eq(tls_stream_state(client.stream), TLS_DONE);
	ck_assert_int_eq(tls_stream_state(server.stream), TLS_DONE);
	send_all(&client, "hello", 5);
	for (size_t got = 0; got < 5;)
		got += step(&server, sizes[_i]).length;
}
END_TEST

START_TEST(messages_pass_in_both_directions)
{
	static const size_t lengths[] = {
	    1, 16383, 16384, 16385, 50000, MESSAGE_BYTES};
	size_t length = lengths[_i], got = 0;
	struct iovec parts[3] = {
	    {message, length / 3},
	    {message + length / 3, 0},
	    {message + length / 3, length - length / 3},
	};
	uint8_t *copy = malloc(length);

	open_both();
	ck_assert_ptr_nonnull(copy);
	ck_assert_int_eq(tls_stream_send(server.stream, server.fd, parts, 3),
	    (ssize_t)length);
	while (got < length) {
		struct bytes in;

		ck_assert_int_eq(tls_stream_flush(server.stream, server.fd), 0);
		in = step(&client, 10000);
		ck_assert_uint_le(in.length, length - got);
		memcpy(copy + got, in.data, in.length);
		got += in.length;
	}
	ck_assert_mem_eq(copy, message, length);
	free(copy);
}
END_TEST

/* Many records for one write, and still all of it is taken: what is left of one
 * would go out with the bytes of another stream. */
START_TEST(records_may_be_small)
{
	size_t got = 0;

	begin("a.example", TLS_TRUST_SYSTEM, first);
	ck_assert_int_eq(SSL_set_tlsext_max_fragment_length(client.stream->ssl,
	                     TLSEXT_max_fragment_length_512),
	    1);
	shake_hands(16384);
	ck_assert_int_eq(tls_stream_state(server.stream), TLS_DONE);
	send_all(&server, message, 50000);
	ck_assert_uint_eq(server.port.out_length, 0);
	while (got < 50000) {
		struct bytes in = step(&client, 65536);

		ck_assert_mem_eq(in.data, message + got, in.length);
		got += in.length;
		ck_assert_int_eq(tls_stream_flush(server.stream, server.fd), 0);
	}
	ck_assert_uint_eq(got, 50000);
}
END_TEST

/* The client tells of new keys so many times at once. */
static void
update_keys(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		ck_assert_int_eq(SSL_key_update(client.stream->ssl,
		                     SSL_KEY_UPDATE_NOT_REQUESTED),
		    1);
		ck_assert_int_eq(SSL_do_handshake(client.stream->ssl), 1);
	}
	ck_assert_int_eq(tls_stream_flush(client.stream, client.fd), 0);
}

START_TEST(a_flood_of_handshake_messages_ends_the_stream)
{
	open_both();
	client.port.owner = client.stream;
	for (unsigned i = 0; i < 8; i++) {
		update_keys(16);
		step(&server, 65536);
		ck_assert_int_eq(tls_stream_state(server.stream), TLS_DONE);
	}
	send_all(&client, "still here", 10);
	ck_assert_uint_eq(step(&server, 65536).length, 10);
	update_keys(100);
	step(&server, 65536);
	ck_assert_int_eq(tls_stream_state(server.stream), TLS_FAILED);
	ck_assert_str_eq(
	    tls_stream_error(server.stream), "too many handshake messages");
}
END_TEST

START_TEST(what_the_kernel_does_not_take_is_kept)
{
	struct iovec part = {message, MESSAGE_BYTES};
	int size = 4096;
	ssize_t taken, more = 1;
	size_t got = 0;

	open_both();
	ck_assert_int_eq(
	    setsockopt(server.fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)),
	    0);
	taken = tls_stream_send(server.stream, server.fd, &part, 1);
	ck_assert_int_gt(taken, 0);
	ck_assert_int_lt(taken, MESSAGE_BYTES);
	ck_assert(tls_stream_rest(server.stream) > 0);
	ck_assert_uint_gt(tls_stream_held(server.stream), 4096);
	/* nothing more is taken until that is out */
	ck_assert_int_eq(
	    tls_stream_send(server.stream, server.fd, &part, 1), 0);
	while (more > 0 || tls_stream_rest(server.stream) > 0) {
		struct bytes in = step(&client, 65536);

		ck_assert_mem_eq(in.data, message + got, in.length);
		got += in.length;
		part = (struct iovec){
		    message + taken, (size_t)(MESSAGE_BYTES - taken)};
		more = tls_stream_send(server.stream, server.fd, &part, 1);
		ck_assert_int_ge(more, 0);
		taken += more;
		if (taken < MESSAGE_BYTES)
			more = 1;
	}
	while (got < MESSAGE_BYTES)
		got += step(&client, 65536).length;
	ck_assert_uint_eq(got, MESSAGE_BYTES);
}
END_TEST

START_TEST(end_is_told_behind_the_last_bytes)
{
	struct bytes in;

	open_both();
	send_all(&client, "last", 4);
	tls_stream_end(client.stream, client.fd);
	in = step(&server, 65536);
	ck_assert_uint_eq(in.length, 4);
	ck_assert_int_eq(tls_stream_state(server.stream), TLS_ENDED);
	/* the other direction stays open */
	send_all(&server, "answer", 6);
	ck_assert_uint_eq(step(&client, 65536).length, 6);
	/* what comes behind the end is nothing */
	ck_assert_int_eq(send(client.fd, "garbage", 7, 0), 7);
	ck_assert_uint_eq(step(&server, 65536).length, 0);
	ck_assert_int_eq(tls_stream_state(server.stream), TLS_ENDED);
}
END_TEST

START_TEST(a_forged_record_fails_the_stream)
{
	static const uint8_t forged[] = {23, 3, 3, 0, 20, 1, 2, 3, 4, 5, 6, 7,
	    8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20};

	open_both();
	send_all(&client, "good", 4);
	ck_assert_int_eq(send(client.fd, forged, sizeof(forged), 0),
	    (ssize_t)sizeof(forged));
	ck_assert_uint_eq(step(&server, 65536).length, 4);
	ck_assert_int_eq(tls_stream_state(server.stream), TLS_FAILED);
	ck_assert_ptr_nonnull(tls_stream_error(server.stream));
	/* and the other side hears of it by the alert */
	step(&client, 65536);
	ck_assert_int_eq(tls_stream_state(client.stream), TLS_FAILED);
}
END_TEST

START_TEST(what_is_no_tls_fails_the_handshake)
{
	begin("a.example", TLS_TRUST_ALL, NULL);
	ck_assert_int_eq(
	    send(client.fd, "\x16no tls, but much else", 21, 0), 21);
	step(&server, 65536);
	ck_assert_int_eq(tls_stream_state(server.stream), TLS_FAILED);
	ck_assert_str_eq(
	    tls_stream_error(server.stream), "wrong version number");
}
END_TEST

START_TEST(client_insists_on_name_and_authority)
{
	static const struct {
		const char *name;
		const char *ca;
		const char *error;
	} wrongs[] = {
	    {"c.example", first, "hostname mismatch"},
	    {"a.example", second, "self-signed certificate"},
	    {"127.0.0.1", first, "IP address mismatch"},
	};

	begin(wrongs[_i].name, TLS_TRUST_SYSTEM, wrongs[_i].ca);
	shake_hands(65536);
	ck_assert_int_eq(tls_stream_state(client.stream), TLS_FAILED);
	ck_assert_str_eq(tls_stream_error(client.stream), wrongs[_i].error);
	ck_assert_int_eq(tls_stream_state(server.stream), TLS_FAILED);
}
END_TEST

START_TEST(server_name_chooses_the_certificate)
{
	char fact[TLS_FACT_MAX];

	begin("b.example", TLS_TRUST_SYSTEM, second);
	shake_hands(65536);
	ck_assert_int_eq(tls_stream_state(client.stream), TLS_DONE);
	tls_stream_fact(server.stream, TLS_FACT_SERVER_NAME, fact);
	ck_assert_str_eq(fact, "b.example");
	tls_stream_fact(client.stream, TLS_FACT_SUBJECT, fact);
	ck_assert_str_eq(fact, "CN=b.example");
}
END_TEST

START_TEST(facts_are_told)
{
	char fact[TLS_FACT_MAX];

	open_both();
	tls_stream_fact(server.stream, TLS_FACT_PROTOCOL, fact);
	ck_assert_str_eq(fact, "TLSv1.3");
	ck_assert_uint_gt(
	    tls_stream_fact(server.stream, TLS_FACT_CIPHER, fact), 0);
	ck_assert_ptr_nonnull(strstr(fact, "TLS_"));
	tls_stream_fact(client.stream, TLS_FACT_ISSUER, fact);
	ck_assert_str_eq(fact, "CN=a.example");
	tls_stream_fact(client.stream, TLS_FACT_SERIAL, fact);
	ck_assert_str_eq(fact, "1234");
	ck_assert_uint_eq(
	    tls_stream_fact(client.stream, TLS_FACT_FINGERPRINT, fact), 64);
	/* the client showed none, and began anew */
	ck_assert_uint_eq(
	    tls_stream_fact(server.stream, TLS_FACT_SUBJECT, fact), 0);
	ck_assert_str_eq(fact, "");
	ck_assert_uint_eq(
	    tls_stream_fact(server.stream, TLS_FACT_RESUMED, fact), 0);
}
END_TEST

/* OpenSSL's allocations: the one of this number fails, and all behind it. 0: none
 * does. */
static unsigned fail_at, allocations;

static bool
has_memory(void)
{
	return fail_at == 0 || ++allocations < fail_at;
}

static void *
take(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return has_memory() ? malloc(size) : NULL;
}

static void *
resize(void *block, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return has_memory() ? realloc(block, size) : NULL;
}

static void
give(void *block, const char *file, int line)
{
	(void)file;
	(void)line;
	free(block);
}

/* A handshake, a message each way, and the end, as far as memory goes. Returns
 * whether all of that was. */
static bool
live_a_life(void)
{
	struct iovec part = {message, 20000};
	bool is_whole;

	server.stream = tls_stream_new(server_context, &server.port);
	client.stream = tls_stream_new_client(
	    client_context, &client.port, SPAN_LITERAL("a.example"));
	if (server.stream == NULL || client.stream == NULL)
		return false;
	for (unsigned i = 0; i < 4; i++) {
		step(&client, 65536);
		step(&server, 65536);
	}
	if (tls_stream_state(client.stream) != TLS_DONE ||
	    tls_stream_state(server.stream) != TLS_DONE ||
	    tls_stream_send(server.stream, server.fd, &part, 1) != 20000)
		return false;
	is_whole = step(&client, 65536).length == 20000;
	tls_stream_end(client.stream, client.fd);
	step(&server, 65536);
	return is_whole && tls_stream_state(server.stream) == TLS_ENDED;
}

START_TEST(any_lack_of_memory_ends_the_stream_at_most)
{
	bool is_whole = false;
	char error[TLS_ERROR_MAX];
	unsigned n = 0;

	client_context = tls_context_new_client(TLS_TRUST_SYSTEM, first, error);
	ck_assert_ptr_nonnull(client_context);
	/* what OpenSSL fetches once is not the stream's */
	ck_assert(live_a_life());
	while (!is_whole) {
		uint8_t rest[65536];

		tls_stream_free(&client.stream);
		tls_stream_free(&server.stream);
		while (recv(server.fd, rest, sizeof(rest), 0) > 0 ||
		    recv(client.fd, rest, sizeof(rest), 0) > 0)
			continue;
		allocations = 0;
		fail_at = ++n;
		is_whole = live_a_life();
		fail_at = 0;
	}
	ck_assert_uint_gt(n, 50);
}
END_TEST

static const struct {
	const char *field, *value, *error;
} wrong_settings[] = {
    {"certificate", "/nonexistent\n",
        "certificate \"/nonexistent\": No such file or directory"},
    {"key", "/nonexistent\n",
        "key \"/nonexistent\": No such file or directory"},
    {"mismatch", NULL, "key values mismatch"},
    {"ciphers", "no such", "ciphers \"no such\": no cipher match"},
    {"ciphersuites", "no such", "ciphersuites \"no such\": "},
    {"groups", "no such", "groups \"no such\": "},
    {"client_ca", "/nonexistent", "client_ca \"/nonexistent\": "},
};

START_TEST(wrong_settings_are_named)
{
	const char *field = wrong_settings[_i].field;
	char *value = (char *)(uintptr_t)wrong_settings[_i].value;
	char error[TLS_ERROR_MAX], one[80], other[80];
	struct conf_tls conf = two_certificates();
	struct tls_context *context;

	snprintf(one, sizeof(one), "%s\n", first);
	snprintf(other, sizeof(other), "%s\n", second);
	conf.certificates = one;
	if (strcmp(field, "certificate") == 0)
		conf.certificates = value;
	else if (strcmp(field, "key") == 0)
		conf.keys = value;
	else if (strcmp(field, "mismatch") == 0)
		conf.keys = other;
	else if (strcmp(field, "ciphers") == 0)
		conf.ciphers = value;
	else if (strcmp(field, "ciphersuites") == 0)
		conf.ciphersuites = value;
	else if (strcmp(field, "groups") == 0)
		conf.groups = value;
	else
		conf.client_ca = value;
	if (conf.client_ca != NULL)
		conf.verify_client = TLS_VERIFY_REQUIRED;
	context = tls_context_new(&conf, error);
	ck_assert_ptr_null(context);
	ck_assert_msg(
	    strstr(error, wrong_settings[_i].error) != NULL, "%s", error);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("tls_stream");
	TCase *tcase = tcase_create("both ends");

	/* before anything else of OpenSSL */
	CRYPTO_set_mem_functions(take, resize, give);

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, handshake_is_the_same_for_every_cut, 0, 5);
	tcase_add_loop_test(tcase, messages_pass_in_both_directions, 0, 6);
	tcase_add_test(tcase, records_may_be_small);
	tcase_add_test(tcase, a_flood_of_handshake_messages_ends_the_stream);
	tcase_add_test(tcase, what_the_kernel_does_not_take_is_kept);
	tcase_add_test(tcase, end_is_told_behind_the_last_bytes);
	tcase_add_test(tcase, a_forged_record_fails_the_stream);
	tcase_add_test(tcase, what_is_no_tls_fails_the_handshake);
	tcase_add_loop_test(tcase, client_insists_on_name_and_authority, 0, 3);
	tcase_add_test(tcase, server_name_chooses_the_certificate);
	tcase_add_test(tcase, facts_are_told);
	tcase_add_test(tcase, any_lack_of_memory_ends_the_stream_at_most);
	tcase_add_loop_test(tcase, wrong_settings_are_named, 0,
	    (int)ARRAY_LENGTH(wrong_settings));
	suite_add_tcase(suite, tcase);
	return suite;
}
