"""Checks of paper A's supervised losses: which terms they hold, what they are bounded by, where their optima lie."""

from __future__ import annotations

import numpy as np

from contrastive_claims.experiments.claims.random_anchors import SEED, anchors, exactly, relative_error
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.theory.margins import proofs
from contrastive_claims.theory.margins.bounds import optimal_value
from contrastive_claims.theory.margins.free import merging_threshold, minimise_free
from contrastive_claims.theory.margins.logits import (
    eps_sup_con_from_logits,
    eps_sup_infonce_from_logits,
    sup_con_in_from_logits,
)
from contrastive_claims.theory.sphere import simplex_etf

CASES = 200


def eps_sup_infonce_identity(run: Run) -> Evidence:
    """A6: the shipped loss against the sum over positives in 400-bit arithmetic, against SINCERE at eps = 0, and its
    blindness to how positives compare. Control: SupCon's denominator, which holds every positive."""
    wrong = run.control
    loss = eps_sup_con_from_logits if wrong else eps_sup_infonce_from_logits
    errors, sincere, blind = [], [], []
    for anchor in anchors(CASES, most_positives=6):
        shipped = float(loss(anchor.positives, anchor.negatives, anchor.epsilon))
        errors.append(relative_error(shipped, exactly("eps_sup_infonce", anchor)))
        sincere.append(relative_error(float(loss(anchor.positives, anchor.negatives)), exactly("sincere", anchor)))
        alone = np.mean(
            [loss(anchor.positives[i : i + 1], anchor.negatives, anchor.epsilon) for i in range(len(anchor.positives))]
        )
        blind.append(relative_error(shipped, float(alone)))
    equal = np.zeros(2), np.zeros(1)
    difference = float(eps_sup_con_from_logits(*equal) - eps_sup_infonce_from_logits(*equal))
    return Evidence(
        {
            "worst_relative_error": Quantity.exact(max(errors)),
            "sincere_worst_relative_error": Quantity.exact(max(sincere)),
            "other_positives_effect": Quantity.exact(max(blind)),
            "supcon_minus_supinfonce_at_witness": Quantity.exact(difference, "nats"),
        },
        seeds=(SEED,),
        certificate=proofs.eps_sup_infonce_identity(wrong),
        witness="not SupCon: two positives and one negative with equal logits give log 3 against log 2",
    )


def supcon_above_supinfonce(run: Run) -> Evidence:
    """A8: both inequalities, anchor by anchor. Control: SupInfoNCE summed, not averaged, over the positives."""
    wrong = run.control
    difference, excess, margins, losses = [], [], [], []
    for anchor in anchors(CASES, most_positives=8):
        sup_con = float(eps_sup_con_from_logits(anchor.positives, anchor.negatives))
        count = len(anchor.positives)
        sup_infonce = float(eps_sup_infonce_from_logits(anchor.positives, anchor.negatives)) * (count if wrong else 1)
        difference.append((sup_con - sup_infonce) / max(1, abs(sup_con)))
        excess.append(sup_con - np.log(count))
    positives = 4
    for margin in np.linspace(-10, 40, 101):
        margins.append(margin)
        losses.append([
            float(f(np.full(positives, margin), np.zeros(8))) for f in (eps_sup_con_from_logits, eps_sup_infonce_from_logits)
        ])  # fmt: skip
    return Evidence(
        {
            "difference_slack": Quantity.exact(min(difference)),
            "log_p_slack": Quantity.exact(min(excess), "nats"),
            "log_p_excess_at_wide_margin": Quantity.exact(losses[-1][0] - np.log(positives), "nats"),
        },
        arrays={"margin": np.array(margins), "sup_con": np.array(losses)[:, 0], "sup_infonce": np.array(losses)[:, 1],
                "positives": np.array(positives)},
        seeds=(SEED,),
        certificate=proofs.supcon_above_supinfonce(wrong),
    )  # fmt: skip


def eps_sup_con_identity(run: Run) -> Evidence:
    """A7: the shipped loss plus eps against the LSE over negatives and other positives in 400-bit arithmetic, and at
    eps = 0 against SupCon's L_out. Control: eps missing on the positives of the denominator."""
    wrong = run.control
    errors, plain = [], []
    for anchor in anchors(CASES, most_positives=6):
        epsilon = 0.0 if wrong else anchor.epsilon
        shipped = float(eps_sup_con_from_logits(anchor.positives, anchor.negatives, epsilon))
        errors.append(relative_error(shipped + anchor.epsilon, exactly("eps_sup_con_terms", anchor)))
        at_zero = float(eps_sup_con_from_logits(anchor.positives, anchor.negatives))
        plain.append(relative_error(at_zero, exactly("sup_con", anchor)))
    return Evidence(
        {
            "worst_relative_error": Quantity.exact(max(errors)),
            "supcon_worst_relative_error": Quantity.exact(max(plain)),
        },
        seeds=(SEED,),
        certificate=proofs.eps_sup_con_identity(wrong),
    )


