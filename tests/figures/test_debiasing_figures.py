"""The figures of A14 and A15 draw what they are given, each measure where its legend says."""

import matplotlib.colors
import numpy as np

from contrastive_claims.figures.debiasing import MEASURES, SETS, distance_ordering, margins_by_epsilon
from contrastive_claims.figures.style import said


def marked(ax, markers):
    return [line for line in ax.get_lines() if line.get_marker() in markers]


def arrays():
    generator = np.random.default_rng(0)
    difference = generator.normal(size=(2, 3, 2, 4))
    return {
        "temperatures": np.array([0.1, 0.5]),
        "rhos": np.array([0.9, 0.95, 0.99]),
        "epsilons": np.array([0.0, 0.5, 2.0]),
        "margins": generator.normal(size=(2, 3, 3, 5, 4)),
        "difference": difference,
        "low": difference - 0.1,
        "high": difference + 0.3,
        "free_epsilons": np.array([0.0, 1.0]),
        "free_margins": np.array([1.4, 0.2]),
        "graph_epsilons": np.array([0.0, 2.0]),
        "graph_ties": np.array([[0.2, 0.6], [0.6, 0.2]]),
        "graph_margins": np.array([[0.1, 0.7], [-0.1, 0.7]]),
    }


def test_differences_stand_at_their_values_with_their_intervals():
    given = arrays()
    figure = margins_by_epsilon(**given)
    for ax, values, low, high in zip(figure.axes, given["difference"], given["low"], given["high"], strict=False):
        dots = marked(ax, "os")
        assert len(dots) == len(MEASURES)
        bars = [line for line in ax.get_lines() if len(line.get_xdata()) == 18 and line.get_linestyle() == "-"]
        for k, (dot, bar, (_, colour, marker, _)) in enumerate(zip(dots, bars, MEASURES, strict=True)):
            np.testing.assert_array_equal(dot.get_ydata(), values[..., k].ravel())
            ends = np.reshape(bar.get_ydata(), (6, 3))
            np.testing.assert_array_equal(ends[:, 0], low[..., k].ravel())
            np.testing.assert_array_equal(ends[:, 1], high[..., k].ravel())
            np.testing.assert_array_equal(np.reshape(bar.get_xdata(), (6, 3))[:, 0], dot.get_xdata())
            assert matplotlib.colors.same_color(dot.get_color(), colour) and dot.get_marker() == marker
    start = given["margins"][1, :, 0].mean(axis=(0, 1))
    assert f"{start[0]:.2f} training" in figure.axes[1].get_title(loc="left").replace("\N{MINUS SIGN}", "-")


def test_the_margin_asked_for_is_drawn_or_said_where_the_axis_ends_below_it():
    given = arrays()
    given["difference"] /= 10
    given["low"], given["high"] = given["difference"] - 0.01, given["difference"] + 0.01
    figure = margins_by_epsilon(**given)
    for ax, tau in zip(figure.axes, given["temperatures"], strict=False):
        drawn = {line.get_ydata()[0] for line in ax.get_lines() if line.get_linestyle() == "--"}
        told = [text.get_text() for text in ax.texts]
        for epsilon in given["epsilons"][1:]:
            fits = epsilon * tau <= ax.get_ylim()[1]
            assert (epsilon * tau in drawn) == fits
            assert told.count(f"\N{UPWARDS ARROW}{epsilon * tau:g}") == (0 if fits else 3)
    assert figure.axes[1].texts and not figure.axes[0].texts


def test_the_title_counts_the_settings_that_are_widened():
    given = arrays()
    count = int((given["low"][..., 0] > 0).sum())
    assert f"training data in {count} of 12 settings" in said(margins_by_epsilon(**given))
    assert "narrow" in said(margins_by_epsilon(**given))
    fallen = int((given["high"][..., 3] < 0).sum())
    assert f"(their mean margin falls in {fallen})" in said(margins_by_epsilon(**given))
    given["low"][..., 0] = -1
    given["free_margins"] = np.array([0.2, 1.4])
    given["graph_margins"] = np.array([[0.1, 0.7], [-0.1, 0.7]])
    title = said(margins_by_epsilon(**given))
    assert "training data in none of 12 settings" in title and "narrow" not in title


def test_the_four_distances_are_drawn_for_both_losses_and_both_data():
    distances = np.random.default_rng(0).uniform(0, 3, size=(2, 2, 2, 5, 4))
    certified = np.array([[0.0, 0.0, 3.0, 3.0], [0.0, 0.1, 4.0, 4.0]])
    figure = distance_ordering(np.array([0.25, 0.95]), distances, certified, certified, certified[:, ::-1])
    encoders, graphs, free = figure.axes
    means = np.array([line.get_ydata()[0] for line in marked(encoders, "os^v")])
    expected = distances.transpose(0, 2, 1, 3, 4).mean(axis=3)  # losses, data, rhos, sets
    np.testing.assert_allclose(means, expected.ravel())
    assert [text.get_text() for text in encoders.get_xticklabels()][2].startswith("new\nSupCon\n0.25")
    np.testing.assert_array_equal(marked(graphs, "P")[0].get_xydata(), certified[:, 1:3])
    np.testing.assert_array_equal(marked(graphs, "X")[0].get_xydata(), certified[:, ::-1][:, 1:3])
    np.testing.assert_array_equal([line.get_ydata() for line in marked(free, "os^v")], certified.T)


def test_the_title_says_the_order():
    distances = np.broadcast_to(np.array([0.1, 0.5, 1.0, 2.0]), (2, 1, 2, 5, 4)).copy()
    one = np.ones((2, 4))
    assert "closer than pairs of two, within a class and across; $d^-_a$ lies above $d^+_c$" in said(
        distance_ordering(np.array([0.9]), distances, one, one, one)
    )
    distances[:, :, 1, :, 1] = 1.5  # new samples
    title = said(distance_ordering(np.array([0.9]), distances, one, one, one))
    assert title.endswith("above $d^+_c$ on training data, below it on new data")
    more, less = np.array([[0.0, 1.0, 2.0, 3.0]]), np.array([[0.0, 2.0, 1.0, 3.0]])
    title = said(distance_ordering(np.array([0.9]), distances, one, more, less))
    assert title.endswith("on graphs it lies above where class connects more, below where bias does")
    distances[..., 0] = 3.0
    assert "do not always lie closer" in said(distance_ordering(np.array([0.9]), distances, one, one, one))
    assert len(SETS) == 4
