"""Conformance: compressed messages of clients (RFC 7692 §6.2, §7.2.2)."""
import random
import zlib

import daemon
import deflating
from conformance import Case, Conformance, by, in_one_write, refused
from daemon import endpoint
from deflating import FINAL_BLOCK, RSV1, Bits, Deflater, is_whole
from peer import (BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Frame,
                  close_payload, fragments, frame)

PROSE = "Größe €, 𝄞 и шум, σημείο, 水 — ".encode() * 8
HELLO = Frame(TEXT, b"Hello")
# "Hello" (RFC 7692 §7.2.3) in one block, and once more with takeover
FIRST, AGAIN = bytes.fromhex("f248cdc9c90700"), bytes.fromhex("f200110000")
MESSAGE = 40000  # bytes at most
TAKEOVER = {"client_takeover": True}


def deflated(payload, opcode=TEXT, **more):
    return frame(opcode, payload, rsv=RSV1, **more)


def finished(data):
    """Ends with a final block, and the empty one that §7.2.3.4 wants."""
    return zlib.compress(data)[2:-4] + b"\0"


def compressed(data, **how):
    return Deflater(**how)(data)


class Inflating(Conformance):
    """Sessions without takeover for clients; /takeover is with it. All answers
    are plain, which makes them easy to read."""

    configuration = daemon.configuration(
        endpoint("/echo"),
        endpoint("/takeover", deflate=TAKEOVER),
        *(endpoint(f"/takeover/{bits}", deflate={
            **TAKEOVER, "client_window_bits": bits}) for bits in range(9, 16)),
        endpoint("/bomb", limits={"max_message_bytes": "1M"}),
        deflate={"min_bytes": "1G"},
        limits={"max_message_bytes": MESSAGE, "max_frame_bytes": "1M",
                "queue_bytes": "1M"})

    def open(self, target="/echo", offer="permessage-deflate; "
             "client_max_window_bits"):
        one = deflating.open_peer(self.port, target, offer)
        self.addCleanup(one.close)
        return one


