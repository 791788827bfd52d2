"""What happens when the daemon may open no more descriptors."""
import time

import daemon
import peer
from case import DaemonCase
from peer import TEXT, Frame

LIMIT = 80


class Exhausted(DaemonCase):
    configuration = daemon.configuration(
        workers=1, limits={"handshake_timeout_ms": 600000})
    descriptors = LIMIT

    def check_echo(self, one, text):
        one.say(TEXT, text)
        self.assertEqual(one.frame(), Frame(TEXT, text))

    def exhaust(self):
        """Connections that say nothing, more than there are descriptors."""
        idle = [self.bare() for _ in range(LIMIT)]
        daemon.await_true(lambda: self.daemon.descriptors() >= LIMIT,
                          "all descriptors in use")
        self.daemon.await_line("accept failed, pausing")
        return idle

    def test_old_ones_are_served_and_new_ones_later(self):
        old = self.open()
        idle = self.exhaust()
        self.check_echo(old, b"old")
        late = self.bare().send(peer.request())
        # it waits, which costs no time of the processor
        spent, begun = self.daemon.cpu_seconds(), time.monotonic()
        for _ in range(2):
            self.daemon.await_line("accept failed, pausing",
                                   len(self.daemon.lines))
        self.check_echo(old, b"still old")
        waited = time.monotonic() - begun
        self.assertLess(self.daemon.cpu_seconds() - spent,
                        0.1 + waited / 2)
        for one in idle:
            one.close()
        late.upgraded()
        self.check_echo(late, b"late")
        self.check_echo(old, b"old again")
