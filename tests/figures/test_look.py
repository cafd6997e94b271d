"""The look of figures is theirs alone; titles fit the width; numbers, lists and file names read as they should."""

import ast
import inspect
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.ledger import records
from contrastive_claims.experiments.verify.drawing import draw
from contrastive_claims.figures.style import (
    COLUMN,
    PAGE,
    TITLE,
    intervals,
    listed,
    listed_numbers,
    look,
    new_figure,
    number,
    said,
    say,
    small,
    ticks_at,
)

ROOT = Path(__file__).parents[2]
SETTINGS = """
font.size: 30
axes.facecolor: black
savefig.bbox: tight
lines.linewidth: 9
mathtext.fontset: cm
svg.fonttype: none
"""
DRAW = """
import sys
from pathlib import Path
from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.ledger import records
from contrastive_claims.experiments.verify.drawing import draw
claim = next(claim for claim in CLAIMS if claim.id == "A8")
draw(claim, records.RECORDED / "quick", Path(sys.argv[1]), formats=("svg", "png", "pdf"))
"""


def test_a_reader_s_own_settings_change_nothing(tmp_path):
    (tmp_path / "matplotlibrc").write_text(SETTINGS)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("MATPLOTLIBRC", None)
    subprocess.run(
        [sys.executable, "-c", DRAW, str(tmp_path / "there")], cwd=tmp_path, env=environment, check=True, timeout=120
    )
    claim = next(claim for claim in CLAIMS if claim.id == "A8")
    for path in draw(claim, records.RECORDED / "quick", tmp_path / "here", formats=("svg", "png", "pdf")):
        assert (tmp_path / "there" / path.name).read_bytes() == path.read_bytes()


def test_the_settings_would_change_a_figure_that_is_drawn_without_the_look():
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "black"}):
        _, (bare,) = new_figure()
        with look():
            _, (ours,) = new_figure()
    assert bare.xaxis.label.get_size() > ours.xaxis.label.get_size() == 8
    assert bare.get_facecolor()[:3] == (0, 0, 0) and ours.get_facecolor()[:3] == (1, 1, 1)


def test_the_look_is_left_as_it_was_found_whatever_happens():
    before = dict(matplotlib.rcParams)
    with pytest.raises(KeyError), look():
        raise KeyError
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_titles_are_broken_where_the_page_ends_and_not_within_a_formula(columns):
    figure, axes = new_figure(columns=columns)
    assert len(axes) == columns and figure.get_figwidth() == (COLUMN if columns == 1 else PAGE)
    finding = r"A title with $\alpha / p \geq 2\,\tanh(1/\tau) - 1$ in it " * 6
    say(figure, finding.strip())
    lines = figure.get_suptitle().split("\n")
    assert said(figure) == finding.strip() and len(lines) > 2
    for line in lines:
        assert line.count("$") % 2 == 0
        width = text_to_path.get_text_width_height_descent(line, FontProperties(size=TITLE), "$" in line)[0]
        assert (
            72 * figure.get_figwidth() * 0.6 < width + 200 * (line == lines[-1]) and width < 72 * figure.get_figwidth()
        )


def test_a_word_longer_than_the_page_stays_whole():
    figure, _ = new_figure()
    say(figure, "x" * 200)
    assert said(figure) == "x" * 200


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(0.5, 2, "0.50"), (-0.001, 2, "0.00"), (-0.0, 1, "0.0"), (-1.25, 1, "\N{MINUS SIGN}1.2"), (np.float32(2), 0, "2")],
)
def test_numbers_have_a_minus_sign_and_none_before_zero(value, digits, text):
    assert number(value, digits) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.5"), (0.00018, "0.0002"), (4.1e-15, r"$4\cdot 10^{-15}$"), (0.0, "0"), (2.6e-5, r"$3\cdot 10^{-5}$")],
)
def test_small_numbers_have_no_e_in_them(value, text):
    assert small(value) == text


def test_lists_read_as_they_are_said():
    assert listed(["a"]) == "a" and listed(["a", "b"]) == "a and b" and listed(["a", "b", "c"]) == "a, b and c"


def test_numbers_alike_in_all_digits_shown_are_said_once():
    assert listed_numbers([0.1, 0.25, -0.3]) == "0.10, 0.25 and \N{MINUS SIGN}0.30"
    assert listed_numbers([0.001, 0.0, 0.002]) == "0.00 throughout" and listed_numbers([0.5]) == "0.50"
    assert listed_numbers([0.001, 0.0], 3) == "0.001 and 0.000"


def test_intervals_are_one_line_with_gaps():
    _, (ax,) = new_figure()
    upright = intervals(ax, np.array([1, 2]), np.array([0.0, 0.5]), np.array([1.0, 0.7]))
    np.testing.assert_array_equal(upright.get_xydata(), [[1, 0], [1, 1], [1, np.nan], [2, 0.5], [2, 0.7], [2, np.nan]])
    across = intervals(ax, np.array([3]), np.array([-1.0]), np.array([1.0]), across=True)
    np.testing.assert_array_equal(across.get_xydata(), [[-1, 3], [1, 3], [np.nan, 3]])


def test_ticks_are_where_they_are_put_and_nowhere_else():
    _, (ax,) = new_figure()
    ax.set_xscale("log")
    ax.set_xlim(0.01, 1000)
    ticks_at(ax.xaxis, [0.1, 10])
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["0.1", "10"] and not len(ax.get_xticks(minor=True))


def test_every_figure_uses_every_array_that_it_takes():
    named = {claim.at(scale).figure for claim in CLAIMS for scale in claim.scales} - {""}
    for figure in named:
        module, _, name = figure.partition(":")
        function = ast.parse(inspect.getsource(getattr(import_module(module), name))).body[0]
        taken = {argument.arg for argument in function.args.args}
        read = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
        assert taken <= read, (figure, taken - read)
