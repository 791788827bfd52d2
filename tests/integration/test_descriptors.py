"""What happens when the daemon may open no more descriptors."""
import time

import daemon
import peer
from case import DaemonCase
from daemon import endpoint
from peer import PING, PONG, TEXT, Frame

LIMIT = 80


class Exhausted(DaemonCase):
    configuration = daemon.configuration(
        endpoint("/echo"),
        endpoint("/ticking", keepalive={"ping_interval_ms": 100}),
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
        old, ticking = self.open(), self.open("/ticking")
        idle = self.exhaust()
        self.check_echo(old, b"old")
        late = self.bare().send(peer.request())
        # while it waits, the daemon sleeps: the pings are our clock
        spent, begun = self.daemon.cpu_seconds(), time.monotonic()
        for _ in range(15):
            ping = ticking.frame()
            self.assertEqual(ping.opcode, PING)
            ticking.say(PONG, ping.payload)
        self.check_echo(old, b"still old")
        waited = time.monotonic() - begun
        self.assertLess(self.daemon.cpu_seconds() - spent, 0.1 + waited / 2)
        self.assertLess(self.daemon.count_lines("accept failed"), waited + 4)
        for one in idle:
            one.close()
        late.upgraded()
        self.check_echo(late, b"late")
        self.check_echo(old, b"old again")
