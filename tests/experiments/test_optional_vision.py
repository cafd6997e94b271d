"""torchvision is optional: without it, or with a build for another torch, all goes on but the comparisons with it."""

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MISMATCH = "operator torchvision::nms does not exist"
PROGRAM = """
    import sys
    {simulate}
    try:
        import torchvision
    except {error}:
        pass
    else:
        raise SystemExit("the simulation has no effect")
    import contrastive_claims.experiments.cli
    import torch
    from contrastive_claims.experiments.training.encoders import build_network
    from contrastive_claims.experiments.training.presets import Encoder
    network = build_network(Encoder(name="resnet18"), "simclr", (3, 32, 32), 10, torch.Generator().manual_seed(0))
    assert network(torch.zeros(2, 3, 32, 32))[0].shape == (2, 512)
    import pytest
    options = ["-q", "-p", "no:cacheprovider", "-k", "torchvision"]
    sys.exit(pytest.main([*options, "tests/experiments/training"]))  # collects all, runs those with the name
"""


def mismatched(folder):
    """A torchvision whose import raises as a build for another torch does."""
    (folder / "torchvision").mkdir()
    (folder / "torchvision" / "__init__.py").write_text(f"raise RuntimeError({MISMATCH!r})\n")


def test_one_for_another_torch_is_a_reason_to_skip(tmp_path, monkeypatch, import_torchvision):
    mismatched(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(pytest.skip.Exception, match=MISMATCH):
        import_torchvision()


@pytest.mark.parametrize(
    ("simulate", "error", "reason"),
    [
        ('sys.modules["torchvision"] = None', "ModuleNotFoundError", "import of torchvision"),
        pytest.param("sys.path.insert(0, {folder!r})", "RuntimeError", MISMATCH, marks=pytest.mark.slow),
    ],
    ids=["absent", "mismatched"],
)
def test_only_comparisons_need_torchvision(tmp_path, simulate, error, reason):
    mismatched(tmp_path)
    program = textwrap.dedent(PROGRAM).format(simulate=simulate.format(folder=str(tmp_path)), error=error)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")} | {
        "OMP_NUM_THREADS": "1"
    }
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    skipped = re.search(r"(\d+) passed, (\d+) skipped, \d+ deselected", done.stdout)
    assert skipped and int(skipped[1]) >= 1 and int(skipped[2]) >= 10, done.stdout
    reasons = re.findall(r"no torchvision that fits this torch: (.*)", done.stdout)
    assert reasons and all(reason in said for said in reasons)
