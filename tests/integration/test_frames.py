"""Frames: what is taken, what is refused, and with which code."""
import daemon
import peer
from case import DaemonCase
from daemon import endpoint
from peer import (BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Frame,
                  close_payload, frame, header)

MESSAGE, FRAME = 4000, 3000  # bytes
LIMITS = {"max_message_bytes": MESSAGE, "max_frame_bytes": FRAME}


class Taken(DaemonCase):
    def test_every_form_of_length(self):
        one = self.open()
        for size in (0, 1, 125, 126, 127, 65535, 65536, 100000):
            payload = bytes(i % 251 for i in range(size))
            one.say(BINARY, payload)
            self.assertEqual(one.frame(), Frame(BINARY, payload), size)

    def test_masks(self):
        one = self.open()
        payload = bytes(range(256)) * 3
        for key in (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\1\0\0\0", b"abcd"):
            one.say(BINARY, payload, key=key)
            self.assertEqual(one.frame(), Frame(BINARY, payload), key)

    def test_byte_by_byte(self):
        one = self.open()
        payload = "Größe €, 𝄞".encode()
        one.drip(frame(TEXT, payload[:6], fin=False) + frame(PING, "p")
                 + frame(CONTINUATION, payload[6:]) + frame(BINARY, b"b" * 200)
                 + frame(TEXT, ""))
        self.assertEqual(one.frame(), Frame(PONG, b"p"))
        self.assertEqual(one.frame(), Frame(TEXT, payload))
        self.assertEqual(one.frame(), Frame(BINARY, b"b" * 200))
        self.assertEqual(one.frame(), Frame(TEXT, b""))

    def test_kind_is_the_first_fragments(self):
        one = self.open()
        for kind in (TEXT, BINARY):
            one.say(kind, "one", fin=False)
            one.say(CONTINUATION, "two", fin=False)
            one.say(CONTINUATION, "three")
            self.assertEqual(one.frame(), Frame(kind, b"onetwothree"))

    def test_control_frames_between_fragments_are_answered_at_once(self):
        one = self.open()
        one.say(TEXT, "be", fin=False)
        one.say(PING, "now")
        self.assertEqual(one.frame(), Frame(PONG, b"now"))
        one.say(PONG, "unasked for")
        one.say(CONTINUATION, "fore", fin=False)
        one.say(PING)
        self.assertEqual(one.frame(), Frame(PONG, b""))
        one.say(CONTINUATION)
        self.assertEqual(one.frame(), Frame(TEXT, b"before"))

    def test_longest_ping(self):
        one = self.open()
        one.say(PING, b"\xff" * 125)
        self.assertEqual(one.frame(), Frame(PONG, b"\xff" * 125))

    def test_every_ping_is_answered_in_order(self):
        one = self.open()
        one.send(b"".join(frame(PING, str(i)) for i in range(3000)))
        for i in range(3000):
            self.assertEqual(one.frame(), Frame(PONG, str(i).encode()))

    def test_a_million_empty_fragments(self):
        one = self.open()
        before = self.daemon.rss_bytes()
        one.say(TEXT, "a", fin=False)
        some = frame(CONTINUATION, fin=False) * 10000
        for _ in range(100):
            one.send(some)
        one.say(PING)
        self.assertEqual(one.frame(), Frame(PONG, b""))
        if not daemon.IS_SANITIZED:
            self.assertLess(self.daemon.rss_bytes() - before, 4 << 20)
        one.say(CONTINUATION, "z")
        self.assertEqual(one.frame(), Frame(TEXT, b"az"))

    def test_one_byte_frames(self):
        one = self.open()
        one.send(frame(TEXT, "x", fin=False)
                 + frame(CONTINUATION, "x", fin=False) * 49998
                 + frame(CONTINUATION, "x"))
        self.assertEqual(one.frame(), Frame(TEXT, b"x" * 50000))

    def test_many_messages_in_one_write(self):
        one = self.open()
        one.send(b"".join(frame(TEXT, str(i)) for i in range(5000)))
        for i in range(5000):
            self.assertEqual(one.frame(), Frame(TEXT, str(i).encode()))

    def test_edges_of_utf8(self):
        one = self.open()
        for text in ("\0", "\x7f", "\x80", "\u07ff", "\u0800", "\ud7ff",
                     "\ue000", "\ufeff", "\uffff", "\U00010000",
                     "\U0010ffff"):
            for pad in ("", "a" * 61):
                payload = (pad + text).encode()
                one.say(TEXT, payload)
                self.assertEqual(one.frame(), Frame(TEXT, payload))


class Refused(DaemonCase):
    """Sends as much as is needed to judge, and not a byte more."""

    configuration = daemon.configuration(limits=LIMITS)

    def check(self, data, code):
        for send in (peer.Peer.send, peer.Peer.drip):
            one = self.open()
            send(one, data)
            self.assertEqual(one.closed()[0], code)
            one.close()

    def check_table(self, code, table):
        for what, data in table.items():
            with self.subTest(what):
                self.check(data, code)

    def test_1002_first_byte(self):
        self.check_table(1002, {
            **{f"rsv {rsv}": bytes([0x80 | rsv << 4 | TEXT])
               for rsv in range(1, 8)},
            **{f"rsv {rsv} of ping": bytes([0x80 | rsv << 4 | PING])
               for rsv in (1, 2, 4)},
            **{f"opcode {opcode}": bytes([0x80 | opcode])
               for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)},
            **{f"fragmented {opcode}": bytes([opcode])
               for opcode in (CLOSE, PING, PONG)},
        })

    def test_1002_second_byte(self):
        self.check_table(1002, {
            "unmasked": bytes([0x81, 5]),
            "unmasked and empty": bytes([0x82, 0]),
            "unmasked ping": bytes([0x89, 0]),
            "unmasked close": bytes([0x88, 2]),
            "long ping": bytes([0x89, 0x80 | 126]),
            "longest pong": bytes([0x8a, 0x80 | 127]),
            "long close": bytes([0x88, 0x80 | 126]),
        })

    def test_1002_length(self):
        self.check_table(1002, {
            "16 bits for 125": header(TEXT, 125, form=16, key=b"\0" * 4)[:4],
            "16 bits for 0": header(TEXT, 0, form=16)[:4],
            "64 bits for 65535": header(TEXT, 65535, form=64)[:10],
            "64 bits for 125": header(BINARY, 125, form=64)[:10],
            "top bit": header(BINARY, 1 << 63, form=64)[:10],
            "all bits": header(BINARY, (1 << 64) - 1, form=64)[:10],
        })

    def test_1002_order_of_frames(self):
        start = frame(TEXT, "a", fin=False)
        self.check_table(1002, {
            "continuation without start": header(CONTINUATION, 5),
            "last one without start": header(CONTINUATION, 0, fin=False),
            "text inside text": start + header(TEXT, 1),
            "binary inside text": start + header(BINARY, 1, fin=False),
            "text inside, after a ping":
                start + frame(PONG, "x") + header(TEXT, 1),
        })

    def test_1002_continuation_after_the_end(self):
        one = self.open()
        one.send(frame(TEXT, "a", fin=False) + frame(CONTINUATION)
                 + header(CONTINUATION, 0))
        self.assertEqual(one.frame(), Frame(TEXT, b"a"))
        self.assertEqual(one.closed()[0], 1002)

    def test_1002_close(self):
        self.check_table(1002, {
            "body of one byte": frame(CLOSE, b"\x03"),
            **{f"code {code}": frame(CLOSE, close_payload(code))
               for code in (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100,
                            1999, 2000, 2999, 5000, 65535)},
        })

    def test_1007_text(self):
        """The rest of the announced payload never comes."""
        for what, bad in {
                "not a start": b"\x80", "never used": b"\xc0",
                "too long": b"\xe0\x80", "surrogate": b"\xed\xa0",
                "too long for 4": b"\xf0\x8f", "too high": b"\xf4\x90",
                "far too high": b"\xf5", "no continuation": b"\xe2\x82a",
                "5 bytes": b"\xf8", "0xff": b"\xff"}.items():
            for before in (b"", b"a" * 70, "€".encode()):
                payload = before + bad
                cut = header(TEXT, 500) + peer.masked(payload, b"\1\2\3\4")
                with self.subTest(what, before=len(before)):
                    self.check(cut, 1007)
                    self.check(frame(TEXT, before, fin=False)
                               + frame(CONTINUATION, bad, fin=False), 1007)

    def test_1007_text_that_ends_inside_a_character(self):
        self.check_table(1007, {
            "whole": frame(TEXT, b"a\xe2\x82"),
            "in fragments": frame(TEXT, b"a\xe2", fin=False)
                + frame(CONTINUATION, b"\x82"),
            "empty last one": frame(TEXT, b"\xf0\x9d", fin=False)
                + frame(CONTINUATION, b""),
        })

    def test_1007_reason_of_close(self):
        self.check(frame(CLOSE, close_payload(1000, b"\xff")), 1007)
        self.check(frame(CLOSE, close_payload(1000, b"abc\xe2\x82")), 1007)

    def test_1009_from_the_header(self):
        start = frame(BINARY, b"x" * (MESSAGE - FRAME + 1), fin=False)
        self.check_table(1009, {
            "frame": header(BINARY, FRAME + 1)[:4],
            "huge frame": header(TEXT, (1 << 63) - 1)[:10],
            "fragment": header(TEXT, FRAME + 1, fin=False)[:4],
            "message": start + header(CONTINUATION, FRAME),
            "message, not last": start + header(CONTINUATION, FRAME,
                                                fin=False),
        })

    def test_largest_allowed(self):
        one = self.open()
        one.say(BINARY, b"x" * FRAME)
        self.assertEqual(len(one.frame().payload), FRAME)
        one.say(BINARY, b"x" * (MESSAGE - FRAME), fin=False)
        one.say(CONTINUATION, b"y" * FRAME)
        self.assertEqual(len(one.frame().payload), MESSAGE)

    def test_order_of_judgement(self):
        """A frame with several faults is refused for the first of them."""
        for data, word in (
                (bytes([0xf3, 127]) + b"\xff" * 8, b"reserved"),
                (bytes([0x83, 127]) + b"\xff" * 8, b"opcode"),
                (bytes([0x81, 127]) + b"\xff" * 8, b"mask"),
                (bytes([0x81, 0xff]) + b"\0" * 6 + b"\x0f\xff", b"shortest"),
                (header(TEXT, FRAME + 1) + b"\xff", b"too big")):
            one = self.open()
            one.send(data)
            self.assertIn(word, one.closed()[1])

    def test_messages_before_the_fault_are_answered(self):
        one = self.open()
        one.send(frame(TEXT, "good") + frame(PING, "fine") + b"\x83")
        self.assertEqual(one.frame(), Frame(TEXT, b"good"))
        self.assertEqual(one.frame(), Frame(PONG, b"fine"))
        self.assertEqual(one.closed()[0], 1002)

    def test_close_survives_what_comes_behind_the_fault(self):
        """A reset would eat it."""
        for _ in range(20):
            one = self.open()
            one.send(b"\x83" + b"x" * 100000)
            self.assertEqual(one.closed()[0], 1002)
            one.close()

    def test_endless_data_behind_the_fault_is_cut(self):
        one = self.open().send(b"\x83")
        self.assertEqual(one.closed()[0], 1002)
        with self.assertRaises((BrokenPipeError, ConnectionResetError)):
            while True:
                one.send(b"x" * 1000)

    def test_fault_is_logged(self):
        one = self.open().send(b"\x83")
        _, text = one.closed()
        one.close()
        self.daemon.await_line(
            f'reason=protocol-error .*code=1002 text="{text.decode()}"')


