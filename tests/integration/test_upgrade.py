"""The opening handshake: what is accepted, what is refused and how."""
import time

import daemon
import peer
from case import DaemonCase
from daemon import endpoint
from peer import TEXT, Frame, request

LIMITS = {"max_header_bytes": 2048, "max_headers": 12}
VERSION_AND_UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade, close",
    "Sec-WebSocket-Version": "13",
}


class Accepted(DaemonCase):
    configuration = daemon.configuration(limits=LIMITS)

    def check_echo(self, one):
        one.say(TEXT, "hello")
        self.assertEqual(one.frame(), Frame(TEXT, b"hello"))

    def check_accepted(self, data):
        one = self.bare().send(data)
        answer = one.upgraded()
        self.check_echo(one)
        return answer

    def test_plain(self):
        answer = self.check_accepted(request())
        self.assertIsNone(answer.get("Sec-WebSocket-Protocol"))
        self.assertIsNone(answer.get("Sec-WebSocket-Extensions"))
        self.assertIsNone(answer.get("Content-Length"))

    def test_spellings(self):
        for changes in (
                {"Upgrade": "WebSocket"},
                {"Upgrade": "h2c, WEBSOCKET"},
                {"Connection": "keep-alive, UPGRADE"},
                {"Connection": "keep-alive,,upgrade ,"},
                {"Upgrade": " \twebsocket\t "},
                {"Content_Length": "0"},
                {"Origin": "http://localhost"},
                {"Sec_WebSocket_Extensions": "foo; bar=1"},
        ):
            with self.subTest(changes):
                answer = self.check_accepted(request(**changes))
                self.assertIsNone(answer.get("Sec-WebSocket-Extensions"))

    def test_lists_over_several_lines(self):
        self.check_accepted(request(
            drop=("Connection", "Upgrade"),
            extra=("Connection: keep-alive", "upgrade: h2c",
                   "connection: upgrade", "UPGRADE: websocket")))

    def test_empty_line_before_the_request(self):
        self.check_accepted(b"\r\n" + request())

    def test_query(self):
        self.check_accepted(request("/echo?a=b&c"))

    def test_absolute_form(self):
        self.check_accepted(request("ws://example.org/echo?x"))
        self.check_accepted(request("http://example.org:80/echo"))

    def test_frames_right_behind_the_head(self):
        one = self.bare()
        one.send(request() + peer.frame(TEXT, "early")
                 + peer.frame(peer.PING, "bird") + peer.frame(TEXT, "wo")[:7])
        one.upgraded()
        self.assertEqual(one.frame(), Frame(TEXT, b"early"))
        self.assertEqual(one.frame(), Frame(peer.PONG, b"bird"))
        one.send(peer.frame(TEXT, "wo")[7:])
        self.assertEqual(one.frame(), Frame(TEXT, b"wo"))

    def test_byte_by_byte(self):
        one = self.bare().drip(request() + peer.frame(TEXT, "drop"))
        one.upgraded()
        self.assertEqual(one.frame(), Frame(TEXT, b"drop"))

    def test_largest_head(self):
        head = request(extra=("X: ",))
        head = request(extra=("X: " + "x" * (2048 - len(head)),))
        self.assertEqual(len(head), 2048)
        self.check_accepted(head)

    def test_most_headers(self):
        self.check_accepted(request(extra=[f"X{i}: 1" for i in range(12 - 5)]))

    def test_key_is_answered(self):
        """The second one is shown in RFC 6455 §4.1: its last character has
        bits that no byte takes."""
        for key in peer.new_key(), "AQIDBAUGBwgJCgsMDQ4PEC==":
            answer = self.bare().send(
                request(Sec_WebSocket_Key=key)).response()
            self.assertEqual(answer.get("Sec-WebSocket-Accept"),
                             peer.accept_of(key.encode()))


