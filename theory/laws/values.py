"""Laws of the value: the formula itself, the bounds that hold whatever the batch, the optimum, batches in parts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from contrastive_claims.theory.laws.cases import Case
from contrastive_claims.theory.laws.formulas import REDUCTIONS, Form, anchor_losses, anchor_weights, pair_weights
from contrastive_claims.theory.laws.gradients import known
from contrastive_claims.theory.laws.invariances import agreement
from contrastive_claims.theory.laws.loss import Loss
from contrastive_claims.theory.margins.bounds import margin_interval
from contrastive_claims.theory.sphere import simplex_etf

FORMULA = 1000  # resolutions by which a value may miss its formula: a fitted temperature is known to about 1e-8


def closed_form(loss: Loss, case: Case) -> float:
    """L(Z, y) is the value of its formula."""
    expected = known(loss).value(case.unit, case.classes, case)
    return agreement(loss, loss.number(case.unit, case), expected, FORMULA)


def duplication_rule(loss: Loss, case: Case) -> float:
    """The batch twice over is the formula with P -> 2P + 1 (an anchor's copy is a positive, at cosine 1) and N -> 2N."""
    identity = known(loss)
    losses, weights = identity.anchors(case.unit, case.classes, case, copies=2)
    expected = identity.scale_at(case) * float(weights @ losses) + identity.constant_at(case)
    found = loss.number(np.tile(case.unit, (2, 1)), case, labels=np.tile(case.classes, 2))
    return agreement(loss, found, expected, FORMULA)


def hinge_sandwich(loss: Loss, case: Case) -> float:
    """H <= loss + eps <= H + log(number of terms), H the largest of 0 and the terms' exponents s - s+, means over pairs."""
    identity = known(loss)
    positive, negative, weights, logits, epsilon = _parts(loss, case)
    floors, widths = np.zeros(len(logits)), np.zeros(len(logits))
    for i in np.flatnonzero(positive.sum(axis=1)):
        own, others = logits[i, positive[i] > 0], logits[i, negative[i] > 0] + epsilon
        if identity.formula.family == "supcon":
            terms, count = np.concatenate([own, others]), len(own) + len(others)
            floors[i] = np.maximum(0, terms.max() - own).mean()
        else:
            floors[i], count = np.maximum(0, others.max(initial=-np.inf) - own).mean(), 1 + len(others)
        widths[i] = np.log(count)
    shifted = _plain(loss, case) + epsilon * float(weights.sum())
    low, high = float(weights @ floors), float(weights @ (floors + widths))
    room = 1e-6 * max(1.0, abs(shifted), high)
    return min(shifted - low, high - shifted) + room


def margin_from_loss(loss: Loss, case: Case) -> float:
    """The mean margin m = s+ - max s- is at least -log(e^loss - e^-eps) of the mean loss."""
    positive, negative, weights, logits, epsilon = _parts(loss, case)
    value = _plain(loss, case)
    if value + epsilon < 1e-4:  # nearer to -eps a loss in floating point does not determine the margin
        return 0.0
    hardest = np.where(negative > 0, logits, -np.inf).max(axis=1)
    margins = (np.where(positive > 0, logits, 0).sum(axis=1) / np.maximum(1, positive.sum(axis=1))) - hardest
    mean = float(weights @ margins)
    return mean - float(margin_interval(value, 1, epsilon)[0]) + 1e-5 * max(1.0, abs(mean))


def above_sup_infonce(loss: Loss, case: Case) -> float:
    """SupCon is at least SupInfoNCE, and above log P however wide the margin."""
    positive, negative, weights, logits, _ = _parts(loss, case)
    value = _plain(loss, case)
    below = float(weights @ anchor_losses(Form("", "infonce"), logits, positive, negative, 0.0))
    floor = float(weights @ np.log(np.maximum(1, positive.sum(axis=1))))
    return min(value - below, value - floor) + 1e-6 * max(1.0, abs(value))


def in_below_out(loss: Loss, case: Case) -> float:
    """L_in <= L_out: the loss against the formula of the other."""
    positive, negative, weights, logits, _ = _parts(loss, case)
    value, out = _plain(loss, case), known(loss).formula.family == "supcon"
    other = Form("", "supcon_in" if out else "supcon")
    bound = float(weights @ anchor_losses(other, logits, positive, negative, 0.0))
    return (value - bound if out else bound - value) + 1e-6 * max(1.0, abs(value))


def simplex_is_best(loss: Loss, case: Case) -> float:
    """No arrangement of balanced classes in d >= K - 1 dimensions has a smaller loss than the simplex."""
    classes = case.classes
    best = simplex_etf(int(classes.max()) + 1, case.unit.shape[1])[classes]
    value, least = loss.number(case.unit, case), loss.number(best, case)
    return value - least + 1e-6 * max(1.0, abs(value), abs(least))


def parts_lose_negatives(loss: Loss, case: Case) -> float:
    """The anchors' losses sum to less in two parts of whole classes, each of its own batch: they have fewer negatives."""
    first = case.classes % 2 == 0
    parts = [np.flatnonzero(first), np.flatnonzero(~first)]
    whole = _total(loss, case, np.arange(len(first)))
    return whole - sum(_total(loss, case, part) for part in parts) + 1e-6 * max(1.0, abs(whole))


def _total(loss: Loss, case: Case, kept: np.ndarray) -> float:
    """The loss of a part of the batch before its reduction divides."""
    identity = known(loss)
    part = replace(case, rows=tuple(case.rows[i] for i in kept), labels=tuple(case.labels[i] for i in kept))
    positives = pair_weights(identity.formula, part.classes)[0].sum(axis=1)
    return REDUCTIONS[identity.reduction](positives, part.classes)[1] * _plain(loss, part)


def _parts(loss: Loss, case: Case) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, float]:
    """(positives, negatives without the anchor itself, weights of the anchors, logits, eps) of a case."""
    identity = known(loss)
    positive, negative = pair_weights(replace(identity.formula, itself=False), case.classes)
    temperature, epsilon = identity.settings(case)
    weights = anchor_weights(identity.reduction, positive.sum(axis=1), case.classes)
    return positive, negative, weights, case.unit @ case.unit.T / temperature, epsilon


def _plain(loss: Loss, case: Case) -> float:
    """The loss without its scale and constant."""
    identity = known(loss)
    return (loss.number(case.unit, case) - identity.constant_at(case)) / identity.scale_at(case)
