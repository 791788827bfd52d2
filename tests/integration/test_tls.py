"""TLS on the daemon's own listeners."""
import asyncio
import contextlib
import hashlib
import pathlib
import socket
import ssl
import subprocess
import time
import warnings

import certificates
import daemon
import peer
import test_conformance_close
import test_conformance_framing
import test_conformance_limits
import test_slow
from case import DaemonCase
from daemon import DEADLINE, endpoint

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import websockets

VERSIONS = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


def listener(**more):
    return {"address": "127.0.0.1", "port": 0,
            "tls": {"certificate": certificates.server(), **more}}


class OverTls:
    """What a class does, over TLS."""

    @classmethod
    def setUpClass(cls):
        cls.tls = certificates.authority().client()
        cls.configuration = cls.configuration.replace(
            "port = 0;", "port = 0; tls = { certificate = \""
            + certificates.server() + "\"; };", 1)
        super().setUpClass()


class Messages(OverTls, test_conformance_framing.Messages):
    pass


class Fragments(OverTls, test_conformance_framing.Fragments):
    pass


class Faults(OverTls, test_conformance_framing.Faults):
    # a client of TLS sends nothing more once it has heard the end
    test_endless_data_behind_the_fault_is_cut = None


class Codes(OverTls, test_conformance_close.Codes):
    pass


class Order(OverTls, test_conformance_close.Order):
    pass


class Large(OverTls, test_conformance_limits.Large):
    pass


class NeverReading(OverTls, test_slow.NeverReading):
    # half of a connection cannot be closed beneath TLS
    test_half_closed = test_close_that_cannot_be_answered = None


class TlsCase(DaemonCase):
    @classmethod
    def setUpClass(cls):
        cls.tls = certificates.authority().client()
        super().setUpClass()

    def openssl(self, *arguments, said="", port=None):
        """What s_client prints, and whether it was content."""
        done = subprocess.run(
            ["openssl", "s_client", "-connect",
             f"127.0.0.1:{port or self.port}", "-CAfile",
             certificates.authority().file, *arguments],
            input=said, capture_output=True, text=True, timeout=DEADLINE)
        return done.returncode, done.stdout + done.stderr


