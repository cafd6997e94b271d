"""Figures of paper A's margin theory."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from contrastive_claims.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    explain,
    intervals,
    label,
    new_figure,
    number,
    say,
    ticks_at,
)


def hinge_sandwich(slack: np.ndarray, hinge: np.ndarray, room: np.ndarray) -> Figure:
    """A2: where loss + eps lies between the hinge H (0) and H + log(N+1) (1), for each anchor; [M] arrays in nats."""
    figure, (ax,) = new_figure(height=2.7)
    part = slack / room
    ax.axhline(0, color=BLACK, lw=0.8)
    ax.axhline(1, color=BLACK, lw=0.8)
    ax.scatter(hinge, part, s=7, color=BLUE, alpha=0.6, linewidths=0)
    ax.set_xscale("symlog", linthresh=0.01, linscale=0.4)
    ticks_at(ax.xaxis, [0, 0.01, 0.1, 1, 10, 100])
    ticks_at(ax.yaxis, [0, 0.5, 1], ["$H$", "halfway", r"$H + \log(N+1)$"])
    ax.set_ylim(-0.06, 1.06)
    label(
        ax, r"Loss $\ell$, margin asked for $\varepsilon$, $N$ negatives", "hinge $H$ (logits; linear below 0.01)",
        r"where $\ell + \varepsilon$ lies",
    )  # fmt: skip
    within = int(((part >= -1e-9) & (part <= 1 + 1e-9)).sum())
    which = f"each of {len(part)}" if within == len(part) else f"only {within} of {len(part)}"
    say(
        figure,
        rf"The loss plus $\varepsilon$ lies between the hinge $H$ and $H + \log(N + 1)$ for {which} anchors (dots)",
    )
    return figure


def margin_interval(low: np.ndarray, high: np.ndarray, margin: np.ndarray) -> Figure:
    """A3: the interval that its loss guarantees for each anchor's margin, from that margin on; [M] arrays in logits."""
    order = np.argsort(margin)
    rank = np.arange(len(order))
    figure, (ax,) = new_figure(height=3.1)
    ends = (low - margin)[order], (high - margin)[order]
    intervals(ax, rank, *ends, color="#9CC7E2", lw=0.7, label="interval from the loss of an anchor")
    ax.plot(rank, ends[0], ".", ms=1.5, color=BLUE, label="its lower end")
    ax.plot(rank, ends[1], ".", ms=1.5, color=ORANGE, label="its upper end")
    ax.axhline(0, color=BLACK, lw=0.8, label="the margin itself")
    shown = np.linspace(0, len(order) - 1, 6).round().astype(int)
    ticks_at(ax.xaxis, shown, [number(float(value), 1) for value in margin[order][shown]])
    label(ax, "", "anchors by margin (ticks: its value)", "distance from the margin (logits)")
    explain(figure, 2)
    within = int(((margin >= low - 1e-9) & (margin <= high + 1e-9)).sum())
    which = f"each of {len(margin)}" if within == len(margin) else f"only {within} of {len(margin)}"
    say(figure, f"The loss gives an interval for the margin: for {which} anchors the margin lies in it")
    return figure


def supcon_floor(margin: np.ndarray, sup_con: np.ndarray, sup_infonce: np.ndarray, positives: np.ndarray) -> Figure:
    """A8: both losses against the margin (logits) of equal positives; SupCon stays above log P."""
    figure, (ax,) = new_figure(height=2.8)
    floor = float(np.log(positives))
    ax.plot(margin, sup_con, color=ORANGE, label="SupCon")
    ax.plot(margin, sup_infonce, "-.", color=GREEN, label=r"SupInfoNCE ($\varepsilon = 0$)")
    ax.axhline(floor, color=GREY, lw=0.9, ls="--", label=rf"$\log P$, $P = {int(positives)}$ positives")
    label(ax, "", "margin of all positives of an anchor (logits)", "loss (nats)")
    explain(figure, 2)
    kept = "never falls below" if sup_con.min() >= floor - 1e-9 else "falls below"
    end = number(sup_infonce[np.argmax(margin)])
    say(figure, rf"However wide the margin, SupCon {kept} $\log P$; SupInfoNCE falls to {end}")
    return figure
