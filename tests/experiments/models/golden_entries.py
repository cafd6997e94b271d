"""The entries of the golden table: each a question to the real code, on made-up images, and the versions that answer for it."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any
from unittest.mock import patch

import numpy as np
import torch

from contrastive_claims.experiments.data import bias as biases
from contrastive_claims.experiments.data.corruptions import CORRUPTIONS, corrupted
from contrastive_claims.experiments.data.sources import Dataset, dataset
from contrastive_claims.experiments.models import bias, harms, layers, recipes
from contrastive_claims.experiments.models.store import Model, Trial
from contrastive_claims.experiments.training import sets
from contrastive_claims.experiments.training.batches import Batches, balanced_members, class_weights
from contrastive_claims.experiments.training.encoders import build_network
from contrastive_claims.experiments.training.optimisers import learning_rate_factor
from contrastive_claims.experiments.training.presets import Encoder, Preset, parse_preset, with_settings
from contrastive_claims.experiments.training.probe import linear_probe
from contrastive_claims.experiments.training.streams import WEIGHTS, stream
from contrastive_claims.experiments.training.trainer import train
from contrastive_claims.experiments.training.views.boosting import OPERATIONS, boost_weights, boosted, momentum_losses
from contrastive_claims.experiments.training.views.draws import draw_table
from contrastive_claims.experiments.training.views.geometry import crop_boxes
from contrastive_claims.theory.margins import (
    anchor_margins,
    eps_sup_con,
    eps_sup_infonce,
    info_l1o,
    nt_xent,
    sup_con_in,
)

ROUNDING = 1e-4  # of float32 chains of some steps, with AVX-512, AVX2 or neither: 20 times what was seen
DEEP = {
    "efficientnet-lite0": 1e-2,
    "resnet18": 2e-3,
    "resnet34": 2e-3,
    "resnet50": 1e-2,
}  # gradients behind many batch norms, seen to move by 3e-3
COUNTED = 1e-3  # where roundings are counted: an 8-bit direction or a prediction near a border may flip
EVERY_METHOD = tuple(f'METHODS["{name}"]' for name in recipes.METHODS)  # for what enters every record
UNEVEN = np.arange(1, 1010) * (math.sqrt(5) - 1) / 2 % 1  # weights of `moments`
Numbers = list[int] | list[float]


@dataclass(frozen=True)
class Entry:
    """What is computed, part by part; the versions to raise when it moves; how far it may move by rounding."""

    compute: Callable[[], Mapping[str, Numbers]]
    raises: tuple[str, ...] = EVERY_METHOD
    tolerance: float = ROUNDING


def moments(values: Any) -> list[float]:
    """Mean, root mean square and a mean under uneven weights, which sees an order: what is kept of an array."""
    flat = np.asarray(values.detach().cpu() if isinstance(values, torch.Tensor) else values, np.float64).ravel()
    found = (flat.mean(), math.sqrt(flat @ flat / len(flat)), flat @ np.resize(UNEVEN, len(flat)) / len(flat))
    return [float(f"{number:.9g}") for number in found]


def content(values: Any) -> list[int]:
    """Shape and CRC-32: of integers and bytes, and of floats that no arithmetic made."""
    array = np.ascontiguousarray(values)
    return [*array.shape, zlib.crc32(array.tobytes())]


# What is made up: images of a class's pattern, shifted, under noise.


def made(name: str, split: str = "train", counts: tuple[int, ...] | None = None, side: int = 8) -> Dataset:
    """Bytes, in a shuffled order. "grey ..." has one channel, "... 3" three classes, else ten."""
    classes = 3 if name.endswith("3") else 10
    held_out = split != "train"
    generator = np.random.default_rng([*name.encode(), held_out])
    counts = counts or ((12,) * 10 if classes == 10 else (330, 340, 350) if held_out else (520, 530, 560))
    labels = generator.permutation(np.repeat(np.arange(classes), counts))
    channels = 1 if name.startswith("grey") else 3
    patterns = np.random.default_rng(0).normal(size=(classes, channels, side, side)).cumsum(-1).cumsum(-2)
    patterns *= 50 / np.abs(patterns).mean((1, 2, 3), keepdims=True)
    images = 80 + patterns[labels] + generator.normal(scale=50, size=(len(labels), channels, side, side))
    return dataset(name, np.clip(images, 0, 255).astype(np.uint8), labels, None)


BASE = parse_preset(
    {
        "name": "golden",
        "data": {"name": "colour 3"},
        "encoder": {"name": "convnet", "widths": [4, 6], "dimension": 8},
        "method": {"name": "sup-con", "temperature": 0.2},
        "optimiser": {"learning_rate": 0.1},
        "epochs": 1,
        "batch": 12,
    }
)
SOME = made("colour 3", counts=(12, 8, 6))  # two batches, and two samples left over


def set_to(*settings: str) -> Preset:
    return with_settings(BASE, settings)


def trained(preset: Preset, data: Dataset) -> dict[str, list[float]]:
    """Losses by step, an epoch's metrics, the weights, and how far they came from where they began."""
    losses: list[float] = []
    found = train(preset, data, 7, report=lambda news: losses.append(news.loss))
    shape = data.images.shape[1:]
    began = build_network(preset.encoder, preset.method.name, shape, data.n_classes, stream(7, WEIGHTS))
    now, before = (torch.cat([part.flatten() for part in net.parameters()]) for net in (found.network, began))
    buffers = [part.double().flatten() for part in found.network.buffers()]
    return {
        "losses": losses,
        "metrics": [value for row in found.metrics for value in row.values()],
        "weights": moments(now),
        "change": moments(now - before),
        **({"buffers": moments(torch.cat(buffers))} if buffers else {}),
    }


