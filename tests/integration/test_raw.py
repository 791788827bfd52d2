"""Raw endpoints: the module sees and sends frames; the host keeps to what each
frame may be, and to how long all of it may take."""
import time

import daemon
from case import DaemonCase
from daemon import endpoint
from peer import (BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Frame,
                  close_payload, frame, header)

FRAME = 3000  # bytes
CLOSE_TIMEOUT = 0.4  # seconds
IDLE = 0.6


def raw(path, **more):
    return endpoint(path, "mirror", raw=True, **more)


class Raw(DaemonCase):
    modules = daemon.TEST_MODULES
    configuration = daemon.configuration(
        raw("/echo"),
        raw("/small", limits={"max_frame_bytes": FRAME}),
        raw("/short", limits={"close_timeout_ms": int(CLOSE_TIMEOUT * 1000)}),
        raw("/idle", keepalive={"ping_interval_ms": int(IDLE * 500),
                                "timeout_ms": int(IDLE * 500)}))

    def check_ends(self, one, after, since):
        one.ended()
        self.assertGreaterEqual(time.monotonic() - since, after)

    def await_reason(self, path, reason, code):
        self.daemon.await_line(
            rf'path="{path}" ended reason={reason} .*code={code} ')

    def test_frames_go_and_come_as_they_are(self):
        one = self.open()
        sent = [Frame(TEXT, b"be", fin=False), Frame(PING, b"1"),
                Frame(CONTINUATION, b"", fin=False), Frame(PONG, b"2"),
                Frame(CONTINUATION, b"fore"), Frame(BINARY, b"b" * 70000),
                Frame(TEXT, b"\xff\xfe no text")]
        for each in sent:
            one.say(each.opcode, each.payload, fin=each.fin)
        # a ping comes back, and no pong
        self.assertEqual([one.frame() for _ in sent], sent)

    def test_fragments_without_order(self):
        one = self.open()
        for each in (Frame(CONTINUATION, b"x"), Frame(TEXT, b"y", fin=False),
                     Frame(BINARY, b"z")):
            one.say(each.opcode, each.payload, fin=each.fin)
            self.assertEqual(one.frame(), each)

    def test_byte_by_byte(self):
        one = self.open()
        one.drip(frame(TEXT, "one", fin=False) + frame(PING, "two")
                 + frame(CONTINUATION, "three" * 30))
        self.assertEqual(one.frame(), Frame(TEXT, b"one", fin=False))
        self.assertEqual(one.frame(), Frame(PING, b"two"))
        self.assertEqual(one.frame(), Frame(CONTINUATION, b"three" * 30))

    def test_pings_of_the_module(self):
        one = self.open()
        one.say(TEXT, "ping")
        self.assertEqual(one.frame(), Frame(PING, b"mirror"))
        one.say(PONG, "mirror")
        self.assertEqual(one.frame(), Frame(PONG, b"mirror"))

    def test_violations(self):
        for bad, code in ((frame(TEXT, "x", key=None), 1002),
                          (frame(TEXT, "x", rsv=4), 1002),
                          (frame(CONTINUATION, "x", rsv=1), 1002),
                          (frame(3), 1002),
                          (frame(PING, fin=False), 1002),
                          (header(PING, 126), 1002),
                          (header(BINARY, 125, form=16), 1002),
                          (header(BINARY, FRAME + 1), 1009)):
            with self.subTest(bad):
                one = self.open("/small")
                one.send(frame(TEXT, "good") + bad)
                self.assertEqual(one.frame(), Frame(TEXT, b"good"))
                self.assertEqual(one.closed()[0], code)

    def test_no_extension_is_agreed_on(self):
        answer = self.bare().upgrade(
            Sec_WebSocket_Extensions="permessage-deflate")
        self.assertIsNone(answer.get("Sec-WebSocket-Extensions"))

    def test_client_closes(self):
        one = self.open()
        one.say(CLOSE, close_payload(3000, b"bye"))
        self.assertEqual(one.closed(), (3000, b"bye"))
        self.await_reason("/echo", "peer-closed", 3000)

    def test_client_closes_with_a_wrong_body(self):
        one = self.open()
        one.say(CLOSE, b"\3")
        self.assertEqual(one.frame(), Frame(CLOSE, b"\3"))
        one.ended()
        self.await_reason("/echo", "peer-closed", 1005)

    def test_module_closes(self):
        one = self.open()
        one.say(TEXT, "leave")
        self.assertEqual(one.frame(), Frame(CLOSE, close_payload(4000)))
        # too late to be mirrored
        one.say(TEXT, "late").say(CLOSE, close_payload(4000))
        one.ended()
        self.await_reason("/echo", "closed", 4000)

    def test_module_does_not_answer(self):
        one = self.open("/short")
        since = time.monotonic()
        one.say(TEXT, "ignore").say(CLOSE, close_payload(3001))
        self.check_ends(one, CLOSE_TIMEOUT, since)
        self.await_reason("/short", "peer-closed", 3001)

    def test_client_does_not_answer(self):
        one = self.open("/short")
        one.say(TEXT, "leave")
        since = time.monotonic()
        self.assertEqual(one.frame(), Frame(CLOSE, close_payload(4000)))
        self.check_ends(one, CLOSE_TIMEOUT / 2, since)
        self.await_reason("/short", "closed", 4000)

    def test_idle(self):
        one = self.open("/idle")
        for _ in range(5):
            time.sleep(IDLE / 2)
            one.say(PONG, "here")
            self.assertEqual(one.frame(), Frame(PONG, b"here"))
        since = time.monotonic()
        self.assertEqual(one.closed(), (1001, b"idle timeout"))
        self.assertGreaterEqual(time.monotonic() - since, IDLE / 2)
        self.await_reason("/idle", "idle-timeout", 1001)
