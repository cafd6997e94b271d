"""Text encoders in pairs, as paper B compares them: per seed a balanced one, and others that saw one group undersampled.

As claims.harms.pairs has them for images: the encoders of a seed share initial weights and training sample; partners are
declared by balanced encoders of other seeds. The reference without harm saw as many texts taken away, drawn from all groups
alike (labels shuffled).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contrastive_claims.experiments.claims.harms.pairs import Neighbours, Record, declare
from contrastive_claims.experiments.ledger.vocabulary import Run
from contrastive_claims.experiments.models.store import Measure, measured, record_name
from contrastive_claims.experiments.text.models import TextModel, text_harms
from contrastive_claims.experiments.text.presets import TextPreset
from contrastive_claims.experiments.training.presets import Undersample

SEEDS = (1, 2, 3, 4, 5)
DECLARING_SEEDS = (6, 7)
# B13t's, which was worded after SEEDS had shown it, before these were trained.
LATER_SEEDS = (8, 9, 10, 11, 12)
FACTOR = 100.0


@dataclass(frozen=True)
class TextStudy:
    """Records by paired seed [S]: `balanced`; `harmed` for each undersampled group; `shuffled`: of encoders from whose
    training set as many texts were taken, of all groups. `declared`: partners, by other seeds. `names`: of all record files,
    `compared`: without the declaring encoders."""

    declared: Neighbours
    balanced: Sequence[Record]
    harmed: Mapping[int, Sequence[Record]]
    shuffled: Sequence[Record]
    names: tuple[str, ...]
    compared: tuple[str, ...]


def models(
    preset: TextPreset, seeds: Sequence[int], target: int | None = None, factor: float = FACTOR, shuffled: bool = False
) -> list[TextModel]:
    """One model a seed; `target`: the group that is undersampled `factor` times."""
    section = None if target is None else Undersample(target=target, factor=factor)
    documents = preset.documents.model_copy(update={"undersample": section, "shuffled": shuffled})
    return [TextModel(preset.model_copy(update={"documents": documents}), seed, seed) for seed in seeds]


def text_study(
    run: Run,
    preset: TextPreset,
    targets: Sequence[int],
    factor: float = FACTOR,
    seeds: Sequence[int] = SEEDS,
    measure: Measure = text_harms,
) -> TextStudy:
    """The encoders of `preset`, each of `targets` undersampled in turn; `measure`: what is kept of each."""
    declaring, balanced = models(preset, DECLARING_SEEDS), models(preset, seeds)
    shuffled = models(preset, seeds, targets[0], factor, shuffled=True)
    harmed = {target: models(preset, seeds, target, factor) for target in targets}
    wanted = [*declaring, *balanced, *shuffled, *(m for part in harmed.values() for m in part)]
    found = measured(wanted, measure, run)
    return TextStudy(
        declare(found[model] for model in declaring),
        [found[model] for model in balanced],
        {target: [found[model] for model in part] for target, part in harmed.items()},
        [found[model] for model in shuffled],
        tuple(dict.fromkeys(record_name(model, measure) for model in wanted)),
        tuple(dict.fromkeys(record_name(model, measure) for model in wanted[len(declaring) :])),
    )