BIASED = ('data.name="grey 3"', 'data.bias.kind="colour"', "data.bias.rho=0.6")
METHODS = {
    "bias-balanced": ("batch=20", *BIASED),
    "cross-entropy": ("method.views=1", "method.class_weights=true", "augmentation.pad=1"),
    "simclr": ("encoder.head=[12, 4]", "augmentation.flip=0.5", "augmentation.crop=0.4", "augmentation.jitter=0.5"),
    "simsiam": ("encoder.head=[8, 8]", "augmentation.flip=0.5", "augmentation.grey=0.3", "method.weight=0.7"),
    "bcl": ("encoder.head=[12, 4]", "epochs=3", "method.memory=0.6", "augmentation.flip=0.5"),
    "sup-con": ("augmentation.flip=0.5", "method.class_weights=true"),
    "eps-sup-con": ("augmentation.flip=0.5", "method.epsilon=0.4"),
    "eps-sup-infonce": ("augmentation.flip=0.5", "method.epsilon=0.4", "method.views=1", "batch=5"),
}
ENCODERS = {
    "convnet": (("norm", "group"), ("widths", (4, 6, 7)), ("dimension", 5)),
    "simple-convnet": (),
    "resnet18": (),
    "resnet34": (("norm", "group"),),
    "resnet50": (("head", (8,)),),
    "efficientnet-lite0": (("size", 32), ("head", (8,))),
}
PENALTIES = {
    "end paper": ("encoder.head=[12, 4]",),
    "end batch": ('method.name="cross-entropy"',),
    "end released": (),
    "fair_kl paper": ("encoder.head=[12, 4]",),
    "fair_kl batch": ("method.penalty.variance_floor=0.01",),
    "fair_kl paper symmetric": ("method.penalty.symmetric=true", "method.penalty.variance_floor=0.1"),
    "fair_kl released": (),
    "entangle paper": ("encoder.head=[12, 4]",),
    "bias-contrast paper": ('method.name="cross-entropy"',),
    "fair_kl released terms": ('method.penalty.terms=["negative_spreads", "pull_conflicting"]',),
}
OPTIMISERS = {
    "sgd": ("learning_rate=0.1", "weight_decay=0.1", "momentum=0.8"),
    "sgd nesterov": ("learning_rate=0.1", "nesterov=true"),
    "adam": ("learning_rate=0.01", 'name="adam"', "weight_decay=0.1", "momentum=0.8"),
    "lars": ("learning_rate=2.0", 'name="lars"', "weight_decay=0.1", "momentum=0.8"),
}
SCHEDULES = {
    "cosine": ("warm_up=0.3", "final_rate=0.01"),
    "step": ('schedule="step"', "milestones=[1, 3]", "decay=0.5", "warm_up=0.2"),
    "constant": ('schedule="constant"', "warm_up=0.3"),
}
VIEWS = {
    **{name: (f"{name}={strength}",) for name, strength in (("crop", 0.3), ("pad", 2), ("flip", 0.5), ("jitter", 0.6))},
    **{name: (f"{name}={strength}",) for name, strength in (("grey", 0.4), ("shift", 1.5), ("rotation", 20.0))},
    **{name: (f"{name}={strength}",) for name, strength in (("scale", 0.2), ("shear", 0.3), ("noise", 0.1))},
    "all": ("crop=0.3", "pad=1", "flip=0.5", "jitter=0.6", "grey=0.3", "rotation=20.0", "shift=1.5", "noise=0.1"),
}


