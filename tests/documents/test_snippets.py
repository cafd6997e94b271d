"""README's loops around a run's encoder, run as they stand: a plain one and Lightning's."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from experiments.training.session import run_session

README = Path(__file__).parents[3] / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
PLAIN, LIGHTNING = (next(text for text in BLOCKS if word in text) for word in ("load_encoder(", "import lightning"))


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with `photos` and the run `results/runs/mine` on them, in which the test stands."""
    for label, name in enumerate(("cat", "dog")):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for k in range(40):
            pixels = np.random.default_rng([label, k]).integers(0, 120, (8, 8, 3), np.uint8)
            pixels[..., label] += 130
            Image.fromarray(pixels).save(tmp_path / "photos" / name / f"{k}.png")
    monkeypatch.chdir(tmp_path)
    settings = ["epochs=1", "batch=16", "data.size=8", "encoder.widths=[4, 6]", "encoder.dimension=5"]
    out = Path("results")
    found = run_session("images-cpu", settings, 0, "cpu", out, lambda news: None, data=Path("photos"))
    shutil.move(found["folder"], "results/runs/mine")


def test_the_plain_loop_trains(here, torchvision):
    space = {}
    exec(compile(PLAIN, "README.md", "exec"), space)  # noqa: S102 (our own page)
    assert torch.isfinite(space["loss"]) and space["run"].classes == ("cat", "dog")
    fresh = space["load_encoder"]("results/runs/mine")
    pairs = zip(space["run"].network.parameters(), fresh.network.parameters(), strict=True)
    assert any(not torch.equal(one, other) for one, other in pairs)


@pytest.mark.filterwarnings("ignore")
def test_the_lightning_loop_trains(here, torchvision):
    pytest.importorskip("lightning")
    space = {}
    exec(compile(PLAIN, "README.md", "exec"), space)  # noqa: S102
    before = [part.detach().clone() for part in space["run"].network.parameters()]
    exec(compile(LIGHTNING, "README.md", "exec"), space)  # noqa: S102
    pairs = zip(before, space["run"].network.parameters(), strict=True)
    assert any(not torch.equal(one, other) for one, other in pairs)


def test_they_are_ten_lines_or_so():
    assert all(len([line for line in text.splitlines() if line.strip()]) <= 11 for text in (PLAIN, LIGHTNING))
