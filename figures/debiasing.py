"""Figures of paper A's biased data: margins against eps (A14), and the four distances (A15)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from contrastive_claims.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    INTERVAL,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    explain,
    intervals,
    label,
    new_figure,
    number,
    say,
    sign,
)

MEASURES = (  # name, colour, marker, filled
    ("training, worst", BLUE, "o", True),
    ("training, mean", SKY, "o", False),
    ("new samples, worst", RED, "s", True),
    ("new samples, mean", ORANGE, "s", False),
)
SETS = (  # pairs, positives and negatives, bias-aligned and bias-conflicting: name, colour, marker, line
    ("$d^+_a$: one class, one bias", BLUE, "o", "-"),
    ("$d^+_c$: one class, two biases", SKY, "s", "--"),
    ("$d^-_a$: two classes, one bias", RED, "^", "-."),
    ("$d^-_c$: two classes, two biases", ORANGE, "v", ":"),
)
EPSILON = r"$\varepsilon$ (logits)"
ASKED = {"color": BLACK, "lw": 0.9, "ls": "--"}


def margins_by_epsilon(
    temperatures: np.ndarray,
    rhos: np.ndarray,
    epsilons: np.ndarray,
    margins: np.ndarray,
    difference: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    free_epsilons: np.ndarray,
    free_margins: np.ndarray,
    graph_epsilons: np.ndarray,
    graph_ties: np.ndarray,
    graph_margins: np.ndarray,
) -> Figure:
    """A14: worst margins of certified optima against eps; above, what eps adds in trained encoders, with 95 % intervals.

    margins [T, R, E, seeds, 4] (cosine); difference, low, high [T, R, E - 1, 4]: paired differences to eps = 0 (cosine), in the
    order of MEASURES; free_margins [F] in logits; graph_ties [C, 2] (same bias, same class); graph_margins [C, G] in cosines.
    """
    figure, axes = new_figure(columns=2, rows=2, height=5.8)
    edge = 0.08 * (high.max() - low.min())
    for ax, temperature, *values, level in zip(axes[:2], temperatures, difference, low, high, margins, strict=True):
        _differences(ax, rhos, epsilons, *values)
        ax.set_ylim(low.min() - edge, high.max() + 2 * edge)
        _asked(ax, epsilons[1:] * temperature, len(rhos))
        start = level[:, 0].mean(axis=(0, 1))
        worst = rf"worst at $\varepsilon = 0$: {number(start[0])} training, {number(start[2])} new samples"
        label(
            ax, rf"Encoders, $\tau = {temperature:g}$" f"\n{worst}", r"above $\rho$, below $\varepsilon$ (logits)", ""
        )
    axes[0].set_ylabel(r"change from $\varepsilon = 0$ (cosine)")
    axes[2].plot(free_epsilons, free_margins, "P-", color=BLACK, label="optimum without an encoder")
    axes[2].axhline(0, color=GREY, lw=0.8)
    label(axes[2], "Certified optimum, no encoder, classes of 2, 2, 20", EPSILON, "worst margin (logits)")
    for (bias, same), row, colour, marker, line in zip(
        graph_ties, graph_margins, (GREEN, PURPLE, GREY), "^vX", ("-", "--", "-."), strict=False
    ):
        name = f"graph: bias connects {bias:g}, class {same:g}"
        axes[3].plot(graph_epsilons, row, f"{marker}{line}", color=colour, label=name)
    axes[3].axhline(0, color=GREY, lw=0.8)
    label(axes[3], "Certified optima, biased block graph", EPSILON, "worst margin (cosine)")
    marks = [
        sign(name, color=colour, marker=marker, mfc=colour if filled else "white", ls="-", lw=1.2)
        for name, colour, marker, filled in MEASURES
    ]
    asked = sign("$\\varepsilon\\tau$, asked for (\N{UPWARDS ARROW}: above the axis)", **ASKED)
    explain(figure, 3, *marks, asked, sign(INTERVAL, ls="-", lw=1.2))
    widened, fresh = (low[..., 0] > 0).sum(), (low[..., 2] > 0).sum()
    fallen = int((high[..., 3] < 0).sum())
    falls = free_margins.min() < free_margins[0] - 1e-6
    narrows = falls or (graph_margins.min(axis=1) < graph_margins[:, 0] - 1e-6).any()
    counts = [f"{count or 'none'} of {low[..., 0].size}" for count in (widened, fresh)]
    say(
        figure,
        rf"A larger $\varepsilon$ widens the worst margin on the training data in {counts[0]} settings, on new samples in "
        f"{counts[1]} (their mean margin falls in {fallen})"
        + ("; at certified optima it can also narrow it" if narrows else ""),
    )
    return figure


def _differences(
    ax: Axes,
    rhos: np.ndarray,
    epsilons: np.ndarray,
    difference: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
) -> None:
    """Groups of (rho, eps) along x, the four measures in each."""
    places = np.arange(difference.shape[0] * difference.shape[1])
    for k, (_, colour, marker, filled) in enumerate(MEASURES):
        at = places + 0.18 * (k - 1.5)
        intervals(ax, at, low[..., k].ravel(), high[..., k].ravel(), color=colour, lw=1.2)
        ax.plot(at, difference[..., k].ravel(), marker, ms=3.5, color=colour, mfc=colour if filled else "white")
    ax.axhline(0, color=GREY, lw=0.8)
    ax.set_xticks(places, [f"{rho:g}\n{epsilon:g}" for rho in rhos for epsilon in epsilons[1:]])


def _asked(ax: Axes, margins: np.ndarray, groups: int) -> None:
    """A dashed mark at the margin that is asked for, in every group; its number at the top where the axis ends below it."""
    top = ax.get_ylim()[1]
    for place, margin in enumerate(np.tile(margins, groups)):
        if margin > top:
            ax.text(place, top, f"\N{UPWARDS ARROW}{margin:g}", ha="center", va="top", fontsize=7.5)
        else:
            intervals(ax, np.array([margin]), np.array([place - 0.4]), np.array([place + 0.4]), across=True, **ASKED)


def distance_ordering(
    rhos: np.ndarray, distances: np.ndarray, supcon: np.ndarray, stronger_class: np.ndarray, stronger_bias: np.ndarray
) -> Figure:
    """A15: the four mean squared distances of trained encoders against rho, and of certified optima.

    distances [2 losses, R, training | fresh, seeds, 4]; supcon, stronger_class, stronger_bias [cases, 4]: certified optima of
    SupCon over free embeddings, and of biased graphs whose class, or bias, ties more strongly. Order of SETS.
    """
    figure, axes = new_figure(columns=3, height=3.6, width_ratios=(1.5, 1, 0.9))
    ticks, place = [], 0
    for loss, of_loss in zip(("SupCon", "$\\varepsilon$-Sup-\nInfoNCE"), distances, strict=True):
        for d, data in enumerate(("training", "new")):
            for rho, of_rho in zip(rhos, of_loss[:, d], strict=True):
                for k, (_, colour, marker, _) in enumerate(SETS):
                    at = place + 0.16 * (k - 1.5)
                    axes[0].plot(np.full(len(of_rho), at), of_rho[:, k], ".", ms=2.5, color=colour)
                    axes[0].plot(at, of_rho[:, k].mean(), marker, ms=5, color=colour, mfc="none")
                ticks.append(f"{data}\n{loss}" + (f"\n{rho:g}" if len(rhos) > 1 else ""))
                place += 1
    axes[0].set_xticks(range(place), ticks)
    axes[0].set_ylim(bottom=0)
    label(axes[0], rf"Encoders, $\rho$ = {', '.join(f'{rho:g}' for rho in rhos)}", "", "mean squared distance")
    for rows, colour, marker, name in (
        (stronger_class, GREEN, "P", "graph: class connects more"),
        (stronger_bias, PURPLE, "X", "graph: bias connects more"),
    ):
        axes[1].plot(rows[:, 1], rows[:, 2], marker, color=colour, label=name)
    end = 1.05 * max(stronger_class[:, 1:3].max(), stronger_bias[:, 1:3].max())
    axes[1].plot([0, end], [0, end], color=GREY, lw=0.8, label=r"$d^-_a = d^+_c$")
    label(axes[1], "Certified optima, graphs", "$d^+_c$ (one class)", "$d^-_a$ (one bias)")
    for k, (_, colour, marker, _) in enumerate(SETS):
        at = np.arange(len(supcon)) + 0.16 * (k - 1.5)
        axes[2].plot(at, supcon[:, k], marker, ms=5, mfc="none", color=colour)
    axes[2].set_xticks(range(len(supcon)), [f"{k + 1}" for k in range(len(supcon))])
    axes[2].set_ylim(-0.2, 1.1 * supcon.max())
    label(axes[2], "SupCon, no encoder", "class sizes, three cases", "mean squared distance")
    signs = [sign(name, color=colour, marker=marker, ms=5, mfc="none") for name, colour, marker, _ in SETS]
    explain(figure, 3, *signs, sign(f"a seed (of {distances.shape[3]})", marker=".", ms=2.5))
    gaps = np.diff(distances.mean(axis=3), axis=-1)  # [losses, R, data, 3]
    middle = gaps[..., 1]
    text = "pairs of one bias lie closer than pairs of two, within a class and across"
    if not (gaps[..., [0, 2]] > 0).all():
        text = "pairs of one bias do not always lie closer than pairs of two"
    sides = [
        "above" if (part > 0).all() else "below" if (part < 0).all() else "now above, now below"
        for part in (middle[:, :, 0], middle[:, :, 1])
    ]
    where = (
        f"{sides[0]} $d^+_c$ on training data, {sides[1]} it on new data"
        if sides[0] != sides[1]
        else f"{sides[0]} $d^+_c$"
    )
    say(figure, f"In trained encoders {text}; $d^-_a$ lies {where}{_of_graphs(stronger_class, stronger_bias)}")
    return figure


def _of_graphs(stronger_class: np.ndarray, stronger_bias: np.ndarray) -> str:
    """What the optima on graphs say, if they all do: that the pairs lie closer which what they share connects more."""
    if (stronger_class[:, 2] > stronger_class[:, 1]).all() and (stronger_bias[:, 2] < stronger_bias[:, 1]).all():
        return "; on graphs it lies above where class connects more, below where bias does"
    return ""
