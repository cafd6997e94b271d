"""The corpora by name, cleaned: what is read, which words are taken away, how groups and sources are told. No network.

wordnet          definitions and examples of WordNet's nouns; the group is the lexicographer file, the source the synset
wordnet-all      the same of all 45 lexicographer files: nouns, verbs, adjectives, adverbs ("verb.motion")
wordnet-people   WordNet's named leaders and performers, women and men; the group is both ("leader, woman"). All other glosses of
                 people are the group "person", from which an encoder learns what words go together
ag_news          news in four topics (its test split); the source is the article
docstrings       of the installed scientific packages, which are the groups; the source is the module. Where nothing else is here
bias_in_bios     biographies in 28 occupations (De-Arteaga et al. 2019), "nurse, woman"; for a GPU
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from contrastive_claims.experiments.data.locations import DataAbsent, find
from contrastive_claims.experiments.text import wordnet
from contrastive_claims.experiments.text.documents import Corpus, cleaned, corpus, words

TOPICS = ("world", "sports", "business", "science")
# Words of the topics' own names, of the agencies that stand before an article, and what is left of markup.
AWAY_IN_NEWS = frozenset(
    [
        "reuters",
        "ap",
        "afp",
        "quot",
        "lt",
        "gt",
        "com",
        "www",
        "http",
        "world",
        "sports",
        "sport",
        "business",
        "technology",
        "science",
        "space",
        "usatoday",
    ]
)
MAN = frozenset(
    [
        "he",
        "him",
        "his",
        "himself",
        "king",
        "emperor",
        "pope",
        "husband",
        "father",
        "son",
        "brother",
        "uncle",
        "nephew",
        "duke",
        "prince",
        "actor",
        "man",
        "men",
    ]
)
WOMAN = frozenset(
    [
        "she",
        "her",
        "hers",
        "herself",
        "queen",
        "empress",
        "wife",
        "mother",
        "daughter",
        "sister",
        "aunt",
        "niece",
        "duchess",
        "princess",
        "actress",
        "woman",
        "women",
    ]
)
OCCUPATIONS = ("leader", "performer")
PACKAGES = ("matplotlib", "networkx", "numpy", "scipy", "sklearn", "torch")
PROFESSIONS = [
    "accountant",
    "architect",
    "attorney",
    "chiropractor",
    "comedian",
    "composer",
    "dentist",
    "dietitian",
    "dj",
    "filmmaker",
    "interior_designer",
    "journalist",
    "model",
    "nurse",
    "painter",
    "paralegal",
    "pastor",
    "personal_trainer",
    "photographer",
    "physician",
    "poet",
    "professor",
    "psychologist",
    "rapper",
    "software_engineer",
    "surgeon",
    "teacher",
    "yoga_teacher",
]


def load(name: str) -> Corpus:
    """The corpus of that name. Raises ValueError for an unknown name or damaged data, DataAbsent with the way to get it."""
    if name not in LOADERS:
        raise ValueError(f"unknown corpus {name!r}; known: {', '.join(LOADERS)}")
    places: tuple[tuple[str, int], ...] = ()
    if name != "docstrings":
        if name.startswith("wordnet"):
            files = [wordnet.data_file(part) for part in (wordnet.PARTS if name == "wordnet-all" else ["noun"])]
        else:
            _, files = find(name, "test" if name == "ag_news" else "train")
        places = tuple((str(path), path.stat().st_mtime_ns) for path in files)
    return _loaded(name, places)


@lru_cache(maxsize=4)
def _loaded(name: str, places: tuple[tuple[str, int], ...]) -> Corpus:
    return LOADERS[name]([Path(path) for path, _ in places])


def of_wordnet(files: list[Path]) -> Corpus:
    """Glosses of nouns without the words of their own synset, of any lexicographer file's name, and stop words."""
    synsets = list(wordnet.nouns().values())
    given = corpus(
        "wordnet",
        [synset.gloss for synset in synsets],
        [wordnet.group_of(synset) for synset in synsets],
        [synset.offset for synset in synsets],
    )
    names = file_names(name for name in wordnet.FILES if name.startswith("noun."))
    return cleaned(given, ENGLISH_STOP_WORDS | names, [own_words(synset) for synset in synsets])


def of_all_wordnet(files: list[Path]) -> Corpus:
    """Glosses of every part of speech, alike."""
    synsets = [synset for part in wordnet.PARTS for synset in wordnet.synsets(part).values()]
    groups = [wordnet.FILES[synset.file] for synset in synsets]
    given = corpus("wordnet-all", [synset.gloss for synset in synsets], groups)
    names = file_names(wordnet.FILES)
    return cleaned(given, ENGLISH_STOP_WORDS | names, [own_words(synset) for synset in synsets])


def file_names(files: Iterable[str]) -> set[str]:
    """The names of lexicographer files without their part of speech, and their plurals."""
    return {form for name in files for form in (name.partition(".")[2], f"{name.partition('.')[2]}s")}


def own_words(synset: wordnet.Synset) -> frozenset[str]:
    """The words of a synset's names, and their plurals."""
    parts = [word for name in synset.names for word in words(name.replace("_", " "))]
    return frozenset(form for word in parts for form in (word, f"{word}s"))


