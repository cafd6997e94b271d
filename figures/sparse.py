"""Figures of finite graphs: convergence of the loss and of its minimisers, and the law of sparse graphs."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from contrastive_claims.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    SKY,
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

SPREAD = r"spread $1 - \|\overline{v}\|^2$"


def slope(x: np.ndarray, y: np.ndarray) -> float:
    """Least-squares slope in log-log coordinates."""
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def loss_convergence(sizes: np.ndarray, differences: np.ndarray, degrees: np.ndarray, relaxed: np.ndarray) -> Figure:
    """B1: |finite minimum - population minimum| in n, and the gain from relaxing in degree.

    sizes [S], differences [seeds, S], degrees [D], relaxed [seeds, D].
    """
    figure, axes = new_figure(columns=2, height=2.9)
    rms, mean = (differences**2).mean(axis=0) ** 0.5, relaxed.mean(axis=0)
    for ax, x, dots, line, name in (
        (axes[0], sizes, np.abs(differences), rms, "root mean square"),
        (axes[1], degrees, relaxed, mean, "mean"),
    ):
        left = ax is axes[0]
        ax.plot(x, line, "o-" if left else "s-", color=BLUE if left else GREEN, mfc="none", label=name)
        ax.plot(x, dots.T, ".", color=BLACK, ms=3, label="a graph" if left else None)
        fitted = np.exp(np.polyval(np.polyfit(np.log(x), np.log(line), 1), np.log(x)))
        ax.plot(x, fitted, "--", color=RED, lw=1, label="fitted power" if left else None)
        ax.set_xscale("log")
        ax.set_yscale("log")
        ticks_at(ax.xaxis, x)
    ticks_at(axes[1].yaxis, [4e-4, 7e-4, 1e-3, 1.4e-3], ["0.0004", "0.0007", "0.001", "0.0014"])
    label(axes[0], "Finite against population minimum", "nodes $n$, fixed connectivity", "|difference| (nats)")
    label(axes[1], "Gain of free nodes over one vector a block", "mean degree", "gain (nats)")
    explain(figure, 4)
    ends = f"{sizes[0]} to {sizes[-1]} nodes"
    say(
        figure,
        rf"From {ends} the finite graph's minimum approaches the population's like $n^{{{number(slope(sizes, rms))}}}$ (in the "
        rf"last doubling like $n^{{{number(slope(sizes[-2:], rms[-2:]))}}}$); what free nodes gain falls like "
        rf"degree$^{{{number(slope(degrees, mean))}}}$",
    )
    return figure


def printed_minimisers(sizes: np.ndarray, spreads: np.ndarray) -> Figure:
    """B2 as printed: the spread of the witness's second block does not fall. sizes [S], spreads [seeds, S]."""
    figure, (ax,) = new_figure(height=2.9)
    ends = spreads.mean(axis=0)
    ax.plot(sizes, spreads.T, "o-", ms=3, lw=0.7, color=RED)
    ax.plot(sizes, ends, "_", ms=14, mew=2, color=BLACK)
    ax.set_xscale("log")
    ax.set_ylim(0, 1)
    ticks_at(ax.xaxis, sizes)
    label(ax, "The less connected of two equal blocks", "nodes (spaced by their logarithm)", SPREAD)
    explain(figure, 2, sign("a graph", marker="o", ms=3, ls="-", lw=0.7, color=RED),
            sign("mean", marker="_", ms=12, mew=2, color=BLACK))  # fmt: skip
    stays = "does not collapse" if slope(sizes, ends) > -0.5 else "collapses"
    say(
        figure,
        f"A block that {stays} to one vector: from {sizes[0]} to {sizes[-1]} nodes its mean spread goes from {number(ends[0])} "
        f"to {number(ends[-1])}",
    )
    return figure


