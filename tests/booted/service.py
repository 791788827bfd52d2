"""The package in a booted machine: installed, operated, removed."""
import json
import subprocess
import unittest

from guest import Guest, Impossible

packages = modules = stage = None  # folders, of run's
machine = None
CONF = "/etc/framed/framed.conf"
MODULES = "/opt/framed-test"
SOCKET = "/run/framed/framed.sock"

# A client by other people.
CLIENT = """
import asyncio, sys, websockets
async def main(url, message):
    async with websockets.connect(url, **options) as one:
        await one.send(message)
        print(await one.recv())
options = {}
if sys.argv[1].startswith("wss:"):
    import ssl
    options["ssl"] = ssl.create_default_context(cafile=sys.argv[3])
if len(sys.argv) > 4:
    options["path"] = sys.argv[4]
asyncio.run(main(*sys.argv[1:3]))
"""

# Connects again and again until its input ends; counts who was served, and
# says what went wrong.
CROWD = """
import asyncio, sys, websockets
async def main(url):
    served, stop = 0, asyncio.Event()
    asyncio.get_running_loop().add_reader(0, stop.set)
    print("begun", flush=True)
    while not stop.is_set():
        one = await websockets.connect(url)
        try:
            await one.send("hello")
            await one.recv()
            served += 1
            await one.close()
        except websockets.ConnectionClosed as closed:
            # one that was served is told to go
            if closed.code not in (1001, 1006):
                raise
    print(served)
asyncio.run(main(sys.argv[1]))
"""


def setUpModule():
    global machine
    try:
        machine = Guest(*map(str, packages.glob("*.deb")),
                        *map(str, modules.glob("*.so")), str(stage))
    except Impossible as why:
        raise unittest.SkipTest(str(why))
    unittest.addModuleCleanup(machine.close)
    machine.shell("dpkg -i /opt/framed-test/framed_*.deb")


def configuration(listeners='{ address = "127.0.0.1"; port = 9001; }',
                  endpoints='{ path = "/echo"; module = "echo"; }', more=""):
    return (f"{more}\ndrain = {{ spread_ms = 0; }};\n"
            f"listeners = ( {listeners} );\nendpoints = ( {endpoints} );\n")


class ServiceCase(unittest.TestCase):
    def restart(self, **what):
        machine.write(CONF, configuration(**what))
        # more than a few starts in a while are refused
        machine.run("systemctl", "reset-failed", "framed", status=None)
        if machine.run("systemctl", "restart", "framed",
                       status=None).returncode != 0:
            self.fail(machine.read("journalctl", "-u", "framed", "-n", "20"))

    def drop_in(self, text, unit="framed.service"):
        """For this test."""
        path = f"/etc/systemd/system/{unit}.d/test.conf"
        machine.write(path, text)
        machine.run("systemctl", "daemon-reload")
        self.addCleanup(
            machine.shell, f"rm {path}; systemctl daemon-reload")

    def say(self, *arguments):
        return machine.run("/usr/bin/python3", "-", *arguments,
                           text=CLIENT).stdout.strip()

    def check_echo(self, url="ws://127.0.0.1:9001/echo"):
        self.assertEqual(self.say(url, "hello"), "hello")

    def journal(self, *more):
        # what was said is there to be read
        machine.run("journalctl", "--sync")
        lines = machine.read("journalctl", "-u", "framed", "-o", "json",
                             "-b", *more).splitlines()
        return [json.loads(line) for line in lines]

    def check_said(self, text):
        self.assertTrue(any(text in line["MESSAGE"]
                            for line in self.journal()), text)

    def main_pid(self):
        return machine.property("framed", "MainPID")

    def status(self):
        text = machine.read("cat", f"/proc/{self.main_pid()}/status")
        return dict(line.split(":\t", 1) for line in text.splitlines()
                    if ":\t" in line)


