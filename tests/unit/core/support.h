/*
 * A bench for sessions: a server with two workers that the test turns by hand,
 * without threads, listeners or time that passes by itself; one endpoint, whose
 * module is the test's own; and peers on socket pairs.
 *
 * Programs that use it link with -Wl,--wrap=clock_now_ms.
 */
#ifndef FRAMED_TESTS_UNIT_CORE_SUPPORT_H
#define FRAMED_TESTS_UNIT_CORE_SUPPORT_H

#include "core/server.h"
#include "core/session.h"
#include "core/tenure.h"
#include "core/worker.h"
#include "framed/module.h"
#include "host/registry.h"

/* Text that grows up to a limit, above which the test fails. */
struct text {
	size_t length;
	char bytes[4096];
};

void text_add(struct text *text, const char *format, ...) PRINTF(2, 3);

/* What the module does in its callbacks, beside noting them; NULL: nothing. */
struct acts {
	enum framed_upgrade (*upgrade)(struct framed_session *session);
	void (*open)(struct framed_session *session);
	void (*message)(struct framed_session *session, struct span payload);
	void (*frame)(
	    struct framed_session *session, const struct framed_frame *frame);
	void (*pong)(struct framed_session *session, struct span payload);
	void (*writable)(struct framed_session *session);
	void (*dropped)(struct framed_session *session);
	void (*flushed)(struct framed_session *session, uint64_t token);
	void (*close)(struct framed_session *session);
	void (*connect_failed)(
	    struct framed_worker *worker, const struct framed_call *call);
	void (*post)(
	    struct framed_session *session, uint64_t token, struct span data);
	void (*timer)(struct framed_session *session, uint64_t token);
	void (*done)(struct framed_session *session, struct framed_work *work);
	void (*drain)(struct framed_session *session, uint32_t ms);
};

struct bench {
	struct conf conf;
	struct conf_endpoint endpoint_conf; /* path "/chat" */
	struct conf_listener listener_conf; /* of connections */
	struct endpoint endpoint;
	struct framed_module api; /* fields may be set to NULL */
	struct registry registry;
	struct generation generation;
	struct server server;
	struct worker *worker; /* the first: where peers connect */
	uint64_t now_ms;
	struct acts acts;
	bool is_in_callback;
	struct text calls;
};

extern struct bench bench;

enum {
	BENCH_PING_MS = 25000,
	BENCH_PONG_MS = 15000,
	BENCH_CLOSE_MS = 5000,
	BENCH_HANDSHAKE_MS = 10000,
	BENCH_QUEUE_BYTES = 64 << 10,
	BENCH_MESSAGE_BYTES = 1 << 20,
	BENCH_DEFLATE_BYTES = 32, /* shorter messages are not compressed */
	BENCH_ASYNC_MAX = 4
};

/* A callback that bench.api has only where a test wants it, and an act for it
 * that answers FRAMED_DEFER. */
enum framed_upgrade bench_on_upgrade(struct framed_session *session);
enum framed_upgrade bench_defer(struct framed_session *session);
void bench_on_drain(struct framed_session *session, uint32_t ms);

/* A fixture. teardown fails the test if anything is left of a session. */
void bench_setup(void);
void bench_teardown(void);

/* Begins and ends the seats of all workers, which the fixture and threads do. */
void bench_open_seats(void);
void bench_close_seats(void);

/* Makes the endpoint raw, and so the sessions to come. */
void bench_make_raw(void);

/* One turn of a worker's loop, which never waits. */
void bench_turn(struct worker *worker);

/* Turns the workers until nothing happens; fails the test if they never come to
 * rest. */
void bench_run(void);

/* Lets time pass, deadline by deadline. */
void bench_pass(uint64_t ms);

/* The callbacks since the last call, such as "open message=hello ", "writable ",
 * "pong=x ", "post=7:data ", "dropped=2*10 ", "flushed=7 ", "unflushed=7 ",
 * "timer=7 ", "done=7 ", "gone=7 ", "drain=1000 " or "close=1000/peer:bye "; of raw sessions,
 * "frame=81:hello ", with the first byte of the frame. */
const char *bench_calls(void);

/* Sessions of the first worker that are not yet freed. */
unsigned bench_live(void);

/* How many sessions of the first worker ended for this reason. */
unsigned bench_ended(enum close_reason reason);

/* A client, and the session at the other end. */
struct peer {
	int fd;
	struct session *session; /* until it is freed */
	bool is_http;            /* the next bytes are the head of a response */
	bool is_over;            /* the session sent FIN, or worse */
	bool is_server;          /* the session is a client's */
	int listening;           /* with is_server */
	bool is_raw; /* hears frames, not messages; the test's to set */
	struct message_reader reader;
	struct bytes in; /* received and not yet read */
	uint8_t buffer[8192];
	struct text heard;
	char response[1024]; /* the head of the last one, cut if it is longer;
	                     * with is_server of the request */
};

/* Connects; the session is ACCEPTED. Narrow: with so small a socket buffer that
 * output soon waits. */
void peer_connect(struct peer *peer);
void peer_connect_narrow(struct peer *peer);
/* Connects and upgrades; the session is OPEN, and 101 was heard. */
void peer_open(struct peer *peer);
void peer_open_narrow(struct peer *peer);
/* The same with a value for Sec-WebSocket-Extensions. */
void peer_open_extended(struct peer *peer, const char *offer);
void peer_open_extended_narrow(struct peer *peer, const char *offer);
/*
 * Begins a client session with a server of the test's own, on a port of the
 * loopback address; options lack the URL. peer_call() stops when the request
 * was sent, which is in peer->response; peer_answer() upgrades, with further
 * header lines; peer_open_as_server() does all.
 */
void peer_call(struct peer *peer, struct framed_connect_options options);
void peer_answer(struct peer *peer, const char *lines);
/* The response alone. */
void peer_write_answer(
    const struct peer *peer, const char *lines, char *response, size_t size);
void peer_open_as_server(struct peer *peer);

/* Closes the peer's end. Twice is fine. */
void peer_close(struct peer *peer);

/* A request that upgrades, with its final empty line. */
extern const char bench_request[];

/* Writes bytes; they must fit into the socket's buffer. */
void peer_write(struct peer *peer, struct span bytes);

/* Sends one frame, as a client's masked. first: opcode and FRAME_FIN, as on the
 * wire. */
void peer_send(struct peer *peer, uint8_t first, struct span payload);
/* One text message. */
void peer_say(struct peer *peer, const char *text);
/* A Close with a code and a text. */
void peer_say_close(struct peer *peer, uint16_t code, const char *text);

/* Reads the next frame the server sent. Returns false when there is none now;
 * fails the test if it breaks a rule. The payload is valid until the next call.
 */
bool peer_next(struct peer *peer, struct message *message_out);

/*
 * All that came since the last call: "text=hello ", "binary*70000 " where a
 * payload is long, "encoded " before what an extension encoded, "pong=abc ",
 * "close=1000:bye ", "http=101 ", and "end " for the end of the stream. If it is
 * raw, "+text=hel " and "continuation=lo " for the fragments of a message, and
 * "close=wrong " for what is no body of a Close.
 */
const char *peer_heard(struct peer *peer);

#endif
