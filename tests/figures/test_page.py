"""Every recorded figure as it is printed: no text over another, over a mark or a line, off the page or too small; mathematics as
mathematics; legends that explain what is drawn; one meaning for a colour, and none by hue alone."""

import re
from itertools import combinations, pairwise

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.mathtext import MathTextParser

from contrastive_claims.experiments.ledger import records
from contrastive_claims.figures.style import (
    BLACK,
    GREY,
    INDEX,
    INTERVAL,
    MARKERS,
    PAGE,
    SECOND_LOOK,
    SMALLEST,
    explain,
    hatched,
    ink,
    label,
    look,
    new_figure,
    say,
    sign,
)
from contrastive_claims.theory.harms.intervals import noise_p_value

PARSER = MathTextParser("path")
TOUCH = 0.5  # points by which two boxes may overlap: the boxes are a little larger than the ink
NEUTRAL = {GREY.lower(), BLACK, "#ffffff"}


def depth(one, other):
    """How far two convex quadrilaterals, [4, 2] each, overlap: the least over the normals of their sides; negative if apart."""
    found = np.inf
    for box in (one, other):
        for start, end in pairwise([*box, box[0]]):
            along = end - start
            if length := np.hypot(*along):
                normal = np.array([-along[1], along[0]]) / length
                a, b = one @ normal, other @ normal
                found = min(found, min(a.max(), b.max()) - max(a.min(), b.min()))
    return found


def corners(low, high):
    return np.array([low, [high[0], low[1]], high, [low[0], high[1]]])


def crosses(box, start, end):
    """Whether a segment passes through a quadrilateral, its corners in anticlockwise order, deeper than TOUCH."""
    first, last = 0.0, 1.0  # the part of the segment that lies within
    for one, other in pairwise([*box, box[0]]):
        along = other - one
        inward = np.array([-along[1], along[0]]) / np.hypot(*along)
        here, there = (start - one) @ inward - TOUCH, (end - one) @ inward - TOUCH
        if here < 0 and there < 0:
            return False
        if here < 0:
            first = max(first, here / (here - there))
        elif there < 0:
            last = min(last, here / (here - there))
    return first < last


def around(boxes, low, high):
    """Which of boxes [N, 2, 2] meet the upright box from low to high."""
    return (boxes[:, 0] < high).all(axis=1) & (boxes[:, 1] > low).all(axis=1)


def least(word):
    """Size of the smallest letter of a text, in points: of an index or an exponent, if it has one."""
    if "$" not in word.text:
        return word.size
    return min(size for _, size, *_ in PARSER.parse(word.text, 72, FontProperties(size=word.size)).glyphs)


def faults(page):
    """What is wrong with the texts of a page, a line for each."""
    found = []
    bounds = [(word.box.min(axis=0), word.box.max(axis=0)) for word in page.words]
    for (k, word), (j, other) in combinations(enumerate(page.words), 2):
        near = (bounds[k][0] < bounds[j][1]).all() and (bounds[j][0] < bounds[k][1]).all()
        if near and depth(word.box, other.box) > TOUCH:
            found.append(f"{word.text!r} lies on {other.text!r}")
    marks = np.concatenate([np.empty((0, 2, 2)), *page.marks])
    segments = np.concatenate([np.empty((0, 2, 2)), *page.segments])
    ends = np.stack([segments.min(axis=1), segments.max(axis=1)], axis=1)
    for name, drawn in (("mark", marks), ("line", ends)):
        if (drawn[:, 0] < -TOUCH).any() or (drawn[:, 1] > page.size + TOUCH).any():
            found.append(f"a {name} leaves the page")
    for word, (low, high) in zip(page.words, bounds, strict=True):
        if (low < -TOUCH).any() or (high > page.size + TOUCH).any():
            found.append(f"{word.text!r} leaves the page")
        if word.size < SMALLEST:
            found.append(f"{word.text!r} is set in {word.size:g} points")
        if least(word) < INDEX:
            found.append(f"{word.text!r} has an index of {least(word):.2g} points")
        if any(depth(word.box, corners(*mark)) > TOUCH for mark in marks[around(marks, low, high)]):
            found.append(f"{word.text!r} lies on a mark")
        if any(crosses(word.box, *segment) for segment in segments[around(ends, low, high)]):
            found.append(f"{word.text!r} lies on a line")
    return found


