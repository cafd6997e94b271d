"""Facts of held-out samples are kept once beside the committed records, and come back as they were."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from contrastive_claims.experiments.ledger import records
from contrastive_claims.experiments.models import store
from contrastive_claims.experiments.models.shared import ELSEWHERE, FACTS, LEAST, arrays_digest, kept_once, whole

TRUTH = np.arange(2000, dtype=np.uint8) % 10
RECORD = {"truth": TRUTH, "bias": TRUTH[::-1].copy(), "predictions": TRUTH + 1, "labels": np.arange(3)}


def committed(folder, name="a.npz", record=RECORD):
    records.save_arrays(folder / name, kept_once(record, folder))
    return folder / name


def read(path):
    return whole(records.load_arrays(path), path.parent)


def facts(folder):
    return sorted((folder / "facts").glob("*"))


def test_what_many_records_share_is_kept_once_and_comes_back(tmp_path):
    first, second = committed(tmp_path), committed(tmp_path, "b.npz", RECORD | {"predictions": TRUTH + 2})
    np.testing.assert_equal(read(first), RECORD)
    np.testing.assert_equal(read(second), RECORD | {"predictions": TRUTH + 2})
    assert len(facts(tmp_path)) == 2  # labels are so few that a file of their own would be larger
    for path in (first, second):
        assert set(records.load_arrays(path)) == {"predictions", "labels", ELSEWHERE}


def test_who_wrote_a_fact_first_keeps_the_file(tmp_path):
    committed(tmp_path)
    before = [path.stat().st_mtime_ns for path in facts(tmp_path)]
    committed(tmp_path, "b.npz")
    assert [path.stat().st_mtime_ns for path in facts(tmp_path)] == before


@given(data=st.data(), size=st.sampled_from([LEAST - 1, LEAST, LEAST + 1]))
def test_any_record_comes_back_to_the_byte(tmp_path_factory, data, size):
    folder = tmp_path_factory.mktemp("models")
    kind = st.sampled_from([np.uint8, np.int64, np.float32])
    small = arrays(kind, array_shapes(max_dims=2, max_side=4))
    record = data.draw(st.dictionaries(st.sampled_from([*FACTS, "predictions", "made"]), small))
    record |= {"truth": np.full(size, 3, np.uint8)}
    back = read(committed(folder, record=record))
    assert arrays_digest(back) == arrays_digest(record)
    assert {name: (a.dtype, a.shape) for name, a in back.items()} == {
        name: (a.dtype, a.shape) for name, a in record.items()
    }
    assert len(facts(folder) if (folder / "facts").exists() else ()) == (size >= LEAST)


def test_a_record_without_facts_is_as_it_was(tmp_path):
    small = {"predictions": TRUTH, "truth": TRUTH[:5]}
    assert kept_once(small, tmp_path) == small and whole(small, tmp_path) == small
    assert not (tmp_path / "facts").exists()


@pytest.mark.parametrize("damage", ["missing", "another's", "nonsense", "two arrays"])
def test_a_fact_that_is_not_the_one_that_was_written_is_named(tmp_path, damage):
    path = committed(tmp_path)
    one, other = facts(tmp_path)
    if damage == "missing":
        one.unlink()
    elif damage == "another's":
        one.write_bytes(other.read_bytes())
    elif damage == "nonsense":
        one.write_bytes(b"nonsense")
    else:
        records.save_arrays(one, records.load_arrays(one) | {"more": TRUTH})
    with pytest.raises(records.RecordError, match=one.name):
        read(path)


@pytest.mark.parametrize(
    "told",
    [
        "nonsense",
        "[]",
        '"truth"',
        '{"made": "0123456789abcdef"}',
        '{"truth": "../../../0123456"}',
        '{"truth": "0123456789abcdef/"}',
        '{"truth": 1}',
        '{"truth": null}',
        '{"truth": "0123456789ABCDEF"}',
    ],
)
def test_no_other_file_is_read_than_that_of_a_digest(tmp_path, told):
    with pytest.raises(records.RecordError, match="not a digest for each of truth, bias, labels"):
        whole({ELSEWHERE: np.array(told)}, tmp_path)


def test_every_committed_record_is_whole_and_as_it_was_written():
    folder = records.RECORDED / "models"
    paths = sorted(folder.glob("*.npz"))
    referring = 0
    for path in paths[:: max(1, len(paths) // 150)]:
        stored = records.load_arrays(path)
        record = whole(stored, folder)
        referring += ELSEWHERE in stored
        if digest := json.loads(str(record[store.MADE])).get("digest"):
            assert digest == arrays_digest(record, store.MADE)
    assert referring > 20


def test_every_committed_fact_has_a_record():
    folder = records.RECORDED / "models"
    told = set()
    for path in folder.glob("*.npz"):
        stored = records.load_arrays(path)
        if ELSEWHERE in stored:
            told |= set(json.loads(str(stored[ELSEWHERE])).values())
    assert told == {path.stem for path in facts(folder)}
