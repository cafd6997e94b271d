"""Paper A's definitions: the shipped function that each is held to, random points, and a slip that they must tell apart."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import torch

from contrastive_claims.experiments.claims.margins import information
from contrastive_claims.experiments.prove.points import (
    Draw,
    Point,
    Slip,
    Tie,
    coq,
    coq_list,
    coq_matrix,
    coq_vector,
    floats,
    rational,
    several,
    shares,
    spherical,
    tensor,
)
from contrastive_claims.theory import margins
from contrastive_claims.theory.margins.logits import log_sum_exp


def an_anchor(generator: np.random.Generator) -> tuple[Fraction, list[Fraction], list[Fraction]]:
    """eps, logits of 2 to 3 positives, of 2 to 4 negatives."""
    count = generator.integers(2, 4), generator.integers(2, 5)
    return (
        rational(generator, 0.1, 2),
        several(generator, int(count[0]), -2, 2),
        several(generator, int(count[1]), -2, 2),
    )


def log_sum(g: np.random.Generator) -> Point:
    _, _, negatives = an_anchor(g)
    return f"LSE {coq_list(negatives)}", float(log_sum_exp(floats(negatives)))


def of_one_positive(name: str, function: Callable[..., float], epsilon: bool = True) -> Draw:
    """A loss of one positive, its negatives and, where Spec.v's takes one, eps."""

    def draw(g: np.random.Generator) -> Point:
        eps, (positive, *_), negatives = an_anchor(g)
        value = function(float(positive), floats(negatives), *([float(eps)] if epsilon else []))
        return f"{name} {coq(eps) if epsilon else ''} {coq(positive)} {coq_list(negatives)}", float(value)

    return draw


def of_positives(name: str, function: Callable[..., float], epsilon: bool = True) -> Draw:
    """A loss of several positives, the negatives and, where Spec.v's takes one, eps."""

    def draw(g: np.random.Generator) -> Point:
        eps, positives, negatives = an_anchor(g)
        value = function(floats(positives), floats(negatives), *([float(eps)] if epsilon else []))
        return f"{name} {coq(eps) if epsilon else ''} {coq_list(positives)} {coq_list(negatives)}", float(value)

    return draw


def margin(g: np.random.Generator) -> Point:
    points, tau = spherical(g, 4), rational(g, 0.3, 2)
    found = margins.anchor_margins(tensor(points), [0, 0, 1, 1], float(tau))
    a, p, *negatives = [coq_vector(point) for point in points]
    listed = "; ".join(f"logit {coq(tau)} 3 {a} {n}" for n in negatives)
    return f"margin (logit {coq(tau)} 3 {a} {p}) [{listed}]", float(found.mean[0])


def hinge(g: np.random.Generator) -> Point:
    eps, (positive, *_), negatives = an_anchor(g)
    value = margins.hinge(float(positive), floats(negatives), float(eps))
    return f"hinge {coq(eps)} {coq(positive)} {coq_list(negatives)}", float(value)


def margin_end(end: int) -> Draw:
    def draw(g: np.random.Generator) -> Point:
        eps, loss, count = rational(g, 0.1, 2), rational(g, 0.1, 3), int(g.integers(1, 7))
        value = margins.margin_interval(float(loss), count, float(eps))[end]
        name = f"margin_low {coq(eps)} {coq(loss)}" if end == 0 else f"margin_high {coq(eps)} {coq(loss)} {count}"
        return name, float(value)

    return draw


def margin_low_on_sphere(g: np.random.Generator) -> Point:
    """Above the other negatives' floor and inside the ends of the sphere, where the function does not cut."""
    while True:
        eps, tau, count = rational(g, 0.1, 1), rational(g, 0.6, 2), int(g.integers(2, 5))
        hardest = rational(g, -1, 1) / tau
        others = (count - 1) * np.exp(float(rational(g, -1.5, 0) / tau))
        loss = Fraction(float(np.log(np.exp(-float(eps)) + np.exp(-float(hardest)) + others))).limit_denominator(1000)
        try:
            low, _ = margins.margin_interval(float(loss), count, float(eps), float(tau))
        except ValueError:
            continue
        if abs(float(low)) < 1.9 / float(tau):
            return f"margin_low_on_sphere {coq(eps)} {coq(tau)} {coq(loss)} {count}", float(low)


LABELS = [0, 0, 1, 0, 1]


def sample_loss(name: str, function: Callable[..., torch.Tensor], epsilon: bool) -> Draw:
    def draw(g: np.random.Generator) -> Point:
        points, tau, eps = spherical(g, len(LABELS)), rational(g, 0.3, 2), rational(g, 0.1, 1)
        value = function(tensor(points), LABELS, float(tau), **({"epsilon": float(eps)} if epsilon else {}))
        labels = f"(fun i => nth i [{'; '.join(f'{label}%nat' for label in LABELS)}] 0%nat)"
        loss = f"({name} {coq(eps)})" if epsilon else name
        return f"sample_loss {loss} {len(LABELS)} 3 {coq(tau)} {labels} {coq_matrix(points)}", float(value)

    return draw


