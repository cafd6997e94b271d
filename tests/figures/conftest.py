"""The recorded figures, each drawn once a session, and what a drawing of one puts on the page: texts, marks and lines, in points."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pytest
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from experiments.claims.catalogue import CLAIMS
from experiments.ledger import records
from experiments.verify.drawing import figure_of
from figures.style import look

RECORDED = {
    records.stem(claim.id, scale): (claim.at(scale), scale)
    for claim in CLAIMS
    for scale in claim.scales
    if claim.at(scale).figure and claim.id in records.recorded(scale)
}


@cache
def arrays_of(name: str) -> dict[str, np.ndarray]:
    """The committed arrays of a figure."""
    claim, scale = RECORDED[name]
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
    """Agg's renderer, which notes what it is told to draw."""

    def __init__(self, figure: Figure) -> None:
        super().__init__(*(72 * DOTS * figure.get_size_inches()), 72 * DOTS)
        self.page = Page(72 * figure.get_size_inches())

    def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
        width, height, descent = self.get_text_width_height_descent(s, prop, ismath)
        corners = np.array([[0, -descent], [width, -descent], [width, height - descent], [0, height - descent]])
        turn = np.deg2rad(angle)
        turned = corners @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        if s.strip():
            self.page.words.append(Words(s, prop.get_size_in_points(), (turned + [x, self.height - y]) / DOTS))
        super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)

    def draw_markers(self, gc, marker_path, marker_trans, path, trans, rgbFace=None):
        half = marker_path.get_extents(marker_trans)
        places = trans.transform(path.vertices)
        places = places[np.isfinite(places).all(axis=1) & self._inside(gc, places)]
        self.page.marks.append(np.stack([places + half.min, places + half.max], axis=1) / DOTS)
        super().draw_markers(gc, marker_path, marker_trans, path, trans, rgbFace)

    def draw_path_collection(self, gc, master, paths, all_trans, offsets, offset_trans, *more, **how):
        if len(paths) and len(offsets):
            places = offset_trans.transform(offsets)
            half = paths[0].get_extents(master if not len(all_trans) else all_trans[0] @ master.get_matrix())
            self.page.marks.append(np.stack([places + half.min, places + half.max], axis=1) / DOTS)
        super().draw_path_collection(gc, master, paths, all_trans, offsets, offset_trans, *more, **how)

    def draw_path(self, gc, path, transform, rgbFace=None):
        if rgbFace is None and gc.get_linewidth() > 0 and gc.get_hatch() is None:
            for points in path.to_polygons(transform, closed_only=False):
                both = np.stack([points[:-1], points[1:]], axis=1)
                self.page.segments.append(both[self._inside(gc, both.mean(axis=1))] / DOTS)
        super().draw_path(gc, path, transform, rgbFace)

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


@pytest.fixture
def recorded_figure(recorded_name):
    return drawn(recorded_name)


@pytest.fixture
def recorded_arrays(recorded_name):
    return arrays_of(recorded_name)
