"""Figures of paper A's margin theory."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from figures.style import BLUE, GREEN, GREY, ORANGE, RED, label, new_figure


def hinge_sandwich(slack: np.ndarray, hinge: np.ndarray, room: np.ndarray) -> Figure:
    """A2: where loss + eps lies between the hinge H (0) and H + log(N+1) (1), for each anchor; [M] arrays in nats."""
    figure, (ax,) = new_figure(width=5.2)
    ax.scatter(np.maximum(hinge, 1e-3), slack / room, s=9, color=BLUE, alpha=0.6, linewidths=0)
    for level, text in ((0, "hinge"), (1, "hinge + log(N+1)")):
        ax.axhline(level, color=RED, lw=1)
        ax.text(0.01, level + 0.02, text, color=RED, fontsize=8, transform=ax.get_yaxis_transform())
    ax.set_xscale("log")
    ax.set_ylim(-0.08, 1.12)
    label(ax, "A2: loss + eps between its bounds", "hinge H (logits; 0 drawn at .001)", "share of log(N+1) used")
    return figure


def margin_interval(low: np.ndarray, high: np.ndarray, margin: np.ndarray) -> Figure:
    """A3: each anchor's margin inside the interval that its loss guarantees; [M] arrays in logits."""
    order = np.argsort(margin)
    rank = np.arange(len(order))
    figure, (ax,) = new_figure(width=5.2)
    ax.vlines(rank, low[order], high[order], color=BLUE, alpha=0.35, lw=1, label="interval from the loss")
    ax.plot(rank, margin[order], ".", ms=3, color=RED, label="margin")
    ax.set_yscale("symlog", linthresh=1)
    ax.legend(frameon=False, fontsize=8, loc="upper left")
    label(ax, "A3: the loss pins the margin", "anchors, by margin", "margin (logits, symlog)")
    return figure


def supcon_floor(margin: np.ndarray, sup_con: np.ndarray, sup_infonce: np.ndarray, positives: np.ndarray) -> Figure:
    """A8: both losses against the margin (logits) of equal positives; SupCon stays above log P."""
    figure, (ax,) = new_figure(width=5.2)
    ax.plot(margin, sup_con, color=ORANGE, label="SupCon")
    ax.plot(margin, sup_infonce, color=GREEN, label="SupInfoNCE (eps = 0)")
    ax.axhline(float(np.log(positives)), color=GREY, lw=1, ls="--", label=f"log P, P = {int(positives)}")
    ax.legend(frameon=False, fontsize=8)
    label(ax, "A8: SupCon never falls below log P", "margin (logits)", "loss (nats)")
    return figure
