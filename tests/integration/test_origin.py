"""Which pages may open sessions."""
import daemon
import peer
from case import DaemonCase
from daemon import endpoint
from peer import request


class Origin(DaemonCase):
    configuration = daemon.configuration(
        endpoint("/echo"),
        endpoint("/listed", origins=["https://a.example", "null"]),
        endpoint("/all", origins=["*"]),
        endpoint("/none", origins=[]))

    def status(self, target, origin, **changes):
        """Of the answer to a request with this Origin."""
        with peer.Peer(self.port) as one:
            one.send(request(target, Origin=origin, **changes))
            return one.response().status

    def check(self, target, allowed, refused):
        for origin in allowed:
            self.assertEqual(self.status(target, origin), 101, origin)
        for origin in refused:
            self.assertEqual(self.status(target, origin), 403, origin)

    def test_same_host_by_default(self):
        self.check("/echo",
                   ("http://localhost", "https://localhost"),
                   ("http://localhost:8080", "http://evil.example",
                    "http://localhost.evil.example", "null", "*"))

    def test_list_is_exact(self):
        self.check("/listed", ("https://a.example", "null"),
                   ("http://a.example", "https://a.example:444",
                    "http://localhost"))

    def test_all(self):
        self.check("/all", ("https://any.example", "null"), ())

    def test_none(self):
        self.check("/none", (), ("http://localhost", "null"))
        with peer.Peer(self.port) as one:
            one.send(request("/none"))
            self.assertEqual(one.response().status, 101)

    def test_log_says_what_to_do(self):
        self.assertEqual(self.status("/echo", "http://evil.example"), 403)
        self.daemon.await_line(
            r'origin is not allowed origin="http://evil.example" '
            r'host="localhost" path="/echo".*origins')
