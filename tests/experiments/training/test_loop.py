"""The loop said again by hand: what an update is made of, when a checkpoint is kept, what a step tells, what the ranks do."""

import inspect
import math
import warnings

import numpy as np
import pytest
import torch
from torch import nn

from contrastive_claims.experiments.data.sources import dataset
from contrastive_claims.experiments.training import trainer
from contrastive_claims.experiments.training.batches import Batches
from contrastive_claims.experiments.training.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from contrastive_claims.experiments.training.encoders import build_network
from contrastive_claims.experiments.training.methods import objective
from contrastive_claims.experiments.training.optimisers import build_optimiser, learning_rate_factor
from contrastive_claims.experiments.training.presets import load_preset, with_settings
from contrastive_claims.experiments.training.stopping import Stopped
from contrastive_claims.experiments.training.streams import WEIGHTS, stream
from contrastive_claims.experiments.training.trainer import Diverged, RanksDiffer, told, train
from contrastive_claims.experiments.training.views.boosting import boost_weights, momentum_losses

SETTINGS = [
    "epochs=2",
    "batch=8",
    "encoder.widths=[2, 4]",
    "encoder.dimension=4",
    "data.per_class=0",
]  # of 5 batches each
DATA = dataset("small", np.random.default_rng(0).random((44, 1, 8, 6)).astype(np.float32), np.arange(44) % 3)


def preset(*more):
    return with_settings(load_preset("digits"), [*SETTINGS, *more])


@pytest.fixture
def usable(monkeypatch):
    """Sets which batches of every epoch can be used."""
    return lambda answers: monkeypatch.setattr(Batches, "usable", lambda batches, epoch: list(answers))


class Clock:
    """In place of `time`: it goes when told to."""

    now = 1000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(trainer, "time", made)
    return made


def by_hand(spec, seed, answers):
    """(weights at the end or their average, losses by step, rates by step), one gradient after another."""
    batches = Batches(spec, DATA, seed, "cpu")
    network = build_network(spec.encoder, spec.method.name, (1, 8, 6), 3, stream(seed, WEIGHTS))
    parameters = list(network.parameters())
    optimiser = build_optimiser(spec.optimiser, parameters)
    factor = learning_rate_factor(spec.optimiser, batches.steps, spec.epochs)
    decay, size = spec.optimiser.average, spec.optimiser.accumulate
    average = {name: part.clone() for name, part in network.state_dict().items()}
    losses, rates = [], []
    for epoch in range(spec.epochs):
        given = list(batches.of_epoch(epoch, 0))
        for first in range(0, batches.steps, size):
            group = range(first, min(first + size, batches.steps))
            sums = [torch.zeros_like(part) for part in parameters]
            for k in group:
                rates.append(spec.optimiser.learning_rate * factor(epoch * batches.steps + k))
                losses.append(math.nan)
                if answers[k]:
                    images, rows = given[k]
                    loss, _ = objective(spec.method, *network(images), *batches.described(rows), batches.prior)
                    losses[-1] = loss.item()
                    for total, part in zip(sums, torch.autograd.grad(loss, parameters), strict=True):
                        total += part / len(group)
            if any(answers[k] for k in group):
                for part, total in zip(parameters, sums, strict=True):
                    part.grad = total
                optimiser.param_groups[0]["lr"] = rates[-1]
                optimiser.step()
                for name, part in network.state_dict().items():
                    whole = not part.is_floating_point()
                    average[name] = part.clone() if whole else decay * average[name] + (1 - decay) * part
    return average, losses, rates


ALL, SOME, LATE = (True,) * 5, (True, False, False, False, True), (False, True, True, True, False)


