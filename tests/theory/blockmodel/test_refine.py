"""Extended precision: its own bound, closed forms at shares down to 1e-10, a second route, and doubles that get it wrong."""

import mpmath
import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory.blockmodel import (
    BlockModel,
    minimise_population,
    minority_model,
    population_loss,
    population_objective,
)
from contrastive_claims.theory.blockmodel.batch import minimise_populations
from contrastive_claims.theory.blockmodel.limits import (
    exact_collapse_margin,
    exact_collapse_multipliers,
    minority_rate,
    two_minorities_cosine,
)
from contrastive_claims.theory.blockmodel.population import minimise_blocks, multiplier_errors
from contrastive_claims.theory.blockmodel.refine import refine_population
from contrastive_claims.theory.elliptope import random_vectors


def floats(balls):
    return np.array([float(ball) for ball in balls])


def doubts(refined):
    """What a refined optimum itself leaves open: its errors, and the rounding of its multipliers to doubles."""
    return refined.multiplier_errors + 4e-16 * np.abs(floats(refined.multipliers))


def cosines(refined):
    return np.array([[float(entry) for entry in row] for row in refined.gram.tolist()])


@st.composite
def tiny_shares(draw):
    blocks = draw(st.integers(2, 5))
    sizes = 10.0 ** np.array(draw(st.lists(st.floats(-10, 0), min_size=blocks, max_size=blocks)))
    alpha = np.zeros((blocks, blocks))
    for k in range(blocks):
        alpha[k, k] = draw(st.sampled_from([0.95, 0.5]))
        for m in range(k):
            alpha[k, m] = alpha[m, k] = draw(st.sampled_from([0.0, 0.1, 0.4, 0.9]))
    return BlockModel(sizes / sizes.sum(), alpha)


@settings(deadline=None, max_examples=25)
@given(model=tiny_shares(), temperature=st.sampled_from([0.3, 1.0, 3.0]), seed=st.integers(0, 10**6))
def test_every_model_is_closed_and_nothing_feasible_lies_lower(model, temperature, seed):
    refined = refine_population(model, temperature)
    gram, loss = cosines(refined), float(refined.loss)
    assert 0 < refined.gap <= 1e-18
    # G is inside the cone: |S V|^2 / pi^2 is of the order of <S, G> / pi
    assert refined.gradient_norm <= 20 * (refined.gap / model.proportions.min()) ** 0.5 / min(1, temperature)
    np.testing.assert_array_equal(np.diag(gram), 1)
    assert np.linalg.eigvalsh(gram)[0] > -1e-14
    assert loss == pytest.approx(population_loss(model, gram, temperature=temperature), abs=1e-12 / min(1, temperature))
    other = random_vectors(model.blocks, 1 + seed % 4, seed)
    assert population_loss(model, vectors=other, temperature=temperature) >= loss - 1e-12
    found = minimise_population(model, temperature)
    assert found.gap <= 1e-10
    off = np.abs(found.multipliers - floats(refined.multipliers))
    assert (off <= found.multiplier_errors + doubts(refined)).all()


@settings(deadline=None, max_examples=25)
@given(model=tiny_shares(), temperature=st.sampled_from([0.3, 1.0, 3.0]))
def test_doubles_and_the_batch_keep_within_the_errors_that_they_state(model, temperature):
    refined = refine_population(model, temperature)
    exact = floats(refined.multipliers)
    in_doubles = minimise_blocks(population_objective(model, temperature), model.proportions)
    assert (np.abs(in_doubles.multipliers - exact) <= in_doubles.multiplier_errors + doubts(refined)).all()
    batched = minimise_populations(model.proportions[None], model.connectivity, temperature)
    assert (np.abs(batched.multipliers[0] - exact) <= batched.multiplier_errors[0] + doubts(refined)).all()
    certain = np.abs(exact) > 1e-25
    assert (batched.collapse_is_exact[0] == (exact[certain] < 0).all()) or not certain.all()


@settings(deadline=None, max_examples=25)
@given(model=tiny_shares(), data=st.data())
def test_relabelling_blocks_changes_nothing(model, data):
    order = np.array(data.draw(st.permutations(range(model.blocks))))
    relabelled = BlockModel(model.proportions[order], model.connectivity[np.ix_(order, order)])
    first, second = refine_population(model), refine_population(relabelled)
    errors = first.multiplier_errors + second.multiplier_errors[np.argsort(order)]
    moved = floats(second.multipliers)[np.argsort(order)]
    assert (np.abs(moved - floats(first.multipliers)) <= errors + 1e-12 * np.abs(moved)).all()
    assert float(abs(first.loss - second.loss)) <= 1e-15  # the sum of the shares is rounded in another order


