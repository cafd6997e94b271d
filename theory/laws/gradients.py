"""Laws of the gradient: against differences of the value, against the closed form, across ranks, in temperature and margin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from contrastive_claims.theory.laws.cases import Case
from contrastive_claims.theory.laws.formulas import Form, anchor_losses, anchor_weights, pair_weights
from contrastive_claims.theory.laws.identity import Identity
from contrastive_claims.theory.laws.invariances import agreement
from contrastive_claims.theory.laws.loss import Loss, derivative

# (step of central differences, tolerance relative to the gradient) by the resolution of the loss
DIFFERENCES = {1e-9: (1e-6, 1e-5), 1e-4: (1e-3, 2e-2)}


def differences(loss: Loss, case: Case) -> float:
    """<dL/dZ, V> = (L(Z + h V) - L(Z - h V)) / 2h along a random V."""
    rows = case.unit
    step, tolerance = _differences(loss)
    along = case.generator.normal(size=rows.shape)
    along /= np.linalg.norm(along)
    gradient = loss.gradient(rows, case)
    slope = (loss.number(rows + step * along, case) - loss.number(rows - step * along, case)) / (2 * step)
    return tolerance * max(1.0, float(np.linalg.norm(gradient))) - abs(float((gradient * along).sum()) - slope)


def closed_gradient(loss: Loss, case: Case) -> float:
    """dL/dZ is the gradient of its formula, entry by entry."""
    expected = known(loss).gradient(case.unit, case.classes, case)
    found = loss.gradient(case.unit, case)
    scale = max(1.0, float(np.abs(expected).max()))
    tolerance = 1e-6 if _differences(loss)[0] < 1e-4 else 1e-3
    return tolerance * scale - float(np.abs(found - expected).max())


def gathered(loss: Loss, case: Case) -> float:
    """The gradient in some rows is the same whether the others are leaves or detached: what gathering over ranks needs."""
    rows = case.unit
    whole = loss.gradient(rows, case)
    own = 1 + int(case.generator.integers(len(rows) - 1))
    mine = torch.from_numpy(rows[:own]).requires_grad_()
    everyone = torch.cat([mine, torch.from_numpy(rows[own:])])
    found = derivative(loss.value(everyone, torch.from_numpy(case.classes), case.temperature, case.epsilon), mine)
    scale = max(1.0, float(np.abs(whole).max()))
    return 10 * _resolution(loss) * scale - float(np.abs(found - whole[:own]).max())


def learnable_temperature(loss: Loss, case: Case) -> float:
    """dL/dtau of a temperature given as a tensor is the slope of L in it."""
    rows, labels = torch.from_numpy(case.unit), torch.from_numpy(case.classes)
    step, tolerance = _differences(loss)
    step *= case.temperature
    temperature = torch.tensor(case.temperature, dtype=torch.float64, requires_grad=True)
    found = float(derivative(loss.value(rows, labels, temperature, case.epsilon), temperature))
    ends = [loss.number(case.unit, case, temperature=case.temperature + sign * step) for sign in (1, -1)]
    slope = (ends[0] - ends[1]) / (2 * step)
    return tolerance * max(1.0, abs(slope), max(map(abs, ends)) / case.temperature) - abs(found - slope)


def falls_in_epsilon(loss: Loss, case: Case) -> float:
    """loss falls in eps and loss + eps rises: between eps and eps + 1/2 it falls by the positives' mean share, in (0, 1/2)."""
    identity, width = known(loss), 0.5
    further = replace(case, epsilon=case.epsilon + width)
    ends = []
    for one in (case, further):
        value = loss.number(case.unit, one)
        ends.append((value - identity.constant_at(one)) / identity.scale_at(one))
    positive, negative = pair_weights(identity.formula, case.classes)
    weights = anchor_weights(identity.reduction, positive.sum(axis=1), case.classes)
    form = Form("", identity.formula.family, None)
    logits = case.unit @ case.unit.T / identity.settings(case)[0]
    expected = [weights @ anchor_losses(form, logits, positive, negative, one.epsilon) for one in (case, further)]
    fall, due = ends[0] - ends[1], float(expected[0] - expected[1])
    return min(agreement(loss, fall, due, 100), fall + 1e-9, float(width * weights.sum()) - fall + 1e-9)


def known(loss: Loss) -> Identity:
    """The identity of a loss for which a law is claimed."""
    assert loss.identity is not None
    return loss.identity


def _resolution(loss: Loss) -> float:
    return 1e-9 if loss.finding is None else loss.finding.resolution


def _differences(loss: Loss) -> tuple[float, float]:
    return DIFFERENCES[_resolution(loss)]
