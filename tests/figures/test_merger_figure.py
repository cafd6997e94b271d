"""The figure of B30: every class stands where RH and the separation kept put it."""

import numpy as np

from contrastive_claims.figures.mergers import moves_and_mergers
from contrastive_claims.figures.style import said


def test_classes_and_fresh_pairs_stand_at_their_values():
    seen = np.array([[0.9, 0.5, 0.7, 0.6], [0.8, 0.4, 0.9, 0.3]])
    value = np.array([[0.55, 0.5], [0.9, 0.3]])
    fresh = np.stack([value, value - 0.1, value + 0.2], axis=-1)
    figure = moves_and_mergers(
        np.array(["a > b", "b > a", "c > d", "d > c"]), seen, np.array(["e > f", "f > e"]), fresh
    )
    (ax,) = figure.axes
    order = [1, 3, 2, 0]  # by RH
    for part, marker in enumerate("os"):
        first, then = (line for line in ax.get_lines() if line.get_marker() == marker)
        np.testing.assert_array_equal(first.get_xdata(), value[part])
        np.testing.assert_array_equal(then.get_xdata(), seen[part, order])
        assert then.get_mfc() == "white"
    bars = [line for line in ax.get_lines() if line.get_marker() == "None" and len(line.get_xdata()) == 6]
    for part, bar in enumerate(line for line in bars if line.get_linestyle() == "-"):
        np.testing.assert_allclose(np.reshape(bar.get_xdata(), (2, 3))[:, :2], fresh[part, :, 1:])
    rows = [text.get_text() for text in ax.get_yticklabels()]
    assert rows == [
        text.replace(">", "\N{RIGHTWARDS ARROW}") for text in ("e > f", "f > e", "b > a", "d > c", "c > d", "a > b")
    ]
    assert said(figure).startswith("A move need not be a merger") and "keeps 0.90 (RH 0.55)" in said(figure)


def test_the_title_does_not_tell_apart_what_overlaps():
    value = np.array([[0.55, 0.5], [0.5, 0.45]])
    fresh = np.stack([value, value - 0.1, value + 0.2], axis=-1)
    title = said(moves_and_mergers(np.array(["a > b"]), np.array([[0.5], [0.5]]), np.array(["e > f", "f > e"]), fresh))
    assert title.startswith("Not told apart")
