/* Deadlines: never early, at most a tick late, whatever happens between. */
#include "core/wheel.h"

#include <stdbool.h>

#include "tests/unit/harness.h"
#include "tests/unit/proto/random.h"

enum { SLOTS = 3000, TURN_MS = WHEEL_TICK_MS * WHEEL_BUCKETS, NEVER = -1 };

static const uint64_t seed = 11;
/* not a multiple of the tick, nor near 0 */
static const uint64_t start_ms = 1000007;

static struct wheel wheel;
static uint64_t now_ms;
static uint64_t due_ms[SLOTS]; /* 0: none */
static unsigned fired;         /* calls in all */
static uint32_t last;          /* slot that fired last */

static void
setup(void)
{
	now_ms = start_ms;
	fired = 0;
	memset(due_ms, 0, sizeof(due_ms));
	ck_assert_int_eq(wheel_init(&wheel, now_ms), 0);
	ck_assert_int_eq(wheel_reserve(&wheel, SLOTS), 0);
}

static void
teardown(void)
{
	wheel_release(&wheel);
}

static void
set(uint32_t slot, uint32_t delay_ms)
{
	due_ms[slot] = now_ms + delay_ms;
	wheel_set(&wheel, slot, now_ms, delay_ms);
}

static void
on_due(void *arg, uint32_t slot)
{
	ck_assert_ptr_eq(arg, &wheel);
	ck_assert_msg(due_ms[slot] != 0, "slot %u has no deadline", slot);
	ck_assert_msg(due_ms[slot] <= now_ms, "slot %u is early", slot);
	due_ms[slot] = 0;
	fired++;
	last = slot;
}

static void
advance_with(uint64_t ms, wheel_fn *fn)
{
	now_ms += ms;
	wheel_advance(&wheel, now_ms, fn, &wheel);
}

/* After this nothing is due that has waited for longer than a tick. */
static void
advance(uint64_t ms)
{
	advance_with(ms, on_due);
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		if (due_ms[slot] != 0 && due_ms[slot] + WHEEL_TICK_MS <= now_ms)
			ck_abort_msg("slot %u is late", slot);
}

START_TEST(deadline_comes_at_most_a_tick_late)
{
	/* every delay of two ticks, seen every millisecond */
	for (uint32_t delay = 0; delay <= 2 * WHEEL_TICK_MS; delay++) {
		set(0, delay);
		for (uint32_t ms = 0; ms <= delay + WHEEL_TICK_MS; ms++)
			advance(ms > 0);
		ck_assert_uint_eq(fired, delay + 1);
	}
}
END_TEST

START_TEST(long_deadline_waits_for_its_turn)
{
	const uint32_t delays[] = {
	    TURN_MS - 1, TURN_MS, TURN_MS + 1, 3 * TURN_MS + 500, 10 * TURN_MS};

	for (uint32_t slot = 0; slot < 5; slot++)
		set(slot, delays[slot]);
	while (now_ms < start_ms + 10 * TURN_MS + WHEEL_TICK_MS)
		advance(WHEEL_TICK_MS);
	ck_assert_uint_eq(fired, 5);
}
END_TEST

START_TEST(all_that_is_due_comes_after_a_long_sleep)
{
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		set(slot, slot * 37);
	set(7, 100 * TURN_MS);
	advance(50 * TURN_MS);
	ck_assert_uint_eq(fired, SLOTS - 1);
	advance(50 * TURN_MS + WHEEL_TICK_MS);
	ck_assert_uint_eq(fired, SLOTS);
}
END_TEST

START_TEST(deadline_set_after_an_idle_time_holds)
{
	/* nobody advances an empty wheel: it lags behind the clock */
	now_ms += 5 * TURN_MS + 1234;
	set(3, 100);
	advance(0);
	advance(99);
	ck_assert_uint_eq(fired, 0);
	advance(WHEEL_TICK_MS + 1);
	ck_assert_uint_eq(fired, 1);
}
END_TEST

START_TEST(setting_again_moves_the_deadline)
{
	set(1, 100);
	set(1, 5000);
	advance(4999);
	ck_assert_uint_eq(fired, 0);
	set(1, 10);
	advance(10 + WHEEL_TICK_MS);
	ck_assert_uint_eq(fired, 1);
	advance(TURN_MS);
	ck_assert_uint_eq(fired, 1);
}
END_TEST

START_TEST(cleared_deadline_never_comes)
{
	set(1, 100);
	set(2, 100);
	wheel_clear(&wheel, 1);
	wheel_clear(&wheel, 1);
	due_ms[1] = 0;
	advance(TURN_MS);
	ck_assert_uint_eq(fired, 1);
	ck_assert_uint_eq(last, 2);
}
END_TEST

static void
on_due_set_again(void *arg, uint32_t slot)
{
	on_due(arg, slot);
	set(slot, 0);
}

START_TEST(callback_may_set_its_own_slot_again)
{
	/* even without delay it comes in a later tick, never for ever */
	set(5, 0);
	advance_with(WHEEL_TICK_MS, on_due_set_again);
	ck_assert_uint_eq(fired, 1);
	advance_with(WHEEL_TICK_MS, on_due_set_again);
	ck_assert_uint_eq(fired, 2);
}
END_TEST

