"""The report: a planted lean found, none where there is none, controls beside every number, strict JSON."""

import json

import numpy as np
import pytest
import torch

from contrastive_claims.experiments.audit import audit
from contrastive_claims.experiments.audit.page import page_of
from contrastive_claims.experiments.audit.text import comparison, lines_of, verdict


def pairs(report):
    return {(row["group"], row["towards"]) for row in report["leans"]}


def test_a_lean_is_found_and_nothing_else(embedded):
    points, names = embedded(1, lean=0.4)
    report = audit(points, names)
    assert {("ant", "bee"), ("bee", "ant")} >= pairs(report) and ("ant", "bee") in pairs(report)
    first = report["leans"][0]
    assert 0 < first["low"] < first["value"] < first["high"] and first["unit"].startswith("degrees")
    assert not report["mergers"] and "leans on" in verdict(report)
    claims = {row["claim"]: row for row in report["advice"]}
    assert claims["B27"]["verdict"] in ("HOLDS", "OPEN", "not run") and "B30" in claims


def test_no_lean_where_there_is_none_and_both_controls_say_so(embedded):
    points, names = embedded(2)
    report = audit(points, names)
    assert not report["leans"] and not report["mergers"] and not report["advice"]
    assert verdict(report) == "no group leans on another, and none are merged"
    drawn, planted = report["controls"]["shuffled"], {row["planted"]: row for row in report["controls"]["planted"]}
    assert drawn["audits"] == 100 and drawn["with_a_lean"] <= 10 and drawn["low"] <= drawn["value"] <= drawn["high"]
    merged = planted["merged"]
    assert merged["found"] == merged["tried"] == merged["found_merged"] == 20 and merged["rh"] < 0.7
    assert planted["RH 0.7"]["found"] >= 18


def test_a_merger_is_one(embedded):
    points, names = embedded(3)
    names = names.copy()
    both = np.flatnonzero(np.isin(names, ["cat", "dog"]))
    names[both] = np.random.default_rng(0).permutation(names[both])
    report = audit(points, names)
    assert [(row["group"], row["towards"]) for row in report["mergers"]] == [("cat", "dog")]
    assert "cat and dog are merged" in verdict(report)


def test_against_a_baseline_neighbours_by_nature_do_not_lean(embedded, quick):
    before, names = embedded(4, lean=0.4)
    points = embedded(5, lean=0.4)[0]
    assert not audit(points, names, baseline=before)["leans"]
    moved = embedded(5, lean=0.7)[0]
    report = audit(moved, names, baseline=before)
    assert ("ant", "bee") in pairs(report)
    lean = next(row for row in report["leans"] if row["group"] == "ant")
    assert lean["rh"]["high"] < 1 and lean["kept"]["high"] < 1
    assert report["numbers"]["rh"]["low"] <= report["numbers"]["rh"]["value"] <= report["numbers"]["rh"]["high"]
    same = audit(before, names, baseline=before)["numbers"]
    assert same["rh"]["value"] == same["rh"]["low"] == 1 == same["kept"]["value"]


def test_every_number_has_an_interval_and_both_controls(embedded, quick):
    points, names = embedded(6, rows=20)
    bias = np.where(np.random.default_rng(0).random(len(names)) < 0.5, "left", "right")
    report = audit(points, names, bias=bias, baseline=embedded(7, rows=20)[0])
    for name, row in {**report["numbers"], **report["bias"]["numbers"]}.items():
        assert row["low"] <= row["value"] <= row["high"], name
        assert np.isfinite([row["shuffled"], row["planted"]]).all(), name
    numbers = report["numbers"]
    assert numbers["nc1"]["value"] < numbers["nc1"]["planted"] < numbers["nc1"]["shuffled"]
    assert numbers["neighbours"]["shuffled"] < 0.4 < numbers["neighbours"]["value"]
    assert numbers["margin"]["shuffled"] < numbers["margin"]["value"]
    assert numbers["rankme"]["planted"] < 0.7 * numbers["rankme"]["value"]
    text = json.dumps(report, allow_nan=False)
    assert json.loads(text) == report


def test_a_bias_is_seen_and_a_shuffled_one_is_not(embedded, quick):
    points, names = embedded(8)
    bias = np.random.default_rng(1).integers(2, size=len(names))
    shift = np.random.default_rng(2).normal(size=points.shape[1]) / 4
    plain = audit(points, names, bias=bias)["bias"]["numbers"]
    marked = audit(points + bias[:, None] * shift, names, bias=bias)
    numbers = marked["bias"]["numbers"]
    probe, penalty = numbers["probe of the bias"], numbers["FairKL"]
    assert plain["probe of the bias"]["low"] < 0.6 and probe["low"] > probe["shuffled"]
    assert penalty["low"] > 5 * penalty["shuffled"] and penalty["value"] > 5 * plain["FairKL"]["value"]
    assert {row["claim"] for row in marked["advice"]} >= {"A18a"}
    assert len(marked["accuracies"]) == 16 and all(" | " in row["group"] for row in marked["accuracies"])


