"""The committed records: sealed, judged as they say, and with controls that mean something."""

import pytest

from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.ledger import declared, keys, records
from contrastive_claims.experiments.ledger.vocabulary import EMPIRICAL, NOT_SEEN, REFUTED, SCALES, STATISTICAL, VERDICTS
from contrastive_claims.experiments.models.store import made_on

FORMS = {(claim.id, scale): claim.at(scale) for claim in CLAIMS for scale in claim.scales}
RECORDS = [record for scale in SCALES for record in records.recorded(scale).values()]


def by_name(record):
    return records.stem(record["id"], record["scale"])


def stored():
    """The records as they stand in the files."""
    paths = [records.RECORDED / f"{scale}.json" for scale in SCALES]
    return {path.stem: records.read_json(path) for path in paths if path.exists()}


def test_the_committed_record_is_of_today_s_schema_and_sealed():
    for scale, content in stored().items():
        assert content["schema"] == records.SCHEMA, scale
        for record in content["claims"]:
            assert record.keys() >= records.FIELDS and records.sealed(record) == record, by_name(record)


@pytest.mark.parametrize("record", RECORDS, ids=by_name)
def test_what_lies_beside_a_committed_record_is_its_own(record):
    base = records.RECORDED / record["scale"] / records.stem(record["id"], record["scale"])
    assert record["provenance"]["arrays"] == records.file_digest(base.with_name(base.name + ".npz"))
    certificate = records.load_certificate(base.parent, record["id"], record["scale"])
    assert record["provenance"]["certificate"] == (keys.digest(certificate) if certificate else "")


@pytest.mark.parametrize("record", RECORDS, ids=by_name)
def test_a_committed_record_is_of_a_form_in_the_catalogue(record):
    claim = FORMS[record["id"], record["scale"]]
    assert record["method"] == claim.method and record["setting"] == claim.setting
    assert record["verdict"] in VERDICTS
    assert (record["exploratory"] is None) == (claim.method not in (EMPIRICAL, STATISTICAL))
    assert {one.quantity for one in (*claim.criteria, *claim.published)} <= record["numbers"].keys()


@pytest.mark.parametrize("record", RECORDS, ids=by_name)
def test_what_is_refuted_or_not_seen_has_a_positive_control_that_was_found(record):
    if record["verdict"] == REFUTED or record["here"] == NOT_SEEN:
        assert record["positive_control"] and record["positive_control"]["found"] is True
        assert record["positive_control"]["planted"] and record["positive_control"]["numbers"]


SAMPLED = [record for record in RECORDS if record["method"] in (EMPIRICAL, STATISTICAL)]


@pytest.mark.parametrize("record", SAMPLED, ids=by_name)
def test_no_control_is_an_exact_zero_or_the_claim_s_own_number(record):
    """Such a number cannot tell whether the check would have noticed."""
    own, control = record["numbers"], record["control"]["numbers"]
    for one in FORMS[record["id"], record["scale"]].criteria:
        if (found := control.get(one.quantity)) is None:
            continue
        count = found["unit"] in ("groups", "classes")  # of which none is an outcome as good as another
        assert count or not found["value"] == found["low"] == found["high"] == 0, one.quantity
        assert found["low"] == found["high"] or found != own[one.quantity], one.quantity


@pytest.mark.parametrize("record", SAMPLED, ids=by_name)
def test_the_flag_follows_from_the_two_dates(record):
    provenance = record["provenance"]
    if record["models"]:
        assert provenance["data_since"] in made_on(record["models"], None)
    assert record["exploratory"] == declared.is_exploratory(provenance["declared"], provenance["data_since"])
    if provenance["declared"]:
        lines = [line for line in declared.read() if (line.claim, line.scale) == (record["id"], record["scale"])]
        assert provenance["declared"] in {line.date for line in lines}
