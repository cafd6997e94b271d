"""Paper B's block model, and what we add to it: B1 to B8, B15 on."""

from __future__ import annotations

from experiments.ledger import PROOF, STATISTICAL, Claim, met

COLLAPSE = "experiments.claims.collapse:"
MINORITIES = "experiments.claims.minorities:"
SHARES = "experiments.claims.shares:"
RATES = "experiments.claims.rates:"
PHASES = "experiments.claims.phases:"
BIASED_GRAPH = "experiments.claims.biased_graph:"
MAJORITIES = "experiments.claims.majorities:"
MERGING = "experiments.claims.merging:"
SPARSE = "experiments.claims.sparse:"

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "B1",
        "B, block model",
        "The finite graph's minimum converges to the population's: like 1/n at fixed connectivity, and what free nodes gain "
        "over one vector per block falls like 1/degree.",
        hypotheses="certified minima; shares .2, .4, .4, alpha .4, tau = 1 in n; equal shares, tau = 2, degrees from 40 in degree",
        method=STATISTICAL,
        criteria=met(
            "exponent_in_n < -0.6",
            "exponent_in_n > -1.4",
            "exponent_in_degree < -0.7",
            "exponent_in_degree > -1.5",
            "largest_difference_at_largest_n <= 0.005",
            "worst_gap <= 1e-8",
        ),
        check=SPARSE + "loss_convergence",
        control="shares_on_the_wrong_axis",
        figure="figures.sparse:loss_convergence",
        share=8,
    ),
    Claim(
        "B2",
        "B, representational neural collapse (as printed)",
        "Minimisers on the graph converge to one vector per block, for every block model.",
        hypotheses="witness: two equal blocks of connections .95 and .5 joined by .3, tau = 1, certified optima",
        method=STATISTICAL,
        criteria=met("spread_at_largest_n <= 0.1", "worst_gap <= 1e-8"),
        check=SPARSE + "minimisers_as_printed",
        control="hub",
        figure="figures.sparse:printed_minimisers",
        share=5,
    ),
    Claim(
        "B2c",
        "B, corrected",
        "They do where every diagonal multiplier of the population optimum is negative, with a spread that falls like 1/n at "
        "fixed connectivity; where one is positive its block stays spread.",
        hypotheses="certified optima, tau = 1; the published pattern, and two witnesses: unequal connections, and a hub",
        method=STATISTICAL,
        criteria=met(
            "exponent_where_all_negative < -0.6",
            "exponent_where_all_negative > -1.4",
            "largest_multiplier < 0",
            "spread_of_two_block_witness >= 0.5",
            "spread_of_hub_witness >= 0.1",
            "worst_gap <= 1e-8",
        ),
        check=SPARSE + "minimisers",
        control="witness_among_the_collapsing",
        figure="figures.sparse:minimisers",
        share=9,
    ),
    Claim(
        "B3",
        "ours",
        "The population problem is convex in the Gram matrix, so that its global optimum carries a duality certificate; one vector "
        "per block is optimal for the expected graph too iff no diagonal multiplier is positive.",
        hypotheses="convexity and the multipliers' meaning in general; 23 optima with K from 2 to 8, certified one by one; spreading "
        "tested by splitting every block in halves",
        method=PROOF,
        criteria=met(
            "worst_gap <= 1e-8",
            "gain_by_splitting_where_collapse_is_exact <= 1e-10",
            "gain_by_splitting_where_it_is_not >= 1e-8",
        ),
        check=SHARES + "duality_certificate",
        control="optimum_of_the_wrong_axis_loss",
        share=2,
    ),
    Claim(
        "B4",
        "B, block model",
        "As the minority's share falls, block 1 moves monotonically towards block 2, to which it is tied, and blocks 2 and "
        "3 become antipodal; it arrives there (cosine 1) above B5's threshold only, at B5's cosine below it.",
        hypotheses="K = 3, alpha_kk = .95, alpha_12 in {.4, .6}, tau = 1, shares 1/3 down to 1e-5",
        criteria=met(
            "worst_gap <= 1e-8",
            "smallest_rise >= -1e-9",
            "distance_from_limit_below_threshold <= 1e-4",
            "one_minus_cosine_above_threshold <= 1e-8",
            "majority_distance_from_antipodal <= 1e-4",
        ),
        check=COLLAPSE + "vanishing_minority",
        control="shares_on_the_wrong_axis",
        figure="figures.collapse:vanishing_minority",
        share=4,
    ),
    Claim(
        "B5",
        "ours",
        "As pi_1 -> 0 the minority does not collapse fully: c = cos(h1, h2) tends to the one root of tanh(c/tau) + "
        "sinh(c/tau)/cosh(1/tau) = 1 + alpha/p, cut at 1, and reaches 1 iff alpha/p >= 2 tanh(1/tau) - 1.",
        hypotheses="K = 3, equal majorities not connected to each other, alpha fixed; the root and the threshold for every alpha/p and "
        "tau, the root enclosed by intervals on boxes covering alpha/p in [1/20, 1] and tau in (0, 2.5]",
        method=PROOF,
        criteria=met(
            "worst_gap <= 1e-8",
            "worst_distance_from_limit <= 1e-3",
            "worst_ratio_of_distances_at_a_tenth_of_the_share <= 0.2",
            "separation_above_threshold <= 1e-6",
            "separation_below_threshold >= 1e-3",
            "roots_outside_their_enclosure <= 0",
        ),
        check=MINORITIES + "vanishing_limit",
        control="without_the_minority_s_own_draw",
        figure="figures.phases:vanishing_limit",
        share=2,
    ),
    Claim(
        "B6",
        "ours",
        "Equal within-connectivity p, all cross-connections alpha: every cosine is clip(1 + tau log(alpha/p), -1/(K-1), 1); "
        "inside the clip and at its upper end for any shares, at its lower end for balanced ones.",
        method=PROOF,
        criteria=met("worst_gap <= 1e-8", "worst_cosine_error <= 1e-6"),
        check=COLLAPSE + "uniform_connections",
        control="no_temperature",
        figure="figures.collapse:uniform_connections",
        share=4,
    ),
    Claim(
        "B7",
        "B, block model",
        "Balanced disconnected blocks: the simplex ETF, cosine -1/(K-1).",
        hypotheses="K from 2 to 10, tau in {.1, .5, 1, 2}: one duality certificate each",
        method=PROOF,
        criteria=met("worst_gap <= 1e-8", "worst_cosine_error <= 1e-6", "worst_loss_error <= 1e-8"),
        check=COLLAPSE + "disconnected_blocks",
        control="unbalanced",
        share=4,
    ),
    Claim(
        "B8",
        "ours",
        "Temperature decides: the threshold 2 tanh(1/tau) - 1 falls in tau, so a vanishing minority collapses fully from "
        "tau = 2/log((3+r)/(1-r)) on, r = alpha/p, and for any alpha > 0 from 2/log 3 = 1.8205 on; RH falls from 1 to 0 as tau "
        "rises (a lower temperature protects), though the cosine itself is not monotone.",
        hypotheses="as in B5; proved: threshold, critical temperatures, the cosine's turn; RH on 40 temperatures from .1 to 1.3 for alpha in {.1, .2, .4, .6}",
        method=PROOF,
        criteria=met(
            "worst_gap <= 1e-8",
            "largest_rise_of_threshold <= 0",
            "separation_above_critical_temperature <= 1e-6",
            "separation_below_critical_temperature >= 1e-3",
            "largest_rise_of_harm_ratio <= 0",
            "cosine_falls_by >= 0.19",
            "cosine_rises_by >= 0.2",
        ),
        check=MINORITIES + "temperature",
        control="tanh_of_the_temperature",
        figure="figures.phases:temperature",
        share=3,
    ),
    Claim(
        "B15",
        "ours",
        "Share independence: with equal connections within blocks, if 1 + tau log(alpha_kl/p) is psd it is the optimum for every pi, "
        "so that representation harm needs a binding psd constraint; for the biased graph of two classes it is psd iff four sums "
        "are nonnegative.",
        hypotheses="alpha_kk = p for all k",
        method=PROOF,
        criteria=met(
            "worst_gap <= 1e-8",
            "worst_distance_from_law <= 1e-5",
            "biased_graphs_inside >= 3",
            "largest_move_with_rho_inside <= 1e-5",
            "median_move_with_rho_outside >= 1e-3",
        ),
        check=SHARES + "independence_of_shares",
        control="unequal_within",
        share=2,
    ),
    Claim(
        "B16",
        "ours",
        "Spread law: where 1 + tau log(alpha_kl/p_max) is psd, a block's nodes have a mean of squared length "
        "1 + tau log(alpha_kk/p_max), so that blocks sparser than the densest do not collapse.",
        hypotheses="n -> infinity, dimension free, no connection between blocks above p_max; three models split in 8 to 32 parts per block",
        method=PROOF,
        criteria=met("worst_gap <= 1e-8", "worst_distance_at_32_parts <= 0.15", "slowest_order_of_convergence >= 0.7"),
        check=SHARES + "spread_means",
        control="unit_means",
        figure="figures.phases:spread",
        share=4,
    ),
    Claim(
        "B17",
        "ours",
        "Exact full collapse at finite shares: with only alpha_12 = alpha nonzero between three blocks, h1 = h2 = -h3 is optimal iff "
        "alpha (1/d_1 + 1/d_2) >= 2E/Z - pi_3/((pi_1+pi_2) E) (1/Z + 1/Z_3).",
        hypotheses="any shares, connections within blocks, and temperature",
        method=PROOF,
        criteria=met("worst_gap <= 1e-8", "worst_distance_from_merged <= 1e-6", "smallest_distance_otherwise >= 1e-4"),
        check=MERGING + "merging_at_finite_shares",
        control="half_of_the_repulsion",
    ),
    Claim(
        "B18",
        "ours",
        "Beside M equal majorities the minority's limit cosine solves psi(c)/phi(c) + psi(c)/phi(1) = 1 + alpha/p, and it "
        "collapses fully iff alpha/p >= (u-M-1)/(u+M-1), u = e^(M/((M-1)tau)): for any alpha > 0 from tau = M/((M-1) log(M+1)) on, "
        ".489 for nine majorities; two unequal majorities have the analogous equation.",
        hypotheses="disconnected majorities, alpha fixed, pi_1 -> 0",
        method=PROOF,
        criteria=met(
            "worst_gap <= 1e-8",
            "worst_distance_from_limit <= 2e-3",
            "separation_above_threshold <= 1e-6",
            "separation_below_threshold >= 1e-3",
            "threshold_of_nine_at_tau_half <= 0",
        ),
        check=MAJORITIES + "many_majorities",
        control="two_equal_majorities",
        figure="figures.phases:majorities",
        share=3,
    ),
    Claim(
        "B19",
        "ours",
        "Beside two majorities joined by beta the limit is B5's with alpha/(p+beta) for alpha/p while beta <= p e^(-2/tau); "
        "beyond, the majorities sit at cosine 1 + tau log(beta/p) and full collapse never occurs. Any majorities and links: the "
        "minority minimises a convex function of its cosines with them.",
        hypotheses="equal majorities, the minority tied to one of them, alpha fixed, pi_1 -> 0; the general law at 12 random models",
        method=PROOF,
        criteria=met(
            "worst_gap <= 1e-8",
            "worst_distance_from_limit <= 1e-3",
            "worst_distance_from_general_law <= 1e-2",
            "smallest_separation >= 1e-2",
        ),
        check=MAJORITIES + "connected_majorities",
        control="disconnected_majorities",
        figure="figures.phases:connected",
    ),
    Claim(
        "B20",
        "ours",
        "The first-order rates in pi_1: cos12 = c + pi_1 [-R'/l'' - sigma s^2/(2g)], 1 + cos23 = pi_1^2 sigma^2 s^2/(2 g^2), and "
        "lambda_1/pi_1^2 = (E/cosh(c/tau) - 2 p_11/alpha)/tau - sigma^2/(2g), positive (the minority spreads) for small p_11.",
        hypotheses="B5's setting with c < 1; seven cases, extrapolated from shares .002 and .001",
        criteria=met(
            "worst_gap <= 1e-8",
            "worst_error_of_slope <= 1e-2",
            "worst_error_of_bend <= 1e-2",
            "worst_error_of_multiplier <= 1e-2",
            "cases_that_spread >= 1",
        ),
        check=RATES + "rate_of_collapse",
        control="own_connection_ignored",
        figure="figures.phases:rates",
    ),
    Claim(
        "B21",
        "ours",
        "Two vanishing minorities decouple at first order: each takes B5's cosine as if alone; their mutual cosine is "
        "tau log[(w + tau sigma_1 sigma_2/g)/(sech(c_1/tau) + sech(c_2/tau))], clipped to c_1 c_2 +- s_1 s_2.",
        hypotheses="B5's setting; tied to one majority, or to one each; seven cases at shares 1e-4 and 5e-5",
        criteria=met(
            "worst_gap <= 1e-8", "worst_distance_from_lone_limit <= 5e-3", "worst_distance_of_mutual_cosine <= 5e-3"
        ),
        check=RATES + "two_minorities",
        control="mutual_connection_ignored",
        figure="figures.phases:two_minorities",
    ),
    Claim(
        "B22",
        "ours",
        "Biased graph of two classes: (beta - gamma)(cos_bias - cos_class) >= 0 for all rho, tau, p and delta, so a conflicting group "
        "sits with its bias exactly when beta > gamma; with more classes the pair-weighted means obey it; as rho -> 1 the cosine "
        "solves tanh(c/tau) + sinh(c/tau)/cosh(1/tau) = (gamma - beta)(1/(gamma+beta) + 1/(p+delta)).",
        hypotheses="the limit: two classes, delta <= p e^(-2/tau)",
        method=PROOF,
        criteria=met(
            "worst_gap <= 1e-8",
            "smallest_product >= -1e-9",
            "smallest_mean_product_of_three_classes >= -1e-9",
            "worst_distance_from_limit <= 3e-3",
        ),
        check=BIASED_GRAPH + "boundary",
        control="sides_exchanged",
        figure="figures.phases:biased_boundary",
        share=2,
    ),
    Claim(
        "B23",
        "ours",
        "Sparse graphs collapse only above a mean degree of about (2/(tau mu))^2, mu the population's smallest scaled multiplier "
        "(times mean over block degree): there the noise of the spectrum, 2/sqrt(degree), meets the force that holds a node. "
        "Below, the rank of the optimum grows with n.",
        hypotheses="leading order, no free constant; at n = 400 within 30 %; the constant rises slowly with n (at n = 10^6 about "
        "twice the law), as single nodes of weak force leave the bulk",
        method=STATISTICAL,
        criteria=met(
            "worst_ratio_to_law >= 0.7",
            "worst_ratio_to_law <= 1.4",
            "slope_against_law >= 0.75",
            "slope_against_law <= 1.25",
            "rank_at_twice_the_law <= 2",
            "rank_at_half_the_law > 3",
            "exponent_of_rank_in_n > 0.2",
            "worst_gap_of_ranks <= 1e-8",
        ),
        check=SPARSE + "sparse_law",
        control="no_temperature",
        figure="figures.sparse:sparse_law",
        share=7,
    ),
    Claim(
        "B24",
        "ours",
        "A fully collapsed minority (B17) still takes one vector iff alpha pi_2 (1/d_1 - 1/d_2) <= (pi_3/E)(3/Z + 1/Z_3): only a block "
        "less connected than its partner can spread; the third block never does.",
        hypotheses="three blocks of which two are connected, merged by B17",
        method=PROOF,
        criteria=met(
            "worst_gap <= 1e-8",
            "worst_multiplier_error <= 1e-6",
            "models_that_spread >= 3",
            "smallest_gain_by_splitting >= 1e-7",
            "largest_gain_where_none_is_expected <= 1e-10",
        ),
        check=MERGING + "spread_of_a_merged_minority",
        control="degrees_exchanged",
        share=2,
    ),
    Claim(
        "B25",
        "ours",
        "Two blocks of any shares and connections: cos = clip(1 + tau log y, -1, 1) with y the root of a quadratic free of tau; they "
        "merge iff alpha (1/d_1 + 1/d_2) >= 2, at every temperature.",
        method=PROOF,
        criteria=met("worst_gap <= 1e-8", "worst_cosine_error <= 1e-5", "models_that_merge >= 3"),
        check=MERGING + "two_block_law",
        control="merger_from_one",
    ),
    Claim(
        "B26",
        "ours",
        "Phase diagrams: on grids over (alpha/p, pi_1), (alpha/p, tau), (p, alpha) with unequal majorities, and K from 2 to 8, a minority "
        "merges fully exactly on its side of the closed boundaries B17, B5, B17 and B18 (B25 for K = 2); once merged it spreads exactly where "
        "B24 says; its cosine falls as its share grows.",
        hypotheses="2,800 certified optima; points within .01 of a boundary are left out",
        criteria=met(
            "worst_gap <= 1e-8",
            "points_compared >= 2000",
            "largest_rise_with_the_share <= 1e-9",
            "points_on_the_wrong_side_of_a_merging_boundary <= 0",
            "points_on_the_wrong_side_of_the_spreading_boundary <= 0",
            "part_of_the_inner_diagram_that_spreads >= 0.05",
        ),
        check=PHASES + "phase_diagrams",
        control="boundaries_at_twice_the_temperature",
        figure="figures.phases:phase_diagrams",
        share=9,
    ),
)
