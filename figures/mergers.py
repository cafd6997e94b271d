"""Figure of moving towards a class beside merging with it (B30)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from figures.style import BLUE, GREY, RED, label, new_figure


def moves_and_mergers(names: np.ndarray, seen: np.ndarray, pairs: np.ndarray, fresh: np.ndarray) -> Figure:
    """B30: RH of an undersampled class towards its neighbour, against how much of their separation is kept.

    names [K], seen [2, K]: RH and what is kept, where this was first seen; pairs [P], fresh [2, P, 3] (value, low, high): on
    seeds of their own.
    """
    figure, (ax,) = new_figure(columns=1, width=6.4, height=4.6)
    ax.axhline(1, color=GREY, lw=0.8)
    ax.axvline(1, color=GREY, lw=0.8)
    ax.plot(*seen, "o", ms=4, color=BLUE, label="B9's seeds, all ten classes")
    for name, x, y in zip(names, *seen, strict=True):
        ax.annotate(str(name), (x, y), xytext=(5, 3), textcoords="offset points", fontsize=7, color=BLUE)
    (x, *across), (y, *up) = (np.moveaxis(part, -1, 0) for part in fresh)
    ax.hlines(y, *across, color=RED, lw=1.4)
    ax.vlines(x, *up, color=RED, lw=1.4)
    ax.plot(x, y, "s", ms=5, color=RED, label="fresh seeds, 95 % intervals")
    for name, place in zip(pairs, zip(x, y, strict=True), strict=True):
        ax.annotate(str(name), place, xytext=(-5, 4), textcoords="offset points", fontsize=7, color=RED, ha="right")
    ax.set_ylim(bottom=0)
    ax.legend(frameon=False, fontsize=8, loc="lower right")
    label(ax, "A move towards a class need not be a merger", "RH (below 1: closer)", "separation kept (0: merged)")
    return figure
