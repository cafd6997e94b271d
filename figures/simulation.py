"""Figures of `claims simulate`: cosines over a sweep, a plane of two sweeps, one point as bars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.cbook import is_math_text
from matplotlib.figure import Figure
from matplotlib.mathtext import MathTextParser

from contrastive_claims.figures.style import BLUE, DIVERGING, GREEN, GREY, ORANGE, PURPLE, RED, SKY, label, new_figure

COLOURS = (BLUE, ORANGE, GREEN, PURPLE, RED, SKY, GREY, "black")


def check_title(title: str) -> None:
    """Raises ValueError for a title with a formula between dollar signs that matplotlib cannot read."""
    if is_math_text(title):
        try:
            MathTextParser("path").parse(title)
        except ValueError:
            raise ValueError(
                f"title: {title!r} has a formula that cannot be read; a dollar sign alone is \\$"
            ) from None


def curves(
    title: str,
    parameter: str,
    values: np.ndarray,
    names: Sequence[str],
    cosines: np.ndarray,
    closed: np.ndarray,
    graphs: np.ndarray,
    margins: np.ndarray,
) -> Figure:
    """Cosines [V, C] against values [V]: certified optima as lines; closed forms [V, C] as crosses, graphs [V, C, 3] (mean, low,
    high) as bars, NaN where there is none. margins [V]: the least one of the supervised loss, in a panel beside, if any is
    known."""
    supervised = np.isfinite(margins).any()
    figure, axes = new_figure(columns=2 if supervised else 1, height=3.0)
    ax = axes[0]
    if values.min() > 0 and values.max() / values.min() > 30:
        for one in axes:
            one.set_xscale("log")
    if supervised:
        axes[1].plot(values, margins, ".-", color=BLUE, lw=1.3)
        label(axes[1], "with labels, embeddings free", parameter, "least margin (logits)")
    for colour, name, line, crosses, bars in zip(
        COLOURS, names, cosines.T, closed.T, graphs.swapaxes(0, 1), strict=False
    ):
        ax.plot(values, line, color=colour, lw=1.3, marker="." if len(values) < 3 else None, label=name)
        ax.plot(values, crosses, "x", color=colour, ms=4)
        known = np.isfinite(bars[:, 0])
        if known.any():
            mean, low, high = bars[known].T
            ax.errorbar(values[known], mean, [mean - low, high - mean], fmt="o", ms=3, color=colour, capsize=2, lw=0.8)
    ax.set_ylim(-1.05, 1.05)
    ax.legend(frameon=False, fontsize=8, ncols=2)
    label(ax, title, parameter, "cosine of two blocks")
    return figure


def plane(
    title: str, parameters: Sequence[str], first: np.ndarray, second: np.ndarray, name: str, cosines: np.ndarray
) -> Figure:
    """A cosine [V, W] over two swept parameters [V] and [W]."""
    figure, (ax,) = new_figure(height=3.0)
    shown = ax.imshow(cosines, origin="lower", aspect="auto", cmap=DIVERGING, vmin=-1, vmax=1)
    for values, axis in ((second, ax.xaxis), (first, ax.yaxis)):
        at = np.unique(np.linspace(0, len(values) - 1, min(5, len(values))).round().astype(int))
        axis.set_ticks(at, [f"{values[k]:.2g}" for k in at])
    figure.colorbar(shown, ax=ax, label=name)
    label(ax, title, parameters[1], parameters[0])
    return figure


def bars(title: str, names: Sequence[str], cosines: np.ndarray, graphs: np.ndarray) -> Figure:
    """One point's cosines [C] as bars, with graphs [C, 3] (mean, low, high; NaN where there are none)."""
    figure, (ax,) = new_figure()
    places = np.arange(len(names))
    ax.bar(places, cosines, color=BLUE, alpha=0.6, label="population optimum")
    known = np.isfinite(graphs[:, 0])
    if known.any():
        mean, low, high = graphs[known].T
        error = [mean - low, high - mean]
        ax.errorbar(places[known], mean, error, fmt="o", color=RED, ms=4, capsize=3, label="graphs, 95 %")
        ax.legend(frameon=False, fontsize=8)
    ax.axhline(0, color=GREY, lw=0.8)
    ax.set_xticks(places, list(names), fontsize=8)
    ax.set_ylim(-1.05, 1.05)
    label(ax, title, "pair of blocks", "cosine")
    return figure
