"""Who the daemon is, and what it may have."""
import os
import pathlib
import pwd
import signal
import subprocess
import tempfile
import unittest

import daemon
import peer
from daemon import configuration

NOBODY = "nobody"
IS_ROOT = os.geteuid() == 0


class StartCase(unittest.TestCase):
    def folder(self, mode=0o755):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.chmod(folder.name, mode)
        return pathlib.Path(folder.name)

    def start(self, **options):
        options.setdefault("port", daemon.free_port())
        self.text = configuration(**options)
        self.daemon = daemon.Daemon(self.text)
        self.addCleanup(self.daemon.kill)
        # the user that it becomes is to read it again
        os.chmod(self.daemon.folder, 0o755)

    def status(self):
        text = pathlib.Path(f"/proc/{self.daemon.pid}/status").read_text()
        return dict(line.split(":\t", 1) for line in text.splitlines())

    def check_end(self):
        self.assertEqual(self.daemon.stop(), 0)
        self.assertIsNone(self.daemon.sanitizer_report())

    @staticmethod
    def run_as(user, text, *command):
        """The daemon's status and complaints."""
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            path = pathlib.Path(folder, "framed.conf")
            path.write_text(text)
            return subprocess.run(
                ["setpriv", "--reuid", user, "--regid", "nogroup",
                 "--clear-groups", *command, daemon.PATH, "-m",
                 daemon.MODULES, "-f", str(path)],
                stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                timeout=daemon.DEADLINE, env=daemon.sanitizer_environment())


@unittest.skipUnless(IS_ROOT, "not root")
class User(StartCase):
    def test_root_is_given_up_for_good(self):
        self.start(user=NOBODY)
        someone = pwd.getpwnam(NOBODY)
        status = self.status()
        self.assertEqual(set(status["Uid"].split()), {str(someone.pw_uid)})
        self.assertEqual(set(status["Gid"].split()), {str(someone.pw_gid)})
        self.assertEqual(
            set(map(int, status["Groups"].split())),
            set(os.getgrouplist(NOBODY, someone.pw_gid)))
        for name in "CapPrm", "CapEff", "CapAmb":
            self.assertEqual(int(status[name], 16), 0, name)
        self.assertEqual(status["NoNewPrivs"], "1")
        # modules are found all the same, by who it is now
        self.assertTrue(self.daemon.reload())
        with peer.open_peer(self.daemon.port) as one:
            one.say(peer.TEXT, "hello")
            self.assertEqual(one.frame().payload, b"hello")
        self.check_end()

    def test_the_log_is_the_users(self):
        log = self.folder() / "log"
        port = daemon.free_port()
        self.daemon = daemon.Daemon(configuration(
            port=port, user=NOBODY,
            log={"target": "file", "file": str(log)}), is_ready=False)
        self.addCleanup(self.daemon.kill)
        daemon.await_true(
            lambda: log.exists() and " ready " in log.read_text(), "ready")
        self.assertEqual(log.stat().st_uid, pwd.getpwnam(NOBODY).pw_uid)
        self.assertEqual(log.stat().st_mode & 0o777, 0o640)
        self.daemon.signal(signal.SIGUSR1)
        self.check_end()
        self.assertNotIn("cannot reopen", log.read_text())

    def test_links_are_not_followed(self):
        """The folder may be the user's, and the link to anything."""
        folder = self.folder()
        victim, link = folder / "victim", folder / "log"
        victim.write_text("precious\n")
        link.symlink_to(victim)
        done = daemon.run(text=configuration(
            user=NOBODY, log={"target": "file", "file": str(link)}))
        self.assertEqual(done.returncode, 71)
        self.assertIn("cannot open the log: Too many levels", done.stderr)
        self.assertEqual(victim.read_text(), "precious\n")

    def test_devices_are_nobodys(self):
        port = daemon.free_port()
        before = os.stat("/dev/null")
        self.daemon = daemon.Daemon(configuration(
            port=port, user=NOBODY,
            log={"target": "file", "file": "/dev/null"}), is_ready=False)
        self.addCleanup(self.daemon.kill)
        daemon.await_true(
            lambda: self.status()["Uid"].split()[0] != "0", "another user")
        # it serves
        peer.open_peer(port).close()
        after = os.stat("/dev/null")
        self.assertEqual((before.st_uid, before.st_gid),
                         (after.st_uid, after.st_gid))
        self.check_end()

    def test_who_is_that_user_already(self):
        text = configuration(user=NOBODY, group="nogroup", port=1)
        done = self.run_as(NOBODY, text)
        # the user was no trouble
        self.assertEqual(done.returncode, 77)
        self.assertIn("cannot listen address=127.0.0.1 port=1 without "
                      "CAP_NET_BIND_SERVICE, or root at the start: "
                      "Permission denied", done.stderr)
        self.assertNotIn("become", done.stderr)

    def test_who_cannot_become_another(self):
        done = self.run_as(NOBODY, configuration(user="daemon"))
        self.assertEqual(done.returncode, 77)
        self.assertIn("cannot become user=daemon: only root can", done.stderr)

    def test_capabilities_that_are_left_are_noticed(self):
        """As where the kernel was told to keep them."""
        done = subprocess.run(
            ["setpriv", "--securebits", "+no_setuid_fixup", daemon.PATH,
             "-m", daemon.MODULES, "-f", self.written(
                 configuration(user=NOBODY))],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            timeout=daemon.DEADLINE, env=daemon.sanitizer_environment())
        self.assertEqual(done.returncode, 77, done.stderr)
        self.assertIn("something of root is left after becoming user=nobody",
                      done.stderr)

    def written(self, text):
        path = self.folder() / "framed.conf"
        path.write_text(text)
        return str(path)

    def test_nobody_of_that_name(self):
        done = daemon.run(text=configuration(user="no-such-user"))
        self.assertEqual(done.returncode, 77)
        self.assertIn("no such user user=no-such-user", done.stderr)


