"""What figures of effects of every class on every other share: the matrix, frames in it, and a row beside the published."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Patch, Rectangle

from contrastive_claims.figures.style import (
    BLACK,
    BLUE,
    DIVERGING,
    ORANGE,
    PAGE,
    ink,
    intervals,
    number,
)


def arrow(pair: object) -> str:
    """'boot > bag' with an arrow."""
    return str(pair).replace(">", "\N{RIGHTWARDS ARROW}")


def matrix_figure(
    names: np.ndarray,
    rows: list[str],
    mean: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    centre: float,
    what: str,
) -> tuple[Figure, Axes, Axes]:
    """A heat map around `centre` on top, every cell with its value and half its interval, red below the centre; axes below.

    NaN cells are grey. An interval must be symmetric: ValueError.
    """
    half = (high - low) / 2
    if not np.allclose(np.nan_to_num(mean - low), np.nan_to_num(half), atol=5e-3):
        raise ValueError("low and high must lie alike on both sides of mean")
    figure = Figure(figsize=(PAGE, 7.4), layout="constrained")
    grid, side = figure.subplots(2, 1, height_ratios=(2.6, 1))
    reach = np.nanmax(np.abs(mean - centre))
    grid.set_facecolor("#C8C8C8")
    shown: AxesImage = grid.imshow(mean, cmap=DIVERGING, vmin=centre - reach, vmax=centre + reach, aspect="auto")
    for (i, j), value in np.ndenumerate(mean):
        if np.isfinite(value):
            how = {"ha": "center", "va": "center", "color": ink(grid, value)}
            grid.text(j, i - 0.19, number(value), fontsize=8, **how)
            grid.text(j, i + 0.22, f"\N{PLUS-MINUS SIGN}{number(float(half[i, j]))}", fontsize=7, **how)
    grid.set_xticks(range(len(names)), [str(name) for name in names], rotation=30, ha="right", rotation_mode="anchor")
    grid.set_yticks(range(len(rows)), rows)
    grid.tick_params(length=0)
    grid.spines[:].set_visible(False)
    side.spines[["top", "right"]].set_visible(False)
    bar = figure.colorbar(shown, ax=grid, shrink=0.7, label=what)
    bar.ax.set_ylim(
        np.nanmin(mean), np.nanmax(mean)
    )  # what occurs, of colours that are alike on both sides of the centre
    return figure, grid, side


def frame_neighbours(ax: Axes, neighbours: np.ndarray, strong: np.ndarray) -> None:
    """A frame around (k, neighbours[k]), bold for strong classes."""
    for k, j in enumerate(neighbours):
        width = 2.4 if k in strong else 0.9
        ax.add_patch(Rectangle((j - 0.47, k - 0.47), 0.94, 0.94, fill=False, lw=width, ec=BLACK))


def frames(strong: np.ndarray) -> tuple[Patch, Patch]:
    """What the frames of frame_neighbours say."""
    return (
        Patch(fill=False, ec=BLACK, lw=0.9, label="neighbour: nearest class when balanced"),
        Patch(fill=False, ec=BLACK, lw=2.4, label=f"that of the {len(strong)} classes where it stands out most"),
    )


def side_by_side(
    ax: Axes, names: list[str], parts: np.ndarray, published_names: np.ndarray, published: np.ndarray
) -> None:
    """Ours [3, R] (value, low, high) on the left, the published values [P] on the right, on one axis."""
    places = np.arange(len(names))
    intervals(ax, places, parts[1], parts[2], color=BLUE, lw=1.6)
    ax.plot(places, parts[0], "o", ms=5, color=BLUE, label="ours, Fashion-MNIST, with interval")
    right = len(names) + 0.5 + np.arange(len(published))
    ax.plot(right, published, "D", ms=5, color=ORANGE, label="published, CIFAR-10")
    told = [*(arrow(name) for name in names), *(arrow(name) for name in published_names)]
    ax.set_xticks([*places, *right], told, rotation=30, ha="right", rotation_mode="anchor")
    ax.set_xlim(-0.6, right[-1] + 0.6)
