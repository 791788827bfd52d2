"""Conformance: text is UTF-8 (RFC 3629), or refused at its first wrong
byte."""
import daemon
from conformance import CUTS, Case, Conformance, in_one_write, refused
from peer import (BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Frame,
                  close_payload, fragments, frame, header, masked)

# The first and the last character of each length, those beside the
# surrogates, and some that are characters although they mean nothing.
EDGES = ("\0", "\x7f", "\x80", "\u07ff", "\u0800", "\u0fff", "\u1000",
         "\ud7ff", "\ue000", "\ufdd0", "\ufeff", "\ufffd", "\ufffe", "\uffff",
         "\U00010000", "\U0001fffe", "\U0001ffff", "\U0003ffff", "\U00040000",
         "\U000fffff", "\U00100000", "\U0010fffe", "\U0010ffff")
PROSE = "Größe €, 𝄞 и шум, σημείο, 水".encode()
# Of every character, one of these can be the rest.
RESTS = (b"", b"\x80", b"\x80\x80", b"\xa0\x80", b"\x80\x80\x80",
         b"\x90\x80\x80")
SECONDS = b"\x00\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xff"


def is_text(data):
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def first_wrong(data):
    """The index of the byte with which it is the start of no text any more;
    None without one. Python's own decoder is too patient with surrogates."""
    for i in range(len(data)):
        if not any(is_text(data[:i + 1] + rest) for rest in RESTS):
            return i
    return None


def echoed(*payloads):
    return Case([frame(TEXT, payload) for payload in payloads],
                [Frame(TEXT, payload) for payload in payloads])


def in_bytes(payload):
    return Case(fragments(TEXT, payload, 1), [Frame(TEXT, payload)])


class Taken(Conformance):
    def test_edges(self):
        table = {}
        for text in EDGES:
            for pad in (0, 1, 13, 61):
                payload = b"a" * pad + text.encode()
                table[f"{ord(text):x} at {pad}"] = echoed(payload)
                table[f"{ord(text):x} at {pad} and on"] = echoed(
                    payload + b"b" * 40)
        self.check(table)

    def test_every_character(self):
        """In messages of 64 Ki characters, and of a few bytes."""
        characters = [chr(i) for i in range(0x110000)
                      if not 0xd800 <= i < 0xe000]
        blocks = ["".join(characters[i:i + 65536]).encode()
                  for i in range(0, len(characters), 65536)]
        self.check({"all": echoed(*blocks)}, [in_one_write])
        some = [text.encode() for text in characters[::331]]
        self.check({"some": echoed(*some)}, [in_one_write])

    def test_empty(self):
        empty = frame(CONTINUATION, fin=False)
        self.check({
            "one frame": echoed(b""),
            "three frames": Case(
                [frame(TEXT, fin=False), empty, frame(CONTINUATION)],
                [Frame(TEXT, b"")]),
            "but for the middle": Case(
                [frame(TEXT, fin=False), frame(CONTINUATION, PROSE, fin=False),
                 frame(CONTINUATION)], [Frame(TEXT, PROSE)]),
        })

    def test_cut_everywhere(self):
        """Inside characters too."""
        table = {"one byte each": in_bytes(PROSE)}
        for i in range(len(PROSE) + 1):
            table[f"at {i}"] = Case(
                [frame(TEXT, PROSE[:i], fin=False),
                 frame(CONTINUATION, PROSE[i:])], [Frame(TEXT, PROSE)])
        self.check(table)

    def test_controls_inside_a_character(self):
        """Their payload is no text, and none of the message's."""
        for text in EDGES:
            one = self.open()
            for part in fragments(TEXT, text.encode(), 1):
                one.send(frame(PING, b"\xff\xc0") + part)
            for _ in text.encode():
                self.assertEqual(one.frame(), Frame(PONG, b"\xff\xc0"))
            self.assertEqual(one.frame(), Frame(TEXT, text.encode()))
            one.close()

    def test_messages_do_not_lean_on_each_other(self):
        self.check({
            "binary of half a character, text": Case(
                [frame(BINARY, b"\xe2\x82"), frame(TEXT, "a")],
                [Frame(BINARY, b"\xe2\x82"), Frame(TEXT, b"a")]),
            "binary of its other half, text": Case(
                [frame(BINARY, b"\xac"), frame(TEXT, "a")],
                [Frame(BINARY, b"\xac"), Frame(TEXT, b"a")]),
        })


