"""What comes from data is shown as its characters: no markup in Markdown, HTML or SVG, no control character anywhere."""

import copy
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from typer.testing import CliRunner

from contrastive_claims.experiments import cli
from contrastive_claims.experiments.audit.page import page_of
from contrastive_claims.experiments.audit.text import comparison, lines_of
from contrastive_claims.experiments.ledger import records
from contrastive_claims.experiments.ledger.vocabulary import Claim
from contrastive_claims.experiments.verify import drawing, table
from contrastive_claims.figures import simulation

MARKUP = """<script>alert(1)</script><img src=x onerror="a()"> a|b ](javascript:a) <!-- & --> ]]> "'>\nnext\t| line"""
CONTROLS = ["\x1b[31m", "\x00", "\x07", "\x9b2J", "\u202e", "\x7f"]
TAG = re.compile(r"<(?=/?[A-Za-z][\w-]*[\s/>]|[!?])")


def obeyed(text):
    """Characters that a terminal obeys."""
    return sorted({c for c in text if not (c.isprintable() or c in "\n\t")})


def hostile(value, words):
    """Every text of plain data followed by `words`, but for names of fields."""
    if isinstance(value, str):
        return value + words
    if isinstance(value, list):
        return [hostile(part, words) for part in value]
    return {name: hostile(part, words) for name, part in value.items()} if isinstance(value, dict) else value


@pytest.fixture(scope="module")
def record():
    return next(r for r in records.recorded("quick").values() if r["verdict"] == "REFUTED" and r["rests_on"])


@pytest.fixture(scope="module")
def spoilt(record):
    """The decided records, their texts with markup."""
    kept = ("id", "scale", "method", "verdict", "here")  # words of the ledger, others are not believed
    told = {}
    for name, one in table.decided().items():
        told[name] = {**hostile(one, MARKUP), **{field: one[field] for field in kept}}
        told[name]["numbers"] = one["numbers"]
    return told


def faults_of_table(page, rows):
    """What data changed of CLAIMS.md: tags, links, lines of tables with other cells than their head."""
    found = [line for line in page.splitlines() if TAG.search(re.sub(r"`[^`]*`|\$[^$]*\$", "", line))]
    found += [line for line in page.splitlines() if "](javascript" in line]
    cells = 0
    for line in page.splitlines():
        if not line.startswith("|"):
            cells = 0
            continue
        here = len(re.findall(r"(?<!\\)\|", line))
        cells = cells or here
        found += [line] if here != cells else []
    return found + ([] if page.count("\n| ") == rows else ["other rows"])


def test_the_table_of_claims_holds_no_markup_of_a_record(spoilt, monkeypatch):
    rows = table.claims_page().count("\n| ")
    assert faults_of_table(table.claims_page(), rows) == []
    monkeypatch.setattr(table, "decided", lambda: spoilt)
    told = table.claims_page()
    assert "&lt;script>" in told and "](javascript" not in told and faults_of_table(told, rows) == []
    monkeypatch.setattr(table, "_cell", lambda text: text)  # control
    assert faults_of_table(table.claims_page(), rows) != []


TEXTS = [
    ("reason",), ("setting",), ("witness",), ("rests_on", 0), ("control", "variant"), ("provenance", "device"),
    ("provenance", "declared"),
]  # fmt: skip


@pytest.mark.parametrize("field", TEXTS, ids=lambda field: ".".join(map(str, field)))
@pytest.mark.parametrize("character", CONTROLS, ids=ascii)
def test_a_record_with_a_control_character_anywhere_is_not_believed(record, field, character, tmp_path):
    made = copy.deepcopy(record)
    place = made
    for part in field[:-1]:
        place = place[part]
    place[field[-1]] = f"a{character}b"
    records.check_form(records.sealed(record), tmp_path)
    with pytest.raises(records.RecordError, match="control characters"):
        records.check_form(records.sealed(made), tmp_path)


@pytest.mark.parametrize("where", ["name", "unit"])
def test_nor_one_in_the_name_or_unit_of_a_number(record, where, tmp_path):
    number = {"value": 1.0, "low": 0.0, "high": 2.0, "unit": "\x1b]0;x" if where == "unit" else ""}
    made = {**record, "numbers": {"a\x1b[2J" if where == "name" else "a": number}}
    with pytest.raises(records.RecordError, match="control characters"):
        records.check_form(records.sealed(made), tmp_path)