@pytest.mark.parametrize(
    ("settings", "answers"),
    [
        ((), ALL),
        (("optimiser.nesterov=false", "optimiser.momentum=0.0", "optimiser.schedule=constant"), SOME),
        (("optimiser.accumulate=2", "optimiser.average=0.8"), ALL),
        (("optimiser.accumulate=2", "optimiser.schedule=step", "optimiser.milestones=[1]"), SOME),
        (("optimiser.accumulate=3", "optimiser.average=0.5", "last_batch=keep"), (*LATE, True)),
        (("optimiser.accumulate=9",), LATE),
    ],
)
def test_the_loop_is_what_is_done_by_hand(usable, settings, answers):
    spec = preset(*settings)
    usable(answers)
    weights, losses, rates = by_hand(spec, 3, answers)
    news = []
    found = train(spec, DATA, 3, report=news.append)
    for name, part in found.network.state_dict().items():
        torch.testing.assert_close(part, weights[name], rtol=1e-4, atol=1e-5)
    steps, first = len(answers), next(loss for loss in losses if not math.isnan(loss))
    for epoch, row in enumerate(found.metrics):
        own = losses[epoch * steps : (epoch + 1) * steps]
        last = [loss for loss in own if not math.isnan(loss)][-1]
        said = news[epoch * steps : (epoch + 1) * steps]
        np.testing.assert_allclose([each.loss for each in said], [*own[:-1], last], rtol=1e-4)
        assert row["loss"] == pytest.approx(np.nanmean(own), rel=1e-4) and row["epoch"] == epoch + 1
        assert row["learning_rate"] == pytest.approx(rates[(epoch + 1) * steps - 1])
        assert row.get("skipped_batches", 0) == answers.count(False)
        assert ("skipped_batches" in row) == (False in answers)
    began = answers.index(True)
    assert all(math.isnan(each.first_loss) for each in news[:began])
    assert all(each.first_loss == pytest.approx(first, rel=1e-4) for each in news[began:])


@pytest.mark.parametrize(
    ("settings", "answers", "seconds", "expected"),
    [
        ((), ALL, 30.0, [(0, 2), (0, 3), (0, 4), (1, 0), (1, 1), (1, 2), (1, 3), (1, 4), (2, 0)]),
        ((), ALL, 15.0, [(0, 3), (1, 0), (1, 2), (1, 4), (2, 0)]),  # and not before thirty seconds are over
        ((), ALL, 7.4, [(1, 0), (2, 0)]),
        (
            ("optimiser.accumulate=2",),
            ALL,
            30.0,
            [(0, 2), (0, 4), (1, 0), (1, 2), (1, 4), (2, 0)],
        ),  # between two updates
        # what is left of an epoch must hold a batch that can be used
        ((), (True, True, True, False, False), 30.0, [(0, 2), (1, 0), (1, 1), (1, 2), (2, 0)]),
    ],
)
def test_a_checkpoint_is_kept_at_every_epoch_and_thirty_seconds_behind_the_last(
    tmp_path, monkeypatch, usable, clock, settings, answers, seconds, expected
):
    kept = []
    usable(answers)
    monkeypatch.setattr(
        trainer, "save_checkpoint", lambda path, tensors, state: kept.append((state["epoch"], state["step"]))
    )

    def report(news):
        clock.now += seconds

    train(preset(*settings), DATA, 0, folder=tmp_path, report=report)
    assert kept == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    # how many steps were told by then: a step is told behind the question, an epoch's last before it
    [((), [0, 1, 2, 3, 5, 5, 6, 7, 8, 10]), (("optimiser.accumulate=2",), [1, 3, 5, 6, 8, 10])],
)
def test_a_run_is_asked_to_stop_behind_each_update(settings, expected):
    steps, asked = [], []
    found = train(
        preset(*settings), DATA, 0, report=lambda news: steps.append(news.step), stop=lambda: asked.append(len(steps))
    )
    assert asked == expected and len(found.metrics) == 2


@pytest.mark.parametrize(("moment", "where"), [(2, "step 2 of 10 (epoch 1)"), (7, "step 7 of 10 (epoch 2)")])
def test_a_run_that_is_stopped_within_an_epoch_says_where_and_what_it_kept(tmp_path, moment, where):
    def stopped(folder):
        asked = []

        def stop():
            asked.append(1)
            return len(asked) == moment

        with pytest.raises(Stopped) as error:
            train(preset(), DATA, 0, folder=folder, stop=stop, checkpoint_seconds=1e9)
        return str(error.value)

    assert stopped(None) == f"stopped behind {where}: nothing was kept"
    path = tmp_path / "checkpoint.safetensors"
    assert stopped(tmp_path) == f"stopped behind {where}: kept in {path}; the same command goes on from there"
    assert load_checkpoint(path).state["step"] == moment % 5
    rows = (tmp_path / "metrics.jsonl").read_text().splitlines() if moment > 5 else []
    assert len(rows) == moment // 5  # those of the epochs that are over
    seen = []
    train(preset(), DATA, 0, folder=tmp_path, report=seen.append)
    assert seen[0].step == moment + 1 and len((tmp_path / "metrics.jsonl").read_text().splitlines()) == 2


