"""A million rows of 128 numbers: seconds and memory above the imported process, in a process of its own.

Run as a program it prints them. Seconds are the processor's, which other work on the machine hardly changes.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROWS, WIDTH, GROUPS = 1_000_000, 128, 10
MEASURED = """
import json, re, sys, time
from pathlib import Path
import pyarrow.parquet, scipy.sparse, sklearn, torch
import contrastive_claims.theory.margins
from contrastive_claims.experiments.audit.files import audit_files
def memory(line):  # of this process alone: what getrusage calls the peak begins with its parent's
    return int(re.search(line + r":\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 2**20
before, wall, own = memory("VmRSS"), time.time(), time.process_time()
report = audit_files([Path(sys.argv[1])], "label", bias="bias")[0]
told = {"wall": time.time() - wall, "processor": time.process_time() - own, "gigabytes": memory("VmHWM") - before}
print(json.dumps(told | {"rows": report["sizes"]["rows"], "anchors": report["sizes"]["anchors"]}))
"""


def made(path):
    generator = np.random.default_rng(0)
    codes = generator.integers(GROUPS, size=ROWS)
    means = generator.standard_normal((GROUPS, WIDTH), dtype=np.float32)
    rows = means[codes] + 2 * generator.standard_normal((ROWS, WIDTH), dtype=np.float32)
    labels = np.array([f"class {k}" for k in range(GROUPS)])[codes]
    bias = np.where(generator.random(ROWS) < 0.9, codes % 2, 1 - codes % 2)
    if path.suffix == ".npz":
        np.savez(path, embeddings=rows, label=labels, bias=bias)
    else:
        vectors = pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel()), WIDTH)
        pq.write_table(pa.table({"embedding": vectors, "label": labels, "bias": bias}), path)


def measured(path):
    made(path)
    done = subprocess.run([sys.executable, "-c", MEASURED, str(path)], capture_output=True, text=True, check=True)
    path.unlink()
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from Linux's /proc")
@pytest.mark.parametrize("name", ["million.npz", "million.parquet"])
def test_three_minutes_and_three_gigabytes_are_enough(tmp_path, name):
    found = measured(tmp_path / name)
    assert found["rows"] == ROWS and found["anchors"] == 4090
    assert found["processor"] <= 180 and found["gigabytes"] <= 3, found


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        for kind in ("npz", "parquet"):
            print(kind, measured(Path(folder) / f"million.{kind}"), flush=True)
