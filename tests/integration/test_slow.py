"""Peers that are slow, silent, or half gone."""
import daemon
import peer
from case import DaemonCase
from daemon import endpoint
from peer import (BINARY, CLOSE, PING, PONG, TEXT, Frame, close_payload,
                  frame)

MEGABYTE = 1 << 20


class NeverReading(DaemonCase):
    configuration = daemon.configuration(
        endpoint("/echo"),
        endpoint("/wide", limits={"queue_bytes": "64M"}),
        endpoint("/tiny", limits={"queue_bytes": "16M"}),
        endpoint("/all", "broadcast", queue_policy="drop-newest",
                 limits={"queue_bytes": "4M"},
                 settings={"include_sender": False}),
        limits={"queue_bytes": "64K", "close_timeout_ms": 300},
        keepalive={"ping_interval_ms": 0})

    def check_rss(self, before, most=4 * MEGABYTE):
        if not daemon.IS_SANITIZED:
            self.assertLess(self.daemon.rss_bytes() - before, most)

    def test_echo_stops_reading_and_goes_on_later(self):
        before = self.daemon.rss_bytes()
        one = self.open(receive_buffer=4096)
        count = 2000
        rest = one.send_until_blocked(
            frame(BINARY, b"m" * 30000) * count)
        self.assertGreater(len(rest), 0)
        self.check_rss(before)
        self.check_serves()
        one.send_while_reading(rest)
        for _ in range(count):
            self.assertEqual(one.frame(), Frame(BINARY, b"m" * 30000))
        one.say(TEXT, "the end")
        self.assertEqual(one.frame(), Frame(TEXT, b"the end"))

    def test_ping_flood(self):
        """Memory is bounded. Pongs may be left out for newer ones."""
        before = self.daemon.rss_bytes()
        one = self.open(receive_buffer=4096)
        rest = one.send_until_blocked(b"".join(
            frame(PING, b"%03d" % i + b"p" * 122) * 500 for i in range(400)))
        self.check_rss(before)
        self.check_serves()
        one.send_while_reading(rest)
        one.say(PING, "newest")
        last = -1
        found = one.frame()
        while found.payload != b"newest":
            self.assertEqual(found.opcode, PONG)
            self.assertGreaterEqual(int(found.payload[:3]), last)
            last = int(found.payload[:3])
            found = one.frame()
        one.say(TEXT, "and now")
        self.assertEqual(one.frame(), Frame(TEXT, b"and now"))

    def test_tiny_messages(self):
        """What keeps them costs more than they do, and counts."""
        before = self.daemon.rss_bytes()
        one = self.open("/tiny", receive_buffer=4096)
        rest = one.send_until_blocked(frame(TEXT) * 4000000)
        self.assertGreater(len(rest), 0)
        self.check_rss(before, 16 * MEGABYTE)

    def test_tiny_publications(self):
        before = self.daemon.rss_bytes()
        deaf = self.open("/all", receive_buffer=4096)
        one = self.open("/all")
        count = 100000 if daemon.IS_SANITIZED else 1000000
        one.send(frame(BINARY, b"x") * count + frame(PING, "all of it"))
        self.assertEqual(one.frame(), Frame(PONG, b"all of it"))
        self.check_rss(before, 16 * MEGABYTE)

    def test_pong_overtakes_queued_data(self):
        """Between frames: each comes whole."""
        one = self.open("/wide", receive_buffer=4096)
        one.send(frame(BINARY, b"m" * MEGABYTE) * 12 + frame(PING, "hurry"))
        daemon.await_true(lambda: self.daemon.has_read(one.socket),
                          "all of it read")
        order = []
        while len(order) < 13:
            found = one.frame()
            order.append(found.opcode)
            self.assertEqual(found.payload, {
                BINARY: b"m" * MEGABYTE, PONG: b"hurry"}[found.opcode])
        self.assertEqual(order.count(PONG), 1)
        self.assertLess(order.index(PONG), 12)

    def test_close_that_cannot_be_answered(self):
        """Our echo lies behind what the peer does not take: it is cut."""
        one = self.open("/wide", receive_buffer=4096)
        one.send(frame(BINARY, b"m" * MEGABYTE) * 12
                 + frame(CLOSE, close_payload(4040)))
        self.daemon.await_line("ended reason=peer-closed .*code=4040")
        with self.assertRaises((ConnectionResetError, EOFError)):
            while True:
                self.assertEqual(one.frame().opcode, BINARY)

    def test_failed_peer_that_stays_is_cut(self):
        """After our Close and a moment, whatever it does."""
        one = self.open().send(b"\x83")
        self.assertEqual(one.closed()[0], 1002)
        self.daemon.await_line("ended reason=protocol-error")

    def test_half_closed(self):
        one = self.open()
        one.send(frame(TEXT, "x")).half_close()
        self.assertEqual(one.frame(), Frame(TEXT, b"x"))
        one.ended()

    def test_half_closed_inside_a_frame(self):
        one = self.open()
        one.send(frame(TEXT, "never whole")[:8]).half_close()
        one.ended()