class PidFile(StartCase):
    def test_it_is_there_as_long_as_the_daemon(self):
        path = self.folder() / "framed.pid"
        self.start(pid_file=str(path))
        daemon.await_true(
            lambda: path.exists() and path.read_text(), "the number")
        self.assertEqual(path.read_text(), f"{self.daemon.pid}\n")
        other = daemon.run(text=configuration(pid_file=str(path)))
        self.assertEqual(other.returncode, 71)
        self.assertIn(f"another one runs pid={self.daemon.pid} "
                      f"pid_file={path}", other.stderr)
        self.assertEqual(path.read_text(), f"{self.daemon.pid}\n")
        self.check_end()
        self.assertFalse(path.exists())

    def test_one_of_the_dead_is_taken_over(self):
        path = self.folder() / "framed.pid"
        # whoever that is
        path.write_text(f"{os.getpid()}\n")
        self.start(pid_file=str(path))
        daemon.await_true(
            lambda: path.read_text() == f"{self.daemon.pid}\n", "the number")
        self.daemon.kill()
        self.start(pid_file=str(path))
        self.check_end()
        self.assertFalse(path.exists())

    def test_one_that_is_anothers_now_stays(self):
        path = self.folder() / "framed.pid"
        self.start(pid_file=str(path))
        path.unlink()
        path.write_text("other\n")
        self.check_end()
        self.assertEqual(path.read_text(), "other\n")

    @unittest.skipUnless(IS_ROOT, "not root")
    def test_one_that_cannot_be_removed_is_emptied(self):
        path = self.folder() / "framed.pid"
        self.start(pid_file=str(path), user=NOBODY)
        self.check_end()
        self.assertEqual(path.read_text(), "")

    def test_a_folder_that_is_not_there(self):
        done = daemon.run(text=configuration(pid_file="/nowhere/pid"))
        self.assertEqual(done.returncode, 71)
        self.assertIn("cannot have pid_file=/nowhere/pid: No such file",
                      done.stderr)


class Limits(StartCase):
    def test_descriptors_are_told(self):
        self.start(limits={"max_sessions": 500, "max_handshakes": 50})
        found = self.daemon.await_line(
            r"info descriptors limit=(\d+) before=(\d+) max_sessions=500 "
            r"max_handshakes=50$")
        self.assertGreaterEqual(int(found.group(1)), int(found.group(2)))
        self.check_end()

    def test_advice(self):
        one = daemon.Daemon(configuration(), descriptors=1000)
        self.addCleanup(one.kill)
        found = one.await_line(
            r"warn max_sessions lowered to what the descriptor limit allows "
            r"max_sessions=\d+ configured=100000: raise it to (\d+), by "
            r"LimitNOFILE= of the unit or ulimit -n")
        self.assertGreater(int(found.group(1)), 100000)
        self.assertEqual(one.stop(), 0)

    def test_backlog(self):
        most = int(pathlib.Path("/proc/sys/net/core/somaxconn").read_text())
        if most >= 65535:
            self.skipTest("no backlog is above net.core.somaxconn")
        self.start(listeners=[{"address": "127.0.0.1", "port": 0,
                               "backlog": most + 1}])
        self.daemon.await_line(
            rf"warn backlog is cut backlog={most + 1}: raise "
            rf"net.core.somaxconn, which is {most}$")
        self.check_end()


if __name__ == "__main__":
    unittest.main()
