"""framed-bench: against the daemon, and against servers that do wrong."""
import json
import os
import signal
import subprocess
import tempfile
import threading
import unittest

import daemon
from case import DaemonCase
from daemon import DEADLINE, endpoint
from peer import BINARY, CLOSE, CONTINUATION, PING, PONG, Frame, close_payload
from server import Server

BENCH = os.path.join(os.path.dirname(daemon.PATH), "framed-bench")


def start(*arguments):
    return subprocess.Popen(
        [BENCH, *map(str, arguments)], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env=daemon.sanitizer_environment())


def bench(*arguments):
    """Runs it to the end. Returns its exit status, output and complaints."""
    with start(*arguments) as process:
        out, err = process.communicate(timeout=DEADLINE)
    return process.returncode, out.decode(), err.decode()


class Load(DaemonCase):
    """The daemon does everything right."""

    configuration = daemon.configuration(
        endpoint("/echo", limits={"max_message_bytes": "4M",
                                  "max_frame_bytes": "4M",
                                  "queue_bytes": "8M"}),
        endpoint("/takeover", deflate={"server_takeover": True,
                                       "client_takeover": True}),
        endpoint("/all", "broadcast"))

    def url(self, path="/echo"):
        return f"ws://127.0.0.1:{self.port}{path}"

    def measure(self, *arguments):
        """What it says in JSON."""
        status, out, err = bench("-j", *arguments)
        self.assertEqual((status, err), (0, ""))
        return json.loads(out)

    def test_echoes_of_each_kind_and_size(self):
        for kind in "binary", "ascii", "utf8", "json":
            for size in 0, 1, 126, 70000:
                with self.subTest(kind, size=size):
                    found = self.measure("-k", kind, "-b", size, "-c", 3,
                                         "-n", 20, "echo", self.url())
                    self.assertEqual(found["messages"], 20)
                    self.assertEqual(found["kind"], kind)

    def test_large_messages(self):
        found = self.measure("-b", 4 << 20, "-c", 2, "-n", 6, "echo",
                             self.url())
        self.assertEqual(found["messages"], 6)
        self.assertEqual(found["reply_bytes"], (4 << 20) + 10)

    def test_many_under_way(self):
        found = self.measure("-d", 100, "-c", 5, "-n", 10000, "-b", 200,
                             "echo", self.url())
        self.assertEqual(found["messages"], 10000)
        self.assertEqual(found["reply_bytes"], 204)
        latency = found["latency_us"]
        order = [latency[key] for key in "p50 p90 p99 p999 max".split()]
        self.assertEqual(order, sorted(order))
        self.assertGreater(order[0], 0)

    def test_what_the_server_costs(self):
        found = self.measure("-p", self.daemon.process.pid, "-n", 2000,
                             "echo", self.url())
        self.assertGreater(found["server_us"], 0)
        self.assertGreater(found["rss_after"], 1 << 20)
        self.assertGreater(found["load_us"], 0)

    def test_without_the_server_its_costs_are_null(self):
        found = self.measure("-n", 10, "echo", self.url())
        self.assertIsNone(found["server_us"])
        self.assertIsNone(found["rss_after"])

    def test_by_time(self):
        found = self.measure("-t", 0.2, "echo", self.url())
        self.assertGreaterEqual(found["seconds"], 0.2)
        self.assertGreater(found["messages"], 0)

    def test_by_a_schedule(self):
        found = self.measure("-r", 500, "-n", 100, "-c", 7, "echo",
                             self.url())
        self.assertEqual(found["messages"], 100)
        self.assertGreaterEqual(found["seconds"], 99 / 500)

    def test_deflate(self):
        for use, path in ("alone", "/echo"), ("takeover", "/takeover"):
            with self.subTest(use):
                found = self.measure("-z", use, "-k", "json", "-b", 1024,
                                     "-c", 4, "-d", 3, "-n", 200, "echo",
                                     self.url(path))
                self.assertEqual(found["messages"], 200)
                self.assertIn("permessage-deflate", found["deflate"])
                self.assertLess(found["reply_bytes"], 512)

    def test_other_use_of_deflate_is_an_error(self):
        status, _, err = bench("-z", "takeover", "-k", "json", "-n", 1,
                               "echo", self.url())
        self.assertEqual(status, 1)
        self.assertIn("does not agree", err)

    def test_broadcast(self):
        for publishers in 1, 5:
            found = self.measure("-P", publishers, "-c", 20, "-n", 50, "-b",
                                 3000, "broadcast", self.url("/all"))
            self.assertEqual(found["messages"], 20 * 50)
            self.assertEqual((found["lost"], found["duplicated"]), (0, 0))

    def test_connections(self):
        found = self.measure("-c", 10, "-n", 100, "connect", self.url())
        self.assertEqual(found["messages"], 100)

    def test_idle(self):
        found = self.measure("-p", self.daemon.process.pid, "-c", 100,
                             "idle", self.url())
        self.assertEqual(found["messages"], 100)
        self.assertIsNotNone(found["rss_per_connection"])

    def test_report_for_people(self):
        status, out, err = bench("-n", 10, "-p", self.daemon.process.pid,
                                 "echo", self.url())
        self.assertEqual((status, err), (0, ""))
        for word in "10 in", "p99.9", "server", "resident", "load":
            self.assertIn(word, out)

    def test_interrupt_ends_it_early(self):
        with start("-j", "-t", 600, "echo", self.url()) as process:
            # interrupted before it measures, it would measure nothing
            daemon.await_true(
                lambda: self.is_busy(process.pid), "a load that runs")
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 0)
        self.assertGreater(json.loads(out)["messages"], 0)

    @staticmethod
    def is_busy(pid):
        """Whether it has used a tenth of a second."""
        with open(f"/proc/{pid}/schedstat") as stat:
            return int(stat.read().split()[0]) > 100_000_000

    def test_no_such_endpoint(self):
        status, out, err = bench("-n", 1, "echo", self.url("/none"))
        self.assertEqual((status, out), (1, ""))
        self.assertIn("status 404", err)

    def test_server_that_ends(self):
        """The daemon closes what is too big."""
        status, _, err = bench("-b", 5 << 20, "-n", 1, "echo", self.url())
        self.assertEqual(status, 1)
        self.assertIn("code 1009", err)


