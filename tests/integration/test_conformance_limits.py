"""Conformance: large messages, many of them, tiny pieces, and the limits."""
import daemon
from case import DaemonCase
from conformance import Case, Conformance, by, in_one_write, refused
from daemon import endpoint
from peer import (BINARY, CONTINUATION, PING, TEXT, Frame, fragments, frame,
                  header)

KINDS = {"text": TEXT, "binary": BINARY}
KIBI, MEBI = 1 << 10, 1 << 20
MESSAGE, FRAME = 4000, 3000  # bytes
LIMITS = {"max_message_bytes": MESSAGE, "max_frame_bytes": FRAME}


def payload_of(kind, size):
    """Text has characters of all lengths; neither has a short period."""
    if kind == TEXT:
        some = "".join(f"{i:x}é€𝄞" for i in range(7919)).encode()
        text = (some * (size // len(some) + 1))[:size]
        return text.decode(errors="ignore").encode().ljust(size)
    some = bytes(i * i * 7 >> 3 & 255 for i in range(65521))
    return (some * (size // len(some) + 1))[:size]


class Large(Conformance):
    """Up to 16 MiB come back whole."""

    configuration = daemon.configuration(endpoint(
        "/echo", limits={"max_message_bytes": "16M", "max_frame_bytes": "16M",
                         "queue_bytes": "16M"}))

    def check_echo(self, one, parts, kind, payload):
        one.send(b"".join(parts))
        found = one.frame()
        self.assertEqual(found[::2], (kind, True))
        # a difference would fill the log
        self.assertTrue(found.payload == payload)

    def test_sizes(self):
        for name, kind in KINDS.items():
            one = self.open()
            for size in (64 * KIBI, 256 * KIBI, MEBI, 4 * MEBI, 8 * MEBI,
                         16 * MEBI):
                with self.subTest(name, size=size):
                    payload = payload_of(kind, size)
                    self.check_echo(one, [frame(kind, payload)], kind, payload)
            one.close()

    def test_fragments_of_4_mebibytes(self):
        for name, kind in KINDS.items():
            payload = payload_of(kind, 4 * MEBI)
            one = self.open()
            for size in (256, KIBI, 4 * KIBI, 16 * KIBI, 64 * KIBI,
                         256 * KIBI, MEBI, 4 * MEBI):
                with self.subTest(name, size=size):
                    self.check_echo(one, fragments(kind, payload, size), kind,
                                    payload)
            one.close()

    def test_fragments_of_16_mebibytes(self):
        for size, kind in (64, TEXT), (4 * KIBI, BINARY):
            payload = payload_of(kind, 16 * MEBI)
            self.check_echo(self.open(), fragments(kind, payload, size), kind,
                            payload)

    def test_fragments_of_one_byte(self):
        for kind in KINDS.values():
            payload = payload_of(kind, 64 * KIBI)
            self.check_echo(self.open(), fragments(kind, payload, 1), kind,
                            payload)

    def test_writes_of_few_bytes(self):
        for kind in KINDS.values():
            payload = payload_of(kind, MEBI)
            self.check({"1 MiB": Case([frame(kind, payload)],
                                      [Frame(kind, payload)])},
                       [by(64), by(128), by(256), by(512), by(1024), by(2048)])

    def test_fragments_that_fit_no_packet(self):
        payload = payload_of(TEXT, 64 * KIBI)
        self.check({"64 KiB by 1300": Case(
            fragments(TEXT, payload, 1300), [Frame(TEXT, payload)])},
            [in_one_write, by(997), by(1460)])


class Many(DaemonCase):
    COUNT = 1000

    def test_one_after_the_other(self):
        """Each sent when the one before has come back."""
        for kind in KINDS.values():
            one = self.open()
            for size in (0, 16, 64, 256, 1024, 4096):
                payload = payload_of(kind, size)
                sent = frame(kind, payload)
                for _ in range(self.COUNT):
                    one.send(sent)
                    self.assertEqual(one.frame(), Frame(kind, payload))
            one.close()


class Limits(Conformance):
    """Judged by the header. What an endpoint sets goes before the global."""

    configuration = daemon.configuration(
        endpoint("/echo"),
        endpoint("/large", limits={"max_message_bytes": 20000,
                                   "max_frame_bytes": 20000}),
        endpoint("/frame", limits={"max_frame_bytes": 200}),
        endpoint("/message", limits={"max_message_bytes": 200}),
        endpoint("/default", limits={"max_message_bytes": MEBI,
                                     "max_frame_bytes": MEBI}),
        limits=LIMITS)

    def test_1009_from_the_header(self):
        start = frame(BINARY, b"x" * (MESSAGE - FRAME + 1), fin=False)
        self.check(refused(1009, **{
            "frame": [header(BINARY, FRAME + 1)[:4]],
            "huge frame": [header(TEXT, (1 << 63) - 1)[:10]],
            "fragment": [header(TEXT, FRAME + 1, fin=False)[:4]],
            "message": [start, header(CONTINUATION, FRAME)],
            "message, not last": [start,
                                  header(CONTINUATION, FRAME, fin=False)],
        }), [in_one_write, by(1)])

    def test_largest_allowed(self):
        whole = b"x" * (MESSAGE - FRAME) + b"y" * FRAME
        self.check({
            "frame": Case([frame(BINARY, whole[:FRAME])],
                          [Frame(BINARY, whole[:FRAME])]),
            "message": Case(
                [frame(BINARY, whole[:-FRAME], fin=False),
                 frame(CONTINUATION, whole[-FRAME:])],
                [Frame(BINARY, whole)]),
        })

    def test_of_an_endpoint(self):
        for target, most in (("/large", 20000), ("/frame", 200),
                             ("/message", 200)):
            self.check({"at most": Case([frame(TEXT, b"x" * most)],
                                        [Frame(TEXT, b"x" * most)])},
                       [in_one_write], target)
            self.check(refused(1009, one_more=[header(TEXT, most + 1)]),
                       [in_one_write], target)

    def test_of_frames_is_not_of_messages(self):
        self.check({"in five": Case(fragments(TEXT, b"x" * 1000, 200),
                                    [Frame(TEXT, b"x" * 1000)])},
                   [in_one_write], "/frame")
        self.check(refused(1009, second=[frame(TEXT, b"x" * 200, fin=False),
                                         header(CONTINUATION, 1)]),
                   [in_one_write], "/message")

    def test_1009_endless_message(self):
        """In memory for as much as is allowed, until the frame that exceeds
        it."""
        before = self.daemon.rss_bytes()
        one = self.open("/default")
        size = 4 * KIBI
        one.say(TEXT, b"x" * size, fin=False)
        more = frame(CONTINUATION, b"x" * size, fin=False)
        one.send(more * (MEBI // size - 1))
        self.check_silence(one)
        one.send(more + frame(PING))
        self.assertEqual(one.closed()[0], 1009)
        if not daemon.IS_SANITIZED:
            self.assertLess(self.daemon.rss_bytes() - before, 4 * MEBI)