class Refused(DaemonCase):
    configuration = daemon.configuration(limits=LIMITS)

    def check_refused(self, data, status, headers=()):
        """A whole answer, and the end; also when the bytes come singly."""
        for send in (peer.Peer.send, peer.Peer.drip):
            one = self.bare()
            try:
                send(one, data)
            except (BrokenPipeError, ConnectionResetError):
                pass  # judged before all was there
            answer = one.response()
            self.assertEqual(answer.status, status, answer)
            self.assertIn("close", answer.get("Connection").split(", "))
            self.assertEqual(answer.get("Content-Type"), "text/plain")
            self.assertEqual(len(answer.body),
                             int(answer.get("Content-Length")))
            self.assertRegex(answer.body, rb"\A[ -~]+\n\Z")
            self.assertRegex(answer.get("Date"), r"\A\w{3}, .* GMT\Z")
            for name, value in dict(headers).items():
                self.assertEqual(answer.get(name), value, name)
            one.ended()
            one.close()

    def check_table(self, status, table, headers=()):
        for data in table:
            with self.subTest(data):
                self.check_refused(data, status, headers)

    def test_400_syntax(self):
        lines = request().split(b"\r\n")
        self.check_table(400, [
            b"\r\n\r\n" + request(),
            b" " + request(),
            b"GET  /echo HTTP/1.1\r\n\r\n",
            b"GET /echo HTTP/1.1 \r\n\r\n",
            b"GET /echo\r\n\r\n",
            b"GET /echo http/1.1\r\n\r\n",
            b"G(T /echo HTTP/1.1\r\n\r\n",
            b"GET echo HTTP/1.1\r\n\r\n",
            b"GET /echo#part HTTP/1.1\r\n\r\n",
            b"GET /ec\x01ho HTTP/1.1\r\n\r\n",
            b"GET ftp://localhost/echo HTTP/1.1\r\n\r\n",
            b"\n".join(lines),
            b"\r\n".join(lines[:3]) + b"\n" + b"\r\n".join(lines[3:]),
            request(extra=("X: a\rb",)),
            request(extra=("X: a\0b",)),
            request(extra=("X: a", " folded")),
            request(extra=("X : a",)),
            request(extra=("X y: a",)),
            request(extra=(": a",)),
            request(extra=("no colon",)),
        ])

    def test_400_headers(self):
        self.check_table(400, [
            request(drop=("Host",)),
            request(Host="a b"),
            request(extra=("Host: localhost",)),
            request(extra=("sec-websocket-key: " + peer.new_key(),)),
            request(extra=("Sec-WebSocket-Version: 13",)),
            request(extra=("Origin: http://a", "Origin: http://a")),
            request(extra=("Content-Length: 0", "Content-Length: 0")),
            request(Content_Length="-1"),
            request(Content_Length="0x0"),
            request(Content_Length="99999999999999999999999"),
        ])

    def test_400_key(self):
        self.check_table(400, [
            request(drop=("Sec-WebSocket-Key",)),
            request(Sec_WebSocket_Key=""),
            request(Sec_WebSocket_Key="c2hvcnQ="),
            request(Sec_WebSocket_Key="A" * 24),
            request(Sec_WebSocket_Key="A" * 21 + "==="),
            request(Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ"),
            request(Sec_WebSocket_Key="dGhlIHNhbXBsZSBub2 jZQ=="),
            request(Sec_WebSocket_Key="A" * 44),
        ])

    def test_400_body(self):
        self.check_table(400, [
            request(Content_Length="1"),
            request(Transfer_Encoding="chunked"),
            request(Transfer_Encoding="identity"),
        ])

    def test_400_subprotocols(self):
        self.check_table(400, [
            request(Sec_WebSocket_Protocol=""),
            request(Sec_WebSocket_Protocol="a b"),
            request(Sec_WebSocket_Protocol="a, b, a"),
        ])

    def test_404(self):
        self.check_table(404, [
            request("/"), request("/ech"), request("/echo/"),
            request("/ECHO"), request("/nowhere?/echo"),
        ])

    def test_405(self):
        self.check_table(405, [
            request(method=method)
            for method in ("POST", "PUT", "OPTIONS", "get", "BREW")
        ], {"Allow": "GET"})

    def test_head_is_answered_without_a_body(self):
        for target, status in ("/echo", b"405"), ("/none", b"404"):
            one = self.bare().send(request(target, method="HEAD"))
            head = one.take_until(b"\r\n\r\n")
            self.assertEqual(head.split()[1], status)
            one.ended()

    def test_414(self):
        self.check_refused(
            b"GET /" + b"a" * 2100 + b" HTTP/1.1\r\n\r\n", 414)

    def test_426_no_upgrade(self):
        self.check_table(426, [
            request(drop=("Upgrade", "Connection")),
            request(drop=("Upgrade",)),
            request(drop=("Connection",)),
            request(Upgrade="websockets"),
            request(Connection="keep-alive"),
            request(Connection="not-upgrade"),
            request(version="HTTP/1.0"),
            b"GET /echo HTTP/1.0\r\n\r\n",
        ], VERSION_AND_UPGRADE)

    def test_426_version(self):
        self.check_table(426, [
            request(drop=("Sec-WebSocket-Version",)),
            request(Sec_WebSocket_Version="8"),
            request(Sec_WebSocket_Version="013"),
            request(Sec_WebSocket_Version="13, 8"),
        ], VERSION_AND_UPGRADE)

    def test_431_bytes(self):
        self.check_refused(request(extra=("X: " + "x" * 2048,)), 431)

    def test_431_count(self):
        self.check_refused(
            request(extra=[f"X{i}: 1" for i in range(12 - 5 + 1)]), 431)

    def test_505(self):
        self.check_table(505, [
            request(version="HTTP/2.0"), request(version="HTTP/0.9"),
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ])

    def test_order_of_judgement(self):
        """Each request has all the faults from some point on."""
        post = {"method": "POST", "drop": ("Upgrade",),
                "Sec_WebSocket_Version": "8", "Sec_WebSocket_Key": "x",
                "Content_Length": "5"}
        get = {**post, "method": "GET"}
        upgrade = {**get, "drop": ()}
        version = {**upgrade, "Sec_WebSocket_Version": "13"}
        for status, data in (
                (400, request("/none", extra=("X : y",), **post)),
                (404, request("/none", **post)),
                (405, request(**post)),
                (426, request(**get)),
                (426, request(**upgrade)),
                (400, request(**version)),
        ):
            with self.subTest(data):
                self.check_refused(data, status)
        one = self.bare().send(request(**version))
        self.assertIn(b"Key", one.response().body)

    def test_bytes_behind_a_refused_head_are_no_frames(self):
        self.check_refused(
            request("/none") + peer.frame(TEXT, "x") * 1000, 404)


class Slow(DaemonCase):
    configuration = daemon.configuration(
        limits={"handshake_timeout_ms": 400})

    def test_head_cut_at_the_deadline(self):
        one = self.bare().send(request()[:-3])
        answer = one.response()
        self.assertEqual(answer.status, 408)
        self.assertEqual(answer.get("Connection"), "close")
        one.ended()
        self.daemon.await_line("reason=handshake-timeout")

    def test_dripping_earns_no_time(self):
        one = self.bare().send(b"GET /echo?")
        one.socket.settimeout(0.05)
        end = time.monotonic() + daemon.DEADLINE
        while not one.buffer and time.monotonic() < end:
            try:
                one.receive_some()
            except TimeoutError:
                one.send(b"x")
        self.assertTrue(one.buffer, "the deadline moves on and on")
        one.socket.settimeout(daemon.DEADLINE)
        self.assertEqual(one.response().status, 408)

    def test_silent_connection_is_cut(self):
        self.bare().ended()

    def test_one_that_ends_early(self):
        for data in (b"", b"GET", request()[:-1]):
            one = self.bare().send(data).half_close()
            one.ended()

    def test_deadline_ends_with_the_handshake(self):
        one = self.open()
        late = self.bare()
        late.ended()
        one.say(TEXT, "x")
        self.assertEqual(one.frame(), Frame(TEXT, b"x"))


class Routed(DaemonCase):
    """The limit tells which endpoint was chosen: it is announced in no header,
    but a frame over it is refused."""

    def small(bytes_):
        return {"limits": {"max_frame_bytes": bytes_,
                           "max_message_bytes": bytes_}}

    configuration = daemon.configuration(
        endpoint("/echo"),
        endpoint("/a", **small(1000)),
        endpoint("/a", host="one.example", **small(1001)),
        endpoint("/a", subprotocol="chat", **small(1002)),
        endpoint("/a", subprotocol="Chat", **small(1003)),
        endpoint("/only", subprotocol="v1", **small(1004)),
        endpoint("/deep/*", **small(1005)),
        endpoint("/deep/er/*", **small(1006)),
        endpoint("/deep/er/exact", **small(1007)))

    def check_limit(self, limit, target, **changes):
        one = self.open(target, **changes)
        one.say(TEXT, b"x" * limit)
        self.assertEqual(one.frame().payload, b"x" * limit)
        one.send(peer.header(TEXT, limit + 1))
        self.assertEqual(one.closed()[0], 1009)
        one.close()

    def test_host(self):
        for limit, host in (
                (1000, "localhost"), (1000, "two.example"),
                (1001, "one.example"), (1001, "ONE.example"),
                (1001, "one.example:9001"), (1001, "one.example."),
                (1000, "one.example.org"), (1000, "[::1]:80")):
            with self.subTest(host):
                self.check_limit(limit, "/a", Host=host)

    def test_authority_of_absolute_form_is_the_host(self):
        self.check_limit(1001, "ws://one.example/a", Host="localhost")
        self.check_limit(1000, "ws://localhost/a", Host="one.example")

    def test_subprotocol(self):
        for limit, offer, chosen in (
                (1002, "chat", "chat"), (1003, "Chat", "Chat"),
                (1003, "other, Chat, chat", "Chat"), (1000, "other", None)):
            with self.subTest(offer):
                self.check_limit(limit, "/a", Sec_WebSocket_Protocol=offer)
                answer = self.bare().send(request(
                    "/a", Sec_WebSocket_Protocol=offer)).response()
                self.assertEqual(answer.get("Sec-WebSocket-Protocol"), chosen)

    def test_offers_on_several_lines(self):
        self.check_limit(1002, "/a", extra=(
            "Sec-WebSocket-Protocol: x, y", "Sec-WebSocket-Protocol: chat"))

    def test_offer_that_was_not_chosen_is_logged(self):
        self.open("/echo", Sec_WebSocket_Protocol="lost, hope")
        self.daemon.await_line(r'subprotocol.* path="/echo".*lost,hope')

    def test_subprotocol_that_is_required(self):
        self.check_limit(1004, "/only", Sec_WebSocket_Protocol="v1")
        for changes in ({}, {"Sec_WebSocket_Protocol": "v2"}):
            answer = self.bare().send(request("/only", **changes)).response()
            self.assertEqual(answer.status, 400)

    def test_prefix(self):
        for limit, path in (
                (1005, "/deep/x"), (1005, "/deep/x/y?q"), (1005, "/deep/"),
                (1006, "/deep/er/x"), (1007, "/deep/er/exact"),
                (1006, "/deep/er/exact/not")):
            with self.subTest(path):
                self.check_limit(limit, path)
        for path in ("/deep", "/deepest", "/a/"):
            answer = self.bare().send(request(path)).response()
            self.assertEqual(answer.status, 404, path)

    def test_path_is_in_the_log(self):
        one = self.open("/deep/in/the/log")
        one.say(peer.CLOSE)
        one.closed()
        self.daemon.await_line(r'path="/deep/in/the/log" ended')


class Full(DaemonCase):
    """Room for three sessions, one of them at most on /one."""

    configuration = daemon.configuration(
        endpoint("/echo"), endpoint("/one", limits={"max_sessions": 1}),
        limits={"max_sessions": 3})

    def check_overload(self, target):
        answer = self.bare().send(request(target)).response()
        self.assertEqual(answer.status, 503)
        self.assertRegex(answer.get("Retry-After"), r"\A[1-9]\d*\Z")
        self.assertEqual(answer.get("Connection"), "close")

    def check_room_comes_back(self, target):
        def is_accepted():
            one = self.bare().send(request(target))
            status = one.response().status
            one.close()
            return status == 101
        daemon.await_true(is_accepted, "room for a session on " + target)

    def test_all(self):
        sessions = [self.open() for _ in range(3)]
        self.check_overload("/echo")
        for one in sessions:
            one.say(TEXT, "mine")
            self.assertEqual(one.frame(), Frame(TEXT, b"mine"))
        for one in sessions:
            one.close()
        self.check_room_comes_back("/echo")

    def test_endpoint(self):
        first = self.open("/one")
        self.check_overload("/one")
        self.open("/echo").close()
        first.close()
        self.check_room_comes_back("/one")
