"""B32: what the row says of digits, the constants of packages, and its control."""

import numpy as np
import pytest

from contrastive_claims.experiments.claims.harms.effective_rank import effective_rank_names
from contrastive_claims.experiments.ledger.vocabulary import Run


def test_the_numbers_of_digits_by_another_route():
    from sklearn.datasets import load_digits

    found = effective_rank_names(Run()).numbers
    rows = load_digits().data
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    values = np.linalg.svd(rows - rows.mean(axis=0), compute_uv=False)
    shares = values**2 / (values**2).sum()
    assert found["digits_covariance_entropy"].value == pytest.approx(np.prod(shares[shares > 0] ** -shares[shares > 0]))
    assert found["slack"].value >= -1e-9 and found["error"].value <= 1e-4
    assert found["ratio"].value == pytest.approx(
        found["digits_rankme_centred"].value / found["digits_covariance_entropy"].value
    )


def test_the_control_has_two_of_one_kind():
    found = effective_rank_names(Run(control=True)).numbers
    assert found["closest_two"].value == 0 and found["ratio"].value < 1.9
