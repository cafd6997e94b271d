"""The recorded figures, each drawn once a session, and what a drawing puts on the page: texts, marks and lines, in points."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pytest
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Affine2D

from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.ledger import records
from contrastive_claims.experiments.verify.drawing import figure_of
from contrastive_claims.figures.style import look

RECORDED = {
    records.stem(claim.id, scale): (claim.at(scale), scale)
    for claim in CLAIMS
    for scale in claim.scales
    if claim.at(scale).figure and claim.id in records.recorded(scale)
}


@cache
def arrays_of(name: str) -> dict[str, np.ndarray]:
    """The committed arrays of a figure."""
    _, scale = RECORDED[name]
    return records.load_arrays(records.RECORDED / scale / f"{name}.npz")


@dataclass
class Words:
    """A line of text as drawn: what it says, its size, and the corners of its box, [4, 2] in points."""

    text: str
    size: float
    box: np.ndarray


@dataclass
class Page:
    """What was drawn: lines of text; boxes [N, 2, 2] (low, high) of marks; segments [M, 2, 2] of lines; the size of the page."""

    size: np.ndarray
    words: list[Words] = field(default_factory=list)
    marks: list[np.ndarray] = field(default_factory=list)
    segments: list[np.ndarray] = field(default_factory=list)


DOTS = 2  # pixels a point: with one, Agg rounds each letter's width up to a whole point


class Recorder(RendererAgg):
    """Agg's renderer, which measures as it does, notes what it is told to draw, and draws nothing."""

    def __init__(self, figure: Figure) -> None:
        super().__init__(*(72 * DOTS * figure.get_size_inches()), 72 * DOTS)
        self.page = Page(72 * figure.get_size_inches())
        # Agg's are attributes of the object, which a method would not replace
        self.draw_markers, self.draw_path_collection = self.note_markers, self.note_collection
        self.draw_quad_mesh = self.draw_image = self.draw_nothing

    def draw_nothing(self, *_):
        """An image, or a mesh: texts may lie on it."""

    def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
        width, height, descent = self.get_text_width_height_descent(s, prop, ismath)
        corners = np.array([[0, -descent], [width, -descent], [width, height - descent], [0, height - descent]])
        turn = np.deg2rad(angle)
        turned = corners @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        if s.strip():
            self.page.words.append(
                Words(s, prop.get_size_in_points(), (turned + np.array([x, self.height - y])) / DOTS)
            )

    def note_markers(self, gc, marker_path, marker_trans, path, trans, rgbFace=None):
        self.note_marks(gc, marker_path.get_extents(marker_trans), trans.transform(path.vertices))

    def note_collection(self, gc, master, paths, all_trans, offsets, offset_trans, *_, **__):
        if not len(paths) or not len(offsets):
            return
        size = master.get_matrix() if hasattr(master, "get_matrix") else np.asarray(master)
        size = size @ all_trans[0] if len(all_trans) else size
        self.note_marks(gc, paths[0].get_extents(Affine2D(size)), offset_trans.transform(offsets))

    def note_marks(self, gc, half, places):
        places = places[np.isfinite(places).all(axis=1)]
        places = places[self._inside(gc, places)]
        self.page.marks.append(np.stack([places + half.min, places + half.max], axis=1) / DOTS)

    def draw_path(self, gc, path, transform, rgbFace=None):
        if rgbFace is None and gc.get_linewidth() > 0 and gc.get_hatch() is None:
            for points in path.to_polygons(transform, closed_only=False):
                both = np.stack([points[:-1], points[1:]], axis=1)
                self.page.segments.append(both[self._inside(gc, both.mean(axis=1))] / DOTS)

    def _inside(self, gc, places):
        """Which places the clip rectangle leaves."""
        clip = gc.get_clip_rectangle()
        if clip is None:
            return np.ones(len(places), bool)
        return ((places >= np.array(clip.min) - 1) & (places <= np.array(clip.max) + 1)).all(axis=1)


def page_of(figure: Figure) -> Page:
    """What a figure puts on its page."""
    with look():
        recorder = Recorder(figure)
        figure.dpi = 72 * DOTS
        figure.draw(recorder)
    return recorder.page


@cache
def drawn(name: str) -> Figure:
    """A recorded figure, by the stem of its record."""
    with look():
        return figure_of(RECORDED[name][0], arrays_of(name))


@cache
def recorded_page(name: str) -> Page:
    return page_of(drawn(name))


def pytest_generate_tests(metafunc):
    """A test that asks for `recorded_name` runs for every recorded figure."""
    if "recorded_name" in metafunc.fixturenames:
        metafunc.parametrize("recorded_name", list(RECORDED))


@pytest.fixture(name="page_of")
def page_of_fixture():
    """What a figure puts on its page, as a function of it."""
    return page_of


@pytest.fixture
def page_of_recorded():
    """The same of a recorded figure, by its name; measured once."""
    return recorded_page


@pytest.fixture
def forms():
    """Of every recorded figure, by name: the claim in its form, and the scale."""
    return RECORDED


@pytest.fixture
def recorded_figure(recorded_name):
    return drawn(recorded_name)


@pytest.fixture
def figure_by_name():
    return drawn


@pytest.fixture
def recorded_arrays(recorded_name):
    return arrays_of(recorded_name)
