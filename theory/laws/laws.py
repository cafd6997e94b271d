"""The laws, as plain data: what a contrastive loss can be held to, and which laws a loss should keep, depending on what it is.

A law is a function (loss, case) -> slack: zero or more where it is kept, negative by how much it is broken; it raises
theory.laws.Failure where the loss gives no number, and edges.Refused where it declines a batch at the edge on purpose.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from contrastive_claims.theory.laws import edges, gradients, invariances, values
from contrastive_claims.theory.laws.cases import Case
from contrastive_claims.theory.laws.formulas import FIRST_VIEW
from contrastive_claims.theory.laws.identity import COUNTED, LEFT_OUT, OTHERWISE
from contrastive_claims.theory.laws.loss import Loss

UNKNOWN = "it is no loss known here"
NO_LABELS = "it takes no labels"


def everyone(loss: Loss) -> str:
    """Claimed of every loss."""
    return ""


def labelled(loss: Loss) -> str:
    """Claimed of a loss of labels."""
    return NO_LABELS if loss.views else ""


def labelled_and_known(loss: Loss) -> str:
    return labelled(loss) or known(loss)


def known(loss: Loss) -> str:
    """Claimed of a loss that has been recognised."""
    return "" if loss.identity else UNKNOWN


def symmetric_in_views(loss: Loss) -> str:
    if not loss.views:
        return "it does not take two views"
    one_way = loss.identity is not None and loss.identity.formula.among == FIRST_VIEW
    return "the first view's anchors alone count" if one_way else ""


def normalising(loss: Loss) -> str:
    if loss.finding is None or loss.finding.normalises:
        return ""
    return "rows of other lengths did not give the same value: normalise them first"


def with_learnable_temperature(loss: Loss) -> str:
    if not loss.takes_temperature:
        return "it takes no temperature"
    return "" if loss.finding and loss.finding.learnable else "a temperature given as a tensor gets no gradient"


def with_temperature(loss: Loss) -> str:
    return known(loss) or ("" if loss.takes_temperature else "it takes no temperature")


def with_epsilon(loss: Loss) -> str:
    if loss.identity is None:
        return UNKNOWN
    if not loss.takes_epsilon:
        return "it takes no epsilon"
    return "" if loss.identity.formula.family in ("infonce", "supcon") else "its formula has no margin"


def with_finite_margin(loss: Loss) -> str:
    if loss.identity is None:
        return UNKNOWN
    if loss.identity.formula.family not in ("infonce", "supcon"):
        return "its mean over the positives is inside the logarithm"
    return "it has no hinge: its eps is infinite" if loss.identity.formula.epsilon == np.inf else ""


def sup_infonce(loss: Loss) -> str:
    if without := with_finite_margin(loss):
        return without
    assert loss.identity is not None
    if loss.identity.formula.family != "infonce":
        return "its positives are compared with each other"
    mean = loss.identity.reduction in ("mean over anchors", "mean over positive pairs", "mean over classes")
    return "" if mean else "it is no mean over pairs"


def sup_con(loss: Loss) -> str:
    if loss.identity is None:
        return UNKNOWN
    formula = loss.identity.formula
    return "" if formula.family == "supcon" and formula.epsilon == 0 else "it is not SupCon out"


def sup_con_either(loss: Loss) -> str:
    if loss.identity is None:
        return UNKNOWN
    return "" if loss.identity.formula.family == "supcon_in" or not sup_con(loss) else "it is neither form of SupCon"


def of_singletons(loss: Loss) -> str:
    if labelled_and_known(loss):
        return labelled_and_known(loss)
    assert loss.identity is not None
    taken = loss.identity.singletons in (LEFT_OUT, COUNTED, OTHERWISE)
    return "" if taken else f"an anchor without positives: {loss.identity.singletons}"


def without_negatives(loss: Loss) -> str:
    if labelled_and_known(loss):
        return labelled_and_known(loss)
    assert loss.identity is not None
    return "its formula needs a negative" if loss.identity.formula.epsilon == np.inf else ""


@dataclass(frozen=True)
class Law:
    """name; says: the formula; source: paper and equation, or "ours"; slack: (loss, case) -> slack; cases: which batches it is
    tried on, a name of theory.laws.strategies.BATCHES; unclaimed: why it is not claimed of a loss, "" where it is."""

    name: str
    says: str
    source: str
    slack: Callable[[Loss, Case], float]
    cases: str = "ordinary"
    unclaimed: Callable[[Loss], str] = everyone


LAWS: tuple[Law, ...] = (
    Law("repeatable", "the same batch gives the same number, and is left as it was", "ours", invariances.repeatable),
    Law("rotation", "L(Z Q, y) = L(Z, y), Q orthogonal", "ours: a function of cosines", invariances.rotation),
    Law("permutation", "L(Z[o], y[o]) = L(Z, y), o an order", "ours", invariances.permutation),
    Law("relabelling", "L(Z, f(y)) = L(Z, y), f injective", "ours", invariances.relabelling, unclaimed=labelled),
    Law("length", "L(r_i z_i) = L(z_i), r_i > 0", "ours: normalised inside", invariances.length, unclaimed=normalising),
    Law(
        "swapped views", "L(z', z) = L(z, z')", "SimCLR, eq. 1", invariances.swapped_views,
        unclaimed=symmetric_in_views,
    ),
    Law("duplicates", "L at z_j = z_i is its limit for z_j -> z_i", "ours", invariances.duplicates),
    Law("gradient", "<dL/dZ, V> = lim (L(Z + hV) - L(Z - hV))/2h", "ours", gradients.differences),
    Law(
        "closed gradient", "dL/dZ = (W + W^T) Z / tau, W of the formula", "A, margin theory; ours",
        gradients.closed_gradient, unclaimed=known,
    ),
    Law("gather", "dL/dz_i is the same with the other rows detached", "ours", gradients.gathered),
    Law(
        "learnable temperature", "dL/dtau = lim (L(tau + h) - L(tau - h))/2h", "ours", gradients.learnable_temperature,
        unclaimed=with_learnable_temperature,
    ),
    Law(
        "falls in epsilon", "-1/2 < L(eps + 1/2) - L(eps) < 0, by the positive's mean share", "A4",
        gradients.falls_in_epsilon, unclaimed=with_epsilon,
    ),
    Law(
        "closed form", "L(Z, y) = scale * reduction of the anchors' formula + constant", "its formula",
        values.closed_form, unclaimed=known,
    ),
    Law(
        "duplication rule", "the batch twice over: P -> 2P + 1, N -> 2N", "ours", values.duplication_rule,
        unclaimed=labelled_and_known,
    ),
    Law(
        "hinge sandwich", "H <= L + eps <= H + log(terms), H = max(0, max(s - s+))", "A2; ours with several positives",
        values.hinge_sandwich, unclaimed=with_finite_margin,
    ),
    Law(
        "margin from loss", "mean margin >= -log(e^L - e^-eps)", "A3", values.margin_from_loss, unclaimed=sup_infonce,
    ),
    Law(
        "above SupInfoNCE", "L >= SupInfoNCE, L > log P", "A8", values.above_sup_infonce, unclaimed=sup_con,
    ),
    Law("in below out", "L_in <= L_out", "A10", values.in_below_out, unclaimed=sup_con_either),
    Law(
        "simplex is best", "L(simplex) <= L(Z), balanced classes, d >= K - 1", "A12, A13", values.simplex_is_best,
        "balanced", known,
    ),
    Law(
        "batch split", "sum_i l_i >= the same over two parts of whole classes", "ours", values.parts_lose_negatives,
        "in parts", known,
    ),
    Law("a singleton", "refused, or finite", "ours", edges.finite, "singleton", labelled),
    Law(
        "a singleton has no say", "L is the mean over the anchors with positives", "Khosla et al. 2020, eq. 2",
        edges.no_say, "singleton", of_singletons,
    ),
    Law("no positives", "refused, or finite", "ours", edges.finite, "no positives", labelled),
    Law("one class", "refused, or the formula's value", "ours", edges.one_class, "one class", without_negatives),
    Law("a zero vector", "refused, or finite", "ours", edges.finite, "zero vector"),
    Law(
        "large logits", "float32 within 1e-5/tau of the formula, tau down to 1e-4", "ours", edges.large_logits,
        "cold", with_temperature,
    ),
    Law(
        "half precision", "refused, or within 16 roundings of the logits", "ours", edges.half_precision, "half",
    ),
)  # fmt: skip
BY_NAME = {law.name: law for law in LAWS}
