"""SIGHUP: another configuration, other certificates and modules, and nobody who
is connected notices."""
import itertools
import os
import pathlib
import shutil
import signal
import socket
import tempfile
import threading
import unittest

import certificates
import daemon
import peer
from daemon import configuration, endpoint
from peer import CLOSE, TEXT, Frame, close_payload


class ReloadCase(unittest.TestCase):
    def start(self, *endpoints, modules=daemon.MODULES, **more):
        self.sessions = []
        # of its own, to be the same after a reload
        more.setdefault("port", daemon.free_port())
        self.daemon = daemon.Daemon(
            configuration(*endpoints, **more), modules=modules)
        self.addCleanup(self.daemon.kill)

    def open(self, target="/echo", port=None, **more):
        one = peer.open_peer(port or self.daemon.port, target, **more)
        self.addCleanup(one.close)
        self.sessions.append(one)
        return one

    def same_port(self, *endpoints, **more):
        """A configuration with the listener that there is."""
        return configuration(*endpoints, port=self.daemon.port, **more)

    def check_echo(self, one, text="hello"):
        one.say(TEXT, text)
        self.assertEqual(one.frame(), Frame(TEXT, text.encode()))

    def leave(self, one):
        one.say(CLOSE, close_payload(1000))
        self.assertEqual(one.closed(), (1000, b""))

    def status(self, target, port=None):
        with peer.Peer(port or self.daemon.port) as one:
            one.send(peer.request(target))
            return one.response().status

    def check_end(self):
        # those that are left would have to be waited for
        for one in self.sessions:
            one.close()
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log())
        self.assertIsNone(self.daemon.sanitizer_report())


class Reload(ReloadCase):
    def test_sessions_stay_with_what_they_began_under(self):
        self.start(endpoint("/echo"), endpoint("/old"))
        one = self.open("/old")
        self.assertTrue(self.daemon.reload(self.same_port(
            endpoint("/echo"),
            endpoint("/new", limits={"max_message_bytes": 10}))))
        self.assertEqual(self.status("/old"), 404)
        self.check_echo(one, "more than ten bytes")
        other = self.open("/new")
        other.say(TEXT, "more than ten bytes")
        self.assertEqual(other.frame().payload[:2], close_payload(1009))
        self.assertFalse(self.daemon.find_line("generation is over"))
        self.leave(one)
        self.daemon.await_generation_over(1)
        self.check_end()

    def test_broadcast_reaches_all_generations(self):
        rooms = [endpoint("/echo"), endpoint("/all", "broadcast")]
        self.start(*rooms)
        before = self.open("/all")
        self.assertTrue(self.daemon.reload(self.same_port(*rooms)))
        after = self.open("/all")
        for speaker, listener in ((before, after), (after, before)):
            speaker.say(TEXT, "to all")
            self.assertEqual(speaker.frame().payload, b"to all")
            self.assertEqual(listener.frame().payload, b"to all")
        self.leave(before)
        self.leave(after)
        self.check_end()

    def test_one_after_the_other(self):
        self.start()
        for _ in range(5):
            self.daemon.signal(signal.SIGHUP)
        # however many of these were one
        self.daemon.await_line("reloaded generation=2")
        self.assertTrue(self.daemon.reload())
        self.check_echo(self.open())
        self.check_end()

    def test_in_the_middle_of_the_end(self):
        self.start()
        one = self.open()
        self.daemon.signal(signal.SIGHUP)
        self.daemon.signal(signal.SIGTERM)
        self.daemon.signal(signal.SIGHUP)
        self.assertEqual(one.frame().payload[:2], close_payload(1001))
        self.daemon.signal(signal.SIGHUP)
        one.say(CLOSE, close_payload(1001))
        self.assertEqual(self.daemon.wait(), 0, self.daemon.log())
        self.assertIsNone(self.daemon.sanitizer_report())

    def test_level_of_the_log(self):
        self.start()
        self.assertTrue(self.daemon.reload(
            self.same_port(log={"level": "debug"})))
        one = self.open()
        self.daemon.await_line("session: sid=.* open")
        self.leave(one)
        self.check_end()

    def test_what_needs_a_restart_is_named(self):
        self.start(async_threads=2)
        self.assertTrue(self.daemon.reload(
            self.same_port(async_threads=3).replace(
                "workers = 2", "workers = 3")))
        for option in "workers", "async_threads":
            self.daemon.await_line(
                f"warn option needs a restart to change option={option}$")
        self.assertEqual(self.daemon.count_lines("needs a restart"), 2)
        self.check_end()

    def test_limits_count_on(self):
        narrow = {"limits": {"max_sessions": 1}}
        self.start(endpoint("/echo", **narrow))
        one = self.open()
        for _ in range(2):
            self.assertTrue(self.daemon.reload(
                self.same_port(endpoint("/echo", **narrow))))
            self.assertEqual(self.status("/echo"), 503)
        self.assertTrue(self.daemon.reload(self.same_port(
            endpoint("/echo", limits={"max_sessions": 2}))))
        other = self.open()
        self.leave(one)
        self.daemon.await_generation_over(1)
        self.open()
        self.assertEqual(self.status("/echo"), 503)
        self.leave(other)
        self.check_end()

    def test_limits_of_all_change(self):
        self.start(limits={"max_sessions": 1})
        self.open()
        self.assertEqual(self.status("/echo"), 503)
        self.assertTrue(self.daemon.reload(
            self.same_port(limits={"max_sessions": 2})))
        self.open()
        self.assertEqual(self.status("/echo"), 503)
        self.check_end()


