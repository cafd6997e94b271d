"""Figures of the harms of representations (paper B)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from contrastive_claims.figures.matrices import arrow, frame_neighbours, frames, matrix_figure, side_by_side
from contrastive_claims.figures.style import (
    BLUE,
    GREEN,
    GREY,
    HARM,
    INTERVAL,
    LEVEL,
    ORANGE,
    PURPLE,
    RED,
    SECOND_LOOK,
    SKY,
    explain,
    intervals,
    label,
    listed,
    new_figure,
    note,
    number,
    say,
    sign,
)


def harm_rows(classes: np.ndarray, neighbours: np.ndarray, rows: np.ndarray, cosines: np.ndarray) -> Figure:
    """B9: RH of each undersampled digit towards every other, per paired seed (dots) and on average (bars).

    classes, neighbours [R]; rows [R, S, K] with NaN at the class itself; cosines [R, K]: the balanced class cosines that
    declared the neighbours. Classes stand by falling cosine; below 1 is harm.
    """
    digits = np.array([str(k) for k in range(rows.shape[-1])])
    titles = [
        f"Digit {own} undersampled; nearest when balanced: {k}" for own, k in zip(classes, neighbours, strict=True)
    ]
    words = ("digit", "the nearest class", "the class nearest to it when balanced")
    return _rows(classes, neighbours, rows, cosines, digits, titles, words)


def harm_rows_of_pair(
    classes: np.ndarray, neighbours: np.ndarray, rows: np.ndarray, cosines: np.ndarray, names: np.ndarray
) -> Figure:
    """B28t: as `harm_rows`, of the two classes of a pair; names [K] of all."""
    titles = [f"{str(names[own]).capitalize()} undersampled" for own in classes]
    words = ("class", "the other of its pair", "the other of its pair")
    return _rows(classes, neighbours, rows, cosines, names, titles, words)


def _rows(
    classes: np.ndarray,
    neighbours: np.ndarray,
    rows: np.ndarray,
    cosines: np.ndarray,
    names: np.ndarray,
    titles: Sequence[str],
    words: tuple[str, str, str],
) -> Figure:
    """words: what a class is called, and the one that it should move to, in short and in full."""
    shown, (kind, partner, whole) = names.tolist(), words
    figure, axes = new_figure(columns=len(classes), height=3.1, sharey=True)
    low, high = np.nanmin(rows), np.nanmax(rows)
    margin = 0.08 * (high - low)
    told = []
    for ax, title, own, neighbour, row, cosine in zip(axes, titles, classes, neighbours, rows, cosines, strict=True):
        order = [k for k in np.argsort(-cosine) if k != own]
        for place, k in enumerate(order):
            colour = RED if k == neighbour else BLUE
            spread = np.linspace(-0.18, 0.18, len(row))
            ax.plot(
                place + spread, row[:, k], "s" if k == neighbour else "o", ms=3, color=colour, alpha=0.6, mec="none"
            )
            ax.plot([place - 0.32, place + 0.32], [row[:, k].mean()] * 2, color=colour, lw=2.5, solid_capstyle="butt")
        rest = [k for k in order if k != neighbour]
        ax.axhline(row[:, rest].mean(), color=ORANGE, lw=1.1, ls="--")
        ax.axhline(1, color=GREY, lw=0.8)
        ax.set_xlim(-0.6, len(order) - 0.4)
        ax.set_ylim(min(low, 1) - margin, max(high, 1) + margin)
        ax.set_xticks(range(len(order)), [f"{shown[k]}\n{number(cosine[k])}" for k in order])
        text = f"class, and its cosine with {shown[own]} in balanced encoders"
        label(ax, title, text, "")
        least = order[int(np.argmin(row[:, order].mean(axis=0)))]
        told.append((shown[own], shown[neighbour], float(row[:, neighbour].mean()), bool(least == neighbour)))
    axes[0].set_ylabel("representation harm RH")
    signs = (
        sign(f"towards {partner}: seeds, mean", marker="s", ms=3, color=RED, ls="-", lw=2.5),
        sign("towards another: seeds, mean", marker="o", ms=3, color=BLUE, ls="-", lw=2.5),
        sign("mean of the others", color=ORANGE, ls="--", lw=1.1),
        sign("1: as close as when balanced", ls="-", lw=0.8),
    )
    explain(figure, 2, *signs)
    if all(first for *_, first in told):
        moves = [f"{own} to {neighbour} (RH {number(value)})" for own, neighbour, value, _ in told]
        say(figure, f"An undersampled {kind} moves most towards {whole}: {listed(moves)}")
    else:
        missed = listed([own for own, *_, first in told if not first])
        say(figure, f"Undersampled, the {kind} {missed} does not move most towards {whole}")
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
    """B9: RH of every undersampled class (rows) towards every other, with intervals; declared neighbours framed, and below
    the published pairs.

    names [K]; neighbours [K]; strong: classes with a bold frame; mean, low, high [K, K], NaN on the diagonal; adjusted [K]:
    Holm's p-values of "nearer to the neighbour than to the rest", starred up to .05; published [P] of published_pairs [P].
    """
    stars = ["*" if p <= LEVEL else "" for p in adjusted]
    marked = [f"{name}{star}" for name, star in zip(names, stars, strict=True)]
    figure, grid, side = matrix_figure(names, marked, mean, low, high, 1.0, "representation harm RH")
    frame_neighbours(grid, neighbours, strong)
    label(grid, "RH of the undersampled class (row) towards the others, and half its interval", "", "")
    own = np.arange(len(names))
    pairs = [f"{names[k]} > {names[neighbours[k]]}" for k in own]
    parts = np.array([part[own, neighbours] for part in (mean, low, high)])
    side_by_side(side, pairs, parts, published_pairs, published)
    side.axhline(1, color=GREY, lw=0.8)
    label(side, "Towards the neighbour", "", "RH")
    told = note(rf"*: nearer than the rest ($t$-test, Holm, $p \leq {LEVEL:g}$)")
    explain(figure, 2, *frames(strong), note(HARM), told, note(INTERVAL))
    led = int((np.nanargmin(mean, axis=1) == neighbours).sum())
    others = low.copy()
    others[own, neighbours] = np.nan
    clear = int((high[own, neighbours] < np.nanmin(others, axis=1)).sum())
    confirmed = int((adjusted <= LEVEL).sum())
    say(
        figure,
        f"{confirmed} of {len(names)} undersampled classes move towards their neighbour more than towards the rest on average; "
        f"{led} of them towards it most of all, {clear} by more than the intervals",
    )
    return figure


METHOD_LOOKS = {"SimCLR": (BLUE, "o"), "SimSiam": (GREEN, "s"), "SimSiam, features": (SKY, "P"), "BCL": (RED, "D")}


def harm_by_method(
    pairs: np.ndarray,
    methods: np.ndarray,
    harm: np.ndarray,
    rest: np.ndarray,
    published_pairs: np.ndarray,
    published_methods: np.ndarray,
    published: np.ndarray,
    level: np.ndarray,
) -> Figure:
    """B12, B12s: RH towards the neighbour under each method (dots with intervals; dashes: mean of the rest of the row), beside
    the published ones. Where an interval leaves the picture, an arrow says so and a number how far it goes.

    pairs [R]; methods [M] of METHOD_LOOKS; harm [M, 3, R] (value, low, high); rest [M, R]; published [Q, P] of
    published_methods [Q], which are among the methods, and published_pairs [P]; level of the intervals, 0.95 or 0.975.
    """
    figure, (ours, theirs) = new_figure(columns=2, height=3.4, sharey=True, width_ratios=(1, 1.25))
    bottom, top = min(harm[:, 0].min(), published.min(), rest.min()) - 0.15, max(harm[:, 0].max(), rest.max(), 1) + 0.15
    names = [method.replace(", ", " (") + ")" * (", " in method) for method in methods.tolist()]
    for m, method in enumerate(methods.tolist()):
        places = np.arange(len(pairs)) + 0.2 * (m - (len(methods) - 1) / 2)
        value, low, high = harm[m]
        colour, marker = METHOD_LOOKS[method]
        intervals(ours, places, np.maximum(low, bottom), np.minimum(high, top), color=colour, lw=1.6)
        ours.plot(places, value, marker, ms=5, color=colour, label=names[m])
        ours.plot(places, rest[m], "_", ms=12, mew=1.4, color=colour)
        for ends, edge, way, side in ((low, bottom, "v", -1), (high, top, "^", 1)):
            for place, end in zip(places, ends, strict=True):
                if side * (end - edge) <= 0:
                    continue
                ours.plot(place, edge, way, ms=4, color=colour, clip_on=False)
                under = "bottom" if side > 0 else "top"
                ours.annotate(
                    number(end, 1),
                    (place, edge),
                    (0, 3 * side),
                    textcoords="offset points",
                    ha="center",
                    va=under,
                    fontsize=7,
                )
    for m, method in enumerate(published_methods.tolist()):
        colour, marker = METHOD_LOOKS[method]
        theirs.plot(
            np.arange(len(published_pairs)) + 0.2 * (m - (len(published) - 1) / 2),
            published[m],
            marker,
            ms=5,
            color=colour,
        )
    for ax, shown in ((ours, pairs), (theirs, published_pairs)):
        ax.set_xticks(range(len(shown)), [arrow(str(pair).replace(" > ", "\n> ")) for pair in shown])
        ax.axhline(1, color=GREY, lw=0.8)
        ax.set_xlim(-0.6, len(shown) - 0.4)
        ax.set_ylim(bottom, top)
        ax.tick_params(axis="x", pad=12)  # below it stand the ends of what goes on
    ours.set_title("Ours, Fashion-MNIST", loc="left", pad=14)
    theirs.set_title("Published, CIFAR-10", loc="left", pad=14)
    ours.set_ylabel("representation harm RH")
    signs = (
        sign("RH towards the other classes (mean)", marker="_", ms=12, mew=1.4),
        sign(INTERVAL if level == 0.95 else SECOND_LOOK, ls="-", lw=1.6),
        sign("interval ends above, at the number", marker="^", ms=4),
        sign("interval ends below, at the number", marker="v", ms=4),
        sign("1: as close as when balanced", ls="-", lw=0.8),
    )
    explain(figure, 3, *signs)
    nearer = harm[:, 2] < 1  # [methods, pairs]
    sure = [name for name, row in zip(names, nearer, strict=True) if row.all()]
    text = "No method moves both classes to their neighbour"
    if sure:
        text = f"Under {listed(sure)} both classes move towards their neighbour (intervals below 1)"
    for name, row in zip(names, nearer, strict=True):
        moved = [str(pair).partition(" > ")[0] for pair, one in zip(pairs, row, strict=True) if one]
        if len(moved) < len(pairs):
            text += f"; under {name} {f'only {listed(moved)} does' if moved else 'neither does'}"
    say(figure, text)
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
    figure, axes = new_figure(columns=2, rows=2, height=6.8)
    count = len(settings)
    names = [str(name).replace("10 epochs, half", "10 epochs,\nhalf") for name in settings]
    names[int(deciding)] += "\n(the claim's)"
    views = ("RH, cosines as they are", "RH, embeddings centred", "Separation kept")
    for view, (ax, title) in enumerate(zip(axes, views, strict=False)):
        for k, (name, colour, marker) in enumerate((("auto > truck", BLUE, "o"), ("truck > auto", RED, "s"))):
            places = np.arange(count) + 0.26 * (k - 0.5)
            value, low, high = harm[:, view, :, k].T
            intervals(ax, places, low, high, across=True, color=colour, lw=1.6)
            ax.plot(value[curve], places[curve], color=colour, lw=0.7, ls=":")
            ax.plot(value, places, marker, ms=5, color=colour, label=arrow(name))
            ax.plot(rest[:, view, k], places, "|", ms=9, mew=1.4, color=colour)
            if view == 0:
                ax.plot(published[k], count + 0.26 * (k - 0.5), marker, ms=6, mfc="none", color=colour)
        ticks = [*names, "published: 10 classes,\n500 epochs"] if view < 2 else names
        if view == 2:
            ticks = [f"{name}\n(balanced: {number(size)})" for name, size in zip(settings, apart, strict=True)]
        ax.set_yticks(range(len(ticks)), ticks if view != 1 else [""] * len(ticks))
        ax.set_ylim(len(ticks) - 0.5, -0.5)
        ax.axvline(1, color=GREY, lw=0.8)
        label(ax, title, "representation harm RH" if view < 2 else "part of the separation (0: merged)", "")
    ends = [ax.get_xlim() for ax in axes[:2]]
    for ax in axes[:2]:
        ax.set_xlim(min(low for low, _ in ends), max(high for _, high in ends))
    depths, depth = np.arange(len(layers)), axes[3]
    for way, (line, filled) in enumerate((("-", True), ("--", False))):
        for part, (colour, marker) in enumerate(((PURPLE, "^"), (GREY, "v"))):
            values = layers[:, way, :, part]
            depth.plot(np.repeat(depths + 0.07, values.shape[1]), values.ravel(), ".", ms=2.5, color=colour)
            depth.plot(
                depths, values.mean(axis=1), line, marker=marker, color=colour, mfc=colour if filled else "white"
            )
    depth.axhline(1, color=GREY, lw=0.8)
    depth.set_xticks(depths, [*(f"layer {k + 1}" for k in depths[:-1]), "embedding"])
    label(depth, f"Layer by layer: {settings[deciding]}", "", "RH, mean of both directions")
    signs: list[Line2D] = [
        sign("towards the other classes (mean)", marker="|", ms=9, mew=1.4),
        sign("longer training", ls=":", lw=0.7),
        sign("published (hollow)", marker="o", mfc="none", ms=6),
        sign(SECOND_LOOK, ls="-", lw=1.6),
        sign("layers: towards each other", color=PURPLE, marker="^"),
        sign("layers: towards other classes", color=GREY, marker="v"),
        sign("the two, hollow: centred", color=GREY, marker="v", mfc="white", ls="--"),
        sign("layers: a seed", marker=".", ms=2.5),
        note(HARM),
    ]
    explain(figure, 2, *signs)
    pair, others = harm[deciding, 0, 0], rest[deciding, 0]
    moves = "move towards each other" if (harm[deciding, 0, 2] < 1).all() else "are not seen to move towards each other"
    more = "more than towards the rest" if (pair < others).all() else "not more than towards the rest"
    where = settings[int(deciding)].replace(",", " and")
    text = f"With {where} automobiles and trucks {moves}, {more} (RH {listed([number(v) for v in pair])}, published "
    text += f"{listed([number(v) for v in published])})"
    unseen = [f"{name} ({listed([number(v) for v in row[0, 0]])})" for name, row in zip(settings, harm, strict=True)
              if not (row[0, 2] < 1).all() and name != settings[int(deciding)]]  # fmt: skip
    if unseen:
        text += f"; with {listed(unseen)} no move is told"
    near = layers[:, 0].mean(axis=1)  # [L, 2], cosines as they are
    farther = np.flatnonzero(near[:, 0] >= near[:, 1])
    if 0 < len(farther) < len(layers) and near[-1, 0] < near[-1, 1]:
        text += f"; up to layer {farther[-1] + 1} there is none"
    say(figure, text)
    return figure


def harm_along_pretraining(stages: np.ndarray, curve: np.ndarray, rest: np.ndarray, published: np.ndarray) -> Figure:
    """B28p, B28q: RH of automobiles and trucks towards each other, mean over both, along pretraining.

    stages [P]; curve [P, 3]: value, low, high; rest [P]: how far the pair's RH lies from the mean of the rest of its rows;
    published [2]: of the pair, at full size.
    """
    figure, (ax,) = new_figure(height=2.8)
    at = np.arange(len(stages))
    intervals(ax, at, curve[:, 1], curve[:, 2], across=True, color=BLUE, lw=1.4)
    ax.plot(curve[:, 0], at, "o", ms=5, color=BLUE)
    ax.plot(curve[:, 0] - rest, at, "s", ms=4, mfc="white", color=GREY, label="towards the rest")
    ax.axvline(1, color=GREY, lw=0.8)
    for value in published:
        ax.axvline(value, color=RED, lw=0.8, ls=":")
    ax.set_yticks(at, [str(stage) for stage in stages])
    ax.set_ylim(len(at) - 0.5, -0.5)
    label(ax, "Automobiles and trucks", "RH", "")
    signs = (
        sign("towards each other, 95 % interval", marker="o", ms=5, color=BLUE, ls="-", lw=1.4),
        sign("published (both directions)", color=RED, ls=":", lw=0.8),
    )
    explain(figure, 1, *signs)
    low, name = curve[:, 0].min(), str(stages[int(curve[:, 0].argmin())])
    harmed = curve[:, 2] < 1
    says = f"the lowest RH is {number(low)} ({name})"
    say(figure, f"by its interval RH lies below 1 in {int(harmed.sum())} of {len(at)} stages; {says}")
    return figure
