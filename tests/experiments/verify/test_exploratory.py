"""The flag: confirmatory only where the wording of a claim is older than every datum that decides it."""

import json

import numpy as np
import pytest

from contrastive_claims.experiments.ledger import records
from contrastive_claims.experiments.ledger.vocabulary import (
    EMPIRICAL,
    HOLDS,
    NUMERICAL,
    OPEN,
    PROOF,
    SEEN,
    STATISTICAL,
    SUPPORTED,
    met,
)
from contrastive_claims.experiments.models import store
from contrastive_claims.experiments.models.shared import whole
from contrastive_claims.experiments.training.presets import load_preset

BEFORE, MADE, BETWEEN, LATE, AFTER = (f"2026-02-0{day}T10:00:00Z" for day in (1, 2, 3, 4, 5))
SEEDS = """
    def gain(run):
        value = -1.0 if run.control else 0.5
        mean = Quantity(value, value - 0.1, value + 0.1, "", (0.001, 0.0, 4))
        return Evidence({"gain": mean}, seeds=(1, 2, 3, 4, 5), models=("first.npz", "second.npz"))

    def seeded(run):
        return evidence(run, "seeded", seeds=(1, 2, 3))

    def other_seeds(run):
        return evidence(run, "other_seeds", seeds=(4, 5))
"""


@pytest.fixture
def trained(laboratory):
    """A claim on two models, made on two days."""
    laboratory.write(SEEDS)
    laboratory.model("first.npz", LATE)
    laboratory.model("second.npz", MADE)

    def use(bound="0", method=EMPIRICAL, **more):
        made = laboratory.claim("A", "gain", method=method, criteria=met(f"gain > {bound}"), setting="a garden", **more)
        laboratory.use(made)

    laboratory.change = use
    use()
    return laboratory


def flag(laboratory):
    """Of the stored record and of the ledger, which agree."""
    shown = next(r for r in json.loads((laboratory.out / "ledger.json").read_text())["claims"] if r["id"] == "A")
    return shown["exploratory"], shown["provenance"]["declared"], shown["provenance"]["data_since"]


def test_a_claim_declared_before_its_models_is_confirmatory(trained):
    trained.declare(BEFORE)
    assert trained.verify() == 0
    assert flag(trained) == (False, BEFORE, MADE)
    found = trained.load("A")
    assert (found["verdict"], found["here"], found["setting"]) == (SUPPORTED, SEEN, "a garden")
    assert found["exploratory"] is False


@pytest.mark.parametrize("again", ["reused", "measured"])
def test_a_bound_that_is_changed_after_the_models_were_made_makes_it_exploratory(trained, again):
    trained.declare(BEFORE)
    trained.verify()
    assert flag(trained)[0] is False
    trained.change(bound="0.1")
    if again == "measured":
        (trained.folder / "A.json").unlink()
    trained.verify()
    assert flag(trained) == (True, "", MADE)  # not declared yet
    assert [made.claim for made in trained.declare(AFTER)] == ["A"]
    if again == "measured":
        (trained.folder / "A.json").unlink()
    trained.verify()
    assert flag(trained) == (True, AFTER, MADE)
    trained.verify(record=True)
    assert records.recorded("quick")["A"]["exploratory"] is True
    trained.change()  # the first wording is as old as it ever was
    trained.verify()
    assert flag(trained) == (False, BEFORE, MADE)


@pytest.mark.parametrize(
    "change", [{"setting": "another place"}, {"hypotheses": "at noon"}, {"looks": 2}, {"published": met("gain > 0.9")}]
)
def test_so_does_a_change_of_all_else_that_is_claimed(trained, change):
    trained.declare(BEFORE)
    made = {"setting": "a garden", **change}
    trained.use(trained.claim("A", "gain", method=EMPIRICAL, criteria=met("gain > 0"), **made))
    trained.declare(AFTER)
    trained.verify()
    assert flag(trained) == (True, AFTER, MADE)


@pytest.mark.parametrize("declared", [MADE, BETWEEN, LATE, AFTER, None])
def test_one_model_made_before_suffices(trained, declared):
    if declared:
        trained.declare(declared)
    trained.verify()
    assert flag(trained) == (True, declared or "", MADE)


def test_models_of_the_run_s_own_store_count_and_the_committed_ones_come_first(trained):
    """As the records themselves are looked up."""
    trained.declare(BEFORE)
    own = trained.out / "models"
    records.save_arrays(own / "second.npz", {store.MADE: store.made("cpu", load_preset("digits"))})
    assert store.made_on(["second.npz"], own) == [MADE]
    (records.RECORDED / "models" / "second.npz").unlink()
    assert store.made_on(["second.npz"], own)[0] > MADE
    trained.verify()
    assert flag(trained) == (False, BEFORE, LATE)  # the committed one is the older now


def test_recording_leaves_a_committed_model_as_it_is(trained):
    """One made again in the run's own folder is younger, and would make the data younger than they are."""
    committed = {path.name: path.read_bytes() for path in (records.RECORDED / "models").iterdir()}
    for name in committed:
        records.save_arrays(trained.out / "models" / name, {store.MADE: store.made("cpu", load_preset("digits"))})
    records.save_arrays(trained.out / "models" / "first.npz", {store.MADE: store.made("cpu", load_preset("digits"))})
    trained.verify(record=True)
    for name, content in committed.items():
        assert (records.RECORDED / "models" / name).read_bytes() == content


