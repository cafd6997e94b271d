"""Which loss is it? A loss is compared with every formula of theory.laws.formulas on random batches, in float64.

Its values v on batches of several sizes and class sizes are fitted by ``v = a f(tau, eps) + b`` for every form and reduction f:
a and b by linear regression, the temperature tau (where the loss takes none) and a free margin eps by least squares from a grid.
A form is accepted when what is left is below 1e-6 of the spread of the values, the simplest first; a and b are then named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.optimize import least_squares

from contrastive_claims.theory.laws.cases import Case
from contrastive_claims.theory.laws.formulas import (
    FORMS,
    REDUCTIONS,
    VIEWS,
    Form,
    anchor_losses,
    anchor_weights,
    logit_gradients,
    pair_weights,
)
from contrastive_claims.theory.laws.loss import Failure, Loss, derivative

ACCEPTED = 1e-6  # of the values' spread: what a loss computed in float32 leaves
BASE = 0.07  # the base temperature by which SupContrast's code, and paper A's, divide
ASKED = (0.5, 0.2)  # temperatures, where the loss takes one
MARGIN = 0.3
LABELS = ((0, 0, 1, 1, 1, 2, 2), (0, 0, 0, 1, 1, 2, 2, 2, 2), (0, 0, 1, 1, 1), (0, 0, 0, 0, 1, 1, 1, 2, 2, 2))
PAIRS = (3, 4, 5, 7)
SINGLETON = (0, 0, 1, 1, 1, 2, 3)
DRAWS = 4  # batches of each size
TEMPERATURES = np.geomspace(0.02, 5, 23)
EPSILONS = (0.1, 1.0, 4.0)
REFINED = 5  # how many fits of the grid are refined
LEFT_OUT, COUNTED, OTHERWISE = "left out", "counted as 0", "neither left out nor counted as 0"


@dataclass(frozen=True)
class Identity:
    """Which loss it is: ``scale * reduction(form(temperature, epsilon)) + constant``.

    form: a name of theory.laws.formulas.FORMS, or of VIEWS. temperature: the one fitted, None where the loss takes it.
    epsilon: the margin in logits, 0 for forms without; None where the loss takes it. scale: at temperature t it is
    ``scale * t`` where scale_times_temperature. residual: what is left of the values' spread. normalises: whether the length of
    the rows does not matter. singletons: what becomes of an anchor without positives.
    """

    form: str
    views: bool
    reduction: str
    temperature: float | None
    epsilon: float | None
    scale: float
    scale_times_temperature: bool
    constant: float
    constant_is_epsilon: bool
    residual: float
    normalises: bool
    singletons: str = ""

    @property
    def formula(self) -> Form:
        """The form by its name."""
        return (VIEWS if self.views else FORMS)[self.form]

    def settings(self, case: Case) -> tuple[float, float]:
        """(temperature, epsilon) that the loss has in a case."""
        margin = self.formula.epsilon
        if margin is None:
            margin = case.epsilon if self.epsilon is None else self.epsilon
        return (case.temperature if self.temperature is None else self.temperature), float(margin)

    def scale_at(self, case: Case) -> float:
        """The factor of the loss in a case."""
        return self.scale * (self.settings(case)[0] if self.scale_times_temperature else 1.0)

    def constant_at(self, case: Case) -> float:
        """What is added to the loss in a case."""
        return self.constant * (self.settings(case)[1] if self.constant_is_epsilon else 1.0)

    def anchors(
        self, rows: np.ndarray, labels: np.ndarray, case: Case, copies: int = 1
    ) -> tuple[np.ndarray, np.ndarray]:
        """Losses [n] of the anchors by the formula, and their weights [n], rows [n, d] being taken as they are."""
        temperature, epsilon = self.settings(case)
        positive, negative = pair_weights(self.formula, labels, copies)
        losses = anchor_losses(self.formula, rows @ rows.T / temperature, positive, negative, epsilon)
        weights = anchor_weights(self.reduction, positive.sum(axis=1), labels)
        return losses, weights * (copies if self.reduction.startswith("sum") else 1)

    def value(self, rows: np.ndarray, labels: np.ndarray, case: Case) -> float:
        """The loss by the formula at unit rows [n, d]."""
        losses, weights = self.anchors(rows, labels, case)
        return self.scale_at(case) * float(weights @ losses) + self.constant_at(case)

    def gradient(self, rows: np.ndarray, labels: np.ndarray, case: Case) -> np.ndarray:
        """Its gradient in unit rows, [n, d], in closed form: ``(W + W^T) rows / tau``, W the weighted gradients in the logits,
        orthogonal to each row where the loss normalises."""
        temperature, epsilon = self.settings(case)
        positive, negative = pair_weights(self.formula, labels)
        weights = anchor_weights(self.reduction, positive.sum(axis=1), labels)
        raw = logit_gradients(self.formula, rows @ rows.T / temperature, positive, negative, epsilon)
        raw = self.scale_at(case) * weights[:, None] * raw
        found = (raw + raw.T) @ rows / temperature
        return found - (found * rows).sum(axis=1, keepdims=True) * rows if self.normalises else found

    def summary(self) -> str:
        """One line: "SupCon out, mean over anchors with positives, times tau/0.07"."""
        parts = [self.formula.title]
        if self.formula.epsilon is None and self.epsilon is not None:
            parts[0] += f" at eps = {self.epsilon:.4g}"
        if self.temperature is not None:
            parts.append(f"temperature {self.temperature:.4g}")
        parts.append(self._reduction())
        parts += self._scale()
        if abs(self.constant) > 1e-6:
            what = "eps" if self.constant_is_epsilon else ""
            size = abs(self.constant)
            factor = "" if what and abs(size - 1) < 1e-5 else f"{size:.6g}{' ' if what else ''}"
            parts.append(f"{'plus' if self.constant > 0 else 'minus'} {factor}{what}")
        if not self.normalises:
            parts.append("of rows as they are (asked with rows of other lengths, it did not give the same)")
        return ", ".join(parts)

    def _reduction(self) -> str:
        if self.reduction != "mean over anchors":
            return self.reduction
        if self.singletons == COUNTED:
            return "mean over all anchors"
        return f"mean over anchors{' with positives' if self.singletons == LEFT_OUT else ''}"

    def _scale(self) -> list[str]:
        if self.scale_times_temperature:
            if abs(self.scale * BASE - 1) < 1e-5:
                return ["times tau/0.07"]
            return ["times tau" if abs(self.scale - 1) < 1e-5 else f"times {self.scale:.6g} tau"]
        if abs(self.scale - 1) < 1e-5:
            return []
        if self.temperature is not None and abs(self.scale * BASE / self.temperature - 1) < 1e-4:
            return [f"times {self.scale:.6g} (tau/0.07)"]
        return [f"times {self.scale:.6g}"]


@dataclass(frozen=True)
class Finding:
    """What identification found.

    identity: or None; then `nearest` says what comes nearest. normalises: whether the length of the rows does not matter.
    resolution: relative, of the loss' own arithmetic on float64 rows. learnable: whether a temperature given as a tensor gets a
    gradient. others: titles of forms that fit as well.
    """

    identity: Identity | None
    nearest: str
    normalises: bool
    resolution: float
    learnable: bool
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Batches:
    """Batches by size: rows [draws, n, d] with one labelling [n] each, and the values of the loss [all draws]."""

    rows: list[np.ndarray]
    labels: list[np.ndarray]
    values: np.ndarray


@dataclass(frozen=True)
class _Fit:
    form: str
    reduction: str
    temperature: float
    epsilon: float
    scale: float
    constant: float
    residual: float


def identify(loss: Loss, only: str | None = None, seed: int = 0) -> Finding:
    """Which loss it is; `only`: the form that it claims to be, by its name, and no other is tried.

    A loss that takes a temperature is asked at two: its logits must be cosines over it, its scale constant or proportional to it.
    Raises ValueError for an unknown form, and Failure where an ordinary batch gives no finite number.
    """
    forms = VIEWS if loss.views else FORMS
    if only is not None and only not in forms:
        raise ValueError(f"form: one of {', '.join(forms)}, got {only!r}")
    names = [only] if only else list(forms)
    normalises, resolution, learnable = _habits(loss, seed)
    first = _asked(loss, ASKED[0], seed)
    fits = _fits(loss, names, first, ASKED[0] if loss.takes_temperature else None)
    best = fits[0]
    title = f"{forms[best.form].title}, {best.reduction}"
    if best.residual > ACCEPTED:
        nearest = f"nearest: {title}, {best.residual:.1e} of the spread of its values away"
        return Finding(None, nearest, normalises, resolution, learnable)
    others = tuple(
        dict.fromkeys(
            forms[fit.form].title
            for fit in fits[1:]
            if fit.residual <= ACCEPTED and fit.form != best.form and forms[fit.form].epsilon is not None
        )
    )
    identity = Identity(
        form=best.form,
        views=loss.views,
        reduction=best.reduction,
        temperature=best.temperature,
        epsilon=best.epsilon,
        scale=best.scale,
        scale_times_temperature=False,
        constant=_rounded(best.constant),
        constant_is_epsilon=False,
        residual=best.residual,
        normalises=normalises,
    )
    if loss.takes_temperature:
        second = _asked(loss, ASKED[1], seed + 1)
        again = _fits(loss, [best.form], second, ASKED[1], [best.reduction])[0]
        found = _as_function(identity, best, again)
        if found is None:
            nearest = f"nearest: {title} at temperature {ASKED[0]}, but not so at {ASKED[1]}"
            return Finding(None, nearest, normalises, resolution, learnable)
        identity = found
    margin = forms[best.form].epsilon is None
    if margin and loss.takes_epsilon and abs(best.epsilon - MARGIN) < 1e-4 * MARGIN:
        identity = replace(identity, epsilon=None)
    if margin and abs(identity.constant) > 1e-6 and abs(identity.constant / (best.scale * best.epsilon) - 1) < 1e-4:
        identity = replace(identity, constant=identity.constant / best.epsilon, constant_is_epsilon=True)
    if not loss.views:
        identity = replace(identity, singletons=_of_singletons(loss, identity, seed))
    return Finding(identity, "", normalises, resolution, learnable, others)


def _rounded(constant: float) -> float:
    return 0.0 if abs(constant) < 1e-6 else constant


def _as_function(identity: Identity, first: _Fit, second: _Fit) -> Identity | None:
    """The identity as a function of the temperature, None where the two temperatures do not fit one."""
    if second.residual > ACCEPTED or abs(second.constant - first.constant) > 1e-4 * max(1, abs(first.constant)):
        return None
    if abs(second.scale / first.scale - 1) < 1e-4:
        return replace(identity, temperature=None)
    if abs(second.scale / first.scale * ASKED[0] / ASKED[1] - 1) < 1e-4:
        return replace(identity, temperature=None, scale=first.scale / ASKED[0], scale_times_temperature=True)
    return None


def _asked(loss: Loss, temperature: float, seed: int) -> _Batches:
    """The loss at random unit rows, some gathered by class and some not."""
    generator = np.random.default_rng(seed)
    rows, labels, values = [], [], []
    for layout in [np.tile(np.arange(b), 2) for b in PAIRS] if loss.views else [np.array(one) for one in LABELS]:
        drawn = _unit(generator, layout, DRAWS)
        rows.append(drawn)
        labels.append(layout)
        for one in drawn:
            values.append(loss.number(one, Case((), tuple(layout.tolist()), temperature, MARGIN)))
    return _Batches(rows, labels, np.array(values))


def _unit(generator: np.random.Generator, labels: np.ndarray, draws: int) -> np.ndarray:
    """[draws, n, 3] unit rows, from gathered by class to not at all."""
    centres = generator.normal(size=(draws, labels.max() + 1, 3))
    pull = np.linspace(0, 1.5, draws)[:, None, None]
    rows = pull * centres[:, labels] + generator.normal(size=(draws, len(labels), 3))
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def _habits(loss: Loss, seed: int) -> tuple[bool, float, bool]:
    """(whether the rows' length does not matter, the relative resolution of the loss' arithmetic, whether its temperature may be
    learnt)."""
    generator = np.random.default_rng(seed)
    labels = np.tile(np.arange(4), 2) if loss.views else np.array(LABELS[0])
    rows = _unit(generator, labels, 1)[0]
    case = Case((), tuple(labels.tolist()), ASKED[0], MARGIN)
    plain = loss.number(rows, case)
    try:
        longer = loss.number(rows * np.linspace(0.5, 3, len(rows))[:, None], case)
    except Failure:
        longer = np.inf  # it refuses rows of other lengths
    nudged = loss.number(rows * (1 + 1e-9 * generator.normal(size=rows.shape)), case)
    scale = max(1.0, abs(plain))
    resolution = 1e-9 if 0 < abs(nudged - plain) < 1e-7 * scale else 1e-4
    return abs(longer - plain) <= 1e-4 * scale, resolution, _learnable(loss, rows, labels)


def _learnable(loss: Loss, rows: np.ndarray, labels: np.ndarray) -> bool:
    """Whether it takes a temperature that is a tensor, and its value depends on it for autograd."""
    if not loss.takes_temperature:
        return False
    temperature = torch.tensor(ASKED[0], dtype=torch.float64, requires_grad=True)
    try:
        found = loss.value(torch.from_numpy(rows), torch.from_numpy(labels), temperature, MARGIN)
        return bool(np.any(derivative(found, temperature)))
    except Failure:
        return False


def _fits(
    loss: Loss,
    names: list[str],
    batches: _Batches,
    temperature: float | None,
    reductions: list[str] | None = None,
) -> list[_Fit]:
    """Fits of every form and reduction: those that are accepted first, the simplest of them first; then by their residual."""
    forms = VIEWS if loss.views else FORMS
    grid: list[_Fit] = []
    for name in names:
        margin = forms[name].epsilon
        for tau in TEMPERATURES if temperature is None else (temperature,):
            for eps in EPSILONS if margin is None else (margin,):
                grid += _regressions(forms[name], name, batches, float(tau), float(eps), reductions)
    best: dict[tuple[str, str], _Fit] = {}
    for fit in grid:
        key = fit.form, fit.reduction
        if key not in best or fit.residual < best[key].residual:
            best[key] = fit
    ranked = sorted(best.values(), key=lambda fit: fit.residual)
    refined = [_refined(forms[fit.form], fit, batches, temperature) for fit in ranked[:REFINED]] + ranked[REFINED:]
    order = {name: k for k, name in enumerate(forms)}
    return sorted(
        refined,
        key=lambda fit: (fit.residual > ACCEPTED, fit.residual if fit.residual > ACCEPTED else 0.0, order[fit.form]),
    )


def _refined(form: Form, start: _Fit, batches: _Batches, temperature: float | None) -> _Fit:
    """The fit with its free temperature and margin moved to where the residual is least."""
    free_margin = form.epsilon is None
    if temperature is not None and not free_margin:
        return start

    def at(point: np.ndarray) -> tuple[float, float]:
        tau = start.temperature if temperature is not None else float(np.exp(point[0]))
        return tau, float(np.exp(point[-1])) if free_margin else start.epsilon

    def residuals(point: np.ndarray) -> np.ndarray:
        value = next(_values(form, batches, *at(point), [start.reduction]))[1]
        design = np.stack([value, np.ones_like(value)], axis=1)
        return design @ np.linalg.lstsq(design, batches.values, rcond=None)[0] - batches.values

    initial = ([] if temperature is not None else [np.log(start.temperature)]) + (
        [np.log(start.epsilon)] if free_margin else []
    )
    limits = (
        [np.log(0.002)] * (temperature is None) + [-30.0] * free_margin,
        [np.log(50.0)] * (temperature is None) + [np.log(30.0)] * free_margin,
    )
    found = least_squares(residuals, initial, bounds=limits, xtol=1e-15, ftol=1e-15, gtol=1e-15, x_scale=0.1)
    tau, eps = at(found.x)
    moved = _regressions(form, start.form, batches, tau, eps, [start.reduction])[0]
    return moved if moved.residual < start.residual else start


def _regressions(
    form: Form, name: str, batches: _Batches, tau: float, eps: float, reductions: list[str] | None
) -> list[_Fit]:
    found = []
    spread = float(np.linalg.norm(batches.values - batches.values.mean()))
    for reduction, value in _values(form, batches, tau, eps, reductions):
        design = np.stack([value, np.ones_like(value)], axis=1)
        scale, constant = np.linalg.lstsq(design, batches.values, rcond=None)[0]
        left = float(np.linalg.norm(design @ [scale, constant] - batches.values))
        residual = left / spread if spread > 0 else np.inf
        found.append(_Fit(name, reduction, tau, eps, float(scale), float(constant), residual))
    return found


def _values(
    form: Form, batches: _Batches, tau: float, eps: float, reductions: list[str] | None
) -> Iterator[tuple[str, np.ndarray]]:
    """Each reduction with its values on all batches."""
    losses, weights = [], []
    for rows, labels in zip(batches.rows, batches.labels, strict=True):
        positive, negative = pair_weights(form, labels)
        losses.append(anchor_losses(form, rows @ rows.swapaxes(-1, -2) / tau, positive, negative, eps))
        weights.append((positive.sum(axis=1), labels))
    for name in REDUCTIONS if reductions is None else reductions:
        yield name, np.concatenate([one @ anchor_weights(name, *w) for one, w in zip(losses, weights, strict=True)])


def _of_singletons(loss: Loss, identity: Identity, seed: int) -> str:
    """What becomes of an anchor without positives, as the loss does it on one batch."""
    labels = np.array(SINGLETON)
    rows = _unit(np.random.default_rng(seed + 2), labels, 2)[1]
    case = Case((), SINGLETON, ASKED[0], MARGIN)
    try:
        found = loss.number(rows, case)
    except Failure as failure:
        return str(failure)
    losses, weights = identity.anchors(rows, labels, case)
    left_out = identity.scale_at(case) * float(weights @ losses) + identity.constant_at(case)
    share = np.count_nonzero(weights) / len(weights)
    counted = identity.scale_at(case) * share * float(weights @ losses) + identity.constant_at(case)
    close = 1e-5 * max(1.0, abs(left_out))
    if abs(found - left_out) <= close:
        return LEFT_OUT
    return COUNTED if abs(found - counted) <= close else OTHERWISE
