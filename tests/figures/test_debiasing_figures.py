"""The figures of A14 and A15 draw what they are given, each measure where its legend says."""

import matplotlib.colors
import numpy as np

from figures.debiasing import MEASURES, SETS, distance_ordering, margins_by_epsilon


def test_differences_stand_at_their_values_with_their_intervals():
    generator = np.random.default_rng(0)
    difference = generator.normal(size=(2, 3, 2, 4))
    arrays = {
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
        "graph_margins": np.array([[0.1, 0.7], [-0.1, -0.7]]),
    }
    figure = margins_by_epsilon(**arrays)
    figure.savefig("/dev/null", format="svg")
    for ax, values in zip(figure.axes[2:], difference, strict=True):
        dots = [line for line in ax.get_lines() if line.get_marker() == "o"]
        bars = [line for line in ax.get_lines() if len(set(line.get_xdata())) == 1 and len(line.get_xdata()) == 2]
        np.testing.assert_array_equal([dot.get_ydata()[0] for dot in dots], values.ravel())
        np.testing.assert_allclose([np.ptp(bar.get_ydata()) for bar in bars], 0.4)
        colours = [matplotlib.colors.to_hex(dot.get_color()).upper() for dot in dots]
        assert colours == [colour for _, colour in MEASURES] * 6
    start = arrays["margins"][0, :, 0].mean(axis=(0, 1))
    assert f"{start[0]:.2f} training, {start[2]:.2f} fresh" in figure.axes[2].get_title(loc="left")


def test_the_four_distances_are_drawn_for_both_losses_and_both_data():
    distances = np.random.default_rng(0).uniform(0, 3, size=(2, 4, 2, 5, 4))
    certified = np.array([[0.0, 0.0, 3.0, 3.0], [0.0, 0.1, 4.0, 4.0]])
    figure = distance_ordering(np.array([0.25, 0.7, 0.95, 0.99]), distances, certified, certified, certified[:, ::-1])
    figure.savefig("/dev/null", format="svg")
    for place, (k, d) in {0: (0, 0), 1: (0, 1), 3: (1, 0), 4: (1, 1)}.items():
        means = [line for line in figure.axes[place].get_lines() if line.get_marker() == "None"]
        assert [line.get_label() for line in means] == [name for name, _ in SETS]
        np.testing.assert_allclose([line.get_ydata() for line in means], distances[k, :, d].mean(axis=1).T)
    graph = [line for line in figure.axes[2].get_lines() if line.get_marker() == "o"]
    np.testing.assert_array_equal(graph[0].get_xydata(), certified[:, 1:3])
    np.testing.assert_array_equal([line.get_ydata() for line in figure.axes[5].get_lines()], certified.T)
