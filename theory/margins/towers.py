"""Two towers whose rows belong together, both ways at once: one matrix of logits serves rows and columns.

With s_ij = <a_i, b_j>, R_i and C_j the log-sums of its rows and columns (s_ii less epsilon there),

    l_i = (R_i + C_i)/2 - s_ii,      dL/ds_ij = (g_i e^{s_ij - R_i} + g_j e^{s_ij - C_j})/2 - [i = j] g_i,

in two sweeps of blocks (theory.margins.sweep): four products of N x N x D in place of the eight of one way after the other.
"""

from __future__ import annotations

from typing import Any

import torch

from contrastive_claims.theory.margins import pairs
from contrastive_claims.theory.margins.inputs import as_float, scaled
from contrastive_claims.theory.margins.precision import add_product, full_precision
from contrastive_claims.theory.margins.running import LINEAR_LIMIT, LogSums
from contrastive_claims.theory.margins.sweep import sweep
from contrastive_claims.theory.margins.tiles import Block, Side, side, tile_rows


def tower_losses(
    first: torch.Tensor,
    second: torch.Tensor,
    temperature: float | torch.Tensor,
    epsilon: float | torch.Tensor,
    validate: bool,
) -> torch.Tensor:
    """Losses [N] of rows [N, D], N >= 2, of one shape and device; temperature and epsilon checked.

    Raises ValueError for rows that are zero or not finite (with `validate`).
    """
    anchors, keys = scaled(first, second, temperature, validate)
    linear = 1 / as_float(temperature) <= LINEAR_LIMIT[anchors.dtype]
    given = epsilon if isinstance(epsilon, torch.Tensor) else None
    return _TowerLosses.apply(anchors, keys, given, as_float(epsilon), linear)


def _sides(anchors: torch.Tensor, keys: torch.Tensor) -> tuple[Side, Side]:
    own = torch.arange(len(anchors), device=anchors.device)
    return tuple(side(rows, own, tile_rows(rows.device)) for rows in (anchors, keys))  # pyright: ignore[reportReturnType]


class _TowerLosses(torch.autograd.Function):
    """(anchors, keys in logit space, epsilon if a tensor, its value, whether sums fit without a shift) -> losses [N]."""

    @staticmethod
    def forward(
        ctx: Any, anchors: torch.Tensor, keys: torch.Tensor, given: torch.Tensor | None, epsilon: float, linear: bool
    ) -> torch.Tensor:
        like = anchors[:, 0]

        def visit(block: Block, rows: LogSums, columns: LogSums) -> None:
            if block.rows == block.columns:
                block.logits.diagonal().sub_(epsilon)
            if linear:
                terms = block.logits.exp_()
                rows.add(block.rows, terms.sum(1))
                columns.add(block.columns, terms.sum(0))
            else:
                rows.add_logits(block.rows, block.logits)
                columns.add_logits(block.columns, block.logits.T)

        with full_precision(anchors.device):
            sums = sweep(
                *_sides(anchors, keys), visit, lambda: (LogSums(like, linear), LogSums(like, linear)), among=False
            )
        of_rows, of_columns = (part.result() for part in sums)
        ctx.save_for_backward(anchors, keys, given, of_rows, of_columns)
        ctx.epsilon, ctx.linear = epsilon, linear
        return (of_rows + of_columns) / 2 - (anchors * keys).sum(1)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[torch.Tensor | None, ...]:
        grad = gradients[0]
        anchors, keys, given, of_rows, of_columns = ctx.saved_tensors
        if torch.is_grad_enabled():
            return *_differentiable(ctx, anchors, keys, given, grad), None, None
        epsilon, linear, half = ctx.epsilon, ctx.linear, grad / 2
        by_row, by_column = ((half * (-part).exp() if linear else half) for part in (of_rows, of_columns))

        def visit(block: Block, anchors_grad: torch.Tensor, keys_grad: torch.Tensor) -> None:
            at, to, diagonal = block.rows, block.columns, block.rows == block.columns
            if diagonal:
                block.logits.diagonal().sub_(epsilon)
            if linear:
                pair_grad = block.logits.exp_().mul_(by_row[at, None] + by_column[to])
            else:
                pair_grad = (block.logits - of_rows[at, None]).exp_().mul_(by_row[at, None])
                pair_grad += (block.logits - of_columns[to]).exp_().mul_(by_column[to])
            if diagonal:
                pair_grad.diagonal().sub_(grad[at])
            add_product(anchors_grad[at], pair_grad, keys[to])
            add_product(keys_grad[to], pair_grad.T, anchors[at])

        def start() -> tuple[torch.Tensor, torch.Tensor]:
            return torch.zeros_like(anchors), torch.zeros_like(keys)

        with full_precision(anchors.device):
            found = sweep(*_sides(anchors, keys), visit, start, among=False)
        in_epsilon = None
        if given is not None and ctx.needs_input_grad[2]:
            own = (anchors * keys).sum(1) - epsilon
            shares = (own - of_rows).exp() + (own - of_columns).exp()
            in_epsilon = -(half * shares).sum().reshape(given.shape).to(given)
        return *found, in_epsilon, None, None


def _differentiable(
    ctx: Any, anchors: torch.Tensor, keys: torch.Tensor, given: torch.Tensor | None, grad: torch.Tensor
) -> tuple[torch.Tensor | None, ...]:
    """The same gradient with a graph of its own, one way after the other by definition."""
    own = torch.arange(len(anchors), device=anchors.device)
    epsilon = ctx.epsilon if given is None else given
    one, other = (
        pairs.by_definition(rows, others, own, own, own + 1, epsilon, "infonce", False)
        for rows, others in ((anchors, keys), (keys, anchors))
    )
    inputs = (anchors, keys, given)
    wanted: Any = [x for x, asked in zip(inputs, ctx.needs_input_grad, strict=False) if asked]
    found = iter(torch.autograd.grad((one + other) / 2, wanted, grad, create_graph=True, materialize_grads=True))
    return tuple(next(found) if asked else None for asked in ctx.needs_input_grad[:3])
