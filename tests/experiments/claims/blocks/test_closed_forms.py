"""The cheap checks of the block model's closed forms: certificates pass, controls break, and numbers are as published."""

import math

import pytest

from contrastive_claims.experiments.claims.blocks import (
    biased_graph,
    majorities,
    merging,
    minorities,
    rates,
    shares,
    slip,
)
from contrastive_claims.experiments.ledger.vocabulary import Run
from contrastive_claims.theory.certify import recheck

CERTIFYING = {
    "B3": (shares.duality_certificate, "worst_gap"),
    "B5": (minorities.vanishing_limit, "worst_distance_from_limit"),
    "B8": (minorities.temperature, "largest_rise_of_threshold"),
    "B17": (merging.merging_at_finite_shares, "worst_distance_from_merged"),
    "B18": (majorities.many_majorities, "worst_distance_from_limit"),
    "B19": (majorities.connected_majorities, "worst_distance_from_limit"),
    "B24": (merging.multipliers_of_a_merged_pair, "worst_multiplier_error"),
    "B25": (merging.two_block_law, "worst_cosine_error"),
}


@pytest.mark.parametrize("claim", CERTIFYING)
def test_the_certificate_passes_and_the_control_does_not(claim):
    check, error = CERTIFYING[claim]
    evidence, control = check(Run()), check(Run(control=True))
    assert recheck(evidence.certificate, claim) == (True, "")
    assert not recheck(control.certificate, claim)[0]
    assert evidence.numbers["worst_gap"].value < 1e-9
    assert evidence.numbers[error].value < 1e-3
    assert control.numbers[error].value > 1e-2 or error == "largest_rise_of_threshold"
    assert control.numbers.keys() == evidence.numbers.keys()


def test_published_and_noted_numbers():
    numbers = slip.no_collapse_with_the_slip(Run()).numbers
    assert numbers["right_cosine"].value == pytest.approx(0.645, abs=5e-4)
    assert numbers["slipped_cosine"].value == pytest.approx(-0.04, abs=5e-3)
    merging_numbers = merging.merging_at_finite_shares(Run()).numbers
    assert merging_numbers["critical_share_alpha_.6_tau_1"].value == pytest.approx(0.0959, abs=1e-4)
    assert merging_numbers["critical_share_alpha_.4_tau_1.3"].value == pytest.approx(0.0463, abs=1e-4)


@pytest.mark.parametrize(
    "check",
    [rates.rate_of_collapse, rates.two_minorities],
)
def test_rates_and_pairs(check):
    right, wrong = check(Run()).numbers, check(Run(control=True)).numbers
    errors = [name for name in right if name.startswith("worst") and "gap" not in name]
    assert all(right[name].value < 1e-2 for name in errors)
    assert any(wrong[name].value > 0.1 for name in errors)


def test_the_biased_graph_s_mean_difference_by_hand():
    from contrastive_claims.theory.blockmodel.model import biased_model

    model = biased_model(0.8, 0.9, 0.3, 0.2, 0.1)
    gram = 0.5 + 0.0 * model.connectivity
    gram[0, 2] = gram[2, 0] = gram[1, 3] = gram[3, 1] = 0.9  # same bias, the other class
    d = model.degrees
    weight = model.proportions[0] * model.proportions[1] * (1 / d[0] + 1 / d[1])
    assert math.isclose(biased_graph._mean_difference(model, gram), 4 * weight * 0.4)
