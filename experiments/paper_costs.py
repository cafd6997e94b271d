"""`python -m contrastive_claims.experiments.paper_costs`: what every table of both papers costs to train at its published size.

An estimate. Steps of a network: its preset's epochs over the images of its data. Seconds of a step: measured, for the presets of
GPU and CORE; for the others counted in FLOPs, at the rate of SimCLR's measured step, but none shorter than the shortest measured.
`--page` rewrites the table of docs/paper-costs.md; `--time` times a part of a step of each measured preset on one core here.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from contrastive_claims.experiments.training.encoders import build_network
from contrastive_claims.experiments.training.presets import Preset, load_preset, with_settings
from contrastive_claims.theory.margins import nt_xent

BACKWARD = 2  # times the FLOPs of the forward pass
# Measured seconds a step: on an H100 (docs/machines.md; the first over six processes at once), and on one core by --time
GPU = {"biased-mnist-paper": 1 / 150, "cifar10-simclr-paper": 0.068}
CORE = {"biased-mnist-paper": 4.0, "cifar10-simclr-paper": 60.0}
RATE = "cifar10-simclr-paper"  # whose FLOPs a second the presets that nobody timed are taken to reach
IMAGES = {
    "mnist": 60_000,
    "cifar10": 50_000,
    "cifar100": 50_000,
    "imagenet-100": 126_689,
    "bffhq": 19_200,
    "imagenet-9": 54_600,
}
SIDES = {"mnist": 28, "cifar10": 32, "cifar100": 32}  # in pixels; the others are 224
BERT = (12, 768, 12, 3072, 128)  # layers, width, heads, inner width of BERT-base; subwords of a text
TEXTS, TEXT_STEPS = 64, 10_000  # of the preset bias-in-bios-paper: texts of a batch, two passes each
SEEDS = 3  # of paper A's tables: our choice


@dataclass(frozen=True)
class Row:
    """A published table or figure: networks, each by a preset and settings. assumed: what the papers or presets do not say."""

    shows: str
    networks: int
    preset: str
    settings: tuple[str, ...] = ()
    data: str = ""
    assumed: str = ""


# Counts of networks: the methods of each table that this code trains times SEEDS, without any search of eps or of weights, which
# multiplies them; of paper B as its released scripts train them, ten classes and the balanced set for each seed.
LARGE = ("encoder.name=resnet18", "encoder.stem=large")
ROWS = (
    Row("A: CIFAR-10", 4 * SEEDS, "cifar10-classification-paper"),
    Row("A: CIFAR-100", 4 * SEEDS, "cifar100-classification-paper"),
    Row("A: ImageNet-100", 4 * SEEDS, "imagenet100-classification-paper", assumed="200 epochs, batch 512"),
    Row("A, Figure 2 and Table 3: Biased-MNIST, four rho", 4 * 7 * SEEDS, "biased-mnist-paper"),
    Row("A: Corrupted CIFAR-10, four shares", 4 * 2 * SEEDS, "corrupted-cifar10-paper", assumed="200 epochs"),
    Row("A: bFFHQ", 2 * SEEDS, "corrupted-cifar10-paper", LARGE, "bffhq", "as Corrupted CIFAR-10"),
    Row("A: 9-class ImageNet", 2 * SEEDS, "corrupted-cifar10-paper", LARGE, "imagenet-9", "as Corrupted CIFAR-10"),
    Row("B: SimCLR, 100 and 20 times, ten seeds", 210, "cifar10-simclr-paper"),
    Row("B: SimSiam, two seeds", 22, "cifar10-simsiam-paper"),
    Row("B: BCL, two seeds", 22, "cifar10-bcl-paper"),
    Row("B: SimCSE on biographies", 29 * SEEDS, "bias-in-bios-paper", assumed="10,000 steps; 28 occupations and none"),
)
PAGE = Path(__file__).parent.parent / "docs" / "paper-costs.md"
BEGIN, END = "<!-- by paper_costs --page -->\n", "<!-- end -->\n"


@lru_cache
def flops(preset: str, settings: tuple[str, ...] = (), data: str = "") -> float:
    """FLOPs (two for a multiplication with its addition) of one training step: of the encoder and its head, both passes."""
    if preset == "bias-in-bios-paper":
        layers, width, heads, inner, words = BERT
        with torch.device("meta"):
            layer = nn.TransformerEncoderLayer(width, heads, inner, batch_first=True)
            texts = torch.empty(1, words, width)
        return (1 + BACKWARD) * 2 * TEXTS * layers * counted(layer, texts)
    made = with_settings(load_preset(preset), settings)
    side = SIDES.get(data or made.data.name, 224)
    network = build_network(made.encoder, made.method.name, (3, side, side), 10, torch.Generator())
    views = made.method.views * made.batch
    return (1 + BACKWARD) * views * counted(network.to("meta"), torch.empty(1, 3, side, side, device="meta"))


def counted(network: nn.Module, example: torch.Tensor) -> float:
    """FLOPs of a network's forward pass of one example, without storage."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network.eval()(example)
    return float(counter.get_total_flops())


