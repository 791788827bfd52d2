"""Sockets that a service manager opened, and what it is told."""
import collections
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import daemon
import peer

STARTER = """
import os, sys
count, names, *command = sys.argv[1:]
for i in range(int(count)):
    os.dup2(100 + i, 3 + i)
    os.close(100 + i)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=count,
                  LISTEN_FDNAMES=names)
os.execvp(command[0], command)
"""


class Manager:
    """Starts a daemon as systemd does: sockets from descriptor 3 on, and a
    place for notes."""

    def __init__(self, case, names, sockets, text, modules=daemon.MODULES,
                 **variables):
        self.folder = tempfile.TemporaryDirectory(prefix="framed-inherited-")
        case.addCleanup(self.folder.cleanup)
        self.notes = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        case.addCleanup(self.notes.close)
        self.notes.settimeout(daemon.DEADLINE)
        self.notes.bind("\0" + self.folder.name)
        path = pathlib.Path(self.folder.name, "framed.conf")
        path.write_text(text)
        for i, one in enumerate(sockets):
            # out of the way of those that are moved there
            os.dup2(one.fileno(), 100 + i)
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "/usr/bin/python3", "-c",
             STARTER, str(len(sockets)), names, daemon.PATH, "-m", modules,
             "-f", str(path)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True,
            pass_fds=range(100, 100 + len(sockets)),
            env={**daemon.sanitizer_environment(), **variables,
                 "NOTIFY_SOCKET": "@" + self.folder.name})
        for i in range(len(sockets)):
            os.close(100 + i)
        case.addCleanup(self.end)

    def note(self):
        return self.notes.recv(1000).decode()

    def end(self):
        """Ends it. Returns its status and log."""
        if self.process.returncode is None:
            self.process.terminate()
            self.log = self.process.communicate(timeout=daemon.DEADLINE)[1]
        return self.process.returncode, self.log


class Inherited(unittest.TestCase):
    def listen(self, family=socket.AF_INET, address=("127.0.0.1", 0)):
        one = socket.socket(family)
        self.addCleanup(one.close)
        one.bind(address)
        one.listen()
        return one

    def echo(self, port):
        with peer.open_peer(port) as one:
            one.say(peer.TEXT, "hello")
            self.assertEqual(one.frame().payload, b"hello")
            one.say(peer.CLOSE, peer.close_payload(1000))
            one.closed()

    def start(self, names, sockets, *listeners):
        return Manager(self, names, sockets, daemon.configuration(
            listeners=[{"fd_name": name} for name in listeners]))

    def test_both_kinds_serve_and_the_manager_is_told(self):
        tcp = self.listen()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = os.path.join(folder.name, "socket")
        unix = self.listen(socket.AF_UNIX, path)
        # who comes early waits
        early = peer.Peer(tcp.getsockname()[1])
        self.addCleanup(early.close)
        one = self.start("ws:local", [tcp, unix], "ws", "local")
        note = one.note()
        self.assertTrue(note.startswith("READY=1\nSTATUS=serving with 2"), note)
        early.upgrade()
        early.close()
        for _ in range(10):
            self.echo(tcp.getsockname()[1])
            self.echo(path)
        one.process.terminate()
        self.assertTrue(one.note().startswith("STOPPING=1\n"))
        # a second time, whatever it does just now
        status, log = one.end()
        self.assertEqual(status, 0, log)
        # one worker accepts, and both serve
        workers = collections.Counter(
            re.findall(r"sid=(..).* ended reason=peer-closed", log))
        self.assertEqual(workers, {"00": 10, "01": 10}, log)
        # the files are the manager's
        self.assertTrue(os.path.exists(path))

    def test_reloads_are_told(self):
        tcp = self.listen()
        one = self.start("ws", [tcp], "ws")
        self.assertTrue(one.note().startswith("READY=1"))
        path = pathlib.Path(one.folder.name, "framed.conf")
        for text in path.read_text(), "nonsense":
            path.write_text(text)
            before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            one.process.send_signal(signal.SIGHUP)
            word, _, value = one.note().partition("\nMONOTONIC_USEC=")
            self.assertEqual(word, "RELOADING=1\nWATCHDOG=1")
            self.assertGreaterEqual(int(value), before)
            # also when nothing came of it: the manager would wait
            self.assertTrue(one.note().startswith("READY=1"))
            self.echo(tcp.getsockname()[1])
        status, log = one.end()
        self.assertEqual(status, 0, log)
        self.assertIn("reloaded generation=2", log)
        self.assertIn("error not reloaded", log)

    @unittest.skipUnless(daemon.TEST_MODULES, "its module is not built")
    def test_watchdog(self):
        """It is fed while all workers answer, and not while one hangs."""
        tcp = self.listen()
        one = Manager(self, "ws", [tcp], daemon.configuration(
            daemon.endpoint("/stuck", "stuck"),
            listeners=[{"fd_name": "ws"}]), daemon.TEST_MODULES,
            WATCHDOG_USEC="1000000")
        self.assertTrue(one.note().startswith("READY=1"))
        for _ in range(3):
            self.assertEqual(one.note(), "WATCHDOG=1")
        with peer.open_peer(tcp.getsockname()[1], "/stuck") as client:
            client.say(peer.TEXT, "4000")
            one.notes.settimeout(1.5)
            with self.assertRaises(TimeoutError):
                while True:
                    one.note()
            one.notes.settimeout(daemon.DEADLINE)
            self.assertEqual(client.frame().payload, b"4000")
        self.assertEqual(one.note(), "WATCHDOG=1")
        status, log = one.end()
        self.assertEqual(status, 0, log)
        self.assertIn("worker does not answer worker=", log)

    def test_watchdog_of_others(self):
        one = Manager(self, "ws", [self.listen()], daemon.configuration(
            listeners=[{"fd_name": "ws"}]), WATCHDOG_USEC="200000",
            WATCHDOG_PID="1")
        self.assertTrue(one.note().startswith("READY=1"))
        one.notes.settimeout(1)
        with self.assertRaises(TimeoutError):
            one.note()

    def refused(self, why, *arguments):
        one = self.start(*arguments)
        one.process.wait(daemon.DEADLINE)
        log = one.process.stderr.read()
        one.process.stderr.close()
        one.log = log
        self.assertEqual(one.process.returncode, 71, log)
        self.assertIn(why, log)

    def test_wrong_names(self):
        self.refused('fd_name="other": no socket of that name was passed',
                     "ws", [self.listen()], "other")
        self.refused('fd_name="ws": several sockets of that name',
                     "ws:ws", [self.listen(), self.listen()], "ws")

    def test_no_listening_socket(self):
        one = socket.socket()
        self.addCleanup(one.close)
        self.refused("it is no listening stream socket", "ws", [one], "ws")

    def test_others_are_closed(self):
        used, unused = self.listen(), self.listen()
        one = self.start("ws:spare", [used, unused], "ws")
        one.note()
        self.assertIn('no listener takes an inherited socket fd_name="spare"',
                      one.end()[1])

    def test_variables_of_others_mean_nothing(self):
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1",
                          LISTEN_FDNAMES="ws")
        self.addCleanup(lambda: [os.environ.pop(name) for name in (
            "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")])
        done = daemon.run(text=daemon.configuration(
            listeners=[{"fd_name": "ws"}]))
        self.assertEqual(done.returncode, 71)
        self.assertIn("no socket of that name was passed", done.stderr)


if __name__ == "__main__":
    unittest.main()