def test_a_run_that_is_over_is_not_stopped():
    news = []
    found = train(preset(), DATA, 0, report=news.append, stop=lambda: len(news) == 10)
    assert len(found.metrics) == 2 and len(news) == 10


def test_a_checkpoint_holds_the_network_the_optimiser_and_what_the_method_remembers(tmp_path):
    train(preset("epochs=1", "method.name=bcl", "optimiser.average=0.5"), DATA, 0, folder=tmp_path)
    held = load_checkpoint(tmp_path / "checkpoint.safetensors").tensors
    names = {name.partition(".")[2] for name in held if name.startswith("network.")}
    assert {f"memory.{name}" for name in ("losses", "boosts", *(f"average.{name}" for name in names))} < held.keys()
    assert names and any(name.startswith("optimiser.0.") for name in held)
    assert int(held["memory.losses"].isnan().sum()) == 4 and len(held["memory.boosts"]) == 44  # those of no batch
    weights = min(name for name in names if name.endswith("weight"))
    assert not torch.equal(held[f"memory.average.{weights}"], held[f"network.{weights}"])


def test_a_step_tells_the_speed_of_this_process_and_what_is_left(tmp_path, clock):
    asked = []

    def stop():
        clock.now += 2.0
        asked.append(1)
        return len(asked) == 3

    def checked(news, before=0):
        for each in news:
            seconds = 2.0 * (each.step - before)
            if each.step in (5, 10):  # told before the question
                seconds -= 2.0
            pace = (each.step - before) / seconds
            assert each.images_per_second == pytest.approx(8 * pace)
            assert each.seconds_left == pytest.approx((10 - each.step) / pace)
            assert (each.steps, each.epochs, each.epoch) == (10, 2, 1 if each.step <= 5 else 2)

    news = []
    with pytest.raises(Stopped):
        train(preset(), DATA, 0, folder=tmp_path, report=news.append, stop=stop)
    checked(news)
    first, news[:] = news[0].loss, []
    train(preset(), DATA, 0, folder=tmp_path, report=news.append, stop=stop)
    checked(news, 3)
    assert [each.step for each in news] == [4, 5, 6, 7, 8, 9, 10]
    assert {each.first_loss for each in news} == {first}  # of the run, not of the process
    assert [each.metrics["epoch"] for each in news if each.metrics] == [1, 2]


def test_a_clock_that_stands_still_is_no_error(clock):
    news = []
    train(preset("epochs=1"), DATA, 0, report=news.append)
    assert all(0 < each.images_per_second < math.inf and 0 <= each.seconds_left < 1 for each in news)


@pytest.mark.parametrize("rank", [0, 1])
def test_every_rank_trains_a_wrapped_network_and_the_first_one_alone_writes(tmp_path, monkeypatch, rank):
    wrapped, folder = [], tmp_path / "new" / "run"
    monkeypatch.setattr(trainer, "world", lambda: (rank, 2))
    monkeypatch.setattr(trainer, "by_rank", lambda mine, device: [mine, mine])
    monkeypatch.setattr(trainer, "DistributedDataParallel", lambda network: wrapped.append(network) or network)
    for _ in range(2):  # and where it goes on
        found = train(preset("epochs=1"), DATA, 0, folder=folder, key="k")
        assert wrapped[-1] is found.network and len(found.metrics) == 1
    expected = ["checkpoint.safetensors", "metrics.jsonl"]
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == (expected if rank == 0 else [])
    assert folder.exists() == (rank == 0)


def test_one_process_alone_wraps_nothing(monkeypatch):
    monkeypatch.setattr(trainer, "DistributedDataParallel", lambda network: pytest.fail("wrapped"))
    train(preset("epochs=1"), DATA, 0)


KEY = "fedcba9876543210" * 4
NUMBER = 0xFEDCBA987654321


@pytest.fixture
def begin(tmp_path, monkeypatch):
    """`_where_to_begin` on one of two ranks; `rows` makes those of both out of its own, which are appended to `sent`."""

    def begun(rows=lambda mine: [mine, mine], rank=0, key=KEY, said=None, path=tmp_path / "c.safetensors"):
        def by_rank(mine, device):
            assert device == "a device"
            begun.sent.append(list(mine))
            return rows(list(mine))

        monkeypatch.setattr(trainer, "world", lambda: (rank, 2))
        monkeypatch.setattr(trainer, "by_rank", by_rank)
        return trainer._where_to_begin(path, key, "a device", (said if said is not None else []).append)

    begun.sent, begun.path = [], tmp_path / "c.safetensors"
    return begun


