"""A35: the gradient by hand; A35e on planted records: a widening KL is told from one that closes the gap."""

import numpy as np
import pytest

from contrastive_claims.experiments.claims.debiasing import biased_mnist
from contrastive_claims.experiments.claims.debiasing.kl_mechanism import gradient, kl_pushes_away, kl_widens_encoders
from contrastive_claims.experiments.ledger.vocabulary import Run
from contrastive_claims.theory.margins import gaussian_kl


def test_the_gradient_is_that_of_small_steps(seed):
    generator = np.random.default_rng(seed)
    aligned, conflicting = generator.normal(size=5), 2 + generator.normal(size=4)

    def kl(distances):
        return gaussian_kl(aligned.mean(), aligned.var(ddof=1), distances.mean(), distances.var(ddof=1))

    steps = 1e-6 * np.eye(4)
    expected = [(kl(conflicting + step) - kl(conflicting - step)) / 2e-6 for step in steps]
    np.testing.assert_allclose(gradient(aligned, conflicting), expected, rtol=1e-5, atol=1e-7)


def test_the_check_and_its_control():
    numbers, control = (kl_pushes_away(Run(control=told)).numbers for told in (False, True))
    assert numbers["mismatched_signs"].value == 0 and numbers["pushed_away"].value == pytest.approx(0.46, abs=0.02)
    assert control["mismatched_signs"].value > 100 and control["pushed_away"].value == 0


def planted(widens):
    def measured(models, measure, run):
        found = {}
        for model in models:
            penalty = model.preset.method.penalty
            strength = np.log10(penalty.weight) + 6 if penalty.name == "fair_kl" else 0.0
            gap = 0.7 + (0.2 if widens else -0.1) * strength if penalty.name == "fair_kl" else 0.2
            spread = 0.4 + (0.05 if widens else -0.05) * strength
            right = np.arange(100) >= 10 * (1 + strength)
            found[model] = {
                "mean": np.array([[0.1, 0.1 + gap, 1, 2]] * 2),
                "deviation": np.array([[0.1, spread, 0.5, 0.5]] * 2),
                "truth": np.ones(100, np.uint8),
                "predictions": right.astype(np.uint8),
            }
        return found

    return measured


@pytest.mark.parametrize("widens", [True, False])
def test_what_is_planted_is_measured(monkeypatch, widens):
    monkeypatch.setattr(biased_mnist, "measured", planted(widens))
    monkeypatch.setattr(
        "contrastive_claims.experiments.claims.debiasing.kl_mechanism.records_of",
        lambda models: tuple(map(str, models)),
    )
    found = kl_widens_encoders(Run())
    assert (found.numbers["smallest_widening"].value > 0) == widens
    assert (found.numbers["smallest_gap_growth_at_least_weights"].value > 0) == widens
    assert found.numbers["largest_gap_growth_by_means"].value == pytest.approx(-0.5)
    assert found.numbers["least_accuracy_lost"].value > 0.05
    assert found.arrays["kl"].shape == (6, 4) and found.arrays["means"].shape == (3, 4)
    control = kl_widens_encoders(Run(control=True)).numbers
    assert control["smallest_widening"].value == 0