class Wrong(unittest.TestCase):
    """One session, of which a server makes something else."""

    def check(self, act, *expected, mode="echo", arguments=()):
        server = Server()
        self.addCleanup(server.close)

        def serve():
            session = server.await_client()
            self.addCleanup(session.close)
            try:
                act(session)
            except (EOFError, OSError):
                pass  # the load has seen enough, and is gone

        thread = threading.Thread(target=serve)
        thread.start()
        status, out, err = bench("-c", 1, "-n", 3, "-b", 24, *arguments, mode,
                                 server.url)
        thread.join()
        self.assertEqual(status, 1, out + err)
        for text in expected:
            self.assertIn(text, out + err)

    @staticmethod
    def echo(session, change=lambda frame: frame, count=4):
        """Sends back what comes, changed."""
        session.accept()
        for _ in range(count):
            frame = session.frame()
            if frame.opcode == CLOSE:
                session.say(CLOSE, frame.payload)
                return
            frame = change(frame)
            session.say(frame.opcode, frame.payload, fin=frame.fin)

    def test_wrong_byte(self):
        self.check(lambda session: self.echo(
            session, lambda frame: Frame(
                BINARY, frame.payload[:-1] + bytes([frame.payload[-1] ^ 1]))),
            "not what was sent")

    def test_short_and_long(self):
        for change in (lambda data: data[:-1]), (lambda data: data + b"x"):
            self.check(lambda session, change=change: self.echo(
                session, lambda frame: Frame(BINARY, change(frame.payload))),
                "not what was sent")

    def test_other_kind(self):
        self.check(lambda session: self.echo(
            session, lambda frame: Frame(1, frame.payload)), "another kind")

    def test_continuation_without_a_start(self):
        self.check(lambda session: self.echo(
            session, lambda frame: Frame(CONTINUATION, frame.payload)),
            "malformed")

    def test_unasked(self):
        def act(session):
            session.accept()
            session.say(BINARY, b"x" * 24)
        self.check(act, "not what was sent")

    def test_close(self):
        def act(session):
            session.accept()
            session.say(CLOSE, close_payload(1008))
        self.check(act, "closed a session: code 1008")

    def test_end(self):
        def act(session):
            session.accept()
            session.frame()
            session.close()
        self.check(act, "ended a connection")

    def test_refusal(self):
        self.check(lambda session: session.send(
            b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"),
            "status 503")

    def test_no_http(self):
        self.check(lambda session: session.send(b"hello\r\n\r\n"),
                   "malformed response")

    def test_duplicates(self):
        def act(session):
            session.accept()
            for _ in range(4):
                frame = session.frame()
                session.say(BINARY, frame.payload)
                session.say(BINARY, frame.payload)
            session.say(CLOSE, session.frame().payload)
        self.check(act, "DUPLICATED", mode="broadcast")

    def test_losses(self):
        """The second is never delivered, and its publisher waits for it."""
        def act(session):
            session.accept()
            session.say(BINARY, session.frame().payload)
            session.frame()
            session.say(CLOSE, session.frame().payload)
        self.check(act, "LOST 1 ", mode="broadcast")

    def test_pings_are_answered(self):
        def act(session):
            session.accept()
            session.say(PING, b"are you there?")
            frames = [session.frame(), session.frame()]
            self.assertIn(Frame(PONG, b"are you there?"), frames)
            session.close()
        self.check(act, "ended a connection")


class Usage(unittest.TestCase):
    def test_wrong_arguments(self):
        for arguments in ([], ["echo"], ["echo", "http://h/"],
                          ["echo", "wss://"], ["-c", "x", "echo", "ws://h"]):
            status, out, err = bench(*arguments)
            self.assertEqual((status, out), (64, ""), arguments)
            self.assertNotEqual(err, "")

    def test_help_and_version(self):
        status, out, _ = bench("-h")
        self.assertEqual(status, 0)
        self.assertIn("usage", out)
        self.assertRegex(bench("-V")[1], r"^framed-bench \d")

    def test_nobody_there(self):
        status, _, err = bench("-n", 1, "echo", "ws://127.0.0.1:1/")
        self.assertEqual(status, 69)
        self.assertIn("refused", err)
        with tempfile.TemporaryDirectory() as folder:
            status, _, err = bench("-n", 1, "echo", f"ws+unix:{folder}/none")
        self.assertEqual(status, 69)


if __name__ == "__main__":
    unittest.main()