def test_ranks_tell_each_other_from_where_they_begin(begin):
    assert begin() is None and begin(path=None) is None
    save_checkpoint(begin.path, {"a": torch.ones(2)}, {"key": KEY, "epoch": 3, "step": 4})
    found = begin()
    assert (found.state["epoch"], found.state["step"], found.path) == (3, 4, begin.path)
    assert begin.sent == [[0, 0, 0, 0, NUMBER]] * 2 + [[0, 3, 4, int(found.digest[:15], 16), NUMBER]]
    assert all(number < 2**63 for row in begin.sent for number in row)
    begin.path.unlink()
    assert begin(key="k") is None and begin(key=KEY[:63]) is None and begin(key="") is None
    assert begin.sent[-3:] == [[0, 0, 0, 0, 0]] * 3  # no digest, so nothing to compare


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ([1, 0, 0, 0, NUMBER], "rank 1 cannot begin; it says why. Nothing was trained"),
        ([0, 0, 0, 0, 1], "rank 1 has other settings, data or seed than rank 0; nothing was trained"),
        ([0, 2, 4, 9, 1], "rank 1 has other settings, data or seed than rank 0; nothing was trained"),
        ([0, 2, 4, 9, NUMBER], "differ: rank 0 epoch 0, step 0 and rank 1 epoch 2, step 4; all need one folder"),
        ([0, 0, 0, 9, NUMBER], "differ: rank 0 epoch 0, step 0 and rank 1 epoch 0, step 0; all need one folder"),
    ],
)
def test_ranks_that_differ_are_refused_by_all(begin, other, said):
    with pytest.raises(RanksDiffer) as error:
        begin(lambda mine: [mine, other])
    assert said in str(error.value)
    with pytest.raises(RanksDiffer, match="rank 0 cannot begin"):
        begin(lambda mine: [[1, 0, 0, 0, NUMBER], mine], rank=1)


def test_a_rank_that_cannot_begin_tells_the_others_first(begin):
    save_checkpoint(begin.path, {"a": torch.ones(2)}, {"key": "another", "epoch": 3, "step": 4})
    with pytest.raises(ValueError, match=r"c\.safetensors: a checkpoint of another run"):
        begin()
    assert [row[0] for row in begin.sent] == [1]
    begin.path.write_bytes(b"damaged")
    with pytest.raises(CheckpointError, match=r"c\.safetensors: damaged"):
        begin(lambda mine: [mine, [1, 0, 0, 0, 0]])
    assert [row[0] for row in begin.sent] == [1, 1]


@pytest.mark.parametrize("rank", [0, 1])
def test_the_first_rank_alone_says_that_it_goes_on_from_the_checkpoint_before(begin, rank):
    for epoch in (1, 2):
        save_checkpoint(begin.path, {"a": torch.ones(2)}, {"key": KEY, "epoch": epoch, "step": 0})
    begin.path.write_bytes(b"damaged")
    said = []
    assert begin(rank=rank, said=said).state["epoch"] == 1
    assert len(said) == (rank == 0)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_passes_run_in_the_precision_taken_and_losses_in_float32(monkeypatch, precision):
    passes, losses, build, original = [], [], trainer.build_network, trainer.objective

    def hooked(*given):
        network = build(*given)
        network.register_forward_hook(lambda module, images, result: passes.append(result[0].dtype))
        return network

    def recorded(method, features, embeddings, *rest):
        losses.append((features.dtype, embeddings.dtype))
        return original(method, features, embeddings, *rest)

    monkeypatch.setattr(trainer, "taken_precision", lambda asked, device: precision)
    monkeypatch.setattr(trainer, "build_network", hooked)
    monkeypatch.setattr(trainer, "objective", recorded)
    train(preset("epochs=1"), DATA, 0)
    assert {*passes} == {getattr(torch, precision)} and {*losses} == {(torch.float32, torch.float32)}


def test_a_network_is_trained_in_training_mode_and_handed_back_in_that_of_evaluation(monkeypatch):
    modes, shapes, build = [], [], trainer.build_network

    def evaluating(spec, method, shape, *rest):
        shapes.append(shape)
        network = build(spec, method, shape, *rest).eval()
        network.register_forward_hook(lambda module, images, result: modes.append(module.training))
        return network

    monkeypatch.setattr(trainer, "build_network", evaluating)
    found = train(preset("epochs=1"), DATA, 0)
    assert modes == [True] * 5 and not found.network.training
    assert shapes == [(1, 8, 6)]
    weights = [part.weight for part in found.network.modules() if isinstance(part, nn.Conv2d) and part.in_channels > 1]
    assert weights and all(part.is_contiguous(memory_format=torch.channels_last) for part in weights)


