"""Figures of A27, A29, A29h, A30, A35e and B34: what is drawn is what they are given, and titles are worded from it."""

import numpy as np

from contrastive_claims.figures.debiased import beside_published, published_table
from contrastive_claims.figures.losses_alone import accuracy_by_epsilon, losses_by_rho
from contrastive_claims.figures.mergers import measures_of_harm
from contrastive_claims.figures.penalties import kl_mechanism
from contrastive_claims.figures.style import said

ARMS = np.array(["released", "cross-entropy", "bias-balanced"])
TUNED = np.array(["released", "released"])
TUNING = np.array([[1.0, 0.3], [10.0, 0.4]])


def drawn(figure, axes, values):
    """Whether some line of the axes shows these values along one of its axes."""
    lines = figure.axes[axes].get_lines()
    return any(
        np.array_equal(data, values, equal_nan=True) for line in lines for data in (line.get_xdata(), line.get_ydata())
    )


def test_methods_stand_beside_the_published():
    accuracy = np.array([0.65, 0.2, 0.5])[:, None] + np.array([0, -0.05, 0.05])
    seeds, published = accuracy[:, [0, 0]] + [0.01, -0.01], np.array([0.9, 0.12, np.nan])
    figure = beside_published(ARMS, accuracy, seeds, published, TUNED, TUNING)
    assert drawn(figure, 0, accuracy[[1], 0]) and drawn(figure, 0, seeds[2])
    assert drawn(figure, 0, published) and drawn(figure, 1, TUNING[:, 1])
    title = said(figure)
    assert "with the released penalty (0.65) is ahead of every baseline: BiasBal reaches 0.50" in title
    assert title.endswith("against cross-entropy the order is the published one")
    turned = [1, 0, 2]
    title = said(beside_published(ARMS, accuracy[turned], seeds[turned], published, TUNED, TUNING))
    assert "(0.20) is behind the best baseline: cross-entropy reaches 0.65" in title
    assert title.endswith("the published order is not kept")


def test_our_table_stands_beside_the_published_one():
    rhos = np.array([0.99, 0.999])
    seeds = np.array([[0.9, 0.65], [0.7, 0.2], [0.85, 0.5]])[..., None] + np.array([-0.01, 0, 0.01])
    accuracy, published = seeds[..., [1, 0, 2]], np.array([[0.98, 0.9], [0.91, 0.12], [np.nan] * 2])
    figure = published_table(ARMS, rhos, accuracy, seeds, published)
    for m in range(3):
        assert drawn(figure, 0, accuracy[m, :, 0]) and drawn(figure, 0, seeds[m].ravel())
        assert drawn(figure, 1, published[m])
    assert figure.axes[1].get_title(loc="left") == "Published, full size (2 of 3 known)"
    assert "(0.90 and 0.65) is ahead of all baselines at every" in said(figure)
    assert said(figure).endswith("the best of them: BiasBal at 0.99 and 0.999")
    turned = [1, 0, 2]
    assert "is ahead of all baselines at no" in said(
        published_table(ARMS, rhos, accuracy[turned], seeds[turned], published)
    )
    accuracy[2, 1] += 0.3
    assert "is ahead of all baselines only at 0.99 of the" in said(
        published_table(ARMS, rhos, accuracy, seeds, published)
    )


