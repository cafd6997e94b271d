"""Figures of the block model's closed forms and phase diagrams: where a minority collapses fully, partly, or not."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from figures.style import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, SKY, label, new_figure

COLOURS = (BLUE, ORANGE, GREEN, PURPLE, RED, SKY, GREY, "black")


def vanishing_limit(
    ratios: np.ndarray, temperatures: np.ndarray, limits: np.ndarray, cosines: np.ndarray, boxes: np.ndarray
) -> Figure:
    """B5: certified cosines at a tiny share on the limit, and the interval enclosures. limits, cosines [T, R]; boxes [N, 6]."""
    figure, axes = new_figure(columns=2)
    for colour, ratio, line, dots in zip(COLOURS, ratios, limits.T, cosines.T, strict=False):
        axes[0].plot(temperatures, line, color=colour, lw=1, label=f"alpha/p = {ratio:g}")
        axes[0].plot(temperatures, dots, ".", color=colour)
    axes[0].legend(frameon=False, fontsize=8)
    label(axes[0], "B5: limit (lines), certified optima (dots)", "tau", "cos(h1, h2)")
    for colour, left in zip(COLOURS, np.unique(boxes[:, 0])[1::3], strict=False):
        row = boxes[(boxes[:, 0] == left) & (boxes[:, 2] > 0)]
        ends = -2 / np.log(row[:, 2:4])
        low = np.minimum(1, 1 + np.where(row[:, 4] < 1, ends[:, 1], ends[:, 0]) * np.log(row[:, 4]))
        high = np.minimum(1, 1 + np.where(row[:, 5] < 1, ends[:, 0], ends[:, 1]) * np.log(row[:, 5]))
        axes[1].bar(ends[:, 0], high - low, ends[:, 1] - ends[:, 0], low, align="edge", color=colour, alpha=0.5,
                    label=f"alpha/p in [{left:.3g}, {row[0, 1]:.3g}]")  # fmt: skip
    axes[1].legend(frameon=False, fontsize=8)
    label(axes[1], "its interval enclosures on boxes", "tau", "cos(h1, h2)")
    return figure


def temperature(
    temperatures: np.ndarray, thresholds: np.ndarray, alphas: np.ndarray, cosines: np.ndarray, harm: np.ndarray
) -> Figure:
    """B8: threshold, limit cosine and RH against the temperature. thresholds [T]; cosines, harm [A, T]."""
    figure, axes = new_figure(columns=3)
    axes[0].fill_between(temperatures, thresholds, 1, color=RED, alpha=0.3, lw=0)
    axes[0].plot(temperatures, thresholds, color=RED)
    axes[0].text(1.2, 0.6, "full collapse", ha="center")
    label(axes[0], "B8: threshold 2 tanh(1/tau) - 1", "tau", "alpha / p")
    for colour, alpha, cosine, ratio in zip(COLOURS, alphas, cosines, harm, strict=False):
        axes[1].plot(temperatures, cosine, color=colour, label=f"alpha = {alpha:g}")
        axes[2].plot(temperatures, ratio, color=colour)
    axes[1].legend(frameon=False, fontsize=8)
    label(axes[1], "the cosine is not monotone", "tau", "cos(h1, h2), pi_1 -> 0")
    label(axes[2], "RH is: a lower temperature protects", "tau", "RH (1: no harm)")
    return figure


def majorities(
    counts: np.ndarray, temperatures: np.ndarray, thresholds: np.ndarray, shares: np.ndarray, unequal: np.ndarray
) -> Figure:
    """B18: thresholds of full collapse. thresholds [M, T] for M equal majorities, unequal [W, T] for a tied share W of two."""
    figure, axes = new_figure(columns=2)
    for ax, names, curves in (
        (axes[0], [f"M = {m}" for m in counts], thresholds),
        (axes[1], [f"tied share {w:g}" for w in shares], unequal),
    ):
        for colour, name, curve in zip(COLOURS, names, curves, strict=False):
            ax.plot(temperatures, curve, color=colour, label=name)
        ax.legend(frameon=False, fontsize=8)
    axes[0].axvline(0.5, color=GREY, lw=0.8, ls="--")
    label(axes[0], "B18: M equal majorities (dashed: tau = .5)", "tau", "least alpha/p of full collapse")
    label(axes[1], "two unequal majorities", "tau", "least alpha/p of full collapse")
    return figure


def connected(
    betweens: np.ndarray, settings: np.ndarray, cosines: np.ndarray, grid: np.ndarray, curves: np.ndarray
) -> Figure:
    """B19: certified cosines (dots) on the limit (lines) as the majorities join. settings [S, 2] of (tau, alpha/p)."""
    figure, (ax,) = new_figure(width=5.2)
    for colour, (tau, ratio), dots, line in zip(COLOURS, settings, cosines, curves, strict=False):
        ax.plot(grid, line, color=colour, lw=1, label=f"tau = {tau:g}, alpha/p = {ratio:g}")
        ax.plot(betweens, dots, ".", color=colour)
    ax.legend(frameon=False, fontsize=8)
    label(ax, "B19: connected majorities", "beta / p", "cosine of the minority with its majority")
    return figure


def biased_boundary(betas: np.ndarray, temperatures: np.ndarray, cosines: np.ndarray, curves: np.ndarray) -> Figure:
    """B22: a conflicting group's cosine with its class as beta passes gamma = .3, rho -> 1. cosines, curves [T, B]."""
    figure, (ax,) = new_figure(width=5.2)
    for colour, tau, dots, line in zip(COLOURS, temperatures, cosines, curves, strict=False):
        ax.plot(betas, line, color=colour, lw=1, label=f"tau = {tau:g}")
        ax.plot(betas, dots, ".", color=colour)
    ax.axvline(0.3, color=GREY, lw=0.8, ls="--")
    ax.axhline(0, color=GREY, lw=0.8)
    ax.legend(frameon=False, fontsize=8)
    label(ax, "B22: with its class (up) or its bias (down)", "beta (gamma = .3 dashed)", "cosine with its own class")
    return figure


