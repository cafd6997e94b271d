"""Figure of the block model's link to images: collapse partners named from raw pixels (B29)."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import LogNorm, TwoSlopeNorm
from matplotlib.figure import Figure

from contrastive_claims.figures.style import BLACK, DIVERGING, explain, ink, label, new_figure, number, say, sign


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
    figure, axes = new_figure(columns=2, height=4.6)
    classes = np.arange(len(names))
    smallest = connectivity[connectivity > 0].min()
    image = axes[0].imshow(np.maximum(connectivity, smallest), cmap="Greys", norm=LogNorm(smallest, connectivity.max()))
    figure.colorbar(image, ax=axes[0], shrink=0.6, location="bottom", label="connection")
    named = np.flatnonzero(predicted >= 0)
    for k in named:
        value = max(connectivity[k, predicted[k]], smallest)
        axes[0].text(
            predicted[k], float(k), number(cosine[k]), ha="center", va="center", fontsize=7, color=ink(axes[0], value)
        )
    low, high = np.nanmin(rows), np.nanmax(rows)
    axes[1].set_facecolor("#C8C8C8")
    image = axes[1].imshow(rows, cmap=DIVERGING, norm=TwoSlopeNorm(1.0, min(low, 0.99), max(high, 1.01)))
    figure.colorbar(image, ax=axes[1], shrink=0.6, location="bottom", label="RH (below 1: closer)")
    measured = np.nanargmin(rows, axis=1)
    marks = (
        (
            predicted[named],
            named,
            {"marker": "o", "ms": 11, "mfc": "none", "mew": 1.4, "color": BLACK},
            "predicted partner",
        ),
        (tied, classes, {"marker": "s", "ms": 7, "mfc": "none", "mew": 1.0, "color": BLACK}, "most tied class"),
        (declared, classes, {"marker": "x", "ms": 5, "mew": 1.2, "color": BLACK}, "nearest when balanced"),
        (measured, classes, {"marker": ".", "ms": 6, "mec": "white", "mew": 0.5, "color": BLACK}, "least RH measured"),
    )
    for x, y, how, _ in marks:
        axes[1].plot(x, y, ls="none", **how)
    for ax in axes:
        ax.set_xticks(classes, names, rotation=60, ha="right", rotation_mode="anchor")
        ax.set_yticks(classes, names)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
    label(axes[0], "Graph of raw images (number: predicted cosine)", "", "")
    label(axes[1], "RH of the undersampled class (row)", "", "")
    explain(figure, 4, *(sign(name, **how) for _, _, how, name in marks))
    hits, ties = int((measured == predicted).sum()), int((measured == tied).sum())
    say(
        figure,
        f"The block model of raw images names where an undersampled class moves for {hits} of {len(names)} classes; the most "
        f"tied class does for {ties}",
    )
    return figure
