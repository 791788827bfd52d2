"""Tables of cases: what a client sends, cut in several ways, and what must
come back, to the byte."""
import collections

from case import DaemonCase
from peer import PING, PONG, Frame

# `sent` is a list of parts, frames as a rule. All of `answers` must come back,
# in order; then a Close with `code` and the end, or nothing when it is None.
Case = collections.namedtuple("Case", "sent answers code",
                              defaults=[(), None])
PROBE = b"nothing else?"


def in_one_write(parts):
    return [b"".join(parts)]


def part_by_part(parts):
    return parts


def by(size):
    def cut(parts):
        data = b"".join(parts)
        return [data[i:i + size] for i in range(0, len(data), size)]
    cut.__name__ = f"by {size}"
    return cut


CUTS = (in_one_write, part_by_part, by(1), by(7))


def refused(code, **table):
    """Cases that are answered by nothing but a Close."""
    return {name: Case(sent, (), code) for name, sent in table.items()}


class Conformance(DaemonCase):
    """Each case stands for itself. Those that leave the session open share one
    for each way to cut, so that what one leaves behind shows in the next."""

    def check(self, table, cuts=CUTS, target="/echo"):
        for cut in cuts:
            one = None
            for name, case in table.items():
                with self.subTest(name, cut=cut.__name__):
                    last, one = one or self.open(target), None
                    self.talk(last, case, cut)
                    one = last if case.code is None else None
            if one is not None:
                one.close()

    def talk(self, one, case, cut=in_one_write):
        for piece in cut(case.sent):
            one.send(piece)
        for answer in case.answers:
            self.assertEqual(one.frame(), answer)
        if case.code is None:
            self.check_silence(one)
        else:
            self.assertEqual(one.closed()[0], case.code)
            one.close()

    def check_silence(self, one):
        """Nothing has come, and the session is open."""
        one.say(PING, PROBE)
        self.assertEqual(one.frame(), Frame(PONG, PROBE))
