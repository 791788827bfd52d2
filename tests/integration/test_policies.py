"""What slow subscribers get, by the policy of their queue."""
import daemon
from case import DaemonCase
from daemon import endpoint
from peer import BINARY, CLOSE, TEXT, Frame, close_payload

MEGABYTE = 1 << 20
KEYS = 4
LENGTH = 4000
# More than the kernel may hold for a peer that does not read.
ROUNDS = 1500
QUEUE = 64 << 10


def content(key, number):
    return bytes([key]) + b"%010d" % number + b"." * (LENGTH - 11)


class Feed(DaemonCase):
    modules = daemon.TEST_MODULES
    configuration = daemon.configuration(
        endpoint("/echo", "feed"),
        endpoint("/conflate", "feed", queue_policy="conflate"),
        endpoint("/oldest", "feed", queue_policy="drop-oldest"),
        endpoint("/newest", "feed", queue_policy="drop-newest"),
        limits={"queue_bytes": QUEUE},
        workers=1,  # what one subscriber has, others have, too
        keepalive={"ping_interval_ms": 0})

    def publish_all(self, fast):
        """One who reads gets all of it, and so sets the pace."""
        publisher = self.open()
        for number in range(ROUNDS):
            for key in range(KEYS):
                publisher.say(BINARY, content(key, number))
            for key in range(KEYS):
                self.assertEqual(
                    fast.frame(), Frame(BINARY, content(key, number)))

    def publish_to_slow(self, path):
        """Returns what one who reads late gets at last, as pairs of key and
        number, once it adds up with what it did not get."""
        fast, slow = self.open(path), self.open(path, receive_buffer=4096)
        before = self.daemon.rss_bytes()
        lines = len(self.daemon.lines)
        self.publish_all(fast)
        if not daemon.IS_SANITIZED:
            self.assertLess(self.daemon.rss_bytes() - before, MEGABYTE)
        slow.say(CLOSE, close_payload(1000))
        got = []
        found = slow.frame()
        while found.opcode == BINARY:
            key, number = found.payload[0], int(found.payload[1:11])
            self.assertEqual(found.payload, content(key, number))
            got.append((key, number))
            found = slow.frame()
        self.assertEqual(found, Frame(CLOSE, close_payload(1000)))
        dropped = ROUNDS * KEYS - len(got)
        self.assertGreater(dropped, 0)
        self.daemon.await_line(
            f"feed ended code=1000 dropped={dropped} "
            f"dropped_bytes={dropped * LENGTH}$", lines)
        return got

    def test_conflate(self):
        """The newest of each key, and never an older one behind a newer."""
        newest = {}
        for key, number in self.publish_to_slow("/conflate"):
            self.assertGreater(number, newest.get(key, -1))
            newest[key] = number
        self.assertEqual(
            newest, {key: ROUNDS - 1 for key in range(KEYS)})

    def check_order(self, got):
        self.assertEqual(got, sorted(got, key=lambda one: one[::-1]))
        self.assertEqual(len(set(got)), len(got))

    def test_drop_oldest(self):
        """The last ones, without a gap."""
        got = self.publish_to_slow("/oldest")
        self.check_order(got)
        last = [(key, number) for number in range(ROUNDS)
                for key in range(KEYS)][-QUEUE // (LENGTH + 200):]
        self.assertEqual(got[-len(last):], last)

    def test_drop_newest(self):
        """The first ones."""
        got = self.publish_to_slow("/newest")
        self.check_order(got)
        self.assertEqual(got[:KEYS], [(key, 0) for key in range(KEYS)])
        self.assertLess(got[-1][1], ROUNDS - 1)

    def test_flush(self):
        """The answer comes behind everything, however slowly that goes."""
        one = self.open(receive_buffer=4096)
        text = b"t" * MEGABYTE
        for _ in range(3):
            one.say(TEXT, text)
        one.say(TEXT, "flush")
        for _ in range(3):
            self.assertEqual(one.frame(), Frame(TEXT, text))
        self.assertEqual(one.frame(), Frame(TEXT, b"flushed"))
