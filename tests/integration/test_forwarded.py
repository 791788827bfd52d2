"""Trusted proxies: whom they speak for, by headers of HTTP."""
import os
import re
import tempfile

import certificates
import daemon
import peer
from case import DaemonCase

FOLDER = tempfile.TemporaryDirectory(prefix="framed-forwarded-")
SOCKET = os.path.join(FOLDER.name, "socket")


class ForwardedCase(DaemonCase):
    def check(self, address, *lines, code=4000, source=peer.HOST, port=None,
              **changes):
        """A session with these lines is of this address, in the log."""
        start = len(self.daemon.lines)
        with peer.Peer(port or self.port, source=source) as one:
            one.send(peer.request(extra=lines, **changes))
            one.upgraded()
            one.say(peer.CLOSE, peer.close_payload(code))
            self.assertEqual(one.closed(), (code, b""))
        self.daemon.await_line(
            f"peer={address} .*reason=peer-closed .*code={code}", start)

    def refused(self, *lines, status, source=peer.HOST, **changes):
        with peer.Peer(self.port, source=source) as one:
            one.send(peer.request(extra=lines, **changes))
            self.assertEqual(one.response().status, status)


class X(ForwardedCase):
    configuration = daemon.configuration(listeners=[
        {"address": "127.0.0.1", "port": 0,
         "trusted_proxies": ["127.0.0.1", "10.0.0.0/8"]},
        {"path": SOCKET, "trusted_proxies": ["unix"]}])

    def test_client(self):
        self.check(r"203\.0\.113\.9", "X-Forwarded-For: 203.0.113.9")
        self.check(r"\[2001:db8::9\]:4711",
                   "X-Forwarded-For: [2001:db8::9]:4711")

    def test_spoofed_part_is_ignored(self):
        self.check(r"203\.0\.113\.9",
                   "X-Forwarded-For: 6.6.6.6, 203.0.113.9, 10.1.1.1")

    def test_from_an_untrusted_peer(self):
        self.check(r"127\.0\.0\.2:\d+", "X-Forwarded-For: 203.0.113.9",
                   source="127.0.0.2")

    def test_other_family_is_ignored(self):
        self.check(r"127\.0\.0\.1:\d+", "Forwarded: for=203.0.113.9")

    def test_unix(self):
        self.check(r"203\.0\.113\.9", "X-Forwarded-For: 203.0.113.9",
                   port=SOCKET)

    def test_origin_is_judged_by_the_proxys_words(self):
        proxy = ["X-Forwarded-Host: www.example.org",
                 "X-Forwarded-Proto: https"]
        self.check(r"127\.0\.0\.1:\d+", *proxy,
                   Origin="https://www.example.org")
        self.refused(*proxy, status=403, Origin="http://www.example.org")
        self.refused(*proxy, status=403, Origin="https://localhost")
        self.refused(*proxy, status=403, Origin="https://www.example.org",
                     source="127.0.0.2")

    def test_without_words_both_schemes_will_do(self):
        for scheme in "http", "https":
            self.check(r"127\.0\.0\.1:\d+", Origin=f"{scheme}://localhost")


class Rfc7239(ForwardedCase):
    configuration = daemon.configuration(listeners=[
        {"address": "127.0.0.1", "port": 0, "forwarded": "forwarded",
         "trusted_proxies": ["127.0.0.1"]}])

    def test_client(self):
        self.check(r"\[2001:db8::9\]:4711", "Forwarded: for=6.6.6.6, "
                   'for="[2001:db8::9]:4711";proto=https')

    def test_other_family_is_ignored(self):
        self.check(r"127\.0\.0\.1:\d+", "X-Forwarded-For: 203.0.113.9")

    def test_origin(self):
        proxy = "Forwarded: for=203.0.113.9;proto=https;host=www.example.org"
        self.check(r"203\.0\.113\.9", proxy,
                   Origin="https://www.example.org")
        self.refused(proxy, status=403, Origin="http://www.example.org")


class BehindProxyProtocol(ForwardedCase):
    """Whom the header names is believed only if it is trusted itself."""
    configuration = daemon.configuration(listeners=[
        {"address": "127.0.0.1", "port": 0, "proxy_protocol": True,
         "trusted_proxies": ["127.0.0.1", "10.0.0.0/8"]}])

    @classmethod
    def connect(cls, target="/echo", receive_buffer=None, **changes):
        return cls.through("203.0.113.1", target, **changes)

    @classmethod
    def through(cls, client, target="/echo", **changes):
        one = peer.Peer(cls.port)
        one.send(f"PROXY TCP4 {client} 192.0.2.1 4711 80\r\n".encode()
                 + peer.request(target, **changes))
        one.upgraded()
        return one

    def test_chain(self):
        for client, code, address in (
                ("10.1.1.1", 4001, "203.0.113.9"),
                ("203.0.113.1", 4002, "203.0.113.1:4711")):
            with self.through(client, extra=[
                    "X-Forwarded-For: 203.0.113.9"]) as one:
                one.say(peer.CLOSE, peer.close_payload(code))
                one.closed()
            self.daemon.await_line(
                f"peer={re.escape(address)} .*code={code}")


class Secured(DaemonCase):
    """A listener of TLS knows its scheme."""
    configuration = daemon.configuration(listeners=[{
        "address": "127.0.0.1", "port": 0,
        "tls": {"certificate": certificates.server()}}])

    @classmethod
    def setUpClass(cls):
        cls.tls = certificates.authority().client()
        super().setUpClass()

    def test_origin(self):
        self.connect(Origin="https://localhost").close()
        with self.bare() as one:
            one.send(peer.request(Origin="http://localhost"))
            self.assertEqual(one.response().status, 403)


if __name__ == "__main__":
    import unittest
    unittest.main()
