"""Checks of paper A's margin theory: the losses as shipped, measured against exact arithmetic, and the proofs."""

from __future__ import annotations

import numpy as np

from contrastive_claims.experiments.claims.random_anchors import SEED, Anchor, anchors, exactly, relative_error
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.theory.margins import proofs
from contrastive_claims.theory.margins.bounds import hinge, margin_interval
from contrastive_claims.theory.margins.logits import eps_infonce_from_logits
from contrastive_claims.theory.sphere import normalise

CASES = 400


def eps_infonce_identity(run: Run) -> Evidence:
    """A1: the shipped LSE form against the printed ratio in 400-bit arithmetic. Control: eps missing on the positive."""
    wrong = run.control
    errors = []
    for anchor in anchors(CASES):
        shipped = float(eps_infonce_from_logits(anchor.positives[0], anchor.negatives, 0 if wrong else anchor.epsilon))
        errors.append(relative_error(shipped, exactly("eps_infonce", anchor)))
    return Evidence(
        {"worst_relative_error": Quantity.exact(max(errors)), "anchors": Quantity.exact(CASES)},
        seeds=(SEED,),
        certificate=proofs.eps_infonce_identity(wrong),
    )


def hinge_sandwich(run: Run) -> Evidence:
    """A2: slack at both ends, anchor by anchor. Control: log N in place of log(N + 1)."""
    wrong = run.control
    gaps, hinges, widths = [], [], []
    for anchor in anchors(CASES):
        floor = float(hinge(anchor.positives[0], anchor.negatives, anchor.epsilon))
        loss = float(eps_infonce_from_logits(anchor.positives[0], anchor.negatives, anchor.epsilon))
        gaps.append(loss + anchor.epsilon - floor)
        hinges.append(floor)
        widths.append(np.log(len(anchor.negatives) + (0 if wrong else 1)))
    slack, room, scale = np.array(gaps), np.array(widths), np.maximum(1, hinges)
    far = float(eps_infonce_from_logits(60.0, np.array([0.0, 1.0]), 0.0) - hinge(60.0, np.array([0.0, 1.0]), 0.0))
    return Evidence(
        {
            "lower_slack": Quantity.exact((slack / scale).min()),
            "upper_slack": Quantity.exact(((room - slack) / scale).min()),
            "lower_end_approached_within": Quantity.exact(far),
        },
        arrays={"slack": slack, "hinge": np.array(hinges), "room": room},
        seeds=(SEED,),
        certificate=proofs.hinge_sandwich(wrong),
    )


def margin_from_loss(run: Run) -> Evidence:
    """A3: the margin lies in the interval that the loss gives, free and on the sphere. Control: e^-eps left out.

    Anchors whose loss exceeds -eps by less than 1e-5 are left to the proof: there a float64 loss no longer determines the
    margin to the tolerance that is checked.
    """
    wrong = run.control
    lows, highs, margins, sphere, violations = [], [], [], [], 0
    for anchor in anchors(CASES):
        loss = float(eps_infonce_from_logits(anchor.positives[0], anchor.negatives, anchor.epsilon))
        margin = float(anchor.positives[0] - anchor.negatives.max())
        violations += loss <= np.log(2) - anchor.epsilon and margin < (0 if wrong else anchor.epsilon) - 1e-12
        if loss + anchor.epsilon < 1e-5 or (wrong and loss < 1e-5):
            continue
        epsilon = 0.0 if wrong else anchor.epsilon
        low, high = margin_interval(loss, len(anchor.negatives), epsilon)
        if not wrong:
            sphere.append(margin - float(margin_interval(loss, len(anchor.negatives), epsilon, anchor.temperature)[0]))
        lows.append(float(low))
        highs.append(float(high))
        margins.append(margin)
    scale = np.maximum(1, np.abs(margins))
    grid = np.linspace(-0.9, 5, 200)
    ends = np.asarray(margin_interval(grid, 1, 1.0)[0])
    middle = np.asarray(margin_interval((grid[:-2] + grid[2:]) / 2, 1, 1.0)[0])
    return Evidence(
        {
            "lower_slack": Quantity.exact(((np.array(margins) - lows) / scale).min()),
            "upper_slack": Quantity.exact(((np.array(highs) - margins) / scale).min()),
            "sphere_slack": Quantity.exact(min(sphere, default=0.0)),
            "sphere_attained_within": Quantity.exact(_sphere_attained()),
            "threshold_violations": Quantity.exact(violations),
            "midpoint_convexity_slack": Quantity.exact(((ends[:-2] + ends[2:]) / 2 - middle).min()),
        },
        arrays={"low": np.array(lows), "high": np.array(highs), "margin": np.array(margins)},
        seeds=(SEED,),
        certificate=proofs.margin_from_loss(wrong),
    )


