"""docs/graphs.md runs as it stands, and what it says of its own output is so."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[3] / "docs"
PAGE = "\n".join((DOCS / f"{name}.md").read_text() for name in ("graphs", "graphs-groups", "graphs-more"))
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.S)
ROW = re.compile(r"  (\d) onto (\d) in (\d+)%, RH (\S+) \((\S+) to (\S+)\)")


@pytest.fixture(scope="module")
def printed():
    """What each block printed, all run in one scope."""
    scope, outputs = {}, []
    for number, block in enumerate(BLOCKS):
        lines = []
        scope["print"] = lambda *values, lines=lines: lines.append(" ".join(map(str, values)))
        exec(compile(block, f"docs/graphs.md, block {number}", "exec"), scope)  # noqa: S102
        outputs.append("\n".join(lines))
    return outputs


def rows(text):
    return [tuple(map(float, found)) for found in ROW.findall(text)]


def test_the_first_answer_and_its_uncertainty(printed):
    home, *others = rows(printed[0])
    assert [row[0] for row in (home, *others)] == [0, 1, 2, 3, 4] and all(row[1] == 0 for row in others)
    assert home[2] == 38 and {min(row[2] for row in others), max(row[2] for row in others)} == {82, 100}
    assert min(row[3] for row in others) == 0.21 and max(row[3] for row in others) == 0.25
    assert max(row[5] for row in others) == 0.49


def test_what_hangs_on_k_and_what_does_not(printed):
    parts = re.split(r"^(?=\S)", printed[1], flags=re.M)[1:]
    assert len(parts) == 3
    harms = {}
    for part in parts:
        name, home = re.match(r"(.*) with Valjean in (\d)", part).groups()
        others = [row for row in rows(part) if row[0] != float(home)]
        assert others and all(row[1] == float(home) for row in others)
        harms[name] = sorted(row[3] for row in others)
    assert harms["inferred, K = 3"] == [0.44, 0.5]
    assert (harms["inferred, K = 6"][0], harms["inferred, K = 6"][-1]) == (0.07, 0.17)


def test_degrees_and_the_spectral_loss(printed):
    sides, *types, onto, status = printed[2].splitlines()
    assert -1 <= float(sides) < 0 and len(types) == 6 and onto == "1" and status in ("certified", "stationary")
    cosines, free = printed[3].splitlines()
    spectral, infonce = map(float, cosines.split())
    assert spectral == pytest.approx(0, abs=1e-9) and infonce == pytest.approx(-0.5)
    assert float(free) == pytest.approx(-2)
