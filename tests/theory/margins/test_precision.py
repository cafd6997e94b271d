"""Whatever a process has set for matrix products stays set and decides nothing here."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import torch

from contrastive_claims.theory.margins import precision

ROOT = Path(__file__).parents[3]
STATE = """
import threading, torch, warnings
from contrastive_claims.theory import margins
from contrastive_claims.theory.margins import dense

def state():
    try:
        legacy = torch.get_float32_matmul_precision()
    except RuntimeError as error:
        legacy = "mixed"
    return (legacy, torch.backends.fp32_precision, torch.backends.cuda.matmul.fp32_precision,
            torch.backends.mkldnn.matmul.fp32_precision, torch.backends.mkldnn.fp32_precision)

z = torch.randn(40, 16, generator=torch.Generator().manual_seed(0))
y = torch.arange(40) % 4
exact = z.double().requires_grad_()
right = margins.eps_sup_con(exact, y)
right.backward()

def once(tiles=False):
    own = z.clone().requires_grad_()
    loss = margins.eps_sup_con(own, y)
    loss.backward()
    margins.anchor_margins(own.detach(), y)
    margins.end(own, y, torch.arange(40) // 4 % 2, no_pairs="zero")
    assert abs(loss.item() - right.item()) < 2e-6, (loss.item(), right.item())
    assert (own.grad - exact.grad).abs().max() < 1e-6
"""

CASES = {
    "new, generic": "torch.backends.fp32_precision = 'tf32'",
    "new, cuda": "torch.backends.cuda.matmul.fp32_precision = 'tf32'",
    "new, mkldnn": "torch.backends.mkldnn.matmul.fp32_precision = 'bf16'",
    "legacy medium": "torch.set_float32_matmul_precision('medium')",
    "legacy tf32": "torch.backends.cuda.matmul.allow_tf32 = True",
    "legacy, then new": "torch.set_float32_matmul_precision('high'); torch.backends.fp32_precision = 'ieee'",
    "nothing": "",
}


def run(code):
    done = subprocess.run(
        [sys.executable, "-c", STATE + textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


EACH = """
    {setting}
    before = state()
    for pairs in (dense.MOST_PAIRS, {{}}):
        dense.MOST_PAIRS = pairs
        once()
        assert state() == before, (before, state())
    try:
        margins.eps_sup_con(z * 0, y)
    except ValueError:
        pass
    assert state() == before
    torch.backends.fp32_precision = 'ieee'  # what is set afterwards reaches the products as if no loss had been
    after = state()
    torch.backends.fp32_precision = 'tf32'
    print(after, state())
    assert state()[1] == 'tf32' and after[1] == 'ieee'
    if {reaches!r}:
        assert state()[2] == state()[3] == 'tf32'
"""
FORKS = """
import json, os, sys, traceback
for name, code in json.loads(sys.stdin.read()).items():
    if not (child := os.fork()):
        try:
            exec(code)
        except BaseException:
            open(name, "w").write(traceback.format_exc())
            os._exit(1)
        os._exit(0)
    print(json.dumps([name, os.waitpid(child, 0)[1]]), flush=True)
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """By case how it ended, 0 for well, and what it raised; each in a process forked from one that has loaded torch."""
    folder = tmp_path_factory.mktemp("cases")
    codes = {
        name: textwrap.dedent(
            EACH.format(setting=setting, reaches=name in ("nothing", "new, generic", "legacy, then new"))
        )
        for name, setting in CASES.items()
    }
    codes["control"] = "assert False, 'as it should'"
    alone = "import torch\ntorch.set_num_threads(1)\n"  # threads do not survive a fork
    path = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", alone + STATE + FORKS],
        cwd=folder, input=json.dumps(codes), capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    ended = dict(json.loads(line) for line in done.stdout.splitlines() if line.startswith("["))
    return {
        name: (status, (folder / name).read_text() if (folder / name).exists() else "")
        for name, status in ended.items()
    }


@pytest.mark.parametrize("case", CASES)
def test_a_loss_neither_minds_nor_moves_the_setting(case, outcomes):
    assert outcomes[case] == (0, "")
    assert outcomes["control"][0] != 0 and "as it should" in outcomes["control"][1]


def test_threads_leave_the_setting_alone():
    run("""
        torch.set_float32_matmul_precision('high')
        before = state()
        def work():
            for _ in range(20):
                once()
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        assert state() == before and before[0] == 'high'
    """)


def test_products_by_parts_are_as_good_as_float32(seed):
    generator = torch.Generator().manual_seed(seed)
    left, right = torch.randn(30, 64, generator=generator), torch.randn(64, 20, generator=generator)
    left[3], right[:, 4] = left[3] * 1e12, right[:, 4] * 1e-12
    exact = left.double() @ right.double()
    scale = left.abs().double() @ right.abs().double()
    worst = ((precision.in_parts(left, right) - exact).abs() / scale).max()
    assert worst < 4 * torch.finfo(torch.float32).eps
    coarse = ((left.bfloat16().float() @ right.bfloat16().float() - exact).abs() / scale).max()
    assert coarse > 100 * worst  # what the parts are there for


def test_parts_are_of_eight_bits_and_of_the_right_sum(seed):
    matrix = torch.randn(50, 7, generator=torch.Generator().manual_seed(seed)) * 1e3
    parts = precision._parts(matrix)
    assert torch.equal(parts[0] + (parts[1] + parts[2]), matrix)
    for part in parts:
        assert torch.equal(part.bfloat16().float(), part)


def test_reduced_products_go_another_way(monkeypatch, seed):
    generator = torch.Generator().manual_seed(seed)
    left, right = torch.randn(9, 5, generator=generator), torch.randn(5, 4, generator=generator).requires_grad_()
    monkeypatch.setattr(precision, "reduced", lambda device: True)
    found = precision.product(left, right)
    found.sum().backward()
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, (left.double() @ right.detach().double()).float(), rtol=0, atol=0)
    torch.testing.assert_close(right.grad, left.sum(0)[:, None].expand(5, 4))
    total = torch.ones(9, 4)
    assert precision.add_product(total, left, right.detach()) is total
    torch.testing.assert_close(total, found.detach() + 1)