class Limits(DaemonCase):
    """An endpoint's own limits stand before the global ones."""

    configuration = daemon.configuration(
        endpoint("/echo"),
        endpoint("/large", limits={"max_message_bytes": 20000,
                                   "max_frame_bytes": 20000}),
        endpoint("/frame", limits={"max_frame_bytes": 200}),
        endpoint("/message", limits={"max_message_bytes": 200}),
        limits=LIMITS)

    def check_refused(self, target, data):
        one = self.open(target).send(data)
        self.assertEqual(one.closed()[0], 1009)

    def test_larger(self):
        one = self.open("/large")
        one.say(TEXT, b"x" * 20000)
        self.assertEqual(len(one.frame().payload), 20000)
        self.check_refused("/large", header(TEXT, 20001))
        self.check_refused("/echo", header(TEXT, 20000))

    def test_frame(self):
        one = self.open("/frame")
        for i in range(5):
            one.say(CONTINUATION if i else TEXT, b"x" * 200, fin=i == 4)
        self.assertEqual(len(one.frame().payload), 1000)
        self.check_refused("/frame", header(TEXT, 201))

    def test_message(self):
        one = self.open("/message")
        one.say(TEXT, b"x" * 200)
        self.assertEqual(len(one.frame().payload), 200)
        self.check_refused("/message", header(TEXT, 201))
        self.check_refused("/message", frame(TEXT, b"x" * 200, fin=False)
                           + header(CONTINUATION, 1))