@pytest.mark.parametrize("share", [1e-4, 1e-6, 1e-8, 1e-10])
@pytest.mark.parametrize(("ratio", "temperature", "own"), [(0.4, 1.0, 1.0), (0.1, 0.5, 0.6), (0.2, 1.2, 0.02)])
def test_the_first_order_rates(share, ratio, temperature, own):  # claim B20
    rate = minority_rate(ratio, temperature, own)
    alpha = 0.9 * np.array([[own, ratio, 0], [ratio, 1, 0], [0, 0, 1]])
    model = BlockModel([share, (1 - share) / 2, (1 - share) / 2], alpha)
    refined = refine_population(model, temperature, minimise_population(model, temperature).gram)
    gram = refined.gram.tolist()
    second_order = 60 * share
    assert refined.gap <= 1e-20
    assert float(gram[0][1]) == pytest.approx(rate.cosine + rate.slope * share, abs=60 * share**2 + 1e-15)
    assert float((1 + gram[1][2]) / share**2) == pytest.approx(rate.bend, rel=second_order + 1e-12)
    assert float(refined.multipliers[0] / share) == pytest.approx(rate.multiplier, rel=second_order + 1e-6)
    found = minimise_population(model, temperature)
    assert found.multipliers[0] / share == pytest.approx(rate.multiplier, rel=second_order + 1e-6)
    assert found.collapse_is_exact == (rate.multiplier < 0)


def two_minorities(share, joint, opposite):
    half = (1 - 2 * share) / 2
    alpha = 0.9 * np.eye(4)
    alpha[0, 2] = alpha[2, 0] = 0.36
    alpha[1, 2 + opposite] = alpha[2 + opposite, 1] = 0.27
    alpha[0, 1] = alpha[1, 0] = 0.9 * joint
    return BlockModel([share, share, half, half], alpha)


@pytest.mark.parametrize("share", [1e-6, 1e-8])
@pytest.mark.parametrize("joint", [0.02, 0.2, 0.9])
@pytest.mark.parametrize("opposite", [False, True])
def test_two_tiny_minorities(share, joint, opposite):  # claim B21
    found = minimise_population(two_minorities(share, joint, opposite))
    assert found.gap <= 1e-10
    expected = two_minorities_cosine(0.4, 0.3, joint, 1.0, opposite=opposite)
    assert found.gram[0, 1] == pytest.approx(expected, abs=100 * share)
    assert found.gram[0, 2] == pytest.approx(minority_rate(0.4, 1.0).cosine, abs=100 * share)


def test_doubles_alone_are_wrong_about_two_tiny_minorities():
    wrong = 0
    for share in (1e-8, 1e-9, 1e-10):
        for opposite in (False, True):
            model = two_minorities(share, 0.2, opposite)
            in_doubles = minimise_blocks(population_objective(model), model.proportions)
            right = minimise_population(model)
            assert right.refined
            off = np.abs(in_doubles.multipliers - right.multipliers)[:2]
            wrong += bool((off > 0.5 * np.abs(right.multipliers[:2])).any())
    assert wrong >= 2


@pytest.mark.parametrize("share", [1e-3, 1e-8])
def test_merged_blocks_have_the_multipliers_of_the_closed_form(share):  # claim B24
    alpha = np.array([[0.5, 0.8, 0], [0.8, 0.9, 0], [0, 0, 0.9]])
    model = BlockModel([share, (1 - share) / 2, (1 - share) / 2], alpha)
    assert exact_collapse_margin(model, 1.0) > 0.01
    refined = refine_population(model)
    assert float(refined.gram.tolist()[0][1]) == pytest.approx(1, abs=1e-15)
    np.testing.assert_allclose(floats(refined.multipliers), exact_collapse_multipliers(model, 1.0), rtol=1e-9)


@pytest.mark.parametrize("share", [0.2, 1e-5, 1e-9])
def test_multipliers_that_are_zero_by_the_pmi_law_are_zero_within_their_errors(share):  # claim B15
    alpha = np.full((3, 3), 0.4) + 0.5 * np.eye(3)
    found = minimise_population(BlockModel([share, 0.3, 0.7 - share], alpha))
    assert found.refined
    assert found.gap <= 1e-25
    assert (np.abs(found.multipliers) <= found.multiplier_errors).all()
    assert found.multiplier_errors.max() <= 1e-12
    assert found.collapse_is_exact
    np.testing.assert_allclose(found.gram[0, 1:], 1 + np.log(0.4 / 0.9), rtol=1e-14)


def test_the_simplex_etf_to_thirty_digits():  # claim B7
    shares = np.full(6, 1 / 6)
    assert sum(shares.tolist()) != 1  # in doubles; the shares are taken over their exact sum
    refined = refine_population(BlockModel(shares, 0.9 * np.eye(6)), 0.5)
    with ctx.workprec(256):
        high, low = arb(2).exp(), (arb(-2) / 5).exp()
        assert abs(refined.loss - ((high + 5 * low) / 6).log() + 2) < 1e-30
        assert abs(refined.gram[0, 1] + arb(1) / 5) < 1e-18
        assert refined.gap < 1e-30


