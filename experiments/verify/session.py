"""One run of `claims verify`: reuse what is finished, measure the rest, write the ledger, draw, compare, record."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.ledger import records
from contrastive_claims.experiments.ledger.files import held
from contrastive_claims.experiments.ledger.judgement import flipped, moved, weakened
from contrastive_claims.experiments.ledger.vocabulary import ERROR, NOT_RUN, OPEN, Claim
from contrastive_claims.experiments.models.shared import kept_once
from contrastive_claims.experiments.verify.cluster import run_on_cluster
from contrastive_claims.experiments.verify.display import Display
from contrastive_claims.experiments.verify.drawing import DRAWING_ERRORS, draw
from contrastive_claims.experiments.verify.pool import run_all
from contrastive_claims.experiments.verify.runner import claim_key, reuse


def run_verification(
    chosen: Sequence[Claim],
    scale: str,
    device: str,
    jobs: int,
    out: Path,
    record: bool,
    console: Console,
    shard: str = "",
    cluster: str = "",
) -> int:
    """Exit status: 0, or 1 if a check raised, a control passed, or a recorded verdict weakened or flipped.

    shard: "K-N" where `chosen` is the K-th of N parts of a run whose other parts may work in the same folder. cluster: address of
    the Dask scheduler whose workers measure, in place of `jobs` processes here.

    Raises FolderError where `out` cannot be written to, or another run works there; RecordError for a damaged committed record;
    what verify.cluster says.
    """
    before = records.recorded(scale)
    with held(out, shard):
        return _verified(chosen, scale, device, jobs, out, record, console, before, cluster)


def _verified(
    chosen: Sequence[Claim],
    scale: str,
    device: str,
    jobs: int,
    out: Path,
    record: bool,
    console: Console,
    before: Mapping[str, Any],
    cluster: str,
) -> int:
    folder = out / "records"
    results: dict[str, dict[str, Any]] = {}
    waiting: list[tuple[Claim, str]] = []
    drawn: set[str] = set()
    with Display(console, len(chosen)) as display:
        for claim in chosen:
            key = claim_key(claim, scale, device)
            try:
                found = reuse(claim, scale, key, folder)
            except records.RecordError as error:
                kept = records.set_aside(folder, claim.id, scale)
                console.print(f"{error}; kept as {kept.name}, measuring again")
                found = None
            if found is None:
                waiting.append((claim, key))
            else:
                results[claim.id] = found
                display.done(found, reused=True)

        def finish(found: dict[str, Any], is_drawn: bool = False) -> None:
            results[found["id"]] = found
            drawn.update([found["id"]] if is_drawn else [])
            display.done(found)

        try:
            if cluster:
                run_on_cluster(cluster, waiting, scale, device, folder, finish)
            else:
                run_all(waiting, scale, device, folder, jobs, display.progress, finish)
        finally:
            write_ledger(out, results.values())
    left = [c for c in chosen if c.id not in drawn and results[c.id]["verdict"] not in (ERROR, NOT_RUN)]
    undrawn = draw_all(left, folder, out, scale, console)
    status = judge_run(chosen, results, before, console)
    tell_moves(chosen, results, before, console)
    if record:
        sound = [r for r in results.values() if r["verdict"] not in (ERROR, NOT_RUN) and r["control"]["rejected"]]
        write_recorded(scale, folder, sound)
        console.print(f"recorded {len(sound)} of {len(results)} claims at scale {scale}")
    measured = [results[claim.id] for claim, _ in waiting]
    summarise(results.values(), measured, out, console)
    return max(status, undrawn)


def part_of(claims: Sequence[Claim], part: int, parts: int) -> list[Claim]:
    """The `part`-th (from 1) of `parts` shares of the claims, dealt out in the order of what they cost; in their own order."""
    dealt = sorted(range(len(claims)), key=lambda k: (-claims[k].share, k))[part - 1 :: parts]
    return [claims[k] for k in sorted(dealt)]


def draw_all(claims: Sequence[Claim], folder: Path, out: Path, scale: str, console: Console) -> int:
    """Draw the figures; 1 with a line each for those that cannot be drawn, after all the measuring is safe."""
    status = 0
    for claim in claims:
        try:
            draw(claim, folder, out / "figures", scale)
        except DRAWING_ERRORS as error:
            status = 1
            console.print(f"{claim.id}: its figure cannot be drawn, {type(error).__name__}: {error}", style="bold red")
    return status


def write_ledger(out: Path, results: Any) -> None:
    """OUT/ledger.json: every record of the folder; the verdicts derived just now take the place of stored ones."""
    now = {(r["id"], r["scale"]): r for r in results}
    written = b""
    while True:  # until nothing came between reading and writing: another shard may have finished meanwhile
        ledger = records.assemble(out / "records", [claim.id for claim in CLAIMS])
        ledger["claims"] = [records.sealed(now.get((r["id"], r["scale"]), r)) for r in ledger["claims"]]
        if (content := records.to_json(ledger)) == written:
            return
        records.write_atomically(out / "ledger.json", content)
        written = content


def judge_run(
    chosen: Sequence[Claim], results: Mapping[str, Mapping[str, Any]], before: Mapping[str, Any], console: Console
) -> int:
    """1 with one line for each reason, or 0."""
    status = 0
    for claim in chosen:
        found = results[claim.id]
        now, problem = found["verdict"], ""
        if now == ERROR:
            problem = f"the check raised {found['reason']}"
        elif now != NOT_RUN and not found["control"]["rejected"]:
            problem = f"the control {claim.control!r} was not rejected, so nothing is decided"
        elif (was := before.get(claim.id)) and weakened(claim, was["verdict"], now):
            problem = f"recorded as {was['verdict']}, now {now}: {found['reason']}"
        elif was and flipped(was["here"], found["here"]):
            problem = f"recorded as {was['here']} here, now {found['here']}: {found['reason']}"
        if problem:
            status = 1
            console.print(f"{claim.id}: {problem}", style="bold red")
    return status


def tell_moves(
    chosen: Sequence[Claim], results: Mapping[str, Mapping[str, Any]], before: Mapping[str, Any], console: Console
) -> None:
    """How many numbers are those of the committed record, and which are not: a line for each claim. No verdict hangs on it."""
    compared = 0
    for claim in chosen:
        if claim.id not in before or results[claim.id]["verdict"] in (ERROR, NOT_RUN):
            continue
        old, new = (records.decode(r["numbers"]) for r in (before[claim.id], results[claim.id]))
        compared += len(new)
        if found := moved(claim, old, new):
            worst = ", ".join(
                f"{name} by {by:.1e}" for name, by in sorted(found.items(), key=lambda pair: -pair[1])[:3]
            )
            more = f" and {len(found) - 3} more" if len(found) > 3 else ""
            console.print(
                f"{claim.id}: moved since it was recorded, which decides nothing: {worst}{more} (above {claim.drift:g})"
            )
    if compared:
        console.print(f"{compared} numbers compared with the committed record")


def summarise(results: Any, measured: Sequence[Mapping[str, Any]], out: Path, console: Console) -> None:
    """Counts of verdicts, what stayed open and why, the slowest five claims of this run, where things lie."""
    results = list(results)
    counts = Counter(r["verdict"] for r in results)
    console.print(", ".join(f"{count} {name}" for name, count in counts.most_common()))
    for found in results:
        if found["verdict"] in (OPEN, NOT_RUN):
            here = f" ({found['here']} here)" if found["here"] not in ("", OPEN) else ""
            console.print(f"{found['id']}: {found['verdict']}{here}, {found['reason']}")
    if measured:
        slowest = sorted(measured, key=lambda r: -r["provenance"]["wall_seconds"])[:5]
        text = ", ".join(f"{r['id']} {r['provenance']['wall_seconds']:.1f} s" for r in slowest)
        console.print(f"slowest: {text}")
    console.print(
        f"ledger: {out / 'ledger.json'}   figures: {out / 'figures'}", soft_wrap=True
    )  # paths are copied whole


def write_recorded(scale: str, folder: Path, results: Any) -> None:
    """The committed record, keyed by (id, scale): these results beside the ones recorded before; then what is drawn
    from it, the gallery, CLAIMS.md and README's first screen, where this is a checkout."""
    order = {claim.id: k for k, claim in enumerate(CLAIMS)}
    before = records.recorded(scale)
    merged = {claim_id: record for claim_id, record in before.items() if claim_id in order}
    for claim_id in before.keys() - merged.keys():  # renamed, or split
        for name in (f"{records.stem(claim_id, scale)}{end}" for end in (".npz", ".certificate.json")):
            (records.RECORDED / scale / name).unlink(missing_ok=True)
    for found in results:
        merged[found["id"]] = records.sealed(found)
        base = records.stem(found["id"], scale)
        for name in (f"{base}.npz", f"{base}.certificate.json"):
            target = records.RECORDED / scale / name
            if (folder / name).exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(folder / name, target)
            else:
                target.unlink(missing_ok=True)
        for name in found["models"]:
            made, target = folder.parent / "models" / name, records.RECORDED / "models" / name
            if made.exists() and not target.exists():  # what was committed first keeps its date
                records.save_arrays(target, kept_once(records.load_arrays(made), target.parent))
    ledger = {"schema": records.SCHEMA, "claims": sorted(merged.values(), key=lambda r: order[r["id"]])}
    records.write_atomically(records.RECORDED / f"{scale}.json", records.to_json(ledger))
    root = records.RECORDED.parent.parent
    if (root / "pyproject.toml").exists():
        from contrastive_claims.experiments.verify.table import update_documents

        draw_gallery(root / "figures" / "gallery", scale, [claim for claim in CLAIMS if claim.id in merged])
        update_documents(root)


def draw_gallery(gallery: Path, scale: str, claims: Sequence[Claim]) -> None:
    """The figures of what is recorded at a scale, as SVG; those of that scale that no claim has any more go."""
    drawn = {path for claim in claims for path in draw(claim, records.RECORDED / scale, gallery, scale, ("svg",))}
    for path in gallery.glob("*.*"):
        at = path.name.partition("-")[0].partition("@")[2] or "quick"
        if at == scale and path not in drawn:
            path.unlink()
