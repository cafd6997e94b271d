"""Whatever a process has set for matrix products stays set and decides nothing here."""

import subprocess
import sys
import textwrap

import pytest
import torch

from contrastive_claims.theory.margins import precision

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


@pytest.mark.parametrize("case", CASES)
def test_a_loss_neither_minds_nor_moves_the_setting(case):
    run(f"""
        {CASES[case]}
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
        if {case in ("nothing", "new, generic", "legacy, then new")!r}:
            assert state()[2] == state()[3] == 'tf32'
    """)


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
