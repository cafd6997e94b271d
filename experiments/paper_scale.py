"""`python -m contrastive_claims.experiments.paper_scale`: train what the claims at scale *paper* need, in slices, several
networks on one GPU.

A slice ends after --minutes behind a checkpoint of each network; the same command goes on from there. What is trained and
measured lies in OUT/models, where `claims verify --scale paper --out OUT` finds it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from contrastive_claims.experiments.claims.debiasing import published_size
from contrastive_claims.experiments.claims.harms import published_size as harms_at_published_size
from contrastive_claims.experiments.ledger.vocabulary import Run
from contrastive_claims.experiments.models.bias import debiasing
from contrastive_claims.experiments.models.harms import directions
from contrastive_claims.experiments.models.store import Measure, Model, measured, missing

NEWS_SECONDS = 20.0  # between two lines about one network


def main(arguments: Sequence[str] | None = None) -> int:
    """0: everything is trained; 75: the slice is over and something is left; 1: a network could not be trained."""
    options = _options(arguments)
    import torch

    if options.device.startswith("cuda") and not torch.cuda.is_available():
        print("claims: --device cuda: torch sees no CUDA device here", file=sys.stderr)
        return 2
    started = time.time()
    store: Path = options.out / "models"
    run = Run(scale="paper", device=options.device, store=store)
    wanted = every_network()
    for setting in options.set:
        wanted = [(_changed(model, setting), measure) for model, measure in wanted]
    absent = [(model, measure) for model, measure in wanted if missing([model], measure, run)]
    left = absent[: options.first or None]
    print(f"{len(wanted) - len(absent)} of {len(wanted)} networks are there; now to train: {len(left)}", flush=True)
    deadline = started + 60 * options.minutes
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        tasks = [(model, measure, options.device, store, deadline) for model, measure in left]
        outcomes = list(pool.imap_unordered(_train, tasks))
    for outcome in outcomes:
        print(outcome)
    if any(outcome.startswith("failed") for outcome in outcomes):
        return 1
    return 75 if any(outcome.startswith("left") for outcome in outcomes) else 0


def every_network() -> list[tuple[Model, Measure]]:
    """The networks with what is kept of them: Biased-MNIST's first, then SimCLR's on CIFAR-10."""
    biased, harmed = published_size.every_model(), harms_at_published_size.every_model()
    return [*((model, debiasing) for model in biased), *((model, directions) for model in harmed)]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m contrastive_claims.experiments.paper_scale", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("results"), help="folder of the records (default: results)")
    parser.add_argument("--device", default="cuda", help="cuda, cuda:1, or cpu for a trial (default: cuda)")
    parser.add_argument("--processes", type=int, default=4, help="networks trained at once (default: 4)")
    parser.add_argument("--minutes", type=float, default=8.5, help="length of the slice (default: 8.5)")
    parser.add_argument(
        "--first", type=int, default=0, help="only so many of the networks that are left (default: all)"
    )
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a trial with other settings")
    options = parser.parse_args(arguments)
    if options.processes < 1 or not options.minutes > 0 or options.first < 0:
        parser.error("--processes must be at least 1, --minutes positive and --first not negative")
    return options


def _changed(model: Model, setting: str) -> Model:
    from contrastive_claims.experiments.training.presets import with_settings

    return Model(with_settings(model.preset, [setting]), model.seed, model.split)


def _train(task: tuple[Model, Measure, str, Path, float]) -> str:
    """One network trained and measured, or as far as the slice goes; what came of it, in a line."""
    import torch

    from contrastive_claims.experiments.training.stopping import Stopped

    model, measure, device, store, deadline = task
    penalty = model.preset.method.penalty
    added = f"{penalty.name} {penalty.variant}, weight {penalty.weight:g}" if penalty else "no penalty"
    name = f"{model} ({model.preset.method.name}, {added})"
    if time.time() > deadline:
        return f"left: {name}"
    torch.set_num_threads(1)
    torch.backends.cudnn.benchmark = True
    told = time.monotonic()

    def news(done: int, total: int, what: str) -> None:
        nonlocal told
        if time.monotonic() - told > NEWS_SECONDS:
            told = time.monotonic()
            print(f"{model.preset.method.name} {what}", flush=True)

    began = time.monotonic()
    run = Run(scale="paper", device=device, store=store, progress=news, stop=lambda: time.time() > deadline)
    try:
        record = measured([model], measure, run)[model]
    except Stopped as stopped:
        return f"left: {name}: {stopped}"
    except Exception as error:  # noqa: BLE001 - one network that fails is told, and the others go on
        return f"failed: {name}: {type(error).__name__}: {error}"
    right = f", unbiased accuracy {(record['predictions'] == record['truth']).mean():.4f}" if "truth" in record else ""
    return f"trained: {name}: {time.monotonic() - began:.0f} s in this slice{right}"


if __name__ == "__main__":
    sys.exit(main())
