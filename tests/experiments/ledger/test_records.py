"""Records on disk: round trips, strict JSON, and nothing half-written, overwritten or lost."""

import contextlib
import json
import math
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.experiments.ledger import records
from contrastive_claims.experiments.ledger.keys import digest
from contrastive_claims.experiments.ledger.vocabulary import Quantity

finite = st.floats(allow_nan=False, allow_infinity=False)
variances = st.floats(0, allow_infinity=False)
noises = st.none() | st.tuples(variances, variances, st.integers(1, 100))
quantities = st.builds(
    lambda t, noise: Quantity(t[1], t[0], t[2], "nats", noise), st.tuples(finite, finite, finite).map(sorted), noises
)


def record(claim_id="X", scale="quick", **more):
    return {
        "id": claim_id, "scale": scale, "verdict": "HOLDS", "here": "", "setting": "", "exploratory": None, "rests_on": [],
        "method": "numerical", "numbers": {"x": {"value": 0.5, "low": 0.0, "high": 1.0, "unit": "nats", "noise": [0.1, 0.0, 4]}},
        "seeds": [1], "control": {"variant": "wrong", "rejected": True, "numbers": {}, "certificate_passed": False},
        "positive_control": None, "provenance": {"key": "k"}, "models": [], "reason": "", "witness": "", **more,
    }  # fmt: skip


def old_record(**more):
    """As schema 1 wrote them."""
    known = {"id", "scale", "verdict", "method", "numbers", "seeds", "control"}
    kept = {name: value for name, value in record().items() if name in known}
    return {
        "schema": 1,
        **kept,
        "witness": "",
        "rests_on": ["prose"],
        "provenance": {"key": "k", "certificate": ""},
        **more,
    }


@given(st.dictionaries(st.text(), quantities, max_size=4))
@settings(deadline=None, max_examples=40)
def test_numbers_survive_json_bit_by_bit(numbers):
    text = records.to_json(records.encode(numbers))
    assert records.decode(json.loads(text)) == numbers


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=9), inner, max_size=5),
    )
)
@settings(deadline=None, max_examples=60)
def test_any_json_comes_back(content):
    text = records.to_json(content).decode()
    assert json.loads(text) == content and text.endswith("\n")


def test_a_list_without_objects_is_one_line_and_objects_are_broken():
    long, deep = list(range(99)), {"steps": [{"left": ["+", 1, list(range(99))], "says": "so"}, {"says": "x" * 130}]}
    assert records.to_json(long).count(b"\n") == 1
    assert records.to_json(deep).decode().splitlines()[2:5] == [
        "  {",
        f'   "left": {json.dumps(deep["steps"][0]["left"], separators=(",", ":"))},',
        '   "says": "so"',
    ]


@pytest.mark.parametrize("spare", [0, 1])
def test_whatever_fits_into_120_characters_is_one_line(spare):
    pair = [{"a": "x" * (110 - spare)}]
    assert len(json.dumps(pair)) == 121 - spare
    assert records.to_json(pair).count(b"\n") == (1 if spare else 3)
    assert records.to_json(pair[0]).count(b"\n") == 1
    assert records.to_json({"a": "x" * (112 - spare)}).count(b"\n") == (1 if spare else 3)


def test_a_long_list_with_an_object_in_it_is_broken_and_every_letter_is_itself():
    text = records.to_json([1, {"a": "ü" * 70, "ß": "é" * 50}, "ö"]).decode()
    assert text.splitlines() == [
        "[", " 1,", " {", '  "a": "' + "ü" * 70 + '",', '  "ß": "' + "é" * 50 + '"', " },", ' "ö"', "]",
    ]  # fmt: skip
    assert records.to_json(["ü"] * 60).decode() == "[" + ",".join(['"ü"'] * 60) + "]\n"


@pytest.mark.parametrize("content", [math.nan, {"a": math.inf}, [-math.inf] * 60])
def test_json_without_numbers_is_refused(content):
    with pytest.raises(ValueError, match="not JSON compliant"):
        records.to_json(content)


def test_a_record_its_arrays_and_its_certificate_come_back(tmp_path):
    arrays = {"a": np.arange(6.0).reshape(2, 3), "scalar": np.array(0.1), "ints": np.array([1, 2])}
    certificate = {"claim": "X", "steps": [{"kind": "identity", "left": "x", "right": "x", "says": "über"}]}
    saved = records.save(tmp_path, record(), arrays, certificate)
    loaded = records.load(tmp_path, "X", "quick")
    assert saved == loaded == json.loads((tmp_path / "X.json").read_text())
    provenance = loaded.pop("provenance")
    assert len(loaded.pop("digest")) == 64 and loaded == {
        "schema": records.SCHEMA, **{name: value for name, value in record().items() if name != "provenance"}
    }  # fmt: skip
    assert provenance == {
        "key": "k", "arrays": records.file_digest(tmp_path / "X.npz"), "certificate": digest(certificate)
    }  # fmt: skip
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


