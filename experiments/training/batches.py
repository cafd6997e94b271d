"""Which samples a batch holds, and their views: functions of (seed, epoch, sample), cut among the ranks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from contrastive_claims.experiments.data.sources import Dataset
from contrastive_claims.experiments.training.methods import usable
from contrastive_claims.experiments.training.presets import Preset
from contrastive_claims.experiments.training.streams import ORDER, stream
from contrastive_claims.experiments.training.views.augment import augment
from contrastive_claims.experiments.training.views.draws import draw_table
from contrastive_claims.theory.margins import log_prior
from contrastive_claims.theory.margins.distributed import world


class Batches:
    """A training set on a device. steps: batches of an epoch; a last incomplete one is left out, unless the preset keeps it.
    prior: log p(y | b) of the set, for bias-balanced alone.

    Raises ValueError for a set smaller than one batch, or a batch, the last one too, that the ranks cannot share evenly.
    """

    def __init__(self, preset: Preset, data: Dataset, seed: int, device: str) -> None:
        if len(data.labels) < preset.batch:
            raise ValueError(f"batch: {preset.batch} is more than the {len(data.labels)} samples of the training set")
        if preset.batch % world()[1]:
            raise ValueError(f"batch: {preset.batch} samples cannot be shared evenly by {world()[1]} processes")
        self._preset, self._seed, self._device = preset, seed, device
        self._members = (
            balanced_members(data.labels) if preset.data.sampling == "balanced" else np.arange(len(data.labels))
        )
        left = len(data.labels) % preset.batch if preset.last_batch == "keep" else 0
        if left == 1:
            raise ValueError(
                "last_batch: one sample is left over, which has no spread; another batch, or last_batch=drop"
            )
        if left % world()[1]:
            raise ValueError(f"last_batch: {left} samples cannot be shared evenly by {world()[1]} processes")
        self.steps = len(data.labels) // preset.batch + (left > 0)
        self._used = len(data.labels) // preset.batch * preset.batch + left
        self._classes = data.labels
        self._images = torch.from_numpy(data.images).to(device)
        self._labels = torch.from_numpy(data.labels).to(device)
        self._bias = None if data.bias is None else torch.from_numpy(data.bias).to(device)
        balances = preset.method.name == "bias-balanced" and data.bias is not None
        self.prior = log_prior(data.labels, data.bias, data.n_classes).float().to(device) if balances else None
        weights = class_weights(data.labels) if preset.method.class_weights else np.ones(len(data.labels))
        self._weights = torch.from_numpy(weights.astype(np.float32)).to(device)

    def of_epoch(self, epoch: int, begin: int, boost: Tensor | None = None) -> Iterator[tuple[Tensor, Tensor]]:
        """(views [V B, C, H, W] float32, rows [B]) of this rank's part of each batch, from number `begin` on.

        rows number the samples. boost: [N] strengths of the boosted views, or None.
        """
        preset, (rank, ranks) = self._preset, world()
        order = self._order(epoch)
        tables = [
            draw_table(len(self._members), self._seed, epoch, view, preset.augmentation, self._images[0].numel())
            for view in range(preset.method.views)
        ]
        for step in range(begin, self.steps):
            whole = order[: self._used][step * preset.batch :][: preset.batch]
            places = whole.chunk(ranks)[rank]
            rows = torch.from_numpy(self._members[places.numpy()])
            images = self._images[rows.to(self._device)]
            strengths = None if boost is None else boost[rows].to(self._device)
            views = [augment(images, preset.augmentation, table[places], strengths) for table in tables]
            yield torch.cat(views).contiguous(memory_format=torch.channels_last), rows

    def usable(self, epoch: int) -> list[bool]:
        """Which batches of an epoch, those of all ranks together, the method can compute its loss on (`methods.usable`)."""
        whole = self._classes[self._members[self._order(epoch).numpy()]][: self._used]
        cuts = range(self._preset.batch, self._used, self._preset.batch)
        return [usable(self._preset.method, part) for part in np.split(whole, cuts)]

    def _order(self, epoch: int) -> Tensor:
        """Places of an epoch's samples, from which its batches are cut; `stratified`: every stretch of it holds the classes
        in the shares that they have in the set, as far as whole samples go."""
        order = torch.randperm(len(self._members), generator=stream(self._seed, ORDER, epoch))
        if self._preset.data.sampling != "stratified":
            return order
        return order[stratified_places(self._classes[self._members[order.numpy()]])]

    def described(self, rows: Tensor) -> tuple[Tensor, Tensor | None, Tensor, Tensor]:
        """(labels, bias or None, rows, weights) of the samples in `rows`, on the device."""
        rows = rows.to(self._device)
        return self._labels[rows], None if self._bias is None else self._bias[rows], rows, self._weights[rows]


def stratified_places(labels: np.ndarray) -> np.ndarray:
    """Indices that spread the samples of every class evenly over the whole: sample r of a class's n, in the order given,
    goes to the place of (r + 1/2) / n."""
    counts = np.bincount(labels)
    rank = np.empty(len(labels))
    for k in np.flatnonzero(counts):
        rank[labels == k] = np.arange(counts[k]) + 0.5
    return np.argsort(rank / counts[labels], kind="stable")


def balanced_members(labels: np.ndarray) -> np.ndarray:
    """Sample numbers in which every class occurs as often as the largest, its samples in turn.

    A sample that occurs several times has a place, and so views, of its own each time.
    """
    counts = np.bincount(labels)
    return np.concatenate([np.resize(np.flatnonzero(labels == k), counts.max()) for k in np.flatnonzero(counts)])


def class_weights(labels: np.ndarray) -> np.ndarray:
    """[N] weights of mean 1 under which every class that occurs counts alike."""
    counts = np.bincount(labels)
    return len(labels) / (np.count_nonzero(counts) * counts[labels])
