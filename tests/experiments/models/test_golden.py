"""The golden table: what is trained and measured means what it did, or a version in recipes.py was raised.

`test_a_slip_fails_and_an_edit_without_effect_passes` shows that the guard works: run with `-m slow -s` for its table.
"""

import ast
import importlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from contrastive_claims.experiments.models import recipes

PATH = Path(__file__).with_name("golden.py")
ROOT = PATH.parents[3]


@pytest.fixture(scope="module")
def golden():
    sys.path.insert(0, str(PATH.parent))
    yield importlib.import_module("golden")
    sys.path.remove(str(PATH.parent))


@pytest.fixture
def recorded():
    return json.loads(PATH.with_name("golden.json").read_text())


def here(name):
    """Whether the entry can be computed: efficientnet-lite0 needs a package of an extra."""
    return name != "encoder/efficientnet-lite0" or importlib.util.find_spec("efficientnet_lite_pytorch") is not None


def test_nothing_moved_under_a_version_that_stayed(golden, recorded):
    said = golden.differences(recorded, golden.table(here), here)
    assert not said, "\n".join(said)


def test_every_version_has_entries(golden):
    named = {
        version
        for entry in golden.entries().values()
        if entry.raises != golden.EVERY_METHOD
        for version in entry.raises
    }
    groups = ("METHODS", "ENCODERS", "PENALTIES", "MEASUREMENTS")
    assert named == {f'{group}["{name}"]' for group in groups for name in getattr(recipes, group)}


def test_what_moved_is_named_with_the_version_to_raise(golden, recorded, monkeypatch):
    values = recorded["values"]
    found = {name: list(numbers) for name, numbers in values.items()}
    assert golden.differences(recorded, found) == []
    found["method/simclr: losses"][0] *= 1 + 1e-5  # rounding
    assert golden.differences(recorded, found) == []
    found["method/simclr: losses"][0] *= 1.001
    (said,) = golden.differences(recorded, found)
    assert said.startswith("method/simclr moved (losses[0] ") and golden.COMMAND in said
    assert 'raise METHODS["simclr"] in experiments/models/recipes.py, then rewrite the table' in said
    assert len(golden.unraised(recorded, found)) == 1
    monkeypatch.setitem(recipes.METHODS, "simclr", 2)
    assert golden.unraised(recorded, found) == []  # now it may be rewritten
    assert any(
        "other versions than the table was made at" in sentence for sentence in golden.differences(recorded, values)
    )


def test_whole_numbers_are_compared_exactly(golden, recorded):
    found = {name: list(numbers) for name, numbers in recorded["values"].items()}
    found["data/sets: training labels"][-1] += 1
    (said,) = golden.differences(recorded, found)
    assert "raise every version of METHODS" in said


def test_a_default_may_be_added_and_not_changed(golden, recorded):
    values = recorded["values"]
    changed = {**recorded, "defaults": {**recorded["defaults"], "Method.memory": 0.9}}
    (said,) = golden.differences(changed, values)
    assert "Method.memory has the default 0.97, not 0.9" in said and "raise every version" in said
    before = {name: value for name, value in recorded["defaults"].items() if name != "Method.memory"}
    (said,) = golden.differences({**recorded, "defaults": before}, values)
    assert "Method.memory is new with the default 0.97" in said


