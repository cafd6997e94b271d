"""The figures of trained encoders draw what they are given: A15, A18, A19, A22, A23, A24 and B29."""

from itertools import combinations

import numpy as np
import pytest

from contrastive_claims.figures.debiased import debiased_accuracy, penalties_compared
from contrastive_claims.figures.debiasing import SETS
from contrastive_claims.figures.encoders import bounds_and_optimum, encoder_distances, quantiles
from contrastive_claims.figures.methods import LOOKS, NAMES
from contrastive_claims.figures.partners import collapse_partners
from contrastive_claims.figures.penalties import losses_in_order, penalty_parts
from contrastive_claims.figures.style import said

METHODS = np.array(["eps-sup-infonce", "end", "paper", "batch", "released"])
RHOS = np.array([0.99, 0.997, 0.999])


@pytest.fixture
def generator():
    return np.random.default_rng(0)


def marked(ax, markers, hollow=False):
    shown = [line for line in ax.get_lines() if line.get_marker() in markers and np.isfinite(line.get_ydata()).any()]
    return [line for line in shown if (line.get_mfc() in ("none", "white")) == hollow]


def two(generator, gain=(0.2, 0.2, 0.2), p=(0.01, 0.01, 0.01), method="end"):
    """Arrays of two methods, the second better by `gain`."""
    by_seed = generator.uniform(0.3, 0.4, size=(2, 3, 5, 2))
    by_seed[1, :, :, 0] = by_seed[0, :, :, 0] + np.array(gain)[:, None]
    accuracy = by_seed.mean(axis=2).transpose(2, 0, 1)
    published = np.array([[np.nan] * 3, [0.98, 0.94, 0.9]])
    methods = np.array(["eps-sup-infonce", method])
    return methods, RHOS, accuracy, accuracy - 0.05, accuracy + 0.02, by_seed, published, methods[None], np.array([p])


def test_accuracies_stand_at_their_values_beside_the_published(generator):
    arrays = two(generator)
    figure = debiased_accuracy(*arrays)
    accuracy, low, high, published = arrays[2], arrays[3], arrays[4], arrays[6]
    ax, gains = figure.axes
    for k in (0, 1):  # all of the test set, and its worst group
        dots = [*marked(ax, "o", hollow=k == 1), *marked(ax, "s", hollow=k == 1)]
        np.testing.assert_array_equal([line.get_ydata() for line in dots], accuracy[k])
        assert k or [line.get_label() for line in dots] == [NAMES[name] for name in arrays[0]]
    bars = [line for line in ax.get_lines() if len(line.get_ydata()) == 9]
    for bar, (m, k) in zip(bars, np.ndindex(2, 2), strict=True):
        np.testing.assert_array_equal(np.reshape(bar.get_ydata(), (3, 3))[:, :2], np.stack([low[k, m], high[k, m]], 1))
    theirs = marked(ax, "D", hollow=True)[-1]
    np.testing.assert_array_equal(theirs.get_ydata(), published[1])
    np.testing.assert_array_equal(theirs.get_xdata(), marked(ax, "s")[0].get_xdata())
    assert [text.get_text() for text in gains.get_xticklabels()] == [f"{rho:g}\np = 0.01" for rho in RHOS]
    assert f"stays at {accuracy[1, 1, 0]:.2f}" in said(figure)
    assert "published 0.98, 0.94 and 0.90" in said(figure)


@pytest.mark.parametrize(
    ("gain", "p", "text"),
    [
        ((0.2, 0.3, 0.4), (0.01, 0.01, 0.01), r"raises unbiased accuracy over $\varepsilon$-SupInfoNCE at every $\rho$, by 0.20"),
        ((0.2, 0.3, 0.4), (0.2, 0.01, 0.01), r"at $\rho$ = 0.997 and 0.999 (by 0.30 and 0.40), and is undecided at $\rho$ = 0.9"),
        ((0.001, 0, 0), (0.2, 0.5, 1), r"no gain over $\varepsilon$-SupInfoNCE is told from 0 at any $\rho$"),
        ((-0.2, 0.3, 0.4), (0.01, 0.5, 0.5), "loses unbiased accuracy"),
    ],
)  # fmt: skip
def test_the_title_says_what_is_gained_where(generator, gain, p, text):
    assert text in said(debiased_accuracy(*two(generator, gain, p)))


