"""Conformance: compressed messages of the server (RFC 7692 §6.1, §7.2.1). The
peer inflates them in the window that was agreed, and not a byte more."""
import functools
import random

import daemon
import deflating
from case import DaemonCase
from daemon import endpoint
from deflating import NAME, Inflater
from peer import BINARY, CLOSE, PING, PONG, TEXT, Frame, close_payload, frame

BOTH = {"server_takeover": True, "client_takeover": True}
SIZES = (0, 1, 16, 64, 256, 1024, 4096, 8192, 16384, 32768, 65536, 131072)
POLICIES = "drop-oldest", "drop-newest"
LONG_WINDOW = f"{NAME}; server_max_window_bits=15; client_max_window_bits"


@functools.cache
def records(size, seed):
    """Text like what applications send."""
    some = random.Random(seed)
    text = b""
    while len(text) < size:
        text += b'{"id": %d, "name": "%x", "values": [%s]}\n' % (
            some.randrange(1000), some.getrandbits(40),
            b", ".join(b"%d" % some.randrange(100) for _ in range(8)))
    return text[:size]


@functools.cache
def digits(size, seed):
    """Shrinks without repeats: each byte has four bits."""
    return bytes(random.Random(seed).choices(b"0123456789abcdef", k=size))


@functools.cache
def noise(size, seed):
    """Does not shrink."""
    return random.Random(seed).randbytes(size)


class Deflated(DaemonCase):
    def open(self, target="/echo", offer=LONG_WINDOW, receive_buffer=None):
        one = deflating.open_peer(self.port, target, offer, receive_buffer)
        self.addCleanup(one.close)
        return one

    def check_message(self, one, opcode, data):
        """Returns its compressed size, if it was compressed."""
        found = one.message()
        self.assertEqual(found[0], opcode)
        # a difference would fill the log
        self.assertTrue(found[1] == data, len(data))
        return found[2]

    def check_echo(self, one, opcode, data, fragment_bytes=None):
        one.tell(opcode, data, fragment_bytes)
        return self.check_message(one, opcode, data)


class Sizes(Deflated):
    """Of both sides' messages, whole and in frames."""

    configuration = daemon.configuration(
        endpoint("/echo"),
        *(endpoint(f"/{server:d}{client:d}", deflate={
            "server_takeover": server, "client_takeover": client})
          for server in (False, True) for client in (False, True)),
        *(endpoint(f"/level/{level}", deflate={
            **BOTH, "level": level, "memory_level": level,
            "server_window_bits": 9 + level % 7}) for level in range(1, 10)),
        deflate={"min_bytes": 0})

    def check_sizes(self, target, make, kind, is_compressed):
        one = self.open(target)
        for size in SIZES:
            for fragment_bytes in (None, 256, 1024, 4096, 32768):
                if fragment_bytes and fragment_bytes > size:
                    continue
                found = self.check_echo(one, kind, make(size, size),
                                        fragment_bytes)
                if size >= 256:
                    self.assertEqual(found is not None, is_compressed, size)
        one.close()

    def test_without_takeover(self):
        self.check_sizes("/00", records, TEXT, True)

    def test_with_takeover_of_the_server(self):
        self.check_sizes("/10", records, TEXT, True)

    def test_with_takeover_of_the_client(self):
        self.check_sizes("/01", records, TEXT, True)

    def test_with_takeover_of_both(self):
        self.check_sizes("/11", records, BINARY, True)

    def test_what_does_not_shrink(self):
        self.check_sizes("/00", noise, BINARY, False)

    def test_runs(self):
        self.check_sizes("/11", lambda size, seed: b"a" * size, TEXT, True)

    def test_levels(self):
        for level in range(1, 10):
            one = self.open(f"/level/{level}")
            self.assertEqual(one.agreed.server_bits, 9 + level % 7)
            for i, size in enumerate((10000, 300, 10000, 40000)):
                self.check_echo(one, TEXT, records(size, i))
            one.close()

    def test_many_messages(self):
        """In step to the end."""
        one = self.open("/11")
        for i in range(1000):
            self.assertIsNotNone(self.check_echo(one, TEXT, records(200, i)))

    def test_many_at_once(self):
        one = self.open("/11")
        payloads = [records(i, i) for i in range(600)]
        for payload in payloads:
            one.tell(TEXT, payload)
        one.say(CLOSE, close_payload(4000))
        for payload in payloads:
            self.check_message(one, TEXT, payload)
        self.assertEqual(one.closed()[0], 4000)

    def test_controls_are_not_compressed(self):
        one = self.open("/11")
        one.say(PING, b"a" * 125)
        self.assertEqual(one.frame(), Frame(PONG, b"a" * 125))
        one.say(CLOSE, close_payload(4000, b"a" * 123))
        self.assertEqual(one.closed(), (4000, b"a" * 123))


