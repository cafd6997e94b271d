"""Coverage of the intervals over graphs, 1,000 experiments each: `pytest -m slow -s` prints it.

Student's interval over the seeds of a finite graph, the prediction interval of one more graph, the parametric bootstrap.
Bands: the binomial's middle 99.9 %.
"""

import numpy as np
import pytest
from scipy import stats

from contrastive_claims.theory.blockmodel import bootstrap_models, minimise_on_graph, minority_model
from contrastive_claims.theory.harms import student_interval

pytestmark = pytest.mark.slow
REPEATS = 1000
MODEL = minority_model(0.3, 0.3, within=0.6)
DENSE = minority_model(0.3, 0.3, within=0.95)  # of 30 nodes none is isolated


def told(kind, hits, level):
    low, high = np.array(stats.binom.interval(0.999, REPEATS, level)) / REPEATS
    print(f"coverage of {kind}: {hits / REPEATS:.3f} (nominal {level:g}, band {low:.3f} to {high:.3f})")
    return low, hits / REPEATS, high


def test_seeds_of_a_finite_graph():
    """Means and predictions from five graphs, drawn 1,000 times from 250 of them. Control: three of the five's widths."""
    pool = []
    for seed in range(250):
        graph = DENSE.sample(30, seed=seed)
        pool.append(minimise_on_graph(graph, 1.0, 6, seed).block_cosines(np.asarray(graph.labels))[0, 1])
    pool, generator = np.array(pool), np.random.default_rng(0)
    drawn = np.array([generator.choice(pool, 6, replace=False) for _ in range(REPEATS)])
    mean, low, high = student_interval(drawn[:, :5].T)
    covered = ((low <= pool.mean()) & (pool.mean() <= high)).sum()
    least, found, most = told("Student's interval, 5 graphs of 30 nodes", covered, 0.95)
    assert least <= found <= most
    half = (high - low) / 2
    assert (abs(mean - pool.mean()) <= 0.4 * half).mean() < least
    width = half * np.sqrt(5) * np.sqrt(1 + 1 / 5)
    least, found, most = told(
        "the prediction interval of a sixth graph", (abs(drawn[:, 5] - mean) <= width).sum(), 0.95
    )
    assert least <= found <= most


def test_parametric_bootstrap_of_a_small_block_model_falls_short():
    """The share of a minority's ties that go to block 1, of 70 nodes: 90 % percentile intervals of 100 draws cover
    some 4 points less (measured: 86.3 %), the known shortfall. Control: halved."""

    def share(model):
        ties = model.connectivity[0] * model.proportions
        return ties[1] / ties.sum()

    hits, halved = 0, 0
    for seed in range(REPEATS):
        graph = MODEL.sample(70, seed=seed)
        drawn = [share(model) for model in bootstrap_models(graph, replicates=100, seed=seed) if model is not None]
        low, high = np.quantile(drawn, [0.05, 0.95])
        hits += low <= share(MODEL) <= high
        halved += abs(share(MODEL) - (low + high) / 2) <= (high - low) / 4
    _, found, _ = told("the parametric bootstrap, 70 nodes", hits, 0.9)
    assert 0.83 < found < 0.9
    assert halved / REPEATS < 0.7