def test_gains_by_rho_are_told_seed_by_seed(generator):
    arrays = two(generator, (0.2, 0.3, 0.4))
    figure = debiased_accuracy(*arrays)
    means = marked(figure.axes[1], "_")[0].get_ydata()
    np.testing.assert_allclose(means, (0.2, 0.3, 0.4))
    assert "most at $\\rho = 0.999$ for every seed" in said(figure)
    assert "most at $\\rho = 0.997$ for every seed" in said(debiased_accuracy(*two(generator, (0.2, 0.5, 0.4))))
    arrays[5][1, 1, 0, 0] += 0.3
    assert "seeds disagree" in said(debiased_accuracy(*arrays))
    undecided = said(debiased_accuracy(*two(generator, (0.2, 0.5, 0.4), (0.01, 0.01, 0.2))))
    assert "most at" not in undecided and "disagree" not in undecided


def test_many_methods_stand_in_their_rows_with_who_is_told_apart(generator):
    accuracy = generator.uniform(0.1, 0.9, size=(2, 5, 3))
    accuracy[0, 4] = accuracy[0, 0] + 0.1
    pairs = np.array(list(combinations(METHODS, 2)))
    adjusted = generator.uniform(0, 0.1, size=(10, 3))
    adjusted[3] = 0.01
    published = np.full((5, 3), np.nan)
    published[2] = [0.98, 0.94, 0.9]
    by_seed = generator.uniform(size=(5, 3, 3, 2))
    figure = penalties_compared(
        METHODS, RHOS, accuracy, accuracy - 0.05, accuracy + 0.02, by_seed, published, pairs, adjusted
    )
    for k in (0, 1):
        for r, line in enumerate(marked(figure.axes[k], "os^")):
            np.testing.assert_array_equal(line.get_xdata(), accuracy[k, :, r])
            np.testing.assert_array_equal(np.round(line.get_ydata()), range(5))
    for r, line in enumerate(marked(figure.axes[0], "os^", hollow=True)):
        np.testing.assert_array_equal(line.get_xdata(), published[:, r])
    names = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    counts = [(adjusted[k] <= 0.05).sum() for k in range(4)]  # of the pairs with the first method
    assert names == [NAMES[METHODS[0]], *(f"{NAMES[m]} ({n})" for m, n in zip(METHODS[1:], counts, strict=True))]
    assert "The released penalty raises" in said(figure) and "by 0.10, 0.10 and 0.10" in said(figure)
    assert f"worst group's accuracy is {accuracy[1, 4, 0]:.2f}" in said(figure)


def test_parts_of_the_penalty_stand_in_their_rows(generator):
    methods = np.array(["eps-sup-infonce", "released", "linear", "matching", "floored"])
    accuracy = np.sort(generator.uniform(size=(5, 3)), axis=1)[:, [1, 0, 2]]
    mean = generator.uniform(0.5, 3, size=(5, 3, 2, 4))
    dosed, dose = np.array(["paper", "paper", "released"]), generator.uniform(0.1, 1, (3, 4))
    by_seed = generator.uniform(size=(5, 3))
    published = np.array([np.nan, 0.98, np.nan, np.nan, np.nan])
    figure = penalty_parts(methods, accuracy, by_seed, published, mean, np.full((5, 3, 2, 4), 0.1), dosed, dose)
    parts, distances, by_weight, by_distance = figure.axes
    (ours,), (hollow,) = marked(parts, "o"), marked(parts, "p", hollow=True)
    np.testing.assert_array_equal(ours.get_xdata(), accuracy[:, 0])
    np.testing.assert_array_equal(hollow.get_xdata(), published)
    np.testing.assert_array_equal(hollow.get_ydata(), ours.get_ydata())
    names = [text.get_text() for text in parts.get_yticklabels()]
    assert names == [NAMES[str(method)] for method in methods]
    shown = [line for line in distances.get_lines() if line.get_marker() in "sP"]
    for line, (d, k) in zip(shown, ((0, 0), (0, 1), (1, 0), (1, 1)), strict=True):
        np.testing.assert_allclose(line.get_xdata(), mean[:, :, d, k].mean(axis=1))
        assert (line.get_mfc() == "white") == (k == 0)
    by_name = {line.get_label(): line.get_xydata() for line in by_weight.get_lines()}
    np.testing.assert_array_equal(by_name[NAMES["paper"]], dose[:2, :2])
    conflicting, aligned = by_distance.get_lines()[:2]
    np.testing.assert_array_equal(conflicting.get_ydata(), dose[:2, 3])
    np.testing.assert_array_equal(aligned.get_ydata(), dose[:2, 2])
    assert aligned.get_mfc() == "white" and aligned.get_color() == conflicting.get_color() == LOOKS["paper"][0]
    gain = accuracy[2, 0] - accuracy[0, 0]
    assert f"two linear terms alone give {gain:.2f}".replace("-", "\N{MINUS SIGN}") in said(figure)