def test_nothing_lies_on_anything(recorded_name, page_of_recorded):
    found = faults(page_of_recorded(recorded_name))
    assert not found, "\n".join(found)


def control():
    with look():
        figure, (ax,) = new_figure()
        ax.plot([0, 1, 2], [0, 1, 0], "o-")
        label(ax, "", "x", "y")
        say(figure, "A figure to spoil")
    return figure


SPOILT = {
    "'first' lies on 'second'": lambda ax: (ax.text(0.5, 0.2, "first"), ax.text(0.52, 0.21, "second")),
    "'long' leaves the page": lambda ax: ax.text(2.3, 0.4, "long"),
    "a mark leaves the page": lambda ax: ax.plot(1.3, 0.5, "o", transform=ax.transAxes, clip_on=False),
    "is set in 6.9 points": lambda ax: ax.text(0.2, 0.6, "small", fontsize=6.9),
    "has an index of 4.9 points": lambda ax: ax.text(0.2, 0.6, "$h_1$", fontsize=7),
    "lies on a mark": lambda ax: ax.text(0.98, 0.97, "peak"),
    "'over' lies on a line": lambda ax: ax.text(0.4, 0.4, "over"),
    "'turned' lies on 'level'": lambda ax: (ax.text(1.0, 0.2, "turned", rotation=90), ax.text(0.97, 0.3, "level")),
}


@pytest.mark.parametrize("fault", SPOILT)
def test_a_spoilt_figure_is_told(fault, page_of):
    figure = control()
    SPOILT[fault](figure.axes[0])
    if "leaves" in fault:
        figure.axes[0].set_in_layout(False)
        for artist in (*figure.axes[0].texts, *figure.axes[0].lines):
            artist.set_in_layout(False)
    assert any(fault in line for line in faults(page_of(figure)))


def test_a_sound_figure_is_not(page_of):
    figure = control()
    figure.axes[0].text(0.1, 0.9, "up here")
    figure.axes[0].text(0.3, 0.1, "between", rotation=40)  # its upright box meets the line; the text does not
    assert not faults(page_of(figure))


def test_mathematics_is_set_as_such(recorded_name, recorded_figure, page_of_recorded):
    assert recorded_figure.get_figwidth() <= PAGE
    claim = recorded_name.partition("@")[0]
    title = recorded_figure.get_suptitle().replace("\n", " ")
    assert title.startswith(f"{claim}: ") and len(title) > 40 and not title.endswith(".")
    for word in page_of_recorded(recorded_name).words:
        plain = re.sub(r"\$[^$]*\$", "", word.text)
        assert not re.search(
            r"\b(eps|epsilon|tau|alpha|beta|gamma|rho|lambda|pi_\d|log)\b|\w\^\w|\w_\w|<=|>=|\de[-+]?\d", plain
        ), word
        assert not re.search(r"(^|\s)-\.?\d", plain), word  # a hyphen for a minus sign
        assert not re.search(r"\N{MINUS SIGN}0\.?0*($|[^\d.])", plain), word
        assert "nan" not in plain.lower(), word


def legends(figure):
    """Of each legend its names, with the handles."""
    found = [*figure.legends, *(ax.get_legend() for ax in figure.axes if ax.get_legend())]
    return [list(zip((t.get_text() for t in one.get_texts()), one.legend_handles, strict=True)) for one in found]


def colour_of(artist):
    """What colour a legend's handle, or a line, shows."""
    if isinstance(artist, Line2D):
        return to_hex(artist.get_color()).lower()
    face = artist.get_facecolor()
    face = face[0] if np.ndim(face) == 2 else face
    return to_hex(face if len(face) and face[-1] else artist.get_edgecolor()).lower()


