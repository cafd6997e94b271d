"""One look for every figure: sizes, a colour-blind safe palette (Okabe and Ito), bare axes. No pyplot, no global state.

A figure is as wide as a journal's column or its page, so that it is printed as it is and its text stays at 7 points or more.
Its title says what the arrays show; `look` is what it is drawn and saved under, whatever the user's own settings are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.textpath import text_to_path

COLUMN, PAGE = 3.4, 7.0  # inches
SMALLEST, TITLE = 7.0, 9.0  # points, of letters
INDEX = 5.0  # points, of what stands as an index or an exponent, for which mathtext takes .7 of its letters' size
TEXT = 7.5  # points, of ticks and legends, which may bear an index
INTERVAL = "95 % interval (Student's $t$ over seeds)"  # of theory.harms.intervals
SECOND_LOOK = "97.5 % interval (Student's $t$ over seeds)"  # the same, of what was looked at twice
HARM = r"RH: $1 - \cos$ over its balanced value (below 1: closer)"
LEVEL = 0.05  # up to which a p-value, after Holm's correction, counts as told apart
BLUE, ORANGE, GREEN, RED, PURPLE, SKY, GREY, BLACK = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#56B4E9",
    "#7F7F7F",
    "#000000",
)
MARKERS = "osD^vPX*"  # beside the colours: in grey they tell series apart
DIVERGING = "RdBu"
ORDERED = "viridis"  # of a rising parameter: its lightness rises with it

LOOK: dict[Any, Any] = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": TEXT,
    "ytick.labelsize": TEXT,
    "legend.fontsize": TEXT,
    "legend.frameon": False,
    "legend.handlelength": 1.8,
    "axes.linewidth": 0.6,
    "axes.formatter.limits": (-3, 4),
    "axes.formatter.use_mathtext": True,
    "lines.linewidth": 1.2,
    "lines.markersize": 4.0,
    "hatch.linewidth": 0.5,
    "path.simplify_threshold": 0.2,
    "savefig.dpi": 200,
    "svg.hashsalt": "contrastive-claims",  # the same evidence, the same bytes
    "svg.fonttype": "path",  # text as shapes: an SVG with text looks as its reader's fonts happen to be
    "pdf.fonttype": 42,  # fonts embedded as TrueType, as journals ask
}


@contextmanager
def look() -> Iterator[None]:
    """Draw and save under matplotlib's own defaults and LOOK: no matplotlibrc of a reader's changes a figure."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(LOOK)
        yield


def new_figure(columns: int = 1, rows: int = 1, height: float = 2.6, **grid: Any) -> tuple[Figure, list[Axes]]:
    """A figure with columns x rows axes in reading order, as wide as a column, or with several as a page; `height` in inches.

    `grid`: width_ratios, height_ratios, sharex, sharey, as of Figure.subplots.
    """
    figure = Figure(figsize=(COLUMN if columns == 1 else PAGE, height), layout="constrained")
    axes = list(figure.subplots(rows, columns, squeeze=False, **grid).flat)
    for ax in axes:
        ax.spines[["top", "right"]].set_visible(False)
    return figure, axes


def say(figure: Figure, finding: str) -> None:
    """The finding as the figure's title, broken into lines that fit its width."""
    font, room, used = FontProperties(size=TITLE), 70 * (figure.get_figwidth() - 0.1), 0.0
    lines: list[str] = []
    for word in re.findall(r"(?:\$[^$]*\$|[^\s$])+", finding):  # a formula is not broken
        width = text_to_path.get_text_width_height_descent(word, font, "$" in word)[0]
        if lines and used + TITLE / 3 + width <= room:
            lines[-1] += f" {word}"
            used += TITLE / 3 + width
        else:
            lines.append(word)
            used = width
    figure.suptitle("\n".join(lines), x=0.04 / figure.get_figwidth(), ha="left", fontsize=TITLE)


def said(figure: Figure) -> str:
    """The figure's title, on one line."""
    return figure.get_suptitle().replace("\n", " ")


def label(ax: Axes, title: str, x: str, y: str) -> None:
    """Title on the left, axis labels."""
    ax.set_title(title, loc="left")
    ax.set_xlabel(x)
    ax.set_ylabel(y)


def explain(figure: Figure, columns: int, *more: Artist) -> None:
    """One legend below the axes for all that is labelled in them, each label once, and for `more`."""
    handles = {str(one.get_label()): one for ax in figure.axes for one in ax.get_legend_handles_labels()[0]}
    shown = [*handles.values(), *more]
    figure.legend(handles=shown, ncols=columns, loc="outside lower center", columnspacing=1.4, handletextpad=0.5)


def note(text: str) -> Line2D:
    """A legend's entry without a mark: a word that the figure uses, in full."""
    return Line2D([], [], color="none", label=text)


def sign(text: str, **how: Any) -> Line2D:
    """A legend's entry for a mark that no single series bears."""
    return Line2D([], [], **{"color": GREY, "linestyle": "none", **how}, label=text)


def hatched(text: str, hatch: str, colour: str = GREY) -> Patch:
    """A legend's entry for a hatched region."""
    return Patch(facecolor="none", edgecolor=colour, hatch=hatch, lw=0, label=text)


def intervals(ax: Axes, at: np.ndarray, low: np.ndarray, high: np.ndarray, across: bool = False, **how: Any) -> Line2D:
    """A bar from low to high at each place, [M] each, upright or `across`, as one line."""
    ends = np.stack([low, high, np.full(len(low), np.nan)], axis=1).ravel()
    places = np.repeat(np.asarray(at, float), 3)
    (line,) = ax.plot(*((ends, places) if across else (places, ends)), **how)
    return line


def ticks_at(axis: Axis, values: Sequence[float] | np.ndarray, names: Sequence[str] | None = None) -> None:
    """Ticks at `values` and nowhere else, named by their numbers."""
    axis.set_ticks(
        values, [f"{value:g}".replace("-", "\N{MINUS SIGN}") for value in values] if names is None else names
    )
    axis.set_ticks([], minor=True)


def ordered(count: int, of: str = ORDERED) -> list[tuple[float, float, float, float]]:
    """Colours of a rising parameter, from dark to light."""
    return [tuple(c) for c in matplotlib.colormaps[of](np.linspace(0, 0.78, count))]


def number(value: float, digits: int = 2) -> str:
    """A number as text: a minus sign that is one, and none before zero."""
    text = f"{float(value):.{digits}f}"
    return text.replace("-", "\N{MINUS SIGN}") if float(text) else text.removeprefix("-")


def small(value: float) -> str:
    """A small positive number to one digit: as a decimal, or with a power of ten where that would be long."""
    digit, power = f"{value:.0e}".split("e")
    return f"{value:.1g}" if value == 0 or int(power) >= -4 else rf"${digit}\cdot 10^{{{int(power)}}}$"


def listed(parts: Sequence[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def listed_numbers(values: Sequence[float] | np.ndarray, digits: int = 2) -> str:
    """'0.10, 0.20 and 0.30', or '0.00 throughout'."""
    texts = [number(value, digits) for value in values]
    return f"{texts[0]} throughout" if len(texts) > 1 and len(set(texts)) == 1 else listed(texts)


def ink(ax: Axes, value: float) -> str:
    """Black or white, whichever stands out more from the colour of `value` in the image of the axes."""
    red, green, blue, _ = ax.images[0].to_rgba(np.array(value))
    return "white" if 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2 < 0.18 else "black"
