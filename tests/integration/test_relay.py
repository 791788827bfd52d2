"""A module that begins sessions: to another daemon, and to nobody."""
import daemon
from case import DaemonCase
from peer import BINARY, CLOSE, TEXT, Frame, close_payload, parse_close


def closed(one):
    """Answers a Close, and awaits the end. Returns code and reason."""
    found = one.frame()
    one.say(CLOSE, found.payload)
    one.ended()
    return parse_close(found.payload)


def relay(path, url):
    return daemon.endpoint(path, "relay", settings={"url": url})


class Relay(DaemonCase):
    """Here /echo leads to the /echo of another daemon."""
    modules = daemon.TEST_MODULES

    @classmethod
    def setUpClass(cls):
        cls.behind = daemon.Daemon(daemon.configuration(
            daemon.endpoint("/echo"),
            daemon.endpoint("/small", limits={"max_message_bytes": 10})))
        cls.addClassCleanup(cls.behind.kill)
        url = f"ws://127.0.0.1:{cls.behind.port}"
        cls.configuration = daemon.configuration(
            relay("/echo", url + "/echo"),
            relay("/small", url + "/small"),
            relay("/refused", url + "/none"),
            relay("/nobody", "ws+unix:/nowhere/at/all"),
            relay("/limited", url + "/echo")
            | {"limits": {"max_sessions": 1}})
        super().setUpClass()

    @classmethod
    def check_serves(cls):
        before = cls.daemon.count_lines(r" ended ")
        super().check_serves()
        daemon.await_true(
            lambda: cls.daemon.count_lines(r" ended ") >= before + 2,
            "the end of both sessions")

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        assert cls.behind.stop() == 0, cls.behind.log()
        report = cls.behind.sanitizer_report()
        assert report is None, report

    def test_messages_of_all_sizes(self):
        one = self.open()
        for length in (0, 1, 125, 126, 65535, 65536, 1 << 20):
            one.say(BINARY, b"x" * length)
            self.assertEqual(one.frame(), Frame(BINARY, b"x" * length))
        one.say(TEXT, "abc " * 1000)
        self.assertEqual(one.frame(), Frame(TEXT, b"abc " * 1000))

    def test_many_sessions(self):
        many = [self.open() for _ in range(100)]
        for i, one in enumerate(many):
            one.say(TEXT, str(i))
        for i, one in enumerate(many):
            self.assertEqual(one.frame(), Frame(TEXT, str(i).encode()))

    def test_the_end_of_one_is_the_end_of_the_other(self):
        one = self.open()
        one.say(TEXT, "there?")
        one.frame()
        one.say(CLOSE, close_payload(4001))
        self.assertEqual(one.closed()[0], 4001)
        self.behind.await_line(r"ended reason=peer-closed .*code=4001")

    def test_the_end_of_the_other_is_the_end_of_one(self):
        one = self.open("/small")
        one.say(TEXT, "more than ten bytes")
        self.assertEqual(closed(one)[0], 1009)

    def test_a_refusal_is_told(self):
        one = self.open("/refused")
        self.assertEqual(
            closed(one), (1014, b"the server answered 404 Not Found"))
        self.daemon.await_line(
            r'path="/none" ended reason=handshake-refused by=peer code=404')

    def test_a_failure_is_told(self):
        one = self.open("/nobody")
        self.assertEqual(closed(one), (1014, b"No such file or directory"))

    def test_both_count(self):
        one = self.open("/limited")
        self.assertEqual(closed(one), (1013, b""))

    def test_who_goes_before_the_other_end_is_there(self):
        for _ in range(50):
            self.connect().close()
        one = self.open()
        one.say(TEXT, "x")
        self.assertEqual(one.frame(), Frame(TEXT, b"x"))
