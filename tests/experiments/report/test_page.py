"""The page as text: all that the records say, escaped; and what it does about records that are absent, odd or hostile."""

import json
import re
from html.parser import HTMLParser

import pytest
from typer.testing import CliRunner

from contrastive_claims.experiments import cli
from contrastive_claims.experiments.claims import catalogue
from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.ledger import records
from contrastive_claims.experiments.ledger.vocabulary import NOT_RUN, PROVED, VERDICTS
from contrastive_claims.experiments.report import gather as gathering
from contrastive_claims.experiments.report.gather import Report, gather, shown
from contrastive_claims.experiments.report.page import graph, page, write
from contrastive_claims.experiments.verify import table

BY_ID = {claim.id: claim for claim in CLAIMS}
VOID = {"meta", "br", "img", "input", "link", "hr", "mspace"}


class Tree(HTMLParser):
    """Elements with their attributes, the texts in order, and whether every element is closed in its turn."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.texts, self.open = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, tag

    def handle_data(self, data):
        self.texts.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self):
        return " ".join("".join(self.texts).split())


@pytest.fixture(scope="module")
def undrawn(tmp_path_factory):
    """The report of the committed records without its figures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gathering, "picture", lambda claim, folder, scale, record: None)
        return gather(tmp_path_factory.mktemp("nothing"))


def own(claims, out, tell=lambda what: None):
    return gather(out, claims, tell)


def test_every_claim_is_there_once_with_its_record(undrawn):
    known = {r["id"]: r for scale in ("quick", "standard", "paper") for r in records.recorded(scale).values()}
    assert [entry.id for entry in undrawn.entries] == [claim.id for claim in CLAIMS] and undrawn.problems == []
    for entry in undrawn.entries:
        if entry.id in known:
            record = known[entry.id]
            assert (entry.verdict, entry.here, entry.reason) == (record["verdict"], record["here"], record["reason"])
            assert entry.scale == record["scale"] and entry.source_of_record == "committed"
            assert [text for text, _ in entry.criteria] == [str(c) for c in entry.claim.criteria]
        else:
            waits = BY_ID[entry.id].pending
            assert entry.verdict == NOT_RUN and entry.reason in (waits, "not run yet") and entry in undrawn.not_run


def test_criteria_of_a_decided_claim_agree_with_its_verdict(undrawn):
    for entry in undrawn.entries:
        states = {state for _, state in entry.criteria}
        if entry.verdict in ("PROVED", "CERTIFIED", "HOLDS", "SUPPORTED"):
            assert states == {"met"}, entry.id
        elif entry.verdict == "REFUTED":
            assert "broken" in states, entry.id
        elif entry.record:
            assert "met" not in states or states - {"met"}, entry.id


def test_counts_and_results_are_the_readme_s(undrawn):
    screen = table.first_screen()
    for word, count, text in undrawn.verdicts:
        assert f"| **{word}**&nbsp;{count} | {text} |" in screen
    assert len(undrawn.verdicts) == screen.count("| **") and len(undrawn.results) == 5
    assert all(sentence in screen for sentence, _ in undrawn.results)


def test_proved_with_all_that_it_uses_is_told_apart(undrawn):
    proved = {entry.id: entry for entry in undrawn.entries if entry.verdict == PROVED}
    told = Tree(page(undrawn)).text
    alone = [name for name, entry in proved.items() if not entry.with_all]
    assert alone == ["A17"] and proved["A17"].unproved == ("A16",)
    assert f"{len(proved) - 1} of {len(proved)} proved ones" in told
    assert (
        told.count("and so is all that it uses") == len(proved) - 1 and told.count("not so all that it uses: A16") == 1
    )


