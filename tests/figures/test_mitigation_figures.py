"""Figures of what softens harm: the curve against the temperature, and mitigations beside each other."""

import numpy as np

from figures.mitigation import harm_by_temperature, mitigations


def test_the_curve_stands_between_prediction_and_published_values():
    generator = np.random.default_rng(0)
    taus, seeds = np.array([0.1, 0.5, 1.0]), generator.uniform(0.6, 1, (3, 3))
    interval = np.array([seeds.mean(axis=0), seeds.min(axis=0), seeds.max(axis=0)])
    published = generator.uniform(0.7, 1, (2, 6))
    predicted, rest = np.array([1.0, 0.7, 0.2]), np.array([1.0, 1.1, 1.2])
    cosines = generator.uniform(-1, 1, (3, 2, 3))
    kept = interval - 0.3
    figure = harm_by_temperature(taus, seeds, interval, kept, rest, predicted, cosines, np.array([0.5, 0.2]), published)
    figure.savefig("/dev/null", format="svg")
    ax, raw = figure.axes
    means = {line.get_label(): line.get_ydata() for line in raw.get_lines()}
    np.testing.assert_array_equal(means["balanced encoders"], cosines[:, 0].mean(axis=1))
    np.testing.assert_array_equal(means["boots undersampled"], cosines[:, 1].mean(axis=1))
    lines = {line.get_label(): line.get_ydata() for line in ax.get_lines()}
    np.testing.assert_array_equal(lines["towards sneakers, 95 % interval"], interval[0])
    np.testing.assert_array_equal(lines["separation from sneakers that is kept"], kept[0])
    np.testing.assert_array_equal(lines["published, CIFAR-10 pairs, SimCLR"], published[0])
    np.testing.assert_array_equal(lines["published, CIFAR-10 pairs, BCL"], published[1])
    np.testing.assert_array_equal(next(v for k, v in lines.items() if k.startswith("block model")), predicted)
    np.testing.assert_array_equal(next(v for k, v in lines.items() if k.startswith("towards the rest")), rest)
    bars = ax.collections[0].get_segments()
    np.testing.assert_array_equal([segment[:, 1] for segment in bars], interval[1:].T)
    assert ax.get_xscale() == "log" and [t.get_text() for t in ax.get_xticklabels()] == ["0.1", "0.5", "1"]


def test_every_mitigation_has_its_three_intervals():
    generator = np.random.default_rng(1)
    parts = [np.stack([v, v - 0.05, v + 0.1], axis=1) for v in generator.uniform(0, 1, (3, 4))]
    seeds = generator.uniform(0.6, 1, (4, 3))
    published, effects = generator.uniform(0.7, 1, (2, 6)), generator.uniform(-0.2, 0, 10)
    names = np.array(["none", "a", "b", "c"])
    figure = mitigations(names, parts[0], seeds, parts[1], parts[2], published, effects)
    figure.savefig("/dev/null", format="svg")
    rows = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert rows == [*names, "CIFAR-10, SimCLR", "CIFAR-10, BCL"]
    theirs = [[line for line in ax.get_lines() if line.get_marker() == "D"] for ax in figure.axes]
    np.testing.assert_array_equal([line.get_xdata() for line in theirs[0]], published)
    np.testing.assert_array_equal(theirs[1][0].get_xdata(), effects)
    assert theirs[0][0].get_ydata()[0] == theirs[1][0].get_ydata()[0] > len(names) - 1 and not theirs[2]
    for ax, values in zip(figure.axes, parts, strict=True):
        dots = next(line for line in ax.get_lines() if line.get_marker() == "o")
        np.testing.assert_array_equal(dots.get_xdata(), values[:, 0])
        np.testing.assert_array_equal([s[:, 0] for s in ax.collections[0].get_segments()], values[:, 1:])
        assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first mitigation on top
    shown = [line.get_xdata() for line in figure.axes[0].get_lines() if line.get_marker() == "o"][1:]
    np.testing.assert_array_equal(shown, seeds)
