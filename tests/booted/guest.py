"""A machine with systemd of its own: a container over a copy of this one's files,
of which nothing is written here."""
import contextlib
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import tempfile
import time

DEADLINE = 60  # only a failing test waits so long
NAME = f"framed-test-{os.getpid()}"
BOOT = r"""
set -e
here=$1
shift
mount -t tmpfs -o size=1g tmpfs "$here"
mkdir "$here/upper" "$here/work" "$here/root"
mount -t overlay -o "lowerdir=/,upperdir=$here/upper,workdir=$here/work" \
    overlay "$here/root"
cd "$here/root"
# it starts what it is told, and has a name of its own
rm -rf etc/systemd/system/*.wants/* etc/rc?.d/* usr/sbin/policy-rc.d
: >etc/machine-id
mkdir -p opt/framed-test
cp -r "$@" opt/framed-test
exec systemd-nspawn -D "$here/root" -M "$NAME" --register=no --keep-unit \
    --private-network --console=pipe -b
"""


class Impossible(Exception):
    """Why there can be no such machine here."""


def check_possible():
    if os.geteuid() != 0:
        raise Impossible("not root")
    for tool in "unshare", "systemd-nspawn", "nsenter":
        if shutil.which(tool) is None:
            raise Impossible(f"there is no {tool}")


def cgroups():
    """Of containers; what they leave behind is empty."""
    return set(pathlib.Path("/sys/fs/cgroup").glob("**/payload")) | set(
        pathlib.Path("/sys/fs/cgroup").glob("**/supervisor"))


class Guest:
    """Runs until close(). `files` are copied to /opt/framed-test."""

    def __init__(self, *files):
        check_possible()
        self.groups_before = cgroups()
        self.folder = tempfile.mkdtemp(prefix="framed-booted-")
        self.console = open(os.path.join(self.folder, "console"), "w+b")
        self.mount = os.path.join(self.folder, "mount")
        os.mkdir(self.mount)
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private",
             "bash", "-c", BOOT, "boot", self.mount, *files],
            stdin=subprocess.DEVNULL, stdout=self.console,
            stderr=self.console, env={**os.environ, "NAME": NAME})
        try:
            self._boot()
        except BaseException:
            self.close()
            raise

    def _boot(self):
        try:
            self.await_true(self._find_leader, "its first process")
            self.await_true(self._is_up, "the end of its start")
        except AssertionError as why:
            raise Impossible(f"it does not boot: {why}") from why

    def _find_leader(self):
        """Its first process, which there are others before."""
        if self.process.poll() is not None:
            self.console.seek(0)
            lines = self.console.read().decode(errors="replace").split("\n")
            raise Impossible("it does not boot: " + " ".join(
                line for line in lines[-4:] if line))
        pid = self.process.pid
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
        for child in children.read_text().split():
            with contextlib.suppress(OSError):
                if pathlib.Path(f"/proc/{child}/comm").read_text() == \
                        "systemd\n":
                    self.leader = child
                    return True
        return False

    def _is_up(self):
        return self.run("systemctl", "is-system-running", status=None
                        ).stdout.strip() in ("running", "degraded")

    def await_true(self, condition, what):
        end = time.monotonic() + DEADLINE
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"in vain: {what}")
            time.sleep(0.02)

    def command(self, *command):
        return ["nsenter", "-t", self.leader, "--all", "--", *command]

    def run(self, *command, status=0, text=None):
        """Runs a command there. `status` None: whatever it may be."""
        done = subprocess.run(
            self.command(*command), input=text or "", capture_output=True,
            text=True, timeout=DEADLINE)
        if status is not None and done.returncode != status:
            raise AssertionError(
                f"{shlex.join(command)}: status {done.returncode}\n"
                f"{done.stdout}{done.stderr}")
        return done

    def read(self, *command):
        """What a command says, without the end of its last line."""
        return self.run(*command).stdout.rstrip("\n")

    def shell(self, script):
        return self.read("bash", "-euc", script)

    def write(self, path, text):
        self.run("bash", "-euc", 'mkdir -p "$(dirname "$1")"; cat >"$1"',
                 "write", path, text=text)

    def property(self, unit, name):
        return self.read("systemctl", "show", "-p", name, "--value", unit)

    def close(self):
        if self.process.poll() is None:
            with contextlib.suppress(Exception):
                self.run("systemctl", "poweroff", status=None)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(10)
                self.process.kill()
                self.process.wait()
        self.console.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        for group in cgroups() - self.groups_before:
            for path in sorted(group.glob("**/"), reverse=True):
                with contextlib.suppress(OSError):
                    path.rmdir()
