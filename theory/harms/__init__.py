"""Harms of a representation to a group (paper B), collapse, and intervals over few seeds."""

from theory.harms.allocation import (
    Mediation,
    allocation_harm,
    balanced_accuracy,
    confusion_rates,
    group_accuracies,
    mediation,
    worst_group_accuracy,
)
from theory.harms.collapse import (
    NeuralCollapse,
    collapse_monitor,
    collapse_of_moments,
    feature_spread,
    neural_collapse,
)
from theory.harms.intervals import (
    Interval,
    Resampled,
    hierarchical_bootstrap,
    holm,
    noise_p_value,
    percentile_interval,
    point_variance,
    student_interval,
    student_noise,
    student_p_value,
)
from theory.harms.jackknife import BlockSums, block_sums, deal_blocks, jackknife_error, jackknife_interval
from theory.harms.leaning import Leans, centre_angles, leans, relative_separation
from theory.harms.planning import seeds_to_decide
from theory.harms.representation import (
    class_cosines,
    class_separation,
    effective_rank,
    harm_of_cosines,
    kept_of_cosines,
    nearest_class,
    representation_harm,
    separation_kept,
    separation_of_cosines,
)
from theory.harms.scatter import BlockScatter, block_scatter
from theory.harms.spectrum import EffectiveRanks, effective_ranks

__all__ = [
    "BlockScatter",
    "BlockSums",
    "EffectiveRanks",
    "Interval",
    "Leans",
    "Mediation",
    "NeuralCollapse",
    "Resampled",
    "allocation_harm",
    "balanced_accuracy",
    "block_scatter",
    "block_sums",
    "centre_angles",
    "class_cosines",
    "class_separation",
    "collapse_monitor",
    "collapse_of_moments",
    "confusion_rates",
    "deal_blocks",
    "effective_rank",
    "effective_ranks",
    "feature_spread",
    "group_accuracies",
    "harm_of_cosines",
    "hierarchical_bootstrap",
    "holm",
    "jackknife_error",
    "jackknife_interval",
    "kept_of_cosines",
    "leans",
    "mediation",
    "nearest_class",
    "neural_collapse",
    "noise_p_value",
    "percentile_interval",
    "point_variance",
    "relative_separation",
    "representation_harm",
    "seeds_to_decide",
    "separation_kept",
    "separation_of_cosines",
    "student_interval",
    "student_noise",
    "student_p_value",
    "worst_group_accuracy",
]
