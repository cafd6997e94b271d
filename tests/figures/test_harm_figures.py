"""Figures of harm: every class drawn but the class itself, declared neighbours marked, published numbers beside ours."""

import matplotlib.colors
import numpy as np
import pytest

from contrastive_claims.figures.harms import (
    METHOD_LOOKS,
    harm_by_method,
    harm_by_setting,
    harm_matrix,
    harm_rows,
    harm_rows_of_pair,
)
from contrastive_claims.figures.matrices import arrow
from contrastive_claims.figures.style import INTERVAL, RED, SECOND_LOOK, said


def with_marker(ax, marker, hollow=False):
    return [line for line in ax.get_lines() if line.get_marker() == marker and (line.get_mfc() == "none") == hollow]


def digits():
    generator = np.random.default_rng(0)
    rows = generator.uniform(0.8, 1.1, (2, 5, 10))
    cosines = generator.uniform(-0.3, 0.5, (2, 10))
    rows[0, :, 1] = rows[1, :, 2] = np.nan
    cosines[0, 1] = cosines[1, 2] = 1
    cosines[0, 8], cosines[1, 3] = 0.6, 0.6
    rows[0, :, 8] -= 0.3
    rows[1, :, 3] -= 0.3
    return rows, cosines


def test_rows_are_ordered_by_cosine_and_the_neighbour_is_marked():
    rows, cosines = digits()
    figure = harm_rows(np.array([1, 2]), np.array([8, 3]), rows, cosines)
    for ax, own, neighbour, row, cosine in zip(figure.axes, (1, 2), (8, 3), rows, cosines, strict=True):
        order = [int(text.get_text().split("\n")[0]) for text in ax.get_xticklabels()]
        assert order == [k for k in np.argsort(-cosine) if k != own] and order[0] == neighbour
        dots = [*with_marker(ax, "s"), *with_marker(ax, "o")]
        for k, line in zip(order, dots, strict=True):
            np.testing.assert_array_equal(line.get_ydata(), row[:, k])
            assert matplotlib.colors.same_color(line.get_color(), RED) == (k == neighbour)
    assert "most towards the class nearest to it when balanced: 1 to 8" in said(figure)
    assert f"(RH {rows[1, :, 3].mean():.2f})" in said(figure)


def test_the_title_says_which_digit_does_not_move_as_declared():
    rows, cosines = digits()
    rows[1, :, 5] = 0.1
    title = said(harm_rows(np.array([1, 2]), np.array([8, 3]), rows, cosines))
    assert title == "Undersampled, the digit 2 does not move most towards the class nearest to it when balanced"


def test_rows_of_a_pair_are_named():
    rows, cosines = digits()
    names = np.array([f"kind {k}" for k in range(10)])
    figure = harm_rows_of_pair(np.array([1, 2]), np.array([8, 3]), rows, cosines, names)
    for ax, own, neighbour, row, cosine in zip(figure.axes, (1, 2), (8, 3), rows, cosines, strict=True):
        assert ax.get_title(loc="left") == f"Kind {own} undersampled"
        order = [text.get_text().split("\n")[0] for text in ax.get_xticklabels()]
        assert order == [names[k] for k in np.argsort(-cosine) if k != own]
        (marked,) = with_marker(ax, "s")
        np.testing.assert_array_equal(marked.get_ydata(), row[:, neighbour])
    assert "class moves most towards the other of its pair: kind 1 to kind 8" in said(figure)


NAMES = np.array(["bag", "boot", "shirt"])


def matrix():
    mean = np.array([[np.nan, 0.7, 0.9], [0.8, np.nan, 1.0], [0.85, 0.95, np.nan]])
    return {
        "names": NAMES, "neighbours": np.array([1, 0, 1]), "strong": np.array([1, 2]), "mean": mean, "low": mean - 0.05,
        "high": mean + 0.05, "adjusted": np.array([0.01, 0.2, 0.04]), "published_pairs": np.array(["a > b", "b > a"]),
        "published": np.array([0.8, 0.9]),
    }  # fmt: skip


