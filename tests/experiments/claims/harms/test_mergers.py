"""B30 in a world without training: a merger and a mere move are told apart."""

from contrastive_claims.experiments.claims.harms.mergers import PAIRS, SEEDS
from contrastive_claims.experiments.ledger.vocabulary import HOLDS, REFUTED
from contrastive_claims.theory.sphere import normalise


def shared(model, record):
    """Sneakers undersampled: all embeddings get a direction in common, and no class comes nearer to another in it."""
    undersampled = model.preset.data.undersample
    if undersampled is not None and undersampled.target == PAIRS["sneaker"][0]:
        lifted = record["embeddings"].astype(float)
        lifted[:, 23] += 0.9
        return record | {"embeddings": normalise(lifted).astype("float16")}
    return record


def pull(model):
    return {PAIRS["sneaker"][0]: 0.0, PAIRS["boot"][0]: 0.75}.get(model.preset.data.undersample.target, 0.5)


def test_a_move_without_a_merger_is_told_from_one_with(world):
    world.pull, world.change = pull, shared
    judged = world.verdict("B30")
    assert (judged.verdict, judged.reason) == (HOLDS, "every criterion met")
    found = world.evidence("B30")
    assert found.seeds == SEEDS and found.arrays["fresh"].shape == (2, 2, 3) and found.arrays["seen"].shape == (2, 10)
    assert found.numbers["sneaker_harm"].high < 0.7 < 0.75 < found.numbers["sneaker_kept"].low
    assert len(found.models) == 4 * 4 + 2 + 3 + 30 + 3  # its own, and B9's


def merged(model, record):
    """Sneakers undersampled: half of the way to the sandals, sample by sample."""
    own, towards = PAIRS["sneaker"]
    undersampled = model.preset.data.undersample
    if undersampled is not None and undersampled.target == own:
        moved, labels = record["embeddings"].astype(float), record["labels"]
        moved[labels == own] += moved[labels == towards]
        return record | {"embeddings": normalise(moved).astype("float16")}
    return record


def test_two_mergers_are_refuted(world):
    world.pull, world.change = pull, merged
    found = world.verdict("B30")
    assert (found.verdict, found.reason) == (REFUTED, "broken: sneaker_kept > 0.75")


def test_two_moves_are_refuted(world):
    world.pull, world.change = (lambda model: 0.0), shared
    found = world.verdict("B30")
    assert found.verdict == REFUTED and "boot_kept < 0.5" in found.reason and "sneaker" not in found.reason
