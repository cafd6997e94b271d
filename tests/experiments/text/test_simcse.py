"""Vocabulary, encoder and training: what a text becomes, that padding counts nothing, and that a run repeats itself."""

import numpy as np
import pytest
import torch

from contrastive_claims.experiments.ledger.vocabulary import Run
from contrastive_claims.experiments.models.store import measured
from contrastive_claims.experiments.text import vocabulary
from contrastive_claims.experiments.text.encoder import TextEncoder, initialise
from contrastive_claims.experiments.text.models import COARSE, TextModel, coarse_text_harms, text_harms
from contrastive_claims.experiments.text.presets import PRESETS, text_preset
from contrastive_claims.experiments.text.sets import training_and_held_out
from contrastive_claims.experiments.text.simcse import batches, embed, passes, train
from contrastive_claims.experiments.training.presets import Undersample
from contrastive_claims.theory.harms import class_cosines

pytest.importorskip("tokenizers")


def encoder(seed=0, dropout=0.1):
    made = TextEncoder(50, 8, 16, 2, 4, dropout)
    initialise(made, torch.Generator().manual_seed(seed))
    return made


def test_a_vocabulary_of_one_subword_tells_nothing_apart():
    with pytest.raises(ValueError, match="hold 1 subword; two or more are needed"):
        vocabulary.learnt(("a a a", "a"), 10)
    made = vocabulary.learnt(("abc abd", "abc"), 20)
    found = vocabulary.numbers(made, ["abc abd", "abc"], 8)
    assert found.shape[0] == 2 and (found[1] == vocabulary.PADDING).any() and (found[0] != vocabulary.PADDING).all()
    with pytest.raises(ValueError, match="text 1: holds no subword"):
        vocabulary.numbers(made, ["abc", "  "], 8)


def test_without_the_package_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tokenizers", None)
    with pytest.raises(ValueError, match=r"pip install 'contrastive-claims\[text\]'"):
        vocabulary.tokenizers()


def test_padding_and_company_change_no_embedding():
    network = encoder()
    texts = np.array([[5, 6, 7, 0, 0, 0], [8, 9, 10, 11, 12, 13]])
    alone = embed(network, texts[:1, :3])
    np.testing.assert_allclose(embed(network, texts)[0], alone[0], atol=1e-6)
    assert network.training  # the mode it was in
    moved = embed(network, np.array([[7, 6, 5]]))
    assert np.abs(moved - alone).max() > 1e-3  # order counts


def test_passes_drop_a_share_of_the_subwords_and_keep_their_order():
    texts = np.array([[3, 4, 5, 6, 7, 8], [9, 0, 0, 0, 0, 0]])
    found = passes(texts, 0.5, np.random.default_rng(0))
    assert found.shape == (4, 3) and (found != 0).sum(axis=1).tolist() == [3, 1, 3, 1]
    for row, source in zip(found, [*texts, *texts], strict=True):
        kept = row[row != 0]
        assert (np.diff(kept) > 0).all() and set(kept) <= set(source) and (row[len(kept) :] == 0).all()
    assert not np.array_equal(found[0], found[2])
    np.testing.assert_array_equal(passes(texts, 0.0, np.random.default_rng(0)), np.concatenate([texts, texts]))


def test_every_pass_through_the_texts_takes_each_at_most_once(made):
    rows = list(batches(np.zeros(100, int), made, seed=0))
    assert len(rows) == made.steps and all(len(row) == made.batch for row in rows)
    assert len(np.unique(np.concatenate(rows[:3]))) == 90 and not np.array_equal(rows[0], rows[3])


