"""Every figure draws from small arrays, the same SVG each time, and leaves matplotlib's settings as they were."""

import inspect
import io

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from experiments.ledger.records import save_arrays
from experiments.ledger.vocabulary import Claim
from experiments.verify.drawing import draw
from figures import collapse, margins

generator = np.random.default_rng(0)
ARRAYS = {
    "figures.margins:hinge_sandwich": {
        "slack": np.array([0.0, 0.3, 0.69]), "hinge": np.array([0.0, 1e-5, 40.0]), "room": np.full(3, np.log(2)),
    },
    "figures.margins:margin_interval": {
        "low": np.array([-3.0, 0.0, 2.0]), "high": np.array([-1.0, 0.0, 90.0]), "margin": np.array([-2.0, 0.0, 5.0]),
    },
    "figures.margins:supcon_floor": {
        "margin": np.linspace(-1, 5, 7), "sup_con": np.linspace(5, 1.4, 7), "sup_infonce": np.linspace(4, 0, 7),
        "positives": np.array(4),
    },
    "figures.collapse:vanishing_minority": {
        "shares": np.geomspace(1 / 3, 1e-3, 4), "alphas": np.array([0.4, 0.6]), "limits": np.array([0.9, 1.0]),
        "cosines": generator.uniform(-0.9, 0.9, (2, 4, 2)), "gaps": np.full(8, 1e-12),
    },
    "figures.collapse:uniform_connections": {
        "ratios": np.geomspace(0.02, 1, 5), "temperatures": np.array([0.2, 0.5, 1.0]),
        "cosines": generator.uniform(-1, 1, (3, 5)), "closed": generator.uniform(-1, 1, (3, 5)),
    },
    "figures.collapse:published_panels": {
        "published": generator.uniform(-1, 1, (3, 3)), "cosines": generator.uniform(-1, 1, (3, 5, 3)),
        "low": np.full((3, 3), -0.5), "high": np.full((3, 3), 0.5), "sizes": np.array([256, 32, 4]),
    },
    "figures.collapse:published_population": {
        "shares": np.array([1 / 4, 1 / 16, 1 / 64]), "published": np.array([0.58, 0.85, 0.98]),
        "scripted": np.array([0.58, 0.85, 0.98]), "wrong_optimum": np.array([0.6, 0.9, 1.0]),
        "right_optimum": np.array([0.59, 0.81, 0.9]), "grid": np.geomspace(1 / 3, 1 / 256, 6),
        "wrong_curve": np.linspace(0.5, 1, 6), "right_curve": np.linspace(0.5, 0.92, 6), "limit": np.array(0.928),
    },
}  # fmt: skip


def functions(module):
    return {
        f"{module.__name__}:{name}"
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    }


def function_of(name):
    module, _, function = name.partition(":")
    return getattr({found.__name__: found for found in (margins, collapse)}[module], function)


def test_every_figure_is_drawn_here():
    assert ARRAYS.keys() == functions(margins) | functions(collapse)


@pytest.mark.parametrize("name", ARRAYS)
def test_a_figure_draws_and_draws_again_to_the_same_bytes(name, tmp_path):
    given = {key: array.copy() for key, array in ARRAYS[name].items()}
    figure = function_of(name)(**given)
    assert isinstance(figure, Figure) and figure.axes
    for ax in figure.axes:
        assert ax.get_title(loc="left") and (ax.lines or ax.collections or ax.images)
    for key, array in given.items():
        np.testing.assert_array_equal(array, ARRAYS[name][key])  # arrays in, nothing done to them
    claim = Claim("X", "nowhere", "so", figure=name)
    save_arrays(tmp_path / "X.npz", ARRAYS[name])
    settings = dict(matplotlib.rcParams)
    drawn = [draw(claim, tmp_path, tmp_path / folder) for folder in ("one", "two")]
    assert dict(matplotlib.rcParams) == settings
    assert [path.suffix for path in drawn[0]] == [".svg", ".png"]
    for one, two in zip(*drawn, strict=True):
        assert one.read_bytes() == two.read_bytes() and len(one.read_bytes()) > 2000
    svg = drawn[0][0].read_text()
    assert "<dc:date>" not in svg and svg.rstrip().endswith("</svg>")


@pytest.mark.parametrize("name", ARRAYS)
def test_the_drawing_shows_its_arrays(name):
    """Another number, another picture."""
    drawing, arrays, pictures = function_of(name), ARRAYS[name], []
    first = next(iter(arrays))
    for content in (arrays, {**arrays, first: arrays[first] * 0.9}):
        buffer = io.BytesIO()
        drawing(**content).savefig(buffer, format="raw", dpi=50)
        pictures.append(buffer.getvalue())
    assert pictures[0] != pictures[1]


def test_without_arrays_nothing_is_drawn(tmp_path):
    claim = Claim("X", "nowhere", "so", figure="figures.margins:supcon_floor")
    assert draw(claim, tmp_path, tmp_path / "figures") == [] and not (tmp_path / "figures").exists()


def test_scales_have_files_of_their_own(tmp_path):
    name = "figures.margins:supcon_floor"
    for stem in ("X", "X@standard"):
        save_arrays(tmp_path / f"{stem}.npz", ARRAYS[name])
    claim = Claim("X", "nowhere", "so", figure=name)
    drawn = {path.name for scale in ("quick", "standard") for path in draw(claim, tmp_path, tmp_path / "f", scale)}
    assert drawn == {f"{stem}-supcon-floor.{suffix}" for stem in ("X", "X@standard") for suffix in ("svg", "png")}
