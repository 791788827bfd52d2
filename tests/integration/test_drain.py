"""The end in order, spread over a time, and sessions that become too old."""
import re
import selectors
import signal
import socket
import time
import unittest

import daemon
import peer
from daemon import endpoint
from peer import CLOSE, TEXT, Frame, close_payload, frame, parse_close
from test_inherited import Manager

DAY_MS = 24 * 60 * 60 * 1000  # far more than a test waits
TOO_OLD = (1001, b"connection too old, please reconnect")


def healthz(port):
    with peer.Peer(port) as one:
        one.send(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")
        return one.response()


def is_refused(port):
    try:
        socket.create_connection((peer.HOST, port)).close()
    except (ConnectionRefusedError, ConnectionResetError):
        return True
    return False


class DrainCase(unittest.TestCase):
    modules = daemon.MODULES

    def start(self, *endpoints, drain=None, **more):
        if self.modules is None:
            self.skipTest("the modules of the tests are not built")
        self.daemon = daemon.Daemon(
            daemon.configuration(*endpoints, drain=drain or {}, **more),
            modules=self.modules)
        self.addCleanup(self.daemon.kill)
        self.port = self.daemon.port

    def open(self, target="/echo"):
        one = peer.open_peer(self.port, target)
        self.addCleanup(one.close)
        return one

    def begin(self, number=signal.SIGTERM):
        """Sends the signal, and waits until nobody comes in any more."""
        self.daemon.signal(number)
        self.daemon.await_line("accepting no more")
        daemon.await_true(
            lambda: is_refused(self.port), "connections refused")

    def check_end(self):
        status = self.daemon.wait()
        self.assertIsNone(self.daemon.sanitizer_report())
        self.assertEqual(status, 0, self.daemon.log())

    def closes(self, sessions, told):
        """Awaits each one's Close, which must be `told`, and answers it.
        Returns when they came."""
        waiting = selectors.DefaultSelector()
        for one in sessions:
            waiting.register(one.socket, selectors.EVENT_READ, one)
        times = {}
        while len(times) < len(sessions):
            events = waiting.select(daemon.DEADLINE)
            self.assertTrue(events, f"{len(times)} have ended, no more do")
            for key, _ in events:
                one = key.data
                times[one] = time.monotonic()
                found = one.frame()
                self.assertEqual(found.opcode, CLOSE)
                self.assertEqual(peer.parse_close(found.payload), told)
                one.say(CLOSE, found.payload)
                waiting.unregister(one.socket)
        waiting.close()
        return [times[one] for one in sessions]

    def check_even(self, places):
        """Whether places, each from 0 to 1, lie evenly. They do so but for
        what a busy machine adds; even were they random, so large a deviation as
        is an error here would come once in 10^10 times."""
        count = len(places)
        histogram = [0] * 10
        for place in places:
            histogram[min(max(int(place * 10), 0), 9)] += 1
        places = sorted(places)
        deviation = max(max(abs(place - i / count),
                            abs(place - (i + 1) / count))
                        for i, place in enumerate(places))
        self.assertLess(deviation, 0.25, histogram)
        for third in (sum(place < 1 / 3 for place in places),
                      sum(place > 2 / 3 for place in places)):
            self.assertGreater(third, count / 6, histogram)


class Drain(DrainCase):
    def test_closes_are_spread(self):
        spread = 3
        self.start(drain={"spread_ms": spread * 1000})
        sessions = [self.open() for _ in range(400)]
        start = time.monotonic()
        self.daemon.signal(signal.SIGTERM)
        times = self.closes(sessions, (1001, b"server shutting down"))
        self.check_even([(when - start) / spread for when in times])
        self.check_end()
        self.assertEqual(400, self.daemon.count_lines(
            "ended reason=shutdown by=shutdown code=1001"))

    def test_restart(self):
        self.start(drain={"spread_ms": 0, "close_code": 1012})
        one = self.open()
        self.daemon.signal(signal.SIGQUIT)
        self.daemon.await_line("stopping, sessions get 1012 signal=3")
        found = one.frame()
        self.assertEqual(peer.parse_close(found.payload),
                         (1012, b"server restarting"))
        one.say(CLOSE, found.payload)
        self.check_end()
        self.assertIsNotNone(self.daemon.find_line(
            'reason=shutdown .*code=1012 text="server restarting"'))

    def test_goes_on_until_its_time_comes_and_ends_with_the_last(self):
        self.start(drain={"spread_ms": DAY_MS, "timeout_ms": DAY_MS})
        sessions = [self.open() for _ in range(4)]
        self.begin()
        for one in sessions:
            one.say(TEXT, "still there?")
            self.assertEqual(one.frame(), Frame(TEXT, b"still there?"))
        for one in sessions:
            one.say(CLOSE, close_payload(1000))
            self.assertEqual(one.closed(), (1000, b""))
        self.check_end()

    def test_second_signal_is_at_once(self):
        for number in signal.SIGTERM, signal.SIGQUIT, signal.SIGINT:
            self.start(drain={"spread_ms": DAY_MS, "timeout_ms": DAY_MS})
            one = self.open()
            self.begin()
            self.daemon.signal(number)
            one.ended()
            self.check_end()

    def test_what_takes_too_long_is_cut(self):
        self.start(drain={"spread_ms": 0, "timeout_ms": 500},
                   limits={"close_timeout_ms": DAY_MS})
        one = self.open()
        start = time.monotonic()
        self.daemon.signal(signal.SIGTERM)
        self.assertEqual(one.frame().opcode, CLOSE)
        self.check_end()
        self.assertGreaterEqual(time.monotonic() - start, 0.5)
        self.assertIsNotNone(self.daemon.find_line(
            "drain.timeout_ms is over, the rest is cut sessions=1"))

    def test_who_has_come_in_is_served(self):
        self.start(drain={"spread_ms": DAY_MS, "timeout_ms": DAY_MS})
        one = self.open()
        late = peer.Peer(self.port)
        self.addCleanup(late.close)
        late.send(peer.request()[:-2])
        one.say(TEXT, "x")
        one.frame()
        daemon.await_true(lambda: self.daemon.has_read(late.socket),
                          "the half request")
        self.begin()
        late.send(peer.request()[-2:])
        late.upgraded()
        late.say(TEXT, "hello")
        self.assertEqual(late.frame().payload, b"hello")
        found = late.frame()
        self.assertEqual(parse_close(found.payload),
                         (1001, b"server shutting down"))
        late.say(CLOSE, found.payload)
        late.ended()
        self.assertIsNone(self.daemon.process.poll())
        one.close()
        self.check_end()

    def test_silent_connection_does_not_hold_it(self):
        self.start(limits={"handshake_timeout_ms": DAY_MS})
        silent = peer.Peer(self.port)
        self.addCleanup(silent.close)
        self.daemon.signal(signal.SIGTERM)
        self.check_end()


class Delay(DrainCase):
    def test_all_is_served_still(self):
        self.start(drain={"delay_ms": DAY_MS})
        early = self.open()
        self.assertEqual(healthz(self.port).status, 200)
        self.daemon.signal(signal.SIGTERM)
        self.daemon.await_line("stopping, sessions get 1001")
        daemon.await_true(
            lambda: healthz(self.port).status == 503, "/healthz says no")
        self.assertEqual(healthz(self.port).body, b"server shutting down\n")
        for one in early, self.open():
            one.say(TEXT, "still there?")
            self.assertEqual(one.frame(), Frame(TEXT, b"still there?"))
        self.daemon.signal(signal.SIGTERM)
        self.check_end()

    def test_then_it_drains(self):
        self.start(drain={"delay_ms": 700, "spread_ms": 0})
        one = self.open()
        start = time.monotonic()
        self.daemon.signal(signal.SIGTERM)
        self.assertEqual(one.frame().payload[:2], close_payload(1001))
        self.assertGreaterEqual(time.monotonic() - start, 0.7)
        one.close()
        self.check_end()


class Farewell(DrainCase):
    modules = daemon.TEST_MODULES

    def test_each_module_is_told_once_before_the_end(self):
        self.start(endpoint("/echo", "farewell"), drain={"spread_ms": 500})
        leaving = [self.open() for _ in range(20)]
        staying = [self.open() for _ in range(20)]
        for one in leaving:
            one.say(TEXT, "x")
            self.assertEqual(one.frame(), Frame(TEXT, b"x"))
        self.daemon.signal(signal.SIGTERM)
        for sessions, code in (leaving, 4000), (staying, 1001):
            for one in sessions:
                self.assertEqual(one.frame(), Frame(TEXT, b"farewell"))
                found = one.frame()
                self.assertEqual(found.opcode, CLOSE)
                self.assertEqual(peer.parse_close(found.payload)[0], code)
                one.say(CLOSE, found.payload)
        self.check_end()


class Service(unittest.TestCase):
    def test_manager_is_told_how_long_it_may_take(self):
        listening = socket.create_server((peer.HOST, 0))
        self.addCleanup(listening.close)
        port = listening.getsockname()[1]
        one = Manager(self, "ws", [listening], daemon.configuration(
            listeners=[{"fd_name": "ws"}],
            drain={"delay_ms": 2500, "spread_ms": DAY_MS,
                   "timeout_ms": DAY_MS},
            limits={"close_timeout_ms": 7000}), WATCHDOG_USEC="1000000")
        self.assertTrue(one.note().startswith("READY=1"))
        sessions = [peer.open_peer(port) for _ in range(3)]
        for client in sessions:
            self.addCleanup(client.close)
        one.process.terminate()
        before = self.check_note(one, r"STOPPING=1\n", "about to stop", 3)
        self.assertLessEqual(before, 2500 + DAY_MS + 7000)
        self.assertGreater(before, DAY_MS + 7000)
        after = self.check_note(one, "", "about to stop", 3)
        self.assertLess(after, before)
        after = self.check_note(one, "", "closing sessions", 3)
        self.assertLessEqual(after, DAY_MS + 7000)
        sessions[0].say(CLOSE, close_payload(1000))
        sessions[0].closed()
        before = after
        after = self.check_note(one, "", "closing sessions", 2)
        self.assertLess(after, before)
        self.assertGreater(after, DAY_MS)
        for client in sessions[1:]:
            client.close()
        one.log = one.process.communicate(timeout=daemon.DEADLINE)[1]
        self.assertEqual(one.process.returncode, 0, one.log)
        self.assertGreater(self.fed, 1)

    fed = 0

    def check_note(self, manager, begin, status, left):
        """The next note, but for those to the watchdog and those that still
        tell of the time before. Returns the milliseconds."""
        note = manager.note()
        while note == "WATCHDOG=1" or f"{status}, {left} sessions" not in note:
            self.fed += note == "WATCHDOG=1"
            note = manager.note()
        found = re.fullmatch(
            begin + r"EXTEND_TIMEOUT_USEC=(\d+)\d{3}\n"
            rf"STATUS={status}, {left} sessions are left", note)
        self.assertTrue(found, note)
        return int(found.group(1))


class Age(DrainCase):
    def test_those_that_come_together_come_back_apart(self):
        age = 4
        self.start(endpoint("/echo"), endpoint("/old", limits={
            "max_age_ms": age * 1000, "max_age_jitter": 50}))
        young = self.open()
        opened, sessions = [], []
        for _ in range(200):
            opened.append(time.monotonic())
            sessions.append(self.open("/old"))
        times = self.closes(sessions, TOO_OLD)
        ages = [(close - start) / age
                for start, close in zip(opened, times)]
        self.assertGreaterEqual(min(ages), 0.5)
        self.check_even([2 * share - 1 for share in ages])
        # they are welcome, and the others are as before
        self.open("/old")
        young.say(TEXT, "x")
        self.assertEqual(young.frame(), Frame(TEXT, b"x"))
        self.assertEqual(200, self.daemon.count_lines(
            "ended reason=max-age by=limit code=1001"))
        self.daemon.signal(signal.SIGINT)
        self.check_end()

    def test_of_all_endpoints(self):
        self.start(limits={"max_age_ms": 300, "max_age_jitter": 0})
        start = time.monotonic()
        one = self.open()
        one.send(frame(TEXT, "x") * 10)
        for _ in range(10):
            self.assertEqual(one.frame(), Frame(TEXT, b"x"))
        self.assertEqual(self.closes([one], TOO_OLD)[0] - start >= 0.3, True)
        self.daemon.signal(signal.SIGTERM)
        self.check_end()


class Configuration(unittest.TestCase):
    def check(self, wrong, **drain):
        done = daemon.run("-t", text=daemon.configuration(drain=drain))
        self.assertEqual(done.returncode, 78 if wrong else 0, done.stderr)
        self.assertIn(wrong, done.stderr)

    def test_close_code(self):
        self.check("", close_code=1012)
        for code in 1002, 1011:
            self.check('"drain.close_code" must be 1001, "going away", or 1012',
                       close_code=code)
        self.check('"drain.close_code" must be from 1001 to 1012, not 1000',
                   close_code=1000)

    def test_times(self):
        self.check("", spread_ms=7000, timeout_ms=7000)
        self.check('"drain.timeout_ms", 6999, must be at least '
                   '"drain.spread_ms", 7000', spread_ms=7000, timeout_ms=6999)


if __name__ == "__main__":
    unittest.main()
