"""Limits at the door, and to how much comes in a second."""
import contextlib
import select
import ssl
import time

import certificates
import daemon
import peer
from case import DaemonCase
from daemon import endpoint


class LimitCase(DaemonCase):
    def refused(self, status, text, **more):
        with peer.Peer(more.pop("port", self.port), **more) as one:
            one.send(peer.request())
            answer = one.response()
            self.assertEqual(answer.status, status)
            self.assertEqual(answer.get("Retry-After"), "5")
            self.assertIn(text, answer.body.decode())
            one.ended()


class Listener(LimitCase):
    configuration = daemon.configuration(listeners=[
        {"address": "127.0.0.1", "port": 0, "max_sessions": 3},
        {"address": "127.0.0.2", "port": 0}])

    def test_listener(self):
        many = [self.open() for _ in range(3)]
        self.refused(503, "too many sessions")
        self.daemon.await_line("ended reason=overload by=limit code=503")
        # the other one has its own
        port = int(self.daemon.await_line(
            r"listening address=127\.0\.0\.2 port=(\d+)").group(1))
        self.assertNotEqual(port, self.port)
        many.pop().close()
        daemon.await_true(self.is_open, "a place is free again")

    def is_open(self):
        with contextlib.suppress(AssertionError):
            self.connect().close()
            return True


class Address(LimitCase):
    configuration = daemon.configuration(listeners=[
        {"address": "127.0.0.1", "port": 0,
         "trusted_proxies": ["127.0.0.9"]}],
        limits={"max_sessions_per_address": 2})

    def test_address(self):
        many = [self.open() for _ in range(2)]
        self.refused(429, "too many sessions from this address")
        self.daemon.await_line("ended reason=address-limit by=limit code=429")
        # others have theirs
        with peer.Peer(self.port, source="127.0.0.2") as other:
            other.upgrade()
        many.pop().close()
        daemon.await_true(self.is_open, "a place is free again")

    is_open = Listener.is_open

    def through(self, client):
        one = peer.Peer(self.port, source="127.0.0.9")
        self.addCleanup(one.close)
        one.send(peer.request(extra=[f"X-Forwarded-For: {client}"]))
        return one.response().status

    def test_effective_address_counts(self):
        """Never the proxy's; and IPv6 by its network."""
        for client in "203.0.113.1", "203.0.113.2", "203.0.113.3":
            self.assertEqual(self.through(client), 101)
        for client, status in (("2001:db8::1", 101), ("2001:db8::2", 101),
                               ("2001:db8:0:0:ffff::3", 429),
                               ("2001:db8:0:1::1", 101)):
            self.assertEqual(self.through(client), status, client)


class Rate(LimitCase):
    configuration = daemon.configuration(
        listeners=[{"address": "127.0.0.1", "port": 0},
                   {"address": "127.0.0.1", "port": 0,
                    "tls": {"certificate": certificates.server()}}],
        limits={"connections_per_second": 20})

    @classmethod
    def check_serves(cls):
        daemon.await_true(cls.is_open, "the rate has gone down")
        super().check_serves()

    @classmethod
    def is_open(cls):
        time.sleep(0.2)  # asking all the time would keep it up
        with contextlib.suppress(AssertionError):
            cls.connect().close()
            return True

    def test_rate(self):
        many = [peer.Peer(self.port) for _ in range(60)]
        statuses = []
        for one in many:
            one.send(peer.request())
            statuses.append(one.response().status)
            one.close()
        self.assertEqual(set(statuses), {101, 503})
        self.assertLess(statuses.count(101), 40)
        self.daemon.await_line("clients are turned away")

    def test_tls_is_not_begun(self):
        port = int(self.daemon.await_line(
            rf"listening .*port=((?!{self.port}\b)\d+)").group(1))
        many = [peer.Peer(self.port) for _ in range(40)]
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            peer.Peer(port, tls=certificates.authority().client())
        for one in many:
            one.close()


class Handshakes(LimitCase):
    configuration = daemon.configuration(
        limits={"max_handshakes": 5, "handshake_timeout_ms": 60000})

    def is_settled(self, one):
        """Whether the daemon has seen it: it was cut, or its byte is read."""
        return (select.select([one.socket], [], [], 0)[0]
                or self.daemon.has_read(one.socket))

    def test_those_who_speak_are_served(self):
        silent = [peer.Peer(self.port) for _ in range(20)]
        for one in silent:
            with contextlib.suppress(ConnectionError):
                one.send(b"G")
            # what is accepted later could cut those who speak
            daemon.await_true(lambda: self.is_settled(one),
                              "it is accepted")
        for _ in range(5):
            self.check_serves()
        # of the silent ones, but few are left: one more for each worker
        ended = 0
        for one in silent:
            one.socket.settimeout(0.05)
            with contextlib.suppress(TimeoutError, ConnectionError):
                ended += one.socket.recv(1) == b""
            one.close()
        self.assertGreaterEqual(ended, 20 - 5 - 2)


class Messages(LimitCase):
    configuration = daemon.configuration(
        endpoint("/echo"),
        endpoint("/slow", limits={"messages_per_second": 20}),
        endpoint("/narrow", limits={"bytes_per_second": "64K"}),
        endpoint("/strict", limits={"messages_per_second": 20,
                                    "rate_policy": "close"}))

    def test_delay(self):
        one = self.open("/slow")
        begin = time.monotonic()
        for i in range(40):
            one.say(peer.TEXT, str(i))
        for i in range(40):
            self.assertEqual(one.frame().payload, str(i).encode())
        # 20 at once, and 20 in a second
        self.assertGreater(time.monotonic() - begin, 0.8)

    def test_bytes(self):
        one = self.open("/narrow")
        begin = time.monotonic()
        for _ in range(4):
            one.say(peer.BINARY, bytes(32 << 10))
        for _ in range(4):
            self.assertEqual(len(one.frame().payload), 32 << 10)
        self.assertGreater(time.monotonic() - begin, 0.4)

    def test_close(self):
        one = self.open("/strict")
        for _ in range(30):
            one.say(peer.TEXT, "x")
        for _ in range(20):
            self.assertEqual(one.frame().payload, b"x")
        self.assertEqual(one.closed(), (1008, b"too many messages in a second"))
        self.daemon.await_line("ended reason=rate-exceeded by=limit")


class Health(DaemonCase):
    configuration = daemon.configuration(
        endpoint("/echo"), endpoint("/own/healthz"))

    def ask(self, target, method="GET"):
        with self.bare() as one:
            one.send(f"{method} {target} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
            head = one.take_until(b"\r\n\r\n").decode()
            return head, bytes(one.buffer) + one.socket.recv(100)

    def test_healthz(self):
        head, body = self.ask("/healthz")
        self.assertTrue(head.startswith("HTTP/1.1 200 OK\r\n"), head)
        self.assertEqual(body, b"ok\n")
        self.assertIn("\r\nConnection: close\r\n", head)
        head, body = self.ask("/healthz", "HEAD")
        self.assertTrue(head.startswith("HTTP/1.1 200 OK\r\n"), head)
        self.assertEqual(body, b"")

    def test_others(self):
        for target, method, status in (
                ("/healthz", "POST", 404), ("/healthz/", "GET", 404),
                ("/own/healthz", "GET", 426)):
            head, _ = self.ask(target, method)
            self.assertTrue(head.startswith(f"HTTP/1.1 {status} "), head)


if __name__ == "__main__":
    import unittest
    unittest.main()
