"""Figures of A29h, A35e and B34: what is drawn is what they are given, and titles are worded from it."""

import numpy as np

from contrastive_claims.figures.debiased import beside_published
from contrastive_claims.figures.mergers import measures_of_harm
from contrastive_claims.figures.penalties import kl_mechanism
from contrastive_claims.figures.style import said

ARMS = np.array(["released", "cross-entropy", "bias-balanced"])
TUNED = np.array(["released", "released"])
TUNING = np.array([[1.0, 0.3], [10.0, 0.4]])


def drawn(figure, axes, values):
    """Whether some line of the axes shows these values along one of its axes."""
    lines = figure.axes[axes].get_lines()
    return any(
        np.array_equal(data, values, equal_nan=True) for line in lines for data in (line.get_xdata(), line.get_ydata())
    )


def test_methods_stand_beside_the_published():
    accuracy = np.array([0.65, 0.2, 0.5])[:, None] + np.array([0, -0.05, 0.05])
    published = np.array([0.9, 0.12, np.nan])
    figure = beside_published(ARMS, accuracy, published, TUNED, TUNING)
    assert drawn(figure, 0, accuracy[:, 0]) and drawn(figure, 0, published) and drawn(figure, 1, TUNING[:, 1])
    assert said(figure) == "The released penalty has the highest accuracy here, 0.65"
    title = said(beside_published(ARMS, accuracy[[1, 0, 2]], published, TUNED, TUNING))
    assert title == "cross-entropy has the highest accuracy here, 0.65; the released penalty 0.20"


def test_the_kl_widens_or_not():
    kl = np.array([[0.7, 0.1, 0.4, 0.6], [1.8, 0.1, 0.5, 0.2]])
    means = np.array([[0.3, 0.2, 0.3, 0.7]])
    figure = kl_mechanism(np.array([1e-6, 1e-4]), kl, np.array([10.0]), means)
    assert all(drawn(figure, axes, kl[:, part]) for axes, part in enumerate((0, 2, 3)))
    assert "their gap grows from 0.70 to 1.80; equal means leave a gap of 0.30" in said(figure)
    assert "does not widen both" in said(kl_mechanism(np.array([1e-6, 1e-4]), kl[::-1], np.array([10.0]), means))


def test_measures_of_harm_stand_against_both_outcomes():
    values = np.stack([np.tile([0.4, 0.6, 0.9], (2, 1)), np.tile([3.0, 2.0, 1.0], (2, 1))])
    accuracy, lost = np.tile([0.9, 0.8, 0.7], (2, 1)), np.tile([0.05, 0.02, 0.0], (2, 1))
    figure = measures_of_harm(np.array(["a", "b", "c"]), np.array(["RH", "separation"]), values, accuracy, lost)
    assert drawn(figure, 0, values[0, 0]) and drawn(figure, 0, accuracy[0]) and drawn(figure, 3, -lost[0])
    assert said(figure) == "Of 3 classes, the better recognised have the larger separation"
