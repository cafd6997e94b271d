"""The command line. Modules that need torch or numpy are imported inside the commands that use them."""

from __future__ import annotations

import difflib
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TextIO, cast

import typer
from rich.console import Console
from typer.core import TyperGroup

from contrastive_claims.experiments.ledger.errors import FolderError, RecordError

if TYPE_CHECKING:
    from contrastive_claims.experiments.ledger.vocabulary import Claim
    from contrastive_claims.experiments.training.stopping import Stopping


class Commands(TyperGroup):
    """The commands; what is wrong with a file or folder of results is one line, and a reader that has gone is no error."""

    def invoke(self, ctx: typer.Context) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        sys.stdout = cast(TextIO, Unbroken(sys.stdout))
        try:
            return super().invoke(ctx)
        except (RecordError, FolderError) as error:
            refuse(str(error))
        except BrokenPipeError:
            raise
        except OSError as error:  # a full disk, say
            print(f"claims: {what_failed(error)}", file=sys.stderr)
            raise typer.Exit(1) from None
        except (MemoryError, ImportError, RuntimeError) as error:
            if not lacks_memory(error):
                raise
            print("claims: out of memory; what was finished is kept", file=sys.stderr)
            raise typer.Exit(1) from None


def lacks_memory(error: Exception) -> bool:
    """Whether an error says that memory has run out: Python, the dynamic loader and PyTorch have words of their own."""
    words = ("can't start new thread", "failed to map segment", "can't allocate memory", "out of memory")
    return isinstance(error, MemoryError) or any(word in str(error) for word in words)


def what_failed(error: OSError) -> str:
    """The file and what is wrong with it, as far as the system says."""
    return f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error)


