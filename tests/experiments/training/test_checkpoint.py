"""Checkpoints: every tensor and number comes back, for every optimiser; nothing is half written."""

import hashlib
import os
import random
import types

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from contrastive_claims.experiments.ledger.files import sweep
from contrastive_claims.experiments.training import checkpoint
from contrastive_claims.experiments.training.checkpoint import (
    SCHEMA,
    CheckpointError,
    latest_checkpoint,
    load_checkpoint,
    optimiser_tensors,
    previous,
    restore,
    save_checkpoint,
)
from contrastive_claims.experiments.training.optimisers import build_optimiser
from contrastive_claims.experiments.training.presets import Optimiser


def network():
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))


def step(net, optimiser, seed):
    generator = torch.Generator().manual_seed(seed)
    loss = (net(torch.randn(8, 3, generator=generator)) ** 2).mean()
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return loss.item()


@pytest.mark.parametrize("name", ["sgd", "adam", "lars"])
@pytest.mark.parametrize("before", [0, 3])
def test_a_restored_optimiser_takes_the_same_steps(tmp_path, name, before):
    spec, path = Optimiser(name=name, learning_rate=0.1, weight_decay=1e-3), tmp_path / "c.safetensors"
    net = network()
    optimiser = build_optimiser(spec, net.parameters())
    for k in range(before):
        step(net, optimiser, k)
    tensors = {f"network.{key}": value for key, value in net.state_dict().items()}
    save_checkpoint(path, tensors | optimiser_tensors(optimiser) | {"memory.losses": torch.arange(3.0)}, {"epoch": 2})
    expected = [step(net, optimiser, k) for k in range(3, 7)]

    found = load_checkpoint(path)
    other = network()
    again = build_optimiser(spec, other.parameters())
    memory = restore(other, again, found.tensors, path)
    assert found.state == {"epoch": 2} and torch.equal(memory["losses"], torch.arange(3.0))
    assert [step(other, again, k) for k in range(3, 7)] == expected


def test_an_optimiser_s_state_is_its_tensors_and_nothing_else(tmp_path):
    one, other = torch.ones(2), torch.zeros(3)
    states = {0: {"empty": None, "a": one}, 3: {"b": other, "none": None, "c": one}}
    kept = optimiser_tensors(types.SimpleNamespace(state_dict=lambda: {"state": states}))
    assert kept.keys() == {"optimiser.0.a", "optimiser.3.b", "optimiser.3.c"} and kept["optimiser.3.b"] is other
    states[3]["seen"] = 5
    with pytest.raises(TypeError, match="optimiser state 'seen' is a int, not a tensor"):
        optimiser_tensors(types.SimpleNamespace(state_dict=lambda: {"state": states}))
    net = network()
    plain = build_optimiser(Optimiser(learning_rate=0.1, momentum=0.0), net.parameters())
    step(net, plain, 0)
    assert optimiser_tensors(plain) == {}  # nothing is remembered without momentum


def test_the_mark_of_a_checkpoint_counts_in_the_header_alone(tmp_path):
    path = tmp_path / "c.safetensors"
    mark = torch.frombuffer(bytearray(f'"{SCHEMA}":"'.encode() + b"0" * 500), dtype=torch.uint8)
    save_file({"a": mark}, path)
    with pytest.raises(CheckpointError, match=r"c\.safetensors: damaged, or not a checkpoint of this version$"):
        load_checkpoint(path)
    save_checkpoint(path, {"a": mark, "b": mark.clone()}, {"epoch": 1})
    assert torch.equal(load_checkpoint(path).tensors["b"], mark)


def test_a_checkpoint_that_cannot_be_written_is_named_with_the_reason(tmp_path, monkeypatch):
    def full(path, content, before):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "write_durably", full)
    with pytest.raises(CheckpointError, match=r"c\.safetensors: the checkpoint could not be written \(No space left"):
        save_checkpoint(tmp_path / "c.safetensors", {"a": torch.ones(1)}, {})


def test_two_generations_are_kept_and_each_says_who_it_is(tmp_path):
    path = tmp_path / "c.safetensors"
    for epoch in (1, 2, 3):
        save_checkpoint(path, {"a": torch.full([2], float(epoch))}, {"epoch": epoch})
    found = [load_checkpoint(one) for one in (path, previous(path))]
    assert previous(path) == tmp_path / "c.previous.safetensors"
    assert [(one.path, one.state["epoch"], one.tensors["a"].tolist()) for one in found] == [
        (path, 3, [3.0, 3.0]), (previous(path), 2, [2.0, 2.0]),
    ]  # fmt: skip
    content = path.read_bytes()
    assert content.count(found[0].digest.encode()) == 1 and len(found[0].digest) == 64
    blank = content.replace(found[0].digest.encode(), b"0" * 64)
    assert hashlib.sha256(blank).hexdigest() == found[0].digest


def test_without_any_generation_there_is_none_and_nothing_is_said(tmp_path):
    assert latest_checkpoint(tmp_path / "c.safetensors", pytest.fail) is None


def test_a_damaged_one_before_does_not_matter_while_the_newest_is_whole(saved):
    previous(saved).write_bytes(b"damaged")
    assert latest_checkpoint(saved, pytest.fail).state["epoch"] == 2
    saved.unlink()
    with pytest.raises(CheckpointError, match=r"c\.previous\.safetensors: damaged.*no good one before it"):
        latest_checkpoint(saved, pytest.fail)