def collapse_to_a_point_as_printed(run: Run) -> Evidence:
    """A9: orthonormal positives satisfy every non-contrastive term, and keep their distances.

    Control: the antipodal pair e1, -e1 with e2, which breaks the terms and is no point either. Positive control: samples that do
    stand at one point.
    """
    positives = np.eye(3)
    if run.control:
        positives = np.array([[1.0, 0, 0], [-1.0, 0, 0], [0, 1.0, 0]])
    if run.planted:
        positives = np.eye(3)[[0, 0, 0]]
    largest, spread = _terms_and_spread(positives)
    return Evidence(
        {
            "largest_non_contrastive_term": Quantity.exact(largest, "cosine"),
            "largest_squared_distance": Quantity.exact(spread),
        },
        certificate=proofs.collapse_to_a_point_as_printed(run.control),
        witness="e1, e2, e3: all s+_t - s+_i = 0, squared distances 2",
    )


def _terms_and_spread(positives: np.ndarray) -> tuple[float, float]:
    """Largest s+_t - s+_i over anchors and pairs of their positives (cosines), and largest squared distance."""
    gram = positives @ positives.T
    others = [np.delete(row, k) for k, row in enumerate(gram)]
    return max(float(row.max() - row.min()) for row in others), float((2 - 2 * gram).max())


def collapse_to_a_point(run: Run) -> Evidence:
    """A9c: up to d + 1 samples a spread solution exists (the simplex); from d + 2 on, Gram matrices with equal cosines c < 1
    have rank above d. Control: the threshold one sample too low (a point forced at n = d + 1)."""
    shift = 1 if run.control else 0
    terms, spread, missing = [], [], []
    for dimension in range(2, 9):
        for count in range(3, dimension + 2):
            simplex = simplex_etf(count, dimension)
            term, distance = _terms_and_spread(simplex)
            terms.append(term)
            spread.append(distance)
        for count in range(dimension + 2 - shift, dimension + 6):
            for cosine in np.linspace(-1 / (count - 1), 1, 9)[:-1]:
                gram = (1 - cosine) * np.eye(count) + cosine
                missing.append(int(np.linalg.matrix_rank(gram, tol=1e-9)) - dimension)
    return Evidence(
        {
            "largest_term_of_simplex": Quantity.exact(max(terms), "cosine"),
            "smallest_spread_of_simplex": Quantity.exact(min(spread)),
            "fewest_missing_dimensions": Quantity.exact(min(missing)),
        },
        certificate=proofs.collapse_to_a_point(run.control),
    )


def sup_con_in_below_out(run: Run) -> Evidence:
    """A10: L_in <= L_out on random anchors, and L_in near its infimum though one positive loses to the negative.

    Control: the two exchanged.
    """
    wrong = run.control
    slack = []
    for anchor in anchors(CASES, most_positives=8):
        inside = float(sup_con_in_from_logits(anchor.positives, anchor.negatives))
        outside = float(eps_sup_con_from_logits(anchor.positives, anchor.negatives))
        slack.append((inside - outside if wrong else outside - inside) / max(1.0, abs(outside)))
    positives, negative = np.log(np.array([1000.0, 1 / 1000])), np.zeros(1)
    return Evidence(
        {
            "out_minus_in_slack": Quantity.exact(min(slack)),
            "in_above_its_infimum": Quantity.exact(
                float(sup_con_in_from_logits(positives, negative)) - np.log(2), "nats"
            ),
            "margin_of_losing_positive": Quantity.exact(positives.min() - negative.max(), "logits"),
        },
        seeds=(SEED,),
        certificate=proofs.sup_con_in_below_out(wrong),
    )


FREE_CASES = (  # class sizes, temperature, epsilon
    ((2, 2), 0.1, 0.0),
    ((3, 3, 3), 0.5, 0.25),
    ((4, 4, 4), 0.1, 1.0),
    ((2, 2, 2, 2), 1.0, 5.0),
    ((3, 3, 3, 3, 3), 0.2, 0.0),
    ((2, 3, 5), 0.5, 0.5),
    ((2, 2, 12), 0.5, 1.0),
    ((2, 8), 0.3, 2.0),
)


