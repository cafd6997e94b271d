"""Figures of trained encoders on biased data: the four distance distributions (A15), bounds and optimum (A23)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.debiased import COLOURS, NAMES
from figures.debiasing import SETS
from figures.style import BLUE, GREY, RED, label, new_figure

DATA = ("training set", "unbiased test set")


def encoder_distances(
    methods: np.ndarray,
    rhos: np.ndarray,
    shown_rho: np.ndarray,
    mean: np.ndarray,
    shares: np.ndarray,
) -> Figure:
    """A15: distributions of the squared distances in the four sets of pairs, before and after debiasing, and their means.

    mean [M, R, S, 2, 4] and shares [M, 2, 4, bins] of [0, 4] at `shown_rho`; axis of length 2: training set and
    unbiased test set; the sets in the order of SETS. The first method is the one without a penalty.
    """
    figure, axes = new_figure(columns=len(methods) + 1, rows=2, width=2.6, height=2.6)
    bins = shares.shape[-1]
    centres = (np.arange(bins) + 0.5) * 4 / bins
    top = 1.05 * np.sqrt(shares * bins / 4).max()
    place = int(np.argmin(np.abs(rhos - shown_rho)))
    for d, data in enumerate(DATA):
        row = axes[d * (len(methods) + 1) :]
        for m, (ax, method) in enumerate(zip(row, methods, strict=False)):
            for k, (name, colour) in enumerate(SETS):
                # a square root, since one set is a spike and its neighbours would vanish beside it
                ax.plot(centres, np.sqrt(shares[m, d, k] * bins / 4), color=colour, lw=1.2, label=name)
                average = mean[m, place, :, d, k].mean()
                ax.plot(average, -0.03 * top, "^", ms=5, color=colour, clip_on=False)
            ax.set_ylim(0, top)
            ax.set_xlim(0, 4)
            label(
                ax, NAMES[str(method)] if d == 0 else "", "squared distance" if d else "", "" if m else "root density"
            )
            if m == 0:
                ax.text(
                    0.98, 0.95, f"{data}\nrho {shown_rho:g}", transform=ax.transAxes, ha="right", va="top", fontsize=7
                )
        _means(row[len(methods)], methods, rhos, mean[:, :, :, d].mean(axis=2))
    axes[1].legend(frameon=False, fontsize=6, loc="upper right")
    label(axes[len(methods)], f"Means (dashed: {NAMES[str(methods[-1])].removeprefix('+ ')})", "", "")
    label(axes[-1], "", "rho", "")
    return figure


def _means(ax: Axes, methods: np.ndarray, rhos: np.ndarray, mean: np.ndarray) -> None:
    """Mean distances [M, R, 4] against rho: of the first method, and dashed of the last."""
    for k, (_, colour) in enumerate(SETS):
        ax.plot(range(len(rhos)), mean[0, :, k], "o-", ms=4, color=colour, lw=1)
        ax.plot(range(len(rhos)), mean[-1, :, k], "o--", ms=4, mfc="none", color=colour, lw=1)
    ax.set_xticks(range(len(rhos)), [f"{rho:g}" for rho in rhos])
    ax.set_ylim(0, 1.05 * mean.max())


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
    figure, axes = new_figure(columns=4, width=3.8, height=3.4)
    for d, (ax, data) in enumerate(zip(axes, DATA, strict=False)):
        order = np.argsort(average[0, d])
        rank = np.arange(len(order))
        ax.vlines(rank, low[0, d][order], high[0, d][order], color=BLUE, alpha=0.3, lw=1, label="from the loss")
        ax.plot(rank, average[0, d][order], ".", ms=3, color=RED, label="mean margin")
        ax.axhline(float(optimum), color=GREY, lw=1, ls="--", label="optimum (A12)")
        label(ax, f"{NAMES[str(methods[0])]}, {data}", "anchors, by margin", "margin (logits)")
    bottom, top = min(low[0].min(), average[0].min()), max(high[0].max(), float(optimum))
    for ax in axes[:2]:
        ax.set_ylim(bottom - 1, top + 1)
    axes[0].legend(frameon=False, fontsize=7, loc="lower right")
    for m, method in enumerate(methods):
        at = np.arange(len(rhos)) + 0.12 * (m - (len(methods) - 1) / 2)
        colour = COLOURS[str(method)]
        for d in (0, 1):
            face = colour if d else "none"
            places = np.repeat(at, margin.shape[2])
            axes[2].plot(places, margin[m, :, :, d].ravel(), "o", ms=4, color=colour, mfc=face)
            nc1 = collapse[m, :, :, d, 0].ravel()
            text = NAMES[str(method)] if d else None
            axes[3].plot(nc1, gap[m, :, :, d].ravel(), "o", ms=4, color=colour, label=text, mfc=face)
    axes[2].axhline(float(optimum), color=GREY, lw=1, ls="--")
    axes[2].set_xticks(range(len(rhos)), [f"{rho:g}" for rho in rhos])
    label(axes[2], "All encoders (hollow: training)", "rho", "mean margin (logits)")
    axes[3].set_xscale("log")
    axes[3].set_yscale("log")
    axes[3].legend(frameon=False, fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5))
    label(axes[3], "Distance from the optimum", "NC1", "loss above the optimum (nats)")
    return figure