class Unbroken:
    """A stream whose reader may go (`claims verify | head -1`): work goes on, and what is written then is dropped."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except BrokenPipeError:
            return self._gone(len(text))

    def flush(self) -> None:
        try:
            self._stream.flush()
        except BrokenPipeError:
            self._gone(0)

    def _gone(self, count: int) -> int:
        os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
        return count


def told_version(asked: bool) -> None:
    if asked:
        print(f"contrastive-claims {version('contrastive-claims')}")
        raise typer.Exit


CLAIMS_PANEL, YOURS_PANEL, UPKEEP_PANEL = "The claims", "Your own work", "For who works on this package"

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=told_version, is_eager=True, help="Say the version and stop.")
    ] = False,
) -> None:
    """Checks the claims of two papers on contrastive learning, and shows the evidence."""


data_app = typer.Typer(help="The data sets that claims use.", no_args_is_help=True)
app.add_typer(data_app, name="data", rich_help_panel=YOURS_PANEL)

BENCHMARKS: dict[str, dict[str, Any]] = {
    "losses": {"sizes": (16, 64, 256, 1024, 4096, 8192, 16384, 65536)},
    "graphs": {"million_degree": 190},
    "training": {},
}
DEVICES = ("auto", "cpu", "cuda", "mps")
PRESETS = sorted(path.stem for path in (Path(__file__).parent / "presets").glob("*.toml"))

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def folder(text: str | Path) -> Path:
    """The folder that --out names; an empty name, of an unset variable say, would be the folder one is in."""
    if not str(text).strip():
        refuse("--out: the name of the folder is empty")
    return Path(text)


Out = Annotated[
    Path, typer.Option("--out", parser=folder, metavar="FOLDER", help="Folder of records, models and figures.")
]


def refuse(message: str) -> NoReturn:
    """Bad usage: one line, exit status 2."""
    from contrastive_claims.experiments.ledger.records import printable

    print(f"claims: {printable(message)}", file=sys.stderr)
    raise typer.Exit(2)


@contextmanager
def telling(what: str) -> Iterator[Callable[[str], None]]:
    """Shows what is being done while it is done; only to a terminal, since the thread that it takes may hang without memory."""
    console = Console(stderr=True, highlight=False, markup=False)
    if not console.is_terminal:
        yield lambda step: None
        return
    with console.status(what) as status:
        yield status.update


def one_of(kind: str, value: str, known: Iterable[str], more: str = "") -> str:
    """`value` if it is known; else refuse, naming the nearest known ones, and saying more."""
    known = list(known)
    if value in known:
        return value
    folded = {name.casefold(): name for name in known}
    near = [folded[name] for name in difflib.get_close_matches(value.casefold(), folded, n=3, cutoff=0.4)]
    refuse(f"unknown {kind} {value!r}; nearest: {', '.join(near or known[:8])}{more}")


def select(patterns: Iterable[str] | None) -> list[Claim]:
    """Claims whose id equals a pattern, matches it as a glob, or begins with it where no id equals it ("A" takes all of
    A), in capitals or not; every claim without patterns."""
    from contrastive_claims.experiments.claims.catalogue import CLAIMS

    ids = [claim.id for claim in CLAIMS]
    folded = {i: i.casefold() for i in ids}
    chosen: set[str] = set(ids) if not patterns else set()
    for pattern in patterns or ():
        asked = pattern.casefold()
        found = [i for i in ids if folded[i] == asked] or [i for i in ids if fnmatchcase(folded[i], asked)]
        found = found or [i for i in ids if asked and folded[i].startswith(asked)]
        chosen.update(found or [one_of("claim", pattern, ids)])
    return [claim for claim in CLAIMS if claim.id in chosen]


@app.command("list", rich_help_panel=CLAIMS_PANEL)
def list_claims(
    claims: Annotated[list[str] | None, typer.Argument(help="Claim ids, prefixes or globs; all without any.")] = None,
    json_output: Json = False,
    out: Out = Path("results"),
) -> None:
    """Every claim: id, last verdict, what was seen here, source, statement."""
    from contrastive_claims.experiments.ledger.records import to_json
    from contrastive_claims.experiments.verify.listing import lines_of, rows_of

    rows = rows_of(select(claims), out)
    if json_output:
        sys.stdout.write(to_json(rows).decode())
    else:
        print("\n".join(lines_of(rows, Console().width)))


@app.command(rich_help_panel=UPKEEP_PANEL)
def declare() -> None:
    """Append wordings of the catalogue that are new to the declarations, before anything decides them."""
    from datetime import UTC, datetime

    from contrastive_claims.experiments.claims.catalogue import CLAIMS, SETTINGS
    from contrastive_claims.experiments.ledger import declared, keys

    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    added = declared.declare(CLAIMS, SETTINGS, now, keys.commit())
    for made in added:
        print(f"{made.claim} at scale {made.scale}: declared on {made.date}")
    print(f"{len(added)} new wordings in {declared.DECLARED.name}")


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


def numbers_of(shard: str) -> tuple[int, int]:
    """(K, N) of "K/N"; (1, 1) of nothing."""
    if not shard:
        return 1, 1
    found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", shard)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        refuse(f"--shard: must be K/N with 1 <= K <= N, got {shard!r}")
    return int(found[1]), int(found[2])


def check_data_folder() -> None:
    """Refuse a $CLAIMS_DATA that does not exist: every set would only be missing."""
    named = os.environ.get("CLAIMS_DATA")
    if named and not Path(named).is_dir():
        refuse(f"CLAIMS_DATA: there is no folder {named!r} (seen from {Path.cwd()})")


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@app.command(rich_help_panel=CLAIMS_PANEL)
def verify(
    claims: Annotated[list[str] | None, typer.Argument(help="Claim ids, prefixes or globs; all without any.")] = None,
    scale: Annotated[
        str, typer.Option(help="quick (minutes, no download), standard (real images, hours) or paper (a GPU).")
    ] = "quick",
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    jobs: Annotated[int, typer.Option(min=0, help="Worker processes; 0: one per core.")] = 0,
    out: Out = Path("results"),
    shard: Annotated[
        str,
        typer.Option(metavar="K/N", help="Only the K-th of N parts, on a folder that all share: docs/machines.md"),
    ] = "",
    cluster: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Dask scheduler whose workers measure: docs/machines.md")
    ] = "",
    record: Annotated[
        bool, typer.Option("--record", help="Write the committed record, its gallery, CLAIMS.md and README.")
    ] = False,
    json_output: Json = False,
) -> None:
    """Check claims, write the ledger and draw the figures. Finished claims are reused, not repeated."""
    from contrastive_claims.experiments.ledger.vocabulary import SCALES

    one_of("scale", scale, SCALES)
    check_data_folder()
    selected = select(claims)
    chosen = [claim.at(scale) for claim in selected if scale in claim.scales]
    named = {pattern.casefold() for pattern in claims or ()}
    absent = [claim for claim in selected if claim.id.casefold() in named and scale not in claim.scales]
    if absent:
        have = "; ".join(f"{claim.id}: {', '.join(claim.scales) or claim.pending}" for claim in absent)
        refuse(f"no form at scale {scale}; forms there are: {have} (`claims list` shows all)")
    if not chosen:
        refuse(f"none of these claims has a form at scale {scale}; `claims list` shows which scales a claim has")
    part, parts = numbers_of(shard)
    if record and shard:
        refuse(
            "--record writes what was measured on one machine in one run: once all shards are done, run it without --shard"
        )
    if cluster and (jobs or shard):
        refuse(f"--cluster and {'--jobs' if jobs else '--shard'} exclude each other: the cluster has its own workers")
    device = resolve_device(device)
    if len(chosen) < len(selected) and (claims or scale == "quick"):
        unchecked = [c for c in selected if scale not in c.scales]
        waits = ", ".join(c.id for c in unchecked if not c.scales)
        others = (
            f"{len(unchecked)} of {len(selected)} claims have no form at scale {scale} (`claims list` shows theirs)"
        )
        print(others + (f"; without any check: {waits}" if waits else ""), file=sys.stderr)

    from contrastive_claims.experiments.ledger import declared
    from contrastive_claims.experiments.verify.cluster import ClusterError
    from contrastive_claims.experiments.verify.session import part_of, run_verification

    declared.read()
    console = Console(stderr=json_output, highlight=False, markup=False)
    console.soft_wrap = not console.is_terminal  # a line each for a pipe, words kept whole for a person
    try:
        status = run_verification(
            part_of(chosen, part, parts), scale, device, jobs or available_cores(), out, record, console,
            shard and f"{part}-{parts}", cluster,
        )  # fmt: skip
    except ClusterError as error:
        refuse(str(error))
    except KeyboardInterrupt:
        print("interrupted: finished claims are recorded; the same command goes on from there", file=sys.stderr)
        raise typer.Exit(130) from None
    if json_output:
        sys.stdout.write((out / "ledger.json").read_text("utf-8"))
    raise typer.Exit(status)


@app.command(rich_help_panel=CLAIMS_PANEL)
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

    from contrastive_claims.experiments.ledger import records
    from contrastive_claims.experiments.prove import session
    from contrastive_claims.experiments.prove.sources import SourceError, Sources

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
        with telling("proving") as tell:
            report = session.prove(
                sources,
                chosen,
                folder,
                jobs or available_cores(),
                limit,
                session.TIE_POINTS if tie else 0,
                tell,
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


@app.command(rich_help_panel=CLAIMS_PANEL)
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
    from contrastive_claims.experiments.ledger.records import RECORDED, load, recorded
    from contrastive_claims.experiments.ledger.vocabulary import SCALES
    from contrastive_claims.experiments.verify.drawing import DRAWING_ERRORS, DRAWN, FORMATS, draw

    formats = (one_of("format", kind, FORMATS),) if kind else DRAWN
    drawn: list[Path] = []
    failed = 0
    committed = {scale: recorded(scale) for scale in SCALES}
    for claim in select(names):
        for scale in reversed(SCALES):
            try:
                folder, known = out / "records", committed[scale].get(claim.id)
                found = draw(claim, folder, out / "figures", scale, formats, load(folder, claim.id, scale))
                drawn += found or draw(claim, RECORDED / scale, out / "figures", scale, formats, known)
            except DRAWING_ERRORS as error:
                failed += 1
                what = f"{type(error).__name__}: {error}"
                print(f"claims: the figure of {claim.id} at scale {scale} cannot be drawn, {what}", file=sys.stderr)
    if not drawn and not failed:
        refuse("no figure, or no recorded evidence for it; run `claims verify` first")
    print(json.dumps([str(path) for path in drawn]) if json_output else "\n".join(map(str, drawn)))
    raise typer.Exit(1 if failed else 0)


@app.command(rich_help_panel=CLAIMS_PANEL)
def report(out: Out = Path("results"), json_output: Json = False) -> None:
    """Write OUT/report.html: every claim with its evidence on one page, which needs no network. The records of OUT are shown, and
    the committed ones where it has none. Exits 1 if a record cannot be read or a figure cannot be drawn; the rest is written."""
    with telling("loading") as tell:
        from contrastive_claims.experiments.report.gather import gather
        from contrastive_claims.experiments.report.page import write

        found = gather(out, tell=tell)
        size = write(found, out / "report.html")
    for problem in found.problems:
        print(f"claims: {problem}", file=sys.stderr)
    told = {"file": str(out / "report.html"), "bytes": size, "claims": len(found.entries)}
    told |= {"own": found.own, "committed": found.committed, "problems": found.problems}
    records = f"{found.own} records of {out / 'records'}, {found.committed} committed ones"
    print(
        json.dumps(told)
        if json_output
        else f"{told['file']}: {len(found.entries)} claims, {records}, {size / 1e6:.1f} MB"
    )
    raise typer.Exit(bool(found.problems))


@app.command(rich_help_panel=YOURS_PANEL, epilog=f"Presets: {', '.join(PRESETS)}.")
def train(
    preset: Annotated[
        str,
        typer.Argument(help="Name of a preset; or `list` for what they are. `images-cpu` is for your own images."),
    ],
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="key=value, several times: epochs=5, data.size=8.")
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
    from contrastive_claims.experiments.training.stopping import Stopping

    if resume_anyway and fresh:
        refuse("--resume-anyway and --fresh exclude each other")
    check_data_folder()
    if preset == "list":
        from contrastive_claims.experiments.training.presets import summaries

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
    from contrastive_claims.experiments.data.locations import DataAbsent
    from contrastive_claims.experiments.training.checkpoint import CheckpointError
    from contrastive_claims.experiments.training.display import TrainingDisplay
    from contrastive_claims.experiments.training.memory import keep_freed_memory
    from contrastive_claims.experiments.training.runs import RunError
    from contrastive_claims.experiments.training.session import begin_ranks, run_session
    from contrastive_claims.experiments.training.stopping import Stopped
    from contrastive_claims.experiments.training.threads import choose_threads
    from contrastive_claims.experiments.training.trainer import Diverged, RanksDiffer
    from contrastive_claims.theory.margins.distributed import world

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


@app.command(rich_help_panel=YOURS_PANEL)
def laws(
    loss: Annotated[
        str, typer.Argument(metavar="MODULE:FUNCTION", help="A loss of embeddings (n x d) and labels (n).")
    ],
    views: Annotated[bool, typer.Option("--views", help="It takes two views (b x d each) in place of these.")] = False,
    declared: Annotated[
        str | None, typer.Option("--is", metavar="FORM", help="What it claims to be: sup-con, eps-sup-infonce, ...")
    ] = None,
    examples: Annotated[int, typer.Option(min=1, help="Batches that each law is tried on.")] = 50,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the batches.")] = 0,
    json_output: Json = False,
) -> None:
    """Which loss is it, and which laws does it keep? MODULE is looked for here and among what is installed; a class is made
    first. Parameters named temperature (or tau) and epsilon are set; other shapes take an adapter, a function of five lines:
    see docs/laws.md. Exit status 0: all laws that it should keep are held; 1: one is broken; 2: this cannot be tried."""
    import torch

    from contrastive_claims.experiments.laws.imported import imported
    from contrastive_claims.experiments.laws.table import as_json, closing_lines, line_of
    from contrastive_claims.experiments.ledger import records
    from contrastive_claims.theory.laws import Loss, hold

    width = Console().width
    torch.set_num_threads(1)  # batches of ten rows
    try:
        made = Loss(imported(loss), views, loss)
        found = hold(
            made, declared=declared, seed=seed, examples=examples,
            report=lambda outcome: None if json_output else print(line_of(outcome, width), flush=True),
        )  # fmt: skip
    except (ValueError, ImportError) as error:
        refuse(str(error))
    if json_output:
        sys.stdout.write(records.to_json(as_json(found)).decode())
    else:
        print("\n".join(["", *closing_lines(found)]))
    raise typer.Exit(1 if found.broken else 0)


@app.command(rich_help_panel=YOURS_PANEL)
def simulate(
    model: Annotated[
        str, typer.Argument(metavar="MODEL.toml", help="A block model; or `list`, for examples that go by their names.")
    ],
    sweep: Annotated[
        list[str] | None,
        typer.Option(
            help="NAME=V1,V2,... or NAME=A:B:N, N values from A to B (A:B:N:log in equal ratios), of alpha_12, share_1, "
            "temperature; several: a grid."
        ),
    ] = None,
    jobs: Annotated[int, typer.Option(min=0, help="Processes for finite graphs; 0: one per core.")] = 0,
    out: Out = Path("results"),
    json_output: Json = False,
) -> None:
    """Your own minority or bias graph: certified population optima, closed forms where they apply, finite graphs with intervals
    over seeds. Table, JSON, CSV and figure go to OUT/simulations/; finished graphs are kept, so that a stopped run goes on."""
    from contrastive_claims.experiments.simulate.model import summaries

    if model == "list":
        print("\n".join(f"{name:<26} {text}" for name, text in summaries()))
        return
    from contrastive_claims.experiments.ledger import records
    from contrastive_claims.experiments.simulate.results import lines
    from contrastive_claims.experiments.simulate.session import simulate as run

    try:
        with telling("optima") as tell:
            told, written = run(
                model, sweep or [], jobs or available_cores(), out,
                lambda done, total: tell(f"graphs: {done} of {total}"),
            )  # fmt: skip
    except ValueError as error:
        refuse(str(error))
    except OSError as error:
        refuse(what_failed(error))
    except KeyboardInterrupt:
        print("interrupted: finished graphs are kept; the same command goes on from there", file=sys.stderr)
        raise typer.Exit(130) from None
    if json_output:
        sys.stdout.write(records.to_json(told).decode())
    else:
        print("\n".join([*lines(told), *map(str, written)]))


@app.command(rich_help_panel=YOURS_PANEL)
def embed(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run (results/runs/...).")],
    images: Annotated[Path, typer.Argument(help="Images: a folder, a saved data set, .parquet, or .csv.")],
    file: Annotated[Path, typer.Option("--to", help="What to write: .npz or .parquet.")] = Path("embeddings.npz"),
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="data.image, data.label, data.bias=COLUMN; data.table=FILE.")
    ] = None,
    skip_corrupt: Annotated[bool, typer.Option("--skip-corrupt", help="Leave out images that cannot be read.")] = False,
    json_output: Json = False,
) -> None:
    """Embed images with a run's encoder: embeddings, features, labels and file names, for `claims audit` or your own use."""
    from contrastive_claims.experiments.training.checkpoint import CheckpointError
    from contrastive_claims.experiments.training.inference import embed_images
    from contrastive_claims.experiments.training.runs import RunError

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


