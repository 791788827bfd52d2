"""The memory that modules keep for each session."""
import daemon
from case import DaemonCase
from peer import TEXT, Frame


class Storage(DaemonCase):
    modules = daemon.TEST_MODULES
    configuration = daemon.configuration(daemon.endpoint("/echo", "tally"))

    def ask(self, one):
        one.say(TEXT, "?")
        return one.frame().payload

    def test_each_session_has_its_own(self):
        one, other = self.open(), self.open()
        for _ in range(3):
            one.say(TEXT, "hello")
            self.assertEqual(one.frame(), Frame(TEXT, b"hello"))
        self.assertEqual(self.ask(other), b"0")
        self.assertEqual(self.ask(one), b"3")
        self.assertEqual(self.ask(other), b"1")

    def test_is_zero_at_first_again_and_again(self):
        for _ in range(20):
            one = self.open()
            self.assertEqual(self.ask(one), b"0")
            one.close()
