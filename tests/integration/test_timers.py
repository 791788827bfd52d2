"""Timers of modules, in real time."""
import time
import unittest

import daemon
import peer
from peer import TEXT, Frame


class Timers(unittest.TestCase):
    def setUp(self):
        if daemon.TEST_MODULES is None:
            self.skipTest("the modules of the tests are not built")
        self.daemon = daemon.Daemon(
            daemon.configuration(daemon.endpoint("/alarm", "alarm")),
            modules=daemon.TEST_MODULES)
        self.addCleanup(self.daemon.kill)

    def open(self):
        one = peer.open_peer(self.daemon.port, "/alarm")
        self.addCleanup(one.close)
        return one

    def check_end(self):
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log())
        self.assertIsNone(self.daemon.sanitizer_report())

    def test_come_in_the_order_of_their_time_and_not_before(self):
        one, other = self.open(), self.open()
        start = time.monotonic()
        for ms in ("400", "100", "200"):
            one.say(TEXT, ms)
        other.say(TEXT, "1")
        self.assertEqual(other.frame(), Frame(TEXT, b"1"))
        for ms in (100, 200, 400):
            self.assertEqual(one.frame(), Frame(TEXT, b"%d" % ms))
            self.assertGreaterEqual(time.monotonic() - start, ms / 1000)
        self.check_end()

    def test_that_are_cancelled_do_not_come(self):
        one = self.open()
        for ms in ("100", "0", "200"):
            one.say(TEXT, ms)
        self.assertEqual(one.frame(), Frame(TEXT, b"0"))
        self.assertEqual(one.frame(), Frame(TEXT, b"200"))
        self.check_end()

    def test_do_not_hold_up_the_end(self):
        one = self.open()
        one.say(TEXT, "86400000")
        one.say(TEXT, "1")
        self.assertEqual(one.frame(), Frame(TEXT, b"1"))
        one.close()
        self.daemon.await_line("ended reason=connection-lost")
        self.check_end()