class Listener(TlsCase):
    configuration = daemon.configuration(
        listeners=[listener(certificate=[certificates.server(),
                                         certificates.other()])],
        limits={"handshake_timeout_ms": 3000, "max_sessions": 200})

    def test_python(self):
        async def talk():
            async with websockets.connect(
                    f"wss://localhost:{self.port}/echo", ssl=self.tls,
                    max_size=None) as one:
                for message in "Grüße", b"x" * 1000000, "":
                    await one.send(message)
                    self.assertEqual(await one.recv(), message)
        asyncio.run(talk())

    def test_versions(self):
        for version in VERSIONS:
            with peer.Peer(self.port, tls=certificates.authority().client(
                    version)) as one:
                one.upgrade()
                one.say(peer.TEXT, "hello")
                self.assertEqual(one.frame().payload, b"hello")

    def test_old_versions_are_refused(self):
        status, said = self.openssl("-tls1_1", "-cipher",
                                    "DEFAULT@SECLEVEL=0")
        self.assertNotEqual(status, 0)
        self.assertIn("alert protocol version", said)
        self.daemon.await_line("ended reason=tls-failed by=protocol .*"
                               "text=\"unsupported protocol\"")

    def test_weak_ciphers_are_refused(self):
        status, said = self.openssl("-tls1_2", "-cipher", "AES128-SHA")
        self.assertNotEqual(status, 0)
        self.assertIn("handshake failure", said)

    def test_server_name_chooses_the_certificate(self):
        for name in "localhost", "other.example":
            _, said = self.openssl("-servername", name, "-verify_hostname",
                                   name, "-verify_return_error", said="Q\n")
            self.assertIn("Verification: OK", said)
            self.assertIn(f"Verified peername: {name}", said)

    def test_unknown_names_get_the_first_certificate(self):
        for name in ["-noservername"], ["-servername", "unknown.example"]:
            _, said = self.openssl(*name, said="Q\n")
            self.assertIn("subject=CN = localhost", said)

    def test_protocol_is_http_1_1(self):
        tls = certificates.authority().client()
        tls.set_alpn_protocols(["h2", "http/1.1"])
        with peer.Peer(self.port, tls=tls) as one:
            self.assertEqual(one.socket.selected_alpn_protocol(), "http/1.1")
            one.upgrade()

    def test_other_protocols_are_refused(self):
        tls = certificates.authority().client()
        tls.set_alpn_protocols(["h2"])
        with self.assertRaisesRegex(ssl.SSLError, "no application protocol"):
            peer.Peer(self.port, tls=tls)
        self.daemon.await_line("ended reason=tls-failed .*"
                               "text=\"no application protocol\"")

    def test_resumption(self):
        for version in VERSIONS:
            tls = certificates.authority().client(version)
            with peer.Peer(self.port, tls=tls) as one:
                one.upgrade()
                one.say(peer.TEXT, "the ticket comes before the answer")
                one.frame()
                session = one.socket.session
            with contextlib.closing(tls.wrap_socket(
                    socket.create_connection(("127.0.0.1", self.port)),
                    server_hostname="localhost", session=session)) as second:
                self.assertTrue(second.session_reused, version)

    def test_resumption_by_openssl(self):
        file = certificates.authority().path("session")
        for version in "-tls1_2", "-tls1_3":
            # what comes back is behind the ticket
            request = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"
            _, said = self.openssl(version, "-sess_out", file, "-ign_eof",
                                   said=request)
            self.assertIn("200 OK", said)
            _, said = self.openssl(version, "-sess_in", file, "-ign_eof",
                                   said=request)
            self.assertIn("Reused, TLSv1", said)

    def test_handshake_has_the_one_deadline(self):
        start = len(self.daemon.lines)
        with peer.Peer(self.port) as one:
            one.send(self.client_hello()[:100])
            one.ended()
        found = self.daemon.await_line(
            r"reason=handshake-timeout .*phase=tls .*duration_ms=(\d+)", start)
        self.assertLess(2900, int(found.group(1)))

    def test_renegotiation_is_refused(self):
        _, said = self.openssl("-tls1_2", said="R\n")
        self.assertIn("RENEGOTIATING", said)
        self.assertIn("no renegotiation", said)

    def test_end_is_told(self):
        with self.connect() as one:
            one.say(peer.CLOSE, peer.close_payload(1000))
            # raises without close_notify
            self.assertEqual(one.closed(), (1000, b""))

    def test_refusals_end_with_close_notify(self):
        with self.bare() as one:
            one.send(peer.request("/nowhere"))
            self.assertEqual(one.response().status, 404)
            one.ended()

    def test_truncation(self):
        start = len(self.daemon.lines)
        one = self.connect()
        # unwrapped, the end comes without close_notify
        socket.socket(fileno=one.socket.detach()).close()
        self.daemon.await_line(
            "ended reason=connection-lost by=transport code=1006 "
            "text=\"ended without close_notify\"", start)

    def test_half_close(self):
        """Messages before the peer's close_notify are answered."""
        start = len(self.daemon.lines)
        one = self.connect()
        one.say(peer.TEXT, "last")
        with contextlib.suppress(ssl.SSLError):
            one.socket.settimeout(0.1)
            one.socket.unwrap()
        self.daemon.await_line(
            "ended reason=connection-lost by=transport code=1006 text=\"\" "
            ".*messages_in=1", start)

    def test_plain_http_is_told_so(self):
        with peer.Peer(self.port) as one:
            one.send(peer.request())
            answer = one.response()
            self.assertEqual(answer.status, 400)
            self.assertIn(b"plain HTTP", answer.body)
            one.ended()

    def test_garbage(self):
        start = len(self.daemon.lines)
        with peer.Peer(self.port) as one:
            one.send(b"\x16\x03\x01\x00\x05hello")
            # an alert, and the end
            self.assertEqual(one.take(1), b"\x15")
        self.daemon.await_line("ended reason=tls-failed", start)
        with peer.Peer(self.port) as one:
            one.send(b"\0" * 100)
            self.daemon.await_line(
                "reason=tls-failed .*text=\"wrong version number\"", start)

    def test_broken_record(self):
        start = len(self.daemon.lines)
        one = self.connect()
        with socket.socket(fileno=one.socket.detach()) as raw:
            raw.sendall(b"\x17\x03\x03\x00\x20" + b"x" * 32)
            self.daemon.await_line(
                "reason=connection-lost by=transport code=1006 "
                "text=\"decryption failed or bad record mac\"", start)

    def test_half_handshakes_by_the_thousand(self):
        hello = self.client_hello()
        halves = [peer.Peer(self.port) for _ in range(1000)]
        for i, one in enumerate(halves):
            with contextlib.suppress(ConnectionError):
                one.send(hello[:1 + i % len(hello)])
        # whoever speaks is served all the while
        for _ in range(20):
            self.check_serves()
        for one in halves:
            # cut for others, or at the deadline
            with contextlib.suppress(ConnectionError):
                while one.socket.recv(1 << 16):
                    pass
            one.close()

    @staticmethod
    def client_hello():
        taken, given = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = certificates.authority().client().wrap_bio(
            taken, given, server_hostname="localhost")
        with contextlib.suppress(ssl.SSLWantReadError):
            tls.do_handshake()
        return given.read()

    def test_cat(self):
        done = self.cat("--ca", certificates.authority().file)
        self.assertEqual((done.returncode, done.stdout), (0, "hello\n"))

    def test_cat_insists_on_the_certificate(self):
        done = self.cat()
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("unable to get local issuer certificate", done.stderr)
        done = self.cat("--insecure")
        self.assertEqual((done.returncode, done.stdout), (0, "hello\n"))

    def test_bench(self):
        for arguments in ["-d", "8", "-b", "70000"], ["-z", "alone", "-k", "json"]:
            done = subprocess.run(
                [daemon.PATH + "-bench", "-K", "-c", "5", "-n", "500",
                 *arguments, "echo", f"wss://127.0.0.1:{self.port}/echo"],
                capture_output=True, text=True, timeout=DEADLINE,
                env=daemon.sanitizer_environment())
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("\n  500 in ", done.stdout)

    def cat(self, *arguments):
        return subprocess.run(
            [daemon.PATH + "-cat", *arguments,
             f"wss://localhost:{self.port}/echo"], input="hello\n",
            capture_output=True, text=True, timeout=DEADLINE,
            env=daemon.sanitizer_environment())


