"""Conformance: what is agreed on permessage-deflate (RFC 7692 §5, §7.1)."""
import collections
import itertools

import daemon
import deflating
from case import DaemonCase
from daemon import endpoint
from deflating import NAME, agreed_by, parameters
from peer import TEXT, Frame, frame, request

# What an endpoint allows.
Rules = collections.namedtuple(
    "Rules", "server_takeover client_takeover server_bits client_bits")
ALL_RULES = [Rules(*takeover, *bits)
             for takeover in itertools.product((False, True), repeat=2)
             for bits in ((15, 15), (12, 10))]
BITS = [str(bits) for bits in range(8, 16)]
# Each parameter's values: None is without it, "" without a value.
VALUES = {
    "server_no_context_takeover": (None, ""),
    "client_no_context_takeover": (None, ""),
    "server_max_window_bits": (None, *BITS),
    "client_max_window_bits": (None, "", *BITS),
}
# Repeats some of itself, and has some to be found in the next one only.
MESSAGE = (b'{"name": "9c41f05be27d8a36", "values": '
           b'[1000, 1000, 1000, 1000, 1000, 1000, 1000]}')


def path_of(rules):
    return "/{:d}/{:d}/{}/{}".format(*rules)


def all_offers():
    for values in itertools.product(*VALUES.values()):
        yield {name: value for name, value in zip(VALUES, values)
               if value is not None}


def offer_of(params):
    return "; ".join([NAME, *(f"{name}={value}" if value else name
                              for name, value in params.items())])


def answer_to(rules, offer):
    """What must be in the response: each thing that limits the client or that
    it asked for, and nothing that it may not be told. None: it is declined."""
    asked = int(offer.get("server_max_window_bits", 15))
    if asked == 8:
        return None
    server = min(asked, rules.server_bits)
    client = int(offer.get("client_max_window_bits") or 15)
    if "client_max_window_bits" in offer:
        client = min(client, rules.client_bits)
    answer = {}
    if not rules.server_takeover or "server_no_context_takeover" in offer:
        answer["server_no_context_takeover"] = ""
    # a larger window than allowed is good for single messages only
    if (not rules.client_takeover or "client_no_context_takeover" in offer
            or client > rules.client_bits):
        answer["client_no_context_takeover"] = ""
    if "server_max_window_bits" in offer or server < 15:
        answer["server_max_window_bits"] = str(server)
    if client < 15:
        answer["client_max_window_bits"] = str(client)
    return answer


