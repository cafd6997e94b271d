"""WordNet 3.0's database files, read by ourselves (wndb(5WN)): synsets with gloss, lexicographer file and hypernyms, 117,659 in
45 files.

Its taxonomy tells which groups of nouns are near before anything is trained; its named people are a small corpus of biographies.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from contrastive_claims.experiments.data.locations import find

POINTERS = {"@": "hypernyms", "@i": "instance_of"}
# lexnames(5WN): the lexicographer files by number
FILES = [
    "adj.all",
    "adj.pert",
    "adv.all",
    "noun.Tops",
    "noun.act",
    "noun.animal",
    "noun.artifact",
    "noun.attribute",
    "noun.body",
    "noun.cognition",
    "noun.communication",
    "noun.event",
    "noun.feeling",
    "noun.food",
    "noun.group",
    "noun.location",
    "noun.motive",
    "noun.object",
    "noun.person",
    "noun.phenomenon",
    "noun.plant",
    "noun.possession",
    "noun.process",
    "noun.quantity",
    "noun.relation",
    "noun.shape",
    "noun.state",
    "noun.substance",
    "noun.time",
    "verb.body",
    "verb.change",
    "verb.cognition",
    "verb.communication",
    "verb.competition",
    "verb.consumption",
    "verb.contact",
    "verb.creation",
    "verb.emotion",
    "verb.motion",
    "verb.perception",
    "verb.possession",
    "verb.social",
    "verb.stative",
    "verb.weather",
    "adj.ppl",
]
PARTS = {
    "noun": "n",
    "verb": "v",
    "adj": "a",
    "adv": "r",
}  # of speech: the data file's ending, and its sign in pointers
EXAMPLES = re.compile(r'; ".*')


@dataclass(frozen=True)
class Synset:
    """offset: its number; file: of its lexicographer file; names: its words; gloss; hypernyms, instance_of: offsets; links: what
    pointers of any kind lead to, as (sign of the part of speech, offset)."""

    offset: int
    file: int
    names: tuple[str, ...]
    gloss: str
    hypernyms: tuple[int, ...]
    instance_of: tuple[int, ...]
    links: tuple[tuple[str, int], ...] = ()

    @property
    def definition(self) -> str:
        """The gloss without its quoted examples."""
        return EXAMPLES.sub("", self.gloss).strip()


def nouns() -> dict[int, Synset]:
    """Every synset of nouns by its offset, in the file's order. Raises DataAbsent, or ValueError naming a damaged line."""
    return synsets("noun")


def synsets(part: str) -> dict[int, Synset]:
    """Every synset of a part of speech by its offset. Raises as `nouns` does."""
    path = data_file(part)
    return read(path, path.stat().st_mtime_ns)


def data_file(part: str) -> Path:
    """Where data.<part> lies. Raises DataAbsent with the way to get it; the nouns do without the others."""
    _, (path,) = find("wordnet", "train") if part == "noun" else find("wordnet-all", part)
    return path


@lru_cache(maxsize=4)
def read(path: Path, changed: int) -> dict[int, Synset]:
    """Synsets of one data file by offset; `changed`: when, so that another file of that name is read anew.

    Raises ValueError naming the line that is no synset."""
    own = PARTS[path.suffix[1:]]
    found = {}
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if line.startswith(b"  "):  # the licence
            continue
        try:
            made = parse(line.decode("ascii"), own)
        except (ValueError, IndexError) as error:
            raise ValueError(f"{path}: line {number} is no synset ({error})") from None
        found[made.offset] = made
    if not found:
        raise ValueError(f"{path}: holds no synset")
    return found


def parse(line: str, own: str = "n") -> Synset:
    """One line of a data file: offset, file, type, words, pointers (of the file's `own` part of speech), then the gloss behind
    a bar."""
    data, bar, gloss = line.partition("|")
    if not bar or not gloss.strip():
        raise ValueError("without a gloss")
    fields = data.split()
    words = int(fields[3], 16)
    names = tuple(fields[4 : 4 + 2 * words : 2])
    at = 4 + 2 * words
    above: dict[str, list[int]] = {"hypernyms": [], "instance_of": []}
    links = []
    for k in range(int(fields[at])):
        symbol, offset, kind, _ = fields[at + 1 + 4 * k : at + 5 + 4 * k]
        if symbol in POINTERS and kind == own:
            above[POINTERS[symbol]].append(int(offset))
        links.append((kind.replace("s", "a"), int(offset)))
    FILES[int(fields[1])]  # IndexError: no lexicographer file
    return Synset(
        int(fields[0]),
        int(fields[1]),
        names,
        gloss.strip(),
        tuple(above["hypernyms"]),
        tuple(above["instance_of"]),
        tuple(links),
    )


def group_of(synset: Synset) -> str:
    """The name of its lexicographer file, without the part of speech that stands before it."""
    return FILES[synset.file].partition(".")[2]


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


def linked(groups: Sequence[str]) -> np.ndarray:
    """[K, K]: pointers of any kind (derived words, what an adjective is of, ...) between lexicographer files i and j, by pairs of
    their synsets; symmetric. Unlike hypernyms they lead from one part of speech to another."""
    number = {name: k for k, name in enumerate(groups)}
    group = {
        (PARTS[part], one.offset): number.get(FILES[one.file], -1) for part in PARTS for one in synsets(part).values()
    }
    counts = np.zeros((len(groups), len(groups)))
    for part in PARTS:
        for one in synsets(part).values():
            if (i := group[PARTS[part], one.offset]) >= 0:
                for end in one.links:
                    if (j := group.get(end, -1)) >= 0:
                        counts[i, j] += 1
    sizes = np.bincount([k for k in group.values() if k >= 0], minlength=len(groups))
    return (counts + counts.T) / np.outer(sizes, sizes)


def people(synsets: Mapping[int, Synset]) -> list[Synset]:
    """The named people: instances of something that lies below the synset "person"."""
    person = next(s.offset for s in synsets.values() if s.names[:1] == ("person",) and group_of(s) == "Tops")
    known: dict[int, frozenset[int]] = {}
    return [
        s
        for s in synsets.values()
        if s.instance_of and any(person in ancestors(synsets, one, known) for one in s.instance_of)
    ]
