"""Golden values: what tiny networks come out as, by method, encoder, penalty, measurement and every part that they share.

`table()` computes them (the questions are in golden_entries.py), `golden.json` holds them as they were when the versions of
experiments/models/recipes.py were last raised, `differences` says what moved. To rewrite the file:

    python tests/experiments/models/golden.py             refuses to where a value moved under a version that stayed
    python tests/experiments/models/golden.py --accept    moved by other libraries, or the entry is asked another question
    python tests/experiments/models/golden.py --check     only say what moved

A list of ints is compared exactly (labels, indices, bytes: NumPy's generators and integer arithmetic repeat on every
machine), one of floats up to its entry's tolerance times its largest number: float32 sums in another order.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from golden_entries import EVERY_METHOD, Numbers, entries, made
from pydantic_core import to_jsonable_python

from contrastive_claims.experiments.models import recipes
from contrastive_claims.experiments.training import sets
from contrastive_claims.experiments.training.presets import Section

RECORDED = Path(__file__).with_name("golden.json")
COMMAND = "python tests/experiments/models/golden.py"


def table(only: Callable[[str], bool] = lambda name: True) -> dict[str, Numbers]:
    """Every entry's parts, by "entry: part", on one thread (but for the tiled pair engine)."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with patch.object(sets, "load", made):
            return {
                f"{name}: {part}": numbers
                for name, entry in entries().items()
                if only(name)
                for part, numbers in entry.compute().items()
            }
    finally:
        torch.set_num_threads(threads)


def differences(
    recorded: Mapping[str, Any], found: Mapping[str, Numbers], only: Callable[[str], bool] = lambda name: True
) -> list[str]:
    """One sentence for each version to raise or each part of the file that is out of date; none where all agrees."""
    said = []
    if recorded["versions"] != recipes.all_versions():
        said.append(f"recipes.py has other versions than the table was made at: rewrite the table with `{COMMAND}`")
    for name, default in defaults().items():
        before = recorded["defaults"].get(name, "absent")
        if before == "absent":
            said.append(
                f"{name} is new with the default {default!r}: if that means as before, rewrite the table with `{COMMAND}`"
            )
        elif before != default:
            said.append(
                f"{name} has the default {default!r}, not {before!r}, and names of records leave defaults out: "
                f"raise every version in experiments/models/recipes.py, then `{COMMAND} --accept`"
            )
    said += [f"{name} is no longer a setting: `{COMMAND}`" for name in recorded["defaults"].keys() - defaults().keys()]
    known = entries()
    for name, entry in known.items():
        if only(name) and (parts := moved(name, entry.tolerance, recorded["values"], found)):
            raised = "every version of METHODS" if entry.raises == EVERY_METHOD else ", ".join(entry.raises)
            advice = f"raise {raised} in experiments/models/recipes.py, then " if raised else "no record uses it, so "
            said.append(f"{name} moved ({'; '.join(parts)}): {advice}rewrite the table with `{COMMAND}`")
    gone = {name.split(": ")[0] for name in recorded["values"]} - known.keys()
    return said + [f"{name} is recorded and no longer computed: `{COMMAND} --accept`" for name in sorted(gone)]


def moved(name: str, tolerance: float, recorded: Mapping[str, Numbers], found: Mapping[str, Numbers]) -> list[str]:
    """The parts of an entry that are not what was recorded, each with the first number that differs."""
    said = []
    for part in sorted(part for part in recorded.keys() | found.keys() if part.startswith(f"{name}: ")):
        before, now = recorded.get(part), found.get(part)
        short = part.removeprefix(f"{name}: ")
        if before is None or now is None or len(before) != len(now):
            said.append(f"{short}: {'not recorded' if before is None else 'of another size'}")
            continue
        exact = all(isinstance(number, int) for number in before)
        room = 0 if exact else tolerance * max(abs(number) for number in before)
        far = [k for k, (a, b) in enumerate(zip(before, now, strict=True)) if not abs(a - b) <= room]
        if far:
            said.append(f"{short}[{far[0]}] {before[far[0]]!r} -> {now[far[0]]!r}")
    return said


def defaults() -> dict[str, Any]:
    """The default of every setting, "required" where there is none."""
    return {
        f"{section.__name__}.{name}": "required"
        if field.is_required()
        else to_jsonable_python(field.get_default(call_default_factory=True))
        for section in sorted(Section.__subclasses__(), key=lambda section: section.__name__)
        for name, field in section.model_fields.items()
    }


def main(arguments: list[str]) -> int:
    """See the module; names after the options are beginnings of the entries to compute, for --check only."""
    names = tuple(argument for argument in arguments if not argument.startswith("--"))

    def only(name: str) -> bool:
        return not names or name.startswith(names)

    recorded = json.loads(RECORDED.read_text()) if RECORDED.exists() else {"versions": {}, "defaults": {}, "values": {}}
    if "--check" in arguments:
        said = differences(recorded, table(only), only)
        print("\n".join(said))
        return bool(said)
    found = table()
    if "--accept" not in arguments and (kept := unraised(recorded, found)):
        print("not rewritten:", *kept, sep="\n")
        return 1
    values = ",\n".join(f"  {json.dumps(name)}: {json.dumps(numbers)}" for name, numbers in found.items())
    head = json.dumps({"versions": recipes.all_versions(), "defaults": defaults()}, indent=1)
    RECORDED.write_text(f'{head[:-2]},\n "values": {{\n{values}\n }}\n}}\n')
    return 0


def unraised(recorded: Mapping[str, Any], found: Mapping[str, Numbers]) -> list[str]:
    """What moved though a version that it names is still the one recorded."""
    said = [
        f"the default of {name} changed: raise every version, and `{COMMAND} --accept`"
        for name, default in defaults().items()
        if recorded["defaults"].get(name, default) != default
    ]
    for name, entry in entries().items():
        known = any(part.startswith(f"{name}: ") for part in recorded["values"])
        if not known or not moved(name, entry.tolerance, recorded["values"], found):
            continue
        for version in entry.raises:
            group, key = version.rstrip('"]').split('["')
            if recorded["versions"][group.lower()].get(key) == getattr(recipes, group)[key]:
                said.append(f"{name} moved: raise {version} in experiments/models/recipes.py, or `{COMMAND} --accept`")
    return said


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
