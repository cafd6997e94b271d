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
from theory.harms.collapse import NeuralCollapse, collapse_monitor, feature_spread, neural_collapse
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
from theory.harms.planning import seeds_to_decide
from theory.harms.representation import (
    class_cosines,
    class_separation,
    effective_rank,
    nearest_class,
    representation_harm,
    separation_kept,
)

__all__ = [
    "Interval",
    "Mediation",
    "NeuralCollapse",
    "Resampled",
    "allocation_harm",
    "balanced_accuracy",
    "class_cosines",
    "class_separation",
    "collapse_monitor",
    "confusion_rates",
    "effective_rank",
    "feature_spread",
    "group_accuracies",
    "hierarchical_bootstrap",
    "holm",
    "mediation",
    "nearest_class",
    "neural_collapse",
    "noise_p_value",
    "percentile_interval",
    "point_variance",
    "representation_harm",
    "seeds_to_decide",
    "separation_kept",
    "student_interval",
    "student_noise",
    "student_p_value",
    "worst_group_accuracy",
]
