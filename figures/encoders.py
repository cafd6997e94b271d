"""Figures of trained encoders on biased data: the four distance distributions (A15), bounds and optimum (A23)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from contrastive_claims.figures.debiased import LOOKS, NAMES
from contrastive_claims.figures.debiasing import SETS
from contrastive_claims.figures.style import BLACK, GREY, explain, intervals, label, new_figure, number, say, sign

DATA = ("training set", "unbiased test set")


def encoder_distances(
    methods: np.ndarray,
    rhos: np.ndarray,
    shown_rho: np.ndarray,
    mean: np.ndarray,
    shares: np.ndarray,
) -> Figure:
    """A15: mean squared distances in the four sets of pairs against rho, and their distributions under every method at one rho.

    mean [M, R, S, 2, 4] and shares [M, 2, 4, bins] of [0, 4] at `shown_rho`; axis of length 2: training set and
    unbiased test set; the sets in the order of SETS. The first method is the one without a penalty.
    """
    figure, axes = new_figure(columns=2, rows=2, height=6.6, height_ratios=(1, 1.5), sharey="row")
    place = int(np.argmin(np.abs(rhos - shown_rho)))
    base = mean[0].mean(axis=1)  # [R, 2, 4]
    rows = np.arange(len(methods))
    for d, data in enumerate(DATA):
        for k, (name, colour, marker, line) in enumerate(SETS):
            across, below = axes[d], axes[2 + d]
            across.plot(range(len(rhos)), base[:, d, k], f"{marker}{line}", color=colour, label=name)
            seeds = mean[0, :, :, d, k]
            across.plot(
                np.repeat(np.arange(len(rhos)) + 0.05, seeds.shape[1]), seeds.ravel(), ".", ms=2.5, color=colour
            )
            at = rows + 0.19 * (k - 1.5)
            ends = np.array([quantiles(shares[m, d, k], (0.1, 0.9)) for m in rows])
            intervals(below, at, *ends.T, across=True, color=colour, lw=1.6)
            below.plot(mean[:, place, :, d, k].mean(axis=1), at, marker, color=colour)
        axes[d].set_xticks(range(len(rhos)), [f"{rho:g}" for rho in rhos])
        axes[d].set_xlim(-0.3, len(rhos) - 0.7)
        label(axes[d], f"{NAMES[str(methods[0])]}, {data}", r"strength of the bias $\rho$", "")
        axes[2 + d].set_xlim(left=0)
        label(axes[2 + d], rf"Every method at $\rho = {shown_rho:g}$, {data}", "squared distance", "")
    axes[0].set_ylabel("mean squared distance")
    axes[2].set_yticks(rows, [NAMES[str(method)] for method in methods])
    axes[2].set_ylim(len(rows) - 0.5, -0.5)
    explain(figure, 4, sign("middle 80 % of the pairs", ls="-", lw=1.6), sign("seed", marker=".", ms=2.5))
    gaps = np.diff(base, axis=-1)  # [R, 2, 3]
    first = "$d^+_a < d^+_c$ and $d^-_a < d^-_c$ at every bias"
    if not (gaps[..., [0, 2]] > 0).all():
        first = "aligned pairs are not always the closer ones"
    turns = []
    for d in (0, 1):
        beyond = np.flatnonzero(gaps[:, d, 1] < 0)
        turns.append(rf"at $\rho \geq {rhos[beyond[0]]:g}$" if len(beyond) else "never")
    where = f"{turns[0]} on training data and {turns[1]} on unbiased test data"
    if turns[0] == turns[1]:
        where = f"{turns[0]}, on training and on unbiased test data"
    say(figure, f"Without a penalty {first}; on average $d^+_c$ exceeds $d^-_a$ {where}")
    return figure


def quantiles(shares: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    """Quantiles of a histogram over [0, 4], by linear interpolation within a bin."""
    return np.interp(levels, np.append(0, np.cumsum(shares)), np.linspace(0, 4, len(shares) + 1))


def bounds_and_optimum(
    methods: np.ndarray,
    rhos: np.ndarray,
    average: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    margin: np.ndarray,
    gap: np.ndarray,
    collapse: np.ndarray,
    optimum: np.ndarray,
) -> Figure:
    """A23: margins of real anchors within the interval that their loss guarantees, mean margins beside the optimum's, and
    how far encoders are from the optimum in loss and in collapse.

    average, low, high [M, 2, A] of one encoder of each method (mean margin; interval; logits); margin, gap [M, R, S, 2] of
    every encoder; collapse [M, R, S, 2, 4] with NC1 first; optimum: margin of the simplex, in logits.
    """
    figure, axes = new_figure(columns=2, rows=2, height=5.8)
    for d, (ax, data) in enumerate(zip(axes, DATA, strict=False)):
        order = np.argsort(average[0, d])
        rank = np.arange(len(order))
        intervals(ax, rank, low[0, d][order], high[0, d][order], color="#BDBDBD", lw=0.9)
        ax.plot(rank, average[0, d][order], color=BLACK)
        ax.axhline(float(optimum), color=GREY, lw=1, ls="--")
        label(ax, f"{NAMES[str(methods[0])]}, {data}", "anchors, by margin", "mean margin (logits)")
    bottom, top = min(low[0].min(), average[0].min()), max(high[0].max(), float(optimum))
    for ax in axes[:2]:
        ax.set_ylim(bottom - 1, top + 1)
    for m, method in enumerate(methods):
        at = np.arange(len(rhos)) + 0.12 * (m - (len(methods) - 1) / 2)
        colour, marker = LOOKS[str(method)]
        for d in (0, 1):
            how = {
                "ls": "none",
                "marker": marker,
                "ms": 3.5,
                "color": colour,
                "mfc": colour if d else "none",
                "mew": 0.8,
            }
            axes[2].plot(np.repeat(at, margin.shape[2]), margin[m, :, :, d].ravel(), **how)
            axes[3].plot(
                collapse[m, :, :, d, 0].ravel(), gap[m, :, :, d].ravel(), **how, label=NAMES[str(method)] if d else None
            )
    axes[2].axhline(float(optimum), color=GREY, lw=1, ls="--")
    axes[2].set_xticks(range(len(rhos)), [f"{rho:g}" for rho in rhos])
    label(axes[2], "All encoders", r"strength of the bias $\rho$", "mean margin (logits)")
    axes[3].set_xscale("log")
    axes[3].set_yscale("log")
    label(
        axes[3], "Distance from the optimum", "NC1 (within- over between-class spread)", "loss above the optimum (nats)"
    )
    signs = (
        sign("interval from the loss", color="#BDBDBD", ls="-", lw=0.9),
        sign("mean margin of an anchor", color=BLACK, ls="-"),
        sign("margin of the optimum (A12)", ls="--", lw=1),
        sign("hollow: training set", marker="h", mfc="none"),
        sign("filled: unbiased test set", marker="h"),
    )
    explain(figure, 4, *signs)
    inside = (average >= low - 1e-6) & (average <= high + 1e-6)
    count = f"All {inside.size:,}" if inside.all() else f"Only {inside.sum():,} of {inside.size:,}"
    least = gap.min()
    below = f"no encoder's loss is below the optimum's (nearest: {number(least, 3)} nats above)"
    if least < 0:
        below = f"a loss lies {number(-least, 3)} nats below the optimum's"
    say(figure, f"{count} anchors tried lie within the bounds that their loss gives, and {below}")
    return figure
