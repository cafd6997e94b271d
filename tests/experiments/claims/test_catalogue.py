"""The catalogue: every claim of both papers is listed, and every one with a check is complete."""

import ast
import importlib
import inspect
import re

import pytest

from contrastive_claims.experiments.claims.catalogue import CLAIMS, SETTINGS
from contrastive_claims.experiments.data.locations import LOCATIONS
from contrastive_claims.experiments.ledger import keys
from contrastive_claims.experiments.ledger.plain import plain
from contrastive_claims.experiments.ledger.vocabulary import (
    EMPIRICAL,
    NUMERICAL,
    PROOF,
    READING,
    STATISTICAL,
    Criterion,
    met,
)
from contrastive_claims.experiments.training.presets import load_preset

IDS = [  # of both papers, and ours so far; a new claim need not be added
    *(f"A{k}" for k in range(1, 25) if k != 18), "A5c", "A9c", "A11c", "A26", "A31", "A31b",
    "A18a", "A18b", "A18c", "A18j", "A18m", "A24m",
    *(f"B{k}" for k in range(1, 32)), "B2c", "B31c", "B3b", "B8b", "B16b", "B24b", *(f"P{k}" for k in range(1, 5)),
]  # fmt: skip
DECIDED = {"A1", "A2", "A3", "A6", "A8", "A16", "B4", "B6", "B7", "B9", "P1", "P2"}
CHECKED = [claim for claim in CLAIMS if claim.check]
AT_STANDARD = [claim.at("standard") for claim in CLAIMS if claim.standard]
STANDARD = {"B9", "B10", "B11", "B12", "B14", "B27", "B28"}


def by_id(claim):
    return claim.id


def test_every_claim_of_the_papers_is_listed_once():
    listed = [claim.id for claim in CLAIMS]
    assert set(listed) >= set(IDS) and len(listed) == len(set(listed))
    assert {claim.id for claim in CHECKED} >= DECIDED
    assert {claim.id for claim in AT_STANDARD} >= STANDARD


@pytest.mark.parametrize("claim", CLAIMS, ids=by_id)
def test_every_claim_says_where_it_is_from_and_what_it_says(claim):
    assert claim.source and claim.statement.strip() == claim.statement and claim.statement.endswith(".")
    assert claim.method in (PROOF, NUMERICAL, STATISTICAL, EMPIRICAL, READING)
    assert claim.check or claim.pending
    assert set(claim.data) <= LOCATIONS.keys()
    assert "\n" not in claim.statement


def told(text):
    """Short enough to take in at once, and typeset alike by GitHub's Markdown, in a table too, and by `plain`."""
    assert len(text) <= 250 and text.count("$") % 2 == 0 and "|" not in text and "\n" not in text
    formulas = "".join(re.findall(r"\$[^$]*\$", text))
    assert formulas.count("\\") == text.count("\\")  # no macro outside a formula
    assert not re.search(r"\\[^A-Za-z]|\*|[<>](?! )", text)  # Markdown's own: escapes, emphasis, tags
    assert not re.search(r"[\\$]", plain(text))


@pytest.mark.parametrize("claim", CLAIMS, ids=by_id)
def test_what_a_claim_says_and_under_what_is_read_at_once_and_apart(claim):
    told(claim.statement)
    for form in (claim, claim.at("standard")):
        told(form.hypotheses)
        assert form.hypotheses not in form.statement or not form.hypotheses
        assert form.statement.rstrip(".") not in form.hypotheses
        assert "_" not in form.control
    assert "|" not in claim.source and plain(claim.source) == claim.source


def test_settings_are_named_by_hypotheses_and_defined_once():
    everything = " ".join(form.hypotheses for claim in CLAIMS for form in (claim, claim.at("standard")))
    for name, text in SETTINGS.items():
        told(text)
        assert name in everything and text not in everything
        assert not any(name in other for other in SETTINGS if other != name)


def source_tree(module):
    path = keys.source_of(module)
    assert path is not None, f"{module} does not exist"
    return ast.parse(path.read_text())


def function_in(module, name):
    found = [node for node in source_tree(module).body if isinstance(node, ast.FunctionDef) and node.name == name]
    assert found, f"{module} has no function {name}"
    return found[0]


@pytest.mark.parametrize("claim", [*CHECKED, *AT_STANDARD], ids=by_id)
def test_every_check_exists_says_its_claim_and_has_a_control(claim):
    assert claim.criteria and claim.control and claim.share > 0
    module, _, name = claim.check.partition(":")
    check = function_in(module, name)
    assert [a.arg for a in check.args.args] == ["run"] and ast.get_docstring(check)
    assert any(asks_whether_to_be_wrong(node) for node in ast.walk(source_tree(module)))
    assert claim.id in (ast.get_docstring(check) or "")