def test_the_order_of_losses_is_drawn_beside_the_published_difference(generator):
    accuracy = np.array([[0.60, 0.61, 0.62], [0.62, 0.60, 0.64], [0.64, 0.65, 0.66]])
    interval = np.stack([accuracy.mean(1), accuracy.mean(1) - 0.02, accuracy.mean(1) + 0.02], axis=1)
    published = np.array([0.9564, np.nan, 0.9614])
    losses = np.array(["sup-con", "eps-sup-con", "eps-sup-infonce"])
    figure = losses_in_order(losses, accuracy, interval, published)
    mean = marked(figure.axes[1], "o")[-1].get_ydata()
    np.testing.assert_allclose(mean, 100 * (accuracy - accuracy[0]).mean(axis=1))
    np.testing.assert_allclose(marked(figure.axes[1], "D", hollow=True)[0].get_ydata(), [0, np.nan, 0.5], atol=1e-9)
    assert "SupInfoNCE lies above $\\varepsilon$-SupCon for 3 of 3 seeds (by 3.00 points on average)" in said(figure)
    assert said(figure).endswith("SupCon lies above SupCon for 2 of 3 seeds (by 1.00 points on average)")


def test_distances_are_drawn_for_every_method_and_both_sets(generator):
    shares = generator.uniform(size=(5, 2, 4, 20))
    shares /= shares.sum(axis=-1, keepdims=True)
    mean = generator.uniform(0, 3, size=(5, 3, 3, 2, 4))
    figure = encoder_distances(METHODS, RHOS, np.array(0.997), mean, shares)
    for d in (0, 1):
        across, below = figure.axes[d], figure.axes[2 + d]
        lines = [line for line in across.get_lines() if line.get_marker() in "os^v"]
        np.testing.assert_allclose([line.get_ydata() for line in lines], mean[0, :, :, d].mean(axis=1).T)
        assert [line.get_label() for line in lines] == [name for name, *_ in SETS]
        dots = [line for line in below.get_lines() if line.get_marker() in "os^v"]
        np.testing.assert_allclose([line.get_xdata() for line in dots], mean[:, 1, :, d].mean(axis=1).T)
        bars = [line for line in below.get_lines() if line.get_marker() == "None"]
        for k, bar in enumerate(bars):
            ends = np.reshape(bar.get_xdata(), (5, 3))[:, :2]
            np.testing.assert_allclose(ends, [quantiles(shares[m, d, k], (0.1, 0.9)) for m in range(5)])


def test_quantiles_of_a_histogram():
    shares = np.zeros(4)
    shares[1] = 1.0  # all between 1 and 2
    np.testing.assert_allclose(quantiles(shares, (0.1, 0.5, 0.9)), (1.1, 1.5, 1.9))
    np.testing.assert_allclose(quantiles(np.full(8, 1 / 8), (0.25, 0.75)), (1.0, 3.0))


def test_the_title_says_where_the_bias_outweighs_the_class():
    base = np.array([0.1, 0.5, 1.0, 2.0])
    mean = np.broadcast_to(base, (1, 3, 3, 2, 4)).copy()
    shares = np.full((1, 2, 4, 20), 0.05)
    mean[0, 1:, :, 0, 1] = 1.5  # training, from the second rho on
    title = said(encoder_distances(METHODS[:1], RHOS, np.array(0.99), mean, shares))
    assert r"exceeds $d^-_a$ at $\rho \geq 0.997$ on training data and never on unbiased test data" in title
    assert "two biases lie closer" not in title
    assert "at every bias" in title
    mean[..., 3] = 0.7
    assert "not always" in said(encoder_distances(METHODS[:1], RHOS, np.array(0.99), mean, shares))