class Windows(Deflated):
    """What repeats inside the window is found, what farther back, not."""

    configuration = daemon.configuration(
        endpoint("/echo"),
        *(endpoint(f"/{bits}/{takeover:d}", deflate={
            "server_takeover": takeover, "server_window_bits": bits,
            "level": 9}) for bits in range(9, 16)
          for takeover in (False, True)),
        deflate={"min_bytes": 0})

    def check_repeats(self, one):
        size = 1 << one.agreed.server_bits
        block = digits(size - 300, size)
        for _ in range(2):
            found = self.check_echo(one, TEXT, block * 2)
            self.assertLess(found, len(block) * 0.9)
        for distance in size + 1, size + 100:
            data = (digits(distance, size) * 2)[:distance + 250]
            for _ in range(2):
                self.assertIsNotNone(self.check_echo(one, TEXT, data))

    def test_configured(self):
        for bits in range(9, 16):
            for takeover in 0, 1:
                one = self.open(f"/{bits}/{takeover}", NAME)
                self.assertEqual(one.agreed.server_bits, bits)
                self.assertEqual(one.agreed.server_takeover, bool(takeover))
                self.check_repeats(one)
                one.close()

    def test_asked_for(self):
        for bits in range(9, 16):
            for takeover in 0, 1:
                one = self.open(f"/15/{takeover}",
                                f"{NAME}; server_max_window_bits={bits}")
                self.assertEqual(one.agreed.server_bits, bits)
                self.check_repeats(one)
                one.close()