def called_in(node):
    return {part.func.id for part in ast.walk(node) if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)}


def arrays_of(module, name):
    """Names of the arrays that a check records, itself or in a function of its module that it calls: keys written there, or in
    the function that is called for them."""
    check = function_in(module, name)
    helpers = [
        node
        for node in source_tree(module).body
        if isinstance(node, ast.FunctionDef) and node.name in called_in(check) - {name}
    ]
    given = [
        node.value
        for part in (check, *helpers)
        for node in ast.walk(part)
        if isinstance(node, ast.keyword) and node.arg == "arrays"
    ]
    written = [node for node in given if isinstance(node, ast.Dict)]
    for node in given:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            made = getattr(importlib.import_module(module), node.func.id)
            returned = ast.walk(function_in(made.__module__, made.__name__))
            written += [
                part.value for part in returned if isinstance(part, ast.Return) and isinstance(part.value, ast.Dict)
            ]
    return {key.value for node in written for key in node.keys if isinstance(key, ast.Constant)}


def asks_whether_to_be_wrong(node):
    """run.control itself, or the whole run handed on to what asks for it."""
    handed_on = isinstance(node, ast.Call) and any(isinstance(a, ast.Name) and a.id == "run" for a in node.args)
    return handed_on or (isinstance(node, ast.Attribute) and node.attr == "control")


@pytest.mark.parametrize("claim", [claim for claim in [*CHECKED, *AT_STANDARD] if claim.figure], ids=by_id)
def test_every_figure_takes_just_the_arrays_that_its_check_records(claim):
    module, _, name = claim.figure.partition(":")
    drawing = getattr(importlib.import_module(module), name)
    where, _, check = claim.check.partition(":")
    assert arrays_of(where, check) == set(inspect.signature(drawing).parameters)


@pytest.mark.parametrize("claim", AT_STANDARD, ids=by_id)
def test_every_standard_form_names_what_it_needs(claim):
    assert claim.hypotheses and claim.data and set(claim.data) <= LOCATIONS.keys()
    for name in claim.presets:
        assert load_preset(name).data.name in claim.data


EMPIRICAL_FORMS = [claim.at(scale) for claim in CLAIMS if claim.method == EMPIRICAL for scale in claim.scales]


@pytest.mark.parametrize("claim", EMPIRICAL_FORMS, ids=by_id)
def test_an_empirical_claim_says_where_it_was_looked_at_and_asks_for_no_size_of_ours(claim):
    """Criteria are about no effect (a difference of 0, a ratio of 1) or counts; a size is the source's, and decides nothing."""
    assert 1 <= len(claim.setting.split()) <= 6 and claim.setting == claim.setting.strip(" .")
    if claim.id == "B11b":  # a claim about a size: its criteria are the printed range
        assert {one.bound for one in claim.criteria} == {0.08, 0.22} and {*claim.published} < {*claim.criteria}
    else:
        identities = {one for one in claim.criteria if one.bound <= 1e-9}
        assert all(one.bound >= 0 and float(one.bound).is_integer() for one in {*claim.criteria} - identities)
        assert not {*claim.published} & {*claim.criteria}
    assert len(claim.hypotheses) > len(claim.setting)


def test_there_are_empirical_claims_of_both_papers():
    assert {claim.source[0] for claim in EMPIRICAL_FORMS} == {"A", "B"}


@pytest.mark.parametrize("claim", [*CHECKED, *AT_STANDARD], ids=by_id)
def test_what_is_planted_and_looked_at_again_is_told(claim):
    """A positive control is another run of the check, told by `run.planted`; each look has its share of the level."""
    assert claim.looks >= 1 and claim.planted != claim.control and "_" not in claim.planted
    if claim.planted:
        module = source_tree(claim.check.partition(":")[0])
        attributes = {node.attr for node in ast.walk(module) if isinstance(node, ast.Attribute)}
        assert "planted" in attributes


def test_criteria_are_read_from_their_text():
    assert met("x <= 1e-3", "y > 0") == (Criterion("x", "<=", 1e-3), Criterion("y", ">", 0.0))
    for bad in ("x == 1", "x <= one", "x <=", "x"):
        with pytest.raises(ValueError):
            met(bad)


def test_the_quick_scale_fits_in_three_minutes_on_two_cores():
    assert sum(claim.share for claim in CHECKED) <= 2 * 180
    assert max(claim.share for claim in CHECKED) <= 150
