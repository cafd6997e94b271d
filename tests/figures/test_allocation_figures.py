"""Figures of allocation harm: who loses and who gains, the part through the representation, published numbers beside ours."""

import numpy as np
import pytest

from contrastive_claims.figures.allocation import indirect_effects, shares, total_effects
from contrastive_claims.figures.style import said

NAMES = np.array(["bag", "boot", "shirt"])
MEAN = np.array([[-0.9, 0.7, 0.2], [0.8, -0.85, 0.05], [0.1, 0.5, -0.6]])
PUBLISHED = np.array([-0.95, -0.8])


def effects(mean=MEAN, low=MEAN - 0.02, neighbours=(1, 0, 1)):
    low = mean - 0.02 if low is None else low
    published = np.array(["plane", "ship"]), PUBLISHED
    return total_effects(NAMES, np.array(neighbours), np.array([0]), mean, low, mean + 0.02, *published)


def test_total_effects_show_losses_on_the_diagonal_and_beside_the_published():
    figure = effects()
    grid, side = figure.axes[:2]
    texts = [text.get_text() for text in grid.texts]
    assert texts[:4] == ["\N{MINUS SIGN}0.90", "±0.02", "0.70", "±0.02"] and len(texts) == 18
    low, high = grid.images[0].get_clim()
    assert low == -high == -0.9
    ours, theirs = (next(line for line in side.get_lines() if line.get_marker() == marker) for marker in "oD")
    np.testing.assert_array_equal(ours.get_ydata(), np.diag(MEAN))
    np.testing.assert_array_equal(theirs.get_ydata(), PUBLISHED)
    ticks = dict(zip(side.get_xticks(), (text.get_text() for text in side.get_xticklabels()), strict=True))
    assert [ticks[x] for line in (ours, theirs) for x in line.get_xdata()] == [*NAMES, "plane", "ship"]
    frames = {(frame.get_x() + 0.47, frame.get_y() + 0.47): frame.get_linewidth() for frame in grid.patches}
    assert frames == {(1, 0): 2.4, (0, 1): 0.9, (1, 2): 0.9}


def test_its_title_counts_the_classes_whose_neighbour_gains_most():
    assert "for 3 of 3 classes" in said(effects()) and "\N{MINUS SIGN}0.78" in said(effects())
    assert "for 2 of 3 classes" in said(effects(neighbours=(2, 0, 1)))
    assert said(effects()).endswith("for 3 by more than the intervals")
    wide = effects(mean=np.array([[-0.9, 0.22, 0.2], [0.8, -0.85, 0.05], [0.1, 0.5, -0.6]]), low=None)
    assert "for 3 of 3 classes" in said(wide) and said(wide).endswith("for 2 by more than the intervals")


def test_half_an_interval_is_only_said_of_a_symmetric_one():
    with pytest.raises(ValueError, match="low and high must lie alike"):
        effects(low=MEAN - 0.04)


def test_indirect_effects_stand_within_the_total_ones_with_their_share():
    total, indirect = np.array([-0.8, -0.5, -0.9]), np.array([-0.08, -0.1, 0.0])
    figure = indirect_effects(
        NAMES,
        np.array([total, total - 0.05, total + 0.05]),
        np.array([indirect, indirect - 0.02, indirect + 0.02]),
        np.array([0.01, 0.3, 1.0]),
        np.array(["plane", "ship"]),
        np.array([-0.951, -0.972]),
        np.array([-0.091, -0.118]),
    )
    ours, theirs = figure.axes
    for ax, te, nie in ((ours, total, indirect), (theirs, [-0.951, -0.972], [-0.091, -0.118])):
        heights = [bar.get_height() for bar in ax.patches]
        np.testing.assert_allclose(heights, [*te, *nie])
    assert [text.get_text() for text in ours.texts] == ["10 %", "20 %", "0 %"]
    assert [text.get_text() for text in theirs.texts] == ["10 %", "12 %"]
    assert [text.get_text() for text in ours.get_xticklabels()] == ["bag*", "boot", "shirt"]
    assert said(figure).startswith("8 % of the allocation harm") and "(published: 11 %)" in said(figure)
    assert said(figure).endswith("confirmed for 1 of 3 classes")


def test_shares_by_each_protocol_stand_over_the_published_ones():
    ours = np.array([[0.024, 0.018, 0.031], [0.032, 0.018, 0.047]])
    seeds, published = np.array([[0.02, 0.024, 0.028], [0.03, 0.032, 0.034]]), np.array([0.096, 0.217])
    figure = shares(np.array(["a", "b"]), ours, seeds, np.array(["plane", "bird"]), published)
    (ax,) = figure.axes
    assert [text.get_text() for text in ax.get_yticklabels()] == ["a", "b", "plane", "bird"]
    places = {text.get_text(): y for text, y in zip(ax.get_yticklabels(), ax.get_yticks(), strict=True)}
    shown = {line.get_marker(): line for line in ax.get_lines() if line.get_marker() in "oD"}
    assert dict(zip(shown["o"].get_ydata(), shown["o"].get_xdata(), strict=True)) == {
        places["a"]: 2.4,
        places["b"]: 3.2,
    }
    assert dict(zip(shown["D"].get_ydata(), shown["D"].get_xdata(), strict=True)) == {
        places["plane"]: 9.6, places["bird"]: 21.7,
    }  # fmt: skip
    assert "2.4 and 3.2 % pass" in said(figure) and "2 to 5 %" in said(figure)
    assert said(figure).endswith("less than in any published class")
    wide = shares(np.array(["a", "b"]), ours + 0.1, seeds, np.array(["plane", "bird"]), published)
    assert said(wide).endswith("as in published classes")