def test_a_figure_s_title_is_text_in_its_svg(tmp_path):
    words = MARKUP.replace("\n", " ").replace("\t", " ")
    claim = Claim("A2", "s", "t", figure="contrastive_claims.figures.margins:hinge_sandwich", setting=words)
    arrays = {name: np.array([0.5, 1.0]) for name in ("slack", "hinge", "room")}
    records.save_arrays(tmp_path / "A2.npz", arrays)
    (path,) = drawing.draw(claim, tmp_path, tmp_path / "figures", formats=("svg",))
    tree = ElementTree.parse(path)
    tags = {element.tag.rpartition("}")[2] for element in tree.iter()}
    titles = [e.text for e in tree.iter() if e.tag.endswith("}title")]
    assert not tags & {"script", "img", "foreignObject", "a"} and len(titles) == 1
    assert "<script>alert(1)</script><img src=x onerror=" in titles[0] and "<!-- & --> ]]>" in titles[0]


MODEL = "title = {}\nnames = [{}, 'b']\nshares = [0.4, 0.6]\nconnectivity = [[0.9, 0.1], [0.1, 0.9]]\n"


@pytest.mark.parametrize("escape", [r"\u001b[31m", r"\u0000", r"\u009b", r"\n"])
@pytest.mark.parametrize("field", ["title", "names"])
def test_control_characters_in_a_model_are_refused(escape, field, tmp_path):
    texts = {"title": "'t'", "names": "'a'"} | {field: f'"a{escape}"'}
    (tmp_path / "m.toml").write_text(MODEL.format(texts["title"], texts["names"]))
    done = CliRunner().invoke(cli.app, ["simulate", str(tmp_path / "m.toml"), "--out", str(tmp_path / "out")])
    assert done.exit_code == 2 and f"{field}: " in done.stderr and "control characters" in done.stderr
    assert done.stderr.count("\n") == 1 and obeyed(done.stderr) == [] and not (tmp_path / "out").exists()


def test_a_model_s_title_is_text_in_its_svg_and_no_broken_formula(tmp_path):
    (tmp_path / "m.toml").write_text(MODEL.format("'<script>a</script> & --> ]]>'", "'<b>'"))
    done = CliRunner().invoke(cli.app, ["simulate", str(tmp_path / "m.toml"), "--out", str(tmp_path / "out")])
    (path,) = (tmp_path / "out").rglob("figure.svg")
    assert done.exit_code == 0
    assert not [element for element in ElementTree.parse(path).iter() if element.tag.endswith("}script")]
    simulation.check_title(r"$\alpha$ at 3 \$, a lone $")
    (tmp_path / "m.toml").write_text(MODEL.format("'a $x_{$ b'", "'a'"))
    done = CliRunner().invoke(cli.app, ["simulate", str(tmp_path / "m.toml"), "--out", str(tmp_path / "other")])
    assert done.exit_code == 2 and "title: 'a $x_{$ b' has a formula that cannot be read" in done.stderr
    assert done.stderr.count("\n") == 1 and not (tmp_path / "other").exists()


def strings(value):
    """The same report with markup and control characters in every name."""
    if isinstance(value, str):
        return value + MARKUP + "".join(CONTROLS)
    if isinstance(value, list):
        return [strings(part) for part in value]
    return {name: strings(part) for name, part in value.items()} if isinstance(value, dict) else value


def test_an_audit_shows_names_as_their_characters():
    row = {"value": 0.5, "low": 0.0, "high": 1.0, "shuffled": 0.1, "planted": 0.2, "unit": ""}
    report = {
        "name": "n", "sizes": {"rows": 9, "width": 2, "graph_rows": 9}, "undecided": "u",
        "settings": {"baseline": False, "temperature": 0.1, "level": 0.05, "seed": 0},
        "leans": [{"group": "g", "towards": "h", "p": 0.1, **row}], "mergers": [{"group": "g", "towards": "h", **row}],
        "controls": {}, "merged_for_control": ["g", "h"], "numbers": {"nc1": row},
        "groups": [{"group": "g", "rows": 9, "nearest": {"group": "h", **row}, "partner": {"onto": "h", "most_ties": "h"}}],
        "accuracies": [{"group": "g", "rows": 9, **row}], "missing": {"bias": "m"},
        "classes": [{"class": "g", "anchors": 9, "margin": row, "positive": row, "loss": row, "implied": 0.1}],
        "advice": [{"claim": "c", "verdict": "v", "says": "s"}],
    }  # fmt: skip
    plain = list(lines_of(report))
    told = list(lines_of(strings(report)))
    assert len(told) == len(plain) and not obeyed("".join(told)) and not any("\n" in line for line in told)
    assert not obeyed("".join(comparison([strings(report), strings(report)])))
    page = page_of([strings(report)])
    assert obeyed(page) == [] and re.findall(r"<(script|img)|<!--", page) == []
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and page.count("<tr>") == page_of([report]).count("<tr>")


def test_a_refusal_obeys_no_name(tmp_path):
    done = CliRunner().invoke(cli.app, ["audit", f"{tmp_path}/a\x1b[2J.npz", "--labels", "label"])
    assert done.exit_code == 2 and "a?[2J.npz" in done.stderr and obeyed(done.stderr) == []