def entries() -> dict[str, Entry]:
    """Every entry by its name. KeyError for a method or an encoder that this module gives no settings."""
    found = {}
    for name in recipes.METHODS:
        preset = set_to("epochs=2", f'method.name="{name}"', *METHODS[name])
        question = partial(penalised if preset.data.bias else partial(trained, data=SOME), preset)
        found[f"method/{name}"] = Entry(question, (f'METHODS["{name}"]',))
    for name in recipes.ENCODERS:
        tolerance = DEEP.get(name, ROUNDING)
        found[f"encoder/{name}"] = Entry(partial(encoder, name), (f'ENCODERS["{name}"]',), tolerance)
    for name, more in PENALTIES.items():
        kind, variant, *_ = name.split()
        which = (f'method.penalty.name="{kind}"', f'method.penalty.variant="{variant}"', "method.penalty.weight=0.8")
        preset = set_to("batch=20", 'data.bias.kind="colour"', "data.bias.rho=0.6", *which, *more)
        found[f"penalty/{name}"] = Entry(partial(penalised, preset), (f'PENALTIES["{kind}"]',))
    for name, measure in {
        measure.__name__: measure
        for measure in (
            harms.held_out_embeddings,
            harms.harms,
            harms.directions,
            harms.projections,
            bias.probed,
            bias.probe_hits,
            bias.classified,
            bias.classifier_hits,
            bias.debiasing,
            layers.layer_cosines,
            layers.end_cosines,
        )
    }.items():
        found[f"measurement/{name}"] = Entry(partial(measured, measure), (f'MEASUREMENTS["{name}"]',), COUNTED)
    found["measurement/probe"] = Entry(chosen, ('MEASUREMENTS["harms"]',), COUNTED)
    for name, more in OPTIMISERS.items():
        preset = set_to("epochs=2", 'optimiser.schedule="constant"', *(f"optimiser.{setting}" for setting in more))
        found[f"optimiser/{name}"] = Entry(partial(trained, preset, SOME))
    for name, more in SCHEDULES.items():
        preset = set_to("epochs=4", *(f"optimiser.{setting}" for setting in more))
        found[f"schedule/{name}"] = Entry(partial(scheduled, preset))
    found["precision/bfloat16"] = Entry(half_precision)
    for name, more in VIEWS.items():
        preset = set_to(*(f"augmentation.{setting}" for setting in more))
        found[f"view/{name}"] = Entry(partial(viewed, preset))
    for number, (change, *_) in enumerate(OPERATIONS):
        found[f"boosting/{change.__name__}"] = Entry(partial(boosting, number), ('METHODS["bcl"]',))
    found["boosting/weights"] = Entry(memorised, ('METHODS["bcl"]',))
    found["view/draws"] = Entry(drawn)
    found["data/sets"] = Entry(made_sets)
    found["data/weights"] = Entry(weighted)
    for number, name in enumerate(CORRUPTIONS):
        found[f"data/{name}"] = Entry(partial(corrupting, number))
    found["data/second block"] = Entry(second_block)
    for engine, size in (("dense", 40), ("tiled", 700)):
        for name, (loss, users) in LOSSES.items():
            found[f"loss/{engine} {name}"] = Entry(partial(direct, loss, size), users)
    found["loss/margins"] = Entry(margins, ('MEASUREMENTS["debiasing"]',))
    return found


