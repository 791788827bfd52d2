"""Plots as SVG: bars of what servers cost, relative to framed, and lines of
cost over something. Colours are told apart by eyes of all kinds, and stand on
light and dark ground."""

import math
from xml.sax.saxutils import escape

COLOURS = ("#0072b2", "#999999", "#e69f00", "#009e73", "#cc79a7", "#d55e00",
           "#56b4e9", "#b8a800")
STYLE = """<style>
text { font: 12px sans-serif; fill: #222 }
.title { font-size: 15px; font-weight: bold }
.small { font-size: 11px }
.ground { fill: #fff }
.grid { stroke: #ddd }
.axis { stroke: #222 }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd }
  .ground { fill: #181818 }
  .grid { stroke: #444 }
  .axis { stroke: #ddd }
}
</style>"""
LEFT, WIDTH, BAR, GAP, TOP = 270, 900, 11, 12, 70


def svg(width, height, parts):
    return "\n".join((
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}">',
        STYLE, f'<rect class="ground" width="{width}" height="{height}"/>',
        *parts, "</svg>", ""))


def text(x, y, content, kind="", anchor="start"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" '
            f'text-anchor="{anchor}">{escape(content)}</text>')


def line(x1, y1, x2, y2, kind):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'class="{kind}"/>')


def legend(names, y):
    parts, x = [], LEFT
    for name, colour in zip(names, COLOURS):
        parts.append(f'<rect x="{x}" y="{y - 9}" width="10" height="10" '
                     f'fill="{colour}"/>')
        parts.append(text(x + 15, y, name))
        x += 40 + 8 * len(name)
    return parts


def bars(rows, names, title):
    """Bars of cost, framed being 1, on a scale that doubles."""
    least, most = -1, 5  # powers of two

    def place(value):
        power = min(max(math.log2(value), least), most)
        return LEFT + (power - least) / (most - least) * (WIDTH - LEFT - 60)

    parts = [text(20, 26, title, "title"), *legend(names, 48)]
    y = TOP
    for row in rows:
        ours = row["servers"]["framed"]["median"]
        shown = [name for name in names if name in row["servers"]]
        height = BAR * len(shown)
        parts.append(text(LEFT - 10, y + height / 2 + 4, row["name"],
                          anchor="end"))
        for i, name in enumerate(shown):
            value = row["servers"][name]["median"] / ours if ours else 1
            end = place(value)
            parts.append(
                f'<rect x="{LEFT}" y="{y + i * BAR:.1f}" '
                f'width="{max(end - LEFT, 1):.1f}" height="{BAR - 1}" '
                f'fill="{COLOURS[names.index(name)]}"/>')
            parts.append(text(end + 4, y + i * BAR + 9, f"{value:.2f}",
                              "small"))
        y += height + GAP
    grid = []
    for power in range(least, most + 1):
        x = place(2.0 ** power)
        grid.append(line(x, TOP - 6, x, y, "axis" if power == 0 else "grid"))
        grid.append(text(x, y + 14, f"{2.0 ** power:g}", anchor="middle"))
    parts.append(text((LEFT + WIDTH) / 2, y + 32,
                      "processor time of the server, framed = 1: "
                      "longer is dearer", anchor="middle"))
    return svg(WIDTH, int(y + 46), grid + parts)


def lines(series, title, x_label, y_label):
    """series: {name: [(x, y)]}; x on a scale of powers, y from 0."""
    height, bottom, left, right = 360, 300, 70, WIDTH - 40
    xs = [x for points in series.values() for x, _ in points]
    top = max(y for points in series.values() for _, y in points) * 1.15
    low, high = math.log(min(xs)), math.log(max(xs))

    def place(x, y):
        across = (math.log(x) - low) / (high - low) if high > low else 0.5
        return (left + across * (right - left),
                bottom - y / top * (bottom - TOP))

    parts = [text(20, 26, title, "title"), *legend(list(series), 48)]
    for i in range(5):
        value = top * i / 4
        parts.append(line(left, place(min(xs), value)[1], right,
                          place(min(xs), value)[1], "grid"))
        parts.append(text(left - 8, place(min(xs), value)[1] + 4,
                          f"{value:.2g}", anchor="end"))
    for x in sorted(set(xs)):
        parts.append(text(place(x, 0)[0], bottom + 16, f"{x:g}",
                          anchor="middle"))
    for (_, points), colour in zip(series.items(), COLOURS):
        path = " ".join("{:.1f},{:.1f}".format(*place(*point))
                        for point in points)
        parts.append(f'<polyline points="{path}" fill="none" '
                     f'stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{place(*point)[0]:.1f}" '
                  f'cy="{place(*point)[1]:.1f}" r="3.5" fill="{colour}"/>'
                  for point in points]
    parts.append(line(left, bottom, right, bottom, "axis"))
    parts.append(text((left + right) / 2, bottom + 38, x_label,
                      anchor="middle"))
    parts.append(text(20, TOP - 8, y_label, "small"))
    return svg(WIDTH, height, parts)
