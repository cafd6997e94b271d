"""Records on disk: round trips, strict JSON, and nothing half-written, overwritten or lost."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.ledger import records
from experiments.ledger.vocabulary import Quantity

finite = st.floats(allow_nan=False, allow_infinity=False)
quantities = st.tuples(finite, finite, finite).map(sorted).map(lambda t: Quantity(t[1], t[0], t[2], "nats"))


def record(claim_id="X", scale="quick", **more):
    return {
        "id": claim_id, "scale": scale, "verdict": "HOLDS", "method": "numerical", "numbers": {}, "seeds": [1],
        "control": {"variant": "wrong", "rejected": True}, "provenance": {"key": "k"}, **more,
    }  # fmt: skip


@given(st.dictionaries(st.text(), quantities, max_size=4))
@settings(deadline=None, max_examples=40)
def test_numbers_survive_json_bit_by_bit(numbers):
    text = records.to_json(records.encode(numbers))
    assert records.decode(json.loads(text)) == numbers


def test_a_record_its_arrays_and_its_certificate_come_back(tmp_path):
    arrays = {"a": np.arange(6.0).reshape(2, 3), "scalar": np.array(0.1), "ints": np.array([1, 2])}
    certificate = {"claim": "X", "steps": [{"kind": "identity", "left": "x", "right": "x", "says": "über"}]}
    path = records.save(tmp_path, record(), arrays, certificate)
    assert path == tmp_path / "X.json" and json.loads(path.read_text())["schema"] == records.SCHEMA
    assert records.load(tmp_path, "X", "quick") == {"schema": records.SCHEMA, **record()}
    assert records.load_certificate(tmp_path, "X", "quick") == certificate
    loaded = records.load_arrays(tmp_path / "X.npz")
    assert loaded.keys() == arrays.keys()
    for name, array in arrays.items():
        assert loaded[name].dtype == array.dtype
        np.testing.assert_array_equal(loaded[name], array)
    first = (tmp_path / "X.npz").read_bytes()
    records.save(tmp_path, record(), dict(reversed(arrays.items())), certificate)
    assert (tmp_path / "X.npz").read_bytes() == first


def test_what_an_earlier_record_left_beside_it_goes_with_it(tmp_path):
    records.save(tmp_path, record(), {"a": np.ones(2)}, {"claim": "X", "steps": []})
    records.save(tmp_path, record())
    assert [path.name for path in tmp_path.iterdir()] == ["X.json"]
    assert records.load_certificate(tmp_path, "X", "quick") is None and records.load_arrays(tmp_path / "X.npz") == {}


def test_scales_do_not_share_a_file(tmp_path):
    for scale in ("quick", "standard", "paper"):
        records.save(tmp_path, record(scale=scale), {"a": np.ones(1)})
    assert {records.load(tmp_path, "X", scale)["scale"] for scale in ("quick", "standard", "paper")} == {
        "quick", "standard", "paper",
    }  # fmt: skip


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_nan_and_infinity_are_never_written(tmp_path, value):
    with pytest.raises(ValueError):
        records.save(tmp_path, record(witness=value))
    assert list(tmp_path.iterdir()) == []  # neither a record nor a temporary file


@pytest.mark.parametrize("text", ['{"claim": "A1", "claim": "A2"}', '[{"a": {"steps": [], "b": 1, "steps": [0]}}]'])
def test_a_name_that_is_given_twice_is_refused(tmp_path, text):
    """Readers differ in which of the two they believe."""
    path = tmp_path / "X.json"
    path.write_text(text)
    with pytest.raises(records.RecordError, match=r"X\.json: unreadable .*twice"):
        records.read_json(path)


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_nan_and_infinity_are_never_read(tmp_path, constant):
    (tmp_path / "X.json").write_text(f'{{"schema": 1, "numbers": {constant}}}')
    with pytest.raises(records.RecordError, match=r"X\.json: unreadable .*not strict JSON"):
        records.load(tmp_path, "X", "quick")


MALFORMED = [
    {"value": 1, "low": 2, "high": 3, "unit": ""},
    {"value": 1e999, "low": 0, "high": 1e999, "unit": ""},
    {"value": "1", "low": 1, "high": 1, "unit": ""},
    {"value": 1},
    None,
    3,
]


@pytest.mark.parametrize("number", MALFORMED)
def test_malformed_numbers_are_a_record_error(number):
    with pytest.raises(records.RecordError, match="malformed number"):
        records.decode({"x": number})


def test_pickled_arrays_are_neither_written_nor_read(tmp_path):
    with pytest.raises(ValueError):
        records.save_arrays(tmp_path / "a.npz", {"a": np.array([object()])})
    np.savez(tmp_path / "b.npz", a=np.array([{"x": 1}]))
    with pytest.raises(records.RecordError, match="allow_pickle"):
        records.load_arrays(tmp_path / "b.npz")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "unreadable"),
        ("", "unreadable"),
        ("[" * 100_000, "unreadable"),
        ("[]", "written for schema list, this version reads 1"),
        ("{}", "written for schema None, this version reads 1"),
        ('{"schema": 0, "id": "X"}', "written for schema 0, this version reads 1"),
        ('{"schema": 1, "id": "X", "scale": "quick"}', "lacks control, method, numbers, provenance, seeds, verdict"),
        (json.dumps({"schema": 1, **record("Y")}), "holds Y at scale quick"),
        (json.dumps({"schema": 1, **record(scale="paper")}), "holds X at scale paper"),
    ],
)
def test_an_unusable_record_says_which_file_and_why(tmp_path, content, message):
    (tmp_path / "X.json").write_text(content)
    with pytest.raises(records.RecordError) as error:
        records.load(tmp_path, "X", "quick")
    assert str(tmp_path / "X.json") in str(error.value) and message in str(error.value)


def test_bytes_that_are_no_text_are_a_record_error(tmp_path):
    (tmp_path / "X.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(records.RecordError, match="unreadable"):
        records.load(tmp_path, "X", "quick")


def test_no_record_is_none(tmp_path):
    assert records.load(tmp_path, "X", "quick") is None


def test_set_aside_never_overwrites(tmp_path):
    kept = []
    for k in range(3):
        (tmp_path / "X.json").write_text(f"content {k}")
        kept.append(records.set_aside(tmp_path, "X", "quick"))
    assert [path.name for path in kept] == ["X.json.old-1", "X.json.old-2", "X.json.old-3"]
    assert [path.read_text() for path in kept] == ["content 0", "content 1", "content 2"]
    assert not (tmp_path / "X.json").exists()


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch):
    path = tmp_path / "f"
    records.write_atomically(path, b"old")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(records.os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        records.write_atomically(path, b"new")
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_the_ledger_is_every_readable_record_in_catalogue_order(tmp_path):
    for claim_id, scale in (("B", "quick"), ("A", "standard"), ("A", "quick"), ("Z", "quick")):
        records.save(tmp_path, record(claim_id, scale), None, {"claim": claim_id, "steps": []})
    (tmp_path / "C.json").write_text("{")
    (tmp_path / "D.json.old-1").write_text("{")
    ledger = records.assemble(tmp_path, ["A", "B", "C", "D"])
    assert ledger["schema"] == 1
    assert [(r["id"], r["scale"]) for r in ledger["claims"]] == [("A", "quick"), ("A", "standard"), ("B", "quick")]
    assert all("schema" not in r for r in ledger["claims"])


def test_the_committed_record_by_id(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RECORDED", tmp_path)
    assert records.recorded("quick") == {}
    records.write_atomically(
        tmp_path / "quick.json", records.to_json({"schema": 1, "claims": [record("A"), record("B")]})
    )
    assert records.recorded("quick") == {"A": record("A"), "B": record("B")}
    (tmp_path / "quick.json").write_text("{")
    with pytest.raises(records.RecordError, match=r"quick\.json: unreadable"):
        records.recorded("quick")