def test_arrays_of_any_size_have_room(tmp_path):
    """The member's header has the fields for more than 4 GiB: its size is not known when it is begun."""
    records.save_arrays(tmp_path / "a.npz", {"a": np.ones(2)})
    content = (tmp_path / "a.npz").read_bytes()
    name, extra = (int.from_bytes(content[at : at + 2], "little") for at in (26, 28))
    assert content[30 : 30 + name] == b"a.npy" and content[30 + name : 32 + name] == b"\x01\x00" and extra == 20


def test_a_folder_is_made_with_those_above_it_and_may_be_there(tmp_path):
    for content in (b"1", b"2"):
        records.write_atomically(tmp_path / "new" / "and" / "deep" / "f", content)
    assert (tmp_path / "new" / "and" / "deep" / "f").read_bytes() == b"2"


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
    (tmp_path / "X.json").write_text(f'{{"schema": 2, "numbers": {constant}}}')
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
    with pytest.raises(ValueError, match="array 'b' holds Python objects"):
        records.save_arrays(tmp_path / "a.npz", {"a": np.ones(1), "b": np.array([object()])})
    assert not list(tmp_path.iterdir())
    np.savez(tmp_path / "b.npz", a=np.array([{"x": 1}]))
    with pytest.raises(records.RecordError, match="allow_pickle"):
        records.load_arrays(tmp_path / "b.npz")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "unreadable"),
        ("", "unreadable"),
        ("[" * 100_000, "unreadable"),
        ("[]", "written for schema list, this version reads 2"),
        ("{}", "written for schema None, this version reads 2"),
        ('{"schema": 0, "id": "X"}', "written for schema 0, this version reads 2"),
        ('{"schema": 3, "id": "X"}', "written for schema 3, this version reads 2"),
        (
            '{"schema": 2, "id": "X", "scale": "quick", "here": "", "setting": "", "exploratory": null, "rests_on": []}',
            "lacks control, digest, method, models, numbers, positive_control, provenance, reason, seeds, verdict, witness",
        ),
        (json.dumps({"schema": 2, **records.sealed(record("Y"))}), "holds Y at scale quick"),
        (json.dumps({"schema": 2, **records.sealed(record(scale="paper"))}), "holds X at scale paper"),
        (json.dumps({"schema": 2, **record(), "digest": ""}), "edited since it was written"),
        (json.dumps({"schema": 2, **records.sealed(record())}).replace("0.5", "1e999"), "unreadable"),
        (json.dumps({**old_record(), "id": "Y"}), "is no record of X at scale quick"),
        (json.dumps(old_record(provenance=None)), "is no record of X at scale quick"),
        (json.dumps(old_record(verdict=[])), "is no record of X at scale quick"),
        (json.dumps(old_record(witness="\ud800")), "unreadable"),
        (json.dumps(old_record()).replace("0.5", "1e999"), "unreadable"),
        (json.dumps(old_record(digest="0")), "written for schema 1, but with a digest"),
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

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        records.write_atomically(path, b"new")
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_the_ledger_is_every_readable_record_in_catalogue_order(tmp_path):
    for claim_id, scale in (("B", "quick"), ("A", "standard"), ("A", "quick"), ("Z", "quick")):
        records.save(tmp_path, record(claim_id, scale), None, {"claim": claim_id, "steps": []})
    (tmp_path / "A2.json").write_text("{")
    (tmp_path / "A3.certificate.json").write_text("{")
    (tmp_path / "D.json.old-1").write_text("{")
    ledger = records.assemble(tmp_path, ["A", "B", "A2", "D"])
    assert ledger["schema"] == 2
    assert [(r["id"], r["scale"]) for r in ledger["claims"]] == [("A", "quick"), ("A", "standard"), ("B", "quick")]
    assert all("schema" not in r for r in ledger["claims"])


def test_the_ledger_follows_the_catalogue_and_not_the_alphabet(tmp_path):
    for claim_id in "ABC":
        for scale in ("standard", "quick"):
            records.save(tmp_path, record(claim_id, scale))
    found = [(r["id"], r["scale"]) for r in records.assemble(tmp_path, ["B", "C", "A"])["claims"]]
    assert found == [(claim_id, scale) for claim_id in "BCA" for scale in ("quick", "standard")]