def encoder(name: str) -> dict[str, list[float]]:
    """A step; of simple-convnet with both of its ends, of ResNet-18 also on images above LARGE."""
    settings = dict(ENCODERS[name])
    settings = {"norm": "batch", "head": (), "widths": (), "dimension": 0, **settings}
    preset = BASE.model_copy(update={"encoder": Encoder(name=name, **settings), "batch": 6})  # pyright: ignore
    found = trained(preset, made("colour 3", counts=(3, 2, 1), side=16))
    if name == "resnet18":
        large = trained(preset, made("colour 3", counts=(3, 2, 1), side=66))
        return found | {f"large {part}": numbers for part, numbers in large.items()}
    if name == "simple-convnet":
        headed = preset.model_copy(update={"encoder": Encoder(name=name, head=(6,))})
        more = trained(headed, made("colour 3", counts=(3, 2, 1)))
        return found | {f"headed {part}": numbers for part, numbers in more.items()}
    return found


def penalised(preset: Preset) -> dict[str, list[float]]:
    """EnD and FairKL, a step on images with coloured backgrounds of few colours, so that all four sets have pairs."""
    data = sets.biased(made("grey 3", counts=(14, 14, 12)), preset.data.bias, 3)  # pyright: ignore
    few = dataset(data.name, data.images, data.labels, data.bias % 3)  # pyright: ignore
    return trained(preset, few)


def measured(measure: Callable[[Trial], Mapping[str, np.ndarray]]) -> dict[str, Numbers]:
    """Records of networks trained for some steps: SimCLR's, and another that the measurement treats differently."""
    biased = measure in (bias.probed, bias.probe_hits, bias.debiasing)
    classifier = (
        ('method.name="cross-entropy"', "encoder.head=[]") if measure in (bias.classified, bias.classifier_hits) else ()
    )
    extra = ('data.bias.kind="colour"', "data.bias.rho=0.8") if biased else ()
    # few and small steps: over many, rounding grows beyond what a tolerance should allow
    preset = set_to(
        'data.name="grey 3"',
        "batch=500",
        "optimiser.learning_rate=0.02",
        'method.name="simclr"',
        "encoder.head=[12, 4]",
        *extra,
        *classifier,
    )
    others: dict[Callable[[Trial], Mapping[str, np.ndarray]], tuple[str, ...]] = {
        harms.harms: ("undersampled", "data.undersample.target=1", "data.undersample.factor=20.0"),
        harms.held_out_embeddings: ("simsiam", 'method.name="simsiam"'),
        bias.probed: ("cross-entropy", 'method.name="cross-entropy"', "encoder.head=[]"),
    }
    record = {}
    for name, *settings in [("",), *([others[measure]] if measure in others else [])]:
        changed = with_settings(preset, settings)
        training, held_out = sets.training_and_held_out(changed.data, 5)
        network = train(changed, training, 7).network
        found = measure(Trial(Model(changed, 7, 5), network, training, held_out))
        record |= {f"{name} {part}".strip(): array for part, array in found.items()}
    return {part: numbers for name, array in record.items() for part, numbers in kept(name, array).items()}


def kept(name: str, array: np.ndarray) -> dict[str, Numbers]:
    """An array of a record; of directions, whose axes may be turned, only what turning leaves."""
    if array.dtype == np.int8 and array.ndim == 2:
        directions = array.astype(np.float64)
        return {name: moments(directions @ directions.T), f"{name} shape": list(directions.shape)}
    if name.endswith(("truth", "labels", "heads", "bias")):
        return {name: content(array)}
    return {name: moments(np.unpackbits(array) if name == "hits" else array)}


