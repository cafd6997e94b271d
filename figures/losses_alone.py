"""Figures of paper A's losses by the strength of the bias (A18j, A27, A36) and by epsilon (A30)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from contrastive_claims.figures.methods import EPS, LOOKS, NAMES, said_of
from contrastive_claims.figures.style import (
    BLACK,
    BLUE,
    GREY,
    INTERVAL,
    PURPLE,
    explain,
    intervals,
    label,
    listed,
    listed_numbers,
    new_figure,
    say,
    sign,
)


def losses_by_rho(
    losses: np.ndarray,
    rhos: np.ndarray,
    accuracy: np.ndarray,
    by_seed: np.ndarray,
    lead: np.ndarray,
    published: np.ndarray,
) -> Figure:
    """A18j, A27, A36: unbiased accuracy of each loss by rho, beside the published one; and by how much each seed's last loss
    leads the one before it.

    accuracy [L, R, 3]: value, low, high; by_seed [L, R, S], a seed stands for the same data in all losses; lead [R, 3]:
    value, low, high; published [L, R], NaN where nothing is printed.
    """
    figure, (ax, right) = new_figure(columns=2, height=2.9, width_ratios=(1.25, 1))
    places = np.arange(len(rhos))
    for k, loss in enumerate(losses.tolist()):
        at = places + 0.26 * (k - (len(losses) - 1) / 2)
        colour, marker = LOOKS[loss]
        intervals(ax, at, accuracy[k, :, 1], accuracy[k, :, 2], color=colour, lw=1.4)
        ax.plot(at, accuracy[k, :, 0], marker, ms=5, color=colour, label=NAMES[loss])
        ax.plot(np.repeat(at + 0.08, by_seed.shape[2]), by_seed[k].ravel(), ".", ms=2.5, color=colour)
        ax.plot(at - 0.1, published[k], "D", ms=4.5, mfc="none", color=BLACK)
    ax.set_ylim(0, min(1, 1.15 * np.nanmax([accuracy[:, :, 2].max(), *published.ravel()])))
    label(ax, "Accuracy on the unbiased test set", r"strength of the bias $\rho$", "accuracy")
    right.axhline(0, color=GREY, lw=0.8)
    right.plot(places, by_seed[-1] - by_seed[-2], ".-", ms=4, lw=0.7, color=PURPLE)
    intervals(right, places + 0.13, lead[:, 1], lead[:, 2], color=BLACK, lw=1.4)
    right.plot(places + 0.13, lead[:, 0], "o", ms=4, color=BLACK)
    label(right, f"Lead over {NAMES[str(losses[-2])]}", r"$\rho$", "difference of accuracy")
    for each in (ax, right):
        each.set_xticks(places, [f"{rho:g}" for rho in rhos])
        each.set_xlim(-0.45, len(rhos) - 0.55)
    printed = [NAMES[str(loss)] for loss, row in zip(losses, published, strict=True) if np.isfinite(row).any()]
    signs = (
        sign(INTERVAL, ls="-", lw=1.4),
        sign("a seed", marker=".", ms=2.5),
        sign("lead of a seed", marker=".", ls="-", lw=0.7, color=PURPLE),
        sign("mean lead", marker="o", ms=4, color=BLACK),
        sign(f"published ({listed(printed)})", marker="D", mfc="none", ms=4.5, color=BLACK),
    )
    explain(figure, 3, *signs)
    text = f"{said_of(losses[-1])} leads {NAMES[str(losses[-2])]} by {listed_numbers(lead[:, 0])} "
    text += rf"at $\rho$ = {listed([f'{rho:g}' for rho in rhos])}"
    if len(losses) > 2:
        text += f", and differs from {said_of(losses[0])} by {listed_numbers(accuracy[-1, :, 0] - accuracy[0, :, 0])}"
    say(figure, text)
    return figure


def accuracy_by_epsilon(
    epsilons: np.ndarray, tuning: np.ndarray, judged: np.ndarray, accuracy: np.ndarray, by_seed: np.ndarray
) -> Figure:
    """A30: unbiased accuracy against epsilon (logits): of the encoder that the inner one was chosen by, and of five more at it
    and at both ends.

    epsilons, tuning [E]; judged [3]: least, chosen, largest; accuracy [3, 3]: value, low, high; by_seed [3, S].
    """
    figure, (ax,) = new_figure(height=2.7)
    places = np.arange(len(epsilons))
    at = np.array([epsilons.tolist().index(epsilon) for epsilon in judged])
    ax.plot(places, tuning, "o-", ms=4, lw=0.9, mfc="white", color=GREY, label="one encoder, to choose by")
    ax.plot(at + 0.36, by_seed, ".", ms=3, color=BLACK)
    intervals(ax, at + 0.24, accuracy[:, 1], accuracy[:, 2], color=BLUE, lw=1.4)
    ax.plot(at + 0.24, accuracy[:, 0], "s", ms=4.5, color=BLUE)
    ax.set_xticks(places, [f"{epsilon:g}" for epsilon in epsilons])
    label(ax, r"$\rho = .99$, no penalty", f"{EPS} (logits)", "unbiased test accuracy")
    mean = sign("mean of five more, 95 % interval", marker="s", ms=4.5, ls="-", lw=1.4, color=BLUE)
    explain(figure, 1, mean, sign("one of the five", marker=".", ms=3, color=BLACK))
    order = accuracy[:, 0]
    inside = order[1] > max(order[0], order[2])
    values = listed_numbers(order, 3)
    where = listed([f"{epsilon:g}" for epsilon in judged])
    text = "Accuracy is higher inside the range" if inside else "Accuracy is not higher inside the range"
    say(figure, f"{text}: {values} at {EPS} = {where}")
    return figure