def test_set_aside_records_are_never_more_than_the_names_there_are(tmp_path, monkeypatch):
    from pathlib import Path

    exists = Path.exists
    taken = {f"X.json.old-{k}" for k in range(1, 10_000)}
    monkeypatch.setattr(Path, "exists", lambda path: path.name in taken or exists(path))
    (tmp_path / "X.json").write_text("{")
    with pytest.raises(
        records.RecordError, match=r"X\.json: ten thousand set-aside copies beside it; clear them first"
    ):
        records.set_aside(tmp_path, "X", "quick")
    assert (tmp_path / "X.json").read_text() == "{"


def test_what_lies_beside_a_record_is_set_aside_with_it_under_one_number(tmp_path):
    records.save(tmp_path, record(scale="paper"), {"a": np.ones(2)}, {"claim": "X", "steps": []})
    (tmp_path / "X@paper.json.old-1").write_text("")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert records.set_aside(tmp_path, "X", "paper") == tmp_path / "X@paper.json.old-2"
    names = {"X@paper.json", "X@paper.npz", "X@paper.certificate.json"}
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.old-2" for name in names} | {"X@paper.json.old-1"}
    assert all((tmp_path / f"{name}.old-2").read_bytes() == before[name] for name in names)


@pytest.mark.parametrize("text", ['{"schema": 2}', '{"claims": []}', "[]", "3", '{"schema": 2, "claims": [3]}'])
def test_a_committed_file_that_is_no_ledger_is_named(tmp_path, monkeypatch, text):
    monkeypatch.setattr(records, "RECORDED", tmp_path)
    (tmp_path / "paper.json").write_text(text)
    with pytest.raises(records.RecordError, match=r"paper\.json: is no ledger"):
        records.recorded("paper")