class Installed(ServiceCase):
    """As it is right after the installation."""

    def test_it_runs(self):
        machine.run("id", "framed")
        for what, word in (("is-enabled", "enabled"), ("is-active", "active")):
            self.assertEqual(
                machine.read("systemctl", what, "framed.service"), word)
        # whoever wants it enables it
        self.assertEqual(machine.run(
            "systemctl", "is-enabled", "framed.socket", status=1
        ).stdout.strip(), "disabled")
        self.assertRegex(machine.property("framed", "StatusText"),
                         r"^serving with \d+ workers, up to \d+ sessions$")
        self.check_echo()
        self.assertEqual(machine.shell(
            "echo hello | framed-cat ws://127.0.0.1:9001/echo"), "hello")

    def test_units_are_right(self):
        done = machine.run("systemd-analyze", "verify", "framed.service",
                           "framed.socket")
        self.assertEqual(done.stderr, "")
        machine.run("systemd-analyze", "security", "--offline=true",
                    "--threshold=15", "/lib/systemd/system/framed.service")

    def test_journal_has_priorities(self):
        lines = {line["MESSAGE"].partition(" ")[0]: line["PRIORITY"]
                 for line in self.journal()
                 if line.get("_SYSTEMD_UNIT") == "framed.service"
                 and line.get("_TRANSPORT") == "stdout"}
        self.assertEqual(lines["ready"], "6")
        self.assertFalse([word for word in lines if word.startswith("<")])

    def test_sandbox(self):
        status = self.status()
        self.assertEqual(status["NoNewPrivs"], "1")
        self.assertEqual(status["Seccomp"], "2")
        for name in "CapBnd", "CapPrm", "CapEff", "CapAmb":
            self.assertEqual(int(status[name], 16), 1 << 10, name)
        uid = machine.read("id", "-u", "framed")
        self.assertEqual(set(status["Uid"].split()), {uid})
        mounts = {}
        for line in machine.read(
                "cat", f"/proc/{self.main_pid()}/mountinfo").splitlines():
            _, _, _, _, place, options, *_ = line.split()
            mounts[place] = options.split(",")
        self.assertIn("ro", mounts["/"])
        self.assertIn("noexec", mounts["/"])
        for place in "/run/framed", "/var/log/framed":
            self.assertIn("rw", mounts[place])
        # nobody else's files nor processes
        self.assertIn("/home", mounts)
        self.assertIn("/proc", mounts)

    def test_manuals(self):
        for name in ("framed.8", "framed.conf.5", "framed-cat.1",
                     "framed-bench.1"):
            machine.shell(f"zcat /usr/share/man/man?/{name}.gz | head -1")


