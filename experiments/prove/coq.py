"""Coq on a build folder: files compiled in parallel and kept while nothing they rest on changed, theorems checked by its
kernel and again by `coqchk`. Nothing is ever written beside the sources."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from contrastive_claims.experiments.ledger import records
from contrastive_claims.experiments.ledger.keys import digest
from contrastive_claims.experiments.prove.sources import LIBRARY, SourceError, Sources

WRITTEN_WITH = "8.16.1"
INSTALL = "apt-get install -y --no-install-recommends coq libcoq-coquelicot libcoq-interval"
PACKAGES = {"Coquelicot": "libcoq-coquelicot", "Interval": "libcoq-interval"}
PROBE = "".join(
    f"From {library} Require {module}.\n" for library, module in (("Coquelicot", "Coquelicot"), ("Interval", "Tactic"))
)
# Intervals.v only makes the interval library's functors work on the standard library's integers: checking it again would be
# checking that library (more than ten minutes), which is believed as it was installed.
NOT_RECHECKED = ("Intervals",)
_UNSAFE = ("type-in-type", "unsafe (co)fixpoints", "positivity is assumed")


class CoqAbsent(Exception):
    """Coq, or a library of it, is not here; the message says how to get it."""


@dataclass(frozen=True)
class Coq:
    """The Coq that is here, with the versions of its libraries as the system's packages tell them ("" where they do not)."""

    version: str
    libraries: Mapping[str, str]

    @classmethod
    def here(cls) -> Coq:
        """Raises CoqAbsent where a program of it is missing."""
        missing = [program for program in ("coqc", "coqdep", "coqchk") if shutil.which(program) is None]
        if missing:
            raise CoqAbsent(f"Coq is not installed ({', '.join(missing)} not found); to get it: {INSTALL}")
        told = _answer(["coqc", "--print-version"])[1].split()
        if not told:
            raise CoqAbsent(f"coqc does not tell its version; to get one that does: {INSTALL}")
        return cls(told[0], {library: _package_version(package) for library, package in PACKAGES.items()})


def _package_version(package: str) -> str:
    if shutil.which("dpkg-query") is None:
        return ""
    status, told = _answer(["dpkg-query", "-W", "-f", "${Version}", package])
    return told.strip() if status == 0 else ""


def _answer(command: list[str]) -> tuple[int, str]:
    """(exit status, stdout). Raises SourceError for a program that was killed: a version that it does not tell would look like
    another Coq, and all would be compiled again."""
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    if told.returncode < 0:
        raise SourceError(
            f"{command[0]} was ended by signal {-told.returncode} before it told a version; run this again"
        )
    return told.returncode, told.stdout