class Taken(Inflating):
    def test_examples_of_the_rfc(self):
        table = {what: Case([deflated(bytes.fromhex(data))], [HELLO])
                 for what, data in {
                     "one block": "f248cdc9c90700",
                     "stored": "000500faff48656c6c6f00",
                     "final block": "f348cdc9c9070000",
                     "two blocks": "f248050000 00ffffcac9c90700",
                 }.items()}
        table["in two frames"] = Case(
            [deflated(FIRST[:3], fin=False), frame(CONTINUATION, FIRST[3:])],
            [HELLO])
        self.check(table)

    def test_takeover(self):
        """Messages that are not compressed do not count for the window."""
        two = [deflated(FIRST), deflated(AGAIN)]
        self.check({
            "example of the RFC": Case(two, [HELLO] * 2),
            "plain one between": Case(
                [two[0], frame(TEXT, "World"), two[1]],
                [HELLO, Frame(TEXT, b"World"), HELLO]),
            "ping between": Case(
                [two[0], frame(PING, "p"), two[1]],
                [HELLO, Frame(PONG, b"p"), HELLO]),
            "empty one between": Case(
                [two[0], deflated(b"\0"), two[1]],
                [HELLO, Frame(TEXT, b""), HELLO]),
        }, target="/takeover")

    def test_nothing_is_taken_over_otherwise(self):
        self.check({"second refers to the first": Case(
            [deflated(FIRST), deflated(AGAIN)], [HELLO], 1007)})

    def test_plain_messages(self):
        self.check({"alone and between": Case(
            [frame(TEXT, PROSE), deflated(FIRST), frame(BINARY, b"\xff"),
             *fragments(TEXT, PROSE, 3), deflated(FIRST)],
            [Frame(TEXT, PROSE), HELLO, Frame(BINARY, b"\xff"),
             Frame(TEXT, PROSE), HELLO])})

    def test_empty_messages(self):
        final = finished(b"")
        self.check({
            "one byte": Case([deflated(b"\0")], [Frame(TEXT, b"")]),
            "empty fixed block": Case(
                [deflated(b"\2\0")], [Frame(TEXT, b"")]),
            "final block": Case([deflated(final)], [Frame(TEXT, b"")]),
            "several stored": Case(
                [deflated(Bits().stored(b"").stored(b"").payload())],
                [Frame(TEXT, b"")]),
            "final block that the tail ends": Case(
                [deflated(b"\1")], [Frame(TEXT, b"")]),
            "in three frames": Case(
                [deflated(b"", BINARY, fin=False),
                 frame(CONTINUATION, b"\0", fin=False), frame(CONTINUATION)],
                [Frame(BINARY, b"")]),
        })

    def test_kinds_of_blocks(self):
        noise = random.Random(1).randbytes(3000)
        full = zlib.compressobj(9, zlib.DEFLATED, -15)
        flushed = b"".join(full.compress(PROSE[i:i + 40])
                           + full.flush(zlib.Z_FULL_FLUSH)
                           for i in range(0, len(PROSE), 40))[:-4]
        stored = Bits()
        for i in range(0, len(PROSE), 17):
            stored.stored(PROSE[i:i + 17])
        self.check({what: Case([deflated(payload, BINARY)],
                               [Frame(BINARY, data)])
                    for what, (payload, data) in {
                        "stored by zlib": (compressed(noise, level=0), noise),
                        "stored in pieces": (stored.payload(), PROSE),
                        "fixed": (compressed(
                            PROSE, strategy=zlib.Z_FIXED), PROSE),
                        "dynamic": (compressed(PROSE, level=9), PROSE),
                        "no repeats": (compressed(
                            PROSE, strategy=zlib.Z_HUFFMAN_ONLY), PROSE),
                        "full flushes": (flushed, PROSE),
                    }.items()})

    def test_final_blocks(self):
        """The stream begins anew behind them, in the same message too."""
        two = zlib.compress(PROSE)[2:-4] + zlib.compress(b"and on")[2:-4]
        last_stored = Bits().stored(b"last", 1).payload()
        for target in "/echo", "/takeover":
            self.check({
                "one": Case([deflated(finished(PROSE))], [Frame(TEXT, PROSE)]),
                "two": Case([deflated(two + b"\0")],
                            [Frame(TEXT, PROSE + b"and on")]),
                "stored": Case([deflated(last_stored)],
                               [Frame(TEXT, b"last")]),
                "empty before it": Case([deflated(FINAL_BLOCK + FIRST)],
                                        [HELLO]),
                "another message behind": Case(
                    [deflated(finished(PROSE)), deflated(FIRST)],
                    [Frame(TEXT, PROSE), HELLO]),
            }, target=target)

    def test_cut_everywhere(self):
        payload = compressed(PROSE)
        table = {"one byte each": Case(
            fragments(TEXT, payload, 1, rsv=RSV1), [Frame(TEXT, PROSE)])}
        for i in range(len(payload) + 1):
            table[f"at {i}"] = Case(
                [deflated(payload[:i], fin=False), frame(PING, b"\xff"),
                 frame(CONTINUATION, payload[i:])],
                [Frame(PONG, b"\xff"), Frame(TEXT, PROSE)])
        self.check(table)

    def test_every_size(self):
        some = random.Random(2)
        for target in "/echo", "/takeover":
            one = self.open(target)
            for size in (*range(300), 1000, 1023, 1024, 1025, 16384, MESSAGE):
                data = bytes(some.choices(b"0123456789abcdef", k=size))
                one.tell(TEXT, data)
                self.assertEqual(one.frame(), Frame(TEXT, data))

    def test_farthest_repeat(self):
        """As far back as the window is that was agreed, to the byte."""
        some = random.Random(3)
        for bits in range(9, 16):
            for size in (1, 2, 255, 256, (1 << bits) - 1, 1 << bits):
                past = some.randbytes(size)
                again = (past * 3)[:3]
                self.check({"in the next message": Case(
                    [deflated(Bits().stored(past).payload(), BINARY),
                     deflated(Bits().repeat(size).payload(), BINARY)],
                    [Frame(BINARY, past), Frame(BINARY, again)])},
                    [in_one_write], f"/takeover/{bits}")
                self.check({"in the same": Case(
                    [deflated(Bits().stored(past).repeat(size).payload(),
                              BINARY)], [Frame(BINARY, past + again)])},
                    [in_one_write])


