/*
 * What a module is told, at the end of a turn, of what it sent: that messages
 * were dropped, and that all before a framed_flush() is out. Kept in the
 * session's extra, since most sessions ask for neither.
 */
#ifndef FRAMED_CORE_RECEIPTS_H
#define FRAMED_CORE_RECEIPTS_H

#include <stddef.h>
#include <stdint.h>

#include "framed/module.h"

struct queue_loss;
struct session;

enum {
	FLUSHES_MAX = 1024 /* that wait, of a session; a power of two */
};

/* A flush ends a batch of what is queued, and waits for it to be gone. */
struct pending_flush {
	uint64_t token;
	uint16_t batch;
};

struct receipts {
	uint64_t lost_messages; /* since on_dropped */
	uint64_t lost_bytes;
	struct pending_flush *flushes; /* a ring, oldest first */
	uint16_t capacity;             /* a power of two, or 0 */
	uint16_t head;
	uint16_t count;
	uint16_t batch; /* of what is sent now */
};

/* Notes messages that will not be sent, if the module wants to know. Without
 * memory it does not hear of them. */
void receipts_add_loss(struct session *session, const struct queue_loss *loss);

/* As framed_flush(), for an open session whose cork is empty and whose module
 * has on_flushed. */
enum framed_result receipts_add_flush(struct session *session, uint64_t token);

/* The batch of what is queued now, and the next time. */
uint16_t receipts_batch(const struct session *session);

/* Tells the module what is due. Driver only. */
void receipts_settle(struct session *session);

/* Tells it the rest, before on_close. Driver only. */
void receipts_close(struct session *session);

/* Memory beside the struct itself. */
size_t receipts_held(const struct receipts *receipts);
void receipts_release(struct receipts *receipts);

#endif
