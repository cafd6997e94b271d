"""Documents: what is refused, what cleaning takes away, that near-copies go, and that no split parts a source."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contrastive_claims.experiments.text.documents import (
    LONGEST,
    cleaned,
    corpus,
    distinct,
    held_out_split,
    only,
    words,
)

LETTERS = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["fine", " \n"], "document 1: is empty"),
        (["fine", "x" * 1_000_000], "document 1: 1,000,000 characters are more than 100,000; cut it"),
        (["fine", b"caf\xe9 au lait"], "document 1: byte 3 is not UTF-8"),
    ],
)
def test_a_document_that_is_none_is_named(texts, said):
    with pytest.raises(ValueError, match=said):
        corpus("made", texts, ["a", "b"])
    assert corpus("made", ["fine", "x" * LONGEST], ["a", "b"]).labels.tolist() == [0, 1]
    assert corpus("made", [b"caf\xc3\xa9", "b"], ["a", "b"]).texts[0] == "café"


def test_counts_and_groups_must_fit():
    with pytest.raises(ValueError, match="groups: one for each of the 2 documents"):
        corpus("made", ["one", "two"], ["a"])
    with pytest.raises(ValueError, match="groups: made needs two or more, got 1"):
        corpus("made", ["one", "two"], ["a", "a"])
    with pytest.raises(ValueError, match="has no group 'c', only a, b"):
        only(corpus("made", ["one", "two"], ["a", "b"]), ["c"])


def test_a_group_that_vanishes_is_named():
    given_ = corpus("made", ["red red red rose", "green leaf stem root"], ["flowers", "leaves"])
    with pytest.raises(ValueError, match="group 'flowers' of made has no document left after cleaning"):
        cleaned(given_, {"red"})


def test_words_are_plain():
    text = "<b>Shares</b> of Acme&amp; fell #36;10, see https://example.org/x -- it's news"
    assert words(text, {"acme"}) == ["shares", "of", "fell", "see", "it's", "news"]


def test_cleaning_takes_the_words_that_give_a_group_away_and_near_copies():
    texts = [
        "The red cat sat on a mat",
        "A green dog ran in the park",
        "red cat sat on a mat the the",
        "a blue cat swam far",
    ]
    found = cleaned(corpus("made", texts, ["x", "y", "x", "x"]), {"red", "green"}, own=[{"mat"}, set(), set(), {"far"}])
    assert found.texts == ("the cat sat on a", "a dog ran in the park", "a blue cat swam")
    assert found.labels.tolist() == [0, 1, 0] and found.sources.tolist() == [0, 1, 3]


@given(st.lists(LETTERS, max_size=12), st.sampled_from([0.4, 0.5, 0.8, 1.0]))
def test_what_is_kept_is_what_comparing_all_pairs_keeps(rows, near):
    kept = []
    for k, row in enumerate(rows):
        mine = set(row)
        if all(len(mine & set(rows[j])) < near * len(mine | set(rows[j])) - 1e-9 for j in kept):
            kept.append(k)
    assert distinct(rows, near) == kept


def test_no_source_is_parted():
    generator = np.random.default_rng(0)
    sources = generator.integers(0, 40, 120)
    names = np.array(["a", "b", "c"])[sources % 3]
    made = corpus("made", [f"text {k}" for k in range(120)], names.tolist(), sources.tolist())
    training, held_out = held_out_split(made, 5, seed=1)
    assert np.bincount(made.labels[held_out]).tolist() == [5, 5, 5]
    assert not set(sources[training]) & set(sources[held_out]) and len(set(training) & set(held_out)) == 0
    with pytest.raises(ValueError, match="too few to hold 500 out"):
        held_out_split(made, 500, seed=1)
    one = corpus("made", ["a", "b", "c", "d"], ["x", "x", "y", "y"], [0, 0, 1, 1])
    with pytest.raises(ValueError, match="shares sources with what is held out"):
        held_out_split(one, 1, seed=0)


def test_the_checksum_sees_every_part():
    one = corpus("made", ["one", "two"], ["a", "b"])
    others = [corpus("made", ["one", "too"], ["a", "b"]), corpus("made", ["one", "two"], ["b", "a"])]
    others.append(corpus("made", ["one", "two"], ["a", "c"]))
    others.append(corpus("made", ["one", "two"], ["a", "b"], ["same", "same"]))
    assert len({one.checksum, *(other.checksum for other in others)}) == 5
    assert one.checksum == corpus("other", ["one", "two"], ["a", "b"]).checksum