def test_the_partner_of_a_planted_neighbour(embedded, quick):
    points, names = embedded(9, rows=60, lean=0.5)
    report = audit(points, names)
    row = next(row for row in report["groups"] if row["group"] == "ant")
    assert row["partner"]["onto"] == "bee" == row["partner"]["most_ties"]
    cosine = row["partner"]["cosine"]
    assert -1 <= cosine["low"] <= cosine["value"] <= cosine["high"] <= 1 and row["partner"]["steady"] == 1


def test_a_margin_and_what_the_loss_implies_of_it(embedded, quick):
    points, names = embedded(10, spread=0.1)
    classes = audit(points, names, temperature=0.5)["classes"]
    for row in classes:
        assert row["implied"] <= row["margin"]["value"] and row["anchors"] == 40
        assert row["positive"]["value"] == 1 and row["margin"]["low"] <= row["margin"]["value"] <= row["margin"]["high"]


def test_few_groups_are_told_to_be_too_few(embedded, quick):
    points, names = embedded(11)
    few = np.isin(names, ["ant", "bee", "cat"])
    report = audit(points[few], names[few])
    assert report["undecided"].startswith("among 3 groups") and not report["leans"]
    assert "not judged" in verdict(report)
    text = "\n".join(lines_of(report))
    assert "planted merged" in text and "the lean found" not in text and "a lean in" not in text  # no power, no count
    assert "the lean found" in "\n".join(lines_of(audit(points, names)))
    two = np.isin(names, ["ant", "bee"])
    report = audit(points[two], names[two])
    assert report["undecided"] and report["numbers"]["nc1"]["value"] > 0
    points[names == "ant"] = points[names == "bee"]
    merged = verdict(audit(points[few], names[few]))
    assert "ant and bee are merged" in merged and "not judged: among 3 groups" in merged


def test_collapsed_embeddings_are_told(quick):
    report = audit(np.ones((40, 5)), np.arange(40) % 8)
    assert "centre" in report["undecided"] or "one mean" in report["undecided"] or "single" in report["undecided"]
    text = "\n".join(lines_of(report))
    assert "not judged" in text and "not measured: effective ranks and collapse" in text


def test_many_small_groups(quick):
    generator = np.random.default_rng(0)
    labels = np.arange(1200) % 300
    report = audit(generator.normal(size=(1200, 16)), labels)
    assert not report["leans"] and len(report["groups"]) == len(report["classes"]) == 300
    assert report["missing"]["partners"].startswith("300 groups") and report["sizes"]["anchors"] == 1200
    json.dumps(report, allow_nan=False)
    assert "... and 280 more" in "\n".join(lines_of(report))


def test_a_baseline_whose_groups_coincide_is_named(embedded, quick):
    points, names = embedded(3, rows=4)
    with pytest.raises(ValueError, match="baseline: classes 0 and 1 have one mean"):
        audit(points, names, baseline=np.ones_like(points))


def test_seeds_decide_and_arrays_stay(embedded, quick):
    points, names = embedded(12)
    kept = points.copy()
    one, two = (audit(torch.from_numpy(points), names, seed=3) for _ in range(2))
    assert one == two and np.array_equal(points, kept)
    assert audit(points, names, seed=4)["controls"] != one["controls"] or one["merged_for_control"]


def test_groups_apart_from_classes(embedded, quick):
    points, names = embedded(13, lean=0.5)
    labels = np.arange(len(names)) % 2
    report = audit(points, labels, groups=names)
    assert ("ant", "bee") in pairs(report) and [row["class"] for row in report["classes"]] == ["0", "1"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p, n: {"baseline": p[:-1]}, "rows, but"),
        (lambda p, n: {"baseline": p[:, :-1]}, "11 numbers a row"),
        (lambda p, n: {"baseline": p, "baseline_labels": np.where(n == "ant", "fly", n)}, "its classes are not those"),
        (lambda p, n: {"baseline": p, "baseline_labels": n[::-1]}, "row 0 has the label hen, but ant"),
        (lambda p, n: {"baseline": p, "least": 3}, "least"),
        (lambda p, n: {"temperature": 0}, "temperature"),
        (lambda p, n: {"level": 1}, "level"),
    ],
)
def test_bad_arguments_are_named(embedded, change, message):
    points, names = embedded(14, rows=5)
    with pytest.raises(ValueError, match=message):
        audit(points, names, **change(points, names))


def test_text_and_page_show_what_was_found_and_escape_names(embedded, quick):
    points, names = embedded(15, lean=0.5)
    names = np.where(names == "ant", "<ant & co>", names)
    reports = [audit(points, names), audit(embedded(16)[0], names)]
    text = "\n".join(lines_of(reports[0]))
    assert "<ant & co> leans on bee" in text and "labels shuffled" in text and "B27 (HOLDS)" in text
    page = page_of(reports)
    assert "&lt;ant &amp; co&gt; leans on bee" in page and "<ant" not in page
    assert "http" not in page and "<script" not in page and page.count("<h1>") == 2
    table = "\n".join(comparison(reports))
    assert table.splitlines()[2].split()[:2] == ["leans", str(len(reports[0]["leans"]))]