@app.command(rich_help_panel=YOURS_PANEL)
def audit(
    files: Annotated[
        list[Path], typer.Argument(help="Embeddings: .npz, .parquet, .csv or .safetensors; several: one table.")
    ],
    labels: Annotated[str, typer.Option(help="Column of the class of each row.")],
    groups: Annotated[str, typer.Option(help="Column of groups: whose leaning is asked; the classes without it.")] = "",
    bias: Annotated[str, typer.Option(help="Column of an attribute that should not matter.")] = "",
    baseline: Annotated[
        Path | None, typer.Option(help="Another encoder's embeddings of the same rows, to compare with.")
    ] = None,
    embeddings: Annotated[
        str,
        typer.Option(
            help="Column of vectors, or how numbered columns of a CSV begin; found without it where it is plain."
        ),
    ] = "",
    temperature: Annotated[float, typer.Option(help="Of the loss that the margins and partners are asked for.")] = 0.1,
    level: Annotated[float, typer.Option(help="False discovery rate of leans, and 1 - the intervals' level.")] = 0.05,
    least: Annotated[int, typer.Option(min=0, help="Leave out groups with fewer rows; alone, one row is refused.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Of blocks, anchors, controls.")] = 0,
    fail_on: Annotated[
        list[str] | None, typer.Option("--fail-on", help="lean or merger: exit 1 where one is found, for CI.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Also write a page of its own to this file.")] = None,
    json_output: Json = False,
) -> None:
    """Which group leans on which, margins, collapse, bias of your own embeddings; every number with an interval, its value under
    shuffled labels and under a planted merger. --fail-on lean exits 1 where a group leans, 2 where that cannot be judged.

    A group leans on one that it lies nearer to than the spread of the others explains (6 groups are needed); two are merged that
    are less apart than a tenth of the median pair; RH below 1: nearer than in the baseline."""
    for word in fail_on or ():
        one_of("finding", word, ("lean", "merger"))
    if html is not None and not html.parent.is_dir():
        refuse(f"{html.parent}: no such folder")
    with telling("loading") as tell:
        from contrastive_claims.experiments.audit.files import audit_files
        from contrastive_claims.experiments.ledger import records
        from contrastive_claims.experiments.ledger.files import sweep

        try:
            reports = audit_files(
                files, labels, groups, bias, baseline, embeddings, temperature, level, least, seed, tell
            )
            if html is not None:
                from contrastive_claims.experiments.audit.page import page_of

                sweep(html.parent, html.name)
                records.write_atomically(html, page_of(reports).encode())
        except ValueError as error:
            refuse(str(error))
        except OSError as error:
            print(f"claims: {error}", file=sys.stderr)
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            raise typer.Exit(130) from None
    if json_output:
        leans = [
            row | ({"file": report["name"]} if len(reports) > 1 else {})
            for report in reports
            for row in report["leans"]
        ]
        told = reports[0] if len(reports) == 1 else {"leans": leans, "files": reports}
        sys.stdout.write(records.to_json(told).decode())
    else:
        from contrastive_claims.experiments.audit.text import comparison, lines_of

        print("\n".join(lines_of(reports[0]) if len(reports) == 1 else comparison(reports)))
    if "lean" in (fail_on or ()) and (unjudged := [report for report in reports if report["undecided"]]):
        refuse(f"{unjudged[0]['name']}: leaning cannot be judged: {unjudged[0]['undecided']}")
    findings = {"lean": "leans", "merger": "mergers"}
    raise typer.Exit(any(report[findings[word]] for report in reports for word in fail_on or ()))


