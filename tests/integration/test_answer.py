"""What modules answer to the request to upgrade, at once or later."""
import asyncio
import unittest

import daemon
import peer
from case import DaemonCase
from daemon import DEADLINE, endpoint
from peer import TEXT, Frame, request

try:
    import websockets
except ImportError:
    websockets = None

OFFER = {"Sec_WebSocket_Protocol": "v2, v1"}


class Answers(DaemonCase):
    modules = daemon.TEST_MODULES
    configuration = daemon.configuration(
        endpoint("/echo", "gate"),
        endpoint("/own", "gate", subprotocol="v1"))

    def ask(self, query, path="/echo", **changes):
        return self.bare().send(request(f"{path}?{query}", **changes))

    def check_echo(self, one, text=b"hello"):
        one.say(TEXT, text)
        self.assertEqual(one.frame(), Frame(TEXT, text))

    def count(self, pattern):
        """Lines of the log since the test began."""
        return sum(pattern in line for line in self.daemon.lines[self.first:])

    def await_waiting(self, count):
        daemon.await_true(
            lambda: self.count("module: waiting") == count,
            f"{count} that wait")

    def check_refused(self, one, status, body):
        answer = one.response()
        self.assertEqual((answer.status, answer.body), (status, body))
        self.assertEqual(answer.get("Connection"), "close")
        one.ended()
        return answer

    def test_refused(self):
        answer = self.check_refused(
            self.ask("refuse"), 403, b"the gate is closed\n")
        self.assertEqual(answer.get("X-Reason"), "closed")
        self.assertEqual(answer.get("X-Until"), "ten")
        self.daemon.await_line(
            'path="/echo" ended reason=refused-by-module by=local code=403 '
            'text="the gate is closed" phase=upgrade')

    def test_moved(self):
        answer = self.check_refused(
            self.ask("move"), 307, b"Temporary Redirect\n")
        self.assertEqual(answer.get("Location"), "/echo")

    def test_failed(self):
        self.check_refused(self.ask("fail"), 500, b"Internal Server Error\n")
        self.daemon.await_line('module failed path="/echo" why="asked to"')

    def test_subprotocol(self):
        for path, wanted in ("/echo", "v1"), ("/echo", "v2"), ("/own", "v2"):
            one = self.ask("choose=" + wanted, path, **OFFER)
            answer = one.upgraded()
            self.assertEqual(answer.get("Sec-WebSocket-Protocol"), wanted)
            self.assertEqual(answer.get("X-Chosen"), "yes")
            self.check_echo(one)

    def test_subprotocol_not_offered(self):
        for changes in {}, OFFER:
            self.check_refused(self.ask("choose=v3", **changes), 400,
                               b"this cannot be answered so\n")

    def test_request_is_known_in_on_open(self):
        for path, chosen in ("/echo", b"-"), ("/own", b"v1"):
            one = self.ask("facts", path, User_Agent="a client", **OFFER)
            one.upgraded()
            self.assertEqual(one.frame(), Frame(
                TEXT, b"GET %b?facts a client %b" % (path.encode(), chosen)))

    def test_answered_by_a_thread(self):
        one = self.ask("thread")
        self.assertEqual(one.upgraded().get("X-By"), "thread")
        self.check_echo(one)
        answer = self.check_refused(
            self.ask("thread-not"), 403, b"Forbidden\n")
        self.assertEqual(answer.get("X-By"), "thread")

    def test_frames_wait_for_the_answer(self):
        key = self.open()
        self.first = len(self.daemon.lines)
        waiting = [self.bare() for _ in range(20)]
        for i, one in enumerate(waiting):
            one.send(request("/echo?wait") + peer.frame(TEXT, f"{i}"))
        for i, one in enumerate(waiting):
            one.say(TEXT, f"{i} again")
        self.await_waiting(20)
        self.check_echo(key, b"open the gate")
        for i, one in enumerate(waiting):
            one.upgraded()
            self.assertEqual(one.frame().payload, b"%d" % i)
            self.assertEqual(one.frame().payload, b"%d again" % i)

    def test_client_that_does_not_wait(self):
        key = self.open()
        self.first = len(self.daemon.lines)
        for _ in range(20):
            self.ask("wait").close()
        self.await_waiting(20)
        self.check_echo(key, b"open the gate")
        # more, where sessions of the test before end only now
        daemon.await_true(
            lambda: self.count("ended reason=connection-lost") >= 20,
            "20 ends")

    @unittest.skipUnless(websockets, "python3-websockets is not here")
    def test_others_clients(self):
        asyncio.run(asyncio.wait_for(self.talk_to_many(), DEADLINE))

    async def talk_to_many(self):
        base = f"ws://127.0.0.1:{self.port}"

        async def talk(i):
            async with websockets.connect(
                    base + "/echo?thread", subprotocols=["v1"]) as socket:
                await socket.send(str(i))
                self.assertEqual(await socket.recv(), str(i))

        async with websockets.connect(
                base + "/own?choose=v2",
                subprotocols=["v1", "v2"]) as socket:
            self.assertEqual(socket.subprotocol, "v2")
        with self.assertRaises(websockets.InvalidHandshake):
            await websockets.connect(base + "/echo?thread-not")
        await asyncio.gather(*(talk(i) for i in range(200)))


class Late(DaemonCase):
    modules = daemon.TEST_MODULES
    configuration = daemon.configuration(
        endpoint("/echo", "gate"), limits={"handshake_timeout_ms": 500})

    def test_no_answer_in_time(self):
        one = self.bare().send(request("/echo?never"))
        answer = one.response()
        self.assertEqual(answer.status, 503)
        self.assertEqual(answer.body, b"the server did not answer in time\n")
        self.assertEqual(answer.get("Retry-After"), "5")
        one.ended()
        self.daemon.await_line("ended reason=answer-timeout by=timeout "
                               "code=503 .* phase=upgrade")

    def test_waiting_costs_no_time(self):
        before = self.daemon.cpu_seconds()
        one = self.bare().send(
            request("/echo?never") + peer.frame(TEXT, b"x" * 1000))
        self.assertEqual(one.response().status, 503)
        self.assertLess(self.daemon.cpu_seconds() - before, 0.25)