def of_people(files: list[Path]) -> Corpus:
    """Named leaders and performers whose gloss tells their sex by a pronoun or a word of kin, rank or trade, and all other
    people. These words are then taken away, and so are the person's names and the words that name what the person is an
    instance of."""
    synsets = wordnet.nouns()
    known: dict[int, frozenset[int]] = {}
    trades = {
        name: next(s.offset for s in synsets.values() if s.names[0] == name and wordnet.group_of(s) == "person")
        for name in OCCUPATIONS
    }
    named = {person.offset for person in wordnet.people(synsets)}
    texts, groups, own = [], [], []
    for person in synsets.values():
        if wordnet.group_of(person) != "person":
            continue
        above = wordnet.ancestors(synsets, person.offset, known)
        trade = [name for name, offset in trades.items() if offset in above] if person.offset in named else []
        sex = sex_of(person.definition) if len(trade) == 1 else ""
        texts.append(person.gloss)
        groups.append(f"{trade[0]}, {sex}" if sex else "person")
        instances = [synsets[one] for one in person.instance_of]
        own.append(own_words(person).union(*(own_words(one) for one in instances)))
    trade_words = {form for name in OCCUPATIONS for form in (name, f"{name}s")}
    return cleaned(corpus("wordnet-people", texts, groups), ENGLISH_STOP_WORDS | MAN | WOMAN | trade_words, own)


def sex_of(text: str) -> str:
    """ "woman" or "man" where the words of a text tell one and not the other, else ""; pronouns come first."""
    found = set(words(text))
    for woman, man in (
        (frozenset(("she", "her", "herself")), frozenset(("he", "his", "him", "himself"))),
        (WOMAN, MAN),
    ):
        if bool(found & woman) != bool(found & man):
            return "woman" if found & woman else "man"
    return ""


def of_news(files: list[Path]) -> Corpus:
    """AG News: title and beginning of each article of its test split."""
    texts, labels = columns(files, "text", "label")
    topics = [named(TOPICS, label, "label", files) for label in labels]
    return cleaned(corpus("ag_news", texts, topics), ENGLISH_STOP_WORDS | AWAY_IN_NEWS)


def of_biographies(files: list[Path]) -> Corpus:
    """BiasBios: the biographies without their first sentence, as published, and without words that tell the sex."""
    texts, professions, genders = columns(files, "hard_text", "profession", "gender")
    trades = [named(PROFESSIONS, p, "profession", files) for p in professions]
    groups = [
        f"{trade}, {named(('man', 'woman'), g, 'gender', files)}" for trade, g in zip(trades, genders, strict=True)
    ]
    return cleaned(corpus("bias_in_bios", texts, groups), MAN | WOMAN)


def named(names: Sequence[str], number: int, column: str, files: list[Path]) -> str:
    """The name of that number. Raises ValueError naming the files whose column holds another."""
    if number not in range(len(names)):
        raise ValueError(f"{files[0].parent}: {column} {number} is none of the {len(names)}: 0 to {len(names) - 1}")
    return names[number]


def columns(files: list[Path], *names: str) -> list[list]:
    """Columns of parquet files by name. Raises ValueError naming the file that lacks one, has a row without it or a text that is
    not UTF-8, or is no parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    found: list[list] = [[] for _ in names]
    for path in files:
        try:
            table = pq.read_table(path)
        except (OSError, pa.ArrowException) as error:
            raise ValueError(f"{path}: not a readable parquet file ({str(error).partition(chr(10))[0]})") from error
        for name, column in zip(names, found, strict=True):
            if name not in table.schema.names:
                raise ValueError(f"{path}: has no column {name!r}, only {', '.join(table.schema.names)}")
            try:
                values = table.column(name).to_pylist()
            except UnicodeDecodeError as error:
                raise ValueError(f"{path}: column {name!r} holds a text that is not UTF-8 ({error.reason})") from None
            if None in values:
                raise ValueError(f"{path}: row {values.index(None)} has no {name}")
            column += values
    return found


def of_docstrings(files: list[Path]) -> Corpus:
    """First paragraphs of the docstrings of installed packages, without these packages' names. Their texts depend on the
    packages' versions: the checksum says which they were."""
    texts, groups, sources = [], [], []
    for name in PACKAGES:
        for module, text in docstrings(name):
            texts.append(text)
            groups.append(name)
            sources.append(module)
    if len(set(groups)) < 2:
        raise DataAbsent("docstrings: fewer than two of the packages are installed here as source")
    return cleaned(corpus("docstrings", texts, groups, sources), ENGLISH_STOP_WORDS | set(PACKAGES))


def docstrings(package: str) -> Iterator[tuple[str, str]]:
    """(file, first paragraph) of each docstring in the package's source, which is parsed and never run."""
    found = find_spec(package)
    for root in (found.submodule_search_locations or []) if found else []:
        for path in sorted(Path(root).rglob("*.py")):
            if {"tests", "test", "_vendor", "externals"} & set(path.parts):
                continue
            try:
                tree = ast.parse(path.read_text("utf-8"))
            except (OSError, ValueError, SyntaxError, RecursionError):
                continue  # a template or a file of another Python: no source of docstrings
            for node in ast.walk(tree):
                text = ast.get_docstring(node) if isinstance(node, ast.FunctionDef | ast.ClassDef) else None
                if paragraph := (text or "").strip().partition("\n\n")[0].strip():
                    yield str(path.relative_to(root)), paragraph


LOADERS: dict[str, Callable[[list[Path]], Corpus]] = {
    "wordnet": of_wordnet,
    "wordnet-all": of_all_wordnet,
    "wordnet-people": of_people,
    "ag_news": of_news,
    "docstrings": of_docstrings,
    "bias_in_bios": of_biographies,
}