class Plain(DaemonCase):
    """TLS that goes astray."""

    def test_tls_on_a_plain_port(self):
        with self.assertRaisesRegex(ssl.SSLError, "WRONG_VERSION_NUMBER"):
            peer.Peer(self.port, tls=certificates.authority().client())
        self.daemon.await_line("ended reason=refused by=protocol code=400 "
                               'text="TLS was sent to a port of plain HTTP"')


class Behind(TlsCase):
    """TLS behind the PROXY protocol, in one segment or byte by byte."""
    configuration = daemon.configuration(listeners=[{
        **listener(), "proxy_protocol": True,
        "trusted_proxies": ["127.0.0.1"]}])

    @classmethod
    def connect(cls, target="/echo", receive_buffer=None, **changes):
        raw = socket.create_connection((peer.HOST, cls.port), DEADLINE)
        raw.sendall(b"PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r\n")
        one = peer.Peer.__new__(peer.Peer)
        one.socket = cls.tls.wrap_socket(raw, server_hostname="localhost")
        one.buffer = bytearray()
        one.upgrade(target, **changes)
        return one

    def test_address(self):
        with self.connect() as one:
            one.say(peer.CLOSE, peer.close_payload(4000))
            one.closed()
        self.daemon.await_line(r"peer=203\.0\.113\.9:4711 .*code=4000")


