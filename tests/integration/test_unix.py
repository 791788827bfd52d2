"""Listeners on Unix sockets."""
import collections
import grp
import os
import pathlib
import re
import stat
import subprocess
import tempfile
import unittest

import daemon
import peer
from case import DaemonCase
from daemon import DEADLINE

# Only root may give a file to a group that it is not in.
GROUP = "daemon" if os.geteuid() == 0 else grp.getgrgid(os.getgid()).gr_name
FOLDER = tempfile.TemporaryDirectory(prefix="framed-unix-")


def path(name):
    return os.path.join(FOLDER.name, name)


class Sockets(DaemonCase):
    configuration = daemon.configuration(workers=2, listeners=[
        {"path": path("first"), "mode": "606", "group": GROUP},
        {"path": path("second")},
        {"path": "@" + path("abstract")},
        {"address": "127.0.0.1", "port": 0}])

    def test_files(self):
        status = os.stat(path("first"))
        self.assertEqual(stat.S_IMODE(status.st_mode), 0o606)
        self.assertEqual(status.st_gid, grp.getgrnam(GROUP).gr_gid)
        self.assertEqual(
            stat.S_IMODE(os.stat(path("second")).st_mode), 0o660)

    def test_each_serves(self):
        for where in path("first"), path("second"), "\0" + path("abstract"):
            with peer.open_peer(where) as one:
                one.say(peer.TEXT, "hello")
                self.assertEqual(one.frame().payload, b"hello")

    def test_peer_is_unix(self):
        with self.connect() as one:
            one.say(peer.CLOSE, peer.close_payload(4000))
            one.closed()
        self.daemon.await_line("peer=unix .*code=4000")

    def test_both_workers_are_busy(self):
        """One accepts for all, turn by turn: the number of the worker begins a
        session's id."""
        start = len(self.daemon.lines)
        for where in path("first"), path("second"):
            for _ in range(10):
                with peer.open_peer(where) as one:
                    one.say(peer.TEXT, "hello")
                    one.frame()
                    one.say(peer.CLOSE, peer.close_payload(4001))
                    one.closed()
        daemon.await_true(lambda: self.ended(start).total() == 20,
                          "20 sessions have ended")
        self.assertEqual(self.ended(start), {"00": 10, "01": 10})

    def ended(self, start):
        return collections.Counter(
            found.group(1) for line in self.daemon.lines[start:]
            if (found := re.search(r"sid=(..).* ended .*code=4001", line)))

    def test_many_at_once(self):
        many = [self.open() for _ in range(200)]
        for one in many:
            one.say(peer.TEXT, "hello")
        for one in many:
            self.assertEqual(one.frame().payload, b"hello")

    def test_cat(self):
        done = subprocess.run(
            [daemon.PATH + "-cat", f"ws+unix:{path('first')}:/echo"],
            input="hello\n", capture_output=True, text=True,
            timeout=DEADLINE, env=daemon.sanitizer_environment())
        self.assertEqual((done.returncode, done.stdout), (0, "hello\n"))


class Files(unittest.TestCase):
    """What is there already, and what is left."""

    def setUp(self):
        self.path = path(self.id().rpartition(".")[2])
        self.text = daemon.configuration(listeners=[{"path": self.path}])

    def start(self):
        one = daemon.Daemon(self.text)
        self.addCleanup(one.kill)
        return one

    def refusal(self):
        done = daemon.run(text=self.text)
        self.assertEqual(done.returncode, 71)
        return done.stderr

    def test_gone_with_the_daemon(self):
        self.assertEqual(self.start().stop(), 0)
        self.assertFalse(os.path.exists(self.path))

    def test_left_by_a_killed_one(self):
        self.start().kill()
        self.assertTrue(os.path.exists(self.path))
        with peer.open_peer(self.start().port) as one:
            one.say(peer.TEXT, "hello")
            self.assertEqual(one.frame().payload, b"hello")

    def test_of_a_second_daemon(self):
        first = self.start()
        self.assertIn("Address already in use", self.refusal())
        peer.open_peer(first.port).close()

    def test_of_another_kind(self):
        pathlib.Path(self.path).write_text("precious")
        self.addCleanup(os.unlink, self.path)
        self.assertIn("Socket operation on non-socket", self.refusal())
        self.assertEqual(pathlib.Path(self.path).read_text(), "precious")

    def test_in_no_folder(self):
        self.text = daemon.configuration(
            listeners=[{"path": path("none/file")}])
        self.assertIn("No such file or directory", self.refusal())

    def test_for_nobody(self):
        self.text = daemon.configuration(
            listeners=[{"path": self.path, "owner": "no such user"}])
        self.assertIn("setting its owner or group", self.refusal())
        self.assertFalse(os.path.exists(self.path))


if __name__ == "__main__":
    unittest.main()
