"""The figures of closed forms and phase diagrams draw the arrays they are given, and leave them alone."""

import inspect

import numpy as np
import pytest

from contrastive_claims.figures import diagrams, laws, phases
from contrastive_claims.figures.style import look, said

generator = np.random.default_rng(4)
TAUS, RATIOS = np.linspace(0.2, 2, 6), np.linspace(0.1, 1, 5)


def cosines(*shape):
    return generator.uniform(-0.9, 0.9, shape)


def mixed(rows):
    """[rows, 5, 2]: cosines of which some are 1, and multipliers of both signs."""
    values = np.stack([cosines(rows, 5), cosines(rows, 5)], axis=-1)
    values[:, -2:, 0] = 1
    return values


ARRAYS = {
    "vanishing_limit": {
        "ratios": np.array([0.1, 0.5]), "temperatures": TAUS, "limits": cosines(6, 2), "cosines": cosines(6, 2),
        "boxes": np.array([[r, r + 0.1, q, q + 0.1, 0.4, 0.7] for r in (0.1, 0.2, 0.3, 0.4, 0.5) for q in (0.0, 0.1, 0.2)]),
    },
    "temperature": {
        "temperatures": TAUS, "thresholds": np.linspace(1, 0, 6), "alphas": np.array([0.1, 0.4]), "cosines": cosines(2, 6),
        "harm": cosines(2, 6),
    },
    "majorities": {
        "counts": np.array([2, 3]), "temperatures": TAUS, "thresholds": cosines(2, 6), "shares": np.array([0.2, 0.8]),
        "unequal": cosines(2, 6),
    },
    "connected": {
        "betweens": np.linspace(0, 0.9, 4), "settings": np.array([[0.5, 0.3], [1.0, 0.6]]), "cosines": cosines(2, 4),
        "grid": np.linspace(0, 0.9, 7), "curves": cosines(2, 7),
    },
    "biased_boundary": {
        "betas": np.linspace(0, 0.6, 5), "temperatures": np.array([0.5, 1.0]), "cosines": cosines(2, 5),
        "curves": cosines(2, 5),
    },
    "slip": {"shares": np.geomspace(0.3, 0.01, 5), "slipped": cosines(5), "right": cosines(5)},
    "spread": {"parts": np.array([8, 16, 32]), "distances": np.array([[0.4, 0.2, 0.1], [0.3, 0.2, 0.1]])},
    "rates": {"shares": np.geomspace(0.01, 0.001, 3), "measured": cosines(2, 3, 3), "predicted": cosines(2, 3)},
    "two_minorities": {"shares": np.geomspace(0.01, 1e-4, 3), "cosines": cosines(2, 3), "predicted": cosines(2)},
    "phase_diagrams": {
        "ratios": RATIOS, "shares": np.geomspace(1e-3, 0.8, 4), "by_share": mixed(4), "temperatures": TAUS,
        "by_temperature": mixed(6), "thresholds": np.linspace(1, 0, 6), "withins": np.linspace(0.1, 1, 4),
        "alphas": RATIOS, "unequal": np.stack([mixed(4)[..., 0], mixed(4)[..., 0]]), "inner": np.linspace(0.1, 1, 4),
        "by_inner": mixed(4), "blocks": np.array([2, 3, 4]), "by_blocks": mixed(3)[..., 0],
    },
}  # fmt: skip


MODULES = {name: next(m for m in (phases, laws, diagrams) if hasattr(m, name)) for name in ARRAYS}


def test_every_figure_is_drawn_here():
    public = {
        name
        for module in (phases, laws, diagrams)
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    }
    assert ARRAYS.keys() == public


@pytest.mark.parametrize("name", ARRAYS)
def test_the_drawing_leaves_its_arrays_alone(name, page_of):
    arrays = {key: value.copy() for key, value in ARRAYS[name].items()}
    with look():
        figure = getattr(MODULES[name], name)(**arrays)
    page_of(figure)
    for key, value in arrays.items():
        np.testing.assert_array_equal(value, ARRAYS[name][key])
    assert len(said(figure)) > 40


@pytest.mark.parametrize(
    ("name", "changes", "text"),
    [
        ("vanishing_limit", {"cosines": np.zeros((6, 2))}, "says at 5 of 12 points"),
        ("temperature", {"thresholds": np.linspace(0, 1, 6)}, "does not fall throughout"),
        ("temperature", {"cosines": np.tile(np.linspace(0, 1, 6), (2, 1))}, "cosine is monotone"),
        ("temperature", {"harm": np.tile(np.linspace(0, 1, 6), (2, 1))}, "does not always protect"),
        ("majorities", {"thresholds": np.array([np.zeros(6), np.ones(6)])}, "not always a weaker tie"),
        ("majorities", {"thresholds": np.zeros((2, 6))}, r"at $M = 2$ and $\tau = 0.5$ any tie does"),
        ("connected", {"curves": np.tile([1.0, 1, 1, 0.5, 0, 0, 0], (2, 1))}, r"beyond $\beta/p = 0.30$"),
        ("biased_boundary", {"cosines": np.full((2, 5), 0.5)}, "at 6 of 10 points as if"),
        ("biased_boundary", {"cosines": np.tile(0.3 - np.linspace(0, 0.6, 5), (2, 1))}, "exactly where"),
        ("slip", {"slipped": np.ones(5), "right": np.zeros(5)}, "nears its block"),
        ("spread", {"distances": np.array([[0.1, 0.2, 0.4]])}, "do not approach"),
        (
            "spread",
            {"distances": np.array([[0.4, 0.2, 0.1], [0.4, 0.2, 0.2 / 2**0.5]])},
            "from 16 to 32 at order 0.50 or faster",
        ),
        (
            "majorities",
            {"unequal": np.array([np.zeros(6), np.ones(6)])},
            "the larger the one it is tied to, the stronger",
        ),
        ("slip", {"slipped": -np.ones(5), "right": np.zeros(5)}, "stays apart from its block"),
        ("rates", {"predicted": -np.ones((2, 3))}, "in 0 of 2 models"),
        ("two_minorities", {"predicted": np.zeros(2)}, "at cosines from 0.00 to 0.00"),
    ],
)
def test_the_title_follows_the_arrays(name, changes, text):
    assert text in said(getattr(MODULES[name], name)(**{**ARRAYS[name], **changes}))


def test_the_title_of_the_diagrams_counts_the_points_on_the_right_side():
    arrays = {**ARRAYS["phase_diagrams"], "by_share": mixed(4)}
    apart = {**arrays, "by_temperature": np.zeros((6, 5, 2))}
    merged = {**arrays, "by_temperature": np.ones((6, 5, 2))}
    counts = [int(said(diagrams.phase_diagrams(**a)).split(" at ")[1].split(" of ")[0]) for a in (apart, merged)]
    beyond = np.linspace(1, 0, 6)[:, None] < RATIOS
    clear = abs(RATIOS - np.linspace(1, 0, 6)[:, None]) > 0.01
    assert counts[0] - counts[1] == (clear & ~beyond).sum() - (clear & beyond).sum()
