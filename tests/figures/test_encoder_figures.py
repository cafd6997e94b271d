"""The figures of trained encoders draw what they are given: A15, A18, A19, A22, A23 and B29."""

from itertools import combinations

import numpy as np
import pytest

from figures.debiased import NAMES, debiased_accuracy, losses_in_order, penalty_parts
from figures.debiasing import SETS
from figures.encoders import bounds_and_optimum, encoder_distances
from figures.partners import collapse_partners

METHODS = np.array(["eps-sup-infonce", "end", "paper", "batch", "released"])
RHOS = np.array([0.99, 0.997, 0.999])


@pytest.fixture
def generator():
    return np.random.default_rng(0)


def dots(ax, marker="o"):
    return [line for line in ax.get_lines() if line.get_marker() == marker and len(line.get_xdata())]


def test_accuracies_stand_at_their_values_beside_the_published(generator):
    accuracy = generator.uniform(0.1, 0.9, size=(2, 5, 3))
    published = np.full((5, 3), np.nan)
    published[2] = [0.9786, 0.9408, 0.8955]
    pairs = np.array(list(combinations(METHODS, 2)))
    adjusted = generator.uniform(size=(10, 3))
    by_seed = generator.uniform(size=(5, 3, 3, 2))
    figure = debiased_accuracy(
        METHODS, RHOS, accuracy, accuracy - 0.05, accuracy + 0.02, by_seed, published, pairs, adjusted
    )
    figure.savefig("/dev/null", format="svg")
    for ax, values in zip(figure.axes, accuracy, strict=False):
        np.testing.assert_array_equal([line.get_ydata() for line in dots(ax)], values)
        spans = [np.ptp(np.array(bars.get_segments())[:, :, 1], axis=1) for bars in ax.collections]
        np.testing.assert_allclose(spans, 0.07)
    hollow = dots(figure.axes[0], "D")
    np.testing.assert_array_equal([line.get_ydata() for line in hollow], published)
    texts = [text.get_text() for text in figure.axes[2].texts]
    assert texts == [f"{value:.2g}" for value in adjusted.ravel()]


def test_parts_of_the_penalty_stand_in_their_rows(generator):
    methods = np.array(["eps-sup-infonce", "released", "linear", "matching", "floored"])
    accuracy = np.sort(generator.uniform(size=(5, 3)), axis=1)[:, [1, 0, 2]]
    mean = generator.uniform(0.5, 3, size=(5, 3, 2, 4))
    dosed, dose = np.array(["paper", "paper", "released"]), generator.uniform(0.1, 1, (3, 4))
    by_seed = generator.uniform(size=(5, 3))
    published = np.array([np.nan, 0.98, np.nan, np.nan, np.nan])
    figure = penalty_parts(methods, accuracy, by_seed, published, mean, np.full((5, 3, 2, 4), 0.1), dosed, dose)
    figure.savefig("/dev/null", format="svg")
    np.testing.assert_array_equal(dots(figure.axes[0])[0].get_xdata(), accuracy[:, 0])
    hollow, ours = dots(figure.axes[0], "D")[0], dots(figure.axes[0])[0]
    np.testing.assert_array_equal(hollow.get_xdata(), published)
    np.testing.assert_array_equal(hollow.get_ydata(), ours.get_ydata())
    names = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert names == [NAMES[str(method)] for method in methods]
    for d, ax in enumerate(figure.axes[1:3]):
        for k, line in enumerate(dots(ax)):
            np.testing.assert_allclose(line.get_xdata(), mean[:, :, d, k].mean(axis=1))
    shown = {line.get_label(): line.get_xydata() for line in figure.axes[3].get_lines()}
    np.testing.assert_array_equal(shown[NAMES["paper"]], dose[:2, :2])
    conflicting, aligned = (line.get_ydata() for line in figure.axes[4].get_lines()[:2])
    np.testing.assert_array_equal(conflicting, dose[:2, 3])
    np.testing.assert_array_equal(aligned, dose[:2, 2])