class Required(TlsCase):
    """Only for those with a certificate."""
    modules = daemon.TEST_MODULES
    configuration = daemon.configuration(
        endpoint("/echo", "parts"), endpoint("/facts", "facts"),
        listeners=[listener(verify_client="required",
                            client_ca=certificates.authority().file)])

    def test_facts(self):
        with self.connect("/facts") as one:
            facts = []
            for number in range(10):
                one.say(peer.TEXT, str(number))
                facts.append(one.frame().payload.decode())
        self.assertEqual(facts[:2], ["-", "TLSv1.3"])
        self.assertIn("TLS_", facts[2])
        self.assertEqual(
            facts[3:7],
            ["localhost", "-", "CN=alice", "CN=Test authority"])
        certificate = ssl.PEM_cert_to_DER_cert(
            pathlib.Path(certificates.user()).read_text().partition(
                "-----BEGIN PRIVATE")[0])
        self.assertEqual(facts[8], hashlib.sha256(certificate).hexdigest())
        self.assertEqual(facts[9], "-")

    @classmethod
    def connect(cls, target="/echo", receive_buffer=None, **changes):
        return peer.open_peer(
            cls.port, target, receive_buffer,
            certificates.authority().client(certificate=certificates.user()),
            **changes)

    def refused(self, tls, alert):
        # with TLS 1.3 a client hears of it when it is done itself
        with self.assertRaisesRegex((ssl.SSLError, OSError), alert):
            with peer.Peer(self.port, tls=tls) as one:
                one.upgrade()

    def test_none(self):
        for version in VERSIONS:
            self.refused(certificates.authority().client(version),
                         "CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE")
        self.daemon.await_line(
            "ended reason=tls-failed .*"
            "text=\"peer did not return a certificate\"")

    def test_openssl(self):
        _, said = self.openssl("-cert", certificates.user(), "-ign_eof",
                               said="GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")
        self.assertIn("200 OK", said)
        self.assertIn("Acceptable client certificate CA names\n"
                      "CN = Test authority", said)
        status, said = self.openssl("-tls1_2")
        self.assertNotEqual(status, 0)
        self.assertIn("alert handshake failure", said)

    def test_of_another_authority(self):
        stranger = certificates.Authority()
        tls = certificates.authority().client(
            certificate=stranger.issue("mallory"))
        self.refused(tls, "UNKNOWN_CA")
        self.daemon.await_line(
            "ended reason=tls-failed .*text=\"unable to get local issuer")

    def test_expired(self):
        tls = certificates.authority().client(
            certificate=certificates.authority().issue("late", days=0))
        # it ends at the second in which it was made
        time.sleep(1.1)
        self.refused(tls, "CERTIFICATE_EXPIRED")

    def test_resumed(self):
        """Who was let in once is known again."""
        tls = certificates.authority().client(
            certificate=certificates.user())
        with peer.Peer(self.port, tls=tls) as one:
            one.upgrade()
            one.say(peer.TEXT, "hello")
            one.frame()
            session = one.socket.session
        with contextlib.closing(tls.wrap_socket(
                socket.create_connection(("127.0.0.1", self.port)),
                server_hostname="localhost", session=session)) as second:
            self.assertTrue(second.session_reused)


class Knobs(TlsCase):
    configuration = daemon.configuration(listeners=[listener(
        min_version="TLSv1.3", session_timeout_ms=0, groups="P-384",
        ciphersuites="TLS_CHACHA20_POLY1305_SHA256")])

    def test_version(self):
        status, said = self.openssl("-tls1_2")
        self.assertNotEqual(status, 0)
        self.assertIn("alert protocol version", said)

    def test_choice(self):
        _, said = self.openssl(said="Q\n")
        self.assertIn("TLS_CHACHA20_POLY1305_SHA256", said)
        self.assertIn("secp384r1", said)

    def test_no_tickets(self):
        with self.connect() as one:
            one.say(peer.TEXT, "hello")
            one.frame()
            self.assertFalse(one.socket.session.has_ticket)


class Files(DaemonCase):
    """What is wrong with certificates is said before anything is served."""

    def complaint(self, **tls):
        done = daemon.run("-t", text=daemon.configuration(
            listeners=[{"address": "127.0.0.1", "port": 0, "tls": tls}]))
        self.assertEqual(done.returncode, 78)
        return done.stderr

    def test_missing(self):
        self.assertIn("framed.conf:2: tls: certificate \"/none\": No such file",
                      self.complaint(certificate="/none"))

    def test_key_of_another(self):
        self.assertIn("key values mismatch", self.complaint(
            certificate=certificates.server(), key=certificates.other()))

    def test_no_pem(self):
        self.assertIn("no start line", self.complaint(
            certificate="/etc/hostname"))

    def test_start_fails_too(self):
        done = daemon.run(text=daemon.configuration(listeners=[{
            "address": "127.0.0.1", "port": 0,
            "tls": {"certificate": "/none"}}]))
        self.assertEqual(done.returncode, 78)
        self.assertIn("No such file", done.stderr)


if __name__ == "__main__":
    import unittest
    unittest.main()
