"""Figures of allocation harm: who loses and who gains, the part through the representation, published numbers beside ours."""

import numpy as np

from figures.allocation import indirect_effects, shares, total_effects

NAMES = np.array(["bag", "boot", "shirt"])


def test_total_effects_show_losses_on_the_diagonal_and_beside_the_published():
    mean = np.array([[-0.9, 0.7, 0.2], [0.8, -0.85, 0.05], [0.1, 0.5, -0.6]])
    published = np.array([-0.95, -0.8])
    figure = total_effects(
        NAMES,
        np.array([1, 0, 1]),
        np.array([0]),
        mean,
        mean - 0.02,
        mean + 0.03,
        np.array(["plane", "ship"]),
        published,
    )
    figure.savefig("/dev/null", format="svg")
    grid, side = figure.axes[:2]
    assert {f"{value:.2f}" for value in mean.ravel()} <= {text.get_text() for text in grid.texts}
    low, high = grid.images[0].get_clim()
    assert low == -high == -0.9
    dots = [line for line in side.get_lines() if line.get_marker() == "o"]
    np.testing.assert_array_equal([dot.get_xdata()[0] for dot in dots], np.diag(mean))
    diamonds = [line for line in side.get_lines() if line.get_marker() == "D"]
    np.testing.assert_array_equal(diamonds[0].get_xdata(), published)


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
    figure.savefig("/dev/null", format="svg")
    ours, theirs = figure.axes
    for ax, te, nie in ((ours, total, indirect), (theirs, [-0.951, -0.972], [-0.091, -0.118])):
        heights = [bar.get_height() for bar in ax.patches]
        np.testing.assert_allclose(heights, [*te, *nie])
    assert [text.get_text() for text in ours.texts] == ["10 %", "20 %", "0 %"]
    assert [text.get_text() for text in theirs.texts] == ["10 %", "12 %"]
    assert [text.get_text() for text in ours.get_xticklabels()] == ["bag*", "boot", "shirt"]
    intervals = ours.collections[0].get_segments()
    np.testing.assert_allclose([np.ptp(segment[:, 1]) for segment in intervals], 0.04)


def test_shares_by_each_protocol_stand_over_the_published_ones():
    ours = np.array([[0.024, 0.018, 0.031], [0.032, 0.018, 0.047]])
    seeds, published = np.array([[0.02, 0.024, 0.028], [0.03, 0.032, 0.034]]), np.array([0.096, 0.217])
    figure = shares(np.array(["a", "b"]), ours, seeds, np.array(["plane", "bird"]), published)
    figure.savefig("/dev/null", format="svg")
    (ax,) = figure.axes
    big, *small = (line for line in ax.get_lines() if line.get_marker() == "o")
    np.testing.assert_array_equal(big.get_xdata(), ours[:, 0])
    np.testing.assert_array_equal([line.get_xdata() for line in small], seeds)
    np.testing.assert_array_equal([part[:, 0] for part in ax.collections[0].get_segments()], ours[:, 1:])
    diamonds = next(line for line in ax.get_lines() if line.get_marker() == "D")
    np.testing.assert_array_equal(diamonds.get_xdata(), published)
    assert [text.get_text() for text in ax.get_yticklabels()] == ["a", "b", "plane", "bird"]
