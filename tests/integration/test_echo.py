"""Echo with clients that others wrote: python3-websockets and npm's ws."""
import asyncio
import pathlib
import random
import shutil
import subprocess
import unittest

import daemon
import peer
from case import DaemonCase
from daemon import DEADLINE, endpoint

try:
    import websockets
except ImportError:
    websockets = None

HERE = pathlib.Path(__file__).parent
SIZES = (0, 1, 125, 126, 65535, 65536, 1 << 20, 16 << 20)
LARGE = {"max_message_bytes": "16M", "max_frame_bytes": "16M"}
ENDPOINTS = daemon.configuration(
    endpoint("/echo"),
    endpoint("/large", limits=LARGE),
    endpoint("/small", limits={"max_message_bytes": 1000}),
    endpoint("/chat", subprotocol="chat"),
    endpoint("/off", deflate={"enabled": False}),
    endpoint("/alone"),
    endpoint("/together", deflate={
        "server_takeover": True, "client_takeover": True}))
# For messages whose bytes have four bits, and that have all but a number in
# common with each other: what is left of them without takeover and with it.
ALONE, TOGETHER = (0.4, 0.7), (0, 0.15)


def in_loop(test):
    """Runs a coroutine as a test, for a bounded time."""
    def run(self):
        asyncio.run(asyncio.wait_for(test(self), DEADLINE))
    return run


@unittest.skipUnless(websockets, "python3-websockets is not here")
class Python(DaemonCase):
    configuration = ENDPOINTS

    def client(self, path="/large", **more):
        return websockets.connect(
            f"ws://127.0.0.1:{self.port}{path}", max_size=None, **more)

    @in_loop
    async def test_sizes(self):
        async with self.client(compression=None) as socket:
            for size in SIZES:
                text = "é" * (size // 2) + "x" * (size % 2)
                await socket.send(text)
                self.assertTrue(await socket.recv() == text, size)
                binary = bytes(range(256)) * (size // 256 + 1)
                await socket.send(binary[:size])
                self.assertTrue(await socket.recv() == binary[:size], size)

    @in_loop
    async def test_fragments(self):
        async with self.client() as socket:
            await socket.send(["", "frag", "", "ments"])
            self.assertEqual(await socket.recv(), "fragments")
            await socket.send([b"x" * 70000] * 5)
            self.assertEqual(await socket.recv(), b"x" * 350000)

    @in_loop
    async def test_compression_is_declined(self):
        async with self.client("/off", compression="deflate") as socket:
            self.assertEqual(socket.extensions, [])
            await socket.send("a" * 5000)
            self.assertEqual(await socket.recv(), "a" * 5000)

    async def compress(self, path, takeover):
        """Returns the relay between, and how much went through it, plain."""
        between = self.relay()
        common = "".join(random.Random(1).choices("0123456789abcdef", k=2000))
        async with websockets.connect(
                f"ws://{peer.HOST}:{between.port}{path}") as socket:
            extension, = socket.extensions
            self.assertEqual(extension.remote_no_context_takeover,
                             not takeover)
            self.assertEqual(extension.local_no_context_takeover,
                             not takeover)
            for i in range(100):
                await socket.send(common + str(i))
                self.assertEqual(await socket.recv(), common + str(i))
        return between, 100 * len(common)

    @in_loop
    async def test_compression_without_takeover(self):
        self.check_shrunk(*await self.compress("/alone", False), *ALONE)

    @in_loop
    async def test_compression_with_takeover(self):
        self.check_shrunk(*await self.compress("/together", True), *TOGETHER)

    @in_loop
    async def test_subprotocol(self):
        async with self.client("/chat", subprotocols=["x", "chat"]) as socket:
            self.assertEqual(socket.subprotocol, "chat")

    @in_loop
    async def test_ping(self):
        async with self.client() as socket:
            for _ in range(10):
                await (await socket.ping())
            await (await socket.ping(b"payload"))

    @in_loop
    async def test_order(self):
        count = 10000
        async with self.client() as socket:
            async def send():
                for i in range(count):
                    await socket.send(str(i))
            sender = asyncio.create_task(send())
            for i in range(count):
                self.assertEqual(await socket.recv(), str(i))
            await sender

    @in_loop
    async def test_several_at_once(self):
        async def talk(number):
            async with self.client() as socket:
                for i in range(50):
                    await socket.send(f"{number}:{i}")
                    self.assertEqual(await socket.recv(), f"{number}:{i}")
        await asyncio.gather(*(talk(number) for number in range(30)))

    @in_loop
    async def test_close(self):
        async with self.client() as socket:
            await socket.close(4321, "enough")
            self.assertEqual(socket.close_code, 4321)
            self.assertEqual(socket.close_reason, "enough")

    @in_loop
    async def test_too_big(self):
        async with self.client("/small") as socket:
            await socket.send("x" * 1001)
            with self.assertRaises(websockets.ConnectionClosed) as caught:
                await socket.recv()
            self.assertEqual(caught.exception.rcvd.code, 1009)


class Raw(DaemonCase):
    def test_order_of_100000(self):
        """In rounds that no buffer holds back."""
        one = self.open()
        for start in range(0, 100000, 2000):
            numbers = [str(i).encode() for i in range(start, start + 2000)]
            one.send(b"".join(peer.frame(peer.TEXT, n) for n in numbers))
            for number in numbers:
                self.assertEqual(one.frame().payload, number)


@unittest.skipUnless(shutil.which("node"), "node is not here")
@unittest.skipUnless((HERE / "node_modules/ws").is_dir(), "ws is not here")
class Node(DaemonCase):
    configuration = ENDPOINTS

    def run_case(self, name, port=None):
        done = subprocess.run(
            ["node", str(HERE / "ws_client.mjs"),
             f"ws://{peer.HOST}:{port or self.port}", name],
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=DEADLINE)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_sizes(self):
        self.run_case("sizes")

    def test_fragments(self):
        self.run_case("fragments")

    def test_order(self):
        self.run_case("order")

    def test_several(self):
        self.run_case("several")

    def test_subprotocol(self):
        self.run_case("subprotocol")

    def test_compression_is_declined(self):
        self.run_case("declined")

    def test_compression_without_takeover(self):
        between = self.relay()
        self.run_case("alone", between.port)
        self.check_shrunk(between, 100 * 2000, *ALONE)

    def test_compression_with_takeover(self):
        between = self.relay()
        self.run_case("together", between.port)
        self.check_shrunk(between, 100 * 2000, *TOGETHER)

    def test_refused(self):
        self.run_case("refused")

    def test_too_big(self):
        self.run_case("too_big")
