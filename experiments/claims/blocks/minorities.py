"""Checks of limits as a minority's share goes to zero: B5, B8 and B8b, against certified optima at small shares."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from contrastive_claims.experiments.claims.blocks.certified import Optima
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.theory.blockmodel import BlockModel
from contrastive_claims.theory.blockmodel.limits import (
    collapse_temperature,
    collapse_threshold,
    harm_in_the_limit,
    vanishing_minority_cosine,
)
from contrastive_claims.theory.blockmodel.model import minority_model
from contrastive_claims.theory.blockmodel.proofs import (
    root_enclosures,
    temperature_decides,
    vanishing_minority,
)

WITHIN = 0.95
SHARE = 1e-5  # at which a certified optimum stands for the limit, up to an error of the order of the share


def vanishing_limit(run: Run) -> Evidence:
    """B5: certified optima at small shares against the root, the threshold from both sides, and the root's interval
    enclosures on boxes of (alpha/p, tau). Control: alpha/p in place of 1 + alpha/p."""
    wrong = run.control
    optima, errors, rates = Optima(), [], []
    ratios, temperatures = np.array([0.1, 0.3, 0.6, 0.9]), np.array([0.3, 0.5, 0.8, 1.0, 1.6])
    limits = np.array([[_limit(ratio, tau, wrong) for ratio in ratios] for tau in temperatures])
    cosines = np.empty_like(limits)
    for (t, r), limit in np.ndenumerate(limits):
        at = [
            optima.find(
                minority_model(share, float(ratios[r]) * WITHIN, WITHIN), float(temperatures[t]), keep=share == SHARE
            )
            for share in (10 * SHARE, SHARE)
        ]
        distances = [abs(optimum.gram[0, 1] - limit) for optimum in at]
        cosines[t, r] = at[1].gram[0, 1]
        errors.append(distances[1])
        if limit < 1:
            rates.append(distances[1] / max(distances[0], 1e-300))
    above, below = [], []
    for tau in (0.5, 1.0, 1.4):
        threshold = collapse_threshold(tau) * WITHIN
        above.append(1 - optima.find(minority_model(SHARE, threshold + 0.005, WITHIN), tau).gram[0, 1])
        below.append(1 - optima.find(minority_model(SHARE, threshold - 0.005, WITHIN), tau).gram[0, 1])
    cells = root_enclosures()
    boxes = np.array([[*cell.ratios, *cell.decays, cell.low, cell.high] for cell in cells], dtype=float)
    widths, outside = _enclosures(boxes)
    return Evidence(
        {
            "worst_gap": Quantity.exact(optima.worst_gap, "nats"),
            "worst_distance_from_limit": Quantity.exact(max(errors), "cosine"),
            "worst_ratio_of_distances_at_a_tenth_of_the_share": Quantity.exact(max(rates, default=1.0)),
            "separation_above_threshold": Quantity.exact(max(above), "1 - cosine"),
            "separation_below_threshold": Quantity.exact(min(below), "1 - cosine"),
            "enclosing_boxes": Quantity.exact(len(cells)),
            "widest_enclosure": Quantity.exact(widths.max(), "cosine"),
            "mean_enclosure": Quantity.exact(widths.mean(), "cosine"),
            "roots_outside_their_enclosure": Quantity.exact(outside),
        },
        arrays={
            "ratios": ratios,
            "temperatures": temperatures,
            "limits": limits,
            "cosines": cosines,
            "boxes": boxes,
        },
        certificate=vanishing_minority(optima.steps, wrong),
    )


def _limit(ratio: float, temperature: float, wrong: bool) -> float:
    """B5's root; with the wrong right-hand side alpha/p it is tanh + sinh/cosh = ratio, solved by bisection."""
    if not wrong:
        return vanishing_minority_cosine(float(ratio), float(temperature))
    low, high = 0.0, 1.0
    for _ in range(60):
        c = (low + high) / 2
        value = math.tanh(c / temperature) + math.sinh(c / temperature) / math.cosh(1 / temperature)
        low, high = (c, high) if value < ratio else (low, c)
    return low


