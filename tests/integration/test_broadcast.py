"""Broadcast: everybody gets everything, once, in order, whoever is slow."""
import daemon
from case import DaemonCase
from daemon import endpoint
from peer import BINARY, CLOSE, PING, PONG, TEXT, Frame, close_payload, frame


class Broadcast(DaemonCase):
    configuration = daemon.configuration(
        endpoint("/echo"),
        endpoint("/all", "broadcast"),
        endpoint("/lobby", "broadcast", settings={"topic": "lobby"}),
        endpoint("/also", "broadcast", settings={"topic": "lobby"}),
        endpoint("/quiet", "broadcast", settings={
            "topic": "quiet", "include_sender": False}))

    def join(self, target="/all"):
        """Answered pings tell that on_open has been run."""
        one = self.open(target)
        one.say(PING)
        self.assertEqual(one.frame(), Frame(PONG, b""))
        return one

    def test_500_over_both_workers(self):
        clients = [self.join() for _ in range(500)]
        publishers, count = clients[::100], 60
        for i in range(count):
            for number, one in enumerate(publishers):
                one.say(BINARY if i % 2 else TEXT, f"{number}:{i}")
        for one in clients:
            seen = [0] * len(publishers)
            for _ in range(count * len(publishers)):
                opcode, payload, fin, rsv = one.frame()
                number, i = map(int, payload.split(b":"))
                self.assertEqual(i, seen[number])
                self.assertEqual(opcode, BINARY if i % 2 else TEXT)
                self.assertEqual((fin, rsv), (True, 0))
                seen[number] += 1
        # nothing came twice
        clients[0].say(TEXT, "last")
        for one in clients:
            self.assertEqual(one.frame().payload, b"last")
            one.say(CLOSE, close_payload(4500))
            self.assertEqual(one.closed()[0], 4500)
        daemon.await_true(
            lambda: self.daemon.count_lines("ended .*code=4500") == 500,
            "500 lines in the log")
        for worker in range(2):
            self.assertIsNotNone(
                self.daemon.find_line(rf"sid={worker:02}\w+ .*code=4500"))

    def test_messages_of_several_frames(self):
        one, other = self.join(), self.join()
        one.send(frame(TEXT, "one", fin=False) + frame(PING)
                 + frame(0, "whole"))
        self.assertEqual(other.frame(), Frame(TEXT, b"onewhole"))
        self.assertEqual(one.frame().opcode, PONG)
        self.assertEqual(one.frame(), Frame(TEXT, b"onewhole"))

    def test_without_the_sender(self):
        one, other = self.join("/quiet"), self.join("/quiet")
        one.say(TEXT, "mine")
        self.assertEqual(other.frame(), Frame(TEXT, b"mine"))
        other.say(TEXT, "yours")
        self.assertEqual(one.frame(), Frame(TEXT, b"yours"))

    def test_endpoints_share_a_topic(self):
        one, other = self.join("/lobby"), self.join("/also")
        one.say(TEXT, "to both")
        self.assertEqual(one.frame(), Frame(TEXT, b"to both"))
        self.assertEqual(other.frame(), Frame(TEXT, b"to both"))

    def test_topics_are_apart(self):
        lobby, everybody = self.join("/lobby"), self.join("/all")
        lobby.say(TEXT, "inside")
        self.assertEqual(lobby.frame(), Frame(TEXT, b"inside"))
        everybody.say(TEXT, "outside")
        self.assertEqual(everybody.frame(), Frame(TEXT, b"outside"))
        lobby.say(TEXT, "again")
        self.assertEqual(lobby.frame(), Frame(TEXT, b"again"))

    def test_leaving_meanwhile(self):
        clients = [self.join() for _ in range(60)]
        for i, one in enumerate(clients):
            if i % 3 == 1:
                one.close()
            elif i % 3 == 2:
                one.say(CLOSE, close_payload(1000))
            else:
                one.say(TEXT, str(i))
        for one in clients[::3]:
            seen = {one.frame().payload for _ in range(20)}
            self.assertEqual(seen, {b"%d" % i for i in range(0, 60, 3)})


class SlowSubscriber(DaemonCase):
    """The queue is short, and the peer never reads."""

    SIZE = 16 << 10
    configuration = daemon.configuration(
        endpoint("/echo"),
        endpoint("/patient", "broadcast", settings={"topic": "patient"},
                 limits={"close_timeout_ms": 600000}),
        endpoint("/strict", "broadcast", settings={"topic": "strict"},
                 limits={"close_timeout_ms": 300}),
        limits={"queue_bytes": "64K"})

    def flood(self, target, megabytes):
        """Each message arrives at the others before the next is sent."""
        one, other = self.open(target), self.open(target)
        slow = self.open(target, receive_buffer=4096)
        for opened in one, other, slow:
            opened.say(PING)
            self.assertEqual(opened.frame().opcode, PONG)
        for i in range((megabytes << 20) // self.SIZE):
            payload = b"%08d" % i * (self.SIZE // 8)
            one.say(BINARY, payload)
            self.assertEqual(one.frame().payload, payload)
            self.assertEqual(other.frame().payload, payload)
        return slow

    def test_is_closed_with_1013(self):
        before = self.daemon.rss_bytes()
        slow = self.flood("/patient", 24)
        if not daemon.IS_SANITIZED:
            self.assertLess(self.daemon.rss_bytes() - before, 4 << 20)
        # what was queued is whole and in order, and the Close is behind it
        count = 0
        found = slow.frame()
        while found.opcode == BINARY:
            self.assertEqual(found.payload, b"%08d" % count * (self.SIZE // 8))
            count += 1
            found = slow.frame()
        self.assertGreater(count, 0)
        self.assertEqual(found.opcode, CLOSE)
        self.assertEqual(found.payload[:2], close_payload(1013))
        slow.say(CLOSE, found.payload)
        slow.ended()
        self.daemon.await_line(r'path="/patient" ended reason=queue-full '
                               r'by=limit code=1013')

    def test_is_cut_when_it_does_not_even_take_the_close(self):
        slow = self.flood("/strict", 24)
        self.daemon.await_line(r'path="/strict" ended reason=queue-full')
        with self.assertRaises((ConnectionResetError, EOFError)):
            while True:
                slow.frame()
