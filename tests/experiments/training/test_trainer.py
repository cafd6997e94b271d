"""One training run: it learns, repeats itself exactly, goes on where it was stopped, and leaves the global generators alone."""

import json
import re

import numpy as np
import pytest
import torch

from contrastive_claims.experiments.data.sources import load, subset
from contrastive_claims.experiments.training import trainer
from contrastive_claims.experiments.training.checkpoint import CheckpointError
from contrastive_claims.experiments.training.embedding import embed
from contrastive_claims.experiments.training.presets import load_preset, with_settings
from contrastive_claims.experiments.training.stopping import Stopped
from contrastive_claims.experiments.training.trainer import Diverged, train

SMALL = with_settings(
    load_preset("digits"), ["epochs=3", "batch=64", "encoder.widths=[4, 8]", "encoder.dimension=8", "data.per_class=0"]
)
BOOSTED = with_settings(SMALL, ["method.name=bcl"])


@pytest.fixture(scope="module")
def data():
    return subset(load("digits"), np.arange(300))


@pytest.fixture(scope="module")
def trained(data):
    return train(SMALL, data, seed=1)


def test_the_loss_falls_and_the_metrics_are_finite(trained):
    losses = [row["loss"] for row in trained.metrics]
    assert [row["epoch"] for row in trained.metrics] == [1, 2, 3]
    assert losses[-1] < losses[0] < np.log(2 * 64 - 1) + 0.5
    assert all(1 < row["effective_rank"] <= 8 and 0 < row["feature_spread"] <= 1 for row in trained.metrics)


@pytest.mark.parametrize("wanted", [False, True])
def test_the_network_is_compiled_where_the_preset_says_so(data, monkeypatch, wanted):
    compiled = []
    monkeypatch.setattr(torch, "compile", lambda forward: compiled.append(forward) or forward)
    train(with_settings(SMALL, ["epochs=1", f"compile={str(wanted).lower()}"]), data, seed=1)
    assert len(compiled) == wanted


def test_the_seed_decides_everything(data, trained):
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    again, other = (embed(train(SMALL, data, seed).network, data.images, "simclr")[1] for seed in (1, 2))
    expected = embed(trained.network, data.images, "simclr")[1]
    assert np.array_equal(again, expected) and not np.allclose(other, expected)
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert np.array_equal(np.random.get_state()[1], numpy_state)  # noqa: NPY002


def test_embeddings_do_not_depend_on_the_batch(data, trained):
    whole, pieces = (embed(trained.network, data.images, "simclr", batch)[1] for batch in (1024, 7))
    assert whole.shape == (300, 8)
    np.testing.assert_allclose(whole, pieces, rtol=1e-4, atol=1e-5)


def test_progress_tells_every_step(data):
    seen = []
    found = train(SMALL, data, seed=1, report=seen.append)
    assert [p.step for p in seen] == list(range(1, 13)) and {p.steps for p in seen} == {12}
    assert [p.metrics for p in seen if p.metrics] == found.metrics
    assert found.metrics[0]["loss"] == pytest.approx(np.mean([p.loss for p in seen[:4]]))
    assert seen[-1].seconds_left == 0 < seen[0].images_per_second


class Stop(Exception):
    """Raised in place of a kill."""


@pytest.mark.parametrize("preset", [SMALL, BOOSTED], ids=["simclr", "bcl"])
@pytest.mark.parametrize("moments", [(1, 5), (4, 11)])
def test_a_stopped_run_goes_on_bit_for_bit(data, tmp_path, preset, moments):
    def until(moment):
        def report(progress):
            if progress.step == moment:
                raise Stop

        return report

    for moment in moments:
        with pytest.raises(Stop):
            train(preset, data, 1, folder=tmp_path, key="k", report=until(moment), checkpoint_seconds=0)
    seen = []
    train(preset, data, 1, folder=tmp_path, key="k", report=lambda p: seen.append(p.step), checkpoint_seconds=0)
    assert seen[0] == moments[-1] + 1
    whole = tmp_path / "whole"
    train(preset, data, 1, folder=whole, key="k")
    for name in ("checkpoint.safetensors", "metrics.jsonl"):
        assert (tmp_path / name).read_bytes() == (whole / name).read_bytes()
    assert len([json.loads(line) for line in (whole / "metrics.jsonl").read_text().splitlines()]) == 3