def a_law(g: np.random.Generator) -> tuple[str, np.ndarray]:
    joint = np.array(shares(g, 4), dtype=object).reshape(2, 2)
    return coq_matrix(joint.tolist()), floats(joint)


def pointwise(g: np.random.Generator) -> Point:
    law, joint = a_law(g)
    i, j = g.integers(2, size=2)
    return f"pointwise 2 2 {law} {i} {j}", float(information.pmi(joint)[i, j])


def mutual(g: np.random.Generator) -> Point:
    law, joint = a_law(g)
    return f"information 2 2 {law}", float((joint * information.pmi(joint)).sum())


def bound(name: str, which: int) -> Draw:
    def draw(g: np.random.Generator) -> Point:
        law, joint = a_law(g)
        critic, count = [several(g, 2, -2, 2) for _ in range(2)], int(g.integers(1, 3))
        value = information.expected_log_ratios(joint, floats(critic), count)[which]
        return f"{name} 2 2 {count} {law} {coq_matrix(critic)}", float(value)

    return draw


def distance(points: list[list[Fraction]], i: int, j: int) -> str:
    return f"squared_distance 3 {coq_vector(points[i])} {coq_vector(points[j])}"


def squared_distance(g: np.random.Generator) -> Point:
    points = spherical(g, 2)
    found = margins.pair_statistics(tensor(points), [0, 0], [0, 0], pooled=True)
    return distance(points, 0, 1), float(found.mean[0, 0])


def variance(g: np.random.Generator) -> Point:
    points = spherical(g, 3)
    found = margins.pair_statistics(tensor(points), [0, 0, 0], [0, 0, 0], pooled=True)
    return f"variance [{'; '.join(distance(points, i, j) for i, j in ((0, 1), (0, 2), (1, 2)))}]", float(
        found.variance[0, 0]
    )


def gaussian_kl(g: np.random.Generator) -> Point:
    (mu_a, mu_c), (var_a, var_c) = several(g, 2, 0, 4), several(g, 2, 0.2, 2)
    value = margins.gaussian_kl(*(float(x) for x in (mu_a, var_a, mu_c, var_c)))
    return f"gaussian_kl {coq(mu_a)} {coq(var_a)} {coq(mu_c)} {coq(var_c)}", float(value)


def fair_kl(g: np.random.Generator) -> Point:
    """Five samples of one class; three of them have two others of the same bias and two of the other."""
    bias, value = [0, 0, 0, 1, 1], math.inf
    while value > 100:  # near equal conflicting distances the divergence is huge, and a double no longer within 1e-9
        points = spherical(g, 5)
        value = float(margins.fair_kl(tensor(points), [0] * 5, bias, variance_floor=0, no_pairs="zero"))
    terms = []
    for anchor in range(3):
        kinds = [
            [distance(points, anchor, j) for j in range(5) if j != anchor and (bias[j] == 0) == aligned]
            for aligned in (True, False)
        ]
        terms.append(f"fair_kl [{'; '.join(kinds[0])}] [{'; '.join(kinds[1])}]")
    return f"mean [{'; '.join(terms)}]", value


def first_moments(g: np.random.Generator) -> Point:
    points, bias = spherical(g, 4), [0, 0, 1, 1]
    value = margins.end(tensor(points), [0] * 4, bias, variant="batch", no_pairs="zero")
    pairs = [(i, j) for i in range(4) for j in range(i + 1, 4)]
    kinds = [
        "; ".join(distance(points, i, j) for i, j in pairs if (bias[i] == bias[j]) == aligned)
        for aligned in (True, False)
    ]
    return f"first_moments [{kinds[0]}] [{kinds[1]}]", float(value)


