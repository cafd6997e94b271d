"""Check of the block model's link to text: who a rare group moves towards, predicted from words alone (B13p, ours)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from contrastive_claims.experiments.claims.harms.pairs import harm_rows
from contrastive_claims.experiments.claims.harms.partners import more_named, predicted_partners
from contrastive_claims.experiments.claims.harms.rows import rows_led
from contrastive_claims.experiments.claims.text.groups import SEEDS, text_study
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.experiments.text.documents import Corpus, held_out_split
from contrastive_claims.experiments.text.graph import lexical_graph
from contrastive_claims.experiments.text.presets import PRESETS, TextPreset
from contrastive_claims.experiments.text.sets import SPLIT, chosen
from contrastive_claims.experiments.training.sets import first_of_each
from contrastive_claims.theory.blockmodel import BlockModel
from contrastive_claims.theory.harms import Resampled

PER_GROUP, NEIGHBOURS = 500, 10
CORPORA = {"news": "news-cpu", "glosses": "wordnet-cpu"}


def text_partners(run: Run) -> Evidence:
    """B13p: the group that each group of AG News and of WordNet's glosses moves towards when it is undersampled, named from
    the words of training documents alone.

    As B29 does with images: the block model of the graph of lexical neighbours says where each block goes as its share vanishes;
    against it stands the smallest entry of the group's row of RH, averaged over the paired seeds. hits: how many of the eleven
    are named, from those that are the smallest for certain to those that may be (rows.rows_led). chance: the probability of as
    many by guessing one of the other groups each time. hits_of_most_tied: of the group that the graph ties most to it
    (hits_minus_ties: over the rows where both differ); hits_of_balanced_encoders: of the nearest group of balanced encoders.
    Control: the groups of the graph's nodes are permuted. Positive control: the rows of RH are smallest at the graph's own
    partner.
    """
    numbers: dict[str, list[Quantity]] = {}
    arrays: dict[str, list[np.ndarray]] = {"predicted": [], "tied": [], "declared": [], "measured": [], "cosine": []}
    names: list[str] = []
    models: list[str] = []
    hits, choices = 0, []
    for word, name in CORPORA.items():
        preset = PRESETS[name]
        model, tied = text_graph(preset, run.control)
        predicted, cosine = predicted_partners(model, preset.method.temperature)
        groups = chosen(preset.documents).groups
        own = np.arange(len(groups))
        found = text_study(run, preset, own.tolist())
        rows = harm_rows(found.harmed, found.balanced, seed=13)
        if run.planted:
            rows = led_by(rows, text_partner_of(preset))
        named = rows_led(rows, own, predicted, "groups")
        hits += int(named.value)
        choices.append((len(groups), len(groups) - 1))
        for what, quantity in (
            ("hits", named),
            (f"hits_{word}", named),
            ("hits_of_most_tied", rows_led(rows, own, tied, "groups")),
            ("hits_minus_ties", more_named(rows, predicted, tied)),
            ("hits_of_balanced_encoders", rows_led(rows, own, found.declared.nearest, "groups")),
        ):
            numbers.setdefault(what, []).append(quantity)
        mean = rows.estimates.mean(axis=0)
        begin = len(names)
        names += groups
        for what, values in (
            ("predicted", np.where(predicted >= 0, predicted + begin, -1)),
            ("tied", tied + begin),
            ("declared", found.declared.nearest + begin),
            ("measured", np.nanargmin(mean, axis=1) + begin),
            ("cosine", cosine),
        ):
            arrays[what].append(values)
        models += found.names
    return Evidence(
        {
            **{what: added(parts) for what, parts in numbers.items()},
            "chance": Quantity.exact(chance_of(hits, choices), "probability"),
        },
        arrays={"names": np.array(names), **{what: np.concatenate(parts) for what, parts in arrays.items()}},
        seeds=SEEDS,
        models=tuple(models),
    )


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


def text_partner_of(preset: TextPreset) -> np.ndarray:
    """[K]: the graph's partner of each group."""
    return predicted_partners(text_graph(preset)[0], preset.method.temperature)[0]


def led_by(rows: Resampled, classes: np.ndarray) -> Resampled:
    """The rows with their entry at `classes` [R] lowered by 1 more than any other's size, on every seed and replicate."""

    def lowered(values: np.ndarray) -> np.ndarray:
        made = values.copy()
        every = np.arange(len(classes))
        made[..., every, classes] = np.nanmin(rows.estimates) - 1
        return made

    return Resampled(lowered(rows.estimates), lowered(rows.replicates))


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
