"""Figures of simulations draw what they are given: lines, crosses, bars, a plane."""

import numpy as np

from contrastive_claims.figures.simulation import bars, curves, plane

NAMES = ["cos_12", "cos_13"]


def drawn(figure):
    figure.canvas.draw()
    return figure.axes


def test_curves_with_closed_forms_graphs_and_margins():
    values = np.array([0.01, 0.1, 1.0])
    cosines = np.array([[0.1, -0.5], [0.5, -0.6], [1.0, -0.7]])
    closed = np.array([[np.nan, np.nan], [0.5, -0.6], [1.0, -0.7]])
    graphs = np.full((3, 2, 3), np.nan)
    graphs[1] = [[0.4, 0.3, 0.5], [-0.6, -0.7, -0.5]]
    plain = drawn(curves("title", "alpha_12", values, NAMES, cosines, closed, graphs, np.full(3, np.nan)))
    assert len(plain) == 1 and plain[0].get_xscale() == "log" and plain[0].get_xlabel() == "alpha_12"
    assert [text.get_text() for text in plain[0].get_legend().get_texts()] == NAMES
    np.testing.assert_array_equal(plain[0].lines[0].get_ydata(), cosines[:, 0])
    beside = drawn(curves("title", "epsilon", values, NAMES, cosines, closed, graphs, np.array([0.3, 0.1, 0.0])))
    assert len(beside) == 2 and "margin" in beside[1].get_ylabel()


def test_a_plane_of_two_parameters():
    axes = drawn(
        plane("title", ["tau", "alpha"], np.array([0.5, 1.0]), np.linspace(0, 1, 9), "cos_12", np.zeros((2, 9)))
    )
    assert (axes[0].get_xlabel(), axes[0].get_ylabel()) == ("alpha", "tau") and axes[0].images[0].get_clim() == (-1, 1)


def test_bars_of_one_point():
    graphs = np.array([[0.2, 0.1, 0.3], [np.nan] * 3])
    axes = drawn(bars("title", NAMES, np.array([0.25, -0.5]), graphs))
    assert [bar.get_height() for bar in axes[0].patches] == [0.25, -0.5] and axes[0].get_legend() is not None
    assert drawn(bars("title", NAMES, np.array([0.25, -0.5]), np.full((2, 3), np.nan)))[0].get_legend() is None