def test_recording_commits_a_model_without_the_facts_that_others_share(trained):
    committed = records.RECORDED / "models" / "second.npz"
    made = records.load_arrays(committed) | {"truth": np.arange(2000) % 7}
    committed.unlink()
    records.save_arrays(trained.out / "models" / "second.npz", made)
    trained.verify(record=True)
    assert "truth" not in records.load_arrays(committed)
    np.testing.assert_equal(whole(records.load_arrays(committed), committed.parent), made)


def test_a_model_that_does_not_say_when_it_was_made_decides_nothing(trained):
    path = records.RECORDED / "models" / "second.npz"
    records.save_arrays(path, {"predictions": store.made("cpu", load_preset("digits"))})
    assert trained.verify() == 1
    assert "second.npz: does not say when it was made" in trained.load("A")["reason"]
    path.unlink()
    assert trained.verify() == 1
    assert "second.npz: no record of that model" in trained.load("A")["reason"]


@pytest.mark.parametrize(
    ("method", "expected"), [(STATISTICAL, True), (EMPIRICAL, True), (NUMERICAL, None), (PROOF, None)]
)
def test_the_flag_is_for_claims_that_samples_decide(laboratory, method, expected):
    laboratory.use(laboratory.claim("A", "plain", method=method))
    laboratory.verify()
    assert laboratory.load("A")["exploratory"] is expected


def test_without_models_the_data_are_as_old_as_the_first_record_of_their_seeds(laboratory):
    laboratory.write(SEEDS)

    def verified(check, bound=1.0, **more):
        laboratory.use(laboratory.claim("A", check, method=STATISTICAL, criteria=met(f"x <= {bound}")))
        return laboratory.verify(**more)

    laboratory.use(laboratory.claim("A", "seeded", method=STATISTICAL, criteria=met("x <= 1")))
    laboratory.declare(BEFORE)
    verified("seeded", record=True)
    exploratory, declared, since = flag(laboratory)
    assert (exploratory, declared) == (False, BEFORE) and since > AFTER
    path = records.RECORDED / "quick.json"
    committed = json.loads(path.read_text())
    committed["claims"][0]["provenance"]["data_since"] = MADE  # as if recorded then
    committed["claims"] = [records.sealed(committed["claims"][0])]
    path.write_text(json.dumps(committed))
    (laboratory.folder / "A.json").unlink()
    verified("seeded")
    assert flag(laboratory) == (False, BEFORE, MADE)
    verified("seeded", bound=1.5)
    laboratory.declare(LATE)
    (laboratory.folder / "A.json").unlink()
    verified("seeded", bound=1.5)
    assert flag(laboratory) == (True, LATE, MADE)  # measured now, but these seeds were seen before
    verified("other_seeds", bound=1.5)  # new data
    assert flag(laboratory)[:2] == (False, LATE)


def test_evidence_in_the_run_s_own_folder_was_seen_too(laboratory):
    """Nothing was committed: the check is edited (so it is measured again) and the bound changed after a look at the numbers."""
    laboratory.write(SEEDS)
    laboratory.use(laboratory.claim("A", "seeded", method=STATISTICAL, criteria=met("x <= 1")))
    laboratory.declare(BEFORE)
    laboratory.verify()
    seen = laboratory.load("A")["provenance"]["data_since"]
    laboratory.write(
        SEEDS.replace('"seeded"', '"edited since"')
    )  # of another length: bytecode is kept by size and second
    record = laboratory.load("A")
    record["provenance"]["key"] = "another"
    record["provenance"]["data_since"] = MADE
    records.write_atomically(laboratory.folder / "A.json", records.to_json({"schema": 2, **records.sealed(record)}))
    laboratory.use(laboratory.claim("A", "seeded", method=STATISTICAL, criteria=met("x <= 2")))
    laboratory.declare(LATE)
    laboratory.verify()
    assert "edited since " in laboratory.log and seen > MADE
    assert flag(laboratory) == (True, LATE, MADE)


def test_committed_evidence_of_schema_1_is_as_old_as_its_date(laboratory):
    laboratory.write(SEEDS)
    laboratory.use(laboratory.claim("A", "seeded", method=STATISTICAL, criteria=met("x <= 1")))
    laboratory.verify(record=True)
    path = records.RECORDED / "quick.json"
    record = json.loads(path.read_text())["claims"][0]
    for name in ("here", "setting", "exploratory", "positive_control", "digest"):
        del record[name]
    record["provenance"] = {"date": "2026-02-03", "key": "k", "certificate": ""}
    path.write_text(json.dumps({"schema": 1, "claims": [record]}))
    (laboratory.folder / "A.json").unlink()
    laboratory.declare(LATE)
    laboratory.verify()
    assert flag(laboratory) == (True, LATE, "2026-02-03")


def test_a_record_of_schema_1_asks_its_models_when_they_were_made(trained):
    trained.declare(BEFORE)
    trained.verify()
    path = trained.folder / "A.json"
    record = json.loads(path.read_text())
    for name in ("here", "setting", "exploratory", "positive_control", "digest"):
        del record[name]
    for name in ("data_since", "declared", "arrays"):
        del record["provenance"][name]
    path.write_text(json.dumps({**record, "schema": 1}))
    assert trained.verify() == 0 and len(list(trained.folder.glob("*.old-*"))) == 0
    assert flag(trained) == (False, BEFORE, MADE)


def test_broken_declarations_are_no_flag(trained):
    """The command line refuses them before work starts; whoever calls the runner gets an error, and no flag."""
    trained.declare(BEFORE)
    trained.declarations.write_text(trained.declarations.read_text().replace("2026", "2025"))
    assert trained.verify() == 1
    assert trained.load("A")["exploratory"] is None and "line 1 was edited" in trained.load("A")["reason"]
    assert trained.load("A")["verdict"] not in (SUPPORTED, HOLDS, OPEN)
