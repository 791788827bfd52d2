"""Where the log goes, and that nobody waits for it."""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

import daemon
import peer
from daemon import configuration
from peer import CLOSE, TEXT, Frame, close_payload


class LogCase(unittest.TestCase):
    def start(self, *endpoints, **log):
        self.port = daemon.free_port()
        self.daemon = daemon.Daemon(
            configuration(*endpoints, port=self.port, log=log),
            is_ready=False)
        self.addCleanup(self.daemon.kill)
        daemon.await_true(self.is_there, "it listens")

    def is_there(self):
        try:
            socket.create_connection((peer.HOST, self.port)).close()
            return True
        except ConnectionRefusedError:
            return False

    def session(self):
        with peer.open_peer(self.port) as one:
            one.say(TEXT, "hello")
            self.assertEqual(one.frame(), Frame(TEXT, b"hello"))
            one.say(CLOSE, close_payload(1000))
            self.assertEqual(one.closed(), (1000, b""))

    def folder(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return pathlib.Path(folder.name)

    def await_text(self, path, pattern):
        daemon.await_true(
            lambda: path.exists() and re.search(pattern, path.read_text()),
            f"{pattern} in {path}")

    def check_end(self):
        self.assertEqual(self.daemon.stop(), 0)


class File(LogCase):
    def test_it_is_opened_anew(self):
        path = self.folder() / "framed.log"
        old = path.with_suffix(".log.1")
        self.start(target="file", file=str(path))
        self.session()
        self.await_text(path, r"Z info sid=.* ended reason=peer-closed")
        path.rename(old)
        self.session()
        self.await_text(old, r"(?s)peer-closed.*peer-closed")
        self.daemon.signal(signal.SIGUSR1)
        daemon.await_true(path.exists, "a new file")
        self.session()
        self.await_text(path, "ended reason=peer-closed")
        self.assertEqual(old.read_text().count("ended reason=peer-closed"), 2)
        self.check_end()
        self.assertIn("stopped sessions=3", path.read_text())
        self.assertEqual(self.daemon.lines, [])

    @unittest.skipUnless(shutil.which("logrotate"), "there is no logrotate")
    def test_logrotate(self):
        folder = self.folder()
        path = folder / "framed.log"
        self.start(target="file", file=str(path))
        self.session()
        self.await_text(path, "ended reason=peer-closed")
        rules = folder / "rules"
        rules.write_text(f"{path} {{\n rotate 1\n postrotate\n"
                         f"  kill -USR1 {self.daemon.pid}\n endscript\n}}\n")
        rules.chmod(0o600)
        subprocess.run(["logrotate", "-f", "-s", str(folder / "state"),
                        str(rules)], check=True)
        daemon.await_true(path.exists, "a new file")
        self.session()
        self.await_text(path, "ended reason=peer-closed")
        self.assertIn("ended reason=peer-closed",
                      pathlib.Path(f"{path}.1").read_text())
        self.check_end()

    def test_a_full_disk(self):
        self.start(target="file", file="/dev/full")
        for _ in range(20):
            self.session()
        path = self.folder() / "framed.log"
        self.daemon.configure(configuration(
            port=self.port, log={"target": "file", "file": str(path)}))
        self.daemon.signal(signal.SIGHUP)
        self.await_text(path, r"warn log could not be written lost=\d\d")
        self.check_end()

    def test_one_that_cannot_be_opened(self):
        done = daemon.run(text=configuration(
            log={"target": "file", "file": "/nowhere/at/all"}))
        self.assertEqual(done.returncode, 71)
        self.assertIn("cannot open the log: No such file", done.stderr)


class Syslog(LogCase):
    def test_datagrams(self):
        path = self.folder() / "log"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslog:
            syslog.settimeout(daemon.DEADLINE)
            syslog.bind(str(path))
            self.start(target="syslog", socket=str(path), facility="local3")
            self.session()
            while True:
                line = syslog.recv(2000).decode()
                self.assertRegex(
                    line, rf"^<15[568]>[A-Z][a-z]{{2}} [ \d]\d \d\d:\d\d:\d\d "
                    rf"framed\[{self.daemon.pid}\]: \S")
                if "ended reason=peer-closed" in line:
                    break
            # nobody reads any more
            for _ in range(200):
                self.session()
        # nor is anybody there
        self.session()
        # and then somebody is, who hears what was missed
        path.unlink()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslog:
            syslog.settimeout(0.1)
            syslog.bind(str(path))

            def is_told():
                self.session()
                try:
                    return "could not be written lost=" in syslog.recv(
                        2000).decode()
                except TimeoutError:
                    return False
            daemon.await_true(is_told, "what was lost")
            self.check_end()


class Stderr(LogCase):
    def test_a_pipe_that_nobody_reads(self):
        read, write = os.pipe()
        folder = self.folder()
        port = daemon.free_port()
        path = folder / "framed.conf"
        path.write_text(configuration(port=port, log={"level": "debug"}))
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", daemon.PATH, "-m",
             daemon.MODULES, "-f", str(path)],
            stdin=subprocess.DEVNULL, stderr=write,
            env=daemon.sanitizer_environment())
        self.addCleanup(lambda: (process.kill(), process.wait()))
        os.close(write)
        self.port = port
        daemon.await_true(self.is_there, "it listens")
        for _ in range(500):
            self.session()
        os.set_blocking(read, False)
        said = bytearray()
        with open(read, "rb", buffering=0) as pipe:

            def is_told():
                while chunk := pipe.read(65536):
                    said.extend(chunk)
                self.session()
                return b"log could not be written lost=" in said
            daemon.await_true(is_told, "what was lost")
            self.assertGreater(len(said), 30000)
        # and now there is no reader
        self.session()
        process.terminate()
        self.assertEqual(process.wait(daemon.DEADLINE), 0)

    def test_levels_of_areas(self):
        self.start(level="warn", areas=["request:info"])
        with peer.Peer(self.port) as one:
            one.send(peer.request(Origin="http://elsewhere.example"))
            self.assertEqual(one.response().status, 403)
        self.daemon.await_line("info sid=.* origin is not allowed")
        self.session()
        self.assertTrue(self.change(level="info", areas="request:error"))
        self.session()
        self.daemon.await_line("ended reason=peer-closed")
        with peer.Peer(self.port) as one:
            one.send(peer.request(Origin="http://elsewhere.example"))
            self.assertEqual(one.response().status, 403)
        self.session()
        daemon.await_true(
            lambda: self.daemon.count_lines("reason=peer-closed") == 2,
            "the ends of two")
        self.assertEqual(self.daemon.count_lines("origin is not"), 1)
        self.check_end()

    def change(self, **log):
        return self.daemon.reload(configuration(port=self.port, log=log))

    def test_what_repeats(self):
        """Sessions have their lines all the same."""
        self.start(rate=5)
        for _ in range(40):
            with peer.Peer(self.port) as one:
                one.send(peer.request(Origin="http://elsewhere.example"))
                self.assertEqual(one.response().status, 403)
            self.session()
        daemon.await_true(
            lambda: self.daemon.count_lines("reason=peer-closed") == 40,
            "each end")
        self.assertLess(self.daemon.count_lines("origin is not"), 40)
        self.check_end()


if __name__ == "__main__":
    unittest.main()
