"""Closed forms of the block model: thresholds and limits of collapse, each with its hypotheses and its proof.

Cosines unless said otherwise; ``ratio = alpha / p`` is a cross-connection over the connection within a block; ``tau`` is the
temperature. The population loss is that of theory.blockmodel.population; D, S, lambda are those of theory.elliptope.
"""

from contrastive_claims.theory.blockmodel.limits.applicable import ClosedForm, closed_forms
from contrastive_claims.theory.blockmodel.limits.biased import biased_graph_margins, biased_minority_cosine
from contrastive_claims.theory.blockmodel.limits.exact import (
    exact_collapse_margin,
    exact_collapse_multipliers,
    two_block_cosine,
)
from contrastive_claims.theory.blockmodel.limits.general import vanishing_cosines
from contrastive_claims.theory.blockmodel.limits.majorities import (
    connected_majorities_cosine,
    many_majorities_cosine,
    many_majorities_threshold,
    unequal_majorities_cosine,
    unequal_majorities_threshold,
)
from contrastive_claims.theory.blockmodel.limits.rates import MinorityRate, minority_rate, two_minorities_cosine
from contrastive_claims.theory.blockmodel.limits.uniform import (
    mean_gram,
    pmi_gram,
    simplex_etf,
    uniform_connection_cosine,
)
from contrastive_claims.theory.blockmodel.limits.vanishing import (
    collapse_temperature,
    collapse_threshold,
    harm_in_the_limit,
    vanishing_minority_cosine,
)

__all__ = [
    "ClosedForm",
    "MinorityRate",
    "biased_graph_margins",
    "biased_minority_cosine",
    "closed_forms",
    "collapse_temperature",
    "collapse_threshold",
    "connected_majorities_cosine",
    "exact_collapse_margin",
    "exact_collapse_multipliers",
    "harm_in_the_limit",
    "many_majorities_cosine",
    "many_majorities_threshold",
    "mean_gram",
    "minority_rate",
    "pmi_gram",
    "simplex_etf",
    "two_block_cosine",
    "two_minorities_cosine",
    "unequal_majorities_cosine",
    "unequal_majorities_threshold",
    "uniform_connection_cosine",
    "vanishing_cosines",
    "vanishing_minority_cosine",
]
