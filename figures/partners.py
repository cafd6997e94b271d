"""Figure of the block model's link to images: collapse partners named from raw pixels (B29)."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import LogNorm, TwoSlopeNorm
from matplotlib.figure import Figure

from figures.style import DIVERGING, GREY, label, new_figure


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
    figure, axes = new_figure(columns=2, width=5.4, height=4.6)
    classes = range(len(names))
    smallest = connectivity[connectivity > 0].min()
    image = axes[0].imshow(np.maximum(connectivity, smallest), cmap="Greys", norm=LogNorm(smallest, connectivity.max()))
    figure.colorbar(image, ax=axes[0], shrink=0.8)
    axes[0].plot(predicted[predicted >= 0], np.flatnonzero(predicted >= 0), "o", ms=13, mfc="none", mec="C3", mew=1.6)
    low, high = np.nanmin(rows), np.nanmax(rows)
    image = axes[1].imshow(rows, cmap=DIVERGING, norm=TwoSlopeNorm(1.0, min(low, 0.99), max(high, 1.01)))
    figure.colorbar(image, ax=axes[1], shrink=0.8)
    measured = np.nanargmin(rows, axis=1)
    axes[1].plot(
        predicted[predicted >= 0], np.flatnonzero(predicted >= 0), "o", ms=13, mfc="none", mec="black", mew=1.4
    )
    axes[1].plot(tied, classes, "s", ms=5, mfc="none", mec=GREY)
    axes[1].plot(declared, classes, "x", ms=5, color=GREY)
    axes[1].plot(measured, classes, "k.", ms=6)
    for ax in axes:
        ax.set_xticks(classes, names, rotation=60, ha="right", fontsize=7)
        ax.set_yticks(classes, names, fontsize=7)
    hits = int((measured == predicted).sum())
    label(axes[0], "Connectivity of raw images", "", "")
    label(axes[1], f"RH measured, smallest (dot): {hits} of {len(names)} predicted", "towards", "undersampled")
    axes[0].set_xlabel("circle: predicted partner, with its cosine at the right edge", fontsize=8)
    for k, value in enumerate(cosine):
        if np.isfinite(value):
            axes[0].text(len(names) - 0.4, k, f"{value:.2f}", fontsize=6, va="center")
    axes[1].set_xlabel("circle: predicted; square: most tied; cross: nearest of balanced encoders", fontsize=8)
    return figure