def chosen() -> dict[str, list[float]]:
    """Probes with C chosen, of points that want the largest, the middle and the smallest."""
    found = {}
    for spread, seed in ((0.3, 2), (3.0, 3), (6.0, 2)):
        generator = np.random.default_rng(seed)
        labels = np.arange(90) % 3
        points = np.eye(3, 40)[labels] + spread * generator.normal(size=(90, 40)) / 40**0.5
        head = linear_probe(points, labels, 4)
        found |= {f"{spread} penalty": [head.penalty], f"{spread} weights": moments(head.weights)}
    return found


def half_precision() -> dict[str, Numbers]:
    """That bfloat16 is another arithmetic, and not far from float32: its own digits are the processor's business."""
    single, half = (
        trained(set_to(f'precision="{precision}"', "epochs=2"), SOME)["losses"] for precision in ("float32", "bfloat16")
    )
    gaps = [abs(a - b) for a, b in zip(single, half, strict=True)]
    return {"another": [int(max(gaps) > 1e-6), int(max(gaps) < 0.1)]}


def scheduled(preset: Preset) -> dict[str, list[float]]:
    """Factors of the learning rate at every step, and what training makes of them."""
    factor = learning_rate_factor(preset.optimiser, 2, preset.epochs)
    return {"factors": [factor(step) for step in range(8)], **trained(preset, SOME)}


def viewed(preset: Preset) -> dict[str, Numbers]:
    """The first batches of two epochs, views and order."""
    found: dict[str, Numbers] = {}
    for epoch in (0, 1):
        ((views, rows),) = islice(Batches(preset, SOME, 7, "cpu").of_epoch(epoch, 0), 1)
        found |= {f"views {epoch}": moments(views), f"rows {epoch}": content(rows)}
    return found


def boosting(number: int) -> dict[str, list[float]]:
    """One operation at weights over the whole range, chosen by the draws."""
    draws = draw_table(40, 3, 0, 0, BASE.augmentation, 0)
    images = torch.from_numpy(made("colour 3", counts=(14, 13, 13), side=24).images / np.float32(255))
    weights = torch.linspace(0.3, 1, 40)
    with patch("contrastive_claims.experiments.training.views.boosting.OPERATIONS", OPERATIONS[number : number + 1]):
        found = {"colour": moments(boosted(images, weights, draws))}
        return found | {"grey": moments(boosted(images[:, :1], weights, draws))}


def memorised() -> dict[str, list[float]]:
    """A memory of losses with samples not seen yet, and the choice among the operations."""
    losses = torch.tensor([math.nan, 0.3, 1.0, math.nan, 2.0])
    momentum = momentum_losses(losses, torch.tensor([0.5, 0.6, 0.2, 0.9, 0.1]), 0.7)
    images = torch.from_numpy(SOME.images / np.float32(255))
    every = boosted(images, torch.linspace(0, 1, 26), draw_table(26, 3, 0, 0, BASE.augmentation, 0))
    weights = torch.cat([boost_weights(losses), boost_weights(momentum)])
    return {"momentum": momentum.tolist(), "weights": weights.tolist(), "any": moments(every)}


def drawn() -> dict[str, Numbers]:
    """Draws of a view, and of noise; boxes of a crop, and those where no try fits."""
    noisy = set_to("augmentation.noise=0.1").augmentation
    normal = draw_table(5, 7, 2, 1, noisy, 6)
    uniform = draw_table(5, 7, 2, 1, BASE.augmentation, 6)
    boxes = {
        f"boxes {shape}": moments(torch.stack(crop_boxes(uniform, 0.9, *shape))) for shape in ((9, 8), (3, 40), (40, 3))
    }
    return {"uniform": content(uniform), "normal": moments(normal), **boxes}


