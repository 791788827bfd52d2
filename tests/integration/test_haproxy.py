"""haproxy in front: it says whose connection it is by the PROXY protocol."""
import os
import shutil
import subprocess
import tempfile
import unittest

import daemon
import peer
from case import DaemonCase

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
class Haproxy(DaemonCase):
    configuration = daemon.configuration(listeners=[{
        "address": "127.0.0.1", "port": 0, "proxy_protocol": True,
        "trusted_proxies": ["127.0.0.1"]}])

    @classmethod
    def connect(cls, target="/echo", receive_buffer=None, **changes):
        one = peer.Peer(cls.port, receive_buffer)
        one.send(b"PROXY UNKNOWN\r\n" + peer.request(target, **changes))
        one.upgraded()
        return one

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


if __name__ == "__main__":
    unittest.main()