def kind_of(line):
    """Marker and whether it is hollow, or None for a line without markers."""
    if line.get_marker() in ("", " ", "None", None):
        return None
    face = line.get_markerfacecolor()
    return line.get_marker(), isinstance(face, str) and face in ("none", "white") and line.get_marker() not in "x_|+"


def drawn_lines(ax):
    return [line for line in ax.get_lines() if np.isfinite(np.asarray(line.get_ydata(), float)).any()]


def unexplained(figure):
    """Colours, markers, kinds of line and hatches that an axes has several of, and the figure's legends lack."""
    found, known = [], [handle for legend in legends(figure) for _, handle in legend]
    lines = [handle for handle in known if isinstance(handle, Line2D)]
    colours = {colour_of(handle) for handle in known}
    kinds, styles = {kind_of(line) for line in lines} - {None}, {line.get_linestyle() for line in lines}
    fills = {hollow for _, hollow in kinds}
    markers = {(marker, hollow) for marker, _ in kinds for hollow in fills}  # one entry says what hollow means for all
    hatches = {handle.get_hatch() for handle in known if hasattr(handle, "get_hatch")}
    for k, ax in enumerate(figure.axes):
        shown = drawn_lines(ax)
        bars = [bar for container in ax.containers for bar in container.patches] if ax.containers else []
        for name, used, explained in (
            ("colour", {colour_of(artist) for artist in (*shown, *bars)} - NEUTRAL, colours),
            ("marker", {kind_of(line) for line in shown} - {None, (".", False), ("None", False)}, markers),
            ("line", {line.get_linestyle() for line in shown} - {"-", "None"}, styles),
        ):
            if len(used) > 1:
                found += [f"axes {k}: {name} {one!r}" for one in used - explained]
        found += [
            f"axes {k}: hatch {one.get_hatch()!r}"
            for one in (*ax.collections, *ax.patches)
            if one.get_hatch() and one.get_hatch() not in hatches
        ]
    for ax in figure.axes:  # a heat map has its numbers in it, or a bar of its colours, with a name
        bar = [image.colorbar for image in (*ax.images, *ax.collections) if getattr(image, "colorbar", None)]
        found += ["a colour bar without a name" for one in bar if not (one.ax.get_ylabel() or one.ax.get_xlabel())]
        if ax.images and not bar and not (ax.texts or any(o.images and o.images[0].colorbar for o in figure.axes)):
            found.append("colours without numbers or a bar")
    return found


def test_the_legend_explains_every_mark(recorded_figure):
    assert not unexplained(recorded_figure)


def test_a_mark_without_explanation_is_told():
    with look():
        figure, (ax,) = new_figure()
        ax.plot([0, 1], [0, 1], "o-", color="C0", label="known")
        explain(figure, 1)
        assert not unexplained(figure)
        ax.plot([0, 1], [1, 0], "s--", color="C1")
        ax.plot([0, 1], [1, 1], ":", color="C0")
        ax.fill_between([0, 1], 0, 1, hatch="//", facecolor="none")
        assert {line.split()[2] for line in unexplained(figure)} == {"colour", "marker", "line", "hatch"}
        explain(figure, 4, sign("one", color="C1", marker="s", ls="--"), sign("two", ls=":"), hatched("three", "//"))
        assert not unexplained(figure)


# a quantity of the record, whose interval is made as those that the figure draws
DRAWN_INTERVALS = {
    "A14": "worst_margin_difference",
    "A18a@standard": "accuracy_at_990",
    "A18b@standard": "accuracy_at_990",
    "A18c@standard": "accuracy_at_990",
    "A18j@standard": "gain_at_990",
    "A19@standard": "sup_con",
    "A22@standard": "released_minus_alone",
    "A24@standard": "accuracy_at_990",
    "A24m@standard": "accuracy_at_990",
    "A27i@standard": "sup_infonce_minus_sup_con_at_990",
    "A29@standard": "accuracy_of_released_at_990",
    "A29h@standard": "accuracy_of_released",
    "A36@standard": "gain_at_990",
    "A36v@standard": "gain_at_990",
    "B9@standard": "strong_neighbour_harm",
    "B10@standard": "own_effect",
    "B11@standard": "own_indirect",
    "B11b@standard": "share",
    "B12@standard": "simclr_neighbour_harm",
    "B14@standard": "harm_at_0.1",
    "B27@standard": "none_harm",
    "B28@standard": "pair_harm",
    "B30@standard": "sneaker_harm",
}


