"""Models that claims share: trained once, found again, keyed by what decides them and by nothing else."""

import json
from datetime import datetime
from typing import get_args

import numpy as np
import pytest

from contrastive_claims.experiments.ledger import keys, records
from contrastive_claims.experiments.ledger.vocabulary import Run
from contrastive_claims.experiments.models import harms as measurements
from contrastive_claims.experiments.models import recipes
from contrastive_claims.experiments.models import store as models
from contrastive_claims.experiments.models.harms import held_out_embeddings
from contrastive_claims.experiments.models.shared import kept_once
from contrastive_claims.experiments.models.store import MADE, Model, measured, model_key, record_name
from contrastive_claims.experiments.training.presets import ENCODERS, Method, Penalty, load_preset, with_settings

TINY = with_settings(load_preset("digits"), ["epochs=1", "batch=512", "encoder.widths=[2, 4]", "encoder.dimension=4"])


@pytest.fixture
def trained(monkeypatch):
    """Seeds in the order in which networks were trained."""
    seeds, original = [], models.train

    def counted(preset, data, seed, **rest):
        seeds.append(seed)
        return original(preset, data, seed, **rest)

    monkeypatch.setattr(models, "train", counted)
    return seeds


def test_equal_models_are_trained_once_and_kept(trained, tmp_path):
    run = Run(store=tmp_path)
    wanted = [Model(TINY, 1, 1), Model(TINY, 2, 1), Model(TINY, 1, 1)]
    found = measured(wanted, held_out_embeddings, run)
    assert trained == [1, 2] and len(found) == 2
    again = measured(wanted, held_out_embeddings, run)
    assert trained == [1, 2]
    for model in found:
        assert found[model]["embeddings"].shape == (500, 4)
        assert np.array_equal(found[model]["embeddings"], again[model]["embeddings"])
    assert not np.array_equal(*(record["embeddings"] for record in found.values()))


def test_without_a_store_the_numbers_are_the_same(trained, tmp_path):
    model = Model(TINY, 1, 1)
    stored, free = (measured([model], held_out_embeddings, Run(store=store))[model] for store in (tmp_path, None))
    assert trained == [1, 1] and np.array_equal(stored["embeddings"], free["embeddings"])


def test_a_committed_record_comes_before_everything(trained, tmp_path, monkeypatch):
    model = Model(TINY, 1, 1)
    monkeypatch.setattr(records, "RECORDED", tmp_path)
    records.save_arrays(tmp_path / "models" / record_name(model, held_out_embeddings), {"embeddings": np.ones((2, 2))})
    assert measured([model], held_out_embeddings, Run())[model]["embeddings"].tolist() == [[1, 1], [1, 1]]
    assert not trained


def test_a_committed_record_whose_facts_lie_elsewhere_is_read_whole(trained, tmp_path, monkeypatch):
    model, record = Model(TINY, 1, 1), {"truth": np.arange(2000) % 7, "embeddings": np.ones((2, 2))}
    monkeypatch.setattr(records, "RECORDED", tmp_path)
    kept = kept_once(record, tmp_path / "models")
    records.save_arrays(tmp_path / "models" / record_name(model, held_out_embeddings), kept)
    assert "truth" not in kept
    np.testing.assert_equal(measured([model], held_out_embeddings, Run())[model], record)
    assert not trained


def test_another_measurement_uses_the_trained_network(trained, tmp_path):
    run, model = Run(store=tmp_path), Model(TINY, 1, 1)
    measured([model], held_out_embeddings, run)

    def shape(trial):
        return {"shape": np.array(trial.held_out.images.shape)}

    shape.__name__ = measurements.harms.__name__
    steps = []
    found = measured([model], shape, Run(store=tmp_path, progress=lambda *event: steps.append(event[2])))
    assert found[model]["shape"].tolist() == [500, 1, 8, 8]
    assert not any("step" in text for text in steps)  # the finished checkpoint was read, nothing was trained


