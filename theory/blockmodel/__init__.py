"""Neural collapse on the stochastic block model (paper B): the model, its loss on populations and graphs, its limits."""

from contrastive_claims.theory.blockmodel.batch import minimise_populations
from contrastive_claims.theory.blockmodel.degrees import DegreeCorrectedModel
from contrastive_claims.theory.blockmodel.graph import GraphOptimum, graph_loss, graph_objective, minimise_on_graph
from contrastive_claims.theory.blockmodel.groups import Nearest, Undersampled, nearest_groups, undersampled_groups
from contrastive_claims.theory.blockmodel.limits import (
    collapse_threshold,
    exact_collapse_margin,
    simplex_etf,
    uniform_connection_cosine,
    vanishing_minority_cosine,
)
from contrastive_claims.theory.blockmodel.model import BlockModel, biased_model, minority_model
from contrastive_claims.theory.blockmodel.population import (
    PopulationOptimum,
    minimise_blocks,
    minimise_population,
    population_loss,
    population_objective,
    published_descent,
    row_weighted_objective,
)
from contrastive_claims.theory.blockmodel.sampling import Graph
from contrastive_claims.theory.blockmodel.sparse_law import critical_degree
from contrastive_claims.theory.blockmodel.spectral import (
    SpectralOptimum,
    free_spectral,
    graph_spectral_objective,
    minimise_spectral,
    spectral_objective,
)
from contrastive_claims.theory.blockmodel.uncertainty import (
    UndersampledSpread,
    bootstrap_models,
    undersampled_intervals,
)
from contrastive_claims.theory.elliptope import ContrastiveObjective

__all__ = [
    "BlockModel",
    "ContrastiveObjective",
    "DegreeCorrectedModel",
    "Graph",
    "GraphOptimum",
    "Nearest",
    "PopulationOptimum",
    "SpectralOptimum",
    "Undersampled",
    "UndersampledSpread",
    "biased_model",
    "bootstrap_models",
    "collapse_threshold",
    "critical_degree",
    "exact_collapse_margin",
    "free_spectral",
    "graph_loss",
    "graph_objective",
    "graph_spectral_objective",
    "minimise_blocks",
    "minimise_on_graph",
    "minimise_population",
    "minimise_populations",
    "minimise_spectral",
    "minority_model",
    "nearest_groups",
    "population_loss",
    "population_objective",
    "published_descent",
    "row_weighted_objective",
    "simplex_etf",
    "spectral_objective",
    "undersampled_groups",
    "undersampled_intervals",
    "uniform_connection_cosine",
    "vanishing_minority_cosine",
]
