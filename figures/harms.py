"""Figures of the harms of representations (paper B)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from figures.style import BLUE, DIVERGING, GREEN, GREY, ORANGE, PURPLE, RED, SKY, label, new_figure


def harm_rows(classes: np.ndarray, neighbours: np.ndarray, rows: np.ndarray, cosines: np.ndarray) -> Figure:
    """B9: RH of each undersampled class towards every other, per paired seed (dots) and on average (bars).

    classes, neighbours [R]; rows [R, S, K] with NaN at the class itself; cosines [R, K]: the balanced class cosines that
    declared the neighbours. Classes stand from the declared neighbour to the farthest; below 1 is harm.
    """
    figure, axes = new_figure(columns=len(classes), width=4.6, height=3.4)
    low, high = np.nanmin(rows), np.nanmax(rows)
    margin = 0.08 * (high - low)
    for ax, own, neighbour, row, cosine in zip(axes, classes, neighbours, rows, cosines, strict=True):
        order = [k for k in np.argsort(-cosine) if k != own]
        for place, k in enumerate(order):
            colour = RED if k == neighbour else BLUE
            spread = np.linspace(-0.18, 0.18, len(row))
            ax.plot(place + spread, row[:, k], "o", ms=3.5, color=colour, alpha=0.55, mec="none")
            ax.plot([place - 0.32, place + 0.32], [row[:, k].mean()] * 2, color=colour, lw=2.5, solid_capstyle="butt")
        rest = [k for k in order if k != neighbour]
        ax.axhline(row[:, rest].mean(), color=ORANGE, lw=1, ls="--")
        # outside, on the right: inside, the text would lie on somebody's dots
        ax.text(len(order) - 0.35, row[:, rest].mean(), "mean of\nthe rest", fontsize=7, va="center")
        ax.axhline(1, color=GREY, lw=0.8)
        ax.set_xlim(-0.6, len(order) - 0.4)
        ax.set_ylim(min(low, 1) - margin, max(high, 1) + margin)
        ax.set_xticks(range(len(order)), [f"{k}\n{cosine[k]:.2f}" for k in order])
        ax.get_xticklabels()[order.index(neighbour)].set_color(RED)
        label(ax, f"{own} undersampled, declared neighbour {neighbour}", "class, and its cosine when balanced", "")
    axes[0].set_ylabel("representation harm RH (below 1: closer)")
    return figure


def harm_matrix(
    names: np.ndarray,
    neighbours: np.ndarray,
    strong: np.ndarray,
    mean: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    adjusted: np.ndarray,
    published_pairs: np.ndarray,
    published: np.ndarray,
) -> Figure:
    """B9: RH of every undersampled class (rows) towards every other, with intervals; declared neighbours framed, and beside
    the published pairs.

    names [K]; neighbours [K]; strong: classes with a bold frame; mean, low, high [K, K], NaN on the diagonal; adjusted [K]:
    Holm's p-values of "nearer to the neighbour than to the rest", starred up to .05; published [P] of published_pairs [P].
    """
    figure = Figure(figsize=(14, 6.6), layout="constrained")
    grid, side = figure.subplots(1, 2, width_ratios=(2.1, 1))
    shown = matrix_of(grid, names, mean, low, high, centre=1.0)
    frame_neighbours(grid, neighbours, strong)
    stars = ["*" if p <= 0.05 else "" for p in adjusted]
    grid.set_yticks(range(len(names)), [f"{name}{star}" for name, star in zip(names, stars, strict=True)])
    figure.colorbar(shown, ax=grid, shrink=0.7, label="RH (below 1: closer)")
    label(grid, "RH of the undersampled class (row); neighbour framed, bold: strong; *: confirmed", "", "")
    own = np.arange(len(names))
    pairs = [f"{names[k]} > {names[neighbours[k]]}" for k in own]
    parts = np.array([part[own, neighbours] for part in (mean, low, high)])
    side_by_side(side, pairs, parts, published_pairs, published)
    side.axvline(1, color=GREY, lw=0.8)
    label(side, "RH towards the neighbour", "RH", "")
    return figure


def matrix_of(ax: Axes, names: np.ndarray, mean: np.ndarray, low: np.ndarray, high: np.ndarray, centre: float):  # noqa: ANN201 - matplotlib's AxesImage
    """A heat map around `centre`, every cell with its value and interval; red below the centre. NaN cells stay empty."""
    reach = np.nanmax(np.abs(mean - centre))
    shown = ax.imshow(mean, cmap=DIVERGING, vmin=centre - reach, vmax=centre + reach)
    for (i, j), value in np.ndenumerate(mean):
        if np.isfinite(value):
            colour = "white" if abs(value - centre) > 0.6 * reach else "black"
            ax.text(j, i - 0.12, f"{value:.2f}", ha="center", va="center", fontsize=9, color=colour)
            ends = f"{low[i, j]:.2f} {high[i, j]:.2f}"
            ax.text(j, i + 0.25, ends, ha="center", va="center", fontsize=5.5, color=colour)
    ax.set_xticks(range(len(names)), [str(name) for name in names], rotation=40, ha="right", rotation_mode="anchor")
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return shown


def frame_neighbours(ax: Axes, neighbours: np.ndarray, strong: np.ndarray) -> None:
    """A frame around (k, neighbours[k]), bold for strong classes."""
    for k, j in enumerate(neighbours):
        width = 2.6 if k in strong else 1.0
        ax.add_patch(Rectangle((j - 0.47, k - 0.47), 0.94, 0.94, fill=False, lw=width, ec="black"))


def side_by_side(
    ax: Axes, names: list[str], parts: np.ndarray, published_names: np.ndarray, published: np.ndarray
) -> None:
    """Ours [3, R] (value, low, high) above, the published values [P] below, one line each on one axis."""
    for place, (value, low, high) in enumerate(parts.T):
        ax.plot([low, high], [place, place], color=BLUE, lw=1.6)
        ax.plot(value, place, "o", ms=5, color=BLUE, label=None if place else "ours, Fashion-MNIST, with interval")
    below = len(names) + 0.8 + np.arange(len(published))
    ax.plot(published, below, "D", ms=5, color=ORANGE, label="published, CIFAR-10")
    ax.set_yticks([*range(len(names)), *below], [*names, *(str(name) for name in published_names)], fontsize=8)
    ax.set_ylim(below[-1] + 0.8, -2.6)
    ax.legend(frameon=False, fontsize=8, loc="upper left", handletextpad=0.3)


def harm_by_method(
    pairs: np.ndarray,
    methods: np.ndarray,
    harm: np.ndarray,
    rest: np.ndarray,
    published_pairs: np.ndarray,
    published_methods: np.ndarray,
    published: np.ndarray,
) -> Figure:
    """B12: RH towards the neighbour under each method (dots with intervals; dashes: mean of the rest of the row), beside the
    published ones.

    pairs [R]; methods [M]; harm [M, 3, R] (value, low, high); rest [M, R]; published [Q, P] of published_methods [Q], which are
    among the methods, and published_pairs [P].
    """
    figure, (ours, theirs) = new_figure(columns=2, width=4.9, height=3.4)
    colours = dict(zip(methods.tolist(), (BLUE, GREEN, SKY, RED), strict=True))
    for m, method in enumerate(methods.tolist()):
        places = np.arange(len(pairs)) + 0.2 * (m - (len(methods) - 1) / 2)
        value, low, high = harm[m]
        ours.vlines(places, low, high, color=colours[method], lw=1.6)
        ours.plot(places, value, "o", ms=5, color=colours[method], label=method)
        ours.plot(places, rest[m], "_", ms=14, mew=1.4, color=colours[method])
    for m, method in enumerate(published_methods.tolist()):
        theirs.plot(np.arange(len(published_pairs)) + 0.2 * (m - 1), published[m], "D", ms=5, color=colours[method])
    for ax, names in ((ours, pairs), (theirs, published_pairs)):
        ax.set_xticks(range(len(names)), [str(name).replace(" > ", "\n> ") for name in names], fontsize=8)
        ax.axhline(1, color=GREY, lw=0.8)
        ax.set_xlim(-0.6, len(names) - 0.4)
    ours.legend(frameon=False, fontsize=8, ncols=2, loc="lower center", bbox_to_anchor=(0.5, -0.5))
    label(ours, "Ours, Fashion-MNIST (bars: mean of the rest)", "", "RH (below 1: closer)")
    label(theirs, "Published, CIFAR-10", "", "RH")
    return figure


def harm_by_setting(
    settings: np.ndarray,
    harm: np.ndarray,
    rest: np.ndarray,
    apart: np.ndarray,
    deciding: np.ndarray,
    curve: np.ndarray,
    layers: np.ndarray,
    published: np.ndarray,
) -> Figure:
    """B28: RH of automobile and truck towards each other in every setting, cosines as they are and centred, beside the
    published pair; how much of their separation is kept; and RH behind every layer in the deciding setting.

    settings [C]; harm [C, 3 views, 3, 2 directions] (value, low, high): RH, RH centred, separation kept; rest [C, 3, 2]: mean of
    the rest of the row; apart [C]: separation in the balanced encoders; deciding: the setting that decides; curve: the settings
    that differ in length alone, which a line joins; layers [L, 2, S, 2]: by seed, mean over the directions, towards the pair's
    other class and towards the rest; published [2 directions].
    """
    figure, axes = new_figure(columns=2, rows=2, width=5.5, height=3.7)
    names = [str(name).replace(", ", "\n") + "\n(decides)" * int(k == deciding) for k, name in enumerate(settings)]
    views = ("RH, cosines as they are", "RH, centred", "Separation kept (below: its size in balanced encoders)")
    for ax, view, title in zip(axes, range(3), views, strict=False):
        ticks = list(names)
        for k, (name, colour) in enumerate((("auto > truck", BLUE), ("truck > auto", RED))):
            places = np.arange(len(settings)) + 0.24 * (k - 0.5)
            value, low, high = harm[:, view, :, k].T
            ax.vlines(places, low, high, color=colour, lw=1.6)
            ax.plot(places, value, "o", ms=5, color=colour, label=name)
            ax.plot(places[curve], value[curve], color=colour, lw=0.8, alpha=0.6)
            ax.plot(places, rest[:, view, k], "_", ms=12, mew=1.4, color=colour)
            if view < 2:
                ax.plot(len(settings) + 0.24 * (k - 0.5), published[k], "D", ms=6, color=colour)
        if view < 2:
            ticks.append("published\n10 classes\n500 epochs")
        else:
            ticks = [f"{name}\n{value:.2f}" for name, value in zip(names, apart, strict=True)]
        ax.set_xticks(range(len(ticks)), ticks, fontsize=7)
        ax.set_xlim(-0.6, len(ticks) - 0.4)
        label(ax, title, "", "bars: mean of the rest of the row")
    depths = np.arange(len(layers))
    depth = axes[3]
    for way, (line, name) in enumerate((("-", "as they are"), ("--", "centred"))):
        for part, (colour, towards) in enumerate(((PURPLE, "towards each other"), (GREY, "towards the rest"))):
            values = layers[:, way, :, part]
            depth.plot(depths, values.mean(axis=1), line, marker="o", ms=4, color=colour, label=f"{towards}, {name}")
            depth.plot(depths, values, ".", ms=3, color=colour, alpha=0.5)
    depth.set_xticks(depths, [*(f"layer {k + 1}" for k in depths[:-1]), "embedding"], fontsize=7)
    depth.legend(frameon=False, fontsize=7)
    label(depth, f"{settings[deciding]}: layer by layer", "", "RH, mean of both (dots: seeds)")
    for ax in axes:
        ax.axhline(1, color=GREY, lw=0.8)
    for ends, ax in ((axes[1], axes[0]), (axes[0], axes[1])):
        ax.set_ylim(min(ends.get_ylim()[0], ax.get_ylim()[0]), max(ends.get_ylim()[1], ax.get_ylim()[1]))
    figure.legend(*axes[0].get_legend_handles_labels(), frameon=False, fontsize=8, ncols=2, loc="outside lower center")
    return figure
