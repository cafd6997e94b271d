"""Neural collapse on the stochastic block model (paper B): the model, its loss on populations and graphs, its limits."""

from contrastive_claims.theory.blockmodel.batch import minimise_populations
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
from contrastive_claims.theory.elliptope import ContrastiveObjective

__all__ = [
    "BlockModel",
    "ContrastiveObjective",
    "Graph",
    "GraphOptimum",
    "Nearest",
    "PopulationOptimum",
    "Undersampled",
    "biased_model",
    "collapse_threshold",
    "critical_degree",
    "exact_collapse_margin",
    "graph_loss",
    "graph_objective",
    "minimise_blocks",
    "minimise_on_graph",
    "minimise_population",
    "minimise_populations",
    "minority_model",
    "nearest_groups",
    "population_loss",
    "population_objective",
    "published_descent",
    "row_weighted_objective",
    "simplex_etf",
    "undersampled_groups",
    "uniform_connection_cosine",
    "vanishing_minority_cosine",
]
