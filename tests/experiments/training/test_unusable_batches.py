"""Batches that a method cannot use are skipped and counted; stratified batches; accumulation and averages; a finite loss that
explodes and embeddings that collapse are no normal results."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from contrastive_claims.experiments.data.sources import dataset
from contrastive_claims.experiments.training import trainer
from contrastive_claims.experiments.training.batches import Batches, stratified_places
from contrastive_claims.experiments.training.health import Watch
from contrastive_claims.experiments.training.methods import usable
from contrastive_claims.experiments.training.presets import Method, load_preset, with_settings
from contrastive_claims.experiments.training.session import run_session
from contrastive_claims.experiments.training.trainer import Diverged, Stopped, train

SETTINGS = ["epochs=3", "batch=8", "encoder.widths=[2, 4]", "encoder.dimension=4", "data.per_class=0"]
SUPERVISED = ("sup-con", "eps-sup-con", "eps-sup-infonce")


def preset(*more):
    return with_settings(load_preset("digits"), [*SETTINGS, *more])


def unbalanced(rare=3, many=77, seed=0):
    images = np.random.default_rng(seed).random((rare + many, 1, 8, 8)).astype(np.float32)
    return dataset("unbalanced", images, np.repeat([0, 1], [many, rare]))


@pytest.mark.parametrize("name", SUPERVISED)
@pytest.mark.parametrize("accumulate", [1, 3])
def test_one_class_batches_are_skipped_and_counted(name, accumulate):
    """Aborted for good before, and again at every resume."""
    settings = (f"method.name={name}", f"optimiser.accumulate={accumulate}")
    news = []
    found = train(preset(*settings), unbalanced(), 0, report=news.append)
    batches = Batches(preset(*settings), unbalanced(), 0, "cpu")
    for epoch, row in enumerate(found.metrics):
        skipped = batches.usable(epoch).count(False)
        told = sum(1 for each in news[10 * epoch : 10 * epoch + 10] if np.isnan(each.loss))
        assert row["skipped_batches"] == skipped >= 6 and told in (skipped, skipped - 1)
        losses = [n.loss for n in news[10 * epoch : 10 * epoch + 10] if not np.isnan(n.loss)]
        if told == skipped:
            assert row["loss"] == pytest.approx(np.mean(losses))
        assert np.isfinite(row["effective_rank"])
    assert len(news) == 30


def test_a_run_with_skipped_batches_goes_on_bit_for_bit(tmp_path):
    settings = ("method.name=sup-con",)
    whole = tmp_path / "whole"
    train(preset(*settings), unbalanced(), 0, folder=whole, key="k")
    for moment in (2, 5, 14, 23):
        seen = []

        def report(news, moment=moment):
            if news.step == moment:
                raise Stopped

        with pytest.raises(Stopped):
            train(preset(*settings), unbalanced(), 0, folder=tmp_path, key="k", report=report, checkpoint_seconds=0)
        assert not seen
    train(preset(*settings), unbalanced(), 0, folder=tmp_path, key="k", checkpoint_seconds=0)
    for name in ("checkpoint.safetensors", "metrics.jsonl"):
        assert (tmp_path / name).read_bytes() == (whole / name).read_bytes()


def test_an_epoch_without_a_usable_batch_is_refused_with_a_way_out():
    data = unbalanced(rare=1, many=15)
    alone = dataset("one", data.images[:15], np.zeros(15, int))
    with pytest.raises(ValueError, match=r"none of the 1 batches of epoch 1 holds samples of two classes.*stratified"):
        train(preset("method.name=sup-con"), alone, 0)
    train(preset("method.name=simclr"), alone, 0)  # does not ask for classes


@pytest.mark.parametrize("name", SUPERVISED)
def test_stratified_batches_have_every_class(name):
    data = unbalanced(rare=20, many=60)
    settings = (f"method.name={name}", "data.sampling=stratified")
    batches = Batches(preset(*settings), data, 0, "cpu")
    for epoch in range(3):
        assert all(batches.usable(epoch))
        rows = [rows for _, rows in batches.of_epoch(epoch, 0)]
        assert all(np.bincount(data.labels[part]).tolist() == [6, 2] for part in rows)
        assert len(np.unique(torch.cat(rows))) == 80
    again = [rows for _, rows in batches.of_epoch(1, 0)]
    other = [rows for _, rows in batches.of_epoch(2, 0)]
    assert not torch.equal(torch.cat(again), torch.cat(other))
    assert "skipped_batches" not in train(preset(*settings), data, 0).metrics[0]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.integers(1, 20))
def test_any_stretch_of_a_stratified_order_holds_a_class_in_its_share(labels, width):
    """Of n samples of a class among N, a stretch of w holds n w / N of them, off by no more than one a class."""
    labels = np.array(labels)
    places = stratified_places(labels)
    assert sorted(places) == list(range(len(labels)))
    counts, kinds = np.bincount(labels), len(np.unique(labels))
    for start in range(0, len(labels) - width + 1):
        inside = np.bincount(labels[places[start : start + width]], minlength=len(counts))
        assert (np.abs(inside - counts * width / len(labels)) <= kinds + 1).all()


@given(st.lists(st.integers(0, 3), min_size=1, max_size=12), st.integers(1, 2), st.sampled_from(SUPERVISED))
def test_usable_is_what_the_loss_takes(labels, views, name):
    from contrastive_claims.experiments.training.methods import objective

    method = Method(name=name, views=views)
    labels = torch.tensor(labels)
    vectors = torch.randn(views * len(labels), 4, generator=torch.Generator().manual_seed(0))
    try:
        objective(method, vectors, vectors, labels, None, torch.arange(len(labels)), torch.ones(len(labels)))
        taken = True
    except ValueError:
        taken = False
    assert usable(method, labels.numpy()) == taken


def test_accumulated_steps_are_those_of_the_mean_gradient(monkeypatch):
    """Three batches accumulated move the weights by the rate times the mean of their three gradients at one place."""
    data, moved = unbalanced(rare=36, many=36), []
    settings = ("epochs=1", "optimiser.momentum=0.0", "optimiser.weight_decay=0.0", "optimiser.nesterov=false",
                "encoder.norm=group", "optimiser.schedule=constant", "optimiser.warm_up=0.0", "method.name=cross-entropy",
                "method.views=1", "batch=24")  # fmt: skip
    original = trainer.build_optimiser

    def build(spec, parameters):
        parameters = list(parameters)
        optimiser = original(spec, parameters)
        moved.append([part.detach().clone() for part in parameters])
        step = optimiser.step

        def recorded():
            step()
            moved.append([part.detach().clone() for part in parameters])

        optimiser.step = recorded
        return optimiser

    monkeypatch.setattr(trainer, "build_optimiser", build)
    train(preset(*settings, "optimiser.accumulate=3"), data, 0)
    together, moved[:] = list(moved), []
    assert len(together) == 2  # where it began, and one update
    # the same cross-entropy of the whole epoch as one batch: its gradient is the mean of the three
    train(preset(*settings, "batch=72"), data, 0)
    for one, other in zip(together[1], moved[1], strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_the_average_follows_the_weights(monkeypatch):
    data, decay, steps = unbalanced(rare=20, many=20), 0.8, []
    original = trainer._average

    def recorded(averages, network, asked):
        original(averages, network, asked)
        steps.append({name: part.clone() for name, part in network.state_dict().items()})

    began = {}
    build = trainer.build_network

    def built(*given):
        network = build(*given)
        began.update({name: part.clone() for name, part in network.state_dict().items()})
        return network

    monkeypatch.setattr(trainer, "_average", recorded)
    monkeypatch.setattr(trainer, "build_network", built)
    found = train(preset(f"optimiser.average={decay}"), data, 0)
    expected = dict(began)
    for weights in steps:
        for name, part in weights.items():
            expected[name] = decay * expected[name] + (1 - decay) * part if part.is_floating_point() else part
    for name, part in found.network.state_dict().items():
        torch.testing.assert_close(part, expected[name])


def test_a_finite_loss_that_explodes_is_no_normal_result(tmp_path, monkeypatch):
    original, calls = trainer.objective, []

    def exploding(*given):
        calls.append(1)
        loss, losses = original(*given)
        return (loss * 7e12 if len(calls) > 4 else loss), losses

    monkeypatch.setattr(trainer, "objective", exploding)
    arguments = ("digits", ["epochs=2", "encoder.widths=[2, 4]", "encoder.dimension=4"], 0, "cpu", tmp_path)
    for _ in range(2):  # and again where the run goes on
        with pytest.raises(Diverged, match=r"e\+13 at step [56] of 10 and was [56]\.\d+ at first: it explodes"):
            run_session(*arguments, lambda news: None, tell=lambda word: None)
    assert not list(tmp_path.rglob("result.json"))


def test_constant_embeddings_are_called_a_collapse(tmp_path, monkeypatch):
    """The loss does not move the weights away from zero features: every embedding is the last layer's bias."""
    original = trainer.build_network

    def constant(*given):
        network = original(*given)
        for part in network.encoder.parameters():
            part.requires_grad_(False).zero_()
        last = list(network.encoder.parameters())[-1]
        last.requires_grad_(True)
        with torch.no_grad():
            last.fill_(1.0)
        return network

    monkeypatch.setattr(trainer, "build_network", constant)
    said = []
    found = run_session(
        "digits", ["epochs=2", "encoder.widths=[2, 4]", "encoder.dimension=4"], 0, "cpu", tmp_path, lambda news: None,
        tell=said.append,
    )  # fmt: skip
    assert len(said) == 1 and said[0].startswith(
        "warning: collapse: at epoch 1 all embeddings are one point (effective rank"
    )
    assert found["warnings"] and "collapse" in found["warnings"][0]


def test_two_opposite_points_are_no_collapse():
    """Supervised with two classes the optimum has effective rank 1, and spread 1."""
    watch = Watch(preset())
    row = {"epoch": 1, "loss": 1.0, "effective_rank": 1.0, "feature_spread": 0.99}
    assert watch.look(trainer.Progress(1, 2, 1.0, 1.0, 1.0, 1, 1, 1.0, row)) == "" and not watch.warnings