class Refused(ReloadCase):
    """What is wrong is told, and changes nothing."""

    def check_refused(self, text, *complaints):
        self.assertFalse(self.daemon.reload(text))
        for complaint in complaints:
            self.daemon.await_line(complaint)
        self.check_echo(self.one)
        self.check_echo(self.open())

    def setUp(self):
        self.start()
        self.one = self.open()

    def test_file(self):
        self.check_refused("wokers = 3;\n", r"error .*framed.conf:1: unknown")
        self.check_refused("{", r"error .*framed.conf:1: syntax error")
        os.unlink(os.path.join(self.daemon.folder, "framed.conf"))
        self.check_refused(None, "error .*No such file")
        self.check_end()

    def test_module(self):
        self.check_refused(self.same_port(endpoint("/echo", "nothing")),
                           'error .*module "nothing" cannot be opened')
        self.check_refused(
            self.same_port(endpoint(
                "/all", "broadcast", settings={"topic": ""})),
            'error .*module "broadcast": topic must have')
        self.check_end()

    def test_certificate(self):
        self.check_refused(
            self.same_port(listeners=[
                {"address": "127.0.0.1", "port": self.daemon.port,
                 "tls": {"certificate": "/nowhere"}}]),
            'error .*tls: certificate "/nowhere"')
        self.check_end()

    def test_listener(self):
        with socket.socket() as taken, \
                tempfile.TemporaryDirectory() as folder:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            path = os.path.join(folder, "socket")
            free = daemon.free_port()
            self.check_refused(
                self.same_port(listeners=[
                    {"address": "127.0.0.1", "port": self.daemon.port},
                    {"address": "127.0.0.1", "port": free},
                    {"path": path},
                    {"address": "127.0.0.1",
                     "port": taken.getsockname()[1]}]),
                "error cannot listen .*: Address already in use")
            # what had been opened is closed again
            self.assertFalse(os.path.exists(path))
            with self.assertRaises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", free))
        self.check_end()

    def test_inherited(self):
        self.check_refused(
            self.same_port(listeners=[{"fd_name": "ws"}]),
            'error cannot listen fd_name="ws": no socket of that name')
        self.check_end()


