"""The training benchmark: its arithmetic on made times, and that both competitors take real steps of the same network."""

import numpy as np
import pytest

from contrastive_claims.experiments.bench import training
from contrastive_claims.experiments.data.sources import dataset
from contrastive_claims.experiments.training.presets import load_preset, with_settings

SMALL = with_settings(load_preset(training.THROUGHPUT), ["batch=4", "encoder.widths=[4, 8]", "encoder.dimension=4"])


def test_throughput_is_images_over_median_seconds(monkeypatch):
    seconds = {"ours": [1.0, 2.0, 9.0], "peer_float32": [6.0, 4.0, 2.0]}
    monkeypatch.setattr(
        training, "_child", lambda job: f'noise\n{{"seconds": {seconds.get(job["compete"], [8.0] * 3).pop()}}}\n'
    )
    found = training._throughput(SMALL, steps=10, repeats=3)
    assert found["images_per_second"]["ours"] == pytest.approx(10 * 4 / 2)
    assert found["speedup_over_float32"] == pytest.approx(2)
    assert found["speedup_over_bfloat16"] == pytest.approx(4)
    decides = found["decides"]
    assert decides["speedup"] == pytest.approx(2) and decides["peer_precision"] == "float32" and not decides["met"]
    seconds |= {"ours": [1.0, 2.0, 9.0], "peer_float32": [9.0, 9.0, 9.0], "peer_bfloat16": [5.0, 5.0, 5.0]}
    decides = training._throughput(SMALL, steps=10, repeats=3)["decides"]
    assert decides["speedup"] == pytest.approx(2.5) and decides["peer_precision"] == "bfloat16" and decides["met"]


@pytest.mark.slow
def test_both_sides_take_real_steps(torchvision):
    generator = np.random.default_rng(0)
    data = dataset("made", generator.integers(0, 256, (12, 3, 32, 32), np.uint8), np.arange(12) % 4, None)
    assert training._our_seconds(SMALL, data) > 0
    torch = pytest.importorskip("torch")
    assert training._peer_seconds(SMALL, data, torch.float32) > 0


def test_without_a_peer_there_is_no_throughput_and_one_line_says_what_is_missing(monkeypatch):
    def broken(name):
        raise RuntimeError("operator torchvision::nms does not exist")

    monkeypatch.setattr(training, "locate", lambda name: name)
    monkeypatch.setattr(training, "import_module", broken)
    monkeypatch.setattr(training, "_throughput", lambda *rest: pytest.fail("went on without a peer"))
    for part in ("killed_run", "two_processes"):
        monkeypatch.setattr(training, part, lambda *rest: {})
    said = training.run(presets=())["throughput"]["not_run"]
    assert said.startswith("torchvision, the peer, cannot be imported (operator torchvision::nms does not exist)")
    assert "contrastive-claims[vision]" in said and "\n" not in said


def test_a_failed_child_says_why():
    with pytest.raises(RuntimeError, match=r"unknown preset 'nothing'"):
        training._child({"preset": "nothing", "settings": [], "out": "."})
