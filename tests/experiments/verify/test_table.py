"""README's table is the committed record's, never typed in."""

from pathlib import Path

import pytest

from experiments.claims import catalogue
from experiments.claims.catalogue import CLAIMS
from experiments.ledger import records
from experiments.ledger.vocabulary import Claim
from experiments.verify import table as readme

README = Path(__file__).parents[3] / "README.md"


def test_the_table_in_the_readme_is_the_generated_one():
    text = README.read_text("utf-8")
    assert readme.with_table(text, readme.claims_table()) == text, "run `claims verify --record`"


def test_the_generated_part_alone_is_replaced():
    text = f"before\n{readme.BEGIN}\nold | table\n{readme.END}\nafter {readme.END}\n"
    once = readme.with_table(text, "new")
    assert once == f"before\n{readme.BEGIN}\nnew\n{readme.END}\nafter {readme.END}\n"
    assert readme.with_table(once, "new") == once


@pytest.mark.parametrize("text", ["", readme.BEGIN, readme.END, f"{readme.END}\n{readme.BEGIN}"])
def test_missing_markers_are_named(text, tmp_path):
    with pytest.raises(ValueError, match="markers"):
        readme.with_table(text, "table")
    path = tmp_path / "README.md"
    path.write_text(text)
    with pytest.raises(ValueError, match="markers"):
        readme.update_readme(path)
    assert path.read_text() == text


def record(claim_id, verdict, scale="quick"):
    return {"id": claim_id, "verdict": verdict, "scale": scale}


def test_the_table_has_the_strongest_scale_of_each_claim_and_the_ids_that_wait(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RECORDED", tmp_path)
    made = [
        Claim("A1", "paper A", "|x| <= 1.", check="m:f"),
        Claim("A2", "paper A", "Two.", check="m:g"),
        Claim("A3", "ours", "Three."),
    ]
    monkeypatch.setattr(readme, "CLAIMS", tuple(made))
    for scale, claims in (
        ("quick", [record("A1", "HOLDS"), record("A2", "REFUTED")]),
        ("standard", [record("A1", "CERTIFIED", "standard")]),
    ):
        records.write_atomically(tmp_path / f"{scale}.json", records.to_json({"schema": 1, "claims": claims}))
    table = readme.claims_table().splitlines()
    assert table[2:4] == [
        r"| A1 | **CERTIFIED** | standard | \|x\| <= 1. | paper A |",
        "| A2 | **REFUTED** | quick | Two. | paper A |",
    ]
    assert table[-1].endswith(": A3.") and all(line.count("|") - line.count(r"\|") == 6 for line in table[:4])


def test_a_setting_that_rows_share_is_written_out_once(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RECORDED", tmp_path)
    monkeypatch.setattr(readme, "SETTINGS", {"digits": "many images; a small net", "letters": "others"})
    made = [Claim(f"A{k}", "ours", "So.", hypotheses=f"digits; {k} seeds", check="m:f") for k in (1, 2)]
    monkeypatch.setattr(readme, "CLAIMS", tuple(made))
    found = {"schema": 1, "claims": [record("A1", "HOLDS"), record("A2", "REFUTED")]}
    records.write_atomically(tmp_path / "quick.json", records.to_json(found))
    table = readme.claims_table()
    assert "| So. *(digits; 1 seeds)* |" in table and "| So. *(digits; 2 seeds)* |" in table
    assert table.count("*digits*: many images; a small net.") == 1
    assert "letters" not in table


def test_update_writes_the_table(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RECORDED", tmp_path)
    path = tmp_path / "README.md"
    path.write_text(f"a\n{readme.BEGIN}\n{readme.END}\nb\n")
    readme.update_readme(path)
    assert path.read_text() == readme.with_table(path.read_text(), readme.claims_table())
    assert all(claim.id in path.read_text() for claim in CLAIMS)


def test_the_catalogue_is_the_table_s_order():
    assert readme.CLAIMS is catalogue.CLAIMS
