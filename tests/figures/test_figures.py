"""Every figure draws from small arrays, the same SVG each time, and leaves matplotlib's settings as they were."""

import inspect
import io
import re
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from contrastive_claims.experiments.ledger.records import save_arrays
from contrastive_claims.experiments.ledger.vocabulary import Claim
from contrastive_claims.experiments.verify.drawing import draw
from contrastive_claims.experiments.verify.svg import compact
from contrastive_claims.figures import collapse, margins, sparse
from contrastive_claims.figures.style import look, said

generator = np.random.default_rng(0)
XLINK, NUMBER = "{http://www.w3.org/1999/xlink}", re.compile(r"-?\d+(?:\.\d+)?")
GLYPH = re.compile(r"(#?)([A-Z][\w-]*)-([0-9a-f]+)")  # a font, and a number in it
ARRAYS = {
    "contrastive_claims.figures.margins:hinge_sandwich": {
        "slack": np.array([0.0, 0.3, 0.69]), "hinge": np.array([0.0, 1e-5, 40.0]), "room": np.full(3, np.log(2)),
    },
    "contrastive_claims.figures.margins:margin_interval": {
        "low": np.array([-3.0, 0.0, 2.0]), "high": np.array([-1.0, 0.0, 90.0]), "margin": np.array([-2.0, 0.0, 5.0]),
    },
    "contrastive_claims.figures.margins:supcon_floor": {
        "margin": np.linspace(-1, 5, 7), "sup_con": np.linspace(5, 1.4, 7), "sup_infonce": np.linspace(4, 0, 7),
        "positives": np.array(4),
    },
    "contrastive_claims.figures.collapse:vanishing_minority": {
        "shares": np.geomspace(1 / 3, 1e-3, 4), "alphas": np.array([0.4, 0.6]), "limits": np.array([0.9, 1.0]),
        "cosines": generator.uniform(-0.9, 0.9, (2, 4, 2)), "gaps": np.full(8, 1e-12),
    },
    "contrastive_claims.figures.collapse:uniform_connections": {
        "ratios": np.geomspace(0.02, 1, 5), "temperatures": np.array([0.2, 0.5, 1.0]),
        "cosines": generator.uniform(-1, 1, (3, 5)), "closed": generator.uniform(-1, 1, (3, 5)),
    },
    "contrastive_claims.figures.collapse:published_panels": {
        "published": generator.uniform(-1, 1, (3, 3)), "cosines": generator.uniform(-1, 1, (3, 5, 3)),
        "low": np.full((3, 3), -0.5), "high": np.full((3, 3), 0.5), "sizes": np.array([256, 32, 4]),
    },
    "contrastive_claims.figures.collapse:published_population": {
        "shares": np.array([1 / 4, 1 / 16, 1 / 64]), "published": np.array([0.58, 0.85, 0.98]),
        "scripted": np.array([0.58, 0.85, 0.98]), "wrong_optimum": np.array([0.6, 0.9, 1.0]),
        "right_optimum": np.array([0.59, 0.81, 0.9]), "grid": np.geomspace(1 / 3, 1 / 256, 6),
        "wrong_curve": np.linspace(0.5, 1, 6), "right_curve": np.linspace(0.5, 0.92, 6), "limit": np.array(0.928),
    },
    "contrastive_claims.figures.sparse:loss_convergence": {
        "sizes": np.array([50, 100, 200]), "differences": np.array([[0.4, 0.2, 0.1], [-0.4, 0.2, -0.1]]),
        "degrees": np.array([40, 80, 160]), "relaxed": np.array([[0.16, 0.04, 0.01], [0.16, 0.04, 0.01]]),
    },
    "contrastive_claims.figures.sparse:printed_minimisers": {"sizes": np.array([30, 60, 120]), "spreads": np.full((2, 3), 0.85)},
    "contrastive_claims.figures.sparse:minimisers": {
        "sizes": np.array([100, 200]), "spread": np.array([[0.02, 0.01], [0.02, 0.01]]),
        "failing_sizes": np.array([30, 60]), "failing": np.full((2, 3, 2), 0.4),
    },
    "contrastive_claims.figures.sparse:sparse_law": {
        "law": np.array([30.0, 90.0]), "critical": np.array([[24.0, 90.0], [24.0, 90.0]]), "temperatures": np.array([0.7, 1.0]),
        "nodes": np.array(400), "sizes": np.array([60, 120]), "ranks": np.array([[3, 5], [3, 6]]),
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
    return getattr(
        {
            "contrastive_claims.figures.margins": margins,
            "contrastive_claims.figures.collapse": collapse,
            "contrastive_claims.figures.sparse": sparse,
        }[module],
        function,
    )


def test_every_figure_is_drawn_here():
    assert ARRAYS.keys() == functions(margins) | functions(collapse) | (
        functions(sparse) - {"contrastive_claims.figures.sparse:slope"}
    )


@pytest.mark.parametrize("name", ARRAYS)
def test_a_figure_draws_what_it_is_given_and_leaves_it_alone(name, page_of):
    given = {key: array.copy() for key, array in ARRAYS[name].items()}
    with look():
        figure = function_of(name)(**given)
    assert isinstance(figure, Figure) and page_of(figure).words
    for ax in figure.axes:
        assert ax.lines or ax.collections or ax.images
    assert len(said(figure)) > 40
    for key, array in given.items():
        np.testing.assert_array_equal(array, ARRAYS[name][key])


@pytest.mark.parametrize(
    "name",
    ["contrastive_claims.figures.margins:hinge_sandwich", "contrastive_claims.figures.collapse:published_panels"],
)
def test_drawn_again_the_files_are_the_same(name, tmp_path):
    claim = Claim("X", "nowhere", "so", figure=name)
    save_arrays(tmp_path / "X.npz", ARRAYS[name])
    settings = dict(matplotlib.rcParams)
    drawn = [draw(claim, tmp_path, tmp_path / folder, formats=("svg", "png", "pdf")) for folder in ("one", "two")]
    assert dict(matplotlib.rcParams) == settings
    assert [path.suffix for path in drawn[0]] == [".svg", ".png", ".pdf"]
    for one, two in zip(*drawn, strict=True):
        assert one.read_bytes() == two.read_bytes() and len(one.read_bytes()) > 2000
    svg = drawn[0][0].read_text()
    assert "<dc:date>" not in svg and svg.rstrip().endswith("</svg>")
    title = ElementTree.fromstring(svg).findtext("{http://www.w3.org/2000/svg}title")
    assert title is not None and title.startswith("X: ") and "$" not in title  # for who cannot see it
    pdf = drawn[0][2].read_bytes()
    assert b"/FontFile2" in pdf and b"/Type3" not in pdf and b"/CreationDate" not in pdf  # fonts embedded, as TrueType


@pytest.mark.parametrize(
    ("name", "changes", "text"),
    [
        ("margins:hinge_sandwich", {}, "for each of 3 anchors"),
        ("margins:hinge_sandwich", {"slack": np.array([0.0, 0.3, 0.8])}, "for only 2 of 3 anchors"),
        ("margins:margin_interval", {}, "for each of 3 anchors"),
        ("margins:margin_interval", {"margin": np.array([-2.0, 0.0, 91.0])}, "for only 2 of 3 anchors"),
        ("margins:supcon_floor", {}, "never falls below"),
        ("margins:supcon_floor", {"sup_con": np.linspace(5, 1.3, 7)}, "SupCon falls below"),
        ("collapse:vanishing_minority", {}, r"stops at 0.900 for $\alpha = 0.4$"),
        ("collapse:vanishing_minority", {"cosines": np.ones((2, 4, 2))}, r"arrives at 1 for $\alpha = 0.4$"),
        ("collapse:uniform_connections", {"cosines": np.zeros((3, 5)), "closed": np.zeros((3, 5))}, "lie on it"),
        ("collapse:uniform_connections", {"cosines": np.zeros((3, 5)), "closed": np.full((3, 5), 0.5)}, "lie up to 0.5 from it"),
        ("collapse:published_panels", {"published": np.full((3, 3), 0.504)}, "all 9 published"),
        ("collapse:published_panels", {"published": np.eye(3)}, "only 6 of 9 published"),
        ("collapse:published_population", {}, "weight the rows, not the columns, after the script's steps (within 0.000)"),
        (
            "collapse:published_population", {"right_optimum": np.array([0.58, 0.85, 0.98]), "scripted": np.ones(3)},
            "as defined gives",
        ),
        ("sparse:loss_convergence", {}, "1.00}$); what free nodes gain falls like degree$^{\N{MINUS SIGN}2.00}$"),
        ("sparse:printed_minimisers", {}, "does not collapse"),
        ("sparse:printed_minimisers", {"spreads": np.array([[0.4, 0.2, 0.1]])}, "A block that collapses"),
        ("sparse:minimisers", {}, "1.00}$ where every diagonal multiplier is negative; where one is positive the mean"),
        ("sparse:minimisers", {}, "mean spread does not fall (from 30 to 60 nodes 0.40 to 0.40 and"),
        ("sparse:minimisers", {"failing": np.tile([0.4, 0.1], (2, 3, 1))}, "spread falls (from 30 to 60 nodes 0.40 to 0.10"),
        ("sparse:sparse_law", {}, r"at 0.80 to 1.00 times the mean degree $(2/(\tau\mu))^2$; below, the rank grows"),
        ("sparse:sparse_law", {"ranks": np.array([[5, 5], [5, 5]])}, "the rank does not grow"),
    ],
)  # fmt: skip
def test_the_title_follows_the_arrays(name, changes, text):
    name = f"contrastive_claims.figures.{name}"
    assert text in said(function_of(name)(**{**ARRAYS[name], **changes}))


def test_a_compact_svg_has_the_same_elements_at_the_same_places():
    figure = margins.supcon_floor(**ARRAYS["contrastive_claims.figures.margins:supcon_floor"])
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Title": "a 0.123456 title"})
    whole, small = buffer.getvalue(), compact(buffer.getvalue())
    assert len(small) < 0.9 * len(whole)
    pairs = list(zip(ElementTree.fromstring(whole).iter(), ElementTree.fromstring(small).iter(), strict=True))
    marks = {node.get("id"): node.get("style") for _, node in pairs if node.get("id", "").startswith("m")}
    letters: dict[str, str] = {}
    for before, after in pairs:
        assert before.tag == after.tag and (before.text or "").strip() == (after.text or "").strip()
        for name, value in before.attrib.items():
            name = name.removeprefix(XLINK)
            if name == "style" and name not in after.attrib:
                assert marks[after.get("href")[1:]] == value  # said once, where the mark is defined
                continue
            if name == "id" and name not in after.attrib:
                assert f"#{value}" not in whole
                continue
            if name == "transform" and name not in after.attrib:  # a glyph's place
                place = [float(after.get(axis, 0)) for axis in "xy"]
                np.testing.assert_allclose([float(n) for n in NUMBER.findall(value)], place, atol=6e-3)
                continue
            if glyph := GLYPH.fullmatch(value):
                letter = letters.setdefault(glyph[2], after.get(name).lstrip("#")[0])
                assert after.get(name) == f"{glyph[1]}{letter}{glyph[3]}"
                continue
            one, other = NUMBER.split(value), NUMBER.split(after.get(name))
            assert "".join("".join(one).split()) == "".join("".join(other).split())
            numbers = ([float(n) for n in NUMBER.findall(text)] for text in (value, after.get(name)))
            np.testing.assert_allclose(*numbers, atol=6e-3)
    assert letters and len(set(letters.values())) == len(letters)


def test_without_arrays_nothing_is_drawn(tmp_path):
    claim = Claim("X", "nowhere", "so", figure="contrastive_claims.figures.margins:supcon_floor")
    assert draw(claim, tmp_path, tmp_path / "figures") == [] and not (tmp_path / "figures").exists()


def test_scales_have_files_of_their_own(tmp_path):
    name = "contrastive_claims.figures.margins:supcon_floor"
    for stem in ("X", "X@standard"):
        save_arrays(tmp_path / f"{stem}.npz", ARRAYS[name])
    claim = Claim("X", "nowhere", "so", figure=name)
    drawn = {path.name for scale in ("quick", "standard") for path in draw(claim, tmp_path, tmp_path / "f", scale)}
    assert drawn == {f"{stem}-supcon-floor.{suffix}" for stem in ("X", "X@standard") for suffix in ("svg", "png")}
