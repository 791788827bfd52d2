"""Threads of modules, and what modules have for each worker's thread."""
import re
import unittest

import daemon
from case import DaemonCase
from daemon import endpoint
from peer import CLOSE, TEXT, Frame, close_payload, open_peer

ROUNDS = 300  # of modules/stranger.c; two thirds of them by id


def ask(one, question):
    one.say(TEXT, question)
    return one.frame().payload.decode()


class Stranger(DaemonCase):
    modules = daemon.TEST_MODULES
    configuration = daemon.configuration(endpoint("/echo", "stranger"))

    def test_is_heard_by_id_and_topic_in_order_on_both_workers(self):
        clients, workers = [], []
        while min(workers.count("00"), workers.count("01")) < 2:
            one = self.open()
            # the worker is the first byte of the id
            workers.append(ask(one, "id")[:2])
            clients.append(one)
        clients[0].say(TEXT, "go")
        for one in clients:
            for number in range(ROUNDS):
                self.assertEqual(one.frame(), Frame(TEXT, b"%d" % number))
        # and the session that tried the daemon first has ended
        by_id = ROUNDS * 2 // 3
        self.daemon.await_line(
            f" said taken={by_id * len(clients) + ROUNDS // 3}"
            f" gone={by_id} again=0 other=0$")


class Shutdown(unittest.TestCase):
    """A thread that posts all the time, to sessions and to what they were."""

    def setUp(self):
        if daemon.TEST_MODULES is None:
            self.skipTest("the modules of the tests are not built")
        self.daemon = daemon.Daemon(
            daemon.configuration(
                endpoint("/echo", "stranger"), endpoint("/2", "stranger")),
            modules=daemon.TEST_MODULES)
        self.addCleanup(self.daemon.kill)

    def test_posting_until_unload_is_safe(self):
        clients = [open_peer(self.daemon.port) for _ in range(8)]
        for one in clients:
            self.addCleanup(one.close)
            self.assertEqual(ask(one, "ready?"), "ready?")
        clients[0].say(TEXT, "never stop")
        for one in clients:
            self.assertEqual(one.frame(), Frame(TEXT, b"0"))
        clients.pop().close()
        self.daemon.signal(daemon.signal.SIGINT)
        self.assertEqual(self.daemon.wait(), 0, self.daemon.log())
        self.assertIsNone(self.daemon.sanitizer_report())
        self.assertEqual(self.daemon.count_lines(r" ends .*other=0$"), 2)


class Parts(DaemonCase):
    modules = daemon.TEST_MODULES
    configuration = daemon.configuration(
        endpoint("/echo", "parts"), endpoint("/other", "parts"))

    def test_each_worker_has_its_own_of_each_endpoint(self):
        counts = {}
        while len(counts) < 2 or min(counts.values()) < 2:
            worker, count = ask(self.open("/other"), "?").split()
            self.assertEqual(int(count), counts.get(worker, 0))
            counts[worker] = int(count) + 1
        self.assertEqual(counts.keys(), {"0", "1"})


class Start(unittest.TestCase):
    def setUp(self):
        if daemon.TEST_MODULES is None:
            self.skipTest("the modules of the tests are not built")

    def test_workers_begin_before_ready_and_end_after_the_last_session(self):
        one = daemon.Daemon(
            daemon.configuration(endpoint("/echo", "parts")),
            modules=daemon.TEST_MODULES)
        self.addCleanup(one.kill)
        started = [i for i, line in enumerate(one.lines)
                   if " started worker=" in line]
        ready = next(i for i, line in enumerate(one.lines)
                     if " ready " in line)
        self.assertEqual(len(started), 2)
        self.assertLess(max(started), ready)
        clients = [open_peer(one.port) for _ in range(8)]
        for client in clients:
            self.addCleanup(client.close)
            ask(client, "?")
        one.signal(daemon.signal.SIGTERM)
        for client in clients:
            self.assertEqual(client.frame().opcode, CLOSE)
            client.say(CLOSE, close_payload(1001))
        self.assertEqual(one.wait(), 0)
        self.assertEqual(one.count_lines(r" stopped worker=. sessions=0$"), 2)
        self.assertIsNotNone(one.find_line(
            " unloaded$", 1 + max(i for i, line in enumerate(one.lines)
                                  if " stopped worker=" in line)))

    def test_a_worker_that_cannot_start_ends_the_daemon(self):
        done = daemon.run(
            text=daemon.configuration(
                endpoint("/fine", "parts"),
                endpoint("/ill", "parts", settings={"fail_on": 1})),
            modules=daemon.TEST_MODULES)
        self.assertEqual(done.returncode, 71, done.stderr)
        self.assertNotIn(" ready ", done.stderr)
        self.assertRegex(
            done.stderr,
            r'error worker cannot start worker=1 module=parts path="/ill" '
            r'why="worker 1 is \\x22ill\\x22"\n')
        started = re.findall(" started (worker=.)", done.stderr)
        stopped = re.findall(" stopped (worker=.)", done.stderr)
        self.assertEqual(sorted(started), ["worker=0"] * 2 + ["worker=1"])
        self.assertEqual(sorted(stopped), sorted(started))
        self.assertEqual(done.stderr.count(" unloaded\n"), 2)