class Listeners(ReloadCase):
    def listeners(self, *more):
        return self.same_port(listeners=[
            {"address": "127.0.0.1", "port": self.daemon.port}, *more])

    def test_they_come_and_go(self):
        self.start()
        port = daemon.free_port()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "socket")
            self.assertTrue(self.daemon.reload(self.listeners(
                {"address": "127.0.0.1", "port": port}, {"path": path})))
            sessions = [self.open(port=where)
                        for where in (port, path, self.daemon.port)]
            self.assertTrue(self.daemon.reload(self.listeners()))
            with self.assertRaises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port))
            self.assertFalse(os.path.exists(path))
        sessions.append(self.open())
        for one in sessions:
            self.check_echo(one)
            self.leave(one)
        self.check_end()

    def test_a_socket_that_stays_keeps_its_file(self):
        self.start()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "socket")
            self.assertTrue(self.daemon.reload(
                self.listeners({"path": path, "mode": "600"})))
            before = os.stat(path)
            self.assertTrue(self.daemon.reload(
                self.listeners({"path": path, "mode": "666"})))
            after = os.stat(path)
            self.assertEqual(before.st_ino, after.st_ino)
            self.assertEqual(before.st_mode & 0o777, 0o600)
            self.assertEqual(after.st_mode & 0o777, 0o666)
            self.check_echo(self.open(port=path))
            self.assertEqual(self.daemon.stop(), 0)
            self.assertFalse(os.path.exists(path))

    def test_nobody_is_refused_meanwhile(self):
        """Connections that wait in a queue are served."""
        self.start()
        ended = threading.Event()
        served, faults = [0], []

        def connect():
            while not ended.is_set():
                try:
                    with peer.open_peer(self.daemon.port) as one:
                        self.check_echo(one)
                    served[0] += 1
                except (OSError, AssertionError) as fault:
                    faults.append(fault)

        crowd = [threading.Thread(target=connect) for _ in range(4)]
        for one in crowd:
            one.start()
        try:
            for i in itertools.count():
                if i >= 30 and (served[0] > 100 or faults):
                    break
                self.assertTrue(self.daemon.reload(self.same_port(
                    endpoint("/echo"), endpoint(f"/{i}"))))
        finally:
            ended.set()
            for one in crowd:
                one.join()
        self.assertEqual(faults, [])
        self.check_end()


class Certificates(ReloadCase):
    """Of a file that is replaced, with the configuration as it was."""

    def subject(self, name=None):
        context = certificates.authority().client()
        context.check_hostname = False
        with socket.create_connection(
                ("127.0.0.1", self.daemon.port)) as plain, \
                context.wrap_socket(plain, server_hostname=name) as one:
            return dict(pair[0] for pair in one.getpeercert()["subject"])[
                "commonName"]

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = os.path.join(folder.name, "server.pem")
        self.other = os.path.join(folder.name, "other.pem")
        shutil.copy(certificates.server(), self.file)
        shutil.copy(certificates.other(), self.other)
        self.start(listeners=[
            {"address": "127.0.0.1", "port": 0,
             "tls": {"certificate": [self.file, self.other]}}])

    def test_new_ones_are_shown_to_new_sessions(self):
        self.assertEqual(self.subject(), "localhost")
        self.assertEqual(self.subject("other.example"), "other")
        one = self.open(tls=certificates.authority().client())
        shutil.copy(certificates.authority().issue(
            "renewed", "DNS:localhost,IP:127.0.0.1"), self.file)
        shutil.copy(certificates.authority().issue(
            "renewed too", "DNS:other.example"), self.other)
        self.assertTrue(self.daemon.reload())
        self.assertEqual(self.subject(), "renewed")
        self.assertEqual(self.subject("other.example"), "renewed too")
        self.check_echo(one)
        one.close()
        self.check_end()

    def test_a_bad_one_leaves_the_old(self):
        pathlib.Path(self.other).write_text("nonsense")
        self.assertFalse(self.daemon.reload())
        self.daemon.await_line(r"error .*tls: certificate .*other.pem")
        self.assertEqual(self.subject(), "localhost")
        self.assertEqual(self.subject("other.example"), "other")
        self.check_end()


