"""The snippet of docs/laws.md is a test file, and passes as one."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
SNIPPETS = re.findall(
    r"```python\n(import torch\nfrom contrastive_claims\.theory\.laws import .*?)```",
    (ROOT / "docs" / "laws.md").read_text(),
    flags=re.S,
)


def test_the_snippet_is_a_test_file_that_passes(tmp_path):
    (snippet,) = SNIPPETS
    (tmp_path / "test_mine.py").write_text(snippet)
    chosen = "rotation or closed or singleton"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_mine.py", "-k", chosen]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    )
    assert done.returncode == 0, done.stdout
    assert re.search(r"[1-9]\d* passed, [1-9]\d* skipped", done.stdout)
