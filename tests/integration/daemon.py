"""A daemon of the test's own, and what can be seen of it from outside."""
import contextlib
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

PATH = os.environ["FRAMED_DAEMON"]
MODULES = os.environ["FRAMED_MODULES"]
# Those below modules/, or None where they are not built.
TEST_MODULES = os.environ.get("FRAMED_TEST_MODULES")
# How long to wait for what should come at once. Only a failing test waits so
# long; sanitizers and loaded machines are slow.
DEADLINE = 60

with open(PATH, "rb") as program:
    IS_SANITIZED = bool(re.search(rb"__[at]san_init", program.read()))


def setting(value):
    """A value as libconfig writes it."""
    if isinstance(value, dict):
        return "{ " + settings(value) + "}"
    if isinstance(value, (list, tuple)):
        return "( " + ", ".join(setting(item) for item in value) + " )"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


def settings(group):
    return "".join(f"{key} = {setting(value)};\n"
                   for key, value in group.items())


def endpoint(path, module="echo", **more):
    return {"path": path, "module": module, **more}


def configuration(*endpoints, port=0, **more):
    """The text of a configuration with one listener, on a free port. Sessions
    that are open at the end are closed at once, lest each test wait for them,
    and no machine is too slow for that. No line of the log is left out: tests
    do much in a second."""
    more["log"] = {"rate": 0, **more.get("log", {})}
    return settings({
        "workers": 2,
        "listeners": [{"address": "127.0.0.1", "port": port}],
        "drain": {"spread_ms": 0, "timeout_ms": 10 * DEADLINE * 1000},
        **more,
        "endpoints": endpoints or [endpoint("/echo")],
    })


def free_port():
    """One that nobody listens at, nor is given to any who does not ask for it:
    that is what makes it stay free until it is used."""
    first = int(pathlib.Path(
        "/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(first // 2, first)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def sanitizer_environment():
    """Says that what is freed shall not pile up, and reports end the run."""
    environment = dict(os.environ)
    for name, ours in (("ASAN_OPTIONS", "quarantine_size_mb=16"),
                       ("TSAN_OPTIONS", "halt_on_error=0:exitcode=66"),
                       ("UBSAN_OPTIONS", "print_stacktrace=1")):
        environment[name] = ":".join(
            filter(None, [ours, environment.get(name)]))
    environment.pop("JOURNAL_STREAM", None)
    return environment


def run(*arguments, text=None, modules=MODULES):
    """Runs the daemon for its exit status and output; `text` becomes the
    configuration, and its path the last argument."""
    with tempfile.TemporaryDirectory() as folder:
        command = [PATH, "-m", modules, *arguments]
        if text is not None:
            path = pathlib.Path(folder, "framed.conf")
            path.write_text(text)
            command += ["-f", str(path)]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=DEADLINE, env=sanitizer_environment())
        return subprocess.CompletedProcess(
            command, done.returncode, done.stdout,
            done.stderr.replace(folder + "/", ""))


class Daemon:
    """Runs until stop(), or at the longest as long as this process."""

    def __init__(self, text, descriptors=None, is_ready=True,
                 modules=MODULES):
        self.folder = tempfile.mkdtemp(prefix="framed-")
        path = pathlib.Path(self.folder, "framed.conf")
        path.write_text(text)
        command = ["setpriv", "--pdeathsig", "KILL"]
        if descriptors is not None:
            command += ["prlimit", f"--nofile={descriptors}"]
        command += [PATH, "-m", modules, "-f", str(path)]
        self.lines = []
        self.news = threading.Condition()
        self.has_ended = False
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, errors="replace",
            cwd=self.folder, env=sanitizer_environment())
        self.pid = self.process.pid
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        if is_ready:
            try:
                self.await_line(r" ready ")
            except AssertionError:
                self.kill()
                raise
            port, path = self.await_line(
                r"listening (?:.*port=(\d+)|path=(.*))").groups()
            self.port = path or int(port)  # of the first listener

    def _read(self):
        for line in self.process.stderr:
            with self.news:
                self.lines.append(line.rstrip("\n"))
                self.news.notify_all()
        with self.news:
            self.has_ended = True
            self.news.notify_all()

    def find_line(self, pattern, start=0):
        return next(filter(None, (re.search(pattern, line)
                                  for line in self.lines[start:])), None)

    def count_lines(self, pattern):
        return sum(bool(re.search(pattern, line))
                   for line in self.lines[:])

    def await_line(self, pattern, start=0):
        """The match in the first log line that has one, waited for; only
        lines from number `start` on count."""
        with self.news:
            self.news.wait_for(
                lambda: self.find_line(pattern, start) or self.has_ended,
                DEADLINE)
        found = self.find_line(pattern, start)
        if found is None:
            raise AssertionError(f"no line {pattern!r} in the log:\n"
                                 + self.log())
        return found

    def log(self):
        return "\n".join(self.lines[-60:])

    def signal(self, number):
        self.process.send_signal(number)

    def configure(self, text):
        """Replaces the configuration, as editors do."""
        path = pathlib.Path(self.folder, "framed.conf")
        new = path.with_suffix(".new")
        new.write_text(text)
        new.rename(path)

    def reload(self, text=None):
        """Has it reload, a new configuration if one is given. Returns whether
        it did."""
        if text is not None:
            self.configure(text)
        start = len(self.lines)
        self.signal(signal.SIGHUP)
        return self.await_line(
            r"(not )?reloaded(?: generation=|: all stays)",
            start).group(1) is None

    def await_generation_over(self, number):
        self.await_line(f"generation is over generation={number}$")

    def wait(self):
        """Awaits the end. Returns the exit status."""
        status = self.process.wait(DEADLINE)
        self.reader.join(DEADLINE)
        self.process.stderr.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        return status

    def stop(self):
        self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self):
        if self.process.returncode is None:
            self.process.kill()
            self.wait()

    def sanitizer_report(self):
        """The log from where a sanitizer speaks, or nothing."""
        for i, line in enumerate(self.lines):
            if re.search("Sanitizer|runtime error:|Assertion", line):
                return "\n".join(self.lines[i:i + 80])
        return None

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def has_read(self, socket):
        """Whether nothing that was sent through the socket lies in the kernel,
        at either end."""
        # the same port may also be in a connection to another daemon
        ours = f":{socket.getsockname()[1]:04X}"
        theirs = f":{socket.getpeername()[1]:04X}"
        table = pathlib.Path("/proc/net/tcp").read_text().splitlines()
        waiting = []
        for line in table[1:]:
            _, local, remote, _, queues, *_ = line.split()
            sent, received = queues.split(":")
            if local.endswith(ours) and remote.endswith(theirs):
                waiting.append(sent)
            elif local.endswith(theirs) and remote.endswith(ours):
                waiting.append(received)
        return [int(count, 16) for count in waiting] == [0, 0]

    def rss_bytes(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) << 10

    def cpu_seconds(self):
        stat = pathlib.Path(f"/proc/{self.pid}/stat").read_text()
        user, system = stat.rpartition(") ")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def await_true(condition, what):
    """Waits for what gives no event of its own."""
    end = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"in vain: {what}")
        time.sleep(0.01)
