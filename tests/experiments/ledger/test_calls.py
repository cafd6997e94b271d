"""What a check really calls: what it uses counts, however it is imported; what stands beside it does not."""

import importlib
import sys
import textwrap

import pytest

from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.ledger import calls, keys
from contrastive_claims.experiments.ledger.vocabulary import Run

FILES = {
    "__init__.py": "",
    "check.py": """
        import callslab.whole as whole
        from callslab import deep, middle
        from callslab.middle import half, unused

        def check(run):
            from callslab.late import later
            return half(run) + deep.near.SCALE + middle.Thing().value + later() + whole.first

        def beside(run):
            return unused(run)
    """,
    "middle.py": """
        FACTOR = 0.5
        def half(x):
            return x * FACTOR
        def unused(x):
            return x
        class Thing:
            def value(self):
                return helper()
        def helper():
            return 1
    """,
    "deep/__init__.py": "from callslab.deep import near\n",
    "deep/near.py": "SCALE, OTHER = 1, 2\nLONE = 3\n",
    "late.py": "from callslab.stop.inner import trained\ndef later():\n    return trained()\n",
    "whole.py": "first = 1\nprint\n",
    "stop/__init__.py": "",
    "stop/inner.py": "def trained():\n    return 1\n",
}


@pytest.fixture
def lab(tmp_path, monkeypatch):
    root = tmp_path / "callslab"
    for name, source in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(textwrap.dedent(source))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(keys, "FIRST_PARTY", ("callslab",))

    def after(name="", old="", new=""):
        if name:
            text = (root / name).read_text()
            assert old in text
            (root / name).write_text(text.replace(old, new, 1) if old else text + new)
        calls._parsed.cache_clear()
        calls._look.cache_clear()
        return calls.reached("callslab.check:check", ("callslab.stop",))

    yield after
    calls._parsed.cache_clear()
    calls._look.cache_clear()


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("check.py", "+ later()", "- later()"),
        ("middle.py", "FACTOR = 0.5", "FACTOR = 0.25"),  # a constant of what is called
        ("middle.py", "return helper()", "return -helper()"),  # a method of a class that is made
        ("middle.py", "return 1", "return 2"),  # what that method calls
        ("deep/near.py", "SCALE, OTHER = 1, 2", "SCALE, OTHER = 1, 3"),  # through a package's own import
        ("late.py", "return trained()", "return -trained()"),  # imported inside a function
        ("whole.py", "print", "len"),  # a statement that runs when the module is imported
    ],
)
def test_what_is_called_counts(lab, name, old, new):
    assert lab().code != lab(name, old, new).code


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("check.py", "return unused(run)", "return 1"),  # another function of the module
        ("middle.py", "    return x\n", "    return -x\n"),  # imported and not used
        ("middle.py", "", "\ndef appended():\n    return 3\n"),
        ("deep/near.py", "LONE = 3", "LONE = 4"),
        ("middle.py", "return helper()", "'''Docstring.'''\n        return helper()  # comment"),
        ("stop/inner.py", "return 1", "return 2"),  # behind the stop
    ],
)
def test_what_is_not_called_does_not(lab, name, old, new):
    assert lab().code == lab(name, old, new).code


def test_where_the_search_stops_is_told(lab):
    assert lab().stopped == {"callslab.stop"}
    assert calls.reached("callslab.check:beside", ("callslab.stop",)).stopped == frozenset()
    with pytest.raises(ValueError, match=r"there is no function callslab\.check:nowhere"):
        calls.reached("callslab.check:nowhere")


@pytest.mark.parametrize("claim_id", ["A1", "A6", "A10", "A21", "B4", "B25"])
def test_every_function_that_a_check_runs_is_reached(claim_id):
    """The search by syntax against what Python's profiler sees of a real check."""
    claim = next(claim for claim in CLAIMS if claim.id == claim_id)
    module, _, name = claim.check.partition(":")
    check = getattr(importlib.import_module(module), name)
    ran = set()

    def note(frame, event, _):
        if event == "call" and (where := frame.f_globals.get("__name__", "")).split(".")[0] in keys.FIRST_PARTY:
            ran.add(f"{where}:{frame.f_code.co_qualname.split('.')[0]}")

    sys.setprofile(note)
    try:
        check(Run())
    finally:
        sys.setprofile(None)
    reached = calls.reached(claim.check)
    missing = {name for name in ran if name not in reached.code and "<" not in name and ":__" not in name}
    assert ran and not missing


def test_digits_do_not_follow_the_losses():
    """B9's encoders are named by their recipes: an edit in theory.margins leaves its key alone."""
    claim = next(claim for claim in CLAIMS if claim.id == "B9")
    found = calls.reached(claim.check, ("contrastive_claims.experiments.models",))
    assert found.stopped and not [name for name in found.code if name.startswith("contrastive_claims.theory.margins")]
