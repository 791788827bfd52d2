/*
 * Works for the bench, on a real pool, that wait for gates which the test opens:
 * one for each token below GATES. Nothing waits for time.
 */
#ifndef FRAMED_TESTS_UNIT_CORE_GATES_H
#define FRAMED_TESTS_UNIT_CORE_GATES_H

#include <stdbool.h>
#include <stdint.h>

#include "framed/module.h"

enum { GATES = 64 };

/* Behind bench_setup(): starts the pool, shuts all gates, and gives the module
 * gates_work() and gates_send_result(). */
void gates_setup(unsigned threads, unsigned room);

/* Before bench_teardown(): opens all gates, sees the last work delivered, and
 * stops the pool, as server_run() does. */
void gates_teardown(void);

/* async_work: waits at the token's gate. The result is "=" and the data. */
void gates_work(struct framed_work *work);

/* on_async_done: sends the result, if there is a session, and frees it. */
void gates_send_result(
    struct framed_session *session, struct framed_work *work);

/* Waits until a work has come to the gate. */
void gate_await(uint64_t token);
bool gate_was_reached(uint64_t token);

void gate_open(uint64_t token);

/* Lets a work end, and sees it come back to the first worker. */
void gate_finish(uint64_t token);

#endif