def slip(shares: np.ndarray, slipped: np.ndarray, right: np.ndarray) -> Figure:
    """P3: cos(h1, h2) at alpha = .1 of the wrong-axis loss and of the population loss, [S]."""
    figure, (ax,) = new_figure(width=5.2)
    ax.plot(shares, right, ".-", color=BLUE, label="population loss")
    ax.plot(shares, slipped, ".-", color=RED, label="shares on the wrong axis")
    ax.set_xscale("log")
    ax.invert_xaxis()
    ax.legend(frameon=False, fontsize=8)
    label(ax, "P3: the slip hides the collapse at alpha = .1", "share of the minority", "cos(h1, h2)")
    return figure


def spread(parts: np.ndarray, distances: np.ndarray) -> Figure:
    """B16: distance of the means' squared lengths from the law, against the parts per block. distances [models, parts]."""
    figure, (ax,) = new_figure()
    for colour, row in zip(COLOURS, distances, strict=False):
        ax.loglog(parts, row, ".-", color=colour)
    label(ax, "B16: the spread law", "parts per block", "distance in squared length")
    return figure


def rates(shares: np.ndarray, measured: np.ndarray, predicted: np.ndarray) -> Figure:
    """B20: three rates measured at small shares (dots) and predicted at zero (lines). measured [C, S, 3], predicted [C, 3]."""
    figure, axes = new_figure(columns=3)
    names = ("(cos12 - c) / pi_1", "(1 + cos23) / pi_1^2", "lambda_1 / pi_1^2")
    for k, (ax, name) in enumerate(zip(axes, names, strict=True)):
        for colour, dots, line in zip(COLOURS, measured[:, :, k], predicted[:, k], strict=False):
            ax.plot(shares, dots, ".-", color=colour, lw=0.5)
            ax.axhline(line, color=colour, lw=0.8, ls="--")
        label(ax, "B20: rates" if k == 0 else "", "share of the minority", name)
    return figure


def two_minorities(shares: np.ndarray, cosines: np.ndarray, predicted: np.ndarray) -> Figure:
    """B21: cosine between two minorities (dots) and its limit (dashed). cosines [C, S], predicted [C]."""
    figure, (ax,) = new_figure(width=5.2)
    for colour, dots, line in zip(COLOURS, cosines, predicted, strict=False):
        ax.semilogx(shares, dots, ".-", color=colour, lw=0.5)
        ax.axhline(line, color=colour, lw=0.8, ls="--")
    ax.invert_xaxis()
    label(ax, "B21: two minorities", "share of the first minority", "their cosine")
    return figure


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
    """B26: cosine of the minority with its majority (colour); red contour: full collapse; hatched: one vector per block fails.

    by_share [S, R, 2], by_temperature [T, R, 2], by_inner [P, R, 2] hold (cosine, largest multiplier); unequal [2, W, A],
    by_blocks [K, R] cosines; thresholds [T] is B5's.
    """
    figure, axes = new_figure(columns=3, rows=2)
    maps = (
        (axes[0], ratios, shares, by_share, "tau = 1", "alpha / p", "share of the minority"),
        (axes[1], ratios, temperatures, by_temperature, "share 1e-5", "alpha / p", "tau"),
        (axes[2], ratios, inner, by_inner, "share .02, tau = 1", "alpha / p", "p_11 / p of the minority"),
        (axes[3], alphas, withins, unequal[0], "share .05, tied to 30 %", "alpha", "p"),
        (axes[4], alphas, withins, unequal[1], "share .05, tied to 70 %", "alpha", "p"),
        (axes[5], ratios, blocks, by_blocks, "share 1e-4, tau = .5", "alpha / p", "blocks K"),
    )
    image = None
    for ax, x, y, values, title, across, up in maps:
        cosine = values[..., 0] if values.ndim == 3 else values
        image = ax.pcolormesh(x, y, cosine, cmap="viridis", vmin=-1, vmax=1, shading="nearest", rasterized=True)
        ax.contour(x, y, (1 - cosine < 1e-6).astype(float), levels=[0.5], colors=RED, linewidths=1.2)
        if values.ndim == 3:
            spreads = np.where(values[..., 1] > 1e-9, 1.0, np.nan)
            ax.contourf(x, y, spreads, levels=[0.5, 1.5], colors="none", hatches=["////"])
        label(ax, title, across, up)
    axes[0].set_yscale("log")
    axes[1].plot(thresholds, temperatures, color="white", lw=1, ls="--")
    axes[1].set_xlim(ratios[0], ratios[-1])
    if image is not None:
        figure.colorbar(image, ax=axes, shrink=0.6, label="cos(h1, h2)")
    return figure