@pytest.mark.parametrize("name", DRAWN_INTERVALS)
def test_the_legend_says_the_level_of_the_intervals(name, forms, figure_by_name):
    claim, scale = forms[name]
    quantity = records.recorded(scale)[claim.id]["numbers"][DRAWN_INTERVALS[name]]
    level = 1 - noise_p_value((quantity["high"] - quantity["low"]) / 2, *quantity["noise"])
    texts = [text for legend in legends(figure_by_name(name)) for text, _ in legend]
    said, other = (INTERVAL, SECOND_LOOK) if abs(level - 0.95) < 1e-6 else (SECOND_LOOK, INTERVAL)
    assert said.startswith(f"{100 * level:g} %") and any(said in text for text in texts), (level, texts)
    assert not any(other in text for text in texts)


def test_every_figure_with_intervals_over_seeds_is_asked_for_their_level(recorded_name, recorded_figure):
    texts = [text for legend in legends(recorded_figure) for text, _ in legend]
    assert (recorded_name in DRAWN_INTERVALS) == any("Student" in text for text in texts)


def lightness(colour):
    """CIE L* of a colour: what is left of it in grey."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    luminance = float(np.dot(linear, (0.2126, 0.7152, 0.0722)))
    return 116 * luminance ** (1 / 3) - 16 if luminance > 0.008856 else 903.3 * luminance


def confused(figure):
    """Pairs of a legend's entries that bear one colour, or that only a hue tells apart."""
    found = []
    told = [(k, name, handle) for k, legend in enumerate(legends(figure)) for name, handle in legend]
    for (place, first, one), (elsewhere, second, other) in combinations(told, 2):
        names = f"{first!r} and {second!r}"
        colours = colour_of(one), colour_of(other)
        if colours[0] == colours[1] and colours[0] not in NEUTRAL:
            found.append(f"{names} in one colour")
        if place != elsewhere:
            continue
        looks = [
            (kind_of(h), h.get_linestyle()) if isinstance(h, Line2D) else ("patch", getattr(h, "get_hatch", str)())
            for h in (one, other)
        ]
        if looks[0] == looks[1] and colours[0] != colours[1] and abs(lightness(colours[0]) - lightness(colours[1])) < 8:
            found.append(f"{names} alike in grey")
    return found


def test_a_colour_has_one_meaning_and_does_not_bear_it_alone(recorded_figure):
    assert not confused(recorded_figure)


def test_colours_that_are_confused_are_told():
    with look():
        figure, (ax,) = new_figure()
        for k, (colour, marker) in enumerate((("#D55E00", "o"), ("#009E73", "o"), ("#D55E00", "s"))):
            ax.plot([0, 1], [k, k], marker=marker, color=colour, label="abc"[k])
        explain(figure, 3)
    assert confused(figure) == ["'a' and 'b' alike in grey", "'a' and 'c' in one colour"]


def test_letters_stand_out_from_every_colour_of_a_heat_map():
    with look():
        _, (ax,) = new_figure()
        ax.imshow([[-1.0, 1.0]], cmap="RdBu", vmin=-1, vmax=1)
        for value in np.linspace(-1, 1, 101):
            linear = [
                c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in ax.images[0].to_rgba(value)[:3]
            ]
            luminance = float(np.dot(linear, (0.2126, 0.7152, 0.0722)))
            letters = 1.0 if ink(ax, value) == "white" else 0.0
            assert (max(luminance, letters) + 0.05) / (min(luminance, letters) + 0.05) >= 4.5  # WCAG's least
    assert len(set(MARKERS)) == len(MARKERS)