def test_the_title_names_the_penalty_that_turns_the_order():
    mean = np.broadcast_to(np.array([0.1, 0.5, 1.0, 2.0]), (2, 3, 3, 2, 4)).copy()
    mean[1, 0, :, 0] = 0.5, 0.1, 2.0, 1.0
    title = said(encoder_distances(METHODS[[0, 4]], RHOS, np.array(0.99), mean, np.full((2, 2, 4, 20), 0.05)))
    assert title.endswith(r"with the released penalty pairs of two biases lie closer on training data ($\rho = 0.99$)")
    mean[1, 0, :, 0] = 0.5, 0.1, 1.0, 2.0
    title = said(encoder_distances(METHODS[[0, 4]], RHOS, np.array(0.99), mean, np.full((2, 2, 4, 20), 0.05)))
    assert "released penalty" not in title


def test_margins_lie_in_their_intervals_below_the_optimum(generator):
    average = generator.normal(6, 2, size=(5, 2, 30))
    low, high = average - 1, average + 2
    margin, gap = generator.normal(6, 1, size=(5, 3, 3, 2)), generator.uniform(0.1, 5, size=(5, 3, 3, 2))
    collapse = generator.uniform(0.1, 1, size=(5, 3, 3, 2, 4))
    figure = bounds_and_optimum(METHODS, RHOS, average, low, high, margin, gap, collapse, np.array(11.1))
    where = (average - low) / (high - low)
    for d, ax in enumerate(figure.axes[:2]):
        shown = [line.get_ydata() for line in ax.get_lines() if line.get_marker() != "None"]
        np.testing.assert_array_equal(shown, np.sort(where[:, d], axis=1))
    shown = [line for line in figure.axes[2].get_lines() if line.get_marker() != "None"]
    expected = [margin[m, :, :, d].ravel() for m in range(5) for d in (0, 1)]
    np.testing.assert_array_equal([line.get_ydata() for line in shown], expected)
    across = [line.get_xydata().T for line in figure.axes[3].get_lines()]
    expected = [(collapse[m, :, :, d, 0].ravel(), gap[m, :, :, d].ravel()) for m in range(5) for d in (0, 1)]
    np.testing.assert_array_equal(across, expected)
    hollow = [line.get_mfc() == "none" for line in figure.axes[3].get_lines()]
    assert hollow == [True, False] * 5
    assert said(figure).startswith("All 300 anchors") and f"{gap.min():.3f} nats above" in said(figure)
    high[2, 1, 3] = average[2, 1, 3] - 0.5
    spoilt = bounds_and_optimum(METHODS, RHOS, average, low, high, margin, gap - 0.2, collapse, np.array(11.1))
    assert said(spoilt).startswith("Only 299 of 300") and "nats below the optimum's" in said(spoilt)


def test_partners_are_marked_in_their_rows(generator):
    rows = generator.uniform(0.8, 1.2, size=(4, 4))
    rows[np.arange(4), np.arange(4)] = np.nan
    predicted, tied, declared = np.array([1, 0, -1, 2]), np.array([1, 2, 3, 2]), np.array([3, 0, 1, 2])
    cosine = np.array([0.9, 0.8, np.nan, 0.7])
    connectivity = generator.uniform(0, 1, size=(4, 4))
    figure = collapse_partners(np.array(list("abcd")), connectivity, predicted, cosine, tied, declared, rows)
    places = {line.get_marker(): line.get_xydata().tolist() for line in figure.axes[1].get_lines()}
    assert places["o"] == [[1, 0], [0, 1], [2, 3]]
    assert places["s"] == [[k, row] for row, k in enumerate(tied)]
    assert places["^"] == [[k, row] for row, k in enumerate(declared)]
    assert places["D"] == [[k, row] for row, k in enumerate(np.nanargmin(rows, axis=1))]
    hits = int((np.nanargmin(rows, axis=1) == predicted).sum())
    near = int((np.nanargmin(rows, axis=1) == declared).sum())
    assert f"for {hits} of 4 classes" in said(figure) and said(figure).endswith(f"in balanced encoders for {near}")
    low, high = figure.axes[1].images[0].get_clim()
    assert low + high == pytest.approx(2)  # white is 1
    assert [text.get_text() for text in figure.axes[0].texts] == ["0.90", "0.80", "0.70"]
    assert figure.axes[1].get_facecolor()[:3] != (1, 1, 1)  # what was not measured is not white, as 1 is