def test_no_checkpoint_is_none_and_a_foreign_file_is_named(tmp_path):
    assert load_checkpoint(tmp_path / "none.safetensors") is None
    path = tmp_path / "foreign.safetensors"
    save_file({"a": torch.zeros(1)}, path)
    with pytest.raises(CheckpointError, match=r"foreign\.safetensors: damaged, or not a checkpoint of this version"):
        load_checkpoint(path)
    path.write_bytes(b"nonsense")
    with pytest.raises(CheckpointError, match=r"foreign\.safetensors: damaged, or not a checkpoint"):
        load_checkpoint(path)


def test_another_networks_checkpoint_is_refused(tmp_path):
    path = tmp_path / "c.safetensors"
    net = nn.Linear(5, 5)
    tensors = {f"network.{key}": value for key, value in net.state_dict().items()}
    save_checkpoint(path, tensors, {})
    other = network()
    with pytest.raises(CheckpointError, match="of another network"):
        restore(
            other,
            build_optimiser(Optimiser(learning_rate=0.1), other.parameters()),
            load_checkpoint(path).tensors,
            path,
        )


def test_a_failed_write_leaves_the_last_good_one(tmp_path):
    path = tmp_path / "c.safetensors"
    save_checkpoint(path, {"a": torch.zeros(1)}, {"epoch": 1})
    with pytest.raises(ValueError):  # NaN is no strict JSON
        save_checkpoint(path, {"a": torch.ones(1)}, {"epoch": float("nan")})
    found = load_checkpoint(path)
    assert found.state == {"epoch": 1} and not found.tensors["a"].any()
    assert [p.name for p in tmp_path.iterdir()] == ["c.safetensors"]


FLIPS = 300


@pytest.fixture
def saved(tmp_path):
    """Two generations: epochs 1 and 2 of one network with its optimiser."""
    path, net = tmp_path / "c.safetensors", network()
    optimiser = build_optimiser(Optimiser(learning_rate=0.1), net.parameters())
    for epoch in (1, 2):
        step(net, optimiser, epoch)
        tensors = {f"network.{key}": value for key, value in net.state_dict().items()} | optimiser_tensors(optimiser)
        save_checkpoint(path, tensors, {"key": "k", "epoch": epoch})
    return path


def test_every_flipped_bit_and_every_cut_is_refused(saved, seed):
    """Anywhere: in the lengths, the header, the digest and the tensors. Before the digest 25 of 30 flips in tensors passed."""
    content, generator = saved.read_bytes(), random.Random(seed)
    places = [*range(0, 64 * 8, 7), *(generator.randrange(len(content) * 8) for _ in range(FLIPS))]
    for place in places:
        flipped = bytearray(content)
        flipped[place // 8] ^= 1 << place % 8
        saved.write_bytes(flipped)
        with pytest.raises(CheckpointError, match=r"c\.safetensors: damaged"):
            load_checkpoint(saved)
    for length in (0, 1, 8, 100, len(content) // 2, len(content) - 1):
        saved.write_bytes(content[:length])
        with pytest.raises(CheckpointError, match=r"c\.safetensors: damaged"):
            load_checkpoint(saved)
    saved.write_bytes(content[:-40] + bytes(40))
    with pytest.raises(CheckpointError, match="its bytes are not those that were written"):
        load_checkpoint(saved)
    saved.write_bytes(content)
    assert load_checkpoint(saved).state["epoch"] == 2


def test_a_damaged_checkpoint_gives_way_to_the_one_before_and_says_so(saved):
    said = []
    assert latest_checkpoint(saved, said.append).state["epoch"] == 2 and not said
    saved.write_bytes(saved.read_bytes()[:-1])
    assert latest_checkpoint(saved, said.append).state["epoch"] == 1
    assert "c.safetensors: damaged" in said[0] and "going on from the one before, c.previous.safetensors" in said[0]
    assert not saved.exists()  # as if killed between the two renames
    assert latest_checkpoint(saved, said.append).state["epoch"] == 1 and "missing" in said[1]
    saved.write_bytes(b"")
    saved.with_name("c.previous.safetensors").write_bytes(b"")
    with pytest.raises(CheckpointError, match=r"c\.safetensors: damaged.*no good one before it: delete it, or --fresh"):
        latest_checkpoint(saved, said.append)


def test_a_good_generation_is_not_overwritten_with_a_damaged_one(saved, monkeypatch):
    """Killed after the first rename of the save that follows a fallback: the good one before must still be there."""
    saved.write_bytes(b"damaged")
    found = latest_checkpoint(saved, lambda message: None)

    def killed(source, target):
        original(source, target)
        raise KeyboardInterrupt

    original = os.replace
    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        save_checkpoint(saved, found.tensors, {"epoch": 3})
    monkeypatch.undo()
    assert latest_checkpoint(saved, lambda message: None).state["epoch"] in (1, 3)


def test_a_folder_that_is_gone_is_an_error_and_not_made_anew(tmp_path):
    path = tmp_path / "run" / "c.safetensors"
    with pytest.raises(CheckpointError, match="the folder is gone, moved or deleted while the run trained"):
        save_checkpoint(path, {"a": torch.zeros(1)}, {})
    assert not path.parent.exists()


def test_what_was_half_written_is_swept_and_nothing_else(saved):
    (saved.parent / ".c.safetensors.0123456789ab.part").write_bytes(b"x" * 100)
    assert sweep(saved.parent) == 1
    assert sorted(path.name for path in saved.parent.iterdir()) == ["c.previous.safetensors", "c.safetensors"]
