"""The README's five snippets of losses, each run as it stands."""

import re
from pathlib import Path

import pytest
import torch

README = Path(__file__).parents[3] / "README.md"
SNIPPETS = re.findall(r"```python\n(from theory\.margins import .*?)```", README.read_text(), flags=re.S)


def network():
    return torch.nn.Linear(6, 16)


def surroundings():
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


def test_there_are_five():
    assert len(SNIPPETS) == 5


@pytest.mark.parametrize("number", range(len(SNIPPETS)))
def test_a_snippet_runs_and_its_loss_is_finite(number, capsys):
    scope = surroundings()
    before = [p.clone() for p in scope["network"].parameters()]
    exec(compile(SNIPPETS[number], f"README snippet {number}", "exec"), scope)  # noqa: S102
    if "value" in scope:
        assert scope["value"].isfinite() and scope["value"].grad_fn is not None
    if number == 0:
        assert any(not torch.equal(a, b) for a, b in zip(before, scope["network"].parameters(), strict=True))
        scope = surroundings() | {"supervised": False}
        exec(SNIPPETS[0], scope)  # noqa: S102
        assert scope["value"].isfinite()
    if number == 1:
        assert float(capsys.readouterr().out) != pytest.approx(0.07, abs=1e-9)
    if number == 2:
        assert len(scope["queue"]) == 24 and scope["value"] > 0
    if number == 3:
        assert scope["loss"].temperature == pytest.approx(0.405) and scope["loss"].log_epsilon.grad is not None