def test_boosts_follow_the_losses_of_the_epochs_before(monkeypatch):
    given, momentum, boosts = [], torch.full([44], math.nan), [torch.zeros(44)]
    of_epoch, original = Batches.of_epoch, trainer.objective

    def recorded(batches, epoch, begin, boost=None):
        if epoch:
            boosts.append(boost_weights(momentum))
        given.append(boost)
        return of_epoch(batches, epoch, begin, boost)

    def told_(method, features, embeddings, labels, bias, rows, *rest):
        loss, losses = original(method, features, embeddings, labels, bias, rows, *rest)
        momentum[rows] = momentum_losses(momentum[rows], losses, 0.97)
        return loss, losses

    monkeypatch.setattr(Batches, "of_epoch", recorded)
    monkeypatch.setattr(trainer, "objective", told_)
    train(preset("method.name=bcl", "epochs=3"), DATA, 0)
    assert len(given) == 3 and all(torch.equal(*pair) for pair in zip(given, boosts, strict=True))
    assert given[1].any() and not torch.equal(given[1], given[2])
    given.clear()
    train(preset("method.name=simclr"), DATA, 0)
    assert given == [None, None]


def test_how_a_run_was_made_is_kept_once_for_each_change(tmp_path):
    one, other = {"code": "1"}, {"code": "2"}
    for made in (one, one, other, other, one, one, None):
        with pytest.raises(Stopped):
            train(preset(), DATA, 0, folder=tmp_path, made=made, stop=lambda: True)
    assert load_checkpoint(tmp_path / "checkpoint.safetensors").state["made"] == [one, other, one]
    assert train(preset(), DATA, 0, folder=tmp_path, made=one).made == (one, other, one)
    assert train(preset("epochs=1"), DATA, 0).made == ()


def test_what_nobody_listens_to_is_a_warning_where_the_caller_was_called():
    def trains():
        told("so it is")

    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        line = inspect.currentframe().f_lineno + 1
        trains()
    assert [(str(each.message), each.category, each.lineno) for each in found] == [("so it is", RuntimeWarning, line)]


def test_metrics_that_cannot_be_written_are_named(tmp_path, monkeypatch):
    def full(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(trainer, "write_durably", full)
    with pytest.raises(
        CheckpointError, match=r"metrics\.jsonl: could not be written \(No space left.*checkpoint is kept"
    ):
        train(preset("epochs=1"), DATA, 0, folder=tmp_path)
    assert load_checkpoint(tmp_path / "checkpoint.safetensors").state["epoch"] == 1
    with pytest.raises(ValueError, match="not JSON compliant"):
        trainer._write_metrics(tmp_path, [{"loss": math.nan}])


def test_a_loss_that_is_not_finite_says_its_step_and_that_nothing_was_kept(tmp_path, monkeypatch):
    original, calls = trainer.objective, []

    def poisoned(*given):
        calls.append(1)
        loss, losses = original(*given)
        return (loss / 0 if len(calls) == 7 else loss), losses

    monkeypatch.setattr(trainer, "objective", poisoned)
    with pytest.raises(Diverged) as error:
        train(preset(), DATA, 0)
    assert str(error.value) == "the loss is inf at step 7 of 10 (epoch 2); no checkpoint was kept"
    assert trainer.last_good(tmp_path / "checkpoint.safetensors") == "no checkpoint was kept"


def test_bias_balanced_without_bias_is_refused_and_says_what_it_needs():
    with pytest.raises(ValueError, match="method: bias-balanced needs bias labels, and small has none"):
        train(preset("method.name=bias-balanced", "method.views=1"), DATA, 0)


@pytest.mark.parametrize(
    "settings", [(), ("method.name=bias-balanced",), ("method.penalty.name=end", "method.penalty.weight=1.0")]
)
def test_with_bias_labels_nothing_is_refused(settings):
    biased = dataset("biased", DATA.images, DATA.labels, np.arange(44) // 3 % 3)
    assert len(train(preset("epochs=1", *settings), biased, 0).metrics) == 1