# The proof. A module: entries to compute, then the slip (old text, new text), then an edit without effect: a comment
# behind a line ("#"), a function that nobody calls ("+"), or a local to rename, in the syntax tree: so layout goes too.
EDITS = (
    ("experiments/training/methods.py", "method/",
     "temperature=method.temperature, validate=False", "validate=False", "valid"),
    ("experiments/training/methods.py", "method/simsiam",
     "torch.cat([second, first])", "torch.cat([first, second])", "+"),
    ("experiments/training/trainer.py", "schedule/", "factor(done)", "factor(done + 1)", "value"),
    ("experiments/training/methods.py", "method/", " * valid.to(weights.dtype)", "", "#"),
    ("experiments/training/methods.py", "penalty/",
     "else compared(method.name, features, embeddings)", "else features", "#"),
    ("experiments/training/trainer.py", "method/bcl",
     "boost_weights(memory", "1 - boost_weights(memory", "#"),
    ("experiments/training/batches.py", "method/",
     "for view in range(preset.method.views)", "for view in [0] * preset.method.views", "tables"),
    ("experiments/training/batches.py", "data/weights",
     "* counts[labels])", "* counts[labels] ** 0.5)", "+"),
    ("experiments/training/optimisers.py", "optimiser/",
     "betas=(spec.momentum, 0.999)", "betas=(0.999, spec.momentum)", "trust"),
    ("experiments/training/optimisers.py", "optimiser/lars",
     "(slope + decay * size)", "slope", "#"),
    ("experiments/training/optimisers.py", "schedule/",
     "step >= milestone * steps_per_epoch", "step > milestone * steps_per_epoch", "+"),
    ("experiments/training/encoders.py", "encoder/convnet",
     "math.sqrt(2 / inputs", "math.sqrt(1 / inputs", "inputs"),
    ("experiments/training/encoders.py", "method/simsiam", "affine=not last", "affine=True", "+"),
    ("experiments/training/encoders.py", "encoder/resnet18",
     "max(shape[1:]) <= LARGE", "max(shape[1:]) < 2 * LARGE", "#"),
    ("experiments/training/probe.py", "measurement/", "offsets - weights @ centre", "offsets", "centre"),
    ("experiments/training/probe.py", "measurement/harms",
     "return Head(weights,", "return Head(weights[::-1],", "+"),
    ("experiments/training/probe.py", "measurement/", "(1.0, 0.1, 0.01)", "(1.0, 0.1)", "#"),
    ("experiments/training/embedding.py", "measurement/held_out_embeddings",
     "compared(method, features, embeddings)", "embeddings.flatten(1)", "parts"),
    ("experiments/training/sets.py", "data/sets", "UNBIASED = 0.1", "UNBIASED = 0.2", "chosen"),
    ("theory/margins/distributed.py", "method/",
     "(weights * values).sum() / count", "(weights * values).mean()", "share"),
    ("experiments/training/streams.py", "method/sup-con view/flip", "WEIGHTS, ORDER = 0, 1", "WEIGHTS, ORDER = 0, 2", "#"),
    ("experiments/training/presets.py", "none", "memory: Share = 0.97", "memory: Share = 0.9", "+"),
    ("experiments/training/views/augment.py", "view/", "JITTERED = 0.8", "JITTERED = 0.5", "views"),
    ("experiments/training/views/augment.py", "view/", "0.2 * strength)", "0.1 * strength)", "#"),
    ("experiments/training/views/geometry.py", "view/",
     "strength.pad + 1).floor()", "strength.pad).floor()", "mirror"),
    ("experiments/training/views/geometry.py", "view/",
     "* height / width, shift_x", "* width / height, shift_x * 1.1", "+"),
    ("experiments/training/views/colour.py", "view/ boosting/",
     "(0.2989, 0.587, 0.114)", "(0.114, 0.587, 0.2989)", "spread"),
    ("experiments/training/views/boosting.py", "boosting/ method/bcl",
     "memory * before + (1 - memory) * losses)", "(1 - memory) * before + memory * losses)", "scaled"),
    ("experiments/training/views/boosting.py", "boosting/", "step // 2) // step", "step) // step", "+"),
    ("experiments/training/views/boosting.py", "boosting/", "(cut_out, 0, 0.4)", "(cut_out, 0, 0.2)", "#"),
    ("experiments/training/views/draws.py", "view/",
     "spawn_key=(purpose, epoch, view)", "spawn_key=(purpose, view, epoch)", "rows"),
    ("experiments/models/harms.py", "measurement/harms", "KEPT_PER_CLASS = 300", "KEPT_PER_CLASS = 200", "seen"),
    ("experiments/models/bias.py", "measurement/debiasing", "PER_CLASS = 2, 25", "PER_CLASS = 2, 24", "anchors"),
    ("experiments/models/bias.py", "measurement/probed", "PENALTY = 1.0", "PENALTY = 0.1", "+"),
    ("experiments/models/layers.py", "measurement/layer_cosines",
     "unit - unit.mean(axis=0)", "unit - unit.mean(axis=1, keepdims=True)", "hooks"),
    ("experiments/data/bias.py", "data/", "round(rho * len(members))", "int(rho * len(members))", "own"),
    ("experiments/data/corruptions.py", "data/", "np.float32(0.15) * (x - mean)", "np.float32(0.2) * (x - mean)", "#"),
    ("experiments/data/corruptions.py", "data/", "BLOCK = 1000", "BLOCK = 1024", "mud"),
    ("theory/margins/running.py", "loss/",
     "self.combine(self.total, other.total)", "other.total", "rounded"),
    ("theory/margins/running.py", "loss/ method/eps", "clamp_(min=floor)", "clamp_(min=0)", "#"),
    ("theory/margins/sweep.py", "loss/", "anchors.tiles[number:]", "anchors.tiles[number + 1 :]", "workers"),
    ("theory/margins/tiles.py", "loss/",
     "values = values.where(~torch.eye", "values = values.where(torch.eye", "parts"),
    ("theory/margins/pairs.py", "loss/",
     "(reference[at, None] - logits + epsilon).sigmoid_()", "(reference[at, None] - logits).sigmoid_()", "push"),
    ("theory/margins/pairs.py", "loss/margins", "block.logits, torch.inf)", "block.logits, 0)", "#"),
    ("theory/margins/dense.py", "loss/ method/eps",
     "ratio + math.exp(-epsilon)", "ratio + 1", "pull"),
    ("theory/margins/debiasing.py", "penalty/",
     "/ (count - 1).clamp(min=1)", "/ count.clamp(min=1)", "centred"),
    ("theory/margins/debiasing.py", "penalty/",
     "-mean[0, CONFLICTING], mean[1, ALIGNED]", "-mean[0, ALIGNED], mean[1, ALIGNED]", "+"),
    ("theory/margins/inputs.py", "method/ loss/", "temperature**-0.5", "temperature**-1", "scale"),
    ("theory/margins/distances.py", "measurement/debiasing", "flat**2", "flat", "kind"),
    ("theory/harms/collapse.py", "measurement/debiasing", "means - means.mean(axis=0)\n    norms",
     "means - means[1:].mean(axis=0)\n    norms", "norms"),
    ("theory/harms/representation.py", "measurement/ method/simclr",
     "-(shares * np.log(shares)).sum()", "-(shares * np.log2(shares)).sum()", "values"),
    ("theory/harms/samples.py", "measurement/layer_cosines",
     "/ part.sum(axis=-1)[..., None]", "/ len(values)", "members"),
)  # fmt: skip

