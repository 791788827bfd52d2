"""From figures to medians, ratios and the table."""

import statistics

import cases

CASE_ORDER = [case.name for case in (*cases.CASES, *cases.IDLE)]


def median_ratio(others, ours):
    """The median of other/ours, round by round, and half of the rounds."""
    ratios = sorted(other / our for other, our in zip(others, ours) if our)
    if not ratios:
        return None
    return {"median": statistics.median(ratios),
            "low": ratios[len(ratios) // 4],
            "high": ratios[-1 - len(ratios) // 4]}


def summary(case, rounds, bottlenecks):
    """One row of the JSON. rounds: figures by server, framed among them."""
    servers = {}
    for name, figures in rounds.items():
        servers[name] = {
            "median": statistics.median(figures),
            "rounds": figures,
            "load_was_bottleneck": bottlenecks.get(name, 0)}
        if name != "framed":
            servers[name]["ratio"] = median_ratio(figures, rounds["framed"])
    return {"name": case.name, "unit": case.unit, "servers": servers}


def number(value):
    """With three digits, but all of those before the point."""
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}" if abs(value) < 1 else \
        f"{value:.{1 if abs(value) >= 10 else 2}f}"


def cell(row, name):
    found = row["servers"].get(name)
    return number(found["median"]) if found else "-"


def ratio(row, name):
    found = row["servers"].get(name, {}).get("ratio")
    return f"{found['median']:.2f}" if found else "-"


def columns(rows):
    """Names of servers: framed, then as they were measured."""
    names = []
    for row in rows:
        names += [name for name in row["servers"] if name not in names]
    return names


def table(rows, before=None):
    """Lines of text. With rows recorded before: their ratios beside."""
    names = columns(rows)
    peers = [name for name in names if name != "framed"]
    old = {row["name"]: row for row in before or ()}
    head = ["", "unit", *names, *(f"{name}/framed" for name in peers)]
    if before is not None:
        head += [f"({name} then)" for name in peers]
    lines = [head]
    for row in rows:
        line = [row["name"], row["unit"], *(cell(row, name) for name in names),
                *(ratio(row, name) for name in peers)]
        if before is not None:
            line += [ratio(old[row["name"]], name) if row["name"] in old
                     else "-" for name in peers]
        lines.append(line)
    return aligned(lines)


def aligned(lines):
    """Columns of text: the first two to the left, figures to the right."""
    widths = [max(len(line[i]) for line in lines)
              for i in range(len(lines[0]))]
    return "\n".join(
        "  ".join(text.ljust(width) if i < 2 else text.rjust(width)
                  for i, (text, width) in enumerate(zip(line, widths))
                  ).rstrip()
        for line in lines)


def markdown(rows):
    """The same for a README."""
    names = columns(rows)
    peers = [name for name in names if name not in ("framed", "floor")]
    head = ["case", "", *names, *(f"{name} / framed" for name in peers)]
    lines = [head, ["---"] * 2 + ["--:"] * (len(head) - 2)]
    for row in rows:
        lines.append([row["name"], row["unit"],
                      *(cell(row, name) for name in names),
                      *(ratio(row, name) for name in peers)])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def doubts(rows):
    """Sentences about figures that are no better than the load."""
    return [f"{row['name']}: the load was the bottleneck for {name} in "
            f"{found['load_was_bottleneck']} of {len(found['rounds'])} rounds"
            for row in rows for name, found in row["servers"].items()
            if 2 * found["load_was_bottleneck"] > len(found["rounds"])]
