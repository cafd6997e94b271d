"""Checks of the block model's link to text: who a rare group moves towards, predicted from words (B13p, B13q, B13j, ours)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from contrastive_claims.experiments.claims.harms.pairs import harm_rows, study
from contrastive_claims.experiments.claims.harms.partners import image_graph, more_named, predicted_partners
from contrastive_claims.experiments.claims.harms.representation import CLASSES
from contrastive_claims.experiments.claims.harms.representation import PRESET as IMAGES
from contrastive_claims.experiments.claims.harms.rows import rows_led
from contrastive_claims.experiments.claims.text.groups import SEEDS, text_study
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.experiments.text.documents import Corpus, held_out_split
from contrastive_claims.experiments.text.graph import lexical_graph
from contrastive_claims.experiments.text.models import coarse_text_harms, text_harms
from contrastive_claims.experiments.text.presets import PRESETS, TextPreset
from contrastive_claims.experiments.text.sets import SPLIT, chosen
from contrastive_claims.experiments.training.presets import load_preset
from contrastive_claims.experiments.training.sets import first_of_each
from contrastive_claims.theory.blockmodel import BlockModel
from contrastive_claims.theory.harms import Resampled

PER_GROUP, NEIGHBOURS = 500, 10
CORPORA = {"news": "news-cpu", "glosses": "wordnet-cpu"}
SPEECH = {"speech": "speech-cpu"}
KEPT = {"speech-cpu": coarse_text_harms}  # of the encoders, where it is not text_harms
Part = tuple[str, tuple[str, ...], Resampled, dict[str, np.ndarray], np.ndarray, tuple[str, ...]]


def text_partners(run: Run) -> Evidence:
    """B13p: the group that each group of AG News and of WordNet's glosses moves towards when it is undersampled, named from
    the words of training documents alone. See `scored`."""
    return scored(run, [text_part(run, word, PRESETS[name]) for word, name in CORPORA.items()])


def speech_partners(run: Run) -> Evidence:
    """B13q: the same for seven lexicographer files of all parts of speech. See `scored`."""
    return scored(run, [text_part(run, word, PRESETS[name]) for word, name in SPEECH.items()])


def partners_of_all(run: Run) -> Evidence:
    """B13j: the same for the groups of all three corpora and the ten classes of Fashion-MNIST, whose graph is of raw images
    (claim B29). See `scored`."""
    texts = [text_part(run, word, PRESETS[name]) for word, name in (CORPORA | SPEECH).items()]
    return scored(run, [image_part(run), *texts])


def scored(run: Run, parts: Sequence[Part]) -> Evidence:
    """What the block models of graphs of neighbours say of where undersampled groups go, against where they go.

    As B29 does with images: the block model says where each block goes as its share vanishes; against it stands the smallest
    entry of the group's row of RH, averaged over the paired seeds. hits: how many of the groups are named, from those that are
    the smallest for certain to those that may be (rows.rows_led); hit_rate: as a share of the groups. chance: the probability of
    as many by guessing one of the other groups each time, at both ends of the hits too. hits_of_shuffled: of a graph whose
    groups are permuted. hits_of_most_tied: of the group that the graph ties most to it (hits_minus_ties: over the rows where
    both differ); hits_of_balanced_encoders: of the nearest group of balanced encoders.
    Control: the rows of RH are largest at the graph's own partner. Positive control: they are smallest there.
    """
    numbers: dict[str, list[Quantity]] = {}
    arrays: dict[str, list[np.ndarray]] = {"predicted": [], "tied": [], "declared": [], "measured": [], "cosine": []}
    names: list[str] = []
    choices: list[tuple[int, int]] = []
    for word, groups, measured_rows, guesses, cosine, _ in parts:
        predicted, own = guesses["predicted"], np.arange(len(groups))
        rows = measured_rows
        if run.planted or run.control:
            rows = moved_to(rows, predicted, -1 if run.planted else 1)
        named = rows_led(rows, own, predicted, "groups")
        choices.append((len(groups), len(groups) - 1))
        for what, quantity in (
            ("hits", named),
            (f"hits_{word}", named),
            ("hits_of_shuffled", rows_led(rows, own, guesses["shuffled"], "groups")),
            ("hits_of_most_tied", rows_led(rows, own, guesses["tied"], "groups")),
            ("hits_minus_ties", more_named(rows, predicted, guesses["tied"])),
            ("hits_of_balanced_encoders", rows_led(rows, own, guesses["declared"], "groups")),
        ):
            numbers.setdefault(what, []).append(quantity)
        begin = len(names)
        names += groups
        for what, values in (
            ("predicted", np.where(predicted >= 0, predicted + begin, -1)),
            ("tied", guesses["tied"] + begin),
            ("declared", guesses["declared"] + begin),
            ("measured", np.nanargmin(rows.estimates.mean(axis=0), axis=1) + begin),
            ("cosine", cosine),
        ):
            arrays[what].append(values)
    counts = {what: added(quantities) for what, quantities in numbers.items()}
    hits, total = counts["hits"], len(names)
    least, most = chance_of(int(hits.high), choices), chance_of(int(hits.low), choices)
    return Evidence(
        {
            **counts,
            "hit_rate": Quantity(hits.value / total, hits.low / total, hits.high / total, "share of groups"),
            "chance": Quantity(chance_of(int(hits.value), choices), least, most, "probability"),
        },
        arrays={
            "names": np.array(names),
            "predicted": np.concatenate(arrays["predicted"]),
            "tied": np.concatenate(arrays["tied"]),
            "declared": np.concatenate(arrays["declared"]),
            "measured": np.concatenate(arrays["measured"]),
            "cosine": np.concatenate(arrays["cosine"]),
        },
        seeds=SEEDS,
        models=tuple(name for part in parts for name in part[-1]),
    )


def text_part(run: Run, word: str, preset: TextPreset) -> Part:
    """(word, groups, rows of RH, guesses of each row's least entry, predicted cosines, records) of one corpus."""
    groups = chosen(preset.documents).groups
    model, tied = text_graph(preset)
    predicted, cosine = predicted_partners(model, preset.method.temperature)
    found = text_study(run, preset, range(len(groups)), measure=KEPT.get(preset.name, text_harms))
    guesses = {
        "predicted": predicted,
        "tied": tied,
        "declared": found.declared.nearest,
        "shuffled": text_partner_of(preset, labels_shuffled=True),
    }
    return word, groups, harm_rows(found.harmed, found.balanced, seed=13), guesses, cosine, found.names


def image_part(run: Run) -> Part:
    """The same of Fashion-MNIST, as B29 has it."""
    preset = load_preset(IMAGES)
    temperature = preset.method.temperature
    model, tied = image_graph()
    predicted, cosine = predicted_partners(model, temperature)
    found = study(run, preset, range(len(CLASSES)))
    guesses = {
        "predicted": predicted,
        "tied": tied,
        "declared": found.neighbours.nearest,
        "shuffled": predicted_partners(image_graph(labels_shuffled=True)[0], temperature)[0],
    }
    return "images", CLASSES, harm_rows(found.harmed, found.balanced, seed=9), guesses, cosine, found.names


def text_graph(preset: TextPreset, labels_shuffled: bool = False) -> tuple[BlockModel, np.ndarray]:
    """(block model, tied [K]) of the graph that joins each of PER_GROUP training documents of every group to its NEIGHBOURS
    nearest; tied: the other group that each group is connected to most. Control: the groups of the nodes are permuted."""
    corpus = training_corpus(preset)
    corpus = corpus.at(first_of_each(corpus.labels, PER_GROUP, SPLIT))
    generator = np.random.default_rng(SPLIT)
    labels = generator.permutation(corpus.labels) if labels_shuffled else corpus.labels
    model = BlockModel.from_graph(lexical_graph(corpus.texts, NEIGHBOURS), labels)
    return model, (model.connectivity - np.diag(np.diag(model.connectivity))).argmax(axis=1)


def training_corpus(preset: TextPreset) -> Corpus:
    """The documents that the preset's encoders may be trained on."""
    corpus = chosen(preset.documents)
    return corpus.at(held_out_split(corpus, preset.documents.held_out, SPLIT)[0])


def text_partner_of(preset: TextPreset, labels_shuffled: bool = False) -> np.ndarray:
    """[K]: the graph's partner of each group, -1 for one that has none."""
    return predicted_partners(text_graph(preset, labels_shuffled)[0], preset.method.temperature)[0]


def moved_to(rows: Resampled, classes: np.ndarray, side: int) -> Resampled:
    """The rows with their entry at `classes` [R] below every other by 1 (side -1) or above (side 1), on every replicate."""
    named = np.flatnonzero(classes >= 0)
    extreme = np.nanmin(rows.estimates) - 1 if side < 0 else np.nanmax(rows.estimates) + 1

    def moved(values: np.ndarray) -> np.ndarray:
        made = values.copy()
        made[..., named, classes[named]] = extreme
        return made

    return Resampled(moved(rows.estimates), moved(rows.replicates))


def added(parts: Sequence[Quantity]) -> Quantity:
    """The sum of counts, and of the ends of their intervals."""
    return Quantity(sum(q.value for q in parts), sum(q.low for q in parts), sum(q.high for q in parts), parts[0].unit)


def chance_of(hits: int, rows: Sequence[tuple[int, int]]) -> float:
    """P(at least `hits` of the guesses are right): for each (n, c) of `rows` n guesses, each one of c other groups."""
    law = np.ones(1)
    for count, choices in rows:
        for _ in range(count):
            law = np.convolve(law, [1 - 1 / choices, 1 / choices])
    return float(min(1.0, law[hits:].sum()))