# Runs in the copy, its only project: after each edit what it imports is imported anew.
DRIVER = """
import importlib, json, sys
from pathlib import Path
import sklearn.linear_model, torch, torchvision.models.resnet
sys.dont_write_bytecode = True
folder = Path("tests/experiments/models")
sys.path.insert(0, str(folder))
for line in sys.stdin:
    path, text, entries = json.loads(line)
    file = Path(path)
    before = file.read_text()
    file.write_text(text)
    for name in list(sys.modules):
        if name.split(".")[0] in ("golden", "golden_entries", "contrastive_claims"):
            del sys.modules[name]
    importlib.invalidate_caches()
    try:
        golden = importlib.import_module("golden")
        assert Path(sys.modules["contrastive_claims.experiments"].__file__).is_relative_to(Path.cwd())
        only = lambda name: name.startswith(tuple(entries.split()))
        said = golden.differences(json.loads(golden.RECORDED.read_text()), golden.table(only), only)
    except Exception as error:
        said = [f"error: {error!r}"]
    file.write_text(before)
    print(json.dumps(said), flush=True)
"""


def slipped(text, old, new):
    assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times"
    return text.replace(old, new)


def harmless(text, edit):
    if edit == "#":
        return re.sub(r"^(from __future__ .*)$", r"\1  # a comment", text, count=1, flags=re.M)
    if edit == "+":
        return text + "\n\ndef unused() -> int:\n    return 1\n"
    tree, renamed = ast.parse(text), 0
    for node in ast.walk(tree):
        assert edit not in (getattr(node, "arg", None), getattr(node, "name", None)), f"{edit} is more than a local"
        if isinstance(node, ast.Name) and node.id == edit:
            node.id, renamed = f"{edit}_by_another_name", renamed + 1
    assert renamed >= 2, f"{edit} occurs {renamed} times"
    return ast.unparse(tree)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """For each edit what the comparison said after the slip, and after the edit without effect."""
    copy = tmp_path_factory.mktemp("copy")
    for folder in ("theory", "experiments", "src", "tests/experiments/models"):
        ignored = shutil.ignore_patterns("__pycache__", "recorded")
        shutil.copytree(ROOT / folder, copy / folder, symlinks=True, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", copy)
    lines = []
    for path, entries, old, new, edit in EDITS:
        text = (ROOT / path).read_text()
        lines += [json.dumps((path, made, entries)) for made in (slipped(text, old, new), harmless(text, edit))]
    found = subprocess.run(
        [sys.executable, "-c", DRIVER],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy / "src")},
        input="\n".join(lines),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    said = [json.loads(line) for line in found.stdout.splitlines()]
    pairs = list(zip(said[::2], said[1::2], strict=True))
    print(f"\n{'module':42} {'slip':9} {'no effect':9} first entry that moved, of all that did")
    for (path, *_), (slip, nothing) in zip(EDITS, pairs, strict=True):
        words = ("passes" if not slip else "fails", "passes" if not nothing else "fails")
        print(f"{path:42} {words[0]:9} {words[1]:9} {(slip or ['-'])[0].split(' (')[0][:60]}, of {len(slip)}")
    return pairs


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(EDITS)), ids=[f"{path} {new[:30]}" for path, _, _, new, _ in EDITS])
def test_a_slip_fails_and_an_edit_without_effect_passes(outcomes, number):
    slip, nothing = outcomes[number]
    assert slip and not any(sentence.startswith("error") for sentence in slip), slip
    assert not nothing, nothing