class Refused(Conformance):
    """With 1007, before another byte was sent: the frames announce more."""

    # what is wrong in them is their last byte
    SAMPLES = {
        "continuation at first": b"\x80",
        "overlong in 2": b"\xc0",
        "overlong in 2, the last": b"\xc1",
        "overlong in 3": b"\xe0\x80",
        "overlong in 3, the last": b"\xe0\x9f",
        "overlong in 4": b"\xf0\x80",
        "overlong in 4, the last": b"\xf0\x8f",
        "first surrogate": b"\xed\xa0",
        "last surrogate": b"\xed\xbf",
        "above 10ffff": b"\xf4\x90",
        "above 13ffff": b"\xf5",
        "of 5 bytes": b"\xf8",
        "of 6 bytes": b"\xfc",
        "fe": b"\xfe",
        "ff": b"\xff",
        "nothing follows in 2": b"\xc3a",
        "nothing follows in 3": b"\xe2\x82a",
        "nothing follows in 4": b"\xf0\x9d\x84a",
        "start inside": b"\xe2\xe2",
        "start inside, later": b"\xf0\x9d\x84\xf0",
        "one continuation more": "é".encode() + b"\x80",
        "one more behind 4": "𝄞".encode() + b"\x80",
        "behind a good one": "€".encode() + b"\xc0",
    }

    def unfinished(self, payload, room=500):
        """The start of a frame."""
        return header(TEXT, len(payload) + room) + \
            masked(payload, b"\1\2\3\4")

    def bad(self):
        """For every first byte and the edges of what may come behind it, and
        for each place behind it, the bytes up to the wrong one."""
        found = {b"\x61" + self.SAMPLES["ff"]}
        for first in range(0x80, 0x100):
            for second in SECONDS:
                data = bytes([first, second])
                wrong = first_wrong(data)
                if wrong is not None:
                    found.add(data[:wrong + 1])
        for text in EDGES:
            for i in range(1, len(text.encode())):
                for byte in b"\x00\x7f\xc0\xff":
                    found.add(text.encode()[:i] + bytes([byte]))
        return sorted(found)

    def test_samples_are_wrong_in_the_last_byte(self):
        for what, data in self.SAMPLES.items():
            self.assertEqual(first_wrong(data), len(data) - 1, what)

    def test_1007_samples(self):
        table = {}
        for what, data in self.SAMPLES.items():
            for before in (b"", b"a" * 70, "€".encode(), "é".encode() * 40):
                table[f"{what} after {len(before)}"] = [
                    self.unfinished(before + data)]
        self.check(refused(1007, **table))

    def test_1007_every_first_byte(self):
        bad = self.bad()
        self.assertGreater(len(bad), 380)
        self.check(refused(1007, **{
            data.hex(): [self.unfinished(data)] for data in bad}),
            [in_one_write])

    def test_1007_at_every_place(self):
        self.check(refused(1007, **{
            f"{sample.hex()} at {i}": [self.unfinished(b"a" * i + sample)]
            for i in range(0, 200) for sample in (b"\xff", b"\xed\xa0")}),
            [in_one_write])

    def test_1007_whole_frames(self):
        """What was wrong is wrong, whatever comes behind it."""
        table = {}
        for what, data in self.SAMPLES.items():
            for after in (b"", b"a" * 100, PROSE):
                table[f"{what} before {len(after)}"] = [
                    frame(TEXT, PROSE + data + after)]
        self.check(refused(1007, **table))

    def test_1007_not_a_byte_too_early(self):
        """Each good byte, a fragment of its own, is followed by a ping."""
        for what, data in self.SAMPLES.items():
            data = PROSE + data
            parts = fragments(TEXT, data, 1)
            one = self.open()
            for i, part in enumerate(parts[:-1]):
                one.send(part + frame(PING, b"%d" % i))
            one.say(CONTINUATION, data[-1:], fin=False)
            with self.subTest(what):
                for i in range(len(parts) - 1):
                    self.assertEqual(one.frame(), Frame(PONG, b"%d" % i))
                self.assertEqual(one.closed()[0], 1007)
            one.close()

    def test_1007_not_a_byte_too_early_inside_a_frame(self):
        for what, data in self.SAMPLES.items():
            one = self.open()
            payload = masked(PROSE + data, b"\1\2\3\4")
            one.send(header(TEXT, 500) + payload[:-1])
            daemon.await_true(lambda: self.daemon.has_read(one.socket),
                              "all of it read")
            one.socket.setblocking(False)
            with self.subTest(what):
                with self.assertRaises(BlockingIOError):
                    one.receive_some()
                one.socket.settimeout(daemon.DEADLINE)
                one.send(payload[-1:])
                self.assertEqual(one.closed()[0], 1007)
            one.close()

    def test_1007_good_fragments_before(self):
        """The wrong one is refused at once; the last never comes."""
        self.check(refused(1007, **{
            what: [frame(TEXT, PROSE, fin=False),
                   frame(CONTINUATION, data, fin=False)]
            for what, data in self.SAMPLES.items()}))

    def test_1007_ends_inside_a_character(self):
        table = {}
        for text in filter(lambda text: text > "\x7f", EDGES):
            whole = text.encode()
            for i in range(1, len(whole)):
                part = b"a" + whole[:i]
                table.update({
                    f"{part.hex()}": [frame(TEXT, part)],
                    f"{part.hex()} in bytes": fragments(TEXT, part, 1),
                    f"{part.hex()}, empty last": [
                        frame(TEXT, part, fin=False), frame(CONTINUATION)],
                })
        self.check(refused(1007, **table))

    def test_every_prefix(self):
        """Those that are text come back."""
        for i in range(len(PROSE) + 1):
            prefix = PROSE[:i]
            code = None if is_text(prefix) else 1007
            answers = [Frame(TEXT, prefix)] if code is None else []
            self.check({prefix.hex(): Case(
                [frame(TEXT, prefix)], answers, code)}, CUTS[:3])

    def test_1007_messages_before_are_answered(self):
        self.check({"hello": Case(
            [frame(TEXT, PROSE), frame(PING, b"\xff"), frame(TEXT, b"\xff"),
             frame(PING)], [Frame(TEXT, PROSE), Frame(PONG, b"\xff")], 1007)})

    def test_1007_reason_of_close(self):
        table = {}
        for what, data in self.SAMPLES.items():
            for before in (b"", b"abc"):
                table[f"{what} after {len(before)}"] = [
                    frame(CLOSE, close_payload(1000, before + data))]
        table["ends inside a character"] = [
            frame(CLOSE, close_payload(1000, b"abc\xe2\x82"))]
        self.check(refused(1007, **table))