def mpmath_multipliers(model, temperature, start):
    """Three blocks in a plane, h_2 fixed: both angles' equations by mpmath's own Newton; scaled multipliers."""
    shares = [mpmath.mpf(float(share)) for share in model.proportions]
    shares = [share / mpmath.fsum(shares) for share in shares]
    alpha = [[mpmath.mpf(float(entry)) for entry in row] for row in model.connectivity]
    degrees = [mpmath.fsum(a * s for a, s in zip(row, shares, strict=True)) for row in alpha]
    tau = mpmath.mpf(temperature)

    def forces(angles):
        kernel = [[shares[m] * mpmath.exp(mpmath.cos(a - b) / tau) for m, b in enumerate(angles)] for a in angles]
        weights = [[shares[k] * (kernel[k][m] / mpmath.fsum(kernel[k]) - alpha[k][m] * shares[m] / degrees[k])
                    for m in range(3)] for k in range(3)]  # fmt: skip
        return [[(weights[k][m] + weights[m][k]) / (2 * tau) for m in range(3)] for k in range(3)]

    def turning(first, third):
        angles = [first, mpmath.mpf(0), third]
        force = forces(angles)
        return [
            mpmath.fsum(force[k][m] * mpmath.sin(angles[m] - angles[k]) for m in range(3)) / shares[k] for k in (0, 2)
        ]

    first, third = mpmath.findroot(turning, start, tol=1e-60)
    angles = [first, mpmath.mpf(0), third]
    force = forces(angles)
    return [
        mpmath.fsum(force[k][m] * mpmath.cos(angles[m] - angles[k]) for m in range(3)) / shares[k] for k in range(3)
    ]


@pytest.mark.parametrize(("share", "temperature"), [(0.25, 1.0), (1e-4, 0.5), (1e-8, 1.0)])
def test_agrees_with_mpmath_by_another_route(share, temperature):
    model = minority_model(share, 0.4)
    refined = refine_population(model, temperature)
    gram = cosines(refined)
    angle = np.arccos(gram[0, 1])
    with mpmath.workdps(40):
        bend = mpmath.mpf(str(float((2 * (1 + refined.gram.tolist()[1][2])).sqrt())))
        expected = mpmath_multipliers(model, temperature, (mpmath.mpf(angle), mpmath.pi + bend))
        for mine, theirs in zip(refined.multipliers, expected, strict=True):
            assert abs(mpmath.mpf(mine.mid().str(40, radius=False)) / theirs - 1) < 1e-13


def test_low_temperature_settles_signs_far_below_rounding():
    found = minimise_population(minority_model(1 / 4, 0.4), 0.05)
    assert found.refined
    assert found.gap <= 1e-40
    assert (found.multipliers < -found.multiplier_errors).all()
    assert found.multipliers.min() > -1e-14  # of order e^(-2/tau): doubles see noise


def test_ordinary_models_stay_in_doubles():
    assert not minimise_population(minority_model(1 / 4, 0.4)).refined
    assert minimise_population(minority_model(1e-8, 0.4)).refined


def test_the_batch_falls_back_on_extended_precision():
    model = two_minorities(1e-8, 0.2, False)
    batch = minimise_populations(model.proportions[None], model.connectivity)
    alone = minimise_population(model)
    assert batch.fallback.all()
    np.testing.assert_array_equal(batch.multipliers[0], alone.multipliers)
    assert batch.collapse_is_exact.tolist() == [alone.collapse_is_exact]


def test_stated_errors_grow_as_gap_and_share_say():
    shares = np.array([[0.5, 0.5], [1e-6, 1 - 1e-6]])
    errors = multiplier_errors(np.array([1e-12, 1e-12]), shares, np.array([1.0, 1.0]))
    assert errors[1, 0] > 100 * errors[0, 0] > 0
    assert (multiplier_errors(1e-10, shares[0], 1.0) > errors[0]).all()


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="temperature"):
        refine_population(minority_model(1 / 4, 0.4), 0)
    with pytest.raises(ValueError, match="single block"):
        refine_population(BlockModel([1.0], [[0.5]]))


def test_all_starts_together_take_no_more_than_the_budget_of_steps(monkeypatch):
    """Two blocks without an edge between them at a low temperature, which no start settles in so few."""
    apart = BlockModel([0.2, 0.8], [[0.5, 0], [0, 0.1]])
    monkeypatch.setattr("contrastive_claims.theory.blockmodel.refine._ITERATIONS", 30)
    found = refine_population(apart, 0.003, np.array([[1.0, -0.9], [-0.9, 1.0]]))
    assert found.iterations == 30 and found.cosine_errors.max() > 1e-6