def test_the_page_is_well_formed_has_unique_ids_and_leads_nowhere_else(undrawn):
    text = page(undrawn)
    tree = Tree(text)
    ids = [attributes["id"] for _, attributes in tree.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {attributes["href"] for attributes in tree.all("a")}
    names = {link.removeprefix("#focus=") if link.startswith("#focus=") else link[1:] for link in links}
    assert all(link.startswith("#") for link in links) and names <= set(ids)
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", text)
    labels = {attributes["for"] for attributes in tree.all("label") if "for" in attributes}
    assert labels <= set(ids)


def test_statements_proofs_and_provenance_are_in_it(undrawn):
    told = Tree(page(undrawn)).text
    for entry in undrawn.entries:
        if entry.theorem:
            assert " ".join(entry.theorem.statement.split()) in told, entry.id
        for label, value in entry.provenance:
            assert label in told and value in told
        for words in (*entry.record.get("rests_on", ()), entry.record.get("witness", ""), *entry.commands):
            assert " ".join(words.split()) in told
    assert {name for entry in undrawn.entries if entry.theorem for name in [entry.id]} == set(
        json.loads((records.RECORDED / "proofs.json").read_text())["proofs"]
    )


def test_the_graph_has_the_uses_and_levels_above_what_is_used(undrawn):
    made = graph(undrawn)
    level = {node["id"]: node["level"] for node in made["nodes"]}
    assert {(a, b, k) for a, b, kinds in made["uses"] for k in kinds} == {
        (u.claim, u.used, u.kind) for u in undrawn.uses
    }
    both = {(a, b) for a, b, _ in made["uses"]}
    for claim, used in both:
        assert level[claim] > level[used] or (level[claim] == level[used] and (used, claim) in both)
    assert set(level) == {name for pair in both for name in pair}


def test_commands_name_the_scale_of_the_record(undrawn):
    commands = {entry.id: entry.commands for entry in undrawn.entries}
    assert commands["B5"] == ["claims verify B5", "claims prove B5"]
    assert commands["A18a"] == ["claims verify A18a --scale standard"]
    assert commands["A27h"] == ["claims verify A27h --scale paper"]  # not run
    assert commands["P4"] == []


def test_an_interval_is_shown_where_there_is_one():
    exact = {"value": 0.25, "low": 0.25, "high": 0.25, "unit": ""}
    measured = {"value": 1, "low": 0.5, "high": 2, "unit": "m"}
    assert shown({"a_b": exact, "c": measured}) == [("a b", "0.25", "", ""), ("c", "1", "0.5 to 2", "m")]


# ---- absent, odd and hostile records ----


def test_an_empty_ledger_says_so_and_shows_every_claim(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RECORDED", tmp_path / "absent")
    found = gather(tmp_path)
    tree = Tree(page(found))
    assert (
        {entry.verdict for entry in found.entries} == {NOT_RUN}
        and found.results == []
        and found.own == found.committed == 0
    )
    assert "No claim has a record yet" in tree.text and "Results to know" not in tree.text
    assert len([a for a in tree.all("details") if a.get("class") == "claim"]) == len(CLAIMS)


def test_no_claims_at_all_is_a_page(tmp_path):
    assert "The claims" in Tree(page(Report([], []))).text


def test_own_records_come_before_committed_ones_and_say_so(laboratory):
    laboratory.use(laboratory.claim("A1", "plain"), laboratory.claim("A2", "plain"), laboratory.claim("A3", "plain"))
    laboratory.verify(record=True)
    for name in ("A2", "A3"):
        (laboratory.folder / f"{name}.json").unlink()
    found = own(laboratory.claims, laboratory.out)
    assert [entry.source_of_record for entry in found.entries] == [str(laboratory.folder), "committed", "committed"]
    assert (found.own, found.committed) == (1, 2)
    assert "2 committed records and 1 of this machine" in Tree(page(found)).text


def test_a_record_that_cannot_be_read_is_named_and_the_committed_one_shown(laboratory):
    laboratory.use(laboratory.claim("A1", "plain"))
    laboratory.verify(record=True)
    (laboratory.folder / "A1.json").write_text("{")
    found = own(laboratory.claims, laboratory.out)
    assert found.entries[0].source_of_record == "committed" and found.entries[0].verdict == "HOLDS"
    assert len(found.problems) == 1 and "A1.json: unreadable" in found.problems[0]
    assert "A1.json: unreadable" in Tree(page(found)).text


def test_a_record_with_malformed_numbers_is_named_and_left_out(laboratory):
    laboratory.use(laboratory.claim("A1", "plain"))
    laboratory.verify()
    record = laboratory.load("A1")
    path = laboratory.folder / "A1.json"
    path.write_bytes(
        records.to_json({"schema": records.SCHEMA, **records.sealed({**record, "numbers": {"x": {"value": "big"}}})})
    )
    found = own(laboratory.claims, laboratory.out)
    assert (
        found.entries[0].verdict == NOT_RUN
        and "the record of A1 at scale quick is not used: malformed" in found.problems[0]
    )
    Tree(page(found))


def test_a_claim_without_a_figure_has_none_and_a_figure_that_cannot_be_drawn_leaves_the_rest(laboratory):
    laboratory.use(
        laboratory.claim("A1", "plain"),
        laboratory.claim(
            "A2", "plain", figure="contrastive_claims.figures.margins:hinge_sandwich"
        ),  # its arrays are others
        laboratory.claim("A3", "drawn", figure="contrastive_claims.figures.margins:hinge_sandwich"),
    )
    laboratory.verify()
    found = own(laboratory.claims, laboratory.out)
    assert [bool(entry.picture) for entry in found.entries] == [False, False, True]
    assert len(found.problems) == 1 and found.problems[0].startswith("A2: its figure cannot be drawn, TypeError")
    tree = Tree(page(found))
    assert len(tree.all("img")) == 1 and "Its figure cannot be drawn: TypeError" in tree.text


def test_a_check_that_raised_is_on_the_page(laboratory):
    laboratory.use(laboratory.claim("A1", "broken"))
    laboratory.verify()
    found = own(laboratory.claims, laboratory.out)
    assert found.entries[0].verdict == "ERROR" and "RuntimeError: a finding" in Tree(page(found)).text


def test_markup_in_records_and_catalogue_is_text(hostile_report):
    assert hostile_report.problems == []
    tree = Tree(page(hostile_report))
    assert len(tree.all("script")) == 2 and len(tree.all("style")) == 1 and tree.all("img") == []
    assert all(not name.startswith("on") for _, attributes in tree.elements for name in attributes)
    assert tree.text.count("{{ 7*7 }}") > 20  # no template
    assert tree.text.count("window.stolen=1") > 40  # shown, as text


# ---- the command ----


def run(*arguments):
    return CliRunner().invoke(cli.app, ["report", *map(str, arguments)])


@pytest.fixture
def small(laboratory, monkeypatch):
    """The command, in a laboratory of two claims."""
    laboratory.use(
        laboratory.claim("A1", "drawn", figure="contrastive_claims.figures.margins:hinge_sandwich"),
        laboratory.claim("A2", "plain"),
    )
    laboratory.verify()
    monkeypatch.setattr(gathering.gather, "__defaults__", (catalogue.CLAIMS, *gathering.gather.__defaults__[1:]))
    return laboratory


def test_the_command_writes_the_page_and_says_what_it_shows(small):
    result = run("--out", small.out)
    path = small.out / "report.html"
    assert result.exit_code == 0 and result.stderr == ""
    assert result.stdout.startswith(f"{path}: 2 claims, 2 records of {small.out / 'records'}, 0 committed ones, ")
    assert "A1" in Tree(path.read_text("utf-8")).text
    told = json.loads(run("--out", small.out, "--json").stdout)
    assert told == {
        "file": str(path),
        "bytes": path.stat().st_size,
        "claims": 2,
        "own": 2,
        "committed": 0,
        "problems": [],
    }


def test_the_command_ends_with_1_where_something_could_not_be_shown_and_writes_the_rest(small):
    (small.folder / "A1.npz").write_bytes(b"no arrays")
    result = run("--out", small.out)
    assert result.exit_code == 1 and result.stderr.startswith("claims: A1: its figure cannot be drawn, RecordError")
    assert (
        len([a for a in Tree((small.out / "report.html").read_text()).all("details") if a.get("class") == "claim"]) == 2
    )


def test_the_page_replaces_an_older_one_whole(small, tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old" * 10**6)
    size = write(own(small.claims, small.out), path)
    assert path.stat().st_size == size and "old" * 3 not in path.read_text("utf-8")


def test_every_word_of_the_table_has_a_colour_of_its_own_kind():
    style = (gathering.Path(gathering.__file__).parent / "style.css").read_text()
    assert all(f'[data-word="{word}"]' in style for word in VERDICTS if word != NOT_RUN)
