"""The losses as one operator for torch.compile: no graph break, whatever the host decides inside.

Inside a graph there are two operators, each with a fake implementation: `pair_losses`, the losses [N] of embeddings and keys in
logit space by their labels, with all checks of values (temperature and epsilon included) done when it runs; and
`pair_gradients`, which computes them again for their gradient. Normalisation and averages are the graph's own.
Options that class labels alone do not express (`contrast` tensors, `exclude_self`, pair weights, `hard_negatives`,
`class_weights`, `ignore_label`) and reduction "none" with "skip", whose shape depends on the data, are a NotImplementedError:
call those losses outside the compiled function, or under torch.compiler.disable. Labels must be tensors.
"""

from typing import Any

import torch

from contrastive_claims.theory.margins import dense, pairs
from contrastive_claims.theory.margins.general import refuse
from contrastive_claims.theory.margins.inputs import Batch, as_float, check_epsilon, check_positive, numbered
from contrastive_claims.theory.margins.options import check_contrast, check_reduction
from contrastive_claims.theory.margins.running import Options


def loss(
    form: str,
    epsilon: float | torch.Tensor,
    embeddings: Any,
    labels: Any,
    temperature: float | torch.Tensor,
    keys: torch.Tensor | None = None,
    key_labels: Any = None,
    contrast: str | torch.Tensor = "all",
    weights: torch.Tensor | None = None,
    reduction: str = "mean",
    no_positives: str = "raise",
    validate: bool = True,
    **unsupported: Any,
) -> torch.Tensor:
    """`theory.margins.general.loss_of` in a graph, for the options that the module names."""
    check_reduction(reduction, no_positives)
    if any(value is not None and value is not False for value in unsupported.values()) or not isinstance(contrast, str):
        raise NotImplementedError(f"{', '.join(unsupported) or 'contrast'}: not inside torch.compile")
    if reduction == "none" and no_positives == "skip":
        raise NotImplementedError("reduction: 'none' with no_positives='skip' has a shape that depends on the labels")
    check_contrast(contrast)
    rows = torch.stack(list(embeddings), 1) if isinstance(embeddings, list | tuple) else embeddings
    views = rows.shape[1] if rows.ndim == 3 else 1
    own = torch.arange(rows.shape[0], device=rows.device) if labels is None else labels
    if not isinstance(own, torch.Tensor) or (key_labels is not None and not isinstance(key_labels, torch.Tensor)):
        raise NotImplementedError("labels: must be tensors inside torch.compile")
    own = own.to(torch.int64)
    if own.shape != (rows.shape[0],):
        raise ValueError(f"labels: must have shape [{rows.shape[0]}], one per row, got {tuple(own.shape)}")
    if labels is None and rows.ndim == 2 and (keys is None or key_labels is not None):
        raise ValueError("labels: needed unless the embeddings are views, [B, V, D]")
    own, rows = own.repeat_interleave(views), rows.flatten(0, -2)
    other = own[:0] if keys is None else own if key_labels is None and labels is None else key_labels
    if other is None or (keys is not None and other.shape != (keys.shape[0],)):
        raise ValueError("key_labels: needed with keys, one for each")
    dtype = torch.promote_types(rows.dtype, torch.float32)
    if keys is not None:
        dtype = torch.promote_types(dtype, keys.dtype)
    tau = torch.as_tensor(temperature, dtype=dtype, device=rows.device).reshape(())
    margin = torch.as_tensor(epsilon, dtype=dtype, device=rows.device).reshape(())
    with torch.autocast(rows.device.type, enabled=False):
        anchors = _unit(rows.to(dtype)) * tau**-0.5
        others = anchors.detach()[:0] if keys is None else _unit(keys.to(dtype)) * tau**-0.5
    losses, valid = pair_losses(
        anchors,
        others,
        own,
        other.to(torch.int64),
        tau.detach(),
        margin,
        form,
        contrast == "all",
        no_positives,
        validate,
    )
    kept = torch.ones_like(losses) if no_positives != "skip" else valid.to(losses)
    if weights is not None:
        kept = kept * weights.to(losses).repeat_interleave(views)
    losses = losses * kept
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.sum() / kept.sum()


def _unit(rows: torch.Tensor) -> torch.Tensor:
    """As `theory.sphere.normalise`, without its scan."""
    scaled = rows / rows.detach().abs().amax(-1, keepdim=True)
    return scaled / (scaled * scaled).sum(-1, keepdim=True) ** 0.5