def test_training_repeats_itself_leaves_global_state_and_tells_groups_apart(made):
    training, held_out = training_and_held_out(made.documents, made.encoder, 0)
    before = torch.random.get_rng_state()
    one, two = (train(made, training, held_out, seed=3) for _ in range(2))
    assert torch.equal(before, torch.random.get_rng_state())
    np.testing.assert_array_equal(one.losses, two.losses)
    assert not np.array_equal(one.losses, train(made, training, held_out, seed=4).losses)
    assert one.losses[-5:].mean() < one.losses[:5].mean() and one.looks.tolist() == [15, 30]
    cosines = class_cosines(embed(one.network, held_out.texts), held_out.labels)
    np.testing.assert_allclose(one.cosines[-1], cosines, atol=1e-6)
    assert np.diag(cosines).min() > cosines[np.triu_indices(3, 1)].max()
    assert one.subwords > 0 and one.seconds > 0


def test_the_supervised_form_takes_the_groups(made):
    preset = made.model_copy(update={"method": made.method.model_copy(update={"name": "sup-con"})})
    training, held_out = training_and_held_out(made.documents, made.encoder, 0)
    plain, supervised = (train(p, training, held_out, seed=3).cosines[-1] for p in (made, preset))
    own = [np.diag(c).mean() - c[np.triu_indices(3, 1)].mean() for c in (plain, supervised)]
    assert own[1] > own[0]


def test_undersampling_takes_of_one_group_and_its_control_of_all(made):
    thin = made.documents.model_copy(update={"undersample": Undersample(target=1, factor=10.0)})
    training, held_out = training_and_held_out(thin, made.encoder, 0)
    assert np.bincount(training.labels).tolist() == [30, 3, 30] and np.bincount(held_out.labels).tolist() == [8, 8, 8]
    shuffled, _ = training_and_held_out(thin.model_copy(update={"shuffled": True}), made.encoder, 0)
    assert len(shuffled.labels) == 63 and np.bincount(shuffled.labels).min() > 10
    with pytest.raises(ValueError, match="batch: 30 is more than the 3 texts"):
        train(made, training.at(np.flatnonzero(training.labels == 1)), held_out, 0)


def test_a_record_is_kept_and_found_again(made, tmp_path):
    model = TextModel(made, 0, 0)
    run = Run(store=tmp_path)
    first = measured([model], text_harms, run)[model]
    again = measured([model], text_harms, run)[model]
    assert len(list(tmp_path.glob("made-text_harms-*.npz"))) == 1
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert first["heads"].tolist() == [-1, 0, 1, 2] and first["predictions"].shape == (4, 24)
    assert (first["predictions"][0] == first["truth"]).mean() > 0.6  # a third by chance
    keys = {model.key(), model.key("text_harms"), TextModel(made, 1, 0).key(), TextModel(made, 0, 1).key()}
    keys.add(TextModel(made.model_copy(update={"steps": 31}), 0, 0).key())
    assert len(keys) == 5 and TextModel(made.model_copy(update={"name": "else"}), 0, 0).key() in keys


def test_a_coarse_record_is_the_same_but_for_its_rounding(made):
    trial = TextModel(made, 0, 0).trial(Run(), None, (0, 1))
    fine, coarse = text_harms(trial), coarse_text_harms(trial)
    assert fine.keys() == coarse.keys() and np.abs(coarse["embeddings"]).max() <= COARSE
    cosines = [class_cosines(record["embeddings"], record["labels"]) for record in (fine, coarse)]
    np.testing.assert_allclose(*cosines, atol=0.03)
    assert not np.array_equal(fine["embeddings"], coarse["embeddings"])
    assert all(np.array_equal(fine[name], coarse[name]) for name in fine if name != "embeddings")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"encoder": {"name": "transformer"}}, "subwords .* belong to the transformer"),
        ({"encoder": {"name": "some/encoder", "width": 8}}, "belong to the transformer"),
        ({"steps": 0}, "steps"),
        ({"stepps": 3}, "stepps"),
    ],
)
def test_a_preset_that_cannot_be_is_refused(made, change, said):
    with pytest.raises(ValueError, match=said):
        text_preset({**made.model_dump(), **change})


def test_every_preset_says_what_it_is():
    assert {name == preset.name for name, preset in PRESETS.items()} == {True}
    assert PRESETS["bias-in-bios-paper"].encoder.name == "bert-base-uncased"
