"""Checks of paper A's mutual information bounds: by enumeration of small joint distributions, and on a Gaussian pair."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

from contrastive_claims.experiments.claims.random_anchors import SEED
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.theory.margins import proofs

CASES = 120
SYMBOLS = 3


def joint_distributions(count: int) -> Iterator[np.ndarray]:
    """`count` joint distributions [3, 3]: independent, deterministic and random ones, some nearly singular."""
    generator = np.random.default_rng(SEED)
    yield np.full((SYMBOLS, SYMBOLS), 1 / SYMBOLS**2)
    yield np.eye(SYMBOLS) * (1 - 1e-9) / SYMBOLS + 1e-9 / SYMBOLS**2
    for k in range(count - 2):
        yield (
            generator.dirichlet(np.full(SYMBOLS**2, 10.0 ** ((k % 5) / 2 - 1.5))).reshape(SYMBOLS, SYMBOLS) * (1 - 1e-9)
            + 1e-9 / SYMBOLS**2
        )


def pmi(joint: np.ndarray) -> np.ndarray:
    """Pointwise mutual information log p(x,y)/(p(x) p(y)), the optimal critic up to a function of the anchor x."""
    return np.log(joint) - np.log(joint.sum(1, keepdims=True)) - np.log(joint.sum(0, keepdims=True))


def expected_log_ratios(joint: np.ndarray, critic: np.ndarray, negatives: int) -> tuple[float, float]:
    """(E log[e^s+/(e^s+ + sum e^s-)], E log[e^s+/sum e^s-]) exactly: the positive from the joint distribution, the
    negatives independent draws from the marginal of y, by enumeration."""
    marginal = joint.sum(0)
    with_positive = without = 0.0
    for draw in product(range(joint.shape[1]), repeat=negatives):
        chance = joint * marginal[list(draw)].prod()
        noise = np.logaddexp.reduce(critic[:, list(draw)], axis=1, keepdims=True)
        with_positive += float((chance * (critic - np.logaddexp(critic, noise))).sum())
        without += float((chance * (critic - noise)).sum())
    return with_positive, without


def information_bounds_as_printed(run: Run) -> Evidence:
    """A11: both printed bounds at the optimal critic. Control: the lower bound printed with its sign turned. Positive control:
    the corrected bounds, with log(N + 1) and log N, which hold there."""
    lower, upper, largest = [], [], []
    for joint in joint_distributions(CASES):
        critic = pmi(joint)
        information = float((joint * critic).sum())
        for negatives in (1, 2, 3):
            below, above = expected_log_ratios(joint, critic, negatives)
            if run.planted:
                below, above = below + np.log(negatives + 1), above + np.log(negatives)
            lower.append(information - (-below if run.control else below))
            largest.append(below)
            if negatives >= 2:
                upper.append(above - information)
    return Evidence(
        {
            "lower_half_slack": Quantity.exact(min(lower), "nats"),
            "upper_half_slack": Quantity.exact(min(upper), "nats"),
            "largest_printed_lower_bound": Quantity.exact(max(largest), "nats"),
        },
        seeds=(SEED,),
        certificate=proofs.information_as_printed(run.control),
        witness="independent x and y, constant critic, N = 2: I = 0 above the printed upper bound -log 2",
    )


def information_bounds(run: Run) -> Evidence:
    """A11c: the lower bound for random critics, the upper one for the optimal critic with random anchor terms, and a
    critic that breaks the upper one. Control: log(2N + 2) in the lower bound."""
    generator = np.random.default_rng(SEED + 1)
    lower, upper, broken = [], [], []
    for joint in joint_distributions(CASES):
        optimal = pmi(joint)
        information = float((joint * optimal).sum())
        for negatives in (1, 2, 3):
            factor = 2 * negatives + 2 if run.control else negatives + 1
            critic = generator.normal(0, 10.0 ** generator.uniform(-1, 1), joint.shape)
            for tried in (critic, optimal, np.zeros_like(optimal)):
                lower.append(information - np.log(factor) - expected_log_ratios(joint, tried, negatives)[0])
            anchored = optimal + generator.normal(size=(SYMBOLS, 1))
            upper.append(np.log(negatives) + expected_log_ratios(joint, anchored, negatives)[1] - information)
            broken.append(np.log(negatives) + expected_log_ratios(joint, critic, negatives)[1] - information)
    gaussian = _gaussian_pair(run)
    return Evidence(
        {
            "lower_slack": Quantity.exact(min(lower), "nats"),
            "upper_slack_of_optimal_critic": Quantity.exact(min(upper), "nats"),
            "upper_slack_of_other_critics": Quantity.exact(min(broken), "nats"),
            **gaussian,
        },
        seeds=(SEED, SEED + 1),
    )


def _gaussian_pair(run: Run) -> dict[str, Quantity]:
    """Correlation .5, N = 10, s = PMI: I, the printed and the corrected upper bound by simulation (95 % intervals)."""
    correlation, negatives, draws = 0.5, 10, 200_000
    generator = np.random.default_rng(SEED + 2)
    x = generator.standard_normal(draws)
    spread = np.sqrt(1 - correlation**2)
    y = correlation * x + spread * generator.standard_normal(draws)
    others = generator.standard_normal((draws, negatives))

    def critic(b: np.ndarray, a: np.ndarray) -> np.ndarray:
        return -np.log(spread) - (b - correlation * a) ** 2 / (2 * spread**2) + b**2 / 2

    ratio = critic(y, x) - np.logaddexp.reduce(critic(others, x[:, None]), axis=1)
    mean, width = float(ratio.mean()), 1.96 * float(ratio.std(ddof=1)) / np.sqrt(draws)
    shift = float(np.log(negatives))
    return {
        "gaussian_information": Quantity.exact(-0.5 * np.log(1 - correlation**2), "nats"),
        "gaussian_printed_upper": Quantity(mean, mean - width, mean + width, "nats"),
        "gaussian_corrected_upper": Quantity(mean + shift, mean + shift - width, mean + shift + width, "nats"),
    }
