"""Any bytes into every reader of files: what was written, or a named error that names the file.

Files are sound ones with bytes changed, cut, inserted and doubled, or bytes of no meaning.
"""

import json
import math
import os
import random
import signal
import warnings

import numpy as np
import pytest
import torch

from contrastive_claims.experiments.audit.reading import read_table
from contrastive_claims.experiments.data import remembered
from contrastive_claims.experiments.data.attributes import attributes_of
from contrastive_claims.experiments.ledger import declared, records
from contrastive_claims.experiments.prove import record as proofs
from contrastive_claims.experiments.simulate import model as simulation
from contrastive_claims.experiments.training import checkpoint, presets, runs
from tests.fuzz.inputs import FOR_FUNCTIONS, INPUTS, SECONDS, tried

FEW = 4
ERRORS = (records.RecordError, checkpoint.CheckpointError, runs.RunError, ValueError)

RECORD = records.sealed(
    {
        "id": "X", "scale": "quick", "verdict": "HOLDS", "here": "", "setting": "", "exploratory": None, "rests_on": [],
        "method": "numerical", "numbers": {"x": {"value": 0.5, "low": 0.0, "high": 1.0, "unit": "nats"}}, "seeds": [1],
        "control": {"variant": "wrong", "rejected": True, "numbers": {}, "certificate_passed": False}, "models": [],
        "positive_control": None, "provenance": {"key": "k"}, "reason": "", "witness": "",
    }
)  # fmt: skip


def write_arrays(path):
    records.save_arrays(path, {"embeddings": np.arange(12.0).reshape(6, 2), "label": np.array(list("aabbcc"))})


def write_parquet(path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"embeddings": [[0.0, 1.0]] * 6, "label": list("aabbcc")}), path)


def write_safetensors(path):
    from safetensors.numpy import save_file

    save_file({"embeddings": np.ones((6, 2), np.float32), "label": np.arange(6)}, path)


def text(content):
    return lambda path: path.write_text(content)


def table(path):
    return read_table(path, ["label"])


def attributes(path):
    images = [path.parent / name for name in ("a.png", "b.png")]
    return attributes_of(images, [path.parent], path, "sex", lambda names: names[0])


SHIPPED = presets.FOLDER
MODEL = (
    "shares = [0.4, 0.6]\nconnectivity = [[0.9, 0.1], [0.1, 0.9]]\ntemperature = 0.5\n[graphs]\nnodes = 40\nseeds = 3\n"
)
DECLARATION = {
    "claim": "A",
    "scale": "quick",
    "digest": "d",
    "date": "2026-01-01T00:00:00Z",
    "commit": "c",
    "seal": "s",
}
# name of the file -> how a sound one is written, how it is read
READERS = {
    "X.json": (text(json.dumps({"schema": 2, **RECORD})), lambda path: records.load(path.parent, "X", "quick")),
    "old/X.json": (
        text(
            json.dumps({"schema": 1, "id": "X", "scale": "quick", "verdict": "PROVED", "provenance": {}, "models": []})
        ),
        lambda path: records.load(path.parent, "X", "quick"),
    ),
    "certificate.json": (text('{"claim": "A1", "steps": []}'), records.read_json),
    "arrays.npz": (write_arrays, records.load_arrays),
    "declared.jsonl": (text(json.dumps(DECLARATION) + "\n"), declared.read),
    "proofs.json": (text('{"schema": 1, "date": "d", "coq": "8", "proofs": {}}'), lambda path: proofs.load()),
    "checkpoint.safetensors": (
        lambda path: checkpoint.save_checkpoint(path, {"a": torch.ones(2)}, {"epoch": 1}),
        checkpoint.load_checkpoint,
    ),
    "result.json": (
        text('{"schema": "contrastive-claims run 2", "digest": ""}'),
        lambda path: runs.load_result(path.parent),
    ),
    "table.npz": (write_arrays, table),
    "table.parquet": (write_parquet, table),
    "table.csv": (text("label,x0,x1\na,1,2\nb,3,4\n"), table),
    "table.safetensors": (write_safetensors, table),
    "attributes.csv": (text("file,sex\na.png,f\nb.png,m\n"), attributes),
    "model.toml": (text(MODEL), lambda path: simulation.read(str(path))),
    "digits.toml": (
        lambda path: path.write_bytes((SHIPPED / "digits.toml").read_bytes()),
        lambda path: presets.load_preset("digits"),
    ),
    "checksums.json": (text('{"/data": {"sha256": "0", "date": "2026-01-01"}}'), remembered._read),
}


class Hangs(BaseException):
    pass


def changed(content, draw):
    """Some bytes of a file made others."""
    if draw.random() < 0.1:
        return draw.randbytes(draw.randrange(200))
    other = bytearray(content)
    for _ in range(draw.choice((1, 1, 1, 3, 10))):
        place = draw.randrange(len(other) + 1)
        match draw.randrange(6):
            case 0 if other:
                other[place % len(other)] ^= 1 << draw.randrange(8)
            case 1 if other:
                other[place % len(other)] = draw.randrange(256)
            case 2:
                del other[place:]
            case 3:
                other[place:place] = draw.choice(
                    (b"1e999", b"NaN", b"[" * 2000, b'"', b"\x00", b"\xff\xfe", b"-", b"9" * 400)
                )
            case 4:
                other[place:place] = other[: draw.randrange(len(other) + 1)]
            case _:
                del other[place : place + draw.randrange(1, 20)]
    return bytes(other)


def attempt(name, folder, number):
    """What is wrong with reading a changed file, in words; "" for nothing."""
    write, read = READERS[name]
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    write(path)
    path.write_bytes(changed(path.read_bytes(), random.Random(number)))

    def stop(*_):
        raise Hangs

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read(path)
    except ERRORS as error:
        said = str(error)
        named = path.name in said or path.stem in said
        return "" if named else f"an error that does not name the file: {type(error).__name__}: {said}"
    except Hangs:
        return f"no answer in {SECONDS} s"
    except Exception as error:  # noqa: BLE001 (any other is the finding)
        return f"{type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    return ""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where files are written; the record of proofs is looked for there."""
    with pytest.MonkeyPatch.context() as patch:
        made = tmp_path_factory.mktemp("read")
        patch.setattr(records, "RECORDED", made)
        patch.setattr(presets, "FOLDER", made)
        patch.setattr(os, "fsync", lambda handle: None)
        yield made


@pytest.mark.parametrize("name", READERS)
@tried(FEW)
def test_a_few_files(name, folder, number):
    assert attempt(name, folder, number) == ""


@pytest.mark.fuzz
@pytest.mark.parametrize("name", READERS)
@tried(math.ceil(INPUTS * (1 - FOR_FUNCTIONS) / len(READERS)))
def test_many_files(name, folder, number):
    assert attempt(name, folder, number) == ""
