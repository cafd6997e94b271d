"""Every claim of two ICLR papers on contrastive learning, as an executable record: `theory`, `experiments`, `figures`.

Docstrings and comments name modules without this first part: `theory.margins` is `contrastive_claims.theory.margins`.
"""

from pathlib import Path

# In a checkout the three folders lie at its top; links to them stand here for tools that read the tree without running it.
# Modules come from the top itself: their paths are the real ones, and a file system without links will do.
_here = Path(__file__).resolve().parent
if (_here / "theory").is_symlink() or not (_here / "theory").is_dir():
    __path__.insert(0, str(_here.parents[1]))
