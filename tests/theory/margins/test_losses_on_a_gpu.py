"""Losses and penalties on a GPU against the CPU, gradients too."""

import pytest
import torch

from contrastive_claims.theory.margins import (
    end,
    eps_sup_con,
    eps_sup_infonce,
    fair_kl,
    info_nce,
    nt_xent,
    sup_con,
    sup_con_in,
    two_towers,
)

pytestmark = pytest.mark.gpu

LABELS, BIAS = torch.arange(300) % 7, torch.arange(300) // 3 % 5


@pytest.mark.parametrize("loss", [info_nce, nt_xent, sup_con, sup_con_in, eps_sup_con, eps_sup_infonce])
def test_loss_and_gradient_agree(loss, seed):
    found = []
    for device in ("cpu", "cuda"):
        points = torch.randn(300, 24, generator=torch.Generator().manual_seed(seed)).to(device).requires_grad_()
        value = loss(points, LABELS.to(device), temperature=0.2)
        value.backward()
        found.append((value.detach().cpu(), points.grad.cpu()))
    torch.testing.assert_close(*found, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("temperature", [0.2, 0.01])
def test_two_towers_and_queues_agree(temperature, seed):
    for loss in (
        lambda a, b: two_towers(a, b, temperature=temperature, epsilon=0.1),
        lambda a, b: info_nce(a, keys=b, contrast=a.detach().flip(0) + 1, temperature=temperature),
    ):
        found = []
        for device in ("cpu", "cuda"):
            generator = torch.Generator().manual_seed(seed)
            towers = [torch.randn(300, 24, generator=generator).to(device).requires_grad_() for _ in range(2)]
            value = loss(*towers)
            value.backward()
            found.append((value.detach().cpu(), *(tower.grad.cpu() for tower in towers)))
        torch.testing.assert_close(*found, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("penalty", [fair_kl, end])
@pytest.mark.parametrize("variant", ["paper", "batch", "released"])
def test_penalty_and_gradient_agree(penalty, variant, seed):
    found = []
    for device in ("cpu", "cuda"):
        points = torch.randn(300, 24, generator=torch.Generator().manual_seed(seed)).to(device).requires_grad_()
        value = penalty(points, LABELS.to(device), BIAS.to(device), variant=variant)
        value.backward()
        found.append((value.detach().cpu(), points.grad.cpu()))
    torch.testing.assert_close(*found, rtol=1e-3, atol=1e-5)
