"""Figures of the block model's laws near its limits: rates, two minorities, the spread of a block, the biased graph."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from contrastive_claims.figures.sparse import slope
from contrastive_claims.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    MARKERS,
    ORANGE,
    explain,
    label,
    listed,
    new_figure,
    number,
    ordered,
    say,
    sign,
    ticks_at,
)


def biased_boundary(betas: np.ndarray, temperatures: np.ndarray, cosines: np.ndarray, curves: np.ndarray) -> Figure:
    """B22: a conflicting group's cosine with its class as beta passes gamma = .3, rho -> 1. cosines, curves [T, B]."""
    figure, (ax,) = new_figure(height=3.0)
    for colour, marker, tau, dots, line in zip(
        (BLUE, ORANGE, GREEN), "os^", temperatures, cosines, curves, strict=False
    ):
        ax.plot(betas, line, color=colour, lw=1)
        ax.plot(betas, dots, marker, ms=3.5, color=colour, label=rf"$\tau = {tau:g}$")
    ax.axvline(0.3, color=GREY, lw=0.9, ls="--", label=r"$\beta = \gamma$")
    ax.axhline(0, color=GREY, lw=0.6)
    label(
        ax, r"Lines: limit $\rho \to 1$, marks: certified optima", r"tie $\beta$ to its bias ($\gamma = 0.3$ to its class)",
        "cosine with its own class",
    )  # fmt: skip
    explain(figure, 4)
    agrees = (0.3 - betas) * cosines >= -1e-6
    where = "exactly where" if agrees.all() else f"at {agrees.sum()} of {agrees.size} points as if"
    say(
        figure,
        rf"As $\rho \to 1$ a bias-conflicting group turns away from its class {where} it is tied more to its bias, "
        rf"$\beta > \gamma$: $\tau$ = {listed([f'{tau:g}' for tau in temperatures])}",
    )
    return figure


def spread(parts: np.ndarray, distances: np.ndarray) -> Figure:
    """B16b: distance of the means' squared lengths from the law, against the parts per block. distances [models, parts]."""
    figure, (ax,) = new_figure(height=2.8)
    for k, (colour, marker, row) in enumerate(zip((BLUE, ORANGE, GREEN), "os^", distances, strict=False)):
        ax.loglog(parts, row, f"{marker}-", color=colour, label=f"model {k + 1}")
    orders = [-slope(parts[-2:], row[-2:]) for row in distances]
    guided = distances[int(np.argmin(orders))]
    name = rf"slope $-{min(orders):.2f}$".replace("--", "")
    ax.loglog(
        parts[-2:], 1.3 * guided[-1] * (parts[-2:] / parts[-1]) ** -min(orders), "--", color=GREY, lw=1, label=name
    )
    ticks_at(ax.xaxis, parts)
    ticks_at(ax.yaxis, [0.03, 0.1, 0.3])
    label(ax, "Certified optima of three models" if len(distances) == 3 else "Certified optima",
          "nodes in each block", "distance from the predicted one")  # fmt: skip
    explain(figure, 4)
    near = "approach the predicted ones" if min(orders) > 0 else "do not approach the predicted ones"
    says = f"Squared lengths of the blocks' means {near} as blocks get more nodes: from {parts[-2]} to {parts[-1]} at order "
    say(figure, f"{says}{number(min(orders))} or faster")
    return figure


def rates(shares: np.ndarray, measured: np.ndarray, predicted: np.ndarray) -> Figure:
    """B20: three rates measured at small shares and predicted at zero. measured [C, S, 3], predicted [C, 3]."""
    figure, axes = new_figure(columns=2, height=3.3)
    names = (
        r"of minority $(\cos(h_1, h_2) - c)/\pi_1$",
        r"of majorities $(1 + \cos(h_2, h_3))/\pi_1^2$",
        r"multiplier $\lambda_1/\pi_1^2$ (above 0: it spreads)",
    )
    least = int(np.argmin(shares))
    reach = 1.3 * max(abs(predicted).max(), abs(measured[:, least]).max())
    axes[0].plot([-reach, reach], [-reach, reach], color=GREY, lw=0.9, ls="--", label="equal")
    for k, (colour, marker, name) in enumerate(zip((BLUE, ORANGE, GREEN), "os^", names, strict=True)):
        axes[0].plot(predicted[:, k], measured[:, least, k], marker, color=colour, label=name, mfc="none", mew=1.2)
        errors = np.abs(measured[:, :, k] - predicted[:, [k]])
        axes[1].plot(shares, errors.T, f"{marker}-", ms=3, lw=0.6, color=colour, mfc="none")
    for ax_set in (axes[0].set_xscale, axes[0].set_yscale):
        ax_set("symlog", linthresh=1)
    for axis in (axes[0].xaxis, axes[0].yaxis):
        ticks_at(axis, [-10, -1, 0, 1, 10])
    guide = shares / shares.max() * np.abs(measured - predicted[:, None]).max() * 1.8
    axes[1].plot(shares, guide, color=BLACK, lw=1, ls=":", label=r"guide: $\pi_1$")
    axes[1].set_xscale("log")
    axes[1].set_yscale("log")
    ticks_at(axes[1].xaxis, np.sort(shares))
    label(
        axes[0], rf"Rates of {len(predicted)} models at $\pi_1 = {shares[least]:g}$", "predicted (linear within 1)",
        "measured (linear within 1)",
    )  # fmt: skip
    label(axes[1], "Distance (a line: a rate of a model)", r"share $\pi_1$ of the minority", "|measured $-$ predicted|")
    explain(figure, 3)
    order = slope(shares, np.abs(measured - predicted[:, None]).mean(axis=(0, 2)))
    spreads = int((predicted[:, 2] > 0).sum())
    say(
        figure,
        rf"How a small minority's optimum moves with its share is as predicted, up to an error like $\pi_1^{{{number(order)}}}$; "
        f"in {spreads} of {len(predicted)} models the multiplier is positive, so that the minority spreads",
    )
    return figure


def two_minorities(shares: np.ndarray, cosines: np.ndarray, predicted: np.ndarray) -> Figure:
    """B21: cosine between two minorities (dots) and its limit (dashed). cosines [C, S], predicted [C]."""
    figure, (ax,) = new_figure(height=3.2)
    looks = zip(ordered(len(predicted)), MARKERS, cosines, predicted, strict=False)
    for k, (colour, marker, dots, line) in enumerate(looks):
        ax.plot(shares, dots, f"{marker}-", ms=5, lw=0.7, color=colour, mfc="none", label=f"pair {k + 1}")
        ax.axhline(line, color=colour, lw=0.9, ls="--")
    ax.set_xscale("log")
    ax.invert_xaxis()
    label(ax, "Certified optima", "share of the first minority (falling)", "cosine between the two")
    explain(figure, 4, sign("closed form", ls="--", lw=0.9))
    error = np.abs(cosines[:, np.argmin(shares)] - predicted).max()
    says = f"Two vanishing minorities stand where the closed form says, at cosines from {number(predicted.min())} to "
    say(figure, f"{says}{number(predicted.max())} (met within {number(error, 3)})")
    return figure
