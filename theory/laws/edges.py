"""Laws at the edges: batches that training meets sooner or later. A loss may refuse them, by an exception that says so; it may
not return NaN, or a number that is not its formula's."""

from __future__ import annotations

import math

import numpy as np
import torch

from contrastive_claims.theory.laws.cases import Case
from contrastive_claims.theory.laws.gradients import known
from contrastive_claims.theory.laws.invariances import agreement
from contrastive_claims.theory.laws.loss import Failure, Loss
from contrastive_claims.theory.laws.values import FORMULA


class Refused(Exception):
    """The loss refused a batch at the edge, on purpose: the law is kept."""


def finite(loss: Loss, case: Case) -> float:
    """Refused, or a finite value with a finite gradient."""
    _value(loss, case)
    loss.gradient(case.unit, case)
    return 0.0


def no_say(loss: Loss, case: Case) -> float:
    """An anchor without positives is a negative of the others and nothing else: the mean is over the others."""
    expected = known(loss).value(case.unit, case.classes, case)
    return agreement(loss, _value(loss, case), expected, FORMULA)


def one_class(loss: Loss, case: Case) -> float:
    """Refused, or the value of the formula without negatives, with a finite gradient."""
    found = _value(loss, case)
    loss.gradient(case.unit, case)
    expected = known(loss).value(case.unit, case.classes, case)
    return agreement(loss, found, expected, FORMULA)


def large_logits(loss: Loss, case: Case) -> float:
    """In float32, at logits up to 1/tau: the value of the formula within 1e-5 / tau, and a finite gradient."""
    rows = torch.from_numpy(case.unit).float().double().numpy()  # the formula at what the loss is given
    identity = known(loss)
    expected = identity.value(rows, case.classes, case)
    found = _value(loss, case)
    loss.gradient(case.unit, case)
    weights = identity.anchors(rows, case.classes, case)[1]
    size = abs(identity.scale_at(case)) * float(weights.sum()) / case.temperature
    return 1e-5 * max(1.0, size) - abs(found - expected)


def half_precision(loss: Loss, case: Case) -> float:
    """In half precision: within 16 roundings of the logits of the value at the same rows in float64, and a finite gradient."""
    dtype = getattr(torch, case.dtype)
    rows = torch.from_numpy(case.unit).to(dtype).double().numpy()
    found = _value(loss, case)
    loss.gradient(case.unit, case)
    exact = float(loss.value(torch.from_numpy(rows), torch.from_numpy(case.classes), case.temperature, case.epsilon))
    logits = 1 / known(loss).settings(case)[0] if loss.identity else 10.0
    scale = abs(known(loss).scale_at(case)) * len(rows) ** ("sum" in known(loss).reduction) if loss.identity else 1.0
    return 16 * float(torch.finfo(dtype).eps) * max(1.0, abs(exact), scale * logits) - abs(found - exact)


def _value(loss: Loss, case: Case) -> float:
    """The value at the rows as the case holds them. Raises Refused where the loss refuses."""
    try:
        found = loss.number(np.array(case.unit), case)
    except Failure as failure:
        if failure.refused:
            raise Refused(str(failure)) from failure
        raise
    assert math.isfinite(found)
    return found
