"""The PROXY protocol: headers ahead of the request."""
import re
import struct
import unittest

import daemon
import peer
from case import DaemonCase
from daemon import DEADLINE
from peer import request

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
LINE = b"PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r\n"


def binary(command=0x21, family=0x11, addresses=b"", values=b""):
    return (SIGNATURE + bytes([command, family])
            + struct.pack("!H", len(addresses + values)) + addresses + values)


FOUR = bytes([203, 0, 113, 9, 192, 0, 2, 1]) + struct.pack("!HH", 4711, 443)
SIX = (bytes.fromhex("20010db8" + 22 * "0" + "09" + "20010db8" + 24 * "0")
       + struct.pack("!HH", 4711, 443))


def listener(**more):
    return [{"address": "127.0.0.1", "port": 0, **more}]


class Proxied(DaemonCase):
    configuration = daemon.configuration(
        listeners=listener(proxy_protocol=True,
                           trusted_proxies=["127.0.0.0/8", "::1"]))

    @classmethod
    def connect(cls, target="/echo", receive_buffer=None, **changes):
        one = peer.Peer(cls.port, receive_buffer)
        one.send(LINE + request(target, **changes))
        one.upgraded()
        return one

    def check(self, header, address):
        """The session that follows is of this address, in the log."""
        with peer.Peer(self.port) as one:
            one.send(header + request())
            one.upgraded()
            one.say(peer.TEXT, "hello")
            self.assertEqual(one.frame(), peer.Frame(peer.TEXT, b"hello"))
            one.say(peer.CLOSE, peer.close_payload(4000))
            self.assertEqual(one.closed(), (4000, b""))
        self.daemon.await_line(
            f"peer={re.escape(address)} .*reason=peer-closed .*code=4000")

    def test_line(self):
        self.check(LINE, "203.0.113.9:4711")
        self.check(b"PROXY TCP6 2001:db8::9 2001:db8:: 4711 443\r\n",
                   "[2001:db8::9]:4711")

    def test_binary(self):
        self.check(binary(addresses=FOUR), "203.0.113.9:4711")
        self.check(binary(family=0x21, addresses=SIX), "[2001:db8::9]:4711")

    def test_further_values_are_skipped(self):
        self.check(binary(addresses=FOUR, values=b"\x04\0\x03abc" * 100),
                   "203.0.113.9:4711")

    def test_own_connections_keep_their_address(self):
        for header in binary(command=0x20), b"PROXY UNKNOWN\r\n":
            with peer.Peer(self.port) as one:
                one.send(header + request())
                one.upgraded()
                one.say(peer.CLOSE, peer.close_payload(4001))
                one.closed()
            self.daemon.await_line(r"peer=127\.0\.0\.1:\d+ .*code=4001")

    def test_unix_source_has_no_address(self):
        self.check(binary(family=0x31, addresses=bytes(216)), "unknown")

    def test_byte_by_byte(self):
        for header in LINE, binary(addresses=FOUR):
            with peer.Peer(self.port) as one:
                one.drip(header + request())
                one.upgraded()

    def test_what_is_no_header(self):
        for wrong in (request(), b"PROXY TCP4 1.2.3.4\r\n", b"\x16\x03\x01",
                      binary(command=0x11, addresses=FOUR),
                      binary(addresses=FOUR[:11]), b"PROXY " + b"x" * 200):
            with self.subTest(wrong[:20]), peer.Peer(self.port) as one:
                one.send(wrong)
                one.ended()
        self.daemon.await_line(r"ended reason=proxy-wrong .*"
                               r'text="proxy header is missing"')


class Impatient(DaemonCase):
    configuration = daemon.configuration(
        listeners=listener(proxy_protocol=True, trusted_proxies=["127.0.0.1"]),
        limits={"handshake_timeout_ms": 300})
    connect = Proxied.__dict__["connect"]

    def test_half_a_header_ends_in_time(self):
        with peer.Peer(self.port) as one:
            one.send(LINE[:20])
            one.ended()
        self.daemon.await_line("ended reason=handshake-timeout .*phase=proxy")


class Untrusted(unittest.TestCase):
    def test_nobody_else_may_say_so(self):
        running = daemon.Daemon(daemon.configuration(
            listeners=listener(proxy_protocol=True,
                               trusted_proxies=["192.0.2.0/24"])))
        self.addCleanup(running.kill)
        with peer.Peer(running.port) as one:
            one.socket.settimeout(DEADLINE)
            self.assertEqual(one.socket.recv(1), b"")
        running.await_line("ended reason=proxy-untrusted")
        self.assertEqual(running.stop(), 0)


if __name__ == "__main__":
    unittest.main()
