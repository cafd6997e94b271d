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
    from experiments.training.stopping import Stopping

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
    """Every claim: id, last verdict, what was seen here, source, statement."""
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
                "here": found[-1]["here"] if found else "",
                "setting": found[-1]["setting"] if found else "",
                "exploratory": found[-1]["exploratory"] if found else None,
                "scale": scale,
                "scales": list(claim.scales),
                "statement": claim.statement,
                "hypotheses": claim.at(scale or next(iter(claim.scales), "quick")).hypotheses,
                "rests_on": found[-1]["rests_on"] if found else [],
            }
        )
    if json_output:
        sys.stdout.write(records.to_json(rows).decode())
        return
    from experiments.ledger.plain import plain

    width = Console().width
    for row in rows:
        here = f"({row['here']} here: {row['setting']})" if row["here"] else ""
        flag = "exploratory" if row["exploratory"] else ""
        told = " ".join(part for part in (f"{row['id']:<5}", row["verdict"], row["scale"], here, flag) if part)
        print(fill(f"{told}  {plain(row['source'])}", width, subsequent_indent=" " * 6))
        print(indent(fill(plain(row["statement"]), width - 6), " " * 6))


@app.command()
def declare() -> None:
    """For who edits the catalogue: append the wordings that are new to the declarations, before anything decides them."""
    from datetime import UTC, datetime

    from experiments.claims.catalogue import CLAIMS, SETTINGS
    from experiments.ledger import declared, keys, records

    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        added = declared.declare(CLAIMS, SETTINGS, now, keys.commit())
    except records.RecordError as error:
        refuse(str(error))
    for made in added:
        print(f"{made.claim} at scale {made.scale}: declared on {made.date}")
    print(f"{len(added)} new wordings in {declared.DECLARED.name}")


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
        bool, typer.Option("--record", help="Write the committed record, its gallery, CLAIMS.md and README.")
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

    from experiments.ledger import declared
    from experiments.ledger.records import RecordError
    from experiments.verify.session import run_verification

    try:
        declared.read()
    except RecordError as error:
        refuse(str(error))
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
def prove(
    claims: Annotated[
        list[str] | None, typer.Argument(help="Claim ids, prefixes or globs; every theorem without any.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=0, help="Files compiled at a time; 0: one per core.")] = 0,
    limit: Annotated[float, typer.Option(min=1, help="Seconds that one file may take.")] = 300,
    tie: Annotated[
        bool, typer.Option("--tie", help="Also hold the definitions to the running code, at random points.")
    ] = False,
    out: Out = Path("results"),
    record: Annotated[bool, typer.Option("--record", help="Write the committed record of proofs.")] = False,
    json_output: Json = False,
) -> None:
    """Check the theorems of theory/formal with Coq; without Coq, say what the committed record says. What compiled is kept under
    OUT/formal/, or in the folder $CLAIMS_FORMAL, and reused."""
    from dataclasses import asdict

    from experiments.ledger import records
    from experiments.prove import session
    from experiments.prove.sources import SourceError, Sources

    try:
        sources = Sources.read()
        selected = [claim.id for claim in select(claims)]
        chosen = [claim for claim in sources.claims if claim in selected]
        if without := [claim for claim in claims or () if claim in selected and claim not in chosen]:
            refuse(f"no theorem for {', '.join(without)}; there is one for {', '.join(sources.claims)}")
        if not chosen:
            refuse(f"no theorem for these claims; there is one for {', '.join(sources.claims)}")
        if record and len(chosen) < len(sources.claims):
            refuse("--record writes the record of every theorem; name no claim")
        folder = Path(os.environ.get("CLAIMS_FORMAL") or out / "formal")
        console = Console(stderr=True, highlight=False, markup=False)
        with console.status("proving") as status:
            report = session.prove(
                sources,
                chosen,
                folder,
                jobs or available_cores(),
                limit,
                session.TIE_POINTS if tie else 0,
                status.update,
            )
        written = session.write_record(sources, report) if record else None
    except (SourceError, records.RecordError) as error:
        print(f"claims: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    except ValueError as error:
        refuse(str(error))
    except KeyboardInterrupt:
        print("interrupted: compiled files are kept; the same command goes on from there", file=sys.stderr)
        raise typer.Exit(130) from None
    if json_output:
        sys.stdout.write(records.to_json(asdict(report)).decode())
    else:
        print("\n".join(session.lines_of(report)))
        if written:
            print(f"recorded: {written}")
    raise typer.Exit(0 if report.good else 1)


@app.command()
def figures(
    names: Annotated[list[str] | None, typer.Argument(help="Claim ids whose figures to draw; all without any.")] = None,
    kind: Annotated[
        str, typer.Option("--format", help="svg, png or pdf (fonts embedded, for LaTeX); svg and png without it.")
    ] = "",
    out: Out = Path("results"),
    json_output: Json = False,
) -> None:
    """Redraw the figures from the recorded evidence, without recomputing anything; one that cannot be drawn is named, and the
    others are."""
    from experiments.ledger.records import RECORDED
    from experiments.ledger.vocabulary import SCALES
    from experiments.verify.drawing import DRAWING_ERRORS, DRAWN, FORMATS, draw

    formats = (one_of("format", kind, FORMATS),) if kind else DRAWN
    drawn: list[Path] = []
    failed = 0
    for claim in select(names):
        for scale in reversed(SCALES):
            try:
                found = draw(claim, out / "records", out / "figures", scale, formats)
                drawn += found or draw(claim, RECORDED / scale, out / "figures", scale, formats)
            except DRAWING_ERRORS as error:
                failed += 1
                what = f"{type(error).__name__}: {error}"
                print(f"claims: the figure of {claim.id} at scale {scale} cannot be drawn, {what}", file=sys.stderr)
    if not drawn and not failed:
        refuse("no figure, or no recorded evidence for it; run `claims verify` first")
    print(json.dumps([str(path) for path in drawn]) if json_output else "\n".join(map(str, drawn)))
    raise typer.Exit(1 if failed else 0)


@app.command()
def train(
    preset: Annotated[
        str, typer.Argument(help="Name of a preset, or `list` for all; `images-cpu` is for your own images.")
    ],
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="key=value, several times: epochs=5, data.bias.rho=0.99.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="Your own images: a folder of class folders, a saved data set, .parquet, or .csv."),
    ] = None,
    skip_corrupt: Annotated[
        bool, typer.Option("--skip-corrupt", help="Leave out images of your own that cannot be read, and count them.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Seed of split, weights, views and order.")] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    resume_anyway: Annotated[
        bool, typer.Option("--resume-anyway", help="Go on with a run that other code, versions or processes began.")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Set aside what there is of this run, and begin again.")
    ] = False,
    out: Out = Path("results"),
    json_output: Json = False,
) -> None:
    """One training run of a preset, under OUT/runs/. Stopped, the same command goes on; under torchrun it is distributed."""
    from experiments.training.stopping import Stopping

    if resume_anyway and fresh:
        refuse("--resume-anyway and --fresh exclude each other")
    if preset == "list":
        from experiments.training.presets import summaries

        print("\n".join(f"{name:<34} {text}" for name, text in summaries()))
        return
    with Stopping() as stop:
        if os.environ.get("RANK", "0") == "0":
            print("loading PyTorch", file=sys.stderr, flush=True)  # seconds, on a busy machine half a minute
        device = resolve_device(device)
        settings = [*(settings or []), *(["data.skip_corrupt=true"] if skip_corrupt else [])]
        answer = "resume-anyway" if resume_anyway else "fresh" if fresh else "ask"
        result = _train(preset, settings, data, seed, device, answer, out, stop)
    if not result:
        return
    if json_output:
        print(json.dumps(result, indent=1))
    else:
        reused = " (finished before)" if result.get("reused") else ""
        print("\n".join(flat(result["held_out"], "held out")))
        print("".join(f"warning: {word}\n" for word in result["warnings"]), end="")
        print(f"{result['folder']}{reused}")


def _train(
    preset: str,
    settings: list[str],
    data: Path | None,
    seed: int,
    device: str,
    answer: str,
    out: Path,
    stop: Stopping,
) -> dict[str, Any]:
    """The run, with every error as one line; {} on ranks other than 0, which do not speak."""
    from experiments.data.locations import DataAbsent
    from experiments.training.checkpoint import CheckpointError
    from experiments.training.display import TrainingDisplay
    from experiments.training.memory import keep_freed_memory
    from experiments.training.runs import RunError
    from experiments.training.session import begin_ranks, run_session
    from experiments.training.stopping import Stopped
    from experiments.training.threads import choose_threads
    from experiments.training.trainer import Diverged, RanksDiffer
    from theory.margins.distributed import world

    display = TrainingDisplay(sys.stderr)

    def prepare() -> str:
        if device != "cpu" or world()[1] > 1:
            return ""
        threads, why = choose_threads(available_cores())
        return f"{threads} thread: {why}" if "busy" in why else ""

    try:
        keep_freed_memory()
        device = begin_ranks(device)
        report = display.show if world()[0] == 0 else lambda progress: None
        return run_session(
            preset, settings, seed, device, out, report,
            data=data, answer=answer, tell=display.say, news=display.say, stop=stop, prepare=prepare,
        )  # fmt: skip
    except (ValueError, DataAbsent) as error:
        refuse(str(error))
    except (Diverged, RanksDiffer) as error:  # of all ranks alike
        if world()[0] == 0:
            display.say(f"claims: {error}")
        raise typer.Exit(1) from None
    except (CheckpointError, RunError) as error:
        display.say(f"claims: {error}")
        raise typer.Exit(1) from None
    except Stopped as word:
        display.say(f"claims: {word}")
        raise typer.Exit(stop.status) from None


@app.command()
def embed(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run (results/runs/...).")],
    images: Annotated[Path, typer.Argument(help="Images: a folder, a saved data set, .parquet, or .csv.")],
    file: Annotated[Path, typer.Option("--to", help="What to write: .npz or .parquet.")] = Path("embeddings.npz"),
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="data.image, data.label or data.bias=COLUMN of a table.")
    ] = None,
    skip_corrupt: Annotated[bool, typer.Option("--skip-corrupt", help="Leave out images that cannot be read.")] = False,
    json_output: Json = False,
) -> None:
    """Embed images with a run's encoder: embeddings, features, labels and file names, for `claims audit` or your own use."""
    from experiments.training.checkpoint import CheckpointError
    from experiments.training.inference import embed_images
    from experiments.training.runs import RunError

    try:
        told = embed_images(
            run, images, file, settings or [], skip_corrupt, lambda text: print(text, file=sys.stderr, flush=True)
        )
    except ValueError as error:
        refuse(str(error))
    except (CheckpointError, RunError, OSError) as error:
        print(f"claims: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    print(json.dumps(told) if json_output else f"{told['file']}: {told['images']} images, {told['width']} numbers each")


@app.command()
def export(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run (results/runs/...).")],
    file: Annotated[
        Path, typer.Argument(help="What to write: .safetensors (weights) or .pt2 (torch.export: a program).")
    ],
    json_output: Json = False,
) -> None:
    """A run's encoder for use elsewhere: images [B, C, H, W] in [0, 1] -> features [B, F]."""
    from experiments.training.checkpoint import CheckpointError
    from experiments.training.inference import export_encoder
    from experiments.training.runs import RunError

    try:
        told = export_encoder(run, file)
    except ValueError as error:
        refuse(str(error))
    except (CheckpointError, RunError, OSError) as error:
        print(f"claims: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    print(json.dumps(told) if json_output else f"{told['file']}: {told['holds']}")


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


@data_app.command("accept")
def data_accept(
    name: Annotated[str, typer.Argument(help="Name or path of a data set that was changed on purpose.")],
    json_output: Json = False,
) -> None:
    """Take a data set as it is now: what was recorded of it at first use is forgotten, and its next use is the first."""
    from experiments.data.locations import LOCATIONS, locate, own_locations
    from experiments.data.remembered import forget

    known = [*LOCATIONS, *own_locations()]
    place = locate(name) if name in known else name
    if place is None or not (name in known or Path(name).exists()):
        refuse(f"{name}: neither a data set that is here (`claims data check`) nor a path")
    try:
        count = forget(str(Path(place).resolve()))
    except ValueError as error:
        refuse(str(error))
    if not count:
        refuse(f"{name}: nothing is recorded of it")
    said = f"{name}: {count} recorded checksum{'s' if count > 1 else ''} forgotten"
    print(json.dumps({"name": name, "forgotten": count}) if json_output else said)


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
