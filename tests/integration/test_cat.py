"""framed-cat: against the daemon, servers that others wrote, and one that does
what a test wants."""
import asyncio
import os
import pathlib
import shutil
import signal
import subprocess
import threading
import unittest
import zlib

import daemon
from case import DaemonCase
from daemon import DEADLINE, endpoint
from peer import BINARY, CLOSE, TEXT, Frame, close_payload
from server import Server

try:
    import websockets
except ImportError:
    websockets = None

CAT = os.path.join(os.path.dirname(daemon.PATH), "framed-cat")
HERE = pathlib.Path(__file__).resolve().parent
NORMAL = close_payload(1000)


def start(*arguments, **more):
    """A framed-cat that runs, with pipes."""
    return subprocess.Popen(
        [CAT, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env=daemon.sanitizer_environment(), **more)


def end(process):
    """Ends it, whatever it does."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        try:
            pipe.close()
        except BrokenPipeError:
            pass


def cat(*arguments, text=b""):
    """Runs it to the end. Returns its exit status, output and complaints."""
    with start(*arguments) as process:
        out, err = process.communicate(text, DEADLINE)
    return process.returncode, out, err.decode()


class Cat(DaemonCase):
    configuration = daemon.configuration(
        endpoint("/echo"),
        endpoint("/small", limits={"max_message_bytes": 10}),
        endpoint("/chat", subprotocol="chat.v1"),
        endpoint("/all", "broadcast"))

    @classmethod
    def url(cls, path="/echo"):
        return f"ws://127.0.0.1:{cls.port}{path}"

    def test_each_line_is_a_message(self):
        text = "one\n\ntwo äöü\nlast".encode()
        self.assertEqual(cat(self.url(), text=text), (0, text + b"\n", ""))

    def test_no_input_is_no_message(self):
        self.assertEqual(cat(self.url()), (0, b"", ""))

    def test_many_lines_keep_their_order(self):
        text = b"".join(b"%d\n" % i for i in range(100000))
        self.assertEqual(cat(self.url(), text=text), (0, text, ""))

    def test_bytes(self):
        data = os.urandom(3 << 20)
        self.assertEqual(cat("-b", self.url(), text=data), (0, data, ""))

    def test_one_message_of_1_mib(self):
        for data in (os.urandom(1 << 20), b"x" * (1 << 20)):
            self.assertEqual(
                cat("-1b", self.url(), text=data), (0, data, ""))
            self.assertEqual(
                cat("-1b", "--no-deflate", self.url(), text=data),
                (0, data, ""))

    def test_one_text_of_many_lines(self):
        self.assertEqual(
            cat("-1", "-n1", self.url(), text=b"a\nb\n"), (0, b"a\nb\n\n", ""))

    def test_binary_without_b_is_told(self):
        with start("-n1", self.url("/all")) as process:
            self.daemon.await_line(r"ready")
            one = self.open("/all")
            # until it has joined, it does not get it
            while process.poll() is None:
                one.say(BINARY, b"abc")
                try:
                    process.wait(0.05)
                except subprocess.TimeoutExpired:
                    pass
            self.assertEqual(process.stdout.read(), b"")
            self.assertIn(b"binary message of 3 bytes",
                          process.stderr.read())

    def test_count_ends_it_with_open_input(self):
        with start("-n2", self.url()) as process:
            process.stdin.write(b"a\nb\nc\n")
            process.stdin.flush()
            self.assertEqual(process.wait(DEADLINE), 0)
            self.assertEqual(process.stdout.read(), b"a\nb\n")

    def test_subprotocol(self):
        self.assertEqual(cat(self.url("/chat"), text=b"x")[0], 2)
        status, out, err = cat("-v", "-s", "other", "-s", "chat.v1",
                               self.url("/chat"), text=b"x")
        self.assertEqual((status, out), (0, b"x\n"))
        self.assertIn("subprotocol chat.v1\n", err)

    def test_deflate_is_agreed_on(self):
        self.assertIn("extension permessage-deflate ",
                      cat("-v", self.url())[2])
        self.assertNotIn("extension", cat("-v", "--no-deflate",
                                          self.url())[2])

    def test_closed_with_another_code(self):
        status, _, err = cat(self.url("/small"), text=b"more than ten bytes")
        self.assertEqual(status, 1)
        self.assertIn("closed code=1009 by=peer", err)
        self.assertEqual(cat("-q", self.url("/small"), text=b"x" * 20),
                         (1, b"", ""))

    def test_refused(self):
        status, _, err = cat(self.url("/none"))
        self.assertEqual(status, 2)
        self.assertIn("the server answered 404 Not Found", err)

    def test_names_are_looked_up(self):
        self.assertEqual(
            cat(f"ws://localhost:{self.port}/echo", text=b"x"),
            (0, b"x\n", ""))

    def test_wrong_input(self):
        status, _, err = cat(self.url(), text=b"a\n\xff\n")
        self.assertEqual(status, 65)
        self.assertIn("not UTF-8", err)

    def test_nobody_takes_the_output(self):
        with start(self.url()) as process:
            process.stdout.close()
            process.stdin.write(b"hello\n")
            process.stdin.flush()
            self.assertEqual(process.wait(DEADLINE), 74)

    def test_signals_close_the_session(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with start(self.url()) as process:
                process.stdin.write(b"hello\n")
                process.stdin.flush()
                self.assertEqual(process.stdout.readline(), b"hello\n")
                start_line = len(self.daemon.lines)
                process.send_signal(number)
                self.assertEqual(process.wait(DEADLINE), 128 + number)
            self.daemon.await_line(
                r"ended reason=peer-closed .*code=1000", start_line)


class Arguments(unittest.TestCase):
    def test_wrong_ones(self):
        for arguments in ([], ["a", "b"], ["-x"], ["http://127.0.0.1/"],
                          ["wss://"], ["-n", "0", "ws://[::1]/"],
                          ["-p", "-1", "ws://[::1]/"],
                          ["-r", "", "ws://[::1]/"],
                          ["-H", "Upgrade: x", "ws://127.0.0.1:9/"],
                          ["-s", "a b", "ws://127.0.0.1:9/"]):
            status, out, err = cat(*arguments)
            self.assertEqual((status, out), (64, b""), arguments)
            self.assertNotEqual(err, "")

    def test_help_and_version(self):
        self.assertRegex(cat("-h")[1], rb"^usage: framed-cat")
        self.assertRegex(cat("--version")[1], rb"^framed-cat \d")


class Scripted(unittest.TestCase):
    """Against a server that does what the test wants."""

    def serve(self, *arguments, path="/", is_unix=False):
        server = Server(is_unix)
        self.addCleanup(server.close)
        process = start(*arguments, server.url + path)
        self.addCleanup(end, process)
        one = server.await_client()
        self.addCleanup(one.close)
        return server, process, one

    def test_what_is_asked_for(self):
        _, process, one = self.serve(
            "-H", "Cookie: a=b", "-H", "X-Two: 2", "-o", "https://x.org",
            "-s", "v2", "-s", "v1", path="/feed?x=1")
        self.assertTrue(one.request.startswith("GET /feed?x=1 HTTP/1.1\r\n"))
        self.assertEqual(one.header("Cookie"), "a=b")
        self.assertEqual(one.header("X-Two"), "2")
        self.assertEqual(one.header("Origin"), "https://x.org")
        self.assertEqual(one.header("Sec-WebSocket-Protocol"), "v2, v1")
        one.accept("Sec-WebSocket-Protocol: v1")
        process.stdin.close()
        one.close_after(NORMAL)
        self.assertEqual(process.wait(DEADLINE), 0)

    def test_host_is_the_name(self):
        server = Server()
        self.addCleanup(server.close)
        with start(f"ws://localhost:{server.port}/") as process:
            one = server.await_client()
            self.assertEqual(one.header("Host"), f"localhost:{server.port}")
            one.close()
            self.assertEqual(process.wait(DEADLINE), 2)

    def test_unix_socket(self):
        _, process, one = self.serve(path="/feed", is_unix=True)
        self.assertTrue(one.request.startswith("GET /feed HTTP/1.1\r\n"))
        self.assertEqual(one.header("Host"), "localhost")
        one.accept().say(TEXT, "hello")
        self.assertEqual(process.stdout.readline(), b"hello\n")

    def test_masks_are_fresh(self):
        _, process, one = self.serve("--no-deflate")
        one.accept()
        process.communicate(b"same\n" * 100)
        keys = set()
        for _ in range(100):
            frame, key = one.masked_frame()
            self.assertEqual(frame, Frame(TEXT, b"same"))
            keys.add(key)
        self.assertGreater(len(keys), 90)

    def test_deflate_is_used_both_ways(self):
        _, process, one = self.serve()
        self.assertIn("permessage-deflate",
                      one.header("Sec-WebSocket-Extensions"))
        one.accept("Sec-WebSocket-Extensions: permessage-deflate")
        text = b"abc" * 1000
        process.stdin.write(text + b"\n")
        process.stdin.flush()
        frame = one.frame()
        self.assertEqual((frame.opcode, frame.rsv), (TEXT, 4))
        self.assertLess(len(frame.payload), 100)
        self.assertEqual(
            zlib.decompressobj(-15).decompress(
                frame.payload + b"\0\0\xff\xff"), text)
        coder = zlib.compressobj(wbits=-15)
        packed = coder.compress(text) + coder.flush(zlib.Z_SYNC_FLUSH)
        one.say(TEXT, packed[:-4], rsv=4)
        self.assertEqual(process.stdout.readline(), text + b"\n")

    def test_answers_behind_the_end_of_input_are_printed(self):
        _, process, one = self.serve()
        one.accept()
        process.stdin.close()
        self.assertEqual(one.frame(), Frame(CLOSE, NORMAL))
        one.say(TEXT, "late").say(TEXT, "later").say(CLOSE, NORMAL)
        one.close()
        self.assertEqual(process.wait(DEADLINE), 0)
        self.assertEqual(process.stdout.read(), b"late\nlater\n")

    def test_server_goes_away(self):
        for code, status in ((1000, 0), (1001, 0), (None, 0), (1011, 1),
                             (4000, 1)):
            _, process, one = self.serve("--keep-open")
            process.stdin.close()
            one.accept()
            body = b"" if code is None else close_payload(code)
            one.say(CLOSE, body)
            self.assertEqual(one.frame(), Frame(CLOSE, body))
            one.close()
            self.assertEqual(process.wait(DEADLINE), status, code)

    def test_connection_is_lost(self):
        _, process, one = self.serve()
        one.accept().close()
        self.assertEqual(process.wait(DEADLINE), 1)

    def test_server_breaks_the_protocol(self):
        _, process, one = self.serve()
        one.accept().send(b"\x81\x82\0\0\0\0ab")
        self.assertEqual(one.frame().payload[:2], close_payload(1002))
        one.close()
        self.assertEqual(process.wait(DEADLINE), 1)

    def test_server_does_not_answer_in_time(self):
        _, process, _ = self.serve("--timeout", "1")
        self.assertEqual(process.wait(DEADLINE), 2)
        self.assertIn(b"no response in time", process.stderr.read())

    def test_memory_is_bounded_while_the_server_takes_nothing(self):
        _, process, one = self.serve("-b")
        one.accept()
        os.set_blocking(process.stdin.fileno(), False)
        taken = 0
        data = bytes(1 << 16)
        try:
            while taken < 64 << 20:
                threading.Event().wait(0.001)
                taken += os.write(process.stdin.fileno(), data)
        except BlockingIOError:
            pass
        self.assertLess(taken, 64 << 20)

    def test_it_comes_again(self):
        server, process, one = self.serve("-r", "1")
        one.accept()
        process.stdin.write(b"first\n")
        process.stdin.flush()
        self.assertEqual(one.frame(), Frame(TEXT, b"first"))
        one.close()
        again = server.await_client()
        again.accept()
        process.stdin.write(b"second\n")
        process.stdin.close()
        self.assertEqual(again.frame(), Frame(TEXT, b"second"))
        again.close_after(NORMAL)
        self.assertEqual(process.wait(DEADLINE), 0)

    def test_signal_ends_a_rest(self):
        _, process, one = self.serve("-r", "86400")
        one.close()
        self.assertIn(b"connection lost", process.stderr.readline())
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(DEADLINE), 130)


class Others(unittest.TestCase):
    """Servers that others wrote."""

    def exchange(self, url):
        text = "".join(f"{i} äöü\n" for i in range(2000)).encode()
        data = os.urandom(1 << 19) + b"x" * (1 << 19)
        # without a count, python3-websockets answers the Close first
        for arguments in ([], ["--no-deflate"]):
            self.assertEqual(cat(*arguments, "-n2000", url, text=text),
                             (0, text, ""))
            status, out, err = cat(*arguments, "-1b", "-n1", url, text=data)
            self.assertEqual((status, err), (0, ""))
            self.assertTrue(out == data)

    @unittest.skipUnless(websockets, "python3-websockets is not here")
    def test_python(self):
        loop = asyncio.new_event_loop()

        async def echo(socket, *_):
            async for message in socket:
                await socket.send(message)

        async def listen():
            return await websockets.serve(echo, "127.0.0.1", 0)

        server = loop.run_until_complete(listen())
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            port = server.sockets[0].getsockname()[1]
            self.exchange(f"ws://127.0.0.1:{port}/")
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            server.close()
            loop.run_until_complete(server.wait_closed())
            loop.close()

    @unittest.skipUnless(shutil.which("node"), "node is not here")
    @unittest.skipUnless((HERE / "node_modules/ws").is_dir(),
                         "ws is not here")
    def test_ws(self):
        with subprocess.Popen(
                ["node", str(HERE / "ws_server.mjs")], text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
            self.exchange(f"ws://127.0.0.1:{int(server.stdout.readline())}/")
            server.stdin.close()
            self.assertEqual(server.wait(DEADLINE), 0)
