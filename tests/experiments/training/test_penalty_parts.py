"""Parts of the released penalty, and the floor of a KL: from the preset to the loss."""

from typing import get_args

import pytest
import torch

from contrastive_claims.experiments.training.methods import objective
from contrastive_claims.experiments.training.presets import Method, Penalty, load_preset, with_settings
from contrastive_claims.theory.margins import end, fair_kl, released_terms
from contrastive_claims.theory.margins.debiasing import RELEASED_TERMS, VARIANCE_FLOOR

B = 16
LABELS, BIAS = torch.arange(B) % 2, torch.arange(B) // 2 % 2


def penalty_of(**options):
    """The loss with the penalty minus the loss without it."""
    generator = torch.Generator().manual_seed(0)
    points = torch.randn(B, 4, generator=generator, dtype=torch.float64)
    ones = torch.ones(B, dtype=torch.float64)

    def loss(penalty):
        method = Method(name="sup-con", views=1, penalty=penalty)
        return objective(method, points, points, LABELS, BIAS, torch.arange(B), ones)[0].item()

    return points, loss(Penalty(**options)) - loss(None)


@pytest.mark.parametrize("terms", [RELEASED_TERMS[:1], RELEASED_TERMS[4:], RELEASED_TERMS[:4], RELEASED_TERMS])
def test_only_the_named_terms_count(terms):
    points, found = penalty_of(name="fair_kl", variant="released", weight=3.0, terms=terms)
    parts = released_terms(points, LABELS, BIAS)
    assert found == pytest.approx(3 * sum(parts[name].item() for name in terms), abs=1e-9)
    if terms == RELEASED_TERMS:
        assert found == pytest.approx(penalty_of(name="fair_kl", variant="released", weight=3.0)[1], abs=1e-9)


@pytest.mark.parametrize("layer", ["compared", "features"])
@pytest.mark.parametrize("view", ["all", "first"])
def test_the_penalty_acts_on_the_layer_and_the_views_that_are_named(layer, view):
    generator = torch.Generator().manual_seed(0)
    features, embeddings = (torch.randn(2 * B, 4, generator=generator, dtype=torch.float64) for _ in range(2))
    ones = torch.ones(B, dtype=torch.float64)
    penalty = Penalty(name="end", weight=3.0, layer=layer, view=view)
    found = [
        objective(Method(name="sup-con", penalty=part), features, embeddings, LABELS, BIAS, torch.arange(B), ones)[0]
        for part in (penalty, None)
    ]
    vectors = {"compared": embeddings, "features": features}[layer][: B if view == "first" else 2 * B]
    times = len(vectors) // B
    assert (found[0] - found[1]).item() == pytest.approx(
        3 * end(vectors, LABELS.repeat(times), BIAS.repeat(times)).item()
    )


@pytest.mark.parametrize("variant", ["paper", "batch"])
def test_the_floor_reaches_the_kl(variant):
    for floor in (None, 0.1):
        points, found = penalty_of(name="fair_kl", variant=variant, weight=2.0, variance_floor=floor)
        used = VARIANCE_FLOOR if floor is None else floor
        assert found == pytest.approx(2 * fair_kl(points, LABELS, BIAS, variant, variance_floor=used).item(), abs=1e-9)


@pytest.mark.parametrize("floor", [None, 0.1])
@pytest.mark.parametrize("variant", ["paper", "batch"])
def test_jeffreys_is_the_kl_both_ways(variant, floor):
    points, found = penalty_of(name="fair_kl", variant=variant, weight=2.0, symmetric=True, variance_floor=floor)
    used = VARIANCE_FLOOR if floor is None else floor
    both, one = (fair_kl(points, LABELS, BIAS, variant, symmetric=each, variance_floor=used) for each in (True, False))
    assert found == pytest.approx(2 * both.item(), abs=1e-9) and both > one


def test_the_preset_knows_the_terms_of_theory_and_refuses_them_elsewhere():
    known = get_args(get_args(Penalty.model_fields["terms"].annotation)[0])
    assert known == RELEASED_TERMS
    preset = load_preset("mnist-biased-cpu")
    made = with_settings(preset, ["method.penalty.terms=['push_aligned']"])
    assert made.method.penalty is not None and made.method.penalty.terms == ("push_aligned",)
    for settings, message in (
        (["method.penalty.terms=['pull']"], "terms"),
        (["method.penalty.terms=['push_aligned']", "method.penalty.variant=paper"], "terms belong to the released"),
        (["method.penalty.variance_floor=0.1"], "variance_floor belongs to a KL, not to fair_kl .released."),
        (["method.penalty.name=end", "method.penalty.variance_floor=0.1"], "variance_floor belongs to a KL"),
        (["method.penalty.variant=batch", "method.penalty.variance_floor=-0.1"], "variance_floor"),
        (["method.penalty.symmetric=true"], "symmetric belongs to a KL, not to fair_kl .released."),
        (["method.penalty.name=end", "method.penalty.variant=paper", "method.penalty.symmetric=true"], "not to end"),
    ):
        with pytest.raises(ValueError, match=message):
            with_settings(preset, settings)
