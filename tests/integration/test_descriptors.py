"""What happens when the daemon may open few descriptors, or no more."""
import resource
import signal
import time
import unittest

import daemon
import peer
from case import DaemonCase
from daemon import endpoint
from peer import PING, PONG, TEXT, Frame, request

ROOM = 20  # descriptors, from when they are made scarce
ACCEPT_FAILED = "accept failed"


class Exhausted(DaemonCase):
    """The limit is lowered while the daemon runs: it did not know."""

    configuration = daemon.configuration(
        endpoint("/echo"),
        endpoint("/ticking", keepalive={"ping_interval_ms": 100}),
        workers=1, limits={"handshake_timeout_ms": 600000})

    def check_echo(self, one, text):
        one.say(TEXT, text)
        self.assertEqual(one.frame(), Frame(TEXT, text))

    def exhaust(self):
        """Connections that say nothing, more than there are descriptors."""
        limit = self.daemon.descriptors() + ROOM
        _, most = resource.prlimit(self.daemon.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(
            self.daemon.pid, resource.RLIMIT_NOFILE, (limit, most))
        idle = [self.bare() for _ in range(2 * ROOM)]
        daemon.await_true(lambda: self.daemon.descriptors() >= limit,
                          "all descriptors in use")
        self.daemon.await_line(ACCEPT_FAILED + ", pausing")
        return idle

    def test_old_ones_are_served_and_new_ones_later(self):
        old, ticking = self.open(), self.open("/ticking")
        idle = self.exhaust()
        self.check_echo(old, b"old")
        late = self.bare().send(peer.request())
        # while it waits, the daemon sleeps: the pings are our clock
        spent, begun = self.daemon.cpu_seconds(), time.monotonic()
        for _ in range(15):
            ping = ticking.frame()
            self.assertEqual(ping.opcode, PING)
            ticking.say(PONG, ping.payload)
        self.check_echo(old, b"still old")
        waited = time.monotonic() - begun
        self.assertLess(self.daemon.cpu_seconds() - spent, 0.1 + waited / 2)
        self.assertLess(self.daemon.count_lines(ACCEPT_FAILED), waited + 4)
        for one in idle:
            one.close()
        late.upgraded()
        self.check_echo(late, b"late")
        self.check_echo(old, b"old again")


class Few(unittest.TestCase):
    """As many sessions as there can be descriptors for, and no more."""

    def start(self, descriptors, **limits):
        self.daemon = daemon.Daemon(
            daemon.configuration(workers=1, limits=limits), descriptors)
        self.addCleanup(self.daemon.kill)
        return int(self.daemon.await_line(r"ready .*max_sessions=(\d+)")[1])

    def bare(self):
        one = peer.Peer(self.daemon.port)
        self.addCleanup(one.close)
        return one

    def check_full(self, count):
        """So many sessions open, one more does not; nor do silent clients,
        more than there are descriptors, get in the way of any."""
        sessions = []
        for _ in range(count):
            sessions.append(self.bare())
            sessions[-1].upgrade()
        self.assertEqual(
            self.bare().send(request()).response().status, 503)
        silent = [self.bare() for _ in range(200)]
        silent[0].ended()
        for one in sessions:
            one.say(TEXT, "mine")
            self.assertEqual(one.frame(), Frame(TEXT, b"mine"))
        self.assertEqual(self.daemon.count_lines(ACCEPT_FAILED), 0)
        self.daemon.signal(signal.SIGINT)
        self.assertEqual(self.daemon.wait(), 0)
        self.assertIsNone(self.daemon.sanitizer_report())

    def test_fewer_than_configured(self):
        most = 0
        for descriptors in (73, 74, 80, 100, 200):
            with self.subTest(descriptors=descriptors):
                count = self.start(descriptors)
                self.assertGreater(count, most)
                most = count
                self.daemon.await_line(
                    f"max_sessions lowered .* max_sessions={count} "
                    "configured=100000")
                self.check_full(count)
        self.assertGreater(most, 90)

    def test_enough_for_few_sessions(self):
        self.assertEqual(self.start(200, max_sessions=5), 5)
        self.assertEqual(self.daemon.count_lines("lowered"), 0)
        self.check_full(5)

    def test_none_for_clients(self):
        for descriptors in (60, 72):
            with self.subTest(descriptors=descriptors):
                one = daemon.Daemon(daemon.configuration(workers=1),
                                    descriptors, is_ready=False)
                self.addCleanup(one.kill)
                self.assertEqual(one.wait(), 71)
                self.assertIsNotNone(one.find_line(
                    "the descriptor limit leaves none for clients"))
