"""The contrastive losses of paper A, from embeddings: exact, in O(N) memory, any floating dtype, any torch device.

One signature and one set of conventions for all of them:

- `embeddings` [N, D]; or [B, V, D] views, or the V views one by one, (z0, z1, ...), [B, D] each (anchor b * V + v).
  Normalised inside, so logits are s_ij = cosine_ij / temperature. Computed in float32 or better, whatever the process has set
  for matrix products and autocast, and without changing it; half precision comes back as float32.
- `labels` [N] or [B]: integers, booleans, names (NumPy, pandas or a list; compared as they are). None: every row of the views is
  its own class, and without views row i of the keys is the one positive of row i. Same label: positive; other label: negative.
  `ignore_label`: rows and keys of this label (-1, say) are left out altogether.
- `contrast`, what an anchor is compared with. "all": every other embedding and the `keys` [M, D] with `key_labels` [M] (a memory,
  or other ranks' embeddings). "keys": the keys only (two towers, `two_towers`; reference embeddings). A tensor [M, D], or
  [N, M, D] of each anchor's own: these are the negatives and nothing else is (MoCo's queue); positives as under "all". Gradients
  reach keys and negatives that require them. No keys yet, [0, D], are no error.
- `exclude_self`: where keys hold the batch's own rows, the index [N] of each anchor's row among them (-1: none), or True: the
first
  N. It counts neither as a positive nor as a negative.
- `positives` [N, C], in place of labels: the weights of the positive pairs (booleans or nonnegative numbers: multi-label, mixup),
  C = N + M candidates, anchors first ("keys": M). Weights average the terms of an anchor; a pair of any weight is no negative.
  `negatives` [N, C]: weights of the negative pairs, among those that are no positives (0 takes a pair out).
- `hard_negatives` = beta: negatives weighted by e^{beta s} (HCL, Robinson et al. 2021, without its tau+).
- Each loss is the mean over an anchor's positives, in log-ratio form without additive constants; `epsilon`, a margin in
  logits, so the cosine margin is epsilon * temperature. Both may be tensors of one element, with exact gradients.
- `no_positives`: an anchor without positives (or, among a batch of one class, negatives) is an error ("raise"), left out of the
  result ("skip"), or a loss of 0 that counts in the mean ("zero"). "skip" with no anchor left is an error too.
- `weights` [N] or [B] of the anchors, `class_weights` (a mapping from labels, or numbers [K] by integer label): the mean is
  sum(w l) / sum(w), the others multiply by w.
- `reduction`: "mean" over the anchors, "sum", or "none": the losses of the anchors in order, [N] (with "skip", of the valid
  anchors only; `valid_anchors` says which; an ignored row counts 0). `anchor_margins` gives the margins.
- `validate=False` skips the scan for NaN, infinity and zero vectors (they give NaN): the scan synchronises a GPU, and
  torch.func.vmap cannot trace it. Labels are always checked, and always read by the host.

First derivatives of class labels alone are closed forms, in O(N) memory; all else, and derivatives of higher order, in forward
mode or by torch.func (grad, vmap, jvp, jacfwd, hessian), which are exact too, is computed by `theory.margins.plain`.
torch.compile takes every loss as one operator, without a graph break (`theory.margins.compiled` says for which options).
All raise ValueError, naming the argument, for: NaN, infinite or zero embeddings or keys, an empty batch, wrong shapes or dtypes,
temperature <= 0, epsilon < 0, one class only (no negatives), an unknown option, and anchors without positives as above.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Unpack

import torch
from jaxtyping import Bool, Float

from contrastive_claims.theory.margins import compiled, pairs
from contrastive_claims.theory.margins.general import loss_of, towers_of
from contrastive_claims.theory.margins.inputs import check_embeddings, check_epsilon, prepare
from contrastive_claims.theory.margins.options import Options, check_contrast, check_reduction


def info_nce(
    embeddings: torch.Tensor | Sequence[torch.Tensor],
    labels: Any = None,
    temperature: float | torch.Tensor = 0.1,
    **options: Unpack[Options],
) -> Float[torch.Tensor, "*anchors"]:
    """InfoNCE: mean over positives of -log( e^{s+} / (e^{s+} + sum_j e^{s-_j}) ), negatives only in the sum.

    labels None (with views): every row of the batch is its own class. Several positives are taken one at a time
    (SupInfoNCE, SINCERE's loss). Source: van den Oord et al. 2018; paper A, eps-InfoNCE at eps = 0.
    Conventions and options: module.
    """
    return _loss("infonce", 0.0, embeddings, labels, temperature, **options)


def nt_xent(
    embeddings: torch.Tensor | Sequence[torch.Tensor],
    labels: Any = None,
    temperature: float | torch.Tensor = 0.1,
    **options: Unpack[Options],
) -> Float[torch.Tensor, "*anchors"]:
    """NT-Xent: mean over positives of -log( e^{s+} / sum_{k != i} e^{s_ik} ), every other sample in the sum.

    For two views it is InfoNCE; for more it is SupCon with one class per row of the batch (labels None).
    Source: SimCLR, Chen et al. 2020, eq. 1.
    Conventions and options: module.
    """
    return _loss("supcon", 0.0, embeddings, labels, temperature, **options)


def sup_con(
    embeddings: torch.Tensor | Sequence[torch.Tensor],
    labels: Any,
    temperature: float | torch.Tensor = 0.1,
    **options: Unpack[Options],
) -> Float[torch.Tensor, "*anchors"]:
    """SupCon, L_out: -(1/P) sum_i log( e^{s+_i} / (sum_t e^{s+_t} + sum_j e^{s-_j}) ).

    Source: Khosla et al. 2020, eq. 2; paper A, eps-SupCon at eps = 0 (claim A7).
    Conventions and options: module.
    """
    return _loss("supcon", 0.0, embeddings, labels, temperature, **options)


def sup_con_in(
    embeddings: torch.Tensor | Sequence[torch.Tensor],
    labels: Any,
    temperature: float | torch.Tensor = 0.1,
    **options: Unpack[Options],
) -> Float[torch.Tensor, "*anchors"]:
    """SupCon, L_in: -log( (1/P) sum_i e^{s+_i} / (sum_t e^{s+_t} + sum_j e^{s-_j}) ), never above L_out (claim A10).

    Source: Khosla et al. 2020, eq. 3.
    Conventions and options: module.
    """
    return _loss("supcon_in", 0.0, embeddings, labels, temperature, **options)


def eps_infonce(
    embeddings: torch.Tensor | Sequence[torch.Tensor],
    labels: Any = None,
    temperature: float | torch.Tensor = 0.1,
    epsilon: float | torch.Tensor = 0.25,
    **options: Unpack[Options],
) -> Float[torch.Tensor, "*anchors"]:
    """eps-InfoNCE: -log( e^{s+} / (e^{s+ - eps} + sum_j e^{s-_j}) ) = LSE(-eps, {s-_j - s+}) (claim A1).

    The loss of one positive per anchor (labels None, with views: every row its own class); several are averaged, which
    is eps-SupInfoNCE. Source: paper A, eps-InfoNCE.
    Conventions and options: module.
    """
    return eps_sup_infonce(embeddings, labels, temperature, epsilon, **options)


def eps_sup_infonce(
    embeddings: torch.Tensor | Sequence[torch.Tensor],
    labels: Any,
    temperature: float | torch.Tensor = 0.1,
    epsilon: float | torch.Tensor = 0.25,
    **options: Unpack[Options],
) -> Float[torch.Tensor, "*anchors"]:
    """eps-SupInfoNCE: -(1/P) sum_i log( e^{s+_i} / (e^{s+_i - eps} + sum_j e^{s-_j}) ) (claim A6).

    Source: paper A, eps-SupInfoNCE, averaged over the P positives.
    Conventions and options: module.
    """
    _check_epsilon(epsilon)
    return _loss("infonce", epsilon, embeddings, labels, temperature, **options)


def eps_sup_con(
    embeddings: torch.Tensor | Sequence[torch.Tensor],
    labels: Any,
    temperature: float | torch.Tensor = 0.1,
    epsilon: float | torch.Tensor = 0.25,
    **options: Unpack[Options],
) -> Float[torch.Tensor, "*anchors"]:
    """eps-SupCon: -(1/P) sum_i log( e^{s+_i} / (sum_t e^{s+_t - eps} + sum_j e^{s-_j}) ).

    Source: paper A, eps-SupCon, without its leading eps (claim A7).
    Conventions and options: module.
    """
    _check_epsilon(epsilon)
    return _loss("supcon", epsilon, embeddings, labels, temperature, **options)


def info_l1o(
    embeddings: torch.Tensor | Sequence[torch.Tensor],
    labels: Any = None,
    temperature: float | torch.Tensor = 0.1,
    **options: Unpack[Options],
) -> Float[torch.Tensor, "*anchors"]:
    """InfoL1O: mean over positives of -log( e^{s+} / sum_j e^{s-_j} ), the positive left out of the denominator.

    eps-InfoNCE's limit for eps -> infinity (claim A4). Source: Poole et al. 2019; paper A.
    Conventions and options: module.
    """
    return _loss("infonce", math.inf, embeddings, labels, temperature, **options)


def two_towers(
    first: torch.Tensor,
    second: torch.Tensor,
    labels: Any = None,
    temperature: float | torch.Tensor = 0.07,
    epsilon: float | torch.Tensor = 0.0,
    **options: Unpack[Options],
) -> Float[torch.Tensor, "*anchors"]:
    """CLIP's loss: the mean of (eps-)InfoNCE of `first` [N, D] among `second` [N, D], and of `second` among `first`.

    Rows belong together (labels None), or those of equal labels [N]. One way alone, as DPR trains, is
    ``info_nce(first, keys=second, contrast="keys")``. Options as the module's, except keys, key_labels, contrast and
    exclude_self. Source: Radford et al. 2021; eps = 0 there.
    """
    for name in ("keys", "key_labels", "contrast", "exclude_self"):
        if name in options:
            raise ValueError(f"{name}: two_towers has one contrast set, the other tower")
    check_embeddings("first", first, dimensions=(2,))
    check_embeddings("second", second, dimensions=(2,))
    if first.shape != second.shape:
        raise ValueError(f"second: must have the shape of first, {tuple(first.shape)}, got {tuple(second.shape)}")
    _check_epsilon(epsilon)
    alone = labels is None and not options.keys() - {"reduction", "no_positives", "validate"}
    if alone and not torch.compiler.is_compiling():
        reduction = options.get("reduction", "mean")
        check_reduction(reduction, options.get("no_positives", "raise"))
        again = partial(_one_way_and_other, labels, options)
        found = towers_of(first, second, temperature, epsilon, reduction, options.get("validate", True), again)
        if found is not None:
            return found
    return _one_way_and_other(labels, options, (first, second), temperature, epsilon)


def _one_way_and_other(
    labels: Any, options: Options, towers: Sequence[torch.Tensor], temperature: Any, epsilon: Any
) -> torch.Tensor:
    first, second = towers
    among_second: Any = {**options, "keys": second, "key_labels": labels, "contrast": "keys"}
    among_first: Any = {**among_second, "keys": first}
    one_way = _loss("infonce", epsilon, first, labels, temperature, **among_second)
    other_way = _loss("infonce", epsilon, second, labels, temperature, **among_first)
    return (one_way + other_way) / 2


@dataclass(frozen=True)
class AnchorMargins:
    """Margins in logits, [N] each (times the temperature: cosine margins); NaN for an anchor without positives.

    worst: min over the positives of s+ minus max_j s-_j; mean: mean over the positives of s+ minus max_j s-_j.
    """

    worst: torch.Tensor
    mean: torch.Tensor


def anchor_margins(
    embeddings: torch.Tensor | Sequence[torch.Tensor],
    labels: Any,
    temperature: float | torch.Tensor = 0.1,
    keys: torch.Tensor | None = None,
    key_labels: Any = None,
    validate: bool = True,
) -> AnchorMargins:
    """The margin of every anchor, without gradients: what `margin_interval` bounds from its loss (claims A2 and A3)."""
    batch = prepare(embeddings, labels, temperature, keys, key_labels, validate)
    if not int(batch.negatives.count_nonzero()):
        raise ValueError("labels: one class only, so no anchor has a negative")
    lowest, mean, hardest = pairs.margins(batch)
    return AnchorMargins(worst=lowest - hardest, mean=mean - hardest)


def valid_anchors(
    embeddings: torch.Tensor | Sequence[torch.Tensor],
    labels: Any = None,
    keys: torch.Tensor | None = None,
    key_labels: Any = None,
    contrast: str = "all",
) -> Bool[torch.Tensor, " anchors"]:
    """Which anchors have a positive, boolean [N]; its sum is the count of valid anchors. Arguments: module."""
    among = check_contrast(contrast) == "all"
    return prepare(embeddings, labels, 1.0, keys, key_labels, validate=False, among=among).positives > 0


def _check_epsilon(epsilon: float | torch.Tensor) -> None:
    if not torch.compiler.is_compiling():  # there the operator does it, when it runs
        check_epsilon(epsilon)


def _loss(
    form: str,
    epsilon: float | torch.Tensor,
    embeddings: torch.Tensor | Sequence[torch.Tensor],
    labels: Any,
    temperature: float | torch.Tensor,
    **options: Unpack[Options],
) -> torch.Tensor:
    if torch.compiler.is_compiling():
        return compiled.loss(form, epsilon, embeddings, labels, temperature, **options)
    return loss_of(form, epsilon, embeddings, labels, temperature, **options)
