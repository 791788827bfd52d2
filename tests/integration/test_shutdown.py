"""How the daemon ends."""
import signal
import socket
import unittest

import daemon
import peer
from daemon import endpoint
from peer import BINARY, CLOSE, PING, PONG, TEXT, Frame, close_payload, frame

NEVER_MS = 600000  # far more than a test waits


class Shutdown(unittest.TestCase):
    def start(self, **limits):
        self.daemon = daemon.Daemon(daemon.configuration(
            endpoint("/echo"), endpoint("/all", "broadcast"), limits=limits))
        self.addCleanup(self.daemon.kill)

    def open(self, target="/echo", receive_buffer=None):
        one = peer.open_peer(self.daemon.port, target, receive_buffer)
        self.addCleanup(one.close)
        return one

    def check_end(self):
        status = self.daemon.wait()
        self.assertIsNone(self.daemon.sanitizer_report())
        self.assertEqual(status, 0, self.daemon.log())
        self.assertIsNotNone(self.daemon.find_line("stopped sessions="))

    def check_goodbye(self, one):
        found = one.frame()
        self.assertEqual(found.opcode, CLOSE)
        self.assertEqual(peer.parse_close(found.payload),
                         (1001, b"server shutting down"))
        one.say(CLOSE, found.payload)
        one.ended()

    def check_orderly(self, number):
        self.start(close_timeout_ms=NEVER_MS)
        sessions = [self.open("/all" if i % 2 else "/echo")
                    for i in range(40)]
        self.daemon.signal(number)
        for one in sessions:
            self.check_goodbye(one)
        self.check_end()
        self.assertEqual(40, self.daemon.count_lines(
            "ended reason=shutdown by=shutdown code=1001"))

    def test_term(self):
        self.check_orderly(signal.SIGTERM)

    def test_quit(self):
        self.check_orderly(signal.SIGQUIT)

    def test_signals_while_it_ends(self):
        """Any number: they hurry it, and never cut its end short."""
        self.start()
        while self.daemon.process.poll() is None:
            self.daemon.signal(signal.SIGTERM)
        self.check_end()

    def test_without_sessions(self):
        self.start()
        self.daemon.signal(signal.SIGTERM)
        self.check_end()

    def test_queued_data_goes_first(self):
        self.start(close_timeout_ms=NEVER_MS)
        one = self.open(receive_buffer=4096)
        data = b"d" * 900000
        rest = one.send_until_blocked(frame(BINARY, data) * 40)
        self.assertGreater(len(rest), 0)
        self.daemon.signal(signal.SIGTERM)
        self.daemon.await_line("stopping, sessions get 1001")
        one.send_while_reading(rest)
        found, seen = one.frame(), 0
        while found.opcode != CLOSE:
            self.assertEqual(found, Frame(BINARY, data))
            found = one.frame()
            seen += 1
        self.assertGreater(seen, 0)
        self.assertEqual(found.payload[:2], close_payload(1001))
        one.say(CLOSE, found.payload)
        one.ended()
        self.check_end()

    def test_who_does_not_answer_is_cut(self):
        self.start(close_timeout_ms=300)
        silent = self.open()
        deaf = self.open(receive_buffer=4096)
        deaf.send_until_blocked(frame(BINARY, b"d" * 900000) * 40)
        half = peer.Peer(self.daemon.port)
        self.addCleanup(half.close)
        half.send(peer.request()[:-2])
        self.daemon.signal(signal.SIGTERM)
        self.assertEqual(silent.frame().payload[:2], close_payload(1001))
        self.check_end()

    def test_no_new_connections(self):
        self.start(close_timeout_ms=NEVER_MS)
        one = self.open()
        self.daemon.signal(signal.SIGTERM)

        def is_refused():
            try:
                socket.create_connection(
                    (peer.HOST, self.daemon.port)).close()
            except (ConnectionRefusedError, ConnectionResetError):
                return True
            return False
        daemon.await_true(is_refused, "connections refused")
        self.check_goodbye(one)
        self.check_end()

    def test_messages_after_our_close_are_not_answered(self):
        self.start(close_timeout_ms=NEVER_MS)
        one = self.open()
        self.daemon.signal(signal.SIGTERM)
        self.assertEqual(one.frame().opcode, CLOSE)
        one.send(frame(TEXT, "too late") + frame(PING)
                 + frame(CLOSE, close_payload(1001)))
        one.ended()
        self.check_end()

    def test_garbage_after_our_close_does_not_eat_it(self):
        """What is no frame is thrown away: no reset, which would take the
        Close from a peer that has not read it."""
        self.start(close_timeout_ms=NEVER_MS)
        one = self.open()
        self.daemon.signal(signal.SIGTERM)
        one.socket.recv(1, socket.MSG_PEEK)
        one.send(b"\xff" * 3 + b"more" * 1000000)
        self.assertEqual(one.frame().payload[:2], close_payload(1001))
        one.ended()
        one.close()
        self.check_end()

    def test_int_is_at_once(self):
        self.start(close_timeout_ms=NEVER_MS)
        self.open()
        self.daemon.signal(signal.SIGINT)
        self.check_end()

    def test_second_term_is_at_once(self):
        self.start(close_timeout_ms=NEVER_MS)
        one = self.open()
        self.daemon.signal(signal.SIGTERM)
        self.assertEqual(one.frame().opcode, CLOSE)
        self.assertIsNone(self.daemon.process.poll())
        self.daemon.signal(signal.SIGTERM)
        self.check_end()

    def test_under_load(self):
        """Everybody publishes while the signal comes."""
        self.start(close_timeout_ms=2000)
        sessions = [self.open("/all") for _ in range(30)]
        for one in sessions:
            one.send(frame(TEXT, b"x" * 500) * 20)
        self.daemon.signal(signal.SIGTERM)
        for one in sessions:
            found = one.frame()
            while found.opcode == TEXT:
                found = one.frame()
            self.assertEqual(found.payload[:2], close_payload(1001))
            one.close()
        self.check_end()


class Port(unittest.TestCase):
    def test_taken_by_another_daemon(self):
        first = daemon.Daemon(daemon.configuration())
        self.addCleanup(first.kill)
        second = daemon.Daemon(daemon.configuration(port=first.port),
                               is_ready=False)
        self.addCleanup(second.kill)
        self.assertEqual(second.wait(), 71)
        self.assertIsNotNone(second.find_line(
            f"cannot listen address=127.0.0.1 port={first.port}.*in use"))
        one = peer.open_peer(first.port)
        one.say(PING)
        self.assertEqual(one.frame(), Frame(PONG, b""))
        one.close()
        self.assertEqual(first.stop(), 0)