class Refused(Inflating):
    def test_1002_rsv1_elsewhere(self):
        start = deflated(FIRST[:3], fin=False)
        self.check(refused(1002, **{
            "continuation": [start, frame(CONTINUATION, FIRST[3:], rsv=RSV1)],
            "continuation, not last": [start, frame(
                CONTINUATION, FIRST[3:5], rsv=RSV1, fin=False)],
            "continuation of plain": [
                frame(TEXT, "a", fin=False),
                frame(CONTINUATION, FIRST, rsv=RSV1)],
            "first byte of it": [start, b"\xc0"],
            "ping": [deflated(b"", PING)],
            "pong": [deflated(b"\0", PONG)],
            "close": [deflated(close_payload(1000), CLOSE)],
            "ping inside": [start, deflated(b"", PING)],
            "nothing to continue": [frame(CONTINUATION, FIRST, rsv=RSV1)],
        }))

    def test_1002_other_bits(self):
        self.check(refused(1002, **{
            f"rsv {rsv} of {opcode}": [frame(opcode, FIRST, rsv=rsv)]
            for rsv in (1, 2, 3, 5, 6, 7) for opcode in (TEXT, BINARY, PING)}))

    def test_1007_cut_anywhere(self):
        for data, how in ((PROSE, {}), (PROSE, {"level": 0}),
                          (b"Hello", {}), (b"", {})):
            payload = compressed(data, **how)
            for target in "/echo", "/takeover":
                self.check(refused(1007, **{
                    f"{len(data)}, {how}, at {i}": [deflated(payload[:i])]
                    for i in range(len(payload))
                    if not is_whole(payload[:i])}), [in_one_write], target)

    def test_1007_block_that_runs_over_the_tail(self):
        """And ends where others would."""
        self.check(refused(1007, **{
            str(size): [deflated(bytes([1, size, 0, size ^ 255, 255]))]
            for size in range(5, 14)}), [in_one_write], "/takeover")

    def test_1007_nothing(self):
        self.check(refused(1007, **{
            "one frame": [deflated(b"")],
            "three frames": [deflated(b"", fin=False),
                             frame(CONTINUATION, fin=False),
                             frame(CONTINUATION)],
        }))

    def test_1007_garbage(self):
        far = Bits().stored(b"abc").repeat(4).payload()
        table = {
            "unknown kind of block": b"\x07",
            "length and its complement differ": b"\0\5\0\5\0Hello\0",
            "too many codes": b"\xfc\xff\xff\xff\xff\xff",
            "repeats what is before the start": far,
            "repeats at once": Bits().repeat(1).payload(),
            "behind a block": FIRST[:-1] + b"\x07",
            "behind a final one": finished(b"Hello")[:-1] + b"\x07\0",
            "final one without the next": finished(b"Hello")[:-1],
            "zlib's header": zlib.compress(b"Hello"),
            "plain text": b"this is not deflated at all",
        }
        for what, payload in table.items():
            self.assertFalse(is_whole(payload), what)
        for target in "/echo", "/takeover":
            self.check(refused(1007, **{
                what: [frame(PONG), deflated(payload)]
                for what, payload in table.items()}), target=target)

    def test_noise(self):
        """Of which some are messages by chance."""
        some = random.Random(4)
        count = 0
        for i in range(600):
            payload = some.randbytes(some.randrange(1, 60))
            if is_whole(payload):
                continue
            count += 1
            self.check(refused(1007, noise=[deflated(payload, BINARY)]),
                       [in_one_write], ("/echo", "/takeover")[i % 2])
        self.assertGreater(count, 400)

    def test_flipped_bits(self):
        payload = compressed(PROSE[:99])
        for i in range(8 * len(payload)):
            bad = bytearray(payload)
            bad[i // 8] ^= 1 << i % 8
            code = None if is_whole(bytes(bad)) else 1007
            if code is not None:
                self.check(refused(code, flipped=[deflated(bytes(bad))]),
                           [in_one_write])

    def test_1007_not_utf8(self):
        table = {}
        for what, data in {
                "at first": b"\xff", "later": PROSE + b"\xed\xa0" + PROSE,
                "half a character": PROSE + "水".encode()[:2]}.items():
            payload = compressed(data)
            table[what] = [deflated(payload)]
            table[f"{what}, in frames"] = fragments(TEXT, payload, 1, rsv=RSV1)
        self.check(refused(1007, **table))
        self.check({"as binary": Case([deflated(compressed(b"\xff"), BINARY)],
                                      [Frame(BINARY, b"\xff")])})

    def test_1007_plain_text_fails_fast(self):
        self.check(refused(1007, plain=[frame(TEXT, b"\xff", fin=False)]))

    def test_1007_answers_go_before_it(self):
        self.check({"hello": Case(
            [deflated(FIRST), frame(PING), deflated(b"\7"), deflated(FIRST)],
            [HELLO, Frame(PONG, b"")], 1007)})

    def test_1009_counted_when_inflated(self):
        zeros = bytes(MESSAGE)
        for target in "/echo", "/takeover":
            self.check({"at most": Case([deflated(compressed(zeros), BINARY)],
                                        [Frame(BINARY, zeros)])},
                       target=target)
            self.check(refused(1009, **{
                "one byte more": [deflated(compressed(zeros + b"\0"))],
                "in frames": fragments(TEXT, compressed(zeros + b"\0"), 9,
                                       rsv=RSV1),
                "plain": [frame(TEXT, zeros + b"\0")],
                "final blocks": [deflated(
                    zlib.compress(zeros)[2:-4] * 2 + b"\0")],
            }), [in_one_write, by(7)], target)

    def test_1009_counted_as_it_is_sent(self):
        """From the header of the frame that exceeds it."""
        payload = compressed(random.Random(5).randbytes(MESSAGE), level=0)
        self.assertGreater(len(payload), MESSAGE)
        self.check(refused(1009, **{
            "one frame": [deflated(payload)[:8]],
            "two frames": [deflated(payload[:9], fin=False),
                           frame(CONTINUATION, payload[9:])[:8]],
        }))

    def test_1009_bomb(self):
        """Of 256 MiB, which cost no more than what is allowed."""
        one = zlib.compressobj(9, zlib.DEFLATED, -15)
        payload = b"".join(one.compress(bytes(1 << 20)) for _ in range(256)) \
            + one.flush(zlib.Z_SYNC_FLUSH)[:-4]
        self.assertLess(len(payload), 1 << 19)
        before = self.daemon.rss_bytes()
        for _ in range(5):
            self.check(refused(1009, bomb=[deflated(payload)]),
                       [in_one_write], "/bomb")
        if not daemon.IS_SANITIZED:
            self.assertLess(self.daemon.rss_bytes() - before, 6 << 20)