def test_the_committed_record_by_id(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RECORDED", tmp_path)
    assert records.recorded("quick") == {}
    both = [records.sealed(record(name)) for name in "AB"]
    records.write_atomically(tmp_path / "quick.json", records.to_json({"schema": 2, "claims": both}))
    assert records.recorded("quick") == {"A": both[0], "B": both[1]}
    both[1]["verdict"] = "PROVED"
    records.write_atomically(tmp_path / "quick.json", records.to_json({"schema": 2, "claims": both}))
    with pytest.raises(records.RecordError, match=r"quick\.json: edited since it was written \(the digest of B"):
        records.recorded("quick")
    (tmp_path / "quick.json").write_text("{")
    with pytest.raises(records.RecordError, match=r"quick\.json: unreadable"):
        records.recorded("quick")


def test_what_is_known_is_the_folder_s_record_of_the_largest_scale_else_the_committed_one(tmp_path, monkeypatch):
    committed, folder = tmp_path / "committed", tmp_path / "records"
    monkeypatch.setattr(records, "RECORDED", committed)
    for scale, names in (("quick", "AB"), ("standard", "A")):
        content = {"schema": 2, "claims": [records.sealed(record(name, scale)) for name in names]}
        records.write_atomically(committed / f"{scale}.json", records.to_json(content))
    records.save(folder, record("B"), None, None)
    (folder / "A.json").write_text("{")
    found, problems = records.latest(folder, "ABC")
    assert {name: (one.record["scale"], one.folder, one.committed) for name, one in found.items()} == {
        "A": ("standard", committed / "standard", True),
        "B": ("quick", folder, False),
    }
    assert len(problems) == 1 and "the record of A at scale quick is not used" in problems[0]


def test_a_record_that_cannot_be_read_does_not_hide_one_of_a_larger_scale(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RECORDED", tmp_path / "committed")
    folder = tmp_path / "records"
    for scale in ("standard", "paper"):
        records.save(folder, record("A", scale))
    (folder / "A.json").write_text("{")
    (folder / "A@paper.json").write_text("[]")
    found, problems = records.latest(folder, "AB")
    assert found == {"A": records.Found(records.load(folder, "A", "standard"), folder, False)}
    assert [problem.partition(" is not used: ")[0] for problem in problems] == [
        "the record of A at scale quick", "the record of A at scale paper",
    ]  # fmt: skip


@pytest.mark.parametrize(("models", "since"), [([], "2026-01-02"), (["a.npz"], "")])
def test_what_schema_1_could_not_know(models, since):
    """Its data are as old as itself, but for models, of which it kept no dates."""
    old = old_record(models=models, provenance={"key": "k", "date": "2026-01-02"})
    found = records.upgraded(old)
    assert found["provenance"] == {"key": "k", "date": "2026-01-02", "data_since": since, "declared": ""}
    assert "schema" not in found and found["models"] == models and old["schema"] == 1
    nothing = {name: found[name] for name in ("here", "setting", "exploratory", "positive_control", "reason")}
    assert nothing == {"here": "", "setting": "", "exploratory": None, "positive_control": None, "reason": ""}


def test_control_characters_are_not_printed_and_ends_of_lines_are_none():
    assert records.printable("a\x1b[31mé\n\tβ\x9b\x00") == "a?[31mé\n\tβ??"
    assert (
        not records.unprintable("two\n\tlines, é β") and records.unprintable("one\x07") and not records.unprintable("")
    )
    assert records.unprintable("\r") and records.unprintable("ab\u202e")


def test_a_committed_record_of_schema_1_is_read_in_today_s_form(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RECORDED", tmp_path)
    old = {name: value for name, value in old_record(verdict="INCONCLUSIVE").items() if name != "schema"}
    records.write_atomically(tmp_path / "quick.json", records.to_json({"schema": 1, "claims": [old]}))
    found = records.recorded("quick")["X"]
    assert found["verdict"] == "OPEN" and found.keys() >= records.FIELDS
    assert found == records.sealed(found)


def leaves(content, path=()):
    """Paths to every value of a record that holds no other."""
    if isinstance(content, dict | list) and content:
        pairs = content.items() if isinstance(content, dict) else enumerate(content)
        return [leaf for key, value in pairs for leaf in leaves(value, (*path, key))]
    return [path]


def edited(content, path, value):
    if not path:
        return value
    other = content.copy()
    other[path[0]] = edited(content[path[0]], path[1:], value)
    return other


values = st.none() | st.booleans() | st.integers() | finite | st.text() | st.just([]) | st.just({})
SEALED = {"schema": 2, **records.sealed(record(witness="none", reason="so"))}


@given(st.sampled_from(leaves(SEALED)), values)
@settings(deadline=None, max_examples=200)
def test_no_value_of_a_record_is_edited_unnoticed(tmp_path_factory, path, value):
    other = edited(SEALED, path, value)
    same = json.dumps(other, sort_keys=True) == json.dumps(SEALED, sort_keys=True)
    folder = tmp_path_factory.mktemp("edited", numbered=True)
    (folder / "X.json").write_text(json.dumps(other))
    if same or (path == ("schema",) and value == 2):
        assert records.load(folder, "X", "quick") == SEALED
    else:
        with pytest.raises(records.RecordError, match=r"X\.json: "):
            records.load(folder, "X", "quick")


@pytest.mark.parametrize("added", [{"more": 1}, {"reason": "another"}])
def test_no_field_is_added_unnoticed_and_the_order_of_fields_is_free(tmp_path, added):
    path, stored = tmp_path / "X.json", records.save(tmp_path, record())
    path.write_text(json.dumps(dict(reversed(stored.items()))))
    assert records.load(tmp_path, "X", "quick") == stored
    path.write_text(json.dumps(stored | added))
    with pytest.raises(records.RecordError, match="edited since it was written"):
        records.load(tmp_path, "X", "quick")


def test_a_record_cannot_hide_an_edit_by_calling_itself_older(tmp_path):
    path, stored = tmp_path / "X.json", records.save(tmp_path, record())
    path.write_text(json.dumps(stored | {"schema": 1, "verdict": "REFUTED"}))
    with pytest.raises(records.RecordError, match="schema 1, but with a digest"):
        records.load(tmp_path, "X", "quick")
    assert [name.name for name in tmp_path.iterdir()] == ["X.json"]  # nothing was converted


@pytest.mark.parametrize(("before", "now"), [("PROVED", "CERTIFIED"), ("INCONCLUSIVE", "OPEN"), ("REFUTED", "REFUTED")])
def test_a_record_of_schema_1_is_converted_once_and_the_old_file_kept(tmp_path, before, now):
    path = tmp_path / "X.json"
    records.save_arrays(tmp_path / "X.npz", {"a": np.arange(3.0)})
    old = records.to_json(old_record(verdict=before))
    path.write_bytes(old)
    converted = records.load(tmp_path, "X", "quick")
    assert converted is not None and converted["verdict"] == now
    assert converted.keys() >= records.FIELDS and converted["schema"] == 2
    assert (converted["here"], converted["exploratory"], converted["positive_control"]) == ("", None, None)
    assert converted["rests_on"] == ["prose"] and converted["numbers"] == record()["numbers"]
    assert converted["provenance"]["arrays"] == records.file_digest(tmp_path / "X.npz")
    kept = tmp_path / "X.json.schema-1"
    assert kept.read_bytes() == old and json.loads(path.read_text()) == converted
    written = path.stat().st_mtime_ns, kept.stat().st_mtime_ns
    assert records.load(tmp_path, "X", "quick") == converted  # the second time it is one of today's
    assert (path.stat().st_mtime_ns, kept.stat().st_mtime_ns) == written
    assert sorted(name.name for name in tmp_path.iterdir()) == ["X.json", "X.json.schema-1", "X.npz"]


def test_what_an_earlier_conversion_kept_is_not_overwritten(tmp_path):
    for witness in ("first", "second", "third"):
        (tmp_path / "X.json").write_text(json.dumps(old_record(witness=witness)))
        records.load(tmp_path, "X", "quick")
    kept = {path.name: json.loads(path.read_text())["witness"] for path in tmp_path.glob("X.json.schema-1*")}
    assert kept == {"X.json.schema-1": "first", "X.json.schema-1.2": "second", "X.json.schema-1.3": "third"}


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("models", ["../../__init__.py"], "no plain file name"),
        ("models", ["/etc/passwd.npz"], "no plain file name"),
        ("models", [".hidden.npz"], "no plain file name"),
        ("models", ["a.npz\x00"], "no plain file name"),
        ("verdict", "TRUE", "none of the ledger's words"),
        ("here", "THERE", "none of the ledger's words"),
        ("reason", "red\x1b[31m", "control characters"),
        ("setting", "\x07", "control characters"),
        ("rests_on", ["\x9b"], "control characters"),
        ("numbers", {"x": {"value": 10**400, "low": 0, "high": 1, "unit": ""}}, "malformed number"),
        ("numbers", {"x": {"value": 2.0, "low": 0.0, "high": 1.0, "unit": ""}}, "malformed number"),
        ("numbers", [1], "malformed number"),
        ("control", {}, "is no record"),
    ],
)
def test_a_record_that_is_whole_but_not_ours_is_not_believed(tmp_path, field, value, said):
    records.save(tmp_path, record(**{field: value}))
    with pytest.raises(records.RecordError, match=said):
        records.load(tmp_path, "X", "quick")


def test_a_record_of_ours_may_hold_lines_models_and_a_positive_control(tmp_path):
    stored = records.save(
        tmp_path,
        record(
            reason="two\n\tlines",
            models=["a-1_b.npz"],
            positive_control={"numbers": record()["numbers"], "found": True},
        ),
    )
    assert records.load(tmp_path, "X", "quick") == stored


@pytest.mark.parametrize("part", ["control", "positive_control"])
def test_the_numbers_of_a_control_are_numbers_too(tmp_path, part):
    records.save(tmp_path, record(**{part: {"numbers": {"x": {"value": 2.0, "low": 0.0, "high": 1.0, "unit": ""}}}}))
    with pytest.raises(records.RecordError, match="malformed number"):
        records.load(tmp_path, "X", "quick")


@pytest.mark.parametrize("damage", ["cut", "flips", "method", "text"])
def test_damaged_arrays_are_a_record_error_whatever_is_raised_inside(tmp_path, damage):
    path = tmp_path / "a.npz"
    records.save_arrays(path, {"x": np.arange(1000.0), "y": np.arange(3)})
    whole = path.read_bytes()
    assert records.load_arrays(path)["y"].tolist() == [0, 1, 2]
    generator = np.random.default_rng(0)
    for k in range(60):
        content = bytearray(whole)
        if damage == "cut":
            content = content[: len(content) * k // 60]
        elif damage == "flips":
            content[generator.integers(len(content))] ^= 1 << generator.integers(8)
        elif damage == "method":
            place = content.find(b"PK\x01\x02") + 10
            content[place : place + 2] = (k + 15).to_bytes(2, "little")
        else:
            content = b"plain text"
        path.write_bytes(content)
        with contextlib.suppress(records.RecordError):  # and nothing else
            np.testing.assert_equal(records.load_arrays(path)["x"], np.arange(1000.0))  # a flip in a date, say


def test_files_are_written_as_the_user_s_mask_says(tmp_path):
    before = os.umask(0o077)
    try:
        records.write_atomically(tmp_path / "a", b"")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600