class Offers(DaemonCase):
    configuration = daemon.configuration(
        endpoint("/echo"),
        endpoint("/off", deflate={"enabled": False}),
        *(endpoint(path_of(rules), deflate={
            "server_takeover": rules.server_takeover,
            "client_takeover": rules.client_takeover,
            "server_window_bits": rules.server_bits,
            "client_window_bits": rules.client_bits}) for rules in ALL_RULES),
        deflate={"min_bytes": 0})

    def ask(self, *values, target="/echo"):
        """Offers, each value in a line of its own. Returns the peer and the
        parameters of what was agreed, None without."""
        one = deflating.Peer(self.port)
        self.addCleanup(one.close)
        one.send(request(target, extra=[f"Sec-WebSocket-Extensions: {value}"
                                        for value in values]))
        answer = one.upgraded()
        params = parameters(answer.get("Sec-WebSocket-Extensions"))
        if params is not None:
            one.use(agreed_by(params))
        return one, params

    def check_plain(self, one):
        """Nothing is compressed, and nothing may be."""
        one.say(TEXT, MESSAGE)
        self.assertEqual(one.frame(), Frame(TEXT, MESSAGE))
        one.say(TEXT, MESSAGE, rsv=deflating.RSV1)
        self.assertEqual(one.closed()[0], 1002)

    def check_compressed(self, one):
        """Both sides, with all the takeover and the windows there are."""
        sizes = []
        for _ in range(2):
            one.tell(TEXT, MESSAGE)
            opcode, data, size = one.message()
            self.assertEqual((opcode, data), (TEXT, MESSAGE))
            self.assertIsNotNone(size)
            sizes.append(size)
        if one.agreed.server_takeover:
            self.assertLess(sizes[1], sizes[0] // 2)
        else:
            self.assertEqual(sizes[1], sizes[0])

    def check_answer(self, expected, *values, target="/echo"):
        one, params = self.ask(*values, target=target)
        self.assertEqual(params, expected)
        if params is None:
            self.check_plain(one)
        else:
            self.check_compressed(one)
        one.close()

    def test_every_combination(self):
        """Of parameters and values that the RFC allows."""
        count = 0
        for rules in ALL_RULES:
            for offer in all_offers():
                with self.subTest(rules=rules, offer=offer):
                    self.check_answer(answer_to(rules, offer), offer_of(offer),
                                      target=path_of(rules))
                count += 1
        self.assertEqual(count, len(ALL_RULES) * 2 * 2 * 9 * 10)

    def test_disabled(self):
        self.check_answer(None, NAME, target="/off")

    def test_without_an_offer(self):
        self.check_answer(None)

    DEFAULT = answer_to(ALL_RULES[0], {})
    SECOND = f"{NAME}; server_max_window_bits=10"
    SECOND_ANSWER = {**DEFAULT, "server_max_window_bits": "10"}
    BAD_BITS = ("0", "7", "16", "08", "010", "1", "99", "+9", "-9", "9.0",
                "0x9", "a", "nine", '"16"', '"1\\6"', "4294967305",
                "18446744073709551625")

    def bad_offers(self):
        for name in VALUES:
            yield f"{NAME}; {name}; {name}"
            yield f"{NAME}; {name.upper()}"
        for name in list(VALUES)[:2]:
            for value in ("1", "true", "15", '"x"'):
                yield f"{NAME}; {name}={value}"
        for name in list(VALUES)[2:]:
            for value in self.BAD_BITS:
                yield f"{NAME}; {name}={value}"
            yield f"{NAME}; {name}=9; {name}=9"
            yield f"{NAME}; {name}=9; {name}=10"
        yield f"{NAME}; server_max_window_bits"
        yield f"{NAME}; server_max_window_bits=8"
        yield f"{NAME}; unknown"
        yield f"{NAME}; unknown=1; server_no_context_takeover"
        yield f"{NAME}; server_no_context_takeover; unknown"
        yield "permessage-bzip2"
        yield "x-webkit-deflate-frame"
        yield "permessage-deflat"
        yield "permessage-deflate2"

    def test_bad_ones_are_declined(self):
        for bad in self.bad_offers():
            with self.subTest(bad):
                self.check_answer(None, bad)

    def test_next_one_is_tried(self):
        for bad in self.bad_offers():
            for values in ([f"{bad}, {self.SECOND}"], [bad, self.SECOND],
                           [f"{bad},{bad}", f"{bad}\t,,{self.SECOND}, {NAME}"]
                           ):
                with self.subTest(values):
                    one, params = self.ask(*values)
                    self.assertEqual(params, self.SECOND_ANSWER)
                    one.close()

    def test_first_good_one_is_taken(self):
        for values in ([f"{self.SECOND}, {NAME}"], [self.SECOND, NAME],
                       [f"foo, {self.SECOND}", f"{NAME}, bar; x=1"]):
            with self.subTest(values):
                self.check_answer(self.SECOND_ANSWER, *values)

    def test_spellings(self):
        for value in (f'{NAME}; server_max_window_bits="10"',
                      f'{NAME}; server_max_window_bits="1\\0"',
                      f'{NAME};server_max_window_bits=10',
                      f'{NAME}\t ;\tserver_max_window_bits = 10 ',
                      f', ,{NAME} ; server_max_window_bits=10 ,'):
            with self.subTest(value):
                self.check_answer(self.SECOND_ANSWER, value)

    def test_malformed_header_declines_all(self):
        """What is quoted must be a token too (RFC 6455 §9.1)."""
        for value in (*(f"{NAME}; {name}={quoted}" for name in VALUES
                        for quoted in ('""', '" 9"', '"9 "', '"9;"')),
                      f"{NAME};", f"{NAME}; =1", f"{NAME}; a b",
                      f"{NAME}; client_max_window_bits=", f'{NAME}; a="',
                      f'{NAME}; a="b"c', f"{NAME} {NAME}", ";", "=", '"'):
            with self.subTest(value):
                self.check_answer(None, value)
                self.check_answer(None, NAME, value)

    def test_frames_right_behind_the_offer(self):
        """A client may count on nothing yet: they are not compressed."""
        one = deflating.Peer(self.port)
        self.addCleanup(one.close)
        one.send(request(Sec_WebSocket_Extensions=NAME)
                 + frame(TEXT, MESSAGE))
        answer = one.upgraded()
        one.use(agreed_by(parameters(answer.get("Sec-WebSocket-Extensions"))))
        self.assertEqual(one.message()[:2], (TEXT, MESSAGE))
        self.check_compressed(one)
