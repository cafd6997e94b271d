"""Figures of what softens harm: the curve against the temperature, and mitigations beside each other."""

import numpy as np

from contrastive_claims.figures.mitigation import harm_by_temperature, mitigations
from contrastive_claims.figures.style import said

TAUS = np.array([0.1, 0.5, 1.0])


def by_temperature(value=(0.8, 0.5, 0.7)):
    generator = np.random.default_rng(0)
    interval = np.array([value, np.subtract(value, 0.05), np.add(value, 0.05)])
    seeds = np.stack([interval[0] + shift for shift in (-0.02, 0, 0.02)])
    published = generator.uniform(0.7, 1, (2, 6))
    predicted, rest = np.array([1.0, 0.7, 0.2]), np.array([1.0, 1.1, 1.2])
    cosines = generator.uniform(-1, 1, (3, 2, 3))
    return TAUS, seeds, interval, interval - 0.3, rest, predicted, cosines, np.array([0.5, 0.2]), published


def test_the_curve_stands_between_prediction_and_published_values():
    _, seeds, interval, kept, rest, predicted, cosines, _, published = by_temperature()
    figure = harm_by_temperature(*by_temperature())
    ax, apart, raw = figure.axes
    means = {line.get_label(): line.get_ydata() for line in raw.get_lines()}
    np.testing.assert_array_equal(means["cosine, balanced encoders"], cosines[:, 0].mean(axis=1))
    np.testing.assert_array_equal(means["cosine, boots undersampled"], cosines[:, 1].mean(axis=1))
    lines = {line.get_label(): line.get_ydata() for line in (*ax.get_lines(), *apart.get_lines())}
    np.testing.assert_array_equal(lines["RH of boots towards sneakers"], interval[0])
    np.testing.assert_array_equal(lines["separation of boots and sneakers"], kept[0])
    np.testing.assert_array_equal(lines[r"published, CIFAR-10 pairs, SimCLR ($\tau = 0.5$)"], published[0])
    np.testing.assert_array_equal(lines[r"published, CIFAR-10 pairs, BCL ($\tau = 0.2$)"], published[1])
    np.testing.assert_array_equal(next(v for k, v in lines.items() if k.startswith("block model")), predicted)
    np.testing.assert_array_equal(
        next(v for k, v in lines.items() if k.startswith("RH of boots towards the other")), rest
    )
    dots = [line.get_ydata() for line in ax.get_lines() if line.get_marker() == "."]
    np.testing.assert_array_equal(dots, seeds)
    shown = (*ax.get_lines(), *apart.get_lines())
    bars = [line for line in shown if len(line.get_ydata()) == 9 and line.get_marker() == "None"]
    for bar, part in zip(bars, (interval, kept), strict=True):
        np.testing.assert_array_equal(np.reshape(bar.get_ydata(), (3, 3))[:, :2], part[1:].T)
    assert ax.get_xscale() == "log" and [t.get_text() for t in ax.get_xticklabels()] == ["0.1", "0.5", "1"]


def test_the_title_says_whether_rh_rises_as_the_temperature_falls():
    assert r"least, 0.50, at $\tau = 0.5$" in said(harm_by_temperature(*by_temperature()))
    assert "rises throughout" in said(harm_by_temperature(*by_temperature((0.9, 0.7, 0.5))))
    assert "No trend" in said(harm_by_temperature(*by_temperature((0.7, 0.68, 0.7))))


def softened(shift=0.1):
    generator = np.random.default_rng(1)
    parts = [np.stack([v, v - 0.05, v + 0.1], axis=1) for v in generator.uniform(0.5, 1, (3, 4))]
    seeds = np.array([0.5, 0.52, 0.54]) + shift * np.arange(4)[:, None]
    parts[0][:, 0] = seeds.mean(axis=1)
    published, effects = generator.uniform(0.7, 1, (2, 6)), generator.uniform(-0.2, 0, 10)
    return np.array(["none", "a", "b", "c"]), parts[0], seeds, parts[1], parts[2], published, effects


def test_every_mitigation_has_its_three_intervals():
    names, harm, seeds, indirect, accuracy, published, effects = softened()
    figure = mitigations(*softened())
    rows = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert rows == [*names, "CIFAR-10, SimCLR", "CIFAR-10, BCL"]
    theirs = [[line for line in ax.get_lines() if line.get_marker() == "D"] for ax in figure.axes]
    np.testing.assert_array_equal([line.get_xdata() for line in theirs[0]], published)
    np.testing.assert_array_equal(theirs[1][0].get_xdata(), effects)
    assert theirs[0][0].get_ydata()[0] == theirs[1][0].get_ydata()[0] > len(names) - 1 and not theirs[2]
    for ax, values in zip(figure.axes, (harm, indirect, accuracy), strict=True):
        dots = next(line for line in ax.get_lines() if line.get_marker() == "o")
        np.testing.assert_array_equal(dots.get_xdata(), values[:, 0])
        bar = next(line for line in ax.get_lines() if len(line.get_xdata()) == 12)
        np.testing.assert_array_equal(np.reshape(bar.get_xdata(), (4, 3))[:, :2], values[:, 1:])
        assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first mitigation on top
    shown = [line.get_xdata() for line in figure.axes[0].get_lines() if line.get_marker() == "."]
    np.testing.assert_array_equal(shown, seeds)


def test_the_title_names_what_raises_rh_for_every_seed():
    title = said(mitigations(*softened()))
    assert "for every seed: RH of undersampled boots rises from 0.52 to 0.62 (a), 0.72 (b) and 0.82 (c)" in title
    *others, accuracy, published, effects = softened()
    accuracy = np.array([[0.5, 0.4, 0.6], [0.7, 0.65, 0.75], [0.7, 0.55, 0.85], [0.5, 0.4, 0.6]])
    assert said(mitigations(*others, accuracy, published, effects)).endswith("rises beyond the intervals with a")
    assert said(mitigations(*softened(-0.1))).startswith("No mitigation raises")
