"""Figures of trained encoders on biased data: the four distance distributions (A15), bounds and optimum (A23)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from contrastive_claims.figures.debiasing import SETS
from contrastive_claims.figures.methods import LOOKS, NAMES, said_of
from contrastive_claims.figures.style import (
    BLACK,
    GREY,
    explain,
    intervals,
    label,
    listed,
    new_figure,
    number,
    say,
    sign,
)

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
    seeds = mean.shape[2]
    seed = sign(f"a seed (of {seeds}; lines, marks: means)", marker=".", ms=2.5)
    explain(figure, 3, sign("middle 80 % of the pairs", ls="-", lw=1.6), seed)
    gaps = np.diff(base, axis=-1)  # [R, 2, 3]
    first = "pairs of one bias lie closer than pairs of two, within a class and across, at every bias"
    if not (gaps[..., [0, 2]] > 0).all():
        first = "pairs of one bias are not always the closer ones"
    turns = []
    for d in (0, 1):
        beyond = np.flatnonzero(gaps[:, d, 1] < 0)
        turns.append(rf"at $\rho \geq {rhos[beyond[0]]:g}$" if len(beyond) else "never")
    where = f"{turns[0]} on training data and {turns[1]} on unbiased test data"
    if turns[0] == turns[1]:
        where = turns[0]
    turned = (np.diff(mean[:, place, :, 0].mean(axis=1), axis=-1)[:, [0, 2]] < 0).all(
        axis=1
    )  # [M], on the training set
    last = ""
    if turned[1:].any():
        names = [said_of(method).replace("The ", "the ") for method, one in zip(methods, turned, strict=True) if one]
        last = rf"; with {listed(names)} pairs of two biases lie closer on training data ($\rho = {shown_rho:g}$)"
    say(figure, f"Without a penalty {first}; $d^+_c$ exceeds $d^-_a$ {where}{last}")
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
    figure, axes = new_figure(columns=2, rows=2, height=6.2)
    where = (average - low) / (high - low)  # in its interval: 0 at the lower end, 1 at the upper
    for d, (ax, data) in enumerate(zip(axes, DATA, strict=False)):
        for end in (0, 1):
            ax.axhline(end, color=BLACK, lw=0.8)
        for method, row, line in zip(methods, where[:, d], ("-", "--", "-.", ":", "-", "--"), strict=False):
            colour, marker = LOOKS[str(method)]
            how = {"ms": 3.5, "mfc": colour if d else "none", "mew": 0.8, "markevery": 0.2, "lw": 1}
            ax.plot(
                np.linspace(0, 1, len(row)), np.sort(row), line, marker=marker, color=colour,
                label=NAMES[str(method)] if d else None, **how,
            )  # fmt: skip
        ax.set_yticks([0, 0.5, 1], ["lower end", "middle", "upper end"])
        ax.set_ylim(-0.06, 1.06)
        label(ax, f"{where.shape[2]} anchors of each method, {data}", "part of the anchors that lie lower", "")
    axes[0].set_ylabel("where in its interval the margin lies")
    for m, method in enumerate(methods):
        at = np.arange(len(rhos)) + 0.12 * (m - (len(methods) - 1) / 2)
        colour, marker = LOOKS[str(method)]
        for d in (0, 1):
            how = {
                "ls": "none",
                "marker": marker,
                "ms": 5.5 - 0.5 * m if marker != "*" else 6,
                "color": colour,
                "mfc": colour if d else "none",
                "mew": 0.8,
            }
            axes[2].plot(np.repeat(at, margin.shape[2]), margin[m, :, :, d].ravel(), **how)
            axes[3].plot(collapse[m, :, :, d, 0].ravel(), gap[m, :, :, d].ravel(), **how)
    axes[2].axhline(float(optimum), color=GREY, lw=1, ls="--")
    axes[2].set_xticks(range(len(rhos)), [f"{rho:g}" for rho in rhos])
    label(axes[2], f"All encoders, {margin.shape[2]} seeds", r"strength of the bias $\rho$", "mean margin (logits)")
    axes[3].set_xscale("log")
    axes[3].set_yscale("log")
    label(axes[3], "All encoders", "spread within over between classes (NC1)", "loss above the optimum (nats)")
    signs = (
        sign("margin of the optimum (A12)", ls="--", lw=1),
        sign("hollow: training set", marker="h", mfc="none"),
        sign("filled: unbiased test set", marker="h"),
    )
    explain(figure, 3, *signs)
    inside = (average >= low - 1e-6) & (average <= high + 1e-6)
    count = f"All {inside.size:,}" if inside.all() else f"Only {inside.sum():,} of {inside.size:,}"
    least = gap.min()
    below = f"no encoder's loss is below the optimum's (nearest: {number(least, 3)} nats above)"
    if least < 0:
        below = f"a loss lies {number(-least, 3)} nats below the optimum's"
    say(figure, f"{count} anchors tried lie within the bounds that their loss gives, and {below}")
    return figure
