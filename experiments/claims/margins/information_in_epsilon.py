"""Checks of mutual information along eps (A31, A31b): the family between A11c's corrected ends, on small joint laws, exactly.

    J(q) = log(N + q) + E log(e^{s+} / (q e^{s+} + sum_j e^{s-_j})),   q = e^-eps in [0, 1]:

at q = 1 the lower end of A11c, at q = 0 the upper one; log(N + q) is the constant that makes a constant critic give J = 0.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import comb

import numpy as np
from scipy.optimize import minimize, root_scalar

from contrastive_claims.experiments.claims.margins.information import CASES, joint_distributions, pmi
from contrastive_claims.experiments.claims.random_anchors import SEED
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run

NEGATIVES = (1, 2, 3)
GRID = np.concatenate([[0.0], np.geomspace(1e-3, 1, 25)])  # q, from eps = infinity to eps = 0
DEPENDENT = 1e-6  # nats of information from which a law counts as dependent


def estimate(joint: np.ndarray, critic: np.ndarray, negatives: int, q: np.ndarray | float) -> np.ndarray:
    """J at each q, exactly: the positive from the joint law [X, Y], the negatives independent draws from the marginal of y,
    by enumeration; critic [X, Y] finite."""
    marginal, weights = joint.sum(0), np.atleast_1d(np.asarray(q, dtype=float))
    total = np.log(negatives + weights)
    for draw in product(range(joint.shape[1]), repeat=negatives):
        chance = joint * marginal[list(draw)].prod()
        others = np.logaddexp.reduce(critic[:, list(draw)], axis=1, keepdims=True) - critic  # log W
        largest = np.maximum(others, 0)
        inside = weights[:, None, None] * np.exp(-largest) + np.exp(others - largest)
        total = total - (chance * (largest + np.log(inside))).sum((1, 2))
    return total


def interior_estimates(run: Run) -> Evidence:
    """A31: exact enumeration on 120 joint laws: J rises in eps, brackets I, and is I at one interior eps where x and y depend.

    Proof, at the optimal critic r = e^s = p(y|x)/p(y) (a function of the anchor cancels). With W = sum_j r(y_j)/r(y_0),
    J = log(N + q) - E log(q + W) and dJ/dq = 1/(N + q) - E 1/(q + W) <= 1/(N + q) - 1/(q + E W) <= 0 by Jensen, as
    E W = N E_x P(r > 0 | x of the positive) E r(y_j) <= N. I - J(1) = E log((r_0 + sum_j r_j)/(N + 1)) is the divergence of
    the mixture over places of the positive from the product law, >= 0; J(0) - I = -E log(sum_j r_j/N) >= 0 by Jensen. All
    three are strict unless r = 1, that is x and y independent, where J = I = 0. J is continuous in q, so it meets I at just
    one q in (0, 1). At weak dependence, to second order, q^2 + 2 N q = N there. QED.
    Control: the constant log(N + 1) at every eps.
    """
    rises, lower, upper, best, gained, independent, chosen = [], [], [], [], [], [], []
    better, neither = 0, 0
    generator = np.random.default_rng(SEED + 3)
    for k, joint in enumerate(joint_distributions(CASES)):
        optimal = pmi(joint)
        information = float((joint * optimal).sum())
        for negatives in NEGATIVES:

            def along(q: np.ndarray | float, critic: np.ndarray = optimal, joint: np.ndarray = joint,
                      negatives: int = negatives) -> np.ndarray:  # fmt: skip
                shift = np.log((negatives + 1) / (negatives + np.asarray(q))) if run.control else 0.0
                return estimate(joint, critic, negatives, q) + shift

            values = along(GRID)
            if information < DEPENDENT:
                independent.append(np.abs(values - information).max())
                continue
            rises.append((values[:-1] - values[1:]).min())
            lower.append(information - values[-1])
            upper.append(values[0] - information)
            if values[-1] < information < values[0]:
                q = _crossing(lambda q, along=along, aim=information: float(along(q)[0]) - aim)
                chosen.append(-np.log(q))
                best.append(abs(float(along(q)[0]) - information))
                gained.append(min(information - values[-1], values[0] - information))
            other = np.abs(
                along(GRID, generator.normal(0, 10.0 ** generator.uniform(-1, 0.5), joint.shape)) - information
            )
            closer = other[1:-1].min() < min(other[0], other[-1]) - 1e-12
            better, neither = better + closer, neither + (not closer)
        if k % 20 == 19:
            run.progress(k + 1, CASES, "joint laws")
    return Evidence(
        {
            "smallest_rise_in_epsilon": Quantity.exact(min(rises), "nats"),
            "lower_end_slack": Quantity.exact(min(lower), "nats"),
            "upper_end_slack": Quantity.exact(min(upper), "nats"),
            "worst_distance_at_the_best_epsilon": Quantity.exact(max(best), "nats"),
            "smallest_distance_of_the_ends": Quantity.exact(min(gained), "nats"),
            "largest_distance_if_independent": Quantity.exact(max(independent), "nats"),
            "error_of_the_weak_limit": Quantity.exact(_weak_limit_error(run.control)),
            "smallest_best_epsilon": Quantity.exact(min(chosen), "logits"),
            "largest_best_epsilon": Quantity.exact(max(chosen), "logits"),
            "random_critics_that_gain": Quantity.exact(better),
            "random_critics_that_do_not": Quantity.exact(neither),
        },
        seeds=(SEED, SEED + 3),
    )


def _crossing(difference: Callable[[float], float]) -> float:
    """The q in (0, 1) at which a difference changes its sign."""
    return float(root_scalar(difference, bracket=(0.0, 1.0), xtol=1e-13).root)


def _weak_limit_error(wrong: bool) -> float:
    """Worst distance of the best q from sqrt(N^2 + N) - N on weakly dependent laws."""
    errors, generator = [], np.random.default_rng(SEED + 4)
    for negatives in NEGATIVES:
        noise = generator.uniform(-1, 1, (3, 3))
        noise -= noise.mean(0) + noise.mean(1, keepdims=True) - noise.mean()  # marginals stay uniform
        joint = (1 + 0.003 * noise) / 9
        critic = pmi(joint)
        information = float((joint * critic).sum())

        def distance(q: float, joint: np.ndarray = joint, critic: np.ndarray = critic, negatives: int = negatives,
                     information: float = information) -> float:  # fmt: skip
            shift = np.log((negatives + 1) / (negatives + q)) if wrong else 0.0
            return float(estimate(joint, critic, negatives, q)[0]) + shift - information

        ends = distance(0.0) * distance(1.0)
        found = _crossing(distance) if ends < 0 else 1.0
        errors.append(abs(found - (np.sqrt(negatives**2 + negatives) - negatives)))
    return float(max(errors))


EPSILONS = (0.1, 0.25, 0.5, np.log(2), 1.0, 2.0, 4.0)
SAFE = 0.5  # up to here J is a lower bound, so far as was tried
STARTS = 10


def deterministic(symbols: int, negatives: int, q: float) -> float:
    """J at the optimal critic of x = y uniform on so many symbols (I is their number's logarithm): W counts the negatives that
    hit the anchor's symbol."""
    hit = 1 / symbols
    chances = [comb(negatives, k) * hit**k * (1 - hit) ** (negatives - k) for k in range(negatives + 1)]
    return float(np.log(negatives + q) - sum(c * np.log(q + k) for k, c in enumerate(chances)))


def rare_symbol(weight: float, rare: float) -> np.ndarray:
    """A joint law [2, 2] in which the second symbol, of probability `rare`, occurs with the second anchor only."""
    return np.array([[1 - weight, 1e-300], [weight - rare, rare]])


def bounds_in_epsilon(run: Run) -> Evidence:
    """A31b: no eps in (0, infinity) is an upper bound for all laws: x = y on M > 1 + N/q symbols. From eps = log 2 on none is a
    lower bound: a rare symbol that one anchor never meets. Up to 1/2 it is, wherever a search for the opposite ended.

    Proof of the first: W >= 0, so J <= log((N + q)/q) < log M = I. Of the second, at the optimal critic: let a symbol of
    probability h occur with anchors of weight w only, w near 1. To first order in h, (I - J)/h = (1-w) f(0) + w f(1/w),
    f(g) = g log((q g + N)/(N + q)) + N log((q + N - 1 + g)/(N + q)) + 1 - g, where f(1) = f'(1) = 0, so that its sign is f(0)'s:
    negative iff q < 1/(1 - e^(-1/N)) - N, which exceeds 1/2. QED.
    The search is anchor by anchor: over laws P of the positive, Q of the negatives, and the critic's row, of three symbols,
    min KL(P | Q) - J; J and I are means of these over anchors. Control: the lower bound claimed up to eps = 1.
    """
    above, below = [], []
    for epsilon in EPSILONS:
        q = float(np.exp(-epsilon))
        for negatives in NEGATIVES:
            symbols = int(np.floor(1 + negatives / q)) + 1
            above.append(deterministic(symbols, negatives, q) - np.log(symbols))
            if q < 0.5 + 1e-9:
                witnesses = []
                for weight in (0.5, 0.8, 0.9, 0.95):
                    joint = rare_symbol(weight, 1e-3)
                    critic = pmi(joint).clip(-40)
                    witnesses.append(float((joint * critic).sum() - estimate(joint, critic, negatives, q)[0]))
                below.append(min(witnesses))
    safe = 1.0 if run.control else SAFE
    slack, generator = [], np.random.default_rng(SEED + 5)
    for negatives in NEGATIVES:
        for start in range(STARTS):
            slack.append(_least_slack(negatives, float(np.exp(-safe)), generator.normal(0, 2, 9)))
            run.progress(len(slack), STARTS * len(NEGATIVES), f"N = {negatives}, start {start + 1}")
    starts = generator.normal(0, 2, (STARTS, 9))
    # log(e - 1) is where f(0) = 0 for N = 1
    edge = [min(_least_slack(1, 1 / (np.e - 1) * np.exp(-shift), start) for start in starts) for shift in (0.0, 0.02)]
    return Evidence(
        {
            "largest_excess_as_an_upper_bound": Quantity.exact(max(above), "nats"),
            "largest_slack_as_a_lower_bound_beyond_log_2": Quantity.exact(max(below), "nats"),
            "smallest_slack_as_a_lower_bound": Quantity.exact(min(slack), "nats"),
            "smallest_slack_of_one_negative_at_its_edge": Quantity.exact(edge[0], "nats"),
            "smallest_slack_of_one_negative_beyond_it": Quantity.exact(edge[1], "nats"),
        },
        seeds=(SEED + 5,),
    )


def _least_slack(negatives: int, q: float, start: np.ndarray) -> float:
    """Least KL(P | Q) - J of one anchor found from a start: P, Q [3] by their logits, and the critic's row [3]."""
    draws = np.array(list(product(range(3), repeat=negatives)))

    def slack(point: np.ndarray) -> float:
        (log_p, log_q), critic = point[:6].reshape(2, 3), point[6:]
        log_p, log_q = log_p - np.logaddexp.reduce(log_p), log_q - np.logaddexp.reduce(log_q)
        chance = np.exp(log_p) * np.exp(log_q[draws].sum(1))[:, None]  # [draws, 3]
        noise = np.logaddexp.reduce(critic[draws], axis=1)[:, None]
        found = (chance * (critic - np.logaddexp(critic + np.log(q), noise))).sum()
        return float((np.exp(log_p) * (log_p - log_q)).sum() - found - np.log(negatives + q))

    return float(minimize(slack, start, method="L-BFGS-B", bounds=[(-25, 25)] * 9).fun)
