"""Keys: what changes a result changes the key, however far down the imports it lies; comments and docstrings do not."""

import json
import subprocess
import sys
import textwrap

import pytest

from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.ledger import keys
from contrastive_claims.experiments.ledger.vocabulary import Claim
from contrastive_claims.experiments.verify import runner

FILES = {
    "__init__.py": '"""A package."""\n',
    "check.py": '''
        """A check."""
        import numpy
        from keylab import middle

        def check(run):
            """Docstring."""
            return middle.half(run)  # comment
    ''',
    "middle.py": """
        def half(x):
            from keylab.deep.callee import SCALE
            return x * SCALE
    """,
    "deep/__init__.py": "",
    "deep/callee.py": """
        from .. import sibling
        from .near import OFFSET
        SCALE = 0.5 + OFFSET

        class Thing:
            '''Docstring of a class.'''
            size = 1
    """,
    "deep/near.py": "OFFSET = 0\n",
    "sibling.py": "import keylab.last as renamed\n",
    "last.py": "VALUE = 1\n",
    "stranger.py": "VALUE = 1\n",
}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Writes a package that is first-party for this test; returns a function that edits a file and gives the fingerprint."""
    root = tmp_path / "keylab"
    for name, source in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(textwrap.dedent(source))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(keys, "FIRST_PARTY", ("keylab",))

    def fingerprint_after(name="", old="", new=""):
        if name:
            text = (root / name).read_text()
            assert old in text
            (root / name).write_text(text.replace(old, new, 1) if old else text + new)
        return keys.fingerprint(["keylab.check"])

    yield fingerprint_after
    assert not [name for name in sys.modules if name.startswith("keylab")]  # fingerprints run no code


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("check.py", "(run)  #", "(run, 1)  #"),
        ("middle.py", "x * SCALE", "x / SCALE"),
        ("deep/callee.py", "0.5", "0.25"),  # imported inside a function
        ("deep/callee.py", "size = 1", "size = 2"),
        ("deep/near.py", "0", "1"),  # relative import
        ("sibling.py", "renamed", "other"),  # relative import of a module
        ("last.py", "1", "2"),  # import a.b as c
        ("__init__.py", "", "FLAG = 1\n"),  # runs whenever anything of the package is imported
        ("deep/__init__.py", "", "FLAG = 1\n"),
        ("last.py", "1", "'1'"),
        ("last.py", "1", "1.0"),
    ],
)
def test_a_change_of_code_anywhere_below_changes_the_key(package, name, old, new):
    assert package() != package(name, old, new)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("check.py", "# comment", "# another comment"),
        ("check.py", "Docstring.", "A longer docstring."),
        ("check.py", "A check.", "The check."),
        ("deep/callee.py", "Docstring of a class.", "Other words."),
        ("deep/callee.py", "0.5 + OFFSET", "(0.5\n    + OFFSET)  # a new layout"),
        ("deep/near.py", "", "\n\n# a comment at the end\n"),
        ("__init__.py", "A package.", "Still a package."),
        ("last.py", "", '\n"""A string at the end is code, but this file has no docstring."""\n'),
        ("stranger.py", "1", "2"),  # nobody imports it
    ],
)
def test_comments_docstrings_layout_and_strangers_do_not(package, name, old, new):
    before, after = package(), package(name, old, new)
    assert (before == after) == (name != "last.py")


def test_a_docstring_added_or_removed_does_not(package):
    before = package()
    assert package("middle.py", "def half(x):\n", 'def half(x):\n    """New."""\n') == before
    assert package("check.py", '    """Docstring."""\n', "") == before


def test_a_new_import_and_a_renamed_module_do(package):
    before = package()
    with_stranger = package("last.py", "", "import keylab.stranger\n")
    assert with_stranger != before
    assert package("stranger.py", "1", "2") != with_stranger


def test_a_package_s_own_relative_imports_count(package):
    before = package("deep/__init__.py", "", "from . import near\nfrom ..stranger import VALUE\n")
    assert package("stranger.py", "1", "2") != before
    near = package()
    assert package("deep/near.py", "0", "1") != near


def test_each_module_of_ours_is_read_once_and_no_other(package, monkeypatch):
    package("last.py", "", "import keylab.check\nimport scipy\n")  # round and round
    read, source_of = [], keys.source_of
    monkeypatch.setattr(keys, "source_of", lambda name: read.append(name) or source_of(name))
    package()
    parts = ("check", "middle", "deep", "deep.callee", "deep.near", "sibling", "last")
    modules = {"keylab", *(f"keylab.{name}" for name in parts)}
    assert {name for name in read if source_of(name)} == modules
    assert all(read.count(name) == 1 for name in modules) and not [
        name for name in read if not name.startswith("keylab")
    ]


def test_the_source_of_what_is_no_module_of_a_package_is_none(package, tmp_path):
    (tmp_path / "keylab_alone.py").write_text("")
    assert keys.source_of("keylab.deep.near") == tmp_path / "keylab" / "deep" / "near.py"
    assert keys.source_of("keylab.deep") == tmp_path / "keylab" / "deep" / "__init__.py"
    assert keys.source_of("keylab") == tmp_path / "keylab" / "__init__.py"
    for name in ("keylab.deep.near.OFFSET", "keylab.none", "keylab_nowhere.a", "keylab_alone", "keylab_alone.a"):
        assert keys.source_of(name) is None


def test_what_a_check_really_imports_is_in_its_fingerprint(monkeypatch):
    """The modules that Python loads for each check module are among those whose source was read."""
    modules = sorted({claim.check.partition(":")[0] for claim in CLAIMS if claim.check})
    code = (
        "import importlib, json, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        f"print(json.dumps([n for n in sys.modules if n.split('.')[0] in {keys.FIRST_PARTY!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    read = set()
    source_of = keys.source_of
    monkeypatch.setattr(keys, "source_of", lambda name: read.add(name) or source_of(name))
    keys.fingerprint(modules)
    assert set(json.loads(done.stdout)) <= read


CLAIM = Claim(
    "X",
    "nowhere",
    "so",
    check="contrastive_claims.experiments.claims.random_anchors:anchors",
    control="wrong",
    data=("digits",),
)


@pytest.fixture
def key(monkeypatch):
    monkeypatch.setattr(runner, "checksum", lambda name: f"sum of {name}")
    return runner.claim_key(CLAIM, "quick", "cpu")


def test_the_key_holds_configuration_data_versions_and_device(key, monkeypatch):
    from dataclasses import replace

    assert runner.claim_key(CLAIM, "quick", "cpu") == key
    assert runner.claim_key(CLAIM, "standard", "cpu") != key
    assert runner.claim_key(CLAIM, "quick", "cuda") != key
    exactly = "contrastive_claims.experiments.claims.random_anchors:exactly"
    assert runner.claim_key(replace(CLAIM, check=exactly), "quick", "cpu") != key
    assert runner.claim_key(replace(CLAIM, data=()), "quick", "cpu") != key
    assert (
        runner.claim_key(
            replace(CLAIM, statement="in other words", control="said otherwise", share=9.0), "quick", "cpu"
        )
        == key
    )
    monkeypatch.setattr(runner, "checksum", lambda name: "other bytes")
    assert runner.claim_key(CLAIM, "quick", "cpu") != key


@pytest.mark.parametrize("library", keys.LIBRARIES)
def test_every_numerical_library_s_version_is_in_the_key(key, monkeypatch, library):
    changed = {**keys.versions(), library: "0.0.1"}
    monkeypatch.setattr(keys, "versions", lambda: changed)
    assert runner.claim_key(CLAIM, "quick", "cpu") != key


def test_digests_are_canonical_and_strict():
    assert keys.digest({"a": 1, "b": [2, None]}) == keys.digest({"b": [2, None], "a": 1})
    assert keys.digest(1) != keys.digest("1") != keys.digest([1])
    with pytest.raises(ValueError):
        keys.digest({"a": float("nan")})
    with pytest.raises(TypeError):
        keys.digest({"a": object()})


def test_the_checksum_of_absent_data_is_its_own(monkeypatch):
    def absent(name):
        raise runner.DataAbsent(name)

    monkeypatch.setattr(runner, "checksum_of", absent)
    runner.checksum.cache_clear()
    try:
        assert runner.checksum("digits") == "absent"
    finally:
        runner.checksum.cache_clear()


def test_the_commit_is_marked_when_any_source_differs(tmp_path, monkeypatch):
    def git(*arguments):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", "-C", str(tmp_path), *identity, *arguments], check=True, capture_output=True)

    for name in ("experiments", "theory"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.py").write_text("1\n")
    monkeypatch.setattr(keys, "__file__", str(tmp_path / "experiments" / "ledger" / "keys.py"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert keys.commit() == ""
    git("init", "-q")
    assert keys.commit() == ""  # no commit yet
    git("add", ".")
    git("commit", "-qm", "first")
    head = keys.commit()
    assert len(head) == 40
    (tmp_path / "theory" / "a.py").write_text("2\n")
    assert keys.commit() == head + "+"
    # installed into a folder of that repository, its commit would say nothing of this project
    monkeypatch.setattr(keys, "__file__", str(tmp_path / "venv" / "site" / "experiments" / "ledger" / "keys.py"))
    (tmp_path / "venv" / "site").mkdir(parents=True)
    assert keys.commit() == ""