class Plain(Deflated):
    """Messages that are sent as they are, and what comes after them."""

    configuration = daemon.configuration(
        endpoint("/echo"),
        endpoint("/some"),
        endpoint("/takeover", deflate={"server_takeover": True}),
        endpoint("/all", deflate={"min_bytes": 0}))

    def test_below_the_minimum(self):
        """256 bytes by default."""
        for target in "/some", "/takeover":
            one = self.open(target)
            self.assertIsNone(self.check_echo(one, TEXT, b"a" * 255))
            self.assertIsNotNone(self.check_echo(one, TEXT, b"a" * 256))

    def test_that_would_grow(self):
        for target in "/all", "/some", "/takeover":
            one = self.open(target)
            for size in (256, 1000, 70000):
                self.assertIsNone(
                    self.check_echo(one, BINARY, noise(size, size)))

    def test_of_a_few_bytes(self):
        """Never compressed into as many or more: message() checks it."""
        one = self.open("/all")
        for size in range(64):
            self.check_echo(one, TEXT, digits(size, size))

    def test_takeover_stays_in_step(self):
        one = self.open("/takeover")
        text = digits(600, 1)
        first = self.check_echo(one, TEXT, text)
        self.assertLess(self.check_echo(one, TEXT, text), first // 4)
        for i in range(20):
            size = 255 if i % 3 else 3000
            self.assertIsNone(self.check_echo(one, BINARY, noise(size, i)))
            if i % 4 == 0:
                self.check_echo(one, TEXT, records(2000, i))
            self.assertIsNotNone(self.check_echo(one, TEXT, text))
            self.assertLess(self.check_echo(one, TEXT, text), first // 4)


class Queued(Deflated):
    """Peers that do not read while messages for them wait."""
    configuration = daemon.configuration(
        endpoint("/echo"),
        endpoint("/alone"),
        endpoint("/together", deflate=BOTH),
        *(endpoint(f"/{module}/{policy}", module, deflate=BOTH,
                   queue_policy=policy) for module in ("echo", "broadcast")
          for policy in POLICIES),
        limits={"queue_bytes": "64K", "close_timeout_ms": 60000},
        keepalive={"ping_interval_ms": 0})

    def numbered(self, i, size=20000):
        return b"%06d" % i + digits(size, i % 7)

    def test_echo(self):
        """Waits for the reader, who gets all."""
        for target in "/alone", "/together":
            one = self.open(target, receive_buffer=4096)
            count = 800
            rest = one.send_until_blocked(b"".join(
                frame(TEXT, self.numbered(i)) for i in range(count)))
            self.assertGreater(len(rest), 0)
            self.check_serves()
            one.send_while_reading(rest)
            for i in range(count):
                self.assertIsNotNone(
                    self.check_message(one, TEXT, self.numbered(i)))
            self.check_echo(one, TEXT, b"the end")
            one.close()

    def check_rest(self, slow, count):
        """Some messages of so many were dropped, and the compressor never saw
        them. The peer's Close is answered behind the others."""
        slow.say(CLOSE, close_payload(4000))
        numbers = []
        while (found := slow.message())[0] == TEXT:
            numbers.append(int(found[1][:6]))
            self.assertTrue(found[1] == self.numbered(numbers[-1]))
        self.assertEqual(found, (CLOSE, close_payload(4000), None))
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertLess(len(numbers), count)
        slow.close()

    def test_dropped_replies(self):
        for policy in POLICIES:
            slow = self.open(f"/echo/{policy}", receive_buffer=4096)
            count = 800
            for i in range(count):
                slow.say(TEXT, self.numbered(i))
            self.check_rest(slow, count)

    def test_dropped_publications(self):
        for policy in POLICIES:
            target = f"/broadcast/{policy}"
            slow = self.open(target, receive_buffer=4096)
            one, count = self.open(target), 600
            for each in slow, one:
                each.say(PING)
                self.assertEqual(each.frame(), Frame(PONG, b""))
            for i in range(count):
                one.say(TEXT, self.numbered(i))
                self.check_message(one, TEXT, self.numbered(i))
            self.check_rest(slow, count)
            one.close()


class Broadcast(Deflated):
    """One message, as each subscriber has agreed to get it."""

    configuration = daemon.configuration(
        endpoint("/echo"),
        endpoint("/all", "broadcast", settings={"topic": "all"},
                 deflate={"server_takeover": True}),
        endpoint("/also", "broadcast", settings={"topic": "all"}),
        endpoint("/never", "broadcast", settings={"topic": "all"},
                 deflate={"enabled": False}))

    def subscribers(self):
        """Two of each kind at least, so that both workers have some."""
        found = []
        for _ in range(2):
            for bits in range(9, 16):
                for target in "/all", "/also":
                    found.append(self.open(
                        target, f"{NAME}; server_max_window_bits={bits}"))
                found.append(self.open(
                    "/all", f"{NAME}; server_no_context_takeover; "
                    f"server_max_window_bits={bits}"))
        plain = [self.connect(target)
                 for target in ("/all", "/also", "/never") for _ in range(3)]
        for one in plain:
            self.addCleanup(one.close)
        for one in found + plain:
            one.say(PING)
            self.assertEqual(one.frame(), Frame(PONG, b""))
        return found, plain

    def messages(self):
        for i in range(12):
            yield TEXT, records((300, 20, 3000, 40000)[i % 4], i)
            if i % 3 == 0:
                yield BINARY, noise(1000, i)
            yield TEXT, digits(700, 5)

    def check_all(self, publisher, send):
        compressing, plain = self.subscribers()
        messages = list(self.messages())
        for opcode, data in messages:
            send(publisher, opcode, data)
        for one in plain:
            for opcode, data in messages:
                self.assertEqual(one.frame(), Frame(opcode, data))
        for one in compressing:
            for opcode, data in messages:
                size = self.check_message(one, opcode, data)
                self.assertEqual(size is not None,
                                 opcode == TEXT and len(data) >= 256)

    def test_of_a_plain_publisher(self):
        self.check_all(self.connect("/never"), deflating.peer.Peer.say)

    def test_of_one_that_compresses(self):
        self.check_all(self.open("/all"), deflating.Peer.tell)

    def test_takeover_is_used(self):
        """Where it was agreed on, and there alone."""
        together, alone = self.open("/all"), self.open("/also")
        for one in together, alone:
            one.say(PING)
            self.assertEqual(one.frame(), Frame(PONG, b""))
        sizes = {together: [], alone: []}
        for _ in range(2):
            together.tell(TEXT, digits(900, 1))
            for one in together, alone:
                sizes[one].append(
                    self.check_message(one, TEXT, digits(900, 1)))
        self.assertLess(sizes[together][1], sizes[together][0] // 4)
        self.assertEqual(*sizes[alone])


class Strictness(Deflated):
    """Of the inflater of these tests, without which they show little."""

    def test_repeats_from_outside_the_window_are_noticed(self):
        far = digits(600, 1)
        one = self.open()
        size = self.check_echo(one, TEXT, far + far)
        self.assertLess(size, 600)
        one.tell(TEXT, far + far)
        one.inflate = Inflater(9)
        with self.assertRaises(deflating.zlib.error):
            one.message()
