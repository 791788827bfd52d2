"""Conformance: the closing handshake (RFC 6455 §5.5.1, §7)."""
from case import DaemonCase
from conformance import CUTS, Case, Conformance, by, in_one_write, refused
from peer import (BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Frame,
                  close_payload, frame)


def may_be_sent(code):
    """RFC 6455 §7.4 and the registry that it founds."""
    return 1000 <= code <= 1003 or 1007 <= code <= 1014 or \
        3000 <= code <= 4999


class Codes(Conformance):
    """Of which the registry knows the first, and applications the last."""

    CODES = [*range(1101), 1999, 2000, 2001, 2999, *range(3000, 3005), 3999,
             4000, 4998, 4999, 5000, 5001, 9999, 32768, 65534, 65535]

    def test_every_one(self):
        self.check({str(code): Case(
            [frame(CLOSE, close_payload(code))], [],
            code if may_be_sent(code) else 1002) for code in self.CODES},
            [in_one_write])

    def test_edges_in_pieces(self):
        self.check({str(code): Case(
            [frame(CLOSE, close_payload(code, b"because"))], [],
            code if may_be_sent(code) else 1002)
            for code in (999, 1000, 1003, 1004, 1005, 1006, 1007, 1014, 1015,
                         1016, 2999, 3000, 4999, 5000)})

    def test_1002_body_of_one_byte(self):
        self.check(refused(1002, **{
            str(byte): [frame(CLOSE, bytes([byte]))] for byte in (0, 3, 255)}))


class Reasons(Conformance):
    def check_echoed(self, reason, cut):
        one = self.open()
        for piece in cut([frame(CLOSE, close_payload(4001, reason))]):
            one.send(piece)
        self.assertEqual(one.closed(), (4001, reason))
        one.close()

    def test_every_length_is_echoed(self):
        for size in range(124):
            self.check_echoed(b"r" * size, in_one_write)

    def test_longest_is_echoed(self):
        for cut in CUTS:
            self.check_echoed("€".encode() * 41, cut)

    def test_1002_one_byte_longer(self):
        self.check(refused(1002, longer=[
            frame(CLOSE, close_payload(1000, b"r" * 124))]))

    def test_empty_body_is_echoed_empty(self):
        one = self.open()
        one.say(CLOSE)
        self.assertEqual(one.closed(), (None, b""))
        self.daemon.await_line("reason=peer-closed by=peer code=1005")


class Order(Conformance):
    def test_what_comes_before_is_answered(self):
        big = bytes(range(256)) * 1024
        close, ping = frame(CLOSE, close_payload(4000)), frame(PING, "late")
        self.check({
            "a message": Case([frame(TEXT, "x"), close],
                              [Frame(TEXT, b"x")], 4000),
            "a ping": Case([frame(PING, "x"), close],
                           [Frame(PONG, b"x")], 4000),
            "256 KiB, and a ping behind it": Case(
                [frame(BINARY, big), close, ping],
                [Frame(BINARY, big)], 4000),
            "several": Case([frame(BINARY, big[:50000])] * 4 + [close],
                            [Frame(BINARY, big[:50000])] * 4, 4000),
        }, [in_one_write, by(997)])

    def test_what_comes_behind_is_ignored(self):
        close = frame(CLOSE, close_payload(4000))
        self.check({what: Case([close, behind], [], 4000)
                    for what, behind in {
                        "text": frame(TEXT, "x"),
                        "ping": frame(PING, "x"),
                        "another close": frame(CLOSE, close_payload(4001)),
                        "bad close": frame(CLOSE, close_payload(999)),
                        "bad opcode": b"\x83",
                        "not utf-8": frame(TEXT, b"\xff"),
                        "part of a frame": frame(TEXT, b"x")[:3],
                    }.items()}, [in_one_write])

    def test_inside_a_message(self):
        """The message is lost."""
        start, close = frame(TEXT, "a", fin=False), \
            frame(CLOSE, close_payload(4000))
        self.check({
            "alone": Case([start, close], [], 4000),
            "the message goes on": Case(
                [start, close, frame(CONTINUATION, "b")], [], 4000),
        }, [in_one_write])

    def test_data_behind_it_does_not_eat_the_answer(self):
        """As it would, if it were left unread and so caused a reset."""
        for _ in range(5):
            self.talk(self.open(), Case(
                [frame(CLOSE, close_payload(4000))]
                + [frame(TEXT, b"x" * 100000)] * 20, [], 4000))


class Ends(DaemonCase):
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