class Keepalive(DaemonCase):
    """Where a peer is to live on, its time is long; where it is to be given
    up, short."""

    LONG, SHORT = 30000, 250
    configuration = daemon.configuration(
        endpoint("/echo", keepalive={"ping_interval_ms": 0}),
        endpoint("/alive", keepalive={
            "ping_interval_ms": 20, "timeout_ms": LONG}),
        endpoint("/dead", keepalive={
            "ping_interval_ms": 20, "timeout_ms": SHORT}),
        endpoint("/still", keepalive={
            "ping_interval_ms": 0, "timeout_ms": SHORT}),
        endpoint("/deaf", "broadcast", keepalive={
            "ping_interval_ms": 0, "timeout_ms": SHORT},
            limits={"queue_bytes": "64M"}),
        endpoint("/traffic", keepalive={
            "ping_interval_ms": 20, "timeout_ms": 4 * SHORT,
            "any_traffic": True}))

    def next_ping(self, one):
        found = one.frame()
        self.assertEqual(found.opcode, PING)
        self.assertGreaterEqual(len(found.payload), 8)
        return found.payload

    def check_timeout(self, one):
        """Close 1011 is tried, then comes the end."""
        self.assertEqual(one.closed(), (1011, b"Ping timeout"))

    def test_answers_keep_it_alive(self):
        one = self.open("/alive")
        seen = set()
        for _ in range(20):
            payload = self.next_ping(one)
            self.assertNotIn(payload, seen)
            seen.add(payload)
            one.say(PONG, payload)
        one.say(TEXT, "here")
        found = one.frame()
        while found.opcode == PING:
            found = one.frame()
        self.assertEqual(found, Frame(TEXT, b"here"))

    def test_only_one_ping_at_a_time(self):
        """The second comes after the answer to the first."""
        one = self.open("/alive")
        first = self.next_ping(one)
        one.say(TEXT, "no pong yet")
        self.assertEqual(one.frame(), Frame(TEXT, b"no pong yet"))
        one.say(PONG, first)
        self.assertNotEqual(self.next_ping(one), first)

    def test_silence(self):
        one = self.open("/dead")
        self.next_ping(one)
        self.check_timeout(one)
        self.daemon.await_line(
            'path="/dead" ended reason=ping-timeout by=timeout code=1011')

    def test_unsolicited_pongs_are_no_answer(self):
        one = self.open("/dead")
        one.say(PONG)
        payload = self.next_ping(one)
        one.say(PONG, payload[::-1] + b"x")
        one.say(PONG, payload[:-1])
        one.say(PONG, b"")
        self.check_timeout(one)

    def test_traffic_is_no_answer(self):
        one = self.open("/dead")
        self.next_ping(one)
        one.say(TEXT, "busy")
        self.assertEqual(one.frame(), Frame(TEXT, b"busy"))
        self.check_timeout(one)

    def test_any_traffic(self):
        one = self.open("/traffic")
        for _ in range(2):
            self.next_ping(one)
            one.say(TEXT, "busy")
            self.assertEqual(one.frame(), Frame(TEXT, b"busy"))
        self.next_ping(one)
        self.check_timeout(one)

    def test_peer_that_takes_nothing_is_cut(self):
        one = self.open("/dead", receive_buffer=4096)
        with self.assertRaises((BrokenPipeError, ConnectionResetError)):
            while True:
                one.send(frame(BINARY, b"m" * MEGABYTE))
        self.daemon.await_line(
            'path="/dead" ended reason=ping-timeout .*messages_in=[1-9]')

    def test_peer_that_takes_nothing_is_cut_without_pings(self):
        """Others that say nothing are not."""
        idle = self.open("/still")
        one = self.open("/still", receive_buffer=4096)
        with self.assertRaises((BrokenPipeError, ConnectionResetError)):
            while True:
                one.send(frame(BINARY, b"m" * MEGABYTE))
        self.daemon.await_line('path="/still" ended reason=write-timeout '
                               'by=timeout code=1006 .*messages_in=[1-9]')
        idle.say(TEXT, "here")
        self.assertEqual(idle.frame(), Frame(TEXT, b"here"))

    def test_what_the_kernel_held_for_a_cut_peer_is_gone(self):
        """It took nothing: it gets a reset, not all of it after all."""
        deaf = self.open("/deaf", receive_buffer=4096)
        other = self.open("/deaf")
        for _ in range(12):
            other.say(BINARY, b"m" * MEGABYTE)
            other.frame()
        self.daemon.await_line('path="/deaf" ended reason=write-timeout')
        with self.assertRaises(ConnectionResetError):
            while deaf.socket.recv(MEGABYTE):
                pass

    def test_off(self):
        """Sessions that get pings outlive many of their intervals."""
        one, clock = self.open("/echo"), self.open("/alive")
        for _ in range(10):
            clock.say(PONG, self.next_ping(clock))
        one.say(TEXT, "first")
        self.assertEqual(one.frame(), Frame(TEXT, b"first"))


class Silent(DaemonCase):
    """Clients that connect and say nothing, more than there is room for."""

    SESSIONS, HANDSHAKES = 6, 256
    configuration = daemon.configuration(limits={
        "max_sessions": SESSIONS, "handshake_timeout_ms": 600000})

    def check_echo(self, one):
        one.say(TEXT, "here")
        self.assertEqual(one.frame(), Frame(TEXT, b"here"))

    def test_they_keep_nobody_out(self):
        sessions = [self.open() for _ in range(self.SESSIONS - 2)]
        silent = [self.bare() for _ in range(2 * self.HANDSHAKES)]
        self.daemon.await_line(
            f"clients are turned away max_sessions={self.SESSIONS} "
            f"sessions={self.SESSIONS - 2} ")
        # the newest take the places of the oldest
        daemon.await_true(lambda: self.daemon.count_lines(
            "ended reason=overload by=limit code=503") >= self.HANDSHAKES,
            "as many ended as are too many")
        for one in [*sessions, self.open()]:
            self.check_echo(one)
        for one in silent:
            one.close()
