"""Docstrings of installed packages, the corpus where there is no other: parsed and never run, and the same for the same files."""

import pytest

from contrastive_claims.experiments.data.locations import DataAbsent
from contrastive_claims.experiments.text import corpora

SOURCE = '''"""Of the module: not taken."""
raise RuntimeError("this is never run")

def first(x):
    """Sums the {0} entries
    row after row.

    Later paragraphs are left out."""

class Second:
    """Holds many {0} columns together."""

    def bare(self): return 1
'''


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """Two packages made of one file each, and files that are no source of docstrings."""
    for name, word in (("onepkg", "sparse"), ("twopkg", "dense")):
        folder = tmp_path / name
        (folder / "tests").mkdir(parents=True)
        (folder / "__init__.py").write_text("")
        (folder / "main.py").write_text(SOURCE.format(word))
        (folder / "tests" / "test_main.py").write_text('def f():\n    """Tests are not taken either."""\n')
        (folder / "broken.py").write_text("def f(:\n")
        (folder / "latin.py").write_bytes(b'def f():\n    """caf\xe9"""\n')
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(corpora, "PACKAGES", ("onepkg", "twopkg"))
    return tmp_path


def test_first_paragraphs_of_functions_and_classes_are_taken(packages):
    found = [(place, " ".join(text.split())) for place, text in corpora.docstrings("onepkg")]
    assert found == [
        ("main.py", "Sums the sparse entries row after row."),
        ("main.py", "Holds many sparse columns together."),
    ]
    assert list(corpora.docstrings("no_such_package")) == []


def test_packages_are_the_groups_and_the_checksum_follows_their_texts(packages):
    found = corpora.of_docstrings([])
    assert found.groups == ("onepkg", "twopkg") and "sums sparse entries row row" in found.texts
    assert corpora.of_docstrings([]).checksum == found.checksum
    (packages / "twopkg" / "main.py").write_text(SOURCE.format("broad"))
    assert corpora.of_docstrings([]).checksum != found.checksum


def test_one_package_is_too_few(packages, monkeypatch):
    monkeypatch.setattr(corpora, "PACKAGES", ("onepkg", "no_such_package"))
    with pytest.raises(DataAbsent, match="fewer than two of the packages"):
        corpora.of_docstrings([])
