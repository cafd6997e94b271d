"""WordNet's files: what a line holds, what lies above a synset, and that damage and absence are told."""

from dataclasses import replace

import numpy as np
import pytest

from contrastive_claims.experiments.data import locations, sources
from contrastive_claims.experiments.data.locations import DataAbsent
from contrastive_claims.experiments.text import corpora, wordnet

LINES = """  1 This is a licence
00000001 03 n 01 entity 0 001 ~ 00000002 n 0000 | that which exists apart, living or lifeless
00000002 03 n 01 person 0 001 @ 00000001 n 0000 | a human being
00000003 18 n 02 leader 0 chief 0 001 @ 00000002 n 0000 | someone guiding other folk onwards; "the chief spoke"
00000004 18 n 01 performer 0 001 @ 00000002 n 0000 | one who entertains an audience
00000005 18 n 02 Anna 0 Anna_of_Hither 0 001 @i 00000003 n 0000 | ruled the coast after her father fell in war
00000006 18 n 01 Bert 0 001 @i 00000003 n 0000 | he governed the mountains and wrote his letters
00000007 18 n 01 Cleo 0 001 @i 00000004 n 0000 | she danced barefoot across many stages abroad
00000008 18 n 01 Dan 0 001 @i 00000004 n 0000 | known as a fiddler with his travelling band
00000009 05 n 01 cat 0 001 @ 00000001 n 0000 | feline mammal having thick soft fur; "the cat slept"
"""


OTHERS = {
    "verb": """  1 This is a licence
00000003 38 v 01 walk 0 002 @ 00000004 v 0000 + 00000003 n 0101 01 + 02 00 | go forward with slow steps; "we walked uphill"
00000004 38 v 02 travel 0 go 0 000 01 + 02 00 | change location from one place towards another
""",
    "adj": """00000001 00 a 01 weary 0 001 & 00000002 a 0000 | physically and mentally fatigued by labour
00000002 00 s 02 worn_out(p) 0 spent 0 001 & 00000001 s 0000 | drained of all energy after toil
00000005 01 a 01 feline 0 001 \\ 00000009 n 0101 | of or relating to cats wearing whiskers
00000006 44 a 01 fallen 0 000 | dropped down from great heights
""",
    "adv": "00000001 02 r 01 wearily 0 001 \\ 00000001 a 0101 | in a tired manner without hope\n",
}


@pytest.fixture
def whole(tiny):
    """All four data files."""
    for part, lines in OTHERS.items():
        tiny.with_name(f"data.{part}").write_text(lines)
    return tiny.parent


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    path = tmp_path / "wordnet" / "data.noun"
    path.parent.mkdir()
    path.write_text(LINES)
    monkeypatch.setenv("CLAIMS_DATA", str(tmp_path))
    return path


def test_a_synset_is_read_whole(tiny):
    synsets = wordnet.nouns()
    assert len(synsets) == 9
    leader = synsets[3]
    assert leader.names == ("leader", "chief") and leader.hypernyms == (2,) and wordnet.group_of(leader) == "person"
    assert leader.gloss.endswith('"the chief spoke"') and leader.definition == "someone guiding other folk onwards"
    assert synsets[5].instance_of == (3,) and wordnet.group_of(synsets[9]) == "animal"
    assert wordnet.ancestors(synsets, 5, {}) == {5, 3, 2, 1}
    assert [person.names[0] for person in wordnet.people(synsets)] == ["Anna", "Bert", "Cleo", "Dan"]


def test_shared_ancestors_are_counted_pair_by_pair(tiny):
    synsets = wordnet.nouns()
    groups = ("Tops", "animal", "person")
    members = [[s.offset for s in synsets.values() if wordnet.group_of(s) == name] for name in groups]
    above = {offset: wordnet.ancestors(synsets, offset, {}) for offset in synsets}
    slow = [[np.mean([len(above[a] & above[b]) for a in one for b in other]) for other in members] for one in members]
    np.testing.assert_allclose(wordnet.shared_ancestors(synsets, groups), slow)


def test_people_are_grouped_by_trade_and_sex_and_the_words_that_tell_are_gone(tiny):
    found = corpora.load("wordnet-people")
    by_text = {text: found.groups[k] for text, k in zip(found.texts, found.labels, strict=True)}
    assert by_text["ruled coast fell war"] == "leader, woman"
    assert by_text["governed mountains wrote letters"] == "leader, man"
    assert by_text["danced barefoot stages abroad"] == "performer, woman"
    assert by_text["known fiddler travelling band"] == "performer, man"


@pytest.mark.parametrize(
    ("text", "sex"),
    [("he met her", ""), ("wife of a king", ""), ("she wed a king", "woman"), ("the uncle", "man"), ("a chemist", "")],
)
def test_sex_is_told_by_pronouns_first(text, sex):
    assert corpora.sex_of(text) == sex


