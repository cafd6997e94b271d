"""Figures of moving towards a class beside merging with it (B30), and of what measures of harm foretell (B34)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from scipy import stats

from contrastive_claims.figures.matrices import arrow
from contrastive_claims.figures.style import (
    BLUE,
    GREY,
    INTERVAL,
    RED,
    explain,
    intervals,
    label,
    new_figure,
    number,
    say,
    sign,
)


def moves_and_mergers(names: np.ndarray, seen: np.ndarray, pairs: np.ndarray, fresh: np.ndarray) -> Figure:
    """B30: RH of an undersampled class towards its neighbour, and how much of their separation is kept, a row for each class.

    names [K], seen [2, K]: RH and what is kept, where this was first seen; pairs [P], fresh [2, P, 3] (value, low, high): on
    seeds of their own, drawn above.
    """
    figure, (ax,) = new_figure(height=4.6)
    order = np.argsort(seen[0])
    top, rows = np.arange(len(pairs)), len(pairs) + 1.3 + np.arange(len(names))
    for values, places in ((fresh[:, :, 0], top), (seen[:, order], rows)):
        intervals(ax, places, *values, across=True, color=GREY, lw=0.7, ls=":")
    for height, text in (
        (top[0] - 0.75, "seeds of its own:"),
        (rows[0] - 0.75, "B9's seeds, where it was first seen:"),
    ):
        ax.text(0.02, height, text, va="center", fontsize=7.5)
    looks = ((BLUE, "o", "RH, representation harm"), (RED, "s", "separation of the two classes"))
    for part, (colour, marker, name) in enumerate(looks):
        value, low, high = fresh[part].T
        intervals(ax, top, low, high, across=True, color=colour, lw=1.5)
        ax.plot(value, top, marker, ms=5, color=colour, label=name)
        ax.plot(seen[part, order], rows, marker, ms=4, color=colour, mfc="white")
    ax.axvline(1, color=GREY, lw=0.8)
    ax.set_yticks([*top, *rows], [arrow(name) for name in (*pairs, *names[order])])
    ax.set_ylim(rows[-1] + 0.5, -1.2)
    ax.set_xlim(0, max(1.05, 1.02 * fresh[..., 2].max()))
    label(ax, "Undersampled class and its neighbour", "as a part of that in balanced encoders", "")
    signs = (
        sign(INTERVAL, ls="-", lw=1.5),
        sign("the two of a class (hollow: first seen)", marker="o", mfc="white", ls=":", lw=0.7),
    )
    explain(figure, 1, *signs)
    most, least = np.argmax(fresh[1, :, 0]), np.argmin(fresh[1, :, 0])
    says = [f"{arrow(pairs[k])} keeps {number(fresh[1, k, 0])} (RH {number(fresh[0, k, 0])})" for k in (most, least)]
    differs = fresh[1, most, 1] > fresh[1, least, 2]
    say(
        figure, f"{'A move need not be a merger' if differs else 'Not told apart'}: of its separation {', '.join(says)}"
    )
    return figure


def measures_of_harm(
    names: np.ndarray, measures: np.ndarray, values: np.ndarray, accuracy: np.ndarray, lost: np.ndarray
) -> Figure:
    """B34: what a balanced head makes of each undersampled class, against the least entry of its row by each measure.

    names [K]; measures [M]; values [M, S, K]; accuracy, lost [S, K]: the head's accuracy on the class, and how much less that is
    than on the balanced encoder. Means over seeds.
    """
    figure, axes = new_figure(columns=len(measures), rows=2, height=4.4, sharey="row")
    ranks = {}
    for m, measure in enumerate(measures):
        least, name = values[m].mean(axis=0), str(measure).replace("_", " ")
        for row, outcome, colour in ((0, accuracy, BLUE), (1, -lost, RED)):
            ax, mean = axes[row * len(measures) + m], outcome.mean(axis=0)
            ranks[row, name] = float(np.corrcoef(stats.rankdata(least), stats.rankdata(mean))[0, 1])
            ax.plot(least, mean, "o", ms=4, color=colour)
            label(ax, f"rank correlation {number(ranks[row, name])}", f"least {name}", "")
    axes[0].set_ylabel("accuracy, balanced head")
    axes[len(measures)].set_ylabel("its change")
    told = ", ".join(f"{name} ({number(value)})" for (row, name), value in ranks.items() if row == 0)
    say(figure, f"Of {len(names)} undersampled classes, accuracy under a balanced head follows by rank: {told}")
    return figure