def test_the_order_of_losses_is_drawn_beside_the_published_difference(generator):
    accuracy = generator.uniform(0.6, 0.7, size=(3, 3))
    interval = np.stack([accuracy.mean(1), accuracy.mean(1) - 0.02, accuracy.mean(1) + 0.02], axis=1)
    published = np.array([0.9564, np.nan, 0.9614])
    losses = np.array(["sup-con", "eps-sup-con", "eps-sup-infonce"])
    figure = losses_in_order(losses, accuracy, interval, published)
    figure.savefig("/dev/null", format="svg")
    mean = [line.get_ydata() for line in dots(figure.axes[1])][-1]
    np.testing.assert_allclose(mean, 100 * (accuracy - accuracy[0]).mean(axis=1))
    np.testing.assert_allclose(dots(figure.axes[1], "D")[0].get_ydata(), [0, np.nan, 0.5], atol=1e-9)


def test_distances_are_drawn_for_every_method_and_both_sets(generator):
    shares = generator.uniform(size=(5, 2, 4, 20))
    shares /= shares.sum(axis=-1, keepdims=True)
    mean = generator.uniform(0, 3, size=(5, 3, 3, 2, 4))
    figure = encoder_distances(METHODS, RHOS, np.array(0.99), mean, shares)
    figure.savefig("/dev/null", format="svg")
    for d in (0, 1):
        row = figure.axes[6 * d : 6 * d + 6]
        for m, ax in enumerate(row[:5]):
            curves = [line for line in ax.get_lines() if len(line.get_xdata()) == 20]
            assert [line.get_label() for line in curves] == [name for name, _ in SETS]
            np.testing.assert_allclose([line.get_ydata() for line in curves], np.sqrt(5 * shares[m, d]))
            marks = [line.get_xdata()[0] for line in dots(ax, "^")]
            np.testing.assert_allclose(marks, mean[m, 0, :, d].mean(axis=0))
        alone = [line.get_ydata() for line in dots(row[5])][0::2]
        np.testing.assert_allclose(alone, mean[0, :, :, d].mean(axis=1).T)


def test_margins_lie_in_their_intervals_below_the_optimum(generator):
    average = generator.normal(6, 2, size=(5, 2, 30))
    low, high = average - 1, average + 2
    margin, gap = generator.normal(6, 1, size=(5, 3, 3, 2)), generator.uniform(0.1, 5, size=(5, 3, 3, 2))
    collapse = generator.uniform(0.1, 1, size=(5, 3, 3, 2, 4))
    figure = bounds_and_optimum(METHODS, RHOS, average, low, high, margin, gap, collapse, np.array(11.1))
    figure.savefig("/dev/null", format="svg")
    for d, ax in enumerate(figure.axes[:2]):
        order = np.argsort(average[0, d])
        np.testing.assert_array_equal(dots(ax, ".")[0].get_ydata(), average[0, d][order])
        bars = np.array(ax.collections[0].get_segments())[:, :, 1]
        np.testing.assert_allclose(bars, np.stack([low[0, d], high[0, d]], axis=1)[order])
    drawn = [line.get_ydata() for line in dots(figure.axes[2])]
    np.testing.assert_array_equal(drawn, [margin[m, :, :, d].ravel() for m in range(5) for d in (0, 1)])
    across = [line.get_xydata().T for line in dots(figure.axes[3])]
    expected = [(collapse[m, :, :, d, 0].ravel(), gap[m, :, :, d].ravel()) for m in range(5) for d in (0, 1)]
    np.testing.assert_array_equal(across, expected)


def test_partners_are_marked_in_their_rows(generator):
    rows = generator.uniform(0.8, 1.2, size=(4, 4))
    rows[np.arange(4), np.arange(4)] = np.nan
    predicted, tied, declared = np.array([1, 0, -1, 2]), np.array([1, 2, 3, 2]), np.array([3, 0, 1, 2])
    cosine = np.array([0.9, 0.8, np.nan, 0.7])
    connectivity = generator.uniform(0, 1, size=(4, 4))
    figure = collapse_partners(np.array(list("abcd")), connectivity, predicted, cosine, tied, declared, rows)
    figure.savefig("/dev/null", format="svg")
    circles = dots(figure.axes[1])[0]
    np.testing.assert_array_equal(circles.get_xydata(), [[1, 0], [0, 1], [2, 3]])
    np.testing.assert_array_equal(dots(figure.axes[1], ".")[0].get_xdata(), np.nanargmin(rows, axis=1))
    hits = int((np.nanargmin(rows, axis=1) == predicted).sum())
    assert f"{hits} of 4 predicted" in figure.axes[1].get_title(loc="left")
    assert [text.get_text() for text in figure.axes[0].texts] == ["0.90", "0.80", "0.70"]
