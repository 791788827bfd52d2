"""The command line and the configuration. All options and complaints have
unit tests; here is what the command makes of them."""
import unittest

import daemon
from daemon import configuration, endpoint, run

# Lines are numbered in complaints.
GOOD = """\
listeners = ( { address = "127.0.0.1"; port = 0; } );
limits = { max_headers = 50; };
keepalive = { timeout_ms = 2000; };
endpoints = (
  { path = "/echo";
    module = "echo"; },
  { path = "/all";
    module = "broadcast";
    settings = { topic = "all"; }; }
);
"""


class CommandLine(unittest.TestCase):
    def test_wrong(self):
        for arguments in (["-x"], ["-f"], ["-m"], ["extra"], ["--help"]):
            with self.subTest(arguments):
                done = run(*arguments)
                self.assertEqual(done.returncode, 64)
                self.assertIn("usage: framed ", done.stderr)
                self.assertEqual(done.stdout, "")

    def test_help(self):
        done = run("-h")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("usage: framed ", done.stdout)

    def test_versions(self):
        done = run("-V")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for line in (r"framed \S+", r"module abi: \d+\.\d+",
                     r"libevent: 2\.\S+", r"openssl: OpenSSL 3\..*",
                     r"modules: /.+", r"configuration: /.+"):
            self.assertRegex(done.stdout, rf"(?m)^{line}$")


class Configuration(unittest.TestCase):
    def check_refused(self, text, *complaints):
        """At the test and at the start alike: status 78, and each complaint
        with its line."""
        for arguments in ["-t"], []:
            done = run(*arguments, text=text)
            self.assertEqual(done.returncode, 78, done.stderr)
            self.assertEqual(done.stdout, "")
            for complaint in complaints:
                self.assertRegex(done.stderr, rf"(?m)^framed: {complaint}")
            self.assertRegex(
                done.stderr,
                r"framed: configuration file framed\.conf test failed\n\Z")
            self.assertNotIn("listening", done.stderr)

    def test_good(self):
        done = run("-t", text=GOOD)
        self.assertEqual(
            (done.returncode, done.stdout, done.stderr),
            (0, "",
             "framed: configuration file framed.conf test is successful\n"))

    def test_print(self):
        done = run("-T", text=configuration(
            endpoint("/echo", limits={"max_frame_bytes": "2K"}),
            keepalive={"timeout_ms": 1234}))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for part in (r"timeout_ms = 1234;", r"max_frame_bytes = 2048;",
                     r"max_headers = 100;", r'path = "/echo";'):
            self.assertRegex(done.stdout, part)
        again = run("-T", text=done.stdout)
        self.assertEqual(again.stdout, done.stdout)
        self.assertEqual(run("-t", text=done.stdout).returncode, 0)

    def check_changed(self, old, new, *complaints):
        self.assertIn(old, GOOD)
        self.check_refused(GOOD.replace(old, new), *complaints)

    def test_syntax(self):
        self.check_changed("= 50;", "= ;", r"framed\.conf:2: ")

    def test_unknown_option(self):
        self.check_changed("keepalive", "keepalife",
                           r"framed\.conf:3: .*keepalife")

    def test_wrong_type_and_range(self):
        self.check_refused(
            GOOD.replace("50", '"many"').replace("2000", "0"),
            r"framed\.conf:2: .*limits\.max_headers.*integer",
            r"framed\.conf:3: .*keepalive\.timeout_ms")

    def test_port(self):
        self.check_changed("port = 0", "port = 65536",
                           r"framed\.conf:1: .*port")

    def test_no_endpoints(self):
        self.check_refused(GOOD[:GOOD.index("endpoints")],
                           r"framed\.conf.*endpoints")

    def test_missing_module(self):
        self.check_changed('"echo"', '"nowhere"',
                           r"framed\.conf:[56]: .*nowhere")

    def test_unknown_setting_of_a_module(self):
        self.check_changed("topic", "topik", r"framed\.conf:9: .*topik")

    def test_wrong_setting_of_a_module(self):
        self.check_changed(
            '"all"', '"' + "a" * 256 + '"',
            r"framed\.conf:[789]: .*topic must have 1 to 255 bytes")

    def test_missing_file(self):
        done = run("-t", "-f", "/nonexistent/framed.conf")
        self.assertEqual(done.returncode, 78)
        self.assertRegex(done.stderr, r"\Aframed: /nonexistent/framed\.conf.*"
                                      r"No such file")

    def test_unknown_user(self):
        done = run(text=configuration(user="nobody-of-this-name"))
        self.assertEqual(done.returncode, 77, done.stderr)
        self.assertIn("nobody-of-this-name", done.stderr)