class Operated(ServiceCase):
    def setUp(self):
        self.restart()

    def test_listeners_of_all_kinds(self):
        machine.shell("""
            mkdir -p /etc/framed/tls
            cd /etc/framed/tls
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
                -nodes -days 2 -keyout key.pem -out cert.pem \
                -subj /CN=localhost -addext subjectAltName=DNS:localhost
            chgrp framed key.pem
            chmod 640 key.pem""")
        self.drop_in("[Service]\nSupplementaryGroups=www-data\n")
        self.restart(listeners=f"""
            {{ address = "127.0.0.1"; port = 443; tls = {{
               certificate = "/etc/framed/tls/cert.pem";
               key = "/etc/framed/tls/key.pem"; }}; }},
            {{ path = "{SOCKET}"; mode = "660";
               group = "www-data"; }}""")
        self.assertEqual(self.say(
            "wss://localhost/echo", "hello", "/etc/framed/tls/cert.pem"),
            "hello")
        self.assertEqual(machine.shell(
            "echo hello | setpriv --reuid www-data --regid www-data "
            f"--clear-groups framed-cat ws+unix:{SOCKET}:/echo"), "hello")
        # and again, with all of that read as the user that it is
        machine.run("systemctl", "reload", "framed")
        self.assertEqual(self.say(
            "wss://localhost/echo", "hello", "/etc/framed/tls/cert.pem"),
            "hello")

    def edition(self, name):
        machine.shell(f"""
            folder=$(pkgdir=/usr/lib/*/framed; echo $pkgdir)
            cp {MODULES}/edition-{name}.so $folder/edition.so.new
            mv $folder/edition.so.new $folder/edition.so""")
        self.addCleanup(machine.shell, "rm -f /usr/lib/*/framed/edition.so")

    def test_reload_with_another_build_of_a_module(self):
        self.edition("one")
        self.restart(endpoints='{ path = "/echo"; module = "edition"; }')
        url = "ws://127.0.0.1:9001/echo"
        self.assertEqual(self.say(url, "who?"), "one")
        pid = self.main_pid()
        self.edition("two")
        machine.run("systemctl", "reload", "framed")
        # the command has waited for it
        self.assertEqual(self.say(url, "who?"), "two")
        self.assertEqual(self.main_pid(), pid)
        self.check_said("reloaded generation=2")

    def test_bad_reload(self):
        pid = self.main_pid()
        machine.write(CONF, configuration(more="wokers = 3;"))
        machine.run("systemctl", "reload", "framed", status=1)
        self.check_said(f'{CONF}:1: unknown option "wokers"')
        self.assertEqual(self.main_pid(), pid)
        self.assertEqual(machine.property("framed", "ActiveState"), "active")
        self.check_echo()

    def test_a_wrong_configuration_is_not_tried_again(self):
        machine.write(CONF, configuration(more="wokers = 3;"))
        machine.run("systemctl", "restart", "framed", status=1)
        self.assertEqual(machine.property("framed", "ActiveState"), "failed")
        self.assertEqual(machine.property("framed", "ExecMainStatus"), "78")
        self.assertEqual(machine.property("framed", "NRestarts"), "0")
        machine.run("systemctl", "reset-failed", "framed")

    def test_a_hung_worker_is_noticed(self):
        machine.shell(f"cp {MODULES}/stuck.so /usr/lib/*/framed/")
        self.addCleanup(machine.shell, "rm /usr/lib/*/framed/stuck.so")
        self.drop_in("[Service]\nWatchdogSec=1s\n")
        self.restart(endpoints='{ path = "/stuck"; module = "stuck"; }')
        pid = self.main_pid()
        hung = subprocess.Popen(
            machine.command("/usr/bin/python3", "-c", CLIENT,
                            "ws://127.0.0.1:9001/stuck", "600000"),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        machine.await_true(
            lambda: self.main_pid() not in (pid, "0")
            and machine.property("framed", "ActiveState") == "active",
            "another process")
        hung.wait()
        self.assertEqual(machine.property("framed", "NRestarts"), "1")
        self.check_said("worker does not answer")
        self.check_said("Watchdog timeout")

    def test_stop_closes_sessions(self):
        one = subprocess.Popen(
            machine.command("/usr/bin/python3", "-c", """
import asyncio, websockets
async def main():
    one = await websockets.connect("ws://127.0.0.1:9001/echo")
    print("open", flush=True)
    try:
        await one.recv()
    except websockets.ConnectionClosed as closed:
        print(closed.code, closed.reason)
asyncio.run(main())"""), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            text=True)
        self.addCleanup(one.stdout.close)
        self.assertEqual(one.stdout.readline(), "open\n")
        machine.run("systemctl", "stop", "framed")
        self.assertEqual(one.stdout.readline(),
                         "1001 server shutting down\n")
        one.wait()
        self.assertEqual(machine.property("framed", "Result"), "success")

    def test_restart_with_a_socket_refuses_nobody(self):
        machine.run("systemctl", "stop", "framed")
        machine.write(CONF, configuration('{ fd_name = "ws"; }'))
        machine.run("systemctl", "start", "framed.socket")
        self.addCleanup(machine.run, "systemctl", "stop", "framed.socket")
        # the first that comes starts it
        self.check_echo()
        crowd = subprocess.Popen(
            machine.command("/usr/bin/python3", "-c", CROWD,
                            "ws://127.0.0.1:9001/echo"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        self.assertEqual(crowd.stdout.readline(), "begun\n")
        for _ in range(5):
            machine.run("systemctl", "reset-failed", "framed", status=None)
            machine.run("systemctl", "restart", "framed")
            self.check_echo()
        said, faults = crowd.communicate(timeout=60)
        self.assertEqual(faults, "")
        self.assertGreater(int(said), 5)


    def test_log_files(self):
        path = "/var/log/framed/framed.log"
        self.restart(more='log = { target = "file"; '
                          f'file = "{path}"; }};')
        machine.run("logrotate", "--force", "/etc/logrotate.d/framed")
        machine.await_true(
            lambda: machine.run("test", "-e", path, status=None
                                ).returncode == 0, "a new file")
        self.check_echo()
        machine.await_true(
            lambda: "reason=peer-closed" in machine.read("cat", path),
            "a line in it")
        self.assertIn(" ready ", machine.read("cat", f"{path}.1"))


class Removed(ServiceCase):
    """What the purge of the package leaves."""

    def test_purge(self):
        machine.run("dpkg", "--purge", "framed")
        self.assertEqual(machine.run(
            "systemctl", "is-active", "framed", status=None).stdout.strip(),
            "inactive")
        self.assertEqual(machine.shell(
            "ls -d /etc/framed /var/log/framed /run/framed /usr/lib/*/framed "
            "/lib/systemd/system/framed.* /usr/sbin/framed 2>/dev/null "
            "|| true"), "/etc/framed")
        # what the operator put there is the operator's
        self.assertEqual(machine.read("ls", "/etc/framed"), "tls")


class Sourced(ServiceCase):
    """What `make install` installs, where there is no package."""

    def test_it_runs(self):
        machine.shell("""
            rm -rf /etc/framed
            cp -a /opt/framed-test/stage/. /
            systemd-sysusers
            systemctl daemon-reload
            systemctl enable --now framed""")
        self.assertEqual(machine.property("framed", "FragmentPath"),
                         "/usr/local/lib/systemd/system/framed.service")
        done = machine.run("systemd-analyze", "verify", "framed.service",
                           "framed.socket")
        self.assertEqual(done.stderr, "")
        self.check_echo()
        machine.run("systemctl", "reload", "framed")
        machine.run("systemctl", "disable", "--now", "framed")
