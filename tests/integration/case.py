"""What all tests against a running daemon have in common."""
import unittest

import daemon
import peer
import relay


class DaemonCase(unittest.TestCase):
    """
    One daemon for all tests of a class. When they are over, it must still
    serve, have given back its descriptors, end well, and no sanitizer may have
    complained. Its endpoint /echo sends back what it gets.
    """

    modules = daemon.MODULES  # daemon.TEST_MODULES: those of the tests
    configuration = daemon.configuration()
    tls = None  # the context of clients
    descriptors = None  # a limit on the daemon's
    rss_growth = 32 << 20  # bytes that may stay with it

    @classmethod
    def setUpClass(cls):
        if cls.modules is None:
            raise unittest.SkipTest("the modules of the tests are not built")
        cls.daemon = daemon.Daemon(
            cls.configuration, cls.descriptors, modules=cls.modules)
        cls.port = cls.daemon.port
        cls.addClassCleanup(cls.daemon.kill)
        cls.check_serves()
        cls.daemon.await_line(r"ended reason=peer-closed .*code=1000")
        cls.descriptors_before = cls.daemon.descriptors()
        cls.rss_before = cls.daemon.rss_bytes()

    @classmethod
    def tearDownClass(cls):
        assert cls.daemon.process.poll() is None, \
            "the daemon has ended\n" + cls.daemon.log()
        # one that had ended may still have been open when they were counted
        daemon.await_true(
            lambda: cls.daemon.descriptors() <= cls.descriptors_before,
            f"{cls.descriptors_before} descriptors again")
        cls.check_serves()
        grown = cls.daemon.rss_bytes() - cls.rss_before
        status = cls.daemon.stop()
        report = cls.daemon.sanitizer_report()
        assert report is None, report
        assert status == 0, f"exit status {status}\n" + cls.daemon.log()
        # sanitizers keep what is freed
        assert daemon.IS_SANITIZED or grown < cls.rss_growth, \
            f"{grown >> 20} MiB more than before"

    @classmethod
    def check_serves(cls):
        with cls.connect() as one:
            one.say(peer.TEXT, "still there?")
            assert one.frame() == peer.Frame(peer.TEXT, b"still there?")
            one.say(peer.CLOSE, peer.close_payload(1000))
            assert one.closed() == (1000, b"")

    @classmethod
    def connect(cls, target="/echo", receive_buffer=None, **changes):
        return peer.open_peer(
            cls.port, target, receive_buffer, cls.tls, **changes)

    def open(self, target="/echo", receive_buffer=None, **changes):
        """A session that ends with the test, at the latest."""
        one = self.connect(target, receive_buffer, **changes)
        self.addCleanup(one.close)
        return one

    def relay(self):
        """What counts the bytes of clients that connect to its port."""
        one = relay.Relay(self.port)
        self.addCleanup(one.close)
        return one

    def check_shrunk(self, one, plain, least, most):
        """To what part of their plain size the relay's clients and the daemon
        have compressed their messages."""
        for count in one.to_daemon, one.to_client:
            self.assertGreater(count, plain * least)
            self.assertLess(count, plain * most)

    def bare(self):
        """A connection without an upgrade."""
        one = peer.Peer(self.port, tls=self.tls)
        self.addCleanup(one.close)
        return one