def _enclosures(boxes: np.ndarray) -> tuple[np.ndarray, int]:
    """Widths in cosine of the enclosures (cut at 1), and how many of the closed form's values lie outside theirs."""
    widths, outside = [], 0
    for ratio_low, ratio_high, q_low, q_high, y_low, y_high in boxes:
        taus = [-2 / math.log(q) if q > 0 else 0.0 for q in (q_low, q_high)]
        low = 1 + (taus[1] if y_low < 1 else taus[0]) * math.log(y_low)
        high = 1 + (taus[0] if y_high < 1 else taus[1]) * math.log(y_high)
        low, high = min(low, 1.0), min(high, 1.0)  # the limit is the root cut at 1
        widths.append(high - low)
        ratio, tau = (ratio_low + ratio_high) / 2, (0.6 * taus[1] + 0.4 * taus[0])
        outside += not low <= vanishing_minority_cosine(ratio, tau) <= high
    return np.array(widths), outside


HARM_ALPHAS = np.array([0.1, 0.2, 0.4, 0.6])
TAUS = np.linspace(0.1, 1.3, 40)


@cache
def _harm() -> np.ndarray:
    """[alphas, temperatures] RH of a vanishing minority with p_11 = p."""
    return np.array([[harm_in_the_limit(a / WITHIN, tau) for tau in TAUS] for a in HARM_ALPHAS])


def temperature(run: Run) -> Evidence:
    """B8: merged just above and apart just below the critical temperature, the fall of the threshold, and the cosine's turn; RH
    along the sweep for the figure. Control: the threshold 2 tanh(tau) - 1, with temperature and its inverse confused."""
    wrong = run.control
    optima, above, below = Optima(), [], []
    thresholds = np.maximum(0, 2 * np.tanh(TAUS if wrong else 1 / TAUS) - 1)
    for ratio in (0.1, 0.3, 0.5, 0.8):
        critical = math.atanh((1 + ratio) / 2) if wrong else collapse_temperature(ratio)
        for tau, found in ((critical + 0.02, above), (critical - 0.02, below)):
            found.append(1 - optima.find(minority_model(1e-6, ratio * WITHIN, WITHIN), tau).gram[0, 1])
    cosines = np.array([[vanishing_minority_cosine(a / WITHIN, tau) for tau in TAUS] for a in HARM_ALPHAS])
    row = cosines[2]
    return Evidence(
        {
            "worst_gap": Quantity.exact(optima.worst_gap, "nats"),
            "largest_rise_of_threshold": Quantity.exact(np.diff(thresholds).max()),
            "separation_above_critical_temperature": Quantity.exact(max(above), "1 - cosine"),
            "separation_below_critical_temperature": Quantity.exact(min(below), "1 - cosine"),
            "any_alpha_collapses_from": Quantity.exact(2 / math.log(3), "tau"),
            "cosine_falls_by": Quantity.exact(row[0] - row.min(), "cosine"),
            "cosine_rises_by": Quantity.exact(row[-1] - row.min(), "cosine"),
        },
        arrays={
            "temperatures": TAUS,
            "thresholds": thresholds,
            "alphas": HARM_ALPHAS,
            "cosines": cosines,
            "harm": _harm(),
        },
        certificate=temperature_decides(optima.steps, wrong),
    )


LOOSE, LOOSE_SHARE = 0.2, 1e-6  # p_11 of a loosely connected minority, and its share where it stands for the limit


def harm_ratio(run: Run) -> Evidence:
    """B8b: RH along the sweep of temperatures where p_11 = p; and of a minority of p_11 = .2, from certified optima.

    Control: 1 - cosine in the limit, not divided by what it is at balanced shares.
    """
    optima = Optima()
    balanced = [optima.find(minority_model(1 / 3, a, WITHIN), tau, keep=False) for a in HARM_ALPHAS for tau in TAUS]
    harm = _harm()
    if run.control:
        harm = harm * (1 - np.array([optimum.gram[0, 1] for optimum in balanced]).reshape(harm.shape))
    loose = []
    for share in (LOOSE_SHARE, 1 / 3):
        model = minority_model(share, 0.4, WITHIN)
        alpha = model.connectivity.copy()
        alpha[0, 0] = LOOSE
        loose.append(1 - optima.find(BlockModel(model.proportions, alpha), 0.1, keep=False).gram[0, 1])
    return Evidence(
        {
            "worst_gap": Quantity.exact(optima.worst_gap, "nats"),
            "largest_rise": Quantity.exact(np.diff(harm, axis=1).max(), "RH"),
            "largest_at_the_lowest_temperature": Quantity.exact(harm[:, 0].max(), "RH"),
            "of_a_loose_minority": Quantity.exact(loose[0] / loose[1], "RH"),
            **{
                f"rh_at_tau_{tau:g}": Quantity.exact(harm_in_the_limit(0.4 / WITHIN, tau), "RH")
                for tau in (0.1, 0.3, 0.5, 1.0, 1.2)
            },
        },
    )