TIES = (
    Tie("LSE", "theory.margins.logits.log_sum_exp", log_sum, Slip("LSE", "sum_exp l", "sum_exp (0 :: l)")),
    Tie(
        "eps_infonce",
        "theory.margins.eps_infonce_from_logits",
        of_one_positive("eps_infonce", margins.eps_infonce_from_logits),
        Slip("eps_infonce", "pos - eps", "pos"),
    ),
    Tie(
        "infonce",
        "theory.margins.eps_infonce_from_logits",
        of_one_positive("infonce", margins.eps_infonce_from_logits, False),
        Slip("infonce", "exp pos + sum_exp negs", "sum_exp negs"),
    ),
    Tie(
        "info_l1o",
        "theory.margins.info_l1o_from_logits",
        of_one_positive("info_l1o", margins.info_l1o_from_logits, False),
        Slip("info_l1o", "/ sum_exp negs", "/ (exp pos + sum_exp negs)"),
    ),
    Tie(
        "eps_sup_infonce",
        "theory.margins.eps_sup_infonce_from_logits",
        of_positives("eps_sup_infonce", margins.eps_sup_infonce_from_logits),
        Slip("eps_sup_infonce", "pos - eps", "pos"),
    ),
    Tie(
        "sincere",
        "theory.margins.eps_sup_infonce_from_logits",
        of_positives("sincere", margins.eps_sup_infonce_from_logits, False),
        Slip("sincere", "mean", "total"),
    ),
    Tie(
        "eps_sup_con",
        "theory.margins.eps_sup_con_from_logits",
        of_positives("eps_sup_con", margins.eps_sup_con_from_logits),
        Slip("eps_sup_con", "t - eps", "t"),
    ),
    Tie(
        "sup_con",
        "theory.margins.eps_sup_con_from_logits",
        of_positives("sup_con", margins.eps_sup_con_from_logits, False),
        Slip("sup_con", "sum_exp poss + sum_exp negs", "exp pos + sum_exp negs"),
    ),
    Tie(
        "sup_con_in",
        "theory.margins.sup_con_in_from_logits",
        of_positives("sup_con_in", margins.sup_con_in_from_logits, False),
        Slip("sup_con_in", "mean", "total"),
    ),
    Tie("margin", "theory.margins.anchor_margins", margin, Slip("margin", "largest negs", "mean negs")),
    Tie("logit", "theory.margins.anchor_margins", margin, Slip("logit", "/ tau", "* tau")),
    Tie("hinge", "theory.margins.hinge", hinge, Slip("hinge", "neg - pos", "pos - neg")),
    Tie("margin_low", "theory.margins.margin_interval", margin_end(0), Slip("margin_low", "- exp (- eps)", "")),
    Tie("margin_high", "theory.margins.margin_interval", margin_end(1), Slip("margin_high", "/ INR N", "/ INR (S N)")),
    Tie(
        "margin_low_on_sphere",
        "theory.margins.margin_interval",
        margin_low_on_sphere,
        Slip("margin_low_on_sphere", "N - 1", "N - 2"),
    ),
    Tie(
        "sample_loss",
        "theory.margins.eps_sup_infonce",
        sample_loss("eps_sup_infonce", margins.eps_sup_infonce, True),
        Slip("negatives", "negb (y i =? y a)%nat", "negb (i =? a)%nat", ("sample_loss",)),
    ),
    Tie(
        "positives",
        "theory.margins.eps_sup_con",
        sample_loss("eps_sup_con", margins.eps_sup_con, True),
        Slip("positives", "&& negb (i =? a)%nat", "", ("sample_loss",)),
    ),
    Tie(
        "negatives",
        "theory.margins.sup_con",
        sample_loss("sup_con", margins.sup_con, False),
        Slip("negatives", "negb (y i =? y a)%nat", "negb (i =? a)%nat", ("sample_loss",)),
    ),
    Tie(
        "pointwise",
        "experiments.claims.margins.information.pmi",
        pointwise,
        Slip("pointwise", "anchor_law m p i *", ""),
    ),
    Tie(
        "information",
        "experiments.claims.margins.information.pmi",
        mutual,
        Slip("information", "p i j * pointwise n m p i j", "pointwise n m p i j / 4"),
    ),
    Tie(
        "lower_bound",
        "experiments.claims.margins.information.expected_log_ratios",
        bound("lower_bound", 0),
        Slip("lower_bound", "exp (s i j) + sum_exp", "sum_exp"),
    ),
    Tie(
        "upper_bound",
        "experiments.claims.margins.information.expected_log_ratios",
        bound("upper_bound", 1),
        Slip("upper_bound", "sample_law n p", "anchor_law m p"),
    ),
    Tie(
        "squared_distance",
        "theory.margins.pair_statistics",
        squared_distance,
        Slip("squared_distance", "x c - y c", "x c + y c"),
    ),
    Tie(
        "variance",
        "theory.margins.pair_statistics",
        variance,
        Slip("variance", "(INR (length l) - 1)", "INR (length l)"),
    ),
    Tie(
        "gaussian_kl",
        "theory.margins.gaussian_kl",
        gaussian_kl,
        Slip("gaussian_kl", "ln (var_a / var_c)", "ln (var_c / var_a)"),
    ),
    Tie(
        "fair_kl",
        "theory.margins.fair_kl",
        fair_kl,
        Slip(
            "fair_kl",
            "(mean aligned) (variance aligned) (mean conflicting) (variance conflicting)",
            "(mean conflicting) (variance conflicting) (mean aligned) (variance aligned)",
        ),
    ),
    Tie("first_moments", "theory.margins.end", first_moments, Slip("first_moments", "^ 2", "^ 1")),
)
