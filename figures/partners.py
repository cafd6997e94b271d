"""Figure of the block model's link to images: collapse partners named from raw pixels (B29)."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation

from contrastive_claims.figures.style import (
    BLACK,
    DIVERGING,
    GREEN,
    ORANGE,
    SKY,
    explain,
    ink,
    label,
    new_figure,
    number,
    say,
    sign,
)


def collapse_partners(
    names: np.ndarray,
    connectivity: np.ndarray,
    predicted: np.ndarray,
    cosine: np.ndarray,
    tied: np.ndarray,
    declared: np.ndarray,
    rows: np.ndarray,
) -> Figure:
    """B29: the graph of raw images, and the rows of RH that were measured, each with the partner that the graph predicts.

    connectivity [K, K]; predicted, tied, declared [K]: partner by the block model, the class most tied in the graph, the
    nearest class of balanced encoders; cosine [K]: of the predicted collapse; rows [K, K]: RH, NaN on the diagonal.
    """
    figure, axes = new_figure(columns=2, height=5.0)
    classes = np.arange(len(names))
    smallest = connectivity[connectivity > 0].min()
    image = axes[0].imshow(np.maximum(connectivity, smallest), cmap="Greys", norm=LogNorm(smallest, connectivity.max()))
    figure.colorbar(
        image, ax=axes[0], shrink=0.6, location="bottom", label="connection of two classes (share of pairs joined)"
    )
    named = np.flatnonzero(predicted >= 0)
    for k in named:
        value = max(connectivity[k, predicted[k]], smallest)
        axes[0].text(
            predicted[k], float(k), number(cosine[k]), ha="center", va="center", fontsize=7, color=ink(axes[0], value)
        )
    reach = np.nanmax(np.abs(rows - 1))  # alike on both sides of 1, of which what occurs is shown
    axes[1].set_facecolor("#C8C8C8")
    image = axes[1].imshow(rows, cmap=DIVERGING, vmin=1 - reach, vmax=1 + reach)
    bar = figure.colorbar(
        image, ax=axes[1], shrink=0.6, location="bottom", label="representation harm RH (below 1: closer)"
    )
    bar.ax.set_xlim(np.nanmin(rows), np.nanmax(rows))
    measured = np.nanargmin(rows, axis=1)
    marks = (
        (predicted[named], named, "o", SKY, "named by the block model"),
        (tied, classes, "s", ORANGE, "most tied in the graph"),
        (declared, classes, "^", GREEN, "nearest in balanced encoders"),
        (measured, classes, "D", BLACK, "least RH: where it moves"),
    )
    corners = ((-1, 1), (1, 1), (-1, -1), (1, -1))  # of a cell, one for each kind of mark
    for (x, y, marker, colour, _), (right, up) in zip(marks, corners, strict=True):
        moved = ScaledTranslation(right * 4.2 / 72, up * 4.2 / 72, figure.dpi_scale_trans)
        axes[1].plot(x, y, marker, ms=5.5, color=colour, mec="white", mew=0.6, transform=axes[1].transData + moved)
    for ax in axes:
        ax.set_xticks(classes, names, rotation=60, ha="right", rotation_mode="anchor")
        ax.set_yticks(classes, names)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
    label(axes[0], "Graph of raw images (number: predicted cosine)", "", "")
    label(axes[1], "RH of the undersampled class (row; grey: itself)", "", "")
    explain(figure, 4, *(sign(name, marker=marker, color=colour) for _, _, marker, colour, name in marks))
    hits, ties, near = (int((measured == named).sum()) for named in (predicted, tied, declared))
    say(
        figure,
        f"The block model of raw images names where an undersampled class moves for {hits} of {len(names)} classes; the class "
        f"most tied to it does for {ties}, the class nearest to it in balanced encoders for {near}",
    )
    return figure
