/*
 * What all modes share: the connections, the loop that serves them, and what is
 * measured. The loop is epoll's own, edge-triggered: a load has to cost less
 * than the server, and libevent is a part of what it measures.
 *
 * What the server or the system does wrong ends the program, with a sentence
 * and a status (load_fail()): there is nothing to clean up that outlives it.
 */
#ifndef FRAMED_BENCH_LOAD_H
#define FRAMED_BENCH_LOAD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/entropy.h"
#include "base/guard.h"
#include "bench/arguments.h"
#include "bench/histogram.h"
#include "bench/payloads.h"
#include "bench/pieces.h"
#include "net/tls_stream.h"
#include "proto/deflate_engine.h"
#include "proto/handshake.h"
#include "proto/url.h"

enum {
	LOAD_RECEIVE_BYTES = 256 << 10,
	LOAD_REASON_SIZE = 128,
	LOAD_EXTENSION_SIZE = 160
};

enum connection_state {
	CONNECTION_NONE,
	CONNECTION_DIALING,
	CONNECTION_SECURING, /* the handshake of TLS */
	CONNECTION_UPGRADING,
	CONNECTION_OPEN,
	CONNECTION_CLOSING /* our Close is out; the server is to hang up */
};

struct connection {
	int fd;
	uint8_t state; /* enum connection_state */
	uint32_t index;
	/* messages, counted from 0 */
	uint64_t due;      /* those below are to be sent */
	uint64_t sent;     /* those below are sent */
	size_t sent_bytes; /* of the next one */
	uint64_t received; /* replies to those below are here */
	const struct payloads *payloads;
	struct piece_reader reader;
	struct handshake *handshake; /* until it is open */
	struct pong *pong;           /* owed to the server, or NULL */
	struct tls_stream *tls;      /* NULL: there is none */
	uint64_t begun_ns;           /* when it was dialled */
	void *own;                   /* the mode's, which frees it */
};

struct load;
struct lookup;

/* What a mode does at what happens. */
struct mode {
	/* the server agreed to a session */
	void (*opened)(struct load *load, struct connection *c);
	/* a piece of a reply, at the time load->now_ns */
	void (*piece)(
	    struct load *load, struct connection *c, const struct piece *piece);
	/* the server has hung up after our Close; the descriptor is closed */
	void (*closed)(struct load *load, struct connection *c);
};

/* What is counted between load_begin() and load_end(). */
struct measure {
	uint64_t begun_ns, ended_ns;
	uint64_t own_ns;    /* our processor time */
	uint64_t server_ns; /* the server's, when its pid is known */
	uint64_t messages;  /* replies, deliveries, or connections */
	uint64_t reply_bytes;
	uint64_t late; /* messages that we sent too late, of a schedule */
	uint64_t lost, duplicated;
	uint64_t rss_before, rss_after;
};

struct load {
	const struct arguments *arguments;
	const struct mode *mode;
	struct url url;
	struct span host; /* for the header */
	struct sockaddr_storage address;
	socklen_t address_length;
	int epoll;
	struct connection *connections;
	uint32_t opening; /* dialled, and not open yet */
	uint32_t open;    /* open, or closing */
	struct frame_rules rules;
	struct deflate_config deflate;
	struct deflate_params params;        /* agreed: the same for all */
	char extension[LOAD_EXTENSION_SIZE]; /* the same, as it was told */
	struct deflate_pool *pool;
	struct payloads payloads;
	struct entropy_pool entropy;
	struct histogram latencies;
	struct measure measure;
	uint64_t now_ns;         /* of the events that are handled */
	uint64_t progress_ns;    /* when something came last */
	uint8_t *input;          /* LOAD_RECEIVE_BYTES, and headroom for TLS */
	struct tls_context *tls; /* NULL: the URL wants none */
	struct tls_port tls_port;
};

/*
 * Looks up the server and prepares everything but connections and payloads.
 * Ends the program where that cannot be. The load borrows from what is found,
 * which is the caller's to release, behind load_release().
 */
void load_init(struct load *load, const struct arguments *arguments,
    const struct mode *mode, struct lookup *found);
void load_release(struct load *load);

/* Has the first connections opened, so many in all, and waits for it. */
void load_open(struct load *load, uint32_t total);

/* Closes what is open, and waits a moment for the server to agree. */
void load_close_all(struct load *load);

/*
 * Waits for events, up to the given time, and handles them. Ends the program
 * after ten seconds without any.
 */
void load_poll(struct load *load, uint64_t until_ns);

/* Whether a signal asked for an end. */
bool load_is_interrupted(void);

/* Begins and ends what is measured. */
void load_begin(struct load *load);
void load_end(struct load *load);

/* The server's memory: 0 when its pid is not known. */
uint64_t load_server_resident(const struct load *load);

/* Ends the program: prints a sentence behind its name. */
_Noreturn void load_fail(int status, const char *format, ...) PRINTF(2, 3);

#endif
