"""What tests/bench makes of its figures: ratios, tables and plots."""
import pathlib
import sys
import unittest
from xml.dom import minidom

sys.path.append(str(
    pathlib.Path(__file__).resolve().parent.parent / "bench"))

# pylint: disable=wrong-import-position
import cases  # noqa: E402
import plot  # noqa: E402
import results  # noqa: E402

CASE = cases.Case("64 <B>", "echo", 100)
ROUNDS = {"framed": [2.0, 4.0, 1.0], "Bun": [3.0, 4.0, 4.0],
          "ws": [20.0, 40.0, 10.0]}


class Results(unittest.TestCase):
    def setUp(self):
        self.row = results.summary(CASE, ROUNDS, {"Bun": 2, "ws": 1})

    def test_ratios_are_of_one_round_each(self):
        self.assertEqual(
            results.median_ratio([3.0, 4.0, 4.0], [2.0, 4.0, 1.0]),
            {"median": 1.5, "low": 1.0, "high": 4.0})
        self.assertIsNone(results.median_ratio([1.0], [0]))

    def test_row(self):
        servers = self.row["servers"]
        self.assertEqual(servers["framed"]["median"], 2.0)
        self.assertNotIn("ratio", servers["framed"])
        self.assertEqual(servers["ws"]["ratio"]["median"], 10.0)

    def test_numbers_have_three_digits(self):
        for value, text in ((0.1234, "0.123"), (1.234, "1.23"),
                            (12.34, "12.3"), (1234.5, "1234"), (None, "-")):
            self.assertEqual(results.number(value), text)

    def test_table(self):
        old = results.summary(CASE, {"framed": [1.0], "Bun": [1.25]}, {})
        head, line = results.table([self.row], [old]).splitlines()
        self.assertEqual(head.split()[:4], ["unit", "framed", "Bun", "ws"])
        self.assertEqual(line.split()[2:], [
            "us/message", "2.00", "4.00", "20.0", "1.50", "10.00", "1.25",
            "-"])

    def test_table_of_what_not_all_can(self):
        other = results.summary(CASE._replace(name="other"),
                                {"framed": [1.0]}, {})
        lines = results.table([self.row, other]).splitlines()
        self.assertEqual(lines[2].split(),
                         ["other", "us/message", "1.00", "-", "-", "-", "-"])
        self.assertEqual(results.markdown([self.row, other]).count("|"),
                         4 * 8)

    def test_doubts(self):
        self.assertEqual(results.doubts([self.row]), [
            "64 <B>: the load was the bottleneck for Bun in 2 of 3 rounds"])


class Plots(unittest.TestCase):
    def test_bars_are_well_formed(self):
        row = results.summary(CASE, ROUNDS, {})
        image = minidom.parseString(plot.bars(
            [row], ["framed", "Bun", "ws"], "A & B"))
        texts = [node.firstChild.data
                 for node in image.getElementsByTagName("text")]
        for text in "A & B", "64 <B>", "framed", "1.00", "10.00":
            self.assertIn(text, texts)

    def test_lines_are_well_formed(self):
        image = minidom.parseString(plot.lines(
            {"framed": [(50, 4.0), (1000, 4.5)]}, "title", "x", "y"))
        self.assertEqual(len(image.getElementsByTagName("circle")), 2)

    def test_one_point_is_enough(self):
        minidom.parseString(plot.lines({"framed": [(1, 4.0)]}, "", "", ""))


if __name__ == "__main__":
    unittest.main()
