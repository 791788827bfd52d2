"""haproxy in front: it says whose connection it is by the PROXY protocol."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import browser
import certificates
import daemon
import peer
from case import DaemonCase
from test_nginx import example, replaced

HAPROXY = shutil.which("haproxy", path="/usr/sbin:/usr/bin")
# Values behind the addresses come with send-proxy-v2-ssl and the like; haproxy's
# own check of the server is a LOCAL header.
CONFIGURATION = """
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout tunnel 1h
frontend one
    bind 127.0.0.1:{port}
    default_backend framed
backend framed
    option httpchk GET /
    http-check expect status 404
    server s1 127.0.0.1:{daemon} {how} check inter 100
"""


@unittest.skipUnless(HAPROXY, "haproxy is not here")
class HaproxyCase(DaemonCase):
    configuration = daemon.configuration(listeners=[{
        "address": "127.0.0.1", "port": 0, "proxy_protocol": True,
        "trusted_proxies": ["127.0.0.1"]}])

    @classmethod
    def connect(cls, target="/echo", receive_buffer=None, **changes):
        one = peer.Peer(cls.port, receive_buffer)
        one.send(b"PROXY UNKNOWN\r\n" + peer.request(target, **changes))
        one.upgraded()
        return one


class Haproxy(HaproxyCase):
    def start(self, how):
        """haproxy before the daemon. Returns its port."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        port = daemon.free_port()
        path = os.path.join(folder.name, "haproxy.cfg")
        with open(path, "w") as file:
            file.write(CONFIGURATION.format(
                port=port, daemon=self.port, how=how))
        process = subprocess.Popen(
            [HAPROXY, "-db", "-f", path], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        return port

    def check(self, how):
        port = self.start(how)
        daemon.await_true(lambda: self.try_session(port),
                          "a session through haproxy")

    def try_session(self, port):
        """Echo through it; what the daemon takes for the peer is us."""
        try:
            with peer.Peer(port) as one:
                number = one.socket.getsockname()[1]
                one.send(peer.request())
                if one.response().status != 101:
                    return False  # it has not seen yet that the daemon is up
                one.say(peer.TEXT, "hello")
                self.assertEqual(one.frame(),
                                 peer.Frame(peer.TEXT, b"hello"))
                one.say(peer.CLOSE, peer.close_payload(4002))
                self.assertEqual(one.closed(), (4002, b""))
        except (ConnectionError, EOFError):
            return False
        self.daemon.await_line(
            rf"peer=127\.0\.0\.1:{number} .*reason=peer-closed .*code=4002")
        return True

    def test_version_1(self):
        self.check("send-proxy")

    def test_version_2(self):
        self.check("send-proxy-v2")

    def test_version_2_with_further_values(self):
        self.check("send-proxy-v2-ssl-cn")


PAGE = """<!DOCTYPE html>
<script>
const facts = {};
async function talk() {
    facts.page = performance.getEntriesByType('navigation')[0].nextHopProtocol;
    const socket = new WebSocket(`wss://${location.host}/echo`);
    await new Promise((resolve, reject) => {
        socket.onopen = resolve;
        socket.onerror = () => reject(new Error('cannot open'));
    });
    facts.extensions = socket.extensions;
    const text = 'Grüße '.repeat(1000);
    socket.send(text);
    facts.echo = await new Promise((resolve) => {
        socket.onmessage = (event) => resolve(event.data === text);
    });
    facts.closed = await new Promise((resolve) => {
        socket.onclose = (event) =>
            resolve([event.code, event.reason, event.wasClean]);
        socket.close(4003, 'enough');
    });
}
talk().catch((error) => { facts.error = String(error); }).finally(() =>
    fetch('/facts', {method: 'POST', body: JSON.stringify(facts)}));
</script>
"""


class Front(HaproxyCase):
    """TLS and HTTP/2 in front, as conf/examples has it."""
    configuration = HaproxyCase.configuration.replace(
        "port = 0;", 'port = 0; forwarded = "off";')

    def start(self, pages, rule=""):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        port = daemon.free_port()
        path = os.path.join(folder.name, "haproxy.cfg")
        with open(path, "w") as file:
            file.write(replaced(example("haproxy.cfg"), **{
                "bind :443": f"bind 127.0.0.1:{port}",
                "/etc/haproxy/both.pem": certificates.server(),
                "127.0.0.1:9002": f"127.0.0.1:{self.port}",
                "127.0.0.1:8080": f"127.0.0.1:{pages}",
                "check\n": "check inter 100\n",
                "alpn h2,http/1.1\n": f"alpn h2,http/1.1\n\t{rule}\n"}))
        process = subprocess.Popen(
            [HAPROXY, "-db", "-f", path], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        daemon.await_true(lambda: self.is_up(port), "haproxy serves")
        return port

    def is_up(self, port):
        try:
            with peer.Peer(port, tls=certificates.authority().client()) as one:
                one.send(peer.request())
                return one.response().status != 503
        except (OSError, EOFError):
            return False

    def test_upgrade(self):
        port = self.start(pages=1)
        for source, code in ("127.0.0.7", 4004), ("127.0.0.8", 4005):
            with peer.Peer(port, tls=certificates.authority().client(),
                           source=source) as one:
                one.send(peer.request(
                    extra=["X-Forwarded-For: 203.0.113.9"]))
                one.upgraded()
                one.say(peer.TEXT, "hello")
                self.assertEqual(one.frame().payload, b"hello")
                one.say(peer.CLOSE, peer.close_payload(code))
                one.frame()
            self.daemon.await_line(
                rf"peer={re.escape(source)}:\d+ .*code={code}")

    @unittest.skipUnless(browser.CHROMIUM and browser.CERTUTIL,
                         "chromium or certutil is not here")
    def test_browser_over_http_2(self):
        """WebSocket in HTTP/2 (RFC 8441): the page came so, and the session
        takes the same connection."""
        def url(pages):
            port = self.start(pages, "http-request deny if "
                              "{ path /echo } !{ ssl_fc_alpn h2 }")
            return f"https://localhost:{port}/"
        facts = browser.visit(self, PAGE, url,
                              certificates.authority().file)
        self.assertEqual(facts, {
            "page": "h2", "echo": True, "closed": [4003, "enough", True],
            "extensions": "permessage-deflate; server_no_context_takeover; "
                          "client_no_context_takeover"})
        self.daemon.await_line("reason=peer-closed .*code=4003")


if __name__ == "__main__":
    unittest.main()