@unittest.skipUnless(daemon.TEST_MODULES, "its module is not built")
class Modules(ReloadCase):
    """Modules that are replaced by other builds."""

    def install(self, edition, *, in_place=False):
        source = os.path.join(daemon.TEST_MODULES, f"edition-{edition}.so")
        target = os.path.join(self.folder, "edition.so")
        if in_place:
            with open(source, "rb") as read, open(target, "r+b") as write:
                write.write(read.read())
                write.truncate()
            return
        shutil.copy(source, target + ".new")
        os.rename(target + ".new", target)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.install("one")
        self.start(self.edition("a"), modules=self.folder)

    @staticmethod
    def edition(text, path="/echo", **settings):
        return endpoint(path, "edition", settings={"text": text, **settings})

    def ask(self, one, text="who?"):
        one.say(TEXT, text)
        return one.frame().payload.decode()

    def check_move(self, **how):
        one = self.open()
        self.assertEqual(self.ask(one), "one a")
        self.install("two", **how)
        self.assertEqual(self.ask(one), "one a")
        self.assertTrue(self.daemon.reload(
            self.same_port(self.edition("b"))))
        self.assertEqual(self.ask(one), "one a")
        other = self.open()
        self.assertEqual(self.ask(other), "two b")
        self.leave(one)
        self.daemon.await_generation_over(1)
        self.assertEqual(self.ask(other), "two b")
        self.leave(other)
        self.check_end()

    def test_a_file_of_the_same_name(self):
        self.check_move()

    def test_a_file_that_is_overwritten(self):
        """Which would end a program that has it mapped."""
        self.check_move(in_place=True)

    def test_works_are_awaited(self):
        one = self.open()
        one.say(TEXT, "work 700")
        one.say(TEXT, "who?")
        self.assertEqual(one.frame().payload, b"one a")
        one.close()
        self.daemon.await_line("ended reason=connection-lost")
        self.install("two")
        self.assertTrue(self.daemon.reload())
        self.assertEqual(self.ask(self.open()), "two a")
        self.assertFalse(self.daemon.find_line("generation is over"))
        self.daemon.await_generation_over(1)
        self.check_end()

    def test_sessions_that_it_began_itself_end_with_the_last_other(self):
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen()
            one = self.open()
            one.say(TEXT, f"call ws://127.0.0.1:{server.getsockname()[1]}/")
            called, _ = server.accept()
            self.addCleanup(called.close)
        self.assertTrue(self.daemon.reload())
        self.assertEqual(self.ask(one), "one a")
        self.assertFalse(self.daemon.find_line("generation is over"))
        self.leave(one)
        self.daemon.await_generation_over(1)
        self.check_end()

    def test_one_that_fails_changes_nothing(self):
        one = self.open()
        for fails, why in (("load", 'module "edition": load fails'),
                           ("worker", 'worker cannot start worker=1 '
                                      'module=edition path="/echo" '
                                      'why="worker fails"')):
            self.assertFalse(self.daemon.reload(self.same_port(
                self.edition("b", "/first"),
                self.edition("b", fails=fails))))
            self.daemon.await_line(why)
            self.assertEqual(self.ask(one), "one a")
            self.assertEqual(self.ask(self.open()), "one a")
            self.assertEqual(self.status("/first"), 404)
        self.daemon.await_generation_over(2)
        self.assertTrue(self.daemon.reload(
            self.same_port(self.edition("c"))))
        self.assertEqual(self.ask(self.open()), "one c")
        self.check_end()

    def test_a_thousand_reloads_under_load(self):
        """Each with the module really replaced; nobody notices, and nothing is
        left of them."""
        ended = threading.Event()
        faults = []

        def talk(stays):
            try:
                one = self.open()
                while not ended.is_set():
                    if not stays:
                        self.leave(one)
                        one = self.open()
                    if not self.ask(one).startswith(("one ", "two ")):
                        faults.append("another answer")
                self.leave(one)
            except (OSError, AssertionError) as fault:
                faults.append(fault)

        crowd = [threading.Thread(target=talk, args=(i < 2,))
                 for i in range(4)]
        for one in crowd:
            one.start()
        try:
            for i in range(1000):
                edition = ("one", "two")[i % 2]
                self.install(edition)
                self.assertTrue(self.daemon.reload(
                    self.same_port(self.edition(str(i)))))
                if i % 100 == 0:
                    self.assertEqual(
                        self.ask(self.open()), f"{edition} {i}")
                if i == 100:
                    rss = self.daemon.rss_bytes()
        finally:
            ended.set()
            for one in crowd:
                one.join()
        self.assertEqual(faults, [])
        for number in range(1, 1001):
            if number % 100 != 2:  # where one is open still
                self.daemon.await_generation_over(number)
        if not daemon.IS_SANITIZED:
            self.assertLess(self.daemon.rss_bytes() - rss, 8 << 20)
        self.check_end()


if __name__ == "__main__":
    unittest.main()