def test_the_matrix_says_every_ratio_with_its_interval_and_frames_the_neighbours():
    arrays = matrix()
    figure = harm_matrix(**arrays)
    grid, side = figure.axes[:2]
    texts = {(round(t.get_position()[1]), t.get_position()[0]): [] for t in grid.texts}
    for text in grid.texts:
        texts[round(text.get_position()[1]), text.get_position()[0]].append(text.get_text())
    assert texts == {
        (i, j): [f"{arrays['mean'][i, j]:.2f}", "±0.05"] for i, j in np.argwhere(np.isfinite(arrays["mean"]))
    }
    frames = {(round(p.get_y() + 0.47), round(p.get_x() + 0.47)): p.get_linewidth() for p in grid.patches}
    assert frames.keys() == {(0, 1), (1, 0), (2, 1)} and frames[0, 1] < frames[1, 0] == frames[2, 1]
    assert [text.get_text() for text in grid.get_yticklabels()] == ["bag*", "boot", "shirt*"]
    low, high = grid.images[0].get_clim()
    assert low + high == pytest.approx(2)  # white is 1
    assert grid.get_facecolor()[:3] != (1, 1, 1)  # and the class itself is not
    np.testing.assert_array_equal(with_marker(side, "o")[0].get_ydata(), [0.7, 0.8, 0.95])
    np.testing.assert_array_equal(with_marker(side, "D")[0].get_ydata(), arrays["published"])
    assert [text.get_text() for text in side.get_xticklabels()] == [
        arrow(pair) for pair in ("bag > boot", "boot > bag", "shirt > boot", "a > b", "b > a")
    ]
    assert said(figure).startswith("2 of 3 undersampled classes")
    assert said(figure).endswith("; 2 of them towards it most of all, 2 by more than the intervals")
    arrays["mean"] = np.array([[np.nan, 0.83, 0.9], [0.8, np.nan, 1.0], [0.85, 0.95, np.nan]])
    arrays["low"], arrays["high"] = arrays["mean"] - 0.05, arrays["mean"] + 0.05
    assert said(harm_matrix(**arrays)).endswith("; 2 of them towards it most of all, 1 by more than the intervals")


def test_one_method_looks_as_among_others_with_the_level_of_one_look():
    value = np.array([[0.7, 0.8]])
    harm = np.stack([value, value - 0.05, value + 0.05], axis=1)
    pairs, others, simsiam = np.array(["a > b", "b > a"]), np.array(["x > y"]), np.array(["SimSiam"])
    figure = harm_by_method(pairs, simsiam, harm, np.ones((1, 2)), others, simsiam, np.array([[0.9]]), np.array(0.95))
    ours, theirs = figure.axes
    colour, marker = METHOD_LOOKS["SimSiam"]
    (drawn,), (printed,) = with_marker(ours, marker), with_marker(theirs, marker)
    assert drawn.get_color() == printed.get_color() == colour and printed.get_xdata().tolist() == [0]
    np.testing.assert_array_equal(drawn.get_ydata(), value[0])
    told = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    assert INTERVAL in told and SECOND_LOOK not in told
    assert "Under SimSiam both classes move towards their neighbour" in said(figure)


