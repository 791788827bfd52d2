"""Conformance: frames and messages, pings, reserved bits, opcodes, fragments
(RFC 6455 §5)."""
import daemon
from conformance import CUTS, Case, Conformance, by, in_one_write, refused
from daemon import endpoint
from peer import (BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Frame,
                  fragments, frame, header)

KINDS = {"text": TEXT, "binary": BINARY}
CONTROLS = {"close": CLOSE, "ping": PING, "pong": PONG}
HELLO, ECHO = frame(TEXT, "hello"), Frame(TEXT, b"hello")


def pattern(size):
    return bytes(32 + i % 89 for i in range(size))


def exchanges(*frames):
    """Frames and the same coming back."""
    return Case([frame(kind, payload) for kind, payload in frames],
                [Frame(kind, payload) for kind, payload in frames])


class Messages(Conformance):
    def sized(self, sizes):
        return {f"{name} of {size}": exchanges((kind, pattern(size)))
                for name, kind in KINDS.items() for size in sizes}

    def test_short_lengths(self):
        self.check(self.sized((0, 1, 2, 124, 125)))

    def test_16_bit_lengths(self):
        self.check(self.sized((126, 127, 128, 255, 256)))
        self.check(self.sized((65534, 65535)), [in_one_write, by(997)])

    def test_64_bit_lengths(self):
        self.check(self.sized((65536, 65537, 100000)),
                   [in_one_write, by(997), by(4096), by(65536)])

    def test_masks(self):
        payload = bytes(range(256)) * 3
        self.check({
            str(key): Case([frame(BINARY, payload, key=key)],
                           [Frame(BINARY, payload)])
            for key in (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\1\0\0\0", b"abcd")
        })

    def test_bytes_are_not_text(self):
        self.check({"binary": exchanges((BINARY, bytes(range(256))))})

    def test_many_in_one_write(self):
        numbers = [(TEXT, b"%d" % i) for i in range(5000)]
        self.check({"5000": exchanges(*numbers)}, [in_one_write])


class Pings(Conformance):
    def answered(self, *payloads):
        return Case([frame(PING, payload) for payload in payloads],
                    [Frame(PONG, payload) for payload in payloads])

    def test_pong_has_the_payload(self):
        self.check({
            "empty": self.answered(b""),
            "text": self.answered(b"are you there?"),
            "not utf-8": self.answered(b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"),
            "of 125 bytes": self.answered(b"\xfe" * 125),
            "ten": self.answered(*(b"number %d" % i for i in range(10))),
        })

    def test_every_one_is_answered_in_order(self):
        self.check({"3000": self.answered(*(b"%d" % i for i in range(3000)))},
                   [in_one_write, by(1000)])

    def test_pong_that_nobody_asked_for(self):
        self.check({
            "empty": Case([frame(PONG)]),
            "with payload": Case([frame(PONG, "unasked for")]),
            "then a ping": Case([frame(PONG, "unasked for"), frame(PING, "p")],
                                [Frame(PONG, b"p")]),
        })

    def test_1002_too_long(self):
        for name, opcode in CONTROLS.items():
            self.check(refused(1002, **{
                f"{name} of 126": [frame(opcode, b"\xfe" * 126)],
                f"{name} in 16 bits": [bytes([0x80 | opcode, 0xfe])],
                f"{name} in 64 bits": [bytes([0x80 | opcode, 0xff])],
                f"short {name} in 16 bits": [header(opcode, 5, form=16)],
            }))


class FirstByte(Conformance):
    """What it says is judged before there is a second one."""

    DATA, CONTROL = (CONTINUATION, TEXT, BINARY), (CLOSE, PING, PONG)

    def bad(self):
        """All that are wrong whatever follows."""
        for first in range(256):
            fin, rsv, opcode = first & 0x80, first & 0x70, first & 15
            if rsv or opcode not in self.DATA + self.CONTROL or (
                    opcode in self.CONTROL and not fin):
                yield first

    def test_1002_alone(self):
        bad = list(self.bad())
        self.assertEqual(len(bad), 256 - 2 * 3 - 3)
        self.check(refused(1002, **{
            f"{first:#x}": [bytes([first])] for first in bad}), [in_one_write])

    def test_1002_in_a_whole_frame(self):
        """What came before is answered, what comes behind is not."""
        for payload in (b"", b"payload"):
            self.check({
                f"{first:#x}": Case([
                    HELLO,
                    frame(first & 15, payload, fin=first & 0x80,
                          rsv=first >> 4 & 7),
                    frame(PING, "too late")], [ECHO], 1002)
                for first in self.bad()}, [in_one_write, by(1)])

    def test_1002_inside_a_message(self):
        start = frame(TEXT, "never", fin=False)
        self.check(refused(1002, **{
            f"{first:#x}": [start, bytes([first])] for first in self.bad()}),
            [in_one_write])


class SecondByte(Conformance):
    def test_1002_unmasked(self):
        """Whatever the length."""
        self.check(refused(1002, **{
            f"{first:#x} {second}": [bytes([first, second])]
            for first in (0x81, 0x02, 0x89, 0x88) for second in range(128)}),
            [in_one_write])

    def test_1002_unmasked_frame(self):
        for opcode in (TEXT, BINARY, PING, CLOSE):
            self.check({"good one before": Case(
                [HELLO, frame(opcode, b"\3\xe8", key=None), frame(PING)],
                [ECHO], 1002)})

    def test_1002_length_not_in_its_shortest_form(self):
        self.check(refused(1002, **{
            f"{size} in 16 bits": [header(TEXT, size, form=16)[:4]]
            for size in range(126)}), [in_one_write])
        self.check(refused(1002, **{
            f"{size} in 64 bits": [header(BINARY, size, form=64)[:10]]
            for size in (0, 1, 125, 126, 127, 128, 255, 65534, 65535)}))

    def test_1002_length_of_64_bits(self):
        self.check(refused(1002, **{
            "top bit": [header(BINARY, 1 << 63, form=64)[:10]],
            "all bits": [header(BINARY, (1 << 64) - 1, form=64)[:10]],
        }))


class Fragments(Conformance):
    def test_joined(self):
        table = {}
        for name, kind in KINDS.items():
            for size in (1, 2, 5, 125, 126):
                payload = pattern(630)
                table[f"{name} in frames of {size}"] = Case(
                    fragments(kind, payload, size), [Frame(kind, payload)])
        self.check(table)

    def test_kind_is_the_first_ones(self):
        self.check({name: Case(
            [frame(kind, "one", fin=False),
             frame(CONTINUATION, "two", fin=False),
             frame(CONTINUATION, "three")],
            [Frame(kind, b"onetwothree")]) for name, kind in KINDS.items()})

    def test_empty_ones(self):
        start, end = frame(BINARY, fin=False), frame(CONTINUATION)
        middle = frame(CONTINUATION, fin=False)
        self.check({
            "all": Case([start, middle, end], [Frame(BINARY, b"")]),
            "first and last": Case(
                [start, frame(CONTINUATION, "middle", fin=False), end],
                [Frame(BINARY, b"middle")]),
            "in the middle": Case(
                [frame(BINARY, "be", fin=False), middle, middle,
                 frame(CONTINUATION, "tween")], [Frame(BINARY, b"between")]),
        })

    def test_controls_between_them(self):
        start, end = frame(TEXT, "be", fin=False), frame(CONTINUATION, "fore")
        whole, ping, pong = Frame(TEXT, b"before"), frame(PING, "now"), \
            Frame(PONG, b"now")
        self.check({
            "a ping": Case([start, ping, end], [pong, whole]),
            "an empty ping": Case([start, frame(PING), end],
                                  [Frame(PONG, b""), whole]),
            "a pong": Case([start, frame(PONG, "x"), end], [whole]),
            "several": Case([start, ping, frame(PONG, "x"), ping, end],
                            [pong, pong, whole]),
        })

    def test_ping_is_answered_at_once(self):
        """Before the message goes on."""
        for cut in CUTS:
            one = self.open()
            parts = fragments(TEXT, b"in five fragments", 4)
            self.assertEqual(len(parts), 5)
            for i, part in enumerate(parts):
                self.talk(one, Case(
                    [frame(PING, b"%d" % i)], [Frame(PONG, b"%d" % i)]), cut)
                for piece in cut([part]):
                    one.send(piece)
            self.assertEqual(one.frame(), Frame(TEXT, b"in five fragments"))

    def test_1002_fragmented_controls(self):
        self.check({name: Case(
            [HELLO, frame(opcode, "frag", fin=False),
             frame(CONTINUATION, "ment")], [ECHO], 1002)
            for name, opcode in CONTROLS.items()})

    def test_1002_nothing_to_continue(self):
        joined = Frame(TEXT, b"onetwo")
        two = [frame(TEXT, "one", fin=False), frame(CONTINUATION, "two")]
        table = {}
        for fin in (True, False):
            stray = frame(CONTINUATION, "stray", fin=fin)
            table.update({
                f"at first, fin {fin}": Case([stray, HELLO], [], 1002),
                f"empty, fin {fin}": Case(
                    [frame(CONTINUATION, fin=fin)], [], 1002),
                f"its header, fin {fin}": Case(
                    [header(CONTINUATION, 5, fin=fin)], [], 1002),
                f"behind a message, fin {fin}": Case(
                    [HELLO, stray, HELLO], [ECHO], 1002),
                f"behind the last fragment, fin {fin}": Case(
                    [*two, stray, HELLO], [joined], 1002),
                f"before each of two, fin {fin}": Case(
                    [stray, *two, stray, *two], [], 1002),
                f"behind a ping, fin {fin}": Case(
                    [frame(PING), stray], [Frame(PONG, b"")], 1002),
            })
        self.check(table)

    def test_1002_message_inside_a_message(self):
        start = frame(TEXT, "one", fin=False)
        self.check(refused(1002, **{
            "text twice": [start, frame(TEXT, "two")],
            "text's header": [start, header(TEXT, 1)],
            "binary's header": [start, header(BINARY, 1, fin=False)],
            "after a pong": [start, frame(PONG, "x"), header(TEXT, 1)],
            "after a continuation": [
                start, frame(CONTINUATION, fin=False), frame(BINARY, "two")],
        }))

    def test_a_million_empty_ones(self):
        one = self.open()
        before = self.daemon.rss_bytes()
        one.say(TEXT, "a", fin=False)
        some = frame(CONTINUATION, fin=False) * 10000
        for _ in range(100):
            one.send(some)
        self.check_silence(one)
        if not daemon.IS_SANITIZED:
            self.assertLess(self.daemon.rss_bytes() - before, 4 << 20)
        one.say(CONTINUATION, "z")
        self.assertEqual(one.frame(), Frame(TEXT, b"az"))


class Faults(Conformance):
    """How a session ends that a frame was refused in."""

    configuration = daemon.configuration(
        endpoint("/echo", limits={"max_message_bytes": 3000,
                                  "max_frame_bytes": 3000}))

    def test_order_of_judgement(self):
        """A frame with several faults is refused for the first of them."""
        for data, word in (
                (bytes([0xf3, 127]) + b"\xff" * 8, b"reserved"),
                (bytes([0x83, 127]) + b"\xff" * 8, b"opcode"),
                (bytes([0x81, 127]) + b"\xff" * 8, b"mask"),
                (bytes([0x81, 0xff]) + b"\0" * 6 + b"\x0f\xff", b"shortest"),
                (header(TEXT, 3001) + b"\xff", b"too big")):
            one = self.open()
            one.send(data)
            self.assertIn(word, one.closed()[1])

    def test_answers_go_before_the_close(self):
        self.check({"message and ping": Case(
            [frame(TEXT, "hello"), frame(PING, "fine"), b"\x83"],
            [ECHO, Frame(PONG, b"fine")], 1002)})

    def test_close_survives_what_comes_behind_the_fault(self):
        """A reset would eat it."""
        for _ in range(20):
            self.talk(self.open(), Case([b"\x83" + b"x" * 100000], [], 1002))

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