def minimisers(sizes: np.ndarray, spread: np.ndarray, failing_sizes: np.ndarray, failing: np.ndarray) -> Figure:
    """B2c: spread within blocks of certified optima. spread [seeds, S]; failing [2, seeds, F]: two witnesses."""
    figure, (ax,) = new_figure(height=3.1)
    means, failed = spread.mean(axis=0), failing.mean(axis=1)
    ax.plot(sizes, spread.T, "o", color=BLUE, ms=3)
    ax.plot(sizes, means, "o-", color=BLUE, ms=3, label="all multipliers negative")
    ax.plot(sizes, 0.6 * means[0] * sizes[0] / sizes, "--", color=GREY, lw=1, label="guide: $1/n$")
    for colour, marker, name, values, mean in zip(
        (RED, ORANGE), "s^", ("two blocks", "a hub"), failing, failed, strict=True
    ):
        ax.plot(failing_sizes, values.T, marker, color=colour, ms=3)
        ax.plot(failing_sizes, mean, f"{marker}-", color=colour, ms=3, label=f"one positive: {name}")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ticks_at(ax.xaxis, np.unique([*failing_sizes, *sizes]))
    ax.tick_params(axis="x", rotation=45)
    label(ax, "Certified optima on graphs (lines: means)", "nodes $n$", SPREAD)
    explain(figure, 2)
    fall = slope(sizes, means)
    stays = "does not fall" if (failed[:, -1] > 0.9 * failed[:, 0]).all() else "falls"
    ends = [f"{number(row[0])} to {number(row[-1])}" for row in failed]
    say(
        figure,
        rf"Blocks collapse like $n^{{{number(fall)}}}$ where every diagonal multiplier is negative; where one is positive the "
        f"mean spread {stays} (from {failing_sizes[0]} to {failing_sizes[-1]} nodes {listed(ends)})",
    )
    return figure


def sparse_law(
    law: np.ndarray,
    critical: np.ndarray,
    temperatures: np.ndarray,
    nodes: np.ndarray,
    sizes: np.ndarray,
    ranks: np.ndarray,
) -> Figure:
    """B23: measured critical degree against (2 / (tau mu))^2, and the rank of certified optima at half of it.

    law, temperatures [C]; critical [seeds, C]; nodes: of the first panel; sizes [S]; ranks [seeds, S].
    """
    figure, axes = new_figure(columns=2, height=3.1)
    ends = np.array([law.min() * 0.93, law.max() * 1.07])
    axes[0].plot(ends, ends, "--", color=GREY, lw=1, label="equal")
    known = np.unique(temperatures)
    for colour, marker, temperature in zip(ordered(len(known)), "os^DvPX", known, strict=False):
        here = temperatures == temperature
        axes[0].plot(
            np.repeat(law[here], len(critical)), critical[:, here].T.ravel(), marker, ms=4, color=colour,
            label=rf"$\tau = {temperature:g}$",
        )  # fmt: skip
    axes[1].plot(sizes, ranks.T, "o", color=SKY, ms=3.5)
    for size, row in zip(sizes, ranks.T, strict=True):
        for rank, count in zip(*np.unique(row, return_counts=True), strict=True):
            axes[1].annotate(f"{count}", (size, rank), (-6, 3), textcoords="offset points", ha="right", fontsize=7)
    axes[1].plot(sizes, ranks.mean(axis=0), "o-", color=BLUE)
    for ax in axes:
        ax.set_xscale("log")
        ax.set_yscale("log")
    axes[1].set_xlim(sizes[0] / 1.3, sizes[-1] * 1.1)
    for axis in (axes[0].xaxis, axes[0].yaxis):
        ticks_at(axis, [20, 30, 40, 60, 90])
    ticks_at(axes[1].xaxis, sizes)
    ticks_at(axes[1].yaxis, np.arange(ranks.min(), ranks.max() + 1))
    label(
        axes[0], rf"Where collapse begins ($n = {int(nodes)}$, {len(critical)} graphs of each model)",
        r"$(2/(\tau\mu))^2$, $\mu$: the population's smallest scaled multiplier", "mean degree of a graph",
    )  # fmt: skip
    label(axes[1], "At half that degree (number: graphs)", "nodes $n$", "rank of the certified optimum")
    explain(figure, len(known) + 3, sign("graph", color=SKY, marker="o"), sign("mean", color=BLUE, marker="o", ls="-"))
    ratio = critical / law
    says = f"Collapse of sparse graphs begins at {number(ratio.min())} to {number(ratio.max())} times the mean degree "
    says += r"$(2/(\tau\mu))^2$"
    grows = ranks.mean(axis=0)
    says += f"; below, the rank {'grows' if grows[-1] > grows[0] else 'does not grow'} with $n$"
    say(figure, says)
    return figure
