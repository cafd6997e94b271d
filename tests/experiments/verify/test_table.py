"""CLAIMS.md and README's first screen are the committed record's, never typed in."""

from pathlib import Path

import pytest

from contrastive_claims.experiments.claims import catalogue
from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.ledger import records
from contrastive_claims.experiments.ledger.vocabulary import EMPIRICAL, VERDICTS, Claim
from contrastive_claims.experiments.verify import table

ROOT = Path(__file__).parents[3]


def test_what_is_committed_is_what_is_generated():
    text = (ROOT / "README.md").read_text("utf-8")
    assert table.with_generated(text, table.first_screen()) == text, "run `claims verify --record`"
    assert table.with_generated(text, table.listing(), table.LIST_BEGIN, table.LIST_END) == text, (
        "run `claims verify --record`"
    )
    assert (ROOT / "CLAIMS.md").read_text("utf-8") == table.claims_page(), "run `claims verify --record`"


def test_the_generated_part_alone_is_replaced():
    text = f"before\n{table.BEGIN}\nold | table\n{table.END}\nafter {table.END}\n"
    once = table.with_generated(text, "new")
    assert once == f"before\n{table.BEGIN}\nnew\n{table.END}\nafter {table.END}\n"
    assert table.with_generated(once, "new") == once


@pytest.mark.parametrize("text", ["", table.BEGIN, table.END, f"{table.END}\n{table.BEGIN}"])
def test_missing_markers_are_named_and_nothing_is_written(text, tmp_path):
    with pytest.raises(ValueError, match="markers"):
        table.with_generated(text, "table")
    path = tmp_path / "README.md"
    path.write_text(text)
    with pytest.raises(ValueError, match="markers"):
        table.update_documents(tmp_path)
    assert path.read_text() == text and not (tmp_path / "CLAIMS.md").exists()


def record(claim_id, verdict, scale="quick", **more):
    made = {"declared": "2026-01-01T00:00:00Z", "data_since": "2026-01-02T00:00:00Z"}
    fields = {
        "here": "",
        "setting": "",
        "exploratory": None,
        "rests_on": [],
        "reason": "so",
        "witness": "",
        "numbers": {},
        "models": [],
        "control": {"numbers": {}},
        "positive_control": None,
    }
    return records.sealed({"id": claim_id, "verdict": verdict, "scale": scale, "provenance": made, **fields, **more})


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    """Put these claims and records in the place of the committed ones."""

    def put(claims, results=(), **found):
        monkeypatch.setattr(records, "RECORDED", tmp_path)
        monkeypatch.setattr(table, "CLAIMS", tuple(claims))
        monkeypatch.setattr(table, "RESULTS", tuple(results))
        for scale, made in found.items():
            content = {"schema": records.SCHEMA, "claims": made}
            records.write_atomically(tmp_path / f"{scale}.json", records.to_json(content))

    return put


def test_the_page_has_the_strongest_scale_of_each_claim_and_those_that_wait(recorded):
    recorded(
        [
            Claim("A1", "paper A", "|x| <= 1.", check="m:f"),
            Claim("A2", "paper A", "Two.", check="m:g", method=EMPIRICAL),
            Claim("A3", "ours", "Three.", pending="read only"),
        ],
        quick=[
            record("A1", "HOLDS"),
            record("A2", "OPEN", here="REVERSED", setting="a small net", exploratory=True, reason="reversed | here"),
        ],
        standard=[record("A1", "CERTIFIED", "standard", rests_on=["this in prose", "that"])],
    )
    lines = table.claims_page().splitlines()
    assert r"| A1 | **CERTIFIED** |  | \|x\| <= 1. | paper A |" in lines
    assert "| A2 | **OPEN**† | REVERSED: a small net | Two. | paper A |" in lines
    assert "| A3 | NOT_RUN | | Three. *(read only)* | ours |" in lines
    assert r"| A2 | OPEN, REVERSED here | reversed \| here |" in lines
    assert "- A1: this in prose; that." in lines
    assert "| A2 | 2026-01-01T00:00:00Z | 2026-01-02T00:00:00Z | exploratory |" in lines
    assert not any(line.startswith("| A1 | 2026") for line in lines)  # the flag is for what has data


def test_a_setting_that_rows_share_is_written_out_once(recorded, monkeypatch):
    monkeypatch.setattr(table, "SETTINGS", {"digits": "many images; a small net", "letters": "others"})
    claims = [Claim(f"A{k}", "ours", "So.", hypotheses=f"digits; {k} seeds", check="m:f") for k in (1, 2)]
    recorded(claims, quick=[record("A1", "HOLDS"), record("A2", "REFUTED", witness="x = 1")])
    page = table.claims_page()
    assert "So. *(digits; 1 seeds)*" in page and "So. *(digits; 2 seeds)*" in page
    assert page.count("*digits*: many images; a small net.") == 1
    assert "letters" not in page and "so; x = 1" in page


def test_the_first_screen_counts_the_words_and_fills_in_recorded_numbers(recorded):
    number = {"x": {"value": 0.25, "low": 0.2, "high": 0.3, "unit": ""}}
    claims = [Claim(f"A{k}", "ours", "So.") for k in range(1, 5)]
    results = [table.Result(("A1", "A2"), "It is {A1.x:.2f}."), table.Result(("A2",), r"$\log{x}$ is {A1.x:.1f}.")]
    made = [
        record("A1", "HOLDS", numbers=number),
        record("A2", "SUPPORTED", here="SEEN", exploratory=True),
        record("A3", "HOLDS", exploratory=False),
    ]
    recorded(claims, results[:1], quick=made)
    text = table.first_screen()
    assert f"| **HOLDS**&nbsp;2 | {VERDICTS['HOLDS']} |" in text and "| **NOT_RUN**&nbsp;1 |" in text
    assert "REFUTED" not in text and "SEEN 1" in text and "REVERSED" not in text
    assert "*Exploratory* (1 of 2 " in text
    assert "1. It is 0.25. *(A1 HOLDS, A2 SUPPORTED, SEEN here)*" in text
    recorded(claims, [table.Result(("A1",), "{A1.y:.1f}")], quick=made)
    with pytest.raises(KeyError, match="y"):
        table.first_screen()


def test_every_result_names_claims_of_the_catalogue_and_says_their_verdicts():
    found = table.decided()
    assert len(table.RESULTS) == 5
    for result in table.RESULTS:
        text = table.told(result, found)
        assert set(result.claims) <= {claim.id for claim in CLAIMS} and "{A" not in text and "{B" not in text
        assert all(f"{name} {found[name]['verdict']}" in text for name in result.claims)


def test_update_writes_both(tmp_path):
    path = tmp_path / "README.md"
    path.write_text(f"a\n{table.LIST_BEGIN}\n{table.LIST_END}\nb\n{table.BEGIN}\n{table.END}\nc\n")
    table.update_documents(tmp_path)
    assert path.read_text() == (
        f"a\n{table.LIST_BEGIN}\n{table.listing()}\n{table.LIST_END}\nb\n{table.BEGIN}\n{table.first_screen()}\n{table.END}\nc\n"
    )
    assert all(f"| {claim.id} |" in (tmp_path / "CLAIMS.md").read_text() for claim in CLAIMS)


def test_the_catalogue_is_the_page_s_order():
    assert table.CLAIMS is catalogue.CLAIMS