@torch.library.custom_op("contrastive_claims::pair_losses", mutates_args=())
def pair_losses(
    anchors: torch.Tensor,
    keys: torch.Tensor,
    labels: torch.Tensor,
    key_labels: torch.Tensor,
    temperature: torch.Tensor,
    epsilon: torch.Tensor,
    form: str,
    among: bool,
    no_positives: str,
    validate: bool,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Losses [N], and which anchors are valid [N]; anchors and keys in logit space, labels int64."""
    if validate:
        check_positive("temperature", temperature)
        if not bool(torch.isposinf(epsilon)):
            check_epsilon(epsilon)
        for name, rows in (("embeddings", anchors), ("keys", keys)):
            if not bool(rows.isfinite().all()):  # a zero row has become NaN by its norm
                row = int((~rows.isfinite().all(1)).nonzero()[0])
                raise ValueError(f"{name}: row {row} is a zero vector, or holds NaN or infinity")
    batch = _batch(anchors, keys, labels, key_labels, temperature, among)
    valid = (batch.positives > 0) & (batch.negatives > 0)
    count = len(valid)
    refuse(
        count,
        count - int(batch.positives.count_nonzero()),
        count - int(batch.negatives.count_nonzero()),
        no_positives,
    )
    if not bool(valid.any()):
        return torch.zeros_like(anchors[:, 0]), valid
    if bool((batch.negatives == 0).any()):
        raise ValueError("labels: some anchors have no negative, which torch.compile cannot leave out")
    return _forward(batch, valid, form, as_float(epsilon), False)[0].clone(), valid


@pair_losses.register_fake
def _(anchors: torch.Tensor, *_: Any) -> tuple[torch.Tensor, torch.Tensor]:
    losses = anchors.new_empty(anchors.shape[0])
    return losses, torch.empty_like(losses, dtype=torch.bool)


@torch.library.custom_op("contrastive_claims::pair_gradients", mutates_args=())
def pair_gradients(
    grad: torch.Tensor,
    anchors: torch.Tensor,
    keys: torch.Tensor,
    labels: torch.Tensor,
    key_labels: torch.Tensor,
    temperature: torch.Tensor,
    epsilon: torch.Tensor,
    form: str,
    among: bool,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The gradient of sum_i grad_i loss_i in anchors, keys and epsilon."""
    batch = _batch(anchors, keys, labels, key_labels, temperature, among)
    valid = (batch.positives > 0) & (batch.negatives > 0)
    if not bool(valid.any()):
        return torch.zeros_like(anchors), torch.zeros_like(keys), torch.zeros_like(epsilon)
    _, backward, in_epsilon = _forward(batch, valid, form, as_float(epsilon), True)
    anchors_grad, keys_grad = backward(grad)
    in_epsilon = (grad * in_epsilon).where(valid, 0).sum() if len(in_epsilon) else grad.new_zeros(())
    return anchors_grad.clone(), keys_grad.clone(), in_epsilon.to(epsilon)


@pair_gradients.register_fake
def _(
    grad: torch.Tensor, anchors: torch.Tensor, keys: torch.Tensor, *rest: Any
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    return torch.empty_like(anchors), torch.empty_like(keys), torch.empty_like(rest[3])


def _keep(ctx: Any, inputs: tuple[Any, ...], output: tuple[torch.Tensor, ...]) -> None:
    *tensors, ctx.form, ctx.among, _, _ = inputs
    ctx.mark_non_differentiable(output[1])
    ctx.save_for_backward(*tensors)


def _backward(ctx: Any, grad: torch.Tensor, _: Any) -> tuple[torch.Tensor | None, ...]:
    tensors = ctx.saved_tensors
    anchors_grad, keys_grad, in_epsilon = pair_gradients(grad, *tensors, ctx.form, ctx.among)
    return anchors_grad, keys_grad, None, None, None, in_epsilon, None, None, None, None


pair_losses.register_autograd(_backward, setup_context=_keep)


def _batch(
    anchors: torch.Tensor,
    keys: torch.Tensor,
    labels: torch.Tensor,
    key_labels: torch.Tensor,
    temperature: torch.Tensor,
    among: bool,
) -> Batch:
    return numbered(anchors, keys, labels, key_labels, 1.0 / as_float(temperature), among)


def _forward(batch: Batch, valid: torch.Tensor, form: str, epsilon: float, in_epsilon: bool) -> tuple[Any, Any, Any]:
    """Losses, their gradient as a function of grad [N], and dl/d epsilon, from the engine that fits the batch."""
    options = Options(form, epsilon, pairs.is_linear(batch), batch.among, in_epsilon)
    positives = batch.positives.where(valid, 0)
    anchors, keys, labels, key_labels = batch.anchors, batch.keys, batch.labels, batch.key_labels
    if dense.fits(batch):
        losses, slope, by_epsilon = dense.forward(anchors, keys, labels, key_labels, positives, options)
        return losses, lambda grad: dense.gradient(grad, anchors, keys, slope, batch.among), by_epsilon
    order, key_order = labels.argsort(stable=True), key_labels.argsort(stable=True)
    anchors, labels, positives = anchors[order], labels[order], positives[order]
    keys, key_labels = keys[key_order], key_labels[key_order]
    back, key_back = order.argsort(), key_order.argsort()
    losses, reference, share, inside, by_epsilon = pairs.forward(anchors, keys, labels, key_labels, positives, options)
    left = (reference, share, inside)

    def backward(grad: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        found = pairs.gradient(grad[order], anchors, keys, labels, key_labels, positives, left, options)
        return found[0][back], found[1][key_back]

    return losses[back], backward, by_epsilon[back] if len(by_epsilon) else by_epsilon
