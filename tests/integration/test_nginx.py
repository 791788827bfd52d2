"""nginx in front, as conf/examples has it, over TCP and Unix sockets, with and
without TLS."""
import asyncio
import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest
import warnings

import certificates
import daemon
import peer
from case import DaemonCase
from daemon import DEADLINE, endpoint

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import websockets

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin")
EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "../../conf/examples")
FOLDER = tempfile.TemporaryDirectory(prefix="framed-nginx-")


def on_socket(name):
    """Listeners: one on a Unix socket of that name."""
    return [{"path": os.path.join(FOLDER.name, name), "mode": "666",
             "trusted_proxies": ["unix"]}]


def example(name):
    with open(os.path.join(EXAMPLES, name)) as file:
        return file.read()


def replaced(text, **changes):
    """The text of an example with other values: each has to be there."""
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


class Nginx:
    """Runs until stop(), with the example's configuration changed."""

    def __init__(self, server, **changes):
        self.folder = tempfile.TemporaryDirectory(prefix="framed-nginx-")
        self.port, self.tls_port = daemon.free_port(), daemon.free_port()
        text = replaced(example("nginx.conf"), **{
            "server unix:/run/framed/framed.sock;": f"server {server};",
            "listen 80;": f"listen 127.0.0.1:{self.port};",
            "listen 443 ssl;": f"listen 127.0.0.1:{self.tls_port} ssl;",
            "/etc/nginx/fullchain.pem": certificates.server(),
            "/etc/nginx/privkey.pem": certificates.server(),
            "worker_processes auto;": "worker_processes 1;",
            "http {": "http {\n" + "".join(
                f"{name} {self.folder.name}/{name};\n" for name in (
                    "access_log", "client_body_temp_path", "proxy_temp_path",
                    "fastcgi_temp_path", "uwsgi_temp_path",
                    "scgi_temp_path")),
            **changes})
        path = os.path.join(self.folder.name, "nginx.conf")
        with open(path, "w") as file:
            file.write(text)
        directives = f"daemon off; pid {self.folder.name}/pid;"
        if os.geteuid() == 0:
            directives += " user root;"
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", NGINX, "-e",
             os.path.join(self.folder.name, "error_log"), "-c", path, "-g",
             directives], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        daemon.await_true(self.is_up, "nginx listens")

    def is_up(self):
        try:
            peer.Peer(self.port).close()
        except ConnectionError:
            return False
        return True

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def stop(self):
        self.process.terminate()
        self.process.wait(DEADLINE)
        self.folder.cleanup()