@pytest.mark.parametrize("line", ["00000010 05 n 01 dog 0 001 @", "00000010 05 n 01 dog 0 000 |  ", "x y z | gloss"])
def test_a_damaged_line_is_named(tiny, line):
    tiny.write_text(LINES + line + "\n")
    with pytest.raises(ValueError, match=r"data.noun: line 11 is no synset"):
        wordnet.nouns()


def test_every_part_of_speech_is_read_alike(whole):
    assert len(wordnet.FILES) == len(set(wordnet.FILES)) == 45
    walk, travel = wordnet.synsets("verb").values()
    assert walk.hypernyms == (4,) and walk.links == (("v", 4), ("n", 3)) and travel.names == ("travel", "go")
    assert wordnet.FILES[walk.file] == "verb.motion" and walk.definition == "go forward with slow steps"
    assert wordnet.synsets("adj")[2].links == (("a", 1),)  # a satellite is an adjective
    found = corpora.load("wordnet-all")
    assert found.groups == (
        *("adj.all", "adj.pert", "adj.ppl", "adv.all", "noun.Tops", "noun.animal", "noun.person", "verb.motion"),
    )
    by_text = {text: found.groups[k] for text, k in zip(found.texts, found.labels, strict=True)}
    assert by_text["forward slow steps walked uphill"] == "verb.motion"  # neither stop words nor the verb itself
    assert by_text["tired manner hope"] == "adv.all"


def test_nouns_alone_are_the_corpus_that_they_were(tiny, whole):
    alone = corpora.of_wordnet([])
    assert set(alone.groups) == {"Tops", "animal", "person"} and len(alone.texts) == 7


def test_links_are_counted_both_ways_by_pairs(whole):
    groups = ("noun.animal", "adj.pert", "adv.all", "adj.all", "verb.motion", "noun.person")
    every = [(sign, one) for part, sign in wordnet.PARTS.items() for one in wordnet.synsets(part).values()]
    slow = np.zeros((6, 6))
    for i, one in enumerate(groups):
        for j, other in enumerate(groups):
            pairs = [
                (a, b)
                for a in every
                for b in every
                if (wordnet.FILES[a[1].file], wordnet.FILES[b[1].file]) == (one, other)
            ]
            joined = sum((b[0], b[1].offset) in a[1].links for a, b in pairs)
            slow[i, j] = (joined + sum((a[0], a[1].offset) in b[1].links for a, b in pairs)) / len(pairs)
    np.testing.assert_allclose(wordnet.linked(groups), slow)
    assert slow[0, 1] > 0 and slow[2, 3] > 0 and slow[4, 5] > 0 and slow[0, 4] == 0


def test_a_part_of_speech_that_is_absent_is_told(tiny, monkeypatch):
    here = locations.LOCATIONS["wordnet-all"]
    monkeypatch.setitem(locations.LOCATIONS, "wordnet-all", replace(here, system=str(tiny.parent / "no")))
    with pytest.raises(
        DataAbsent, match="the verb split of wordnet-all is not on this machine; on Debian: apt install"
    ):
        corpora.load("wordnet-all")
    assert corpora.load("wordnet-people").groups  # which needs the nouns alone


def test_what_depends_on_all_of_wordnet_sees_each_file(whole):
    before = sources.checksum_of("wordnet-all"), sources.checksum_of("wordnet")
    with (whole / "data.adv").open("a") as file:
        file.write("  a licence\n")
    assert sources.checksum_of("wordnet-all") != before[0] and sources.checksum_of("wordnet") == before[1]


def test_a_file_that_changes_is_read_anew(whole):
    before = len(corpora.load("wordnet-all").texts)
    with (whole / "data.verb").open("a") as file:
        file.write("00000009 31 v 01 ponder 0 000 01 + 02 00 | think deeply about weighty matters\n")
    assert len(corpora.load("wordnet-all").texts) == before + 1
    (whole / "data.adv").write_text("00000001 77 r 01 wearily 0 000 | in a tired manner without hope\n")
    with pytest.raises(ValueError, match=r"data.adv: line 1 is no synset"):
        corpora.load("wordnet-all")


def test_absent_it_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("CLAIMS_DATA", str(tmp_path))
    here = locations.LOCATIONS["wordnet"]
    monkeypatch.setitem(
        locations.LOCATIONS, "wordnet", type(here)(here.splits, system=str(tmp_path / "no"), advice=here.advice)
    )
    with pytest.raises(DataAbsent, match="apt install wordnet-base"):
        corpora.load("wordnet")
    with pytest.raises(ValueError, match="unknown corpus 'wordnett'; known: wordnet"):
        corpora.load("wordnett")