def test_losses_stand_by_rho_with_their_lead():
    losses, rhos = np.array(["cross-entropy", "eps-sup-con", "eps-sup-infonce"]), np.array([0.99, 0.999])
    seeds = np.array([[0.6, 0.2], [0.5, 0.1], [0.63, 0.12]])[..., None] + np.array([-0.01, 0, 0.01])
    accuracy = seeds[..., [1, 0, 2]]
    lead = np.array([[0.13, 0.12, 0.14], [0.02, 0.01, 0.03]])
    published = np.array([[0.9, 0.1], [np.nan] * 2, [np.nan] * 2])
    figure = losses_by_rho(losses, rhos, accuracy, seeds, lead, published)
    assert all(drawn(figure, 0, accuracy[k, :, 0]) for k in range(3)) and drawn(figure, 0, published[0])
    assert drawn(figure, 1, lead[:, 0]) and drawn(figure, 1, (seeds[2] - seeds[1])[:, 0])
    assert "by 0.13 and 0.02 at" in said(figure) and said(figure).endswith("by 0.03 and \N{MINUS SIGN}0.08")
    penalised = losses_by_rho(
        np.array(["paper", "eps-sup-infonce", "jeffreys"]), rhos, accuracy, seeds, lead, published
    )
    assert said(penalised).startswith("FairKL as a Jeffreys divergence leads")
    assert said(penalised).endswith("differs from FairKL as a Gaussian KL by 0.03 and \N{MINUS SIGN}0.08")
    two = losses_by_rho(losses[1:], rhos, accuracy[1:], seeds[1:], lead, published[1:])
    assert "differs" not in said(two) and said(two).endswith("0.99 and 0.999")


def test_a_best_epsilon_inside_is_said_and_one_at_an_end_too():
    epsilons, tuning = np.array([0.0, 0.5, 1.0, 4.0]), np.array([0.5, 0.55, 0.62, 0.6])
    seeds = np.array([0.5, 0.63, 0.6])[:, None] + np.array([-0.01, 0, 0.01])
    accuracy = seeds[:, [1, 0, 2]]
    judged = np.array([0.0, 1.0, 4.0])
    figure = accuracy_by_epsilon(epsilons, tuning, judged, accuracy, seeds)
    assert drawn(figure, 0, tuning) and drawn(figure, 0, accuracy[:, 0]) and drawn(figure, 0, seeds[:, 0])
    assert said(figure).startswith("Accuracy is higher inside the range: 0.500, 0.630 and 0.600 at")
    turned = accuracy_by_epsilon(epsilons, tuning, judged, accuracy[[0, 2, 1]], seeds[[0, 2, 1]])
    assert said(turned).startswith("Accuracy is not higher inside the range: 0.500, 0.600 and 0.630 at")


def test_the_kl_widens_or_not():
    kl = np.array([[0.7, 0.1, 0.4, 0.6], [1.8, 0.1, 0.5, 0.2]])
    means = np.array([[0.3, 0.2, 0.3, 0.7]])
    figure = kl_mechanism(np.array([1e-6, 1e-4]), kl, np.array([10.0]), means)
    assert all(drawn(figure, axes, kl[:, part]) for axes, part in enumerate((0, 2, 3)))
    assert "their gap grows from 0.70 to 1.80; equal means leave a gap of 0.30" in said(figure)
    fallen = np.concatenate([kl, [[0.5, 0.1, 0.4, 0.1]]])
    weights = np.array([1e-6, 1e-4, 1e-2])
    assert "from 0.70 to 1.80, and is 0.50 at the largest" in said(
        kl_mechanism(weights, fallen, np.array([10.0]), means)
    )
    assert "does not widen both" in said(kl_mechanism(np.array([1e-6, 1e-4]), kl[::-1], np.array([10.0]), means))


def test_measures_of_harm_stand_against_both_outcomes():
    values = np.stack([np.tile([0.4, 0.6, 0.9], (2, 1)), np.tile([3.0, 2.0, 1.0], (2, 1))])
    accuracy, lost = np.tile([0.9, 0.8, 0.7], (2, 1)), np.tile([0.05, 0.02, 0.0], (2, 1))
    figure = measures_of_harm(np.array(["a", "b", "c"]), np.array(["RH", "separation"]), values, accuracy, lost)
    assert drawn(figure, 0, values[0, 0]) and drawn(figure, 0, accuracy[0]) and drawn(figure, 3, -lost[0])
    told = "Of 3 undersampled classes, accuracy under a balanced head follows by rank: RH (\N{MINUS SIGN}1.00), separation (1.00)"
    assert said(figure) == told
    assert [axes.get_title(loc="left") for axes in figure.axes[2:]] == [
        f"rank correlation {r}1.00" for r in ("", "\N{MINUS SIGN}")
    ]
