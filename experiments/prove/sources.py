"""theory/formal as text, read without Coq: what each file needs, what a theorem states, and a digest of all that it rests on."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from contrastive_claims import theory
from contrastive_claims.experiments.ledger.keys import digest

FOLDER = Path(theory.__file__).parent / "formal"
LIBRARY = "ContrastiveClaims"
_WORD = re.compile(r"[A-Za-z_][\w']*")


class SourceError(Exception):
    """A proof's source that cannot be read; the message names the file."""


def without_comments(text: str, name: str) -> str:
    """Coq source with its comments (they nest) taken out and its white space made single. Raises SourceError if one is open."""
    kept, depth, last = [], 0, 0
    for mark in re.finditer(r"\(\*|\*\)", text):
        if mark.group() == "(*":
            kept += [text[last : mark.start()]] if depth == 0 else []
            depth += 1
        elif depth:
            depth -= 1
        else:
            continue
        last = mark.end()
    if depth:
        raise SourceError(f"{name}: a comment does not end")
    return " ".join("".join([*kept, text[last:]]).split())


@dataclass(frozen=True)
class Sources:
    """The files of a folder like theory/formal: `Spec.v` (definitions), `Statements.v` (X_statement for a claim X), `X.v` (its
    proof, X_proved), lemmas, `parts.toml` (for a claim proved in part: which) and `assumptions.txt` (the axioms allowed).

    texts: the files' contents by name, without ".v". plain: the same without comments and layout.
    """

    folder: Path
    texts: Mapping[str, str]

    @classmethod
    def read(cls, folder: Path = FOLDER) -> Sources:
        """Raises SourceError for a folder without the two files that say what is claimed."""
        texts = {path.stem: path.read_text("utf-8") for path in sorted(folder.glob("*.v"))}
        for needed in ("Spec", "Statements"):
            if needed not in texts:
                raise SourceError(f"{folder}: has no {needed}.v")
        return cls(folder, texts)

    @cached_property
    def plain(self) -> dict[str, str]:
        return {name: without_comments(text, f"{name}.v") for name, text in self.texts.items()}

    @cached_property
    def claims(self) -> tuple[str, ...]:
        """Claims with a statement, in the order of Statements.v."""
        return tuple(re.findall(r"\bDefinition (\w+)_statement : Prop\b", self.plain["Statements"]))

    @cached_property
    def allowed(self) -> frozenset[str]:
        """The axioms that a theorem may rest on."""
        return frozenset((self.folder / "assumptions.txt").read_text("utf-8").split())

    @cached_property
    def parts(self) -> dict[str, str]:
        """Of the claims whose row is proved in part only: which part, in words. Raises SourceError for a claim not stated."""
        path = self.folder / "parts.toml"
        parts = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
        for claim, words in parts.items():
            if claim not in self.claims or not isinstance(words, str) or not words:
                raise SourceError(
                    f"{path.name}: {claim} must be a claim of Statements.v, and say in words what is proved"
                )
        return parts

    def needs(self, name: str) -> tuple[str, ...]:
        """The files that a file requires itself."""
        named = re.findall(rf"\bFrom {LIBRARY} Require(?: Import| Export)? ([\w ]+)\.", self.plain[name])
        return tuple(dict.fromkeys(word for group in named for word in group.split()))

    def closure(self, names: Iterable[str]) -> list[str]:
        """The files and all that they require, the required ones first. Raises SourceError for an absent one or a circle."""
        order: list[str] = []
        under_way: list[str] = []

        def visit(name: str) -> None:
            if name in order:
                return
            if name in under_way:
                raise SourceError(f"{name}.v requires itself: {' -> '.join([*under_way, name])}")
            if name not in self.texts:
                raise SourceError(
                    f"{name}.v does not exist" + (f"; {under_way[-1]}.v requires it" if under_way else "")
                )
            under_way.append(name)
            for needed in self.needs(name):
                visit(needed)
            order.append(under_way.pop())

        for name in names:
            visit(name)
        return order

    @cached_property
    def _sentences(self) -> tuple[list[str], dict[str, str]]:
        """Statements.v: what stands before and between its definitions, and its definitions by name."""
        sentences = re.split(r"(?<=\.) ", self.plain["Statements"])
        named = {m[1]: s for s in sentences if (m := re.match(r"Definition ([\w']+)", s))}
        return [s for s in sentences if s not in named.values()], named

    def statement(self, *words: str) -> list[str]:
        """The definitions of Statements.v among `words`, with those that they use."""
        named = self._sentences[1]
        found, waiting = set(), [word for word in words if word in named]
        while waiting:
            word = waiting.pop()
            if word not in found:
                found.add(word)
                waiting += [other for other in _WORD.findall(named[word]) if other in named]
        return [named[word] for word in named if word in found]

    def written(self, *words: str) -> str:
        """The definitions of Statements.v that `statement` finds, as they are laid out there, comments left out."""
        names = [m[1] for s in self.statement(*words) if (m := re.match(r"Definition ([\w']+)", s))]
        text = self.texts["Statements"]
        found = [re.search(rf"^Definition {re.escape(n)}\b.*?\.$", text, re.MULTILINE | re.DOTALL) for n in names]
        return "\n".join(m[0] for m in found if m)

    @cached_property
    def _content(self) -> dict[str, str]:
        """Digests of the files: of each one, and of what it uses of Statements.v."""
        return {name: digest([text, self.statement(*_WORD.findall(text))]) for name, text in self.plain.items()}

    def digest(self, claim: str) -> str:
        """SHA-256 over Spec.v, the claim's statement, its proof and every file that this requires; of Statements.v only what they
        use counts, of all files neither comments nor layout."""
        files = {name: self._content[name] for name in self.closure([claim, "Spec"]) if name != "Statements"}
        return digest([self._sentences[0], self.statement(f"{claim}_statement"), files])

    def lines(self, *names: str) -> int:
        """Lines of files that are not blank."""
        return sum(bool(line.strip()) for name in names for line in self.texts[name].splitlines())
