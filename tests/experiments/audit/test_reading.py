"""Each format in, and each refusal in one sentence that names the file and the column or row."""

import io
import pickle
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from safetensors.torch import save_file

from contrastive_claims.experiments.audit.reading import read_table

X = np.arange(12, dtype=np.float32).reshape(4, 3)
Y = np.array(["ä", "b", "ä", "b"])


def npz(path, **arrays):
    np.savez(path, **arrays)
    return path


def parquet(path, **columns):
    pq.write_table(pa.table(columns), path)
    return path


def vectors(rows=X):
    return pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel(), pa.float32()), rows.shape[1])


def test_every_format_gives_the_same_table(tmp_path):
    made = {
        "a.npz": lambda p: npz(p, embeddings=X, label=Y),
        "a.parquet": lambda p: parquet(p, embedding=vectors(), label=pa.array(Y)),
        "list.parquet": lambda p: parquet(p, v=pa.array(X.tolist(), pa.list_(pa.float32())), label=pa.array(Y)),
        "dictionary.parquet": lambda p: parquet(p, v=vectors(), label=pa.array(Y).dictionary_encode()),
        "a.csv": lambda p: p.write_text(
            "id,label,x0,x1,x2\n" + "".join(f"{k},{Y[k]},{','.join(map(str, X[k]))}\n" for k in range(4))
        ),
    }
    for name, make in made.items():
        make(tmp_path / name)
        table = read_table(tmp_path / name, ["label"])
        assert np.array_equal(table.vectors, X) and table.columns["label"].tolist() == Y.tolist(), name


def test_safetensors_with_whole_number_labels_and_bfloat16(tmp_path):
    save_file({"emb": torch.from_numpy(X).bfloat16(), "y": torch.tensor([0, 1, 0, 1])}, tmp_path / "a.safetensors")
    table = read_table(tmp_path / "a.safetensors", ["y"])
    assert (
        table.vectors_name == "emb" and np.array_equal(table.vectors, X) and table.columns["y"].tolist() == [0, 1, 0, 1]
    )


def test_which_vectors_is_asked_for_where_it_is_not_plain(tmp_path):
    file = npz(tmp_path / "a.npz", left=X, right=2 * X, label=Y)
    with pytest.raises(ValueError, match="left, right; name one by --embeddings"):
        read_table(file, ["label"])
    assert np.array_equal(read_table(file, ["label"], "right").vectors, 2 * X)
    both = npz(tmp_path / "b.npz", embeddings=X, features=2 * X, label=Y)  # as `claims embed` writes them
    assert np.array_equal(read_table(both, ["label"]).vectors, X)
    csv = tmp_path / "a.csv"
    csv.write_text("label,a0,a1,b0,b1\nx,1,2,3,4\ny,5,6,7,8\n")
    with pytest.raises(ValueError, match="name one by --embeddings"):
        read_table(csv, ["label"])
    assert read_table(csv, ["label"], "b").vectors.tolist() == [[3, 4], [7, 8]]


class Bomb:
    def __reduce__(self):
        return (exec, ("raise SystemExit('unpickled')",))


def pickled(path):
    content = io.BytesIO()
    np.lib.format.write_array(content, np.array([Bomb()] * 4, dtype=object), allow_pickle=True)
    with zipfile.ZipFile(path, "w") as file:
        good = io.BytesIO()
        np.save(good, X)
        file.writestr("embeddings.npy", good.getvalue())
        file.writestr("label.npy", content.getvalue())
    return path


def write(path, text):
    path.write_text(text)
    return path


BAD = {
    "missing.npz": (lambda p: p, "no such file"),
    "empty.npz": (lambda p: write(p, ""), "the file is empty"),
    "a.pkl": (lambda p: p.write_bytes(pickle.dumps(X)) and p, "must end in .npz, .parquet"),
    "a.npy": (lambda p: np.save(p, X) or p, "must end in .npz, .parquet"),
    "torn.npz": (lambda p: p.write_bytes(b"PK\x03\x04 torn") and p, "cannot be read as .npz"),
    "torn.parquet": (lambda p: write(p, "PAR1 torn"), "cannot be read as Parquet"),
    "torn.safetensors": (lambda p: write(p, "x" * 40), "cannot be read as safetensors"),
    "torn.csv": (lambda p: write(p, "a,b\n1\n"), "cannot be read as CSV"),
    "objects.npz": (pickled, "'label' holds Python objects"),
    "nolabel.npz": (
        lambda p: npz(p, embeddings=X, labels=Y),
        r"no column 'label'; it has embeddings, labels \(nearest: labels",
    ),
    "counts.npz": (
        lambda p: npz(p, embeddings=X, label=Y[:3]),
        r"'label' has shape \(3,\), but 'embeddings' has 4 rows",
    ),
    "flat.npz": (lambda p: npz(p, embeddings=X.ravel(), label=Y), "no vectors"),
    "text.npz": (lambda p: npz(p, embeddings=X.astype(str), label=Y), "must be a matrix of numbers"),
    "norows.npz": (lambda p: npz(p, embeddings=X[:0], label=Y[:0]), "must be a matrix of numbers"),
    "none.parquet": (
        lambda p: parquet(p, v=vectors(), label=pa.array(["a", None, "b", "c"])),
        "row 1: the label is missing",
    ),
    "novector.parquet": (
        lambda p: parquet(p, v=pa.array([[1.0], None]), label=pa.array(["a", "b"])),
        "row 1: no vector",
    ),
    "hole.parquet": (
        lambda p: parquet(p, v=pa.array([[1.0, 2.0], [None, 1.0]]), label=pa.array(["a", "b"])),
        "row 1: a number is missing",
    ),
    "ragged.parquet": (
        lambda p: parquet(p, v=pa.array([[1.0, 2.0], [1.0]]), label=pa.array(["a", "b"])),
        "row 1: 1 numbers, but row 0 has 2",
    ),
    "words.parquet": (lambda p: parquet(p, v=pa.array([["a"], ["b"]]), label=pa.array(["a", "b"])), "not of numbers"),
    "date.parquet": (
        lambda p: parquet(p, v=vectors(), label=pa.array(range(4), pa.timestamp("s"))),
        "not numbers or text",
    ),
    "norows.parquet": (lambda p: parquet(p, v=vectors(X[:0]), label=pa.array([], pa.string())), "has no rows"),
    "norows.csv": (lambda p: write(p, "label,x0,x1\n"), "has no rows"),
    "plain.csv": (lambda p: write(p, "label,width\na,1\n"), "no numbered columns"),
    "letters.csv": (lambda p: write(p, "label,x0,x1\na,1,b\n"), "'x1' holds string, not numbers"),
    "hole.csv": (lambda p: write(p, "label,x0,x1\na,1,2\nb,3,\n"), "'x1', row 1: a number is missing"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_is_one_sentence(tmp_path, name):
    make, message = BAD[name]
    path = make(tmp_path / name)
    with pytest.raises(ValueError, match=message) as caught:
        read_table(path, ["label"])
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_no_column_of_that_name_for_the_vectors(tmp_path):
    with pytest.raises(ValueError, match=r"no column 'embed'.*nearest: embeddings"):
        read_table(npz(tmp_path / "a.npz", embeddings=X, label=Y), ["label"], "embed")
    with pytest.raises(ValueError, match="holds string, not vectors"):
        read_table(parquet(tmp_path / "a.parquet", embedding=vectors(), label=pa.array(Y)), ["label"], "label")
