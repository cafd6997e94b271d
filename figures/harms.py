"""Figures of the harms of representations (paper B)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from figures.style import BLUE, GREY, ORANGE, RED, label, new_figure


def harm_rows(classes: np.ndarray, neighbours: np.ndarray, rows: np.ndarray, cosines: np.ndarray) -> Figure:
    """B9: RH of each undersampled class towards every other, per paired seed (dots) and on average (bars).

    classes, neighbours [R]; rows [R, S, K] with NaN at the class itself; cosines [R, K]: the balanced class cosines that
    declared the neighbours. Classes stand from the declared neighbour to the farthest; below 1 is harm.
    """
    figure, axes = new_figure(columns=len(classes), width=4.6, height=3.4)
    low, high = np.nanmin(rows), np.nanmax(rows)
    margin = 0.08 * (high - low)
    for ax, own, neighbour, row, cosine in zip(axes, classes, neighbours, rows, cosines, strict=True):
        order = [k for k in np.argsort(-cosine) if k != own]
        for place, k in enumerate(order):
            colour = RED if k == neighbour else BLUE
            spread = np.linspace(-0.18, 0.18, len(row))
            ax.plot(place + spread, row[:, k], "o", ms=3.5, color=colour, alpha=0.55, mec="none")
            ax.plot([place - 0.32, place + 0.32], [row[:, k].mean()] * 2, color=colour, lw=2.5, solid_capstyle="butt")
        rest = [k for k in order if k != neighbour]
        ax.axhline(row[:, rest].mean(), color=ORANGE, lw=1, ls="--")
        # outside, on the right: inside, the text would lie on somebody's dots
        ax.text(len(order) - 0.35, row[:, rest].mean(), "mean of\nthe rest", fontsize=7, va="center")
        ax.axhline(1, color=GREY, lw=0.8)
        ax.set_xlim(-0.6, len(order) - 0.4)
        ax.set_ylim(min(low, 1) - margin, max(high, 1) + margin)
        ax.set_xticks(range(len(order)), [f"{k}\n{cosine[k]:.2f}" for k in order])
        ax.get_xticklabels()[order.index(neighbour)].set_color(RED)
        label(ax, f"{own} undersampled, declared neighbour {neighbour}", "class, and its cosine when balanced", "")
    axes[0].set_ylabel("representation harm RH (below 1: closer)")
    return figure