@unittest.skipUnless(NGINX, "nginx is not here")
class NginxCase(DaemonCase):
    changes = {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        is_unix = isinstance(cls.port, str)
        cls.nginx = Nginx(f"unix:{cls.port}" if is_unix
                          else f"127.0.0.1:{cls.port}", **cls.changes)
        cls.addClassCleanup(cls.nginx.stop)

    def front(self, is_secure=False, source=peer.HOST):
        tls = certificates.authority().client() if is_secure else None
        one = peer.Peer(
            self.nginx.tls_port if is_secure else self.nginx.port,
            source=source, tls=tls)
        self.addCleanup(one.close)
        return one


class ThroughSocket(NginxCase):
    configuration = daemon.configuration(
        endpoint("/echo"), endpoint("/broadcast", "broadcast"),
        listeners=on_socket("first"))

    def test_echo(self):
        for is_secure in False, True:
            one = self.front(is_secure)
            one.upgrade()
            for length in 0, 5, 100000:
                one.say(peer.BINARY, bytes(length))
                self.assertEqual(one.frame(),
                                 peer.Frame(peer.BINARY, bytes(length)))
            one.say(peer.CLOSE, peer.close_payload(4000, b"enough"))
            self.assertEqual(one.frame().payload,
                             peer.close_payload(4000, b"enough"))
            one.close()
        self.daemon.await_line('ended reason=peer-closed by=peer code=4000 '
                               'text="enough"')

    def test_client_is_the_peer(self):
        for source, lines, code in (
                ("127.0.0.5", [], 4001),
                ("127.0.0.6", ["X-Forwarded-For: 203.0.113.9",
                               "Forwarded: for=203.0.113.9"], 4002)):
            one = self.front(source=source)
            one.send(peer.request(extra=lines))
            one.upgraded()
            one.say(peer.CLOSE, peer.close_payload(code))
            one.frame()
            self.daemon.await_line(
                rf"peer={re.escape(source)} .*code={code}")

    def test_origin_is_judged_as_the_browser_sees_it(self):
        host = f"localhost:{self.nginx.tls_port}"
        for scheme, status in ("https", 101), ("http", 403):
            one = self.front(is_secure=True)
            one.send(peer.request(Host=host, Origin=f"{scheme}://{host}"))
            self.assertEqual(one.response().status, status, scheme)

    def test_python(self):
        async def talk():
            async with websockets.connect(
                    f"wss://localhost:{self.nginx.tls_port}/echo",
                    ssl=certificates.authority().client()) as one:
                await one.send("Grüße")
                self.assertEqual(await one.recv(), "Grüße")
                self.assertTrue(one.extensions)
        asyncio.run(talk())

    def test_broadcast(self):
        many = [self.front() for _ in range(3)]
        for one in many:
            one.upgrade("/broadcast")
        many[0].say(peer.TEXT, "to all")
        for one in many:
            self.assertEqual(one.frame(), peer.Frame(peer.TEXT, b"to all"))

    def test_plain_requests_and_refusals(self):
        for target, status in ("/healthz", 200), ("/nowhere", 404):
            one = self.front()
            one.send(f"GET {target} HTTP/1.1\r\nHost: h\r\n"
                     "Connection: close\r\n\r\n".encode())
            self.assertEqual(one.response().status, status)


class ThroughPort(ThroughSocket):
    configuration = daemon.configuration(
        endpoint("/echo"), endpoint("/broadcast", "broadcast"),
        listeners=[{"address": "127.0.0.1", "port": 0,
                    "trusted_proxies": ["127.0.0.1"]}])


class Patience(NginxCase):
    """nginx hangs up on what is silent for two seconds."""
    configuration = daemon.configuration(
        endpoint("/echo", keepalive={"ping_interval_ms": 500}),
        endpoint("/silent", keepalive={"ping_interval_ms": 0}),
        listeners=on_socket("second"))
    changes = {"proxy_read_timeout 60s;": "proxy_read_timeout 2s;",
               "worker_shutdown_timeout 1h;": "worker_shutdown_timeout 1s;"}

    def test_pings_keep_sessions(self):
        silent, pinged = self.front(), self.front()
        silent.upgrade("/silent")
        pinged.upgrade("/echo")
        # eight pings later the other one is gone
        for _ in range(8):
            ping = pinged.frame()
            self.assertEqual(ping.opcode, peer.PING)
            pinged.say(peer.PONG, ping.payload)
        self.assertEqual(silent.socket.recv(1), b"")
        pinged.say(peer.TEXT, "still there")
        while (found := pinged.frame()).opcode == peer.PING:
            pass
        self.assertEqual(found.payload, b"still there")
        self.daemon.await_line(
            'path="/silent" ended reason=connection-lost by=transport')

    def test_reload(self):
        start = len(self.daemon.lines)
        one = self.front()
        one.upgrade()
        one.say(peer.TEXT, "before")
        self.assertEqual(one.frame().payload, b"before")
        self.nginx.reload()
        # what is new is served by the new worker …
        other = self.front()
        other.upgrade()
        other.say(peer.TEXT, "after")
        while other.frame().payload != b"after":
            pass
        # … and the old one cuts what it has left after its timeout
        with self.assertRaises((EOFError, ConnectionError)):
            while True:
                found = one.frame()
                one.say(peer.PONG, found.payload)
        self.daemon.await_line(
            'path="/echo" ended reason=connection-lost by=transport', start)


class Examples(unittest.TestCase):
    def test_framed_conf(self):
        done = daemon.run("-t", text=example("framed.conf"))
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