def test_methods_stand_beside_each_other_and_beside_the_published_ones():
    generator = np.random.default_rng(2)
    value = generator.uniform(0.7, 0.9, (4, 2))
    harm, published = np.stack([value, value - 0.05, value + 0.05], axis=1), generator.uniform(0.7, 1, (3, 6))
    harm[2, 2] = 5.0
    rest, level = generator.uniform(0.9, 1.1, (4, 2)), np.array(0.975)
    methods = np.array(["SimCLR", "SimSiam", "SimSiam, features", "BCL"])
    pairs, others = np.array(["boot > bag", "bag > boot"]), np.array([f"{k} > x" for k in range(6)])
    figure = harm_by_method(
        pairs, methods, harm, rest, others, np.array(["SimCLR", "SimSiam", "BCL"]), published, level
    )
    ours, theirs = figure.axes
    looks = {}
    for line in ours.get_lines():
        if not line.get_label().startswith("_"):
            looks[line.get_label()] = line.get_marker(), line.get_color()
            np.testing.assert_array_equal(line.get_ydata(), value[len(looks) - 1])
    assert list(looks) == ["SimCLR", "SimSiam", "SimSiam (features)", "BCL"] and len(set(looks.values())) == 4
    np.testing.assert_array_equal([line.get_ydata() for line in with_marker(ours, "_")], rest)
    shown = [line for line in theirs.get_lines() if line.get_marker() != "None"]
    np.testing.assert_array_equal([line.get_ydata() for line in shown], published)
    assert [(line.get_marker(), line.get_color()) for line in shown] == [looks[m] for m in ("SimCLR", "SimSiam", "BCL")]
    assert ours.get_ylim() == theirs.get_ylim() and ours.get_ylim()[1] < 1.5  # one long interval does not flatten all
    arrows = with_marker(ours, "^")
    assert len(arrows) == 2 and {line.get_ydata()[0] for line in arrows} == {ours.get_ylim()[1]}
    assert [text.get_text() for text in ours.texts] == ["5.0", "5.0"]
    assert said(figure).startswith("Under SimCLR, SimSiam and BCL both classes move towards their neighbour")
    assert said(figure).endswith("under SimSiam (features) neither does")
    harm[1, 2] = 0.9, 1.1
    figure = harm_by_method(
        pairs, methods, harm, rest, others, np.array(["SimCLR", "SimSiam", "BCL"]), published, level
    )
    assert "; under SimSiam only boot does" in said(figure)


def settings():
    generator = np.random.default_rng(3)
    value = generator.uniform(0.7, 0.8, (2, 3, 1, 2))
    harm = np.concatenate([value, value - 0.1, value + 0.1], axis=2)
    rest = generator.uniform(0.9, 1.1, (2, 3, 2))
    layers = np.ones((4, 2, 3, 2))
    layers[:, :, :, 0] = np.array([1.1, 1.05, 0.9, 0.8])[:, None, None]
    names, apart, curve = np.array(["a, b", "c, d"]), np.array([0.08, 0.12]), np.array([0, 1])
    return names, harm, rest, apart, np.array(1), curve, layers, np.array([0.78, 0.832])


def test_settings_show_both_ways_with_the_deciding_one_named():
    _, harm, rest, *_, layers, published = settings()
    figure = harm_by_setting(*settings())
    for view, ax in enumerate(figure.axes[:3]):
        shown = [with_marker(ax, "o")[0], with_marker(ax, "s")[0]]
        np.testing.assert_array_equal([line.get_xdata() for line in shown], harm[:, view, 0].T)
        np.testing.assert_array_equal([line.get_xdata() for line in with_marker(ax, "|")], rest[:, view].T)
        theirs = [line.get_xdata()[0] for marker in "os" for line in with_marker(ax, marker, hollow=True)]
        assert theirs == ([] if view else list(published))
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()][:2] == ["a, b", "c, d\n(the claim's)"]
    assert [text.get_text() for text in figure.axes[2].get_yticklabels()] == [
        "a, b\n(balanced: 0.08)",
        "c, d\n(balanced: 0.12)",
    ]
    assert figure.axes[0].get_xlim() == figure.axes[1].get_xlim()
    depth = figure.axes[3]
    lines = [line for line in depth.get_lines() if line.get_marker() in "^v"]
    expected = [layers[:, way, :, part].mean(axis=1) for way in (0, 1) for part in (0, 1)]
    np.testing.assert_array_equal([line.get_ydata() for line in lines], expected)
    assert depth.get_xticklabels()[-1].get_text() == "embedding" and depth.get_title(loc="left").endswith("c, d")
    assert "move towards each other, more than" in said(figure) and said(figure).endswith("up to layer 2 there is none")


def test_the_title_says_where_no_move_is_seen():
    arrays = list(settings())
    arrays[1] = arrays[1] + 0.4
    assert "are not seen to move towards each other, not more" in said(harm_by_setting(*arrays))
    arrays[1] = arrays[1] - 0.4
    assert "no move is told" not in said(harm_by_setting(*arrays))
    arrays[1][0, 0, 2] = 1.01
    assert "; with a, b (" in said(harm_by_setting(*arrays)) and ") no move is told" in said(harm_by_setting(*arrays))