def steps(row: Row) -> int:
    """Steps of one of the row's networks."""
    if row.preset == "bias-in-bios-paper":
        return TEXT_STEPS
    made = with_settings(load_preset(row.preset), row.settings)
    images = IMAGES[row.data or made.data.name]
    return made.epochs * (images // made.batch + (made.last_batch == "keep" and images % made.batch > 0))


def seconds(row: Row, measured: dict[str, float]) -> float:
    """Seconds of a step of the row's networks on what those of `measured` were timed on, as measured or from FLOPs."""
    if row.preset in measured:
        return measured[row.preset]
    counted = flops(row.preset, row.settings, row.data) * measured[RATE] / flops(RATE)
    return max(counted, min(GPU.values()))  # a GPU is not faster for having less to do


def gpu_hours(row: Row) -> float:
    """Hours of an H100 for the row, an estimate."""
    return row.networks * steps(row) * seconds(row, GPU) / 3600


def core_days(row: Row) -> float:
    """Days of one CPU core for the row, an estimate."""
    return row.networks * steps(row) * seconds(row, CORE) / 86_400


def table() -> str:
    """The rows in Markdown."""
    lines = [
        "| table | networks | steps each | s a step | from | H100 hours | core days |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in ROWS:
        source = "measured" if row.preset in GPU else "FLOPs"
        shows = f"{row.shows} ({row.assumed})" if row.assumed else row.shows
        costs = " | ".join(map(rounded, (gpu_hours(row), core_days(row))))
        lines.append(
            f"| {shows} | {row.networks} | {steps(row):,} | {rounded(seconds(row, GPU))} | {source} | {costs} |"
        )
    total = rounded(sum(map(gpu_hours, ROWS))), rounded(sum(map(core_days, ROWS)))
    lines.append(f"| all | {sum(row.networks for row in ROWS)} | | | | {total[0]} | {total[1]} |")
    return "\n".join(lines) + "\n"


def rounded(value: float) -> str:
    """Two figures: an estimate has no more."""
    return f"{float(f'{value:.1e}'):,.3g}" if value < 1000 else f"{float(f'{value:.1e}'):,.0f}"


def timed(name: str, images: int = 32) -> float:
    """Seconds of a whole step of a preset on one core here, from the fastest of three on few images: passes and loss."""
    made: Preset = load_preset(name)
    side, threads = SIDES[made.data.name], torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        network = build_network(made.encoder, made.method.name, (3, side, side), 10, torch.Generator().manual_seed(0))
        examples, taken = torch.rand(images * made.method.views, 3, side, side), []
        for _ in range(3):
            began = time.perf_counter()
            nt_xent(
                network(examples)[1], torch.arange(len(examples)) // 2, no_positives="skip", temperature=0.5
            ).backward()
            taken.append(time.perf_counter() - began)
    finally:
        torch.set_num_threads(threads)
    return float(np.min(taken)) * made.batch / images


def main(arguments: list[str] | None = None) -> int:
    """Print the table, write it into the page, or time steps here."""
    parser = argparse.ArgumentParser(prog="python -m contrastive_claims.experiments.paper_costs", description=__doc__)
    parser.add_argument("--page", action="store_true", help="rewrite the table of docs/paper-costs.md")
    parser.add_argument("--time", action="store_true", help="time a step of the measured presets on one core here")
    options = parser.parse_args(arguments)
    if options.time:
        for name in CORE:
            taken = timed(name)
            print(f"{name}: {taken:.3g} s a step on one core here, {flops(name) / taken / 1e9:.3g} GFLOP/s")
        return 0
    if options.page:
        before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
        PAGE.write_text(before + BEGIN + table() + END + rest.partition(END)[2], "utf-8")
    print(table(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
