"""Coverage of an audit's intervals of a mean and of a share, 1,000 experiments each: `pytest -m slow -s` prints it."""

import numpy as np
import pytest
from scipy import stats

from contrastive_claims.experiments.audit.leaning import share
from contrastive_claims.experiments.audit.numbers import mean_interval

pytestmark = pytest.mark.slow
REPEATS = 1000


def told(kind, hits, level=0.95):
    low, high = np.array(stats.binom.interval(0.999, REPEATS, level)) / REPEATS
    print(f"coverage of {kind}: {hits / REPEATS:.3f} (nominal {level:g}, band {low:.3f} to {high:.3f})")
    return low, hits / REPEATS, high


@pytest.mark.parametrize(("tests", "level"), [(1, 0.95), (10, 0.995)])
def test_mean_over_anchors(tests, level, seed):
    """Exact for normal margins, one of ten together at 99.5 %."""
    generator = np.random.default_rng([seed, tests])
    found = [mean_interval(generator.normal(2, 3, 12), tests=tests) for _ in range(REPEATS)]
    hits = sum(low <= 2 <= high for _, low, high in found)
    least, covered, most = told(f"a mean over 12 anchors, one of {tests}", hits, level)
    assert least <= covered <= most
    assert sum(low <= 6 <= high for _, low, high in found) / REPEATS < 0.5 * least  # control: another number


@pytest.mark.parametrize(("p", "tried"), [(0.05, 20), (0.5, 12), (0.9, 100)])
def test_exact_interval_of_a_share(p, tried, seed):
    """Clopper and Pearson's: never below its level, in simulation and exactly; above it for few trials."""
    generator = np.random.default_rng([seed, tried])
    ends = [share(k, tried) for k in range(tried + 1)]
    holds = np.array([end["low"] <= p <= end["high"] for end in ends])
    least, covered, _ = told(
        f"a share of {tried} where it is {p:g}", holds[generator.binomial(tried, p, REPEATS)].sum()
    )
    assert covered >= least
    exactly = stats.binom.pmf(np.arange(tried + 1), tried, p)[holds].sum()
    assert exactly >= 0.95 and abs(covered - exactly) < 0.03
    wald = [abs(k / tried - p) <= 1.96 * np.sqrt(k / tried * (1 - k / tried) / tried) for k in range(tried + 1)]
    assert stats.binom.pmf(np.arange(tried + 1), tried, p)[wald].sum() < 0.95  # control: the usual normal interval
