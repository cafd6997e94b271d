"""Documents in groups: checked, cleaned, without near-copies, split by what they come from."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

LONGEST = 100_000  # characters of a document: a megabyte in one is a file that was read whole, no document
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
MARKUP = re.compile(r"<[^>]{0,200}>|&[a-z]{1,8};|#\d{1,5};|https?://\S+|www\.\S+")
NEAR = 0.8  # Jaccard similarity of two documents' words from which they count as copies


@dataclass(frozen=True, eq=False)
class Corpus:
    """Documents, the number of each one's group [N] int64 and the groups' names; `sources` [N] int64: what each was taken from
    (an article, a synset, a module), never parted by a split."""

    name: str
    texts: tuple[str, ...]
    labels: np.ndarray
    groups: tuple[str, ...]
    sources: np.ndarray

    @property
    def checksum(self) -> str:
        """SHA-256 of all that it holds."""
        held = [self.texts, self.labels.tolist(), self.groups, self.sources.tolist()]
        return hashlib.sha256(json.dumps(held).encode()).hexdigest()

    def at(self, rows: np.ndarray) -> Corpus:
        """The documents at these rows, in their order."""
        return replace(
            self,
            texts=tuple(self.texts[k] for k in rows),
            labels=self.labels[rows],
            sources=self.sources[rows],
        )


def corpus(
    name: str,
    texts: Sequence[str | bytes],
    groups: Sequence[str],
    sources: Sequence[object] | None = None,
) -> Corpus:
    """Documents with the name of each one's group, numbered in sorted order; sources: hashable, none given: each its own.

    Raises ValueError naming the document that is empty, longer than LONGEST or no UTF-8, and for counts that differ or fewer
    than two groups.
    """
    for what, values in {"groups": groups, "sources": sources}.items():
        if values is not None and len(values) != len(texts):
            raise ValueError(f"{what}: one for each of the {len(texts)} documents is needed, got {len(values)}")
    decoded = tuple(_decoded(text, k) for k, text in enumerate(texts))
    labels, names = _numbered(groups)
    if len(names) < 2:
        raise ValueError(f"groups: {name} needs two or more, got {len(names)}")
    keys = list(range(len(texts))) if sources is None else list(sources)
    first = {key: k for k, key in reversed(list(enumerate(keys)))}
    numbers = np.array([first[key] for key in keys], np.int64)
    return Corpus(name, decoded, labels, names, numbers)


def _decoded(text: str | bytes, row: int) -> str:
    if len(text) > LONGEST:
        raise ValueError(f"document {row}: {len(text):,} characters are more than {LONGEST:,}; cut it into documents")
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ValueError(f"document {row}: byte {error.start} is not UTF-8 ({error.reason})") from None
    if not text.strip():
        raise ValueError(f"document {row}: is empty")
    return text


def _numbered(names: Sequence[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    known, numbers = np.unique(np.asarray(names, str), return_inverse=True)
    return numbers.astype(np.int64), tuple(known.tolist())


def words(text: str, away: Collection[str] = ()) -> list[str]:
    """The words of a text, in lower case and in order, without markup, addresses and digits, and without those of `away`."""
    return [word for word in WORD.findall(MARKUP.sub(" ", text).lower()) if word not in away]


def cleaned(
    made: Corpus, away: Collection[str] = (), own: Sequence[Collection[str]] | None = None, shortest: int = 3
) -> Corpus:
    """The corpus as plain words, without `away` (words that give a group away), without each document's `own` (its name, say),
    and without documents of fewer than `shortest` words or near-copies of an earlier one.

    Raises ValueError naming a group that has no document left.
    """
    kept = [words(text, away) for text in made.texts]
    if own is not None:
        kept = [[word for word in row if word not in mine] for row, mine in zip(kept, own, strict=True)]
    rows = [k for k, row in enumerate(kept) if len(row) >= shortest]
    rows = np.array([rows[k] for k in distinct([kept[k] for k in rows])], np.int64)
    lost = np.setdiff1d(np.arange(len(made.groups)), made.labels[rows])
    if len(lost):
        raise ValueError(f"group {made.groups[lost[0]]!r} of {made.name} has no document left after cleaning")
    return replace(made, texts=tuple(" ".join(row) for row in kept)).at(rows)


def distinct(documents: Sequence[Sequence[str]], near: float = NEAR) -> list[int]:
    """Numbers of the documents (lists of words) that are no near-copy of an earlier kept one: whose sets of words have a Jaccard
    similarity below `near` with each of these.

    Exact: two sets x, y with |x & y| / |x | y| >= t share one of the |x| - ceil(t |x|) + 1 rarest words of x, and of y alike
    (prefix filtering: Bayardo, Ma and Srikant 2007).
    """
    counts: dict[str, int] = {}
    for row in documents:
        for word in set(row):
            counts[word] = counts.get(word, 0) + 1
    sets = [sorted(set(row), key=lambda word: (counts[word], word)) for row in documents]
    kept: list[int] = []
    having: dict[str, list[int]] = {}
    for k, row in enumerate(sets):
        prefix = row[: len(row) - int(np.ceil(near * len(row) - 1e-9)) + 1]
        mine = set(row)
        candidates = {other for word in prefix for other in having.get(word, ())}
        if any(_similar(mine, sets[other], near) for other in candidates):
            continue
        kept.append(k)
        for word in prefix:
            having.setdefault(word, []).append(k)
    return kept


def _similar(one: set[str], other: Sequence[str], near: float) -> bool:
    if not near * len(one) <= len(other) <= len(one) / near:
        return False
    both = sum(word in one for word in other)
    return both >= near * (len(one) + len(other) - both) - 1e-9


def held_out_split(made: Corpus, per_group: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Sorted rows (to train on, held out): `per_group` documents of every group are held out, drawn by `seed`; what shares a
    source with one of them is left out of the training rows.

    Raises ValueError for a group without a document left to train on.
    """
    generator = np.random.default_rng(seed)
    chosen: list[int] = []
    for k, name in enumerate(made.groups):
        members = generator.permutation(np.flatnonzero(made.labels == k))
        if len(members) <= per_group:
            raise ValueError(
                f"group {name!r} of {made.name} has {len(members)} documents, too few to hold {per_group} out"
            )
        chosen += members[:per_group].tolist()
    held_out = np.sort(np.array(chosen, np.int64))
    training = np.flatnonzero(~np.isin(made.sources, made.sources[held_out]))
    lost = np.setdiff1d(np.arange(len(made.groups)), made.labels[training])
    if len(lost):
        raise ValueError(
            f"group {made.groups[lost[0]]!r} of {made.name}: all of it shares sources with what is held out"
        )
    return training, held_out


def only(made: Corpus, groups: Iterable[str]) -> Corpus:
    """The documents of some groups, which are numbered in the order given. Raises ValueError for a group that is not there."""
    wanted = tuple(groups)
    for name in wanted:
        if name not in made.groups:
            raise ValueError(f"groups: {made.name} has no group {name!r}, only {', '.join(made.groups)}")
    number = np.full(len(made.groups), -1)
    number[[made.groups.index(name) for name in wanted]] = np.arange(len(wanted))
    kept = made.at(np.flatnonzero(number[made.labels] >= 0))
    return replace(kept, labels=number[kept.labels], groups=wanted)
