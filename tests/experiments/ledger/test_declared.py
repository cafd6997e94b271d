"""Declarations: an append-only chain that tells what was edited, and a wording for all that a claim says."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.experiments.claims.catalogue import CLAIMS, SETTINGS
from contrastive_claims.experiments.ledger import declared, records
from contrastive_claims.experiments.ledger.vocabulary import EMPIRICAL, Claim, Criterion, Form, met

DATES = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z")
CLAIM = Claim(
    "X", "source", "It is so.", "in a garden", EMPIRICAL, met("u > 0", "v >= 0.5"), "m:check", "wrong",
    setting="five words", published=met("u > 1"), looks=2,
)  # fmt: skip
WORDS = {"a garden": "where things grow", "a house": "where people live"}


def write_four(path):
    """Three claims on one day, then a changed one: four lines."""
    claims = [replace(CLAIM, id=name) for name in "ABC"]
    assert [made.claim for made in declared.declare(claims, WORDS, DATES[0], "c0", path)] == ["A", "B", "C"]
    claims[1] = replace(claims[1], criteria=met("u > 0", "v >= 0.6"))
    assert [made.claim for made in declared.declare(claims, WORDS, DATES[1], "c1", path)] == ["B"]
    return claims


@pytest.fixture
def path(tmp_path):
    return tmp_path / "declared.jsonl"


def test_what_was_declared_comes_back(path):
    claims = write_four(path)
    found = declared.read(path)
    assert [(made.claim, made.date, made.commit, made.scale) for made in found] == [
        ("A", DATES[0], "c0", "quick"), ("B", DATES[0], "c0", "quick"), ("C", DATES[0], "c0", "quick"),
        ("B", DATES[1], "c1", "quick"),
    ]  # fmt: skip
    assert found[-1].digest == declared.wording(claims[1], WORDS) != found[1].digest


def test_declaring_again_adds_nothing_and_touches_nothing(path):
    claims = write_four(path)
    before = path.read_bytes(), path.stat().st_mtime_ns
    assert declared.declare(claims, WORDS, DATES[2], "c2", path) == []
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_declaring_appends(path):
    claims = write_four(path)
    before = path.read_text()
    declared.declare([*claims, replace(CLAIM, id="D")], WORDS, DATES[2], "c2", path)
    assert path.read_text().startswith(before) and len(declared.read(path)) == 5


def test_each_form_is_declared_apart(path):
    form = Form("there", met("u > 0"), "m:there", "c", "f", ("mnist",), ())
    declared.declare([replace(CLAIM, standard=form), replace(CLAIM, id="Y", check="")], WORDS, DATES[0], "c", path)
    assert [(made.claim, made.scale) for made in declared.read(path)] == [("X", "quick"), ("X", "standard")]


def test_no_file_is_no_declaration(path):
    assert declared.read(path) == []


def edit(number, old, new):
    def change(lines):
        assert old in lines[number - 1]
        return [*lines[: number - 1], lines[number - 1].replace(old, new, 1), *lines[number:]]

    return change


EDITS = [
    (edit(2, '"B"', '"A"'), 2, "edited"),
    (edit(1, "2026-01-01", "2025-01-01"), 1, "edited"),  # backdated
    (edit(3, '"c0"', '"c1"'), 3, "edited"),
    (edit(2, '"quick"', '"paper"'), 2, "edited"),
    (edit(2, '"seal": "', '"seal": "0'), 2, "edited"),
    (lambda lines: lines[1:], 1, "missing"),
    (lambda lines: [lines[0], *lines[2:]], 2, "missing"),
    (lambda lines: [lines[1], lines[0], *lines[2:]], 1, "edited"),
    (lambda lines: [*lines[:2], lines[3], lines[2]], 3, "missing"),
    (lambda lines: [*lines, lines[-1]], 5, "edited"),
    (lambda lines: [lines[0], "", *lines[1:]], 2, "no declaration"),
    (lambda lines: [*lines[:3], lines[3][:40]], 4, "no declaration"),
    (lambda lines: [*lines[:3], "[]"], 4, "no declaration"),
    (lambda lines: ["{}", *lines], 1, "no declaration"),
    (edit(2, '"claim": "B"', '"claim": NaN'), 2, "no declaration"),
    (edit(4, '"claim"', '"more": 1, "claim"'), 4, "no declaration"),
    (edit(4, '"date"', '"day"'), 4, "no declaration"),
    (edit(4, '"2026-01-02T00:00:00Z"', "20260102"), 4, "edited"),
    (lambda lines: [*lines[:1], "[" * 100_000], 2, "no declaration"),
    (lambda lines: [*lines[:1], "\ud800", *lines[1:]], 2, "no declaration"),
]


def damaged(path, change):
    lines = change(path.read_text().splitlines())
    path.write_bytes("".join(line + "\n" for line in lines).encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize(("change", "line", "message"), EDITS)
def test_what_was_edited_is_refused_with_its_line(path, change, line, message):
    claims = write_four(path)
    damaged(path, change)
    before = path.read_bytes()
    for call in (lambda: declared.read(path), lambda: declared.declare(claims, WORDS, DATES[3], "c3", path)):
        with pytest.raises(records.RecordError, match=rf"declared\.jsonl: line {line} .*{message}"):
            call()
    assert path.read_bytes() == before


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_no_character_is_changed_unnoticed(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("declared", numbered=True) / "declared.jsonl"
    write_four(path)
    text = path.read_text()
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from('a0"{}, \n:').filter(lambda c: c != text[place]))
    path.write_text(text[:place] + other + text[place + 1 :])
    try:
        found = declared.read(path)
    except records.RecordError as error:
        told = str(error)
    else:  # layout between the fields says nothing
        path.write_text(text)
        assert found == declared.read(path)
        return
    assert f"line {text[:place].count(chr(10)) + 1} " in told


def test_a_line_older_than_the_one_above_is_refused_though_its_seal_is_right(path):
    write_four(path)
    late = declared.Declaration("Z", "quick", "0", DATES[0], "c")
    seal = json.loads(path.read_text().splitlines()[-1])["seal"]
    sealed = {"claim": "Z", "scale": "quick", "digest": "0", "date": DATES[0], "commit": "c"}
    assert vars(late) == sealed
    with path.open("a") as file:
        file.write(json.dumps({**sealed, "seal": declared.digest([seal, sealed])}) + "\n")
    with pytest.raises(records.RecordError, match="line 5 is older than the line above it"):
        declared.read(path)


def test_nothing_is_declared_before_what_was_declared(path):
    """A clock that was set back; else the file could never be read again."""
    claims = write_four(path)
    before = path.read_bytes()
    with pytest.raises(records.RecordError, match="older than the last declaration"):
        declared.declare([*claims, replace(CLAIM, id="D")], WORDS, DATES[0], "c", path)
    assert path.read_bytes() == before


CHANGES = {
    "statement": {"statement": "It is otherwise."},
    "hypotheses": {"hypotheses": "in a garden, at noon"},
    "another named setting": {"hypotheses": "in a house"},
    "a bound": {"criteria": met("u > 0", "v >= 0.6")},
    "a bound in its eighth digit": {"criteria": (CLAIM.criteria[0], Criterion("v", ">=", 0.50000001))},
    "a relation": {"criteria": met("u >= 0", "v >= 0.5")},
    "a quantity": {"criteria": met("u > 0", "w >= 0.5")},
    "a criterion less": {"criteria": met("u > 0")},
    "the setting": {"setting": "six other words"},
    "looks": {"looks": 3},
    "a published size": {"published": met("u > 0.9")},
    "no published size": {"published": ()},
    "method": {"method": "statistical"},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_of_what_is_claimed_is_a_new_wording(change, path):
    other = replace(CLAIM, **change)
    assert declared.wording(other, WORDS) != declared.wording(CLAIM, WORDS)
    declared.declare([CLAIM], WORDS, DATES[0], "c", path)
    assert len(declared.declare([other], WORDS, DATES[1], "c", path)) == 1


def test_the_text_of_a_named_setting_is_claimed_too_and_that_of_another_is_not():
    assert declared.wording(CLAIM, WORDS | {"a garden": "elsewhere"}) != declared.wording(CLAIM, WORDS)
    assert declared.wording(CLAIM, WORDS | {"a house": "elsewhere"}) == declared.wording(CLAIM, WORDS)


@pytest.mark.parametrize(
    "change",
    [
        {"check": "m:other"},
        {"control": "other"},
        {"figure": "f"},
        {"share": 2.0},
        {"data": ("mnist",)},
        {"planted": "p"},
    ],
)
def test_how_it_is_checked_is_no_part_of_the_wording(change):
    assert declared.wording(replace(CLAIM, **change), WORDS) == declared.wording(CLAIM, WORDS)


def test_a_wording_is_as_old_as_its_first_declaration(path):
    other = replace(CLAIM, looks=1)
    for claim, date in zip((CLAIM, other, CLAIM), DATES, strict=False):
        assert declared.declare([claim], WORDS, date, "c", path)
    found = declared.read(path)
    wordings = [declared.wording(claim, WORDS) for claim in (CLAIM, other)]
    assert [declared.declared_on(found, "X", "quick", worded) for worded in wordings] == [DATES[0], DATES[1]]
    assert declared.declared_on(found, "X", "standard", wordings[0]) == ""
    assert declared.declared_on(found, "Y", "quick", wordings[0]) == ""
    assert declared.declared_on(found, "X", "quick", "another") == ""


@pytest.mark.parametrize(
    ("worded", "since", "expected"),
    [
        (DATES[0], DATES[1], False),
        (DATES[1], DATES[0], True),
        (DATES[0], DATES[0], True),  # not older
        ("", DATES[0], True),  # never declared
        (DATES[0], "", True),  # nobody knows when the data were made
        ("", "", True),
        ("2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z", False),
        ("2026-01-01T00:00:00Z", "2026-01-01", True),
    ],
)
def test_a_claim_is_confirmatory_only_if_it_is_older_than_its_data(worded, since, expected):
    assert declared.is_exploratory(worded, since) == expected


FORMS = [(claim, scale) for claim in CLAIMS for scale in claim.scales]


def test_the_committed_declarations_are_sound():
    found = declared.read()
    assert {(made.claim, made.scale) for made in found} >= {(claim.id, scale) for claim, scale in FORMS}


@pytest.mark.parametrize(("claim", "scale"), FORMS, ids=lambda part: getattr(part, "id", part))
def test_every_form_in_the_catalogue_is_declared_as_it_stands(claim, scale):
    """After an edit of a claim: `claims declare`, before anything decides it."""
    last = [made for made in declared.read() if (made.claim, made.scale) == (claim.id, scale)]
    assert last and last[-1].digest == declared.wording(claim.at(scale), SETTINGS)
