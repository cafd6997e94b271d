"""A19 on synthetic records: an order that is there is found, noise decides nothing, the control is rejected."""

import numpy as np
import pytest

from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.claims.margins import order_of_losses as losses
from contrastive_claims.experiments.claims.margins.order_of_losses import LOSSES, SEEDS, order_of_losses, with_loss
from contrastive_claims.experiments.ledger.judgement import Measured, verdict
from contrastive_claims.experiments.ledger.vocabulary import OPEN, REVERSED, SEEN, SUPPORTED, Run
from contrastive_claims.figures.debiased import losses_in_order

CLAIM = next(claim for claim in CLAIMS if claim.id == "A19").at("standard")
N = 5000


def plant(monkeypatch, accuracy, spread=0.001):
    """Records whose accuracy is accuracy[loss], moved by `spread` with the seed; one eighth of the epochs costs .2."""

    def measured(models, measure, run):
        found = {}
        for model in models:
            method = model.preset.method.name
            share = accuracy[method] + spread * np.linspace(-1, 1, len(SEEDS))[model.seed - 1] * (
                1 + LOSSES.index(method)
            )
            if model.preset.epochs < with_loss(method).epochs:
                share -= 0.2
            truth = np.arange(N) % 10
            # the errors lie on the same images: B is small, as for encoders alike
            predictions = np.where(np.arange(N) >= round(share * N), (truth + 1) % 10, truth)
            found[model] = {"predictions": predictions.astype(np.uint8), "truth": truth.astype(np.uint8)}
        return found

    monkeypatch.setattr(losses, "measured", measured)
    monkeypatch.setattr(losses, "record_name", lambda model, measure: f"{model.preset.method.name}-{model.seed}")


def judged():
    found, control = (
        order_of_losses(Run(scale="standard")),
        order_of_losses(Run(scale="standard", control=True)),
    )
    return verdict(CLAIM, Measured(found.numbers, control.numbers)), found, control


@pytest.mark.parametrize(
    ("accuracies", "spread", "expected"),
    [
        ((0.60, 0.63, 0.66), 0.001, (SUPPORTED, SEEN)),
        ((0.66, 0.63, 0.66), 0.001, (OPEN, REVERSED)),
        ((0.60, 0.601, 0.602), 0.01, (OPEN, OPEN)),
    ],
)
def test_the_order_is_seen_reversed_or_left_open(monkeypatch, accuracies, spread, expected):
    plant(monkeypatch, dict(zip(LOSSES, accuracies, strict=True)), spread)
    result, found, control = judged()
    assert (result.verdict, result.here) == expected
    numbers = found.numbers
    for k, loss in enumerate(LOSSES):
        assert numbers[loss.replace("-", "_")].value == pytest.approx(accuracies[k], abs=1e-3)
    assert numbers["eps_sup_infonce_minus_sup_con"].value == pytest.approx(accuracies[2] - accuracies[0], abs=1e-3)
    assert control.numbers["eps_sup_infonce_minus_eps_sup_con"].high < 0
    # what the control leaves as it is tells nothing
    for one in CLAIM.criteria:
        assert control.numbers.get(one.quantity) != numbers[one.quantity]
    assert len(found.models) == len(LOSSES) * len(SEEDS) and found.seeds == SEEDS
    losses_in_order(**found.arrays).savefig("/dev/null", format="svg")


def test_the_second_look_is_wider_than_a_first(monkeypatch):
    plant(monkeypatch, dict(zip(LOSSES, (0.60, 0.601, 0.602), strict=True)), 0.002)
    second = order_of_losses(Run(scale="standard")).numbers
    monkeypatch.setattr(losses, "SECOND_LOOK", 0.95)
    first = order_of_losses(Run(scale="standard")).numbers
    for name in (criterion.quantity for criterion in CLAIM.criteria):
        assert second[name].low < first[name].low and first[name].high < second[name].high
    needed = "seeds_for_seen_eps_sup_con_minus_sup_con"
    assert second[needed].value > first[needed].value


def test_seeds_needed_grow_with_the_noise_and_stop_at_the_shared_points(monkeypatch):
    needed = []
    for spread in (0.001, 0.004, 0.016):
        plant(monkeypatch, dict(zip(LOSSES, (0.60, 0.62, 0.64), strict=True)), spread)
        needed.append(judged()[1].numbers["seeds_for_seen_eps_sup_con_minus_sup_con"].value)
    assert needed == sorted(needed) and 3 == needed[0] < needed[2] < 100
    plant(monkeypatch, dict(zip(LOSSES, (0.60, 0.60, 0.60), strict=True)), 0.0)
    assert judged()[1].numbers["seeds_for_seen_eps_sup_con_minus_sup_con"].value == 1001


def test_presets_differ_in_the_loss_alone():
    first, *others = (with_loss(loss) for loss in LOSSES)
    assert first.data.undersample is None and first.method.epsilon == 0
    for other in others:
        assert other.method.epsilon == 0.25 and other.data == first.data and other.optimiser == first.optimiser