def test_a_run_that_is_asked_to_stop_between_epochs_says_where_and_the_last_epoch_is_not_cut(data, tmp_path):
    folder = tmp_path / "new" / "and" / "deep"

    def stopped_after(epoch):
        ends = []

        def report(progress):
            ends[:] = [True] if progress.metrics and progress.metrics["epoch"] == epoch else []

        return train(SMALL, data, 1, folder=folder, key="k", report=report, stop=lambda: bool(ends) and ends.pop())

    for epoch, told in ((1, "step 4 of 12 (epoch 1)"), (2, "step 8 of 12 (epoch 2)")):
        with pytest.raises(Stopped, match=re.escape(told)):
            stopped_after(epoch)
    assert len(stopped_after(3).metrics) == 3


def test_a_finished_run_is_not_trained_again(data, tmp_path, trained):
    first = train(SMALL, data, 1, folder=tmp_path, key="k")
    again = train(SMALL, data, 1, folder=tmp_path, key="k", report=lambda p: pytest.fail("trained again"))
    assert again.metrics == first.metrics == trained.metrics
    assert np.array_equal(*(embed(t.network, data.images, "simclr")[1] for t in (first, again)))


def test_a_checkpoint_of_another_run_or_damaged_is_refused_by_name(data, tmp_path):
    train(SMALL, data, 1, folder=tmp_path, key="k")
    with pytest.raises(ValueError, match=r"checkpoint\.safetensors: a checkpoint of another run"):
        train(SMALL, data, 1, folder=tmp_path, key="other")
    path, before = tmp_path / "checkpoint.safetensors", (tmp_path / "checkpoint.safetensors").read_bytes()
    path.write_bytes(before[:100])
    said, seen = [], []
    train(SMALL, data, 1, folder=tmp_path, key="k", tell=said.append, report=lambda p: seen.append(p.step))
    assert seen == [9, 10, 11, 12] and path.read_bytes() == before  # from the epoch before, to the same bytes
    assert len(said) == 1 and "checkpoint.safetensors: damaged" in said[0]
    for name in ("checkpoint.safetensors", "checkpoint.previous.safetensors"):
        (tmp_path / name).write_bytes(before[:100])
    with pytest.raises(
        CheckpointError, match=r"checkpoint\.safetensors: damaged.*delete it, or --fresh, to train again"
    ):
        train(SMALL, data, 1, folder=tmp_path, key="k")


def test_a_full_disk_loses_nothing(data, tmp_path, monkeypatch):
    train(with_settings(SMALL, ["epochs=1"]), data, 1, folder=tmp_path, key="k")
    before = (tmp_path / "checkpoint.safetensors").read_bytes()

    def full(path, content, previous=None):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("contrastive_claims.experiments.training.checkpoint.write_durably", full)
    with pytest.raises(CheckpointError, match=r"could not be written \(No space left on device\)"):
        train(SMALL, data, 1, folder=tmp_path, key="k")
    assert (tmp_path / "checkpoint.safetensors").read_bytes() == before


def test_a_loss_that_is_not_finite_stops_the_run_at_its_step(data, tmp_path, monkeypatch):
    original, calls = trainer.objective, []

    def poisoned(*arguments):
        calls.append(1)
        loss, losses = original(*arguments)
        return (loss * float("nan") if len(calls) == 6 else loss), losses

    monkeypatch.setattr(trainer, "objective", poisoned)
    with pytest.raises(
        Diverged, match=r"the loss is nan at step 6 of 12 \(epoch 2\); the last good checkpoint is .*\.safetensors"
    ):
        train(SMALL, data, 1, folder=tmp_path, key="k")
    monkeypatch.setattr(trainer, "objective", original)
    seen = []
    train(SMALL, data, 1, folder=tmp_path, key="k", report=lambda p: seen.append(p.step))
    assert seen[0] == 5  # the epoch before was kept


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["batch=301"], "batch: 301 is more than the 300 samples"),
        (
            ["method.penalty.name=end", "method.penalty.weight=1.0"],
            "method.penalty: end needs bias labels, and digits has none",
        ),
    ],
)
def test_what_the_data_cannot_meet_is_refused(data, settings, message):
    with pytest.raises(ValueError, match=message):
        train(with_settings(SMALL, settings), data, seed=0)
