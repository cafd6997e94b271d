"""A15's quick form: the middle inequality at certified optima, small runs and the control."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.experiments.claims import synthetic_encoders as embedded
from contrastive_claims.experiments.claims.debiasing import distance_order as order
from contrastive_claims.experiments.claims.synthetic_encoders import Embedded, set_distances
from contrastive_claims.experiments.ledger.vocabulary import Run
from contrastive_claims.theory.blockmodel import biased_model, minimise_population


@settings(deadline=None, max_examples=20)
@given(
    st.integers(2, 3),
    st.floats(0.3, 0.98),
    st.floats(0.2, 1.5),
    *[st.floats(0.05, 0.95) for _ in range(4)],
)
def test_the_middle_inequality_has_the_sign_of_gamma_minus_beta(classes, rho, temperature, within, beta, gamma, delta):
    """N8 for any number of classes, with the loss's own weights of pairs."""
    model = biased_model(rho, within, beta, gamma, delta, classes)
    found = minimise_population(model, temperature)
    data = Embedded(found.gram, *np.divmod(np.arange(classes**2), classes))
    distances = set_distances(data, np.outer(model.proportions / model.degrees, model.proportions))
    assert (gamma - beta) * (distances[2] - distances[1]) >= -1e-5


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(order, "SEEDS", (100, 101, 102))
    monkeypatch.setattr(order, "STEPS", 4)
    monkeypatch.setattr(embedded, "SAMPLES", 64)
    monkeypatch.setattr(embedded, "FRESH_SAMPLES", 64)
    monkeypatch.setattr(order, "RHOS", (0.7, 0.95))


def test_distance_ordering_and_its_control(small):
    found = order.distance_ordering(Run())
    wrong = order.distance_ordering(Run(control=True))
    distances = found.arrays["distances"]
    assert distances.shape == (2, 2, 2, 3, 4)
    np.testing.assert_array_equal(wrong.arrays["distances"], distances[..., [0, 2, 1, 3]])
    for k, loss in enumerate(("sup_con", "eps_sup_infonce")):
        for d, data in enumerate(("training", "fresh")):
            for g, gap in enumerate(("first", "middle", "last")):
                values = distances[k, 1, d, :, g + 1] - distances[k, 1, d, :, g]
                assert found.numbers[f"{loss}_{data}_{gap}_gap"].value == pytest.approx(values.mean())
    assert abs(found.numbers["largest_first_gap_at_supcon_optimum"].value) < 1e-9
    assert found.numbers["largest_positive_distance_at_supcon_optimum"].value < 1e-9
    assert found.numbers["largest_middle_gap_with_stronger_bias"].value < -0.1
    assert found.numbers["smallest_middle_gap_with_stronger_class"].value > 0.1
    assert wrong.numbers["largest_positive_distance_at_supcon_optimum"].value > 1
    assert wrong.numbers["largest_middle_gap_with_stronger_bias"].value > 0.1
    assert found.numbers["worst_gap"].value < 1e-8