static void
on_due_clear_next(void *arg, uint32_t slot)
{
	on_due(arg, slot);
	wheel_clear(&wheel, slot + 1);
	due_ms[slot + 1] = 0;
}

START_TEST(callback_may_clear_a_slot_due_in_the_same_tick)
{
	for (uint32_t slot = 0; slot < 4; slot++)
		set(slot, 10);
	advance_with(10 + WHEEL_TICK_MS, on_due_clear_next);
	/* 0 clears 1, 2 clears 3 */
	ck_assert_uint_eq(fired, 2);
	ck_assert_uint_eq(last, 2);
}
END_TEST

static void
on_due_move_next(void *arg, uint32_t slot)
{
	on_due(arg, slot);
	if (slot == 0)
		set(1, 1000);
}

START_TEST(callback_may_move_a_slot_due_in_the_same_tick)
{
	set(0, 10);
	set(1, 10);
	advance_with(10 + WHEEL_TICK_MS, on_due_move_next);
	ck_assert_uint_eq(fired, 1);
	advance(1000 + WHEEL_TICK_MS);
	ck_assert_uint_eq(fired, 2);
}
END_TEST

START_TEST(next_tells_when_something_comes)
{
	int64_t wait_ms;

	ck_assert_int_eq(wheel_next_ms(&wheel, now_ms), NEVER);
	for (uint32_t delay = 0; delay < 200; delay += 7) {
		set(0, delay);
		wait_ms = wheel_next_ms(&wheel, now_ms);
		ck_assert_int_gt(wait_ms, delay);
		ck_assert_int_le(wait_ms, delay + WHEEL_TICK_MS);
		fired = 0;
		advance((uint64_t)wait_ms - 1);
		ck_assert_uint_eq(fired, 0);
		advance(1);
		ck_assert_uint_eq(fired, 1);
		ck_assert_int_eq(wheel_next_ms(&wheel, now_ms), NEVER);
	}
}
END_TEST

START_TEST(next_forgets_what_was_cleared)
{
	set(0, 100);
	set(1, 1000);
	wheel_clear(&wheel, 0);
	due_ms[0] = 0;
	ck_assert_int_gt(wheel_next_ms(&wheel, now_ms), 1000);
	wheel_clear(&wheel, 1);
	ck_assert_int_eq(wheel_next_ms(&wheel, now_ms), NEVER);
}
END_TEST

START_TEST(next_is_now_for_what_is_overdue)
{
	set(0, 10);
	now_ms += 500;
	ck_assert_int_eq(wheel_next_ms(&wheel, now_ms), 0);
}
END_TEST

START_TEST(growing_keeps_the_deadlines)
{
	struct wheel grown;

	ck_assert_int_eq(wheel_init(&grown, now_ms), 0);
	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		ck_assert_int_eq(wheel_reserve(&grown, slot + 1), 0);
		wheel_set(&grown, slot, now_ms, 100);
		due_ms[slot] = now_ms + 100;
	}
	now_ms += 100 + WHEEL_TICK_MS;
	wheel_advance(&grown, now_ms, on_due, &wheel);
	wheel_release(&grown);
	ck_assert_uint_eq(fired, SLOTS);
}
END_TEST

/* Setting, clearing and time at random: on_due() and advance() judge. */
START_TEST(random_life_is_neither_early_nor_late)
{
	struct random random = {seed};
	unsigned expected = 0;

	for (unsigned step = 0; step < 20000; step++) {
		uint32_t slot = (uint32_t)random_below(&random, SLOTS);

		switch (random_below(&random, 8)) {
		case 0:
			expected -= due_ms[slot] != 0;
			due_ms[slot] = 0;
			wheel_clear(&wheel, slot);
			break;
		case 1:
			advance_with(random_below(&random, 300), on_due);
			break;
		default:
			expected += due_ms[slot] == 0;
			set(slot, (uint32_t)random_below(&random, 2 * TURN_MS));
			break;
		}
	}
	advance(3 * TURN_MS);
	ck_assert_uint_eq(fired, expected);
}
END_TEST

Suite *
test_suite(void)
{
	Suite *suite = suite_create("wheel");
	TCase *tcase = tcase_create("deadlines");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, deadline_comes_at_most_a_tick_late);
	tcase_add_test(tcase, long_deadline_waits_for_its_turn);
	tcase_add_test(tcase, all_that_is_due_comes_after_a_long_sleep);
	tcase_add_test(tcase, deadline_set_after_an_idle_time_holds);
	tcase_add_test(tcase, setting_again_moves_the_deadline);
	tcase_add_test(tcase, cleared_deadline_never_comes);
	tcase_add_test(tcase, callback_may_set_its_own_slot_again);
	tcase_add_test(tcase, callback_may_clear_a_slot_due_in_the_same_tick);
	tcase_add_test(tcase, callback_may_move_a_slot_due_in_the_same_tick);
	tcase_add_test(tcase, next_tells_when_something_comes);
	tcase_add_test(tcase, next_forgets_what_was_cleared);
	tcase_add_test(tcase, next_is_now_for_what_is_overdue);
	tcase_add_test(tcase, growing_keeps_the_deadlines);
	tcase_add_test(tcase, random_life_is_neither_early_nor_late);
	suite_add_tcase(suite, tcase);
	return suite;
}
