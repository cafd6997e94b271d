"""WordNet 3.0's database files, read by ourselves (wndb(5WN)): synsets with gloss, lexicographer file and hypernyms.

Its taxonomy tells which groups of nouns are near before anything is trained; its named people are a small corpus of biographies.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from contrastive_claims.experiments.data.locations import find

POINTERS = {"@": "hypernyms", "@i": "instance_of"}
# lexnames(5WN): the 26 lexicographer files of nouns are numbers 3 to 28
NOUNS = [
    "Tops",
    "act",
    "animal",
    "artifact",
    "attribute",
    "body",
    "cognition",
    "communication",
    "event",
    "feeling",
    "food",
    "group",
    "location",
    "motive",
    "object",
    "person",
    "phenomenon",
    "plant",
    "possession",
    "process",
    "quantity",
    "relation",
    "shape",
    "state",
    "substance",
    "time",
]
EXAMPLES = re.compile(r'; ".*')


@dataclass(frozen=True)
class Synset:
    """offset: its number; file: of its lexicographer file; names: its words; gloss; hypernyms, instance_of: offsets."""

    offset: int
    file: int
    names: tuple[str, ...]
    gloss: str
    hypernyms: tuple[int, ...]
    instance_of: tuple[int, ...]

    @property
    def definition(self) -> str:
        """The gloss without its quoted examples."""
        return EXAMPLES.sub("", self.gloss).strip()


def nouns() -> dict[int, Synset]:
    """Every synset of nouns by its offset, in the file's order. Raises DataAbsent, or ValueError naming a damaged line."""
    root, files = find("wordnet", "train")
    path = next((path for path in files if path.name == "data.noun"), root / "data.noun")
    return read(path, os.stat(path).st_mtime_ns)


@lru_cache(maxsize=2)
def read(path: Path, changed: int) -> dict[int, Synset]:
    """Synsets of one data file of nouns by offset; `changed`: when, so that another file of that name is read anew.

    Raises ValueError naming the line that is no synset."""
    found = {}
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if line.startswith(b"  "):  # the licence
            continue
        try:
            made = parse(line.decode("ascii"))
        except (ValueError, IndexError) as error:
            raise ValueError(f"{path}: line {number} is no synset ({error})") from None
        found[made.offset] = made
    if not found:
        raise ValueError(f"{path}: holds no synset")
    return found


def parse(line: str) -> Synset:
    """One line of a data file: offset, file, type, words, pointers, then the gloss behind a bar."""
    data, bar, gloss = line.partition("|")
    if not bar or not gloss.strip():
        raise ValueError("without a gloss")
    fields = data.split()
    words = int(fields[3], 16)
    names = tuple(fields[4 : 4 + 2 * words : 2])
    at = 4 + 2 * words
    links: dict[str, list[int]] = {"hypernyms": [], "instance_of": []}
    for k in range(int(fields[at])):
        symbol, offset, kind, _ = fields[at + 1 + 4 * k : at + 5 + 4 * k]
        if symbol in POINTERS and kind == "n":
            links[POINTERS[symbol]].append(int(offset))
    return Synset(
        int(fields[0]), int(fields[1]), names, gloss.strip(), tuple(links["hypernyms"]), tuple(links["instance_of"])
    )


def group_of(synset: Synset) -> str:
    """The name of its lexicographer file, without "noun."."""
    return NOUNS[synset.file - 3]


def ancestors(synsets: Mapping[int, Synset], offset: int, known: dict[int, frozenset[int]]) -> frozenset[int]:
    """A synset and all that lies above it, by hypernyms and by what it is an instance of; `known` keeps what was found."""
    if offset not in known:
        above = (*synsets[offset].hypernyms, *synsets[offset].instance_of)
        known[offset] = frozenset([offset]).union(*(ancestors(synsets, one, known) for one in above))
    return known[offset]


def shared_ancestors(synsets: Mapping[int, Synset], groups: Sequence[str]) -> np.ndarray:
    """[K, K]: how many ancestors a synset of group i and one of group j share on average, both drawn at random.

    By linearity it is sum_v P_i(v) P_j(v), where P_i(v) is the part of group i that lies below v.
    """
    known: dict[int, frozenset[int]] = {}
    below: list[dict[int, float]] = [{} for _ in groups]
    number = {name: k for k, name in enumerate(groups)}
    for offset, synset in synsets.items():
        if (k := number.get(group_of(synset), -1)) >= 0:
            for one in ancestors(synsets, offset, known):
                below[k][one] = below[k].get(one, 0.0) + 1
    sizes = np.array([sum(group_of(s) == name for s in synsets.values()) for name in groups])
    shared = np.zeros((len(groups), len(groups)))
    for i, one in enumerate(below):
        for j, other in enumerate(below):
            shared[i, j] = sum(count * other.get(v, 0.0) for v, count in one.items()) / (sizes[i] * sizes[j])
    return shared


def people(synsets: Mapping[int, Synset]) -> list[Synset]:
    """The named people: instances of something that lies below the synset "person"."""
    person = next(s.offset for s in synsets.values() if s.names[:1] == ("person",) and group_of(s) == "Tops")
    known: dict[int, frozenset[int]] = {}
    return [
        s
        for s in synsets.values()
        if s.instance_of and any(person in ancestors(synsets, one, known) for one in s.instance_of)
    ]