def made_sets() -> dict[str, Numbers]:
    """Which samples are trained on and held out, how they are numbered, and the bias that they are given."""
    found: dict[str, Numbers] = {}
    for settings in (
        ('name="grey 10"',),
        ('name="grey 10"', "per_class=9", "undersample.target=4", "undersample.factor=2.5"),
        ('name="grey 10"', "held_out_per_class=3", "classes=[7, 2, 5]"),
        ('name="grey 10"', 'bias.kind="colour"', "bias.rho=0.8"),
        ('name="grey 10"', 'bias.kind="colour"', "bias.rho=0.8", "bias.shuffled=true"),
        ('name="colour 10"', 'bias.kind="corruption"', "bias.rho=0.8"),
    ):
        for name, data in zip(
            ("training", "held out"),
            sets.training_and_held_out(set_to(*(f"data.{setting}" for setting in settings)).data, 5),
            strict=True,
        ):
            start = f"{name} {' '.join(settings[1:])}".strip()
            found[f"{start} labels"] = content(data.labels)
            found[f"{start} images"] = moments(data.images) if "corruption" in start else content(data.images)
            if data.bias is not None:
                found[f"{start} bias"] = content(data.bias)
    floats = biases.coloured(SOME.images[:, :1] / np.float32(255), np.arange(26) % 10, 0)
    return found | {"coloured floats": moments(floats)}


def weighted() -> dict[str, Numbers]:
    """Balanced sampling and class weights, by themselves and in a training run."""
    balanced = trained(set_to('data.sampling="balanced"', "augmentation.flip=0.5"), SOME)
    return {
        "members": content(balanced_members(SOME.labels)),
        "weights": class_weights(SOME.labels).tolist(),
        **{f"balanced {part}": numbers for part, numbers in balanced.items()},
    }


def corrupting(number: int) -> dict[str, list[float]]:
    """Six images of one kind at its own size."""
    images = made("colour 3", counts=(2, 2, 2), side=32).images
    return {"images": moments(corrupted(images, np.full(6, number), 5))}


def second_block() -> dict[str, list[float]]:
    """Images beyond a block of corruptions, whose draws follow the first's."""
    images = made("colour 3", counts=(400, 400, 203), side=4).images
    return {"images": moments(corrupted(images, np.full(1003, 0), 5)[1000:])}


# by form, with what uses it, where anything does
LOSSES: dict[str, tuple[Callable[..., torch.Tensor], tuple[str, ...]]] = {
    "infonce": (partial(eps_sup_infonce, epsilon=0.4), ('METHODS["eps-sup-infonce"]', 'MEASUREMENTS["debiasing"]')),
    "supcon": (partial(eps_sup_con, epsilon=0.4), ('METHODS["eps-sup-con"]',)),
    "supcon plain": (nt_xent, ('METHODS["simclr"]', 'METHODS["bcl"]', 'METHODS["sup-con"]')),
    "infonce at infinity": (info_l1o, ()),
    "supcon_in": (sup_con_in, ()),
}


def direct(loss: Callable[..., torch.Tensor], size: int) -> dict[str, list[float]]:
    """Losses and gradients of float32 points with keys, at a temperature whose exponentials are summed and one where
    they would overflow; tiles on two threads, so that sums of several workers are merged."""
    generator = np.random.default_rng(size)
    labels, found = generator.integers(0, size // 8, size), {}
    torch.set_num_threads(2 if size > 640 else 1)
    for temperature in (0.2, 0.02):
        points = torch.from_numpy(generator.normal(size=(size, 6)).astype(np.float32)).requires_grad_()
        keys = torch.from_numpy(generator.normal(size=(size // 4, 6)).astype(np.float32)).requires_grad_()
        others = {"keys": keys, "key_labels": labels[: size // 4]}
        losses = loss(points, labels, temperature=temperature, no_positives="zero", reduction="none", **others)
        (losses * torch.linspace(0, 1, size)).sum().backward()
        found |= {f"{temperature} losses": moments(losses), f"{temperature} gradients": moments(points.grad)}
        found[f"{temperature} gradients of keys"] = moments(keys.grad)
    torch.set_num_threads(1)
    return found


def margins() -> dict[str, list[float]]:
    """Worst and mean margins of anchors among others and keys."""
    points = torch.from_numpy(1 + np.random.default_rng(1).normal(size=(60, 6)))  # most cosines are positive
    labels = np.arange(60) % 7
    found = anchor_margins(points, labels, 0.1, keys=points[:9].flip(0), key_labels=labels[:9])
    return {"worst": moments(found.worst), "mean": moments(found.mean)}
