"""The encoders of the harm study (B9), by their committed records: leans of undersampled classes, none of balanced ones.

Run as a program it prints what was found.
"""

from itertools import permutations

import numpy as np
import pytest

from contrastive_claims.experiments.claims.harms.pairs import FACTOR, OTHER_SPLIT, points, undersampled, without_harm
from contrastive_claims.experiments.claims.harms.representation import CLASSES, PRESET
from contrastive_claims.experiments.ledger import records
from contrastive_claims.experiments.models.harms import harms
from contrastive_claims.experiments.models.shared import whole
from contrastive_claims.experiments.models.store import Model, record_name
from contrastive_claims.experiments.training.presets import load_preset
from contrastive_claims.theory.harms import centre_angles, class_cosines, leans

SEEDS = (1, 2, 3)


def angles(preset, seed, split):
    """Angles between the classes of one encoder; None where no record of it is committed."""
    path = records.RECORDED / "models" / record_name(Model(preset, seed, split), harms)
    record = whole(records.load_arrays(path), path.parent) if path.exists() else None
    return None if record is None else centre_angles(class_cosines(points(record), record["labels"].astype(int)))


def study():
    """(audits of balanced encoders against each other, those with a lean; audits of undersampled ones, what leans in each)."""
    preset = load_preset(PRESET)
    every = [(seed, seed + other) for seed in range(1, 10) for other in (0, OTHER_SPLIT)]
    balanced = {model: found for model in every if (found := angles(without_harm(preset), *model)) is not None}
    alarms = [leans(balanced[one] - balanced[other]).found.any() for one, other in permutations(balanced, 2)]
    found = {}
    for target in range(len(CLASSES)):
        for seed in SEEDS:
            here = angles(undersampled(preset, target, FACTOR), seed, seed)
            found[target, seed] = np.argwhere(leans(balanced[seed, seed] - here).found).tolist()
    alone = [leans(-each).found.any() for each in balanced.values()]
    return alarms, alone, found


@pytest.mark.slow
def test_balanced_encoders_lean_rarely_and_undersampled_ones_on_their_neighbours():
    alarms, alone, found = study()
    assert len(alarms) == 240 and sum(alarms) <= 12 and not any(alone)
    seen = {case: pairs for case, pairs in found.items() if pairs}
    assert len(seen) >= 12
    assert all(target in pair for (target, _), pairs in seen.items() for pair in pairs[:1])
    boots, sneakers = CLASSES.index("ankle boot"), CLASSES.index("sneaker")
    assert all([boots, sneakers] in found[boots, seed] for seed in SEEDS)


if __name__ == "__main__":
    alarms, alone, found = study()
    print(f"balanced encoders against each other: a lean in {sum(alarms)} of {len(alarms)}")
    print(f"balanced encoders without a baseline: a lean in {sum(alone)} of {len(alone)}")
    print(f"undersampled against balanced: a lean in {sum(map(bool, found.values()))} of {len(found)}")
    for (target, seed), pairs in found.items():
        for i, j in pairs:
            print(f"  {CLASSES[target]} undersampled, seed {seed}: {CLASSES[i]} leans on {CLASSES[j]}")
