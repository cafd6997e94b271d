"""Checkpoints: every tensor and number comes back, for every optimiser; nothing is half written."""

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from experiments.training.checkpoint import (
    CheckpointError,
    load_checkpoint,
    optimiser_tensors,
    restore,
    save_checkpoint,
)
from experiments.training.optimisers import build_optimiser
from experiments.training.presets import Optimiser


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

    found, state = load_checkpoint(path)
    other = network()
    again = build_optimiser(spec, other.parameters())
    memory = restore(other, again, found, path)
    assert state == {"epoch": 2} and torch.equal(memory["losses"], torch.arange(3.0))
    assert [step(other, again, k) for k in range(3, 7)] == expected


def test_no_checkpoint_is_none_and_a_foreign_file_is_named(tmp_path):
    assert load_checkpoint(tmp_path / "none.safetensors") is None
    path = tmp_path / "foreign.safetensors"
    save_file({"a": torch.zeros(1)}, path)
    with pytest.raises(CheckpointError, match=r"foreign\.safetensors: not a checkpoint of this version"):
        load_checkpoint(path)
    path.write_bytes(b"nonsense")
    with pytest.raises(CheckpointError, match=r"foreign\.safetensors: damaged checkpoint"):
        load_checkpoint(path)


def test_another_networks_checkpoint_is_refused(tmp_path):
    path = tmp_path / "c.safetensors"
    net = nn.Linear(5, 5)
    tensors = {f"network.{key}": value for key, value in net.state_dict().items()}
    save_checkpoint(path, tensors, {})
    other = network()
    with pytest.raises(CheckpointError, match="of another network"):
        restore(
            other, build_optimiser(Optimiser(learning_rate=0.1), other.parameters()), load_checkpoint(path)[0], path
        )


def test_a_failed_write_leaves_the_last_good_one(tmp_path):
    path = tmp_path / "c.safetensors"
    save_checkpoint(path, {"a": torch.zeros(1)}, {"epoch": 1})
    with pytest.raises(ValueError):  # NaN is no strict JSON
        save_checkpoint(path, {"a": torch.ones(1)}, {"epoch": float("nan")})
    found, state = load_checkpoint(path)
    assert state == {"epoch": 1} and not found["a"].any()
    assert [p.name for p in tmp_path.iterdir()] == ["c.safetensors"]
