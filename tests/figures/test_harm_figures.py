"""Figures of harm: every class drawn but the class itself, declared neighbours marked, published numbers beside ours."""

import matplotlib.colors
import numpy as np
import pytest

from figures.harms import harm_by_method, harm_by_setting, harm_matrix, harm_rows
from figures.style import RED


def test_rows_are_ordered_by_cosine_and_the_neighbour_is_marked():
    generator = np.random.default_rng(0)
    rows = generator.uniform(0.7, 1.1, (2, 5, 10))
    cosines = generator.uniform(-0.3, 0.5, (2, 10))
    rows[0, :, 1] = rows[1, :, 2] = np.nan
    cosines[0, 1] = cosines[1, 2] = 1
    cosines[0, 8], cosines[1, 3] = 0.6, 0.6
    figure = harm_rows(np.array([1, 2]), np.array([8, 3]), rows, cosines)
    for ax, own, neighbour, row in zip(figure.axes, (1, 2), (8, 3), rows, strict=True):
        ticks = [text.get_text().split("\n")[0] for text in ax.get_xticklabels()]
        assert ticks[0] == str(neighbour) and sorted([*ticks, str(own)]) == list("0123456789")
        dots = [line for line in ax.get_lines() if line.get_marker() == "o"]
        np.testing.assert_array_equal(dots[0].get_ydata(), row[:, neighbour])
        assert [matplotlib.colors.to_hex(line.get_color()).upper() == RED for line in dots] == [True] + [False] * 8
    figure.savefig("/dev/null", format="svg")


def colours(lines):
    return [matplotlib.colors.to_hex(line.get_color()).upper() for line in lines]


def with_marker(ax, marker):
    return [line for line in ax.get_lines() if line.get_marker() == marker]


NAMES = np.array(["bag", "boot", "shirt"])


def matrix(generator):
    mean = generator.uniform(0.7, 1.1, (3, 3))
    np.fill_diagonal(mean, np.nan)
    return {
        "names": NAMES, "neighbours": np.array([1, 0, 1]), "strong": np.array([1, 2]), "mean": mean, "low": mean - 0.05,
        "high": mean + 0.1, "adjusted": np.array([0.01, 0.2, 0.04]), "published_pairs": np.array(["a > b", "b > a"]),
        "published": np.array([0.8, 0.9]),
    }  # fmt: skip


def test_the_matrix_says_every_ratio_with_its_interval_and_frames_the_neighbours():
    arrays = matrix(np.random.default_rng(1))
    figure = harm_matrix(**arrays)
    figure.savefig("/dev/null", format="svg")
    grid, side = figure.axes[:2]
    texts = [text.get_text() for text in grid.texts]
    for i, j in np.argwhere(np.isfinite(arrays["mean"])):
        assert f"{arrays['mean'][i, j]:.2f}" in texts
        assert f"{arrays['low'][i, j]:.2f} {arrays['high'][i, j]:.2f}" in texts
    assert len(texts) == 2 * 6
    frames = {(round(p.get_y() + 0.47), round(p.get_x() + 0.47)): p.get_linewidth() for p in grid.patches}
    assert frames.keys() == {(0, 1), (1, 0), (2, 1)} and frames[0, 1] < frames[1, 0] == frames[2, 1]
    assert [text.get_text() for text in grid.get_yticklabels()] == ["bag*", "boot", "shirt*"]
    low, high = grid.images[0].get_clim()
    assert low + high == pytest.approx(2)  # white is 1
    dots = with_marker(side, "o")
    np.testing.assert_array_equal([dot.get_xdata()[0] for dot in dots], arrays["mean"][range(3), [1, 0, 1]])
    np.testing.assert_array_equal(with_marker(side, "D")[0].get_xdata(), arrays["published"])
    assert [text.get_text() for text in side.get_yticklabels()] == [
        "bag > boot", "boot > bag", "shirt > boot", "a > b", "b > a"
    ]  # fmt: skip


def test_methods_stand_beside_each_other_and_beside_the_published_ones():
    generator = np.random.default_rng(2)
    value = generator.uniform(0.7, 1, (4, 2))
    harm, published = np.stack([value, value - 0.1, value + 0.1], axis=1), generator.uniform(0.7, 1, (3, 6))
    rest = generator.uniform(0.9, 1.1, (4, 2))
    methods, published_methods = (
        np.array(["SimCLR", "SimSiam", "SimSiam, features", "BCL"]),
        np.array(["SimCLR", "SimSiam", "BCL"]),
    )
    pairs, others = np.array(["boot > bag", "bag > boot"]), np.array([f"{k} > x" for k in range(6)])
    figure = harm_by_method(pairs, methods, harm, rest, others, published_methods, published)
    figure.savefig("/dev/null", format="svg")
    ours, theirs = figure.axes
    np.testing.assert_array_equal([line.get_ydata() for line in with_marker(ours, "o")], value)
    np.testing.assert_array_equal([line.get_ydata() for line in with_marker(ours, "_")], rest)
    np.testing.assert_array_equal([line.get_ydata() for line in with_marker(theirs, "D")], published)
    used = colours(with_marker(ours, "o"))
    assert len(set(used)) == 4
    assert [used[0], used[1], used[3]] == colours(with_marker(theirs, "D"))  # one colour a method


def test_settings_show_both_ways_with_the_deciding_one_named():
    generator = np.random.default_rng(3)
    value = generator.uniform(0.7, 1, (2, 3, 1, 2))
    harm = np.concatenate([value, value - 0.1, value + 0.1], axis=2)
    rest = generator.uniform(0.9, 1.1, (2, 3, 2))
    layers = generator.uniform(0.8, 1.1, (4, 2, 3, 2))
    names, apart, curve = np.array(["a, b", "c, d"]), np.array([0.08, 0.12]), np.array([0, 1])
    figure = harm_by_setting(names, harm, rest, apart, np.array(1), curve, layers, np.array([0.78, 0.832]))
    figure.savefig("/dev/null", format="svg")
    depth = figure.axes[3]
    curves = {line.get_label(): line.get_ydata() for line in depth.get_lines()}
    for way, name in enumerate(("as they are", "centred")):
        for part, towards in enumerate(("towards each other", "towards the rest")):
            np.testing.assert_array_equal(curves[f"{towards}, {name}"], layers[:, way, :, part].mean(axis=1))
    assert depth.get_xticklabels()[-1].get_text() == "embedding" and depth.get_title(loc="left").startswith("c, d")
    for view, ax in enumerate(figure.axes[:3]):
        shown = np.array([line.get_ydata() for line in with_marker(ax, "o")])
        np.testing.assert_array_equal(shown, harm[:, view, 0].T)
        np.testing.assert_array_equal([line.get_ydata() for line in with_marker(ax, "_")], rest[:, view].T)
        ticks = [text.get_text() for text in ax.get_xticklabels()][:2]
        assert ticks == (["a\nb", "c\nd\n(decides)"] if view < 2 else ["a\nb\n0.08", "c\nd\n(decides)\n0.12"])
        theirs = [line.get_ydata()[0] for line in with_marker(ax, "D")]
        assert theirs == ([0.78, 0.832] if view < 2 else [])
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()
