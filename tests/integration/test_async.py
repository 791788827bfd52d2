"""Works of modules, which wait for FIFOs that the tests write to."""
import errno
import os
import pathlib
import shutil
import signal
import tempfile
import unittest

import daemon
import peer
from case import DaemonCase
from peer import BINARY, CLOSE, PING, PONG, TEXT, Frame, close_payload, frame

THREADS = 6


class Fifo:
    """A file that a work reads from until the test has written to it."""

    def __init__(self, test):
        self.folder = tempfile.mkdtemp(prefix="framed-fifo-")
        test.addCleanup(shutil.rmtree, self.folder)
        self.path = str(pathlib.Path(self.folder, "fifo"))
        self.fd = None
        os.mkfifo(self.path)
        test.addCleanup(self.close)

    def has_reader(self):
        try:
            self.fd = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return False
            raise
        return True

    def await_reader(self):
        daemon.await_true(self.has_reader, "a work that reads the FIFO")

    def write(self, data):
        """Lets the work end, with this answer."""
        os.write(self.fd, data)
        self.close()

    def close(self):
        if self.fd is not None:
            os.close(self.fd)
        self.fd = None


class Works(DaemonCase):
    modules = daemon.TEST_MODULES
    configuration = daemon.configuration(
        daemon.endpoint("/echo", "reader", limits={"async_max": 3}),
        workers=1, async_threads=THREADS)

    def begin(self, one, opcode=TEXT):
        fifo = Fifo(self)
        one.say(opcode, fifo.path)
        fifo.await_reader()
        return fifo

    def test_answers_come_in_the_order_of_the_questions(self):
        one = self.open()
        first, second = self.begin(one), self.begin(one, BINARY)
        one.say(TEXT, "third")
        second.write(b"two")
        first.write(b"one")
        self.assertEqual(one.frame(), Frame(TEXT, b"one"))
        self.assertEqual(one.frame(), Frame(BINARY, b"two"))
        self.assertEqual(one.frame(), Frame(TEXT, b"third"))

    def test_one_who_floods_is_not_read_and_others_are_served(self):
        text = b"x" * 60000
        loud, other = self.open(), self.open()
        fifos = [self.begin(loud) for _ in range(3)]
        rest = loud.send_until_blocked(frame(TEXT, text) * 400)
        self.assertGreater(len(rest), 0)
        for number in range(100):
            other.say(TEXT, b"%d" % number)
            self.assertEqual(other.frame(), Frame(TEXT, b"%d" % number))
        for fifo in reversed(fifos):
            fifo.write(b"read")
        loud.send_while_reading(rest)
        for _ in fifos:
            self.assertEqual(loud.frame(), Frame(TEXT, b"read"))
        for _ in range(400):
            self.assertEqual(loud.frame(), Frame(TEXT, text))

    def test_who_says_goodbye_is_gone(self):
        one = self.open()
        fifo = self.begin(one)
        seen = len(self.daemon.lines)
        one.say(CLOSE, close_payload(1000))
        self.assertEqual(one.closed(), (1000, b""))
        fifo.write(b"too late")
        self.daemon.await_line("told gone=1 answer=some", seen)

    def test_who_is_lost_is_gone(self):
        one = self.open()
        fifo = self.begin(one)
        seen = len(self.daemon.lines)
        one.close()
        self.daemon.await_line("ended reason=connection-lost", seen)
        fifo.write(b"too late")
        self.daemon.await_line("told gone=1 answer=some", seen)


class Ends(unittest.TestCase):
    def start(self, module="reader", threads=1):
        if daemon.TEST_MODULES is None:
            self.skipTest("the modules of the tests are not built")
        self.daemon = daemon.Daemon(
            daemon.configuration(
                daemon.endpoint("/read", module), workers=1,
                async_threads=threads),
            modules=daemon.TEST_MODULES)
        self.addCleanup(self.daemon.kill)

    def begin(self, count):
        """A session with works, of which the first has begun."""
        one = peer.open_peer(self.daemon.port, "/read")
        self.addCleanup(one.close)
        fifos = [Fifo(self) for _ in range(count)]
        for fifo in fifos:
            one.say(TEXT, fifo.path)
        fifos[0].await_reader()
        return one, fifos

    def check_end(self):
        status = self.daemon.wait()
        self.assertIsNone(self.daemon.sanitizer_report())
        self.assertEqual(status, 0, self.daemon.log())
        self.assertIsNotNone(self.daemon.find_line("stopped sessions="))

    def test_server_that_drains_waits_for_all_works(self):
        self.start()
        one, fifos = self.begin(2)
        self.daemon.signal(signal.SIGTERM)
        found = one.frame()
        self.assertEqual(found, Frame(
            CLOSE, close_payload(1001, b"server shutting down")))
        one.say(CLOSE, found.payload)
        one.ended()
        self.daemon.await_line("ended reason=shutdown")
        fifos[0].write(b"late")
        fifos[1].await_reader()
        self.assertIsNone(self.daemon.process.poll())
        fifos[1].write(b"later")
        self.check_end()
        self.assertEqual(
            self.daemon.count_lines("told gone=1 answer=some"), 2)

    def test_server_that_stops_at_once_skips_what_has_not_begun(self):
        self.start()
        one, fifos = self.begin(3)
        # who has answered this has begun all three
        one.say(PING)
        self.assertEqual(one.frame(), Frame(PONG, b""))
        self.daemon.signal(signal.SIGINT)
        self.daemon.await_line("ended reason=shutdown")
        self.assertIsNone(self.daemon.process.poll())
        fifos[0].write(b"late")
        self.check_end()
        self.assertEqual(
            self.daemon.count_lines("told gone=1 answer=some"), 1)
        self.assertEqual(
            self.daemon.count_lines("told gone=1 answer=none"), 2)

    def threads(self):
        return len(os.listdir(f"/proc/{self.daemon.pid}/task"))

    def test_threads_are_started_for_modules_with_works_only(self):
        self.start("tally", threads=THREADS)
        without = self.threads()
        self.assertEqual(self.daemon.stop(), 0)
        self.start(threads=THREADS)
        self.assertEqual(self.threads(), without + THREADS)
        self.assertEqual(self.daemon.stop(), 0)