class Closing(DaemonCase):
    CODES = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013,
             1014, 3000, 3999, 4000, 4999)

    def test_code_is_echoed(self):
        for code in self.CODES:
            for send in (peer.Peer.send, peer.Peer.drip):
                one = self.open()
                send(one, frame(CLOSE, close_payload(code)))
                self.assertEqual(one.closed()[0], code)
                one.close()

    def test_reason_is_echoed(self):
        for reason in ("bye".encode(), "€".encode() * 41):
            one = self.open()
            one.say(CLOSE, close_payload(4001, reason))
            self.assertEqual(one.closed(), (4001, reason))

    def test_empty_body_is_echoed_empty(self):
        one = self.open()
        one.say(CLOSE)
        self.assertEqual(one.closed(), (None, b""))
        self.daemon.await_line("reason=peer-closed by=peer code=1005")

    def test_between_fragments(self):
        one = self.open()
        one.send(frame(TEXT, "a", fin=False)
                 + frame(CLOSE, close_payload(1000)))
        self.assertEqual(one.closed()[0], 1000)

    def test_replies_go_before_it(self):
        one = self.open()
        one.send(frame(TEXT, b"x" * 50000) * 4
                 + frame(CLOSE, close_payload(4000)))
        for _ in range(4):
            self.assertEqual(one.frame(), Frame(TEXT, b"x" * 50000))
        self.assertEqual(one.closed()[0], 4000)

    def test_what_comes_behind_is_ignored(self):
        for behind in (frame(TEXT, "x"), frame(PING), b"\x83",
                       frame(CLOSE, close_payload(4001)), frame(TEXT, b"\xff")):
            one = self.open()
            one.send(frame(CLOSE, close_payload(4000)) + behind)
            self.assertEqual(one.closed()[0], 4000)
            one.close()

    def test_data_behind_it_does_not_eat_the_answer(self):
        """As it would, if it were left unread and so caused a reset."""
        for _ in range(5):
            one = self.open()
            one.send(frame(CLOSE, close_payload(4000))
                     + frame(TEXT, b"x" * 100000) * 20)
            self.assertEqual(one.closed()[0], 4000)
            one.close()

    def test_the_server_ends_the_connection_first(self):
        """Ours stays open for writing, and yet the end comes."""
        one = self.open()
        one.say(CLOSE, close_payload(1000))
        self.assertEqual(one.closed()[0], 1000)

    def test_each_end_has_its_line(self):
        one = self.open()
        one.say(TEXT, b"12345")
        one.frame()
        one.say(CLOSE, close_payload(4777, b"so \"long\""))
        one.closed()
        self.daemon.await_line(
            r'sid=\w+ peer=127\.0\.0\.1:\d+ path="/echo" ended '
            r'reason=peer-closed by=peer code=4777 .*phase=open '
            r'messages_in=1 messages_out=1 bytes_in=5 bytes_out=5 ')

    def test_cut_connection_is_1006(self):
        self.open().close()
        self.daemon.await_line("reason=connection-lost by=transport code=1006")