@pytest.mark.parametrize("damage", ["nonsense", "edited", "cut"])
def test_a_damaged_record_of_the_run_is_set_aside_and_made_again(tmp_path, damage):
    model, told = Model(TINY, 1, 1), []
    run = Run(store=tmp_path, progress=lambda *event: told.append(event[2]))
    first = measured([model], held_out_embeddings, run)[model]
    path = tmp_path / record_name(model, held_out_embeddings)
    if damage == "edited":  # whole, but not what was written
        stored = records.load_arrays(path)
        name = next(name for name, array in stored.items() if array.dtype.kind == "f" and array.size)
        stored[name] = stored[name] + 1
        records.save_arrays(path, stored)
    else:
        path.write_bytes(b"nonsense" if damage == "nonsense" else path.read_bytes()[:-40])
    again = measured([model], held_out_embeddings, run)[model]
    assert any(f"kept as {path.name}.damaged, made again" in text for text in told)
    np.testing.assert_equal(again, first)
    np.testing.assert_equal(measured([model], held_out_embeddings, Run(store=tmp_path))[model], first)


def test_a_damaged_committed_record_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RECORDED", tmp_path)
    model = Model(TINY, 1, 1)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / record_name(model, held_out_embeddings)).write_bytes(b"nonsense")
    with pytest.raises(records.RecordError, match=r"\.npz: unreadable"):
        measured([model], held_out_embeddings, Run(store=tmp_path / "own"))


def test_the_key_sees_what_decides_a_network_and_not_its_name():
    base = Model(TINY, 1, 1)
    others = [
        Model(TINY, 2, 1),
        Model(TINY, 1, 2),
        Model(with_settings(TINY, ["epochs=2"]), 1, 1),
        Model(with_settings(TINY, ["data.undersample.target=1", "data.undersample.factor=2.0"]), 1, 1),
    ]
    assert len({model_key(model) for model in [base, *others]}) == 5
    same = TINY.model_copy(update={"name": "other", "probe": "test-split"})
    assert model_key(base) == model_key(Model(same, 1, 1))
    assert model_key(base) != model_key(base, "harms")  # a measurement's name stands in the file name


@pytest.mark.parametrize(
    ("table", "name"), [("METHODS", "simclr"), ("ENCODERS", "convnet"), ("MEASUREMENTS", "held_out_embeddings")]
)
def test_a_raised_version_is_another_record(monkeypatch, table, name):
    before = record_name(Model(TINY, 1, 1), held_out_embeddings)
    versions = getattr(recipes, table)
    monkeypatch.setitem(versions, name, versions[name] + 1)
    assert record_name(Model(TINY, 1, 1), held_out_embeddings) != before
    other = next(key for key in versions if key != name)
    now = record_name(Model(TINY, 1, 1), held_out_embeddings)
    monkeypatch.setitem(versions, other, versions[other] + 1)
    assert record_name(Model(TINY, 1, 1), held_out_embeddings) == now


def test_everything_that_a_preset_may_name_has_a_version():
    for table, section, field in (
        (recipes.METHODS, Method, "name"),
        (recipes.PENALTIES, Penalty, "name"),
    ):
        assert set(table) == set(get_args(section.model_fields[field].annotation))
    assert set(recipes.ENCODERS) == set(ENCODERS)


def test_a_record_says_when_and_with_what_it_was_made(tmp_path):
    model = Model(TINY, 1, 1)
    found = measured([model], held_out_embeddings, Run(store=tmp_path))[model]
    stored = records.load_arrays(tmp_path / record_name(model, held_out_embeddings))
    assert set(stored) - set(found) == {MADE}
    made = json.loads(str(stored[MADE]))
    assert set(made) == {"date", "versions", "device", "processor", "precision", "digest"} and made["versions"] == dict(
        keys.versions()
    )
    assert datetime.fromisoformat(made["date"]).tzinfo is not None


def test_every_committed_record_says_when_it_was_made():
    paths = sorted((records.RECORDED / "models").glob("*.npz"))
    assert len(paths) >= 300
    for path in paths[:: max(1, len(paths) // 20)]:
        assert "date" in json.loads(str(records.load_arrays(path)[MADE]))


def test_other_data_is_another_record(monkeypatch):
    before = model_key(Model(TINY, 0, 0))
    monkeypatch.setattr(models, "checksum_of", lambda name: f"another checksum of {name}")
    assert model_key(Model(TINY, 0, 0)) != before
