"""Coverage of every kind of interval over encoders and test points, 1,000 experiments each: `pytest -m slow -s` prints it.

Between the ends of the binomial's middle 99.9 % where the interval is exact, not below its lower end where it is conservative.
Where an interval falls short of its level, the shortfall is asserted, with its size.
"""

import numpy as np
import pytest
from scipy import stats

from contrastive_claims.theory.harms import (
    block_sums,
    deal_blocks,
    hierarchical_bootstrap,
    jackknife_interval,
    mediation,
    percentile_interval,
    point_variance,
    representation_harm,
    student_interval,
)

pytestmark = pytest.mark.slow
REPEATS = 1000


def band(level):
    return np.array(stats.binom.interval(0.999, REPEATS, level)) / REPEATS


def told(kind, hits, level=0.95):
    low, high = band(level)
    print(f"coverage of {kind}: {hits / REPEATS:.3f} (nominal {level:g}, band {low:.3f} to {high:.3f})")
    return hits / REPEATS


def holds(interval, truth):
    return bool(interval.low <= truth <= interval.high)


@pytest.mark.parametrize("level", [0.95, 0.975])
@pytest.mark.parametrize("count", [3, 5, 10])
def test_student_over_seeds(count, level, seed):
    """Exact for normal encoders. Control: the normal quantile in place of Student's."""
    generator = np.random.default_rng([seed, count])
    values = generator.normal(size=(count, REPEATS))
    found = student_interval(values, level=level)
    covered = ((found.low <= 0) & (found.high >= 0)).sum()
    low, high = band(level)
    assert low <= told(f"Student's interval, {count} seeds", covered, level) <= high
    narrow = stats.norm.ppf((1 + level) / 2) * values.std(axis=0, ddof=1) / np.sqrt(count)
    assert (abs(values.mean(axis=0)) <= narrow).mean() < low or count == 10


def test_student_over_crooked_seeds_falls_short(seed):
    """Encoders that scatter like an exponential variable, three of them: 5 to 10 points fewer, the known shortfall."""
    values = np.random.default_rng([seed, 1]).exponential(size=(3, REPEATS))
    found = student_interval(values)
    covered = told("Student's interval, 3 exponential seeds", ((found.low <= 1) & (found.high >= 1)).sum())
    assert 0.85 < covered < 0.93


def experiment(generator, pairs, points):
    """Three classes on `points` test points each, shared by encoders whose own parts differ; class 0 has moved towards 1."""
    labels = np.repeat(np.arange(3), points)
    means = 2 * np.eye(3, 4)
    moved = means.copy()
    moved[0, 1] = 0.7
    noise = generator.normal(size=(len(labels), 4))
    drawn = [
        tuple((m + 0.3 * generator.normal(size=m.shape))[labels] + noise for m in (moved, means)) for _ in range(pairs)
    ]
    return labels, drawn


def test_ratio_of_distances(seed):
    """RH, neither linear nor normal: Student's interval with B holds its level, or more; three encoders' percentiles do not."""
    generator = np.random.default_rng([seed, 2])
    labels, drawn = experiment(generator, 1, 2000)
    truths = [
        representation_harm(*experiment(generator, 1, 1000)[1][0], np.repeat(np.arange(3), 1000))[0, 1]
        for _ in range(1500)
    ]
    truth, hits = np.mean(truths), np.zeros(2)
    for _ in range(REPEATS):
        labels, drawn = experiment(generator, 3, 40)
        resampled = hierarchical_bootstrap(
            lambda s, w, x=drawn, y=labels: representation_harm(*x[s], y, w)[:, 0, 1], labels, 3, generator, 60
        )
        student = student_interval(resampled.estimates, point_variance(resampled))
        hits += holds(student, truth), holds(percentile_interval(resampled, generator), truth)
    assert told("RH, 3 pairs of encoders and 120 test points", hits[0]) >= band(0.95)[0]
    assert told("RH by percentiles, 3 pairs", hits[1]) < 0.88


def test_indirect_effect(seed):
    """NIE_00 of paper B's mediation: predictions that err by the point and by the encoder."""
    generator = np.random.default_rng([seed, 3])
    labels = np.repeat([0, 1], 60)

    def predictions(ease, accuracy):
        return np.where(ease < stats.norm.ppf(accuracy), labels, 1 - labels)

    def encoder(ease):
        """Correct where the point is easy enough, for an encoder and a head of their own quality."""
        mine = 0.8 * ease + 0.6 * generator.normal(size=len(ease))
        first, second = np.clip(generator.normal([0.7, 0.85], 0.03), 0.01, 0.99)
        return [predictions(mine, part) for part in (first - 0.1, second, first)]

    # the mean of NIE_00 over encoders and points is the difference of the mean accuracies
    truth, hits = 0.7 - 0.85, 0
    for _ in range(REPEATS):
        ease = generator.normal(size=len(labels))
        made = [encoder(ease) for _ in range(3)]
        resampled = hierarchical_bootstrap(
            lambda s, w, x=made: mediation(*x[s], labels, w).indirect[:, 0, 0], labels, 3, generator, 60
        )
        hits += holds(student_interval(resampled.estimates, point_variance(resampled)), truth)
    assert told("NIE, 3 encoders and 60 test points of the class", hits) >= band(0.95)[0]


@pytest.mark.parametrize("points", [60, 400])
def test_percentiles_of_one_encoder(points, seed):
    """What percentiles are for: one encoder, so that only test points vary. A resample holds (n - 1)/n of their variance."""
    generator = np.random.default_rng([seed, points])
    hits, strata = 0, np.zeros(points, int)
    for _ in range(REPEATS):
        x = generator.normal(size=points)
        resampled = hierarchical_bootstrap(lambda s, w, x=x: w @ x / len(x), strata, 1, generator, 400)
        hits += holds(percentile_interval(resampled, generator), 0)
    assert band(0.95)[0] <= told(f"percentiles, one encoder and {points} points", hits) <= band(0.95)[1]


def test_jackknife_of_clustered_rows(seed):
    """Delete-a-group jackknife of a log-ratio of two distances between group means, as an audit reports it. Control: no error."""
    generator = np.random.default_rng([seed, 4])
    groups = np.repeat(np.arange(3), 100)
    centres = np.array([[0.0, 0], [1, 0], [0, 2]])
    hits, joint = 0, 0
    for _ in range(REPEATS):
        points = centres[groups] + generator.exponential(size=(300, 2)) - 1
        sums = block_sums(points, groups, deal_blocks(groups, 20, generator))

        def statistic(means):
            return np.log(
                ((means[..., 1, :] - means[..., 0, :]) ** 2).sum(-1)
                / ((means[..., 2, :] - means[..., 0, :]) ** 2).sum(-1)
            )

        whole, left = statistic(sums.means), statistic(sums.means_without)
        hits += holds(jackknife_interval(whole, left), np.log(1 / 4))
        joint += holds(jackknife_interval(whole, left, tests=5), np.log(1 / 4))
    low, high = band(0.95)
    assert low <= told("jackknife of a log-ratio, 20 blocks", hits) <= high
    assert band(0.99)[0] <= told("the same, one of five together", joint, 0.99) <= band(0.99)[1]