@dataclass(frozen=True)
class Compiled:
    """What became of one file. error: "" if it compiled; line: where it is. printed: what Coq printed. vo: SHA-256 of the
    compiled file."""

    name: str
    error: str
    printed: str
    seconds: float
    key: str
    vo: str
    reused: bool = False
    line: int = 0


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run(command: list[str], folder: Path, limit: float) -> tuple[int, str, str]:
    """(exit status, stdout, stderr) of a command. Raises TimeoutError after `limit` seconds, when it is ended; it ends too where
    this process is killed, if the system has setpriv (Linux)."""
    try:
        ended_with_us = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        done = subprocess.run(
            [*ended_with_us, *command], cwd=folder, capture_output=True, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        raise TimeoutError(f"timed out after {limit:g} s") from None
    return done.returncode, done.stdout, done.stderr


@dataclass(frozen=True)
class Build:
    """A folder where files are compiled, by which Coq, each within `limit` seconds, `jobs` at a time."""

    folder: Path
    coq: Coq
    jobs: int = 1
    limit: float = 300.0

    def write(self, texts: Mapping[str, str]) -> None:
        """Put sources into the folder, by name."""
        for name, text in texts.items():
            (self.folder / f"{name}.v").write_text(text, "utf-8")

    def compile(
        self,
        texts: Mapping[str, str],
        needs: Mapping[str, Iterable[str]],
        tell: Callable[[Compiled], None] = lambda _: None,
    ) -> dict[str, Compiled]:
        """Compile files, by name, those that are required before those that require them; `needs`: what each requires.

        A compiled file is reused if its text, the compiled files that it requires and Coq are those that it was made from,
        and its bytes are those that were written then; a tampered one is made again. What fails is named, with what rests
        on it; the rest goes on.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        done: dict[str, Compiled] = {}
        waiting = list(texts)
        under_way: dict[Future[Compiled], str] = {}
        with ThreadPoolExecutor(self.jobs) as pool:
            try:
                while waiting or under_way:
                    for name in [name for name in waiting if all(needed in done for needed in needs[name])]:
                        waiting.remove(name)
                        rests_on = {needed: done[needed] for needed in needs[name]}
                        under_way[pool.submit(self._one, name, texts[name], rests_on)] = name
                    for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                        done[under_way.pop(future)] = future.result()
                        tell(future.result())
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return {name: done[name] for name in texts}

    def _one(self, name: str, text: str, rests_on: Mapping[str, Compiled]) -> Compiled:
        failed = [needed for needed, compiled in rests_on.items() if compiled.error]
        if failed:
            return Compiled(name, f"not tried: {failed[0]}.v failed", "", 0.0, "", "")
        key = digest(
            [text, {needed: [compiled.key, compiled.vo] for needed, compiled in rests_on.items()}, asdict(self.coq)]
        )
        source, made, note = (self.folder / f"{name}{suffix}" for suffix in (".v", ".vo", ".json"))
        if (kept := self._kept(note, made, key)) is not None:
            return kept
        for old in (note, made):
            old.unlink(missing_ok=True)
        self.write({name: text})
        start = time.monotonic()
        try:
            status, out, err = run(
                ["coqc", "-q", "-w", "none", "-Q", ".", LIBRARY, source.name], self.folder, self.limit
            )
        except TimeoutError as error:
            return Compiled(name, str(error), "", time.monotonic() - start, key, "")
        seconds = time.monotonic() - start
        if status != 0 or not made.exists():
            place = re.search(r"line (\d+)", err)
            error = _first_error(err) or f"coqc left with status {status}"
            return Compiled(name, error, out, seconds, key, "", line=int(place[1]) if place else 0)
        compiled = Compiled(name, "", out, seconds, key, sha256(made))
        content = asdict(compiled)
        records.write_atomically(note, records.to_json({**content, "digest": digest(content)}))
        return compiled

    def _kept(self, note: Path, made: Path, key: str) -> Compiled | None:
        if not (note.exists() and made.exists()):
            return None
        try:
            content = records.read_json(note)
            if content.pop("digest") != digest(content):
                return None
            kept = Compiled(**{**content, "reused": True})
        except (records.RecordError, TypeError, KeyError, AttributeError):
            return None
        return kept if kept.key == key and kept.vo == sha256(made) else None

    def dependencies(self, names: Iterable[str]) -> dict[str, set[str]]:
        """What `coqdep` finds that each file of the build folder requires of the others."""
        files = [f"{name}.v" for name in names]
        _, out, err = run(["coqdep", "-Q", ".", LIBRARY, *files], self.folder, self.limit)
        found: dict[str, set[str]] = {}
        for line in out.splitlines():
            targets, _, needed = line.partition(": ")
            if (name := targets.split(".vo")[0]) and ".vo " in targets:
                found[name] = {word[:-3] for word in needed.split() if word.endswith(".vo") and "/" not in word}
        if absent := [file for file in files if file[:-2] not in found]:
            raise SourceError(f"coqdep says nothing of {absent[0]}: {err.strip()[:300]}")
        return found

    def recheck(self, compiled: Iterable[Compiled]) -> dict[str, str]:
        """What `coqchk` objects to, by file; {} if nothing. It checks every compiled file again, without Coq's tactics, and lists
        what the files assume; libraries are believed as they were installed. Kept while no file changed."""
        checked = [c for c in compiled if not c.error and c.name not in NOT_RECHECKED]
        note = self.folder / "coqchk.json"
        key = digest([[c.name, c.vo] for c in checked] + [self.coq.version])
        if note.exists():
            try:
                kept = records.read_json(note)
            except records.RecordError:
                kept = None
            if isinstance(kept, dict) and kept.get("key") == key and kept.get("accepted") is True:
                return {}
        objections = self._coqchk([c.name for c in checked])
        if "" in objections:  # refused as a whole: one by one, to name the file
            with ThreadPoolExecutor(self.jobs) as pool:
                single = list(pool.map(lambda c: self._coqchk([c.name]), checked))
            objections = {
                c.name: next(iter(found.values())) for c, found in zip(checked, single, strict=True) if found
            } or {c.name: objections[""] for c in checked}
        if not objections:
            records.write_atomically(note, records.to_json({"key": key, "accepted": True}))
        return objections

    def _coqchk(self, names: list[str]) -> dict[str, str]:
        """Objections by file, or under "" where coqchk does not say to which."""
        if not names:
            return {}
        modules = [word for name in names for word in ("-norec", f"{LIBRARY}.{name}")]
        try:
            # the bytecode machine: interval arithmetic by the plain one takes hours
            command = ["coqchk", "-silent", "-o", "-bytecode-compiler", "yes", "-Q", ".", LIBRARY, *modules]
            status, out, err = run(command, self.folder, self.limit)
        except TimeoutError as error:
            return {"": f"coqchk {error}"}
        if status != 0:
            return {"": f"coqchk refuses: {_first_error(err or out)}"}
        return objections_of(out + err)  # the summary comes on stderr


def objections_of(summary: str) -> dict[str, str]:
    """By file, what coqchk's summary says that our files assume, or rely on unsafely; "" for a summary that is not understood."""
    found: dict[str, str] = {}
    sections = re.split(r"^\* ", summary, flags=re.MULTILINE)[1:]
    if len(sections) < 2 + len(_UNSAFE) or not all(any(word in section for section in sections) for word in _UNSAFE):
        return {"": "coqchk's summary is not understood"}
    for section in sections:
        title = section.partition(":")[0].strip()
        for name in re.findall(rf"\b{LIBRARY}\.([\w.']+)", section):
            found.setdefault(name.partition(".")[0], f"coqchk: {title}: {name}")
    return found


def axioms_of(printed: str) -> frozenset[str] | None:
    """The axioms that one `Print Assumptions` names; None if it says anything else (an unsafe definition, another theory)."""
    lines = printed.strip().splitlines()
    if lines == ["Closed under the global context"]:
        return frozenset()
    if not lines or lines[0] != "Axioms:":
        return None
    heads = [line for line in lines[1:] if not line.startswith(" ")]
    names = [m[1] if (m := re.fullmatch(r"([A-Za-z_][\w.']*)(?: :(?: .*)?)?", head)) else None for head in heads]
    return None if None in names or not names else frozenset(name for name in names if name)


def theorem_check(claim: str) -> str:
    """A file that compiles only if X_proved proves X_statement, and that prints its axioms."""
    theorem = f"{LIBRARY}.{claim}.{claim}_proved"
    return (
        f"From {LIBRARY} Require Statements {claim}.\n"
        f"Definition checked : {LIBRARY}.Statements.{claim}_statement := {theorem}.\n"
        f"Print Assumptions checked.\n"
    )


def _first_error(text: str) -> str:
    """Coq's error message on one line, without the places before it."""
    told = text[text.rfind("Error") :] if "Error" in text else text
    return " ".join(told.split())[:300]


def missing_libraries(build: Build) -> list[str]:
    """The libraries that Coq does not find here."""
    found = build.compile({"Probe": PROBE}, {"Probe": ()})["Probe"]
    if not found.error:
        return []
    return [library for library in PACKAGES if library in found.error] or list(PACKAGES)


def checks(sources: Sources, claims: Iterable[str]) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Texts and needs of all files to compile for some claims: what they require in order, then a check per theorem."""
    claims = list(claims)
    names = sources.closure(claims)
    texts = {name: sources.texts[name] for name in names}
    needs: dict[str, tuple[str, ...]] = {name: sources.needs(name) for name in names}
    for claim in claims:
        texts[f"Check_{claim}"] = theorem_check(claim)
        needs[f"Check_{claim}"] = ("Statements", claim)
    return texts, needs


def unequal(found: Mapping[str, set[str]], needs: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    """Files of which coqdep finds other requirements than Sources.needs."""
    return {name: found[name] for name in found if found[name] != set(needs[name])}
