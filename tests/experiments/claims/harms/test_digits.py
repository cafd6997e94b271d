"""B9's check on a tiny preset: what it measures by hand-made rows, what it keeps, what the control reuses."""

import numpy as np
import pytest

from contrastive_claims.experiments.claims.harms import digits
from contrastive_claims.experiments.ledger.vocabulary import Run
from contrastive_claims.experiments.models import store as models
from contrastive_claims.experiments.training.presets import load_preset, with_settings

TINY = with_settings(load_preset("digits"), ["epochs=1", "batch=512", "encoder.widths=[2, 4]", "encoder.dimension=4"])


@pytest.fixture
def tiny(monkeypatch):
    monkeypatch.setattr(digits, "load_preset", lambda name: TINY)
    monkeypatch.setattr(digits, "SEEDS", (1, 2, 3))
    monkeypatch.setattr(digits, "NEIGHBOUR_SEEDS", (6,))


def test_row_quantities_by_hand():
    # class 0 undersampled, neighbour 2; the rest are classes 1 and 3
    rows = np.array([[np.nan, 1.0, 0.7, 0.8], [np.nan, 1.0, 0.5, 1.0], [np.nan, 1.0, 0.6, 0.9]])
    found = digits.row_quantities(rows, 0, 2)
    assert found["neighbour_harm"].value == pytest.approx(0.6)
    rest = found["neighbour_minus_rest"]  # differences -.2, -.5, -.35: deviation .15, Student's t with 2 degrees 4.3027
    assert rest.value == pytest.approx(-0.35)
    assert rest.high - rest.value == pytest.approx(4.30265 * 0.15 / 3**0.5, rel=1e-5)
    assert rest.value - rest.low == pytest.approx(rest.high - rest.value)
    following = found["neighbour_minus_next"]  # to the least of the rest, seed by seed: -.1, -.5, -.3
    assert following.value == pytest.approx(-0.3)
    assert following.high - following.value == pytest.approx(4.30265 * 0.2 / 3**0.5, rel=1e-5)


def test_a_row_shifted_as_a_whole_is_no_harm_to_the_neighbour():
    rows = np.tile([0.5, np.nan, 0.5, 0.5], (5, 1)) + np.linspace(-0.1, 0.1, 5)[:, None]
    found = digits.row_quantities(rows, 1, 0)
    assert found["neighbour_harm"].value < 1
    assert found["neighbour_minus_next"].value == found["neighbour_minus_rest"].value == 0


def test_the_control_trains_nothing_and_merges_each_digit_with_the_farthest(tiny, tmp_path, monkeypatch):
    trained, original = [], models.train

    def counted(preset, data, seed, **rest):
        trained.append((seed, len(data.labels)))
        return original(preset, data, seed, **rest)

    monkeypatch.setattr(models, "train", counted)
    evidence = digits.representation_harm_digits(Run(store=tmp_path))
    assert len(trained) == 1 + 3 + 6
    assert sum(size == 1297 for _, size in trained) == 4  # balanced: all but 50 images of each of ten classes
    control = digits.representation_harm_digits(Run(control=True, store=tmp_path))
    assert len(trained) == 1 + 3 + 6
    assert control.numbers["digit_1_neighbour"] == evidence.numbers["digit_1_neighbour"]
    for row, before, cosines, digit in zip(
        control.arrays["rows"], evidence.arrays["rows"], evidence.arrays["cosines"], digits.DIGITS, strict=True
    ):
        farthest = np.argmin(cosines)
        assert row[:, farthest].mean() < before[:, farthest].mean() and farthest != digit
        assert np.nanargmin(row.mean(axis=0)) == farthest


def test_without_a_store_the_numbers_are_the_same_and_the_arrays_are_whole(tiny, tmp_path):
    first, second = (digits.representation_harm_digits(Run(store=store)) for store in (None, tmp_path))
    assert first.numbers == second.numbers and first.seeds == (1, 2, 3)
    assert first.arrays["rows"].shape == (2, 3, 10) and first.arrays["cosines"].shape == (2, 10)
    for digit, row in zip((1, 2), first.arrays["rows"], strict=True):
        assert np.isnan(row[:, digit]).all() and np.isfinite(np.delete(row, digit, axis=1)).all()
