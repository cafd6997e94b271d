"""One training step on a GPU against the CPU: the same views, nearly the same loss and weights."""

import numpy as np
import pytest
import torch

from contrastive_claims.experiments.data.sources import load, subset
from contrastive_claims.experiments.training.presets import load_preset, with_settings
from contrastive_claims.experiments.training.trainer import train

pytestmark = pytest.mark.gpu


@pytest.mark.parametrize("method", ["simclr", "bcl", "simsiam", "sup-con", "cross-entropy"])
def test_a_step_agrees_with_the_cpu(method, monkeypatch):
    monkeypatch.setattr(
        torch.backends.cudnn, "allow_tf32", False
    )  # on an H100 its rounding moves weights by up to 5e-4
    data = subset(load("digits"), np.arange(128))
    preset = with_settings(load_preset("digits"), ["epochs=1", "batch=128", f"method.name={method}"])
    losses, weights = [], []
    for device in ("cpu", "cuda"):
        trained = train(preset, data, seed=0, device=device, report=lambda progress: losses.append(progress.loss))
        weights.append(torch.cat([w.detach().cpu().flatten() for w in trained.network.parameters()]))
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    torch.testing.assert_close(*weights, rtol=1e-3, atol=1e-4)
