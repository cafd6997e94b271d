"""The command line. Modules that need torch or numpy are imported inside the commands that use them."""

from __future__ import annotations

import difflib
import json
import os
import sys
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from textwrap import fill, indent
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console

if TYPE_CHECKING:
    from experiments.ledger.vocabulary import Claim

app = typer.Typer(
    help="Checks the claims of two papers on contrastive learning, and shows the evidence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
data_app = typer.Typer(help="The data sets that claims use.", no_args_is_help=True)
app.add_typer(data_app, name="data")

BENCHMARKS: dict[str, dict[str, Any]] = {
    "losses": {"sizes": (64, 256, 1024, 4096, 8192, 16384, 65536)},
    "graphs": {"million_degree": 190},
    "training": {},
}
DEVICES = ("auto", "cpu", "cuda", "mps")

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Out = Annotated[Path, typer.Option("--out", help="Folder of records, models and figures.")]


def refuse(message: str) -> NoReturn:
    """Bad usage: one line, exit status 2."""
    print(f"claims: {message}", file=sys.stderr)
    raise typer.Exit(2)


def one_of(kind: str, value: str, known: Iterable[str]) -> str:
    """`value` if it is known; else refuse, naming the nearest known ones."""
    known = list(known)
    if value in known:
        return value
    folded = {name.casefold(): name for name in known}
    near = [folded[name] for name in difflib.get_close_matches(value.casefold(), folded, n=3, cutoff=0.4)]
    refuse(f"unknown {kind} {value!r}; nearest: {', '.join(near or known[:8])}")


def select(patterns: Iterable[str] | None) -> list[Claim]:
    """Claims whose id equals a pattern, matches it as a glob, or begins with it where no id equals it ("A" takes all of
    A); every claim without patterns."""
    from experiments.claims.catalogue import CLAIMS

    ids = [claim.id for claim in CLAIMS]
    chosen: set[str] = set(ids) if not patterns else set()
    for pattern in patterns or ():
        found = [i for i in ids if i == pattern] or [i for i in ids if fnmatchcase(i, pattern)]
        found = found or [i for i in ids if pattern and i.startswith(pattern)]
        chosen.update(found or [one_of("claim", pattern, ids)])
    return [claim for claim in CLAIMS if claim.id in chosen]


@app.command("list")
def list_claims(json_output: Json = False, out: Out = Path("results")) -> None:
    """Every claim: id, source, statement, last verdict."""
    from experiments.claims.catalogue import CLAIMS
    from experiments.ledger import records
    from experiments.ledger.vocabulary import SCALES

    committed = {scale: records.recorded(scale) for scale in SCALES}
    rows = []
    for claim in CLAIMS:
        found = own_records(out / "records", claim.id) or [c[claim.id] for c in committed.values() if claim.id in c]
        if found:
            status, scale = found[-1]["verdict"], found[-1]["scale"]
        else:
            status, scale = f"NOT_RUN ({'not run yet' if claim.check else claim.pending})", ""
        rows.append(
            {
                "id": claim.id,
                "source": claim.source,
                "verdict": status,
                "scale": scale,
                "scales": list(claim.scales),
                "statement": claim.statement,
                "hypotheses": claim.at(scale or next(iter(claim.scales), "quick")).hypotheses,
                "rests_on": found[-1].get("rests_on", []) if found else [],
            }
        )
    if json_output:
        sys.stdout.write(records.to_json(rows).decode())
        return
    from experiments.ledger.plain import plain

    width = Console().width
    for row in rows:
        told = f"{row['id']:<5} {row['verdict']} {row['scale']}".rstrip()
        print(fill(f"{told}  {plain(row['source'])}", width, subsequent_indent=" " * 6))
        print(indent(fill(plain(row["statement"]), width - 6), " " * 6))


def own_records(folder: Path, claim_id: str) -> list[dict[str, Any]]:
    """The readable records of a claim in a folder, by rising scale."""
    from experiments.ledger import records
    from experiments.ledger.vocabulary import SCALES

    found = []
    for scale in SCALES:
        try:
            record = records.load(folder, claim_id, scale)
        except records.RecordError:
            continue  # verify names and sets aside an unusable record; a listing only lists
        if record is not None:
            found.append(record)
    return found


def resolve_device(device: str) -> str:
    """A device that is here: "auto" prefers an accelerator; asking for an absent one is refused, never replaced."""
    one_of("device", device, DEVICES)
    if device == "cpu":
        return "cpu"
    import torch

    present = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if device == "auto":
        return next(name for name in ("cuda", "mps", "cpu") if present[name])
    if not present[device]:
        refuse(f"device {device!r} is not available on this machine; use --device cpu")
    return device


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@app.command()
def verify(
    claims: Annotated[list[str] | None, typer.Argument(help="Claim ids, prefixes or globs; all without any.")] = None,
    scale: Annotated[str, typer.Option(help="quick, standard or paper.")] = "quick",
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    jobs: Annotated[int, typer.Option(min=0, help="Worker processes; 0: one per core.")] = 0,
    out: Out = Path("results"),
    record: Annotated[
        bool, typer.Option("--record", help="Write the committed record, its gallery and README's table.")
    ] = False,
    json_output: Json = False,
) -> None:
    """Check claims, write the ledger and draw the figures. Finished claims are reused, not repeated."""
    from experiments.ledger.vocabulary import SCALES

    one_of("scale", scale, SCALES)
    selected = select(claims)
    chosen = [claim.at(scale) for claim in selected if scale in claim.scales]
    absent = [claim for claim in selected if claim.id in (claims or ()) and scale not in claim.scales]
    if absent:
        have = "; ".join(f"{claim.id}: {', '.join(claim.scales) or claim.pending}" for claim in absent)
        refuse(f"no form at scale {scale}; forms there are: {have} (`claims list` shows all)")
    if not chosen:
        refuse(f"none of these claims has a form at scale {scale}; `claims list` shows which scales a claim has")
    device = resolve_device(device)
    if len(chosen) < len(selected) and (claims or scale == "quick"):
        unchecked = ", ".join(f"{c.id} ({c.at(scale).pending})" for c in selected if scale not in c.scales)
        print(f"NOT_RUN: {unchecked}", file=sys.stderr)

    from experiments.verify.session import run_verification

    console = Console(stderr=json_output, highlight=False, markup=False, soft_wrap=True)
    try:
        status = run_verification(chosen, scale, device, jobs or available_cores(), out, record, console)
    except KeyboardInterrupt:
        print("interrupted: finished claims are recorded; the same command goes on from there", file=sys.stderr)
        raise typer.Exit(130) from None
    if json_output:
        sys.stdout.write((out / "ledger.json").read_text("utf-8"))
    raise typer.Exit(status)


@app.command()
def figures(
    names: Annotated[list[str] | None, typer.Argument(help="Claim ids whose figures to draw; all without any.")] = None,
    out: Out = Path("results"),
    json_output: Json = False,
) -> None:
    """Redraw the figures from the recorded evidence, without recomputing anything."""
    from experiments.ledger.records import RECORDED
    from experiments.ledger.vocabulary import SCALES
    from experiments.verify.drawing import draw

    drawn = []
    for claim in select(names):
        for scale in reversed(SCALES):
            found = draw(claim, out / "records", out / "figures", scale)
            drawn += found or draw(claim, RECORDED / scale, out / "figures", scale)
    if not drawn:
        refuse("no figure, or no recorded evidence for it; run `claims verify` first")
    print(json.dumps([str(path) for path in drawn]) if json_output else "\n".join(map(str, drawn)))


@app.command()
def train(
    preset: Annotated[str, typer.Argument(help="Name of a preset.")],
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="key=value, several times: epochs=5, data.bias.rho=0.99.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of split, weights, views and order.")] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    out: Out = Path("results"),
    json_output: Json = False,
) -> None:
    """One training run of a preset, under OUT/runs/. Stopped, the same command goes on; under torchrun it is distributed."""
    device = resolve_device(device)
    from experiments.data.locations import DataAbsent
    from experiments.training.checkpoint import CheckpointError
    from experiments.training.display import TrainingDisplay
    from experiments.training.memory import keep_freed_memory
    from experiments.training.session import begin_ranks, run_session
    from experiments.training.trainer import Diverged

    try:
        keep_freed_memory()
        device = begin_ranks(device)
        result = run_session(preset, settings or [], seed, device, out, TrainingDisplay(sys.stderr).show)
    except (ValueError, DataAbsent) as error:
        refuse(str(error))
    except (Diverged, CheckpointError) as error:
        print(f"claims: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        print("\ninterrupted: the same command goes on from the last checkpoint", file=sys.stderr)
        raise typer.Exit(130) from None
    if json_output and result:
        print(json.dumps(result, indent=1))
    elif result:
        reused = " (finished before)" if result.get("reused") else ""
        print("\n".join(flat(result["held_out"], "held out")))
        print(f"{result['folder']}{reused}")


@app.command()
def bench(
    what: Annotated[str, typer.Argument(help="losses, graphs or training.")],
    million: Annotated[
        bool, typer.Option("--million", help="graphs: also one of a million nodes, minutes more.")
    ] = False,
    json_output: Json = False,
) -> None:
    """Time, memory and accuracy against peers, in one run on an otherwise idle machine (peers come with the test extra)."""
    one_of("benchmark", what, BENCHMARKS)
    if million and what != "graphs":
        refuse("--million belongs to the benchmark of graphs")
    from importlib import import_module

    options = BENCHMARKS[what] | ({"million": True} if million else {})
    report = import_module(f"experiments.bench.{what}").run(**options)
    print(json.dumps(report, indent=1) if json_output else "\n".join(flat(report)))


def flat(content: Any, name: str = "") -> Iterable[str]:
    """A nested report as "dotted.name  value" lines; lists of numbers on one line."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from flat(value, f"{name}.{key}" if name else key)
    elif isinstance(content, list) and content and isinstance(content[0], dict):
        for k, value in enumerate(content):
            yield from flat(value, f"{name}[{k}]")
    else:
        yield f"{name:<60} {f'{content:.6g}' if isinstance(content, float) else content}"


@data_app.command("check")
def data_check(
    names: Annotated[
        list[str] | None, typer.Argument(help="Data sets to read in full; none: list all, unread.")
    ] = None,
    json_output: Json = False,
) -> None:
    """What data is here, what is missing, and how to get it. Sets that are named are read and their checksums compared."""
    from experiments.data.inventory import entry
    from experiments.data.locations import LOCATIONS, own_locations

    known = [*LOCATIONS, *own_locations()]
    rows = [entry(one_of("data set", name, known), decode=bool(names)) for name in names or known]
    print(json.dumps(rows, indent=1) if json_output else "\n".join(map(data_line, rows)))
    raise typer.Exit(any(row["problem"] for row in rows))


@data_app.command("fetch")
def data_fetch(
    name: Annotated[str, typer.Argument(help="Data set to download into the Hugging Face cache.")],
    json_output: Json = False,
) -> None:
    """Download a data set, then read it and compare its checksum. The only command that touches the network."""
    from experiments.data.fetch import fetch
    from experiments.data.inventory import entry
    from experiments.data.locations import LOCATIONS, DataAbsent

    one_of("data set", name, LOCATIONS)
    try:
        fetch(name)
    except (ValueError, DataAbsent) as error:
        refuse(str(error))
    row = entry(name, decode=True)
    print(json.dumps(row, indent=1) if json_output else data_line(row))
    raise typer.Exit(bool(row["problem"]))


def data_line(row: dict[str, Any]) -> str:
    """One line on a data set: where it is and what it holds, what is wrong with it, or how to get it."""
    if row["problem"]:
        return f"{row['name']:<14} damaged: {row['problem']}"
    if not row["found"]:
        return f"{row['name']:<14} missing: {row['advice']}"
    splits = []
    for split, content in row["splits"].items():
        samples = "" if content["samples"] is None else f" {content['samples']:,}"
        compared = "as known" if content["known"] else "none known to compare with"
        splits.append(
            f"{split}{samples}" + (f" {content['checksum'][:12]} ({compared})" if content["checksum"] else "")
        )
    return f"{row['name']:<14} {row['found']}  {', '.join(splits)}"
