"""Parquet files of texts: what is damaged, missing or out of range is told with the file, before anything is trained."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contrastive_claims.experiments.text import corpora


@pytest.fixture
def news(tmp_path, monkeypatch):
    """Writes AG News's test split."""
    path = tmp_path / "fancyzhx" / "ag_news" / "test.parquet"
    path.parent.mkdir(parents=True)
    monkeypatch.setenv("CLAIMS_DATA", str(tmp_path))

    def written(texts, labels):
        pq.write_table(pa.table({"text": texts, "label": labels}), path)

    return written


def not_utf8():
    data = b"fine text herefine caf\xe9 here" + b"abc"
    offsets = pa.py_buffer(b"".join(n.to_bytes(4, "little") for n in (0, 14, 28, 31)))
    return pa.Array.from_buffers(pa.string(), 3, [None, offsets, pa.py_buffer(data)])


@pytest.mark.parametrize(
    ("texts", "labels", "said"),
    [
        (["one fine text", None], [0, 1], "test.parquet: row 1 has no text"),
        (["one fine text", "two"], [0, None], "test.parquet: row 1 has no label"),
        (["one fine text", "two"], [0, 4], "label 4 is none of the 4: 0 to 3"),
        (["one fine text", "two"], [0, -1], "label -1 is none of the 4"),
        (["one fine text", " "], [0, 1], "document 1: is empty"),
        (["one fine text", "x" * 1_000_000], [0, 1], "document 1: 1,000,000 characters are more than 100,000"),
        ([b"one fine text", b"caf\xe9"], [0, 1], "document 1: byte 3 is not UTF-8"),
        (not_utf8(), [0, 1, 2], "test.parquet: column 'text' holds a text that is not UTF-8"),
        (["one fine text", "two 2 3"], [0, 1], "group 'sports' of ag_news has no document left after cleaning"),
    ],
)
def test_a_text_that_is_none_is_told_with_its_place(news, texts, labels, said):
    news(texts, labels)
    with pytest.raises(ValueError, match=said):
        corpora.load("ag_news")


def test_a_file_that_is_no_parquet_or_lacks_a_column_is_named(news, tmp_path):
    news(["red green blue words", "loud plain short words"], [0, 1])
    assert corpora.load("ag_news").groups == ("sports", "world")
    path = tmp_path / "fancyzhx" / "ag_news" / "test.parquet"
    pq.write_table(pa.table({"body": ["a"]}), path)
    with pytest.raises(ValueError, match=r"test.parquet: has no column 'text', only body"):
        corpora.load("ag_news")
    path.write_bytes(b"PAR1 it is not")
    with pytest.raises(ValueError, match=r"test.parquet: not a readable parquet file"):
        corpora.load("ag_news")
