"""Every block of Python in README and docs, run as it stands: page by page, in order, as a reader would."""

import importlib.util
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from contrastive_claims.experiments.training.session import run_session

ROOT = Path(__file__).parents[2]
PAGES = {path.name: path.read_text("utf-8") for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))}
BLOCKS = {name: re.findall(r"```python\n(.*?)```", text, re.DOTALL) for name, text in PAGES.items()}
OPTIONAL = ("lightning",)  # a block that needs one of these is skipped, and said to be, where it is not installed


def network():
    return torch.nn.Linear(6, 16)


@pytest.fixture
def losses():
    """What the pages on losses take as given: networks, an optimiser, a loader, embeddings with names."""
    generator = torch.Generator().manual_seed(0)
    first, second = torch.randn(2, 8, 6, generator=generator)
    labels = torch.arange(8) % 3
    made = {name: network() for name in ("network", "momentum_network", "image_tower", "text_tower")}
    return made | {
        "torch": torch, "SGD": torch.optim.SGD, "first": first, "second": second, "images": first, "texts": second,
        "labels": labels, "loader": [(first, second, labels)] * 3, "supervised": True,
        "optimiser": torch.optim.SGD(made["network"].parameters(), lr=0.1),
        "embeddings": torch.randn(6, 4, generator=generator), "names": ["a", "b", "unknown", "a", "b", "unknown"],
    }  # fmt: skip


@pytest.fixture
def photos(tmp_path, monkeypatch):
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
    return {}


def run(name, number, scope):
    block = BLOCKS[name][number]
    for package in OPTIONAL:
        if f"import {package}" in block and importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    exec(compile(block, f"{name}, block {number + 1}", "exec"), scope)  # noqa: S102 (our own page)
    return scope


# pages whose blocks have tests of their own: below, tests/theory/laws/test_readme_laws.py, tests/experiments/audit/test_docs.py
# and tests/theory/blockmodel/test_docs_graphs.py
GRAPHS = ("graphs.md", "graphs-groups.md", "graphs-more.md")
ELSEWHERE = ("own-images.md", "laws.md", "audit-training.md", "audit-callbacks.md", *GRAPHS)
GIVEN = {
    "losses.md": "losses",
    "losses-more.md": "losses",
}  # pages that take something as given, and the fixture that gives it


@pytest.mark.parametrize(
    ("name", "number"), [(n, k) for n, blocks in BLOCKS.items() if n not in ELSEWHERE for k in range(len(blocks))]
)
def test_a_block_runs_and_what_it_computes_is_finite(name, number, request, capsys):
    scope = request.getfixturevalue(GIVEN[name]) if name in GIVEN else {}
    for before in range(
        number if name not in GIVEN else 0
    ):  # a page that takes nothing as given builds on its own blocks
        run(name, before, scope)
    given = set(scope)
    run(name, number, scope)
    for value in (scope.get("value"), scope.get("loss")):
        if isinstance(value, torch.Tensor):
            assert torch.isfinite(value).all()
    assert set(scope) - given - {"__builtins__"} or capsys.readouterr().out


def test_every_page_with_python_was_found():
    assert {name for name, blocks in BLOCKS.items() if blocks} == {
        "README.md", "blockmodels.md", "losses.md", "losses-more.md", *ELSEWHERE,
    }  # fmt: skip
    assert all(text.count("```python") == len(BLOCKS[name]) for name, text in PAGES.items())


def test_what_the_pages_say_in_numbers_is_so(capsys):
    scope = run("README.md", 0, {})
    from contrastive_claims.theory.margins import margin_interval

    assert str(margin_interval(float(scope["loss"]), 230, 0.25)) in capsys.readouterr().out
    run("README.md", 1, {})
    assert 0.4 < float(capsys.readouterr().out.split()[0]) < 1
    scope = {}
    for k in range(len(BLOCKS["blockmodels.md"])):
        run("blockmodels.md", k, scope)
    valjean = scope["labels"]["Valjean"]

    def others(temperature):
        found = scope["undersampled_groups"](scope["model"], temperature=temperature)
        return [group for group in found if group.group != valjean]

    assert {group.onto for group in others(1.0)} == {valjean} and len(others(1.0)) == 4
    assert {f"{group.harm:.2f}" for group in others(1.0)} == {"0.21", "0.23", "0.24", "0.25"}  # "RH .21 to .25"
    assert min(group.harm for group in others(0.2)) == pytest.approx(0.64, abs=0.005)  # "RH .64 and more"


def test_the_plain_loop_trains(photos, torchvision):
    space = run("own-images.md", 0, photos)
    assert torch.isfinite(space["loss"]) and space["run"].classes == ("cat", "dog")
    fresh = space["load_encoder"]("results/runs/mine")
    pairs = zip(space["run"].network.parameters(), fresh.network.parameters(), strict=True)
    assert any(not torch.equal(one, other) for one, other in pairs)


@pytest.mark.filterwarnings("ignore")
def test_the_lightning_loop_trains(photos, torchvision):
    space = run("own-images.md", 0, photos)
    before = [part.detach().clone() for part in space["run"].network.parameters()]
    run("own-images.md", 1, space)
    pairs = zip(before, space["run"].network.parameters(), strict=True)
    assert any(not torch.equal(one, other) for one, other in pairs)


def test_blocks_are_ten_lines_or_so():
    for name, blocks in BLOCKS.items():
        assert all(len([line for line in text.splitlines() if line.strip()]) <= 11 for text in blocks), name