@app.command(rich_help_panel=YOURS_PANEL)
def export(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run (results/runs/...).")],
    file: Annotated[
        Path, typer.Argument(help="What to write: .safetensors (weights) or .pt2 (torch.export: a program).")
    ],
    json_output: Json = False,
) -> None:
    """A run's encoder for use elsewhere: images [B, C, H, W] in [0, 1] -> features [B, F]."""
    from contrastive_claims.experiments.training.checkpoint import CheckpointError
    from contrastive_claims.experiments.training.inference import export_encoder
    from contrastive_claims.experiments.training.runs import RunError

    try:
        told = export_encoder(run, file)
    except ValueError as error:
        refuse(str(error))
    except (CheckpointError, RunError, OSError) as error:
        print(f"claims: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    print(json.dumps(told) if json_output else f"{told['file']}: {told['holds']}")


@app.command(rich_help_panel=UPKEEP_PANEL)
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
    report = import_module(f"contrastive_claims.experiments.bench.{what}").run(**options)
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
    from contrastive_claims.experiments.data.inventory import entry
    from contrastive_claims.experiments.data.locations import LOCATIONS, own_locations

    check_data_folder()
    known = [*LOCATIONS, *own_locations()]
    place = os.environ.get("CLAIMS_DATA") or "not set"
    own = f"; one of your own is a folder in $CLAIMS_DATA ({place}) with a folder train in it"
    rows = [entry(one_of("data set", name, known, own), decode=bool(names)) for name in names or known]
    print(json.dumps(rows, indent=1) if json_output else "\n".join(map(data_line, rows)))
    raise typer.Exit(any(row["problem"] for row in rows))


@data_app.command("fetch")
def data_fetch(
    name: Annotated[str, typer.Argument(help="Data set to download into the Hugging Face cache.")],
    json_output: Json = False,
) -> None:
    """Download a data set, then read it and compare its checksum. The only command that touches the network."""
    from contrastive_claims.experiments.data.fetch import fetch
    from contrastive_claims.experiments.data.inventory import entry
    from contrastive_claims.experiments.data.locations import LOCATIONS, DataAbsent

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
    from contrastive_claims.experiments.data.locations import LOCATIONS, locate, own_locations
    from contrastive_claims.experiments.data.remembered import forget

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
