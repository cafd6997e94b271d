"""The figures of closed forms and phase diagrams draw the arrays they are given, and leave them alone."""

import inspect
import io

import numpy as np
import pytest

from figures import phases

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


# of the diagrams' many arrays, one of each kind: drawing all of them again takes ten seconds
SHOWN = {"phase_diagrams": {"by_share", "unequal", "thresholds", "blocks"}}


def picture(name, arrays):
    buffer = io.BytesIO()
    getattr(phases, name)(**arrays).savefig(buffer, format="raw", dpi=30)
    return buffer.getvalue()


def test_every_figure_is_drawn_here():
    public = {
        name
        for name, value in vars(phases).items()
        if inspect.isfunction(value) and value.__module__ == phases.__name__
    }
    assert ARRAYS.keys() == public


@pytest.mark.parametrize("name", ARRAYS)
def test_the_drawing_shows_its_arrays_and_leaves_them_alone(name):
    arrays = {key: value.copy() for key, value in ARRAYS[name].items()}
    first = picture(name, arrays)
    for key, value in arrays.items():
        np.testing.assert_array_equal(value, ARRAYS[name][key])
    shown = SHOWN.get(name, set(arrays) - {"counts"})
    changed = {key for key in shown if picture(name, {**arrays, key: arrays[key] * 0.8 + 0.01}) != first}
    assert changed == shown, "an array that the figure does not show"