def _sphere_attained() -> float:
    """Distance of the sphere's lower end from a margin that attains it: one hard negative, all others antipodal."""
    temperature, epsilon, worst = 0.5, 0.25, 0.0
    for cosine in np.linspace(-0.9, 0.9, 7):
        positive, negatives = 1 / temperature, np.array([cosine, *[-1.0] * 9]) / temperature
        loss = eps_infonce_from_logits(positive, negatives, epsilon)
        low = float(margin_interval(loss, len(negatives), epsilon, temperature)[0])
        worst = max(worst, abs(low - (positive - float(negatives.max()))))
    return worst


def eps_infonce_in_epsilon(run: Run) -> Evidence:
    """A4: the two limits, and slopes in eps by central differences. Control: eps put on the negatives instead."""
    wrong = run.control

    def loss(anchor: Anchor, epsilon: float) -> float:
        if wrong:
            return float(eps_infonce_from_logits(anchor.positives[0], anchor.negatives + epsilon, 0.0))
        return float(eps_infonce_from_logits(anchor.positives[0], anchor.negatives, epsilon))

    at_zero, at_infinity, slopes, room = [], [], [], []
    for anchor in anchors(CASES):
        x, negatives = anchor.positives[0], anchor.negatives
        everything = np.concatenate([[x], negatives])
        info_nce = np.logaddexp.reduce(everything) - x
        at_zero.append(relative_error(loss(anchor, 0.0), float(info_nce)))
        info_l1o = float(np.logaddexp.reduce(negatives) - x)
        at_infinity.append(relative_error(loss(anchor, max(50.0, 50.0 - info_l1o)), info_l1o))
        if abs(anchor.epsilon + info_l1o) < 12:  # elsewhere the slope is 0 or -1 up to rounding: left to the proof
            step = 1e-4
            slope = (loss(anchor, anchor.epsilon + step) - loss(anchor, max(0.0, anchor.epsilon - step))) / (
                anchor.epsilon + step - max(0.0, anchor.epsilon - step)
            )
            slopes.append(slope)
            room.append(1 + slope)
    return Evidence(
        {
            "infonce_worst_relative_error": Quantity.exact(max(at_zero)),
            "infol1o_worst_relative_error": Quantity.exact(max(at_infinity)),
            "largest_slope": Quantity.exact(max(slopes)),
            "smallest_slope_plus_one": Quantity.exact(min(room)),
        },
        seeds=(SEED,),
        certificate=proofs.eps_infonce_in_epsilon(wrong),
    )


def distance_form_as_printed(run: Run) -> Evidence:
    """A5: how often the printed equivalence fails, over the exact witness and random unit vectors (cosines).

    Control: another wrong factor, d+ - d- < -4 eps. Positive control: the right one, -2 eps, which never fails.
    """
    factor = 4.0 if run.control else 2.0 if run.planted else 1.0
    witness = (3 / 5, 5 / 13, 3 / 10)
    generator = np.random.default_rng(SEED)
    cases = [witness, *zip(*generator.uniform(-1, 1, (2, CASES)), generator.uniform(0, 1, CASES), strict=True)]
    failures = sum(((2 - 2 * a) - (2 - 2 * b) < -factor * e) != (b - a <= -e) for a, b, e in cases)
    return Evidence(
        {"failures": Quantity.exact(failures), "cases": Quantity.exact(len(cases))},
        seeds=(SEED,),
        certificate=proofs.distance_form_as_printed(run.control),
        witness="s+ = 3/5, s- = 5/13, eps = 3/10: d+ - d- = -28/65 < -3/10, yet s- - s+ = -14/65 > -3/10",
    )


def distance_form(run: Run) -> Evidence:
    """A5c: squared distances of random unit vectors against 2 tau (s- - s+). Control: the factor left out."""
    factor = 1.0 if run.control else 2.0
    generator = np.random.default_rng(SEED)
    errors = []
    for _ in range(CASES):
        anchor, positive, negative = normalise(generator.standard_normal((3, 8)))
        tau = 10.0 ** generator.uniform(-2, 1)
        distances = ((anchor - positive) ** 2).sum() - ((anchor - negative) ** 2).sum()
        errors.append(abs(distances - factor * tau * (anchor @ negative / tau - anchor @ positive / tau)))
    return Evidence(
        {"worst_error": Quantity.exact(max(errors), "squared distance")},
        seeds=(SEED,),
        certificate=proofs.distance_form(run.control),
    )