def free_optima(run: Run) -> Evidence:
    """A12: certified optima of both losses over free embeddings: collapsed always, the simplex ETF and the closed value when
    balanced. Control: the ETF expected although classes are unbalanced."""
    return _free_optima("A12", ("eps_sup_infonce", "eps_sup_con"), FREE_CASES, run)


def supcon_optima(run: Run) -> Evidence:
    """A13: the same for SupCon (eps = 0) on balanced classes. Control: unbalanced classes."""
    balanced = ((2, 2), (3, 3, 3), (4, 4, 4), (2,) * 5, (3,) * 6)
    cases = tuple((sizes, temperature, 0.0) for sizes in balanced for temperature in (0.1, 0.5, 2.0))
    return _free_optima("A13", ("eps_sup_con",), cases, run)


def _free_optima(claim: str, losses: tuple[str, ...], cases: tuple, run: Run) -> Evidence:
    gaps, within, etf, values, steps = [], [], [], [], []
    for k, (sizes, temperature, epsilon) in enumerate(cases):
        if run.control:
            sizes = (2, 3, *sizes[2:], 9)
        labels = np.repeat(np.arange(len(sizes)), sizes)
        for loss in losses:
            found = minimise_free(labels, temperature, epsilon, loss, seed=k)
            gram = found.vectors @ found.vectors.T
            same = labels[:, None] == labels[None, :]
            gaps.append(found.gap)
            within.append(1 - gram[same].min())
            if len(set(sizes)) == 1 or run.control:
                etf.append(np.abs(gram[~same] + 1 / (len(sizes) - 1)).max())
                values.append(abs(found.loss - optimal_value(len(sizes), sizes[0], temperature, epsilon, loss)))
            steps.append(proofs.free_duality(labels, temperature, epsilon, loss, found.vectors, "1/100000000"))
        run.progress(k + 1, len(cases), f"classes {sizes}")
    return Evidence(
        {
            "worst_gap": Quantity.exact(max(gaps), "nats"),
            "worst_within_class_spread": Quantity.exact(max(within), "1 - cosine"),
            "worst_distance_from_etf": Quantity.exact(max(etf), "cosine"),
            "worst_value_error": Quantity.exact(max(values), "nats"),
            "certified_optima": Quantity.exact(len(steps)),
        },
        seeds=tuple(range(len(cases))),
        certificate=proofs.collapse_within_classes(steps, claim),
    )


MERGING_CASES = (  # minority size, majority size, temperature, loss
    (2, 20, 0.5, "eps_sup_infonce"),
    (3, 30, 0.5, "eps_sup_infonce"),
    (3, 24, 0.6, "eps_sup_infonce"),
    (2, 20, 1.0, "eps_sup_con"),
    (3, 18, 1.0, "eps_sup_con"),
)


def minority_merging(run: Run) -> Evidence:
    """A21: certified optima just above and just below eps*. Control: a threshold one logit too low."""
    wrong = run.control
    gaps, merged, apart, steps, thresholds = [], [], [], [], []
    for k, (minority, majority, temperature, loss) in enumerate(MERGING_CASES):
        threshold = merging_threshold(minority, majority, temperature, loss) - (1.0 if wrong else 0.0)
        thresholds.append(threshold)
        labels = np.repeat([0, 1, 2], [minority, minority, majority])
        for epsilon, found in ((threshold + 0.02, merged), (threshold - 0.02, apart)):
            optimum = minimise_free(labels, temperature, epsilon, loss, seed=k)
            vectors = optimum.vectors
            found.append(1 - float(vectors[0] @ vectors[minority]))
            gaps.append(optimum.gap)
            steps.append(proofs.free_duality(labels, temperature, epsilon, loss, vectors, "1/100000000"))
        run.progress(k + 1, len(MERGING_CASES), f"{loss}, {minority} | {minority} | {majority}")
    return Evidence(
        {
            "worst_gap": Quantity.exact(max(gaps), "nats"),
            "worst_separation_above_threshold": Quantity.exact(max(merged), "1 - cosine"),
            "smallest_separation_below_threshold": Quantity.exact(min(apart), "1 - cosine"),
            "epsilon_2_20_half": Quantity.exact(thresholds[0], "logits"),
            "epsilon_2_20_supcon": Quantity.exact(thresholds[3], "logits"),
        },
        seeds=tuple(range(len(MERGING_CASES))),
        certificate=proofs.minority_merging(steps),
    )
