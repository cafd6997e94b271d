"""What changes nothing: the laws that every contrastive loss of cosines keeps, whichever it is. Slacks: theory.laws.laws."""

from __future__ import annotations

import numpy as np
import torch

from contrastive_claims.theory.laws.cases import Case
from contrastive_claims.theory.laws.loss import Loss


def agreement(loss: Loss, found: float, expected: float, times: float = 1.0) -> float:
    """By how much two numbers are nearer than the loss' resolution, relative to the larger and at least to 1."""
    tolerance = times * (1e-9 if loss.finding is None else loss.finding.resolution)
    return tolerance * max(1.0, abs(found), abs(expected)) - abs(found - expected)


def repeatable(loss: Loss, case: Case) -> float:
    """The same batch twice gives the same number, and is left as it was."""
    rows, labels = torch.from_numpy(case.unit), torch.from_numpy(case.classes)
    before, named = rows.clone(), labels.clone()
    values = [float(loss.value(rows, labels, case.temperature, case.epsilon).detach()) for _ in range(2)]
    if not (torch.equal(rows, before) and torch.equal(labels, named)):
        return -float((rows - before).abs().max() + (labels - named).abs().max())
    return agreement(loss, *values)


def rotation(loss: Loss, case: Case) -> float:
    """L(Z Q, y) = L(Z, y) for orthogonal Q."""
    rows = case.unit
    turn = np.linalg.qr(case.generator.normal(size=(rows.shape[1],) * 2))[0]
    return agreement(loss, loss.number(rows @ turn, case), loss.number(rows, case))


def permutation(loss: Loss, case: Case) -> float:
    """L(Z[o], y[o]) = L(Z, y) for every order o; of two views, an order of the samples."""
    rows, n = case.unit, len(case.labels)
    order = case.generator.permutation(n // 2 if loss.views else n)
    if loss.views:
        order = np.concatenate([order, order + n // 2])
    found = loss.number(rows[order], case, labels=case.classes[order])
    return agreement(loss, found, loss.number(rows, case))


def relabelling(loss: Loss, case: Case) -> float:
    """L(Z, f(y)) = L(Z, y) for every injective f."""
    names = case.generator.choice(1000, size=max(case.labels) + 1, replace=False)
    return agreement(loss, loss.number(case.unit, case, labels=names[case.classes]), loss.number(case.unit, case))


def length(loss: Loss, case: Case) -> float:
    """L(r_i z_i) = L(z_i) for r_i > 0."""
    rows = case.unit
    factors = 2 ** case.generator.uniform(-3, 3, size=(len(rows), 1))
    return agreement(loss, loss.number(rows * factors, case), loss.number(rows, case))


def swapped_views(loss: Loss, case: Case) -> float:
    """L(z', z) = L(z, z') of the two views."""
    rows, half = case.unit, len(case.labels) // 2
    found = loss.number(np.concatenate([rows[half:], rows[:half]]), case)
    return agreement(loss, found, loss.number(rows, case))


def duplicates(loss: Loss, case: Case) -> float:
    """Two equal rows are two samples: L at z_j = z_i is its limit for z_j -> z_i, by its first two terms at .001."""
    rows = case.unit
    i, j = case.generator.choice(len(rows), size=2, replace=False)
    beside = rows[i] + 1e-3 * case.generator.normal(size=rows.shape[1])
    near, equal = rows.copy(), rows.copy()
    near[j], equal[j] = beside / np.linalg.norm(beside), rows[i]
    found = loss.number(equal, case)
    limit = loss.number(near, case) + float((loss.gradient(near, case)[j] * (equal[j] - near[j])).sum())
    return 1e-2 * max(1.0, abs(found)) - abs(found - limit)  # the third term is below (.001/tau)^2
