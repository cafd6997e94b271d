"""Figure of the phase diagrams: where a minority merges, where it stays apart, where a block spreads (B26)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from contrastive_claims.figures.closed_forms import (
    collapse_threshold,
    many_majorities_threshold,
    merging_ratio,
    spreading_own,
)
from contrastive_claims.figures.phases import MERGED
from contrastive_claims.figures.style import BLACK, ORDERED, RED, explain, label, new_figure, say, sign

COLOURS = np.linspace(-0.7, 1, 18)


def phase_diagrams(
    ratios: np.ndarray,
    shares: np.ndarray,
    by_share: np.ndarray,
    temperatures: np.ndarray,
    by_temperature: np.ndarray,
    thresholds: np.ndarray,
    withins: np.ndarray,
    alphas: np.ndarray,
    unequal: np.ndarray,
    inner: np.ndarray,
    by_inner: np.ndarray,
    blocks: np.ndarray,
    by_blocks: np.ndarray,
) -> Figure:
    """B26: cosine of the minority with its majority (colour; white: merged), the closed boundaries of merging (lines), the
    certified optima on either side of them, and where a block spreads.

    by_share [S, R, 2], by_temperature [T, R, 2], by_inner [P, R, 2] hold (cosine, largest multiplier); unequal [2, W, A],
    by_blocks [K, R] cosines; thresholds [T] is B5's.
    """
    figure, axes = new_figure(columns=3, rows=2, height=5.6)
    ratio, share = r"$\alpha/p$", r"share $\pi_1$"
    fine_shares = np.geomspace(shares.min(), shares.max(), 200)
    fine_taus = np.linspace(temperatures.min(), temperatures.max(), 200)
    fine_inner = np.linspace(inner.min(), inner.max(), 200)
    fine_withins = np.linspace(withins.min(), withins.max(), 200)
    levels = [many_majorities_threshold(int(k) - 1, 0.5) for k in blocks]
    panels = (
        (
            ratios, shares, by_share, merging_ratio(fine_shares), fine_shares, "Share of the minority\n" r"$\tau = 1$", ratio,
            share,
        ),
        (
            ratios, temperatures, by_temperature, collapse_threshold(fine_taus), fine_taus,
            "Temperature\n" r"$\pi_1 = 10^{-5}$", ratio, r"temperature $\tau$",
        ),
        (
            ratios, inner, by_inner, merging_ratio(0.02, own=fine_inner), fine_inner,
            "Its inner connection\n" r"$\pi_1 = 0.02$, $\tau = 1$", ratio, r"$p_{11}/p$ of the minority",
        ),
        (
            alphas, withins, unequal[0], fine_withins * merging_ratio(0.05, 0.3), fine_withins,
            "Beside a majority of 30 %\n" r"$\pi_1 = 0.05$, $\tau = 1$", r"$\alpha$", "$p$",
        ),
        (
            alphas, withins, unequal[1], fine_withins * merging_ratio(0.05, 0.7), fine_withins,
            "Beside a majority of 70 %\n" r"$\pi_1 = 0.05$, $\tau = 1$", r"$\alpha$", "$p$",
        ),
        (
            ratios, blocks, by_blocks, np.repeat(levels, 2), np.repeat(blocks, 2) + np.tile([-0.5, 0.5], len(blocks)),
            "More majorities\n" r"$\pi_1 = 10^{-4}$, $\tau = 0.5$", ratio, "blocks $K$",
        ),
    )  # fmt: skip
    right = compared = 0
    for ax, (x, y, values, boundary, up, title, across, name) in zip(axes, panels, strict=True):
        cosine = values[..., 0] if values.ndim == 3 else values
        if up[-1] > y[-1]:  # whole numbers: a row each
            image = ax.pcolormesh(x, y, cosine, cmap=ORDERED, vmin=COLOURS[0], vmax=1, shading="nearest")
        else:
            image = ax.contourf(x, y, cosine, COLOURS, cmap=ORDERED)
        image.set_rasterized(True)
        end = min(x[-1], 1.2 * boundary.max())
        beyond = np.maximum(boundary, 2 * x[-1])  # past the edge, which cuts it: no rim of colour is left there
        ax.fill_betweenx(up, boundary, beyond, color="white", lw=1)
        ax.plot(boundary, up, color=RED, lw=1.4)
        merged = 1 - cosine < MERGED
        _brackets(ax, x, y, merged)
        if values.ndim == 3:
            spread = np.argwhere(values[..., 1] > 1e-9)
            ax.plot(x[spread[:, 1]], y[spread[:, 0]], "x", ms=2.5, mew=0.7, color=BLACK)
        # of the minority's own connection the boundary's neighbourhood, where the kinds of optima lie close together
        ax.set_xlim(0.6 * boundary.min() if values is by_inner else x[0], end)
        ax.set_ylim(up[0], up[-1])
        label(ax, title, across, name)
        edges = thresholds if values is by_temperature else np.interp(y, up, boundary)
        past = x - edges[:, None]
        clear = np.abs(past) > 0.01  # as the check leaves out what is nearer
        right += int(((merged == (past > 0)) & clear).sum())
        compared += int(clear.sum())
    axes[0].set_yscale("log")
    fine = np.linspace(ratios[0], ratios[-1], 400)
    own = spreading_own(fine, 0.02)
    shown = (own > 0) & (fine >= merging_ratio(0.02, own=np.maximum(own, 0)))
    axes[2].plot(fine[shown], own[shown], color=BLACK, lw=1, ls="--")
    figure.colorbar(image, ax=axes, shrink=0.6, label=r"$\cos(h_1, h_2)$ (white: merged)", ticks=[-0.5, 0, 0.5, 1])
    explain(
        figure,
        3,
        sign("boundary of merging (closed form)", color=RED, ls="-", lw=1.4),
        sign("last optimum apart, on a line across", marker="o", ms=2.6, mfc="none", mew=0.6, color=BLACK),
        sign("first optimum merged", marker="o", ms=2.6, color=BLACK),
        sign("optimum whose minority spreads", marker="x", ms=3, mew=0.7, color=BLACK),
        sign("boundary of spreading once merged (B24)", ls="--", lw=1, color=BLACK),
    )
    where = f"all {compared:,}" if right == compared else f"{right:,} of {compared:,}"
    say(
        figure,
        f"A minority merges with the block it is tied to just beyond the closed-form boundary: so at {where} certified optima "
        "that are compared (drawn: the two nearest it on every line across)",
    )
    return figure


def _brackets(ax: Axes, x: np.ndarray, y: np.ndarray, merged: np.ndarray) -> None:
    """In every row the last optimum that is apart (hollow) and the first that has merged (filled), whole at the edges too."""
    for height, row in zip(y, merged, strict=True):
        if row.any() and not row.all():
            first = int(np.argmax(row))
            ax.plot(x[first], height, "o", ms=2.2, color=BLACK, clip_on=False)
            ax.plot(x[first - 1], height, "o", ms=2.2, color=BLACK, mfc="none", mew=0.6, clip_on=False)
