"""B9's check on a tiny preset: what it measures by hand-made rows, what it keeps, what the control reuses."""

import numpy as np
import pytest

from experiments.claims import harms
from experiments.ledger import Run
from experiments.training.presets import load_preset

TINY = load_preset("digits").model_copy(update={"epochs": 1, "batch": 512, "width": 2, "dimension": 4})


@pytest.fixture
def tiny(monkeypatch):
    monkeypatch.setattr(harms, "load_preset", lambda name: TINY)
    monkeypatch.setattr(harms, "SEEDS", (1, 2))
    monkeypatch.setattr(harms, "NEIGHBOUR_SEEDS", (6,))
    monkeypatch.setattr(harms, "CONTROL_SEEDS", (11, 12))


def test_row_quantities_by_hand():
    # class 0 undersampled, neighbour 2; the rest are classes 1 and 3
    rows = np.array([[np.nan, 1.0, 0.7, 0.8], [np.nan, 1.0, 0.5, 1.0], [np.nan, 1.0, 0.6, 0.9]])
    found = harms.row_quantities(rows, 0, 2)
    assert found["neighbour_harm"].value == pytest.approx(0.6)
    assert found["neighbour_minus_next"].value == pytest.approx(0.6 - 0.9)
    rest = found["neighbour_minus_rest"]  # differences -.2, -.5, -.35: deviation .15, Student's t with 2 degrees 4.3027
    assert rest.value == pytest.approx(-0.35)
    assert rest.high - rest.value == pytest.approx(4.30265 * 0.15 / 3**0.5, rel=1e-5)
    assert rest.value - rest.low == pytest.approx(rest.high - rest.value)


def test_a_row_shifted_as_a_whole_is_no_harm_to_the_neighbour():
    rows = np.tile([0.5, np.nan, 0.5, 0.5], (5, 1)) + np.linspace(-0.1, 0.1, 5)[:, None]
    found = harms.row_quantities(rows, 1, 0)
    assert found["neighbour_harm"].value < 1
    assert found["neighbour_minus_next"].value == found["neighbour_minus_rest"].value == 0


def test_a_killed_run_resumes_and_the_control_reuses_the_balanced_encoders(tiny, tmp_path, monkeypatch):
    trained = []
    original = harms.train

    def counted(preset, images, seed, **rest):
        trained.append((seed, len(images)))
        if len(trained) == 3:
            raise KeyboardInterrupt
        return original(preset, images, seed, **rest)

    monkeypatch.setattr(harms, "train", counted)
    seen = []
    run = Run(store=tmp_path, progress=lambda *event: seen.append(event[:2]))
    with pytest.raises(KeyboardInterrupt):
        harms.representation_harm_digits(run)
    assert seen == [(1, 7), (2, 7)]
    evidence = harms.representation_harm_digits(run)
    assert len(trained) == 3 + 5  # one neighbour's and six paired encoders; two of the seven were kept
    assert sorted(size for _, size in trained[3:])[-1] == 1297  # balanced: all but 50 images of each of ten classes
    assert len(list(tmp_path.iterdir())) == 7
    before = len(trained)
    again = harms.representation_harm_digits(run)
    assert len(trained) == before and again.numbers == evidence.numbers
    control = harms.representation_harm_digits(Run(variant="balanced", store=tmp_path))
    assert trained[before:] == [(11, 1297), (12, 1297)]
    assert control.numbers["digit_1_neighbour"] == evidence.numbers["digit_1_neighbour"]


def test_without_a_store_the_numbers_are_the_same_and_the_arrays_are_whole(tiny, tmp_path):
    first, second = (harms.representation_harm_digits(Run(store=store)) for store in (None, tmp_path))
    assert first.numbers == second.numbers and first.seeds == (1, 2)
    assert first.arrays["rows"].shape == (2, 2, 10) and first.arrays["cosines"].shape == (2, 10)
    for digit, row in zip((1, 2), first.arrays["rows"], strict=True):
        assert np.isnan(row[:, digit]).all() and np.isfinite(np.delete(row, digit, axis=1)).all()


def test_key_sees_everything_that_determines_a_model():
    data = harms.load("digits")
    base = (harms.Model(1, 1), TINY, data, "cpu")
    others = [
        (harms.Model(1, 2), TINY, data, "cpu"),
        (harms.Model(2, 1), TINY, data, "cpu"),
        (harms.Model(1, 1, 0), TINY, data, "cpu"),
        (harms.Model(1, 1), TINY.model_copy(update={"temperature": 0.4}), data, "cpu"),
        (harms.Model(1, 1), TINY, data, "cuda"),
    ]
    keys = {harms.model_key(*arguments) for arguments in [base, *others]}
    assert len(keys) == 6 and harms.model_key(*base) in keys


def test_bad_input_is_named(tmp_path):
    with pytest.raises(ValueError, match="variant: must be '' or 'balanced', got 'other'"):
        harms.representation_harm_digits(Run(variant="other"))
    (tmp_path / "broken.npz").write_bytes(b"no archive")
    with pytest.raises(ValueError, match=r"broken\.npz: unreadable"):
        harms.kept(tmp_path / "broken.npz", lambda: np.zeros(1))
